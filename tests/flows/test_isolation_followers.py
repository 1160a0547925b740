"""Who follows the events receives those that tests/spec/access.md says, and reaches nothing through them."""

from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from exchange.demo.client import Client
from tests.flows.neighbours import COLUMNS, FORBIDDEN, OPERATOR, PARTNER, World, settle_in
from tests.spec.tables import rows


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(hub: Any, ask: Any, http: aiohttp.ClientSession) -> World:
    return await settle_in(hub, ask, http)


_EVENTS = next(row for row in rows("access.md", "查询") if row["查询"] == "events")


@pytest.mark.parametrize("column", [column for column in COLUMNS if _EVENTS[column] != "×"])
async def test_a_follower_receives_the_events_the_table_says(
    column: str, world: World, ask: Any, hub: Any, http: Any
) -> None:
    slug = COLUMNS[column]
    query = "query E($after: String!) { events(first: 100, after: $after) { nodes { cursor } } }"
    expected = [one["cursor"] for one in (await ask(slug, query, after=world.start)).data["events"]["nodes"]]
    client = Client(base_url=hub.base_url, http=http, secrets={slug: hub.secret(slug)})
    followed = "subscription S($after: String!) { eventPublished(after: $after) { cursor recordId reviewId } }"
    line = await client.follow(slug, followed, after=world.start)
    received = [await line.next() for _ in expected]
    await line.close()
    assert [one["cursor"] for one in received] == expected
    found = {world.names.get(one["reviewId"] or one["recordId"]) for one in received}
    assert found & set(world.ids) == set(_EVENTS[column].split())


@pytest.mark.parametrize(("slug", "selected"), [
    (OPERATOR, "cursor"),
    (PARTNER, "review { id }"),
    (PARTNER, "flag { reviews(first: 1) { nodes { id } } }"),
    (PARTNER, "enterprise { certificates(first: 1) { nodes { id } } }"),
    (PARTNER, "enterprise { grading { band } }"),
])  # fmt: skip
async def test_a_follower_cannot_reach_through_an_event_what_it_may_not_ask(
    slug: str, selected: str, hub: Any, http: Any
) -> None:
    client = Client(base_url=hub.base_url, http=http, secrets={slug: hub.secret(slug)})
    line = await client.follow(slug, f'subscription S {{ eventPublished(after: "seq:0") {{ {selected} }} }}')
    message = await line.receive("error")
    await line.close()
    assert [one["extensions"]["code"] for one in message["payload"]] == [FORBIDDEN]
