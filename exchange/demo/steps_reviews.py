"""The loop: Guangzhou decides and Shenzhen sees it; Shenzhen lifts, and who acted on the flag learns of it."""

from typing import Any

from exchange.demo.client import until
from exchange.demo.files import grading
from exchange.demo.notes import Notes, Story
from exchange.demo.questions import DECIDE, FLAG, LIFT, PUBLISH_FLAG, PUBLISH_GRADING
from exchange.demo.steps_gates import check_gate

REASON = "已现场核查：隐患整改方案落实，准予继续办理，办理期间每月复查（演示）"
LIFT_REASON = "已履行义务，按期修复（演示）"


async def decide_review(story: Story, notes: Notes) -> None:
    """The outcome and its reason stand beside Shenzhen's flag, the partner hears of it; nobody decides twice."""
    scene, client = story.scene, story.client
    decision = {
        "reviewId": story.review["id"], "outcome": "STRENGTHENED", "reason": REASON, "decidedBy": "GZ-0001",
        "expectedVersion": story.review["version"],
    }  # fmt: skip
    silent = await client.ask("gz-bureau", DECIDE, input={**decision, "reason": " "})
    notes.equal("无理由不受理 needs a reason", [one["code"] for one in silent["userErrors"]], ["REASON_REQUIRED"])
    answer = await client.ask("gz-bureau", DECIDE, input=decision)
    decided = {"state": "DECIDED", "outcome": "STRENGTHENED", "version": story.review["version"] + 1}
    notes.equal("办结 decided", (answer["review"], answer["userErrors"]), (decided, []))
    again = await client.ask("gz-bureau", DECIDE, input=decision)
    notes.equal("不得再办 not twice", [one["code"] for one in again["userErrors"]], ["ALREADY_DECIDED"])
    flag = await client.ask("sz-bureau", FLAG, id=story.flag_id)
    seen = [
        (one["authority"]["id"], one["state"], one["outcome"], one["decisionReason"])
        for one in flag["reviews"]["nodes"]
    ]
    notes.equal("深圳见结论与理由 Shenzhen sees it", seen, [("gz-bureau", "DECIDED", "STRENGTHENED", REASON)])
    event = await story.partner.next()
    story.heard = event["cursor"]
    told = (event["type"], event["enterprise"]["creditCode"], event["payload"]["outcome"])
    notes.equal("伙伴收到 partner is told", told, ("review.decided", scene.flagged.credit_code, "STRENGTHENED"))
    notes.asked = "reviewDecide：STRENGTHENED 加强监管，附理由 with its reason（广州）"
    notes.answered = (
        f"{answer['review']['state']}；深圳标记旁可见 beside Shenzhen's flag；伙伴收到 partner got {event['type']}"
    )


async def lift_flags(story: Story, notes: Notes) -> None:
    """A second flag leads to a second review; both flags end, the open review is withdrawn, history keeps all."""
    scene, client = story.scene, story.client
    second = await _raise_second(story, notes)
    answer = await client.ask("sz-bureau", LIFT, input={"riskFlagId": second, "reason": LIFT_REASON})
    wanted = {"id": second, "isCurrent": False, "liftedOn": scene.day.isoformat()}
    notes.equal("解除 lifted", (answer["riskFlag"], answer["userErrors"]), (wanted, []))
    again = await client.ask("sz-bureau", LIFT, input={"riskFlagId": second, "reason": LIFT_REASON})
    notes.equal("不得再解除 not twice", [one["code"] for one in again["userErrors"]], ["ALREADY_LIFTED"])
    better = await client.ask("sz-bureau", PUBLISH_GRADING, input=grading(scene, "YELLOW"))
    notes.equal("重评为黄 regraded YELLOW", better["outcome"], "CHANGED")
    firm = await until(lambda: story.firm("gz-bureau"), _is_everything_lifted)
    withdrawn = [one for one in firm["reviews"]["nodes"] if one["state"] == "WITHDRAWN"]
    found = [(one["flag"]["id"], one["causeLiftedOn"]) for one in withdrawn]
    notes.equal("未办结核查自动撤回 the open review is withdrawn", found, [(second, scene.day.isoformat())])
    await _check_history(story, notes, firm, second)
    await _check_partner(story, notes)
    checked = await check_gate(story)
    notes.equal("关卡放行 the gate is open again", (checked["verdict"], checked["reasons"]), ("PASS", []))
    notes.asked = "riskFlagLift，riskGradingPublish 红→黄 RED to YELLOW（深圳）；gateCheck（广州）"
    notes.answered = f"核查 causeLiftedOn {scene.day}；现行标记 0 current，历史 2 kept；PASS"


async def _raise_second(story: Story, notes: Notes) -> str:
    scene = story.scene
    values = {
        "creditCode": scene.flagged.credit_code, "name": scene.flagged.name, "region": "440300",
        "category": "SERIOUS_DISHONESTY", "severity": "RED", "cause": "演示：拒不履行处罚决定",
        "legalBasis": "《安全生产严重失信主体名单管理办法》", "decisionNumber": scene.document("失信"),
        "decidedOn": scene.day.isoformat(), "listedOn": scene.day.isoformat(), "exitConditions": "履行义务并经申请移出",
    }  # fmt: skip
    answer = await story.client.ask("sz-bureau", PUBLISH_FLAG, input=values)
    notes.equal("第二条标记 second flag", (answer["outcome"], answer["userErrors"]), ("NEW", []))
    firm = await until(lambda: story.firm("gz-bureau"), lambda found: len(found["reviews"]["nodes"]) == 2)
    states = sorted((one["state"], one["flag"]["id"]) for one in firm["reviews"]["nodes"])
    flag_id: str = answer["recordId"]
    notes.equal("第二项核查未办结 second review open", states, [("DECIDED", story.flag_id), ("RECEIVED", flag_id)])
    return flag_id


def _is_everything_lifted(firm: dict[str, Any]) -> bool:
    return not firm["current"]["nodes"] and all(one["causeLiftedOn"] for one in firm["reviews"]["nodes"])


async def _check_history(story: Story, notes: Notes, firm: dict[str, Any], second: str) -> None:
    scene = story.scene
    notes.equal("不再作为现行标记 no longer current", firm["current"]["nodes"], [])
    history = {one["id"]: (one["isCurrent"], one["liftedOn"]) for one in firm["lifted"]["nodes"]}
    notes.equal(
        "历史保留 kept in history", history, dict.fromkeys((story.flag_id, second), (False, scene.day.isoformat()))
    )
    reasons = {one["id"]: one["liftReason"] for one in firm["lifted"]["nodes"]}
    notes.equal("解除理由 reason of lifting", reasons.get(second), LIFT_REASON)
    flag = await story.client.ask("sz-bureau", FLAG, id=story.flag_id)
    notes.equal(
        "首条标记随重评解除 first flag ended too", (flag["isCurrent"], flag["liftedOn"]), (False, scene.day.isoformat())
    )


async def _check_partner(story: Story, notes: Notes) -> None:
    heard = [await story.partner.next() for _ in range(3)]
    story.heard = heard[-1]["cursor"]
    types = [(one["type"], one["enterprise"]["creditCode"]) for one in heard]
    code = story.scene.flagged.credit_code
    wanted = [("riskFlag.raised", code), ("riskFlag.lifted", code), ("riskFlag.lifted", code)]
    notes.equal("伙伴收到列入与移出 partner is told", types, wanted)
