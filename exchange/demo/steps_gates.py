"""The gate: Guangzhou lets the firm through before the flag, looks closely after it, lets it through once it is lifted.

The next question at a gate is a function here.
"""

from typing import Any

from exchange.demo.notes import Notes, Story
from exchange.demo.questions import GATE, PUBLISH_PROFILE, RECEIPT
from exchange.demo.scene import MATTER_CODE
from schema.kinds.enterprise_profile import ACTIVITY_FIELDS

PARTNER = "bidding-platform"
FLAGGED, GRADED, CONFIRM = "FLAGGED", "HIGH_RISK_GRADE", "CONFIRM_WITH_AUTHORITY"


async def pass_gate(story: Story, notes: Notes) -> None:
    """Nobody knows of anything against the firm, so it passes; the receipt is its asker's alone."""
    await _state_profile(story, notes)
    checked = await check_gate(story)
    story.receipt = checked["receiptNumber"]
    notes.equal("放行 passes", (checked["verdict"], checked["reasons"]), ("PASS", []))
    notes.equal("当日有效 good for the day", checked["validUntil"], story.scene.day.isoformat())
    kept = await story.client.ask("gz-bureau", RECEIPT, number=story.receipt)
    notes.equal("回执可查 the receipt can be looked up", kept, {"verdict": "PASS", "reasons": []})
    hidden = await story.client.post("sz-bureau", RECEIPT, {"number": story.receipt})
    notes.equal("深圳查不到 not by Shenzhen", (hidden.get("data") or {}).get("gateReceipt"), None)
    notes.asked = "gateCheck：项目审批 PROJECT_APPROVAL（广州）"
    notes.answered = f"PASS 未见限制情形，回执 receipt {story.receipt}"


async def stop_at_gate(story: Story, notes: Notes) -> None:
    """After the flag the same question asks for a key review, never a refusal; each is told what it may read."""
    checked = await check_gate(story)
    reasons = {one["code"]: one for one in checked["reasons"]}
    notes.equal("须重点核查 key review", (checked["verdict"], set(reasons)), ("KEY_REVIEW", {FLAGGED, GRADED}))
    grounded = all(one["message"] and one["basis"] and one["exitCondition"] for one in reasons.values())
    notes.holds("每项有说明、依据和解除条件 each with text, basis and way out", grounded)
    notes.equal("理由指明标记 names the flag", reasons[FLAGGED]["recordId"], story.flag_id)
    kept = await story.client.ask("gz-bureau", RECEIPT, number=story.receipt)
    notes.equal("此前的回执不变 the receipt before stays as it was", kept["verdict"], "PASS")
    tender = await check_gate(story, PARTNER, "BID")
    codes = [one["code"] for one in tender["reasons"]]
    notes.equal(
        "招标平台：分级不告知 the grading is not told", (tender["verdict"], codes), ("KEY_REVIEW", [FLAGGED, CONFIRM])
    )
    notes.asked = "gateCheck：同一事项 the same matter（广州）；投标 BID（招标平台）"
    notes.answered = f"KEY_REVIEW：{'、'.join(sorted(reasons))}；招标平台 platform：{'、'.join(codes)}"


async def check_gate(story: Story, slug: str = "gz-bureau", gate: str = "PROJECT_APPROVAL") -> dict[str, Any]:
    """The story's firm checked at a gate in Guangzhou."""
    scene = story.scene
    question = {
        "gate": gate, "creditCode": scene.flagged.credit_code, "region": "440100", "matterCode": MATTER_CODE,
        "caseNumber": scene.case_number,
    }  # fmt: skip
    answer = await story.client.ask(slug, GATE, input=question)
    checked: dict[str, Any] = answer["gateCheck"]
    return checked


async def _state_profile(story: Story, notes: Notes) -> None:
    """Shenzhen states what the firm does: nothing that needs a licence or key staff."""
    scene, firm = story.scene, story.scene.flagged
    values = {
        "creditCode": firm.credit_code, "name": firm.name, "region": firm.region, "industrySection": "G",
        **dict.fromkeys(ACTIVITY_FIELDS, False), "staffCount": 20, "statedOn": scene.day.isoformat(),
    }  # fmt: skip
    answer = await story.client.ask("sz-bureau", PUBLISH_PROFILE, input=values)
    notes.equal("企业基本情况 profile", (answer["outcome"], answer["userErrors"]), ("NEW", []))
