"""A new name or code is no way out of a flag: what stands on the firm before leads to reviews where the new one is."""

from typing import Any

import pytest_asyncio

from exchange.runtime import Runtime
from tests.flows import material
from tests.flows.scratch import answered, keep, quiet_hub

DONGGUAN, GUANGZHOU, NANJING, SHENZHEN = "dg-bureau", "gz-bureau", "nj-bureau", "sz-bureau"
REVIEWS = """query R($c: String!) { enterprise(creditCode: $c) { reviews(first: 9) { nodes {
  rule state reason causeLiftedOn authority { id } flag { id } } } } }"""
VOID = "mutation V($i: RecordVoidInput!) { recordVoid(input: $i) { userErrors { code message } } }"
LIFT = "mutation L($i: RiskFlagLiftInput!) { riskFlagLift(input: $i) { userErrors { code } } }"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quiet(database: Any) -> Any:
    """A hub whose numbering and triggers run when a test says so."""
    async with quiet_hub(database.dsn, "exchange_successors") as runtime:
        yield runtime


async def seen(quiet: Runtime, slug: str, firm: material.Firm) -> list[tuple[str, str]]:
    """Rule and state of a tenant's own reviews of a firm."""
    await quiet.settle()
    found = (await answered(quiet, slug, REVIEWS, c=firm.credit_code))["data"]["enterprise"]
    nodes = found["reviews"]["nodes"] if found else []
    return [(one["rule"], one["state"]) for one in nodes if one["authority"]["id"] == slug]


async def put(quiet: Runtime, slug: str, kind: str, values: dict[str, Any]) -> str:
    return await keep(quiet, slug, kind, values, day=quiet.today())


INHERITED = [("SUCCESSOR_OF_FLAGGED", "RECEIVED")]


async def test_a_succession_of_a_flagged_firm_is_reviewed_where_the_successor_is_and_lifted_with_the_flag(
    quiet: Runtime,
) -> None:
    before, now = material.firm(), material.firm("440100")
    flag = await put(quiet, SHENZHEN, "RISK_FLAG", material.flag(before))
    await put(quiet, GUANGZHOU, "PROJECT_APPROVAL", material.matter(now, "440100"))
    assert await seen(quiet, GUANGZHOU, now) == []
    await put(quiet, DONGGUAN, "SUCCESSION", material.succession(before, now))
    assert await seen(quiet, GUANGZHOU, now) == INHERITED
    (review,) = (await answered(quiet, GUANGZHOU, REVIEWS, c=now.credit_code))["data"]["enterprise"]["reviews"]["nodes"]
    assert review["flag"] == {"id": flag}
    assert review["reason"].startswith(
        f"该企业由统一社会信用代码 {before.credit_code} 的企业更名承继而来；对原企业：深圳市于 "
    )
    assert await seen(quiet, DONGGUAN, now) == []
    lifted = await answered(quiet, SHENZHEN, LIFT, i={"riskFlagId": flag, "reason": "整改完成"})
    assert lifted["data"]["riskFlagLift"] == {"userErrors": []}
    assert await seen(quiet, GUANGZHOU, now) == [("SUCCESSOR_OF_FLAGGED", "WITHDRAWN")]


async def test_a_flag_raised_later_and_a_matter_filed_later_meet_each_other_across_the_line(quiet: Runtime) -> None:
    first, second, third = material.firm(), material.firm(), material.firm()
    await put(quiet, SHENZHEN, "SUCCESSION", material.succession(first, second))
    await put(quiet, SHENZHEN, "SUCCESSION", material.succession(second, third))
    await put(quiet, GUANGZHOU, "PROJECT_APPROVAL", material.matter(third, "440100"))
    await quiet.settle()
    await put(quiet, SHENZHEN, "RISK_FLAG", material.flag(first))
    assert await seen(quiet, GUANGZHOU, third) == INHERITED
    await put(quiet, DONGGUAN, "PROJECT_APPROVAL", material.matter(third, "441900"))
    assert await seen(quiet, DONGGUAN, third) == INHERITED
    assert await seen(quiet, GUANGZHOU, third) == INHERITED


