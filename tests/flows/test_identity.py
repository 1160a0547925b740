"""Who is who: verdicts that join and part ids, and records that went under a wrong ID number."""

import uuid
from dataclasses import replace
from typing import Any

import pytest

from exchange.demo.cast import ENTERPRISE
from tests.flows import material
from tests.flows.identities import (
    GOOD_UNTIL,
    JUDGE,
    RECOGNISE,
    corrected,
    file_of,
    ids_in,
    judged,
    person_id,
    settled,
    two_ids,
    types_since,
)
from tests.flows.material import publish
from tests.flows.neighbours import DONGGUAN, FIRM, FORBIDDEN, GUANGZHOU, PARTNER, PURPOSE, SHANGHAI, SHENZHEN


async def test_two_ids_said_to_be_one_person_make_one_file_for_all_authorities(ask: Any, hub: Any) -> None:
    first, second, certificate, appointment = await two_ids(ask)
    known = person_id(hub)
    start = await settled(hub)
    told = await judged(ask, GUANGZHOU, known(first), known(second))
    assert (told["outcome"], told["userErrors"]) == ("NEW", [])
    await settled(hub)
    for slug in (GUANGZHOU, SHENZHEN, DONGGUAN):
        for person in (first, second):
            found = await file_of(ask, slug, person)
            assert (found["id"], ids_in(found, "certificates")) == (known(person), {certificate})
            assert ids_in(found, "appointments") == {appointment}
    (verdict,) = found["verdicts"]["nodes"]
    assert verdict == {
        "authority": {"id": GUANGZHOU}, "verdict": "SAME", "isLatest": True, "reason": "核对档案照片",
        "caseNumber": PURPOSE[1],
    }  # fmt: skip
    assert await types_since(ask, SHENZHEN, start) == ["person.merged"]
    for slug in (SHANGHAI, FIRM, PARTNER):
        assert await types_since(ask, slug, start) == []


async def test_a_split_parts_the_files_again_and_both_verdicts_stay_readable(ask: Any, hub: Any) -> None:
    first, second, certificate, _ = await two_ids(ask)
    ids = person_id(hub)(first), person_id(hub)(second)
    await judged(ask, GUANGZHOU, *ids)
    start = await settled(hub)
    assert (await judged(ask, GUANGZHOU, *reversed(ids), verdict="DIFFERENT"))["outcome"] == "NEW"
    await settled(hub)
    assert await types_since(ask, GUANGZHOU, start) == ["person.split"]
    found = await file_of(ask, GUANGZHOU, first)
    assert (ids_in(found, "certificates"), ids_in(found, "appointments")) == ({certificate}, set())
    told = [(one["verdict"], one["isLatest"]) for one in found["verdicts"]["nodes"]]
    assert told == [("DIFFERENT", True), ("SAME", False)]


async def test_three_ids_are_one_person_step_by_step(ask: Any, hub: Any) -> None:
    first, second, certificate, appointment = await two_ids(ask)
    third, firm = material.person(), material.firm()
    other = await publish(ask, SHENZHEN, "assistantSafetyEngineer", material.engineer(third, firm))
    known = person_id(hub)
    await judged(ask, SHENZHEN, known(first), known(second))
    await judged(ask, GUANGZHOU, known(third), known(second))
    found = await file_of(ask, DONGGUAN, third)
    assert (ids_in(found, "certificates"), ids_in(found, "appointments")) == ({certificate, other}, {appointment})


async def test_an_authority_that_contradicts_is_shown_beside_the_other(ask: Any, hub: Any) -> None:
    first, second, certificate, appointment = await two_ids(ask)
    ids = person_id(hub)(first), person_id(hub)(second)
    await judged(ask, GUANGZHOU, *ids)
    start = await settled(hub)
    await judged(ask, SHENZHEN, *ids, verdict="DIFFERENT")
    await settled(hub)
    assert await types_since(ask, SHENZHEN, start) == []
    found = await file_of(ask, SHENZHEN, first)
    told = [(one["authority"]["id"], one["verdict"], one["isLatest"]) for one in found["verdicts"]["nodes"]]
    assert told == [(SHENZHEN, "DIFFERENT", True), (GUANGZHOU, "SAME", True)]
    assert (ids_in(found, "certificates"), ids_in(found, "appointments")) == ({certificate}, {appointment})


