"""Story, recognition: an enterprise asks about its own staff; four verdicts with reasons, values, rule and basis."""

from typing import Any

import pytest
import pytest_asyncio

from exchange.demo.cast import ENTERPRISE, RULE_IDENTIFIER
from exchange.demo.files import constructions, safety_managements, special_operations
from exchange.demo.national import number_of
from exchange.demo.notes import Story
from exchange.demo.people import period, years_later
from exchange.demo.questions import PUBLISH_ENGINEER, RECOGNISE

NANJING = "320100"


@pytest_asyncio.fixture
async def issued(story: Story) -> Story:
    """Shanghai has issued the staff's certificates; Jiangsu's rule on them is in force."""
    for make in (safety_managements, special_operations, constructions):
        await story.client.deliver(make(story.scene))
    await story.client.ask("sh-bureau", PUBLISH_ENGINEER, input=engineer(story))
    return story


def engineer(story: Story) -> dict[str, Any]:
    dates = {name: day.isoformat() for name, day in period(years_later(story.scene.day, -1), 5).items()}
    return {
        "number": f"DEMT{story.scene.number:07d}", "name": story.scene.engineer.name, "specialty": "CONSTRUCTION",
        "idNumber": story.scene.engineer.id_number, "creditCode": ENTERPRISE.credit_code, "region": "310000",
        "reportedStatus": "VALID", **dates,
    }  # fmt: skip


async def recognise(story: Story, number: str, host: str = NANJING, slug: str = ENTERPRISE.slug) -> dict[str, Any]:
    question = {"certificateNumber": number, "hostRegion": host}
    found: dict[str, Any] = await story.client.ask(slug, RECOGNISE, input=question)
    return found


def condition(decision: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in decision["conditions"] if one["condition"] == name)
    return found


async def test_a_special_operator_is_accepted_everywhere_under_the_national_rule(issued: Story) -> None:
    decision = await recognise(issued, f"T{issued.scene.welder.id_number}")
    assert (decision["verdict"], decision["reasons"], decision["mode"]) == ("ACCEPTED", [], "DIRECT")
    assert (decision["ruleIdentifier"], decision["ruleVersion"]) == ("NR-000000-0001", 1)
    assert {one["outcome"] for one in decision["conditions"]} == {"PASSED"}
    assert all(one["basis"] for one in decision["conditions"])


async def test_a_safety_manager_is_accepted_after_filing_as_jiangsu_publishes(issued: Story) -> None:
    decision = await recognise(issued, issued.scene.officer.id_number)
    assert (decision["verdict"], decision["mode"], decision["ruleIdentifier"]) == (
        "CONDITIONAL", "FILING", RULE_IDENTIFIER,
    )  # fmt: skip
    assert (decision["followUp"], decision["decisionWorkdays"]) == ("向使用地设区的市应急管理局备案", 3)
    assert condition(decision, "RULE")["basis"] == "长三角演示协议第1号（演示）"


async def test_one_with_too_little_time_left_is_refused_with_the_days_that_count(issued: Story) -> None:
    decision = await recognise(issued, issued.scene.ending.id_number)
    remaining = condition(decision, "REMAINING")
    assert (decision["verdict"], decision["reasons"]) == ("REFUSED", ["TOO_LITTLE_REMAINING"])
    assert remaining["values"] == [{"name": "remainingDays", "value": "10"}, {"name": "required", "value": "30"}]
    assert remaining["nextStep"] == "先办理延续"


async def test_without_a_published_rule_it_is_undetermined_never_accepted(issued: Story) -> None:
    decision = await recognise(issued, engineer(issued)["number"])
    assert (decision["verdict"], decision["reasons"]) == ("UNDETERMINED", ["NO_RULES_PUBLISHED"])
    assert decision["ruleIdentifier"] is None
    assert condition(decision, "RULE")["outcome"] == "OPEN"


async def test_the_same_certificate_counts_where_a_rule_says_so_and_is_open_elsewhere(issued: Story) -> None:
    number = issued.scene.officer.id_number
    verdicts = {host: (await recognise(issued, number, host))["verdict"] for host in (NANJING, "320500", "330100")}
    assert verdicts == {NANJING: "CONDITIONAL", "320500": "CONDITIONAL", "330100": "UNDETERMINED"}


@pytest.mark.parametrize("is_there", [True, False])
async def test_a_strangers_certificate_is_like_one_that_does_not_exist(issued: Story, is_there: bool) -> None:
    number = number_of(issued.scene, "C3", 1) if is_there else "粤建安C3（2026）9999999"
    decision = await recognise(issued, number)
    assert (decision["verdict"], decision["reasons"]) == ("UNDETERMINED", ["NOT_FOUND"])


async def test_an_authority_may_ask_about_a_certificate_it_can_see(issued: Story) -> None:
    decision = await recognise(issued, issued.scene.officer.id_number, slug="nj-bureau")
    assert decision["verdict"] == "CONDITIONAL"


async def test_a_partner_may_not_ask(issued: Story) -> None:
    question = {"certificateNumber": issued.scene.officer.id_number, "hostRegion": NANJING}
    answer = await issued.client.post("bidding-platform", RECOGNISE, {"input": question})
    assert [one["extensions"]["code"] for one in answer["errors"]] == ["FORBIDDEN"]


async def test_a_question_leaves_evidence_of_who_read_whom_and_why(issued: Story) -> None:
    await recognise(issued, issued.scene.officer.id_number)
    person = await issued.client.ask(
        "sh-bureau", "query P($id: String!) { person(by: { idNumber: $id }) { id } }", id=issued.scene.officer.id_number
    )
    evidence = await issued.client.ask(
        ENTERPRISE.slug, "{ accessRecords(first: 1) { nodes { purpose caseNumber rootField persons clientId } } }"
    )
    assert evidence["nodes"] == [{
        "purpose": "演示：在岗人员证书核验", "caseNumber": "DEM-CASE-0001", "rootField": "recognition",
        "persons": [person["id"]], "clientId": ENTERPRISE.slug,
    }]  # fmt: skip
