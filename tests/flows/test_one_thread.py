"""One thread of review per cause and matter, told when its cause changes; who hears that a record is over for him."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from exchange.demo.seed import caller_of
from exchange.runtime import Runtime
from exchange.triggering.triggers import run_triggers
from tenants.session import acting
from tests.flows import material
from tests.flows.scratch import DAY, answered, keep, quiet_hub

REVIEWS = """query R($c: String!) { enterprise(creditCode: $c) { reviews(first: 20) { nodes {
  id version state reason causeBand causeChangedOn matter { caseNumber } } } } }"""
DECIDE = "mutation D($i: ReviewDecideInput!) { reviewDecide(input: $i) { userErrors { code } } }"
EVENTS = """query E($c: String!) { events(first: 100, creditCode: $c) { nodes { type recordId payload } } }"""
GUANGZHOU, SHENZHEN, PARTNER = "gz-bureau", "sz-bureau", "bidding-platform"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quiet(database: Any) -> AsyncIterator[Runtime]:
    """A hub whose numbering and triggers run when a test says so."""
    async with quiet_hub(database.dsn, "exchange_one_thread") as runtime:
        yield runtime


async def reviews(quiet: Runtime, firm: material.Firm) -> list[dict[str, Any]]:
    await quiet.settle()
    found = (await answered(quiet, GUANGZHOU, REVIEWS, c=firm.credit_code))["data"]["enterprise"]
    nodes: list[dict[str, Any]] = found["reviews"]["nodes"] if found else []
    return nodes


def cases(found: list[dict[str, Any]]) -> list[str]:
    return sorted(one["matter"]["caseNumber"] for one in found)


async def decide(quiet: Runtime, review: dict[str, Any]) -> None:
    values = {"reviewId": review["id"], "expectedVersion": review["version"], "outcome": "MAINTAINED", "reason": "无碍"}
    assert (await answered(quiet, GUANGZHOU, DECIDE, i=values))["data"]["reviewDecide"] == {"userErrors": []}


async def flagged(quiet: Runtime, firm: material.Firm, **changed: Any) -> dict[str, Any]:
    flag = {**material.flag(firm), **changed}
    await keep(quiet, SHENZHEN, "RISK_FLAG", flag)
    return flag


async def file_matter(quiet: Runtime, firm: material.Firm) -> dict[str, Any]:
    matter = material.matter(firm, "440100")
    await keep(quiet, GUANGZHOU, "PROJECT_APPROVAL", matter)
    return matter


async def test_a_matter_filed_after_the_review_was_decided_has_a_review_of_its_own(quiet: Runtime) -> None:
    firm = material.firm()
    first = await file_matter(quiet, firm)
    await flagged(quiet, firm)
    (review,) = await reviews(quiet, firm)
    await decide(quiet, review)
    second = await file_matter(quiet, firm)
    both = await reviews(quiet, firm)
    assert cases(both) == sorted([first["caseNumber"], second["caseNumber"]])
    assert sorted(one["state"] for one in both) == ["DECIDED", "RECEIVED"]
    for again in (first, second):
        await keep(quiet, GUANGZHOU, "PROJECT_APPROVAL", {**again, "projectName": "改名后的示范项目"})
    assert len(await reviews(quiet, firm)) == 2


async def test_matters_that_one_review_covers_open_no_other_when_they_are_corrected(quiet: Runtime) -> None:
    firm = material.firm()
    matters = [await file_matter(quiet, firm) for _ in range(3)]
    await flagged(quiet, firm)
    (review,) = await reviews(quiet, firm)
    assert review["reason"].endswith("另有 2 项")
    for matter in matters:
        await keep(quiet, GUANGZHOU, "PROJECT_APPROVAL", {**matter, "projectName": "改名后的示范项目"})
    assert len(await reviews(quiet, firm)) == 1


@pytest.mark.parametrize("is_matter_first", [True, False])
async def test_a_flag_and_a_matter_on_the_way_at_once_make_one_review(quiet: Runtime, is_matter_first: bool) -> None:
    firm = material.firm()
    for is_matter in (is_matter_first, not is_matter_first):
        await (file_matter(quiet, firm) if is_matter else flagged(quiet, firm))
    assert len(await reviews(quiet, firm)) == 1


async def test_everything_handled_again_from_the_start_opens_and_tells_nothing(quiet: Runtime) -> None:
    firm = material.firm()
    await file_matter(quiet, firm)
    flag = await flagged(quiet, firm)
    await reviews(quiet, firm)
    await file_matter(quiet, firm)
    await reviews(quiet, firm)
    await flagged(quiet, firm, **{**flag, "severity": "YELLOW"})
    before = await reviews(quiet, firm)
    assert [one["causeBand"] for one in before] == ["YELLOW", "YELLOW"]
    events = await answered(quiet, GUANGZHOU, EVENTS, c=firm.credit_code)
    async with quiet.database.hub_pool.acquire() as connection:
        await connection.execute("update worker_cursor set position = 0 where worker = 'triggers'")
        while await run_triggers(connection, quiet.directory):
            pass
    assert await reviews(quiet, firm) == before
    assert await answered(quiet, GUANGZHOU, EVENTS, c=firm.credit_code) == events


async def test_a_second_appointment_after_a_certificate_ended_has_a_review_of_its_own(quiet: Runtime) -> None:
    person, at = material.person(), material.firm("440100")
    ended = material.certificate(person, at, valid_to=DAY - timedelta(days=1))
    await keep(quiet, SHENZHEN, "SAFETY_MANAGEMENT", ended)
    await keep(quiet, GUANGZHOU, "APPOINTMENT", material.appointment(person, at, "440100"))
    clock = "mutation C($d: Date!) { clockRun(day: $d) { expired } }"
    await answered(quiet, "operator", clock, d=DAY.isoformat())
    await quiet.settle()
    elsewhere = material.appointment(person, material.firm("440100"), "440100")
    for _ in range(2):
        await keep(quiet, GUANGZHOU, "APPOINTMENT", elsewhere)
        await quiet.settle()
    query = "query P($n: String!) { person(by: {idNumber: $n}) { reviews(first: 9) { nodes { rule } } } }"
    found = await answered(quiet, GUANGZHOU, query, ("核查", "DEM-1"), n=person.id_number)
    assert found["data"]["person"]["reviews"]["nodes"] == [{"rule": "CREDENTIAL_EXPIRED"}] * 2


async def test_a_review_learns_that_its_flag_is_red_no_more(quiet: Runtime) -> None:
    firm = material.firm()
    await file_matter(quiet, firm)
    flag = await flagged(quiet, firm)
    assert [(one["causeBand"], one["causeChangedOn"]) for one in await reviews(quiet, firm)] == [(None, None)]
    await flagged(quiet, firm, **{**flag, "severity": "YELLOW"})
    assert [(one["causeBand"], one["causeChangedOn"]) for one in await reviews(quiet, firm)] == [("YELLOW", str(DAY))]
    told = (await answered(quiet, GUANGZHOU, EVENTS, c=firm.credit_code))["data"]["events"]["nodes"]
    assert [(one["type"], one["payload"]["causeBand"]) for one in told if one["type"] == "review.causeChanged"] == [
        ("review.causeChanged", "YELLOW")
    ]
    await file_matter(quiet, firm)
    assert len(await reviews(quiet, firm)) == 1  # a yellow flag opens none


async def test_a_flag_that_turns_red_again_opens_a_review_and_the_old_one_learns_of_it(quiet: Runtime) -> None:
    firm = material.firm()
    await file_matter(quiet, firm)
    flag = await flagged(quiet, firm)
    await reviews(quiet, firm)
    await flagged(quiet, firm, **{**flag, "severity": "ORANGE"})
    await reviews(quiet, firm)
    await flagged(quiet, firm, **flag)
    assert sorted(one["causeBand"] or "" for one in await reviews(quiet, firm)) == ["", "RED"]


async def test_a_flag_corrected_before_it_was_handled_opens_none(quiet: Runtime) -> None:
    firm = material.firm()
    await file_matter(quiet, firm)
    flag = await flagged(quiet, firm)
    await flagged(quiet, firm, **{**flag, "severity": "YELLOW"})
    assert await reviews(quiet, firm) == []


# Over for some


async def narrow(quiet: Runtime, record_id: str, audience: int) -> None:
    """What a publication does whose record has become an inquiry: fewer may read it."""
    statement = """update record set audience = $2, version = version + 1, last_version = version + 1,
        report_kind = 'REVISION', decision_number = '密〔2026〕1号'
      where record_id = $1"""
    async with acting(quiet.database.pool, caller_of(quiet, SHENZHEN)) as connection:
        await connection.execute(statement, record_id, audience)
    await quiet.settle()


async def told(quiet: Runtime, slug: str, firm: material.Firm) -> list[str]:
    found = (await answered(quiet, slug, EVENTS, c=firm.credit_code))["data"]["events"]["nodes"]
    return [one["type"] for one in found]


async def test_who_may_read_a_flag_no_more_is_told_that_it_is_over_for_him(quiet: Runtime) -> None:
    firm = material.firm()
    record_id = await keep(quiet, SHENZHEN, "RISK_FLAG", material.flag(firm, decision="示应急决〔2026〕0077号"))
    await narrow(quiet, record_id, 1)
    assert await told(quiet, PARTNER, firm) == ["riskFlag.raised", "record.withdrawn"]
    assert await told(quiet, GUANGZHOU, firm) == ["riskFlag.raised", "record.revised"]
    events = (await answered(quiet, PARTNER, EVENTS, c=firm.credit_code))["data"]["events"]["nodes"]
    assert events[1]["payload"] == {
        "recordId": record_id, "kind": "RISK_FLAG", "version": 2, "creditCode": firm.credit_code,
        "decisionNumber": "示应急决〔2026〕0077号", "category": "MAJOR_HIDDEN_DANGER",
    }  # fmt: skip


async def test_what_is_narrowed_step_by_step_is_over_for_each_once(quiet: Runtime) -> None:
    firm = material.firm()
    record_id = await keep(quiet, SHENZHEN, "RISK_FLAG", material.flag(firm))
    for audience in (2, 2, 0, 3):
        await narrow(quiet, record_id, audience)
    assert await told(quiet, PARTNER, firm) == ["riskFlag.raised", "record.withdrawn", "record.revised"]
    assert await told(quiet, GUANGZHOU, firm) == [
        "riskFlag.raised", "record.revised", "record.revised", "record.withdrawn", "record.revised",
    ]  # fmt: skip


async def test_the_day_of_the_end_is_the_day_it_was_recorded(quiet: Runtime) -> None:
    firm = material.firm()
    record_id = await keep(quiet, SHENZHEN, "RISK_FLAG", material.flag(firm), day=date(2026, 10, 9))
    await narrow(quiet, record_id, 1)
    owner = await asyncpg.connect(quiet.database.dsn)
    try:
        query = "select day, audience, least_level from event where record_id = $1 and type = 'record.withdrawn'"
        assert tuple(await owner.fetchrow(query, record_id)) == (date(2026, 10, 9), 3, 2)
    finally:
        await owner.close()
