"""What the compiler makes of GraphQL reaches large tables by an index too, under row security and for any values.

A root field or a filter that is new gets a line in QUERIES; the lists of records are looked at for every kind by
themselves.
"""

import datetime
import re
from base64 import b64encode
from typing import Any

import pytest
from graphql import parse
from graphql.execution.collect_fields import collect_fields

from exchange.database import APPLICATION_ROLE
from exchange.engine.compiler import CompiledRoot, compile_root
from exchange.engine.parts import Many, Root
from exchange.engine.roots import ROOTS
from schema.graphql import build
from schema.graphql.faces import FACES
from tests.sql.planning import Planning, scanned

_SCHEMA = build()
_DAY = datetime.date(2026, 11, 23)
_PLACE = b64encode(b'["2026-11-23", "2026-11-23T08:00:00+08:00", "00000000-0000-4000-8000-000000000000"]').decode()
QUERIES = {
    "certificate by number": ('{ certificate(by: {number: "DEM1"}) { status holder { '
        'name } employer { name } owner { id } } }'),
    "certificate by id": '{ certificate(by: {id: "x"}) { status } }',
    "certificates of a city ending soon": """{ certificates(first: 50, region: "440300", expiringWithinDays: 90) {
      nodes { status holder { name } employer { name } } pageInfo { hasNextPage endCursor } } }""",
    "the next page of them": """{ certificates(first: 50, region: "440300", expiringWithinDays: 90,
      after: "WyIyMDI2LTExLTIzIiwgIjAwMDAwMDAwLTAwMDAtNDAwMC04MDAwLTAwMDAwMDAwMDAwMCJd") { nodes { status } } }""",
    "a person's file": """{ person(by: {idNumber: "x"}) { name certificates(first: 20) { nodes { status } }
      appointments(first: 20) { nodes { post } } reviews(first: 20) { nodes { state } } } }""",
    "a firm's file": """{ enterprise(creditCode: "x") { name grading { band } gradings(first: 9) { nodes { band } }
      flags(first: 20, isCurrent: true) { nodes { id reviews(first: 5) { nodes { state } } } }
      certificates(first: 20) { nodes { id } } matters(first: 5) { nodes { id } } reviews(first: 5) { nodes { id } }
      } }""",
    "a firm's overviews": """{ enterprise(creditCode: "x", asOf: "2026-11-23") { keyStaff { certifiedRate }
      measures { flagId }
      certificatesByRegion { worst } gradingHistory { scheme } predecessorFlags(first: 9, isCurrent: true) { nodes { id
      } } succeededBy(first: 9) { nodes { id } } successions(first: 9) { nodes { predecessor { name } } } } }""",
    "a person's overviews": """{ person(by: {idNumber: "x"}) { postFindings { coverage } trainingHours { hours } } }""",
    "a flag": '{ riskFlag(id: "x") { id reviews(first: 9) { nodes { state } } } }',
    "flags": "{ riskFlags(first: 50, isCurrent: true) { nodes { id enterprise { name } } } }",
    "a review": ('{ review(id: "x") { flag { id } certificate { id } matter { '
        'id } person { name } enterprise { name } } }'),
    "reviews": "{ reviews(first: 50, isOpen: true) { nodes { id flag { id } } } }",
    "a desk": """{ reviews(first: 50, mine: true, isOpen: true, state: [RECEIVED], assignee: "x") {
      nodes { version } } }""",
    "the next page of a desk": f'{{ reviews(first: 50, mine: true, after: "{_PLACE}") {{ nodes {{ id }} }} }}',
    "a source's desk": "{ reviews(first: 50, causedByMe: true, asksMe: true) { nodes { id } } }",
    "reviews of a decision": """{ reviews(first: 50, decisionNumber: "示应急决〔2026〕1号") {
      totalCount nodes { id } } }""",
    "reviews of a firm": '{ reviews(first: 50, creditCode: "x", rule: "RED_FLAG", priority: MUST) { totalCount } }',
    "events": '{ events(first: 100, after: "seq:1") { nodes { type flag { id } review { id } } } }',
    "events of a firm": '{ events(first: 100, creditCode: "x") { nodes { type } } }',
    "search of a firm's name": """{ search(first: 50, firmName: "示范") { nodes { status firmName owner { id }
      enterprise { name } riskFlag { id } certificate { status } } totalEstimate pageInfo { endCursor } } }""",
    "search of a person's name": """{ search(first: 50, personName: "示范", families: [CERTIFICATE]) {
      nodes { nameMasked person { nameMasked } } totalCount totalEstimate } }""",
    "search of a number": '{ search(first: 9, number: "DEM1") { nodes { id } totalCount } }',
    "search of a firm": '{ search(first: 9, creditCode: "x", about: FIRM) { nodes { id } totalCount } }',
    "search of a city": """{ search(first: 50, region: "440305", kinds: [RISK_GRADING], status: "VALID", band: RED,
      category: "1", expiringWithinDays: 90) { nodes { id } } }""",
    "search of everything, the next page": """{ search(first: 50,
      after: "WyIyMDI2LTExLTIzVDA4OjAwOjAwKzA4OjAwIiwgIjAwMDAwMDAwLTAwMDAtNDAwMC04MDAwLTAwMDAwMDAwMDAwMCJd") {
      nodes { id } } }""",
    "versions and notes": """{ riskFlag(id: "x") { history(first: 9) { nodes { changedFields owner { id } batch { id }
      } }
      notes(first: 9, after: "W10=") { nodes { text } } } }""",
    "suspected duplicates": """{ suspectedDuplicates(first: 50) { nodes { basis record { id number } person { id }
      otherRecord { id } otherPerson { nameMasked } } } }""",
    "disputes": "{ disputes(first: 50, isOpen: true) { nodes { id isOverdue steps(first: 9) { nodes { text } } } } }",
    "a dispute": '{ dispute(id: "x") { state superior { id } } }',
    "disputes of a flag": """{ riskFlag(id: "x") { isDisputed disputes(first: 9) { nodes { state dueOn } }
      statements(first: 9) { nodes { text } } } }""",
    "reports": """{ tips(first: 50, state: FILED) { nodes { state authority { id } steps(first: 9) { nodes { text } }
      links(first: 9) { nodes { recordId } } reward { amount } } } }""",
    "a report": '{ tip(by: {followUpCode: "x"}) { state } }',
    "imports": "{ importBatches(first: 50) { nodes { id } } }",
    "repairs": "{ repairs(first: 50) { nodes { state flag { id } authority { id } } } }",
    "checks at gates": "{ gateChecks(first: 50) { nodes { receiptNumber reasons { code } authority { id } } } }",
    "rosters": "{ rosters(first: 50) { nodes { name entries(first: 50) { nodes { subject label } } } } }",
    "transfers out": """{ transfersOut(first: 50, state: OUT, isOverdue: true) { nodes { id isExpired
      losingAuthority { id } gainingAuthority { id } steps(first: 9) { nodes { state authority { id } } } } } }""",
    "transfers in": "{ transfersIn(first: 50) { nodes { id newCertificateId } totalCount } }",
    "a roster": '{ roster(id: "x") { name entries(first: 50) { totalCount } } }',
    "a check at a gate": '{ gateReceipt(receiptNumber: "x") { id verdict } }',
    "evidence": "{ accessRecords(first: 50) { nodes { id } } }",
}  # fmt: skip
_ARGUMENTS = {"region": '"440300"', "recordedSince": '"2026-11-23T08:00:00+08:00"'}


