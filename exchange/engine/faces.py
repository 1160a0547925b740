"""The SQL of record types, made from their faces: a field is a column where its kind gives it a role, else in the body.

What is written by hand in schema/graphql/families/ has its SQL in families.py.
"""

from collections.abc import Mapping

from exchange.engine import filters
from exchange.engine.families import SPECIALS, Special
from exchange.engine.filters import Filter
from exchange.engine.history import of_record
from exchange.engine.parts import Group, Many, One, Part, Root, Shape, Value
from schema.graphql.faces import Face, FaceField
from schema.record import Family, Role

_CASTS: Mapping[str, str] = {"Int": "int", "Float": "numeric", "Boolean": "boolean"}

# Families kept in the order of their list by an index of their own; the others are found by owner and kind.
_IN_ORDER = frozenset({Family.CERTIFICATE, Family.ADVERSE})

_RECORD: Mapping[str, Part] = {
    "id": Value(sql="{t}.record_id"),
    "kind": Value(sql="{t}.kind"),
    "region": Value(sql="{t}.region"),
    "owner": One(shape="Authority", where="{t}.tenant_id = {from}.owner_id"),
    "recordedAt": Value(sql="{t}.recorded_at"),
    "version": Value(sql="{t}.version"),
}


def shape_of(face: Face) -> Shape:
    """Where the rows of a face are and what answers each of its fields."""
    fields = {
        **_RECORD,
        **of_record(face.kinds),
        **_relations(face),
        **{field.name: _value(field, face) for field in face.fields},
    }
    person = "{t}.person_id" if face.has_person else None
    return Shape(source="record", person=person, fields={**fields, **special_of(face).fields})


def special_of(face: Face) -> Special:
    """The SQL written by hand for a face."""
    return SPECIALS.get(face.name) or Special()


def _relations(face: Face) -> dict[str, Part]:
    made: dict[str, Part] = {}
    if face.has_person:
        made["holder"] = Group(shape="Holder", when="{t}.person_id is not null")
    if face.has_firm:
        made["employer" if face.is_of_persons else "enterprise"] = One(shape="Enterprise", key="{from}.credit_code")
    return made


def _value(field: FaceField, face: Face) -> Value:
    """A field that means one place for all kinds of the face is that place; otherwise the kind of the row decides."""
    pieces = {kind: _piece(field, column) for kind, column in field.places.items()}
    (first, *others) = set(pieces.values())
    if not others and not _is_elsewhere(field, face):
        return Value(sql=first)
    as_text = "::text" if None in field.places.values() and field.type not in _CASTS else ""
    cases = " ".join(f"when '{kind}' then ({piece}){as_text}" for kind, piece in pieces.items())
    return Value(sql=f"case {{t}}.kind {cases} end")


def _piece(field: FaceField, column: str | None) -> str:
    if column:
        return f"{{t}}.{column}"
    read = f"{{t}}.body->>'{field.name}'"
    return f"({read})::{_CASTS[field.type]}" if field.type in _CASTS else read


def _is_elsewhere(field: FaceField, face: Face) -> bool:
    """Whether another kind of the face keeps something else in this field's column: a person's name in a firm's."""
    roles = {Role(column) for column in field.places.values() if column and column != "number_shown"}
    return any(role in kind.by_role for role in roles for kind in face.kinds if kind.name not in field.places)


def condition(face: Face) -> str:
    """What makes a record one of a face's."""
    family = f"{{t}}.family = '{face.family.name}'"
    if face.is_whole_family and face.family in _IN_ORDER:
        return family
    names = ", ".join(f"'{name}'" for name in face.kind_names)
    return f"{family} and {{t}}.kind " + (f"= {names}" if len(face.kinds) == 1 else f"in ({names})")


def filters_of(face: Face) -> dict[str, Filter]:
    """How the arguments of every list of a face narrow it."""
    shared = {"kind": filters.KIND} if len(face.kinds) > 1 else {}
    return {**shared, **filters.RECORDS, **special_of(face).filters}


def scope_of(face: Face) -> str:
    """The door to a face."""
    return "flag.read" if face.family is Family.ADVERSE else "record.read"


def dossier_list(face: Face, key: str, among: str = "") -> tuple[str, Many]:
    """A face's list in the file of a person (`person_id`) or a firm (`credit_code`), by its name there.

    `among` is what the key may be, where that is more than the file's own.
    """
    where = f"{condition(face)} and {{t}}.{key} = {among or f'{{from}}.{key}'}"
    order, scope = special_of(face).order, scope_of(face)
    return face.dossier, Many(shape=face.name, where=where, order=order, filters=filters_of(face), scope=scope)


def root_list(face: Face) -> Root:
    """A face's list as a root field."""
    known = {**filters_of(face), **(filters.OF_FIRM if face.has_firm else {})}
    part = Many(shape=face.name, where=condition(face), order=special_of(face).order, filters=known)
    return Root(part=part, scope=scope_of(face))
