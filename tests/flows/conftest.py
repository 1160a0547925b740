"""The story's cast at a running hub: each test gets firms and persons of its own, so that tests never meet.

Add a situation that several stories begin with as a fixture.
"""

from collections.abc import AsyncIterator
from itertools import count
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from exchange.demo.cast import CAST
from exchange.demo.client import Client
from exchange.demo.files import grading
from exchange.demo.notes import Story
from exchange.demo.questions import PUBLISH_GRADING, PUBLISH_MATTER
from exchange.demo.scene import Scene
from tests.flows.situation import matter_of, reviews_at

_NUMBERS = count(500)


@pytest.fixture(scope="session")
def client(hub: Any, http: aiohttp.ClientSession) -> Client:
    """Everybody of the cast, each with a token got at /oauth/token."""
    return Client(base_url=hub.base_url, http=http, secrets={actor.slug: hub.secret(actor.slug) for actor in CAST})


@pytest_asyncio.fixture
async def story(hub: Any, client: Client) -> AsyncIterator[Story]:
    """A run that has not begun; `start` is the end of the stream before it."""
    await hub.runtime.settle()
    scene = Scene(number=next(_NUMBERS), day=hub.runtime.today())
    begun = Story(client=client, scene=scene, start=await client.position())
    yield begun
    if begun.line is not None:
        await begun.line.close()


@pytest_asyncio.fixture
async def orange(story: Story) -> Story:
    """The firm is graded ORANGE in Shenzhen and has a matter pending in Guangzhou."""
    graded = await story.client.ask("sz-bureau", PUBLISH_GRADING, input=grading(story.scene, "ORANGE"))
    filed = await story.client.ask("gz-bureau", PUBLISH_MATTER, input=matter_of(story.scene))
    assert (graded["outcome"], filed["outcome"]) == ("NEW", "NEW")
    return story


@pytest_asyncio.fixture
async def flagged(orange: Story) -> Story:
    """Then it is graded RED, and Guangzhou has its review."""
    await orange.client.ask("sz-bureau", PUBLISH_GRADING, input=grading(orange.scene, "RED"))
    (orange.review,) = await reviews_at(orange, "gz-bureau", wanted=1)
    orange.flag_id = orange.review["flag"]["id"]
    return orange
