"""Every kind of tenant against every root field, as tests/spec/access.md says: its own, what is shared with it,
nothing more.

A root field added to the schema fails here until it has a row in that table and, to be asked, an entry in READS or
_MADE. The list and the mutation that every kind brings along are in test_isolation_kinds.py.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from graphene.utils.str_converters import to_camel_case

from exchange.demo.cast import BAY_AREA, DELTA
from schema.graphql import build
from schema.graphql.faces import FACES
from schema.graphql.inputs import mutation_name
from schema.kinds import KINDS
from schema.record import Kind
from tests.flows import material
from tests.flows.neighbours import (
    COLUMNS,
    DONGGUAN,
    FORBIDDEN,
    PURPOSE,
    SHENZHEN,
    World,
    pages,
    row_counts,
    settle_in,
)
from tests.flows.samples import root_name, sent
from tests.spec.tables import rows

AGREEMENTS = {BAY_AREA: "agreement", DELTA: "delta"}
READING = rows("access.md", "查询")
WRITING = rows("access.md", "变更他人的记录")
_SCHEMA = build()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(hub: Any, ask: Any, http: aiohttp.ClientSession) -> World:
    return await settle_in(hub, ask, http)


@dataclass(frozen=True, kw_only=True)
class Read:
    """One way to ask a root field: its arguments, what is selected, and the ids in the value. `list` reads all
    pages."""

    arguments: str = ""
    signature: str = ""
    selected: str = "id"
    variables: Callable[[World], dict[str, Any]] = lambda _: {}
    found: Callable[[Any], list[str]] = lambda value: [value["id"]] if value else []
    is_list: bool = False


def _ids(*names: str) -> Callable[[Any], list[str]]:
    return lambda value: [node["id"] for name in names for node in value[name]["nodes"]] if value else []


_LIST = Read(arguments="first: 100, after: $after", signature="$after: String", selected="nodes { id }", is_list=True)


def _by_id(name: str) -> Read:
    return Read(arguments="id: $id", signature="$id: ID!", variables=lambda w: {"id": w.ids[name]})


def _logged(name: str) -> Read:
    found = lambda value: [value["entry"].partition('"key":"')[2][:36]] if value else []  # noqa: E731
    return replace(_by_id(name), selected="entry", found=found)


def _by(sort: str, value: Callable[[World], dict[str, str]], selected: str = "id") -> Read:
    return Read(arguments="by: $by", signature=f"$by: {sort}!", variables=lambda w: {"by": value(w)}, selected=selected)


def _of_firm(selected: str, *names: str) -> Read:
    return Read(
        arguments="creditCode: $code", signature="$code: String!", variables=lambda w: {"code": w.firm.credit_code},
        selected=selected, found=_ids(*names),
    )  # fmt: skip


def _of_month(selected: str) -> Read:
    return Read(
        arguments="month: $month", signature="$month: String!", variables=lambda w: {"month": w.month},
        selected=selected, found=lambda value: ["counts"] if value else [],
    )  # fmt: skip


def _search(argument: str, value: Callable[[World], str]) -> Read:
    return Read(
        arguments=f"first: 100, {argument}: $text", signature="$text: String!", selected="nodes { id }",
        variables=lambda w: {"text": value(w)}, found=lambda value: [node["id"] for node in value["nodes"]],
    )  # fmt: skip


def _within(value: Any, *names: str) -> Any:
    """What lies below; nothing where there is nothing."""
    for name in names:
        value = value and value[name]
    return value or []


def _overviews(value: Any) -> list[str]:
    """The records behind the sums: certificates as many as are counted, and assessments."""
    counted = sum(one["counts"]["total"] for one in _within(value, "certificatesByRegion"))
    certificates = [node["id"] for node in _within(value, "certificates", "nodes")]
    assert counted == len(certificates)
    return certificates + [step["recordId"] for one in _within(value, "gradingHistory") for step in one["steps"]]


READS: Mapping[tuple[str, str], Read] = {
    ("viewer", ""): Read(),
    ("certificate", "id"): _by("CertificateBy", lambda w: {"id": w.ids["certificate"]}),
    ("certificate", "本企业人员的编号"): _by("CertificateBy", lambda w: {"number": w.own_person.id_number}),
    ("certificates", ""): Read(
        arguments='first: 100, after: $after, kind: SAFETY_MANAGEMENT, region: "440300"', is_list=True
    ),
    ("person", "证件号码"): _by("PersonBy", lambda w: {"idNumber": w.person.id_number}, "id name"),
    ("person", "id"): _by("PersonBy", lambda w: {"id": w.ids["person"]}, "id name"),
    ("person", "岗位与证书是否相符"): replace(
        _by("PersonBy", lambda w: {"id": w.ids["person"]}, "id postFindings { coverage }"),
        found=lambda value: [value["id"] for finding in _within(value, "postFindings") if finding["coverage"] == "GAP"],
    ),
    ("enterprise", "标记"): _of_firm("flags(first: 100) { nodes { id } }", "flags"),
    ("enterprise", "标记所附措施"): replace(
        _of_firm("measures { flagId }"), found=lambda value: [one["flagId"] for one in _within(value, "measures")]
    ),
    ("enterprise", "事项与核查"): _of_firm(
        "matters(first: 9) { nodes { id } } reviews(first: 9) { nodes { id } }", "matters", "reviews"
    ),
    ("enterprise", "关键岗位缺口"): replace(
        _of_firm("keyStaff { duties { gaps { personId } } }"),
        found=lambda value: [gap["personId"] for duty in _within(value, "keyStaff", "duties") for gap in duty["gaps"]],
    ),
    ("enterprise", "证书汇总与历次分级"): replace(
        _of_firm("certificates(first: 9) { nodes { id } } certificatesByRegion { counts { total } } "
                 "gradingHistory { steps { recordId } }"),
        found=_overviews,
    ),
    ("enterprise", "后继企业所见前身的标记"): replace(
        _of_firm("predecessorFlags(first: 9) { nodes { id } }", "predecessorFlags"),
        variables=lambda w: {"code": w.successor.credit_code},
    ),
    ("riskFlag", "flag"): _by_id("flag"),
    ("riskFlag", "inquiry"): _by_id("inquiry"),
    ("riskFlag", "own_flag"): _by_id("own_flag"),
    ("riskFlags", ""): _LIST,
    ("matters", ""): _LIST,
    ("review", "id"): _by_id("review"),
    ("review", "办理过程"): replace(
        _by_id("review"), selected="thread(first: 9) { nodes { reviewId } }",
        found=lambda value: [step["reviewId"] for step in _within(value, "thread", "nodes")],
    ),
    ("reviews", ""): _LIST,
    ("events", ""): Read(
        arguments="first: 100, after: $after", signature="$after: String!", variables=lambda w: {"after": w.start},
        selected="nodes { recordId reviewId }",
        found=lambda value: [one["reviewId"] or one["recordId"] for one in value["nodes"] if any(one.values())],
    ),
    ("recognition", ""): Read(
        arguments="input: $input", signature="$input: RecognitionInput!", selected="certificateId",
        variables=lambda w: {"input": {"certificateNumber": w.person.id_number, "hostRegion": "440100"}},
        found=lambda value: [value["certificateId"]] if value["certificateId"] else [],
    ),
    ("confirmation", "编号"): Read(
        arguments="number: $n", signature="$n: String!", variables=lambda w: {"n": w.ids["confirmation"]},
        selected="number", found=lambda value: [value["number"]] if value else [],
    ),
    ("recognitionRules", ""): Read(selected="identifier", found=lambda value: ["rules"] if value else []),
    ("agreements", ""): Read(
        selected="identifier", found=lambda value: [AGREEMENTS.get(one["identifier"], "other") for one in value]
    ),
    ("recognitionCoverage", ""): Read(
        arguments='hostRegion: "320000"', selected="coverage", found=lambda value: ["rules"] if value else []
    ),
    ("recognitionRuleHealth", ""): Read(selected="isIdle", found=lambda value: ["own_rule"] if value else []),
    ("recognitionSimulation", ""): Read(
        arguments="input: $input", signature="$input: RecognitionRuleInput!", selected="simulation { judged }",
        variables=lambda _: {"input": material.rule("AR-440300-0099", "4403") | {"issuingPrefixes": ["4403"]}},
        found=lambda value: ["drafted"] if (value["simulation"] or {}).get("judged") else [],
    ),
    ("triggerRules", ""): Read(selected="name", found=lambda value: ["defaults"] if value else []),
    ("policies", ""): Read(
        selected="identifier", found=lambda value: sorted({one["identifier"] for one in value})
    ),
    ("policySimulation", ""): Read(
        arguments="input: $input", signature="$input: PolicySimulationInput!", selected="simulation { changed }",
        variables=lambda _: {
            "input": {"months": 1, "terms": [{"rule": "RED_FLAG", "regions": ["440100"], "workdays": 2}]}
        },
        found=lambda value: ["findings"] if (value["simulation"] or {}).get("changed") else [],
    ),
    ("search", "全部"): _LIST,
    ("search", "企业名称"): _search("firmName", lambda w: w.firm.name),
    ("search", "信用代码"): _search("creditCode", lambda w: w.firm.credit_code),
    ("search", "证件号码"): _search("number", lambda w: w.person.id_number),
    ("statistics", ""): Read(
        arguments='by: [KIND], region: "440300", kinds: [SAFETY_MANAGEMENT, RISK_GRADING]',
        selected="industry firms { yellow }",
        found=lambda value: ["counts"] if any(row["firms"]["yellow"] for row in value) else [],
    ),
    ("digest", ""): Read(selected="day", found=lambda value: [value["day"]] if value else []),
    ("suspectedDuplicates", ""): _LIST,
    ("dispute", "id"): _by_id("dispute"),
    ("disputes", ""): _LIST,
    ("tip", "id"): _by("TipBy", lambda w: {"id": w.ids["tip"]}),
    ("tips", ""): _LIST,
    ("tipReporter", ""): Read(
        arguments="tipId: $id", signature="$id: ID!", variables=lambda w: {"id": w.ids["tip"]}, selected="phone",
        found=lambda value: ["reporter"] if value else [],
    ),
    ("roster", "id"): _by_id("roster"),
    ("safetyCodeScans", ""): Read(
        arguments="certificateId: $id", signature="$id: ID!", variables=lambda w: {"id": w.ids["certificate"]},
        found=lambda value: [one["id"] for one in value],
    ),
    ("rosters", ""): _LIST, ("gateChecks", ""): _LIST,
    ("gateReceipt", "回执编号"): Read(
        arguments="receiptNumber: $n", signature="$n: String!", variables=lambda w: {"n": w.receipt}
    ),
    ("measures", ""): Read(selected="code", found=lambda value: ["measures"] if value else []),
    ("clearance", "本企业的关卡"): Read(
        arguments='gate: BID, region: "440100"', selected="verdict", found=lambda value: ["own_clearance"],
    ),
    ("repairs", ""): _LIST,
    ("scoreboard", ""): _of_month("authority figures { measure denominator }"),
    ("scoreboardRows", "深圳的报送"): Read(
        arguments=f'first: 100, after: $after, month: "{{month}}", measure: REPORT_DAYS, authority: "{SHENZHEN}"',
        is_list=True,
    ),
    ("eventShares", ""): _of_month("type reviews"),
    ("ledgerCheckpoint", ""): Read(selected="note", found=lambda value: ["counts"] if value else []),
    ("ledgerConsistency", ""): Read(arguments="fromSize: $n, toSize: $n", signature="$n: Int!", selected="hashes",
        variables=lambda w: {"n": w.log_size}, found=lambda value: ["counts"] if value else []),
    ("ledgerInclusion", "限政府间的调查"): _logged("inquiry"), ("ledgerInclusion", "对外标记"): _logged("flag"),
    ("ledgerInclusion", "证书"): _logged("certificate"),
    ("importBatches", ""): _LIST, ("accessRecords", ""): _LIST,
}  # fmt: skip


def test_every_root_field_has_its_row_in_the_table() -> None:
    query, mutation, subscription = _SCHEMA.query_type, _SCHEMA.mutation_type, _SCHEMA.subscription_type
    assert query
    assert mutation
    assert subscription
    lists = {face.plural for face in FACES}
    publishing = {f"{root_name(kind)}Publish" for kind in KINDS}
    assert {row["查询"] for row in READING} | lists == set(query.fields)
    assert {row["变更"] for row in WRITING} | publishing == set(mutation.fields)
    assert set(subscription.fields) == {"eventPublished"}
    assert {(row["查询"], row["问法"]) for row in READING} == set(READS)


_CELLS = [(row["查询"], row["问法"], column, row[column]) for row in READING for column in COLUMNS]


@pytest.mark.parametrize(("field", "way", "column", "cell"), _CELLS)
async def test_a_tenant_reads_what_the_table_says(
    field: str, way: str, column: str, cell: str, world: World, ask: Any
) -> None:
    read, slug = READS[field, way], COLUMNS[column]
    if cell == "×":
        answer = await ask(slug, _document(field, read), purpose=PURPOSE, **read.variables(world))
        assert answer.codes == [FORBIDDEN]
        assert (answer.body.get("data") or {}).get("answer") is None
        return
    public = (
        *AGREEMENTS.values(),
        "rules",
        "own_rule",
        "drafted",
        "counts",
        "defaults",
        "findings",
        "reporter",
        "measures",
        "own_clearance",
    )
    own = {slug: "self", **{name: name for name in public}}
    found = {
        world.names.get(one, own.get(one, f"foreign {one}")) for one in await _found(field, read, slug, world, ask)
    }
    assert found == set(cell.split())


def _document(field: str, read: Read) -> str:
    signature = read.signature or ("$after: String" if read.is_list else "")
    arguments = f"({read.arguments})" if read.arguments else ""
    selected = "nodes { id }" if read.is_list else read.selected
    return f"query Q{f'({signature})' if signature else ''} {{ answer: {field}{arguments} {{ {selected} }} }}"


async def _found(field: str, read: Read, slug: str, world: World, ask: Any) -> list[str]:
    if read.is_list:
        arguments = read.arguments.replace("{month}", world.month)
        nodes = await pages(ask, slug, f"{field}({arguments})", "id", lambda node: node["id"] in world.names)
        return [node["id"] for node in nodes]
    answer = await ask(slug, _document(field, read), purpose=PURPOSE, **read.variables(world))
    return read.found(answer.data["answer"])


def _input(kind: Kind) -> Callable[[World], Any]:
    return lambda _: sent(kind, material.firm(), material.person())


def _step(of: World, **values: Any) -> dict[str, Any]:
    return {"reviewId": of.ids["review"], "expectedVersion": 1, **values}


_MADE: Mapping[str, Callable[[World], Any]] = {
    **{to_camel_case(mutation_name(kind)): _input(kind) for kind in KINDS},
    "safetyManagementPublish": lambda w: material.certificate(material.person(), w.firm),
    "specialOperationPublish": lambda w: material.special_operation(material.person(), w.firm),
    "constructionSafetyManagerPublish": lambda w: material.construction(material.person(), w.firm),
    "assistantSafetyEngineerPublish": lambda w: material.engineer(material.person(), w.firm),
    "riskGradingPublish": lambda w: material.grading(w.firm),
    "riskFlagPublish": lambda w: material.flag(w.firm),
    "projectApprovalPublish": lambda w: material.matter(w.firm, "440300"),
    "appointmentPublish": lambda w: material.appointment(material.person(), w.firm, "440300"),
    "riskFlagLift": lambda w: {"riskFlagId": w.ids["flag"], "reason": "整改完成"},
    "recordVoid": lambda w: {"recordId": w.ids["grading"], "reason": "误报"},
    "recordNote": lambda w: {"recordId": w.ids["grading"], "kind": "APPEAL", "text": "申请行政复议"},
    "personVerdict": lambda w: {
        "personId": w.ids["person"], "otherPersonId": w.ids["flag"], "verdict": "SAME", "reason": "核对",
    },
    "personCorrect": lambda w: {
        "previousIdNumber": w.person.id_number, "idNumber": w.own_person.id_number, "reason": "录入差错",
    },
    "reviewAccept": lambda w: _step(w),
    "reviewAssign": lambda w: _step(w, assignee="GZ-01"),
    "reviewHandOver": lambda w: _step(w, authorityId=DONGGUAN, text="请接收"),
    "reviewRemind": lambda w: _step(w),
    "reviewRequestInformation": lambda w: _step(w, question="IS_RECTIFIED"),
    "reviewGiveInformation": lambda w: _step(w, requestId=w.ids["flag"], answer="YES"),
    "reviewAttachEvidence": lambda w: _step(
        w, name="a.txt", mediaType="text/plain", content="YQ==", size=1,
        sha256="ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb",
    ),
    "reviewDecline": lambda w: _step(w, reason="DUPLICATE"),
    "reviewDecide": lambda w: _step(w, outcome="DISMISSED", reason="核查无问题"),
    "reviewCorrectDecision": lambda w: _step(w, outcome="DISMISSED", reason="核查无问题", correctionReason="误判"),
    "recognitionConfirm": lambda w: {"certificateNumber": w.person.id_number, "hostRegion": "440100"},
    "recognitionRulePublish": lambda _: material.rule("AR-440300-0001", "4403"),
    "policyPublish": lambda _: {"version": 99999, "terms": []},
    "recordsImport": lambda w: {"kind": "RISK_GRADING", "rows": [material.grading(w.firm)]},
    "importRevert": lambda w: {"batchId": w.ids["batch"]},
    "disputeOpen": lambda w: {"recordId": w.ids["delta_flag"], "grounds": "OTHER", "text": "不属实"},
    "disputeRule": lambda w: {"disputeId": w.ids["dispute"], "ruling": "ORDERED", "reason": "应予更正"},
    **{
        name: lambda w: {"disputeId": w.ids["dispute"], "reason": "核对"}
        for name in ("disputeConfirm", "disputeElevate", "disputeWithdraw")
    },
    "statementAdd": lambda w: {"recordId": w.ids["delta_flag"], "text": "不属实"},
    "statementWithdraw": lambda w: {"recordId": w.ids["own_flag"]},
    "tipFile": lambda w: {"category": "OTHER", "region": "510100", "text": "无证上岗", "post": "焊工"},
    "tipTriage": lambda w: {"tipId": w.ids["tip"], "decision": "ACCEPTED"},
    "tipConclude": lambda w: {"tipId": w.ids["tip"], "conclusion": "CONFIRMED", "finding": "属实"},
    "tipReward": lambda w: {"tipId": w.ids["tip"], "amount": "100", "basis": "办法"},
    "rosterChange": lambda w: {
        "name": "试验名册", "purpose": "试验",
        "entries": [{"change": "ADD", "name": w.firm.name, "creditCode": w.firm.credit_code}],
    },
    "safetyCode": lambda w: {"certificateId": w.ids["certificate"]},
    "safetyCodeRevoke": lambda w: {"codeId": w.ids["shown"]},
    "gateCheck": lambda w: {"gate": "BID", "creditCode": w.firm.credit_code, "region": "440100"},
    "repairRequest": lambda w: {"riskFlagId": w.ids["flag"], "materials": "已整改", "commitment": "守法经营"},
    "repairDecide": lambda w: {
        "repairId": w.ids["flag"], "outcome": "ACCEPTED", "reason": "属实", "expectedVersion": 1,
    },
    "repairRevoke": lambda w: {"repairId": w.ids["flag"], "reason": "陈述不实", "expectedVersion": 2},
    "agreementPublish": lambda _: {
        "identifier": "gba", "version": 77, "name": "协议", "nameEn": "x", "basis": "一号", "members": [],
    },
    "clockRun": lambda _: "2026-01-01",
    "ledgerWitnessRegister": lambda _: {"publicKey": "YQ=="},
    "checkpointCosign": lambda w: {"size": w.log_size, "line": "— x YWJjZGVmZw=="},
}  # fmt: skip
_ATTEMPTS = [(row["变更"], column, row[column]) for row in WRITING for column in COLUMNS if row[column]]


@pytest.mark.parametrize(("field", "column", "code"), _ATTEMPTS)
async def test_a_tenant_changes_nothing_of_another_s(
    field: str, column: str, code: str, world: World, ask: Any, hub: Any
) -> None:
    mutation = _SCHEMA.mutation_type
    assert mutation
    (argument, definition), *_ = mutation.fields[field].args.items()
    selected = "expired" if field == "clockRun" else "userErrors { code }"
    query = f"mutation M($x: {definition.type}) {{ {field}({argument}: $x) {{ {selected} }} }}"
    before = await row_counts(hub)
    answer = await ask(COLUMNS[column], query, purpose=PURPOSE, x=_MADE[field](world))
    if code == FORBIDDEN:
        assert (answer.codes, answer.body["data"]) == ([FORBIDDEN], None)
    else:
        assert {one["code"] for one in answer.data[field]["userErrors"]} == {code}
    assert await row_counts(hub) == before
