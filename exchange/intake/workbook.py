"""Excel workbooks, .xlsx and .xls: the first visible sheet whose headers fit.

What is refused before the workbook is opened stands in _guard; whatever gets past it unfolds in workbook_apart.py.
"""

import io
import pickle
import re
import struct
import sys
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from subprocess import DEVNULL, PIPE, Popen
from threading import BoundedSemaphore
from typing import Any, BinaryIO

from exchange.intake import workbook_apart
from exchange.intake.headers import table_source
from exchange.intake.row import Source, unreadable, whole
from exchange.intake.workbook_apart import END, LOCKED, SHEET
from schema.errors import Refusal
from schema.record import Kind

ZIP_MAGIC = b"PK\x03\x04"
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_APART = workbook_apart.__file__
DAMAGED = "DAMAGED"
_OPEN = BoundedSemaphore(6)  # workbooks at a time, each with the memory of workbook_apart.py
_PATIENCE_SECONDS = 10
_INFLATED_LIMIT = 512 * 1024 * 1024
_CELL_LIMIT = 20_000_000
_REFERENCE = re.compile(rb"""\sr=["']([A-Z]{0,3})(\d{0,7})["']""")
_CHUNK = 1 << 20
_BROKEN_ZIP = (
    zipfile.BadZipFile, zlib.error, OSError, ValueError, EOFError, RuntimeError, OverflowError,
    struct.error,
)  # fmt: skip


def workbook_source(file: BinaryIO, kind: Kind) -> Source:
    """A workbook; FILE_UNREADABLE, or HEADER_MISSING for the first visible sheet."""
    data = whole(file)
    if data.startswith(ZIP_MAGIC):
        _guard(data)
    first_refusal: Refusal | None = None
    for rows in _visible_sheets(data):
        try:
            return table_source(rows, kind, form="xlsx")
        except Refusal as refusal:
            if refusal.code == "FILE_UNREADABLE":
                raise
            first_refusal = first_refusal or refusal
    raise first_refusal or unreadable("工作簿中没有工作表", "the workbook has no sheet")


def _visible_sheets(data: bytes) -> Iterator["_Rows"]:
    messages = _messages(data)
    message = next(messages)
    while message == SHEET:
        yield (rows := _Rows(messages))
        message = rows.skipped()
    if message == LOCKED:
        raise unreadable("工作簿有打开密码", "the workbook is locked with a password")
    if message == DAMAGED:
        raise _damaged()


def _messages(data: bytes) -> Iterator[Any]:
    """What workbook_apart.py tells of the file; DAMAGED at last where it ended before it had told all."""
    command = [sys.executable, "-I", _APART]
    with _turn(), Popen(command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env={}) as process:
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            with suppress(BrokenPipeError):
                process.stdin.write(data)
                process.stdin.close()
            while (message := pickle.load(process.stdout)) != END:
                yield message
            yield END
        except (EOFError, pickle.UnpicklingError):
            yield DAMAGED
        finally:
            process.kill()


@contextmanager
def _turn() -> Iterator[None]:
    """One of the places there are. Raises UNAVAILABLE."""
    if not _OPEN.acquire(timeout=_PATIENCE_SECONDS):
        raise Refusal("UNAVAILABLE")
    try:
        yield
    finally:
        _OPEN.release()


class _Rows:
    """The rows of one sheet. Raises FILE_UNREADABLE where they end before their time."""

    def __init__(self, messages: Iterator[Any]) -> None:
        self._messages, self._end = messages, ""

    def __iter__(self) -> Iterator[Sequence[object]]:
        while not self._end:
            message = next(self._messages)
            if isinstance(message, list):
                yield from message
            elif message == DAMAGED:
                raise _damaged()
            else:
                self._end = message

    def skipped(self) -> str:
        """What comes after them."""
        for _ in self:
            pass
        return self._end


def _damaged() -> Refusal:
    return unreadable("工作簿已损坏、不完整或过大", "the workbook is damaged, truncated or too large")


def _guard(data: bytes) -> None:
    """A small file may unfold into all memory: by what it inflates to, or by one cell far away from the others."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(part.file_size for part in archive.infolist()) > _INFLATED_LIMIT:
                raise unreadable("工作簿解压后过大", "the workbook inflates to too much")
            for part in archive.infolist():
                if part.filename.endswith(".xml"):
                    _guard_cells(archive, part)
    except _BROKEN_ZIP:
        raise _damaged() from None


def _guard_cells(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    columns, rows = 1, 1
    tail = b""
    with archive.open(part) as file:
        while chunk := file.read(_CHUNK):
            for letters, digits in set(_REFERENCE.findall(tail + chunk)):
                columns = max(columns, _column(letters))
                rows = max(rows, int(digits or b"0"))
            tail = chunk[-32:]
            if columns * rows > _CELL_LIMIT:
                raise unreadable("工作表范围过大，请删除远处的多余单元格", "the sheet spans too many cells")


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
