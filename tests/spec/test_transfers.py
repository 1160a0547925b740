"""Every row of transfers.md is a test; add a row there."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, time
from types import SimpleNamespace
from typing import Any

import pytest
import pytest_asyncio

from exchange.clock import run_clock
from exchange.runtime import Runtime
from schema.transfers import (
    GAINING,
    LOSING,
    STEPS,
    carried_over,
    check_arriving,
    check_leaving,
    effective_while_leaving,
    follow,
    parts_of,
)
from tests.flows import material
from tests.flows.movers import GUANGDONG, IN, JIANGSU, OUT, WITHDRAW, ZHEJIANG, held, join, new_number
from tests.flows.scratch import answered, keep, quiet_hub
from tests.spec.tables import code_or, rows

_SIDES = {"转出地": 1, "转入地": 2, "两者": 1, "无关": 9}
_TODAY = date(2026, 11, 24)
_EVENTS = """query E($after: String) { events(first: 100, after: $after) {
  nodes { type payload } pageInfo { hasNextPage endCursor } } }"""


@pytest.mark.parametrize("row", rows("transfers.md", "办理"), ids=lambda row: row["情形"])
def test_a_step_leads_where_the_table_says(row: dict[str, str]) -> None:
    parts = parts_of(_SIDES[row["由谁"]], 1, 1 if row["由谁"] == "两者" else 2)
    assert code_or(lambda: follow(row["现状态"], row["办理"], parts)) == row["结果"]


def test_the_table_tells_every_step_that_can_be_taken() -> None:
    told = {(row["现状态"], row["结果"]) for row in rows("transfers.md", "办理") if row["结果"] == row["办理"]}
    assert told == {(state, name) for name, step in STEPS.items() for state in step.follows}


async def test_the_database_lets_the_same_steps_follow_and_by_the_same_side(database: Any) -> None:
    async with database.pool.acquire() as connection:
        text = await connection.fetchval("select prosrc from pg_proc where proname = 'check_transfer_step'")
    pairs = set(re.findall(r"\('([A-Z]+)', '([A-Z]+)'\)", text.partition("(s.state, new.state) in")[2]))
    assert pairs == {(state, name) for name, step in STEPS.items() for state in step.follows}
    losing = set(re.findall(r"'([A-Z]+)'", text.partition("then new.losing_id")[0].rpartition("when new.state in")[2]))
    assert losing == {name for name, step in STEPS.items() if step.by == LOSING}
    assert {name for name, step in STEPS.items() if step.by == GAINING} == set(STEPS) - losing


def _may(check: Any, *arguments: Any) -> str:
    def checked() -> str:
        check(*arguments, field="certificateId")
        return "可以"

    return code_or(checked)


@pytest.mark.parametrize("row", rows("transfers.md", "能否转出、转入"), ids=lambda row: row["情形"])
def test_what_may_leave_and_arrive_is_what_the_table_says(row: dict[str, str]) -> None:
    status = effective_while_leaving(row["状态"], date.fromisoformat(row["有效期止"]), _TODAY)
    found = (_may(check_leaving, row["证书类型"], status), _may(check_arriving, status))
    assert found == (row["转出"], row["转入"])


@pytest.mark.parametrize("row", rows("transfers.md", "有效期"), ids=lambda row: row["情形"])
def test_the_term_is_carried_over(row: dict[str, str]) -> None:
    asked = date.fromisoformat(row["转入时填写"]) if row["转入时填写"] else None
    assert code_or(lambda: str(carried_over(date.fromisoformat(row["原有效期止"]), asked))) == row["结果"]


# By the clock


class Days:
    """The day it is at the hub, as a test says."""

    def __init__(self) -> None:
        self.day = date(2026, 9, 1)

    def __call__(self) -> datetime:
        return datetime.combine(self.day, time(4), UTC)


DAYS = Days()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quiet(database: Any) -> AsyncIterator[Runtime]:
    async with quiet_hub(database.dsn, "exchange_spec_transfers", now=DAYS) as runtime:
        await join(SimpleNamespace(runtime=runtime))
        yield runtime


async def done(quiet: Runtime, slug: str, query: str, **values: Any) -> Any:
    (answer,) = (await answered(quiet, slug, query, x=values))["data"].values()
    assert answer["userErrors"] == []
    return answer["transfer"]


async def overdue(quiet: Runtime, slug: str, transfer: str) -> int:
    """How often a tenant heard that a transfer is overdue."""
    after, heard = None, 0
    while True:
        page = (await answered(quiet, slug, _EVENTS, after=after))["data"]["events"]
        heard += sum(
            one["type"] == "transfer.overdue" and one["payload"]["transferId"] == transfer for one in page["nodes"]
        )
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            return heard


async def told(quiet: Runtime, transfer: str, day: date) -> str:
    """What a run of the clock told both sides, the same to both; and nobody else anything."""
    before = {slug: await overdue(quiet, slug, transfer) for slug in (GUANGDONG, JIANGSU)}
    async with quiet.database.hub_pool.acquire() as connection:
        await run_clock(connection, day)
    await quiet.settle()
    news = {await overdue(quiet, slug, transfer) - before[slug] for slug in before}
    assert await overdue(quiet, ZHEJIANG, transfer) == 0
    return {(0,): "无", (1,): "transfer.overdue"}[tuple(news)]  # type: ignore[index]


@pytest.mark.parametrize("row", rows("transfers.md", "逾期"), ids=lambda row: row["情形"])
async def test_what_is_overdue_is_told_to_both_once(row: dict[str, str], quiet: Runtime) -> None:
    DAYS.day = date.fromisoformat(row["转出"])
    person, firm = material.person(), material.firm("440000")
    record = await keep(
        quiet, GUANGDONG, "CONSTRUCTION_SAFETY_MANAGER", held(person, firm, validTo="2028-12-31"), day=DAYS.day
    )
    transfer = (await done(quiet, GUANGDONG, OUT, certificateId=record, authorityId=JIANGSU))["id"]
    found = []
    for step in row["经过"].split("；"):
        name, _, on = step.rpartition(" ")
        DAYS.day = date.fromisoformat(on)
        if not name:
            found.append(await told(quiet, transfer, DAYS.day))
        elif name == "取消":
            await done(quiet, GUANGDONG, WITHDRAW, transferId=transfer, reason="持证人不再调动")
        else:
            await done(quiet, JIANGSU, IN, transferId=transfer, idNumber=person.id_number, number=new_number(),
                       employerCode=firm.credit_code, employerName=firm.name)  # fmt: skip
    assert "；".join(found) == row["产生的事件"]
