"""The hub's database: the embedded server or EXCHANGE_DATABASE_URL, migrated, with a pool in the application role.

Add the next connection setting to APPLICATION. Tenants get their connection from tenants/session.py, not from here.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import asyncpg

from exchange.connection import check_server, connect_owner, explained
from exchange.logins import Login, own_login
from exchange.migrate import is_migrated, migrate
from exchange.settings import Settings, deployment_secret
from exchange.statements import statements
from exchange.unusable import DatabaseUnusable, SettingsUnusable
from tenants.keys import Keys
from tenants.session import NOBODY

if TYPE_CHECKING:
    Pool: TypeAlias = asyncpg.Pool[asyncpg.Record]

_DESCRIBE_ROLE = statements("connection")["describe_role"]
_LOG = logging.getLogger(__name__)

# Given at login, so that any RESET returns to them. Nobody's sight is the sight a connection starts with.
SETTINGS = {
    "application_name": "exchange",
    "timezone": "Asia/Shanghai",
    "statement_timeout": "30s",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "60s",
    **NOBODY,
}
APPLICATION_ROLE = "exchange_app"
HUB_ROLE = "exchange_hub"
CLOSE_SECONDS = 10
HUB_CONNECTIONS = 5
REVIVE_SECONDS = 5


@dataclass(frozen=True, kw_only=True)
class Server:
    """A checked server, not necessarily migrated. `dsn` logs in as the owner and holds the password; `psql` is how an
    operator does, a command line without the password."""

    dsn: str = field(repr=False)
    is_embedded: bool
    psql: str = 'psql "$EXCHANGE_DATABASE_URL"'


@dataclass(frozen=True, kw_only=True)
class Database:
    """A migrated database. `pool` works as exchange_app, `hub_pool` as exchange_hub: neither owns a table."""

    dsn: str = field(repr=False)
    is_embedded: bool
    pool: "Pool" = field(repr=False)
    hub_pool: "Pool" = field(repr=False)
    migrated: tuple[str, ...] = ()


@asynccontextmanager
async def open_server(settings: Settings) -> AsyncIterator[Server]:
    """The server alone, for `exchange migrate` and `exchange doctor`. Raises DatabaseUnusable."""
    if settings.database_url is not None:
        server = Server(dsn=settings.database_url, is_embedded=False)
        await _check(server)
        yield server
        return
    # Imported here: the launcher needs POSIX, a DSN does not.
    from exchange.embedded import start

    async with await start(settings.data) as embedded:
        server = Server(dsn=embedded.dsn, is_embedded=True, psql=embedded.psql)
        await _check(server)
        keeper = asyncio.create_task(_keep_running(embedded.ensure_running))
        try:
            yield server
        finally:
            keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await keeper


async def check_existing(settings: Settings) -> None:
    """Refuse where no hub was set up yet, before anything is made there. Raises Unusable."""
    if settings.database_url is None:
        # Imported here, as in open_server.
        from exchange.embedded import has_cluster

        place, is_there = str(settings.data), has_cluster(settings.data)
    else:
        place, is_there = "EXCHANGE_DATABASE_URL", await is_migrated(settings.database_url)
    if not is_there:
        raise DatabaseUnusable(
            f"{place} 还没有数据库", f"no database at {place} yet",
            "make demo 或 or make up；数据在别处的设置 EXCHANGE_DATA / set EXCHANGE_DATA if it is elsewhere",
        )  # fmt: skip
    if settings.secret is None and not (settings.data / "secret").exists():
        raise SettingsUnusable(
            f"没有部署密钥：EXCHANGE_SECRET 未设，也没有 {settings.data / 'secret'}",
            f"no deployment secret: EXCHANGE_SECRET is not set and there is no {settings.data / 'secret'}",
            "设为该数据库原用的密钥 / set the one this database is used with",
        )


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncIterator[Database]:
    """Server, migrations, pool; closed in the opposite order. Raises DatabaseUnusable."""
    async with open_server(settings) as server:
        migrated = await migrate(server.dsn)
        application, hub = await _logins(server.dsn, Keys(secret=deployment_secret(settings).encode()))
        async with (
            open_pool(server.dsn, settings.pool_size, login=application) as pool,
            open_pool(server.dsn, HUB_CONNECTIONS, role=HUB_ROLE, login=hub) as hub_pool,
        ):
            yield Database(
                dsn=server.dsn, is_embedded=server.is_embedded, pool=pool, hub_pool=hub_pool, migrated=tuple(migrated)
            )


@asynccontextmanager
async def open_pool(
    dsn: str, size: int, *, role: str = APPLICATION_ROLE, login: Login | None = None
) -> AsyncIterator["Pool"]:
    """Connections in a role to a migrated database. Refuses a role that stands above row security.

    Without a `login` they start as the one of `dsn`, the owner.
    """
    logging.getLogger("asyncpg.pool").addFilter(_in_one_line)
    async with explained():
        pool = await asyncpg.create_pool(
            dsn,
            user=login.name if login else None,
            password=login.password if login else None,
            min_size=min(2, size),
            max_size=size,
            timeout=10,
            server_settings={"role": role, **SETTINGS},
            init=_prepare,
            reset=_keep,
            statement_cache_size=500,
            max_cacheable_statement_size=100_000,
        )
    try:
        found = await pool.fetchrow(_DESCRIBE_ROLE)
        if found is None or found["name"] != role or found["is_above_row_security"]:
            raise DatabaseUnusable(
                f"角色 {role} 不受行级安全约束",
                f"the role {role} is not held by row security",
                f"alter role {role} nosuperuser nobypassrls",
            )
        yield pool
    finally:
        await _close(pool)


def _in_one_line(record: logging.LogRecord) -> bool:
    """What asyncpg says in an outage, at every try: the kind of the fault will do, its traceback tells nothing more."""
    if record.exc_info and record.exc_info[0]:
        record.msg, record.exc_info = f"{record.msg}: {record.exc_info[0].__name__}", None
    return True


async def _logins(dsn: str, keys: Keys) -> tuple[Login | None, Login | None]:
    connection = await connect_owner(dsn)
    try:
        found = [await own_login(connection, dsn, keys, role) for role in (APPLICATION_ROLE, HUB_ROLE)]
    finally:
        await connection.close()
    if None in found:
        _LOG.warning("sessions start as the owner of the database: see exchange doctor")
    return found[0], found[1]


async def _prepare(connection: Any) -> None:
    """JSON goes through as the bytes PostgreSQL made of it."""
    await connection.set_type_codec("json", schema="pg_catalog", encoder=str.encode, decoder=bytes, format="binary")


async def _keep(connection: Any) -> None:
    """Instead of asyncpg's RESET ALL, a round trip each time: who asks is set within a transaction only, and it is
    over.

    asyncpg itself rolls back a transaction that was left open.
    """


async def _check(server: Server) -> None:
    connection = await connect_owner(server.dsn)
    try:
        await check_server(connection, is_embedded=server.is_embedded)
    finally:
        await connection.close()


async def _close(pool: "Pool") -> None:
    try:
        await asyncio.wait_for(pool.close(), CLOSE_SECONDS)
    except TimeoutError:
        _LOG.warning("connections still in use after %s s were cut", CLOSE_SECONDS)
        pool.terminate()


async def _keep_running(ensure_running: Callable[[], Awaitable[None]]) -> None:
    """Nobody else would start an embedded server again that was killed under us."""
    while True:
        await asyncio.sleep(REVIVE_SECONDS)
        try:
            await ensure_running()
        except DatabaseUnusable as error:
            _LOG.error("%s", error)
