"""The stream loses nothing and keeps each subject's order, whatever commits first, whoever crashes, however many
number it."""

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from exchange.runtime import Runtime
from exchange.stream import number_events
from exchange.triggering.triggers import run_triggers
from tests.flows import material
from tests.flows.scratch import Scratch, keep, quiet_hub, scratch_database

ANNOUNCE = """
select append_events(array_agg(row(null, 1, 'riskFlag.raised', subject, null, null, 3, 0, null, null, null, null,
  date '2026-11-23', '{}', null)::event order by n))
from unnest($1::text[]) with ordinality as s (subject, n)
"""
STREAM = "select position, subject, version from event where position > $1 order by position"


@pytest_asyncio.fixture(loop_scope="session")
async def scratch(database: Any) -> AsyncIterator[Scratch]:
    """An empty database with one tenant."""
    async with scratch_database(database.dsn, "exchange_stream_order") as made:
        async with made.as_owner() as owner:
            await owner.execute(
                "insert into tenant (slug, kind, name, name_en, credit_code)"
                " values ('one', 'OPERATOR', '一', 'one', 'DEM')"
            )
        yield made


async def announce(connection: Any, *subjects: str) -> None:
    await connection.execute(ANNOUNCE, list(subjects))


async def stream(connection: Any, after: int = 0) -> list[tuple[int, str, int]]:
    return [tuple(row) for row in await connection.fetch(STREAM, after)]


async def test_what_is_announced_first_and_committed_last_is_not_lost(scratch: Scratch) -> None:
    async with scratch.as_hub() as slow, scratch.as_hub() as quick, scratch.as_hub() as numbering:
        held = slow.transaction()
        await held.start()
        await announce(slow, "E:slow")
        await announce(quick, "E:quick")
        assert await number_events(numbering) == 1
        assert await stream(numbering) == [(1, "E:quick", 1)]
        await held.commit()
        assert await number_events(numbering) == 2
        assert await stream(numbering, after=1) == [(2, "E:slow", 1)]


async def test_an_open_transaction_holds_up_nobody_else_s_events(scratch: Scratch) -> None:
    async with scratch.as_hub() as open_one, scratch.as_hub() as quick, scratch.as_hub() as numbering:
        held = open_one.transaction()
        await held.start()
        await announce(open_one, "E:held")
        for place in range(1, 6):
            await announce(quick, "E:quick")
            assert await number_events(numbering) == place
        await held.rollback()
        assert await stream(numbering) == [(place, "E:quick", place) for place in range(1, 6)]


async def test_two_writers_of_one_subject_come_in_the_order_of_their_versions(scratch: Scratch) -> None:
    async with scratch.as_hub() as first, scratch.as_hub() as second, scratch.as_hub() as numbering:
        held = first.transaction()
        await held.start()
        await announce(first, "E:shared")
        waiting = asyncio.create_task(announce(second, "E:shared", "E:alone"))
        await _until_waiting(scratch)
        assert await number_events(numbering) == 0
        await announce(first, "E:shared")
        await held.commit()
        await waiting
        assert await number_events(numbering) == 4
        assert await stream(numbering) == [
            (1, "E:alone", 1),
            (2, "E:shared", 1),
            (3, "E:shared", 2),
            (4, "E:shared", 3),
        ]


async def _until_waiting(scratch: Scratch) -> None:
    """Until some session of this database waits for a lock."""
    query = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    async with scratch.as_owner() as owner, asyncio.timeout(10):
        while not await owner.fetchval(query):  # noqa: ASYNC110  (another process's lock cannot wake us)
            await asyncio.sleep(0.01)


async def test_several_subjects_announced_in_opposite_orders_do_not_deadlock(scratch: Scratch) -> None:
    subjects = [f"E:{place:02}" for place in range(12)]

    async def write(names: list[str]) -> None:
        async with scratch.as_hub() as connection:
            for _ in range(10):
                await announce(connection, *names)

    await asyncio.gather(write(subjects), write(subjects[::-1]), write(subjects[6:] + subjects[:6]))
    async with scratch.as_hub() as numbering:
        assert await number_events(numbering) == 3 * 10 * 12
        assert _is_in_order(await stream(numbering))


async def test_a_writer_that_is_cut_off_leaves_neither_an_event_nor_a_gap(scratch: Scratch) -> None:
    async with scratch.as_owner() as owner, scratch.as_hub() as crashing, scratch.as_hub() as numbering:
        held = crashing.transaction()
        await held.start()
        await announce(crashing, "E:crash")
        await _cut(owner, crashing)
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
            await held.commit()
        async with scratch.as_hub() as again:
            await announce(again, "E:crash")
        assert await number_events(numbering) == 1
        assert await stream(numbering) == [(1, "E:crash", 1)]


