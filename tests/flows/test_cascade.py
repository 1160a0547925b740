"""Every row of tests/spec/cascade.md is a test through the hub; add a row there."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from exchange.runtime import Runtime
from tests.flows.cascades import TOLD_PLACES, Case, Today, standing, states
from tests.flows.scratch import quiet_hub
from tests.spec.tables import rows

OF_REVIEWS = ("开启", "并入", "起因变更", "起因解除", "撤回", "办结")
ROWS = [*rows("cascade.md", "一案一件"), *rows("cascade.md", "解除")]


@pytest.fixture(scope="module")
def today() -> Today:
    """The day it is for the hub."""
    return Today()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quiet(database: Any, today: Today) -> AsyncIterator[Runtime]:
    """A hub whose numbering and triggers run when a test says so."""
    async with quiet_hub(database.dsn, "exchange_cascade", now=today.now) as runtime:
        yield runtime


async def done(row: dict[str, str], quiet: Runtime, today: Today) -> Case:
    case = Case(hub=quiet, today=today)
    await case.begin()
    for step in row["步骤"].split("；"):
        await case.do(step)
    return case


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["情形"])
async def test_a_row_comes_true(row: dict[str, str], quiet: Runtime, today: Today) -> None:
    case = await done(row, quiet, today)
    firm = await case.seen()
    told = " ".join(one for one in case.told("广州").split() if one.rstrip("0123456789") in OF_REVIEWS)
    assert (standing(firm), states(firm), told) == (row["现行标记"], row["任务状态"], row["广州已获通知"])


@pytest.mark.parametrize("row", rows("cascade.md", "谁得知"), ids=lambda row: row["情形"])
async def test_everybody_is_told_as_often_as_the_row_says(row: dict[str, str], quiet: Runtime, today: Today) -> None:
    case = await done(row, quiet, today)
    assert {place: case.told(place) for place in TOLD_PLACES} == {place: row[place] for place in TOLD_PLACES}
