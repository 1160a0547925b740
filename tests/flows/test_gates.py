"""准入关卡: uncertified firms do not pass, a flag follows the firm to the gate, and the gate is told of later flags.

The seventh story of practice: a firm is checked before it may bid; what is not known is never a pass.
"""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import asyncpg
import pytest

from exchange.desks.gates import check_gate, question_from
from exchange.sheets.gates import request_for_sheet
from tests.flows import material
from tests.flows.material import Firm, publish
from tests.flows.neighbours import caller

GUANGZHOU, SHENZHEN, DONGGUAN, SHANGHAI = "gz-bureau", "sz-bureau", "dg-bureau", "sh-bureau"
PARTNER, FIRM, OPERATOR = "bidding-platform", "huadong-construction", "operator"
CHECK = """mutation Check($input: GateCheckInput!) { gateCheck(input: $input) {
  gateCheck { id receiptNumber gate creditCode region matterCode caseNumber day validUntil verdict authority { id }
    reasons { code verdict message messageEn basis exitCondition authority recordId since } }
  userErrors { code field message nextStep } } }"""
LISTED = "query Mine($first: Int!) { gateChecks(first: $first) { nodes { id receiptNumber verdict } } }"
ONE = "query One($number: String!) { gateReceipt(receiptNumber: $number) { id verdict reasons { code } } }"


async def check(ask: Any, slug: str, of: Firm, **changed: Any) -> Any:
    values = {"gate": "PROJECT_APPROVAL", "creditCode": of.credit_code, "region": "440100", **changed}
    answer = (await ask(slug, CHECK, input=values)).data["gateCheck"]
    assert answer["userErrors"] == []
    return answer["gateCheck"]


def codes(checked: Any) -> list[str]:
    return [reason["code"] for reason in checked["reasons"]]


def permit(of: Firm, **changed: Any) -> dict[str, Any]:
    return {"number": material.number("（示）安许证"), "creditCode": of.credit_code, "name": of.name,
            "region": of.region, "trade": "CONSTRUCTION", "validFrom": "2025-01-01",
            "validTo": "2099-12-31", "reportedStatus": "VALID",
            **changed}  # fmt: skip


def listed(of: Firm, measures: str = "", **changed: Any) -> dict[str, Any]:
    """SERIOUS_DISHONESTY"""
    return {"creditCode": of.credit_code, "name": of.name, "region": of.region, "cause": "瞒报事故",
            "legalBasis": "《安全生产法》第七十八条", "decisionNumber": material.number(), "decidedOn": "2026-03-01",
            "listedOn": "2026-03-04", "exitConditions": "履行义务并满十二个月", "measures": measures,
            **changed}  # fmt: skip


async def idle_firm(ask: Any) -> Firm:
    """A firm that does nothing the law asks key staff or a licence for: known, fresh, and clean."""
    firm = material.firm()
    await publish(ask, SHENZHEN, "enterpriseProfile", material.profile(firm))
    return firm


async def test_a_firm_that_is_known_fresh_and_clean_passes_with_a_receipt_for_the_day(ask: Any, hub: Any) -> None:
    firm = await idle_firm(ask)
    checked = await check(ask, GUANGZHOU, firm, matterCode="DEM-0001", caseNumber="DEM-CASE-7")
    today = hub.runtime.today()
    assert (checked["verdict"], checked["reasons"]) == ("PASS", [])
    assert (checked["day"], checked["validUntil"]) == (str(today), str(today))
    assert (checked["matterCode"], checked["caseNumber"], checked["authority"]) == (
        "DEM-0001", "DEM-CASE-7", {"id": GUANGZHOU},
    )  # fmt: skip
    assert checked["receiptNumber"].startswith(f"GC-440100-{today:%Y%m%d}-")
    assert len(checked["receiptNumber"]) == len("GC-440100-20261123-XXXXXXXX")


async def test_a_firm_nobody_knows_is_undetermined(ask: Any) -> None:
    checked = await check(ask, GUANGZHOU, material.firm())
    assert (checked["verdict"], codes(checked)) == ("UNDETERMINED", ["FIRM_UNKNOWN"])


async def test_a_matter_of_one_s_own_does_not_make_a_firm_known(ask: Any) -> None:
    firm = material.firm()
    await publish(ask, GUANGZHOU, "projectApproval", material.matter(firm, "440100"))
    assert codes(await check(ask, GUANGZHOU, firm)) == ["FIRM_UNKNOWN"]


