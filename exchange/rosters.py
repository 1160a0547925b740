"""名册 Rosters: who is watched for whom. Rows that are read already are checked against what the uploader may list, and
kept; rows left out stay as they are.

Who may list whom is `_objections`; what a roster hears of is in alerting.py, the sheet in schema/rosters.py.
"""

import asyncio
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import orjson

from exchange.statements import statements
from schema.errors import Refusal
from schema.fields import Unreadable, conceal, mask_id_number, mask_name, text
from schema.record import Finding, Record, finding
from tenants.access import TenantKind
from tenants.caller import Caller
from tenants.keys import Keys

_SQL = statements("rosters")
SCOPE = "roster.keep"


@dataclass(frozen=True, kw_only=True)
class Line:
    """A row of an upload that could be read. `number` is the row's."""

    number: int
    record: Record

    @property
    def is_removal(self) -> bool:
        """Whether it takes its subject out."""
        return bool(self.record.body["change"] == "REMOVE")

    def person_id(self, keys: Keys) -> uuid.UUID | None:
        """The person it names, if it names one."""
        return keys.person_id(self.record.id_number) if self.record.id_number else None

    def subject(self, keys: Keys) -> str:
        """Whom it is about, as events name it."""
        person = self.person_id(keys)
        return f"P:{person}" if person else f"E:{self.record.credit_code}"


@dataclass(frozen=True, kw_only=True)
class RosterName:
    """Which roster of its owner, and for what: the purpose is needed once, when the roster is new."""

    name: str
    purpose: str | None


def roster_name(name: object, purpose: object) -> RosterName:
    """Name and purpose as they were sent. Raises Refusal."""
    if not str(name or "").strip():
        raise Refusal("FIELD_REQUIRED", field=("name",))
    why = conceal(_read(text(200), purpose, "purpose")) if str(purpose or "").strip() else None
    return RosterName(name=conceal(_read(text(100), name, "name")), purpose=why)


def _read(reader: Any, value: object, field: str) -> str:
    try:
        read: str = reader(value)
    except Unreadable as error:
        raise Refusal(error.code, field=(field,), **error.values) from error
    return read


async def objections(connection: Any, caller: Caller, keys: Keys, lines: Sequence[Line], day: date) -> list[Finding]:
    """What speaks against rows: an upload that contradicts itself, and what the uploader may not list."""
    return [*_contradictions(lines, keys), *await _not_entitled(connection, caller, keys, lines, day)]


def _contradictions(lines: Iterable[Line], keys: Keys) -> Iterable[Finding]:
    """A subject that an upload both enters and takes out: only the first row counts."""
    first: dict[str, bool] = {}
    for one in lines:
        if first.setdefault(one.subject(keys), one.is_removal) != one.is_removal:
            yield _refused(one, "DUPLICATE_IN_FILE", "change")


async def _not_entitled(
    connection: Any, caller: Caller, keys: Keys, lines: Sequence[Line], day: date
) -> Iterable[Finding]:
    """Whoever is listed may always be taken out."""
    entered, tenant = [one for one in lines if not one.is_removal], caller.tenant
    if tenant.kind is TenantKind.AUTHORITY:
        return []
    if tenant.kind is TenantKind.PARTNER:
        return [_refused(one, "ROSTER_NOT_ENTITLED", "idNumber") for one in entered if one.record.id_number]
    persons = [person for one in entered if (person := one.person_id(keys))]
    found = await connection.fetch(_SQL["employed"], persons, tenant.credit_code, day)
    staff = {row["person_id"] for row in found}
    strange = [one for one in entered if one.person_id(keys) is None and one.record.credit_code != tenant.credit_code]
    unproven = [one for one in entered if (person := one.person_id(keys)) and person not in staff]
    return [
        *(_refused(one, "ROSTER_NOT_ENTITLED", "creditCode") for one in strange),
        *(_refused(one, "EMPLOYMENT_UNPROVEN", "idNumber") for one in unproven),
    ]


def _refused(line: Line, code: str, field: str) -> Finding:
    return replace(finding(code, field), row=line.number)


async def keep_lines(
    connection: Any, owner: int, keys: Keys, named: RosterName, lines: Sequence[Line], day: date
) -> tuple[uuid.UUID, dict[str, int]]:
    """Enter and take out; the roster, and counts by outcome. Raises Refusal where a new one has no purpose."""
    await connection.execute(_SQL["before_alerts"])
    roster_id: uuid.UUID | None = await connection.fetchval(_SQL["keep_roster"], owner, named.name, named.purpose, day)
    if roster_id is None:
        raise Refusal("FIELD_REQUIRED", field=("purpose",))
    await connection.execute(_SQL["one_at_a_time"], roster_id)
    last = {one.subject(keys): one for one in lines}
    standing = {
        row["subject"]: row["content_hash"] for row in await connection.fetch(_SQL["standing"], roster_id, list(last))
    }
    removed = [subject for subject, one in last.items() if one.is_removal and subject in standing]
    entries = await asyncio.to_thread(
        lambda: [_entry(subject, one, keys, roster_id) for subject, one in last.items() if not one.is_removal]
    )
    added = [one for one in entries if one[0] not in standing]
    changed = [one for one in entries if one[0] in standing and standing[one[0]] != one[-1]]
    if added or changed:
        columns = [list(column) for column in zip(*added, *changed, strict=True)]
        await connection.execute(_SQL["enter"], roster_id, owner, day, *columns)
    if removed:
        await connection.execute(_SQL["remove"], roster_id, removed, day)
    counts = {"added": len(added), "changed": len(changed), "removed": len(removed)}
    return roster_id, {**counts, "unchanged": len(lines) - sum(counts.values())}


def _entry(subject: str, line: Line, keys: Keys, roster_id: uuid.UUID) -> tuple[Any, ...]:
    """In the order of `enter`; the last is the hash of what is sealed."""
    record = line.record
    content = {
        "name": record.name,
        "idNumber": record.id_number,
        "creditCode": record.credit_code,
        "note": record.body.get("note"),
    }
    name = record.name or ""
    label = mask_name(name) if record.id_number else conceal(name)
    told = orjson.dumps(content).decode()
    return (
        subject, line.person_id(keys), record.credit_code, label,
        mask_id_number(record.id_number) if record.id_number else None,
        keys.seal(content, bound_to=_binding(roster_id, subject)), keys.join_hash("roster entry", told),
    )  # fmt: skip


def _binding(roster_id: uuid.UUID, subject: str) -> bytes:
    return roster_id.bytes + subject.encode()


async def opened_entries(connection: Any, keys: Keys, owner: int, roster_id: uuid.UUID) -> list[dict[str, Any]]:
    """All that stands in an own roster, as it was uploaded. Raises Refusal NOT_FOUND."""
    if await connection.fetchrow(_SQL["roster"], owner, roster_id) is None:
        raise Refusal("NOT_FOUND", field=("rosterId",))
    rows = await connection.fetch(_SQL["entries"], owner, roster_id)
    return [keys.unseal(row["sealed"], bound_to=_binding(roster_id, row["subject"])) for row in rows]
