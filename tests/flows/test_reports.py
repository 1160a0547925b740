"""Corrections, voids and notes by GraphQL: what they do, what they need, and what is refused."""

import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from typing import Any

import orjson
import pytest
import pytest_asyncio

from exchange.demo.seed import caller_of
from exchange.runtime import Runtime
from schema.errors import Refusal
from tests.flows import material
from tests.flows.scratch import answered, asked, keep, quiet_hub

OWNER = "sz-bureau"
FINDINGS = "userErrors { code field nextStep }"
PUBLISH = """mutation M($input: {input}!, $report: ReportInput) {
  answer: {field}(input: $input, report: $report) { recordId outcome version userErrors { code field } } }"""
VOID = f"mutation M($x: RecordVoidInput!) {{ answer: recordVoid(input: $x) {{ recordId {FINDINGS} }} }}"
NOTE = f"mutation M($x: RecordNoteInput!) {{ answer: recordNote(input: $x) {{ noteId {FINDINGS} }} }}"
GRADING = PUBLISH.replace("{input}", "RiskGradingInput").replace("{field}", "riskGradingPublish")
CERTIFICATE = PUBLISH.replace("{input}", "SafetyManagementInput").replace("{field}", "safetyManagementPublish")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quiet(database: Any) -> AsyncIterator[Runtime]:
    async with quiet_hub(database.dsn, "exchange_reports") as runtime:
        yield runtime


async def done(quiet: Runtime, mutation: str, **variables: Any) -> Any:
    return (await answered(quiet, OWNER, mutation, **variables))["data"]["answer"]


async def versions(quiet: Runtime, record_id: str) -> list[tuple[Any, ...]]:
    """Version, kind of report, reason, source's time of every version kept."""
    query = (
        "select version, report_kind, report_reason, source_updated_at::text from record_history() where record_id = $1"
    )
    async with quiet.database.hub_pool.acquire() as connection:
        return sorted(tuple(row) for row in await connection.fetch(query, uuid.UUID(record_id)))


async def test_a_correction_replaces_what_stood_and_keeps_its_reason_without_numbers(quiet: Runtime) -> None:
    firm = material.firm()
    record = await keep(quiet, OWNER, "RISK_GRADING", material.grading(firm, "YELLOW"))
    report = {
        "kind": "CORRECTION", "reason": "误录 990000198506150010 所在企业",
        "sourceUpdatedAt": "2026-05-01T08:00:00+08:00",
    }  # fmt: skip
    answer = await done(quiet, GRADING, input=material.grading(firm, "BLUE"), report=report)
    assert answer == {"recordId": record, "outcome": "CHANGED", "version": 2, "userErrors": []}
    assert await versions(quiet, record) == [
        (1, "INITIAL", None, None),
        (2, "CORRECTION", "误录 990000********0010 所在企业", "2026-05-01 08:00:00+08"),
    ]


async def test_a_revoked_certificate_comes_back_only_by_a_correction(quiet: Runtime) -> None:
    values = material.certificate(material.person(), material.firm(), valid_to=date(2028, 1, 1))
    record = await keep(quiet, OWNER, "SAFETY_MANAGEMENT", {**values, "reportedStatus": "REVOKED"})
    refused = await done(quiet, CERTIFICATE, input=values)
    assert (refused["outcome"], [one["code"] for one in refused["userErrors"]]) == (None, ["STATE_TRANSITION_INVALID"])
    corrected = await done(quiet, CERTIFICATE, input=values, report={"kind": "CORRECTION", "reason": "报错人员"})
    assert corrected == {"recordId": record, "outcome": "CHANGED", "version": 2, "userErrors": []}


REPORTS: dict[str, tuple[dict[str, Any], str, list[str]]] = {
    "without a reason": ({"kind": "CORRECTION", "reason": " "}, "REASON_REQUIRED", ["report", "reason"]),
    "of a version that is not there": (
        {"kind": "CORRECTION", "reason": "x", "replaces": 7}, "NOT_FOUND", ["report", "replaces"]),
    "that is none but replaces": (
        {"kind": "REVISION", "replaces": 1}, "VALUES_CONTRADICT", ["report", "replaces"]),
    "changed tomorrow": (
        {"kind": "REVISION", "sourceUpdatedAt": "2999-01-01T00:00:00+08:00"},
        "DATE_IN_FUTURE", ["report", "sourceUpdatedAt"]),
    "changed nowhere": (
        {"kind": "REVISION", "sourceUpdatedAt": "2026-01-01T00:00:00"}, "BAD_INPUT", ["report", "sourceUpdatedAt"]),
    "changed before all time": (
        {"kind": "REVISION", "sourceUpdatedAt": "0001-01-01T00:00:00+14:00"},
        "BAD_INPUT", ["report", "sourceUpdatedAt"]),
}  # fmt: skip


@pytest.mark.parametrize("report", REPORTS)
async def test_a_report_that_cannot_be_is_told_and_changes_nothing(report: str, quiet: Runtime) -> None:
    firm = material.firm()
    record = await keep(quiet, OWNER, "RISK_GRADING", material.grading(firm, "YELLOW"))
    sent, code, field = REPORTS[report]
    answer = await done(quiet, GRADING, input=material.grading(firm, "BLUE"), report=sent)
    assert answer == {
        "recordId": None, "outcome": None, "version": None, "userErrors": [{"code": code, "field": field}],
    }  # fmt: skip
    assert len(await versions(quiet, record)) == 1


