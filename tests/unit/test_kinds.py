"""Record kinds: every row of tests/spec/kinds.md, and what must hold for all kinds alike."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from io import BytesIO
from itertools import zip_longest

import pytest
from python_calamine import CalamineWorkbook

from exchange.intake.headers import field_of, table_source
from exchange.intake.template import template
from schema.events import BY_NAME as EVENT_BY_NAME
from schema.events import EVENTS
from schema.fields import Choice, Coded, CodeTable, day, yes_no
from schema.kinds import BY_NAME, KINDS
from schema.kinds.parts import CREDIT_CODE, FIRM_NAME, REGION
from schema.recognition_rules import NATIONAL_RULES
from schema.record import Audience, Family, Field, Kind, Record, Role, Tier, fingerprint, parse
from tests.spec.tables import rows

SPEC = rows("kinds.md", "Fields")


def sample(kind: Kind) -> dict[str, object]:
    return {field.name: field.sample.replace("示例", "", 1) or field.sample for field in kind.fields if field.sample}


def typed(cell: str) -> object:
    if not cell.startswith("#"):
        return cell
    return float(cell[1:]) if "." in cell or "e" in cell else int(cell[1:])


def held(record: Record, field: Field) -> str:
    if field.role:
        value = getattr(record, field.role.value)
    else:
        value = (record.personal if field.tier.is_personal else record.body).get(field.name)
    return "" if value is None else str(value)


@pytest.mark.parametrize("case", SPEC, ids=lambda case: f"{case['kind']} {case['field']} {case['value']}")
def test_a_row_of_the_table_holds(case: dict[str, str]) -> None:
    kind = BY_NAME[case["kind"]]
    names, values = case["field"].split("；"), case["value"].split("；")
    row = sample(kind) | dict(zip(names, map(typed, values), strict=True))
    parsed = parse(kind, row)
    told = [f"{found.code} (warning)" if found.severity == "WARNING" else found.code for found in parsed.findings]
    assert told == ([] if case["result"] == "accepted" else [case["result"]])
    if parsed.record:
        assert held(parsed.record, kind.by_name[names[0]]) == case["kept or shown as"]
    else:
        assert parsed.findings[0].value == case["kept or shown as"]


def test_the_table_has_a_row_for_every_kind() -> None:
    assert {case["kind"] for case in SPEC} == {kind.name for kind in KINDS}


def test_all_findings_of_a_row_come_at_once() -> None:
    kind = BY_NAME["SPECIAL_OPERATION"]
    bad = sample(kind) | {
        "name": "",
        "creditCode": "1",
        "validTo": "2020-01-01",
        "reviewDueOn": "x",
        "region": "320594",
    }
    findings = parse(kind, bad, row_number=7).findings
    assert [(found.row, found.field, found.code, found.severity) for found in findings] == [
        (7, "creditCode", "CREDIT_CODE_INVALID", "ERROR"),
        (7, "region", "REGION_UNKNOWN", "WARNING"),
        (7, "reviewDueOn", "DATE_INVALID", "ERROR"),
        (7, "name", "FIELD_REQUIRED", "ERROR"),
        (7, "validTo", "DATES_REVERSED", "ERROR"),
        (7, "validTo", "DATES_REVERSED", "ERROR"),
    ]


def test_a_finding_speaks_both_languages_and_says_what_to_do() -> None:
    kind = BY_NAME["RISK_GRADING"]
    found = parse(kind, sample(kind) | {"band": "绿"}).findings[0]
    assert found.message_zh == "不在代码表中"
    assert found.message_en == "Not in the code table"
    assert found.next_zh == "使用代码表中的值：红 RED、橙 ORANGE、黄 YELLOW、蓝 BLUE、未评定 UNRATED"
    assert found.next_en == "Use one of: 红 RED、橙 ORANGE、黄 YELLOW、蓝 BLUE、未评定 UNRATED"


def test_an_unknown_name_is_refused_from_a_caller_and_ignored_from_a_file() -> None:
    kind = BY_NAME["PROJECT_APPROVAL"]
    row = sample(kind) | {"remark": "x"}
    assert parse(kind, row).findings == ()
    assert [(found.field, found.code) for found in parse(kind, row, strict=True).findings] == [
        ("remark", "FIELD_UNKNOWN")
    ]


def test_an_investigation_is_told_to_authorities_only() -> None:
    kind = BY_NAME["RISK_FLAG"]
    audiences = [parse(kind, sample(kind) | {"category": category}).record for category in ("事故调查中", "证书挂靠")]
    assert [record and record.audience for record in audiences] == [Audience.AUTHORITY, Audience.PARTNER]


def test_personal_values_stand_apart_from_the_body() -> None:
    record = parse(BY_NAME["SPECIAL_OPERATION"], sample(BY_NAME["SPECIAL_OPERATION"])).record
    assert record is not None
    assert record.personal == {"gender": "MALE"}
    assert record.body == {"categoryCode": "1", "operationCode": "1.2", "issuedOn": "2026-02-20"}
    assert record.key == '["T990000198506150010","1.2"]'
    assert record.valid_to == date(2029, 2, 28)
    assert record.review_due_on == date(2029, 2, 28)


def test_a_fingerprint_follows_the_content_and_not_the_writing() -> None:
    kind = BY_NAME["RISK_GRADING"]
    first, same, other = (
        parse(kind, sample(kind) | changed).record
        for changed in ({}, {"assessedOn": "2026年3月1日", "score": 82.50}, {"score": "82.6"})
    )
    assert first is not None
    assert same is not None
    assert other is not None
    assert fingerprint(first) == fingerprint(same)
    assert fingerprint(first) != fingerprint(other)
    assert fingerprint(replace(first, region="440305")) != fingerprint(first)


def test_the_fingerprint_of_a_record_does_not_change_between_versions() -> None:
    record = Record(
        kind="RISK_GRADING", family=Family.RISK, audience=Audience.SUBJECT, key='["91440300DEM000014E","办法"]',
        credit_code="91440300DEM000014E", band="RED", effective_on=date(2026, 3, 1), body={"score": 59.5}, personal={},
    )  # fmt: skip
    assert fingerprint(record).hex() == "85a7e959f28d3536ca0ab312ae85f0275deb6c2aad9f8b47505928644aaeac46"


def test_a_kind_added_on_the_fly_is_found_by_title_parsed_and_fingerprinted() -> None:
    """A new kind is one object: nothing has to know of it beforehand."""
    drill = Kind(
        name="EMERGENCY_DRILL", zh="应急演练", en="Emergency drill", family=Family.RISK, audience=Audience.SUBJECT,
        fields=(
            FIRM_NAME, CREDIT_CODE, REGION,
            Field(name="drilledOn", zh="演练日期", en="Drilled on", read=day, role=Role.EFFECTIVE_ON, is_required=True,
                  graphql="Date", headers=("演练时间",), sample="2026-03-01"),
        ),
        identity=("creditCode", "drilledOn"), basis="《安全生产法》（待核）",
    )  # fmt: skip
    assert drill.graphql_type == "EmergencyDrill"
    table = [["企业名称", "信用代码", "行政区划", "演练时间"], ["甲厂", "91440300DEM000014E", "440300", "2026年3月1日"]]
    (row,) = table_source(table, drill, form="csv").rows()
    record = parse(drill, row.values).record
    assert record is not None
    assert (record.kind, record.key) == ("EMERGENCY_DRILL", '["91440300DEM000014E","2026-03-01"]')
    assert record.effective_on == date(2026, 3, 1)
    assert fingerprint(record) == fingerprint(replace(record))
    assert fingerprint(record) != fingerprint(replace(record, kind="RISK_GRADING"))


def test_a_person_s_certificate_action_is_no_flag_on_the_employer() -> None:
    record = parse(BY_NAME["CERTIFICATE_ACTION"], sample(BY_NAME["CERTIFICATE_ACTION"])).record
    assert record is not None
    assert (record.family, record.number) == (Family.ACTION, "T990000198506150010")
    assert BY_NAME["CERTIFICATE_ACTION"].number_is_personal


def test_an_investigation_is_no_flag_and_stays_between_authorities() -> None:
    kind = BY_NAME["INVESTIGATION"]
    assert (kind.family, kind.audience) == (Family.INFORMATION, Audience.AUTHORITY)


def test_what_is_personal_in_a_profile_is_kept_apart() -> None:
    record = parse(BY_NAME["ENTERPRISE_PROFILE"], sample(BY_NAME["ENTERPRISE_PROFILE"])).record
    assert record is not None
    assert record.personal == {"legalRepresentative": "李四"}
    assert record.body["isHazardousGoods"] is True
    assert record.body["staffCount"] == 120


def test_an_employer_bound_certificate_names_its_employer() -> None:
    kind = BY_NAME["CONSTRUCTION_SAFETY_MANAGER"]
    assert {"creditCode", "employerName"} <= {field.name for field in kind.fields if field.is_required}


def all_fields() -> Iterator[tuple[Kind, Field]]:
    return ((kind, field) for kind in KINDS for field in kind.fields)


def test_every_field_is_named_in_both_languages_and_no_title_means_two_fields() -> None:
    for kind in KINDS:
        titles = [title for field in kind.fields for title in {field.zh, field.en, field.name, *field.headers}]
        assert sorted(set(titles)) == sorted(titles), kind.name
        assert all(field.zh and field.en for field in kind.fields)


def test_no_title_means_two_fields_once_it_is_read_as_a_file_s_header_is() -> None:
    """The marks, blanks and case of a title count for nothing; a national name stands beside the titles."""
    for kind in KINDS:
        for field in kind.fields:
            titles = (
                field.zh,
                f"{field.zh}*",
                field.name.upper(),
                field.en,
                *field.headers,
                field.national or field.zh,
            )
            assert {title: field_of(title, kind) for title in titles} == dict.fromkeys(titles, field.name), kind.name


def test_every_kind_is_one_of_its_family() -> None:
    """Flags are on firms: the type shows their name and code to whoever may read flags."""
    for kind in KINDS:
        roles = {field.role for field in kind.fields if field.is_required}
        if kind.family is Family.ADVERSE:
            assert {Role.CREDIT_CODE, Role.NAME, Role.DECISION_NUMBER, Role.REGION} <= roles
            assert Role.ID_NUMBER not in kind.by_role
            assert {"category", "severity", "legalBasis", "effectiveOn", "liftedOn"} <= set(kind.by_name)
        if kind.family in (Family.CERTIFICATE, Family.ACTION, Family.TRAINING):
            assert Role.ID_NUMBER in kind.by_role
        else:
            assert Role.CREDIT_CODE in roles


def test_every_record_says_whom_it_is_about() -> None:
    for kind in KINDS:
        record = parse(kind, sample(kind)).record
        assert record is not None, kind.name
        assert record.id_number or record.credit_code
        if kind.family is Family.ADVERSE:
            assert record.band
            assert record.body["category"]
            assert record.effective_on


def test_kinds_of_one_graphql_type_are_of_one_family_and_no_enum_bears_its_name() -> None:
    families: dict[str, Family] = {}
    for kind in KINDS:
        assert families.setdefault(kind.graphql_type, kind.family) is kind.family
    enums = {field.graphql for _, field in all_fields()}
    assert not enums & set(families)
    assert {kind.graphql_type for kind in KINDS if kind.family is Family.CERTIFICATE} == {"Certificate"}
    assert {kind.graphql_type for kind in KINDS if kind.family is Family.ADVERSE} == {"RiskFlag"}
    assert {kind.graphql_type for kind in KINDS if kind.family is Family.PERMIT} == {"Permit"}


def test_every_kind_of_a_national_recognition_rule_exists() -> None:
    named = {name for rule in NATIONAL_RULES for name in rule.kinds}
    assert named <= {kind.name for kind in KINDS if kind.family is Family.CERTIFICATE}


def test_every_basis_is_stated() -> None:
    for kind in KINDS:
        assert kind.basis, kind.name


def test_one_name_has_one_type_in_all_kinds() -> None:
    types: dict[str, str] = {}
    for _, field in all_fields():
        assert types.setdefault(field.name, field.graphql) == field.graphql


def test_the_graphql_type_fits_the_reader() -> None:
    for _, field in all_fields():
        if isinstance(field.read, Choice):
            assert field.graphql == field.read.name
            assert issubclass(field.read.options, Coded)
        else:
            assert (field.graphql == "Date") == (field.read is day)
            assert (field.graphql == "Boolean") == (field.read is yes_no)
        if isinstance(field.read, CodeTable):
            assert field.graphql == "String"


def test_the_identity_of_a_kind_is_always_filled_in() -> None:
    for kind in KINDS:
        assert all(kind.by_name[name].is_required for name in kind.identity)


def test_each_column_is_filled_by_one_field_of_a_kind() -> None:
    for kind in KINDS:
        roles = [field.role for field in kind.fields if field.role]
        assert len(roles) == len(set(roles)), kind.name


def test_what_is_about_a_person_is_of_a_personal_tier_and_has_a_mask() -> None:
    for kind, field in all_fields():
        if field.role is Role.ID_NUMBER or (field.role is Role.NUMBER and kind.number_is_personal):
            assert field.tier is Tier.SENSITIVE
        if field.tier.is_personal:
            assert "990000198506150010" not in field.shown("990000198506150010")


def test_a_certificate_ends_with_an_announcement_and_other_kinds_do_not() -> None:
    for kind in KINDS:
        assert (kind.end_event == "credential.expired") == (kind.family is Family.CERTIFICATE)
        assert {kind.end_event, kind.review_event} - {None} <= set(EVENT_BY_NAME)


def test_event_names_are_unique_and_speak_both_languages() -> None:
    assert len(EVENT_BY_NAME) == len(EVENTS)
    assert all(event.zh and event.en and event.raised_zh and event.raised_en for event in EVENTS)


def test_every_kind_of_certificate_of_a_person_is_a_known_type_of_an_action_upon_it() -> None:
    known = BY_NAME["CERTIFICATE_ACTION"].by_name["certificateType"].warn
    assert known is not None
    for kind in KINDS:
        if kind.family is Family.CERTIFICATE:
            assert (known(kind.name), known(kind.zh)) == (None, None)


def test_words_in_use_stand_in_the_template_to_choose_from() -> None:
    for name, field, word in (("SAFETY_MANAGEMENT", "industryCategory", "烟花爆竹经营"),
                              ("CERTIFICATE_ACTION", "certificateType", "初级注册安全工程师注册证")):  # fmt: skip
        sheet = CalamineWorkbook.from_filelike(BytesIO(template(BY_NAME[name]))).get_sheet_by_name("代码表")
        columns = {column[0]: column[1:] for column in zip_longest(*sheet.to_python(), fillvalue="")}
        assert word in columns[BY_NAME[name].by_name[field].zh]