async def test_a_listed_firm_whose_approvals_are_suspended_by_law_is_blocked_with_the_way_out(ask: Any) -> None:
    firm = await idle_firm(ask)
    record = await publish(ask, SHENZHEN, "seriousDishonesty", listed(firm, "暂停项目审批（《安全生产法》第七十八条）"))
    checked = await check(ask, GUANGZHOU, firm)
    assert (checked["verdict"], codes(checked)) == ("BLOCKED", ["PROJECT_APPROVAL_SUSPENDED", "SERIOUS_DISHONESTY"])
    assert checked["reasons"][0] == {
        "code": "PROJECT_APPROVAL_SUSPENDED", "verdict": "BLOCKED", "message": "暂停项目审批（至 2029-03-04）",
        "messageEn": "Project approval suspended", "basis": "《安全生产法》第七十八条",
        "exitCondition": "履行义务并满十二个月；2027-03-04 起可申请信用修复", "authority": "深圳市应急管理局（演示）",
        "recordId": record, "since": "2026-03-01",
    }  # fmt: skip
    assert (await check(ask, GUANGZHOU, firm, gate="BID"))["verdict"] == "KEY_REVIEW"


async def test_a_lifted_flag_holds_nothing_up(ask: Any) -> None:
    firm = await idle_firm(ask)
    record = await publish(ask, SHENZHEN, "seriousDishonesty", listed(firm, "暂停项目审批（《安全生产法》第七十八条）"))
    lift = "mutation L($x: RiskFlagLiftInput!) { riskFlagLift(input: $x) { userErrors { code } } }"
    lifted = await ask(SHENZHEN, lift, x={"riskFlagId": record, "reason": "复议撤销"})
    assert lifted.data["riskFlagLift"]["userErrors"] == []
    assert (await check(ask, GUANGZHOU, firm))["verdict"] == "PASS"


async def test_an_uncertified_firm_does_not_pass_the_gate_of_a_tender(ask: Any) -> None:
    firm = material.firm()
    await publish(ask, SHENZHEN, "enterpriseProfile", material.profile(firm, "isConstruction"))
    checked = await check(ask, GUANGZHOU, firm, gate="BID")
    assert checked["verdict"] == "KEY_REVIEW"
    assert {"PERMIT_MISSING", "KEY_STAFF_GAP"} == set(codes(checked))


async def test_a_key_certificate_that_ended_is_counted_and_never_named(ask: Any) -> None:
    firm, person = material.firm(), material.person()
    await publish(ask, SHENZHEN, "enterpriseProfile", material.profile(firm, "isMetalSmelting"))
    await publish(ask, SHENZHEN, "safetyManagement", material.certificate(person, firm))
    await publish(ask, SHENZHEN, "appointment", material.appointment(person, firm, "440300"))
    checked = await check(ask, GUANGZHOU, firm, gate="ANNUAL_CHECK")
    lapsed = next(one for one in checked["reasons"] if one["code"] == "KEY_CERTIFICATE_LAPSED")
    assert lapsed["message"] == "关键岗位人员证书已过期 1 本"
    assert person.name not in str(checked)
    trace = await ask(GUANGZHOU, "{ accessRecords(first: 1) { nodes { purpose caseNumber rootField persons } } }")
    (access,) = trace.data["accessRecords"]["nodes"]
    assert (access["purpose"], access["caseNumber"], access["rootField"], len(access["persons"])) == (
        "准入关卡核验：年检", checked["receiptNumber"], "gateCheck", 1,
    )  # fmt: skip


async def test_a_suspended_permit_closes_the_gate_until_a_valid_one_is_reported(ask: Any) -> None:
    firm = await idle_firm(ask)
    held = permit(firm)
    await publish(
        ask, SHENZHEN, "safetyProductionPermit", {**held, "reportedStatus": "SUSPENDED", "trade": "FIREWORKS"}
    )
    assert codes(await check(ask, GUANGZHOU, firm)) == []  # it is known not to make dangerous goods
    other = material.firm()
    values = {**material.profile(other), "isConstruction": None}
    await publish(ask, SHENZHEN, "enterpriseProfile", values)
    await publish(ask, SHENZHEN, "safetyProductionPermit", permit(other, reportedStatus="SUSPENDED"))
    checked = await check(ask, GUANGZHOU, other)
    assert (checked["verdict"], codes(checked)[0]) == ("BLOCKED", "PERMIT_SUSPENDED")


