"""Cases in which a review could be lost or too much be told: each was once found by somebody who tried."""

from datetime import timedelta
from typing import Any

import asyncpg

from exchange.demo.client import until
from exchange.demo.notes import Story
from tests.flows import material
from tests.flows.situation import appoint
from tests.flows.test_presence_later import issue, reviews_of

FLAGS = "query F($c: String!) { enterprise(creditCode: $c) { flags(first: 9) { nodes { category isCurrent } } } }"


async def test_an_expired_certificate_reported_lapsed_afterwards_still_counts_at_an_appointment(story: Story) -> None:
    await issue(story)
    await issue(story, reportedStatus="LAPSED")
    await appoint(story, story.scene.officer, "nj-bureau", "320100")
    assert await until(lambda: reviews_of(story, "nj-bureau"), bool) == [("CREDENTIAL_EXPIRED", "sh-bureau")]


async def test_a_certificate_being_transferred_that_ends_is_reviewed(story: Story) -> None:
    await appoint(story, story.scene.officer, "nj-bureau", "320100")
    await issue(story, reportedStatus="TRANSFERRING_OUT")
    found = await until(lambda: reviews_of(story, "nj-bureau"), bool)
    assert found == [("CREDENTIAL_EXPIRED", "sh-bureau")]


async def test_a_certificate_lapsed_before_its_end_is_reviewed(story: Story) -> None:
    await appoint(story, story.scene.officer, "nj-bureau", "320100")
    await issue(story, ended=False, reportedStatus="LAPSED")
    found = await until(lambda: reviews_of(story, "nj-bureau"), bool)
    assert found == [("CREDENTIAL_WITHDRAWN", "sh-bureau")]


async def test_a_suspended_certificate_restored_after_its_end_is_announced_then(story: Story) -> None:
    await appoint(story, story.scene.officer, "nj-bureau", "320100")
    await issue(story, reportedStatus="SUSPENDED")
    first = await until(lambda: reviews_of(story, "nj-bureau"), bool)
    assert first == [("CREDENTIAL_WITHDRAWN", "sh-bureau")]
    await issue(story)
    both = await until(lambda: reviews_of(story, "nj-bureau"), lambda found: len(found) == 2)
    assert sorted(rule for rule, _ in both) == ["CREDENTIAL_EXPIRED", "CREDENTIAL_WITHDRAWN"]


async def test_nothing_is_done_tomorrow(story: Story, ask: Any) -> None:
    tomorrow = (story.scene.day + timedelta(days=1)).isoformat()
    firm = material.firm()
    late = {**material.flag(firm), "decidedOn": tomorrow, "liftedOn": tomorrow, "liftReason": "x"}
    answer = (await ask("sz-bureau", material.publishing("riskFlag"), input=late)).data["riskFlagPublish"]
    assert {one["code"] for one in answer["userErrors"]} == {"DATE_IN_FUTURE"}
    flag_id = await material.publish(ask, "sz-bureau", "riskFlag", material.flag(firm))
    lift = "mutation L($i: RiskFlagLiftInput!) { riskFlagLift(input: $i) { userErrors { code } } }"
    answer = await ask("sz-bureau", lift, i={"riskFlagId": flag_id, "reason": "x", "liftedOn": tomorrow})
    assert answer.data["riskFlagLift"]["userErrors"] == [{"code": "DATE_IN_FUTURE"}]


async def test_one_decision_can_carry_two_flags(ask: Any) -> None:
    firm, decision = material.firm(), material.number()
    await material.publish(ask, "sz-bureau", "riskFlag", material.flag(firm, decision=decision))
    await material.publish(ask, "sz-bureau", "riskGrading", material.grading(firm, "RED", decision=decision))
    await material.publish(ask, "sz-bureau", "riskGrading", material.grading(firm, "YELLOW"))
    found = (await ask("sz-bureau", FLAGS, c=firm.credit_code)).data["enterprise"]["flags"]["nodes"]
    assert {one["category"]: one["isCurrent"] for one in found} == {
        "MAJOR_HIDDEN_DANGER": True, "HIGH_RISK_GRADE": False,
    }  # fmt: skip


