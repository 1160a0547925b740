"""Flags: `python -m tests.bench.flags` prints JSON: from COMMIT of a flag to its reviews in 1 to 100 places.

The hub's loops rest and their work is called by hand, so that nothing is measured but numbering and triggers. A flag
writes four rows a review: review, step, event, cause. The base of the ratio is the same rows by plain inserts, in the
same run and in transactions of the same size: into tables without any index, and into twins with the indexes of those
the hub writes to, neither with constraints or triggers. The next size is a line of SIZES.
"""

import json
import os
import statistics
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import asyncpg
import uvloop

from exchange.demo.cast import synthetic_code
from exchange.demo.people import Firm, firm_named
from exchange.demo.seed import caller_of
from exchange.publishing.admission import admit
from exchange.publishing.publish import Publication, publish
from exchange.runtime import Runtime
from exchange.settings import load
from exchange.statements import parse, statements
from exchange.stream import number_events
from exchange.triggering.triggers import BATCH, run_triggers
from schema.kinds import BY_NAME
from schema.record import parse as parse_record
from schema.regions import Region, cities_within, provinces, region
from tenants.access import TenantKind, default_scopes
from tenants.registry import onboard
from tenants.session import acting
from tests.bench.contenders import opened

SQL = parse(Path(__file__).with_name("flags.sql").read_text("utf-8"))
_REGISTRY = statements("registry")
SIZES = ((1, 100), (10, 50), (20, 50), (100, 10))
"""In how many jurisdictions a firm is present, and how many firms are flagged one by one, and as many together."""
AGREEMENT = "bench-flags"
ROWS = ("reviews", "steps", "opened", "causes")
"""What a flag writes for each review, and the names of the statements that read it."""
BASES = ("plain", "indexed")
_FIRST_FIRM = 9_000_000
_FIRST_AUTHORITY = 5_000


@dataclass(frozen=True, kw_only=True)
class Timed:
    """Flags that were raised: their records, and the seconds until their reviews were there, for each transaction."""

    flags: tuple[uuid.UUID, ...]
    seconds: tuple[float, ...]


async def measure(runtime: Runtime, sizes: Sequence[tuple[int, int]] = SIZES) -> list[dict[str, Any]]:
    """The figures of every size."""
    places = tuple(islice(_cities(), max(spread for spread, _ in sizes) + 1))
    await _take_on_board(runtime, places)
    return [await _measured(runtime, places[: spread + 1], flags) for spread, flags in sizes]


async def _measured(runtime: Runtime, places: Sequence[Region], count: int) -> dict[str, Any]:
    """The first place flags firms that have a matter in each other place: one by one, then as many at once."""
    spread, source = len(places) - 1, places[0]
    firms = [_firm(spread, place, source) for place in range(2 * count + 1)]
    for there in places[1:]:
        await _publish(runtime, there, "PROJECT_APPROVAL", [_matter(firm, there) for firm in firms])
    await runtime.settle()
    await _raise(runtime, source, [firms[-1]])
    alone = [await _raise(runtime, source, [firm]) for firm in firms[:count]]
    one_by_one = Timed(
        flags=tuple(flag for one in alone for flag in one.flags), seconds=tuple(one.seconds[0] for one in alone)
    )
    together = await _raise(runtime, source, firms[count:-1])
    return {
        "jurisdictions": spread,
        "flags": count,
        "seconds": sum(one_by_one.seconds),
        "median_seconds": statistics.median(one_by_one.seconds),
        "together_seconds": together.seconds[0],
        "rows_of_a_flag": len(ROWS) * spread,
        "insert_seconds": await _inserted(runtime, one_by_one, spread),
        "together_insert_seconds": await _inserted(runtime, together, spread),
    }


async def _raise(runtime: Runtime, source: Region, firms: Sequence[Firm]) -> Timed:
    """Flags of one transaction; from its COMMIT until the reviews are committed."""
    flags = await _publish(runtime, source, "RISK_FLAG", [_flag(firm, runtime.today().isoformat()) for firm in firms])
    async with runtime.database.hub_pool.acquire() as connection:
        begun = time.perf_counter()
        await number_events(connection)
        while await run_triggers(connection, runtime.directory) == BATCH:
            pass
        taken = time.perf_counter() - begun
    await runtime.settle()  # the events of the reviews themselves
    return Timed(flags=tuple(flags), seconds=(taken,))


