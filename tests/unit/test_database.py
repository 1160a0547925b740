"""Opening the hub's database: the pool's role and limits, and what is refused before anything is served."""

import logging
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from exchange.database import SETTINGS, open_pool, open_server
from exchange.embedded import postmaster, start
from exchange.settings import load
from exchange.unusable import DatabaseUnusable


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def dsn() -> AsyncIterator[str]:
    """A server with the application role. As root it runs as another user, so not below pytest's closed folder."""
    folder = Path(tempfile.mkdtemp(prefix="exchange-test-", dir="/tmp"))
    async with await start(folder) as server:
        yield server.dsn
    shutil.rmtree(folder)


async def run(dsn: str, statement: str) -> str:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.execute(statement)
    finally:
        await connection.close()


async def test_a_database_that_was_never_migrated_says_so(dsn: str) -> None:
    with pytest.raises(DatabaseUnusable) as refusal:
        async with open_pool(dsn, 2):
            pass
    assert refusal.value.fix == "exchange migrate"


async def test_the_pool_works_in_the_application_role_with_its_limits(dsn: str) -> None:
    await run(dsn, "create role exchange_app")
    async with open_pool(dsn, 2) as pool:
        assert await pool.fetchval("select current_user::text") == "exchange_app"
        names = ("application_name", "statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
        for name in names:
            assert await pool.fetchval("select current_setting($1)", name) == SETTINGS[name].replace("60s", "1min")


async def test_a_reset_keeps_the_application_role_and_nobodys_sight(dsn: str) -> None:
    async with open_pool(dsn, 1) as pool, pool.acquire() as connection:
        await connection.execute("reset role")
        await connection.execute("reset all")
        assert await connection.fetchval("select current_user::text") == "exchange_app"
        for name in ("app.writes", "app.reads", "app.subjects"):
            assert await connection.fetchval("select current_setting($1)", name) == "{}"


async def test_what_asyncpg_says_in_an_outage_is_one_line(dsn: str, caplog: pytest.LogCaptureFixture) -> None:
    async with open_pool(dsn, 1):
        try:
            raise ConnectionRefusedError(111, "Connection refused")
        except ConnectionRefusedError:
            logging.getLogger("asyncpg.pool").warning("Failed to connect", exc_info=True)
    assert [(one.getMessage(), one.exc_info) for one in caplog.records if one.name == "asyncpg.pool"] == [
        ("Failed to connect: ConnectionRefusedError", None)
    ]


async def test_a_connection_given_back_within_a_transaction_is_rolled_back(dsn: str) -> None:
    async with open_pool(dsn, 1) as pool:
        async with pool.acquire() as connection:
            await connection.execute("begin")
            await connection.execute("set local app.writes = '{7}'")
        assert await pool.fetchval("select current_setting('app.writes')") == "{}"


async def test_a_role_above_row_security_is_refused(dsn: str) -> None:
    await run(dsn, "alter role exchange_app bypassrls")
    with pytest.raises(DatabaseUnusable, match="not held by row security"):
        async with open_pool(dsn, 1):
            pass
    await run(dsn, "alter role exchange_app nobypassrls")


async def test_a_given_address_is_used_and_no_server_is_started(dsn: str, tmp_path: Path) -> None:
    settings = load({"EXCHANGE_DATABASE_URL": dsn, "EXCHANGE_DATA": str(tmp_path)})
    async with open_server(settings) as server:
        assert (server.dsn, server.is_embedded) == (dsn, False)
    assert os.listdir(tmp_path) == []


async def test_without_an_address_the_embedded_server_is_started_and_stopped() -> None:
    folder = Path(tempfile.mkdtemp(prefix="exchange-test-", dir="/tmp"))
    async with open_server(load({"EXCHANGE_DATA": str(folder)})) as server:
        assert server.is_embedded is True
        assert await run(server.dsn, "select 1") == "SELECT 1"
    assert postmaster.read(folder / "postgres" / "cluster") is None
    shutil.rmtree(folder)


async def test_a_database_that_cannot_hold_chinese_is_refused(dsn: str) -> None:
    await run(dsn, "create database latin encoding 'LATIN1' locale_provider libc locale 'C' template template0")
    settings = load({"EXCHANGE_DATABASE_URL": dsn.replace("/exchange?", "/latin?")})
    with pytest.raises(DatabaseUnusable, match="the database's encoding is LATIN1, not UTF8"):
        async with open_server(settings):
            pass


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("postgresql://exchange_owner:wrong-pw@127.0.0.1:{port}/exchange", "the database refuses the login"),
        ("postgresql://exchange_owner:{password}@127.0.0.1:{port}/nothing", "the database refuses the login"),
        ("postgresql://exchange_owner:wrong-pw@127.0.0.1:1/exchange", "cannot reach the database"),
        ("postgresql://exchange_owner:wrong-pw@127.0.0.1:99999999/exchange", "EXCHANGE_DATABASE_URL cannot be read"),
    ],
)
async def test_an_address_that_does_not_work_is_explained_without_its_password(
    dsn: str, address: str, message: str
) -> None:
    login, place = dsn.removeprefix("postgresql://").split("@")
    password = login.partition(":")[2]
    port = place.partition("/")[0].partition(":")[2]
    url = address.format(port=port, password=password) + "?sslmode=disable"
    with pytest.raises(DatabaseUnusable, match=message) as refusal:
        async with open_server(load({"EXCHANGE_DATABASE_URL": url})):
            pass
    assert "wrong-pw" not in str(refusal.value)
    assert password not in str(refusal.value)
