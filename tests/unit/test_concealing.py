"""What people repeat of a person in the free text of the person's record: kept, shown and told masked. Generated."""

import pytest

from exchange.publishing.sealing import seal
from schema.fields import Unreadable, conceal, own_names
from schema.kinds import BY_NAME, KINDS
from schema.record import Field, Kind, Role, parse
from tenants.keys import Keys

KEYS = Keys(secret=b"a secret of the tests, 32 bytes at least")
NAME = "王示范"
OF_PERSONS = [kind for kind in KINDS if Role.ID_NUMBER in kind.by_role]


def takes_text(field: Field) -> bool:
    try:
        return bool(field.read(NAME) == NAME)
    except Unreadable:
        return False


TEXTS = [(kind, name) for kind in OF_PERSONS for name in sorted(kind.text_fields) if takes_text(kind.by_name[name])]


def row(kind: Kind) -> dict[str, object]:
    values: dict[str, object] = {field.name: field.sample for field in kind.fields if field.sample}
    return {**values, kind.by_role[Role.NAME].name: NAME}


def test_every_kind_about_a_person_is_looked_at_and_no_other() -> None:
    assert {kind.name for kind, _ in TEXTS} >= {
        "CONSTRUCTION_SAFETY_MANAGER", "CONSTRUCTION_SPECIAL_OPERATION", "CERTIFICATE_ACTION", "APPOINTMENT",
        "TRAINING", "ASSESSMENT_RESULT",
    }  # fmt: skip
    assert not any(kind.text_fields for kind in KINDS if kind not in OF_PERSONS)


@pytest.mark.parametrize(("kind", "name"), TEXTS, ids=lambda one: one.name if isinstance(one, Kind) else one)
def test_a_text_field_of_a_record_holds_nothing_personal_of_the_same_record(kind: Kind, name: str) -> None:
    values = row(kind)
    values |= {name: f"据{NAME}称，王 示 范（{values['idNumber']}）证号 {values.get('number', '无')} 属实"}
    record = parse(kind, values).record
    assert record is not None
    line = seal(record, KEYS).line.decode()
    text = line[line.index(f'""{name}""') :]
    assert "据王*范称，王*范（990000********0010）" in text
    assert NAME not in text
    if kind.number_is_personal:
        assert str(values["number"]) not in line


@pytest.mark.parametrize(("kind", "name"), TEXTS, ids=lambda one: one.name if isinstance(one, Kind) else one)
def test_a_finding_about_a_text_field_tells_nobody(kind: Kind, name: str) -> None:
    found = parse(kind, {**row(kind), name: NAME + "长" * 3_000}).findings
    assert [(one.code, one.field) for one in found] == [("FIELD_UNREADABLE", name)]
    assert NAME not in found[0].value


def test_a_further_personal_text_is_masked_where_it_is_repeated() -> None:
    kind = BY_NAME["CONSTRUCTION_SAFETY_MANAGER"]
    record = parse(kind, {**row(kind), "businessNote": "家庭困难", "statusNote": "因家庭困难办理注销"}).record
    assert record is not None
    assert '""statusNote"":""因***办理注销""' in seal(record, KEYS).line.decode()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("王军与王军民同去", "王*与王*民同去"),
        ("阿依·买买提、阿依•买买提", "阿****提、阿****提"),
        ("LI JUN said; ALI JUNE did not", "L****N said; ALI JUNE did not"),
        ("甲班组", "甲班组"),
    ],
)
def test_a_name_is_found_as_people_type_it(text: str, shown: str) -> None:
    assert conceal(text, own_names(["王军", "王军民", "阿依·买买提", "LI JUN", "甲"])) == shown
