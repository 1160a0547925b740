"""`exchange doctor` on a real database: no fault is told where there is none, a remedy can be pasted as it stands."""

import json
import shlex
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from exchange.cli.doctor import examine
from exchange.cli.printing import Printer
from exchange.database import APPLICATION_ROLE
from exchange.settings import load
from tests.flows.scratch import SECRET, quiet_hub


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def dsn(database: Any) -> AsyncIterator[str]:
    async with quiet_hub(database.dsn, "exchange_doctor") as runtime:
        yield runtime.database.dsn


async def told(dsn: str, capsys: pytest.CaptureFixture[str], name: str) -> dict[str, str]:
    """What it says of one thing."""
    settings = load({"EXCHANGE_DATABASE_URL": dsn, "EXCHANGE_SECRET": SECRET, "EXCHANGE_DATA": "/nonexistent"})
    await examine(settings, Printer(as_json=True, language="zh"))
    (found,) = [one for one in json.loads(capsys.readouterr().out) if name in one["name"]]
    return dict(found)


def statements_of(fix: str) -> str:
    """What the remedy would run."""
    program, address, option, statements = shlex.split(fix)
    assert (program, address, option) == ("psql", "$EXCHANGE_DATABASE_URL", "-c")
    return statements


async def test_a_session_s_temporary_table_is_no_fault_of_its_role(
    dsn: str, capsys: pytest.CaptureFixture[str]
) -> None:
    working = await asyncpg.connect(dsn, server_settings={"role": APPLICATION_ROLE})
    try:
        await working.execute("create temporary table incoming (line int)")
        assert (await told(dsn, capsys, "roles"))["sign"] == "√"
    finally:
        await working.close()


async def test_a_table_of_the_application_s_own_is_told_with_the_command_that_mends_it(
    dsn: str, capsys: pytest.CaptureFixture[str]
) -> None:
    owner = await asyncpg.connect(dsn)
    try:
        await owner.execute("create table stray (line int); alter table stray owner to exchange_app")
        found = await told(dsn, capsys, "roles")
        assert (found["sign"], found["detail"]) == ("×", "exchange_app stray")
        await owner.execute(statements_of(found["fix"]))
        assert (await told(dsn, capsys, "roles"))["sign"] == "√"
    finally:
        await owner.execute("drop table stray")
        await owner.close()


async def test_a_table_without_row_security_is_mended_by_the_command_told(
    dsn: str, capsys: pytest.CaptureFixture[str]
) -> None:
    owner = await asyncpg.connect(dsn)
    try:
        await owner.execute("create table bare (owner_id int)")
        found = await told(dsn, capsys, "row security")
        assert (found["sign"], found["detail"]) == ("×", "bare")
        await owner.execute(statements_of(found["fix"]))
        assert (await told(dsn, capsys, "row security"))["sign"] == "√"
    finally:
        await owner.execute("drop table bare")
        await owner.close()
