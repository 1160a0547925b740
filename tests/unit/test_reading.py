"""The reader keeps connections and loses none: errors, cancellations and waiting included."""

import asyncio
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from exchange.database import Database, open_pool
from exchange.reading import Reader
from schema.errors import Refusal
from tenants import session

SLEEP = "select to_json(pg_sleep($1) is not null)"
PID = "select to_json(pg_backend_pid())"


@pytest_asyncio.fixture
async def pool(database: Database) -> Any:
    async with open_pool(database.dsn, 4) as opened:
        yield opened


@pytest_asyncio.fixture
async def reader(pool: Any) -> Any:
    made = Reader(pool)  # keeps two, leaves two
    yield made
    await made.close()


async def test_one_after_the_other_they_use_the_same_connection(reader: Reader) -> None:
    assert len({await reader.fetch_json(PID, []) for _ in range(5)}) == 1


async def test_at_once_they_use_as_many_as_there_are_and_the_others_wait(reader: Reader) -> None:
    async def one() -> bytes | None:
        await reader.fetch_json(SLEEP, [0.02])
        return await reader.fetch_json(PID, [])

    assert len(set(await asyncio.gather(*(one() for _ in range(20))))) == 2


async def test_an_error_costs_its_connection_and_nothing_else(reader: Reader) -> None:
    first = await reader.fetch_json(PID, [])
    for _ in range(5):
        with pytest.raises(asyncpg.DivisionByZeroError):
            await reader.fetch_json("select to_json(1 / $1::int)", [0])
    assert await reader.fetch_json(PID, []) is not None
    assert first is not None


async def test_readers_that_go_away_while_reading_or_waiting_leave_the_others_their_turn(reader: Reader) -> None:
    tasks = [asyncio.create_task(reader.fetch_json(SLEEP, [0.2])) for _ in range(12)]
    await asyncio.sleep(0.05)
    for task in tasks[::2]:
        task.cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [one for one in results[1::2] if one != b"true"] == []
    assert [type(one).__name__ for one in results[::2]] == ["CancelledError"] * 6
    assert len({await reader.fetch_json(PID, []) for _ in range(5)}) == 1


async def test_a_request_that_waits_too_long_is_shed(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exchange.reading.PATIENCE_SECONDS", 0.05)
    assert session.PATIENCE_SECONDS == 5.0
    busy = [asyncio.create_task(reader.fetch_json(SLEEP, [0.5])) for _ in range(2)]
    await asyncio.sleep(0.05)
    with pytest.raises(Refusal) as refusal:
        await reader.fetch_json(PID, [])
    assert refusal.value.code == "UNAVAILABLE"
    assert await asyncio.gather(*busy) == [b"true", b"true"]


async def test_more_statements_than_are_kept_are_all_answered(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exchange.reading.KEPT_STATEMENTS", 3)
    answers = [await reader.fetch_json(f"select to_json({number})", []) for number in range(10)]
    assert answers == [str(number).encode() for number in range(10)]
