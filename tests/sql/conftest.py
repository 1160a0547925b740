"""The filled database that plans are asked of, once for all tests here."""

from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio

from tests.sql.planning import Planning, open_planning


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def planning(database: Any) -> AsyncIterator[Planning]:
    """Connections that plan for any values."""
    async with open_planning(database.dsn) as opened:
        yield opened
