"""Below the API: what row security lets a caller's session do by SQL, and that no session inherits another's sight."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

import aiohttp
import asyncpg
import orjson
import pytest
import pytest_asyncio

from exchange.database import open_pool
from exchange.demo.cast import ENTERPRISE
from exchange.engine.request import GraphQLRequest
from exchange.runtime import Runtime
from tenants.session import acting
from tests.flows import material
from tests.flows.neighbours import (
    DONGGUAN,
    FIRM,
    GUANGZHOU,
    HOUSING,
    OPERATOR,
    PARTNER,
    SHANGHAI,
    SHENZHEN,
    World,
    caller,
    settle_in,
)

CONNECTIONS = 4
OTHERS = (DONGGUAN, SHANGHAI, FIRM, PARTNER, OPERATOR)
BAY_AREA = {SHENZHEN, GUANGZHOU, DONGGUAN, HOUSING}
DELTA = {SHANGHAI, "nj-bureau", "js-department"}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(hub: Any, ask: Any, http: aiohttp.ClientSession) -> World:
    return await settle_in(hub, ask, http)


@pytest_asyncio.fixture(loop_scope="session")
async def narrow(hub: Any) -> AsyncIterator[Runtime]:
    """A second engine on the same database: two connections for its reader, two for all other work."""
    async with open_pool(hub.database.dsn, CONNECTIONS) as pool:
        shared = hub.runtime
        runtime = Runtime(
            database=replace(hub.database, pool=pool), keys=shared.keys, issuer=shared.issuer, now=shared.now,
            directory=shared.directory,
        )  # fmt: skip
        yield runtime
        await runtime.reader.close()


_INTERLEAVED = """query Q($x: ID!) {
  riskFlag(id: $x) { id } riskFlags(first: 100) { nodes { id owner { id } } } events(first: 100) { nodes { id
  owner { id } } } }"""
# Whether it sees the inquiry, and whose flags and events it may see.
_VISIBLE = {
    SHENZHEN: (True, BAY_AREA), GUANGZHOU: (True, BAY_AREA), DONGGUAN: (True, BAY_AREA), SHANGHAI: (False, DELTA),
    # what these two did themselves: a dispute, a report
    FIRM: (False, BAY_AREA | DELTA | {FIRM}), PARTNER: (False, BAY_AREA | DELTA | {PARTNER}),
}  # fmt: skip


def _asked(**variables: Any) -> GraphQLRequest:
    return GraphQLRequest(
        query=_INTERLEAVED, operation_name=None, variables=variables, extensions={}, purpose=None, case_number=None,
        idempotency_key=None, language="zh", allow_mutation=True, request_id="interleaved",
    )  # fmt: skip


async def test_sights_do_not_leak_between_requests_that_share_few_connections(
    world: World, narrow: Runtime, hub: Any
) -> None:
    async def once(slug: str) -> tuple[str, Any]:
        reply = await narrow.engine.execute(_asked(x=world.ids["inquiry"]), caller(hub, slug))
        return slug, orjson.loads(reply.body)["data"]

    answers = await asyncio.gather(*(once(slug) for _ in range(34) for slug in _VISIBLE))
    assert len(answers) == 204
    # what is addressed to somebody, such as a review elsewhere that its own record caused, is for it whoever it is from
    query = "select e.event_id, t.slug from event e join tenant t on t.tenant_id = e.addressee_id"
    async with hub.database.hub_pool.acquire() as connection:
        addressed = {str(row["event_id"]): row["slug"] for row in await connection.fetch(query)}
    for slug, data in answers:
        sees_inquiry, owners = _VISIBLE[slug]
        assert (data["riskFlag"] is not None) is sees_inquiry, slug
        for name in ("riskFlags", "events"):
            found = {node["owner"]["id"] for node in data[name]["nodes"] if addressed.get(node["id"]) != slug}
            assert found, slug
            assert found <= owners, slug


async def test_mutations_and_queries_mixed_on_few_connections_keep_to_their_tenants(
    world: World, narrow: Runtime, hub: Any
) -> None:
    """A mutation holds its connection for a transaction; what runs on it next has another sight."""
    change = replace(_asked(), query=material.publishing("riskFlag"))

    async def write(slug: str, region: str) -> str:
        request = replace(change, variables={"input": material.flag(material.firm(region))})
        reply = await narrow.engine.execute(request, caller(hub, slug))
        return str(orjson.loads(reply.body)["data"]["riskFlagPublish"]["recordId"])

    async def read(slug: str) -> set[str]:
        reply = await narrow.engine.execute(_asked(x=world.ids["inquiry"]), caller(hub, slug))
        return {node["owner"]["id"] for node in orjson.loads(reply.body)["data"]["riskFlags"]["nodes"]}

    work = [[write(SHENZHEN, "440300"), read(SHANGHAI), write(SHANGHAI, "310000"), read(DONGGUAN)] for _ in range(10)]
    done = await asyncio.gather(*(one for several in work for one in several))
    assert all(owners <= DELTA for owners in done[1::4])
    assert all(owners <= BAY_AREA for owners in done[3::4])
    async with hub.database.hub_pool.acquire() as connection:
        for slug, written in ((SHENZHEN, done[0::4]), (SHANGHAI, done[2::4])):
            owner = hub.runtime.directory.by_slug[slug].tenant_id
            query = "select count(*) from record where owner_id = $1 and record_id = any ($2::uuid[])"
            assert await connection.fetchval(query, owner, written) == 10


async def test_a_connection_keeps_no_sight_after_a_request(world: World, narrow: Runtime) -> None:
    pool = narrow.database.pool
    for _ in range(4):
        await narrow.engine.reader.fetch_json("select to_json(set_config('app.writes', '{1}', true))", [])
    await narrow.reader.close()  # gives back what it keeps
    assert await seen_by_nobody(pool) == [("{}", 0)] * CONNECTIONS


async def seen_by_nobody(pool: Any) -> list[tuple[str, int]]:
    """On every connection of a pool: whose rows may be written, and how many records are seen."""
    query = "select current_setting('app.writes'), (select count(*) from record)"
    async with AsyncExitStack() as stack:
        every = [await stack.enter_async_context(pool.acquire(timeout=10)) for _ in range(CONNECTIONS)]
        return [tuple(await connection.fetchrow(query)) for connection in every]


async def test_a_request_that_fails_midway_leaves_no_sight_behind(world: World, narrow: Runtime, hub: Any) -> None:
    for _ in range(4):
        with pytest.raises(asyncpg.DivisionByZeroError):
            async with acting(narrow.database.pool, caller(hub, SHENZHEN)) as connection:
                await connection.fetch("select 1 / 0")
    assert await seen_by_nobody(narrow.database.pool) == [("{}", 0)] * CONNECTIONS


async def test_a_request_that_is_cancelled_midway_leaves_no_sight_behind(
    world: World, narrow: Runtime, hub: Any
) -> None:
    """The client hangs up: its connection is given up or given back, and nobody's sight stays on it."""
    request, who = _asked(x=world.ids["inquiry"]), caller(hub, SHENZHEN)
    for delay in (0, 0.001, 0.003, 0.006) * 5:
        task = asyncio.create_task(narrow.engine.execute(request, who))
        await asyncio.sleep(delay)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        reply = await narrow.engine.execute(request, caller(hub, SHANGHAI))
        assert orjson.loads(reply.body)["data"]["riskFlag"] is None
    await narrow.reader.close()
    assert await seen_by_nobody(narrow.database.pool) == [("{}", 0)] * CONNECTIONS


