"""The other order: what already stands elsewhere meets a matter or an appointment recorded only now."""

from datetime import timedelta
from typing import Any

from exchange.demo.client import until
from exchange.demo.files import grading
from exchange.demo.notes import Story
from exchange.demo.people import years_later
from exchange.demo.questions import PUBLISH_FLAG, PUBLISH_GRADING, PUBLISH_MATTER, RUN_CLOCK
from tests.flows.situation import appoint, flag_of, matter_of, person_seen, reviews_at

PUBLISH_CERTIFICATE = """mutation Issue($input: SafetyManagementInput!) {
  safetyManagementPublish(input: $input) { outcome recordId userErrors { code field } }
}"""


async def reviews_of(story: Story, slug: str) -> list[tuple[str, str]]:
    found = await person_seen(story, slug, story.scene.officer)
    return [(one["rule"], one["causeAuthority"]["id"]) for one in found["reviews"]["nodes"]]


async def settled(hub: Any) -> None:
    await hub.runtime.settle()


async def issue(story: Story, *, ended: bool = True, **changed: Any) -> None:
    """A certificate of the story's officer, issued in Shanghai; it ended yesterday unless said otherwise."""
    day, person = story.scene.day, story.scene.officer
    last = day - timedelta(days=1) if ended else years_later(day, 1)
    values = {
        "number": person.id_number, "name": person.name, "idNumber": person.id_number, "personType": "SAFETY_MANAGER",
        "industryCategory": "建筑施工", "validFrom": years_later(last, -3).isoformat(), "validTo": last.isoformat(),
        "reportedStatus": "VALID", **changed,
    }  # fmt: skip
    answer = await story.client.ask("sh-bureau", PUBLISH_CERTIFICATE, input=values)
    assert answer["userErrors"] == []
    await story.client.ask("operator", RUN_CLOCK, day=day.isoformat())


async def test_a_flag_that_already_stands_opens_a_review_when_the_matter_is_filed(story: Story) -> None:
    await story.client.ask("sz-bureau", PUBLISH_GRADING, input=grading(story.scene, "RED"))
    await story.client.ask("gz-bureau", PUBLISH_MATTER, input=matter_of(story.scene))
    (review,) = await reviews_at(story, "gz-bureau", wanted=1)
    assert (review["rule"], review["causeAuthority"]["id"], review["matter"]["caseNumber"]) == (
        "RED_FLAG", "sz-bureau", story.scene.case_number,
    )  # fmt: skip


async def test_a_lifted_flag_opens_none(story: Story, hub: Any) -> None:
    await story.client.ask("sz-bureau", PUBLISH_GRADING, input=grading(story.scene, "RED"))
    await story.client.ask("sz-bureau", PUBLISH_GRADING, input=grading(story.scene, "YELLOW"))
    await story.client.ask("gz-bureau", PUBLISH_MATTER, input=matter_of(story.scene))
    await settled(hub)
    assert await reviews_at(story, "gz-bureau", wanted=0) == []


async def test_a_closed_matter_opens_none_until_it_is_pending_again(story: Story, hub: Any) -> None:
    await story.client.ask("sz-bureau", PUBLISH_GRADING, input=grading(story.scene, "RED"))
    await story.client.ask("gz-bureau", PUBLISH_MATTER, input={**matter_of(story.scene), "status": "CLOSED"})
    await settled(hub)
    assert await reviews_at(story, "gz-bureau", wanted=0) == []
    await story.client.ask("gz-bureau", PUBLISH_MATTER, input=matter_of(story.scene))
    assert [one["rule"] for one in await reviews_at(story, "gz-bureau", wanted=1)] == ["RED_FLAG"]


async def test_a_flag_that_turns_red_opens_a_review_and_only_then(story: Story, hub: Any) -> None:
    await story.client.ask("gz-bureau", PUBLISH_MATTER, input=matter_of(story.scene))
    await story.client.ask("sz-bureau", PUBLISH_FLAG, input=flag_of(story.scene, severity="ORANGE"))
    await settled(hub)
    assert await reviews_at(story, "gz-bureau", wanted=0) == []
    await story.client.ask("sz-bureau", PUBLISH_FLAG, input=flag_of(story.scene, severity="RED"))
    assert [one["rule"] for one in await reviews_at(story, "gz-bureau", wanted=1)] == ["RED_FLAG"]


async def test_somebody_whose_certificate_ended_elsewhere_is_reviewed_when_appointed(story: Story) -> None:
    await issue(story)
    await appoint(story, story.scene.officer, "nj-bureau", "320100")
    found = await until(lambda: reviews_of(story, "nj-bureau"), bool)
    assert found == [("CREDENTIAL_EXPIRED", "sh-bureau")]


async def test_somebody_whose_certificate_was_revoked_elsewhere_is_reviewed_when_appointed(story: Story) -> None:
    await issue(story, ended=False, reportedStatus="REVOKED")
    await appoint(story, story.scene.officer, "nj-bureau", "320100")
    found = await until(lambda: reviews_of(story, "nj-bureau"), bool)
    assert found == [("CREDENTIAL_WITHDRAWN", "sh-bureau")]


async def test_somebody_with_a_good_certificate_for_the_same_work_is_not(story: Story, hub: Any) -> None:
    await issue(story)
    await issue(story, ended=False, number=f"沪安{story.scene.number:06d}0001")
    await appoint(story, story.scene.officer, "nj-bureau", "320100")
    await settled(hub)
    assert await reviews_of(story, "nj-bureau") == []


async def test_somebody_already_appointed_whose_renewed_certificate_is_good_is_not_reviewed(
    story: Story, hub: Any
) -> None:
    await issue(story, ended=False, number=f"沪安{story.scene.number:06d}0002")
    await appoint(story, story.scene.officer, "nj-bureau", "320100")
    await issue(story)
    await settled(hub)
    assert await reviews_of(story, "nj-bureau") == []


async def test_a_revoked_certificate_is_reviewed_whatever_other_there_is(story: Story) -> None:
    await issue(story, ended=False, number=f"沪安{story.scene.number:06d}0003")
    await appoint(story, story.scene.officer, "nj-bureau", "320100")
    await issue(story, ended=False, reportedStatus="REVOKED")
    found = await until(lambda: reviews_of(story, "nj-bureau"), bool)
    assert found == [("CREDENTIAL_WITHDRAWN", "sh-bureau")]
