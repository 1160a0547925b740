"""JSON as the national construction platform collects it: `{"AcceptData": [{...}]}`, or a bare list.

The name a field has there is `national` of the field, in schema/kinds/.
"""

from collections.abc import Mapping
from functools import cache, partial
from typing import BinaryIO

import orjson

from exchange.intake.lines import NO_OBJECT, named
from exchange.intake.row import RETURNED, TOO_DEEP, Row, Source, is_deep, unreadable, whole
from schema.kinds import BY_NAME
from schema.record import Kind

ENVELOPE = "AcceptData"
NOT_TAKEN = frozenset({
    "eCertID", "birthDate", "identityCardType", "technicalTitle", "educationDegree", "major", "photo",
})  # fmt: skip
"""What the interface has and nobody who relies on a certificate needs (《个人信息保护法》第六条)."""


def national_source(file: BinaryIO, kind: Kind) -> Source:
    """The entries of the list, the first counted as 1."""
    try:
        content = orjson.loads(whole(file).removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError:
        raise unreadable("JSON 不完整或格式错误", "the JSON is cut off or malformed") from None
    entries = content.get(ENVELOPE) if isinstance(content, dict) else content
    if not isinstance(entries, list):
        raise unreadable(f"没有 {ENVELOPE} 列表", f"there is no {ENVELOPE} list")
    entries = [TOO_DEEP if is_deep(entry) else entry for entry in entries]
    return Source(parts=enumerate(entries, start=1), read=partial(_row, kind_name=kind.name), form="json")


def _row(number: int, entry: object, *, kind_name: str) -> Row:
    if not isinstance(entry, dict):
        return Row(number=number, fault=NO_OBJECT)
    entry.pop(RETURNED, None)
    return Row(number=number, values=_by_national_name(entry, BY_NAME[kind_name]), original=entry)


def _by_national_name(entry: Mapping[str, object], kind: Kind) -> dict[str, object]:
    # National names first: `name` and `gender` mean the same on both sides, but nothing guarantees it for the rest.
    names = _national_names(kind.name)
    values = {names[key]: value for key, value in entry.items() if key in names}
    further = {key: value for key, value in entry.items() if key not in names}
    return named(further, kind) | values


@cache
def _national_names(kind_name: str) -> Mapping[str, str]:
    return {field.national: field.name for field in BY_NAME[kind_name].fields if field.national}
