"""Story, event: a partner on graphql-transport-ws hears of flags, is cut off, and goes on where it was."""

from typing import Any

from exchange.demo.client import Line
from exchange.demo.files import grading
from exchange.demo.notes import Story
from exchange.demo.questions import FOLLOW, LIFT, PUBLISH_FLAG, PUBLISH_GRADING
from tests.flows.situation import flag_of, reviews_at

PARTNER = "bidding-platform"


async def follow(story: Story, after: str) -> Line:
    story.line = await story.client.follow(PARTNER, FOLLOW, after=after)
    return story.line


def told(event: dict[str, Any]) -> tuple[str, str]:
    return event["type"], event["enterprise"]["creditCode"]


async def test_a_partner_receives_the_flag_as_it_is_raised(orange: Story) -> None:
    line = await follow(orange, orange.start)
    await orange.client.ask("sz-bureau", PUBLISH_GRADING, input=grading(orange.scene, "RED"))
    event = await line.next()
    assert told(event) == ("riskFlag.raised", orange.scene.flagged.credit_code)
    assert event["owner"] == {"id": "sz-bureau"}
    assert event["flag"] == {
        "decisionNumber": orange.scene.document("风险"), "severity": "RED", "isCurrent": True,
    }  # fmt: skip


async def test_cut_off_it_gets_exactly_what_it_missed_in_order(orange: Story) -> None:
    scene, client, code = orange.scene, orange.client, orange.scene.flagged.credit_code
    line = await follow(orange, orange.start)
    await client.ask("sz-bureau", PUBLISH_GRADING, input=grading(scene, "RED"))
    first = await line.next()
    await line.cut()
    second = await client.ask("sz-bureau", PUBLISH_FLAG, input=flag_of(scene, severity="ORANGE"))
    await client.ask("sz-bureau", LIFT, input={"riskFlagId": second["recordId"], "reason": "复查合格"})
    resumed = await follow(orange, first["cursor"])
    missed = [await resumed.next(), await resumed.next()]
    # Nothing stands between them and what happens next.
    await client.ask("sz-bureau", PUBLISH_GRADING, input=grading(scene, "YELLOW"))
    following = await resumed.next()
    assert [told(one) for one in missed] == [("riskFlag.raised", code), ("riskFlag.lifted", code)]
    assert [one["flag"]["decisionNumber"] for one in missed] == [scene.document("失信")] * 2
    assert told(following) == ("riskFlag.lifted", code)
    assert following["payload"]["decisionNumber"] == scene.document("风险")
    cursors = [int(one["cursor"].removeprefix("seq:")) for one in (first, *missed, following)]
    assert cursors == sorted(set(cursors))


async def test_who_asks_from_the_beginning_gets_the_same_events_as_who_listened(orange: Story) -> None:
    line = await follow(orange, orange.start)
    await orange.client.ask("sz-bureau", PUBLISH_FLAG, input=flag_of(orange.scene, place=1))
    await orange.client.ask("sz-bureau", PUBLISH_FLAG, input=flag_of(orange.scene, place=2))
    listened = [await line.next(), await line.next()]
    await line.close()
    later = await follow(orange, orange.start)
    assert [await later.next(), await later.next()] == listened


async def test_a_partner_hears_neither_of_gradings_nor_of_reviews_being_opened(flagged: Story) -> None:
    code = flagged.scene.flagged.credit_code
    await reviews_at(flagged, "gz-bureau", wanted=1)
    heard = await flagged.events(PARTNER, credit_code=code)
    assert [one["type"] for one in heard] == ["riskFlag.raised"]
    assert await flagged.events("sh-bureau", credit_code=code) == []


async def test_a_payload_holds_codes_ids_and_days_only(flagged: Story) -> None:
    (event,) = await flagged.events(PARTNER, credit_code=flagged.scene.flagged.credit_code)
    payload = event["payload"]
    assert sorted(payload) == [
        "band", "category", "creditCode", "decidedOn", "decisionNumber", "effectiveOn", "kind", "recordId", "region",
        "version",
    ]  # fmt: skip
    assert (payload["band"], payload["category"], payload["recordId"]) == ("RED", "HIGH_RISK_GRADE", flagged.flag_id)


async def test_a_cursor_that_is_none_is_refused(story: Story) -> None:
    line = await follow(story, "17")
    (error,) = (await line.receive("error"))["payload"]
    assert error["extensions"]["code"] == "BAD_CURSOR"
