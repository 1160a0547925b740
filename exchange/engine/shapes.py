"""For each GraphQL type its table and for each of its fields the column, value or relation that answers it.

The compiler turns a selection into one SQL statement with these pieces, so a field added to the SDL gets a line here.
`{t}` stands for the row, `{day}` for the day asked for (a date parameter), `{v}` for an argument's value.
"""

from collections.abc import Mapping

from exchange.engine import filters
from exchange.engine.parts import Group, Many, One, Order, Part, Shape, Value


def _columns(**names: str) -> dict[str, Part]:
    return {name: Value(sql=sql) for name, sql in names.items()}


def _body(*names: str) -> dict[str, Part]:
    return {name: Value(sql=f"{{t}}.body->>'{name}'") for name in names}


def _dates(*names: str) -> dict[str, Part]:
    return {name: Value(sql="{t}." + _snake(name)) for name in names}


def _snake(name: str) -> str:
    return "".join("_" + letter.lower() if letter.isupper() else letter for letter in name)


BY_RECENT = Order(columns=(("recorded_at", "timestamptz"), ("record_id", "uuid")), is_descending=True)
BY_END = Order(columns=(("valid_to", "date"), ("record_id", "uuid")))
BY_DUE = Order(columns=(("due_on", "date"), ("review_id", "uuid")))
BY_POSITION = Order(columns=(("position", "bigint"),), is_stream=True)
BY_RECEIPT = Order(columns=(("received_at", "timestamptz"), ("batch_id", "uuid")), is_descending=True)

# A review counts as the due one from 180 days before the due day on; recognition/certificate.py says the same.
REVIEW_MISSED = """({t}.review_due_on < {day} and (
    {t}.reviewed_on is null or {t}.reviewed_on > {day} or {t}.reviewed_on < {t}.review_due_on - 180))"""

# A certificate's state on a day: what the source reported, then what the dates say. The end day is still valid.
STATUS = f"""case
  when {{t}}.reported_status not in ('VALID', 'LAPSED') then {{t}}.reported_status
  when {{t}}.valid_to < {{day}} or {{t}}.reported_status = 'LAPSED' then 'EXPIRED'
  when {REVIEW_MISSED} then 'REVIEW_LAPSED'
  when {{t}}.valid_from > {{day}} then 'NOT_YET_VALID'
  else 'VALID' end"""
STATUS_REASON = f"""case
  when {{t}}.reported_status not in ('VALID', 'LAPSED') then '发证机关报送状态 ' || {{t}}.reported_status
  when {{t}}.valid_to < {{day}} then '有效期已于 ' || {{t}}.valid_to || ' 届满'
  when {{t}}.reported_status = 'LAPSED' then '发证机关报送失效'
  when {REVIEW_MISSED} then '应于 ' || {{t}}.review_due_on || ' 前复审，未见复审记录'
  when {{t}}.valid_from > {{day}} then '自 ' || {{t}}.valid_from || ' 起有效'
  else '在有效期内' end"""

_PROVENANCE: dict[str, Part] = {
    "owner": One(shape="Authority", where="{t}.tenant_id = {from}.owner_id"),
    "recordedAt": Value(sql="{t}.recorded_at"),
    "version": Value(sql="{t}.version"),
}

_RECORD: dict[str, Part] = {
    "id": Value(sql="{t}.record_id"),
    "kind": Value(sql="{t}.kind"),
    "region": Value(sql="{t}.region"),
    **_PROVENANCE,
}

_CERTIFICATE: dict[str, Part] = {
    **_RECORD,
    "number": Value(sql="{t}.number_shown"),
    "status": Value(sql=STATUS),
    "statusReason": Value(sql=STATUS_REASON),
    "reportedStatus": Value(sql="{t}.reported_status"),
    "holder": Group(shape="Holder"),
    **_columns(issuerName="{t}.issuer_name", issuerCode="{t}.issuer_code", employerName="{t}.employer_name"),
    "employer": One(shape="Enterprise", key="{from}.credit_code"),
    **_dates("firstIssuedOn", "validFrom", "validTo", "reviewDueOn", "reviewedOn"),
    **_body(
        "personType",
        "managerClass",
        "industryCategory",
        "categoryCode",
        "categoryName",
        "operationCode",
        "operationName",
        "certificateIdentifier",
    ),
}

_OPEN = filters.OPEN