async def test_a_correction_of_what_was_never_published_is_not_found(quiet: Runtime) -> None:
    report = {"kind": "CORRECTION", "reason": "x"}
    answer = await done(quiet, GRADING, input=material.grading(material.firm()), report=report)
    assert answer["userErrors"] == [{"code": "NOT_FOUND", "field": ["report"]}]


async def test_a_void_ends_a_record_and_keeps_it_in_the_history(quiet: Runtime) -> None:
    record = await keep(quiet, OWNER, "RISK_FLAG", material.flag(material.firm()))
    assert await done(quiet, VOID, x={"recordId": record, "reason": " 误报 "}) == {"recordId": record, "userErrors": []}
    query = "query Q($x: ID!) { answer: riskFlag(id: $x) { id } }"
    assert await done(quiet, query, x=record) is None
    assert await versions(quiet, record) == [(1, "INITIAL", None, None), (2, "VOID", "误报", None)]
    again = await done(quiet, VOID, x={"recordId": record, "reason": "误报"})
    assert [(one["code"], one["field"]) for one in again["userErrors"]] == [("NOT_FOUND", ["input", "recordId"])]


async def test_a_void_without_a_reason_ends_nothing(quiet: Runtime) -> None:
    record = await keep(quiet, OWNER, "RISK_GRADING", material.grading(material.firm()))
    answer = await done(quiet, VOID, x={"recordId": record, "reason": " "})
    assert [(one["code"], one["field"]) for one in answer["userErrors"]] == [("REASON_REQUIRED", ["input", "reason"])]
    assert len(await versions(quiet, record)) == 1


@pytest.mark.parametrize(
    ("what", "code"), [("a flag", "FORBIDDEN"), ("a red grading", "FORBIDDEN"), ("a yellow grading", None)]
)
async def test_a_token_that_may_not_lift_flags_may_not_void_what_they_stand_on(
    what: str, code: str | None, quiet: Runtime
) -> None:
    firm = material.firm()
    kind, values = {
        "a flag": ("RISK_FLAG", material.flag(firm)),
        "a red grading": ("RISK_GRADING", material.grading(firm, "RED")),
        "a yellow grading": ("RISK_GRADING", material.grading(firm)),
    }[what]
    record = await keep(quiet, OWNER, kind, values)
    narrow = replace(caller_of(quiet, OWNER), scopes=frozenset({"record.publish"}))
    reply = await quiet.engine.execute(asked(VOID, x={"recordId": record, "reason": "误报"}), narrow)
    errors = orjson.loads(reply.body).get("errors", [])
    assert [one["extensions"]["code"] for one in errors] == ([code] if code else [])
    assert len(await versions(quiet, record)) == (1 if code else 2)


async def test_a_note_is_kept_beside_the_record_with_numbers_masked(quiet: Runtime) -> None:
    record = await keep(quiet, OWNER, "RISK_FLAG", material.flag(material.firm()))
    noted = {
        "recordId": record, "kind": "APPEAL", "text": "990000198506150010 申请行政复议",
        "caseNumber": "示复〔2026〕1号",
        "notedOn": "2026-05-01",
    }  # fmt: skip
    answer = await done(quiet, NOTE, x=noted)
    query = "select record_id::text, kind, noted_on, text, case_number, outcome from record_note where note_id = $1"
    async with quiet.database.hub_pool.acquire() as connection:
        (kept,) = [tuple(row) for row in await connection.fetch(query, uuid.UUID(answer["noteId"]))]
    text = "990000********0010 申请行政复议"
    assert kept == (record, "APPEAL", date(2026, 5, 1), text, "示复〔2026〕1号", None)


@pytest.mark.parametrize(("changed", "code", "field"), [
    ({"text": " "}, "REASON_REQUIRED", "text"),
    ({"notedOn": "2999-01-01"}, "DATE_IN_FUTURE", "notedOn"),
    ({"recordId": "nobody"}, "NOT_FOUND", "recordId"),
])  # fmt: skip
async def test_a_note_that_cannot_be_is_told(changed: dict[str, str], code: str, field: str, quiet: Runtime) -> None:
    record = await keep(quiet, OWNER, "RISK_FLAG", material.flag(material.firm()))
    answer = await done(quiet, NOTE, x={"recordId": record, "kind": "FOLLOW_UP", "text": "已整改", **changed})
    assert [(one["code"], one["field"]) for one in answer["userErrors"]] == [(code, ["input", field])]


async def test_what_no_input_would_mend_is_an_error_and_no_finding(quiet: Runtime) -> None:
    record = await keep(quiet, OWNER, "RISK_GRADING", material.grading(material.firm()))
    nobody = replace(caller_of(quiet, OWNER), scopes=frozenset({"record.read"}))
    reply = await quiet.engine.execute(asked(VOID, x={"recordId": record, "reason": "x"}), nobody)
    body = orjson.loads(reply.body)
    assert [one["extensions"]["code"] for one in body["errors"]] == [Refusal("FORBIDDEN", scope="record.publish").code]
