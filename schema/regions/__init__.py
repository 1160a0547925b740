"""行政区划 Administrative divisions (GB/T 2260): names, levels, and whether a code is still in use.

divisions.csv holds today's, divisions_history.csv the abolished ones; add a new year's changes to these two files.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True, kw_only=True, slots=True)
class Region:
    """One division. `level` is province, prefecture or county; `parent` the code above it, None for a province."""

    code: str
    name: str
    level: str
    parent: str | None
    is_current: bool
    group: str = ""
    until: str = ""


def region(code: str) -> Region | None:
    """The division of a 6-digit code, today's or (with is_current False) the last that bore it; None if never seen."""
    return _regions().get(code)


def province_of(code: str) -> str | None:
    """The 6-digit code of the province, `440000` for `440305`; None when there is no such province."""
    province = f"{code[:2]}0000"
    return province if province in _regions() else None


def is_within(code: str, prefix: str) -> bool:
    """Whether a division lies in another, written `44`, `4403`, `440000` or `440305`. Nothing lies in an empty one."""
    significant = prefix.removesuffix("0000") if prefix.endswith("0000") else prefix
    if len(significant) == 6 and significant.endswith("00"):
        significant = significant[:4]
    return bool(significant) and code.startswith(significant)


@cache
def cities_within(code: str) -> tuple[str, ...]:
    """The four-digit prefixes of the cities in a division, abolished ones too: `440300` is `4403`, a county its city's.

    A province has its own (`4400`) beside those of its cities; a code in no table gives the prefix it begins with.
    """
    found = {known[:4] for known in _regions() if is_within(known, code)}
    return tuple(sorted(found | {code[:4]}))


def provinces() -> tuple[Region, ...]:
    """Every province-level division of today, in the order of its code."""
    return tuple(found for _, found in sorted(_regions().items()) if found.level == "province" and found.is_current)


@cache
def _regions() -> dict[str, Region]:
    current = {row["code"]: row for row in _rows("divisions.csv")}
    found: dict[str, Region] = {}
    for row in sorted(_rows("divisions_history.csv"), key=lambda row: row["end_year"]):
        code = row["code"]
        parent, level = _place(code, current)
        found[code] = Region(
            code=code, name=row["name"], level=level, parent=parent, is_current=False, until=row["end_year"]
        )
    for code, row in current.items():
        found[code] = Region(
            code=code,
            name=row["name"],
            level=row["level"],
            parent=row["parent"] or None,
            is_current=not row["valid_to"],
            group=row["region_group"],
            until=row["valid_to"],
        )
    return found


def _place(code: str, current: dict[str, dict[str, str]]) -> tuple[str | None, str]:
    """Parent and level of an abolished code, which the history does not state."""
    if code.endswith("0000"):
        return None, "province"
    province = f"{code[:2]}0000"
    if code.endswith("00"):
        return province, "prefecture"
    prefecture = f"{code[:4]}00"
    return (prefecture if prefecture in current else province), "county"


def _rows(name: str) -> Iterator[dict[str, str]]:
    with resources.files(__package__).joinpath(name).open(encoding="utf-8") as file:
        yield from csv.DictReader(file)
