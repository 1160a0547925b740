"""What a confirmation rests on stands still while it is made: whatever is committed before the receipt is in it,
whatever is on its way is waited for. Each change here is under way when the confirmation is asked for."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import asyncpg
import pytest_asyncio

from exchange.demo.seed import caller_of
from exchange.desks.recognition_rules import publish_rule, rule_from
from exchange.publishing.admission import admit
from exchange.publishing.publish import Publication, Report, publish
from exchange.runtime import Runtime
from schema.kinds import BY_NAME
from schema.record import parse
from tenants.session import acting
from tests.flows import material
from tests.flows.confirmations import JIANGSU, NANJING, SHANGHAI, SHENZHEN, as_owner, confirm, engineer, rule
from tests.flows.rules import as_input
from tests.flows.scratch import keep, quiet_hub

SLOWEST_SECONDS = 8.0


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quiet(database: Any) -> AsyncIterator[Runtime]:
    async with quiet_hub(database.dsn, "exchange_held") as runtime:
        await rule(runtime, requiresNoAdverse=True)
        await runtime.settle()
        yield runtime


@asynccontextmanager
async def asked_meanwhile(quiet: Runtime, values: dict[str, Any]) -> AsyncIterator[asyncio.Task[Any]]:
    """A confirmation asked for while the change is under way; the block ends once it waits."""
    confirming = asyncio.create_task(confirm(quiet, values))
    yield confirming
    await waits(quiet, confirming)


async def waits(quiet: Runtime, task: asyncio.Task[Any]) -> None:
    """Until the task's work waits for a lock in the database. Fails when it is done without having waited."""
    query = """select exists (select from pg_locks l join pg_stat_activity a using (pid)
      where not l.granted and a.datname = current_database())"""
    connection = await asyncpg.connect(quiet.database.dsn)
    try:
        async with asyncio.timeout(SLOWEST_SECONDS):
            while not await connection.fetchval(query):
                assert not task.done(), task.result()
                await asyncio.sleep(0.01)
    finally:
        await connection.close()


async def publishing(quiet: Runtime, connection: Any, slug: str, kind: str, values: dict[str, Any]) -> None:
    tenant, record = quiet.directory.by_slug[slug], parse(BY_NAME[kind], values).record
    assert record is not None
    publication = Publication(tenant=tenant, keys=quiet.keys, day=quiet.today())
    await publish(connection, [admit(record, tenant)], publication, report=Report())


async def meanwhile(quiet: Runtime, values: dict[str, Any], slug: str, kind: str, changed: dict[str, Any]) -> Any:
    """What is confirmed while a record is on its way."""
    async with acting(quiet.database.pool, caller_of(quiet, slug)) as connection:
        await publishing(quiet, connection, slug, kind, changed)
        async with asked_meanwhile(quiet, values) as confirming:
            pass
    return await confirming


async def test_a_revocation_under_way_is_waited_for_and_counts(quiet: Runtime) -> None:
    values = await engineer(quiet, quiet.today())
    revoked = {**values, "reportedStatus": "REVOKED"}
    made = await meanwhile(quiet, values, SHANGHAI, "ASSISTANT_SAFETY_ENGINEER", revoked)
    assert (made["confirmedVerdict"], made["confirmedReasons"]) == ("REFUSED", ["STATE_REVOKED"])


async def test_the_first_flag_ever_on_the_firm_is_waited_for_and_counts(quiet: Runtime) -> None:
    values = await engineer(quiet, quiet.today())
    at = material.Firm(name="示例", credit_code=values["creditCode"], region="440300")
    made = await meanwhile(quiet, values, SHENZHEN, "RISK_FLAG", material.flag(at))
    assert made["confirmedVerdict"] == "REFUSED"


async def test_an_action_of_another_authority_is_waited_for_and_counts(quiet: Runtime) -> None:
    person = material.person()
    welder = material.special_operation(person, material.firm("310000"), region="310000")
    await keep(quiet, SHANGHAI, "SPECIAL_OPERATION", welder, day=quiet.today())
    made = await meanwhile(quiet, welder, SHENZHEN, "CERTIFICATE_ACTION", material.action(person, welder))
    assert made["confirmedVerdict"] == "REFUSED"


async def test_a_certificate_on_its_way_to_another_firm_is_judged_by_that_firm(quiet: Runtime) -> None:
    """Whom it names was sought before it was held, and is sought once more."""
    values = await engineer(quiet, quiet.today())
    other = material.firm("310000")
    at = material.Firm(name="示例", credit_code=other.credit_code, region="440300")
    await keep(quiet, SHENZHEN, "RISK_FLAG", material.flag(at), day=quiet.today())
    moved = {**values, "creditCode": other.credit_code, "employerName": other.name}
    made = await meanwhile(quiet, values, SHANGHAI, "ASSISTANT_SAFETY_ENGINEER", moved)
    assert made["confirmedVerdict"] == "REFUSED"


