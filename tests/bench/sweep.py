"""The clock: `python -m tests.bench.sweep` tells everything that is due and prints one line of JSON.

The same rows go by plain inserts into tables without any index, in the same run and in transactions of the same size:
that is the base of the ratio. Then the same day again, when everything has its number and nothing is due, and the day
after.
"""

import json
import os
import time
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import uvloop

from exchange.clock import BATCH, run_clock
from exchange.runtime import Runtime
from exchange.settings import load
from exchange.statements import parse
from exchange.stream import number_events
from tests.bench.contenders import opened

SQL = parse(Path(__file__).with_name("sweep.sql").read_text("utf-8"))


async def measure(runtime: Runtime) -> dict[str, float]:
    """How many certificates there are, what was told on each day, and the seconds of each."""
    day = runtime.today()
    told, seconds = await _run(runtime, day)
    inserted, base = await _inserted(runtime)
    await _number(runtime)
    again, _ = await _run(runtime, day)  # looks at what was numbered meanwhile
    nothing, idle = await _run(runtime, day)
    if (told, again, nothing) != (inserted, 0, 0):
        raise ValueError(f"the clock told {told}, of which {inserted} were found, then {again} and {nothing} again")
    later, next_seconds = await _run(runtime, day + timedelta(days=1))
    async with runtime.database.hub_pool.acquire() as connection:
        certificates = await connection.fetchval(SQL["certificates"])
    return {
        "certificates": certificates,
        "told": told,
        "seconds": seconds,
        "insert_seconds": base,
        "idle_seconds": idle,
        "next_told": later,
        "next_seconds": next_seconds,
    }


async def _run(runtime: Runtime, day: date) -> tuple[int, float]:
    async with runtime.database.hub_pool.acquire() as connection:
        begun = time.perf_counter()
        told = await run_clock(connection, day)
        return sum(told.values()), time.perf_counter() - begun


async def _number(runtime: Runtime) -> None:
    """What the loops do at once: every event gets its position."""
    async with runtime.database.hub_pool.acquire() as connection:
        position = -1
        while position != (position := await number_events(connection)):
            pass


async def _inserted(runtime: Runtime) -> tuple[int, float]:
    """The notices and events of the sweep inserted once more, plainly; how many notices, and the seconds."""
    connection = await asyncpg.connect(runtime.database.dsn)
    try:
        await connection.execute(SQL["plain"])
        notices, events = [[tuple(row) for row in await connection.fetch(SQL[name])] for name in ("notices", "events")]
        begun = time.perf_counter()
        for after in range(0, len(notices), BATCH):
            async with connection.transaction():
                await _insert(connection, "bench_notice", notices[after : after + BATCH])
                await _insert(connection, "bench_event", events[after : after + BATCH])
        taken = time.perf_counter() - begun
        await connection.execute(SQL["drop_plain"])
        return len(notices), taken
    finally:
        await connection.close()


async def _insert(connection: Any, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
    places = ", ".join(f"${place + 1}" for place in range(len(rows[0])))
    await connection.executemany(f"insert into {table} values ({places})", rows)


async def main() -> dict[str, float]:
    async with opened(load(os.environ), has_loops=False) as runtime:
        return await measure(runtime)


if __name__ == "__main__":
    print(json.dumps(uvloop.run(main())))
