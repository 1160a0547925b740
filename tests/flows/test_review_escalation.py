"""An overdue review is told to the superior once per due day; who may remind; two officers at once end in one."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from exchange.clock import run_clock
from exchange.demo.seed import caller_of
from exchange.reviews import Move, accept, assign, decide, decline
from exchange.runtime import Runtime
from schema.errors import Refusal
from schema.review_life import Step
from tenants.session import acting
from tests.flows import material
from tests.flows.review_desks import GUANGZHOU, JIANGSU, NANJING, SHANGHAI, Desk, open_desk
from tests.flows.scratch import DAY, answered, keep, quiet_hub

DUE = "query D($x: ID!) { review(id: $x) { dueOn } }"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quiet(database: Any) -> AsyncIterator[Runtime]:
    """A hub whose numbering and triggers run when a test says so."""
    async with quiet_hub(database.dsn, "exchange_review_escalation") as runtime:
        yield runtime


@pytest_asyncio.fixture
async def desk(quiet: Runtime) -> Desk:
    """A review nobody has looked at yet; all that were overdue before it are told."""
    async with quiet.database.hub_pool.acquire() as connection:
        await run_clock(connection, date(2028, 1, 1))
    return await open_desk(quiet)


async def due_day(desk: Desk) -> date:
    found = await answered(desk.hub, NANJING, DUE, x=desk.review_id)
    return date.fromisoformat(found["data"]["review"]["dueOn"])


async def test_on_the_due_day_nobody_is_told_and_the_superior_sees_nothing(desk: Desk) -> None:
    assert await desk.clock(await due_day(desk)) == 0
    assert (await desk.review(JIANGSU), await desk.thread(JIANGSU), await desk.told(JIANGSU)) == (None, [], [])


async def test_the_day_after_the_superior_is_told_once_and_sees_the_review(desk: Desk) -> None:
    late = await due_day(desk) + timedelta(days=1)
    assert [await desk.clock(late), await desk.clock(late), await desk.clock(late + timedelta(days=9))] == [1, 0, 0]
    seen = await desk.review(JIANGSU)
    assert (seen["state"], seen["escalatedOn"], seen["superior"]) == ("RECEIVED", late.isoformat(), {"id": JIANGSU})
    assert [one["step"] for one in await desk.thread(JIANGSU)] == ["OPENED", "ESCALATED"]
    assert await desk.told(JIANGSU) == ["review.escalated"]
    assert await desk.told(NANJING) == ["review.opened", "review.escalated"]
    assert (await desk.told(SHANGHAI), await desk.told(GUANGZHOU)) == (["review.opened"], [])


async def test_two_workers_at_once_tell_it_once(desk: Desk) -> None:
    late = await due_day(desk) + timedelta(days=1)
    assert sum(await asyncio.gather(desk.clock(late), desk.clock(late))) == 1
    assert await desk.told(JIANGSU) == ["review.escalated"]


async def test_a_closed_review_is_not_overdue(desk: Desk) -> None:
    await desk.take("reviewDecline", reason="DUPLICATE")
    assert await desk.clock(await due_day(desk) + timedelta(days=1)) == 0
    assert (await desk.review())["isOverdue"] is False


async def test_the_superior_reminds_and_does_nothing_else(desk: Desk) -> None:
    version = (await desk.review())["version"]
    assert await desk.take("reviewRemind", JIANGSU, text="请尽快", expectedVersion=version) == ["NOT_FOUND"]
    await desk.clock(await due_day(desk) + timedelta(days=1))
    assert await desk.take("reviewRemind", JIANGSU, text="请尽快") == []
    assert await desk.take("reviewAccept", JIANGSU) == ["NOT_YOUR_STEP"]
    assert await desk.take("reviewDecide", JIANGSU, outcome="DISMISSED", reason="无事") == ["NOT_YOUR_STEP"]
    step = (await desk.thread())[-1]
    assert (step["step"], step["authority"], step["text"]) == ("REMINDED", {"id": JIANGSU}, "请尽快")
    assert (await desk.told(NANJING))[-1] == "review.reminded"


async def test_the_source_reminds_and_the_reviewing_authority_does_not(desk: Desk) -> None:
    assert await desk.take("reviewRemind", SHANGHAI) == []
    assert await desk.take("reviewRemind", NANJING) == ["NOT_YOUR_STEP"]
    assert (await desk.review())["version"] == 1


async def test_without_a_superior_the_reviewing_authority_alone_is_told(quiet: Runtime) -> None:
    firm = material.firm()
    await keep(quiet, GUANGZHOU, "PROJECT_APPROVAL", material.matter(firm, "440100"))
    await keep(quiet, "sz-bureau", "RISK_FLAG", material.flag(firm))
    await quiet.settle()
    query = "query Q($c: String!) { enterprise(creditCode: $c) { reviews(first: 2) { nodes { id } } } }"
    found = (await answered(quiet, GUANGZHOU, query, c=firm.credit_code))["data"]["enterprise"]["reviews"]["nodes"]
    desk = Desk(hub=quiet, firm=firm, flag_id="", review_id=found[0]["id"])
    await desk.clock(DAY + timedelta(days=60))
    assert await desk.told(GUANGZHOU, "review.escalated") == ["review.escalated"]
    assert await desk.told("gd-housing", "review.escalated") == []
    assert (await desk.review(GUANGZHOU))["superior"] is None


async def take(connection: Any, desk: Desk, step: Step, version: int, officer: str) -> None:
    """Take a step in a transaction that is still open."""
    move = Move(
        step=step, step_id=uuid.uuid4(), review_id=uuid.UUID(desk.review_id), expected_version=version,
        tenant_id=desk.hub.directory.by_slug[NANJING].tenant_id, operator=officer, day=DAY, words="核查完毕",
    )  # fmt: skip
    if step is Step.ACCEPTED:
        await accept(connection, move, is_sealed=False, seal_reason=None)
    elif step is Step.ASSIGNED:
        await assign(connection, move, assignee=officer)
    elif step is Step.DECLINED:
        await decline(connection, move, reason="DUPLICATE")
    else:
        await decide(connection, move, {"outcome": "MAINTAINED"}, is_sealed=None, seal_reason=None)


async def somebody_waits(desk: Desk) -> None:
    """Until a transaction waits for the one that is open."""
    query = """select count(*) from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock' and query ~ '^-- name|update review'"""
    owner = await asyncpg.connect(desk.hub.database.dsn)
    try:
        while not await owner.fetchval(query):
            await owner.execute("select pg_sleep(0.01)")
    finally:
        await owner.close()


