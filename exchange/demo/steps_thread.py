"""The life of a review: two authorities work in one thread; what is left undone goes to the superior.

The next step of a thread is a function here and its document in questions.py.
"""

import base64
import hashlib
from datetime import date, timedelta
from typing import Any

from exchange.demo.notes import Notes, Story
from exchange.demo.questions import ACCEPT, ANSWER, ASK, ATTACH, PERSON, REMIND, REVIEW, RUN_CLOCK, THREAD

GUANGZHOU, SHENZHEN, NANJING, JIANGSU = "gz-bureau", "sz-bureau", "nj-bureau", "js-department"
EVIDENCE = "复查记录：十一项隐患已整改十项，余一项定于月底前完成（演示）".encode()
STEPS = ["OPENED", "ACCEPTED", "INFORMATION_REQUESTED", "INFORMATION_GIVEN", "EVIDENCE_ATTACHED"]


async def work_on_review(story: Story, notes: Notes) -> None:
    """Guangzhou accepts and asks, Shenzhen answers and attaches a file; both read one thread, nobody else does."""
    await _take(story, notes, GUANGZHOU, ACCEPT, {"officer": "GZ-0001"}, "ACCEPTED")
    question = {"question": "IS_RECTIFIED", "text": "请说明整改进度（演示）"}
    await _take(story, notes, GUANGZHOU, ASK, question, "IN_REVIEW")
    asked = (await _thread(story, SHENZHEN))[-1]
    answer = {"requestId": asked["id"], "answer": "PARTLY", "text": "余一项，附复查记录（演示）"}
    await _take(story, notes, SHENZHEN, ANSWER, answer, "IN_REVIEW")
    await _take(story, notes, SHENZHEN, ATTACH, _file(), "IN_REVIEW")
    thread = await _thread(story, GUANGZHOU)
    notes.equal("办理过程 thread", [one["step"] for one in thread], STEPS)
    notes.equal("答复对应提问 the answer names its question", (thread[3]["requestId"], thread[3]["answer"]),
                (asked["id"], "PARTLY"))  # fmt: skip
    content = base64.b64decode(thread[-1]["evidence"]["content"])
    notes.holds("材料与所报一致 the file is what was sent", content == EVIDENCE)
    notes.equal("两地所见相同 both see the same", await _thread(story, SHENZHEN), thread)
    hidden = await story.client.post("dg-bureau", THREAD, {"id": story.review["id"]})
    notes.equal("东莞看不到 not for Dongguan", (hidden.get("data") or {}).get("review"), None)
    notes.asked = "reviewAccept、reviewRequestInformation（广州），reviewGiveInformation、reviewAttachEvidence（深圳）"
    notes.answered = "IN_REVIEW：IS_RECTIFIED → PARTLY，材料一份 one file，两地同一办理过程 one thread"


async def leave_overdue(story: Story, notes: Notes) -> None:
    """Nanjing leaves a review undone: the day after it was due the clock tells Jiangsu, which reminds."""
    client, review = story.client, await _undone(story, story.scene.day_after)
    due = date.fromisoformat(review["dueOn"])
    await client.ask("operator", RUN_CLOCK, day=due.isoformat())
    hidden = await client.post(JIANGSU, REVIEW, {"id": review["id"]})
    unseen = (hidden.get("data") or {}).get("review")
    notes.equal("时限当日上级未获知 not on the due day", (review["isOverdue"], unseen), (False, None))
    late = due + timedelta(days=1)
    await client.ask("operator", RUN_CLOCK, day=late.isoformat())
    seen = await client.ask(JIANGSU, REVIEW, id=review["id"], asOf=late.isoformat())
    found = (seen["state"], seen["isOverdue"], seen["escalatedOn"], seen["superior"])
    notes.equal("次日上报江苏 told to Jiangsu", found, ("RECEIVED", True, late.isoformat(), {"id": JIANGSU}))
    again = await client.ask("operator", RUN_CLOCK, day=late.isoformat())
    notes.equal("只上报一次 told once", again["reviewEscalated"], 0)
    reminder = {"reviewId": review["id"], "expectedVersion": seen["version"], "text": "请尽快办结（演示）"}
    answer = await client.ask(JIANGSU, REMIND, input=reminder)
    notes.equal("江苏催办 Jiangsu reminds", answer["userErrors"], [])
    thread = await _thread(story, NANJING, review["id"])
    taken = [(one["step"], one["authority"]["id"]) for one in thread]
    wanted = [("OPENED", NANJING), ("ESCALATED", NANJING), ("REMINDED", JIANGSU)]
    notes.equal("南京的办理过程 Nanjing's thread", taken, wanted)
    notes.asked = f"clockRun {due}，再 then {late}；reviewRemind（江苏）"
    notes.answered = f"{due} 到期未办 undone；{late} 上报 told to {JIANGSU}，催办一次 reminded"


async def _take(story: Story, notes: Notes, slug: str, document: str, values: dict[str, Any], state: str) -> None:
    """Take a step with the version as read, and keep the version it leads to."""
    sent = {"reviewId": story.review["id"], "expectedVersion": story.review["version"], **values}
    answer = await story.client.ask(slug, document, input=sent)
    found = ((answer["review"] or {}).get("state"), answer["userErrors"])
    notes.equal(f"{slug} {document.split('(')[0].removeprefix('mutation ')}", found, (state, []))
    story.review["version"] = answer["review"]["version"]


async def _thread(story: Story, slug: str, review_id: str | None = None) -> list[dict[str, Any]]:
    found = await story.client.ask(slug, THREAD, id=review_id or story.review["id"])
    steps: list[dict[str, Any]] = found["thread"]["nodes"]
    return steps


def _file() -> dict[str, Any]:
    return {
        "name": "复查记录.txt", "mediaType": "text/plain", "size": len(EVIDENCE),
        "sha256": hashlib.sha256(EVIDENCE).hexdigest(), "content": base64.b64encode(EVIDENCE).decode(),
    }  # fmt: skip


async def _undone(story: Story, day: date) -> dict[str, Any]:
    """Nanjing's review of the certificate that ended."""
    number = story.scene.expiring.id_number
    person = await story.client.ask(NANJING, PERSON, idNumber=number, asOf=day.isoformat())
    (review,) = person["reviews"]["nodes"]
    found: dict[str, Any] = review
    return found