async def test_the_same_verdict_again_changes_and_announces_nothing(ask: Any, hub: Any) -> None:
    first, second, *_ = await two_ids(ask)
    ids = person_id(hub)(first), person_id(hub)(second)
    once = await judged(ask, GUANGZHOU, *ids)
    start = await settled(hub)
    again = await judged(ask, GUANGZHOU, *reversed(ids), reason="再次核对")
    assert again == {"verdictId": once["verdictId"], "outcome": "UNCHANGED", "userErrors": []}
    await settled(hub)
    assert await types_since(ask, GUANGZHOU, start) == []


async def test_a_verdict_opens_nobody_s_records(ask: Any, hub: Any) -> None:
    """Shanghai cannot judge persons of whom it has no record, and one it knows leads to nothing it may not see."""
    first, second, *_ = await two_ids(ask)
    own, firm = material.person(), material.firm("310000")
    mine = material.certificate(own, firm, valid_to=GOOD_UNTIL, region="310000")
    known = person_id(hub)
    certificate = await publish(ask, SHANGHAI, "safetyManagement", mine)
    refused = await judged(ask, SHANGHAI, known(own), known(first))
    assert refused == {
        "verdictId": None, "outcome": None, "userErrors": [{"code": "NOT_FOUND", "field": ["input", "otherPersonId"]}],
    }  # fmt: skip
    await judged(ask, GUANGZHOU, known(first), known(second))
    found = await file_of(ask, SHANGHAI, own)
    assert (ids_in(found, "certificates"), found["verdicts"]["nodes"]) == ({certificate}, [])
    assert await file_of(ask, SHANGHAI, first) is None


@pytest.mark.parametrize("slug", [FIRM, PARTNER])
async def test_only_authorities_say_who_is_who(slug: str, ask: Any) -> None:
    nobody = str(uuid.uuid4())
    values = {"personId": nobody, "otherPersonId": nobody, "verdict": "SAME", "reason": "核对"}
    assert (await ask(slug, JUDGE, purpose=PURPOSE, input=values)).codes == [FORBIDDEN]


@pytest.mark.parametrize(("further", "code", "field"), [
    ({"reason": " "}, "REASON_REQUIRED", "reason"),
    ({"decidedOn": "2999-01-01"}, "DATE_IN_FUTURE", "decidedOn"),
    ({"otherPersonId": None}, "BAD_INPUT", "otherPersonId"),
])  # fmt: skip
async def test_a_verdict_that_cannot_be_is_refused(
    further: dict[str, Any], code: str, field: str, ask: Any, hub: Any
) -> None:
    first, second, *_ = await two_ids(ask)
    known = person_id(hub)
    if "otherPersonId" in further:
        further = {"otherPersonId": known(first)}
    told = await judged(ask, GUANGZHOU, known(first), known(second), **further)
    assert told["userErrors"] == [{"code": code, "field": ["input", field]}]


async def test_who_is_who_is_said_for_a_purpose_and_leaves_evidence(ask: Any, hub: Any) -> None:
    first, second, *_ = await two_ids(ask)
    known = person_id(hub)
    values = {"personId": known(first), "otherPersonId": known(second), "verdict": "SAME", "reason": "核对"}
    assert (await ask(GUANGZHOU, JUDGE, input=values)).codes == ["PURPOSE_REQUIRED"]
    await judged(ask, GUANGZHOU, known(first), known(second))
    query = "{ accessRecords(first: 1) { nodes { rootField caseNumber persons } } }"
    (trace,) = (await ask(GUANGZHOU, query)).data["accessRecords"]["nodes"]
    assert trace["persons"] == sorted([known(first), known(second)])
    assert (trace["rootField"], trace["caseNumber"]) == ("personVerdict", PURPOSE[1])


async def test_a_certificate_withdrawn_under_another_id_of_the_holder_is_never_recognised(ask: Any, hub: Any) -> None:
    good, wrong, firm = material.person(), material.person(), material.firm()
    known = person_id(hub)
    await publish(ask, SHENZHEN, "safetyManagement", material.certificate(good, firm, valid_to=GOOD_UNTIL))
    withdrawn = {**material.certificate(wrong, firm, valid_to=GOOD_UNTIL), "reportedStatus": "REVOKED"}
    await publish(ask, GUANGZHOU, "safetyManagement", {**withdrawn, "region": "440100"})
    question = {"certificateNumber": good.id_number, "hostRegion": "440100"}
    before = (await ask(DONGGUAN, RECOGNISE, purpose=PURPOSE, input=question)).data["recognition"]
    assert "STATE_UNKNOWN" not in {one["reason"] for one in before["conditions"]}
    await judged(ask, DONGGUAN, known(good), known(wrong))
    after = (await ask(SHENZHEN, RECOGNISE, purpose=PURPOSE, input=question)).data["recognition"]
    assert after["verdict"] == "UNDETERMINED"
    assert "STATE_UNKNOWN" in {one["reason"] for one in after["conditions"]}