@pytest.mark.parametrize(("first", "second", "is_accepted", "code"), [
    (Step.ACCEPTED, Step.ACCEPTED, False, "ALREADY_ACCEPTED"),
    (Step.ACCEPTED, Step.DECIDED, False, "VERSION_CONFLICT"),
    (Step.DECIDED, Step.DECIDED, False, "ALREADY_DECIDED"),
    (Step.DECIDED, Step.DECLINED, True, "ALREADY_DECIDED"),
    (Step.ASSIGNED, Step.ASSIGNED, True, "VERSION_CONFLICT"),
    (Step.DECLINED, Step.ASSIGNED, True, "REVIEW_CLOSED"),
    (Step.DECLINED, Step.DECLINED, True, "REVIEW_CLOSED"),
])  # fmt: skip
async def test_of_two_officers_at_once_one_is_done_and_the_other_is_told(
    desk: Desk, first: Step, second: Step, is_accepted: bool, code: str
) -> None:
    if is_accepted:
        await desk.take("reviewAccept")
    version, caller = 1 + is_accepted, caller_of(desk.hub, NANJING)

    async def later() -> None:
        async with acting(desk.hub.database.pool, caller) as connection:
            await take(connection, desk, second, version, "NJ-02")

    async with acting(desk.hub.database.pool, caller) as connection:
        await take(connection, desk, first, version, "NJ-01")
        waiting = asyncio.create_task(later())
        await somebody_waits(desk)
    with pytest.raises(Refusal) as refused:
        await waiting
    assert refused.value.code == code
    taken = [(one["step"], one["operator"]) for one in await desk.thread() if one["operator"] in ("NJ-01", "NJ-02")]
    assert taken == [(first.name, "NJ-01")]


