"""Every row of workdays.md is a test; add a row there."""

from datetime import date

import pytest

from exchange.workdays import LONGEST_SPAN, Deadline, add_workdays, is_workday
from tests.spec.tables import rows


def _table(text: str) -> dict[date, bool]:
    pairs = [part.strip().split("=") for part in text.split(";") if part.strip()]
    return {date.fromisoformat(day): word == "班" for day, word in pairs}


@pytest.mark.parametrize("row", rows("workdays.md", "是否工作日"), ids=lambda row: row["情形"])
def test_a_day_is_or_is_not_a_working_day(row: dict[str, str]) -> None:
    assert is_workday(date.fromisoformat(row["日期"]), _table(row["运营方录入"])) is (row["工作日"] == "是")


@pytest.mark.parametrize("row", rows("workdays.md", "办理期限"), ids=lambda row: row["情形"])
def test_a_deadline_falls_on_its_day_and_says_whether_it_was_guessed(row: dict[str, str]) -> None:
    deadline = add_workdays(date.fromisoformat(row["起算日"]), int(row["工作日数"]), _table(row["运营方录入"]))
    assert deadline == Deadline(day=date.fromisoformat(row["到期日"]), is_estimated=row["推定"] == "是")


@pytest.mark.parametrize("count", [-1, LONGEST_SPAN + 1])
def test_a_count_that_makes_no_sense_is_an_error(count: int) -> None:
    with pytest.raises(ValueError, match="count of working days"):
        add_workdays(date(2026, 11, 23), count)
