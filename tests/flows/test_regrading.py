"""A flag follows the grading it came from: graded RED again it stands again, another grading's end leaves it alone."""

from typing import Any

from exchange.demo.client import until
from tests.flows import material
from tests.flows.rules import publish_in_time

FLAGS = """query F($code: String!) {
  enterprise(creditCode: $code) { flags(first: 20) { nodes { decisionNumber isCurrent } } }
}"""
REVIEWS = "query R($code: String!) { enterprise(creditCode: $code) { reviews(first: 20) { nodes { id } } } }"
LIFT = """mutation L($input: RiskFlagLiftInput!) { riskFlagLift(input: $input) { userErrors { code } } }"""


async def flags(ask: Any, firm: material.Firm) -> dict[str, bool]:
    found = (await ask("sz-bureau", FLAGS, code=firm.credit_code)).data["enterprise"]["flags"]["nodes"]
    return {one["decisionNumber"]: one["isCurrent"] for one in found}


async def grade(ask: Any, firm: material.Firm, band: str, decision: str, *, scheme: str = "办法甲", **more: Any) -> str:
    values = {**material.grading(firm, band, decision=decision), "scheme": scheme, **more}
    return await material.publish(ask, "sz-bureau", "riskGrading", values)


async def test_a_firm_graded_red_again_under_the_same_decision_is_flagged_and_reviewed_again(
    hub: Any, ask: Any
) -> None:
    firm = material.firm()
    await material.publish(ask, "gz-bureau", "projectApproval", material.matter(firm, "440100"))
    await grade(ask, firm, "RED", "红字1号")
    assert await flags(ask, firm) == {"红字1号": True}
    await hub.runtime.settle()
    await grade(ask, firm, "YELLOW", "")
    assert await flags(ask, firm) == {"红字1号": False}
    await grade(ask, firm, "RED", "红字1号")
    assert await flags(ask, firm) == {"红字1号": True}

    async def reviews() -> int:
        found = (await ask("gz-bureau", REVIEWS, code=firm.credit_code)).data["enterprise"]
        return len(found["reviews"]["nodes"]) if found else 0

    assert await until(reviews, lambda count: count >= 2) == 2


async def test_a_grading_by_one_scheme_leaves_the_flag_of_another_scheme(ask: Any) -> None:
    firm = material.firm()
    await grade(ask, firm, "RED", "红字甲", scheme="办法甲")
    await grade(ask, firm, "RED", "红字乙", scheme="办法乙")
    await grade(ask, firm, "YELLOW", "", scheme="办法甲")
    assert await flags(ask, firm) == {"红字甲": False, "红字乙": True}


async def test_a_flag_lifted_by_its_authority_stays_lifted_when_the_red_grading_is_corrected(ask: Any) -> None:
    firm = material.firm()
    await grade(ask, firm, "RED", "红字2号", score=50)
    query = "query F($c: String!) { enterprise(creditCode: $c) { flags(first: 1) { nodes { id } } } }"
    (flag,) = (await ask("sz-bureau", query, c=firm.credit_code)).data["enterprise"]["flags"]["nodes"]
    lifted = await ask("sz-bureau", LIFT, input={"riskFlagId": flag["id"], "reason": "整改完成"})
    assert lifted.data["riskFlagLift"]["userErrors"] == []
    await grade(ask, firm, "RED", "红字2号", score=52)
    assert await flags(ask, firm) == {"红字2号": False}


async def test_a_flag_the_asker_cannot_see_still_counts_where_a_rule_wants_none(ask: Any, hub: Any) -> None:
    firm, person = material.firm("320500"), material.person()
    await material.publish(ask, "sz-bureau", "riskFlag", material.flag(material.Firm(
        name=firm.name, credit_code=firm.credit_code, region="440300")))  # fmt: skip
    engineer = {**material.engineer(person, firm, region="310000"), "validTo": "2031-01-01", "validFrom": "2026-01-02"}
    await material.publish(ask, "sh-bureau", "assistantSafetyEngineer", engineer)
    rule = {
        **material.rule("AR-320100-0077", "3201"), "kinds": ["ASSISTANT_SAFETY_ENGINEER"], "issuingPrefixes": ["31"],
        "validFrom": "2027-01-01", "validTo": "2027-12-31", "requiresNoAdverse": True,
    }  # fmt: skip
    await publish_in_time(hub, "nj-bureau", rule)
    question = {"certificateNumber": engineer["number"], "hostRegion": "320100", "on": "2027-03-01"}
    query = "query Q($i: RecognitionInput!) { recognition(input: $i) { verdict reasons } }"
    answer = await ask("nj-bureau", query, i=question)
    assert answer.data["recognition"] == {"verdict": "REFUSED", "reasons": ["ADVERSE_RECORD"]}
