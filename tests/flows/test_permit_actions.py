"""A permit suspended, rescinded or revoked by a decision of any city is not good while the decision is in effect."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from exchange.runtime import Runtime
from tests.flows import material
from tests.flows.material import LEGAL_BASIS, Firm
from tests.flows.neighbours import DONGGUAN, GUANGZHOU, SHANGHAI, SHENZHEN
from tests.flows.scratch import answered, keep, quiet_hub

PERMITS = """query P($c: String!, $on: Date, $then: DateTime) { enterprise(creditCode: $c, asOf: $on, knownAt: $then) {
  permits(first: 9) { nodes { status statusReason reportedStatus } } } }"""
FOUND = """query S($c: String!, $status: String!) {
  search(first: 9, creditCode: $c, families: [PERMIT], status: $status) { nodes { status } } }"""
VALID = ("VALID", "在有效期内")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quiet(database: Any) -> AsyncIterator[Runtime]:
    async with quiet_hub(database.dsn, "exchange_permit_actions") as runtime:
        yield runtime


def permit(firm: Firm) -> dict[str, Any]:
    """SAFETY_PRODUCTION_PERMIT"""
    return {"number": material.number("（粤）WH安许证字"), "creditCode": firm.credit_code, "name": firm.name,
            "region": "440300", "trade": "MINE", "validFrom": "2026-01-01", "validTo": "2028-12-31",
            "reportedStatus": "VALID"}  # fmt: skip


def action(on: dict[str, Any], category: str = "LICENCE_SUSPENDED", **more: Any) -> dict[str, Any]:
    """PERMIT_ACTION upon a permit given as its own input."""
    return {"number": on["number"], "creditCode": on["creditCode"], "name": on["name"], "region": "440100",
            "category": category, "cause": "未按期整改", "legalBasis": LEGAL_BASIS, "decisionNumber": material.number(),
            "decidedOn": "2026-03-01", **more}  # fmt: skip


async def issued(quiet: Runtime) -> tuple[Firm, dict[str, Any]]:
    firm = material.firm()
    held = permit(firm)
    await keep(quiet, SHENZHEN, "SAFETY_PRODUCTION_PERMIT", held)
    return firm, held


async def state(
    quiet: Runtime, firm: Firm, on: str | None = None, slug: str = DONGGUAN, **more: Any
) -> tuple[str, str]:
    found = (await answered(quiet, slug, PERMITS, c=firm.credit_code, on=on, **more))["data"]["enterprise"]
    (node,) = found["permits"]["nodes"]
    assert node["reportedStatus"] == "VALID"
    return node["status"], node["statusReason"]


@pytest.mark.parametrize(("category", "status", "words"), [
    ("LICENCE_SUSPENDED", "SUSPENDED", "暂扣"),
    ("LICENCE_RESCINDED", "RESCINDED", "撤销"),
    ("LICENCE_REVOKED", "REVOKED", "吊销"),
    ("QUALIFICATION_WITHDRAWN", "OTHER", "暂扣、撤销或吊销"),
])  # fmt: skip
async def test_a_decision_changes_the_state_of_the_permit_it_names(
    category: str, status: str, words: str, quiet: Runtime
) -> None:
    firm, held = await issued(quiet)
    assert await state(quiet, firm) == VALID
    decided = action(held, category)
    await keep(quiet, GUANGZHOU, "PERMIT_ACTION", decided)
    assert await state(quiet, firm) == (status, f"处理决定 {decided['decisionNumber']} 自 2026-03-01 起{words}")
    search = (await answered(quiet, DONGGUAN, FOUND, c=firm.credit_code, status=status))["data"]["search"]["nodes"]
    assert search == [{"status": status}]
    # what was rescinded never was; the rest counts from its day
    before = "RESCINDED" if status == "RESCINDED" else "VALID"
    assert (await state(quiet, firm, "2026-02-28"))[0] == before


async def test_once_lifted_the_permit_is_good_again_and_was_not_before(quiet: Runtime) -> None:
    firm, held = await issued(quiet)
    decided = action(held)
    await keep(quiet, GUANGZHOU, "PERMIT_ACTION", decided)
    await keep(quiet, GUANGZHOU, "PERMIT_ACTION", {**decided, "liftedOn": "2026-06-01", "liftReason": "整改完成"})
    assert await state(quiet, firm) == VALID
    assert (await state(quiet, firm, "2026-05-31"))[0] == "SUSPENDED"
    assert (await state(quiet, firm, "2026-06-01"))[0] == "VALID"


async def test_a_suspension_counts_to_its_last_day(quiet: Runtime) -> None:
    firm, held = await issued(quiet)
    await keep(quiet, GUANGZHOU, "PERMIT_ACTION", action(held, suspendedTo="2026-04-30"))
    assert [(await state(quiet, firm, on))[0] for on in ("2026-04-30", "2026-05-01")] == ["SUSPENDED", "VALID"]


async def test_what_is_asked_as_of_before_it_was_known_leaves_the_permit_good(quiet: Runtime) -> None:
    firm, held = await issued(quiet)
    async with quiet.database.pool.acquire() as connection:
        then = (await connection.fetchval("select clock_timestamp()")).isoformat()
    await keep(quiet, GUANGZHOU, "PERMIT_ACTION", action(held, "LICENCE_REVOKED"))
    assert (await state(quiet, firm, "2026-11-01", then=then))[0] == "VALID"
    assert (await state(quiet, firm, "2026-11-01"))[0] == "REVOKED"


@pytest.mark.parametrize("changed", ["another number", "another firm"])
async def test_a_decision_on_another_permit_leaves_this_one_alone(changed: str, quiet: Runtime) -> None:
    firm, held = await issued(quiet)
    other = material.firm()
    decided = action(held, "LICENCE_REVOKED")
    if changed == "another number":
        decided["number"] = material.number("（粤）WH安许证字")
    else:
        decided |= {"creditCode": other.credit_code, "name": other.name}
    await keep(quiet, GUANGZHOU, "PERMIT_ACTION", decided)
    assert await state(quiet, firm) == VALID


async def test_who_may_not_see_the_decision_judges_without_it(quiet: Runtime) -> None:
    """Shanghai shares no agreement with Guangzhou; its own permit of the firm is judged by what it may see."""
    firm = material.firm("310000")
    held = {**permit(firm), "region": "310000"}
    await keep(quiet, SHANGHAI, "SAFETY_PRODUCTION_PERMIT", held)
    await keep(quiet, GUANGZHOU, "PERMIT_ACTION", action(held, "LICENCE_REVOKED"))
    assert await state(quiet, firm, slug=SHANGHAI) == VALID
