"""Reads the files authorities send: .xlsx, .xls, .csv, .ndjson, national JSON. One module a format.

Lines and delimited text are read piece by piece, however large; the other formats whole (WHOLE_LIMIT). Add the next
format as a module here and a branch in _reader.
"""

import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import BinaryIO

from exchange.intake.delimited import delimited_source
from exchange.intake.lines import line_source
from exchange.intake.national import ENVELOPE, national_source
from exchange.intake.row import Part, Row, Rows, Source, rows_of, unreadable
from exchange.intake.workbook import OLE_MAGIC, ZIP_MAGIC, workbook_source
from schema.record import Check, Kind, Parsed, finding, parse

__all__ = ["Part", "Row", "Source", "open_source", "parse_rows", "read_rows", "rows_of"]

# What is sent by mistake: PDF, PNG, JPEG, RAR, 7-Zip, gzip, RTF.
_FOREIGN = b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"{\\rtf"
_SUFFIXES = {
    "csv": delimited_source,
    "txt": delimited_source,
    "ndjson": line_source,
    "jsonl": line_source,
    "json": national_source,
}
_CONTENT_TYPES = {
    "text/csv": delimited_source,
    "application/x-ndjson": line_source,
    "application/jsonl": line_source,
    "application/json": national_source,
}
_PIECE = 1_048_576


def open_source(file: BinaryIO, *, filename: str, content_type: str | None, kind: Kind) -> Source:
    """A file that can be sought in. One that cannot be used is refused at once: FILE_UNREADABLE, HEADER_MISSING."""
    reader = _reader(file, filename, content_type)
    file.seek(0)
    return reader(file, kind)


def read_rows(data: BinaryIO | bytes, *, filename: str, content_type: str | None, kind: Kind) -> Rows:
    """The rows of a file."""
    file = io.BytesIO(data) if isinstance(data, bytes) else data
    return open_source(file, filename=filename, content_type=content_type, kind=kind).rows()


def parse_rows(rows: Iterable[Row], kind: Kind, *, further: tuple[Check, ...] = ()) -> Iterator[tuple[Row, Parsed]]:
    """Each row with its record or its findings."""
    for row in rows:
        if row.fault:
            fault = replace(finding("ROW_UNREADABLE", "", detail=row.fault), row=row.number)
            yield row, Parsed(record=None, findings=(fault,))
        else:
            yield row, parse(kind, row.values, row_number=row.number, further=further)


def _reader(file: BinaryIO, filename: str, content_type: str | None) -> Callable[[BinaryIO, Kind], Source]:
    """By what the file begins with where that tells, then by its name, its declared type, its looks."""
    start = _start(file)
    if start.startswith((ZIP_MAGIC, OLE_MAGIC)):
        return workbook_source
    start = start.lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"<"):
        raise unreadable("这是网页表格，请在 Excel 中另存为 .xlsx", "this is an HTML or XML table; save it as .xlsx")
    if start.startswith(_FOREIGN):
        raise unreadable("不支持的文件格式", "unknown format; .xlsx, .xls, .csv, .ndjson and .json are read")
    suffix = filename.rpartition(".")[2].lower()
    if suffix in ("xlsx", "xls"):
        raise unreadable("工作簿已损坏或不完整", "the workbook is damaged or truncated")
    declared = (content_type or "").partition(";")[0].strip().lower()
    if suffix == "json" and start.startswith(b"{") and not _has_envelope(file):
        return line_source
    found = _SUFFIXES.get(suffix) or _CONTENT_TYPES.get(declared)
    if found:
        return found
    if start.startswith(b"["):
        return national_source
    if start.startswith(b"{"):
        return national_source if ENVELOPE.encode() in start else line_source
    return delimited_source


def _start(file: BinaryIO) -> bytes:
    """The first bytes. Raises FILE_UNREADABLE when all of the file is blank."""
    file.seek(0)
    start = piece = file.read(4096)
    while piece and not piece.strip(b"\xef\xbb\xbf \t\r\n"):
        piece = file.read(_PIECE)
    if not piece:
        raise unreadable("文件为空", "the file is empty")
    return start


def _has_envelope(file: BinaryIO) -> bool:
    """Whether the name of the national list stands anywhere in the file."""
    file.seek(0)
    end = b""
    while piece := file.read(_PIECE):
        if ENVELOPE.encode() in end + piece:
            return True
        end = piece[-len(ENVELOPE) :]
    return False
