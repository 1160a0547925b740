"""The SQL of what every record has beside its content: versions, notes. The SDL of it is schema/graphql/history.py."""

from collections.abc import Mapping

import orjson

from exchange.engine.parts import Many, One, Order, Part, Shape, Value
from schema.kinds import KINDS

# kind -> role -> name of the field, as text that a statement gets as a parameter
FIELD_NAMES = orjson.dumps(
    {kind.name: {role.value: field.name for role, field in kind.by_role.items()} for kind in KINDS}
).decode()

_BY_VERSION = Order(columns=(("version", "bigint"),), is_descending=True)
_BY_NOTE = Order(columns=(("recorded_at", "timestamptz"), ("note_id", "uuid")), is_descending=True)
_OWNER = One(shape="Authority", where="{t}.tenant_id = {from}.owner_id")


def _columns(**names: str) -> dict[str, Part]:
    return {name: Value(sql=sql) for name, sql in names.items()}


OF_RECORD: Mapping[str, Part] = {
    "history": Many(shape="RecordVersion", where="{t}.record_id = {from}.record_id and {known}", order=_BY_VERSION),
    "notes": Many(shape="RecordNote", where="{t}.record_id = {from}.record_id and {known}", order=_BY_NOTE),
}

SHAPES_OF_HISTORY: Mapping[str, Shape] = {
    "RecordVersion": Shape(
        source="record_history()",
        fields={
            **_columns(
                version="{t}.version",
                reportKind="{t}.report_kind",
                reportReason="{t}.report_reason",
                replacesVersion="{t}.replaces_version",
                recordedAt="{t}.recorded_at",
                sourceUpdatedAt="{t}.source_updated_at",
                effectiveOn="{t}.effective_on",
                holdsFrom="nullif({t}.starts_on, '-infinity')",
                supersededAt="{t}.superseded_at",
                supersededFrom="nullif({t}.superseded_from, '-infinity')",
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
            **_columns(
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
