"""Certificates about to end or withdrawn, from the event to the review: where the holder is appointed, and where an
authority recognised the certificate within a year. Dangers not removed in time, as the clock announces them."""

from datetime import date, timedelta
from typing import Any

import pytest
import pytest_asyncio
from orjson import dumps

from exchange.runtime import Runtime
from tests.flows import material
from tests.flows.scratch import answered, keep, quiet_hub
from tests.flows.test_triggers_of_firms import MUST, danger, reviews

DONGGUAN, GUANGZHOU, SHENZHEN = "dg-bureau", "gz-bureau", "sz-bureau"
PURPOSE = ("上岗核验", "DEM-TP-1")
OF_PERSON = """query P($n: String!) { person(by: {idNumber: $n}) { reviews(first: 9) { nodes {
  rule priority handling reason authority { id } } } } }"""
RECOGNISE = "query Q($i: RecognitionInput!) { recognition(input: $i) { verdict } }"
RAISE = """select append_events(array_agg(row(null, r.owner_id, $2,
  case when r.person_id is null then 'E:' || r.credit_code else 'P:' || r.person_id end, null, null,
  r.audience, 0, null, r.credit_code, r.record_id, null, $3,
  $4::text::jsonb || jsonb_strip_nulls(jsonb_build_object('recordId', r.record_id, 'kind', r.kind,
    'creditCode', r.credit_code, 'personId', r.person_id, 'validTo', r.valid_to)), null)::event))
from record r where r.record_id = $1::text::uuid"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quiet(database: Any) -> Any:
    """A hub whose numbering and triggers run when a test says so."""
    async with quiet_hub(database.dsn, "exchange_triggers_of_persons") as runtime:
        yield runtime


async def announce(quiet: Runtime, record_id: str, kind: str, **told: Any) -> None:
    """What the clock announces of a record."""
    async with quiet.database.hub_pool.acquire() as connection:
        await connection.execute(RAISE, record_id, kind, quiet.today(), dumps(told).decode())
    await quiet.settle()


async def told(quiet: Runtime, slug: str, person: material.Person) -> list[tuple[str, str, str]]:
    """Rule and what is asked, of an authority's own reviews of a person."""
    await quiet.settle()
    found = (await answered(quiet, slug, OF_PERSON, PURPOSE, n=person.id_number))["data"]["person"]
    nodes = found["reviews"]["nodes"] if found else []
    return [(one["rule"], one["priority"], one["handling"]) for one in nodes if one["authority"]["id"] == slug]


async def issue(quiet: Runtime, person: material.Person, firm: material.Firm, ends: date, **changed: Any) -> str:
    values = material.certificate(person, firm, valid_to=ends) | changed
    return await keep(quiet, SHENZHEN, "SAFETY_MANAGEMENT", values, day=quiet.today())


@pytest.mark.parametrize(("days", "priority"), [(90, "MAY"), (60, "MAY"), (30, "MUST"), (7, "MUST"), (0, "MUST")])
async def test_a_certificate_about_to_end_is_for_attention_where_its_holder_is_appointed(
    quiet: Runtime, days: int, priority: str
) -> None:
    person, firm = material.person(), material.firm()
    record_id = await issue(quiet, person, firm, quiet.today() + timedelta(days=days))
    await keep(quiet, DONGGUAN, "APPOINTMENT", material.appointment(person, firm, "441900"))
    await keep(quiet, SHENZHEN, "APPOINTMENT", material.appointment(person, firm, "440300"))
    await announce(quiet, record_id, "credential.expiring", daysLeft=days)
    assert await told(quiet, DONGGUAN, person) == [("CREDENTIAL_EXPIRING", priority, "FOR_ATTENTION")]
    assert await told(quiet, SHENZHEN, person) == []
    assert await told(quiet, GUANGZHOU, person) == []


async def test_a_certificate_renewed_before_the_reminder_was_handled_is_told_of_nowhere(quiet: Runtime) -> None:
    person, firm = material.person(), material.firm()
    ends = quiet.today() + timedelta(days=30)
    record_id = await issue(quiet, person, firm, ends)
    await keep(quiet, DONGGUAN, "APPOINTMENT", material.appointment(person, firm, "441900"))
    async with quiet.database.hub_pool.acquire() as connection:
        await connection.execute(RAISE, record_id, "credential.expiring", quiet.today(), '{"daysLeft": 30}')
    await issue(quiet, person, firm, ends + timedelta(days=1095))
    assert await told(quiet, DONGGUAN, person) == []


async def recognise(quiet: Runtime, slug: str, number: str, region: str) -> str:
    asked = {"certificateNumber": number, "hostRegion": region}
    body = await answered(quiet, slug, RECOGNISE, PURPOSE, i=asked)
    verdict: str = body["data"]["recognition"]["verdict"]
    return verdict


async def operator(quiet: Runtime, **changed: Any) -> tuple[material.Person, material.Firm, dict[str, Any]]:
    """A special operator of Shenzhen, accepted everywhere by law."""
    person, firm = material.person(), material.firm()
    values = material.special_operation(person, firm) | changed
    await keep(quiet, SHENZHEN, "SPECIAL_OPERATION", values, day=quiet.today())
    return person, firm, values


