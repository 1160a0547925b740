"""For each GraphQL type its table and for each of its fields the column, value or relation that answers it.

The compiler turns a selection into one SQL statement with these pieces. Types of records are made from the kinds
(faces.py, families.py, dossiers.py); a field added to another type of the SDL gets a line here.
"""

from collections.abc import Mapping

from exchange.engine.disputes import DISPUTE_SHAPES
from exchange.engine.dossiers import ENTERPRISE, HOLDER, PERSON
from exchange.engine.faces import condition, scope_of, shape_of
from exchange.engine.families import STATUS_OF_EITHER
from exchange.engine.finding import found_record
from exchange.engine.history import SHAPES_OF_HISTORY
from exchange.engine.identity import IDENTITY
from exchange.engine.parts import Judged, One, Shape, Value, columns
from exchange.engine.reviews import review_shapes
from exchange.engine.rosters import ROSTER_SHAPES
from exchange.engine.tips import TIP_SHAPES
from exchange.engine.transfers import TRANSFER_SHAPES
from schema.graphql.faces import FACES

_CONDITIONS = {face.name: condition(face) for face in FACES}
_SCOPES = {face.name: scope_of(face) for face in FACES}


def _record(name: str, key: str) -> One:
    """The record of a type whose id is in column `key`, by the door of its type."""
    return One(shape=name, scope=_SCOPES[name], where=f"{_CONDITIONS[name]} and {{t}}.record_id = {{from}}.{key}")


SHAPES: Mapping[str, Shape] = {
    **{face.name: shape_of(face) for face in FACES},
    "Holder": HOLDER,
    "Person": PERSON,
    "Enterprise": ENTERPRISE,
    "Authority": Shape(
        source="tenant",
        fields=columns(
            id="{t}.slug", name="{t}.name", nameEn="{t}.name_en", creditCode="{t}.credit_code", region="{t}.region"
        ),
    ),
    **review_shapes(_record),
    "Event": Shape(
        source="event",
        fields={
            "cursor": Value(sql="'seq:' || {t}.position"),
            "owner": One(shape="Authority", where="{t}.tenant_id = {from}.owner_id"),
            "enterprise": One(shape="Enterprise", key="{from}.credit_code"),
            "flag": _record("RiskFlag", "record_id"),
            "review": One(shape="Review", scope="review.read", where="{t}.review_id = {from}.review_id"),
            **columns(
                id="{t}.event_id",
                type="{t}.type",
                subject="{t}.subject",
                day="{t}.day",
                payload="{t}.payload",
                occurredAt="{t}.occurred_at",
                recordId="{t}.record_id",
                reviewId="{t}.review_id",
                subjectVersion="{t}.version",
            ),
        },
    ),
    **IDENTITY,
    "FoundRecord": found_record(STATUS_OF_EITHER),
    **SHAPES_OF_HISTORY,
    **DISPUTE_SHAPES,
    **TIP_SHAPES,
    **TRANSFER_SHAPES,
    "Repair": Shape(
        source="repair_request",
        key="repair_id",
        fields={
            "flag": _record("RiskFlag", "record_id"),
            "authority": One(shape="Authority", where="{t}.tenant_id = {from}.owner_id"),
            "isOverdue": Value(sql="{t}.state = 'REQUESTED' and {t}.due_on < {day}"),
            **columns(
                id="{t}.repair_id",
                creditCode="{t}.credit_code",
                materials="{t}.materials",
                commitment="{t}.commitment",
                state="{t}.state",
                requestedOn="{t}.requested_on",
                dueOn="{t}.due_on",
                isDueEstimated="{t}.is_due_estimated",
                decisionReason="{t}.decision_reason",
                decidedOn="{t}.decided_on",
                decidedBy="{t}.decided_by",
                revokeReason="{t}.revoke_reason",
                revokedOn="{t}.revoked_on",
                version="{t}.version",
            ),
        },
    ),
    "GateCheck": Shape(
        source="gate_check",
        key="check_id",
        fields={
            "authority": One(shape="Authority", where="{t}.tenant_id = {from}.owner_id and {t}.kind = 'AUTHORITY'"),
            "reasons": Judged(
                facts="{t}.reasons", judge=lambda facts, _: [{"isDisputed": False, **one} for one in facts]
            ),
            **columns(
                id="{t}.check_id",
                receiptNumber="{t}.receipt_number",
                gate="{t}.gate",
                creditCode="{t}.credit_code",
                region="{t}.region",
                matterCode="{t}.matter_code",
                caseNumber="{t}.case_number",
                day="{t}.day",
                validUntil="{t}.day",
                verdict="{t}.verdict",
                checkedAt="{t}.checked_at",
            ),
        },
    ),
    **ROSTER_SHAPES,
    "ImportBatch": Shape(
        source="import_batch",
        key="batch_id",
        fields=columns(
            id="{t}.batch_id",
            kind="{t}.kind",
            fileName="{t}.file_name",
            operator="{t}.operator",
            state="import_state({t}.state, {t}.touched_at)",
            receivedAt="{t}.received_at",
            finishedAt="{t}.finished_at",
            rowsRead="{t}.rows_read",
            rowsNew="{t}.rows_new",
            rowsChanged="{t}.rows_changed",
            rowsLate="{t}.rows_late",
            rowsUnchanged="{t}.rows_unchanged",
            rowsRefused="{t}.rows_refused",
            revertedAt="{t}.reverted_at",
            revertedBy="{t}.reverted_by",
        ),
    ),
    "AccessRecord": Shape(
        source="access_record",
        fields=columns(
            id="{t}.access_id::text",
            purpose="{t}.purpose",
            caseNumber="{t}.case_number",
            rootField="{t}.root_field",
            fields="to_json({t}.fields)",
            persons="to_json({t}.subjects)",
            clientId="{t}.client_id",
            readAt="{t}.read_at",
            requestId="{t}.request_id",
        ),
    ),
}
