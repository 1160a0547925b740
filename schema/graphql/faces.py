"""对外类型: the GraphQL object type of each record kind, and its fields: what its kinds say, save what is personal.

The SDL (records.py) and its SQL (exchange/engine/faces.py) are both made from FACES, so a kind adds nothing here. What
no kind can say, a state computed for a day for instance, is written by hand in families/.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from schema.fields import CodeTable
from schema.kinds import KINDS
from schema.record import Family, Field, Kind, Role, label_name

RESERVED = frozenset({
    "id", "kind", "region", "owner", "recordedAt", "version", "holder", "employer", "enterprise", "history", "notes",
    "sourceUpdatedAt", "confirmedAt", "isStale", "assurance", "isDisputed", "disputes", "statements",
})  # fmt: skip
"""What every record has, or the hub adds; the region of a record is its own wherever it is filled in."""


_IN_DOSSIERS: Mapping[str, str] = {"RiskGrading": "gradings", "RiskFlag": "flags"}


@dataclass(frozen=True, kw_only=True)
class FaceField:
    """A field of an object type. `places` has for each kind with this field its column, or None for the body."""

    name: str
    zh: str
    en: str
    type: str
    places: Mapping[str, str | None]
    is_required: bool = False


@dataclass(frozen=True, kw_only=True)
class Face:
    """An object type: the kinds that share it and what may be shown of them."""

    name: str
    kinds: tuple[Kind, ...]
    fields: tuple[FaceField, ...]
    is_whole_family: bool

    @property
    def family(self) -> Family:
        """The one family all its kinds belong to."""
        return self.kinds[0].family

    @property
    def kind_names(self) -> tuple[str, ...]:
        """The names of its kinds."""
        return tuple(kind.name for kind in self.kinds)

    @property
    def zh(self) -> str:
        """What it is called in Chinese."""
        return self.kinds[0].zh if len(self.kinds) == 1 else self.family.value

    @property
    def dossier(self) -> str:
        """The list's name in the files of a person and a firm."""
        return _IN_DOSSIERS.get(self.name, self.plural)

    @property
    def words(self) -> str:
        """Its list in English words: `risk gradings`."""
        return " ".join(re.findall("[A-Z]?[a-z0-9]+", self.plural)).lower()

    @cached_property
    def plural(self) -> str:
        """The list's name in the SDL: RiskGrading -> riskGradings."""
        said = next((kind.plural for kind in self.kinds if kind.plural), None)
        return said or _plural(self.name[0].lower() + self.name[1:])

    @cached_property
    def has_person(self) -> bool:
        """Whether a record of it may be about a person."""
        return any(Role.ID_NUMBER in kind.by_role for kind in self.kinds)

    @cached_property
    def is_of_persons(self) -> bool:
        """Whether all its kinds are about persons: then a firm on it is the employer."""
        return all(Role.ID_NUMBER in kind.by_role for kind in self.kinds)

    @cached_property
    def has_firm(self) -> bool:
        """Whether a record of it may name a firm."""
        return any(Role.CREDIT_CODE in kind.by_role for kind in self.kinds)


def faces_of(kinds: Sequence[Kind]) -> tuple[Face, ...]:
    """The object types of these kinds. Raises ValueError where kinds that share a type contradict each other."""
    grouped: dict[str, list[Kind]] = {}
    for kind in kinds:
        grouped.setdefault(kind.graphql_type, []).append(kind)
    return tuple(_face(name, tuple(group), kinds) for name, group in grouped.items())


def _face(name: str, group: tuple[Kind, ...], kinds: Sequence[Kind]) -> Face:
    if len({kind.family for kind in group}) > 1:
        raise ValueError(f"{name}: the kinds of one GraphQL type are of one family")
    fields: dict[str, FaceField] = {}
    for kind in group:
        for field in _shown(kind):
            known = fields.setdefault(field.name, field)
            if known.type != field.type:
                raise ValueError(f"{name}.{field.name} is {known.type} in one kind and {field.type} in another")
            if known is not field:
                fields[field.name] = replace(known, places={**known.places, **field.places},
                                             is_required=known.is_required and field.is_required)  # fmt: skip
    complete = [replace(one, is_required=one.is_required and len(one.places) == len(group)) for one in fields.values()]
    others = [kind for kind in kinds if kind.family is group[0].family and kind not in group]
    return Face(name=name, kinds=group, fields=tuple(complete), is_whole_family=not others)


def _shown(kind: Kind) -> Iterator[FaceField]:
    for field in kind.fields:
        if field.name in RESERVED and field.role is not Role.REGION:
            raise ValueError(f"{kind.name}.{field.name}: this name means something else on every record")
        if field.role is Role.REGION or _is_sealed(kind, field):
            continue
        # a number is shown masked where it is personal
        column = "number_shown" if field.role is Role.NUMBER else field.role and field.role.value
        yield FaceField(
            name=field.name, zh=field.zh, en=field.en, type=field.graphql, places={kind.name: column},
            is_required=field.is_required,
        )  # fmt: skip
        if isinstance(field.read, CodeTable) and label_name(field) not in kind.by_name:
            yield FaceField(
                name=label_name(field), zh=f"{field.zh}名称", en=f"{field.en}, in words", type="String",
                places={kind.name: None},
            )  # fmt: skip


def _is_sealed(kind: Kind, field: Field) -> bool:
    """Whether it stays out: personal, or the name on a record that may be a person's."""
    if field.role is Role.NUMBER:
        return False
    return field.tier.is_personal or (field.role is Role.NAME and Role.ID_NUMBER in kind.by_role)


def _plural(word: str) -> str:
    if re.search("[^aeiou]y$", word):
        return word[:-1] + "ies"
    return word + ("es" if re.search("(s|x|z|ch|sh)$", word) else "s")


FACES = faces_of(KINDS)