def lists() -> dict[str, str]:
    """The list of every type of record: whole, of a firm, narrowed, and within the files of a firm and a person."""
    found = {}
    for face in FACES:
        name, inner = face.plural, f"{face.dossier}(first: 50) {{ nodes {{ id }} }}"
        narrowed = ", ".join(f"{argument}: {value}" for argument, value in _ARGUMENTS.items())
        for what, arguments in (("all", ""), ("narrowed", narrowed), ("the next page of", 'after: "W10="')):
            found[f"{what} {name}"] = f"{{ {name}(first: 50, {arguments}) {{ nodes {{ id }} }} }}"
        if face.has_firm:
            found[f"{name} of a firm"] = f'{{ {name}(first: 50, creditCode: "x") {{ nodes {{ id }} }} }}'
            found[f"{name} in a firm's file"] = f'{{ enterprise(creditCode: "x") {{ {inner} }} }}'
        if face.has_person:
            found[f"{name} in a person's file"] = f'{{ person(by: {{idNumber: "x"}}) {{ {inner} }} }}'
    return found


def looking_back(queries: dict[str, str]) -> dict[str, str]:
    """The same by what was known at a moment."""
    known = 'knownAt: "2026-05-03T18:00:00+08:00"'
    of_records = {what: text for what, text in queries.items() if not re.match(NOT_OF_RECORDS, text)}
    return {f"{what}, as known then": re.sub(r"\{ (\w+)\(", rf"{{ \1({known}, ", text, count=1)
            for what, text in of_records.items()}  # fmt: skip


