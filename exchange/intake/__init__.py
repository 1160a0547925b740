"""Reads the files authorities send: .xlsx, .xls, .csv, .ndjson, national JSON. One module a format.

Add the next format as a module here and a branch in _reader.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import BinaryIO

from exchange.intake.delimited import delimited_rows
from exchange.intake.lines import line_rows
from exchange.intake.national import ENVELOPE, national_rows
from exchange.intake.row import Row, Rows, unreadable
from exchange.intake.workbook import OLE_MAGIC, ZIP_MAGIC, workbook_rows
from schema.record import Check, Kind, Parsed, finding, parse

__all__ = ["Row", "parse_rows", "read_rows"]

_SUFFIXES = {
    "csv": delimited_rows,
    "txt": delimited_rows,
    "ndjson": line_rows,
    "jsonl": line_rows,
    "json": national_rows,
}
_CONTENT_TYPES = {
    "text/csv": delimited_rows,
    "application/x-ndjson": line_rows,
    "application/jsonl": line_rows,
    "application/json": national_rows,
}


def read_rows(data: BinaryIO | bytes, *, filename: str, content_type: str | None, kind: Kind) -> Rows:
    """The rows of a file. One that cannot be used is refused at once: FILE_UNREADABLE, HEADER_MISSING."""
    content = data if isinstance(data, bytes) else data.read()
    if not content.strip(b"\xef\xbb\xbf \t\r\n"):
        raise unreadable("文件为空", "the file is empty")
    return _reader(content, filename, content_type)(content, kind)


def parse_rows(rows: Iterable[Row], kind: Kind, *, further: tuple[Check, ...] = ()) -> Iterator[tuple[Row, Parsed]]:
    """Each row with its record or its findings."""
    for row in rows:
        if row.fault:
            fault = replace(finding("ROW_UNREADABLE", "", detail=row.fault), row=row.number)
            yield row, Parsed(record=None, findings=(fault,))
        else:
            yield row, parse(kind, row.values, row_number=row.number, further=further)


def _reader(content: bytes, filename: str, content_type: str | None) -> Callable[[bytes, Kind], Rows]:
    """By what the file begins with where that tells, then by its name, its declared type, its looks."""
    if content.startswith((ZIP_MAGIC, OLE_MAGIC)):
        return workbook_rows
    start = content[:512].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"<"):
        raise unreadable("这是网页表格，请在 Excel 中另存为 .xlsx", "this is an HTML or XML table; save it as .xlsx")
    suffix = filename.rpartition(".")[2].lower()
    if suffix in ("xlsx", "xls"):
        raise unreadable("工作簿已损坏或不完整", "the workbook is damaged or truncated")
    declared = (content_type or "").partition(";")[0].strip().lower()
    if suffix == "json" and start.startswith(b"{") and ENVELOPE.encode() not in content:
        return line_rows
    found = _SUFFIXES.get(suffix) or _CONTENT_TYPES.get(declared)
    if found:
        return found
    if start.startswith(b"["):
        return national_rows
    if start.startswith(b"{"):
        return national_rows if ENVELOPE.encode() in content[:4096] else line_rows
    return delimited_rows
