"""NDJSON: one JSON object a line, keys by field name (camelCase) or by title.

A line that is not an object is a fault of that line; a cut-off last line is a cut-off file.
"""

from collections.abc import Iterator, Mapping

import orjson

from exchange.intake.headers import field_of
from exchange.intake.row import Row, Rows, unreadable
from schema.record import Kind


def line_rows(data: bytes, kind: Kind) -> Rows:
    """The rows of an NDJSON file."""
    data = data.removeprefix(b"\xef\xbb\xbf")
    lines = data.split(b"\n")
    if lines[-1].strip() and _object(lines[-1]) is None:
        raise unreadable("最后一行不完整", "the last line is cut off")
    if all(_object(line) is None for line in lines if line.strip()):
        raise unreadable("没有一行是 JSON 对象", "no line is a JSON object")
    return _rows(lines, kind)


def named(entry: Mapping[str, object], kind: Kind) -> dict[str, object]:
    """The entry with field names for keys; what is no field of the kind is left out."""
    values: dict[str, object] = {}
    for key, value in entry.items():
        name = key if key in kind.by_name else field_of(key, kind)
        if name:
            values.setdefault(name, value)
    return values


def _rows(lines: list[bytes], kind: Kind) -> Iterator[Row]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        entry = _object(line)
        if entry is None:
            yield Row(number=number, fault="不是 JSON 对象 (not a JSON object)")
        else:
            yield Row(number=number, values=named(entry, kind), original=entry)


def _object(line: bytes) -> dict[str, object] | None:
    try:
        entry = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return entry if isinstance(entry, dict) else None
