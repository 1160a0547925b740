"""A second database on the server of the run, for tests that need nobody else at work in it: bare, or with a quiet
hub."""

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import orjson

from exchange.database import APPLICATION_ROLE, HUB_ROLE, SETTINGS, open_database
from exchange.demo.seed import caller_of, onboard_cast
from exchange.engine.request import GraphQLRequest
from exchange.migrate import migrate
from exchange.publishing.admission import admit
from exchange.publishing.publish import Publication, Report, publish
from exchange.runtime import Runtime, now_in_utc, open_runtime
from exchange.settings import load
from schema.kinds import BY_NAME
from schema.record import parse
from tenants.access import USUAL_MISSES, Misses
from tenants.keys import Keys
from tenants.session import acting

SECRET = "a secret of the quiet hub, long enough to derive keys"
DAY = date(2026, 11, 23)


@dataclass(frozen=True, kw_only=True)
class Scratch:
    """An empty migrated database. `dsn` logs in as the owner."""

    dsn: str = field(repr=False)

    @asynccontextmanager
    async def as_role(self, role: str) -> AsyncIterator[Any]:
        """A connection as the hub has it, in a role."""
        connection = await asyncpg.connect(self.dsn, server_settings={"role": role, **SETTINGS})
        try:
            yield connection
        finally:
            if not connection.is_closed():
                await connection.close()

    def as_hub(self) -> Any:
        """A connection for the hub's own work."""
        return self.as_role(HUB_ROLE)

    def as_application(self) -> Any:
        """A connection for callers."""
        return self.as_role(APPLICATION_ROLE)

    @asynccontextmanager
    async def as_owner(self) -> AsyncIterator[Any]:
        """A connection as the owner of the tables."""
        connection = await asyncpg.connect(self.dsn)
        try:
            yield connection
        finally:
            await connection.close()


def beside(dsn: str, name: str) -> str:
    """The address of another database on the same server."""
    return urlunsplit(urlsplit(dsn)._replace(path=f"/{name}"))


@asynccontextmanager
async def scratch_database(dsn: str, name: str, migrations: Path | None = None) -> AsyncIterator[Scratch]:
    """Create it beside the one of `dsn`, migrated by these files; drop it afterwards whatever still holds it. Another
    run has its own. What the hub's own migrations make is copied: they run once."""
    name = f"{name}_{os.getpid()}"
    owner = await asyncpg.connect(dsn)
    try:
        await owner.execute(f'drop database if exists "{name}" with (force)')
        if migrations is None:
            template = await _migrated(owner, dsn)
            await owner.execute(f'create database "{name}" template "{template}"')
        else:
            await _create(owner, dsn, name, migrations)
        yield Scratch(dsn=beside(dsn, name))
    finally:
        await owner.execute(f'drop database if exists "{name}" with (force)')
        await owner.close()


def template_name() -> str:
    """The database that scratch databases of this run are copies of."""
    return f"exchange_template_{os.getpid()}"


async def _migrated(owner: Any, dsn: str) -> str:
    name = template_name()
    if not await owner.fetchval("select exists (select from pg_database where datname = $1)", name):
        await _create(owner, dsn, name, None)
    return name


async def _create(owner: Any, dsn: str, name: str, migrations: Path | None) -> None:
    await owner.execute(f"create database \"{name}\" encoding 'UTF8' template template0")
    await migrate(beside(dsn, name), migrations)


@asynccontextmanager
async def quiet_hub(
    dsn: str, name: str, misses: Misses = USUAL_MISSES, now: Callable[[], datetime] = now_in_utc
) -> AsyncIterator[Runtime]:
    """A hub of its own whose loops stand still: numbering and triggers run when a test says so."""
    async with scratch_database(dsn, name) as made, hub_on(made.dsn, misses, now) as runtime:
        yield runtime


@asynccontextmanager
async def hub_on(
    dsn: str, misses: Misses = USUAL_MISSES, now: Callable[[], datetime] = now_in_utc
) -> AsyncIterator[Runtime]:
    """Such a hub on a database that is there."""
    settings = load({"EXCHANGE_DATABASE_URL": dsn, "EXCHANGE_SECRET": SECRET, "EXCHANGE_DATA": "/nonexistent"})
    keys = Keys(secret=SECRET.encode())
    async with (
        open_database(settings) as opened,
        open_runtime(opened, keys, issuer="http://exchange.test", now=now, has_loops=False, misses=misses) as runtime,
    ):
        await onboard_cast(runtime)
        yield runtime


async def keep(
    runtime: Runtime, slug: str, kind: str, values: dict[str, Any], *, day: date = DAY, report: Report | None = None
) -> str:
    """Publish one record as a tenant on a day; its id."""
    (record_id,) = await keep_all(runtime, slug, kind, [values], day=day, report=report)
    return record_id


async def keep_all(
    runtime: Runtime,
    slug: str,
    kind: str,
    several: list[dict[str, Any]],
    *,
    day: date = DAY,
    report: Report | None = None,
) -> list[str]:
    """Publish records of a kind together; their ids."""
    tenant = runtime.directory.by_slug[slug]
    records = [parse(BY_NAME[kind], values).record for values in several]
    admitted = [admit(record, tenant) for record in records if record is not None]
    assert len(admitted) == len(several)
    async with acting(runtime.database.pool, caller_of(runtime, slug)) as connection:
        publication = Publication(tenant=tenant, keys=runtime.keys, day=day)
        kept = await publish(connection, admitted, publication, report=report or Report())
    return [str(one.record_id) for one in kept]


def asked(query: str, purpose: tuple[str, str] | None = None, **variables: Any) -> GraphQLRequest:
    """A request as the transport would hand it over."""
    why, case = purpose or (None, None)
    return GraphQLRequest(
        query=query, operation_name=None, variables=variables, extensions={}, purpose=why, case_number=case,
        idempotency_key=None, language="zh", allow_mutation=True, request_id="request-1",
    )  # fmt: skip


async def answered(
    runtime: Runtime, slug: str, query: str, purpose: tuple[str, str] | None = None, **variables: Any
) -> Any:
    """The body a tenant gets from this hub. Raises Refusal where the transport would answer with it."""
    reply = await runtime.engine.execute(asked(query, purpose, **variables), caller_of(runtime, slug))
    return orjson.loads(reply.body)