QUERIES |= lists()
NOT_OF_RECORDS = (
    r"\{ (review|reviews|disputes?|tips?|rosters?|events|importBatches|accessRecords|gateChecks|gateReceipt"
    r"|repairs|transfersOut|transfersIn)\("
)
QUERIES |= looking_back(QUERIES)
# Lists that read a whole large table, and why that is borne.
SWEEPS = {
    "reviews": "the caller's own reviews, to be ordered by due day; no authority has many",
    "search of a person's name, as known then": "names on versions that stand no more have no index; rarely asked",
}
# The same, only on some servers.
SWEEPS_OF_SOME = {
    "search of a firm's name, as known then": "as of a person's name; before 18 PostgreSQL scans versions"
}


def compiled_root(text: str) -> CompiledRoot:
    """A document's only root field."""
    document = parse(text)
    query: Any = _SCHEMA.query_type
    ((key, nodes),) = collect_fields(_SCHEMA, {}, {}, query, document.definitions[0].selection_set).items()  # type: ignore[attr-defined]
    return compile_root(_SCHEMA, {}, {}, query, key, nodes, ROOTS[nodes[0].name.value])


def compiled(text: str) -> str:
    """Its SQL."""
    return compiled_root(text).sql


# What several requests can ask in one statement.
TOGETHER = {what: found.sql for what, text in QUERIES.items() if (found := compiled_root(text).together)}


def test_every_stored_root_field_is_looked_at() -> None:
    asked = {parse(text).definitions[0].selection_set.selections[0].name.value for text in QUERIES.values()}  # type: ignore[attr-defined]
    assert asked == set(ROOTS)


@pytest.mark.parametrize("what", [what for what in QUERIES if what not in {**SWEEPS, **SWEEPS_OF_SOME}])
async def test_the_query_reaches_large_tables_by_an_index(what: str, planning: Planning) -> None:
    assert scanned(await planning.plan(APPLICATION_ROLE, compiled(QUERIES[what]))) == set()


@pytest.mark.parametrize("what", TOGETHER)
async def test_several_requests_together_reach_large_tables_by_an_index(what: str, planning: Planning) -> None:
    assert scanned(await planning.plan(APPLICATION_ROLE, TOGETHER[what])) == set()


def test_what_finds_one_row_can_be_asked_together_unless_it_looks_back() -> None:
    of_one_row = {what for what, text in QUERIES.items() if not isinstance(root_of(text).part, Many)}
    assert set(TOGETHER) == {what for what in of_one_row if "known then" not in what}


def root_of(text: str) -> Root:
    """What its root field reads."""
    return ROOTS[parse(text).definitions[0].selection_set.selections[0].name.value]  # type: ignore[attr-defined]


async def test_what_is_excused_still_reads_a_whole_table(planning: Planning) -> None:
    for what in SWEEPS:
        assert scanned(await planning.plan(APPLICATION_ROLE, compiled(QUERIES[what]))) != set(), what


async def test_a_plan_that_reads_a_whole_table_is_seen_as_such(planning: Planning) -> None:
    for sql in (
        "select * from record where name = 'x'",
        "select count(*) from event",
        "select * from review order by reason_zh",
    ):
        assert scanned(await planning.plan(APPLICATION_ROLE, sql)) != set(), sql