async def test_a_numbering_process_that_is_cut_off_has_numbered_nothing(scratch: Scratch) -> None:
    async with scratch.as_owner() as owner, scratch.as_hub() as crashing, scratch.as_hub() as numbering:
        await announce(numbering, "E:a", "E:b", "E:c")
        held = crashing.transaction()
        await held.start()
        assert await number_events(crashing) == 3
        await _cut(owner, crashing)
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
            await held.commit()
        assert await stream(numbering) == []
        assert await number_events(numbering) == 3
        assert await stream(numbering) == [(1, "E:a", 1), (2, "E:b", 1), (3, "E:c", 1)]


async def _cut(owner: Any, connection: Any) -> None:
    assert await owner.fetchval("select pg_terminate_backend($1, 5000)", connection.get_server_pid())


async def test_two_numbering_processes_at_once_give_each_position_once(scratch: Scratch) -> None:
    async with scratch.as_hub() as one, scratch.as_hub() as other, scratch.as_hub() as writer:
        for place in range(20):
            await announce(writer, *(f"E:{place % 3}-{n}" for n in range(10)))
            await asyncio.gather(number_events(one), number_events(other))
        assert await number_events(one) == 200
        rows = await stream(one)
    assert [row[0] for row in rows] == list(range(1, 201))
    assert _is_in_order(rows)


async def test_a_follower_by_cursor_gets_every_event_once_while_everybody_writes(scratch: Scratch) -> None:
    """Writers that commit late, roll back, or share subjects; two numbering processes; one reader by cursor."""
    finished = asyncio.Event()
    written: list[int] = []

    async def write(seed: int) -> None:
        chosen = random.Random(seed)
        async with scratch.as_hub() as connection:
            for _ in range(25):
                transaction = connection.transaction()
                await transaction.start()
                subjects = sorted({f"E:{chosen.randrange(5)}" for _ in range(chosen.randrange(1, 4))})
                await announce(connection, *subjects)
                await asyncio.sleep(chosen.random() * 0.01)
                if chosen.random() < 0.2:
                    await transaction.rollback()
                else:
                    await transaction.commit()
                    written.append(len(subjects))

    async def number() -> None:
        async with scratch.as_hub() as connection:
            while not finished.is_set():
                await number_events(connection)
                await asyncio.sleep(0)

    async def follow() -> list[tuple[int, str, int]]:
        seen: list[tuple[int, str, int]] = []
        async with scratch.as_hub() as connection:
            while True:
                is_last = finished.is_set()
                seen += await stream(connection, seen[-1][0] if seen else 0)
                if is_last:
                    return seen
                await asyncio.sleep(0)

    numbering, following = [asyncio.create_task(number()) for _ in range(2)], asyncio.create_task(follow())
    await asyncio.gather(*(write(seed) for seed in range(6)))
    async with scratch.as_hub() as connection:
        assert await number_events(connection) == sum(written)
    finished.set()
    await asyncio.gather(*numbering)
    rows = await following
    assert [row[0] for row in rows] == list(range(1, sum(written) + 1))
    assert _is_in_order(rows)


def _is_in_order(rows: list[tuple[int, str, int]]) -> bool:
    """Whether every subject's versions are 1, 2, 3 ... along the positions."""
    versions: dict[str, list[int]] = {}
    for _, subject, version in rows:
        versions.setdefault(subject, []).append(version)
    return all(found == list(range(1, len(found) + 1)) for found in versions.values())


@pytest_asyncio.fixture(loop_scope="session")
async def quiet(database: Any) -> AsyncIterator[Runtime]:
    """A hub whose loops stand still: numbering and triggers run when a test says so."""
    async with quiet_hub(database.dsn, "exchange_quiet_hub") as runtime:
        yield runtime


async def flagged_elsewhere(runtime: Runtime) -> None:
    """A firm with a matter in Guangzhou is graded RED in Shenzhen."""
    firm = material.firm()
    await keep(runtime, "gz-bureau", "PROJECT_APPROVAL", material.matter(firm, "440100"))
    await keep(runtime, "sz-bureau", "RISK_GRADING", material.grading(firm, "RED"))
    await keep(runtime, "sz-bureau", "RISK_GRADING", material.grading(firm, "RED", decision="示应急决〔2026〕0号"))


async def counted(runtime: Runtime) -> tuple[int, int, int]:
    """Reviews, events, and the position of the triggers."""
    async with runtime.database.hub_pool.acquire() as connection:
        reviews = await connection.fetchval("select count(*) from review")
        events = await connection.fetchval("select count(*) from event")
        return (
            reviews,
            events,
            await connection.fetchval("select position from worker_cursor where worker = 'triggers'"),
        )


