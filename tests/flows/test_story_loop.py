"""Story, closed loop and lift: the outcome goes back to who raised the flag, its end to all who acted on it."""

import base64
import hashlib
import io
from typing import Any

import orjson
import pytest

from exchange.demo.client import until
from exchange.demo.files import grading
from exchange.demo.notes import Story
from exchange.demo.questions import DECIDE, FLAG, FOLLOW, LIFT, PUBLISH_FLAG, PUBLISH_GRADING
from tests.flows.situation import flag_of, reviews_at

REASON = "已现场核查，准予继续办理"


async def decide(story: Story, slug: str = "gz-bureau", **changes: Any) -> dict[str, Any]:
    decision = {
        "reviewId": story.review["id"], "outcome": "STRENGTHENED", "reason": REASON,
        "expectedVersion": story.review["version"], **changes,
    }  # fmt: skip
    answer: dict[str, Any] = await story.client.ask(slug, DECIDE, input=decision)
    return answer


def codes(answer: dict[str, Any]) -> list[str]:
    return [one["code"] for one in answer["userErrors"]]


async def lift(story: Story, flag_id: str, slug: str = "sz-bureau", **changes: Any) -> dict[str, Any]:
    values = {"riskFlagId": flag_id, "reason": "整改完成，复查合格", **changes}
    answer: dict[str, Any] = await story.client.ask(slug, LIFT, input=values)
    return answer


def is_any_lifted(firm: dict[str, Any]) -> bool:
    return any(one["causeLiftedOn"] for one in firm["reviews"]["nodes"])


async def test_shenzhen_sees_the_outcome_and_its_reason_beside_the_flag(flagged: Story) -> None:
    answer = await decide(flagged)
    flag = await flagged.client.ask("sz-bureau", FLAG, id=flagged.flag_id)
    assert answer == {"review": {"state": "DECIDED", "outcome": "STRENGTHENED", "version": 2}, "userErrors": []}
    assert flag["reviews"]["nodes"] == [{
        "authority": {"id": "gz-bureau"}, "state": "DECIDED", "outcome": "STRENGTHENED", "decisionReason": REASON,
        "decidedOn": flagged.scene.day.isoformat(), "causeLiftedOn": None,
    }]  # fmt: skip


async def test_the_partner_hears_of_the_decision(flagged: Story) -> None:
    flagged.line = await flagged.client.follow("bidding-platform", FOLLOW, after=flagged.start)
    await decide(flagged)
    raised, decided = await flagged.line.next(), await flagged.line.next()
    assert [one["type"] for one in (raised, decided)] == ["riskFlag.raised", "review.decided"]
    assert (decided["payload"]["outcome"], decided["owner"]["id"]) == ("STRENGTHENED", "gz-bureau")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"reason": "  "}, "REASON_REQUIRED"),
        ({"outcome": "SUSPENDED"}, "DECISION_BASIS_REQUIRED"),
        ({"expectedVersion": 7}, "VERSION_CONFLICT"),
        ({"reviewId": "00000000-0000-4000-8000-000000000000"}, "NOT_FOUND"),
    ],
)
async def test_a_decision_that_lacks_something_changes_nothing(
    flagged: Story, changes: dict[str, Any], code: str
) -> None:
    answer = await decide(flagged, **changes)
    (review,) = (await flagged.firm("gz-bureau"))["reviews"]["nodes"]
    assert codes(answer) == [code]
    assert (review["state"], review["version"], review["outcome"]) == ("RECEIVED", 1, None)


async def test_a_review_is_decided_once(flagged: Story) -> None:
    await decide(flagged)
    assert codes(await decide(flagged, expectedVersion=2, outcome="DISMISSED")) == ["ALREADY_DECIDED"]


@pytest.mark.parametrize(("slug", "code"), [("sz-bureau", "NOT_YOUR_STEP"), ("dg-bureau", "NOT_FOUND")])
async def test_nobody_else_can_decide_it(flagged: Story, slug: str, code: str) -> None:
    assert codes(await decide(flagged, slug)) == [code]