async def test_neither_an_old_assessment_nor_none_at_all_lifts_a_flag(ask: Any) -> None:
    firm = material.firm()
    await material.publish(ask, "sz-bureau", "riskGrading", material.grading(firm, "RED", day="2026-03-01"))
    await material.publish(ask, "sz-bureau", "riskGrading", material.grading(firm, "ORANGE", day="2021-03-01"))
    await material.publish(ask, "sz-bureau", "riskGrading", material.grading(firm, "UNRATED", day="2026-04-01"))
    found = (await ask("sz-bureau", FLAGS, c=firm.credit_code)).data["enterprise"]["flags"]["nodes"]
    assert found == [{"category": "HIGH_RISK_GRADE", "isCurrent": True}]


async def test_the_flagging_authority_is_not_told_the_case_number_of_another(ask: Any, hub: Any) -> None:
    firm, matter = material.firm(), None
    matter = material.matter(firm, "440100")
    await material.publish(ask, "gz-bureau", "projectApproval", matter)
    await material.publish(ask, "sz-bureau", "riskFlag", material.flag(firm))
    await hub.runtime.settle()
    query = """query R($c: String!) { enterprise(creditCode: $c) {
      reviews(first: 9) { nodes { reason reasonEn matter { caseNumber } } } } }"""
    seen = (await ask("sz-bureau", query, c=firm.credit_code)).data["enterprise"]["reviews"]["nodes"]
    assert len(seen) == 1
    assert matter["caseNumber"] not in str(seen)


async def test_an_id_number_is_sealed_whatever_field_it_was_put_into(story: Story, ask: Any) -> None:
    person = material.person()
    engineer = {**material.engineer(person, material.firm("310000"), region="310000"), "number": person.id_number}
    await material.publish(ask, "sh-bureau", "assistantSafetyEngineer", engineer)
    query = "query C($n: String!) { certificate(by: {number: $n}) { number } }"
    answer = await ask("sh-bureau", query, n=person.id_number, purpose=("核验", "SH-1"))
    assert person.id_number not in str(answer.data)


async def test_what_is_to_be_tried_again_is_not_kept_under_its_key(story: Story, ask: Any, hub: Any) -> None:
    flag = material.flag(material.firm())
    owner = hub.runtime.directory.by_slug["sz-bureau"].tenant_id
    publish = material.publishing("riskFlag")
    # The owner can hold a counter as another writer of the same firm would.
    blocker = await asyncpg.connect(hub.database.dsn)
    async with blocker.transaction():
        await blocker.execute("insert into subject (subject, version) values ($1, 1)", f"E:{flag['creditCode']}")
        refused = await ask("sz-bureau", publish, input=flag, headers={"Idempotency-Key": "hard-1"})
    await blocker.close()
    assert refused.codes == ["UNAVAILABLE"]
    done = await ask("sz-bureau", publish, input=flag, headers={"Idempotency-Key": "hard-1"})
    assert done.data["riskFlagPublish"]["userErrors"] == []
    again = await ask("sz-bureau", publish, input=flag, headers={"Idempotency-Key": "hard-1"})
    assert again.body == done.body
    assert owner > 0


RECOGNISE = "query Q($i: RecognitionInput!) { recognition(input: $i) { verdict reasons } }"


async def test_two_issuers_that_contradict_each_other_leave_the_verdict_open(ask: Any) -> None:
    person, firm = material.person(), material.firm()
    good = {**material.special_operation(person, firm), "validFrom": "2026-01-02", "validTo": "2031-12-31",
            "reviewDueOn": "2030-01-01"}  # fmt: skip
    question = {"certificateNumber": good["number"], "hostRegion": "440100"}
    await material.publish(ask, "sz-bureau", "specialOperation", good)
    assert (await ask("gz-bureau", RECOGNISE, i=question, purpose=("核验", "GZ-1"))).data["recognition"] == {
        "verdict": "ACCEPTED",
        "reasons": [],
    }
    revoked = {**good, "region": "310000", "reportedStatus": "REVOKED"}
    await material.publish(ask, "sh-bureau", "specialOperation", revoked)
    answer = (await ask("gz-bureau", RECOGNISE, i=question, purpose=("核验", "GZ-1"))).data["recognition"]
    assert answer == {"verdict": "UNDETERMINED", "reasons": ["STATE_UNKNOWN"]}
