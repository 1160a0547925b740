"""Every sink gets every event in the order of the stream, whatever is killed, cut off or forgotten meanwhile.

The servers are real (targets.py). An event a sink has kept twice would show as a position that comes twice.
"""

import asyncio
import contextlib
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from exchange.outbox import SinkUnavailable, progress, register, relay
from exchange.runtime import Runtime, now_in_utc, open_runtime
from exchange.sinks import SINKS
from exchange.stream import number_events
from tests.flows import material
from tests.flows.scratch import answered, keep, quiet_hub
from tests.flows.targets import TARGETS, NatsTarget

pytestmark = pytest.mark.filterwarnings("default::ResourceWarning")


@pytest.fixture(params=TARGETS)
def folder(request: pytest.FixtureRequest) -> Any:
    """Where a target keeps what it has, and which one it is."""
    made = Path(tempfile.mkdtemp(prefix="exchange-test-", dir="/tmp"))
    yield made, TARGETS[request.param]
    shutil.rmtree(made, ignore_errors=True)


@pytest_asyncio.fixture(loop_scope="session")
async def target(folder: tuple[Path, Callable[[Path], NatsTarget]]) -> AsyncIterator[NatsTarget]:
    """A running target that holds nothing."""
    place, make = folder
    made = make(place)
    await made.start()
    yield made
    made.kill()


@pytest_asyncio.fixture(loop_scope="session")
async def hub(database: Any) -> AsyncIterator[Runtime]:
    """A hub whose loops stand still: it relays when a test says so."""
    async with quiet_hub(database.dsn, "exchange_sinks") as runtime:
        yield runtime


@pytest_asyncio.fixture(loop_scope="session")
async def sink(hub: Runtime, target: NatsTarget) -> AsyncIterator[Any]:
    """A sink that the hub knows."""
    made = target.sink()
    async with hub.database.hub_pool.acquire() as connection:
        await register(connection, made)
    yield made
    await made.close()


async def flags(hub: Runtime, count: int, slug: str = "sz-bureau") -> None:
    """So many events more, each with its position."""
    for _ in range(count):
        await keep(hub, slug, "RISK_FLAG", material.flag(material.firm()))
    await hub.settle()


async def recorded(hub: Runtime) -> list[tuple[int, str]]:
    """What the record says the sink has to hold."""
    async with hub.database.hub_pool.acquire() as connection:
        rows = await connection.fetch(
            "select position, event_id::text from event where position is not null order by position"
        )
    return [tuple(row) for row in rows]


async def held(target: NatsTarget) -> list[tuple[int, str]]:
    return [(one.position, one.event_id) for one in await target.kept()]


async def cursor(hub: Runtime) -> int:
    async with hub.database.hub_pool.acquire() as connection:
        (one,) = await progress(connection)
    return one.position


async def rewind(hub: Runtime, position: int = 0) -> None:
    async with hub.database.hub_pool.acquire() as connection:
        await connection.execute("update worker_cursor set position = $1 where worker like 'relay-%'", position)


def test_every_sink_is_tried_here() -> None:
    assert len(SINKS) == len(TARGETS)


async def test_a_new_sink_gets_the_whole_stream_in_its_order(hub: Runtime, sink: Any, target: NatsTarget) -> None:
    await flags(hub, 7)
    assert await hub.hand_on(sink) == 7
    assert await held(target) == await recorded(hub)
    assert await cursor(hub) == 7


async def invented(hub: Runtime, count: int) -> None:
    """Many events at once, numbered; no record stands behind them, so the triggers are not asked."""
    async with hub.database.hub_pool.acquire() as connection:
        await connection.execute(
            """
            select append_events(array_agg(row(null, 1, 'riskFlag.raised', 'E:' || n % 7, null, null, 3, 0, null, null,
              null, null, date '2026-11-23', '{"band": "RED"}', null)::event)) from generate_series(1, $1) n""",
            count,
        )
        await number_events(connection)


async def test_more_than_a_batch_arrives_in_its_order(hub: Runtime, sink: Any, target: NatsTarget) -> None:
    await invented(hub, 1201)
    assert await hub.hand_on(sink) == 1201
    assert await held(target) == await recorded(hub)


async def test_nothing_new_is_nothing_done(hub: Runtime, sink: Any, target: NatsTarget) -> None:
    assert await hub.hand_on(sink) == 0
    await flags(hub, 1)
    assert (await hub.hand_on(sink), await hub.hand_on(sink)) == (1, 0)


async def test_what_is_handed_over_again_from_an_old_cursor_is_kept_once(
    hub: Runtime, sink: Any, target: NatsTarget
) -> None:
    await flags(hub, 5)
    await hub.hand_on(sink)
    await rewind(hub, 2)
    await flags(hub, 2)
    assert await hub.hand_on(sink) == 5
    assert await held(target) == await recorded(hub)
    await rewind(hub)
    assert await hub.hand_on(target.sink()) == 7
    assert await held(target) == await recorded(hub)


