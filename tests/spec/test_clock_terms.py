"""Every row of 办理逾期 in clock.md is a test: a case handed in, stepped and asked after on the days it names."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, time
from typing import Any

import pytest
import pytest_asyncio

from exchange.clock import run_clock
from exchange.demo.cast import ENTERPRISE
from exchange.runtime import Runtime
from tests.flows import material
from tests.flows.scratch import answered, keep, quiet_hub
from tests.spec.tables import rows

AUTHORITY, RECEIVER, FIRM, DESK, STRANGER = (
    "sz-bureau",
    "gz-bureau",
    "huadong-construction",
    "bidding-platform",
    "sh-bureau",
)
NOTHING = "无"
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_REPORT = """mutation M($x: TipFileInput!) { done: tipFile(input: $x) { tip { id } userErrors { code } } }"""
_TRIAGE = """mutation M($x: TipTriageInput!) { done: tipTriage(input: $x) { userErrors { code } } }"""
_REQUEST = (
    """mutation M($x: RepairRequestInput!) { done: repairRequest(input: $x) { repair { id } userErrors { code } } }"""
)
_DECIDE = """mutation M($x: RepairDecideInput!) { done: repairDecide(input: $x) { userErrors { code } } }"""
_EVENTS = """query E($after: String) { events(first: 100, after: $after) {
  nodes { type payload } pageInfo { hasNextPage endCursor } } }"""
_TRIAGES = {"受理": "ACCEPTED", "不予受理": "REJECTED", "移送": "TRANSFERRED"}
_DECISIONS = {"准予": "ACCEPTED", "不予": "REFUSED"}


class Days:
    """The day it is at the hub, as a test says."""

    def __init__(self) -> None:
        self.day = date(2026, 11, 23)

    def __call__(self) -> datetime:
        return datetime.combine(self.day, time(4), UTC)


DAYS = Days()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quiet(database: Any) -> AsyncIterator[Runtime]:
    async with quiet_hub(database.dsn, "exchange_spec_terms", now=DAYS) as runtime:
        yield runtime


async def done(quiet: Runtime, slug: str, query: str, **values: Any) -> Any:
    answer = (await answered(quiet, slug, query, x=values))["data"]["done"]
    assert answer["userErrors"] == []
    return answer


async def told(quiet: Runtime, slug: str, case: str) -> list[str]:
    """What a tenant has heard of a case being overdue."""
    after, types = None, []
    while True:
        page = (await answered(quiet, slug, _EVENTS, after=after))["data"]["events"]
        types += [
            one["type"]
            for one in page["nodes"]
            if case in (one["payload"].get("tipId"), one["payload"].get("repairId"))
        ]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            return [one for one in types if one.endswith(".overdue")]


class Case:
    """A report, or a repair: who has to act now, who handed it in."""

    def __init__(self, quiet: Runtime, sort: str) -> None:
        self.quiet, self.is_report = quiet, sort == "举报"
        self.to_act, self.waiting, self.case = AUTHORITY, DESK if self.is_report else FIRM, ""

    async def hand_in(self) -> None:
        if self.is_report:
            values = {"category": "OTHER", "region": "440300", "post": "焊工", "text": "夜间施工"}
            self.case = (await done(self.quiet, self.waiting, _REPORT, **values))["tip"]["id"]
            return
        penalty = {
            "creditCode": ENTERPRISE.credit_code, "name": ENTERPRISE.name, "region": "440300", "penaltyType": "FINE",
            "fineAmount": 50000, "cause": "未如实记录培训", "legalBasis": material.LEGAL_BASIS,
            "decisionNumber": material.number(), "decidedOn": "2024-03-01",
        }  # fmt: skip
        record = await keep(self.quiet, AUTHORITY, "PENALTY", penalty)
        values = {"riskFlagId": record, "materials": "罚款已缴", "commitment": "如实记录"}
        self.case = (await done(self.quiet, self.waiting, _REQUEST, **values))["repair"]["id"]

    async def step(self, name: str) -> None:
        if self.is_report:
            values = {"reason": "按属地办理"} | ({"toAuthority": RECEIVER} if name == "移送" else {})
            await done(self.quiet, self.to_act, _TRIAGE, tipId=self.case, decision=_TRIAGES[name], **values)
            self.to_act = RECEIVER if name == "移送" else self.to_act
            return
        values = {"outcome": _DECISIONS[name], "reason": "核对材料", "expectedVersion": 1}
        await done(self.quiet, self.to_act, _DECIDE, repairId=self.case, **values)

    async def run(self, day: date) -> str:
        """What a run of the clock told who has to act and who waits, the same to both; and nobody else anything."""
        before = {slug: await told(self.quiet, slug, self.case) for slug in (self.to_act, self.waiting)}
        async with self.quiet.database.hub_pool.acquire() as connection:
            await run_clock(connection, day)
        await self.quiet.settle()
        after = {slug: await told(self.quiet, slug, self.case) for slug in before}
        new = {slug: heard[len(before[slug]) :] for slug, heard in after.items()}
        assert new[self.to_act] == new[self.waiting]
        assert await told(self.quiet, STRANGER, self.case) == []
        return ", ".join(new[self.to_act]) or NOTHING


@pytest.mark.parametrize("row", rows("clock.md", "办理逾期"), ids=lambda row: f"{row['事项']}：{row['情形']}")
async def test_what_is_overdue_is_told_once_to_who_acts_and_who_waits(row: dict[str, str], quiet: Runtime) -> None:
    DAYS.day = date.fromisoformat(row["提交"])
    case = Case(quiet, row["事项"])
    await case.hand_in()
    found = []
    for step in row["经过"].split("；"):
        if _DAY.fullmatch(step):
            found.append(await case.run(date.fromisoformat(step)))
            continue
        name, _, on = step.partition(" ")
        DAYS.day = date.fromisoformat(on)
        await case.step(name)
    assert "；".join(found) == row["产生的事件"]


async def test_a_report_shows_by_when_it_has_to_be_triaged(quiet: Runtime) -> None:
    DAYS.day = date(2026, 11, 23)
    case = Case(quiet, "举报")
    await case.hand_in()
    query = "query Q($x: ID!) { tip(by: {id: $x}) { dueOn isDueEstimated isOverdue } }"
    shown = []
    for day in ("2026-12-02", "2026-12-03"):
        DAYS.day = date.fromisoformat(day)
        shown.append((await answered(quiet, AUTHORITY, query, x=case.case))["data"]["tip"])
    await case.step("受理")
    shown.append((await answered(quiet, AUTHORITY, query, x=case.case))["data"]["tip"])
    assert shown == [
        {"dueOn": "2026-12-02", "isDueEstimated": False, "isOverdue": False},
        {"dueOn": "2026-12-02", "isDueEstimated": False, "isOverdue": True},
        {"dueOn": None, "isDueEstimated": False, "isOverdue": False},
    ]
