"""Each rule about a firm, from publication to the review elsewhere: whichever comes first, once, and nowhere else."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from exchange.runtime import Runtime
from tests.flows import material
from tests.flows.scratch import DAY, answered, keep, quiet_hub

DONGGUAN, GUANGZHOU, SHENZHEN = "dg-bureau", "gz-bureau", "sz-bureau"
REVIEWS = """query R($c: String!) { enterprise(creditCode: $c) { reviews(first: 20) { nodes {
  rule priority handling causeLiftedOn permit { number } } } } }"""
MUST, ATTENTION = ("MUST", "FOR_FOLLOW_UP"), ("MAY", "FOR_ATTENTION")
FLAG = {
    "cause": "未按期整改重大事故隐患", "legalBasis": material.LEGAL_BASIS, "decidedOn": "2026-03-01",
}  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quiet(database: Any) -> AsyncIterator[Runtime]:
    """A hub whose numbering and triggers run when a test says so."""
    async with quiet_hub(database.dsn, "exchange_triggers_of_firms") as runtime:
        yield runtime


def _of(firm: material.Firm, **told: Any) -> dict[str, Any]:
    return {"creditCode": firm.credit_code, "name": firm.name, "region": firm.region, **told}


def dishonest(firm: material.Firm, **told: Any) -> dict[str, Any]:
    return _of(firm, **FLAG, decisionNumber="示失信〔2026〕1号", **told)


def danger(firm: material.Firm, **told: Any) -> dict[str, Any]:
    return _of(firm, **FLAG, decisionNumber="示挂牌〔2026〕1号", place="罐区", rectifyBy="2026-05-31", **told)


def deprived(firm: material.Firm, **told: Any) -> dict[str, Any]:
    return _of(
        firm, **FLAG, decisionNumber="示许可〔2026〕1号", number="（粤）WH安许证字〔2026〕9001",
        category="LICENCE_SUSPENDED", **told,
    )  # fmt: skip


def hazard(firm: material.Firm, level: str = "LEVEL_3", **told: Any) -> dict[str, Any]:
    return _of(firm, unitName="示例罐区", hazardLevel=level, assessedOn="2026-03-01", **told)


def permit(firm: material.Firm, **told: Any) -> dict[str, Any]:
    values = _of(
        firm, number=material.number("（粤）WH安许证字"), trade="HAZARDOUS_CHEMICALS", validFrom="2026-01-01",
        validTo="2028-12-31", reportedStatus="VALID",
    )  # fmt: skip
    return {**values, "region": "440100", **told}


async def reviews(quiet: Runtime, firm: material.Firm, slug: str = GUANGZHOU) -> list[tuple[str, tuple[str, str]]]:
    """Rule, and what is asked, of each review an authority has of a firm."""
    return [(one["rule"], (one["priority"], one["handling"])) for one in await nodes(quiet, firm, slug)]


async def nodes(quiet: Runtime, firm: material.Firm, slug: str = GUANGZHOU) -> list[dict[str, Any]]:
    await quiet.settle()
    found = (await answered(quiet, slug, REVIEWS, c=firm.credit_code))["data"]["enterprise"]
    several: list[dict[str, Any]] = found["reviews"]["nodes"] if found else []
    return several


CASES = [
    ("SERIOUS_DISHONESTY", dishonest, "DISHONESTY_LISTED", MUST),
    ("HIDDEN_DANGER", danger, "HIDDEN_DANGER_LISTED", MUST),
    ("PERMIT_ACTION", deprived, "PERMIT_ACTION", MUST),
    ("RISK_FLAG", material.flag, "RED_FLAG", MUST),
    ("MAJOR_HAZARD_SOURCE", hazard, "HAZARD_SOURCE", ATTENTION),
    ("RISK_GRADING", lambda firm: material.grading(firm, "ORANGE"), "ORANGE_BAND", ATTENTION),
]


@pytest.mark.parametrize("comes_first", ["matter", "cause"])
@pytest.mark.parametrize(("kind", "made", "rule", "asked"), CASES, ids=[case[2] for case in CASES])
async def test_a_cause_opens_one_review_where_the_firm_has_a_matter_and_none_at_its_own_authority(
    quiet: Runtime, kind: str, made: Any, rule: str, asked: tuple[str, str], comes_first: str
) -> None:
    firm = material.firm()
    cause = made(firm)
    records = [
        (GUANGZHOU, "PROJECT_APPROVAL", material.matter(firm, "440100")),
        (SHENZHEN, "PROJECT_APPROVAL", material.matter(firm, "440300")),
        (SHENZHEN, kind, cause),
    ]
    for slug, name, values in records if comes_first == "matter" else records[::-1]:
        await keep(quiet, slug, name, values)
        await quiet.settle()
    await keep(quiet, SHENZHEN, kind, cause)  # published again, unchanged
    assert await reviews(quiet, firm) == [(rule, asked)]
    assert await nodes(quiet, firm, DONGGUAN) == []
    mine = [one for one in await nodes(quiet, firm, SHENZHEN) if one["rule"] == rule]
    assert len(mine) == 1  # the one of Guangzhou, seen as its cause's authority


@pytest.mark.parametrize(("kind", "made", "rule", "asked"), CASES, ids=[case[2] for case in CASES])
async def test_a_cause_opens_nothing_where_the_firm_is_not_present(
    quiet: Runtime, kind: str, made: Any, rule: str, asked: tuple[str, str]
) -> None:
    firm = material.firm()
    await keep(quiet, SHENZHEN, kind, made(firm))
    assert [await nodes(quiet, firm, slug) for slug in (GUANGZHOU, DONGGUAN, SHENZHEN)] == [[], [], []]


@pytest.mark.parametrize("comes_first", ["permit", "cause"])
@pytest.mark.parametrize(("kind", "made", "rule"), [case[:3] for case in CASES[:4]])
async def test_a_permit_of_another_authority_is_a_presence_for_the_list_and_for_what_befalls_permits(
    quiet: Runtime, kind: str, made: Any, rule: str, comes_first: str
) -> None:
    firm, held = material.firm(), permit
    records = [(GUANGZHOU, "SAFETY_PRODUCTION_PERMIT", held(firm)), (SHENZHEN, kind, made(firm))]
    for slug, name, values in records if comes_first == "permit" else records[::-1]:
        await keep(quiet, slug, name, values)
        await quiet.settle()
    counts = rule in ("DISHONESTY_LISTED", "PERMIT_ACTION")
    assert await reviews(quiet, firm) == ([(rule, MUST)] if counts else [])
    assert all(one["permit"] for one in await nodes(quiet, firm))


@pytest.mark.parametrize("told", [{"validTo": str(DAY - timedelta(days=1))}, {"reportedStatus": "REVOKED"}])
async def test_a_permit_that_is_no_good_is_no_presence(quiet: Runtime, told: dict[str, str]) -> None:
    firm = material.firm()
    await keep(quiet, GUANGZHOU, "SAFETY_PRODUCTION_PERMIT", permit(firm, **told))
    await keep(quiet, SHENZHEN, "SERIOUS_DISHONESTY", dishonest(firm))
    assert await reviews(quiet, firm) == []


async def test_whoever_was_told_of_a_listing_is_told_of_the_removal_and_listing_anew_is_a_new_cause(
    quiet: Runtime,
) -> None:
    firm = material.firm()
    site = _of(firm, siteName="示范一号工地", siteType="CONSTRUCTION", startedOn="2024-03-01")
    await keep(quiet, GUANGZHOU, "SITE", {**site, "region": "440100"})
    await keep(quiet, SHENZHEN, "SERIOUS_DISHONESTY", dishonest(firm))
    await quiet.settle()
    await keep(quiet, SHENZHEN, "SERIOUS_DISHONESTY", dishonest(firm, liftedOn=str(DAY), liftReason="期满移出"))
    found = {one["rule"]: one["causeLiftedOn"] for one in await nodes(quiet, firm)}
    assert found == {"DISHONESTY_LISTED": str(DAY), "DISHONESTY_REMOVED": None}


async def test_a_listing_removed_before_it_was_handled_opens_no_review_but_the_notice_of_its_end(
    quiet: Runtime,
) -> None:
    firm = material.firm()
    await keep(quiet, GUANGZHOU, "PROJECT_APPROVAL", material.matter(firm, "440100"))
    await keep(quiet, SHENZHEN, "SERIOUS_DISHONESTY", dishonest(firm))
    await keep(quiet, SHENZHEN, "SERIOUS_DISHONESTY", dishonest(firm, liftedOn=str(DAY), liftReason="误列"))
    assert await reviews(quiet, firm) == [("DISHONESTY_REMOVED", ATTENTION)]


async def test_a_listing_whose_colour_was_corrected_before_it_was_handled_is_not_lost(quiet: Runtime) -> None:
    firm = material.firm()
    await keep(quiet, GUANGZHOU, "PROJECT_APPROVAL", material.matter(firm, "440100"))
    await keep(quiet, SHENZHEN, "SERIOUS_DISHONESTY", dishonest(firm))
    await keep(quiet, SHENZHEN, "SERIOUS_DISHONESTY", dishonest(firm, severity="ORANGE"))
    assert await reviews(quiet, firm) == [("DISHONESTY_LISTED", MUST)]


async def test_a_listing_that_turns_red_is_no_second_listing(quiet: Runtime) -> None:
    firm = material.firm()
    await keep(quiet, GUANGZHOU, "PROJECT_APPROVAL", material.matter(firm, "440100"))
    await keep(quiet, SHENZHEN, "SERIOUS_DISHONESTY", dishonest(firm, severity="ORANGE"))
    await quiet.settle()
    await keep(quiet, SHENZHEN, "SERIOUS_DISHONESTY", dishonest(firm))
    assert await reviews(quiet, firm) == [("DISHONESTY_LISTED", MUST)]


async def test_a_firm_lowered_from_red_to_orange_is_no_news_and_raised_from_yellow_is(quiet: Runtime) -> None:
    firm = material.firm()
    await keep(quiet, GUANGZHOU, "PROJECT_APPROVAL", material.matter(firm, "440100"))
    await keep(quiet, SHENZHEN, "RISK_GRADING", material.grading(firm, "YELLOW", day="2026-01-01"))
    assert await reviews(quiet, firm) == []
    await keep(quiet, SHENZHEN, "RISK_GRADING", material.grading(firm, "ORANGE", day="2026-02-01"))
    assert await reviews(quiet, firm) == [("ORANGE_BAND", ATTENTION)]
    await keep(quiet, SHENZHEN, "RISK_GRADING", material.grading(firm, "RED", day="2026-03-01"))
    await keep(quiet, SHENZHEN, "RISK_GRADING", material.grading(firm, "ORANGE", day="2026-04-01"))
    assert [rule for rule, _ in await reviews(quiet, firm)].count("ORANGE_BAND") == 1


EVENTS = """query E($c: String!) { events(first: 50, creditCode: $c, types: ["hazardSource.escalated",
  "permit.recorded"]) { nodes { type payload } } }"""


async def levels(quiet: Runtime, firm: material.Firm) -> list[tuple[str, str | None]]:
    """Level and former level of each announcement of a firm's hazard sources."""
    await quiet.settle()
    found = (await answered(quiet, SHENZHEN, EVENTS, c=firm.credit_code))["data"]["events"]["nodes"]
    return [(one["payload"]["level"], one["payload"].get("formerLevel")) for one in found]


