"""Opens a small table whole, off the event loop. For files of records, which may be large, see exchange/importing/."""

import asyncio
from dataclasses import replace
from itertools import islice
from typing import BinaryIO

from exchange.intake import open_source
from exchange.intake.row import Part, Source, unreadable
from schema.errors import Refusal
from schema.record import Kind


async def open_table(
    file: BinaryIO, kind: Kind, *, filename: str, content_type: str | None, most: int
) -> tuple[Source, list[Part]]:
    """An .xlsx, .xls or .csv and its rows. Raises Refusal: FILE_UNREADABLE, HEADER_MISSING, BAD_INPUT past `most`."""
    source = await asyncio.to_thread(open_source, file, filename=filename, content_type=content_type, kind=kind)
    if not source.titles:
        raise unreadable(f"{kind.zh}请用 .xlsx 或 .csv", "send .xlsx or .csv")
    parts = await asyncio.to_thread(lambda: list(islice(source.parts, most + 1)))
    if len(parts) > most:
        raise Refusal("BAD_INPUT", detail=f"至多 {most} 行 (at most {most} rows)")
    return replace(source, parts=iter(())), parts  # what reads the file may end
