"""Story, clock: what ends or misses its review is looked at where its holder works, not where it was issued."""

from datetime import date

import pytest

from exchange.demo.cast import ENTERPRISE
from exchange.demo.client import until
from exchange.demo.files import safety_managements, special_operations
from exchange.demo.notes import Story
from exchange.demo.people import Person, years_later
from exchange.demo.questions import RUN_CLOCK
from tests.flows.situation import appoint, person_seen

RAISED = ["credential.expired", "credential.reviewLapsed"]
CASES = [("expiring", "CREDENTIAL_EXPIRED"), ("lapsing", "REVIEW_LAPSED")]


async def issue(story: Story) -> None:
    for delivery in (safety_managements(story.scene), special_operations(story.scene)):
        await story.client.deliver(delivery)


async def run_clock(story: Story, day: date) -> dict[str, int]:
    answer: dict[str, int] = await story.client.ask("operator", RUN_CLOCK, day=day.isoformat())
    return answer


async def seen_at(story: Story, slug: str, person: Person) -> list[tuple[str, str, str]]:
    found = (await person_seen(story, slug, person, ended=True))["reviews"]["nodes"]
    return [(one["rule"], one["authority"]["id"], one["causeAuthority"]["id"]) for one in found]


async def announced(story: Story, person: Person) -> list[str]:
    identity = (await person_seen(story, "sh-bureau", person))["id"]
    events = await story.events("sh-bureau", types=RAISED, credit_code=ENTERPRISE.credit_code)
    return [one["type"] for one in events if one["subject"] == f"P:{identity}"]


@pytest.mark.parametrize(("role", "rule"), CASES)
async def test_the_city_of_appointment_reviews_and_the_issuer_sees_it(story: Story, role: str, rule: str) -> None:
    person: Person = getattr(story.scene, role)
    await issue(story)
    await appoint(story, person, "nj-bureau", "320100")
    await run_clock(story, story.scene.day_after)
    found = await until(lambda: seen_at(story, "nj-bureau", person), bool)
    assert found == [(rule, "nj-bureau", "sh-bureau")]
    assert await seen_at(story, "sh-bureau", person) == found


@pytest.mark.parametrize("role", ["expiring", "lapsing"])
async def test_on_its_last_day_nothing_is_raised(story: Story, role: str) -> None:
    person: Person = getattr(story.scene, role)
    await issue(story)
    await run_clock(story, story.scene.last_day)
    # The appointment is announced after everything that run could have raised.
    appointed = await appoint(story, person, "nj-bureau", "320100")
    await until(lambda: recorded(story, appointed), bool)
    assert await announced(story, person) == []


async def recorded(story: Story, record_id: str) -> bool:
    found = await story.events("nj-bureau", types=["presence.recorded"], credit_code=ENTERPRISE.credit_code)
    return record_id in [one["recordId"] for one in found]


@pytest.mark.parametrize(("role", "event"), [("expiring", RAISED[0]), ("lapsing", RAISED[1])])
async def test_a_day_that_is_run_again_raises_nothing_again(story: Story, role: str, event: str) -> None:
    person: Person = getattr(story.scene, role)
    await issue(story)
    await run_clock(story, story.scene.day_after)
    again = await run_clock(story, story.scene.day_after)
    assert (again["expired"], again["reviewLapsed"]) == (0, 0)
    assert await until(lambda: announced(story, person), bool) == [event]


async def status(story: Story, person: Person, *, ended: bool) -> str:
    (found,) = (await person_seen(story, "sh-bureau", person, ended=ended))["certificates"]["nodes"]
    shown: str = found["status"]
    return shown


async def test_states_follow_from_the_day_asked_for(story: Story) -> None:
    scene = story.scene
    await issue(story)
    states = {
        role: [await status(story, getattr(scene, role), ended=ended) for ended in (False, True)]
        for role in ("expiring", "lapsing", "officer")
    }
    assert states == {
        "expiring": ["VALID", "EXPIRED"], "lapsing": ["VALID", "REVIEW_LAPSED"], "officer": ["VALID", "VALID"],
    }  # fmt: skip


async def test_a_missed_review_comes_three_years_before_the_end(story: Story) -> None:
    scene = story.scene
    await issue(story)
    (found,) = (await person_seen(story, "sh-bureau", scene.lapsing, ended=True))["certificates"]["nodes"]
    assert found["reviewDueOn"] == scene.last_day.isoformat()
    assert date.fromisoformat(found["validTo"]) >= years_later(scene.last_day, 3).replace(day=1)
    assert (date.fromisoformat(found["validTo"]) - scene.last_day).days in (1094, 1095)


async def test_the_issuer_gets_no_review_for_a_holder_who_works_in_its_own_city(story: Story) -> None:
    person = story.scene.expiring
    await issue(story)
    await appoint(story, person, "sh-bureau", "310000")
    await appoint(story, person, "nj-bureau", "320100")
    await run_clock(story, story.scene.day_after)
    await until(lambda: seen_at(story, "nj-bureau", person), bool)
    assert await seen_at(story, "sh-bureau", person) == [("CREDENTIAL_EXPIRED", "nj-bureau", "sh-bureau")]


async def test_only_the_operator_runs_the_clock(story: Story) -> None:
    answer = await story.client.post("sz-bureau", RUN_CLOCK, {"day": story.scene.day.isoformat()})
    assert [one["extensions"]["code"] for one in answer["errors"]] == ["FORBIDDEN"]
