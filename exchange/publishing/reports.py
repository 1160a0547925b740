"""Reports about published records (通报): one is voided, a follow-up or an appeal is noted, a whole import is reverted.

A correction is a publication with a `Report` (publish.py). Nothing is edited in place and nothing vanishes: what ends
stays in record_version. The next kind of report is a function here and a statement in sql/reports.sql.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from exchange.publishing.concealing import concealed
from exchange.publishing.publish import Publication, Report, flags_of_gradings
from exchange.publishing.standing import correct
from exchange.statements import statements
from schema.errors import Refusal
from tenants.caller import Caller
from tenants.session import acting

_SQL = statements("reports")
_PUBLISH = statements("publish")
REVERT_WITHIN = timedelta(days=7)
CHUNK = 5_000


@dataclass(frozen=True, kw_only=True)
class Note:
    """后续处理或申诉 A FOLLOW_UP or an APPEAL beside a record. `outcome` says how it ended, None while it is open."""

    kind: str
    noted_on: date
    text: str
    case_number: str | None = None
    outcome: str | None = None


@dataclass(frozen=True, kw_only=True)
class Reverted:
    """What became of an import that was taken back. `skipped` are records that were changed or ended since."""

    removed: int = 0
    restored: int = 0
    skipped: Sequence[uuid.UUID] = field(default=())


async def void(connection: Any, records: Sequence[uuid.UUID], publication: Publication, reason: str) -> list[uuid.UUID]:
    """Void own records that should never have been published, and the flags that follow from them alone.

    Everybody who was told of them is told; the key may be published anew. Returns what was there to be voided.
    """
    if not reason.strip():
        raise Refusal("REASON_REQUIRED", field=("reason",))
    reason = await concealed(connection, reason.strip(), records=records)
    return await _end(connection, records, publication, kind="VOID", reason=reason)


async def _end(
    connection: Any, records: Sequence[uuid.UUID], publication: Publication, *, kind: str, reason: str
) -> list[uuid.UUID]:
    owner = publication.tenant.tenant_id
    ended = await connection.fetch(
        _SQL["end_records"], owner, list(records), kind, reason, publication.day, publication.operator
    )
    gradings = [(row["record_id"], None) for row in ended if row["kind"] == "RISK_GRADING" and row["band"] == "RED"]
    flags = await flags_of_gradings(connection, gradings, publication) if gradings else []
    if flags:
        await _end(connection, flags, publication, kind=kind, reason=reason)
    found = [row["record_id"] for row in ended]
    await connection.execute(_SQL["remove_ended"], owner, found)
    return found


async def ends_a_flag(connection: Any, publication: Publication, record_id: uuid.UUID) -> bool:
    """Whether to void an own record would be to lift something: a flag, an action, a grading that raised a flag."""
    return bool(await connection.fetchval(_SQL["ends_a_flag"], publication.tenant.tenant_id, record_id))


async def note(connection: Any, record_id: uuid.UUID, publication: Publication, noted: Note) -> uuid.UUID:
    """Note a follow-up action or an appeal beside an own record; announced without its text. Raises Refusal."""
    if not noted.text.strip():
        raise Refusal("REASON_REQUIRED", field=("text",))
    if noted.noted_on > publication.day:
        raise Refusal("DATE_IN_FUTURE", field=("notedOn",))
    found: uuid.UUID | None = await connection.fetchval(
        _SQL["note"],
        publication.tenant.tenant_id,
        record_id,
        noted.kind,
        noted.noted_on,
        await concealed(connection, noted.text.strip(), records=[record_id]),
        noted.case_number,
        noted.outcome and await concealed(connection, noted.outcome, records=[record_id]),
        publication.day,
        publication.operator,
    )
    if found is None:
        raise Refusal("NOT_FOUND", field=("recordId",))
    return found


async def revert(
    pool: Any, caller: Caller, batch_id: uuid.UUID, publication: Publication, *, now: datetime
) -> Reverted:
    """Take back an own import of the last 7 days: new records leave, changed ones hold again what they held before.

    In chunks of one transaction each, so that a broken revert is continued by the next one. Records that were changed
    since are left alone and listed. Raises Refusal NOT_FOUND, ALREADY_REVERTED, REVERT_TOO_LATE.
    """
    owner, reason = publication.tenant.tenant_id, f"撤销导入批次 {batch_id}"
    done = Reverted()
    async with acting(pool, caller) as connection:
        await _check_batch(connection, owner, batch_id, now)
        await connection.execute(_SQL["withdraw_late"], owner, batch_id, reason, publication.day, publication.operator)
    while True:
        async with acting(pool, caller) as connection:
            await _check_batch(connection, owner, batch_id, now)
            removed, restored = await _revert_chunk(connection, batch_id, publication, reason)
            done = replace(done, removed=done.removed + removed, restored=done.restored + restored)
            if not removed and not restored:
                rows = await connection.fetch(_SQL["changed_since_batch"], owner, batch_id, reason)
                await connection.execute(_SQL["close_revert"], owner, batch_id, publication.operator)
                return replace(done, skipped=tuple(sorted(row["record_id"] for row in rows)))


async def _check_batch(connection: Any, owner: int, batch_id: uuid.UUID, now: datetime) -> None:
    batch = await connection.fetchrow(_SQL["batch"], owner, batch_id)
    if batch is None:
        raise Refusal("NOT_FOUND", field=("batchId",))
    if batch["reverted_at"] is not None:
        raise Refusal("ALREADY_REVERTED", field=("batchId",))
    if now - batch["received_at"] > REVERT_WITHIN:
        raise Refusal("REVERT_TOO_LATE", field=("batchId",), days=str(REVERT_WITHIN.days))


async def _revert_chunk(connection: Any, batch_id: uuid.UUID, publication: Publication, reason: str) -> tuple[int, int]:
    """How many records of the batch left, and how many hold again what they held before."""
    owner = publication.tenant.tenant_id
    rows = await connection.fetch(_SQL["standing_of_batch"], owner, batch_id, CHUNK)
    leaving = [row["record_id"] for row in rows if row["former_version"] is None]
    returning = [row for row in rows if row["former_version"] is not None]
    if leaving:
        await _end(connection, leaving, publication, kind="REVERT", reason=reason)
    if returning:
        await correct(connection)
        await connection.execute(_PUBLISH["stage"])
        records, versions = zip(*((row["record_id"], row["former_version"]) for row in returning), strict=True)
        await connection.execute(_SQL["stage_former"], owner, records, versions)
        report = Report(kind="CORRECTION", reason=reason)
        await connection.fetch(
            _PUBLISH["keep_records"], owner, None, publication.operator, publication.day, report.kind, report.reason,
            None, True,
        )  # fmt: skip
    return len(leaving), len(returning)