async def test_a_hazard_source_is_announced_when_filed_when_it_becomes_graver_and_when_filed_again(
    quiet: Runtime,
) -> None:
    firm = material.firm()
    for level in ("LEVEL_3", "LEVEL_4", "LEVEL_2", "LEVEL_2"):
        await keep(quiet, SHENZHEN, "MAJOR_HAZARD_SOURCE", hazard(firm, level))
    assert await levels(quiet, firm) == [("LEVEL_3", None), ("LEVEL_2", "LEVEL_4")]
    await keep(quiet, SHENZHEN, "MAJOR_HAZARD_SOURCE", hazard(firm, "LEVEL_2", removedOn="2026-06-01"))
    await keep(quiet, SHENZHEN, "MAJOR_HAZARD_SOURCE", hazard(firm, "LEVEL_2"))
    assert (await levels(quiet, firm))[2:] == [("LEVEL_2", None)]


async def test_a_hazard_source_that_became_less_grave_before_it_was_handled_is_still_told_and_a_removed_one_is_not(
    quiet: Runtime,
) -> None:
    for last, wanted in ({"level": "LEVEL_4"}, [("HAZARD_SOURCE", ATTENTION)]), ({"removedOn": "2026-06-01"}, []):
        firm = material.firm()
        await keep(quiet, GUANGZHOU, "PROJECT_APPROVAL", material.matter(firm, "440100"))
        await keep(quiet, SHENZHEN, "MAJOR_HAZARD_SOURCE", hazard(firm, "LEVEL_1"))
        await keep(quiet, SHENZHEN, "MAJOR_HAZARD_SOURCE", hazard(firm, **last))
        assert await reviews(quiet, firm) == wanted
