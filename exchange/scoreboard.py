"""Timeliness of authorities (协同时效): figures of everybody, and the facts behind them for whoever was a party.

What counts is said once, by scoreboard_facts (migrations/0026_scoreboard.sql); here are its months and terms in working
days. Figures are read in the hub's role and are numbers alone, facts in the caller's.
"""

import re
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from exchange.holidays import holidays_of
from exchange.statements import statements
from exchange.workdays import Holidays, add_workdays
from schema.errors import Refusal
from schema.timeliness import ANSWER_WORKDAYS, REPORT_WORKDAYS, colour
from tenants.registry import Membership

_SQL = statements("scoreboard")
_MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")
MOST_MONTHS = 12
MOST_CASES = 100
MOST_ROWS = 2_000
_FOR_EVER = date(9999, 12, 31)
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Period:
    """Whole months, both days included."""

    first: date
    last: date

    @property
    def days(self) -> list[date]:
        """Every day of it."""
        return [self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1)]


def period(month: str, months: int) -> Period:
    """So many months ending with one such as 2026-11. Raises Refusal BAD_INPUT."""
    found = _MONTH.fullmatch(month)
    if found is None:
        raise Refusal("BAD_INPUT", field=("month",), detail="month 2026-11")
    if not 1 <= months <= MOST_MONTHS:
        raise Refusal("BAD_INPUT", field=("months",), detail=f"months 1-{MOST_MONTHS}")
    ends = int(found[1]) * 12 + int(found[2])  # the month after, counted from zero
    return Period(first=_first_of(ends - months), last=_first_of(ends) - _ONE_DAY)


def _first_of(number: int) -> date:
    return date(number // 12, number % 12 + 1, 1)


def earliest_in_time(reported_on: date, workdays: int, table: Holidays) -> date:
    """The earliest day of a decision that is reported in time on a day."""
    day = reported_on
    while add_workdays(day - _ONE_DAY, workdays, table).day >= reported_on:
        day -= _ONE_DAY
    return day


async def terms(connection: Any, of: Period, today: date) -> list[Any]:
    """$1 to $6 of every statement (hub role)."""
    table = await holidays_of(connection)
    decided_from = [earliest_in_time(day, REPORT_WORKDAYS, table) for day in of.days]
    answer_by = [add_workdays(day, ANSWER_WORKDAYS, table).day for day in of.days]
    return [of.first, of.last, today, of.days, decided_from, answer_by]


def members(memberships: Iterable[Membership]) -> list[Any]:
    """$7 to $10: who is in which agreement, and when."""
    listed = list(memberships)
    return [
        [one.agreement_id for one in listed],
        [one.tenant_id for one in listed],
        [one.joined_on for one in listed],
        [one.left_on or _FOR_EVER for one in listed],
    ]


async def figures(
    connection: Any, parameters: Sequence[Any], by: Sequence[str], authority_id: int | None
) -> list[dict[str, Any]]:
    """Rows of the scoreboard, each with its figures (hub role). Raises Refusal QUERY_TOO_LARGE beyond MOST_ROWS."""
    told_apart = [name in by for name in ("AUTHORITY", "AGREEMENT", "MONTH")]
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for found in await connection.fetch(_SQL["figures"], *parameters, authority_id, *told_apart):
        key = {name: found[name] for name in ("authority", "authority_name", "agreement", "month")}
        row = rows.setdefault(tuple(key.values()), {**key, "figures": []})
        row["figures"].append(_figure(found["measure"], found["numerator"], found["denominator"]))
    if len(rows) > MOST_ROWS:
        raise Refusal("QUERY_TOO_LARGE", limit=f"{MOST_ROWS} rows")
    return list(rows.values())


def _figure(measure: str, numerator: int, denominator: int) -> dict[str, Any]:
    judged = colour(measure, numerator, denominator)
    return {
        "measure": measure,
        "numerator": numerator,
        "denominator": denominator,
        "value": numerator / denominator,
        "colour": judged and judged.name,
    }


@dataclass(frozen=True, kw_only=True)
class Sought:
    """Which facts: of whom, by which measure; `agreement` "" is those under none, `is_met` those in time or late."""

    authority_id: int
    caller_id: int
    measure: str
    agreement: str | None
    is_met: bool | None
    after: str | None
    first: int


async def cases(connection: Any, parameters: Sequence[Any], sought: Sought) -> dict[str, Any]:
    """A page of the facts behind a figure, and how many there are (the caller's role). Raises Refusal BAD_INPUT."""
    if not 1 <= sought.first <= MOST_CASES:
        raise Refusal("BAD_INPUT", field=("first",), detail=f"first 1-{MOST_CASES}")
    day, key = _cursor(sought.after) if sought.after is not None else (None, None)
    found = await connection.fetch(
        _SQL["cases"], *parameters, sought.authority_id, sought.caller_id, sought.measure, sought.agreement,
        sought.is_met, day, key, sought.first + 1,
    )  # fmt: skip
    nodes = [dict(row) for row in found if row["id"] is not None]
    return {
        "numerator": found[0]["numerator"],
        "total_count": found[0]["denominator"],
        **_page(nodes, sought),
    }


def _page(nodes: list[dict[str, Any]], sought: Sought) -> dict[str, Any]:
    """A page of one more than was asked for, as connections have it."""
    edges = [{"cursor": f"{node['day']}/{node['id']}", "node": node} for node in nodes[: sought.first]]
    return {
        "edges": edges,
        "nodes": [edge["node"] for edge in edges],
        "page_info": {
            "has_next_page": len(nodes) > sought.first,
            "has_previous_page": sought.after is not None,
            "start_cursor": edges[0]["cursor"] if edges else None,
            "end_cursor": edges[-1]["cursor"] if edges else None,
        },
    }


def _cursor(value: str) -> tuple[date, uuid.UUID]:
    day, _, key = value.partition("/")
    try:
        return date.fromisoformat(day), uuid.UUID(key)
    except ValueError:
        raise Refusal("BAD_INPUT", field=("after",), detail="after: endCursor") from None


async def shares(connection: Any, of: Period, today: date, authority_id: int | None) -> list[dict[str, Any]]:
    """What became of reviews by the type of event that caused them (hub role)."""
    return [dict(row) for row in await connection.fetch(_SQL["shares"], of.first, of.last, today, authority_id)]
