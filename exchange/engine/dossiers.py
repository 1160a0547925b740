"""一人一档、一企一档: a person and a firm as the visible records tell of them, with a list of every type of record."""

from collections.abc import Mapping

from exchange.engine import filters
from exchange.engine.faces import condition, dossier_list
from exchange.engine.parts import BY_DUE, Many, One, Order, Part, Shape, Value
from schema.graphql.faces import FACES

# A person or an enterprise is not stored: it is what the visible records say of it, the latest first.
SOURCES: Mapping[str, str] = {
    # All ids of a person make one file (`ids`); the id asked for tells its name, if records go under it.
    "person": "(select person_id, name, name_shown, id_shown, ids from "
    "(select array(select person_group({key})) as ids offset 0) known, lateral ("
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


_GRADING = next(face for face in FACES if face.name == "RiskGrading")

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
    },
)
