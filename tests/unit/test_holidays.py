"""A calendar file: a date and a word a line; all of it or, naming every bad line, nothing."""

from datetime import date

import pytest

from exchange.holidays import check_whole, read_calendar
from schema.errors import Refusal

NEW_YEAR, WEEKEND = date(2027, 1, 1), date(2027, 10, 9)


@pytest.mark.parametrize(
    "content",
    [
        "2027-01-01,休\n2027-10-09,班\n".encode(),
        "日期,安排,说明\r\n2027年1月1日,放假,元旦\r\n\r\n2027/10/9,上班,国庆调休\r\n".encode("gb18030"),
        "\ufeff20270101,false\n20271009,TRUE".encode(),
    ],
)
def test_a_calendar_is_read_as_people_write_it(content: bytes) -> None:
    assert read_calendar(content) == {NEW_YEAR: False, WEEKEND: True}


def test_every_bad_line_is_named() -> None:
    with pytest.raises(Refusal) as refused:
        read_calendar("2027-13-01,休\n2027-01-01,休\n2027-01-02\n2027-01-03,也许\n2027-01-01,班\n".encode())
    assert (refused.value.code, refused.value.values["detail"]) == (
        "ROW_UNREADABLE",
        "第 1 行 2027-13-01,休：日期无法识别 (no date)；第 3 行 2027-01-02：须写 班 或 休 (neither working nor off)；"
        "第 4 行 2027-01-03,也许：须写 班 或 休 (neither working nor off)；第 5 行 2027-01-01 前后不一",
    )


@pytest.mark.parametrize("content", [b"", "日期,安排\n".encode(), b'2027-01-01,"x'])
def test_a_file_without_days_is_none(content: bytes) -> None:
    with pytest.raises(Refusal) as refused:
        read_calendar(content)
    assert refused.value.code == "FILE_UNREADABLE"


def test_a_year_with_hardly_a_day_off_is_not_taken_for_a_whole_one() -> None:
    whole = {date(2027, 10, number): False for number in range(1, 6)}
    check_whole(whole)
    with pytest.raises(Refusal) as refused:
        check_whole({**whole, NEW_YEAR.replace(year=2028): False, WEEKEND: True})
    assert refused.value.values["detail"] == "2028 年放假不足 5 天 (fewer than 5 days off); --partial"
