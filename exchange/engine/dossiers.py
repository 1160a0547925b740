"""一人一档、一企一档: a person and a firm as the visible records tell of them, with a list of every type of record."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from exchange.dossiers import (
    certificates_by_region,
    clearance,
    grading_history,
    key_staff,
    post_findings,
    training_hours,
)
from exchange.engine import facts, filters
from exchange.engine.effects import OF_FIRM
from exchange.engine.faces import condition, dossier_list, filters_of, special_of
from exchange.engine.parts import BY_DUE, BY_RECENT, Judged, Many, One, Order, Part, Shape, Value
from schema.graphql.faces import FACES

# A person or an enterprise is not stored: it is what the visible records say of it, the latest first.
SOURCES: Mapping[str, str] = {
    # All ids of a person make one file (`ids`); the id asked for tells its name, if records go under it. Of most ids no
    # verdict speaks: then it is the only one.
    "person": "(select person_id, name, name_shown, id_shown, ids from "
    "(select case when exists (select from person_verdict where person_id = {key}) "
    "or exists (select from person_verdict where other_person_id = {key}) "
    "then array(select person_group({key})) else array[{key}] end as ids offset 0) known, lateral ("
    "select person_id, name, name_shown, id_shown from record where person_id = any (ids) "
    "order by person_id = {key} desc, recorded_at desc limit 1) latest)",
    # On a record of a person, `name` is the person's: the firm is only its employer.
    "enterprise": "(select credit_code, name from ("
    "(select credit_code, name from record where credit_code = {key} and person_id is null "
    "order by recorded_at desc limit 1) union all "
    "(select credit_code, employer_name from record where credit_code = {key} and person_id is not null "
    "order by recorded_at desc limit 1)) named limit 1)",
}


def _reviews(key: str, among: str = "") -> Part:
    where = f"{{t}}.{key} = {among or f'{{from}}.{key}'}"
    return Many(shape="Review", order=BY_DUE, filters=filters.REVIEWS, scope="review.read", where=where)


_BY_NAME = {face.name: face for face in FACES}
_GRADING, _FLAG, _SUCCESSION = (_BY_NAME[name] for name in ("RiskGrading", "RiskFlag", "Succession"))


def _judged(sql: str, judge: Callable[[Any, date], Any]) -> Part:
    return Judged(facts=sql, judge=judge, scope="record.read")


HOLDER = Shape(
    source="record",
    person="{t}.person_id",
    fields={
        "id": Value(sql="{t}.person_id"),
        "name": Value(sql="{t}.name", is_personal=True, scope="person.read"),
        "nameMasked": Value(sql="{t}.name_shown"),
        "idNumberMasked": Value(sql="{t}.id_shown"),
    },
)
PERSON = Shape(
    source="person",
    person="{t}.person_id",
    fields={
        **HOLDER.fields,
        **dict(dossier_list(face, "person_id", "any ({from}.ids)") for face in FACES if face.has_person),
        "reviews": _reviews("person_id", "any ({from}.ids)"),
        "verdicts": Many(
            shape="PersonVerdict",
            order=Order(columns=(("place", "bigint"),), is_descending=True),
            scope="record.read",
            where="({t}.person_id = any ({from}.ids) or {t}.other_person_id = any ({from}.ids))",
        ),
        "trainingHours": _judged(facts.TRAINING_HOURS, training_hours),
        "postFindings": _judged(facts.POST_FINDINGS, post_findings),
    },
)
ENTERPRISE = Shape(
    source="enterprise",
    fields={
        "creditCode": Value(sql="{t}.credit_code"),
        "name": Value(sql="{t}.name"),
        "grading": One(
            shape="RiskGrading",
            scope="record.read",
            order="{t}.effective_on desc nulls last, {t}.recorded_at desc",
            where=f"{condition(_GRADING)} and {{t}}.credit_code = {{from}}.credit_code",
        ),
        **dict(dossier_list(face, "credit_code") for face in FACES if face.has_firm),
        "reviews": _reviews("credit_code"),
        "clearance": Judged(facts=facts.CLEARANCE, judge=clearance, scope="flag.read"),
        "measures": OF_FIRM,
        "keyStaff": _judged(facts.KEY_STAFF, key_staff),
        "certificatesByRegion": _judged(facts.CERTIFICATES_BY_REGION, certificates_by_region),
        "gradingHistory": _judged(facts.GRADING_HISTORY, grading_history),
        "predecessorFlags": Many(
            shape="RiskFlag",
            scope="flag.read",
            order=special_of(_FLAG).order,
            filters=filters_of(_FLAG),
            where=f"{condition(_FLAG)} and {{t}}.credit_code = any (array("
            "select code from predecessors_of({from}.credit_code, {day}) code))",
        ),
        "succeededBy": Many(
            shape="Succession",
            scope="record.read",
            order=BY_RECENT,
            where=f"{condition(_SUCCESSION)} and {{t}}.previous_code = {{from}}.credit_code "
            "and {t}.credit_code <> {from}.credit_code",
        ),
    },
)