async def test_an_enterprise_is_told_so_too_though_it_sees_no_verdict(ask: Any, hub: Any) -> None:
    own = material.Firm(name=ENTERPRISE.name, credit_code=ENTERPRISE.credit_code, region="440300")
    good, wrong = material.person(), material.person()
    known = person_id(hub)
    await publish(ask, SHENZHEN, "safetyManagement", material.certificate(good, own, valid_to=GOOD_UNTIL))
    withdrawn = {**material.certificate(wrong, own, valid_to=GOOD_UNTIL), "reportedStatus": "RESCINDED"}
    await publish(ask, SHENZHEN, "safetyManagement", withdrawn)
    question = {"certificateNumber": good.id_number, "hostRegion": "440100"}
    before = (await ask(FIRM, RECOGNISE, purpose=PURPOSE, input=question)).data["recognition"]
    assert "STATE_UNKNOWN" not in {one["reason"] for one in before["conditions"]}
    await judged(ask, SHENZHEN, known(good), known(wrong))
    after = (await ask(FIRM, RECOGNISE, purpose=PURPOSE, input=question)).data["recognition"]
    assert "STATE_UNKNOWN" in {one["reason"] for one in after["conditions"]}
    seen = "query V($by: PersonBy!) { person(by: $by) { verdicts(first: 1) { nodes { id } } } }"
    found = (await ask(FIRM, seen, purpose=PURPOSE, by={"idNumber": good.id_number})).data["person"]
    assert found["verdicts"]["nodes"] == []


async def test_what_no_longer_stands_under_one_id_opens_a_review_where_the_other_is_appointed(
    ask: Any, hub: Any
) -> None:
    first, second, _, _ = await two_ids(ask)
    firm = material.firm()
    withdrawn = {**material.certificate(first, firm, valid_to=GOOD_UNTIL), "reportedStatus": "REVOKED"}
    await publish(ask, SHENZHEN, "safetyManagement", withdrawn)
    await settled(hub)
    assert (await file_of(ask, GUANGZHOU, second))["reviews"]["nodes"] == []
    await judged(ask, DONGGUAN, person_id(hub)(first), person_id(hub)(second))
    await settled(hub)
    assert (await file_of(ask, GUANGZHOU, second))["reviews"]["nodes"] == [{"rule": "CREDENTIAL_WITHDRAWN"}]


async def test_what_happens_later_under_one_id_reaches_the_appointment_under_the_other(ask: Any, hub: Any) -> None:
    first, second, _, _ = await two_ids(ask)
    await judged(ask, GUANGZHOU, person_id(hub)(first), person_id(hub)(second))
    await settled(hub)
    withdrawn = {**material.certificate(first, material.firm(), valid_to=GOOD_UNTIL), "reportedStatus": "REVOKED"}
    await publish(ask, SHENZHEN, "safetyManagement", withdrawn)
    await settled(hub)
    assert (await file_of(ask, GUANGZHOU, first))["reviews"]["nodes"] == [{"rule": "CREDENTIAL_WITHDRAWN"}]


