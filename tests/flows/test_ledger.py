"""The tamper-evident log of a quiet hub: what is logged, and that nothing committed is left out."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from exchange.demo.files import grading
from exchange.demo.scene import Scene
from exchange.demo.seed import caller_of
from exchange.ledger.checkpoints import cosigned, is_signed, read_note
from exchange.ledger.entries import ENTRY_TYPES, EntryKey, rows_of
from exchange.ledger.merkle import extends, includes
from exchange.ledger.proving import extension, inclusion, latest
from exchange.ledger.verifying import own_keys, verify
from exchange.publishing.publish import Report
from exchange.runtime import Runtime
from schema.graphql.ledger import LedgerEntryType
from tenants.session import acting, rehearsing
from tests.flows import material
from tests.flows.review_desks import NANJING, SHANGHAI, open_desk
from tests.flows.scratch import DAY, answered, keep, keep_all, quiet_hub

SCENE = Scene(number=700, day=DAY)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def runtime(database: Any) -> AsyncIterator[Runtime]:
    async with quiet_hub(database.dsn, "exchange_ledger") as made:
        yield made


async def logged(runtime: Runtime) -> list[tuple[str, str, int]]:
    async with runtime.database.hub_pool.acquire() as connection:
        rows = await connection.fetch("select type, key, version from ledger_entry order by leaf_index")
    return [tuple(row) for row in rows]


async def test_every_version_is_logged_once_in_the_order_it_was_kept(runtime: Runtime) -> None:
    await runtime.log()
    before = await logged(runtime)
    record_id = await keep(runtime, "sz-bureau", "RISK_GRADING", grading(SCENE, "YELLOW"))
    await keep(runtime, "sz-bureau", "RISK_GRADING", grading(SCENE, "ORANGE"))
    await keep(
        runtime, "sz-bureau", "RISK_GRADING", grading(SCENE, "BLUE"), report=Report(kind="CORRECTION", reason="x")
    )
    assert await runtime.log() == 3
    assert await runtime.log() == 0
    assert (await logged(runtime))[len(before) :] == [("RECORD", record_id, version) for version in (1, 2, 3)]


async def test_each_batch_has_a_signed_checkpoint_that_continues_the_one_before(runtime: Runtime) -> None:
    await runtime.log()
    async with runtime.database.hub_pool.acquire() as connection:
        old = await latest(connection)
        assert old is not None
        await keep(runtime, "sz-bureau", "RISK_GRADING", grading(Scene(number=701, day=DAY), "YELLOW"))
        await runtime.log()
        new = await latest(connection)
        assert new is not None
        proof = await extension(connection, old.size, new.size)
    note = read_note(new.note)
    assert (note.checkpoint.origin, note.checkpoint.size, note.checkpoint.root) == (
        "exchange.test/ledger", old.size + 1, new.root,
    )  # fmt: skip
    assert is_signed(note, [runtime.keys.token_key(1).public_key()])
    assert not is_signed(note, [runtime.keys.token_key(2).public_key()])
    assert extends(old.size, new.size, old.root, new.root, proof)


async def test_an_entry_is_proved_at_any_checkpoint_since(runtime: Runtime) -> None:
    record_id = await keep(runtime, "sz-bureau", "RISK_GRADING", grading(Scene(number=702, day=DAY), "YELLOW"))
    async with runtime.database.hub_pool.acquire() as connection:
        assert await inclusion(connection, EntryKey("RECORD", record_id, 1)) is None
        await runtime.log()
        first = await inclusion(connection, EntryKey("RECORD", record_id, 1))
        await keep(runtime, "sz-bureau", "RISK_GRADING", grading(Scene(number=703, day=DAY), "YELLOW"))
        await runtime.log()
        again = await inclusion(connection, EntryKey("RECORD", record_id, 1))
        assert first is not None
        assert again is not None
        at_first = await inclusion(connection, EntryKey("RECORD", record_id, 1), size=first.checkpoint.size)
    assert at_first == first
    for one in (first, again):
        leaf, size, root = one.entry.leaf, one.checkpoint.size, one.checkpoint.root
        assert includes(leaf, one.leaf_index, size, one.hashes, root)
    assert again.checkpoint.size == first.checkpoint.size + 1


async def test_nothing_is_lost_or_logged_twice_while_many_write_and_two_log(runtime: Runtime) -> None:
    await runtime.log()
    before = len(await logged(runtime))
    is_over = False

    async def write(slug: str) -> list[str]:
        return [
            one
            for _ in range(6)
            for one in await keep_all(
                runtime, slug, "RISK_FLAG", [material.flag(material.firm(REGION[slug])) for _ in "ab"]
            )
        ]

    async def log() -> None:
        while not is_over:
            await runtime.log()
            await asyncio.sleep(0)

    loggers = [asyncio.create_task(log()) for _ in range(2)]
    written = await asyncio.gather(*(write(slug) for slug in REGION for _ in range(2)))
    is_over = True
    await asyncio.gather(*loggers)
    await runtime.log()
    added = [key for _, key, _ in (await logged(runtime))[before:]]
    assert sorted(added) == sorted(one for several in written for one in several)
    async with runtime.database.hub_pool.acquire() as connection:
        assert (await verify(connection, await own_keys(connection, runtime.keys))).findings == []


REGION = {"sz-bureau": "440300", "sh-bureau": "310000", "gz-bureau": "440100"}


async def test_what_is_undone_is_not_logged(runtime: Runtime) -> None:
    await runtime.log()
    before, caller = await logged(runtime), caller_of(runtime, "sz-bureau")
    queue = "insert into ledger_pending (owner_id, type, key, version) values ($1, 'RULE', 'x', 1)"
    async with rehearsing(runtime.database.pool, caller) as connection:
        await connection.execute(queue, caller.tenant.tenant_id)
    assert await runtime.log() == 0
    assert await logged(runtime) == before


@pytest.mark.parametrize("statement", [
    "select * from ledger_entry", "select * from ledger_pending", "select * from ledger_tile",
    "delete from ledger_pending",
    "insert into ledger_pending (owner_id, type, key, version) values ({other}, 'RECORD', 'x', 1)",
    "insert into ledger_witness (owner_id, public_key) values ({other}, sha256('x'))",
    "insert into ledger_cosignature (size, owner_id, witness_id, signed_at, line) "
    "values (1, {other}, gen_random_uuid(), now(), '')",
])  # fmt: skip
async def test_a_caller_s_session_neither_reads_the_log_nor_writes_in_another_s_name(
    statement: str, runtime: Runtime
) -> None:
    other = caller_of(runtime, "sh-bureau").tenant.tenant_id
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with acting(runtime.database.pool, caller_of(runtime, "sz-bureau")) as connection:
            await connection.execute(statement.format(other=other))


async def test_the_outcomes_of_a_review_are_proved_to_its_parties_alone(runtime: Runtime) -> None:
    desk = await open_desk(runtime)
    assert await desk.take("reviewDecide", outcome="MAINTAINED", reason="现场核查无误") == []
    corrected = {"outcome": "DISMISSED", "reason": "企业已整改", "correctionReason": "复核"}
    assert await desk.take("reviewCorrectDecision", **corrected) == []
    await runtime.settle()
    query = "query Q($x: ID!, $n: Int) { ledgerInclusion(type: REVIEW, id: $x, version: $n) { leafIndex } }"

    async def leaf(slug: str, which: int | None = None) -> int | None:
        found = (await answered(runtime, slug, query, x=desk.review_id, n=which))["data"]["ledgerInclusion"]
        return found and found["leafIndex"]

    first, second = await leaf(NANJING, 1), await leaf(NANJING, 2)
    assert first is not None
    assert second is not None
    assert first < second
    assert await leaf(SHANGHAI) == await leaf(NANJING) == second
    assert (await leaf(NANJING, 3), await leaf("gz-bureau"), await leaf("js-department")) == (None, None, None)


async def test_every_kind_of_entry_can_be_asked_for() -> None:
    assert {one.name for one in LedgerEntryType} == set(ENTRY_TYPES)


async def test_the_content_of_a_row_is_made_of_these_columns_and_no_new_one_that_former_rows_have_too(
    runtime: Runtime,
) -> None:
    """A column added with a value in former rows would make them look changed: leave it out in `content_record`."""
    person = material.person()
    record_id = await keep(runtime, "sz-bureau", "SAFETY_MANAGEMENT", material.certificate(person, material.firm()))
    key = EntryKey("RECORD", record_id, 1)
    async with runtime.database.hub_pool.acquire() as connection, connection.transaction():
        row = (await rows_of(connection, [key]))[key]
    assert set(json.loads(row.content)) == {
        "audience", "body", "city", "credit_code", "employer_name", "family", "fingerprint", "id_shown", "issuer_code",
        "issuer_name", "key_hash", "kind", "name", "name_shown", "number_hash", "number_shown", "owner_id", "person_id",
        "record_id", "recorded_at", "recorded_on", "region", "report_kind", "reported_status", "sealed", "starts_on",
        "valid_from", "valid_to", "version",
    }  # fmt: skip
    assert person.id_number not in row.content


async def test_a_new_signing_key_takes_over_and_the_former_one_still_counts(runtime: Runtime) -> None:
    await runtime.log()
    owner = await asyncpg.connect(runtime.database.dsn)
    await owner.execute("insert into signing_key (generation) values (2)")
    await owner.execute("update signing_key set retired_at = now() where generation = 1")
    await owner.close()
    await runtime.reload()
    assert await runtime.log() == 2
    assert sorted(one for one in await logged(runtime) if one[0] == "KEY") == [
        ("KEY", "1", 1), ("KEY", "1", 2), ("KEY", "2", 1),
    ]  # fmt: skip
    async with runtime.database.hub_pool.acquire() as connection:
        now = await latest(connection)
        assert now is not None
        assert is_signed(read_note(now.note), [runtime.keys.token_key(2).public_key()])
        assert (await verify(connection, await own_keys(connection, runtime.keys))).findings == []


async def test_a_cosignature_that_is_not_the_witness_s_is_found(runtime: Runtime) -> None:
    await runtime.log()
    witness, caller = Ed25519PrivateKey.generate(), caller_of(runtime, "dg-bureau")
    sent = {"publicKey": base64.b64encode(witness.public_key().public_bytes_raw()).decode()}
    register = "mutation R($x: LedgerWitnessInput!) { ledgerWitnessRegister(input: $x) { name } }"
    name = (await answered(runtime, "dg-bureau", register, x=sent))["data"]["ledgerWitnessRegister"]["name"]
    await runtime.log()
    async with runtime.database.hub_pool.acquire() as connection:
        now = await latest(connection)
        assert now is not None
        good = cosigned(read_note(now.note).checkpoint, name, witness, runtime.now())
        wrong = cosigned(read_note(now.note).checkpoint, name, Ed25519PrivateKey.generate(), runtime.now())
        former = await connection.fetchval("select max(size) from ledger_checkpoint where size < $1", now.size)
        witness_id = await connection.fetchval("select witness_id from ledger_witness")
        columns = "size, owner_id, witness_id, signed_at, line"
        add = f"insert into ledger_cosignature ({columns}) values ($1, $2, $3, now(), $4)"
        for size, line, problems in ((now.size, good, []), (former, wrong, [("WITNESS", former, "dg-bureau")])):
            async with acting(runtime.database.pool, caller) as own:
                await own.execute(add, size, caller.tenant.tenant_id, witness_id, line)
            found = (await verify(connection, await own_keys(connection, runtime.keys))).findings
            assert [(one.problem, one.at, one.of) for one in found] == problems


async def test_a_row_that_is_gone_before_it_is_logged_leaves_a_trace(runtime: Runtime) -> None:
    record_id = await keep(runtime, "sz-bureau", "RISK_FLAG", material.flag(material.firm()))
    owner = await asyncpg.connect(runtime.database.dsn)
    await owner.execute("set session_replication_role = replica")
    await owner.execute("delete from record where record_id = $1::text::uuid", record_id)
    await owner.close()
    await runtime.log()
    async with runtime.database.hub_pool.acquire() as connection:
        found = (await verify(connection, await own_keys(connection, runtime.keys))).findings
    assert ("MISSING", f"RECORD {record_id} 1") in [(one.problem, one.of) for one in found]
