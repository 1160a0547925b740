"""The only door to the database on behalf of a caller: it sets who asks, in the same transaction as the work.

Security place 2. `sight` gives the four settings every row policy reads; `acting` opens a transaction with them.
The compiled query path puts `SIGHT` into its one statement instead of a transaction of several.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any

import asyncpg

from schema.errors import Refusal
from tenants.caller import Caller

SET_SIGHT = (
    "select set_config('app.writes', $1, true), set_config('app.reads', $2, true), "
    "set_config('app.level', $3, true), set_config('app.subjects', $4, true)"
)

# A full pool is waited for this long, then the request is shed.
PATIENCE_SECONDS = 5.0
OUTAGES = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.DeadlockDetectedError,
    asyncpg.LockNotAvailableError,
    asyncpg.InterfaceError,  # a connection that died under us
    asyncpg.InternalClientError,
)

# U+0000, in a text or within JSON: PostgreSQL keeps none.
UNKEPT = (asyncpg.CharacterNotInRepertoireError, asyncpg.UntranslatableCharacterError)

# What refuse_guessing raises (migrations/0005_counters.sql); the detail is the seconds to wait.
TOO_MANY_MISSES = "EX429"

# What a session is before anybody is set: it sees and writes nothing.
NOBODY = {"app.writes": "{}", "app.reads": "{}", "app.level": "9", "app.subjects": "{}"}


def sight(caller: Caller) -> tuple[str, str, str, str]:
    """The caller's settings (writes, reads, level, subjects) as PostgreSQL reads them."""
    return _sight(caller.tenant.tenant_id, caller.reads, int(caller.level), caller.subjects)


@lru_cache(maxsize=1024)  # the same few callers ask again and again
def _sight(tenant_id: int, reads: tuple[int, ...], level: int, subjects: tuple[str, ...]) -> tuple[str, str, str, str]:
    return f"{{{tenant_id}}}", "{" + ",".join(map(str, reads)) + "}", str(level), "{" + ",".join(subjects) + "}"


@asynccontextmanager
async def acting(pool: Any, caller: Caller) -> AsyncIterator[Any]:
    """A connection in a transaction in which row security knows the caller (asyncpg pool in, connection out)."""
    with unavailable():
        async with pool.acquire(timeout=PATIENCE_SECONDS) as connection, connection.transaction():
            await connection.execute(SET_SIGHT, *sight(caller))
            yield connection


async def look_as(connection: Any, caller: Caller) -> None:
    """Within `acting`: row security knows this caller from now on, until the transaction ends or it is said again."""
    await connection.execute(SET_SIGHT, *sight(caller))


class Within:
    """A pool of one connection, for work that takes a pool: it acts in the transaction that is under way. Afterwards
    row security knows whoever acted last: `look_as` says it again."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    @asynccontextmanager
    async def acquire(self, **_: Any) -> AsyncIterator[Any]:
        """The connection: there is nothing to wait for."""
        yield self._connection


@asynccontextmanager
async def rehearsing(pool: Any, caller: Caller) -> AsyncIterator[Any]:
    """As `acting`, but whatever is done is undone at the end: nothing is kept, nothing announced."""
    with unavailable():
        async with pool.acquire(timeout=PATIENCE_SECONDS) as connection:
            transaction = connection.transaction()
            await transaction.start()
            try:
                await connection.execute(SET_SIGHT, *sight(caller))
                yield connection
            finally:
                await transaction.rollback()


class unavailable:
    """What goes wrong between us and the database becomes Refusal UNAVAILABLE: nothing was done, try again.

    What the database itself refuses to a guesser becomes Refusal TOO_MANY_MISSES, what it cannot keep BAD_INPUT.
    """

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, OUTAGES) and not isinstance(error, asyncpg.DataError):
            raise Refusal("UNAVAILABLE") from error
        if isinstance(error, UNKEPT):
            raise Refusal("BAD_INPUT", detail="U+0000") from None  # its text may quote what was sent
        if isinstance(error, asyncpg.PostgresError) and error.sqlstate == TOO_MANY_MISSES:
            raise Refusal("TOO_MANY_MISSES", retry_after=int(error.detail or 60)) from None
