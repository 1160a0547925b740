"""asOf and knownAt by GraphQL: what was known on one day about another, in lists and files; versions and notes."""

import io
import uuid
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from typing import Any

import asyncpg
import orjson
import pytest
import pytest_asyncio

from exchange.demo.seed import caller_of
from exchange.importing.imports import import_file
from exchange.publishing.publish import Publication
from exchange.publishing.reports import revert, void
from exchange.runtime import Runtime
from schema.errors import Refusal
from schema.kinds import BY_NAME
from tenants.session import acting
from tests.flows import material
from tests.flows.scratch import DAY, answered, keep, quiet_hub

OWNER, PARTNER = "sz-bureau", "bidding-platform"
PURPOSE = ("示例", "DEM-CASE-1")
FIRST_OF_MAY = "2026-05-01"
GRADE = """query Q($x: String!, $day: Date, $known: DateTime) {
  answer: enterprise(creditCode: $x, asOf: $day, knownAt: $known) {
    grading { band } gradings(first: 5) { totalCount nodes { band version } } } }"""
FLAGS = "query Q($x: String!, $known: DateTime) { answer: riskFlags(first: 5, creditCode: $x, knownAt: $known) {\
 totalCount nodes { id isCurrent } } }"
CORRECT = """mutation M($x: RiskGradingInput!) {
  riskGradingPublish(input: $x, report: {kind: CORRECTION, reason: "录入差错"}) { outcome userErrors { code } } }"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quiet(database: Any) -> AsyncIterator[Runtime]:
    async with quiet_hub(database.dsn, "exchange_looking_back") as runtime:
        yield runtime


async def told(quiet: Runtime, query: str, slug: str = OWNER, **variables: Any) -> Any:
    body = await answered(quiet, slug, query, PURPOSE, **variables)
    assert "errors" not in body, body
    return body["data"]["answer"]


async def moment(quiet: Runtime) -> str:
    """After everything so far, before everything that follows."""
    async with quiet.database.pool.acquire() as connection:
        found: datetime = await connection.fetchval("select clock_timestamp()")
    return found.isoformat()


async def band(quiet: Runtime, code: str, day: str | None, known: str | None) -> Any:
    firm = await told(quiet, GRADE, x=code, day=day, known=known)
    return firm and firm["grading"] and firm["grading"]["band"]


async def voided(quiet: Runtime, record_id: str) -> None:
    publication = Publication(tenant=quiet.directory.by_slug[OWNER], keys=quiet.keys, day=DAY)
    async with acting(quiet.database.pool, caller_of(quiet, OWNER)) as connection:
        assert await void(connection, [uuid.UUID(record_id)], publication, "误报") == [uuid.UUID(record_id)]


async def test_what_we_knew_on_3_may_about_1_may(quiet: Runtime) -> None:
    """YELLOW since April; ORANGE from 1 May, heard later; corrected to RED; a late assessment of before; voided."""
    firm = material.firm()
    code = firm.credit_code
    nothing = await moment(quiet)
    record = await keep(quiet, OWNER, "RISK_GRADING", material.grading(firm, "YELLOW", day="2026-04-01"))
    on_3_may = await moment(quiet)
    await keep(quiet, OWNER, "RISK_GRADING", material.grading(firm, "ORANGE", day="2026-05-01"))
    on_5_may = await moment(quiet)
    done = await answered(quiet, OWNER, CORRECT, x=material.grading(firm, "RED", day="2026-05-01"))
    assert done["data"]["riskGradingPublish"] == {"outcome": "CHANGED", "userErrors": []}
    on_10_may = await moment(quiet)
    await keep(quiet, OWNER, "RISK_GRADING", material.grading(firm, "BLUE", day="2026-03-01"))
    on_12_may = await moment(quiet)
    await voided(quiet, record)
    known = (nothing, on_3_may, on_5_may, on_10_may, on_12_may, None)
    about_1_may = [await band(quiet, code, FIRST_OF_MAY, one) for one in known]
    assert about_1_may == [None, "YELLOW", "ORANGE", "RED", "RED", None]
    about_15_march = [await band(quiet, code, "2026-03-15", one) for one in known]
    assert about_15_march == [None, None, None, None, "BLUE", None]


async def test_a_reverted_import_was_known_until_it_was_reverted(quiet: Runtime) -> None:
    firm = material.firm()
    await keep(quiet, OWNER, "RISK_GRADING", material.grading(firm, "YELLOW", day="2026-04-01"))
    caller, pool = caller_of(quiet, OWNER), quiet.database.pool
    publication = Publication(tenant=caller.tenant, keys=quiet.keys, day=DAY, batch_id=uuid.uuid4())
    file = io.BytesIO(orjson.dumps(material.grading(firm, "RED", day="2026-04-15")))
    kind = BY_NAME["RISK_GRADING"]
    await import_file(pool, caller, publication, file, kind=kind, file_name="a.ndjson", content_type=None)
    between = await moment(quiet)
    assert publication.batch_id
    again = Publication(tenant=caller.tenant, keys=quiet.keys, day=DAY)
    assert (await revert(pool, caller, publication.batch_id, again, now=quiet.now())).restored == 1
    assert [await band(quiet, firm.credit_code, FIRST_OF_MAY, one) for one in (between, None)] == ["RED", "YELLOW"]


async def test_a_day_in_the_past_is_answered_from_the_history_without_saying_known_at(quiet: Runtime) -> None:
    firm = material.firm()
    for grade, day in (("YELLOW", "2026-04-01"), ("BLUE", "2026-06-01")):
        await keep(quiet, OWNER, "RISK_GRADING", material.grading(firm, grade, day=day))
    days = ("2026-03-31", "2026-04-01", "2026-05-31", "2026-06-01", None)
    found = [await band(quiet, firm.credit_code, day, None) for day in days]
    assert found == [None, "YELLOW", "YELLOW", "BLUE", "BLUE"]


async def test_a_day_written_in_the_query_is_past_as_soon_as_the_day_is_over(quiet: Runtime) -> None:
    """The compiled statement is remembered by the text: it must not outlive the day it was made for."""
    firm, today = material.firm(), quiet.today()
    query = (
        f"""query Q($x: String!) {{ answer: enterprise(creditCode: $x, asOf: "{today}") {{ grading {{ band }} }} }}"""
    )
    await keep(quiet, OWNER, "RISK_GRADING", material.grading(firm, "YELLOW", day="2026-04-01"))
    assert (await told(quiet, query, x=firm.credit_code))["grading"] == {"band": "YELLOW"}
    later = quiet.now() + timedelta(days=2)
    made, quiet.now = quiet.now, lambda: later
    try:
        await keep(quiet, OWNER, "RISK_GRADING", material.grading(firm, "BLUE", day=str(quiet.today())))
        assert (await told(quiet, query, x=firm.credit_code))["grading"] == {"band": "YELLOW"}
    finally:
        quiet.now = made


async def test_the_default_day_of_a_moment_is_its_own(quiet: Runtime) -> None:
    firm = material.firm()
    await keep(quiet, OWNER, "RISK_GRADING", material.grading(firm, "YELLOW", day="2026-04-01"))
    now = await moment(quiet)
    assert await band(quiet, firm.credit_code, None, now) == "YELLOW"
    await keep(quiet, OWNER, "RISK_GRADING", material.grading(firm, "BLUE", day="2026-06-01"))
    assert await band(quiet, firm.credit_code, None, now) == "YELLOW"


async def test_a_flag_that_was_lifted_since_still_stood_by_what_was_known(quiet: Runtime) -> None:
    firm = material.firm()
    record = await keep(quiet, OWNER, "RISK_FLAG", material.flag(firm))
    before = await moment(quiet)
    lift = 'mutation M($x: ID!) { riskFlagLift(input: {riskFlagId: $x, reason: "整改完成"}) { userErrors { code } } }'
    assert (await answered(quiet, OWNER, lift, x=record))["data"]["riskFlagLift"] == {"userErrors": []}
    stood = await told(quiet, FLAGS, x=firm.credit_code, known=before)
    assert stood == {"totalCount": 1, "nodes": [{"id": record, "isCurrent": True}]}
    assert (await told(quiet, FLAGS, x=firm.credit_code))["nodes"] == [{"id": record, "isCurrent": False}]


async def test_a_person_s_file_is_the_one_of_the_moment(quiet: Runtime) -> None:
    person, firm = material.person(), material.firm()
    values = material.certificate(person, firm, valid_to=date(2028, 1, 1))
    before = await moment(quiet)
    await keep(quiet, OWNER, "SAFETY_MANAGEMENT", values)
    valid = await moment(quiet)
    await keep(quiet, OWNER, "SAFETY_MANAGEMENT", {**values, "reportedStatus": "SUSPENDED"})
    query = """query Q($x: String!, $known: DateTime) { answer: person(by: {idNumber: $x}, knownAt: $known) {
      name certificates(first: 5) { nodes { status version } } } }"""
    found = [await told(quiet, query, x=person.id_number, known=one) for one in (before, valid, None)]
    assert [one and one["certificates"]["nodes"] for one in found] == [
        None, [{"status": "VALID", "version": 1}], [{"status": "SUSPENDED", "version": 2}],
    ]  # fmt: skip
    assert found[1]["name"] == person.name
    count = "select count(*) from access_record where root_field = 'person' and cardinality(subjects) = 1"
    async with acting(quiet.database.pool, caller_of(quiet, OWNER)) as connection:
        assert await connection.fetchval(count) == 2  # past or present, the read is written down


async def test_pages_of_the_same_moment_fit_together_whatever_is_published_between(quiet: Runtime) -> None:
    firm = material.firm()
    records = [await keep(quiet, OWNER, "RISK_FLAG", material.flag(firm)) for _ in range(5)]
    known, found, after = await moment(quiet), [], None
    query = """query Q($x: String!, $known: DateTime!, $after: String) {
      answer: riskFlags(first: 2, creditCode: $x, knownAt: $known, after: $after) {
        nodes { id } pageInfo { hasNextPage endCursor } } }"""
    while True:
        page = await told(quiet, query, x=firm.credit_code, known=known, after=after)
        found += [node["id"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        await keep(quiet, OWNER, "RISK_FLAG", material.flag(firm))
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert found == records[::-1]


@pytest.mark.parametrize(("known", "code"), [
    ("2999-01-01T00:00:00+08:00", "DATE_IN_FUTURE"),
    ("2026-01-01T00:00:00", "BAD_INPUT"),
    ("0001-01-01T00:00:00+14:00", "BAD_INPUT"),
])  # fmt: skip
async def test_a_moment_that_cannot_be_known_is_refused(known: str, code: str, quiet: Runtime) -> None:
    with pytest.raises(Refusal, match=code):
        await answered(quiet, OWNER, GRADE, x=material.firm().credit_code, known=known)


async def test_what_was_narrowed_since_is_not_shown_as_of_before(quiet: Runtime) -> None:
    firm = material.firm()
    record = await keep(quiet, OWNER, "RISK_FLAG", material.flag(firm, category="PENALTY"))
    before = await moment(quiet)
    assert (await told(quiet, FLAGS, PARTNER, x=firm.credit_code, known=before))["totalCount"] == 1
    async with acting(quiet.database.pool, caller_of(quiet, OWNER)) as connection:
        await connection.execute(
            "update record set audience = 1, version = 2, last_version = 2, report_kind = 'REVISION',"
            " recorded_at = now() where record_id = $1",
            uuid.UUID(record),
        )
    found = [await told(quiet, FLAGS, slug, x=firm.credit_code, known=before) for slug in (PARTNER, OWNER)]
    assert [one["totalCount"] for one in found] == [0, 1]


async def test_nobody_looks_back_at_what_was_never_shared_with_it(quiet: Runtime) -> None:
    firm = material.firm()
    await keep(quiet, OWNER, "RISK_GRADING", material.grading(firm, "YELLOW", day="2026-04-01"))
    now = await moment(quiet)
    query = "query Q($x: String!, $known: DateTime) { answer: riskGradings(first: 5, creditCode: $x, knownAt: $known) {\
 totalCount } }"
    counts = [
        (await told(quiet, query, slug, x=firm.credit_code, known=now))["totalCount"]
        for slug in (OWNER, "gz-bureau", "sh-bureau")
    ]
    assert counts == [1, 1, 0]


HISTORY = """query Q($x: String!) { answer: riskGradings(first: 1, creditCode: $x) { nodes {
  history(first: 9) { totalCount nodes {
    version reportKind reportReason replacesVersion band effectiveOn holdsFrom supersededFrom changedFields
    owner { id } } }
  notes(first: 9) { nodes { kind text outcome owner { id } } } } } }"""


async def test_the_history_tells_what_each_version_was_and_what_it_changed(quiet: Runtime) -> None:
    firm = material.firm()
    record = await keep(quiet, OWNER, "RISK_GRADING", material.grading(firm, "YELLOW", day="2026-04-01"))
    revised = {**material.grading(firm, "ORANGE", day="2026-05-01"), "score": 61.5}
    await keep(quiet, OWNER, "RISK_GRADING", revised)
    corrected = {**revised, "band": "BLUE"}
    await answered(quiet, OWNER, CORRECT, x=corrected)
    await keep(quiet, OWNER, "RISK_GRADING", material.grading(firm, "YELLOW", day="2026-03-01"))
    note = "mutation M($x: RecordNoteInput!) { recordNote(input: $x) { userErrors { code } } }"
    await answered(quiet, OWNER, note, x={"recordId": record, "kind": "FOLLOW_UP", "text": "已约谈", "outcome": "办结"})
    (found,) = (await told(quiet, HISTORY, x=firm.credit_code))["nodes"]
    assert found["notes"]["nodes"] == [
        {"kind": "FOLLOW_UP", "text": "已约谈", "outcome": "办结", "owner": {"id": OWNER}}
    ]
    shown = [
        (one["version"], one["reportKind"], one["band"], one["holdsFrom"], one["supersededFrom"], one["changedFields"])
        for one in found["history"]["nodes"]
    ]
    assert shown == [
        (4, "REVISION", "YELLOW", "2026-03-01", None, None),
        (3, "CORRECTION", "BLUE", "2026-05-01", None, ["band"]),
        (2, "REVISION", "ORANGE", "2026-05-01", None, ["assessedOn", "band", "score"]),
        (1, "INITIAL", "YELLOW", "2026-04-01", "2026-05-01", None),
    ]
    assert found["history"]["totalCount"] == 4
    assert [one["reportReason"] for one in found["history"]["nodes"]] == [None, "录入差错", None, None]
    assert [one["replacesVersion"] for one in found["history"]["nodes"]] == [None, 2, None, None]


async def test_the_history_names_changed_personal_fields_and_quotes_none(quiet: Runtime) -> None:
    person, firm = material.person(), material.firm()
    values = material.certificate(person, firm, valid_to=date(2028, 1, 1))
    record = await keep(quiet, OWNER, "SAFETY_MANAGEMENT", values)
    await keep(quiet, OWNER, "SAFETY_MANAGEMENT", {**values, "name": "试验员乙", "validTo": "2028-02-01"})
    query = """query Q($x: ID!) { answer: certificate(by: {id: $x}) {
      history(first: 9) { nodes { version changedFields status } } } }"""
    found = await told(quiet, query, x=record)
    assert found["history"]["nodes"] == [
        {"version": 2, "changedFields": ["name", "validTo"], "status": "VALID"},
        {"version": 1, "changedFields": None, "status": "VALID"},
    ]


PROVENANCE = """query Q($x: ID!, $day: Date, $known: DateTime) { answer: certificate(by: {id: $x}, asOf: $day,
  knownAt: $known) { reportedStatus sourceUpdatedAt recordedAt confirmedAt isStale assurance owner { id } } }"""


async def test_a_record_says_where_it_comes_from_and_how_fresh_it_is(quiet: Runtime) -> None:
    person, firm = material.person(), material.firm()
    values = material.certificate(person, firm, valid_to=date(2028, 1, 1))
    publish = """mutation M($x: SafetyManagementInput!) { safetyManagementPublish(input: $x,
      report: {kind: REVISION, sourceUpdatedAt: "2026-05-01T08:00:00+08:00"}) { recordId } }"""
    body = await answered(quiet, OWNER, publish, x=values)
    record = body["data"]["safetyManagementPublish"]["recordId"]
    found = await told(quiet, PROVENANCE, x=record)
    recorded_on = datetime.fromisoformat(found["recordedAt"]).date()
    assert found == {
        "reportedStatus": "VALID", "sourceUpdatedAt": "2026-05-01T08:00:00+08:00", "recordedAt": found["recordedAt"],
        "confirmedAt": found["recordedAt"], "isStale": False, "assurance": "PRIMARY_SOURCE", "owner": {"id": OWNER},
    }  # fmt: skip
    known = await moment(quiet)
    stale = [
        (await told(quiet, PROVENANCE, x=record, day=str(recorded_on + timedelta(days=days))))["isStale"]
        for days in (7, 8)
    ]
    assert stale == [False, True]
    confirm = "insert into source_confirmation (owner_id, kind, confirmed_at) values ($1, 'SAFETY_MANAGEMENT', now())\
 on conflict (owner_id, kind) do update set confirmed_at = now()"
    caller = caller_of(quiet, OWNER)
    async with acting(quiet.database.pool, caller) as connection:
        await connection.execute(confirm, caller.tenant.tenant_id)
    confirmed = [(await told(quiet, PROVENANCE, x=record, known=one))["confirmedAt"] for one in (known, None)]
    assert confirmed[0] == found["recordedAt"] < confirmed[1]


@pytest.mark.parametrize(("slug", "issuer", "region", "assurance"), [
    (OWNER, "11320000DEM000001X", "440300", "PRIMARY_SOURCE_EQUIVALENT"),
    (OWNER, "11320000DEM000001X", "320000", "SECONDARY"),
    ("huadong-construction", None, "440300", "SELF_REPORTED"),
])  # fmt: skip
async def test_how_close_a_source_is_follows_from_who_published(
    slug: str, issuer: str | None, region: str, assurance: str, quiet: Runtime
) -> None:
    """Today every authority publishes what it issued itself; so the row is made as another source would."""
    values = material.certificate(material.person(), material.firm(), valid_to=date(2028, 1, 1))
    record = await keep(quiet, OWNER, "SAFETY_MANAGEMENT", values)
    owner = quiet.directory.by_slug[slug].tenant_id
    changed = "update record set owner_id = $2, issuer_code = $3, region = $4 where record_id = $1"
    other = await asyncpg.connect(quiet.database.dsn)
    try:
        await other.execute("set session_replication_role = replica")
        await other.execute(changed, uuid.UUID(record), owner, issuer, region)
    finally:
        await other.close()
    asker = OWNER if slug == OWNER else slug
    assert (await told(quiet, PROVENANCE, asker, x=record))["assurance"] == assurance


async def test_the_import_of_a_version_is_shown_to_its_owner_only(quiet: Runtime) -> None:
    query = "query Q($x: ID!) { answer: riskFlag(id: $x) { history(first: 1) { nodes { batch { id } } } } }"
    record = await keep(quiet, OWNER, "RISK_FLAG", material.flag(material.firm()))
    with pytest.raises(Refusal, match="FORBIDDEN"):
        await answered(quiet, PARTNER, query, x=record)


async def imported_again(quiet: Runtime, values: dict[str, Any]) -> None:
    """A file of one certificate as it stands already: nothing changes, and it is confirmed."""
    caller = caller_of(quiet, OWNER)
    publication = Publication(tenant=caller.tenant, keys=quiet.keys, day=DAY, batch_id=uuid.uuid4())
    file, kind = io.BytesIO(orjson.dumps(values)), BY_NAME["SAFETY_MANAGEMENT"]
    await import_file(
        quiet.database.pool, caller, publication, file, kind=kind, file_name="a.ndjson", content_type=None
    )


async def test_a_past_moment_is_told_the_confirmation_of_then(quiet: Runtime) -> None:
    """Not that of now, which came later, and not the day it was recorded, before which it was confirmed once more."""
    values = material.certificate(material.person(), material.firm(), valid_to=date(2028, 1, 1))
    record = await keep(quiet, OWNER, "SAFETY_MANAGEMENT", values)
    at_first = await moment(quiet)
    await imported_again(quiet, values)
    between = await moment(quiet)
    await imported_again(quiet, values)
    first, then, now = [
        (await told(quiet, PROVENANCE, x=record, known=known))["confirmedAt"] for known in (at_first, between, None)
    ]
    in_order = [datetime.fromisoformat(one) for one in (first, at_first, then, between, now)]
    assert in_order == sorted(set(in_order))
    assert first == (await told(quiet, PROVENANCE, x=record))["recordedAt"]


async def test_a_grading_is_stale_after_a_quarter(quiet: Runtime) -> None:
    firm = material.firm()
    await keep(quiet, OWNER, "RISK_GRADING", material.grading(firm, "YELLOW", day="2026-04-01"))
    query = """query Q($x: String!, $day: Date) { answer: riskGradings(first: 1, creditCode: $x, asOf: $day) {
      nodes { isStale } } }"""
    days = [quiet.today() + timedelta(days=after) for after in (92, 93)]
    found = [await told(quiet, query, x=firm.credit_code, day=str(day)) for day in days]
    assert [one["nodes"] for one in found] == [[{"isStale": False}], [{"isStale": True}]]
