"""Brings a database to the version of the code: runs migrations/NNNN_name.sql in order, once, forward only.

Add the next migration as a file there. `-- no-transaction` as its first line, for `create index concurrently`, runs its
statements one by one outside a transaction: each ends its line with a semicolon, none holds a function body.
"""

import asyncio
import hashlib
import re
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from itertools import pairwise
from typing import TYPE_CHECKING

import asyncpg

from exchange.connection import connect_owner
from exchange.statements import has_sql, statements
from exchange.unusable import DatabaseUnusable

if TYPE_CHECKING:
    from exchange.connection import Connection

_SQL = statements("migrate")
_HAS_BOOK = _SQL["has_book"]
_CREATE_BOOK = _SQL["create_book"]
_APPLIED = _SQL["applied"]
_RECORD = _SQL["record"]
_TRY_LOCK = _SQL["try_lock"]
_UNLOCK = _SQL["unlock"]

_NAME = re.compile(r"^(\d{4})_[a-z0-9_]+\.sql$")
_NO_TRANSACTION = "-- no-transaction"
_LOCK = int.from_bytes(b"exchange", "big")
PATIENCE_SECONDS = 600.0


@dataclass(frozen=True, kw_only=True)
class Migration:
    """One file. `name` is 0001_name, without .sql."""

    number: int
    name: str
    text: str

    @property
    def checksum(self) -> str:
        """Of the content; line ends do not count, a checkout may change them."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def is_in_transaction(self) -> bool:
        return self.text.split("\n", 1)[0].strip() != _NO_TRANSACTION


async def migrate(
    dsn: str, folder: Traversable | None = None, *, patience_seconds: float = PATIENCE_SECONDS
) -> list[str]:
    """Apply what is missing; returns the names applied. Starts at the same time wait for each other."""
    wanted = read(folder)
    connection = await connect_owner(dsn)
    try:
        async with _alone(connection, patience_seconds):
            if not await connection.fetchval(_HAS_BOOK):
                await connection.execute(_CREATE_BOOK)
            missing = _missing(wanted, await _applied(connection))
            for migration in missing:
                await _apply(connection, migration)
            return [migration.name for migration in missing]
    finally:
        await connection.close()


async def pending(dsn: str, folder: Traversable | None = None) -> list[str]:
    """The names `migrate` would apply; changes nothing. Refuses what `migrate` would refuse."""
    connection = await connect_owner(dsn)
    try:
        return [migration.name for migration in _missing(read(folder), await _applied(connection))]
    finally:
        await connection.close()


async def is_migrated(dsn: str) -> bool:
    """Whether this is a database of ours at all, of whatever version."""
    connection = await connect_owner(dsn)
    try:
        return bool(await connection.fetchval(_HAS_BOOK))
    finally:
        await connection.close()


def read(folder: Traversable | None = None) -> list[Migration]:
    """The migrations of `folder` (by default the package's own) in order of number."""
    folder = folder or resources.files("migrations")
    found = [_read(file) for file in folder.iterdir() if file.name.endswith(".sql")]
    found.sort(key=lambda migration: migration.number)
    for earlier, later in pairwise(found):
        if earlier.number == later.number:
            raise _unusable(later.name, "编号重复", "number used twice", "改用下一个编号 / take the next number")
    return found


def _read(file: Traversable) -> Migration:
    match = _NAME.match(file.name)
    if match is None:
        raise _unusable(file.name, "文件名不正确", "not a migration's name", "0001_name.sql")
    text = file.read_bytes().decode("utf-8").replace("\r\n", "\n")
    if not has_sql(text):
        raise _unusable(file.name, "没有 SQL 语句", "holds no SQL", "补全或删除该文件 / complete or remove the file")
    return Migration(number=int(match[1]), name=file.name.removesuffix(".sql"), text=text)


def _missing(wanted: Sequence[Migration], applied: Mapping[int, tuple[str, str]]) -> list[Migration]:
    """What is still to apply. Refuses a database that does not stand on exactly the first of `wanted`."""
    known = {migration.number: migration for migration in wanted}
    for number, (name, checksum) in applied.items():
        if number not in known:
            raise _unusable(name, "数据库比程序新", "the database is newer than the code",
                            "升级程序 / upgrade the code")  # fmt: skip
        if (known[number].name, known[number].checksum) != (name, checksum):
            raise _unusable(name, "已执行的迁移文件被改动", "an applied migration was changed",
                            "恢复该文件，改动写入新的迁移 / restore the file, write a new migration")  # fmt: skip
    last = max(applied, default=0)
    missing = [migration for migration in wanted if migration.number not in applied]
    if missing and missing[0].number < last:
        raise _unusable(missing[0].name, f"编号早于已执行的 {last:04}", f"its number is before {last:04}",
                        "改用下一个编号 / take the next number")  # fmt: skip
    return missing


async def _applied(connection: "Connection") -> dict[int, tuple[str, str]]:
    if not await connection.fetchval(_HAS_BOOK):
        return {}
    return {row["number"]: (row["name"], row["checksum"]) for row in await connection.fetch(_APPLIED)}


async def _apply(connection: "Connection", migration: Migration) -> None:
    try:
        if migration.is_in_transaction:
            async with connection.transaction():
                await connection.execute(migration.text)
                await _record(connection, migration)
        else:
            for statement in filter(has_sql, re.split(r"(?<=;)[ \t]*\n", migration.text)):
                await connection.execute(statement)
            await _record(connection, migration)
    except asyncpg.PostgresError as error:
        reason = f"{error.sqlstate} {str(error).splitlines()[0]}"
        raise _unusable(migration.name, f"执行失败：{reason}", f"failed: {reason}",
                        "改正后再执行 exchange migrate / correct it, then exchange migrate") from error  # fmt: skip


async def _record(connection: "Connection", migration: Migration) -> None:
    await connection.execute(_RECORD, migration.number, migration.name, migration.checksum)


@asynccontextmanager
async def _alone(connection: "Connection", patience_seconds: float) -> AsyncIterator[None]:
    deadline = time.monotonic() + patience_seconds
    while not await connection.fetchval(_TRY_LOCK, _LOCK):
        if time.monotonic() > deadline:
            raise DatabaseUnusable(
                "另一进程正在迁移数据库", "another process is migrating this database", "稍后重试 / try again later"
            )
        await asyncio.sleep(0.1)
    try:
        yield
    finally:
        await connection.execute(_UNLOCK, _LOCK)


def _unusable(name: str, zh: str, en: str, fix: str) -> DatabaseUnusable:
    return DatabaseUnusable(f"迁移 {name}：{zh}", f"migration {name}: {en}", fix)
