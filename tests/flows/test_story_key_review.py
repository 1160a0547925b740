"""Story, 一处失信、处处受限, with a lawful way out: RED in Shanghai puts a project in Nanjing under key review.

The gate says why and what ends it; the review asks Shanghai, decides with a legal basis, refuses nothing by itself;
once the danger is removed the flag is lifted, all who were told are told, and the gate lets the firm pass.
"""

from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio

from tests.flows import material
from tests.flows.review_desks import NANJING, SHANGHAI, Desk
from tests.flows.scratch import answered, keep, quiet_hub

CHECK = """mutation C($i: GateCheckInput!) { gateCheck(input: $i) {
  gateCheck { verdict reasons { code verdict message exitCondition authority recordId } receiptNumber }
  userErrors { code message } } }"""
LIFT = "mutation L($i: RiskFlagLiftInput!) { riskFlagLift(input: $i) { userErrors { code } } }"
BESIDE = """query B($x: ID!) { riskFlag(id: $x) { liftedOn reviews(first: 9) { nodes { rule state priority outcome
  decisionReason legalBasis dueOn causeLiftedOn authority { id } } } } }"""
REVIEWS = "query R($c: String!) { enterprise(creditCode: $c) { reviews(first: 9) { nodes { id rule } } } }"
EXIT = "整改完成并经原机关复查合格"


class KeyReview:
    """A firm of Shanghai, clean when its project is filed in Nanjing."""

    def __init__(self, hub: Any) -> None:
        self.hub = hub
        self.firm = material.firm("310000")

    async def begin(self) -> None:
        await keep(self.hub, SHANGHAI, "ENTERPRISE_PROFILE", material.profile(self.firm), day=self.hub.today())
        await keep(self.hub, NANJING, "PROJECT_APPROVAL", material.matter(self.firm, "320100"), day=self.hub.today())
        await self.hub.settle()

    async def gate(self) -> Any:
        values = {"gate": "PROJECT_APPROVAL", "creditCode": self.firm.credit_code, "region": "320100",
                  "matterCode": "DEM-0001"}  # fmt: skip
        answer = (await answered(self.hub, NANJING, CHECK, i=values))["data"]["gateCheck"]
        assert answer["userErrors"] == []
        return answer["gateCheck"]

    async def flag(self) -> Desk:
        """Shanghai flags the firm RED; the desk in Nanjing that finds a review."""
        values = {**material.flag(self.firm), "region": "310000", "exitConditions": EXIT}
        flag_id = await keep(self.hub, SHANGHAI, "RISK_FLAG", values, day=self.hub.today())
        await self.hub.settle()
        found = (await answered(self.hub, NANJING, REVIEWS, c=self.firm.credit_code))["data"]["enterprise"]
        (review,) = found["reviews"]["nodes"]
        assert review["rule"] == "RED_FLAG"
        return Desk(hub=self.hub, firm=self.firm, flag_id=flag_id, review_id=review["id"])

    async def lift(self, flag_id: str) -> None:
        values = {"riskFlagId": flag_id, "reason": "整改完成，复查合格"}
        assert (await answered(self.hub, SHANGHAI, LIFT, i=values))["data"]["riskFlagLift"] == {"userErrors": []}
        await self.hub.settle()

    async def beside(self, flag_id: str) -> Any:
        """What Shanghai sees beside its flag."""
        return (await answered(self.hub, SHANGHAI, BESIDE, x=flag_id))["data"]["riskFlag"]


@pytest_asyncio.fixture(loop_scope="session")
async def story(database: Any) -> AsyncIterator[KeyReview]:
    """A hub of its own on which nothing has happened but that the project was filed."""
    async with quiet_hub(database.dsn, "exchange_key_review") as runtime:
        found = KeyReview(runtime)
        await found.begin()
        yield found


async def test_a_clean_firm_passes_and_the_red_one_is_looked_at_with_the_way_out_and_not_refused(
    story: KeyReview,
) -> None:
    assert (await story.gate())["verdict"] == "PASS"
    desk = await story.flag()
    checked = await story.gate()
    assert (checked["verdict"], [one["code"] for one in checked["reasons"]]) == ("KEY_REVIEW", ["HIDDEN_DANGER"])
    (reason,) = checked["reasons"]
    assert (reason["verdict"], reason["recordId"], reason["exitCondition"]) == ("KEY_REVIEW", desk.flag_id, EXIT)
    (review,) = (await story.beside(desk.flag_id))["reviews"]["nodes"]
    assert (review["authority"]["id"], review["state"], review["priority"]) == (NANJING, "RECEIVED", "MUST")


async def test_the_loop_closes_the_source_answers_sees_the_outcome_and_the_lifted_flag_opens_the_gate(
    story: KeyReview,
) -> None:
    desk = await story.flag()
    assert await desk.take("reviewAccept") == []
    assert await desk.take("reviewRequestInformation", question="IS_RECTIFIED") == []
    asked = (await desk.thread())[-1]["id"]
    assert await desk.take("reviewGiveInformation", SHANGHAI, requestId=asked, answer="PARTLY") == []
    decided = {"outcome": "SUSPENDED", "reason": "重大隐患尚未整改完成，暂缓审批"}
    assert await desk.take("reviewDecide", **decided) == ["DECISION_BASIS_REQUIRED"]
    assert await desk.take("reviewDecide", **decided, legalBasis="《安全生产法》第六十三条") == []
    await story.hub.settle()
    (seen,) = (await story.beside(desk.flag_id))["reviews"]["nodes"]
    assert (seen["outcome"], seen["decisionReason"], seen["legalBasis"], seen["causeLiftedOn"]) == (
        "SUSPENDED", "重大隐患尚未整改完成，暂缓审批", "《安全生产法》第六十三条", None,
    )  # fmt: skip
    assert (await story.gate())["verdict"] == "KEY_REVIEW"
    await story.lift(desk.flag_id)
    today = str(story.hub.today())
    beside = await story.beside(desk.flag_id)
    assert (beside["liftedOn"], beside["reviews"]["nodes"][0]["causeLiftedOn"]) == (today, today)
    assert (await desk.told(NANJING))[-1] == "review.causeLifted"
    passed = await story.gate()
    assert (passed["verdict"], passed["reasons"]) == ("PASS", [])
    restored = {"outcome": "MAINTAINED", "reason": "整改完成，恢复办理", "correctionReason": "标记已解除"}
    assert await desk.take("reviewCorrectDecision", **restored) == []
    assert (await desk.review())["outcome"] == "MAINTAINED"
    assert (await desk.told(SHANGHAI))[-1] == "review.corrected"


async def test_a_flag_lifted_before_anybody_looked_ends_the_review_by_itself(story: KeyReview) -> None:
    desk = await story.flag()
    await story.lift(desk.flag_id)
    assert (await desk.review())["state"] == "WITHDRAWN"
    assert (await story.gate())["verdict"] == "PASS"
