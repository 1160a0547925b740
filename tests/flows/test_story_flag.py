"""Story, flag elsewhere: RED in Shenzhen opens a review in Guangzhou, where the firm has a matter, and nowhere else."""

import asyncio
from typing import Any

import pytest

from exchange.demo.client import until
from exchange.demo.files import grading
from exchange.demo.notes import Story
from exchange.demo.questions import PUBLISH_FLAG, PUBLISH_GRADING, PUBLISH_MATTER, REVIEW
from exchange.workdays import NO_HOLIDAYS, add_workdays
from tests.flows.situation import flag_of, matter_of, reviews_at


async def test_the_review_names_its_cause_and_is_due_in_working_days(flagged: Story) -> None:
    scene, review = flagged.scene, flagged.review
    due = add_workdays(scene.day, 5, NO_HOLIDAYS)
    named = {name: review[name] for name in ("rule", "state", "openedOn", "dueOn", "isDueEstimated", "isOverdue")}
    assert named == {
        "rule": "RED_FLAG", "state": "RECEIVED", "openedOn": scene.day.isoformat(), "dueOn": due.day.isoformat(),
        "isDueEstimated": due.is_estimated, "isOverdue": False,
    }  # fmt: skip
    assert (review["authority"]["id"], review["causeAuthority"]["id"]) == ("gz-bureau", "sz-bureau")
    assert (review["flag"]["decisionNumber"], review["flag"]["isCurrent"]) == (scene.document("风险"), True)
    assert review["matter"]["caseNumber"] == scene.case_number
    assert review["reason"] == (
        f"深圳市于 {scene.day} 将该企业列为红色风险（{scene.document('风险')}）；本地项目审批：广州市"
    )


async def test_guangzhou_sees_the_new_band_and_the_one_before(flagged: Story) -> None:
    assert (await flagged.firm("gz-bureau"))["grading"] == {"band": "RED", "previousBand": "ORANGE"}


async def test_dongguan_without_a_matter_gets_no_review(flagged: Story) -> None:
    assert (await flagged.firm("dg-bureau"))["reviews"]["nodes"] == []


async def test_dongguan_cannot_see_the_review_of_guangzhou(flagged: Story) -> None:
    foreign = await flagged.client.post("dg-bureau", REVIEW, {"id": flagged.review["id"]})
    absent = await flagged.client.post("dg-bureau", REVIEW, {"id": "00000000-0000-4000-8000-000000000000"})
    assert foreign == absent
    assert foreign["data"] == {"review": None}


async def test_guangzhou_hears_of_its_review_and_dongguan_does_not(flagged: Story) -> None:
    code = flagged.scene.flagged.credit_code

    async def red() -> list[dict[str, Any]]:
        heard = await flagged.events("gz-bureau", types=["review.opened"], credit_code=code)
        return [one for one in heard if one["payload"]["rule"] == "RED_FLAG"]

    opened = await until(red, bool)
    assert [(one["owner"]["id"], one["payload"]["reviewId"]) for one in opened] == [("gz-bureau", flagged.review["id"])]
    assert await flagged.events("dg-bureau", types=["review.opened"], credit_code=code) == []


async def test_a_matter_is_seen_by_its_owner_only(orange: Story) -> None:
    seen = {slug: (await orange.firm(slug))["matters"]["nodes"] for slug in ("gz-bureau", "sz-bureau", "dg-bureau")}
    assert seen == {"gz-bureau": [{"caseNumber": orange.scene.case_number}], "sz-bureau": [], "dg-bureau": []}


async def test_repeating_the_publication_opens_no_second_review(flagged: Story) -> None:
    again = await flagged.client.ask("sz-bureau", PUBLISH_GRADING, input=grading(flagged.scene, "RED"))
    # A second flag comes after whatever the repetition could have led to.
    await flagged.client.ask("sz-bureau", PUBLISH_FLAG, input=flag_of(flagged.scene))
    found = await reviews_at(flagged, "gz-bureau", wanted=2)
    assert (again["outcome"], again["version"]) == ("UNCHANGED", 2)
    assert sorted(one["flag"]["decisionNumber"] for one in found) == sorted(
        flagged.scene.document(sort) for sort in ("风险", "失信")
    )


async def test_the_same_flag_from_many_sides_at_once_opens_one_review(orange: Story) -> None:
    red = grading(orange.scene, "RED")
    answers = await asyncio.gather(*(orange.client.ask("sz-bureau", PUBLISH_GRADING, input=red) for _ in range(8)))
    await reviews_at(orange, "gz-bureau", wanted=1)
    assert sorted(one["outcome"] for one in answers) == ["CHANGED"] + ["UNCHANGED"] * 7


async def test_an_orange_flag_opens_no_review(orange: Story) -> None:
    await orange.client.ask("sz-bureau", PUBLISH_FLAG, input=flag_of(orange.scene, severity="ORANGE", place=1))
    await orange.client.ask("sz-bureau", PUBLISH_FLAG, input=flag_of(orange.scene, severity="RED", place=2))
    (review,) = await reviews_at(orange, "gz-bureau", wanted=1)
    assert review["flag"]["decisionNumber"] == orange.scene.document("失信", 2)


async def test_a_firm_flagged_before_it_files_its_matter_is_reviewed_when_it_does(story: Story) -> None:
    await story.client.ask("sz-bureau", PUBLISH_FLAG, input=flag_of(story.scene))
    await story.client.ask("gz-bureau", PUBLISH_MATTER, input=matter_of(story.scene))
    (review,) = await reviews_at(story, "gz-bureau", wanted=1)
    assert (review["rule"], review["flag"]["decisionNumber"]) == ("RED_FLAG", story.scene.document("失信"))


async def test_a_closed_matter_leads_to_no_review(story: Story) -> None:
    closed = {**matter_of(story.scene), "caseNumber": f"{story.scene.case_number}C", "status": "CLOSED"}
    await story.client.ask("gz-bureau", PUBLISH_MATTER, input=closed)
    await story.client.ask("sz-bureau", PUBLISH_FLAG, input=flag_of(story.scene, place=1))
    await story.client.ask("gz-bureau", PUBLISH_MATTER, input=matter_of(story.scene))
    (review,) = await reviews_at(story, "gz-bureau", wanted=1)
    assert review["matter"]["caseNumber"] == story.scene.case_number


@pytest.mark.parametrize("missing", ["legalBasis", "decisionNumber"])
async def test_red_without_its_reasons_is_refused_and_changes_nothing(orange: Story, missing: str) -> None:
    values = {name: value for name, value in grading(orange.scene, "RED").items() if name != missing}
    answer = await orange.client.ask("sz-bureau", PUBLISH_GRADING, input=values)
    firm = await orange.firm("sz-bureau")
    assert answer["outcome"] is None
    assert [(one["code"], one["field"]) for one in answer["userErrors"]] == [
        ("LEGAL_BASIS_REQUIRED", ["input", missing])
    ]
    assert (firm["grading"]["band"], firm["current"]["nodes"]) == ("ORANGE", [])
