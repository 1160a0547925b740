"""The roster: the bidding platform lists whom it wants to hear of, and hears of them as far as it may read.

The next one to list firms or persons is a function here; its table is in files.py.
"""

from typing import Any

from exchange.demo.client import until
from exchange.demo.files import bidders
from exchange.demo.notes import Notes, Story

PLATFORM = "bidding-platform"
ROSTER = {"name": "在投企业（演示）", "purpose": "投标资格动态核验", "filename": "在投企业.xlsx"}
FAULTS = [(5, "idNumber", "ROSTER_NOT_ENTITLED")]


async def upload_roster(story: Story, notes: Notes) -> None:
    """Firms of an Excel sheet are watched; a person, whom a partner may not list, comes back. Sent twice is as once."""
    table = bidders(story.scene)
    first, again = [await story.client.send(PLATFORM, "/rosters", table, **ROSTER) for _ in range(2)]
    found = sorted((one["row"], one["field"], one["code"]) for one in first["receipt"] if one["severity"] == "ERROR")
    kept = {"read": 3, "added": 2, "changed": 0, "removed": 0, "unchanged": 0, "refused": 1}
    notes.equal("列入 listed", first["counts"], kept)
    notes.equal("逐行退回 refused rows", found, FAULTS)
    notes.equal("再次报送无变化 nothing new", again["counts"], {**kept, "added": 0, "unchanged": 2})
    notes.asked = "POST /rosters：名册 Excel，送两次 sent twice（招标平台）"
    notes.answered = "列入 2 家企业 firms listed，1 行退回 refused，重复报送 0 变化 no change"


async def hear_of_roster(story: Story, notes: Notes) -> None:
    """The platform is told of the flag, not of the grading it may not read; Guangzhou, that its answer changed."""
    told = await until(lambda: _told(story, PLATFORM, "roster.alerted"), bool)
    notes.equal("名册提醒 alerted", told, ["riskFlag.raised"])
    changed = await until(lambda: _told(story, "gz-bureau", "answer.changed"), lambda found: len(found) == 2)
    notes.equal("所查结论有变 the answer changed", sorted(changed), ["riskBand.changed", "riskFlag.raised"])
    others = await _told(story, "dg-bureau", "roster.alerted")
    notes.equal("东莞未订阅 Dongguan hears nothing", others, [])
    notes.asked = "events：roster.alerted（招标平台），answer.changed（广州，准入核验之后 after its gate check）"
    notes.answered = f"{'、'.join(told)}；{'、'.join(sorted(changed))}"


async def _told(story: Story, slug: str, name: str) -> list[str]:
    """What a tenant was told of the story's firm: the types of what caused it."""
    subject = f"E:{story.scene.flagged.credit_code}"
    found: list[dict[str, Any]] = await story.events(slug, types=[name])
    return [one["payload"]["causeType"] for one in found if one["payload"]["subject"] == subject]
