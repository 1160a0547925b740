"""Publishing: from parsed records to kept and announced ones, in one transaction.

Whether the tenant may publish a record at all, and what one entails in another kind, is in admission.py; what follows
an ending, a note, a reverted file is in reports.py.
"""

import io
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from exchange.publishing.admission import consequences
from exchange.publishing.sealing import COLUMNS, Sealed, own_of, seal
from exchange.publishing.standing import Objection, correct, objections
from exchange.statements import statements
from schema.errors import Refusal
from schema.fields import conceal
from schema.record import Family, Finding, Record
from tenants.keys import Keys
from tenants.registry import Tenant

_SQL = statements("publish")
STANDING = ("RED", "UNRATED")  # that nobody has assessed a firm again lifts nothing


@dataclass(frozen=True, kw_only=True)
class Report:
    """通报种类 What a publication is to what was published before: news of it, or the CORRECTION of a version.

    A correction has a reason and one record. `replaces` is the version corrected, by default the one that stands; a
    corrected version never counted, for any day. `source_updated_at` is when the source says it changed the record.
    `record_id` is the record corrected where what identifies it was wrong too (moving.py).
    """

    kind: str = "REVISION"
    reason: str | None = None
    replaces: int | None = None
    source_updated_at: datetime | None = None
    record_id: uuid.UUID | None = None

    @property
    def is_correction(self) -> bool:
        """Whether a version is replaced."""
        return self.kind == "CORRECTION"


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
    """What became of one record: NEW, CHANGED, LATE (an older assessment, kept as a former version), UNCHANGED; or
    REFUSED, with why (standing.py): then id and version are of what stands."""

    outcome: str
    record_id: uuid.UUID
    version: int
    findings: tuple[Finding, ...] = ()


_NEWS = Report()


async def publish(
    connection: Any, records: Sequence[Record], publication: Publication, *, report: Report = _NEWS
) -> list[Kept]:
    """Keep admitted records of one tenant, each key at most once; one outcome each, in their order.

    Runs in the caller's transaction: all of it is kept and announced, or nothing. Raises Refusal for a correction of
    what is not there, or that cannot take the place of what it corrects.
    """
    sealed = [prepare(record, publication.keys) for record in records]
    if report.is_correction:
        (one,) = sealed
        replaces = await _corrected(connection, one, records[0], publication, report)
        own = own_of(records[0])
        report = replace(report, replaces=replaces, reason=conceal(report.reason or "", own))
    written = await keep(connection, await _changed(connection, sealed, publication), publication, report=report)
    if publication.batch_id is not None:  # a single record says nothing of how fresh the others are
        await confirm(connection, publication, sorted({record.kind for record in records}))
    unwritten = [one for one in sealed if one.key_hash not in written]
    written |= await _unchanged(connection, publication.tenant.tenant_id, unwritten)
    return [written[one.key_hash] for one in sealed]


def prepare(record: Record, keys: Keys) -> Sealed:
    """An admitted record with what it entails, ready to be kept."""
    return seal(record, keys, consequences(record))


async def changed_among(
    connection: Any, owner: int, kind: str, key_hashes: Sequence[bytes], fingerprints: Sequence[bytes]
) -> list[int]:
    """The places of records of a kind that are new or have other content than what stands."""
    rows = await connection.fetch(_SQL["changed_among"], owner, kind, key_hashes, fingerprints)
    return [row["place"] for row in rows]


async def unmatched_among(
    connection: Any, owner: int, kind: str, key_hashes: Sequence[bytes], row_hashes: Sequence[bytes]
) -> list[int]:
    """The places of rows that are not what the standing record of their identity came from."""
    rows = await connection.fetch(_SQL["unmatched_among"], owner, kind, key_hashes, row_hashes)
    return [row["place"] for row in rows]


async def _changed(connection: Any, sealed: Sequence[Sealed], publication: Publication) -> list[Sealed]:
    found: list[Sealed] = []
    for kind in sorted({one.kind for one in sealed}):
        among = [one for one in sealed if one.kind == kind]
        key_hashes, fingerprints = [one.key_hash for one in among], [one.fingerprint for one in among]
        owner = publication.tenant.tenant_id
        found += [among[place] for place in await changed_among(connection, owner, kind, key_hashes, fingerprints)]
    return found


async def confirm(connection: Any, publication: Publication, kinds: Sequence[str]) -> None:
    """The source has confirmed its records of these kinds, changed or not."""
    await connection.execute(_SQL["confirm_source"], publication.tenant.tenant_id, kinds, publication.batch_id)


async def keep(
    connection: Any, sealed: Sequence[Sealed], publication: Publication, *, report: Report = _NEWS
) -> dict[bytes, Kept]:
    """Keep records that are new or changed, with what they entail; the outcomes by key hash, of those written."""
    if not sealed:
        return {}
    arguments = (
        publication.tenant.tenant_id,
        publication.batch_id,
        publication.operator,
        publication.day,
        report.kind,
        report.reason,
        report.source_updated_at,
    )
    await stage(connection, sealed)
    objected = {} if report.is_correction else await objections(connection, publication.tenant.tenant_id)
    if report.is_correction:
        await correct(connection)
    written = [] if report.replaces else await connection.fetch(_SQL["keep_records"], *arguments, False)
    found = {row["key_hash"]: _kept(row, "NEW" if row["version"] == 1 else "CHANGED") for row in written}
    if len(found) < len(sealed):
        await connection.execute(_SQL["remember_rows"], publication.tenant.tenant_id)
        late = await connection.fetch(_SQL["keep_late"], *arguments, report.replaces)
        found |= {row["key_hash"]: _kept(row, "CHANGED" if report.is_correction else "LATE") for row in late}
    await _follow_up(connection, sealed, written, publication)
    return found | {key_hash: _told(found.get(key_hash), objection) for key_hash, objection in objected.items()}


