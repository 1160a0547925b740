"""The tamper-evident log of a quiet hub: what is logged, and that nothing committed is left out."""

from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio

from exchange.demo.files import grading
from exchange.demo.scene import Scene
from exchange.ledger.checkpoints import is_signed, read_note
from exchange.ledger.entries import EntryKey
from exchange.ledger.merkle import extends, includes
from exchange.ledger.proving import extension, inclusion, latest
from exchange.publishing.publish import Report
from exchange.runtime import Runtime
from tests.flows.scratch import DAY, keep, quiet_hub

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