async def test_a_flag_of_a_place_without_agreement_is_not_told_and_does_not_pass(ask: Any) -> None:
    firm = await idle_firm(ask)
    told = {**material.flag(firm), "region": "310000", "severity": "ORANGE"}  # a RED one opens reviews
    await publish(ask, SHANGHAI, "riskFlag", told)
    checked = await check(ask, GUANGZHOU, firm)
    assert (checked["verdict"], codes(checked)) == ("UNDETERMINED", ["CONFIRM_WITH_AUTHORITY"])
    assert (checked["reasons"][0]["authority"], checked["reasons"][0]["recordId"], checked["reasons"][0]["since"]) == (
        None, None, None,
    )  # fmt: skip


async def test_a_partner_is_told_what_partners_may_know_and_no_more(ask: Any) -> None:
    firm = await idle_firm(ask)
    assert (await check(ask, PARTNER, firm, gate="BID"))["verdict"] == "PASS"
    await publish(ask, SHENZHEN, "riskFlag", material.flag(firm, category="ACCIDENT_INVESTIGATION"))
    checked = await check(ask, PARTNER, firm, gate="BID")
    assert (checked["verdict"], codes(checked), checked["authority"]) == (
        "UNDETERMINED",
        ["CONFIRM_WITH_AUTHORITY"],
        None,
    )
    seen = await check(ask, GUANGZHOU, firm, gate="BID")
    assert (seen["verdict"], codes(seen)) == ("KEY_REVIEW", ["FLAGGED"])


async def test_a_successor_is_looked_at_for_the_flag_of_the_firm_it_came_from_and_not_blocked(ask: Any) -> None:
    before, now = material.firm(), await idle_firm(ask)
    await publish(ask, SHENZHEN, "succession", material.succession(before, now))
    await publish(ask, SHENZHEN, "seriousDishonesty", listed(before, "行业禁入（《安全生产法》第七十八条）"))
    checked = await check(ask, GUANGZHOU, now)
    assert (checked["verdict"], codes(checked)) == ("KEY_REVIEW", ["PREDECESSOR_FLAGGED"])


async def test_a_source_silent_for_longer_than_its_kind_allows_leaves_it_undetermined(ask: Any, hub: Any) -> None:
    firm = await idle_firm(ask)
    owner = hub.runtime.directory.by_slug["js-department"].tenant_id
    await publish(ask, "js-department", "riskGrading", {**material.grading(firm), "region": "320100"})
    connection = await _as_owner(hub)
    try:
        await connection.execute(
            "update record set recorded_at = now() - interval '94 days' where owner_id = $1 and credit_code = $2",
            owner, firm.credit_code,
        )  # fmt: skip
        await connection.execute(
            "update source_confirmation set confirmed_at = now() - interval '94 days' where owner_id = $1", owner
        )
    finally:
        await connection.close()
    checked = await check(ask, "nj-bureau", firm, region="320100")
    assert (checked["verdict"], codes(checked)) == ("UNDETERMINED", ["SOURCE_STALE"])


async def test_a_past_day_is_looked_back_at_and_never_passes(ask: Any) -> None:
    checked = await check(ask, GUANGZHOU, await idle_firm(ask), on="2026-01-05")
    assert (checked["verdict"], codes(checked), checked["validUntil"]) == (
        "UNDETERMINED", ["ASKED_AFTERWARDS"], "2026-01-05",
    )  # fmt: skip


async def test_a_later_red_flag_opens_a_review_where_the_firm_was_checked(ask: Any, hub: Any) -> None:
    firm = await idle_firm(ask)
    first = await check(ask, GUANGZHOU, firm, matterCode="DEM-0001")
    again = await check(ask, GUANGZHOU, firm, matterCode="DEM-0001")
    await check(ask, PARTNER, firm, gate="BID")
    await publish(ask, SHENZHEN, "riskFlag", material.flag(firm))
    await hub.runtime.settle()
    query = """query R($code: String!) { enterprise(creditCode: $code) {
      reviews(first: 9) { nodes { authority { id } rule reason } } } }"""
    found = (await ask(GUANGZHOU, query, code=firm.credit_code)).data["enterprise"]["reviews"]["nodes"]
    assert [(one["authority"]["id"], one["rule"]) for one in found] == [(GUANGZHOU, "RED_FLAG")]
    assert found[0]["reason"].endswith(f"本地准入关卡核验：{again['receiptNumber']}")
    assert first["receiptNumber"] != again["receiptNumber"]


