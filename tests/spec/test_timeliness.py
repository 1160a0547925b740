"""Every row of timeliness.md is a test, of the hub's figures and of those counted again from the events."""

import uuid
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest
import pytest_asyncio

from exchange import scoreboard
from tests.flows.scratch import scratch_database
from tests.recompute_scoreboard import read, recompute
from tests.spec.tables import rows

SHARES = {"是": (1, 1), "否": (0, 1), "": None}
_TENANTS = """insert into tenant (slug, kind, name, name_en, credit_code, sector, region, jurisdiction, onboarded_at)
  select slug, 'AUTHORITY', slug, slug, 'DEM' || slug, 'EMERGENCY', '440300', array['4403'], '2026-01-01'
  from unnest(array['reviewer', 'source']) slug returning tenant_id"""
_REVIEW = """insert into review (owner_id, cause_owner_id, rule, cause_key, cause_event_id, subject, credit_code,
    priority, handling, reason_zh, reason_en, opened_on, due_on, is_due_estimated)
  values ($1, $2, 'RED_FLAG', 'c', gen_random_uuid(), 'E:DEM1', 'DEM1', 'MUST', 'FOR_FOLLOW_UP', '因', 'cause',
    '2026-03-02', '2026-03-11', false)
  returning review_id"""
_STEPS = {
    "受理": "update review set state = 'ACCEPTED', accepted_on = $2, version = version + 1 where review_id = $1",
    "办结": """update review set state = 'DECIDED', outcome = 'MAINTAINED', decision_reason = '因', decided_on = $2,
      version = version + 1 where review_id = $1""",
    "退回": """update review set state = 'DECLINED', decline_reason = 'OTHER', ended_on = $2, version = version + 1
      where review_id = $1""",
    "撤回": "update review set cause_lifted_on = $2 where review_id = $1",
}
_ASK = """insert into review_step (step_id, thread_id, review_id, owner_id, operator, step, state, taken_on, question)
  values ($1, $2, $2, $3, 'x', 'INFORMATION_REQUESTED', 'IN_REVIEW', '2026-03-02', 'IS_RECTIFIED')"""
_ANSWER = """insert into review_step (thread_id, review_id, owner_id, operator, step, state, taken_on, answer,
    request_id)
  values ($2, $2, $3, 'x', 'INFORMATION_GIVEN', 'IN_REVIEW', $4, 'YES', $1)"""
_REPORT = """insert into record (owner_id, kind, family, key_hash, audience, credit_code, band, effective_on, body,
    fingerprint, recorded_on)
  values ($1, 'RISK_FLAG', 'ADVERSE', 'k', 2, 'DEM1', 'RED', $2, jsonb_build_object('decidedOn', $2::date), 'x', $3)"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def scratch(database: Any) -> AsyncIterator[Any]:
    async with scratch_database(database.dsn, "exchange_timeliness") as made, made.as_owner() as connection:
        yield connection


@pytest_asyncio.fixture
async def empty(scratch: Any) -> AsyncIterator[tuple[Any, int, int]]:
    """A connection, the reviewing authority and the source; nothing has happened between them."""
    transaction = scratch.transaction()
    await transaction.start()
    await scratch.execute("set local role exchange_hub")
    reviewer, source = [row["tenant_id"] for row in await scratch.fetch(_TENANTS)]
    yield scratch, reviewer, source
    await transaction.rollback()


def on(cell: str) -> date:
    return date.fromisoformat(f"2026-{cell}")


async def counted(connection: Any, today: date, month: str = "2026-03") -> dict[str, tuple[int, int]]:
    """The figures by measure; the other way of counting has to give the same."""
    parameters = await scoreboard.terms(connection, scoreboard.period(month, 1), today)
    found = await scoreboard.figures(connection, [*parameters, *scoreboard.members(())], ["AUTHORITY"], None)
    figures = {one["measure"]: (one["numerator"], one["denominator"]) for row in found for one in row["figures"]}
    events, since = await read(connection)
    again = recompute(events, since, today, [month])
    assert {measure: figure for (_, _, measure), figure in again.items()} == figures
    return figures


@pytest.mark.parametrize("row", rows("timeliness.md", "核查"), ids=lambda row: row["情形"])
async def test_a_review_counts_as_the_table_says(row: dict[str, str], empty: tuple[Any, int, int]) -> None:
    connection, reviewer, source = empty
    review_id = await connection.fetchval(_REVIEW, reviewer, source)
    for step, statement in _STEPS.items():
        if row[step]:
            await connection.execute(statement, review_id, on(row[step]))
    figures = await counted(connection, on(row["今天"]))
    assert figures.get("ACCEPTED_IN_TIME") == SHARES[row["7 日内受理"]]
    assert figures.get("DECIDED_BY_DUE") == SHARES[row["按期办结"]]


@pytest.mark.parametrize("row", rows("timeliness.md", "答复"), ids=lambda row: row["情形"])
async def test_a_question_counts_as_the_table_says(row: dict[str, str], empty: tuple[Any, int, int]) -> None:
    connection, reviewer, source = empty
    review_id, step_id = await connection.fetchval(_REVIEW, reviewer, source), uuid.uuid4()
    await connection.execute(_STEPS["受理"], review_id, on("03-02"))
    await connection.execute(_ASK, step_id, review_id, reviewer)
    if row["答复"]:
        await connection.execute(_ANSWER, step_id, review_id, source, on(row["答复"]))
    if row["办结"]:
        await connection.execute(_STEPS["办结"], review_id, on(row["办结"]))
    figures = await counted(connection, on(row["今天"]))
    assert figures.get("ANSWERED_BY_AGREED") == SHARES[row["按期答复"]]
    assert figures.get("ANSWER_DAYS") == ((int(row["天数"]), 1) if row["天数"] else None)


@pytest.mark.parametrize("row", rows("timeliness.md", "报送"), ids=lambda row: row["情形"])
async def test_a_report_counts_as_the_table_says(row: dict[str, str], empty: tuple[Any, int, int]) -> None:
    connection, _, source = empty
    decided, reported = date.fromisoformat(row["决定日"]), date.fromisoformat(row["报送日"])
    await connection.execute("set local role exchange_app")
    await connection.execute("select set_config('app.writes', $1, true)", f"{{{source}}}")
    await connection.execute(_REPORT, source, decided, reported)
    await connection.execute("set local role exchange_hub")
    figures = await counted(connection, date(2026, 4, 1), row["报送日"][:7])
    assert figures.get("REPORTED_IN_TIME") == SHARES[row["按时报送"]]
    assert figures.get("REPORT_DAYS") == ((int(row["天数"]), 1) if row["天数"] else None)
