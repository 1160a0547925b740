"""Dates as bureaus write them: `2026-01-02`, `2026.1.2`, `2026/1/2`, `20260102`, `2026年1月2日`, Excel dates.

Add another way of writing to _WRITTEN. A day is a day in China: a moment with a zone is taken there first.
"""

import re
import unicodedata
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache

from schema.fields.reading import Unreadable, show

CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")
"""Asia/Shanghai has had no other offset since 1991; fixed, so that no zone database is needed."""

_SEPARATORS = str.maketrans({"年": "-", "月": "-", ".": "-", "/": "-", "日": None})
_WRITTEN = re.compile(r"(?:(\d{4})-(\d{1,2})-(\d{1,2})|(\d{4})(\d{2})(\d{2}))", re.ASCII)
_MOMENT = re.compile(r"(\S+?)(?:[ T](\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(Z|[+-]\d{2}:?\d{2})?)?", re.ASCII)
_SPREADSHEET_EPOCH = date(1899, 12, 30)
_SPREADSHEET_DAYS = range(18_264, 109_575)  # 1950-01-01 to 2199-12-31
_COMPACT = range(1900_01_01, 9999_12_31 + 1)


def day(raw: object) -> date:
    """The day, or Unreadable DATE_INVALID. Years before 1900 are refused."""
    if isinstance(raw, datetime):
        raw = _in_china(raw)
    if isinstance(raw, str):
        found = _parse(raw)
    elif isinstance(raw, date):
        found = raw
    elif isinstance(raw, int | float) and not isinstance(raw, bool):
        found = _from_number(raw)
    else:
        found = None
    if found is None or found.year < 1900:
        raise Unreadable("DATE_INVALID", show(raw))
    return found


@lru_cache(maxsize=20_000)
def _parse(raw: str) -> date | None:
    match = _MOMENT.fullmatch(unicodedata.normalize("NFKC", raw).strip())
    if match is None:
        return None
    written, time, zone = match.groups()
    parts = _WRITTEN.fullmatch(written.translate(_SEPARATORS))
    if parts is None:
        return None
    try:
        found = date(*(int(part) for part in parts.groups() if part))
        if zone:
            return _in_china(datetime.fromisoformat(f"{found.isoformat()}T{time.zfill(5)}{zone}"))
        return found
    except (ValueError, OverflowError):
        return None


def _from_number(raw: int | float) -> date | None:
    """A spreadsheet's day number, or 20260102 typed as a number."""
    if raw != raw or abs(raw) >= 10**9:
        return None
    if int(raw) in _SPREADSHEET_DAYS:
        return _SPREADSHEET_EPOCH + timedelta(days=int(raw))
    return _parse(str(int(raw))) if raw == int(raw) and int(raw) in _COMPACT else None


def _in_china(moment: datetime) -> date:
    return moment.astimezone(CHINA).date() if moment.tzinfo else moment.date()
