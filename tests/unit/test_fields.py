"""Value types: the published test vectors, and what people and spreadsheets make of numbers, names and days."""

import json
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.fields import (
    IdentifierParts,
    Reader,
    Unreadable,
    certificate_identifier,
    certificate_number,
    conceal,
    credit_code,
    credit_code_check,
    credit_code_warning,
    day,
    decimal,
    division_code,
    id_number,
    id_number_check,
    identifier_parts,
    identifier_warning,
    integer,
    mask_certificate_number,
    mask_id_number,
    mask_name,
    organisation_check,
    paragraphs,
    person_name,
    text,
)
from schema.regions import Region, cities_within, is_within, province_of, region

VECTORS = json.loads((Path(__file__).parent / "vectors.json").read_text(encoding="utf-8"))
CODE = "91440300DEM000014E"


def refusal(read: Reader, raw: object) -> tuple[str, str]:
    with pytest.raises(Unreadable) as caught:
        read(raw)
    return caught.value.code, caught.value.shown


@pytest.mark.parametrize("code", VECTORS["uscc_valid"])
def test_a_real_credit_code_is_read_as_it_is(code: str) -> None:
    assert credit_code(code) == code


@pytest.mark.parametrize("case", VECTORS["uscc_invalid"], ids=lambda case: case["why"])
def test_a_wrong_credit_code_is_refused(case: dict[str, str]) -> None:
    assert refusal(credit_code, case["v"])[0] == "CREDIT_CODE_INVALID"


@pytest.mark.parametrize("number", VECTORS["ric_valid"] + VECTORS["ric_synthetic"])
def test_an_id_number_is_read_as_it_is(number: str) -> None:
    assert id_number(number) == number


@pytest.mark.parametrize("case", VECTORS["ric_invalid"], ids=lambda case: case["why"])
def test_a_wrong_id_number_is_refused(case: dict[str, str]) -> None:
    assert refusal(id_number, case["v"]) == ("ID_NUMBER_INVALID", mask_id_number(case["v"]))


@pytest.mark.parametrize("identifier", VECTORS["ecert_valid"])
def test_a_real_certificate_identifier_is_read_as_it_is(identifier: str) -> None:
    assert certificate_identifier(identifier) == identifier


def test_a_certificate_identifier_says_type_issuer_serial_and_version() -> None:
    assert [identifier_parts(identifier) for identifier in VECTORS["ecert_valid"][1:3]] == [
        IdentifierParts(
            type_code="11100000000013338W011", issuer="11430000006122244L", serial="20230000403", version=2
        ),
        IdentifierParts(type_code="11100000MB03271699022", issuer="340100", serial="000000016", version=1),
    ]


def test_a_division_code_for_an_issuer_is_only_a_warning() -> None:
    assert [identifier_warning(identifier) for identifier in VECTORS["ecert_valid"]] == [
        None, None, "ISSUER_IS_DIVISION", None
    ]  # fmt: skip


@pytest.mark.parametrize("case", VECTORS["ecert_invalid"], ids=lambda case: case["why"])
def test_a_wrong_certificate_identifier_is_refused(case: dict[str, str]) -> None:
    assert refusal(certificate_identifier, case["v"])[0] == "CERTIFICATE_IDENTIFIER_INVALID"


@pytest.mark.parametrize(
    "written", ["９１４４０３００ＤＥＭ０００ ０１４Ｅ", "91440300-DEM00001-4e", f" {CODE}\u200b\n"]
)
def test_a_credit_code_may_be_full_width_lower_case_or_split(written: str) -> None:
    assert credit_code(written) == CODE


def test_an_unknown_registering_division_is_only_a_warning() -> None:
    first = "91320594DEM00001" + organisation_check("DEM00001")
    code = first + credit_code_check(first)
    assert credit_code(code) == code
    assert credit_code_warning(code) == "REGION_UNKNOWN"
    assert credit_code_warning(CODE) is None


def test_an_id_number_in_the_column_of_the_credit_code_is_refused_although_it_passes_the_check() -> None:
    assert credit_code_check("99000019850615001") == "0"
    assert refusal(credit_code, "990000198506150010") == ("CREDIT_CODE_INVALID", "990000********0010")


@given(place=st.integers(0, 17), digit=st.sampled_from("0123456789ABCDEFGHJKLMNPQRTUWXY"))
def test_one_wrong_character_of_a_credit_code_is_always_found(place: int, digit: str) -> None:
    changed = CODE[:place] + digit + CODE[place + 1 :]
    if changed == CODE:
        assert credit_code(changed) == CODE
    else:
        assert refusal(credit_code, changed)[0] == "CREDIT_CODE_INVALID"


