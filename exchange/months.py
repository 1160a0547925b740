"""Months on a calendar: the same day so many months away, or the last one that month has. Pure.

Working days are in workdays.py.
"""

from datetime import date


def add_months(day: date, months: int) -> date:
    """The day so many months later; before, when negative."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


def since(day: date, months: int) -> date:
    """The first day of the months looked at."""
    return add_months(day, -months)
