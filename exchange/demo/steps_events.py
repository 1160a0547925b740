"""Flag and event: Shenzhen's RED opens a review in Guangzhou and nowhere else; the partner misses no event."""

import time
from typing import Any

from exchange.demo.client import until
from exchange.demo.files import grading
from exchange.demo.notes import Notes, Story
from exchange.demo.questions import FOLLOW, LIFT, PUBLISH_FLAG, PUBLISH_GRADING, REVIEW
from exchange.rules import WORKDAYS
from exchange.workdays import NO_HOLIDAYS, add_workdays

PARTNER = "bidding-platform"
PROMISED_SECONDS = 1.0
FOLLOWED = ["riskFlag.raised", "riskFlag.lifted", "review.decided"]


async def raise_flag(story: Story, notes: Notes) -> None:
    """YELLOW to RED with legal basis and decision number; Guangzhou's review is there within a second."""
    scene, client = story.scene, story.client
    story.line = await client.follow(PARTNER, FOLLOW, after=await client.position(), types=FOLLOWED)
    red = grading(scene, "RED")
    answer = await client.ask("sz-bureau", PUBLISH_GRADING, input=red)
    started = time.perf_counter()
    firm = await until(lambda: story.firm("gz-bureau"), lambda found: bool(found["reviews"]["nodes"]))
    waited = time.perf_counter() - started
    notes.equal("升为红色 regraded", (answer["outcome"], answer["userErrors"]), ("CHANGED", []))
    notes.equal("等级 band", firm["grading"], {"band": "RED", "previousBand": "YELLOW"})
    notes.equal("广州一项核查 one review", len(firm["reviews"]["nodes"]), 1)
    notes.holds(f"1 秒内 within a second, {waited:.2f} s", waited <= PROMISED_SECONDS)
    story.review = firm["reviews"]["nodes"][0]
    story.flag_id = story.review["flag"]["id"]
    _check_review(story, notes, story.review)
    await _check_others(story, notes)
    again = await client.ask("sz-bureau", PUBLISH_GRADING, input=red)
    firm = await story.firm("gz-bureau")
    notes.equal(
        "重复发布无变化 unchanged when repeated", (again["outcome"], len(firm["reviews"]["nodes"])), ("UNCHANGED", 1)
    )
    notes.asked = "riskGradingPublish：黄→红 YELLOW to RED（深圳）"
    notes.answered = (
        f"广州核查 {waited * 1000:.0f} ms 后可见，{story.review['dueOn']} 前办结 due；东莞无 none in Dongguan"
    )


def _check_review(story: Story, notes: Notes, review: dict[str, Any]) -> None:
    scene = story.scene
    due = add_workdays(scene.day, WORKDAYS, NO_HOLIDAYS)
    notes.equal("起因 cause", (review["rule"], review["causeAuthority"]["id"]), ("RED_FLAG", "sz-bureau"))
    notes.equal("承办 owner", review["authority"]["id"], "gz-bureau")
    flag = {"id": review["flag"]["id"], "decisionNumber": scene.document("风险"), "isCurrent": True}
    notes.equal("指明标记 names the flag", review["flag"], flag)
    named = scene.document("风险") in review["reason"] and scene.case_number not in review["reason"]
    notes.holds("理由写明决定书，不露本地办件编号 the reason names the decision, not the local case", named)
    found = (review["openedOn"], review["dueOn"], review["isDueEstimated"], review["state"])
    notes.equal(
        "工作日时限 due in working days",
        found,
        (scene.day.isoformat(), due.day.isoformat(), due.is_estimated, "RECEIVED"),
    )


async def _check_others(story: Story, notes: Notes) -> None:
    """Dongguan has no matter of the firm: it gets no review, cannot read Guangzhou's, and does not hear of it."""
    firm = await story.firm("dg-bureau")
    notes.equal("东莞无核查 Dongguan has none", firm["reviews"]["nodes"], [])
    hidden = await story.client.post("dg-bureau", REVIEW, {"id": story.review["id"]})
    notes.equal("东莞看不到广州的核查 nor sees it", (hidden.get("data") or {}).get("review"), None)
    code = story.scene.flagged.credit_code

    async def red() -> list[dict[str, Any]]:  # the orange grading before it was for attention only
        heard = await story.events("gz-bureau", types=["review.opened"], credit_code=code)
        return [one for one in heard if one["payload"]["rule"] == "RED_FLAG"]

    opened = await until(red, bool)
    notes.equal("广州收到通报 Guangzhou is told", len(opened), 1)
    heard = await story.events("dg-bureau", types=["review.opened"], credit_code=code)
    notes.equal("东莞未收到通报 Dongguan is not", heard, [])


async def hear(story: Story, notes: Notes) -> None:
    """The partner receives the flag; cut off, it misses two events and gets exactly those after its last position."""
    scene, client = story.scene, story.client
    first = await story.partner.next()
    notes.equal(
        "收到标记 flag received",
        (first["type"], first["flag"]["decisionNumber"]),
        ("riskFlag.raised", scene.document("风险")),
    )
    story.heard = first["cursor"]
    await story.partner.cut()
    flag = {
        "creditCode": scene.other.credit_code, "name": scene.other.name, "region": "440300",
        "category": "MAJOR_HIDDEN_DANGER",
        "severity": "ORANGE", "cause": "演示：重大事故隐患未按期整改",
        "legalBasis": "《中华人民共和国安全生产法》第四十一条",
        "decisionNumber": scene.document("督办"), "decidedOn": scene.day.isoformat(), "exitConditions": "复查合格",
    }  # fmt: skip
    raised = await client.ask("sz-bureau", PUBLISH_FLAG, input=flag)
    lifted = await client.ask("sz-bureau", LIFT, input={"riskFlagId": raised["recordId"], "reason": "复查合格（演示）"})
    notes.equal("断线期间两件事 two events meanwhile", (raised["outcome"], lifted["userErrors"]), ("NEW", []))
    story.line = await client.follow(PARTNER, FOLLOW, after=story.heard, types=FOLLOWED)
    missed = [await story.partner.next(), await story.partner.next()]
    found = [(one["type"], one["enterprise"]["creditCode"], one["owner"]["id"]) for one in missed]
    wanted = [(name, scene.other.credit_code, "sz-bureau") for name in ("riskFlag.raised", "riskFlag.lifted")]
    notes.equal("补发恰好两件且有序 exactly those two, in order", found, wanted)
    positions = [int(one["cursor"].removeprefix("seq:")) for one in (first, *missed)]
    notes.holds("位置递增 positions rise", positions == sorted(set(positions)))
    story.heard = missed[-1]["cursor"]
    notes.asked = f"eventPublished(after: {first['cursor']})，graphql-transport-ws，断线重连 cut off and resumed"
    notes.answered = f"{first['type']}；补发 then {missed[0]['type']}、{missed[1]['type']}"
