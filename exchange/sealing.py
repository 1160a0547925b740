"""A record as the database takes it: hashed, sealed, masked, written as a line for COPY.

A column every record has is a member of COLUMNS, a line of `_values` and of `stage_records()` in migrations/.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson

from exchange.engine.filters import holds_id_number
from schema.fields import conceal, mask_certificate_number, mask_id_number, mask_name
from schema.kinds import BY_NAME
from schema.record import Record, fingerprint
from tenants.keys import Keys

COLUMNS = (
    "kind", "family", "key_hash", "audience", "person_id", "credit_code", "name", "name_shown", "id_shown",
    "number_hash", "number_shown", "employer_name", "region", "issuer_code", "issuer_name", "first_issued_on",
    "effective_on", "valid_from", "valid_to", "review_due_on", "reviewed_on", "reported_status", "band",
    "decision_number", "lifted_on", "body", "sealed", "fingerprint",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Mark:
    """What tells a record from others (`key_hash`) and its content from other content (`fingerprint`); 32 bytes."""

    key_hash: bytes
    fingerprint: bytes


@dataclass(frozen=True, kw_only=True)
class Sealed:
    """A record ready to be kept. `line` is its row of COPY (CSV, in the order of COLUMNS), line end included.

    `entailed` are records of other kinds that follow from it, if it is kept.
    """

    kind: str
    mark: Mark
    line: str
    entailed: tuple["Sealed", ...] = ()


def mark(record: Record, keys: Keys) -> Mark:
    """The marks of a record."""
    return Mark(key_hash=keys.join_hash(f"key {record.kind}", record.key), fingerprint=fingerprint(record))


def seal(record: Record, keys: Keys, marked: Mark, entailed: Iterable[Record] = ()) -> Sealed:
    """The record ready to be kept, and what follows from it."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(_values(record, keys, marked))
    further = tuple(seal(one, keys, mark(one, keys)) for one in entailed)
    return Sealed(kind=record.kind, mark=marked, line=line.getvalue(), entailed=further)


def _values(record: Record, keys: Keys, marked: Mark) -> Iterator[str | int | date | None]:
    """In the order of COLUMNS. None is NULL; byte strings are written `\\x…`."""
    is_number_personal = bool(record.number) and _is_number_personal(record)
    name, number, id_number = record.name, record.number, record.id_number
    secret = _secret(record, is_number_personal=is_number_personal)
    yield from (record.kind, record.family.name, _hex(marked.key_hash), int(record.audience))
    yield keys.person_id(id_number).hex if id_number else None
    yield from (record.credit_code, name, mask_name(name) if id_number and name else name)
    yield mask_id_number(id_number) if id_number else None
    yield _hex(keys.join_hash("number", number)) if number else None
    yield mask_certificate_number(number) if number and is_number_personal else number
    yield from (record.employer_name, record.region, record.issuer_code, record.issuer_name, record.first_issued_on)
    yield from (record.effective_on, record.valid_from, record.valid_to, record.review_due_on, record.reviewed_on)
    yield from (record.reported_status, record.band, record.decision_number, record.lifted_on)
    body = {field: conceal(value) if isinstance(value, str) else value for field, value in record.body.items()}
    yield orjson.dumps(body).decode()
    yield _hex(keys.seal(secret, bound_to=marked.key_hash)) if secret else None
    yield _hex(marked.fingerprint)


def _is_number_personal(record: Record) -> bool:
    return BY_NAME[record.kind].number_is_personal or holds_id_number(record.number)


def _secret(record: Record, *, is_number_personal: bool) -> Mapping[str, Any]:
    values = dict(record.personal)
    if record.id_number:
        values["idNumber"] = record.id_number
    if record.number and is_number_personal:
        values["number"] = record.number
    return values


def _hex(value: bytes) -> str:
    return "\\x" + value.hex()
