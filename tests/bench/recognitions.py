"""A table of certificates: `python -m tests.bench.recognitions ROWS` prints one line of JSON: seconds of its answers,
of the statements alone, and of its first questions asked one by one.

The statements are the hub's own that read, with the same parameters and slices, on one connection, nothing decided.
"""

import json
import os
import sys
import time
from itertools import count as naturals
from itertools import islice
from typing import Any

import uvloop

from exchange.desks.recognition import recognised
from exchange.desks.recognition_batches import SLICE, asked_from, recognised_together
from exchange.desks.recognition_facts import ADVERSE, ELSEWHERE
from exchange.engine.asking import Asking
from exchange.runtime import Runtime
from exchange.settings import load
from exchange.sheets.gates import request_for_sheet
from exchange.statements import statements
from tenants.session import acting
from tests.bench.contenders import opened
from tests.bench.generate import id_number_of, is_visible
from tests.bench.statement import asking_caller

_SQL = statements("recognition_batches")
ALONE = 200


def _values(rows: int) -> list[dict[str, Any]]:
    """Questions about certificates the first authority may see."""
    persons = islice(filter(is_visible, naturals()), rows)
    return [{"certificate_number": id_number_of(n), "host_region": "440300"} for n in persons]


async def _together(runtime: Runtime, asking: Asking, values: list[dict[str, Any]]) -> float:
    begun, answers = time.perf_counter(), 0
    asked = [asked_from(asking, one) for one in values]
    async for some in recognised_together(runtime.database.pool, asking, runtime.directory, asked, asking.day):
        answers += sum(one is not None and one.facts is not None for one in some)
    if answers != len(values):
        raise SystemExit(f"{len(values) - answers} of {len(values)} were not found")
    return time.perf_counter() - begun


async def _alone(runtime: Runtime, asking: Asking, values: list[dict[str, Any]]) -> float:
    begun = time.perf_counter()
    for one in values:
        await recognised(runtime.database.pool, asking, runtime.directory, one)
    return time.perf_counter() - begun


async def _statements(runtime: Runtime, asking: Asking, values: list[dict[str, Any]]) -> float:
    caller, keys = asking.caller, asking.keys
    numbers = [one["certificate_number"] for one in values]
    given = [(keys.join_hash("number", number), keys.person_id(number)) for number in numbers]
    who = (caller.tenant.tenant_id, caller.client_id, asking.purpose, asking.case_number, asking.request_id, None)
    begun = time.perf_counter()
    for start in range(0, len(given), SLICE):
        hashes, persons = zip(*given[start : start + SLICE], strict=True)
        async with acting(runtime.database.pool, caller) as connection:
            found = await connection.fetch(_SQL["certificates"], hashes, persons, asking.day, *who, 1_000, 1_000)
            codes, ids = {row["credit_code"] for row in found}, [row["record_id"] for row in found]
            await connection.fetch(ADVERSE[0], list(codes), asking.day)
            await connection.fetch(ELSEWHERE[0], ids, asking.day)
            await connection.fetch(_SQL["disputed"], ids)
    return time.perf_counter() - begun


async def measure(rows: int) -> dict[str, Any]:
    """Seconds of a table, of its statements alone, and of a few of its questions one by one."""
    async with opened(load(os.environ), has_loops=False) as runtime:
        asking = runtime.ask(request_for_sheet("bench-recognitions", "bench", "bench"), asking_caller(runtime))
        values = _values(rows)
        few = values[:ALONE]
        for work in (_together, _statements, _alone):
            await work(runtime, asking, few)
        return {
            "rows": rows,
            "seconds": await _together(runtime, asking, values),
            "limit_seconds": await _statements(runtime, asking, values),
            "alone": len(few),
            "alone_seconds": await _alone(runtime, asking, few),
        }


if __name__ == "__main__":
    print(json.dumps(uvloop.run(measure(int(sys.argv[1])))))
