"""The SQL of reviews, their threads and files.

A field of the SDL (schema/graphql/reviews.py, review_thread.py) gets a line here.
"""

from collections.abc import Callable, Mapping

from exchange.engine.filters import OF_AUTHORITIES, OPEN
from exchange.engine.parts import Judged, Many, One, Order, Part, Shape, Value
from exchange.rules.wording import told_steps

_IN_PLACE = Order(columns=(("place", "bigint"),))
_OUTCOME_NAMES = ("MAINTAINED", "STRENGTHENED", "SUSPENDED", "REFUSED", "DISMISSED")
_COUNTS = {
    "open": OPEN,
    "overdue": f"{OPEN} and {{t}}.due_on < {{day}}",
    **{name.lower(): f"{{t}}.outcome = '{name}'" for name in _OUTCOME_NAMES},
    **{name.lower(): f"{{t}}.state = '{name}'" for name in ("DECLINED", "WITHDRAWN")},
}
# The reviews a record led to, or joined.
OF_CAUSE = "{t}.review_id in (select k.review_id from review_cause k where k.record_id = {from}.record_id)"
# What became of the reviews a flag led to: counts of those the reader sees.
OUTCOMES = (
    "(select json_build_object("
    + ", ".join(f"'{name}', count(*) filter (where {sql.replace('{t}', 'w')})" for name, sql in _COUNTS.items())
    + ") from review w where "
    + OF_CAUSE.replace("{t}", "w").replace("{from}", "{t}")
    + ")"
)


def _columns(**names: str) -> dict[str, Part]:
    return {name: Value(sql=f"{{t}}.{column}") for name, column in names.items()}


def _authority(column: str) -> One:
    return One(shape="Authority", where=f"{{t}}.tenant_id = {{from}}.{column}")


def review_shapes(record: Callable[[str, str], One]) -> Mapping[str, Shape]:
    """The shapes of reviews; `record` joins a record of a type by a column that holds its id."""
    return {"Review": _review(record), "ReviewCause": _cause(record), **_THREAD}


def _cause(record: Callable[[str, str], One]) -> Shape:
    return Shape(
        source="review_cause",
        key="cause_id",
        fields={
            "authority": _authority("owner_id"),
            "flag": record("RiskFlag", "record_id"),
            "certificate": record("Certificate", "record_id"),
            "certificateAction": record("CertificateAction", "record_id"),
            **_columns(id="cause_id", joinedOn="joined_on", liftedOn="lifted_on", liftedAs="lifted_as"),
            **_columns(band="cause_band", changedOn="changed_on"),
        },
    )


def _review(record: Callable[[str, str], One]) -> Shape:
    return Shape(
        source="review",
        key="review_id",
        person="{t}.person_id",
        fields={
            "authority": _authority("owner_id"),
            "causeAuthority": _authority("cause_owner_id"),
            "handedTo": _authority("handed_to_id"),
            "handedFrom": _authority("handed_from_id"),
            "superior": _authority("superior_id"),
            "enterprise": One(shape="Enterprise", key="{from}.credit_code"),
            "person": One(shape="Person", key="{from}.person_id", scope="record.read"),
            "flag": record("RiskFlag", "cause_record_id"),
            "certificate": record("Certificate", "cause_record_id"),
            "certificateAction": record("CertificateAction", "cause_record_id"),
            "matter": record("Matter", "presence_record_id"),
            "bid": record("Bid", "presence_record_id"),
            "site": record("Site", "presence_record_id"),
            "filing": record("Filing", "presence_record_id"),
            "permit": record("Permit", "presence_record_id"),
            "path": Judged(facts="coalesce({t}.path, '[]'::jsonb)", judge=told_steps),
            "firstReadOn": Value(sql="(select f.read_on from review_reading f where f.review_id = {t}.review_id)"),
            "policy": Judged(facts=OF_AUTHORITIES.format(column="policy"), judge=lambda policy, _: policy),
            "isOverdue": Value(sql=f"({OPEN} and {{t}}.due_on < {{day}})"),
            "decidedBy": Value(sql=OF_AUTHORITIES.format(column="decided_by")),
            "assignedTo": Value(sql=OF_AUTHORITIES.format(column="assigned_to")),
            "causes": Many(shape="ReviewCause", where="{t}.review_id = {from}.review_id", order=_IN_PLACE),
            "thread": Many(shape="ReviewStep", where="{t}.thread_id = {from}.thread_id", order=_IN_PLACE),
            **_COLUMNS,
        },
    )


_COLUMNS = {
    "version": Value(sql="review_version({t}.review_id, {t}.thread_id, {t}.owner_id, {t}.version)"),
    **_columns(
        id="review_id",
        rule="rule",
        priority="priority",
        handling="handling",
        reason="reason_zh",
        reasonEn="reason_en",
        creditCode="credit_code",
        state="state",
        openedOn="opened_on",
        dueOn="due_on",
        isDueEstimated="is_due_estimated",
        causeLiftedOn="cause_lifted_on",
        causeLiftedAs="cause_lifted_as",
        causeBand="cause_band",
        causeChangedOn="cause_changed_on",
        acceptedOn="accepted_on",
        outcome="outcome",
        decisionReason="decision_reason",
        legalBasis="legal_basis",
        decidedOn="decided_on",
        correctedOn="corrected_on",
        declineReason="decline_reason",
        endedOn="ended_on",
        handedToId="handed_to",
        isSealed="is_sealed",
        escalatedOn="escalated_on",
    ),
}

_THREAD: Mapping[str, Shape] = {
    "ReviewStep": Shape(
        source="review_step",
        key="step_id",
        fields={
            "authority": _authority("owner_id"),
            "evidence": One(shape="ReviewEvidence", where="{t}.step_id = {from}.step_id"),
            **_columns(
                id="step_id",
                reviewId="review_id",
                step="step",
                state="state",
                operator="operator",
                takenOn="taken_on",
                takenAt="taken_at",
                text="words",
                assignedTo="assigned_to",
                declineReason="decline_reason",
                outcome="outcome",
                legalBasis="legal_basis",
                formerOutcome="former_outcome",
                formerReason="former_reason",
                formerLegalBasis="former_basis",
                question="question",
                answer="answer",
                requestId="request_id",
            ),
        },
    ),
    "ReviewEvidence": Shape(
        source="review_evidence",
        key="evidence_id",
        fields={
            "sha256": Value(sql="encode({t}.sha256, 'hex')"),
            "content": Value(sql="translate(encode({t}.content, 'base64'), E'\\n', '')"),
            **_columns(id="evidence_id", name="name", mediaType="media_type", size="size", addedAt="added_at"),
        },
    ),
}
