"""A source that stays silent is told once to all who rely on it, and once that it is back; flags may rest."""

from collections.abc import AsyncIterator
from datetime import date, datetime
from typing import Any

import asyncpg
import pytest_asyncio

from exchange.clock import run_clock
from exchange.runtime import Runtime
from tests.flows.scratch import answered, quiet_hub

GUANGZHOU, SHANGHAI, SHENZHEN, PARTNER = "gz-bureau", "sh-bureau", "sz-bureau", "bidding-platform"
EVENTS = """{ events(first: 99, types: ["source.stale", "source.recovered"]) {
  nodes { type subject day owner { id } payload } } }"""
DELIVERED = """
insert into source_confirmation (owner_id, kind, confirmed_at)
select tenant_id, sort, $2::timestamptz
from tenant, unnest(array['SAFETY_MANAGEMENT', 'RISK_FLAG']) as delivered (sort)
where slug = $1
on conflict (owner_id, kind) do update set confirmed_at = excluded.confirmed_at
"""


@pytest_asyncio.fixture(loop_scope="session")
async def quiet(database: Any) -> AsyncIterator[Runtime]:
    """A hub to which Shenzhen has delivered certificates and flags, both last on 2 March."""
    async with quiet_hub(database.dsn, "exchange_silent_sources") as runtime:
        await confirm(runtime, "2026-03-02T23:30:00+08:00")
        yield runtime


async def confirm(runtime: Runtime, moment: str) -> None:
    """As if both had been delivered at a moment."""
    owner = await asyncpg.connect(runtime.database.dsn)
    await owner.execute(DELIVERED, SHENZHEN, datetime.fromisoformat(moment))
    await owner.close()


async def run(runtime: Runtime, *days: str) -> None:
    for day in days:
        async with runtime.database.hub_pool.acquire() as connection:
            await run_clock(connection, date.fromisoformat(day))
    await runtime.settle()


async def told(runtime: Runtime, slug: str = GUANGZHOU) -> list[tuple[str, str, str]]:
    nodes = (await answered(runtime, slug, EVENTS))["data"]["events"]["nodes"]
    assert {(one["subject"], one["owner"]["id"]) for one in nodes} <= {(f"T:{SHENZHEN}", SHENZHEN)}
    return [(one["day"], one["type"], one["payload"]["kind"]) for one in nodes]


STALE = ("2026-03-10", "source.stale", "SAFETY_MANAGEMENT")


async def test_a_source_silent_for_more_than_seven_days_is_told_once_and_its_flags_may_rest(quiet: Runtime) -> None:
    await run(quiet, "2026-03-09")
    assert await told(quiet) == []
    await run(quiet, "2026-03-10", "2026-03-11", "2026-04-20", "2026-03-12")
    assert await told(quiet) == [STALE]


async def test_whoever_may_read_of_the_source_is_told_and_nobody_else(quiet: Runtime) -> None:
    await run(quiet, "2026-03-10")
    assert {slug: await told(quiet, slug) for slug in (SHENZHEN, PARTNER, SHANGHAI)} == {
        SHENZHEN: [STALE], PARTNER: [STALE], SHANGHAI: [],
    }  # fmt: skip


async def test_a_source_that_is_back_is_told_once_and_may_go_silent_again(quiet: Runtime) -> None:
    await run(quiet, "2026-03-10")
    await confirm(quiet, "2026-03-11T08:00:00+08:00")
    await run(quiet, "2026-03-11", "2026-03-12", "2026-03-19")
    assert await told(quiet) == [
        STALE,
        ("2026-03-11", "source.recovered", "SAFETY_MANAGEMENT"),
        ("2026-03-19", "source.stale", "SAFETY_MANAGEMENT"),
    ]


async def test_a_source_that_came_and_went_while_the_hub_was_down_stays_silent_without_a_word(quiet: Runtime) -> None:
    await run(quiet, "2026-03-10")
    await confirm(quiet, "2026-03-11T08:00:00+08:00")
    await run(quiet, "2026-03-30")
    assert await told(quiet) == [STALE]


async def test_an_authority_that_has_left_is_not_awaited(quiet: Runtime) -> None:
    owner = await asyncpg.connect(quiet.database.dsn)
    await owner.execute("update tenant set is_active = false where slug = $1", SHENZHEN)
    await owner.close()
    await run(quiet, "2026-03-10")
    assert await told(quiet) == []
