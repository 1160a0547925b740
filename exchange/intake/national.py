"""JSON as the national construction platform collects it: `{"AcceptData": [{...}]}`, or a bare list.

The name a field has there is `national` of the field, in schema/kinds/.
"""

from collections.abc import Iterator, Mapping

import orjson

from exchange.intake.lines import named
from exchange.intake.row import Row, Rows, unreadable
from schema.record import Kind

ENVELOPE = "AcceptData"
NOT_TAKEN = frozenset({
    "eCertID", "birthDate", "identityCardType", "technicalTitle", "educationDegree", "major", "photo",
})  # fmt: skip
"""What the interface has and nobody who relies on a certificate needs (《个人信息保护法》第六条)."""


def national_rows(data: bytes, kind: Kind) -> Rows:
    """The entries of the list, the first counted as 1."""
    try:
        content = orjson.loads(data.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError:
        raise unreadable("JSON 不完整或格式错误", "the JSON is cut off or malformed") from None
    entries = content.get(ENVELOPE) if isinstance(content, dict) else content
    if not isinstance(entries, list):
        raise unreadable(f"没有 {ENVELOPE} 列表", f"there is no {ENVELOPE} list")
    return _rows(entries, kind)


def _rows(entries: list[object], kind: Kind) -> Iterator[Row]:
    names = {field.national: field.name for field in kind.fields if field.national}
    for number, entry in enumerate(entries, start=1):
        if isinstance(entry, dict):
            yield Row(number=number, values=_by_national_name(entry, names, kind), original=entry)
        else:
            yield Row(number=number, fault="不是 JSON 对象 (not a JSON object)")


def _by_national_name(entry: Mapping[str, object], names: Mapping[str, str], kind: Kind) -> dict[str, object]:
    # National names first: `name` and `gender` mean the same on both sides, but nothing guarantees it for the rest.
    values = {names[key]: value for key, value in entry.items() if key in names}
    further = {key: value for key, value in entry.items() if key not in names}
    return named(further, kind) | values