# What everybody may read: the directory of authorities, published rules, how fresh a source is, a number of no tenant.
_OPEN_TO_ALL = {"tenant", "recognition_rule", "source_confirmation", "confirmed_source", "directory_edition"}


async def test_a_session_without_a_sight_sees_no_row_of_any_tenant(world: World, hub: Any) -> None:
    async with hub.database.pool.acquire() as connection:
        readable = await connection.fetch(
            "select relname from pg_class where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace"
            " and has_any_column_privilege('exchange_app', oid, 'select')"
        )
        names = [row["relname"] for row in readable]
        counts = {name: await connection.fetchval(f'select count(*) from "{name}"') for name in names}
        kinds = await connection.fetch("select distinct kind from tenant")
    assert {name for name, rows in counts.items() if rows} <= _OPEN_TO_ALL
    assert {"record", "record_version", "review", "event", "access_record", "idempotency"} <= set(names)
    assert [row["kind"] for row in kinds] == ["AUTHORITY"]


async def test_an_enterprise_sees_rows_of_its_own_firm_only(world: World, hub: Any) -> None:
    async with acting(hub.database.pool, caller(hub, FIRM)) as connection:
        codes = await connection.fetch("select distinct credit_code from record")
        own = "owner_id = any (current_setting('app.writes')::int[])"  # steps it took itself
        events = await connection.fetch(f"select distinct credit_code from event where not {own}")
        taken = await connection.fetch(f"select distinct type from event where {own}")
        others = "select count(*) from review where credit_code is distinct from $1"
        reviews = await connection.fetchval(others, ENTERPRISE.credit_code)
        matters = await connection.fetchval("select count(*) from record where kind = 'PROJECT_APPROVAL'")
    assert [row["credit_code"] for row in codes] == [ENTERPRISE.credit_code]
    assert [row["credit_code"] for row in events] == [ENTERPRISE.credit_code]
    assert {row["type"] for row in taken} - {"answer.changed"} == {"dispute.stepped"}  # and what it is told alone
    assert (reviews, matters) == (0, 0)