async def test_a_wrong_id_number_is_corrected_in_every_own_record_and_history_keeps_it(ask: Any, hub: Any) -> None:
    wrong, right, firm = material.person(), material.person(), material.firm()
    values = material.certificate(wrong, firm, valid_to=GOOD_UNTIL)
    certificate = await publish(ask, SHENZHEN, "safetyManagement", values)
    operation = await publish(ask, SHENZHEN, "specialOperation", material.special_operation(wrong, firm))
    foreign = await publish(ask, GUANGZHOU, "appointment", material.appointment(wrong, firm, "440100"))
    start = await settled(hub)
    told = await corrected(ask, SHENZHEN, wrong, right, name="试验员乙")
    assert (told["personId"], set(told["recordIds"])) == (person_id(hub)(right), {certificate, operation})
    await settled(hub)
    assert sorted(await types_since(ask, GUANGZHOU, start)) == ["record.moved"] * 2 + ["report.corrected"] * 2
    found = await file_of(ask, SHENZHEN, right)
    assert ids_in(found, "certificates") == {certificate, operation}
    assert ids_in(await file_of(ask, SHENZHEN, wrong), "appointments") == {foreign}
    assert ids_in(await file_of(ask, SHENZHEN, wrong), "certificates") == set()
    by_number = "query C($by: CertificateBy!) { certificate(by: $by) { id version holder { name } } }"
    for number, record in ((right.id_number, certificate), (f"T{right.id_number}", operation)):
        one = (await ask(SHENZHEN, by_number, purpose=PURPOSE, by={"number": number})).data["certificate"]
        assert one == {"id": record, "version": 2, "holder": {"name": "试验员乙"}}
    async with hub.database.hub_pool.acquire() as connection:
        former = await connection.fetchrow("select * from record_version where record_id = $1", uuid.UUID(certificate))
        standing = await connection.fetchrow("select * from record where record_id = $1", uuid.UUID(certificate))
    assert (former["person_id"], former["version"]) == (uuid.UUID(person_id(hub)(wrong)), 1)
    assert (standing["report_kind"], standing["report_reason"], standing["replaces_version"]) == (
        "CORRECTION", "录入时错一位", 1,
    )  # fmt: skip
    again = {**material.certificate(replace(right, name="试验员乙"), firm, valid_to=GOOD_UNTIL)}
    answer = await ask(SHENZHEN, material.publishing("safetyManagement"), input=again)
    published = answer.data["safetyManagementPublish"]
    assert (published["recordId"], published["outcome"]) == (certificate, "UNCHANGED")


async def test_nothing_is_corrected_where_a_record_stands_under_the_right_number(ask: Any, hub: Any) -> None:
    wrong, right, firm = material.person(), material.person(), material.firm()
    for person in (wrong, right):
        await publish(ask, SHENZHEN, "safetyManagement", material.certificate(person, firm, valid_to=GOOD_UNTIL))
    operation = await publish(ask, SHENZHEN, "specialOperation", material.special_operation(wrong, firm))
    (taken,) = ids_in(await file_of(ask, SHENZHEN, right), "certificates")
    told = await corrected(ask, SHENZHEN, wrong, right)
    assert told["recordIds"] == []
    (error,) = told["userErrors"]
    assert (error["code"], error["field"]) == ("ALREADY_RECORDED", ["input", "idNumber"])
    assert f"SAFETY_MANAGEMENT {taken}" in error["message"]
    assert operation in ids_in(await file_of(ask, SHENZHEN, wrong), "certificates")


async def test_a_certificate_withdrawn_under_the_wrong_number_is_told_of_the_right_person(ask: Any, hub: Any) -> None:
    wrong, right, firm = material.person(), material.person(), material.firm()
    withdrawn = {**material.certificate(wrong, firm, valid_to=GOOD_UNTIL), "reportedStatus": "REVOKED"}
    await publish(ask, SHENZHEN, "safetyManagement", withdrawn)
    await publish(ask, GUANGZHOU, "appointment", material.appointment(right, firm, "440100"))
    start = await settled(hub)
    await corrected(ask, SHENZHEN, wrong, right)
    await settled(hub)
    assert set(await types_since(ask, GUANGZHOU, start)) == {
        "credential.statusChanged", "record.moved", "report.corrected", "review.opened",
    }  # fmt: skip
    assert (await file_of(ask, GUANGZHOU, right))["reviews"]["nodes"] == [{"rule": "CREDENTIAL_WITHDRAWN"}]


async def test_an_authority_corrects_its_own_records_only(ask: Any) -> None:
    first, _, _, _ = await two_ids(ask)
    told = await corrected(ask, DONGGUAN, first, material.person())
    assert [(one["code"], one["field"]) for one in told["userErrors"]] == [
        ("NOT_FOUND", ["input", "previousIdNumber"])
    ]  # fmt: skip


async def test_no_number_of_a_person_leaves_by_a_correction(ask: Any, hub: Any) -> None:
    wrong, right, firm = material.person(), material.person(), material.firm()
    record = await publish(ask, SHENZHEN, "safetyManagement", material.certificate(wrong, firm, valid_to=GOOD_UNTIL))
    await corrected(ask, SHENZHEN, wrong, right, reason=f"应为 {right.id_number}")
    query = """select (select string_agg(e::text, ' ') from event e where record_id = $1) || report_reason || body::text
      from record"""
    async with hub.database.hub_pool.acquire() as connection:
        told = await connection.fetchval(f"{query} where record_id = $1", uuid.UUID(record))
    assert wrong.id_number not in told
    assert right.id_number not in told
