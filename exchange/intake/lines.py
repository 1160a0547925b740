"""NDJSON: one JSON object a line, keys by field name (camelCase) or by title.

A line that is not an object is a fault of that line; a cut-off last line is a cut-off file.
"""

import os
from collections.abc import Iterator, Mapping
from functools import partial
from typing import BinaryIO

import orjson

from exchange.intake.headers import field_of
from exchange.intake.row import DEEPEST, RETURNED, Part, Row, Source, is_deep, unreadable
from schema.kinds import BY_NAME
from schema.record import Kind

NO_OBJECT = "不是 JSON 对象 (not a JSON object)"
LONGEST_LINE = 4 * 1_048_576
_BOM = b"\xef\xbb\xbf"


def line_source(file: BinaryIO, kind: Kind) -> Source:
    """An NDJSON file, read line by line."""
    last = _last_line(file)
    if last.strip() and _object(last) is None:
        raise unreadable("最后一行不完整", "the last line is cut off")
    if all(_object(line) is None for _, line in _lines(file)):
        raise unreadable("没有一行是 JSON 对象", "no line is a JSON object")
    return Source(parts=_lines(file), read=partial(_row, kind_name=kind.name), form="ndjson")


def named(entry: Mapping[str, object], kind: Kind) -> dict[str, object]:
    """The entry with field names for keys; what is no field of the kind is left out."""
    if entry.keys() <= kind.by_name.keys():
        return dict(entry)
    values: dict[str, object] = {}
    for key, value in entry.items():
        name = key if key in kind.by_name else field_of(key, kind)
        if name:
            values.setdefault(name, value)
    return values


def _lines(file: BinaryIO) -> Iterator[Part]:
    """Lines that are not blank, with their numbers."""
    file.seek(len(_BOM) if _starts_with_mark(file) else 0)
    for number, line in enumerate(iter(partial(file.readline, LONGEST_LINE), b""), start=1):
        if len(line) == LONGEST_LINE and not line.endswith(b"\n"):
            raise unreadable(f"第 {number} 行过长", f"line {number} is too long")
        if not line.isspace():
            yield number, line


def _starts_with_mark(file: BinaryIO) -> bool:
    file.seek(0)
    return file.read(len(_BOM)) == _BOM


def _last_line(file: BinaryIO) -> bytes:
    """What stands after the last line end."""
    end = file.seek(0, os.SEEK_END)
    file.seek(max(end - LONGEST_LINE, 0))
    return file.read().rpartition(b"\n")[2].removeprefix(_BOM)


def _row(number: int, line: bytes, *, kind_name: str) -> Row:
    entry = _object(line)
    if entry is None:
        return Row(number=number, fault=NO_OBJECT)
    entry.pop(RETURNED, None)
    return Row(number=number, values=named(entry, BY_NAME[kind_name]), original=entry)


def _object(line: bytes) -> dict[str, object] | None:
    try:
        entry = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    if line.count(b"{") + line.count(b"[") > DEEPEST and is_deep(entry):
        return None
    return entry if isinstance(entry, dict) else None