async def test_what_was_given_up_counts_for_nothing(quiet: Runtime) -> None:
    values = await engineer(quiet, quiet.today())
    connection = await quiet.database.pool.acquire()
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute(
        "select set_config('app.writes', $1, true)", f"{{{quiet.directory.by_slug[SHANGHAI].tenant_id}}}"
    )
    revoked = {**values, "reportedStatus": "REVOKED"}
    await publishing(quiet, connection, SHANGHAI, "ASSISTANT_SAFETY_ENGINEER", revoked)
    async with asked_meanwhile(quiet, values) as confirming:
        pass
    await transaction.rollback()
    await quiet.database.pool.release(connection)
    assert (await confirming)["confirmedVerdict"] == "ACCEPTED"


async def test_a_rule_being_published_is_waited_for(quiet: Runtime) -> None:
    begins = quiet.today() + timedelta(days=5)
    values, first = await engineer(quiet, quiet.today(), "OTHER_MINE"), await rule(quiet, "OTHER_MINE")
    caller = caller_of(quiet, NANJING)
    later = as_input({**first, "version": 2, "mode": "NONE", "validFrom": str(begins)})
    async with acting(quiet.database.pool, caller) as connection:
        faults = await publish_rule(connection, rule_from(later, caller), caller, now=quiet.now())
        assert faults == []
        confirming = asyncio.create_task(confirm(quiet, values, on=str(begins)))
        await waits(quiet, confirming)
    assert (await confirming)["confirmedVerdict"] == "REFUSED"


async def test_a_member_that_leaves_at_this_moment_is_seen_no_more(quiet: Runtime) -> None:
    values = await engineer(quiet, quiet.today())
    owner = await asyncpg.connect(quiet.database.dsn)
    try:
        async with owner.transaction():
            await owner.execute("update tenant set is_active = false where slug = $1", SHANGHAI)
            confirming = asyncio.create_task(confirm(quiet, values))
            await waits(quiet, confirming)
        assert (await confirming)["confirmedReasons"] == ["NOT_FOUND"]
    finally:
        await owner.close()
        await as_owner(quiet, "update tenant set is_active = true where slug = $1", SHANGHAI)
        await quiet.reload()


async def test_two_ids_found_to_be_one_person_at_this_moment_count(quiet: Runtime) -> None:
    today, other = quiet.today(), material.person()
    values = await engineer(quiet, today)
    withdrawn = material.engineer(other, material.firm("320000"), region="320000") | {
        "specialty": "CHEMICAL", "reportedStatus": "REVOKED", "validFrom": values["validFrom"],
        "validTo": values["validTo"],
    }  # fmt: skip
    await keep(quiet, JIANGSU, "ASSISTANT_SAFETY_ENGINEER", withdrawn, day=today)
    ids = sorted([quiet.keys.person_id(values["idNumber"]), quiet.keys.person_id(other.id_number)])
    judged = """insert into person_verdict (owner_id, person_id, other_person_id, verdict, reason, case_number,
      decided_on, recorded_on) values ($1, $2, $3, 'SAME', '核对', 'DEM-1', $4, $4)"""
    authority = quiet.directory.by_slug[SHANGHAI].tenant_id
    async with acting(quiet.database.pool, caller_of(quiet, SHANGHAI)) as connection:
        await connection.execute(judged, authority, *ids, today)
        async with asked_meanwhile(quiet, values) as confirming:
            pass
    assert (await confirming)["confirmedVerdict"] == "UNDETERMINED"


async def test_a_revocation_waits_until_the_receipt_before_it_is_kept(quiet: Runtime) -> None:
    values = await engineer(quiet, quiet.today())
    held = f"P:{quiet.keys.person_id(values['idNumber'])}"
    async with acting(quiet.database.pool, caller_of(quiet, NANJING)) as connection:
        await connection.execute("select hold_subjects(array[$1])", held)
        revoked = {**values, "reportedStatus": "REVOKED"}
        revoking = asyncio.create_task(keep(quiet, SHANGHAI, "ASSISTANT_SAFETY_ENGINEER", revoked, day=quiet.today()))
        await waits(quiet, revoking)
    assert uuid.UUID(await revoking)
    assert (await confirm(quiet, values))["confirmedVerdict"] == "REFUSED"


async def test_a_firm_of_which_nothing_was_ever_announced_is_held_too_and_its_events_begin_at_one(
    quiet: Runtime,
) -> None:
    at = material.firm("440300")
    async with acting(quiet.database.pool, caller_of(quiet, NANJING)) as connection:
        await connection.execute("select hold_subjects(array[$1])", f"E:{at.credit_code}")
        flagging = asyncio.create_task(keep(quiet, SHENZHEN, "RISK_FLAG", material.flag(at), day=quiet.today()))
        await waits(quiet, flagging)
    flag = uuid.UUID(await flagging)
    async with quiet.database.hub_pool.acquire() as connection:
        versions = await connection.fetch("select version from event where record_id = $1 order by version", flag)
    assert [row["version"] for row in versions] == [1]


async def test_who_confirms_at_the_same_moment_waits_for_nobody(quiet: Runtime) -> None:
    values = await engineer(quiet, quiet.today())
    held = f"P:{quiet.keys.person_id(values['idNumber'])}"
    async with acting(quiet.database.pool, caller_of(quiet, JIANGSU)) as connection:
        await connection.execute("select hold_subjects(array[$1])", held)
        async with asyncio.timeout(SLOWEST_SECONDS):
            made = await confirm(quiet, values)
    assert made["confirmedVerdict"] == "ACCEPTED"
