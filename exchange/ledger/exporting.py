"""The log with the rows it is about, as a file for an auditor who believes nobody: NDJSON, checked by any program.

A line is an entry {index, entry, salt, content} or a checkpoint {checkpoint}. It holds personal data: it is written
where the operator says, readable by its account alone, and never served.
"""

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import IO, Any

import orjson

from exchange.ledger.entries import kept, rows_of
from exchange.ledger.verifying import BATCH
from exchange.statements import statements

_SQL = statements("ledger")


def private_file(path: Path) -> IO[bytes]:
    """A new file that nobody else reads."""
    path.unlink(missing_ok=True)
    return open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


async def export(connection: Any, file: IO[bytes]) -> int:
    """Write the whole log; returns how many entries there are."""
    written = 0
    async for line in lines(connection):
        written += "index" in line
        file.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
    return written


async def lines(connection: Any) -> AsyncIterator[dict[str, Any]]:
    """The lines of the file, in one view of the database."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        await connection.execute(_SQL["look_long"])
        async for entry in _entries(connection):
            yield entry
        async for note in _checkpoints(connection):
            yield note


async def _entries(connection: Any) -> AsyncIterator[dict[str, Any]]:
    start = 0
    while entries := await connection.fetch(_SQL["entries"], start, start + BATCH):
        several = {row["leaf_index"]: kept(row) for row in entries}
        rows = await rows_of(connection, [one.key for one in several.values()])
        for index, one in several.items():
            row = rows.get(one.key)
            content = row.content if row else None
            yield {"index": index, "entry": one.text().decode(), "salt": one.salt.hex(), "content": content}
        start += BATCH


async def _checkpoints(connection: Any) -> AsyncIterator[dict[str, Any]]:
    beyond = 0
    while notes := await connection.fetch(_SQL["checkpoints"], beyond, BATCH):
        for row in notes:
            yield {"checkpoint": row["note"]}
        beyond = notes[-1]["size"]