async def test_triggers_that_run_twice_open_nothing_twice(quiet: Runtime) -> None:
    await flagged_elsewhere(quiet)
    await quiet.settle()
    before = await counted(quiet)
    assert before[0] == 2
    async with quiet.database.hub_pool.acquire() as connection:
        assert await run_triggers(connection, quiet.directory) == 0
        await connection.execute("update worker_cursor set position = 0 where worker = 'triggers'")
        assert await run_triggers(connection, quiet.directory) == before[2]
    assert await counted(quiet) == before


async def test_two_trigger_processes_at_once_handle_each_event_once(quiet: Runtime) -> None:
    await flagged_elsewhere(quiet)
    async with quiet.database.hub_pool.acquire() as one, quiet.database.hub_pool.acquire() as other:
        head = await number_events(one)
        handled = await asyncio.gather(run_triggers(one, quiet.directory), run_triggers(other, quiet.directory))
    assert sorted(handled) == [0, head]
    assert (await counted(quiet))[0] == 2


async def test_triggers_that_are_cut_off_start_again_where_they_stood(quiet: Runtime) -> None:
    await flagged_elsewhere(quiet)
    crashing = await asyncpg.connect(quiet.database.dsn, server_settings={"role": "exchange_hub"})
    async with quiet.database.hub_pool.acquire() as numbering:
        head = await number_events(numbering)
    held = crashing.transaction()
    await held.start()
    assert await run_triggers(crashing, quiet.directory) == head
    crashing.terminate()
    assert (await counted(quiet))[::2] == (0, 0)
    await quiet.settle()
    reviews, events, position = await counted(quiet)
    assert (reviews, position) == (2, events)


async def test_an_event_the_triggers_cannot_handle_is_kept_and_holds_up_no_other(quiet: Runtime) -> None:
    await flagged_elsewhere(quiet)
    owner = await asyncpg.connect(quiet.database.dsn)
    try:
        await owner.execute(
            "insert into event (owner_id, type, subject, version, audience, least_level, record_id, day, payload)"
            " values (1, 'riskFlag.lifted', 'E:0', 1, 3, 0, gen_random_uuid(), date '2026-11-23', '{}')"
        )
    finally:
        await owner.close()
    await quiet.settle()
    async with quiet.database.hub_pool.acquire() as connection:
        failures = await connection.fetch("select worker, position, error from worker_failure")
    assert [tuple(row) for row in failures] == [("triggers", 1, "KeyError: 'liftedOn'")]
    assert (await counted(quiet))[0] == 2


async def test_an_event_the_database_refuses_to_work_on_holds_up_no_other(quiet: Runtime) -> None:
    """A day so late that no deadline can be counted from it, and a flag without its record."""
    firm = material.firm()
    await keep(quiet, "gz-bureau", "PROJECT_APPROVAL", material.matter(firm, "440100"))
    owner = await asyncpg.connect(quiet.database.dsn)
    try:
        for version, day in ((11, date.max), (12, date(2026, 11, 23))):
            await owner.execute(
                "insert into event (owner_id, type, subject, version, audience, least_level, credit_code, day, payload)"
                " values (1, 'riskFlag.raised', 'E:' || $1, $2, 3, 0, $1, $3, '{\"band\": \"RED\"}')",
                firm.credit_code, version, day,
            )  # fmt: skip
    finally:
        await owner.close()
    await quiet.settle()
    await flagged_elsewhere(quiet)
    await quiet.settle()
    async with quiet.database.hub_pool.acquire() as connection:
        failures = await connection.fetch("select error from worker_failure order by position")
    assert [row["error"].split(":")[0] for row in failures] == ["OverflowError", "InvalidTextRepresentationError"]
    assert (await counted(quiet))[0] == 2


async def test_pages_by_cursor_hold_every_event_once_while_more_arrive(ask: Any) -> None:
    firm, seen, after = material.firm(), [], "seq:0"
    query = """query Page($code: String!, $after: String!) {
      events(first: 3, after: $after, creditCode: $code) {
        nodes { subjectVersion cursor } pageInfo { endCursor hasNextPage } } }"""
    for _ in range(4):
        await material.publish(ask, "sz-bureau", "riskFlag", material.flag(firm))
    for place in range(40):
        page = (await ask("gz-bureau", query, code=firm.credit_code, after=after)).data["events"]
        seen += [node["subjectVersion"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"] or after
        if place < 5:
            await material.publish(ask, "sz-bureau", "riskFlag", material.flag(firm))
        elif len(seen) == 9 and not page["pageInfo"]["hasNextPage"]:
            break
        await asyncio.sleep(0.02)
    assert seen == list(range(1, 10))
