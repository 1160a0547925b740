"""Publishing: from parsed records to kept and announced ones, in one transaction.

`checks_for` says whether the tenant may publish a record at all; `publish` keeps a batch. What one record entails in
another kind (a RED grading raises a flag) is in `consequences`.
"""

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

import orjson

from exchange.engine.filters import holds_id_number
from exchange.standing import Objection, objections
from exchange.statements import statements
from schema.fields import CodeTable, conceal, mask_certificate_number, mask_id_number, mask_name
from schema.kinds import BY_NAME
from schema.record import Check, Family, Finding, Kind, Record, finding, fingerprint, parse
from tenants.keys import Keys
from tenants.registry import Tenant

_SQL = statements("publish")
GRADE_FLAG = "HIGH_RISK_GRADE"
STANDING = ("RED", "UNRATED")  # that nobody has assessed a firm again lifts nothing


@dataclass(frozen=True, kw_only=True)
class Publication:
    """On whose behalf records are kept: owner, keys, the day of recording, and the batch and operator they came
    with."""

    tenant: Tenant
    keys: Keys
    day: date
    batch_id: uuid.UUID | None = None
    operator: str | None = None


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What became of one record: NEW, CHANGED or UNCHANGED; or REFUSED, with why (standing.py). The id and version are
    of what stands."""

    outcome: str
    record_id: uuid.UUID
    version: int
    findings: tuple[Finding, ...] = ()


# days on which something was done, so not yet to come
DONE_DAYS = (
    "assessedOn", "decidedOn", "listedOn", "liftedOn", "inspectedOn", "rectifiedOn", "openedOn", "closedOn",
    "removedOn", "confirmedOn",
)  # fmt: skip


def checks_for(kind: Kind, tenant: Tenant, day: date) -> tuple[Check, ...]:
    """What a publisher's records have to hold beyond their kind: its own issuer and division, nothing done tomorrow."""

    def foreign(values: Mapping[str, Any]) -> Iterator[Finding]:
        if values.get("issuerCode", tenant.credit_code) != tenant.credit_code:
            yield finding("FOREIGN_ISSUER", "issuerCode", values["issuerCode"])
        if not tenant.governs(values.get("region", tenant.region)):
            yield finding("FOREIGN_ISSUER", "region", values.get("region", ""))
        if kind.sector is not None and kind.sector != tenant.sector:
            yield finding("FOREIGN_ISSUER", "issuerName", tenant.name)

    def ahead(values: Mapping[str, Any]) -> Iterator[Finding]:
        for name in DONE_DAYS:
            if values.get(name, day) > day:
                yield finding("DATE_IN_FUTURE", name, values[name].isoformat())

    return foreign, ahead


def admit(record: Record, tenant: Tenant) -> Record:
    """The record with the tenant's region and name where it left them empty, and its codes named."""
    is_certificate = record.family is Family.CERTIFICATE
    return _labelled(
        replace(
            record,
            region=record.region or tenant.region,
            issuer_code=record.issuer_code or (tenant.credit_code if is_certificate else None),
            # a printed name is believed with the issuer's code only
            issuer_name=tenant.name if is_certificate and not record.issuer_code else record.issuer_name,
        )
    )


async def publish(connection: Any, records: Sequence[Record], publication: Publication) -> list[Kept]:
    """Keep admitted records of one tenant, each key at most once; one outcome each, in their order.

    Runs in the caller's transaction: all of it is kept and announced, or nothing. What cannot follow upon what stands
    is REFUSED.
    """
    owner = publication.tenant.tenant_id
    rows = [_row(place, record, publication.keys) for place, record in enumerate(records)]
    objected = await objections(connection, owner, records, [_bytes(row["key_hash"]) for row in rows])
    rows = [row for row in rows if row["place"] not in objected or not objected[row["place"]].is_refusal]
    written = await connection.fetch(
        _SQL["keep_records"],
        owner,
        publication.batch_id,
        publication.operator,
        publication.day,
        orjson.dumps(rows).decode(),
    )
    if publication.batch_id is not None:  # a single record says nothing of how fresh the others are
        await connection.execute(_SQL["confirm_source"], owner, sorted({record.kind for record in records}))
    found = {
        row["place"]: Kept(
            outcome="NEW" if row["version"] == 1 else "CHANGED", record_id=row["record_id"], version=row["version"]
        )
        for row in written
    }
    await _follow_up(connection, records, written, publication)
    found |= await _unchanged(connection, owner, [row for row in rows if row["place"] not in found])
    return [_told(found.get(place), objected.get(place)) for place in range(len(records))]


def _told(kept: Kept | None, objection: Objection | None) -> Kept:
    """What became of a record, with what was found beside it. Without an objection it is kept."""
    if objection is None:
        assert kept is not None
        return kept
    refused = Kept(outcome="REFUSED", record_id=objection.record_id, version=objection.version)
    return replace(kept or refused, findings=(objection.finding,))


