"""A hub whose database belongs to a login that is no superuser, as on a managed server."""

import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from exchange.cli.doctor import examine
from exchange.cli.printing import Printer
from exchange.database import APPLICATION_ROLE, Database, open_database
from exchange.demo.seed import onboard_cast
from exchange.logins import login_of, own_login
from exchange.runtime import Runtime, now_in_utc, open_runtime
from exchange.settings import Settings, load
from tenants.keys import Keys
from tests.flows import material
from tests.flows.scratch import answered, keep

# Roles are the cluster's: another run on the same server has others.
OWNER, NAME = f"exchange_plain_owner_{os.getpid()}", f"exchange_plain_{os.getpid()}"
SECRET = f"the secret of a hub of a plain owner, long enough {os.getpid()}"
KEYS = Keys(secret=SECRET.encode())
ROLES = "exchange_app, exchange_hub, exchange_stream"


@asynccontextmanager
async def owned(dsn: str, *, may_make_roles: bool) -> AsyncIterator[Settings]:
    """Settings of a database of such an owner."""
    password, server = secrets.token_hex(8), await asyncpg.connect(dsn)
    try:
        await _clear(server)
        sort = "createrole" if may_make_roles else "nocreaterole"
        await server.execute(f"create role {OWNER} login {sort} password '{password}'")
        await server.execute(f"grant {ROLES} to {OWNER} with admin option")
        await server.execute(f"create database {NAME} owner {OWNER} encoding 'UTF8' template template0")
        parts = urlsplit(dsn)
        place = f"{OWNER}:{password}@{parts.netloc.rpartition('@')[2]}"
        url = urlunsplit(parts._replace(netloc=place, path=f"/{NAME}"))
        yield load({"EXCHANGE_DATABASE_URL": url, "EXCHANGE_SECRET": SECRET, "EXCHANGE_DATA": "/nonexistent"})
    finally:
        await _clear(server)
        await server.close()


async def _clear(server: Any) -> None:
    await server.execute(f"drop database if exists {NAME} with (force)")
    for role in ("exchange_app", "exchange_hub"):
        await server.execute(f"drop role if exists {login_of(KEYS, role).name}")
    await server.execute(f"drop role if exists {OWNER}")


@asynccontextmanager
async def running_on(settings: Settings) -> AsyncIterator[tuple[Database, Runtime]]:
    """A hub without loops, with the cast on board."""
    async with (
        open_database(settings) as database,
        open_runtime(database, KEYS, issuer="urn:test", now=now_in_utc, has_loops=False) as runtime,
    ):
        await onboard_cast(runtime)
        yield database, runtime


async def session_user(pool: Any) -> str:
    user: str = await pool.fetchval("select session_user::text")
    return user


@pytest.mark.parametrize("may_make_roles", [True, False])
async def test_the_hub_of_a_plain_owner_publishes_announces_and_records_who_looked(
    may_make_roles: bool, database: Any
) -> None:
    person, firm = material.person(), material.firm()
    query = "query Q($n: String!) { person(by: {idNumber: $n}) { name } }"
    async with owned(database.dsn, may_make_roles=may_make_roles) as settings, running_on(settings) as (_, runtime):
        await keep(runtime, "sz-bureau", "SAFETY_MANAGEMENT", material.certificate(person, firm))
        await runtime.settle()
        found = await answered(runtime, "gz-bureau", query, ("核验", "GZ-1"), n=person.id_number)
        assert found["data"]["person"] == {"name": person.name}
        events = await answered(runtime, "gz-bureau", "{ events(first: 9) { nodes { type subjectVersion } } }")
        assert events["data"]["events"]["nodes"] == [{"type": "credential.ingested", "subjectVersion": 1}]
        trace = await answered(runtime, "gz-bureau", "{ accessRecords(first: 9) { totalCount } }")
        assert trace["data"]["accessRecords"]["totalCount"] == 1


async def test_an_owner_who_may_make_roles_gives_each_pool_a_login_of_its_own(database: Any) -> None:
    async with owned(database.dsn, may_make_roles=True) as settings:
        for _ in range(2):  # the second start finds them
            async with running_on(settings) as (opened, _):
                assert await session_user(opened.pool) == login_of(KEYS, "exchange_app").name
                assert await session_user(opened.hub_pool) == login_of(KEYS, "exchange_hub").name
        assert await examined(settings) == "√"


async def test_an_owner_who_may_make_none_serves_as_itself_and_is_told(
    database: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async with owned(database.dsn, may_make_roles=False) as settings:
        async with running_on(settings) as (opened, _):
            assert await session_user(opened.pool) == OWNER
            assert await opened.pool.fetchval("select current_user::text") == APPLICATION_ROLE
        assert "sessions start as the owner of the database: see exchange doctor" in caplog.messages
        assert await examined(settings) == "!"


async def test_a_login_that_was_given_more_than_its_role_is_not_used(database: Any) -> None:
    async with owned(database.dsn, may_make_roles=True) as settings:
        async with running_on(settings):
            pass
        assert settings.database_url is not None
        server = await asyncpg.connect(database.dsn)
        owner = await asyncpg.connect(settings.database_url)
        try:
            name = login_of(KEYS, APPLICATION_ROLE).name
            assert await own_login(owner, settings.database_url, KEYS, APPLICATION_ROLE) == login_of(
                KEYS, APPLICATION_ROLE
            )
            for given, taken in (
                (f"alter role {name} createdb", f"alter role {name} nocreatedb"),
                (f"grant exchange_hub to {name}", f"revoke exchange_hub from {name}"),
            ):
                await server.execute(given)
                assert await own_login(owner, settings.database_url, KEYS, APPLICATION_ROLE) is None
                await server.execute(taken)
        finally:
            await owner.close()
            await server.close()


async def test_doctor_counts_the_events_that_row_security_hides_from_a_plain_owner(
    database: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    async with owned(database.dsn, may_make_roles=True) as settings:
        async with running_on(settings) as (_, runtime):
            await keep(runtime, "sz-bureau", "RISK_FLAG", material.flag(material.firm()))
        assert await examine(settings, Printer(as_json=True, language="en")) == 0
    assert "未编号 unnumbered 1, 未处理 unhandled 0, 失败 failed 0" in capsys.readouterr().out


async def test_another_secret_has_another_login_and_another_password() -> None:
    other = Keys(secret=b"the secret of quite another deployment")
    mine, theirs = login_of(KEYS, APPLICATION_ROLE), login_of(other, APPLICATION_ROLE)
    assert mine.name != theirs.name
    assert mine.password != theirs.password
    assert mine.password != login_of(KEYS, "exchange_hub").password
    assert mine.password not in repr(mine)


async def examined(settings: Settings) -> str:
    """The sign before the logins in what doctor finds."""

    class Kept(Printer):
        def show(self, document: Any, *, lines: Any) -> None:
            found.extend(document)

    found: list[dict[str, str]] = []
    await examine(settings, Kept(as_json=True, language="en"))
    return next(one["sign"] for one in found if "logins" in one["name"])
