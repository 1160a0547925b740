"""Writes the smallest .xls a spreadsheet reader takes: one sheet of texts and numbers, BIFF8 inside an OLE file.

Only for tests: no package the product needs writes the old format.
"""

import struct
from collections.abc import Sequence

_SECTOR = 512
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def old_workbook(rows: Sequence[Sequence[str | float]]) -> bytes:
    """The bytes of an .xls file with one visible sheet named `a`."""
    stream = _workbook_stream(rows)
    stream += bytes(max(4096, -(-len(stream) // _SECTOR) * _SECTOR) - len(stream))  # 4096: no mini stream needed
    sectors = len(stream) // _SECTOR
    # Sector 0 is the allocation table, 1 the directory, the stream follows.
    table = [_FAT, _END, *range(3, 2 + sectors), _END]
    table += [_FREE] * (_SECTOR // 4 - len(table))
    return _header() + struct.pack(f"<{len(table)}I", *table) + _directory(len(stream)) + stream


def _workbook_stream(rows: Sequence[Sequence[str | float]]) -> bytes:
    begin_globals, begin_sheet = (_record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0, 0, 0, 6)) for kind in (5, 16))
    end = _record(0x000A, b"")
    name = struct.pack("<BB", 1, 1) + "a".encode("utf-16-le")
    offset = len(begin_globals) + 4 + 6 + len(name) + len(end)
    bound = _record(0x0085, struct.pack("<IBB", offset, 0, 0) + name)
    cells = b"".join(
        _cell(row, column, value) for row, cells in enumerate(rows) for column, value in enumerate(cells) if value != ""
    )
    return begin_globals + bound + end + begin_sheet + cells + end


def _cell(row: int, column: int, value: str | float) -> bytes:
    place = struct.pack("<HHH", row, column, 0)
    if isinstance(value, str):
        return _record(0x0204, place + struct.pack("<HB", len(value), 1) + value.encode("utf-16-le"))
    return _record(0x0203, place + struct.pack("<d", value))


def _record(number: int, body: bytes) -> bytes:
    return struct.pack("<HH", number, len(body)) + body


def _header() -> bytes:
    magic = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    shape = struct.pack("<HHHHH6xIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, _END, 0, _END, 0)
    return magic + shape + struct.pack("<109I", 0, *[_FREE] * 108)


def _directory(size: int) -> bytes:
    root = _entry("Root Entry", 5, child=1, start=_END, size=0)
    return root + _entry("Workbook", 2, child=_FREE, start=2, size=size) + bytes(2 * 128)


def _entry(name: str, kind: int, *, child: int, start: int, size: int) -> bytes:
    written = name.encode("utf-16-le")
    head = written + bytes(64 - len(written)) + struct.pack("<HBB", len(written) + 2, kind, 1)
    return head + struct.pack("<III", _FREE, _FREE, child) + bytes(36) + struct.pack("<IQ", start, size)