async def _inserted(runtime: Runtime, timed: Timed, spread: int) -> dict[str, float]:
    """The seconds of the same rows inserted once more, into each base. Raises ValueError when some are missing."""
    connection = await asyncpg.connect(runtime.database.dsn)
    try:
        rows = {name: [tuple(row) for row in await connection.fetch(SQL[name], timed.flags)] for name in ROWS}
        found = {name: len(several) for name, several in rows.items()}
        wanted, transactions = len(timed.flags) * spread, await connection.fetchval(SQL["transactions"], timed.flags)
        if set(found.values()) != {wanted} or transactions != 1:
            raise ValueError(f"{wanted} reviews expected in one transaction a flag: {found}, {transactions}")
        return {base: await _again(connection, base, rows, wanted // len(timed.seconds)) for base in BASES}
    finally:
        await connection.close()


async def _again(connection: Any, base: str, rows: Mapping[str, Sequence[tuple[Any, ...]]], size: int) -> float:
    """The seconds of the rows in tables of their own, so many reviews a transaction."""
    await connection.execute(SQL[base])
    begun = time.perf_counter()
    for after in range(0, len(rows[ROWS[0]]), size):
        async with connection.transaction():
            for name, several in rows.items():
                await _insert(connection, f"bench_{name}", several[after : after + size])
    taken = time.perf_counter() - begun
    await connection.execute(SQL["drop"])
    return taken


async def _insert(connection: Any, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
    columns = ", ".join(f"${place + 1}" for place in range(len(rows[0])))
    await connection.executemany(f"insert into {table} values ({columns})", rows)


async def _publish(runtime: Runtime, place: Region, kind: str, several: list[dict[str, Any]]) -> list[uuid.UUID]:
    """Publish records of a kind in one transaction; their ids."""
    caller = caller_of(runtime, _slug(place))
    records = [parse_record(BY_NAME[kind], values).record for values in several]
    admitted = [admit(record, caller.tenant) for record in records if record is not None]
    if len(admitted) != len(several):
        raise ValueError(f"a {kind} of the benchmark is refused")
    async with acting(runtime.database.pool, caller) as connection:
        publication = Publication(tenant=caller.tenant, keys=runtime.keys, day=runtime.today())
        return [one.record_id for one in await publish(connection, admitted, publication)]


async def _take_on_board(runtime: Runtime, places: Sequence[Region]) -> None:
    """An authority for each place, all in one agreement."""
    day, scopes = runtime.today(), list(default_scopes(TenantKind.AUTHORITY))
    async with runtime.database.hub_pool.acquire() as connection, connection.transaction():
        await connection.execute(_REGISTRY["keep_agreement"], AGREEMENT, AGREEMENT, AGREEMENT, day)
        for number, place in enumerate(places):
            tenant = {
                "slug": _slug(place), "kind": "AUTHORITY", "name": f"{place.name}应急管理局（测速）",
                "name_en": f"Bench flags {place.code}", "sector": "EMERGENCY", "region": place.code,
                "credit_code": synthetic_code("11", place.code, _FIRST_AUTHORITY + number),
                "jurisdiction": [place.code[:4]], "is_demo": True,
            }  # fmt: skip
            tenant_id = await onboard(connection, _REGISTRY, tenant=tenant, agreements=(AGREEMENT,), day=day)
            await connection.execute(_REGISTRY["keep_client"], tenant["slug"], tenant_id, "no secret", scopes)
        await connection.execute(_REGISTRY["announce_change"])
    await runtime.reload()


def _slug(place: Region) -> str:
    return f"{AGREEMENT}-{place.code}"


def _cities() -> Iterator[Region]:
    """The cities of today, in the order of their codes."""
    for province in provinces():
        for code in cities_within(province.code):
            if (city := region(f"{code}00")) and city.level == "prefecture" and city.is_current:
                yield city


def _firm(spread: int, place: int, at: Region) -> Firm:
    serial = spread * 1_000 + place
    return firm_named(serial, _FIRST_FIRM + serial, at.code)


def _matter(firm: Firm, there: Region) -> dict[str, Any]:
    return {
        "creditCode": firm.credit_code, "name": firm.name, "region": there.code, "matterCode": "BENCH-0001",
        "caseNumber": f"{there.code}-{firm.credit_code}", "projectName": "测速项目", "status": "PENDING",
        "filedOn": "2026-01-05",
    }  # fmt: skip


def _flag(firm: Firm, day: str) -> dict[str, Any]:
    return {
        "creditCode": firm.credit_code, "name": firm.name, "region": firm.region, "category": "SERIOUS_DISHONESTY",
        "severity": "RED", "cause": "测速", "legalBasis": "《安全生产严重失信主体名单管理办法》",
        "decisionNumber": f"测速{firm.credit_code}", "decidedOn": day, "listedOn": day, "exitConditions": "测速",
    }  # fmt: skip


async def main() -> list[dict[str, Any]]:
    async with opened(load(os.environ), has_loops=False) as runtime:
        return await measure(runtime)


if __name__ == "__main__":
    print(json.dumps(uvloop.run(main())))
