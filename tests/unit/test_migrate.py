"""Migrations on a real server: order, refusals, concurrent starts. A new rule of the runner gets its test here."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from exchange.embedded import start
from exchange.migrate import migrate, pending, read
from exchange.unusable import DatabaseUnusable


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def server_dsn() -> AsyncIterator[str]:
    """A server for this file. As root it runs as another user, so not below pytest's own closed folder."""
    folder = Path(tempfile.mkdtemp(prefix="exchange-test-", dir="/tmp"))
    async with await start(folder) as server:
        yield server.dsn
    shutil.rmtree(folder)


@pytest_asyncio.fixture(loop_scope="session")
async def dsn(server_dsn: str, request: pytest.FixtureRequest) -> str:
    """An empty database of its own for each test."""
    name = f"migrate_{request.node.name.encode().hex()[-40:]}"
    await run(server_dsn, f"create database {name}")
    return server_dsn.replace("/exchange?", f"/{name}?")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, "0001_first.sql", "create table first (value int);\ninsert into first values (1), (2);\n")
    write(tmp_path, "0002_second.sql", "create function two() returns int language sql as $$ select 2; $$;\n")
    return tmp_path


def write(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text, encoding="utf-8")


async def run(dsn: str, statement: str) -> object:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def test_an_empty_database_gets_every_migration_in_order_once(dsn: str, folder: Path) -> None:
    assert await pending(dsn, folder) == ["0001_first", "0002_second"]
    assert await migrate(dsn, folder) == ["0001_first", "0002_second"]
    assert await migrate(dsn, folder) == []
    assert await pending(dsn, folder) == []
    assert await run(dsn, "select count(*) from first") == 2
    assert await run(dsn, "select string_agg(name, ',' order by number) from migration") == "0001_first,0002_second"


async def test_asking_what_is_pending_changes_nothing(dsn: str, folder: Path) -> None:
    await pending(dsn, folder)
    assert await run(dsn, "select count(*) from pg_class where relnamespace = 'public'::regnamespace") == 0


async def test_only_what_is_missing_is_applied(dsn: str, folder: Path) -> None:
    await migrate(dsn, folder)
    write(folder, "0003_third.sql", "insert into first values (3);")
    assert await migrate(dsn, folder) == ["0003_third"]
    assert await run(dsn, "select sum(value) from first") == 6


async def test_a_failing_migration_leaves_nothing_and_keeps_those_before_it(dsn: str, folder: Path) -> None:
    write(folder, "0003_third.sql", "insert into first values (3);\nselect 1 / 0;\n")
    with pytest.raises(DatabaseUnusable, match="migration 0003_third: failed: 22012 division by zero"):
        await migrate(dsn, folder)
    assert await run(dsn, "select sum(value) from first") == 3
    assert await pending(dsn, folder) == ["0003_third"]


async def test_a_changed_migration_is_refused(dsn: str, folder: Path) -> None:
    await migrate(dsn, folder)
    write(folder, "0001_first.sql", "create table first (value bigint);\n")
    write(folder, "0003_third.sql", "insert into first values (3);")
    with pytest.raises(DatabaseUnusable, match="migration 0001_first: an applied migration was changed"):
        await migrate(dsn, folder)
    with pytest.raises(DatabaseUnusable, match="an applied migration was changed"):
        await pending(dsn, folder)
    assert await run(dsn, "select sum(value) from first") == 3


async def test_other_line_ends_are_no_change(dsn: str, folder: Path) -> None:
    await migrate(dsn, folder)
    file = folder / "0001_first.sql"
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert await migrate(dsn, folder) == []


async def test_a_database_newer_than_the_code_is_refused(dsn: str, folder: Path) -> None:
    await migrate(dsn, folder)
    (folder / "0002_second.sql").unlink()
    with pytest.raises(DatabaseUnusable, match="migration 0002_second: the database is newer than the code"):
        await migrate(dsn, folder)


async def test_a_number_before_the_last_applied_one_is_refused(dsn: str, folder: Path) -> None:
    (folder / "0002_second.sql").rename(folder / "0003_second.sql")
    await migrate(dsn, folder)
    write(folder, "0002_late.sql", "create table late (value int);")
    with pytest.raises(DatabaseUnusable, match="migration 0002_late: its number is before 0003"):
        await migrate(dsn, folder)


def test_two_files_with_one_number_are_refused(folder: Path) -> None:
    write(folder, "0002_again.sql", "select 1;")
    with pytest.raises(DatabaseUnusable, match="number used twice"):
        read(folder)


def test_a_file_that_is_not_named_like_a_migration_is_refused(folder: Path) -> None:
    write(folder, "3_Third.sql", "select 1;")
    with pytest.raises(DatabaseUnusable, match=r"3_Third\.sql: not a migration's name"):
        read(folder)


def test_a_file_without_sql_is_refused(folder: Path) -> None:
    write(folder, "0003_empty.sql", "-- To be written.\n")
    with pytest.raises(DatabaseUnusable, match=r"0003_empty\.sql: holds no SQL"):
        read(folder)


async def test_statements_that_need_no_transaction_run_one_by_one(dsn: str, folder: Path) -> None:
    write(
        folder,
        "0003_index.sql",
        "-- no-transaction\n-- Fast look-up.\ndrop index concurrently if exists fast;\n\n"
        "create index concurrently fast\n  on first (value);\n",
    )
    assert (await migrate(dsn, folder))[-1] == "0003_index"
    assert await run(dsn, "select indisvalid from pg_index where indexrelid = 'fast'::regclass") is True


async def test_starts_at_the_same_time_apply_each_migration_once(dsn: str, folder: Path) -> None:
    write(folder, "0003_index.sql", "-- no-transaction\ncreate index concurrently fast on first (value);\n")
    results = await asyncio.gather(*(migrate(dsn, folder) for _ in range(4)))
    assert sorted(results, key=len) == [[], [], [], ["0001_first", "0002_second", "0003_index"]]


async def test_a_migration_that_never_ends_elsewhere_is_not_waited_for_for_ever(dsn: str, folder: Path) -> None:
    other = await asyncpg.connect(dsn)
    await other.execute(f"select pg_advisory_lock({int.from_bytes(b'exchange', 'big')})")
    with pytest.raises(DatabaseUnusable, match="another process is migrating this database"):
        await migrate(dsn, folder, patience_seconds=0)
    await other.close()
    assert await migrate(dsn, folder) == ["0001_first", "0002_second"]
