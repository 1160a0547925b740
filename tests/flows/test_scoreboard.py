"""How timely authorities are, through the API: exact figures of a small world, the facts behind them, who sees what."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest
import pytest_asyncio

from tests.flows.measured import READ, SHARES, Bureaus, days, found_long_ago
from tests.flows.review_desks import EVENTS, GUANGZHOU, JIANGSU, NANJING, PARTNER, SHANGHAI
from tests.flows.scratch import answered, quiet_hub

FIRM, OPERATOR, SHENZHEN = "huadong-construction", "operator", "sz-bureau"
MONDAY = date(2026, 3, 2)
BOARD = '{ scoreboard(month: "2026-03") { authority } }'


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(database: Any) -> AsyncIterator[Bureaus]:
    """Five flags of Shanghai on firms in Nanjing, one of Shenzhen in Guangzhou, all in March; it is 31 March."""
    async with quiet_hub(database.dsn, "exchange_scoreboard") as hub:
        await found_long_ago(hub)
        bureaus = Bureaus(hub=hub)
        await settle(bureaus)
        yield bureaus


async def settle(world: Bureaus) -> None:
    """In time, late, declined, withdrawn and ignored; two questions, answered after 4 and after 20 days.

    Saturday 28 February was a working day, so that what was decided on the 26th is in time.
    """
    world.go_to(MONDAY)
    opened = [(await world.flag(MONDAY - days(late)))[1] for late in (0, 3, 4, 10)]
    withdrawn, _ = await world.flag(MONDAY)
    world.reviews = dict(zip(("in_time", "late", "declined", "ignored"), opened, strict=True))
    await world.grade()
    await world.flag(MONDAY, source=SHENZHEN, at=GUANGZHOU, region="440100")
    world.go_to(MONDAY + days(1))
    await world.ask(NANJING, READ, x=opened[0])
    await world.take(NANJING, "reviewAccept", opened[0])
    first = await world.asked(NANJING, opened[0])
    lift = 'mutation L($x: ID!) { riskFlagLift(input: {riskFlagId: $x, reason: "整改完成"}) { userErrors { code } } }'
    await world.ask(SHANGHAI, lift, x=withdrawn)
    await world.hub.settle()
    world.go_to(MONDAY + days(5))
    await world.take(SHANGHAI, "reviewGiveInformation", opened[0], requestId=first, answer="YES")
    await world.take(NANJING, "reviewDecide", opened[0], outcome="STRENGTHENED", reason="每月复查")
    await world.take(NANJING, "reviewDecline", opened[2], reason="NOT_PRESENT")
    world.go_to(MONDAY + days(8))
    await world.take(NANJING, "reviewAccept", opened[1])
    second = await world.asked(NANJING, opened[1])
    world.go_to(MONDAY + days(28))
    await world.take(SHANGHAI, "reviewGiveInformation", opened[1], requestId=second, answer="NO")
    world.go_to(MONDAY + days(29))
    await world.take(NANJING, "reviewDecide", opened[1], outcome="DISMISSED", reason="并无此事")
    await world.hub.settle()


def figure(measure: str, numerator: int, denominator: int, colour: str | None) -> dict[str, Any]:
    value = numerator / denominator
    return {"measure": measure, "numerator": numerator, "denominator": denominator, "value": value, "colour": colour}


async def test_every_authority_has_its_figures_as_reviewer_and_as_source(world: Bureaus) -> None:
    found = await world.figures(JIANGSU, "2026-03")
    assert set(found) == {(slug, None, None) for slug in (NANJING, SHANGHAI, SHENZHEN, GUANGZHOU)}
    assert list(found[NANJING, None, None].values()) == [
        figure("ACCEPTED_IN_TIME", 2, 4, "RED"),
        figure("DECIDED_BY_DUE", 2, 4, "RED"),
        figure("DECISION_DAYS", 5 + 5 + 29, 3, None),
        figure("OPENING_DAYS", 1 + 5 + 8, 3, None),
    ]
    assert list(found[SHANGHAI, None, None].values()) == [
        figure("ANSWERED_BY_AGREED", 1, 2, "RED"),
        figure("ANSWER_DAYS", 4 + 20, 2, "GREEN"),
        figure("REPORTED_IN_TIME", 4, 5, "GREEN"),
        figure("REPORT_DAYS", 0 + 3 + 4 + 10 + 0, 5, None),
    ]


async def test_all_authorities_and_the_operator_see_the_same_figures_firms_and_partners_none(world: Bureaus) -> None:
    seen = [await world.figures(slug, "2026-03") for slug in (NANJING, SHANGHAI, GUANGZHOU, OPERATOR)]
    assert seen[1:] == seen[:-1]
    for slug in (FIRM, PARTNER):
        for query in (BOARD, BOARD.replace("scoreboard", "eventShares").replace("authority", "type")):
            body = await answered(world.hub, slug, query)
            assert [one["extensions"]["code"] for one in body["errors"]] == ["FORBIDDEN"]


@pytest.mark.parametrize("slug", [NANJING, SHANGHAI, SHENZHEN, GUANGZHOU])
async def test_the_facts_behind_an_own_figure_are_as_many_as_it_says(world: Bureaus, slug: str) -> None:
    own = (await world.figures(slug, "2026-03"))[slug, None, None]
    for measure, said in own.items():
        numerator, facts = await world.rows(slug, measure, "2026-03")
        assert (numerator, len(facts)) == (said["numerator"], said["denominator"])
        assert sum(one["amount"] for one in facts) == numerator
    _, late = await world.rows(NANJING, "DECIDED_BY_DUE", "2026-03", met=False)
    assert {one["reviewId"] for one in late} == ({world.reviews["late"], world.reviews["ignored"]})


async def test_the_other_party_sees_the_facts_it_had_part_in_and_nobody_else_any(world: Bureaus) -> None:
    _, own = await world.rows(NANJING, "ACCEPTED_IN_TIME", "2026-03")
    _, of_source = await world.rows(SHANGHAI, "ACCEPTED_IN_TIME", "2026-03", a=NANJING)
    assert [one["id"] for one in of_source] == [one["id"] for one in own]
    assert {one["other"] for one in own} == {SHANGHAI}
    for slug in (JIANGSU, GUANGZHOU, OPERATOR):
        assert await world.rows(slug, "ACCEPTED_IN_TIME", "2026-03", a=NANJING) == (0, [])
        assert await world.rows(slug, "REPORTED_IN_TIME", "2026-03", a=SHANGHAI) == (0, [])


async def test_figures_are_told_apart_by_agreement_and_by_month(world: Bureaus) -> None:
    found = await world.figures(NANJING, "2026-04", 2, by=["AGREEMENT", "MONTH"])
    assert {key: one["ACCEPTED_IN_TIME"]["denominator"] for key, one in found.items()} == {
        (None, "yrd", "2026-03"): 4, (None, "gba", "2026-03"): 1,
    }  # fmt: skip
    assert (await world.rows(NANJING, "ACCEPTED_IN_TIME", "2026-03", g="yrd"))[0] == 2
    assert await world.rows(NANJING, "ACCEPTED_IN_TIME", "2026-03", g="gba") == (0, [])
    assert await world.rows(NANJING, "ACCEPTED_IN_TIME", "2026-03", g="") == (0, [])
    assert await world.figures(NANJING, "2026-02") == {}


async def test_one_authority_is_asked_for_by_name_and_one_unknown_is_none(world: Bureaus) -> None:
    assert set(await world.figures(NANJING, "2026-03", a=SHANGHAI)) == {(SHANGHAI, None, None)}
    for arguments in ('authority: "nobody"', f'authority: "{FIRM}"'):
        body = await answered(world.hub, NANJING, BOARD.replace(")", f", {arguments})"))
        assert [one["extensions"]["code"] for one in body["errors"]] == ["NOT_FOUND"]


@pytest.mark.parametrize("arguments", ['month: "2026-13"', 'month: "03/2026"', 'month: "2026-03", months: 13'])
async def test_a_month_that_is_none_is_refused(world: Bureaus, arguments: str) -> None:
    body = await answered(world.hub, NANJING, BOARD.replace('month: "2026-03"', arguments))
    assert [one["extensions"]["code"] for one in body["errors"]] == ["BAD_INPUT"]


async def test_of_each_type_of_event_it_is_told_what_became_of_its_reviews(world: Bureaus) -> None:
    """Read or dealt with: three; acted upon: one; the fourth is overdue and never opened; the fifth was withdrawn."""
    shares = (await world.ask(JIANGSU, SHARES, m="2026-03", a=NANJING))["eventShares"]
    assert shares == [
        {"type": "riskBand.changed", "handling": "FOR_ATTENTION", "reviews": 1, "opened": 0, "acted": 0, "ignored": 1},
        {"type": "riskFlag.raised", "handling": "FOR_FOLLOW_UP", "reviews": 5, "opened": 3, "acted": 1, "ignored": 1},
    ]


async def test_the_first_reading_is_told_once_to_both_and_never_to_the_firm(world: Bureaus) -> None:
    _, review_id = await world.flag(world.day)
    for slug in (SHANGHAI, JIANGSU, SHANGHAI):  # the source's reading is none
        await world.ask(slug, READ, x=review_id)
    assert (await world.ask(SHANGHAI, READ, x=review_id))["review"]["firstReadOn"] is None
    await asyncio.gather(*(world.ask(NANJING, READ, x=review_id) for _ in range(4)))
    seen = [(await world.ask(slug, READ, x=review_id))["review"] for slug in (NANJING, SHANGHAI)]
    assert [(one["firstReadOn"], one["version"]) for one in seen] == [(str(world.day), 1)] * 2
    await world.hub.settle()
    async with world.hub.database.hub_pool.acquire() as connection:
        query = "select credit_code from review where review_id = $1"
        code = await connection.fetchval(query, review_id)
    for slug, heard in ((NANJING, 1), (SHANGHAI, 1), (JIANGSU, 0), (FIRM, 0), (PARTNER, 0)):
        events = (await world.ask(slug, EVENTS, c=code, t=["review.firstRead"]))["events"]["nodes"]
        assert len(events) == heard


async def test_counted_again_from_the_events_alone_it_is_the_same(world: Bureaus) -> None:
    ids = {one.slug: one.tenant_id for one in world.hub.directory.authorities()}
    said = {
        (ids[authority], month, measure): (one["numerator"], one["denominator"])
        for (authority, _, month), figures in (
            await world.figures(NANJING, "2026-03", by=["AUTHORITY", "MONTH"])
        ).items()
        for measure, one in figures.items()
    }
    assert said == await world.again(["2026-03"])