@pytest.mark.parametrize(
    "raw", [4.403011990010113e17, 440301199001011234, "4.403E+17", "４.403e17", 1.1010519491231e16]
)
def test_an_id_number_that_became_a_number_has_its_own_code(raw: object) -> None:
    assert refusal(id_number, raw)[0] == "ID_NUMBER_AS_NUMBER"


def test_an_id_number_that_became_a_number_does_not_show_the_birth_date() -> None:
    assert refusal(id_number, 4.403011990010113e17)[1] == "4.403E+17"
    assert refusal(certificate_number, "4.40301199001011E+17")[1] == "4.403…"


@pytest.mark.parametrize("prefix", ["00", "10", "16", "70", "98"])
def test_an_id_number_needs_a_province_that_exists(prefix: str) -> None:
    first = f"{prefix}010119850615001"
    assert refusal(id_number, first + id_number_check(first))[0] == "ID_NUMBER_INVALID"


@pytest.mark.parametrize("prefix", ["11", "65", "71", "81", "82", "83", "99"])
def test_an_id_number_does_not_need_a_county_that_exists(prefix: str) -> None:
    first = f"{prefix}999919850615001"
    assert id_number(first + id_number_check(first)) == first + id_number_check(first)


@pytest.mark.parametrize("raw", [None, True, [], {}, "1234", float("nan"), float("inf"), "\ud800", "a\0b"])
def test_what_is_no_id_number_at_all_is_refused_calmly(raw: object) -> None:
    assert refusal(id_number, raw)[0] in ("ID_NUMBER_INVALID", "ID_NUMBER_AS_NUMBER")


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("京建安C3(2021)0022585", "京建安C3（2021）0022585"),
        ("京建安ｃ３（2021）００２２５８５", "京建安C3（2021）0022585"),
        (" 京建安 C3 （2021） 0022585 ", "京建安C3（2021）0022585"),
        ("(苏)WH安许证字[2023]000123", "（苏）WH安许证字[2023]000123"),
        (20230001.0, "20230001"),
    ],
)
def test_a_certificate_number_has_one_form(written: object, number: str) -> None:
    assert certificate_number(written) == number


@pytest.mark.parametrize(
    "written",
    [
        "2026-01-02", "2026.1.2", "2026/1/2", "20260102", "2026年1月2日", "２０２６－０１－０２", " 2026-1-2 ",
        20260102, 20260102.0, 46024, 46024.0, 46024.75, date(2026, 1, 2), datetime(2026, 1, 2, 23, 59),  # noqa: DTZ001 - cells have no zone
        "2026-01-02 00:00:00",
        "2026/1/2 0:00", "2026-01-01T16:00:00Z", "2026-01-02T00:30:00+08:00",
    ],
)  # fmt: skip
def test_a_day_is_read_however_it_is_written(written: object) -> None:
    assert day(written) == date(2026, 1, 2)


@pytest.mark.parametrize(
    "written",
    ["2026-02-30", "2026-13-01", "26-1-2", "1/2/2026", "", "长期", "202601", 17.0, -1, 1e300, float("nan"), True, [],
     "1899-12-31", "9999-12-31T23:00:00Z", "2026-01-02x", "2026-01-02 25:00:00Z"],
)  # fmt: skip
def test_what_is_no_day_is_refused(written: object) -> None:
    assert refusal(day, written)[0] == "DATE_INVALID"


def test_text_refuses_nul_and_lone_surrogates_and_drops_what_cannot_be_seen() -> None:
    assert refusal(text(), "a\0b") == ("FIELD_UNREADABLE", "a\ufffdb")
    assert refusal(text(), "a\ud800b") == ("FIELD_UNREADABLE", "a\ufffdb")
    assert text()("\ufeff某某\u200b公司　有限\t责任") == "某某公司 有限 责任"
    assert paragraphs()("一\r\n二 \n三") == "一\n二\n三"


def test_text_is_composed_and_has_a_longest_length() -> None:
    assert text()("e\u0301") == "é"
    assert text(3)("一二三") == "一二三"
    assert refusal(text(3), "一二三四") == ("FIELD_UNREADABLE", "一二三四")


@pytest.mark.parametrize(("written", "name"), [("王 小 军", "王小军"), ("王　军", "王军"), ("Li  Lei", "Li Lei"),
                                              ("阿不都‧热合曼", "阿不都·热合曼"), ("㛃𠮷", "㛃𠮷")])  # fmt: skip
