"""Takes the cast on board and publishes the demonstration's records, each authority its own.

Run again it finds what is there. Another demonstration record comes from people.py.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from exchange.demo.cast import AGREEMENTS, CAST, RULE_IDENTIFIER, RULE_PUBLISHER, client_secret, delta_rule
from exchange.demo.people import everything
from exchange.desks.recognition_rules import publish_rule, published_rules
from exchange.publishing.admission import admit
from exchange.publishing.publish import Publication, publish
from exchange.runtime import Runtime
from exchange.statements import statements
from schema.kinds import BY_NAME
from schema.record import Record, parse
from tenants.access import default_scopes
from tenants.caller import Caller, caller_for
from tenants.registry import hash_secret, onboard
from tenants.session import acting

_REGISTRY = statements("registry")
_SQL = statements("demo")
CHUNK = 1_000
RULE_AGE = timedelta(days=4)


async def onboard_cast(runtime: Runtime) -> None:
    """Add or renew the tenants of the demonstration, their agreements and clients."""
    day = runtime.today()
    async with runtime.database.hub_pool.acquire() as connection, connection.transaction():
        for agreement in AGREEMENTS:
            await connection.execute(
                _REGISTRY["keep_agreement"], agreement.agreement_id, agreement.name, agreement.name_en, day
            )
        for actor in CAST:
            tenant_id = await onboard(
                connection, _REGISTRY, tenant=actor.as_tenant(), agreements=actor.agreements, day=day
            )
            hashed = hash_secret(client_secret(runtime.keys, actor.slug))
            await connection.execute(
                _REGISTRY["keep_client"], actor.slug, tenant_id, hashed, list(default_scopes(actor.kind))
            )
        await connection.execute(_REGISTRY["announce_change"])
    await runtime.reload()


async def keep_rule(runtime: Runtime) -> None:
    """Jiangsu's rule counts from today: it was published in time before, as the demonstration tells it."""
    caller = caller_of(runtime, RULE_PUBLISHER)
    async with acting(runtime.database.pool, caller) as connection:
        if RULE_IDENTIFIER not in {rule.identifier for rule in await published_rules(connection)}:
            published_at = runtime.now() - RULE_AGE
            problems = await publish_rule(connection, delta_rule(runtime.today()), caller, now=published_at)
            if problems:
                raise ValueError(f"the demonstration's rule is refused: {[one.code for one in problems]}")


async def seed(runtime: Runtime, day: date) -> dict[str, int]:
    """Publish the demonstration's records as of a day; returns how many of each kind, none when they are there."""
    groups = [(place, list(rows)) for place, rows in groupby(sorted(everything(day), key=_place), key=_place)]
    (last_kind, last_slug), last = groups[-1]
    if await _is_seeded(runtime, last_slug, last_kind, len(last)):
        return {}
    counts: Counter[str] = Counter()
    for (kind, slug), rows in groups:
        records = [_record(kind, values) for _, _, values in rows]
        await _publish(runtime, caller_of(runtime, slug), records, day)
        counts[kind] += len(records)
    runtime.signal.committed()
    await runtime.settle()
    return dict(counts)


def caller_of(runtime: Runtime, slug: str) -> Caller:
    """The caller a tenant of the cast is, for work inside this process."""
    client = runtime.directory.clients[slug]
    return caller_for(runtime.directory, client, expires_at=runtime.now().timestamp() + 3_600, day=runtime.today())


def _place(row: tuple[str, str, dict[str, Any]]) -> tuple[str, str]:
    return row[1], row[0]


async def _is_seeded(runtime: Runtime, slug: str, kind: str, count: int) -> bool:
    caller = caller_of(runtime, slug)
    async with acting(runtime.database.pool, caller) as connection:
        found: bool = await connection.fetchval(_SQL["is_seeded"], caller.tenant.tenant_id, kind, count)
    return found


def _record(kind: str, values: dict[str, Any]) -> Record:
    parsed = parse(BY_NAME[kind], values)
    if parsed.record is None:
        raise ValueError(f"a demonstration record of {kind} is refused: {[one.code for one in parsed.findings]}")
    return parsed.record


async def _publish(runtime: Runtime, caller: Caller, records: Sequence[Record], day: date) -> None:
    publication = Publication(tenant=caller.tenant, keys=runtime.keys, day=day)
    for chunk in _chunks(records):
        admitted = [admit(record, caller.tenant) for record in chunk]
        async with acting(runtime.database.pool, caller) as connection:
            await publish(connection, admitted, publication)


def _chunks(records: Sequence[Record]) -> Iterator[Sequence[Record]]:
    for start in range(0, len(records), CHUNK):
        yield records[start : start + CHUNK]
