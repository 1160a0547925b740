"""Working days (工作日): deadlines are counted in them. Pure: the day and the operator's table come in as arguments.

Order of authority for a day: the operator's table, the State Council calendar (`chinesecalendar`), Monday to Friday.
The last one is a guess and marks the deadline. A new year is loaded as rows of the operator's table, not as code.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import chinese_calendar

Holidays = Mapping[date, bool]
"""The operator's table: day -> is it a working day. Only days that differ from Monday-Friday need a row."""

NO_HOLIDAYS: Holidays = {}
LONGEST_SPAN = 1000  # working days; beyond four years a deadline is a typing error


@dataclass(frozen=True, kw_only=True)
class Deadline:
    """A due day, itself included. `is_estimated`: some day on the way was only guessed Monday-Friday (待核)."""

    day: date
    is_estimated: bool


def is_workday(day: date, holidays: Holidays = NO_HOLIDAYS) -> bool:
    """Whether offices work on `day`, guessed Monday-Friday where no calendar is known."""
    return _judge(day, holidays)[0]


def add_workdays(start: date, count: int, table: Holidays = NO_HOLIDAYS) -> Deadline:
    """The `count`-th working day after `start`; the day of `start` itself is not counted.

    Raises ValueError when `count` is negative or longer than LONGEST_SPAN.
    """
    if not 0 <= count <= LONGEST_SPAN:
        raise ValueError(f"count of working days must be 0 to {LONGEST_SPAN}: {count}")
    day, remaining, is_estimated = start, count, False
    while remaining:
        day += timedelta(days=1)
        works, is_guess = _judge(day, table)
        remaining -= works
        is_estimated |= is_guess
    return Deadline(day=day, is_estimated=is_estimated)


def _judge(day: date, table: Holidays) -> tuple[bool, bool]:
    """(is it a working day, was that guessed)."""
    if day in table:
        return table[day], False
    announced = _announced(day)
    return (day.isoweekday() <= 5, not _is_loaded(day.year, table)) if announced is None else (announced, False)


@lru_cache(maxsize=4_096)  # the package looks through all its years for each day it is asked
def _announced(day: date) -> bool | None:
    """What the State Council calendar of the package says of a day; None of a year it does not hold."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return None


def _is_loaded(year: int, table: Holidays) -> bool:
    """A year counts as loaded once the table speaks of its National Day week, the last holiday of every notice.

    A single odd day entered by hand must not turn the guess for the rest of the year into a certainty.
    """
    return any(date(year, 10, day) in table for day in range(1, 8))
