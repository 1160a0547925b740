"""Every kind of tenant against every root field, as tests/spec/access.md says: its own, what is shared with it,
nothing more.

A root field added to the schema fails here until it has a row in that table and, to be asked, an entry in READS
(ways_to_read.py) or _MADE. The list and the mutation that every kind brings along are in test_isolation_kinds.py.
"""

from collections.abc import Callable, Mapping
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from graphene.utils.str_converters import to_camel_case

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
    World,
    pages,
    row_counts,
    settle_in,
)
from tests.flows.samples import root_name, sent
from tests.flows.ways_to_read import AGREEMENTS, READS, Read
from tests.spec.tables import rows

READING = rows("access.md", "查询")
WRITING = rows("access.md", "变更他人的记录")
_SCHEMA = build()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(hub: Any, ask: Any, http: aiohttp.ClientSession) -> World:
    return await settle_in(hub, ask, http)


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
    "transferOut": lambda w: {"certificateId": w.ids["certificate"], "authorityId": "gd-housing"},
    "transferIn": lambda w: {
        "transferId": w.ids["flag"], "idNumber": w.person.id_number, "number": "苏建安C3（2026）0000001",
        "employerCode": w.firm.credit_code, "employerName": w.firm.name,
    },
    **{
        name: lambda w: {"transferId": w.ids["flag"], "reason": "核对"}
        for name in ("transferWithdraw", "transferDecline")
    },
    "employerChangeRequest": lambda w: {
        "idNumber": w.person.id_number, "formerEmployerCode": w.firm.credit_code,
        "employerCode": w.successor.credit_code, "employerName": w.successor.name,
        "certificates": [{"number": w.person.id_number}],
    },
    "employerChangeAgree": lambda w: {"changeId": w.ids["flag"]},
    **{
        name: lambda w: {"changeId": w.ids["flag"], "reason": "核对"}
        for name in ("employerChangeRefuse", "employerChangeRecall")
    },
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