async def test_a_check_more_than_a_year_ago_leads_to_no_review(ask: Any, hub: Any) -> None:
    firm, today = await idle_firm(ask), hub.runtime.today()
    await check(ask, GUANGZHOU, firm, on=str(today.replace(year=today.year - 1)))
    await publish(ask, SHENZHEN, "riskFlag", material.flag(firm))
    await hub.runtime.settle()
    query = "query R($c: String!) { enterprise(creditCode: $c) { reviews(first: 9) { nodes { id } } } }"
    assert (await ask(GUANGZHOU, query, c=firm.credit_code)).data["enterprise"]["reviews"]["nodes"] == []


async def test_a_check_is_read_by_who_asked_and_by_nobody_else(ask: Any) -> None:
    checked = await check(ask, GUANGZHOU, await idle_firm(ask))
    number = checked["receiptNumber"]
    mine = (await ask(GUANGZHOU, LISTED, first=1)).data["gateChecks"]["nodes"]
    assert mine == [{"id": checked["id"], "receiptNumber": number, "verdict": "PASS"}]
    assert (await ask(GUANGZHOU, ONE, number=number)).data["gateReceipt"]["id"] == checked["id"]
    for slug in (SHENZHEN, PARTNER):
        assert (await ask(slug, ONE, number=number)).data["gateReceipt"] is None


@pytest.mark.parametrize(("changed", "code", "field"), [
    ({"creditCode": "91440300DEM0000000"}, "CREDIT_CODE_INVALID", ["input", "creditCode"]),
    ({"region": "310000"}, "GATE_REGION_FOREIGN", ["input", "region"]),
    ({"region": "999999"}, "DIVISION_UNKNOWN", ["input", "region"]),
    ({"on": "2099-01-01"}, "DATE_IN_FUTURE", ["input", "on"]),
    ({"matterCode": "D" * 61}, "FIELD_UNREADABLE", ["input", "matterCode"]),
])  # fmt: skip
async def test_what_cannot_be_asked_is_refused_and_nothing_is_kept(
    ask: Any, changed: dict[str, str], code: str, field: list[str]
) -> None:
    before = (await ask(GUANGZHOU, LISTED, first=1)).data["gateChecks"]["nodes"]
    values = {"gate": "BID", "creditCode": material.firm().credit_code, "region": "440100", **changed}
    answer = (await ask(GUANGZHOU, CHECK, input=values)).data["gateCheck"]
    assert (answer["gateCheck"], [(one["code"], one["field"]) for one in answer["userErrors"]]) == (
        None,
        [(code, field)],
    )
    assert (await ask(GUANGZHOU, LISTED, first=1)).data["gateChecks"]["nodes"] == before


async def test_what_a_firm_does_is_not_told_by_way_of_a_licence_to_who_may_not_read_its_profile(ask: Any) -> None:
    """A profile is for authorities and the firm; that a licence is missing would tell a partner what it says."""
    firm = material.firm()
    await publish(ask, SHENZHEN, "enterpriseProfile", material.profile(firm, "isConstruction"))
    checked = await check(ask, PARTNER, firm, gate="BID")
    assert (checked["verdict"], codes(checked)) == ("UNDETERMINED", ["CONFIRM_WITH_AUTHORITY"])
    assert "建筑" not in str(checked)


async def test_the_state_of_a_certificate_is_not_told_to_an_authority_that_may_not_read_it(ask: Any) -> None:
    """The manager of a firm of Shenzhen holds a certificate of Shanghai, with which Guangzhou has no agreement."""
    firm, person = material.firm(), material.person()
    await publish(ask, SHENZHEN, "enterpriseProfile", material.profile(firm, "isMetalSmelting"))
    await publish(ask, SHENZHEN, "appointment", material.appointment(person, firm, "440300"))
    await publish(ask, SHANGHAI, "safetyManagement", material.certificate(person, firm, region="310000"))
    told = codes(await check(ask, GUANGZHOU, firm, gate="ANNUAL_CHECK"))
    assert "KEY_CERTIFICATE_LAPSED" not in told
    assert {"KEY_STAFF_GAP", "CONFIRM_WITH_AUTHORITY"} <= set(told)


async def test_what_an_authority_found_still_stands_once_it_has_left(ask: Any, hub: Any) -> None:
    firm = await idle_firm(ask)
    await publish(ask, SHENZHEN, "seriousDishonesty", listed(firm, "暂停项目审批（《安全生产法》第七十八条）"))
    told = hub.runtime.directory
    left = replace(told.by_slug[SHENZHEN], is_active=False)
    source = SimpleNamespace(directory=replace(told, tenants={**told.tenants, left.tenant_id: left}))
    asking = hub.runtime.ask(request_for_sheet("r"), caller(hub, GUANGZHOU))
    values = {"gate": "PROJECT_APPROVAL", "credit_code": firm.credit_code, "region": "440100"}
    answer = await check_gate(hub.database.pool, asking, source, question_from(values, asking))
    assert answer.verdict.name == "BLOCKED"