SHAPES: Mapping[str, Shape] = {
    "Authority": Shape(
        source="tenant",
        fields=_columns(
            id="{t}.slug", name="{t}.name", nameEn="{t}.name_en", creditCode="{t}.credit_code", region="{t}.region"
        ),
    ),
    "Certificate": Shape(source="record", person="{t}.person_id", fields=_CERTIFICATE),
    "Holder": Shape(
        source="record",
        person="{t}.person_id",
        fields={
            "id": Value(sql="{t}.person_id"),
            "name": Value(sql="{t}.name", is_personal=True, scope="person.read"),
            "nameMasked": Value(sql="{t}.name_shown"),
            "idNumberMasked": Value(sql="{t}.id_shown"),
        },
    ),
    "Person": Shape(
        source="person",
        person="{t}.person_id",
        fields={
            "id": Value(sql="{t}.person_id"),
            "name": Value(sql="{t}.name", is_personal=True, scope="person.read"),
            "nameMasked": Value(sql="{t}.name_shown"),
            "idNumberMasked": Value(sql="{t}.id_shown"),
            "certificates": Many(
                shape="Certificate",
                order=BY_END,
                filters=filters.CERTIFICATES,
                scope="record.read",
                where="{t}.family = 'CERTIFICATE' and {t}.person_id = {from}.person_id",
            ),
            "appointments": Many(
                shape="Appointment",
                order=BY_RECENT,
                scope="record.read",
                where="{t}.kind = 'APPOINTMENT' and {t}.person_id = {from}.person_id",
            ),
            "reviews": Many(
                shape="Review",
                order=BY_DUE,
                filters=filters.REVIEWS,
                scope="review.read",
                where="{t}.person_id = {from}.person_id",
            ),
        },
    ),
    "Appointment": Shape(
        source="record",
        person="{t}.person_id",
        fields={
            **_RECORD,
            "holder": Group(shape="Holder"),
            "employerName": Value(sql="{t}.employer_name"),
            "employer": One(shape="Enterprise", key="{from}.credit_code"),
            "post": Value(sql="{t}.body->>'post'"),
            "appointedOn": Value(sql="coalesce({t}.valid_from, {t}.effective_on)"),
            "endedOn": Value(sql="{t}.valid_to"),
        },
    ),
    "Enterprise": Shape(
        source="enterprise",
        fields={
            "creditCode": Value(sql="{t}.credit_code"),
            "name": Value(sql="{t}.name"),
            "grading": One(
                shape="RiskGrading",
                scope="record.read",
                order="{t}.effective_on desc nulls last, {t}.recorded_at desc",
                where="{t}.kind = 'RISK_GRADING' and {t}.credit_code = {from}.credit_code",
            ),
            "gradings": Many(
                shape="RiskGrading",
                order=BY_RECENT,
                scope="record.read",
                where="{t}.kind = 'RISK_GRADING' and {t}.credit_code = {from}.credit_code",
            ),
            "flags": Many(
                shape="RiskFlag",
                order=BY_RECENT,
                filters=filters.FLAGS,
                scope="flag.read",
                where="{t}.family = 'ADVERSE' and {t}.credit_code = {from}.credit_code",
            ),
            "certificates": Many(
                shape="Certificate",
                order=BY_END,
                filters=filters.CERTIFICATES,
                scope="record.read",
                where="{t}.family = 'CERTIFICATE' and {t}.credit_code = {from}.credit_code",
            ),
            "appointments": Many(
                shape="Appointment",
                order=BY_RECENT,
                scope="record.read",
                where="{t}.kind = 'APPOINTMENT' and {t}.credit_code = {from}.credit_code",
            ),
            "matters": Many(
                shape="Matter",
                order=BY_RECENT,
                scope="record.read",
                where="{t}.kind = 'PROJECT_APPROVAL' and {t}.credit_code = {from}.credit_code",
            ),
            "reviews": Many(
                shape="Review",
                order=BY_DUE,
                filters=filters.REVIEWS,
                scope="review.read",
                where="{t}.credit_code = {from}.credit_code",
            ),
        },
    ),
    "RiskGrading": Shape(
        source="record",
        fields={
            **_RECORD,
            "enterprise": One(shape="Enterprise", key="{from}.credit_code"),
            **_columns(
                creditCode="{t}.credit_code",
                name="{t}.name",
                band="{t}.band",
                previousBand="{t}.previous_band",
                assessedOn="{t}.effective_on",
                reassessBy="{t}.review_due_on",
                decisionNumber="{t}.decision_number",
            ),
            **_body("scheme", "methodVersion", "legalBasis"),
            "score": Value(sql="({t}.body->>'score')::numeric"),
        },
    ),
    "RiskFlag": Shape(
        source="record",
        fields={
            **_RECORD,
            "enterprise": One(shape="Enterprise", key="{from}.credit_code"),
            **_columns(
                creditCode="{t}.credit_code",
                name="{t}.name",
                severity="{t}.band",
                liftedOn="{t}.lifted_on",
                decisionNumber="{t}.decision_number",
                effectiveOn="{t}.effective_on",
            ),
            **_body("category", "cause", "legalBasis", "decidedOn", "listedOn", "exitConditions", "liftReason"),
            "isCurrent": Value(sql=filters.IS_CURRENT),
            "reviews": Many(
                shape="Review",
                order=BY_DUE,
                filters=filters.REVIEWS,
                scope="review.read",
                where="{t}.cause_record_id = {from}.record_id",
            ),
        },
    ),
    "Matter": Shape(
        source="record",
        fields={
            **_RECORD,
            "enterprise": One(shape="Enterprise", key="{from}.credit_code"),
            **_columns(
                creditCode="{t}.credit_code", name="{t}.name", status="{t}.reported_status", filedOn="{t}.effective_on"
            ),
            **_body("matterCode", "caseNumber", "projectName"),
        },
    ),
    "Review": Shape(
        source="review",
        person="{t}.person_id",
        fields={
            "id": Value(sql="{t}.review_id"),
            "authority": One(shape="Authority", where="{t}.tenant_id = {from}.owner_id"),
            "causeAuthority": One(shape="Authority", where="{t}.tenant_id = {from}.cause_owner_id"),
            "enterprise": One(shape="Enterprise", key="{from}.credit_code"),
            "person": One(shape="Person", key="{from}.person_id"),
            "flag": One(shape="RiskFlag", where="{t}.family = 'ADVERSE' and {t}.record_id = {from}.cause_record_id"),
            "certificate": One(
                shape="Certificate",
                where="{t}.family = 'CERTIFICATE' and {t}.record_id = {from}.cause_record_id",
            ),
            "matter": One(
                shape="Matter",
                where="{t}.kind = 'PROJECT_APPROVAL' and {t}.record_id = {from}.presence_record_id",
            ),
            "isOverdue": Value(sql="{t}.state <> 'DECIDED' and {t}.due_on < {day}"),
            "reason": Value(sql="{t}.reason_zh"),
            **_columns(
                rule="{t}.rule",
                priority="{t}.priority",
                handling="{t}.handling",
                reasonEn="{t}.reason_en",
                state="{t}.state",
                openedOn="{t}.opened_on",
                dueOn="{t}.due_on",
                isDueEstimated="{t}.is_due_estimated",
                causeLiftedOn="{t}.cause_lifted_on",
                outcome="{t}.outcome",
                decisionReason="{t}.decision_reason",
                legalBasis="{t}.legal_basis",
                decidedOn="{t}.decided_on",
                decidedBy="{t}.decided_by",
                version="{t}.version",
                creditCode="{t}.credit_code",
            ),
        },
    ),
    "Event": Shape(
        source="event",
        fields={
            "cursor": Value(sql="'seq:' || {t}.position"),
            "owner": One(shape="Authority", where="{t}.tenant_id = {from}.owner_id"),
            "enterprise": One(shape="Enterprise", key="{from}.credit_code"),
            "flag": One(
                shape="RiskFlag",
                scope="flag.read",
                where="{t}.family = 'ADVERSE' and {t}.record_id = {from}.record_id",
            ),
            "review": One(shape="Review", scope="review.read", where="{t}.review_id = {from}.review_id"),
            **_columns(
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
    "ImportBatch": Shape(
        source="import_batch",
        fields=_columns(
            id="{t}.batch_id",
            kind="{t}.kind",
            fileName="{t}.file_name",
            operator="{t}.operator",
            receivedAt="{t}.received_at",
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
        fields=_columns(
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

# A person or an enterprise is not stored: it is what the visible records say of it, the latest first.
SOURCES: Mapping[str, str] = {
    "person": "(select person_id, name, name_shown, id_shown from record where person_id = {key} "
    "order by recorded_at desc limit 1)",
    # On a record of a person, `name` is the person's: the firm is only its employer.
    "enterprise": "(select credit_code, name from ("
    "(select credit_code, name from record where credit_code = {key} and person_id is null "
    "order by recorded_at desc limit 1) union all "
    "(select credit_code, employer_name from record where credit_code = {key} and person_id is not null "
    "order by recorded_at desc limit 1)) named limit 1)",
}
