"""What is for attention only comes once a day in one digest: no event of its own, none lost, none of another's."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import asyncpg
import pytest_asyncio

from exchange.clock import run_clock
from exchange.runtime import Runtime
from tests.flows.scratch import answered, quiet_hub

DONGGUAN, GUANGZHOU, SHENZHEN = "dg-bureau", "gz-bureau", "sz-bureau"
EVENTS = '{ events(first: 99, types: ["digest.prepared", "review.opened"]) { nodes { type day payload } } }'
DIGEST = "query D($on: Date) { digest(on: $on) { day reviewCount rules { rule reviewCount } } }"
LISTED = """query L($on: Date!, $n: Int!, $after: String) { reviews(digestOn: $on, first: $n, after: $after) {
  nodes { id rule } pageInfo { hasNextPage endCursor } } }"""
OPENED = """
insert into review (owner_id, cause_owner_id, rule, cause_key, cause_event_id, subject, priority, handling, reason_zh,
  reason_en, opened_on, due_on, is_due_estimated)
select o.tenant_id, c.tenant_id, $3, gen_random_uuid()::text, gen_random_uuid(), 'E:DEM', 'MAY', $4, '因', 'cause',
  $5::date, $5::date + 7, false
from generate_series(1, $6::int), tenant o, tenant c
where o.slug = $1 and c.slug = $2
returning review_id::text
"""


@pytest_asyncio.fixture(loop_scope="session")
async def quiet(database: Any) -> AsyncIterator[Runtime]:
    """A hub nobody else works in."""
    async with quiet_hub(database.dsn, "exchange_digest") as runtime:
        yield runtime


async def opened(
    runtime: Runtime, slug: str, day: str, rule: str = "CREDENTIAL_EXPIRING", *, count: int = 1, follow_up: bool = False
) -> list[str]:
    """Reviews of an authority as the triggers open them; their ids."""
    handling = "FOR_FOLLOW_UP" if follow_up else "FOR_ATTENTION"
    owner = await asyncpg.connect(runtime.database.dsn)
    try:
        await owner.execute("set role exchange_hub")
        rows = await owner.fetch(OPENED, slug, SHENZHEN, rule, handling, date.fromisoformat(day), count)
    finally:
        await owner.close()
    return [row["review_id"] for row in rows]


async def run(runtime: Runtime, day: str) -> None:
    async with runtime.database.hub_pool.acquire() as connection:
        await run_clock(connection, date.fromisoformat(day))
    await runtime.settle()


async def told(runtime: Runtime, slug: str) -> list[dict[str, Any]]:
    nodes: list[dict[str, Any]] = (await answered(runtime, slug, EVENTS))["data"]["events"]["nodes"]
    return nodes


async def digest(runtime: Runtime, slug: str, day: str) -> Any:
    return (await answered(runtime, slug, DIGEST, on=day))["data"]["digest"]


async def listed(runtime: Runtime, slug: str, day: str) -> list[str]:
    found: list[str] = []
    after = None
    while True:
        page = (await answered(runtime, slug, LISTED, on=day, n=50, after=after))["data"]["reviews"]
        found += [node["id"] for node in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]


async def test_reviews_for_attention_are_told_together_after_the_day_has_ended(quiet: Runtime) -> None:
    first = await opened(quiet, GUANGZHOU, "2026-03-02", count=2)
    second = await opened(quiet, GUANGZHOU, "2026-03-02", "SOURCE_STALE")
    await run(quiet, "2026-03-02")
    assert await told(quiet, GUANGZHOU) == []
    await run(quiet, "2026-03-03")
    assert await told(quiet, GUANGZHOU) == [{
        "type": "digest.prepared", "day": "2026-03-03", "payload": {
            "day": "2026-03-02", "reviews": 3, "rules": {"CREDENTIAL_EXPIRING": 2, "SOURCE_STALE": 1},
            "reviewIds": sorted(first + second)}}]  # fmt: skip
    assert await digest(quiet, GUANGZHOU, "2026-03-02") == {
        "day": "2026-03-02", "reviewCount": 3, "rules": [
            {"rule": "CREDENTIAL_EXPIRING", "reviewCount": 2}, {"rule": "SOURCE_STALE", "reviewCount": 1}]}  # fmt: skip
    assert sorted(await listed(quiet, GUANGZHOU, "2026-03-02")) == sorted(first + second)


async def test_what_is_to_be_followed_up_is_told_at_once_and_is_in_no_digest(quiet: Runtime) -> None:
    await opened(quiet, GUANGZHOU, "2026-03-02", follow_up=True)
    await run(quiet, "2026-03-03")
    assert [one["type"] for one in await told(quiet, GUANGZHOU)] == ["review.opened"]
    assert await digest(quiet, GUANGZHOU, "2026-03-02") is None


async def test_an_authority_gets_its_own_digest_and_sees_no_other(quiet: Runtime) -> None:
    mine = await opened(quiet, GUANGZHOU, "2026-03-02")
    theirs = await opened(quiet, DONGGUAN, "2026-03-02", count=2)
    await run(quiet, "2026-03-03")
    for slug, ids in ((GUANGZHOU, mine), (DONGGUAN, theirs)):
        (event,) = await told(quiet, slug)
        assert event["payload"]["reviewIds"] == sorted(ids)
        assert (await digest(quiet, slug, "2026-03-02"))["reviewCount"] == len(ids)
        assert sorted(await listed(quiet, slug, "2026-03-02")) == sorted(ids)
    assert (await told(quiet, SHENZHEN), await digest(quiet, SHENZHEN, "2026-03-02")) == ([], None)


async def test_one_that_comes_late_is_in_the_digest_of_the_next_day(quiet: Runtime) -> None:
    await opened(quiet, GUANGZHOU, "2026-03-02")
    await run(quiet, "2026-03-03")
    late = await opened(quiet, GUANGZHOU, "2026-03-02")
    await run(quiet, "2026-03-03")
    assert len(await told(quiet, GUANGZHOU)) == 1
    await run(quiet, "2026-03-04")
    assert [one["payload"]["reviewIds"] for one in await told(quiet, GUANGZHOU)][1:] == [late]


async def test_after_a_week_of_downtime_there_is_one_digest_with_everything(quiet: Runtime) -> None:
    several = [one for day in range(2, 9) for one in await opened(quiet, GUANGZHOU, f"2026-03-0{day}")]
    await run(quiet, "2026-03-09")
    (event,) = await told(quiet, GUANGZHOU)
    assert (event["payload"]["day"], event["payload"]["reviewIds"]) == ("2026-03-08", sorted(several))


async def test_of_many_the_event_names_a_hundred_and_the_list_has_all(quiet: Runtime) -> None:
    several = await opened(quiet, GUANGZHOU, "2026-03-02", count=130)
    await run(quiet, "2026-03-03")
    (event,) = await told(quiet, GUANGZHOU)
    assert (event["payload"]["reviews"], event["payload"]["reviewIds"]) == (130, sorted(several)[:100])
    assert sorted(await listed(quiet, GUANGZHOU, "2026-03-02")) == sorted(several)
