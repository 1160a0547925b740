"""A record as the database takes it: hashed, sealed, masked, written as a line for COPY.

A column every record has is a member of COLUMNS, a line of `_values` and of `stage_records()` in migrations/.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import orjson

from exchange.engine.filters import holds_id_number
from schema.fields import Mask, conceal, mask_certificate_number, mask_id_number, mask_name
from schema.kinds import BY_NAME
from schema.record import Record, fingerprint
from tenants.keys import Keys

COLUMNS = (
    "kind", "family", "key_hash", "audience", "person_id", "credit_code", "name", "name_shown", "id_shown",
    "number_hash", "number_shown", "employer_name", "region", "issuer_code", "issuer_name", "first_issued_on",
    "effective_on", "valid_from", "valid_to", "review_due_on", "reviewed_on", "reported_status", "band",
    "decision_number", "lifted_on", "body", "sealed", "fingerprint", "row_hash",
)  # fmt: skip

_QUOTE, _TWO_QUOTES = '"', '""'


class Sealed(NamedTuple):
    """A record ready to be kept; a tuple, because millions of them go from process to process.

    `key_hash` tells it from other records, `fingerprint` its content from other content. `line` is its row of COPY
    (CSV, in the order of COLUMNS), line end included. `entailed` are records of other kinds that follow if it is kept.
    """

    kind: str
    key_hash: bytes
    fingerprint: bytes
    line: bytes
    entailed: tuple["Sealed", ...] = ()


def hash_key(kind: str, key: str, keys: Keys) -> bytes:
    """What stands for a record's identity."""
    return keys.join_hash(f"key {kind}", key)


def seal(record: Record, keys: Keys, entailed: Iterable[Record] = (), *, row_hash: bytes | None = None) -> Sealed:
    """The record ready to be kept, and what follows from it. `row_hash` stands for the row of a file it came from."""
    key_hash, content = hash_key(record.kind, record.key, keys), fingerprint(record)
    line = _line(_values(record, keys, key_hash, content, row_hash))
    further = tuple(seal(one, keys) for one in entailed)
    return Sealed(record.kind, key_hash, content, line, further)


def _values(record: Record, keys: Keys, key_hash: bytes, content: bytes, row_hash: bytes | None) -> tuple[Any, ...]:
    """In the order of COLUMNS. None is NULL; byte strings are written `\\x…`."""
    name, number, id_number = record.name, record.number, record.id_number
    number_shown = _number_shown(record)
    secret = _secret(record, is_number_personal=number_shown != number)
    body = _body(record)
    return (
        record.kind, record.family.name, _hex(key_hash), int(record.audience),
        keys.person_id(id_number).hex if id_number else None, record.credit_code, name,
        mask_name(name) if id_number and name else name, mask_id_number(id_number) if id_number else None,
        _hex(keys.join_hash("number", number)) if number else None, number_shown,
        record.employer_name, record.region, record.issuer_code, record.issuer_name, record.first_issued_on,
        record.effective_on, record.valid_from, record.valid_to, record.review_due_on, record.reviewed_on,
        record.reported_status, record.band, record.decision_number, record.lifted_on, orjson.dumps(body).decode(),
        _hex(keys.seal(secret, bound_to=key_hash)) if secret else None, _hex(content),
        _hex(row_hash) if row_hash else None,
    )  # fmt: skip


def _body(record: Record) -> dict[str, Any]:
    """The body without what is personal: ID numbers anywhere, and what people repeat of the record in its texts."""
    kind = BY_NAME[record.kind]
    body = dict(record.body)
    own = own_of(record) if not kind.text_fields.isdisjoint(body) else {}
    for field, value in record.body.items():
        if isinstance(value, str):
            body[field] = conceal(value, own) if field in kind.text_fields else conceal(value)
    return body


def own_of(record: Record) -> dict[str, Mask]:
    """Personal values of a record as `conceal` takes them: each with its mask."""
    own: dict[str, Mask] = {}
    for name, column, mask in BY_NAME[record.kind].own_columns:
        value = getattr(record, column) if column else record.personal.get(name)
        if isinstance(value, str) and len(value) > 1:
            own[value] = mask
    return own


def _number_shown(record: Record) -> str | None:
    """The number, masked if it is personal: by its kind, or because it holds an ID number, mostly the holder's own."""
    number, id_number = record.number, record.id_number
    if number is None:
        return None
    if id_number and id_number in number:
        return number.replace(id_number, mask_id_number(id_number))
    is_personal = BY_NAME[record.kind].number_is_personal or holds_id_number(number)
    return mask_certificate_number(number) if is_personal else number


def _secret(record: Record, *, is_number_personal: bool) -> Mapping[str, Any]:
    values = dict(record.personal)
    if record.id_number:
        values["idNumber"] = record.id_number
    if is_number_personal:
        values["number"] = record.number
    return values


def _line(values: Iterable[object]) -> bytes:
    """As COPY takes CSV: nothing for NULL, texts in quotes. The csv module takes three times as long."""
    cells = [
        "" if one is None else f'"{one.replace(_QUOTE, _TWO_QUOTES)}"' if isinstance(one, str) else str(one)
        for one in values
    ]
    return f"{','.join(cells)}\n".encode()


def _hex(value: bytes) -> str:
    return "\\x" + value.hex()
