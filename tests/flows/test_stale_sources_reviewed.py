"""A silent source is a cause for whoever relies on it: one review for attention each, until it is back."""

from collections.abc import AsyncIterator
from datetime import date, datetime
from typing import Any

import asyncpg
import pytest_asyncio

from exchange.clock import run_clock
from exchange.runtime import Runtime
from tests.flows import material
from tests.flows.scratch import answered, keep, quiet_hub

DONGGUAN, GUANGZHOU, SHANGHAI, SHENZHEN = "dg-bureau", "gz-bureau", "sh-bureau", "sz-bureau"
REVIEWS = """{ reviews(first: 50, handling: FOR_ATTENTION) { nodes {
  rule priority handling state reason causeAuthority { id } causes(first: 5) { nodes { liftedOn } } } } }"""
DIGEST = "query D($on: Date) { digest(on: $on) { reviewCount rules { rule reviewCount } } }"
DELIVERED = """
insert into source_confirmation (owner_id, kind, confirmed_at)
select tenant_id, sort, $2::timestamptz
from tenant, unnest($3::text[]) as delivered (sort)
where slug = $1
on conflict (owner_id, kind) do update set confirmed_at = excluded.confirmed_at
"""
MANAGERS, OPERATORS = "SAFETY_MANAGEMENT", "SPECIAL_OPERATION"


@pytest_asyncio.fixture(loop_scope="session")
async def quiet(database: Any) -> AsyncIterator[Runtime]:
    """A hub where holders of Shenzhen's certificates are in posts in Guangzhou, and Shanghai, which may not read it."""
    async with quiet_hub(database.dsn, "exchange_stale_sources") as runtime:
        for place in ("440100", "310000"):
            person, firm = material.person(), material.firm(place)
            certificate = material.certificate(person, firm, valid_to=date(2028, 3, 1))
            await keep(runtime, SHENZHEN, MANAGERS, certificate)
            await keep(runtime, SHENZHEN, OPERATORS, material.special_operation(person, firm))
            authority = GUANGZHOU if place == "440100" else SHANGHAI
            await keep(runtime, authority, "APPOINTMENT", material.appointment(person, firm, place))
        await runtime.settle()
        await confirm(runtime, "2026-11-24T08:00:00+08:00", MANAGERS, OPERATORS)
        yield runtime


async def confirm(runtime: Runtime, moment: str, *kinds: str) -> None:
    """As if kinds had been delivered at a moment."""
    owner = await asyncpg.connect(runtime.database.dsn)
    await owner.execute(DELIVERED, SHENZHEN, datetime.fromisoformat(moment), kinds)
    await owner.close()


async def run(runtime: Runtime, day: str) -> None:
    async with runtime.database.hub_pool.acquire() as connection:
        await run_clock(connection, date.fromisoformat(day))
    await runtime.settle()


async def reviews(runtime: Runtime, slug: str) -> list[dict[str, Any]]:
    nodes: list[dict[str, Any]] = (await answered(runtime, slug, REVIEWS))["data"]["reviews"]["nodes"]
    return [one for one in nodes if one["rule"] == "SOURCE_STALE"]


async def test_who_relies_on_a_silent_source_and_may_read_it_gets_one_review_for_attention(quiet: Runtime) -> None:
    await run(quiet, "2026-12-02")
    (one,) = await reviews(quiet, GUANGZHOU)
    assert (one["rule"], one["priority"], one["handling"], one["state"], one["causeAuthority"]["id"]) == (
        "SOURCE_STALE", "MAY", "FOR_ATTENTION", "RECEIVED", SHENZHEN,
    )  # fmt: skip
    assert "自 2026-11-24 后未再报送" in one["reason"]
    assert len(one["causes"]["nodes"]) == 2
    assert [await reviews(quiet, slug) for slug in (DONGGUAN, SHANGHAI)] == [[], []]


async def test_a_further_kind_that_falls_silent_later_joins_the_same_review(quiet: Runtime) -> None:
    await confirm(quiet, "2026-11-28T08:00:00+08:00", OPERATORS)
    await run(quiet, "2026-12-02")
    assert [len(one["causes"]["nodes"]) for one in await reviews(quiet, GUANGZHOU)] == [1]
    await run(quiet, "2026-12-06")
    assert [len(one["causes"]["nodes"]) for one in await reviews(quiet, GUANGZHOU)] == [2]


async def test_the_review_ends_when_the_last_kind_is_back_and_the_next_silence_is_another(
    quiet: Runtime,
) -> None:
    await run(quiet, "2026-12-02")
    await confirm(quiet, "2026-12-03T08:00:00+08:00", OPERATORS)
    await run(quiet, "2026-12-03")
    assert [one["state"] for one in await reviews(quiet, GUANGZHOU)] == ["RECEIVED"]
    await confirm(quiet, "2026-12-04T08:00:00+08:00", MANAGERS)
    await run(quiet, "2026-12-04")
    assert [one["state"] for one in await reviews(quiet, GUANGZHOU)] == ["WITHDRAWN"]
    await run(quiet, "2026-12-12")
    assert sorted(one["state"] for one in await reviews(quiet, GUANGZHOU)) == ["RECEIVED", "WITHDRAWN"]


async def test_it_comes_in_the_digest_of_the_day_and_once(quiet: Runtime) -> None:
    await run(quiet, "2026-12-02")
    await run(quiet, "2026-12-03")
    assert (await answered(quiet, GUANGZHOU, DIGEST, on="2026-12-02"))["data"]["digest"] == {
        "reviewCount": 1, "rules": [{"rule": "SOURCE_STALE", "reviewCount": 1}],
    }  # fmt: skip
    await run(quiet, "2026-12-04")
    assert (await answered(quiet, GUANGZHOU, DIGEST, on="2026-12-03"))["data"]["digest"] is None
