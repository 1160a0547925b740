"""The scoreboard: what this run did counts, with its colour, and every figure can be looked into down to its facts.

The next figure to be shown is a line of FIGURES.
"""

from typing import Any

from exchange.demo.notes import Notes, Story
from exchange.demo.questions import SCOREBOARD, SCOREBOARD_ROWS
from schema.timeliness import colour

GUANGZHOU, SHENZHEN = "gz-bureau", "sz-bureau"
FIGURES = ((GUANGZHOU, "ACCEPTED_IN_TIME"), (GUANGZHOU, "DECIDED_BY_DUE"), (SHENZHEN, "ANSWERED_BY_AGREED"))


async def read_scoreboard(story: Story, notes: Notes) -> None:
    """Dongguan, party to nothing, reads everybody's figures; the parties find this run's review behind theirs."""
    shown = []
    for slug, measure in FIGURES:
        figure = await _figure(story, slug, measure)
        met, total = figure["numerator"], figure["denominator"]
        judged = colour(measure, met, total)
        notes.equal(f"{slug} {measure} 颜色 colour", figure["colour"], judged.name if judged else None)
        rows = await _facts(story, slug, measure)
        amounts = [one["amount"] for one in rows]
        notes.equal(f"{slug} {measure} 逐条可查 facts behind it", (sum(amounts), len(amounts)), (met, total))
        own = [one["amount"] for one in rows if one["reviewId"] == story.review["id"]]
        notes.equal(f"{slug} {measure} 本次按时 this run in time", own, [1])
        shown.append(f"{slug} {measure} {met}/{total} {figure['colour']}")
    hidden = await story.client.post("bidding-platform", SCOREBOARD, {"month": _month(story), "authority": GUANGZHOU})
    notes.equal("招标平台看不到 not for the platform", (hidden.get("data") or {}).get("scoreboard"), None)
    notes.asked = f"scoreboard(month: {_month(story)})（东莞）；scoreboardRows（广州、深圳）"
    notes.answered = "；".join(shown)


async def _figure(story: Story, slug: str, measure: str) -> dict[str, Any]:
    rows = await story.client.ask("dg-bureau", SCOREBOARD, month=_month(story), authority=slug)
    (row,) = rows
    found: dict[str, Any] = next(one for one in row["figures"] if one["measure"] == measure)
    return found


async def _facts(story: Story, slug: str, measure: str) -> list[dict[str, Any]]:
    """Every fact behind a figure, page after page."""
    found, after = list[dict[str, Any]](), None
    while True:
        page = await story.client.ask(slug, SCOREBOARD_ROWS, month=_month(story), measure=measure, after=after)
        found += page["nodes"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            return found


def _month(story: Story) -> str:
    return f"{story.scene.day:%Y-%m}"