def test_a_name_has_one_form(written: str, name: str) -> None:
    assert person_name(written) == name


def test_numbers_keep_their_bounds() -> None:
    assert integer(0, 10)("１０") == 10
    assert integer(0, 10)(10.0) == 10
    assert decimal("0", "100")("82.50") == 82.5
    assert str(decimal("-1", "1")("-0")) == "0.0"
    wrong: tuple[object, ...] = (11, -1, 1.5, "x", "1_0", True, float("inf"), "1e400", None)
    for raw in wrong:
        assert refusal(integer(0, 10), raw)[0] == "FIELD_UNREADABLE"
    for raw in ("100.01", "NaN", "0.00001", "1e-400", True):
        assert refusal(decimal("0", "100"), raw)[0] == "FIELD_UNREADABLE"


@pytest.mark.parametrize("raw", ["44030", "4403000", "044030", "深圳市", 440300.5, True, "４４０３０Ｏ"])
def test_a_division_code_has_six_digits(raw: object) -> None:
    assert refusal(division_code, raw)[0] == "FIELD_UNREADABLE"


def test_personal_values_are_masked() -> None:
    assert mask_id_number("11010519491231002X") == "110105********002X"
    assert [mask_name(name) for name in ("王小军", "王军", "王", "", "阿不都·热合曼")] == [
        "王*军",
        "王*",
        "王*",
        "",
        "阿*****曼",
    ]
    assert mask_certificate_number("T11010519491231002X") == "T110105********002X"
    assert mask_certificate_number("京建安C3（2021）0022585") == "京建安C3（2021）***2585"
    assert mask_certificate_number("DEM-AB") == "DE**AB"
    assert conceal("9900 0019 8506 1500 10、９９００００１９８５０６１５００１０") == "、".join(
        ["990000********0010"] * 2
    )
    assert (
        conceal("2026-03-01 > 2026-02-28，统计号 11100000000013338W011")
        == "2026-03-01 > 2026-02-28，统计号 11100000000013338W011"
    )
    assert conceal("证号110105194912310021，电话 13800000000") == "证号110105********0021，电话 13800000000"


@pytest.mark.parametrize("read", [credit_code, id_number, certificate_number, certificate_identifier, day, person_name,
                                  division_code, text(), paragraphs(), integer(), decimal("0", "1")])  # fmt: skip
@given(raw=st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.dates(), st.lists(st.text())))
def test_a_reader_answers_or_refuses_and_reading_again_changes_nothing(read: Reader, raw: object) -> None:
    shown, value = "", None
    try:
        value = read(raw)
    except Unreadable as unreadable:
        shown = unreadable.shown
    assert shown.isprintable()
    assert len(shown) <= 60
    assert value is None or read(value) == value


def test_a_division_knows_its_name_level_and_parent() -> None:
    assert region("440300") == Region(
        code="440300", name="深圳市", level="prefecture", parent="440000", is_current=True, group="大湾区"
    )
    assert region("441900") == Region(
        code="441900", name="东莞市", level="prefecture", parent="440000", is_current=True, group="大湾区"
    )
    assert region("320594") is None


@pytest.mark.parametrize(
    ("code", "name", "parent", "until"),
    [
        ("330104", "江干区", "330100", "2021"),
        ("500105", "江北区", "500000", "2025"),
        ("310103", "卢湾区", "310000", "2010"),
    ],
)
def test_an_abolished_code_still_resolves(code: str, name: str, parent: str, until: str) -> None:
    assert region(code) == Region(code=code, name=name, level="county", parent=parent, is_current=False, until=until)


def test_a_division_lies_within_what_its_code_says() -> None:
    outer = ["44", "4403", "440000", "440300", "440305"]
    assert [is_within("440305", prefix) for prefix in outer] == [True] * 5
    assert [is_within("440305", prefix) for prefix in ("", "4401", "440100", "440306", "31", "310000")] == [False] * 6
    assert is_within("440300", "440305") is False
    assert province_of("440305") == "440000"
    assert province_of("990000") is None


def test_the_cities_of_a_division_are_known_by_their_prefix() -> None:
    assert cities_within("440300") == ("4403",)
    assert cities_within("440305") == ("4403",)
    assert cities_within("320594") == ("3205",)
    assert {"4400", "4401", "4403", "4419", "4420"} <= set(cities_within("440000"))
    assert {prefix[:2] for prefix in cities_within("440000")} == {"44"}
    assert cities_within("310000") == ("3100", "3101", "3102")