async def test_a_cause_lifted_while_an_officer_decides_leaves_one_of_the_two(desk: Desk) -> None:
    """Whoever commits first wins; the other finds the review as it is then."""
    withdraw = "update review set cause_lifted_on = $2 where review_id = $1 and cause_lifted_on is null"
    caller = caller_of(desk.hub, NANJING)

    async def later() -> None:
        async with desk.hub.database.hub_pool.acquire() as connection:
            await connection.execute(withdraw, uuid.UUID(desk.review_id), DAY)

    async with acting(desk.hub.database.pool, caller) as connection:
        await take(connection, desk, Step.DECIDED, 1, "NJ-01")
        waiting = asyncio.create_task(later())
        await somebody_waits(desk)
    await waiting
    assert (await desk.review())["state"] == "DECIDED"
    assert [one["step"] for one in await desk.thread()] == ["OPENED", "DECIDED", "CAUSE_LIFTED"]


ENDED = ["review.escalated", "review.escalationEnded"]


@pytest.mark.parametrize(
    ("name", "values", "state"),
    [
        ("reviewDecide", {"outcome": "DISMISSED", "reason": "已核查"}, "DECIDED"),
        ("reviewDecline", {"reason": "DUPLICATE"}, "DECLINED"),
        ("reviewHandOver", {"authorityId": JIANGSU, "text": "由省厅办理"}, "DECLINED"),
    ],
)
async def test_the_superior_hears_how_a_review_it_was_told_of_ended(
    desk: Desk, name: str, values: dict[str, str], state: str
) -> None:
    await desk.clock(await due_day(desk) + timedelta(days=1))
    assert await desk.take(name, **values) == []
    query = """query E($c: String!) { events(first: 9, creditCode: $c, types: ["review.escalationEnded"]) {
      nodes { owner { id } payload } } }"""
    await desk.hub.settle()
    (event,) = (await answered(desk.hub, JIANGSU, query, c=desk.firm.credit_code))["data"]["events"]["nodes"]
    assert (event["owner"]["id"], event["payload"]["reviewId"], event["payload"]["state"]) == (
        NANJING, desk.review_id, state,
    )  # fmt: skip
    for slug in (SHANGHAI, GUANGZHOU):
        assert await desk.told(slug, "review.escalationEnded") == []


async def test_the_superior_hears_that_the_cause_was_lifted_and_that_a_decision_was_corrected(desk: Desk) -> None:
    await desk.clock(await due_day(desk) + timedelta(days=1))
    lift = "mutation L($x: RiskFlagLiftInput!) { riskFlagLift(input: $x) { userErrors { code } } }"
    await answered(desk.hub, SHANGHAI, lift, x={"riskFlagId": desk.flag_id, "reason": "整改完成"})
    assert await desk.told(JIANGSU, *ENDED) == ENDED
    other = await open_desk(desk.hub)
    await other.clock(await due_day(other) + timedelta(days=1))
    await other.take("reviewDecide", outcome="DISMISSED", reason="无事")
    await other.take("reviewCorrectDecision", outcome="MAINTAINED", reason="有事", correctionReason="复核")
    assert await other.told(JIANGSU, *ENDED) == [*ENDED, "review.escalationEnded"]


async def test_a_superior_that_was_told_of_no_delay_hears_nothing_of_the_end(desk: Desk) -> None:
    await desk.take("reviewDecide", outcome="DISMISSED", reason="无事")
    assert await desk.told(JIANGSU, *ENDED) == []
