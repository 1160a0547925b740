"""A second database on the server of the run, migrated and empty, for tests that need nobody else at work in it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from exchange.database import APPLICATION_ROLE, HUB_ROLE, SETTINGS
from exchange.migrate import migrate


@dataclass(frozen=True, kw_only=True)
class Scratch:
    """An empty migrated database. `dsn` logs in as the owner."""

    dsn: str = field(repr=False)

    @asynccontextmanager
    async def as_role(self, role: str) -> AsyncIterator[Any]:
        """A connection as the hub has it, in a role."""
        connection = await asyncpg.connect(self.dsn, server_settings={"role": role, **SETTINGS})
        try:
            yield connection
        finally:
            if not connection.is_closed():
                await connection.close()

    def as_hub(self) -> Any:
        """A connection for the hub's own work."""
        return self.as_role(HUB_ROLE)

    def as_application(self) -> Any:
        """A connection for callers."""
        return self.as_role(APPLICATION_ROLE)

    @asynccontextmanager
    async def as_owner(self) -> AsyncIterator[Any]:
        """A connection as the owner of the tables."""
        connection = await asyncpg.connect(self.dsn)
        try:
            yield connection
        finally:
            await connection.close()


@asynccontextmanager
async def scratch_database(dsn: str, name: str) -> AsyncIterator[Scratch]:
    """Create it beside the one of `dsn`, and drop it afterwards whatever still holds it."""
    owner = await asyncpg.connect(dsn)
    try:
        await owner.execute(f'drop database if exists "{name}" with (force)')
        await owner.execute(f"create database \"{name}\" encoding 'UTF8' template template0")
        parts = urlsplit(dsn)
        scratch = Scratch(dsn=urlunsplit(parts._replace(path=f"/{name}")))
        await migrate(scratch.dsn)
        yield scratch
    finally:
        await owner.execute(f'drop database if exists "{name}" with (force)')
        await owner.close()