def _told(kept: Kept | None, objection: Objection) -> Kept:
    """What became of a record something speaks against."""
    outcome = "REFUSED" if objection.is_refusal else "UNCHANGED"
    standing = Kept(outcome=outcome, record_id=objection.record_id, version=objection.version)
    return replace(kept or standing, findings=(objection.finding,))


async def stage(connection: Any, sealed: Sequence[Sealed]) -> None:
    """Put records where the next statement finds them, for this session alone, until the end of the transaction."""
    await connection.execute(_SQL["stage"])
    lines = io.BytesIO(b"".join([one.line for one in sealed]))
    await connection.copy_to_table(
        "incoming_record", schema_name="pg_temp", columns=COLUMNS, format="csv", source=lines
    )


def _kept(row: Mapping[str, Any], outcome: str) -> Kept:
    return Kept(outcome=outcome, record_id=row["record_id"], version=row["version"])


async def _corrected(
    connection: Any, sealed: Sealed, record: Record, publication: Publication, report: Report
) -> int | None:
    """The former version a correction replaces, None for the one that stands. Raises Refusal."""
    owner = publication.tenant.tenant_id
    if not (report.reason or "").strip():
        raise Refusal("REASON_REQUIRED", field=("report", "reason"))
    standing = await connection.fetchrow(_SQL["standing_version"], owner, record.kind, sealed.key_hash)
    if standing is None:
        raise Refusal("NOT_FOUND", field=("report",))
    is_standing = report.replaces in (None, standing["version"])
    if not is_standing and record.family is not Family.RISK:
        raise Refusal("VERSION_CONFLICT", field=("report", "replaces"), version=standing["version"])
    record_id, version = standing["record_id"], standing["version"] if is_standing else report.replaces
    if not is_standing and await connection.fetchval(_SQL["former_start"], record_id, version, owner) is None:
        raise Refusal("NOT_FOUND", field=("report", "replaces"))
    if record.family is Family.RISK and record.effective_on is not None:
        before = await connection.fetchval(_SQL["latest_former_start"], record_id, version)
        is_in_order = before is None or record.effective_on >= before
        if not (is_in_order if is_standing else record.effective_on < standing["starts_on"]):
            raise Refusal("CORRECTION_OUT_OF_ORDER", field=("report", "replaces"))
    return None if is_standing else version


async def _follow_up(
    connection: Any, sealed: Sequence[Sealed], written: Sequence[Any], publication: Publication
) -> None:
    """What the written gradings entail: a flag for each RED one, the end of flags of firms graded better, and of those
    that only a corrected version stood for."""
    gradings = {row["key_hash"]: row for row in written if row["kind"] == "RISK_GRADING"}
    ended = [(row["record_id"], row["replaces_version"]) for row in gradings.values() if _ends_a_flag(row)]
    if ended:
        lifted = await flags_of_gradings(connection, ended, publication)
        await lift(connection, lifted, publication, on=publication.day, reason="重新评定后不再是红色等级")
    raised: dict[bytes, Sealed] = {}
    again: set[bytes] = set()
    for one in sealed:
        grading = gradings.get(one.key_hash)
        if grading is not None:
            raised |= {flag.key_hash: flag for flag in one.entailed}
            again |= {flag.key_hash for flag in one.entailed if grading["previous_band"] != "RED"}
    if again:
        await connection.execute(
            _SQL["relist_flags"], publication.tenant.tenant_id, sorted(again), publication.day, publication.batch_id
        )
    await keep(connection, await _changed(connection, list(raised.values()), publication), publication)


def _ends_a_flag(grading: Mapping[str, Any]) -> bool:
    """RED before, and better now, or RED for another reason than what a correction replaced."""
    is_better = grading["band"] not in STANDING
    return grading["previous_band"] == "RED" and (is_better or grading["replaces_version"] is not None)


async def flags_of_gradings(
    connection: Any, gradings: Sequence[tuple[uuid.UUID, int | None]], publication: Publication
) -> list[uuid.UUID]:
    """Standing flags that only these gradings (record, former version or None for any) gave rise to."""
    records, versions = [one for one, _ in gradings], [version for _, version in gradings]
    rows = await connection.fetch(_SQL["flags_of_gradings"], publication.tenant.tenant_id, records, versions)
    return [row["record_id"] for row in rows]


async def lift(connection: Any, flags: list[uuid.UUID], publication: Publication, *, on: date, reason: str) -> None:
    """Lift standing flags of the tenant; the history keeps them, the lifting is announced."""
    await connection.execute(
        _SQL["lift_flags"], publication.tenant.tenant_id, flags, on, reason, publication.day, publication.batch_id
    )


async def _unchanged(connection: Any, owner: int, sealed: Sequence[Sealed]) -> dict[bytes, Kept]:
    found: dict[bytes, Kept] = {}
    for kind in sorted({one.kind for one in sealed}):
        keys = [one.key_hash for one in sealed if one.kind == kind]
        rows = await connection.fetch(_SQL["find_records"], owner, kind, keys)
        found |= {row["key_hash"]: _kept(row, "UNCHANGED") for row in rows}
    return found
