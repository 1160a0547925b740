"""An authority whose report joined a review: what it reads of it, what it may not do, and where a hand-over leads."""

from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio

from exchange.runtime import Runtime
from tests.flows.cascades import Case, Today
from tests.flows.scratch import answered, quiet_hub

REVIEW = """query R($x: ID!) { review(id: $x) { state outcome causeAuthority { id } flag { id }
  causes(first: 9) { nodes { authority { id } flag { id } joinedOn liftedOn liftedAs } }
  thread(first: 20) { nodes { step authority { id } } } } }"""
FLAG = """query F($x: ID!) { riskFlag(id: $x) { outcomes { open maintained } reviews(first: 9) { nodes { id } } } }"""
REMIND = "mutation M($i: ReviewRemindInput!) { reviewRemind(input: $i) { userErrors { code } } }"
HAND_OVER = "mutation M($i: ReviewHandOverInput!) { reviewHandOver(input: $i) { userErrors { code } } }"
EVENTS = """query E($c: String!, $t: [String!]) { events(first: 50, creditCode: $c, types: $t) { nodes {
  type recordId payload owner { id } } } }"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quiet(database: Any) -> AsyncIterator[Runtime]:
    """A hub whose numbering and triggers run when a test says so."""
    async with quiet_hub(database.dsn, "exchange_joined", now=Today().now) as runtime:
        yield runtime


@pytest_asyncio.fixture
async def joined(quiet: Runtime) -> Case:
    """Shenzhen and Dongguan reported one decision on a firm with a matter in Guangzhou."""
    case = Case(hub=quiet, today=Today())
    for step in ("广州 报事项", "深圳 列入 甲", "东莞 列入 甲"):
        await case.do(step)
    return case


async def review_id(case: Case) -> str:
    (review,) = (await case.seen())["reviews"]["nodes"]
    found: str = review["id"]
    return found


async def seen(case: Case, slug: str, x: str) -> Any:
    return (await answered(case.hub, slug, REVIEW, x=x))["data"]["review"]


async def test_both_sources_and_the_reviewing_authority_read_every_cause_and_step(joined: Case) -> None:
    x = await review_id(joined)
    flags = [joined.reported[place, "甲"][2] for place in ("深圳", "东莞")]
    for slug in ("gz-bureau", "sz-bureau", "dg-bureau"):
        review = await seen(joined, slug, x)
        assert (review["causeAuthority"]["id"], review["flag"]["id"]) == ("sz-bureau", flags[0])
        assert review["causes"]["nodes"] == [
            {"authority": {"id": owner}, "flag": {"id": flag}, "joinedOn": "2026-11-23", "liftedOn": None,
             "liftedAs": None}
            for owner, flag in zip(("sz-bureau", "dg-bureau"), flags, strict=True)
        ]  # fmt: skip
        assert [one["step"] for one in review["thread"]["nodes"]] == ["OPENED", "JOINED"]


async def test_nobody_else_reads_it(joined: Case) -> None:
    x = await review_id(joined)
    for slug in ("gd-housing", "sh-bureau"):
        assert await seen(joined, slug, x) is None


async def test_the_outcome_stands_beside_the_flag_that_joined(joined: Case) -> None:
    await joined.do("广州 办结")
    found = (await answered(joined.hub, "dg-bureau", FLAG, x=joined.reported["东莞", "甲"][2]))["data"]["riskFlag"]
    assert found == {"outcomes": {"open": 0, "maintained": 1}, "reviews": {"nodes": [{"id": await review_id(joined)}]}}
    told = await answered(joined.hub, "dg-bureau", EVENTS, c=joined.firm.credit_code, t=["review.progressed"])
    (event,) = told["data"]["events"]["nodes"]
    assert (event["owner"]["id"], event["payload"]["state"], event["payload"]["outcome"]) == (
        "gz-bureau", "DECIDED", "MAINTAINED")  # fmt: skip


async def test_the_joining_is_told_to_the_authority_whose_report_it_was_and_names_that(joined: Case) -> None:
    for slug, count in (("dg-bureau", 1), ("gz-bureau", 1), ("sz-bureau", 0), ("gd-housing", 0)):
        told = await answered(joined.hub, slug, EVENTS, c=joined.firm.credit_code, t=["review.joined"])
        nodes = told["data"]["events"]["nodes"]
        assert [one["recordId"] for one in nodes] == [joined.reported["东莞", "甲"][2]] * count


async def test_a_source_that_joined_takes_no_step_of_the_first(joined: Case) -> None:
    sent = {"reviewId": await review_id(joined), "expectedVersion": 1}
    answer = await answered(joined.hub, "dg-bureau", REMIND, i=sent)
    assert answer["data"]["reviewRemind"]["userErrors"] == [{"code": "NOT_YOUR_STEP"}]


async def test_a_review_that_is_handed_over_takes_its_causes_along_and_a_further_report_finds_it(joined: Case) -> None:
    x = await review_id(joined)
    sent = {"reviewId": x, "expectedVersion": 1, "authorityId": "gd-housing", "text": "建设工程"}
    answer = await answered(joined.hub, "gz-bureau", HAND_OVER, i=sent)
    assert answer["data"]["reviewHandOver"] == {"userErrors": []}
    await joined.do("深圳 列入名单 甲")
    (went,) = (await joined.seen("省住建"))["reviews"]["nodes"]
    review = await seen(joined, "dg-bureau", went["id"])
    assert [one["authority"]["id"] for one in review["causes"]["nodes"]] == ["sz-bureau", "dg-bureau", "sz-bureau"]
    assert [one["step"] for one in review["thread"]["nodes"]] == ["OPENED", "JOINED", "HANDED_OVER", "OPENED", "JOINED"]
    assert [one["state"] for one in (await joined.seen())["reviews"]["nodes"]] == ["DECLINED"]
    for step in ("深圳 解除 甲 11-20", "东莞 解除 甲 11-21", "深圳 解除 甲名单 11-19"):
        await joined.do(step)
    assert (await seen(joined, "dg-bureau", went["id"]))["state"] == "WITHDRAWN"


async def test_everything_handled_again_from_the_start_joins_and_tells_nothing(joined: Case) -> None:
    await joined.do("广州 报事项")
    before = await joined.seen()
    events = await answered(joined.hub, "dg-bureau", EVENTS, c=joined.firm.credit_code)
    async with joined.hub.database.hub_pool.acquire() as connection:
        await connection.execute("update worker_cursor set position = 0 where worker = 'triggers'")
    await joined.hub.settle()
    assert await joined.seen() == before
    assert await answered(joined.hub, "dg-bureau", EVENTS, c=joined.firm.credit_code) == events


CHANGED = """query R($x: ID!) { review(id: $x) { causeBand causes(first: 9) { nodes { band changedOn } }
  thread(first: 20) { nodes { step } } } }"""


async def heard_of_change(case: Case, slug: str) -> list[tuple[str, str]]:
    told = await answered(case.hub, slug, EVENTS, c=case.firm.credit_code, t=["review.causeChanged"])
    return [(one["recordId"], one["payload"]["causeBand"]) for one in told["data"]["events"]["nodes"]]


async def test_a_corrected_severity_is_told_of_the_report_that_joined_as_of_the_first(joined: Case) -> None:
    x = await review_id(joined)
    first, second = (joined.reported[place, "甲"][2] for place in ("深圳", "东莞"))
    await joined.do("东莞 更正程度 甲 橙")
    review = (await answered(joined.hub, "gz-bureau", CHANGED, x=x))["data"]["review"]
    assert review["causeBand"] is None
    assert review["causes"]["nodes"] == [
        {"band": None, "changedOn": None}, {"band": "ORANGE", "changedOn": "2026-11-23"},
    ]  # fmt: skip
    assert [one["step"] for one in review["thread"]["nodes"]] == ["OPENED", "JOINED", "CAUSE_CHANGED"]
    assert [await heard_of_change(joined, slug) for slug in ("gz-bureau", "dg-bureau", "sz-bureau", "gd-housing")] == [
        [(second, "ORANGE")], [(second, "ORANGE")], [], [],
    ]  # fmt: skip
    await joined.do("深圳 更正程度 甲 黄")
    review = (await answered(joined.hub, "gz-bureau", CHANGED, x=x))["data"]["review"]
    assert (review["causeBand"], [one["band"] for one in review["causes"]["nodes"]]) == ("YELLOW", ["YELLOW", "ORANGE"])
    assert await heard_of_change(joined, "sz-bureau") == [(first, "YELLOW")]
