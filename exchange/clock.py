"""Time as a source of events: what ends, falls due or goes silent joins the same stream as a flag.

The day is an argument; nothing sleeps. Only what came due since the last day that was told, and what changed since, is
looked at; a notice is unique, so catching up, another order of days or two workers at once tell each of them once. Add
a day that records state to DAYS and to `due` of sql/clock.sql, a sweep over anything else to SWEEPS.
"""

import uuid
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from exchange.statements import statements
from exchange.triggering.detecting import run_detections
from schema.kinds import BY_NAME, KINDS
from schema.record import Family

_SQL = statements("clock")
BATCH = 5_000
NEVER = date.min  # -infinity in PostgreSQL
_FIRST = uuid.UUID(int=0)
_PASSED = -1  # days ahead of a due day on which it has passed: the day itself still counts

REMINDERS: tuple[tuple[str, str, int], ...] = (
    *((kind.name, "END", days) for kind in KINDS for days in kind.reminders),
    *((kind.name, "REVIEW", days) for kind in KINDS for days in kind.review_reminders),
)
_KINDS, _SORTS, _STEPS = (list(column) for column in zip(*REMINDERS, strict=True))
_ENDS = frozenset({_PASSED, *(days for _, sort, days in REMINDERS if sort == "END")})
_REVIEWS = frozenset({_PASSED, *(days for _, sort, days in REMINDERS if sort == "REVIEW")})

# The sorts of days that records state, and how many days ahead of them something is told.
DAYS: tuple[tuple[str, frozenset[int]], ...] = (
    ("CERTIFICATE_END", _ENDS),
    ("CERTIFICATE_REVIEW", _REVIEWS),
    ("PERMIT_END", _ENDS),
    ("REASSESSMENT", frozenset({_PASSED})),
    ("RECTIFICATION", frozenset({_PASSED})),
    ("TERM_END", frozenset({_PASSED})),
)
# How many days a source may be silent, by kind. What stands is confirmed again and again; of what happens once, a flag
# or a matter, there is nothing to publish where nothing happened.
_STANDING = [kind.name for kind in KINDS if kind.family in (Family.CERTIFICATE, Family.PERMIT)]
_SILENCE = (_STANDING, [BY_NAME[name].fresh_days for name in _STANDING])
# What is not a record: the event, its statement ($1 day, $2 at most, further arguments; returns how many).
SWEEPS: tuple[tuple[str, str, tuple[Any, ...]], ...] = (
    ("source.recovered", _SQL["raise_recovered"], _SILENCE),
    ("source.stale", _SQL["raise_stale"], _SILENCE),
    ("digest.prepared", _SQL["prepare_digests"], ()),
    ("review.escalated", statements("reviews")["raise_escalated"], ()),
    ("dispute.overdue", _SQL["raise_disputes_overdue"], ()),
    ("tip.overdue", statements("tips")["raise_overdue"], ()),
    ("repair.overdue", statements("repairs")["raise_overdue"], ()),
    ("transfer.overdue", statements("transfers")["raise_overdue"], ()),
    ("transfer.questioned", statements("transfers")["raise_questioned"], ()),
)


async def run_clock(connection: Any, day: date) -> dict[str, int]:
    """Tell everything due by `day`; returns how many of each type of event (hub role)."""
    told: Counter[str] = Counter()
    since, position, head, waiting = await connection.fetchrow(_SQL["progress"], BATCH)
    told.update(await _tell(connection, waiting, day))
    async for several in _due(connection, since, day):
        told.update(await _tell(connection, several, day))
    for after in range(head if since == NEVER else position, head, BATCH):
        rows = await connection.fetch(_SQL["changed"], after, min(after + BATCH, head))
        told.update(await _tell(connection, [row["record_id"] for row in rows], day))
    told.update(await _sweep(connection, day))
    if day > since or head > position:
        await connection.execute(_SQL["move"], day, head)
    told.update(await run_detections(connection, day))
    return {name: count for name, count in told.items() if count}


def windows(since: date, day: date, ahead: Iterable[int]) -> list[tuple[date, date]]:
    """The due days, each after the first and not after the second, of which something came due since.

    Something does so many days `ahead` of them. What a window has twice is there once.
    """
    found: list[tuple[date, date]] = []
    for days in sorted(ahead) if day > since else ():
        after = since if since == NEVER else since + timedelta(days=days)
        until = day + timedelta(days=days)
        if found and after <= found[-1][1]:
            after, _ = found.pop()
        found.append((after, until))
    return found


async def _due(connection: Any, since: date, day: date) -> AsyncIterator[list[uuid.UUID]]:
    """Records of which something may have come due since, by their days."""
    spans = [(sort, *window) for sort, ahead in DAYS for window in windows(since, day, ahead)]
    reached = (NEVER, _FIRST)
    while spans and (rows := await connection.fetch(_SQL["due"], *zip(*spans, strict=True), *reached, BATCH)):
        yield [row["record_id"] for row in rows]
        reached = (rows[-1]["due_on"], rows[-1]["record_id"])


async def _tell(connection: Any, record_ids: Sequence[uuid.UUID], day: date) -> dict[str, int]:
    if not record_ids:
        return {}
    async with connection.transaction():
        await connection.execute(_SQL["take_turn"])
        rows = await connection.fetch(_SQL["tell"], record_ids, day, _KINDS, _SORTS, _STEPS)
    return {row["type"]: row["told"] for row in rows}


async def _sweep(connection: Any, day: date) -> Counter[str]:
    """All sweeps in one transaction, and once more those that may have left something."""
    told: Counter[str] = Counter()
    left = SWEEPS
    while left:
        counts = {}
        async with connection.transaction():
            await connection.execute(_SQL["take_turn_to_sweep"])
            for name, statement, arguments in left:
                counts[name] = await connection.fetchval(statement, day, BATCH, *arguments)
        told.update(counts)
        left = tuple(sweep for sweep in left if counts[sweep[0]] >= BATCH)
    return told