async def _follow_up(
    connection: Any, records: Sequence[Record], written: Iterable[Any], publication: Publication
) -> None:
    """What the written gradings entail: a flag for each RED one, the end of flags of firms graded better."""
    gradings = [row for row in written if records[row["place"]].kind == "RISK_GRADING"]
    better = [row["record_id"] for row in gradings if row["previous_band"] == "RED" and row["band"] not in STANDING]
    owner = publication.tenant.tenant_id
    if better:
        flags = [row["record_id"] for row in await connection.fetch(_SQL["flags_of_gradings"], owner, better)]
        await lift(connection, flags, publication, on=publication.day, reason="重新评定后不再是红色等级")
    raised = {flag.key: (flag, row) for row in gradings for flag in consequences(records[row["place"]])}
    again = [_key_hash(flag, publication.keys) for flag, row in raised.values() if row["previous_band"] != "RED"]
    if again:
        await connection.execute(_SQL["relist_flags"], owner, again, publication.day)
    if raised:
        await publish(connection, [flag for flag, _ in raised.values()], publication)


async def lift(connection: Any, flags: list[uuid.UUID], publication: Publication, *, on: date, reason: str) -> None:
    """Lift standing flags of the tenant; the history keeps them, the lifting is announced."""
    await connection.execute(_SQL["lift_flags"], publication.tenant.tenant_id, flags, on, reason, publication.day)


async def _unchanged(connection: Any, owner: int, rows: list[dict[str, Any]]) -> dict[int, Kept]:
    found: dict[int, Kept] = {}
    by_kind: dict[str, dict[bytes, int]] = {}
    for row in rows:
        by_kind.setdefault(row["kind"], {})[_bytes(row["key_hash"])] = row["place"]
    for kind, keys in by_kind.items():
        for row in await connection.fetch(_SQL["find_records"], owner, kind, list(keys)):
            found[keys[row["key_hash"]]] = Kept(outcome="UNCHANGED", record_id=row["record_id"], version=row["version"])
    return found


def consequences(record: Record) -> Iterator[Record]:
    """Records that another one entails: a grading RED raises a flag under the same decision."""
    if record.kind != "RISK_GRADING" or record.band != "RED":
        return
    decided = record.effective_on
    flag = parse(
        BY_NAME["RISK_FLAG"],
        {
            "creditCode": record.credit_code,
            "name": record.name,
            "region": record.region,
            "category": GRADE_FLAG,
            "severity": "RED",
            "cause": "安全风险等级评定为红色（重大风险）",
            "legalBasis": record.body.get("legalBasis"),
            "decisionNumber": record.decision_number,
            "decidedOn": decided,
            "effectiveOn": decided,
            "exitConditions": "经评定机关重新评定，不再是红色等级",
        },
    )
    if flag.record is None:
        raise ValueError(f"a RED grading gave no valid flag: {[one.code for one in flag.findings]}")
    yield flag.record


def _labelled(record: Record) -> Record:
    """Adds the name of each code of a code table, as printed: operationCode 1.2 -> operationName 低压电工作业."""
    labels = {
        field.name.removesuffix("Code") + "Name": field.read.labels[record.body[field.name]]
        for field in BY_NAME[record.kind].fields
        if isinstance(field.read, CodeTable) and field.name in record.body
    }
    return replace(record, body={**record.body, **labels}) if labels else record


_COLUMNS = (
    "kind",
    "credit_code",
    "name",
    "employer_name",
    "region",
    "issuer_code",
    "issuer_name",
    "first_issued_on",
    "effective_on",
    "valid_from",
    "valid_to",
    "review_due_on",
    "reviewed_on",
    "reported_status",
    "band",
    "decision_number",
    "lifted_on",
)
assert {field.name for field in fields(Record)} >= set(_COLUMNS)


def _row(place: int, record: Record, keys: Keys) -> dict[str, Any]:
    """A record as the statement takes it: hashed, sealed and masked. Byte strings are written `\\x…`."""
    key_hash = _key_hash(record, keys)
    sealed = _sealed(record)
    is_of_person = record.id_number is not None
    return {
        **{name: getattr(record, name) for name in _COLUMNS},
        "body": {name: conceal(value) if isinstance(value, str) else value for name, value in record.body.items()},
        "place": place,
        "family": record.family.name,
        "audience": int(record.audience),
        "key_hash": _hex(key_hash),
        "person_id": keys.person_id(record.id_number) if record.id_number else None,
        "name_shown": mask_name(record.name) if is_of_person and record.name else record.name,
        "id_shown": mask_id_number(record.id_number) if record.id_number else None,
        "number_hash": _hex(keys.join_hash("number", record.number)) if record.number else None,
        "number_shown": _number_shown(record),
        "sealed": _hex(keys.seal(sealed, bound_to=key_hash)) if sealed else None,
        "fingerprint": _hex(fingerprint(record)),
    }


def _key_hash(record: Record, keys: Keys) -> bytes:
    return keys.join_hash(f"key {record.kind}", record.key)


def _is_number_personal(record: Record) -> bool:
    return BY_NAME[record.kind].number_is_personal or holds_id_number(record.number)


def _sealed(record: Record) -> Mapping[str, Any]:
    values = dict(record.personal)
    if record.id_number:
        values["idNumber"] = record.id_number
    if record.number and _is_number_personal(record):
        values["number"] = record.number
    return values


def _number_shown(record: Record) -> str | None:
    if record.number and _is_number_personal(record):
        return mask_certificate_number(record.number)
    return record.number


def _hex(value: bytes) -> str:
    return "\\x" + value.hex()


def _bytes(written: str) -> bytes:
    return bytes.fromhex(written.removeprefix("\\x"))