# Each gives a row where it could touch one; $1 is the named id of the world, or the owner's tenant id.
_TOUCHING = {
    "record": ("flag", "update record set name = 'x' where record_id = $1 returning 1"),
    "review": ("review", "update review set outcome = null where review_id = $1 returning 1"),
    "import_batch": ("batch", "update import_batch set rows_read = 99 where batch_id = $1 returning 1"),
    "source_confirmation": ("", "update source_confirmation set confirmed_at = now() where owner_id = $1 returning 1"),
    "import_receipt": ("", "select 1 from import_receipt where owner_id = $1"),
    "idempotency read": ("", "select 1 from idempotency where owner_id = $1"),
    "idempotency delete": ("", "delete from idempotency where owner_id = $1 returning 1"),
    "access_record": ("", "select 1 from access_record where owner_id = $1"),
    "review_policy": ("", "select 1 from review_policy where owner_id = $1"),
    "review_unopened": ("", "select 1 from review_unopened where owner_id = $1"),
    "transfer": ("", "select 1 from transfer where losing_id = $1 or gaining_id = $1"),
    "transfer_step": ("", "select 1 from transfer_step where losing_id = $1 or gaining_id = $1"),
    "gate_check": ("check", "select 1 from gate_check where check_id = $1"),
    "confirmation": ("", "select 1 from confirmation where owner_id = $1"),
    "confirmation_change": ("", "select 1 from confirmation_change where owner_id = $1"),
    "confirmation_scan": ("", "select 1 from confirmation_scan where owner_id = $1"),
    "roster": ("roster", "select 1 from roster where roster_id = $1"),
    "roster_entry": ("roster", "select 1 from roster_entry where roster_id = $1"),
    "roster_entry update": ("roster", "update roster_entry set label = 'x' where roster_id = $1 returning 1"),
}


@pytest.mark.parametrize("what", _TOUCHING)
@pytest.mark.parametrize("slug", OTHERS)
async def test_another_s_rows_cannot_be_touched_by_direct_sql(what: str, slug: str, world: World, hub: Any) -> None:
    name, statement = _TOUCHING[what]
    value = uuid.UUID(world.ids[name]) if name else hub.runtime.directory.by_slug[SHENZHEN].tenant_id
    async with acting(hub.database.pool, caller(hub, slug)) as connection:
        assert await connection.fetch(statement, value) == []


