"""What identifies a record was wrong, such as the credit code of a flag: it is corrected in its place, the wrong firm
is free of it and hears so, the right one's matters are reviewed."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import orjson
import pytest
import pytest_asyncio

from exchange.demo.cast import ENTERPRISE
from exchange.demo.seed import caller_of
from exchange.runtime import Runtime
from tests.flows import material
from tests.flows.material import Firm
from tests.flows.neighbours import FIRM, GUANGZHOU, PARTNER, PURPOSE, SHENZHEN
from tests.flows.scratch import answered, asked, keep, quiet_hub

OWN = Firm(name=ENTERPRISE.name, credit_code=ENTERPRISE.credit_code, region="440300")
REVIEWS = """query R($c: String!) { enterprise(creditCode: $c) { reviews(first: 9) { nodes {
  rule causeLiftedAs flag { id } } } } }"""
FLAGS = "query F($c: String!) { enterprise(creditCode: $c) { flags(first: 9) { nodes { id isCurrent } } } }"
HISTORY = """query H($id: ID!) { riskFlag(id: $id) { version enterprise { creditCode }
  history(first: 9) { nodes { version reportKind reportReason } } } }"""
EVENTS = """query E($after: String!) { events(first: 100, after: $after) { nodes { type subject payload } } }"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quiet(database: Any) -> AsyncIterator[Runtime]:
    async with quiet_hub(database.dsn, "exchange_wrong_identity") as runtime:
        yield runtime


def correcting(kind: str) -> str:
    return (
        f"mutation C($input: {kind[0].upper()}{kind[1:]}Input!, $report: ReportInput) {{ "
        f"{kind}Publish(input: $input, report: $report) {{ recordId outcome version userErrors {{ code field }} }} }}"
    )


async def corrected(
    quiet: Runtime,
    record: str,
    values: dict[str, Any],
    publication: str = "riskFlag",
    slug: str = SHENZHEN,
    **more: Any,
) -> Any:
    report = {"kind": "CORRECTION", "recordId": record, "reason": "信用代码录错", **more}
    told = await answered(quiet, slug, correcting(publication), PURPOSE, input=values, report=report)
    return told["data"][f"{publication}Publish"]


async def reviews(quiet: Runtime, firm: Firm) -> list[tuple[str, str | None]]:
    await quiet.settle()
    found = (await answered(quiet, GUANGZHOU, REVIEWS, c=firm.credit_code))["data"]["enterprise"]
    return [(one["rule"], one["causeLiftedAs"]) for one in (found["reviews"]["nodes"] if found else [])]


async def flags(quiet: Runtime, firm: Firm) -> list[str]:
    found = (await answered(quiet, GUANGZHOU, FLAGS, c=firm.credit_code))["data"]["enterprise"]
    return [one["id"] for one in (found["flags"]["nodes"] if found else [])]


async def types(quiet: Runtime, slug: str, start: int) -> list[tuple[str, str]]:
    await quiet.settle()
    nodes = (await answered(quiet, slug, EVENTS, after=f"seq:{start}"))["data"]["events"]["nodes"]
    return sorted((one["type"], one["subject"]) for one in nodes)


@pytest.mark.parametrize("is_handled_before", [True, False])
async def test_a_flag_on_the_wrong_firm_frees_that_one_and_reviews_the_right_one(
    is_handled_before: bool, quiet: Runtime
) -> None:
    wrong, right = material.firm(), material.firm()
    for firm in (wrong, right):
        await keep(quiet, GUANGZHOU, "PROJECT_APPROVAL", material.matter(firm, "440100"))
    values = material.flag(wrong)
    flag = await keep(quiet, SHENZHEN, "RISK_FLAG", values)
    if is_handled_before:
        assert await reviews(quiet, wrong) == [("RED_FLAG", None)]
    mended = {**values, "creditCode": right.credit_code, "name": right.name}
    told = await corrected(quiet, flag, mended)
    assert told == {"recordId": flag, "outcome": "CHANGED", "version": 2, "userErrors": []}
    for _ in range(2):
        assert await reviews(quiet, right) == [("RED_FLAG", None)]
        assert await reviews(quiet, wrong) == ([("RED_FLAG", "MOVED")] if is_handled_before else [])
    assert (await flags(quiet, wrong), await flags(quiet, right)) == ([], [flag])


async def test_it_stays_one_record_with_its_history_and_is_published_on_under_its_new_identity(quiet: Runtime) -> None:
    wrong, right = material.firm(), material.firm()
    values = material.flag(wrong)
    flag = await keep(quiet, SHENZHEN, "RISK_FLAG", values)
    mended = {**values, "creditCode": right.credit_code, "name": right.name}
    await corrected(quiet, flag, mended)
    assert await keep(quiet, SHENZHEN, "RISK_FLAG", mended) == flag
    found = (await answered(quiet, SHENZHEN, HISTORY, id=flag))["data"]["riskFlag"]
    assert (found["version"], found["enterprise"]["creditCode"]) == (2, right.credit_code)
    told = [(one["version"], one["reportKind"], one["reportReason"]) for one in found["history"]["nodes"]]
    assert sorted(told) == [(1, "INITIAL", None), (2, "CORRECTION", "信用代码录错")]
    assert await keep(quiet, SHENZHEN, "RISK_FLAG", values) != flag