async def test_whoever_recognised_a_certificate_is_told_when_its_issuer_withdraws_it(quiet: Runtime) -> None:
    person, _, values = await operator(quiet)
    for _ in range(2):  # relied on twice is one reliance
        assert await recognise(quiet, GUANGZHOU, values["number"], "440100") == "ACCEPTED"
    assert await recognise(quiet, SHENZHEN, values["number"], "440300") == "ACCEPTED"
    await keep(quiet, SHENZHEN, "SPECIAL_OPERATION", values | {"reportedStatus": "REVOKED"}, day=quiet.today())
    assert await told(quiet, GUANGZHOU, person) == [("CREDENTIAL_WITHDRAWN", *MUST)]
    assert await told(quiet, SHENZHEN, person) == []
    assert await told(quiet, DONGGUAN, person) == []


async def test_whoever_recognised_a_certificate_is_told_when_another_authority_acts_upon_it(quiet: Runtime) -> None:
    person, _, values = await operator(quiet)
    assert await recognise(quiet, GUANGZHOU, values["number"], "440100") == "ACCEPTED"
    await keep(quiet, DONGGUAN, "CERTIFICATE_ACTION", material.action(person, values), day=quiet.today())
    assert await told(quiet, GUANGZHOU, person) == [("CERTIFICATE_ACTION", *MUST)]


async def test_a_certificate_that_was_not_recognised_or_of_another_work_binds_nobody(quiet: Runtime) -> None:
    person, firm, values = await operator(quiet, reportedStatus="SUSPENDED")
    assert await recognise(quiet, GUANGZHOU, values["number"], "440100") == "REFUSED"
    held = material.certificate(person, firm, valid_to=quiet.today() + timedelta(days=400))
    await keep(quiet, SHENZHEN, "SAFETY_MANAGEMENT", held, day=quiet.today())
    await keep(quiet, SHENZHEN, "SPECIAL_OPERATION", values | {"reportedStatus": "REVOKED"}, day=quiet.today())
    assert await told(quiet, GUANGZHOU, person) == []


async def test_a_recognition_for_a_place_the_asker_does_not_govern_makes_it_present_nowhere(quiet: Runtime) -> None:
    person, _, values = await operator(quiet)
    assert await recognise(quiet, GUANGZHOU, values["number"], "441900") == "ACCEPTED"
    await keep(quiet, SHENZHEN, "SPECIAL_OPERATION", values | {"reportedStatus": "REVOKED"}, day=quiet.today())
    assert [await told(quiet, slug, person) for slug in (GUANGZHOU, DONGGUAN)] == [[], []]


async def test_a_recognition_older_than_a_year_is_past(quiet: Runtime) -> None:
    person, _, values = await operator(quiet)
    assert await recognise(quiet, GUANGZHOU, values["number"], "440100") == "ACCEPTED"
    later = quiet.today() + timedelta(days=365)
    await keep(quiet, SHENZHEN, "SPECIAL_OPERATION", values | {"reportedStatus": "REVOKED"}, day=later)
    assert await told(quiet, GUANGZHOU, person) == []


async def test_what_an_authority_relied_on_is_seen_by_no_other(quiet: Runtime) -> None:
    _, _, values = await operator(quiet)
    assert await recognise(quiet, GUANGZHOU, values["number"], "440100") == "ACCEPTED"
    owners = {slug: quiet.directory.by_slug[slug].tenant_id for slug in (GUANGZHOU, SHENZHEN, DONGGUAN)}
    seen = {}
    for slug, owner in owners.items():
        async with quiet.database.pool.acquire() as connection, connection.transaction():
            await connection.execute(
                "select set_config('app.writes', $1, true), set_config('app.reads', $2, true), "
                "set_config('app.level', '0', true)", f"{{{owner}}}", f"{{{owners[GUANGZHOU]}}}",
            )  # fmt: skip
            found = await connection.fetch("select distinct owner_id from recognition_reliance")
        seen[slug] = [row["owner_id"] for row in found]
    assert seen[GUANGZHOU] == [owners[GUANGZHOU]]
    assert owners[GUANGZHOU] not in seen[SHENZHEN] + seen[DONGGUAN]


@pytest.mark.parametrize("comes_first", ["matter", "overdue"])
async def test_a_danger_not_removed_in_time_is_reviewed_where_the_firm_has_a_matter(
    quiet: Runtime, comes_first: str
) -> None:
    firm = material.firm()
    matter = material.matter(firm, "440100")
    if comes_first == "matter":
        await keep(quiet, GUANGZHOU, "PROJECT_APPROVAL", matter)
    record_id = await keep(quiet, SHENZHEN, "HIDDEN_DANGER", danger(firm))
    await announce(quiet, record_id, "hiddenDanger.overdue", dueOn="2026-05-31")
    if comes_first == "overdue":
        await keep(quiet, GUANGZHOU, "PROJECT_APPROVAL", matter)
    assert sorted(await reviews(quiet, firm)) == [("HIDDEN_DANGER_LISTED", MUST), ("HIDDEN_DANGER_OVERDUE", MUST)]


@pytest.mark.parametrize("changed", [
    {"rectifyBy": "2027-05-31"}, {"liftedOn": "2026-11-20", "liftReason": "整改完成"},
])  # fmt: skip
async def test_a_danger_with_more_time_or_closed_before_it_was_handled_is_not_overdue(
    quiet: Runtime, changed: dict[str, str]
) -> None:
    firm = material.firm()
    await keep(quiet, GUANGZHOU, "PROJECT_APPROVAL", material.matter(firm, "440100"))
    record_id = await keep(quiet, SHENZHEN, "HIDDEN_DANGER", danger(firm))
    await quiet.settle()
    await keep(quiet, SHENZHEN, "HIDDEN_DANGER", danger(firm) | changed)
    await announce(quiet, record_id, "hiddenDanger.overdue", dueOn="2026-05-31")
    assert [rule for rule, _ in await reviews(quiet, firm)] == ["HIDDEN_DANGER_LISTED"]