async def test_a_relay_that_is_cut_off_before_its_cursor_moved_repeats_itself_unnoticed(
    hub: Runtime, sink: Any, target: NatsTarget
) -> None:
    await flags(hub, 4)
    await sink.connect()
    async with hub.database.hub_pool.acquire() as connection:
        cut = connection.transaction()
        await cut.start()
        assert await relay(connection, sink) == 4
        await cut.rollback()
    assert await cursor(hub) == 0
    await flags(hub, 1)
    assert await hub.hand_on(target.sink()) == 5
    assert await held(target) == await recorded(hub)


async def test_one_process_relays_and_the_other_stands_by(hub: Runtime, sink: Any, target: NatsTarget) -> None:
    await flags(hub, 3)
    other = target.sink()
    await sink.connect()
    await other.connect()
    async with hub.database.hub_pool.acquire() as one, hub.database.hub_pool.acquire() as two:
        busy = one.transaction()
        await busy.start()
        assert await relay(one, sink) == 3
        assert await relay(two, other) == 0
        await busy.commit()
        assert await relay(two, other) == 0
        await flags(hub, 1)
        assert await relay(two, other) == 1
    await other.close()
    assert await held(target) == await recorded(hub)


async def test_two_processes_that_relay_at_once_keep_one_order(hub: Runtime, sink: Any, target: NatsTarget) -> None:
    other, taken = target.sink(), 0
    for _ in range(8):
        await flags(hub, 3)
        taken += sum(await asyncio.gather(hub.hand_on(sink), hub.hand_on(other)))
    await other.close()
    assert taken + await hub.hand_on(sink) == 24
    assert await held(target) == await recorded(hub)


async def test_a_target_killed_in_the_middle_hinders_nobody_and_goes_on_where_it_stood(
    hub: Runtime, sink: Any, target: NatsTarget
) -> None:
    await flags(hub, 3)
    await hub.hand_on(sink)
    target.kill()
    firm = material.firm()
    await keep(hub, "gz-bureau", "PROJECT_APPROVAL", material.matter(firm, "440100"))
    await keep(hub, "sz-bureau", "RISK_FLAG", material.flag(firm))
    await hub.settle()
    body = await answered(hub, "gz-bureau", "{ reviews(first: 5) { nodes { handling } } }")
    assert len(body["data"]["reviews"]["nodes"]) == 1
    for _ in range(2):
        with pytest.raises(SinkUnavailable):
            await hub.hand_on(sink)
    assert await cursor(hub) == 3
    await target.start()
    await hub.hand_on(sink)
    assert await held(target) == await recorded(hub)
    assert len(await held(target)) == 6  # three flags, the matter, the flag, its review


async def test_a_target_that_dies_while_it_takes_events_loses_none(hub: Runtime, sink: Any, target: NatsTarget) -> None:
    await flags(hub, 30)
    await sink.connect()
    target.kill()  # the connection stands, nobody is at its other end
    async with hub.database.hub_pool.acquire() as connection:
        with pytest.raises(SinkUnavailable):
            await relay(connection, sink)
    await target.start()
    assert await hub.hand_on(sink) == 30
    assert await held(target) == await recorded(hub)


async def test_a_target_killed_between_two_messages_of_a_batch_loses_none(
    hub: Runtime, sink: Any, target: NatsTarget
) -> None:
    await invented(hub, 3000)
    handing = asyncio.create_task(hub.hand_on(sink))
    while not await cursor(hub):
        pass
    target.kill()
    with contextlib.suppress(SinkUnavailable):
        await handing
    await target.start()
    await hub.hand_on(sink)
    assert await held(target) == await recorded(hub)


async def test_a_target_that_forgot_its_last_events_is_filled_again(
    hub: Runtime, sink: Any, target: NatsTarget
) -> None:
    await flags(hub, 3)
    await hub.hand_on(sink)
    target.kill()
    target.save("after three")
    await target.start()
    await flags(hub, 4)
    await hub.hand_on(sink)
    target.kill()
    target.put_back("after three")
    await target.start()
    await flags(hub, 1)
    assert await hub.hand_on(sink) == 5
    assert await held(target) == await recorded(hub)


async def test_a_target_that_lost_everything_is_filled_from_the_beginning(
    hub: Runtime, sink: Any, target: NatsTarget
) -> None:
    await flags(hub, 6)
    await hub.hand_on(sink)
    target.kill()
    target.put_back(None)
    await target.start()
    assert await hub.hand_on(sink) == 6
    assert await held(target) == await recorded(hub)


async def test_the_loop_hands_on_by_itself_and_outlives_an_outage(hub: Runtime, sink: Any, target: NatsTarget) -> None:
    async with open_runtime(
        hub.database, hub.keys, issuer=hub.issuer, now=now_in_utc, has_clock=False, sinks=(sink,)
    ) as running:
        await flags(running, 2)
        await until_held(target, 2)
        target.kill()
        await flags(running, 2)
        await target.start()
        await until_held(target, 4)
    assert await held(target) == await recorded(hub)


async def until_held(target: NatsTarget, count: int) -> None:
    async with asyncio.timeout(60):
        while len(await held(target)) < count:  # noqa: ASYNC110  (another process cannot wake us)
            await asyncio.sleep(0.1)
