"""The limit: the hub's statements through asyncpg connections of this process, without any server in between.

`python -m tests.bench.raw QUESTION CERTIFICATES DAY SECONDS CONNECTIONS POSTMASTER`; prints one line of JSON.
"""

import asyncio
import json
import os
import sys
import time
from datetime import date
from itertools import cycle
from typing import Any

import uvloop

from exchange.settings import load
from tests.bench.contenders import opened
from tests.bench.cost import Meter
from tests.bench.generate import DataSet
from tests.bench.questions import Question, questions
from tests.bench.statement import Compiled, compiled


async def ask(connection: Any, found: Compiled, start: int, until: float) -> int:
    """Run the prepared statement again and again until a moment; how often."""
    prepared = await connection.prepare(found.sql)
    parameters = cycle(found.parameters[start:] + found.parameters[:start])
    count = 0
    while time.perf_counter() < until:
        await prepared.fetchval(*next(parameters))
        count += 1
    return count


async def measure(
    question: str, data: DataSet, seconds: float, connections: int, postmaster: int | None
) -> dict[str, float]:
    """Requests, seconds and CPU seconds of PostgreSQL."""
    settings = load(os.environ)
    async with opened(settings, has_loops=False) as runtime:
        (asked,) = (one for one in questions(data, runtime.keys) if one.name == question)
        found = await compiled(runtime, asked)
        pool = runtime.database.pool
        held = [await pool.acquire() for _ in range(min(connections, settings.pool_size))]
        starts = _starts(asked, len(held))
        await asyncio.gather(
            *(ask(one, found, start, 0.3 + time.perf_counter()) for one, start in zip(held, starts, strict=True))
        )
        meter = Meter(server=None, postmaster=postmaster, database=settings_database(settings.database_url or ""))
        before, begun = meter.read(), time.perf_counter()
        counts = await asyncio.gather(
            *(ask(one, found, start, begun + seconds) for one, start in zip(held, starts, strict=True))
        )
        taken = time.perf_counter() - begun
        _, database = before.until(meter.read())
        for one in held:
            await pool.release(one)
        return {"requests": sum(counts), "errors": 0, "seconds": taken, "server": 0.0, "database": database}


def _starts(asked: Question, count: int) -> list[int]:
    return [place * len(asked.variables) // count for place in range(count)]


def settings_database(url: str) -> str:
    """The name of the database in an address."""
    return url.partition("?")[0].rpartition("/")[2]


if __name__ == "__main__":
    _, name, certificates, day, seconds, connections, postmaster = sys.argv
    data = DataSet(certificates=int(certificates), day=date.fromisoformat(day))
    print(json.dumps(uvloop.run(measure(name, data, float(seconds), int(connections), int(postmaster) or None))))
