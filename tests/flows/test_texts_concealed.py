"""What officers type about a record or a review of a person: kept without the person's name and number."""

import uuid
from typing import Any

from schema.fields import mask_id_number, mask_name
from tests.flows import material
from tests.flows.identities import CORRECT, FILE, JUDGE
from tests.flows.neighbours import PURPOSE
from tests.flows.test_certificate_actions import DONGGUAN, GUANGZHOU, SHENZHEN, Case

NOTE = "mutation N($i: RecordNoteInput!) { recordNote(input: $i) { noteId userErrors { code } } }"
VOID = "mutation V($i: RecordVoidInput!) { recordVoid(input: $i) { recordId userErrors { code } } }"
DECIDE = """mutation D($i: ReviewDecideInput!) { reviewDecide(input: $i) {
  review { decisionReason } userErrors { code } } }"""
DISPUTE = "mutation D($i: DisputeOpenInput!) { disputeOpen(input: $i) { dispute { id } userErrors { code } } }"
CONFIRM = "mutation C($i: DisputeStepInput!) { disputeConfirm(input: $i) { userErrors { code } } }"
STATE = "mutation S($i: StatementAddInput!) { statementAdd(input: $i) { userErrors { code } } }"
CORRECTION = """mutation C($i: CertificateActionInput!, $r: ReportInput!) {
  certificateActionPublish(input: $i, report: $r) { version userErrors { code } } }"""
OPEN = "query R($n: String!) { person(by: {idNumber: $n}) { reviews(first: 9) { nodes { id version } } } }"


def said(person: material.Person) -> str:
    return f"{person.name}（{person.id_number}）来电说明"


def shown(person: material.Person) -> str:
    return f"{mask_name(person.name)}（{mask_id_number(person.id_number)}）来电说明"


async def kept(hub: Any, query: str, record: str) -> Any:
    async with hub.runtime.database.hub_pool.acquire() as connection:
        return [tuple(row) for row in await connection.fetch(query, uuid.UUID(record))]


async def test_a_note_and_a_reason_to_void_name_nobody(ask: Any, hub: Any) -> None:
    case = Case(ask, hub)
    record = await case.impose(case.action(), SHENZHEN)
    text, masked = said(case.person), shown(case.person)
    noted = {"recordId": record, "kind": "APPEAL", "text": text, "outcome": text}
    assert (await ask(SHENZHEN, NOTE, i=noted)).data["recordNote"]["userErrors"] == []
    assert await kept(hub, "select text, outcome from record_note where record_id = $1", record) == [(masked, masked)]
    done = await ask(SHENZHEN, VOID, i={"recordId": record, "reason": text})
    assert done.data["recordVoid"]["userErrors"] == []
    reasons = "select report_reason from record_history() where record_id = $1 and report_reason is not null"
    assert await kept(hub, reasons, record) == [(masked,)]


async def test_the_reason_of_a_correction_names_nobody(ask: Any, hub: Any) -> None:
    case = Case(ask, hub)
    action = case.action()
    record = await case.impose(action, SHENZHEN)
    report = {"kind": "CORRECTION", "reason": said(case.person)}
    corrected = {**action, "cause": "更正事由"}
    done = (await ask(SHENZHEN, CORRECTION, i=corrected, r=report)).data["certificateActionPublish"]
    assert (done["version"], done["userErrors"]) == (2, [])
    reasons = "select report_reason from record where record_id = $1"
    assert await kept(hub, reasons, record) == [(shown(case.person),)]


async def test_a_dispute_and_a_statement_name_nobody(ask: Any, hub: Any) -> None:
    case = Case(ask, hub)
    record = await case.impose(case.action(), SHENZHEN)
    text, masked = said(case.person), shown(case.person)
    disputed = (await ask(GUANGZHOU, DISPUTE, i={"recordId": record, "grounds": "FACTS_WRONG", "text": text})).data
    dispute = disputed["disputeOpen"]["dispute"]["id"]
    confirmed = await ask(SHENZHEN, CONFIRM, i={"disputeId": dispute, "reason": text})
    assert confirmed.data["disputeConfirm"]["userErrors"] == []
    assert (await ask(GUANGZHOU, STATE, i={"recordId": record, "text": text})).data["statementAdd"]["userErrors"] == []
    query = "{ certificateActions(first: 9) { nodes { id statements(first: 9) { nodes { text } } } } }"
    actions = (await ask(SHENZHEN, query)).data["certificateActions"]["nodes"]
    beside = next(one["statements"]["nodes"] for one in actions if one["id"] == record)
    assert [one["text"] for one in beside] == [masked]
    query = "query D($x: ID!) { dispute(id: $x) { steps(first: 9) { nodes { text } } } }"
    steps = (await ask(SHENZHEN, query, x=dispute)).data["dispute"]["steps"]["nodes"]
    assert [one["text"] for one in steps] == [masked, masked]


async def test_the_reason_of_a_decision_about_a_person_names_nobody(ask: Any, hub: Any) -> None:
    case = Case(ask, hub)
    await case.issue()
    await case.appoint()
    await case.impose(case.action(), GUANGZHOU)
    await hub.runtime.settle()
    found = (await ask(DONGGUAN, OPEN, purpose=PURPOSE, n=case.person.id_number)).data["person"]
    review = found["reviews"]["nodes"][0]
    decision = {
        "reviewId": review["id"], "expectedVersion": review["version"], "outcome": "MAINTAINED",
        "reason": said(case.person),
    }  # fmt: skip
    done = (await ask(DONGGUAN, DECIDE, i=decision)).data["reviewDecide"]
    assert done == {"review": {"decisionReason": shown(case.person)}, "userErrors": []}


async def test_the_reasons_of_a_verdict_and_of_a_corrected_number_name_nobody(ask: Any, hub: Any) -> None:
    case, other = Case(ask, hub), Case(ask, hub)
    record = await case.impose(case.action(), SHENZHEN)
    await other.impose(other.action(), SHENZHEN)
    first, second = (str(hub.runtime.keys.person_id(one.person.id_number)) for one in (case, other))
    judged = {"personId": first, "otherPersonId": second, "verdict": "DIFFERENT", "reason": said(case.person)}
    assert (await ask(SHENZHEN, JUDGE, purpose=PURPOSE, input=judged)).data["personVerdict"]["userErrors"] == []
    found = (await ask(SHENZHEN, FILE, purpose=PURPOSE, by={"idNumber": case.person.id_number})).data["person"]
    assert [one["reason"] for one in found["verdicts"]["nodes"]] == [shown(case.person)]
    right = material.person()
    values = {"previousIdNumber": case.person.id_number, "idNumber": right.id_number, "reason": said(case.person)}
    assert (await ask(SHENZHEN, CORRECT, purpose=PURPOSE, input=values)).data["personCorrect"]["userErrors"] == []
    assert await kept(hub, "select report_reason from record where record_id = $1", record) == [(shown(case.person),)]
