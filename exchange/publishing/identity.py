"""Who is who: verdicts that two ids are one person or two, and records that went under a wrong ID number.

A verdict moves nothing, it leads from one id to the other (person_group in migrations/0010_identity.sql); a correction
moves own records to the right id and keeps what they were. Statements are in sql/identity.sql.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import asyncpg
import orjson

from exchange.publishing.concealing import concealed
from exchange.publishing.publish import Publication, stage
from exchange.publishing.sealing import Sealed, seal
from exchange.statements import statements
from schema.errors import Refusal
from schema.fields import conceal, own_names
from schema.kinds import BY_NAME
from schema.record import Audience, Record, attributed
from tenants.keys import Keys

_SQL = statements("identity")
_COLUMNS = (
    "name", "credit_code", "employer_name", "region", "issuer_code", "issuer_name", "first_issued_on", "effective_on",
    "valid_from", "valid_to", "review_due_on", "reviewed_on", "reported_status", "band", "decision_number", "lifted_on",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """身份认定 What an authority says of two ids: SAME or DIFFERENT, why, in which case, by whom and when."""

    persons: tuple[uuid.UUID, uuid.UUID]
    verdict: str
    reason: str
    case_number: str
    decided_by: str | None
    decided_on: date


@dataclass(frozen=True, kw_only=True)
class Correction:
    """证件号码更正 The wrong ID number of own records, the right one, the right name if that was wrong too, and why."""

    previous_id_number: str
    id_number: str
    name: str | None
    reason: str


async def judge(connection: Any, judgement: Judgement, publication: Publication) -> tuple[uuid.UUID, bool]:
    """Keep a verdict over two persons the caller has records of; its id, and whether it is new. Raises Refusal."""
    if not judgement.reason.strip():
        raise Refusal("REASON_REQUIRED", field=("reason",))
    if judgement.decided_on > publication.day:
        raise Refusal("DATE_IN_FUTURE", field=("decidedOn",))
    first, second = sorted(judgement.persons)
    if first == second:
        raise Refusal("BAD_INPUT", field=("otherPersonId",), detail="otherPersonId <> personId")
    known = {row["person_id"] for row in await connection.fetch(_SQL["visible_persons"], [first, second])}
    for person, field in zip(judgement.persons, ("personId", "otherPersonId"), strict=True):
        if person not in known:
            raise Refusal("NOT_FOUND", field=(field,))
    owner = publication.tenant.tenant_id
    await connection.execute(_SQL["one_at_a_time"], f"verdict {owner} {first} {second}")
    latest = await connection.fetchrow(_SQL["latest_verdict"], owner, first, second)
    if latest is not None and latest["verdict"] == judgement.verdict:
        return latest["verdict_id"], False
    reason = await concealed(connection, judgement.reason.strip(), persons=[first, second])
    verdict_id: uuid.UUID = await connection.fetchval(
        _SQL["judge"], owner, first, second, judgement.verdict, latest and latest["verdict"],
        reason, conceal(judgement.case_number.strip()), judgement.decided_by,
        judgement.decided_on, publication.day,
    )  # fmt: skip
    return verdict_id, True


async def correct_person(connection: Any, correction: Correction, publication: Publication) -> list[uuid.UUID]:
    """Move every own record under the wrong ID number to the right one, as corrections; the records. Raises Refusal.

    Nothing is moved where one of them is recorded under the right number already.
    """
    if not correction.reason.strip():
        raise Refusal("REASON_REQUIRED", field=("reason",))
    if correction.previous_id_number == correction.id_number and correction.name is None:
        raise Refusal("BAD_INPUT", field=("idNumber",), detail="idNumber <> previousIdNumber")
    owner, keys = publication.tenant.tenant_id, publication.keys
    rows = await connection.fetch(_SQL["own_records"], owner, keys.person_id(correction.previous_id_number))
    if not rows:
        raise Refusal("NOT_FOUND", field=("previousIdNumber",))
    sealed = [seal(_corrected(row, correction, keys), keys) for row in rows]
    records, kinds, hashes = [row["record_id"] for row in rows], [row["kind"] for row in rows], _hashes(sealed)
    taken = await connection.fetch(_SQL["taken"], owner, records, kinds, hashes)
    if taken:
        raise _already_recorded(taken)
    await stage(connection, sealed)
    names = {row["name"] for row in rows} | {correction.name}
    reason = conceal(correction.reason.strip(), own_names(name for name in names if name))
    arguments = (owner, records, kinds, hashes, reason, publication.day, publication.operator)
    try:
        moved = await connection.fetch(_SQL["move_records"], *arguments)
    except asyncpg.UniqueViolationError as error:  # published under the right number meanwhile
        raise Refusal("UNAVAILABLE") from error
    return [row["record_id"] for row in moved]


def _hashes(sealed: Sequence[Sealed]) -> list[bytes]:
    return [one.key_hash for one in sealed]


def _already_recorded(taken: Sequence[Mapping[str, Any]]) -> Refusal:
    records = "、".join(f"{row['kind']} {row['record_id']}" for row in taken)
    return Refusal("ALREADY_RECORDED", field=("idNumber",), records=records)


def _corrected(row: Mapping[str, Any], correction: Correction, keys: Keys) -> Record:
    """The record as it should have been reported; what is in it otherwise stays to the letter."""
    personal = keys.unseal(row["sealed"], bound_to=row["key_hash"])
    personal.pop("idNumber", None)
    number = personal.pop("number", row["number_shown"])
    kind = BY_NAME[row["kind"]]
    columns = {name: row[name] for name in _COLUMNS}
    return attributed(
        kind,
        {
            **columns,
            "name": correction.name or row["name"],
            "id_number": correction.id_number,
            "number": number and number.replace(correction.previous_id_number, correction.id_number),
        },
        audience=Audience(row["audience"]),
        body=orjson.loads(row["body"]),
        personal=personal,
    )
