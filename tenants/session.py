"""The only door to the database on behalf of a caller: it sets who asks, in the same transaction as the work.

Security place 2. `sight` gives the four settings every row policy reads; `acting` opens a transaction with them.
The compiled query path puts `SIGHT` into its one statement instead of a transaction of several.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
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
)

# What refuse_guessing raises (migrations/0005_counters.sql); the detail is the seconds to wait.
TOO_MANY_MISSES = "EX429"

# What a session is before anybody is set: it sees and writes nothing.
NOBODY = {"app.writes": "{}", "app.reads": "{}", "app.level": "9", "app.subjects": "{}"}


def sight(caller: Caller) -> tuple[str, str, str, str]:
    """The caller's settings (writes, reads, level, subjects) as PostgreSQL reads them."""
    writes = f"{{{caller.tenant.tenant_id}}}"
    reads = "{" + ",".join(str(owner) for owner in caller.reads) + "}"
    subjects = "{" + ",".join(caller.subjects) + "}"
    return writes, reads, str(int(caller.level)), subjects


@asynccontextmanager
async def acting(pool: Any, caller: Caller) -> AsyncIterator[Any]:
    """A connection in a transaction in which row security knows the caller (asyncpg pool in, connection out)."""
    with unavailable():
        async with pool.acquire(timeout=PATIENCE_SECONDS) as connection, connection.transaction():
            await connection.execute(SET_SIGHT, *sight(caller))
            yield connection


@contextmanager
def unavailable() -> Iterator[None]:
    """What goes wrong between us and the database becomes Refusal UNAVAILABLE: nothing was done, try again.

    What the database itself refuses to a guesser becomes Refusal TOO_MANY_MISSES.
    """
    try:
        yield
    except OUTAGES as error:
        raise Refusal("UNAVAILABLE") from error
    except asyncpg.PostgresError as error:
        if error.sqlstate != TOO_MANY_MISSES:
            raise
        raise Refusal("TOO_MANY_MISSES", retry_after=int(error.detail or 60)) from None
    except (asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
        if isinstance(error, asyncpg.DataError):
            raise
        raise Refusal("UNAVAILABLE") from error  # a connection that died under us
