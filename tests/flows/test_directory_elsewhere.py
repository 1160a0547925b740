"""Two hub processes on one database: a change of the directory by one holds at the other before its next event.

The loops of both stand still and no notice is sent, so the second one hears of a change only by what the stream says.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import replace
from typing import Any

import asyncpg
import orjson
import pytest
import pytest_asyncio

from exchange.cli.onboarding import add_tenant, disable_client
from exchange.cli.printing import Printer
from exchange.demo.cast import BAY_AREA, synthetic_code
from exchange.demo.seed import caller_of
from exchange.engine.request import Pushed
from exchange.runtime import Runtime, now_in_utc, open_runtime
from schema.errors import Refusal
from tests.flows import material
from tests.flows.scratch import answered, asked, keep, quiet_hub

Two = tuple[Runtime, Runtime]


@pytest_asyncio.fixture(loop_scope="session")
async def two(database: Any) -> AsyncIterator[Two]:
    """The process that takes tenants on board, and the one that serves a subscriber."""
    async with (
        quiet_hub(database.dsn, "exchange_two_hubs") as here,
        open_runtime(here.database, here.keys, issuer=here.issuer, now=now_in_utc, has_loops=False) as there,
    ):
        yield here, there


async def take_on_board(here: Runtime, slug: str, serial: int, agreement: str = BAY_AREA) -> None:
    values = {
        "slug": slug, "kind": "AUTHORITY", "name": "示例市应急管理局（演示）", "name_en": "Sample bureau (demo)",
        "credit_code": synthetic_code("11", "440400", serial), "region": "440400", "sector": "EMERGENCY",
        "jurisdiction": "4404",
    }  # fmt: skip
    await add_tenant(here, Printer(as_json=True, language="en"), values, (agreement,), rotates=False, founds=False)
    await here.reload()


async def flag(here: Runtime, slug: str) -> None:
    """A tenant raises a flag, and the event has its position: the other process may read it from now on."""
    await keep(here, slug, "RISK_FLAG", material.flag(material.firm("440400")))
    await here.settle()


async def following(there: Runtime, slug: str) -> AsyncGenerator[Pushed, None]:
    query = 'subscription { eventPublished(after: "seq:0") { owner { id } cursor } }'
    stream = await there.engine.subscribe(replace(asked(query), allow_mutation=False), caller_of(there, slug))
    assert isinstance(stream, AsyncGenerator)
    return stream


async def owners(there: Runtime, stream: AsyncGenerator[Pushed, None], wanted: int, head: int) -> list[str]:
    there.signal.grow(head)
    async with asyncio.timeout(20):
        bodies = [orjson.loads((await anext(stream)).body) for _ in range(wanted)]
    return [body["data"]["eventPublished"]["owner"]["id"] for body in bodies]


async def test_a_subscriber_misses_nothing_of_a_tenant_taken_on_board_elsewhere(two: Two) -> None:
    here, there = two
    stream = await following(there, "gz-bureau")
    waiting = asyncio.create_task(anext(stream))
    await asyncio.sleep(0)
    await take_on_board(here, "zh-bureau", 9101)
    await flag(here, "zh-bureau")
    await flag(here, "sz-bureau")
    there.signal.grow(here.signal.position)
    async with asyncio.timeout(20):
        body = orjson.loads((await waiting).body)
    assert body["data"]["eventPublished"]["owner"]["id"] == "zh-bureau"
    assert await owners(there, stream, 1, here.signal.position) == ["sz-bureau"]
    await stream.aclose()


async def test_a_page_of_events_never_goes_past_a_tenant_taken_on_board_elsewhere(two: Two) -> None:
    here, there = two
    await take_on_board(here, "zh-bureau", 9102)
    await flag(here, "zh-bureau")
    await flag(here, "sz-bureau")
    body = await answered(there, "gz-bureau", "{ events(first: 10) { nodes { owner { id } } } }")
    assert [node["owner"]["id"] for node in body["data"]["events"]["nodes"]] == ["zh-bureau", "sz-bureau"]


async def test_the_triggers_judge_an_event_by_the_directory_it_was_announced_in(two: Two) -> None:
    here, there = two
    firm = material.firm()
    await keep(here, "gz-bureau", "PROJECT_APPROVAL", material.matter(firm, "440100"))
    await take_on_board(here, "zh-bureau", 9103)
    await keep(here, "zh-bureau", "RISK_FLAG", material.flag(firm))
    await there.settle()
    body = await answered(there, "gz-bureau", "{ reviews(first: 10) { nodes { flag { owner { id } } } } }")
    assert [node["flag"]["owner"]["id"] for node in body["data"]["reviews"]["nodes"]] == ["zh-bureau"]


async def test_a_client_shut_out_elsewhere_gets_no_further_event(two: Two) -> None:
    here, there = two
    stream = await following(there, "gz-bureau")
    await flag(here, "sz-bureau")
    assert await owners(there, stream, 1, here.signal.position) == ["sz-bureau"]
    await disable_client(here, Printer(as_json=True, language="en"), "gz-bureau")
    await flag(here, "sz-bureau")
    with pytest.raises(Refusal) as refusal:
        await owners(there, stream, 1, here.signal.position)
    assert refusal.value.code == "TOKEN_REVOKED"


async def test_every_change_of_the_directory_raises_its_edition(two: Two) -> None:
    changes = (
        "update tenant set name = name where slug = 'gz-bureau'",
        "update client set scopes = scopes where client_id = 'gz-bureau'",
        "update agreement set valid_to = null where valid_to is null",
        "update agreement_member set left_on = current_date where tenant_id = 1",
        "update signing_key set retired_at = null where generation = 1",
    )
    here, _ = two
    owner = await asyncpg.connect(here.database.dsn)  # the hub itself changes neither agreements nor keys
    try:
        before = await owner.fetchval("select edition from directory_edition")
        for place, change in enumerate(changes, 1):
            await owner.execute(change)
            assert await owner.fetchval("select edition from directory_edition") == before + place
    finally:
        await owner.close()


async def test_many_readers_of_an_outdated_directory_have_it_read_again_once(two: Two) -> None:
    here, there = two
    outdated = there.directory.edition
    await take_on_board(here, "zh-bureau", 9104)
    await asyncio.gather(*(there.catch_up(outdated) for _ in range(20)))
    caught_up = there.directory
    await there.catch_up(outdated)
    assert there.directory is caught_up
    assert caught_up.edition == here.directory.edition