async def test_the_wrong_firm_hears_that_it_is_free_and_not_who_is_flagged(quiet: Runtime) -> None:
    right = material.firm()
    values = material.flag(OWN)
    flag = await keep(quiet, SHENZHEN, "RISK_FLAG", values)
    await quiet.settle()
    start = quiet.signal.position
    await corrected(quiet, flag, {**values, "creditCode": right.credit_code, "name": right.name})
    assert await types(quiet, FIRM, start) == [("record.moved", f"E:{OWN.credit_code}")]
    assert await types(quiet, PARTNER, start) == [
        ("record.moved", f"E:{OWN.credit_code}"), ("report.corrected", f"E:{right.credit_code}"),
        ("riskFlag.raised", f"E:{right.credit_code}"),
    ]  # fmt: skip


async def test_a_matter_filed_later_is_reviewed_for_the_firm_the_flag_is_on_now(quiet: Runtime) -> None:
    wrong, right = material.firm(), material.firm()
    values = material.flag(wrong)
    flag = await keep(quiet, SHENZHEN, "RISK_FLAG", values)
    await quiet.settle()
    await corrected(quiet, flag, {**values, "creditCode": right.credit_code, "name": right.name})
    await quiet.settle()
    for firm in (wrong, right):
        await keep(quiet, GUANGZHOU, "PROJECT_APPROVAL", material.matter(firm, "440100"))
    assert (await reviews(quiet, wrong), await reviews(quiet, right)) == ([], [("RED_FLAG", None)])


async def test_a_wrong_decision_number_is_no_other_firm_s_matter(quiet: Runtime) -> None:
    firm = material.firm()
    await keep(quiet, GUANGZHOU, "PROJECT_APPROVAL", material.matter(firm, "440100"))
    values = material.flag(firm)
    flag = await keep(quiet, SHENZHEN, "RISK_FLAG", values)
    assert await reviews(quiet, firm) == [("RED_FLAG", None)]
    start = quiet.signal.position
    await corrected(quiet, flag, {**values, "decisionNumber": material.number()})
    assert await types(quiet, GUANGZHOU, start) == [("report.corrected", f"E:{firm.credit_code}")]
    assert await reviews(quiet, firm) == [("RED_FLAG", None)]


async def test_a_lifted_flag_that_goes_to_another_firm_is_raised_of_nobody(quiet: Runtime) -> None:
    wrong, right = material.firm(), material.firm()
    await keep(quiet, GUANGZHOU, "PROJECT_APPROVAL", material.matter(right, "440100"))
    values = {**material.flag(wrong), "liftedOn": "2026-06-01", "liftReason": "整改完成"}
    flag = await keep(quiet, SHENZHEN, "RISK_FLAG", values)
    await corrected(quiet, flag, {**values, "creditCode": right.credit_code, "name": right.name})
    assert await reviews(quiet, right) == []


@pytest.mark.parametrize(("case", "code", "field"), [
    ("another authority's", "NOT_FOUND", "recordId"),
    ("of another kind", "NOT_FOUND", "recordId"),
    ("recorded already", "ALREADY_RECORDED", "recordId"),
    ("without a reason", "REASON_REQUIRED", "reason"),
    ("changed meanwhile", "VERSION_CONFLICT", "replaces"),
    ("no correction", "VALUES_CONTRADICT", "recordId"),
])  # fmt: skip
async def test_a_correction_that_cannot_be_is_refused_and_changes_nothing(
    case: str, code: str, field: str, quiet: Runtime
) -> None:
    wrong, right = material.firm(), material.firm()
    values = material.flag(wrong)
    mended = {**values, "creditCode": right.credit_code, "name": right.name}
    flag, more, slug = await keep(quiet, SHENZHEN, "RISK_FLAG", values), {}, SHENZHEN
    if case == "another authority's":
        slug, mended = GUANGZHOU, {**mended, "region": "440100"}
    elif case == "of another kind":
        more = {"recordId": await keep(quiet, SHENZHEN, "RISK_GRADING", material.grading(wrong))}
    elif case == "recorded already":
        await keep(quiet, SHENZHEN, "RISK_FLAG", mended)
    else:
        more = {
            "without a reason": {"reason": " "},
            "changed meanwhile": {"replaces": 7},
            "no correction": {"kind": "REVISION"},
        }[case]
    before = await flags(quiet, right)
    told = await corrected(quiet, flag, mended, slug=slug, **more)
    assert told["userErrors"] == [{"code": code, "field": ["report", field]}]
    assert (await flags(quiet, wrong), await flags(quiet, right)) == ([flag], before)


async def test_a_grading_is_voided_and_published_anew(quiet: Runtime) -> None:
    wrong, right = material.firm(), material.firm()
    values = material.grading(wrong)
    record = await keep(quiet, SHENZHEN, "RISK_GRADING", values)
    mended = {**values, "creditCode": right.credit_code, "name": right.name}
    told = await corrected(quiet, record, mended, "riskGrading")
    assert told["userErrors"] == [{"code": "BAD_INPUT", "field": ["report", "recordId"]}]


async def test_whoever_may_not_lift_flags_takes_none_from_a_firm(quiet: Runtime) -> None:
    wrong, right = material.firm(), material.firm()
    values = material.flag(wrong)
    flag = await keep(quiet, SHENZHEN, "RISK_FLAG", values)
    caller = caller_of(quiet, SHENZHEN)
    clerk = replace(caller, scopes=caller.scopes - {"flag.lift"})
    report = {"kind": "CORRECTION", "recordId": flag, "reason": "信用代码录错"}
    mended = {**values, "creditCode": right.credit_code, "name": right.name}
    request = asked(correcting("riskFlag"), input=mended, report=report)
    reply = orjson.loads((await quiet.engine.execute(request, clerk)).body)
    assert [one["extensions"]["code"] for one in reply["errors"]] == ["FORBIDDEN"]
    assert await flags(quiet, wrong) == [flag]