async def test_the_flagging_authority_reviews_the_successor_in_its_own_place_too(quiet: Runtime) -> None:
    before, now = material.firm(), material.firm()
    await put(quiet, SHENZHEN, "RISK_FLAG", material.flag(before))
    await put(quiet, SHENZHEN, "PROJECT_APPROVAL", material.matter(now, "440300"))
    await put(quiet, GUANGZHOU, "SUCCESSION", material.succession(before, now))
    assert await seen(quiet, SHENZHEN, now) == INHERITED


async def test_who_may_not_know_of_the_succession_has_no_review_for_it(quiet: Runtime) -> None:
    """Nanjing has no agreement with Dongguan, which confirmed the succession."""
    before, now = material.firm(), material.firm("320100")
    await put(quiet, SHENZHEN, "RISK_FLAG", material.flag(before))
    await put(quiet, NANJING, "PROJECT_APPROVAL", material.matter(now, "320100"))
    await put(quiet, DONGGUAN, "SUCCESSION", material.succession(before, now))
    assert await seen(quiet, NANJING, now) == []
    await put(quiet, NANJING, "SUCCESSION", material.succession(before, now))
    assert await seen(quiet, NANJING, now) == INHERITED


async def test_a_succession_that_was_voided_ends_what_rested_on_it_and_nothing_else(quiet: Runtime) -> None:
    before, other, now = material.firm(), material.firm(), material.firm()
    for one in (before, other):
        await put(quiet, SHENZHEN, "RISK_FLAG", material.flag(one))
    await put(quiet, GUANGZHOU, "PROJECT_APPROVAL", material.matter(now, "440100"))
    wrong = await put(quiet, SHENZHEN, "SUCCESSION", material.succession(before, now))
    await put(quiet, SHENZHEN, "SUCCESSION", material.succession(other, now))
    assert await seen(quiet, GUANGZHOU, now) == INHERITED * 2
    voided = await answered(quiet, SHENZHEN, VOID, i={"recordId": wrong, "reason": "核实有误"})
    assert voided["data"]["recordVoid"] == {"userErrors": []}
    assert sorted(await seen(quiet, GUANGZHOU, now)) == [
        ("SUCCESSOR_OF_FLAGGED", "RECEIVED"), ("SUCCESSOR_OF_FLAGGED", "WITHDRAWN"),
    ]  # fmt: skip


async def test_a_succession_is_announced_and_one_of_a_clean_firm_leads_to_nothing(quiet: Runtime) -> None:
    before, now = material.firm(), material.firm()
    await put(quiet, GUANGZHOU, "PROJECT_APPROVAL", material.matter(now, "440100"))
    record = await put(quiet, SHENZHEN, "SUCCESSION", material.succession(before, now))
    assert await seen(quiet, GUANGZHOU, now) == []
    query = """query E($c: String!) { events(first: 9, creditCode: $c, types: ["enterprise.succeeded"]) {
      nodes { recordId owner { id } payload } } }"""
    (event,) = (await answered(quiet, GUANGZHOU, query, c=now.credit_code))["data"]["events"]["nodes"]
    assert (event["recordId"], event["owner"]["id"]) == (record, SHENZHEN)
    assert (event["payload"]["creditCode"], event["payload"]["previousCode"]) == (now.credit_code, before.credit_code)
    assert material.succession(before, now)["confirmedBy"] not in str(event)


async def test_a_corrected_severity_of_the_predecessor_s_flag_is_told_to_the_review_of_the_successor(
    quiet: Runtime,
) -> None:
    before, now = material.firm(), material.firm("440100")
    values = material.flag(before)
    flag = await put(quiet, SHENZHEN, "RISK_FLAG", values)
    await put(quiet, GUANGZHOU, "PROJECT_APPROVAL", material.matter(now, "440100"))
    await put(quiet, DONGGUAN, "SUCCESSION", material.succession(before, now))
    await quiet.settle()
    await put(quiet, SHENZHEN, "RISK_FLAG", {**values, "severity": "YELLOW"})
    await quiet.settle()
    query = """query R($c: String!) { enterprise(creditCode: $c) { reviews(first: 9) { nodes { causeBand } } }
      events(first: 9, creditCode: $c, types: ["review.causeChanged"]) { nodes { recordId payload } } }"""
    found = (await answered(quiet, GUANGZHOU, query, c=now.credit_code))["data"]
    assert found["enterprise"]["reviews"]["nodes"] == [{"causeBand": "YELLOW"}]
    assert [(one["recordId"], one["payload"]["causeBand"]) for one in found["events"]["nodes"]] == [(flag, "YELLOW")]
