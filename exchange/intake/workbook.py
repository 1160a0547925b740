"""Excel workbooks, .xlsx and .xls: the first visible sheet whose headers fit.

What is refused before the workbook is opened stands in _guard.
"""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import BinaryIO, TypeVar

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetVisibleEnum, ZipError

from exchange.intake.headers import table_source
from exchange.intake.row import Source, unreadable, whole
from schema.errors import Refusal
from schema.record import Kind

ZIP_MAGIC = b"PK\x03\x04"
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_Read = TypeVar("_Read")

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
    for sheet in _visible_sheets(data):
        try:
            return table_source(sheet.iter_rows(), kind, form="xlsx")
        except Refusal as refusal:
            first_refusal = first_refusal or refusal
    raise first_refusal or unreadable("工作簿中没有工作表", "the workbook has no sheet")


def _visible_sheets(data: bytes) -> Iterator[CalamineSheet]:
    workbook = _opened(lambda: CalamineWorkbook.from_filelike(io.BytesIO(data)))
    names = [sheet.name for sheet in workbook.sheets_metadata if sheet.visible is SheetVisibleEnum.Visible]
    for name in names:
        yield _opened(partial(workbook.get_sheet_by_name, name))


def _opened(read: Callable[[], _Read]) -> _Read:
    try:
        return read()
    except PasswordError:
        raise unreadable("工作簿有打开密码", "the workbook is locked with a password") from None
    except (CalamineError, ZipError, OSError, ValueError):
        raise _damaged() from None
    except BaseException as error:
        # On some damaged .xls files the reader's Rust code panics, with what is not an Exception and has no module.
        if type(error).__name__ != "PanicException":
            raise
        raise _damaged() from None


def _damaged() -> Refusal:
    return unreadable("工作簿已损坏或不完整", "the workbook is damaged or truncated")


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
