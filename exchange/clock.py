"""Time as a source of events: a certificate past its end day, or past its review day, joins the same stream as a flag.

The day is an argument; nothing sleeps. A notice is unique per certificate, type and due day, so catching up after days
of downtime, or two workers at once, raise each of them once. Add the next sweep to SWEEPS and its statement to
sql/clock.sql.
"""

from datetime import date
from typing import Any

from exchange.statements import statements

_SQL = statements("clock")
BATCH = 5_000
SWEEPS = (
    ("expired", _SQL["raise_expired"]),
    ("review_lapsed", _SQL["raise_review_lapsed"]),
    ("review_escalated", statements("reviews")["raise_escalated"]),
    ("disputes_overdue", _SQL["raise_disputes_overdue"]),
)


async def run_clock(connection: Any, day: date) -> dict[str, int]:
    """Raise everything due before `day`; returns how many of each (hub role)."""
    raised = {}
    for name, statement in SWEEPS:
        raised[name] = 0
        while True:
            async with connection.transaction():
                count: int = await connection.fetchval(statement, day, BATCH)
            raised[name] += count
            if count < BATCH:
                break
    return raised
