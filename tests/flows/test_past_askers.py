"""Who asked about a firm or person is told when the answer may have changed: once, for a term, of what he may read."""

import uuid
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest_asyncio

from exchange.demo.seed import caller_of
from exchange.runtime import Runtime
from tenants.session import acting
from tests.flows import material
from tests.flows.material import Firm, Person
from tests.flows.scratch import DAY, answered, keep, quiet_hub
from tests.flows.test_roster_alerts import heard
from tests.flows.test_rosters import BUREAU, FIRM, NEIGHBOUR, OWN, PARTNER

ELSEWHERE = "gz-bureau"
PURPOSE = ("资格核验", "DEM-2026-1")
PERSON = "query Q($x: PersonBy!) { person(by: $x) { nameMasked } }"
GATE = "mutation M($x: GateCheckInput!) { gateCheck(input: $x) { gateCheck { receiptNumber } userErrors { code } } }"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quiet(database: Any) -> AsyncIterator[Runtime]:
    async with quiet_hub(database.dsn, "exchange_askers") as runtime:
        yield runtime


async def certified(quiet: Runtime, person: Person, at: Firm = OWN) -> tuple[str, dict[str, Any]]:
    values = material.special_operation(person, at, region="320100")
    record = await keep(quiet, BUREAU, "SPECIAL_OPERATION", values)
    await quiet.settle()  # so that nobody asked before it
    return record, values


async def reads(quiet: Runtime, slug: str, person: Person) -> None:
    found = await answered(quiet, slug, PERSON, PURPOSE, x={"idNumber": person.id_number})
    assert found["data"]["person"] is not None


async def read_long_ago(quiet: Runtime, slug: str, person: Person, months: int) -> None:
    owner = quiet.directory.by_slug[slug].tenant_id
    async with acting(quiet.database.pool, caller_of(quiet, slug)) as connection:
        await connection.execute(
            "insert into access_record (owner_id, client_id, purpose, case_number, root_field, fields, subjects,"
            " request_id, read_at) values ($1, $2, 'x', 'y', 'person', '{}', array[$3::uuid], 'r',"
            " now() - make_interval(months => $4))",
            owner, slug, quiet.keys.person_id(person.id_number), months,
        )  # fmt: skip


async def checks(quiet: Runtime, slug: str, firm: Firm, region: str) -> None:
    values = {"gate": "BID", "creditCode": firm.credit_code, "region": region}
    assert (await answered(quiet, slug, GATE, x=values))["data"]["gateCheck"]["userErrors"] == []


async def told(quiet: Runtime, slug: str, record: str) -> list[str]:
    found = await heard(quiet, slug, type="answer.changed")
    return [one["payload"]["causeType"] for one in found if one["recordId"] == record]


async def test_who_read_a_person_is_told_when_the_certificate_is_suspended(quiet: Runtime) -> None:
    person = material.person()
    record, values = await certified(quiet, person)
    await reads(quiet, NEIGHBOUR, person)
    await reads(quiet, NEIGHBOUR, person)
    await keep(quiet, BUREAU, "SPECIAL_OPERATION", {**values, "reportedStatus": "SUSPENDED"})
    (one,) = [one for one in await heard(quiet, NEIGHBOUR, type="answer.changed") if one["recordId"] == record]
    assert one["payload"] == {
        "subject": f"P:{quiet.keys.person_id(person.id_number)}", "causeType": "credential.statusChanged",
        "causeEventId": one["payload"]["causeEventId"], "recordId": record, "day": str(DAY),
    }  # fmt: skip
    assert (one["subject"], one["owner"]) == (f"T:{NEIGHBOUR}/answers", {"id": NEIGHBOUR})
    assert await told(quiet, "js-department", record) == []


async def test_who_asked_only_afterwards_or_reported_it_himself_is_not_told(quiet: Runtime) -> None:
    person = material.person()
    record, values = await certified(quiet, person)
    await reads(quiet, BUREAU, person)
    assert await told(quiet, BUREAU, record) == []
    await keep(quiet, BUREAU, "SPECIAL_OPERATION", {**values, "reportedStatus": "REVOKED"})
    assert await told(quiet, BUREAU, record) == []


