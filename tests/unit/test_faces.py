"""Object types from kinds: what is shared has one meaning, what is personal stays out, columns never change places."""

from dataclasses import replace

import pytest

from exchange.engine.faces import condition, shape_of
from exchange.engine.parts import Group, Value
from schema.fields import day, text
from schema.graphql.faces import Face, faces_of
from schema.kinds import BY_NAME, KINDS
from schema.kinds.parts import CREDIT_CODE, FIRM_NAME, ID_NUMBER, NUMBER, PERSON_NAME, REGION
from schema.record import Audience, Family, Field, Kind, Role

SHARED = "Shared"
VISITED = Field(name="visitedOn", zh="检查日期", en="Visited on", read=day, graphql="Date", role=Role.EFFECTIVE_ON)


def kind(name: str, *fields: Field, family: Family = Family.PRESENCE, type_name: str | None = None) -> Kind:
    return Kind(
        name=name, zh="示例", en="Example", family=family, audience=Audience.OWNER, fields=fields, identity=(),
        basis="示例", type_name=type_name,
    )  # fmt: skip


def only(*kinds: Kind) -> Face:
    (face,) = faces_of(kinds)
    return face


def sql(face: Face, name: str) -> str:
    part = shape_of(face).fields[name]
    assert isinstance(part, Value)
    return part.sql


def test_a_kind_has_a_type_and_a_list_of_its_own_name_unless_it_says_otherwise() -> None:
    names = ["SITE_VISIT", "FILING", "MEDICAL_BUS", "SAFETY_DUTY", "PATH", "BRANCH", "SURVEY"]
    faces = faces_of([*(kind(name) for name in names), replace(kind("STAFF"), type_name="Crew", plural="crew")])
    assert [(face.name, face.plural, face.words) for face in faces] == [
        ("SiteVisit", "siteVisits", "site visits"), ("Filing", "filings", "filings"),
        ("MedicalBus", "medicalBuses", "medical buses"), ("SafetyDuty", "safetyDuties", "safety duties"),
        ("Path", "paths", "paths"), ("Branch", "branches", "branches"), ("Survey", "surveys", "surveys"),
        ("Crew", "crew", "crew"),
    ]  # fmt: skip


def test_nothing_personal_of_any_kind_is_shown_but_the_masked_number() -> None:
    for face in faces_of(KINDS):
        for field in face.fields:
            for name, column in field.places.items():
                source = BY_NAME[name].by_name.get(field.name)
                assert source is None or not source.tier.is_personal or column == "number_shown"
                assert column not in ("id_number", "number", "sealed")


def test_a_name_on_a_record_that_may_be_a_person_s_is_not_shown() -> None:
    open_name = replace(PERSON_NAME, tier=FIRM_NAME.tier)
    assert [field.name for field in only(kind("VISITOR", open_name, ID_NUMBER)).fields] == []


def test_a_column_is_shown_under_a_name_for_those_kinds_only_that_call_it_so() -> None:
    other = replace(VISITED, name="paidOn")
    face = only(
        kind("VISIT", FIRM_NAME, VISITED, type_name=SHARED),
        kind("FEE", PERSON_NAME, ID_NUMBER, other, type_name=SHARED),
    )
    assert sql(face, "visitedOn") == "case {t}.kind when 'VISIT' then ({t}.effective_on) end"
    assert sql(face, "paidOn") == "case {t}.kind when 'FEE' then ({t}.effective_on) end"
    assert sql(face, "name") == "case {t}.kind when 'VISIT' then ({t}.name) end"


def test_a_field_may_be_a_column_in_one_kind_and_in_the_body_of_another() -> None:
    face = only(kind("VISIT", VISITED, type_name=SHARED), kind("CALL", replace(VISITED, role=None), type_name=SHARED))
    assert sql(face, "visitedOn") == (
        "case {t}.kind when 'VISIT' then ({t}.effective_on)::text when 'CALL' then ({t}.body->>'visitedOn')::text end"
    )


def test_a_field_that_means_one_place_for_all_is_read_from_there() -> None:
    note = Field(name="note", zh="备注", en="Note", read=text())
    hours = Field(name="hours", zh="学时", en="Hours", read=text(), graphql="Int")
    face = only(kind("VISIT", NUMBER, VISITED, note, hours, type_name=SHARED), kind("CALL", VISITED, type_name=SHARED))
    assert {name: sql(face, name) for name in ("number", "visitedOn", "note", "hours")} == {
        "number": "{t}.number_shown", "visitedOn": "{t}.effective_on", "note": "{t}.body->>'note'",
        "hours": "({t}.body->>'hours')::int",
    }  # fmt: skip


def test_a_person_is_the_holder_and_the_firm_the_employer_where_all_kinds_are_of_persons() -> None:
    of_person, of_firm = (PERSON_NAME, ID_NUMBER, CREDIT_CODE), (FIRM_NAME, CREDIT_CODE)
    kept = ({"holder", "employer"}, {"holder", "enterprise"}, {"enterprise"})
    groups = (
        (kind("A", *of_person), kind("B", *of_person)),
        (kind("A", *of_person), kind("B", *of_firm)),
        (kind("A", *of_firm),),
    )
    for group, names in zip(groups, kept, strict=True):
        face = only(*(replace(one, type_name=SHARED) for one in group))
        shape = shape_of(face)
        assert set(shape.fields) & {"holder", "employer", "enterprise"} == names
        assert (shape.person is not None) == ("holder" in names)
        if "holder" in names:
            assert shape.fields["holder"] == Group(shape="Holder", when="{t}.person_id is not null")


def test_rows_of_a_type_are_told_by_family_and_kind() -> None:
    lone = faces_of([kind("VISIT"), kind("FEE")])[0]
    assert condition(lone) == "{t}.family = 'PRESENCE' and {t}.kind = 'VISIT'"
    shared = only(kind("VISIT", type_name=SHARED), kind("FEE", type_name=SHARED))
    assert condition(shared) == "{t}.family = 'PRESENCE' and {t}.kind in ('VISIT', 'FEE')"
    flags = [kind("A", family=Family.ADVERSE, type_name="Flag"), kind("B", family=Family.ADVERSE, type_name="Flag")]
    assert condition(only(*flags)) == "{t}.family = 'ADVERSE'"
    among = faces_of([*flags, kind("C", family=Family.ADVERSE)])[0]
    assert condition(among) == "{t}.family = 'ADVERSE' and {t}.kind in ('A', 'B')"


@pytest.mark.parametrize(("kinds", "told"), [
    ((kind("VISIT", VISITED, type_name=SHARED),
      kind("FEE", replace(VISITED, graphql="String"), type_name=SHARED)),
     "Shared.visitedOn is Date in one kind and String in another"),
    ((kind("VISIT", type_name=SHARED), kind("FEE", family=Family.RISK, type_name=SHARED)),
     "Shared: the kinds of one GraphQL type are of one family"),
    ((kind("VISIT", replace(VISITED, name="owner")),), "VISIT.owner: this name means something else on every record"),
])  # fmt: skip
def test_kinds_that_contradict_each_other_do_not_even_start(kinds: tuple[Kind, ...], told: str) -> None:
    with pytest.raises(ValueError, match=told.replace(".", r"\.")):
        faces_of(kinds)


def test_the_region_of_a_record_is_its_own_whatever_its_kind_calls_it() -> None:
    face = only(kind("VISIT", replace(REGION, name="siteRegion")))
    assert face.fields == ()
    assert sql(face, "region") == "{t}.region"
