"""The SQL of what every record has beside its content: where it comes from, versions, notes.

The SDL of the same is in schema/graphql/history.py.
"""

from collections.abc import Mapping, Sequence

import orjson

from exchange.engine.disputes import OF_RECORD_DISPUTED
from exchange.engine.parts import Many, One, Order, Part, Shape, Value, columns
from schema.kinds import KINDS
from schema.record import FRESH_DAYS, Kind

# kind -> role -> name of the field, as text that a statement gets as a parameter
FIELD_NAMES = orjson.dumps(
    {kind.name: {role.value: field.name for role, field in kind.by_role.items()} for kind in KINDS}
).decode()

_BY_VERSION = Order(columns=(("version", "bigint"),), is_descending=True)
_BY_NOTE = Order(columns=(("recorded_at", "timestamptz"), ("note_id", "uuid")), is_descending=True)
_OWNER = One(shape="Authority", where="{t}.tenant_id = {from}.owner_id")


_CONFIRMED = """greatest({t}.recorded_at, (select s.confirmed_at from source_confirmation s
    where s.owner_id = {t}.owner_id and s.kind = {t}.kind and s.confirmed_at <= {moment}){and_formerly})"""
# Only authorities and enterprises publish, and every reader sees all authorities.
_ASSURANCE = """coalesce((
    select case
      when {t}.issuer_code is null or {t}.issuer_code = o.credit_code then 'PRIMARY_SOURCE'
      when exists (select from unnest(o.jurisdiction) p where starts_with({t}.region, p)) or exists (
        select from tenant i where i.credit_code = {t}.issuer_code and i.superior_id = o.tenant_id)
        then 'PRIMARY_SOURCE_EQUIVALENT'
      else 'SECONDARY' end
    from tenant o where o.tenant_id = {t}.owner_id and o.kind = 'AUTHORITY'), 'SELF_REPORTED')"""

_KNOWN_OF_RECORD = "{t}.record_id = {from}.record_id and {t}.recorded_at <= {moment}"

_OF_RECORD: Mapping[str, Part] = {
    "sourceUpdatedAt": Value(sql="{t}.source_updated_at"),
    "confirmedAt": Value(sql=_CONFIRMED),
    "assurance": Value(sql=_ASSURANCE),
    "history": Many(
        shape="RecordVersion",
        where=_KNOWN_OF_RECORD,
        order=_BY_VERSION,
    ),
    "notes": Many(shape="RecordNote", where=_KNOWN_OF_RECORD, order=_BY_NOTE),
    **OF_RECORD_DISPUTED,
}


def of_record(kinds: Sequence[Kind]) -> Mapping[str, Part]:
    """What every record of these kinds has; each kind says how long a confirmation counts."""
    return {**_OF_RECORD, "isStale": Value(sql=f"({_CONFIRMED})::date < {{day}} - {_fresh_days(kinds)}")}


def _fresh_days(kinds: Sequence[Kind]) -> str:
    if len({kind.fresh_days for kind in kinds}) == 1:
        return str(kinds[0].fresh_days)
    cases = " ".join(f"when '{kind.name}' then {kind.fresh_days}" for kind in kinds if kind.fresh_days != FRESH_DAYS)
    return f"case {{t}}.kind {cases} else {FRESH_DAYS} end"


SHAPES_OF_HISTORY: Mapping[str, Shape] = {
    "RecordVersion": Shape(
        source="record_history()",
        fields={
            **columns(
                version="{t}.version",
                reportKind="{t}.report_kind",
                reportReason="{t}.report_reason",
                replacesVersion="{t}.replaces_version",
                recordedAt="{t}.recorded_at",
                sourceUpdatedAt="{t}.source_updated_at",
                effectiveOn="{t}.effective_on",
                holdsFrom="nullif({t}.starts_on, '-infinity')",
                supersededAt="case when {t}.superseded_at <= {moment} then {t}.superseded_at end",
                supersededFrom=(
                    "case when {t}.superseded_at <= {moment} then nullif({t}.superseded_from, '-infinity') end"
                ),
                status="{t}.reported_status",
                band="{t}.band",
                changedFields="changed_fields({t}, {names})",
            ),
            "owner": _OWNER,
            "batch": One(shape="ImportBatch", scope="record.publish", where="{t}.batch_id = {from}.batch_id"),
        },
    ),
    "RecordNote": Shape(
        source="record_note",
        fields={
            **columns(
                id="{t}.note_id",
                kind="{t}.kind",
                notedOn="{t}.noted_on",
                text="{t}.text",
                caseNumber="{t}.case_number",
                outcome="{t}.outcome",
                recordedAt="{t}.recorded_at",
            ),
            "owner": _OWNER,
        },
    ),
}