async def test_the_term_is_twelve_months_unless_an_agreement_says_otherwise(quiet: Runtime) -> None:
    within, beyond = material.person(), material.person()
    for person in (within, beyond):
        await certified(quiet, person)
    await read_long_ago(quiet, NEIGHBOUR, within, 11)
    await read_long_ago(quiet, NEIGHBOUR, beyond, 14)
    records = [await suspended(quiet, person) for person in (within, beyond)]
    assert [await told(quiet, NEIGHBOUR, record) for record in records] == [["credential.statusChanged"], []]
    async with quiet.database.hub_pool.acquire() as connection:
        assert await connection.fetchval("select min(asker_months) from agreement") == 12
    for months, expected in ((24, ["credential.statusChanged"]), (0, [])):
        await term(quiet, months)
        person = material.person()
        await certified(quiet, person)
        await read_long_ago(quiet, NEIGHBOUR, person, 14)
        assert await told(quiet, NEIGHBOUR, await suspended(quiet, person)) == expected
    await term(quiet, 12)


async def term(quiet: Runtime, months: int) -> None:
    connection = await asyncpg.connect(quiet.database.dsn)
    try:
        await connection.execute("update agreement set asker_months = $1", months)
    finally:
        await connection.close()


async def suspended(quiet: Runtime, person: Person) -> str:
    values = {**material.special_operation(person, OWN, region="320100"), "reportedStatus": "SUSPENDED"}
    return await keep(quiet, BUREAU, "SPECIAL_OPERATION", values)


async def test_who_checked_a_firm_at_a_gate_is_told_what_he_may_read_of_it(quiet: Runtime) -> None:
    firm = material.firm("320100")
    await checks(quiet, NEIGHBOUR, firm, "310000")
    await checks(quiet, PARTNER, firm, "310000")
    flag = await keep(quiet, BUREAU, "RISK_FLAG", material.flag(firm))
    inquiry = await keep(quiet, BUREAU, "RISK_FLAG", material.flag(firm, category="ACCIDENT_INVESTIGATION"))
    grading = await keep(quiet, BUREAU, "RISK_GRADING", material.grading(firm, "ORANGE"))
    assert await told(quiet, NEIGHBOUR, flag) == ["riskFlag.raised"]
    assert await told(quiet, NEIGHBOUR, inquiry) == ["riskFlag.raised"]
    assert await told(quiet, NEIGHBOUR, grading) == ["riskBand.changed"]
    assert await told(quiet, PARTNER, flag) == ["riskFlag.raised"]
    assert await told(quiet, PARTNER, inquiry) == []
    assert await told(quiet, PARTNER, grading) == []


async def test_an_asker_of_another_agreement_and_a_firm_hear_only_of_what_they_may_read(quiet: Runtime) -> None:
    person, other = material.person(), material.firm()
    await certified(quiet, person)
    for slug in (ELSEWHERE, FIRM):
        await read_long_ago(quiet, slug, person, 1)
    theirs = await keep(quiet, BUREAU, "SAFETY_MANAGEMENT", material.certificate(person, other, region="320100"))
    record = await suspended(quiet, person)
    assert await told(quiet, ELSEWHERE, record) == []
    assert await told(quiet, FIRM, theirs) == []
    assert await told(quiet, FIRM, record) == ["credential.statusChanged"]


async def test_every_change_told_is_of_an_event_its_asker_may_read_once(quiet: Runtime) -> None:
    await quiet.settle()
    for slug in (NEIGHBOUR, BUREAU, ELSEWHERE, FIRM, PARTNER):
        async with acting(quiet.database.pool, caller_of(quiet, slug)) as connection:
            rows = await connection.fetch("select owner_id, payload->>'causeEventId' as cause from event"
                " where type = 'answer.changed'")  # fmt: skip
            seen = await connection.fetch("select event_id from event")
        assert {row["owner_id"] for row in rows} <= {quiet.directory.by_slug[slug].tenant_id}
        causes = [uuid.UUID(row["cause"]) for row in rows]
        assert set(causes) <= {row["event_id"] for row in seen}
        assert len(causes) == len(set(causes))
