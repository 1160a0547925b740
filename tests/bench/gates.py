"""Gate checks: `python -m tests.bench.gates CHECKS` prints one line of JSON: checks a second, and those of the limit.

The limit is the hub's own statements with the same parameters, prepared, on one connection, with nothing judged.
"""

import json
import os
import sys
import time
from itertools import islice
from typing import Any

import uvloop

from exchange.desks.gates import GateQuestion, check_gate, receipt_number
from exchange.engine.asking import Asking
from exchange.runtime import Runtime
from exchange.settings import load
from exchange.sheets.gates import request_for_sheet
from exchange.statements import statements
from schema.gates import Gate
from tenants.session import SET_SIGHT, sight
from tests.bench.contenders import opened
from tests.bench.generate import enterprise_code
from tests.bench.statement import asking_caller

_SQL = statements("gating")
FIRMS = 500
WARM = 50


def _questions(asking: Asking, count: int) -> list[GateQuestion]:
    region = asking.caller.tenant.region or "440300"
    return [
        GateQuestion(
            gate=Gate.BID, credit_code=enterprise_code(n % FIRMS), region=region, matter_code=None, case_number=None,
            day=asking.day,
        )
        for n in range(count)
    ]  # fmt: skip


async def _checked(runtime: Runtime, asking: Asking, asked: list[GateQuestion]) -> float:
    begun = time.perf_counter()
    for question in asked:
        await check_gate(runtime.database.pool, asking, runtime, question)
    return time.perf_counter() - begun


async def _limit(runtime: Runtime, asking: Asking, asked: list[GateQuestion]) -> float:
    """The same statements one after the other, a transaction a check."""
    owner, client, seen = asking.caller.tenant.tenant_id, asking.caller.client_id, sight(asking.caller)
    async with runtime.database.pool.acquire() as connection:
        ready = {name: await connection.prepare(text) for name, text in {**_SQL, "sight": SET_SIGHT}.items()}
        ids = [await connection.fetchval("select gen_random_uuid()") for _ in asked]
        begun = time.perf_counter()
        for question, check_id in zip(asked, ids, strict=True):
            code, receipt = question.credit_code, receipt_number(question)
            async with connection.transaction():
                await ready["sight"].fetch(*seen)
                await ready["announce"].fetch(check_id, owner, receipt, "BID", code, question.region, question.day)
                await ready["sight"].fetch(*seen)
                await ready["facts"].fetchval(code, question.day)
                await ready["sight"].fetch(*seen)
                await ready["readable"].fetchrow([], code, question.day)
                await ready["keep"].fetch(
                    receipt, owner, client, "BID", code, question.region, None, None, question.day, "PASS", "[]",
                    check_id,
                )  # fmt: skip
        return time.perf_counter() - begun


async def measure(checks: int) -> dict[str, Any]:
    """Seconds of the checks and of the limit."""
    async with opened(load(os.environ), has_loops=False) as runtime:
        asking = runtime.ask(request_for_sheet("bench-gates"), asking_caller(runtime))
        asked = _questions(asking, checks)
        await _checked(runtime, asking, list(islice(asked, WARM)))
        await _limit(runtime, asking, list(islice(asked, WARM)))
        seconds, limit = await _checked(runtime, asking, asked), await _limit(runtime, asking, asked)
        return {"checks": checks, "seconds": seconds, "limit_seconds": limit}


if __name__ == "__main__":
    print(json.dumps(uvloop.run(measure(int(sys.argv[1])))))
