"""The clock after downtime, with several workers, in any order of days: each notice once, none lost, none too late.

What it should tell is worked out by a plain model, one certificate and one day at a time.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from datetime import date, timedelta
from random import Random
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from exchange import clock
from exchange.runtime import Runtime
from schema.kinds import BY_NAME
from tests.flows import material
from tests.flows.scratch import keep_all, quiet_hub

BEGIN = date(2027, 1, 4)
STEPS = BY_NAME["CONSTRUCTION_SAFETY_MANAGER"].reminders
TOLD = """
select record_id::text, type, (payload->>'step')::int as step, day
from event
where type in ('credential.expiring', 'credential.expired')
"""


@pytest_asyncio.fixture(loop_scope="session")
async def quiet(database: Any, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Runtime]:
    """A hub nobody else works in, whose clock takes small bites."""
    monkeypatch.setattr(clock, "BATCH", 7)
    async with quiet_hub(database.dsn, "exchange_catching_up") as runtime:
        yield runtime


async def certificates(quiet: Runtime, *, count: int = 120, first: int = -20, last: int = 120) -> dict[str, date]:
    """Managers' certificates that end on days spread from `first` to `last` days after BEGIN: their end days by id."""
    firm = material.firm()
    ends = [BEGIN + timedelta(days=first + (last - first) * place // count) for place in range(count)]
    rows = [
        {**material.construction(material.person(), firm), "validFrom": "2024-06-01", "validTo": end.isoformat()}
        for end in ends
    ]
    ids = await keep_all(quiet, "gd-housing", "CONSTRUCTION_SAFETY_MANAGER", rows)
    return dict(zip(ids, ends, strict=True))


async def run(quiet: Runtime, *days: date) -> None:
    for day in days:
        async with quiet.database.hub_pool.acquire() as connection:
            await clock.run_clock(connection, day)


async def told(quiet: Runtime) -> Counter[tuple[str, str, int | None]]:
    owner = await asyncpg.connect(quiet.database.dsn)
    try:
        return Counter((row["record_id"], row["type"], row["step"]) for row in await owner.fetch(TOLD))
    finally:
        await owner.close()


def expected(ends: dict[str, date], days: Iterable[date]) -> Counter[tuple[str, str, int | None]]:
    """What one worker tells that runs these days in their order."""
    found: set[tuple[str, str, int | None]] = set()
    for record_id, end in ends.items():
        nearest, is_expired = 1_000, False
        for day in days:
            left = (end - day).days
            if left < 0 and not is_expired:
                found.add((record_id, "credential.expired", None))
                is_expired = True
            step = min((one for one in STEPS if one >= left), default=None) if left >= 0 else None
            if step is not None and step < nearest and not is_expired:
                found.add((record_id, "credential.expiring", step))
                nearest = step
    return Counter(found)


def later(days: int) -> date:
    return BEGIN + timedelta(days=days)


async def test_day_by_day_each_step_is_told_once(quiet: Runtime) -> None:
    ends = await certificates(quiet)
    days = [later(one) for one in range(12)]
    await run(quiet, *days)
    assert await told(quiet) == expected(ends, days)


async def test_after_a_week_of_downtime_each_certificate_is_told_of_once_and_by_the_step_of_now(quiet: Runtime) -> None:
    ends = await certificates(quiet)
    await run(quiet, BEGIN)
    before = await told(quiet)
    await run(quiet, later(8))
    since = await told(quiet) - before
    assert await told(quiet) == expected(ends, [BEGIN, later(8)])
    assert max(Counter(record_id for record_id, _, _ in since).values()) == 1


async def test_days_in_any_order_and_days_that_are_past_raise_nothing_twice(quiet: Runtime) -> None:
    ends = await certificates(quiet)
    days = [later(one) for one in (30, 0, 31, 7, 31, 90, 60, 91)]
    await run(quiet, *days)
    assert await told(quiet) == expected(ends, [later(30), later(31), later(90), later(91)])


async def test_workers_at_once_tell_each_notice_once_and_none_is_lost(quiet: Runtime) -> None:
    ends = await certificates(quiet)
    await run(quiet, BEGIN)
    await asyncio.gather(*(run(quiet, later(8), later(9)) for _ in range(4)))
    assert await told(quiet) == expected(ends, [BEGIN, later(8), later(9)])


async def test_workers_on_different_days_never_tell_an_earlier_step_after_a_later_one(quiet: Runtime) -> None:
    ends = await certificates(quiet)
    await run(quiet, BEGIN)
    await asyncio.gather(*(run(quiet, later(one)) for one in (40, 8, 24, 40)))
    counts = await told(quiet)
    assert set(counts.values()) == {1}
    assert set(expected(ends, [BEGIN, later(40)])) <= set(counts)


async def test_what_is_published_while_the_clock_is_ahead_of_it_is_told_on_the_next_run(quiet: Runtime) -> None:
    """Its end day is long past the days the clock still looks at; its event tells of it."""
    await run(quiet, BEGIN)
    await quiet.settle()
    ends = await certificates(quiet, count=20, first=-400, last=-300)
    await quiet.settle()
    await run(quiet, later(1))
    assert await told(quiet) == expected(ends, [later(1)])


async def test_what_is_committed_while_the_clock_runs_is_told_by_the_next_run(quiet: Runtime) -> None:
    """A publication that began before a run and is committed after it: the run cannot see it, its event comes later."""
    random = Random(5)
    ends: dict[str, date] = {}

    async def publish() -> None:
        for _ in range(6):
            ends.update(await certificates(quiet, count=10))
            await asyncio.sleep(random.random() / 50)
            await quiet.settle()

    await asyncio.gather(publish(), *(run(quiet, *[BEGIN] * 8) for _ in range(2)))
    await run(quiet, BEGIN)
    assert await told(quiet) == expected(ends, [BEGIN])
