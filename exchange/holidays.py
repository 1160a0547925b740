"""The operator's calendar (节假日安排): a year's notice of the State Council as a file, kept as a table for deadlines.

Deadlines that were guessed before the notice came are counted anew. Another word for a day is added to WORKING or OFF.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any

from exchange.intake.delimited import decoded
from exchange.statements import statements
from exchange.workdays import Holidays, add_workdays
from schema.errors import Refusal
from schema.fields import Unreadable, day

LEAST_OFF = 5  # of a year; every notice so far names more
_SQL = statements("holidays")
WORKING = frozenset({"班", "上班", "工作日", "调休上班", "1", "true", "yes", "working"})
OFF = frozenset({"休", "放假", "休息", "休息日", "节假日", "0", "false", "no", "off"})


def read_calendar(content: bytes) -> dict[date, bool]:
    """The days of a .csv: a date and `班` or `休` a line, remarks after them. Raises Refusal naming every bad line."""
    days: dict[date, bool] = {}
    faults: list[str] = []
    for number, cells in _lines(content):
        try:
            found = _day(cells)
        except Unreadable:
            if number > 1 or any(letter.isdigit() for letter in "".join(cells)):  # else it is the titles
                faults.append(f"第 {number} 行 {','.join(cells)[:40]}：日期无法识别 (no date)")
            continue
        except ValueError:
            faults.append(f"第 {number} 行 {','.join(cells)[:40]}：须写 班 或 休 (neither working nor off)")
            continue
        if days.setdefault(found[0], found[1]) is not found[1]:
            faults.append(f"第 {number} 行 {found[0]} 前后不一")
    if faults:
        raise Refusal("ROW_UNREADABLE", detail="；".join(faults))
    if not days:
        raise Refusal("FILE_UNREADABLE", detail="没有日期 (no days)")
    return days


def _lines(content: bytes) -> Iterator[tuple[int, list[str]]]:
    try:
        for number, cells in enumerate(csv.reader(io.StringIO(decoded(content), newline=""), strict=True), start=1):
            if any(cell.strip() for cell in cells):
                yield number, [cell.strip() for cell in cells]
    except csv.Error as error:
        raise Refusal("FILE_UNREADABLE", detail=str(error)) from error


def _day(cells: list[str]) -> tuple[date, bool]:
    found, word = day(cells[0]), cells[1].casefold() if len(cells) > 1 else ""
    if word not in WORKING | OFF:
        raise ValueError(word)
    return found, word in WORKING


def check_whole(days: Holidays) -> None:
    """Refuse a year with hardly a day off: once a year is known, its deadlines are no longer told as guessed."""
    free = Counter(one.year for one, is_working in days.items() if not is_working)
    short = [str(year) for year in sorted({one.year for one in days}) if free[year] < LEAST_OFF]
    if short:
        detail = f"{'、'.join(short)} 年放假不足 {LEAST_OFF} 天 (fewer than {LEAST_OFF} days off); --partial"
        raise Refusal("FILE_UNREADABLE", detail=detail)


async def holidays_of(connection: Any) -> Holidays:
    """The operator's table as deadlines take it (hub role)."""
    return {row["day"]: row["is_working"] for row in await connection.fetch(_SQL["days"])}


async def keep_calendar(connection: Any, days: Holidays, *, today: date) -> int:
    """Keep days beside those there are, and settle guessed deadlines; how many reviews changed (hub role)."""
    async with connection.transaction():
        await connection.execute(_SQL["keep"], list(days), list(days.values()))
        table = await holidays_of(connection)
        reviews = await connection.fetch(_SQL["estimated"])
        due = [add_workdays(review["opened_on"], review["workdays"], table) for review in reviews]
        settled = await connection.fetch(
            _SQL["settle"],
            [review["review_id"] for review in reviews],
            [deadline.day for deadline in due],
            [deadline.is_estimated for deadline in due],
            today,
        )
    return len(settled)