async def test_a_lifted_flag_withdraws_the_open_review_and_is_kept_in_history(flagged: Story) -> None:
    scene = flagged.scene
    answer = await lift(flagged, flagged.flag_id)
    firm = await until(lambda: flagged.firm("gz-bureau"), is_any_lifted)
    (review,) = firm["reviews"]["nodes"]
    assert answer["riskFlag"] == {"id": flagged.flag_id, "isCurrent": False, "liftedOn": scene.day.isoformat()}
    assert (review["state"], review["causeLiftedOn"]) == ("WITHDRAWN", scene.day.isoformat())
    assert firm["current"]["nodes"] == []
    assert firm["lifted"]["nodes"] == [{
        "id": flagged.flag_id, "decisionNumber": scene.document("风险"), "isCurrent": False,
        "liftedOn": scene.day.isoformat(), "liftReason": "整改完成，复查合格",
    }]  # fmt: skip


async def test_lifting_one_flag_leaves_the_other_standing(flagged: Story) -> None:
    second = await flagged.client.ask("sz-bureau", PUBLISH_FLAG, input=flag_of(flagged.scene))
    await reviews_at(flagged, "gz-bureau", wanted=2)
    await lift(flagged, second["recordId"])
    firm = await until(lambda: flagged.firm("gz-bureau"), is_any_lifted)
    found = {one["flag"]["id"]: one["causeLiftedOn"] for one in firm["reviews"]["nodes"]}
    assert found == {flagged.flag_id: None, second["recordId"]: flagged.scene.day.isoformat()}
    assert [one["id"] for one in firm["current"]["nodes"]] == [flagged.flag_id]


async def test_a_better_grading_ends_the_flag_of_the_red_one(flagged: Story) -> None:
    await flagged.client.ask("sz-bureau", PUBLISH_GRADING, input=grading(flagged.scene, "YELLOW"))
    flag = await flagged.client.ask("sz-bureau", FLAG, id=flagged.flag_id)
    assert (flag["isCurrent"], flag["liftedOn"]) == (False, flagged.scene.day.isoformat())


@pytest.mark.parametrize(
    ("slug", "changes", "code"),
    [
        ("gz-bureau", {}, "NOT_FOUND"),
        ("sz-bureau", {"reason": " "}, "REASON_REQUIRED"),
        ("sz-bureau", {"liftedOn": "2001-01-01"}, "DATES_REVERSED"),
    ],
)
async def test_a_lifting_that_cannot_be_leaves_the_flag_standing(
    flagged: Story, slug: str, changes: dict[str, Any], code: str
) -> None:
    answer = await lift(flagged, flagged.flag_id, slug, **changes)
    flag = await flagged.client.ask("sz-bureau", FLAG, id=flagged.flag_id)
    assert codes(answer) == [code]
    assert (flag["isCurrent"], flag["liftedOn"]) == (True, None)


async def test_a_flag_is_lifted_once(flagged: Story) -> None:
    await lift(flagged, flagged.flag_id)
    assert codes(await lift(flagged, flagged.flag_id)) == ["ALREADY_LIFTED"]


async def test_a_file_of_a_mebibyte_comes_in_by_http(flagged: Story, hub: Any, http: Any) -> None:
    content = bytes(1_048_576)
    query = """mutation A($i: ReviewAttachEvidenceInput!) { reviewAttachEvidence(input: $i) {
      review { version } userErrors { code } } }"""
    values = {
        "reviewId": flagged.review["id"], "name": "现场照片.png", "mediaType": "image/png", "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(), "content": base64.b64encode(content).decode(),
        "expectedVersion": flagged.review["version"],
    }  # fmt: skip
    body = io.BytesIO(orjson.dumps({"query": query, "variables": {"i": values}}))
    headers = {"Authorization": f"Bearer {hub.token('gz-bureau')}", "Content-Type": "application/json"}
    async with http.post(f"{hub.base_url}/graphql", data=body, headers=headers) as response:
        answer = await response.json(content_type=None)
    assert answer["data"]["reviewAttachEvidence"] == {"review": {"version": 1}, "userErrors": []}
