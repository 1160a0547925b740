"""What a negative record brings with it: its measures on the day asked, what ends it, from when repair may be asked."""

from typing import Any

from tests.flows import material
from tests.flows.material import Firm, publish

SHENZHEN, GUANGZHOU, FIRM, PARTNER = "sz-bureau", "gz-bureau", "huadong-construction", "bidding-platform"
EFFECTS = """flagId exitCondition termEndsOn repairFrom repairBasis
  measures { code name basis isInForce endsOn blockedGates }"""
OF_FIRM = f"query E($code: String!) {{ enterprise(creditCode: $code) {{ measures {{ {EFFECTS} }} }} }}"
OF_FLAG = f"query F($id: ID!, $day: Date) {{ riskFlag(id: $id, asOf: $day) {{ effects {{ {EFFECTS} }} }} }}"
TOLD = "加大执法检查频次；暂停项目审批（《安全生产法》第七十八条）"


def listed(of: Firm, **changed: Any) -> dict[str, Any]:
    return {"creditCode": of.credit_code, "name": of.name, "region": of.region, "cause": "瞒报事故",
            "legalBasis": "《安全生产法》第七十八条", "decisionNumber": material.number(), "decidedOn": "2026-03-01",
            "listedOn": "2026-03-04", "exitConditions": "履行义务", "measures": TOLD, **changed}  # fmt: skip


async def test_a_record_tells_its_measures_what_ends_it_and_from_when_repair_may_be_asked(ask: Any) -> None:
    firm = material.firm()
    record = await publish(ask, SHENZHEN, "seriousDishonesty", listed(firm))
    expected = {
        "flagId": record, "exitCondition": "履行义务", "termEndsOn": "2029-03-04", "repairFrom": "2027-03-04",
        "repairBasis": "《安全生产严重失信主体名单管理办法》（应急管理部令第11号，条款待核）：满十二个月",
        "measures": [
            {"code": "MORE_INSPECTIONS", "name": "加大执法检查频次", "basis": None, "isInForce": False,
             "endsOn": "2029-03-04", "blockedGates": []},
            {"code": "PROJECT_APPROVAL_SUSPENDED", "name": "暂停项目审批", "basis": "《安全生产法》第七十八条",
             "isInForce": True, "endsOn": "2029-03-04", "blockedGates": ["PROJECT_APPROVAL"]},
        ],
    }  # fmt: skip
    assert (await ask(GUANGZHOU, OF_FLAG, id=record)).data["riskFlag"]["effects"] == expected
    assert (await ask(PARTNER, OF_FIRM, code=firm.credit_code)).data["enterprise"]["measures"] == [expected]


async def test_a_hidden_danger_ends_by_its_closing_and_not_by_repair(ask: Any) -> None:
    firm = material.firm()
    record = await publish(ask, SHENZHEN, "riskFlag", material.flag(firm))
    effects = (await ask(GUANGZHOU, OF_FLAG, id=record)).data["riskFlag"]["effects"]
    assert (effects["repairFrom"], effects["repairBasis"], effects["measures"]) == (None, None, [])
    assert effects["exitCondition"] == "由认定机关依法解除"


async def test_what_is_lifted_is_in_force_no_more_and_stands_against_the_firm_no_more(ask: Any) -> None:
    firm = material.firm()
    record = await publish(ask, SHENZHEN, "seriousDishonesty", listed(firm))
    lift = "mutation L($x: RiskFlagLiftInput!) { riskFlagLift(input: $x) { userErrors { code } } }"
    await ask(SHENZHEN, lift, x={"riskFlagId": record, "reason": "复议撤销"})
    effects = (await ask(GUANGZHOU, OF_FLAG, id=record)).data["riskFlag"]["effects"]
    assert [one["isInForce"] for one in effects["measures"]] == [False, False]
    assert (await ask(GUANGZHOU, OF_FIRM, code=firm.credit_code)).data["enterprise"]["measures"] == []


async def test_a_term_is_counted_for_the_day_asked(ask: Any) -> None:
    firm = material.firm()
    record = await publish(ask, SHENZHEN, "seriousDishonesty", listed(firm))
    in_force = {
        day: (await ask(GUANGZHOU, OF_FLAG, id=record, day=day)).data["riskFlag"]["effects"]["measures"][1]["isInForce"]
        for day in ("2029-03-04", "2029-03-05")
    }
    assert in_force == {"2029-03-04": True, "2029-03-05": False}