# $1 is the tenant id of Shenzhen, in whose name each tries to write.
_FORGING = {
    "record": """insert into record (owner_id, kind, family, key_hash, audience, credit_code, body, fingerprint,
      recorded_on)
      values ($1, 'RISK_FLAG', 'ADVERSE', 'x', 3, 'c', '{}', 'x', current_date)""",
    "event": """insert into event (owner_id, type, subject, version, audience, least_level, day, payload)
      values ($1, 'riskFlag.raised', 'E:forged', 1, 3, 0, current_date, '{}')""",
    "event by the function": """select append_events(array[row(null, $1::int, 'riskFlag.raised', 'E:forged', null,
      null, 3, 0,
      null, null, null, null, current_date, '{}', null)::event])""",
    "access_record": """insert into access_record
      (owner_id, client_id, purpose, case_number, root_field, fields, subjects, request_id)
      values ($1, 'c', 'p', 'c', 'f', '{}', '{}', 'r')""",
    "idempotency": "insert into idempotency (owner_id, key, request_hash) values ($1, 'k', 'x')",
    "import_batch": "insert into import_batch (batch_id, owner_id, kind) values (gen_random_uuid(), $1, 'RISK_FLAG')",
    "roster": "insert into roster (owner_id, name, purpose, created_on) values ($1, 'x', 'x', current_date)",
    "roster_entry": """insert into roster_entry (roster_id, owner_id, subject, credit_code, sealed, added_on)
      values (gen_random_uuid(), $1, 'E:c', 'c', 'x', current_date)""",
    "roster_entry in the roster of another": """insert into roster_entry
      (roster_id, owner_id, subject, credit_code, sealed, added_on)
      select r.roster_id, (current_setting('app.writes')::int[])[1], 'E:c', 'c', 'x', current_date
      from (select gen_random_uuid() as roster_id) r where $1::int > 0""",
    "gate_check": """insert into gate_check (receipt_number, owner_id, client_id, gate, credit_code, region, day,
      verdict, reasons) values ('GC-440300-20261123-FORGED23', $1, 'c', 'BID', 'c', '440300', current_date,
      'PASS', '[]')""",
    "confirmation": """insert into confirmation (number, owner_id, client_id, host_region, host_ids, day, asked,
      number_hash, number_shown, verdict, reasons, rules, conditions, fact_digests, valid_until, receipt, confirmed_at)
      values ('HR-20261124-F0RGED00', $1, 'c', '440300', '{}', current_date, '{}', 'x', 'x', 'UNDETERMINED', '{}',
      '{}', '[]', '{}', current_date, 'x', now())""",
    "confirmation_change": """insert into confirmation_change
      (confirmation_id, owner_id, state, verdict, reasons, rules, cause_type, day)
      values (gen_random_uuid(), $1, 'STANDS', 'ACCEPTED', '{}', '{}', 'x', current_date)""",
    "confirmation_scan": """insert into confirmation_scan (owner_id, confirmation_id, scanned_at, outcome, visitor)
      values ($1, gen_random_uuid(), now(), 'ACCEPTED', 'x')""",
    "confirmation_due": """insert into confirmation_due (confirmation_id, owner_id, cause_type)
      values (gen_random_uuid(), $1, 'x')""",
    "repair_request": """insert into repair_request (owner_id, requester_id, record_id, credit_code, materials,
      commitment, requested_on, due_on, is_due_estimated)
      values ($1, $1, gen_random_uuid(), 'c', 'm', 'c', current_date, current_date, false)""",
    "transfer": """insert into transfer (owner_id, losing_id, gaining_id, record_id, person_id, number_shown,
      manager_class, valid_to, opened_on)
      select $1, $1, (current_setting('app.writes')::int[])[1], gen_random_uuid(), gen_random_uuid(), 'x', 'A',
      current_date, current_date""",
    "import_receipt": "insert into import_receipt values (gen_random_uuid(), 0, $1, 'x', now())",
    "source_confirmation": "insert into source_confirmation (owner_id, kind) values ($1, 'FORGED')",
    "confirmed_source": "insert into confirmed_source (owner_id, kind) values ($1, 'FORGED')",
    "recognition_rule": """insert into recognition_rule (identifier, version, owner_id, valid_from, terms)
      values ('AR-990000-0001', 1, $1, current_date, '{}')""",
    "recognition_rule_fired": """insert into recognition_rule_fired (identifier, version, fired_on, owner_id)
      values ('AR-990000-0001', 1, current_date, $1)""",
    "review_policy": """insert into review_policy (owner_id, version, valid_from, terms, published_by, published_on)
      values ($1, 999, current_date, '[]', 'c', current_date)""",
    "review_unopened": """insert into review_unopened
      (owner_id, rule, cause_key, cause_event_id, cause_owner_id, subject, sightings, weighed_on)
      values ($1, 'r', 'k', gen_random_uuid(), $1, 's', '[]', current_date)""",
    "review": """insert into review (owner_id, cause_owner_id, rule, cause_key, cause_event_id, subject, priority,
      handling,
      reason_zh, reason_en, opened_on, due_on, is_due_estimated) values ($1, $1, 'r', 'k', gen_random_uuid(), 's',
      'MUST',
      'FOR_FOLLOW_UP', 'z', 'e', current_date, current_date, false)""",
    "review_step": """insert into review_step (thread_id, review_id, owner_id, step, state, taken_on)
      values (gen_random_uuid(), gen_random_uuid(), $1, 'REMINDED', 'RECEIVED', current_date)""",
    "review_step of a review one has no part in": """insert into review_step
      (thread_id, review_id, owner_id, step, state, taken_on)
      select gen_random_uuid(), gen_random_uuid(), (current_setting('app.writes')::int[])[1], 'REMINDED', 'RECEIVED',
      current_date where $1::int > 0""",
    "review_cause": """insert into review_cause (review_id, owner_id, subject, event_id, joined_on)
      values (gen_random_uuid(), $1, 's', gen_random_uuid(), current_date)""",
    "review_evidence": """insert into review_evidence
      (step_id, thread_id, review_id, owner_id, name, media_type, sha256, size, content)
      values (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), $1, 'a', 'text/plain', sha256('a'), 1, 'a')""",
    "tenant": """insert into tenant (slug, kind, name, name_en, credit_code)
      select 'forged', 'OPERATOR', 'x', 'x', 'x' where $1::int > 0""",
    "position": "update event set position = 1 where owner_id = $1",
    "stream head": "update stream_head set position = $1::int",
    "counter": "update subject set version = version + 100 where $1::int > 0",
    "counter of a new subject": "insert into subject (subject, version) select 'E:forged', 9 where $1::int > 0",
    "position of one's own": """insert into event (owner_id, type, subject, version, position, audience, least_level,
      day, payload) select (current_setting('app.writes')::int[])[1], 'riskFlag.raised', 'E:forged', 1, 999999, 3, 0,
      current_date, '{}' where $1::int > 0""",
}


