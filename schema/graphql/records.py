"""GraphQL types of records, made from the kinds (faces.py) and from what is written by hand for some (families/).

A field of a kind appears here by itself; its SQL is made from the same face, in exchange/engine/faces.py.
"""

from collections.abc import Mapping
from typing import Any

import graphene
from graphene.utils.str_converters import to_snake_case

from schema.graphql.enums import CODED, KIND_ENUMS, RecordKind
from schema.graphql.faces import FACES, Face, FaceField
from schema.graphql.families import SPECIALS
from schema.graphql.families.special import ENTERPRISE, Special
from schema.graphql.history import history_fields
from schema.graphql.parties import Authority, Holder
from schema.graphql.parts import connection, identifier, integer, listed, moment, one, string, text

_SCALARS: Mapping[str, Any] = {
    "Int": graphene.Int,
    "Float": graphene.Float,
    "Boolean": graphene.Boolean,
    "Date": graphene.Date,
}


def special_of(face: Face) -> Special:
    """What is written by hand for a face; for most nothing but a description, made from its kinds."""
    return SPECIALS.get(face.name) or Special(description=_description(face))


def _description(face: Face) -> str:
    if len(face.kinds) == 1:
        return text(f"{face.kinds[0].zh}（依据：{face.kinds[0].basis}）", f"{face.kinds[0].en}.")
    zh, en = "、".join(kind.zh for kind in face.kinds), "; ".join(kind.en for kind in face.kinds)
    return text(f"{face.zh}：{zh}", f"{face.words.capitalize()}: {en}.")


def type_for(face: Face) -> type[graphene.ObjectType]:
    """The object type of a face."""
    special = special_of(face)
    fields = {
        "id": identifier(),
        "kind": graphene.Field(RecordKind, required=True, description=text("记录类型", "Kind of record")),
        **special.fields(),
    }
    fields = {**_relations(face), **_said(face, special), **fields}
    fields |= {
        "region": string("行政区划代码", "Division code"),
        "owner": one(Authority, "数源单位", "Authority that published the record", required=True),
        "recorded_at": moment("本平台收录时间", "When the hub recorded it"),
        "version": integer("版本号", "Version of the record", required=True),
        **history_fields(face.kinds),
    }
    meta = type("Meta", (), {"name": face.name, "description": special.description})
    return type(face.name, (graphene.ObjectType,), {"Meta": meta, **fields})


def _relations(face: Face) -> dict[str, Any]:
    made = {}
    if face.has_person:
        made["holder"] = one(Holder, "所涉人员", "The person it is about")
    if face.has_firm and face.is_of_persons:
        made["employer"] = one(ENTERPRISE, "聘用企业", "Employer")
    elif face.has_firm:
        made["enterprise"] = one(ENTERPRISE, "企业", "Enterprise")
    return made


def _said(face: Face, special: Special) -> dict[str, Any]:
    return {to_snake_case(field.name): _field(field, special) for field in face.fields}


def _field(field: FaceField, special: Special) -> Any:
    scalar = CODED.get(field.type) or _SCALARS.get(field.type, graphene.String)
    required = field.is_required and field.name in special.required
    return scalar(name=field.name, description=text(field.zh, field.en), required=required)


def filters_of(face: Face) -> dict[str, Any]:
    """Arguments of every list of a face."""
    kinds = KIND_ENUMS.get(face.name)
    return {
        **({"kind": graphene.Argument(kinds, description=text("记录类型", "Kind of record"))} if kinds else {}),
        "region": graphene.String(description=text("行政区划，含下级", "Division, with those below it")),
        "recorded_since": graphene.DateTime(
            description=text("自该时刻起收录或更新的（含时区）", "Recorded or changed since then, with offset")
        ),
        **special_of(face).filters(),
    }


def list_of(face: Face, **arguments: Any) -> graphene.Field:
    """A list of a face's records."""
    special = special_of(face)
    zh, en = f"{face.zh}，{special.order}", f"{face.words.capitalize()}, {special.order_en}"
    return listed(CONNECTIONS[face.name], zh, en, **filters_of(face), **arguments)


def root_lists(**arguments: Any) -> dict[str, graphene.Field]:
    """The root field of every face, also by firm."""
    of_firm = {"credit_code": graphene.String(description=text("只要该企业的", "Only those of this firm"))}
    return {
        to_snake_case(face.plural): list_of(face, **(of_firm if face.has_firm else {}), **arguments) for face in FACES
    }


def dossier_lists(faces: tuple[Face, ...]) -> dict[str, graphene.Field]:
    """The lists of a person's or a firm's file."""
    return {to_snake_case(face.dossier): list_of(face) for face in faces}


TYPES: Mapping[str, type[graphene.ObjectType]] = {face.name: type_for(face) for face in FACES}
CONNECTIONS: Mapping[str, type[graphene.ObjectType]] = {
    face.name: connection(TYPES[face.name], face.zh, face.words) for face in FACES
}
Certificate, RiskGrading, RiskFlag, Matter = (
    TYPES[name] for name in ("Certificate", "RiskGrading", "RiskFlag", "Matter")
)
