"""Connecting to PostgreSQL as the owner, and the checks a server has to pass before it is used.

Add the next check to `check_server`; its query goes to exchange/sql/connection.sql.
"""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeAlias

import asyncpg

from exchange.statements import statements
from exchange.unusable import DatabaseUnusable

if TYPE_CHECKING:
    # Generic in the stubs only.
    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record]

_SQL = statements("connection")
_DESCRIBE_SERVER = _SQL["describe_server"]
_KNOWS_CHINESE = _SQL["knows_chinese"]
_LOG = logging.getLogger(__name__)

# Older minor releases leak rows across roles: CVE-2024-10976.
_FIRST_SAFE_MINOR = {15: 9, 16: 5, 17: 1}
SUPPORTED = "PostgreSQL 15.9+, 16.5+, 17.1+, 18+"


def is_supported(major: int, minor: int) -> bool:
    """Whether this release keeps row security as we need it."""
    return major > max(_FIRST_SAFE_MINOR) or minor >= _FIRST_SAFE_MINOR.get(major, minor + 1)


async def connect_owner(dsn: str, *, timeout_seconds: float = 10) -> "Connection":
    """A connection as the login of `dsn`, for migrations and checks. A lock not got in 30 s is an error."""
    settings = {"application_name": "exchange-owner", "lock_timeout": "30s"}
    async with explained():
        return await asyncpg.connect(dsn, timeout=timeout_seconds, server_settings=settings)


async def check_server(connection: "Connection", *, is_embedded: bool) -> None:
    """Refuse a server that is too old, or whose encoding cannot hold or whose locale cannot recognise Chinese."""
    server = await connection.fetchrow(_DESCRIBE_SERVER)
    assert server is not None
    if not is_supported(*divmod(server["version_number"], 10_000)):
        raise DatabaseUnusable(
            f"PostgreSQL {server['version']} 版本过低", f"PostgreSQL {server['version']} is too old", SUPPORTED
        )
    if server["encoding"] != "UTF8":
        raise DatabaseUnusable(
            f"数据库编码为 {server['encoding']}，须为 UTF8",
            f"the database's encoding is {server['encoding']}, not UTF8",
            "create database exchange encoding 'UTF8' template template0",
        )
    if server["ctype"] not in ("C", "POSIX") and await connection.fetchval(_KNOWS_CHINESE):
        return
    if is_embedded:
        raise DatabaseUnusable(
            f"内置数据库的 LC_CTYPE 为 {server['ctype']}，无法识别汉字",
            f"the embedded database's LC_CTYPE is {server['ctype']}: Chinese letters are not recognised",
            "移走 EXCHANGE_DATA/postgres 后重新启动 / move EXCHANGE_DATA/postgres away and start again",
        )
    # No query of ours depends on it, so a managed server may stay as it is.
    _LOG.warning("LC_CTYPE %s does not recognise Chinese letters (lc_ctype 'C.UTF-8' does)", server["ctype"])


# What asyncpg raises while connecting: the first line that fits explains it. The last one is an unreadable address.
_EXPLANATIONS: tuple[tuple[tuple[type[Exception], ...], str, str, str], ...] = (
    ((OSError, TimeoutError), "无法连接数据库：{reason}", "cannot reach the database: {reason}",
     "检查 EXCHANGE_DATABASE_URL 与数据库是否运行 / check EXCHANGE_DATABASE_URL and that the server runs"),
    ((asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError),
     "数据库拒绝登录：{reason}", "the database refuses the login: {reason}",
     "检查 EXCHANGE_DATABASE_URL 中的用户、密码、库名 / check user, password and database in EXCHANGE_DATABASE_URL"),
    # The pool asks for its role while connecting: no such role means that nobody has migrated this database.
    ((asyncpg.InvalidParameterValueError, asyncpg.InsufficientPrivilegeError),
     "数据库未就绪或应用角色不可用：{reason}", "the application role cannot be used: {reason}", "exchange migrate"),
    ((asyncpg.PostgresError,), "数据库暂不可用：{reason}", "the database cannot take us now: {reason}",
     "稍后重试 / try again later"),
    ((asyncpg.InterfaceError, ValueError, OverflowError),
     "EXCHANGE_DATABASE_URL 无法解析", "EXCHANGE_DATABASE_URL cannot be read",
     "postgresql://user:password@host:5432/exchange"),
)  # fmt: skip


@asynccontextmanager
async def explained() -> AsyncIterator[None]:
    """Turn what goes wrong while connecting into DatabaseUnusable; never shows the DSN, it holds a password."""
    try:
        yield
    except (OSError, ValueError, OverflowError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        for types, zh, en, fix in _EXPLANATIONS:
            if isinstance(error, types):
                raise DatabaseUnusable(zh.format(reason=reason), en.format(reason=reason), fix) from error
        raise