@pytest.mark.parametrize("what", _FORGING)
@pytest.mark.parametrize("slug", OTHERS)
async def test_nothing_can_be_written_in_another_s_name_by_direct_sql(
    what: str, slug: str, world: World, hub: Any
) -> None:
    owner = hub.runtime.directory.by_slug[SHENZHEN].tenant_id
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with acting(hub.database.pool, caller(hub, slug)) as connection:
            await connection.execute(_FORGING[what], owner)


async def test_no_list_of_all_subjects_can_be_had_by_direct_sql(world: World, hub: Any) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with acting(hub.database.pool, caller(hub, SHENZHEN)) as connection:
            await connection.fetch("select subject from subject")


async def test_what_a_caller_appends_takes_the_next_version_of_its_subject(world: World, hub: Any) -> None:
    """Others' events before it count: the counter is one, whoever appends."""
    append = """select append_events(array[row(null, $1::int, 'credential.ingested', 'E:appended', null, null, 3, 0,
      null, null, null, null, current_date, '{}', null)::event])"""
    for slug in (SHENZHEN, DONGGUAN):
        async with acting(hub.database.pool, caller(hub, slug)) as connection:
            await connection.execute(append, hub.runtime.directory.by_slug[slug].tenant_id)
    async with hub.database.hub_pool.acquire() as connection:
        found = await connection.fetch("select owner_id, version from event where subject = 'E:appended' order by 2")
    ids = [hub.runtime.directory.by_slug[slug].tenant_id for slug in (SHENZHEN, DONGGUAN)]
    assert [tuple(row) for row in found] == [(ids[0], 1), (ids[1], 2)]


async def test_a_version_cannot_be_added_to_another_s_record(world: World, hub: Any) -> None:
    owner = hub.runtime.directory.by_slug[SHENZHEN].tenant_id
    forged = "insert into record_version select null, null, * from record where owner_id = $1"
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with acting(hub.database.pool, caller(hub, DONGGUAN)) as connection:
            await connection.execute(forged, owner)


async def test_a_tenant_cannot_hand_its_own_row_to_another(ask: Any, hub: Any) -> None:
    record_id = uuid.UUID(await material.publish(ask, SHENZHEN, "riskFlag", material.flag(material.firm())))
    other = hub.runtime.directory.by_slug[GUANGZHOU].tenant_id
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with acting(hub.database.pool, caller(hub, SHENZHEN)) as connection:
            await connection.execute("update record set owner_id = $2 where record_id = $1", record_id, other)


@pytest.mark.parametrize(
    "table", ["access_record", "confirmation", "confirmation_change", "event", "gate_check", "record_version",
              "recognition_rule"]
)  # fmt: skip
@pytest.mark.parametrize("statement", ["update {} set owner_id = owner_id", "delete from {}", "truncate {}"])
async def test_what_is_append_only_is_so_for_its_owner_too(table: str, statement: str, hub: Any) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with acting(hub.database.pool, caller(hub, SHENZHEN)) as connection:
            await connection.execute(statement.format(table))


# Steps of the enterprise in its own dispute, which make somebody of its choice the judge; $1 the dispute, $2 the judge.
_JUDGING = {
    "itself": FIRM,
    "somebody else": DONGGUAN,
}


@pytest.mark.parametrize("judge", _JUDGING)
async def test_nobody_names_the_judge_of_its_own_dispute_by_direct_sql(judge: str, world: World, hub: Any) -> None:
    elevate = """insert into dispute_step (
        dispute_id, place, owner_id, disputant_id, source_id, superior_id, record_id, step, state, taken_on)
      select dispute_id, place + 1, disputant_id, disputant_id, source_id, $2, record_id, 'ELEVATED', 'ELEVATED',
        taken_on
      from dispute_step where dispute_id = $1"""
    chosen = hub.runtime.directory.by_slug[_JUDGING[judge]].tenant_id
    with pytest.raises(asyncpg.CheckViolationError):
        async with acting(hub.database.pool, caller(hub, FIRM)) as connection:
            await connection.execute(elevate, uuid.UUID(world.ids["dispute"]), chosen)