async def test_the_first_day_of_the_calendar_is_past_and_has_a_receipt(ask: Any) -> None:
    checked = await check(ask, GUANGZHOU, material.firm(), on="0001-01-01")
    assert checked["verdict"] == "UNDETERMINED"
    assert checked["receiptNumber"].startswith("GC-440100-00010101-")


async def test_enterprises_and_the_operator_check_nobody(ask: Any) -> None:
    values = {"gate": "BID", "creditCode": material.firm().credit_code, "region": "440100"}
    for slug in (FIRM, OPERATOR):
        assert (await ask(slug, CHECK, input=values)).codes == ["FORBIDDEN"]


async def test_the_measures_are_told_with_their_basis(ask: Any) -> None:
    query = "{ measures { code basis isIncentive blockedGates condition } }"
    found = {one["code"]: one for one in (await ask(FIRM, query)).data["measures"]}
    assert found["PROJECT_APPROVAL_SUSPENDED"] == {
        "code": "PROJECT_APPROVAL_SUSPENDED", "basis": "《安全生产法》第七十八条", "isIncentive": False,
        "blockedGates": ["PROJECT_APPROVAL"], "condition": None,
    }  # fmt: skip
    assert found["COMMITMENT_ALLOWED"]["isIncentive"] is True


async def _as_owner(hub: Any) -> Any:
    return await asyncpg.connect(hub.database.dsn)


async def test_a_flag_that_is_raised_while_a_firm_is_checked_waits_and_then_finds_the_check(ask: Any, hub: Any) -> None:
    firm = await idle_firm(ask)
    reached, go_on = asyncio.Event(), asyncio.Event()

    class Slow:
        """The pool, whose connections stop after the facts are read."""

        def acquire(self, **options: Any) -> Any:
            return _stopping(hub.database.pool.acquire(**options), reached, go_on)

    runtime = hub.runtime
    asking = runtime.ask(request_for_sheet("r"), caller(hub, GUANGZHOU))
    values = {"gate": "BID", "credit_code": firm.credit_code, "region": "440100"}
    checking = asyncio.create_task(check_gate(Slow(), asking, runtime, question_from(values, asking)))
    await reached.wait()
    flagging = asyncio.create_task(publish(ask, SHENZHEN, "riskFlag", material.flag(firm)))
    done, _ = await asyncio.wait({flagging}, timeout=0.5)
    assert done == set()
    go_on.set()
    assert (await checking).verdict.name == "PASS"
    await flagging
    await runtime.settle()
    query = "query R($c: String!) { enterprise(creditCode: $c) { reviews(first: 9) { nodes { rule } } } }"
    found = (await ask(GUANGZHOU, query, c=firm.credit_code)).data["enterprise"]["reviews"]["nodes"]
    assert found == [{"rule": "RED_FLAG"}]


@asynccontextmanager
async def _stopping(acquired: Any, reached: asyncio.Event, go_on: asyncio.Event) -> Any:
    async with acquired as connection:
        yield _Stopping(connection, reached, go_on)


class _Stopping:
    """A connection that waits once the facts of a firm are read."""

    def __init__(self, connection: Any, reached: asyncio.Event, go_on: asyncio.Event) -> None:
        self._connection, self._reached, self._go_on = connection, reached, go_on

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    async def fetchval(self, *arguments: Any) -> Any:
        found = await self._connection.fetchval(*arguments)
        self._reached.set()
        await self._go_on.wait()
        return found


CLEARANCE = "query C($g: Gate!, $r: String!) { clearance(gate: $g, region: $r) { verdict reasons { code recordId } } }"


async def test_a_development_zone_is_a_place_of_its_city(ask: Any) -> None:
    values = {"gate": "BID", "creditCode": material.firm().credit_code, "region": "440198"}
    assert (await ask(GUANGZHOU, CHECK, input=values)).data["gateCheck"]["userErrors"] == []


@pytest.mark.parametrize(("slug", "region", "code"), [
    (GUANGZHOU, "440100", "FORBIDDEN"),
    (FIRM, "999999", "DIVISION_UNKNOWN"),
])  # fmt: skip
async def test_only_a_firm_asks_for_its_own_clearance_and_where_there_is_a_place(
    ask: Any, slug: str, region: str, code: str
) -> None:
    assert (await ask(slug, CLEARANCE, g="BID", r=region)).codes == [code]
