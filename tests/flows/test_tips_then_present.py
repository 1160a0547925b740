"""A report confirmed first, and a matter or a post that came after it: the same review as the other way round."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import pytest
import pytest_asyncio

from exchange.runtime import Runtime
from tests.flows import material
from tests.flows.cascades import Today
from tests.flows.scratch import DAY, answered, keep, quiet_hub

COMPETENT, OTHER, DESK = "sz-bureau", "gz-bureau", "bidding-platform"
FILE = "mutation M($x: TipFileInput!) { done: tipFile(input: $x) { tip { id } userErrors { code } } }"
TRIAGE = "mutation M($x: TipTriageInput!) { done: tipTriage(input: $x) { tip { id } userErrors { code } } }"
CONCLUDE = "mutation M($x: TipConcludeInput!) { done: tipConclude(input: $x) { tip { id } userErrors { code } } }"
REVIEWS = "{ reviews(first: 100) { nodes { rule creditCode openedOn person { id } authority { id } } } }"
TODAY = Today()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quiet(database: Any) -> AsyncIterator[Runtime]:
    async with quiet_hub(database.dsn, "exchange_tips_present", now=TODAY.now) as runtime:
        yield runtime


@pytest.fixture(autouse=True)
def first_day() -> None:
    TODAY.day = DAY


async def done(quiet: Runtime, slug: str, query: str, **values: Any) -> str:
    answer = (await answered(quiet, slug, query, x=values))["data"]["done"]
    assert answer["userErrors"] == []
    tip: str = answer["tip"]["id"]
    return tip


async def confirmed(quiet: Runtime, conclusion: str = "CONFIRMED", **about: str) -> None:
    values = {"category": "OTHER", "region": "440300", "text": "无证上岗", **about}
    tip = await done(quiet, DESK, FILE, **values)
    await done(quiet, COMPETENT, TRIAGE, tipId=tip, decision="ACCEPTED")
    await quiet.settle()
    await done(quiet, COMPETENT, CONCLUDE, tipId=tip, conclusion=conclusion, finding="属实")
    await quiet.settle()


async def opened(quiet: Runtime, slug: str, firm: material.Firm) -> list[tuple[str, str]]:
    """Rule and day of the own reviews of a firm."""
    await quiet.settle()
    found = (await answered(quiet, slug, REVIEWS))["data"]["reviews"]["nodes"]
    own = [one for one in found if one["authority"]["id"] == slug]
    return [(one["rule"], one["openedOn"]) for one in own if one["creditCode"] == firm.credit_code]


async def of_persons(quiet: Runtime, slug: str) -> int:
    await quiet.settle()
    found = (await answered(quiet, slug, REVIEWS, ("核查", "DEM-1")))["data"]["reviews"]["nodes"]
    return sum(one["person"] is not None and one["rule"] == "TIP_CONFIRMED" for one in found)


async def matter(quiet: Runtime, slug: str, firm: material.Firm, region: str, day: date) -> None:
    TODAY.day = day
    await keep(quiet, slug, "PROJECT_APPROVAL", material.matter(firm, region), day=day)


async def test_a_matter_filed_after_a_report_was_confirmed_has_its_review_and_the_next_matter_another(
    quiet: Runtime,
) -> None:
    firm = material.firm()
    await confirmed(quiet, creditCode=firm.credit_code)
    assert await opened(quiet, OTHER, firm) == []
    later = DAY + timedelta(days=30)
    await matter(quiet, OTHER, firm, "440100", later)
    assert await opened(quiet, OTHER, firm) == [("TIP_CONFIRMED", str(later))]
    await matter(quiet, OTHER, firm, "440100", later)
    assert await opened(quiet, OTHER, firm) == [("TIP_CONFIRMED", str(later))] * 2
    await quiet.settle()
    assert await opened(quiet, OTHER, firm) == [("TIP_CONFIRMED", str(later))] * 2


async def test_the_authority_that_confirmed_it_has_none_of_its_own_matters(quiet: Runtime) -> None:
    firm = material.firm()
    await confirmed(quiet, creditCode=firm.credit_code)
    await matter(quiet, COMPETENT, firm, "440300", DAY)
    assert await opened(quiet, COMPETENT, firm) == []


async def test_a_report_found_untrue_leads_to_none(quiet: Runtime) -> None:
    firm = material.firm()
    await confirmed(quiet, "UNFOUNDED", creditCode=firm.credit_code)
    await matter(quiet, OTHER, firm, "440100", DAY)
    assert await opened(quiet, OTHER, firm) == []


@pytest.mark.parametrize(("day", "count"), [("2027-11-22", 1), ("2027-11-23", 0)])
async def test_a_report_leads_to_reviews_for_twelve_months(quiet: Runtime, day: str, count: int) -> None:
    firm = material.firm()
    await confirmed(quiet, creditCode=firm.credit_code)
    await matter(quiet, OTHER, firm, "440100", date.fromisoformat(day))
    assert len(await opened(quiet, OTHER, firm)) == count


async def test_somebody_a_report_was_confirmed_of_is_reviewed_when_appointed(quiet: Runtime) -> None:
    holder, at = material.person(), material.firm()
    values = material.special_operation(holder, at)
    await keep(quiet, COMPETENT, "SPECIAL_OPERATION", values)
    await confirmed(quiet, category="FORGED_CERTIFICATE", certificateNumber=values["number"])
    before = await of_persons(quiet, OTHER)
    post = material.appointment(holder, material.firm("440100"), "440100")
    for _ in range(2):
        await keep(quiet, OTHER, "APPOINTMENT", post)
        assert await of_persons(quiet, OTHER) == before + 1
