"""政策推演 Simulation: what a draft policy would have made of the findings of the last months, against what was opened.

What the rules found is kept as it was then (reviews, what joined one, and what a policy left out), so the same pure
functions weigh it again, in its order. It reads the authority's own desk alone and changes nothing.
"""

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import orjson

from exchange.rules import Handling, Priority
from exchange.rules.policy import Policy, Settled, as_seen
from exchange.statements import statements
from exchange.triggering.simulated_threads import Desk
from exchange.workdays import Holidays, add_workdays
from schema.errors import Refusal

_SQL = statements("policies")
MOST_MONTHS = 12
MOST_FINDINGS = 50_000
MOST_EXAMPLES = 50
BATCH = 200  # others are answered in between


@dataclass(frozen=True, kw_only=True)
class Review:
    """A review as far as policies differ: opened then, or as a policy would have opened it."""

    priority: Priority
    handling: Handling
    workdays: int


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One thing found, and what became of it then, under the policy in force today, and under the draft."""

    rule: str
    day: date
    subject: str
    credit_code: str | None
    region: str
    review_id: str | None
    opened: Review | None
    in_force: Review | None
    draft: Review | None
    is_assigned: bool
    term: int | None

    @property
    def change(self) -> str | None:
        """What the draft changes against what was opened then; None: nothing."""
        if self.opened is None or self.draft is None:
            return None if self.opened is self.draft else "ADDED" if self.draft else "DROPPED"
        return "CHANGED" if self.opened != self.draft else None


@dataclass
class Tally:
    """Counts as outcomes come in; the first of each sort of change are kept as examples."""

    counts: Counter[tuple[tuple[str, str, str], str]] = field(default_factory=Counter)
    examples: dict[str, list[Outcome]] = field(default_factory=dict)
    found: int = 0

    def add(self, one: Outcome) -> None:
        """Count one."""
        self.found += 1
        place = (one.day.strftime("%Y-%m"), one.rule, one.region)
        for name, counts in _counted(one).items():
            self.counts[place, name] += counts
        if one.change:
            several = self.examples.setdefault(one.change, [])
            if len(several) < MOST_EXAMPLES:
                several.append(one)

    def total(self, name: str) -> int:
        """A count over all months, rules and places."""
        return sum(number for (_, counted), number in self.counts.items() if counted == name)


COUNTED = ("opened", "in_force", "would_open", "must", "assigned", "added", "dropped", "changed")


def _counted(one: Outcome) -> dict[str, bool]:
    is_must = one.draft is not None and one.draft.priority is Priority.MUST
    told = (one.opened, one.in_force, one.draft, is_must, one.is_assigned)
    changes = (one.change == name for name in ("ADDED", "DROPPED", "CHANGED"))
    return dict(zip(COUNTED, (*map(bool, told), *changes), strict=True))


def outcome(row: Mapping[str, Any], in_force: Desk, draft: Desk) -> Outcome:
    """What was found next, weighed under both policies: what joins a review under one is no other review under it."""
    seen = [as_seen(row["rule"], one) for one in orjson.loads(row["sightings"])]
    now, then = in_force.weigh(row, seen), draft.weigh(row, seen)
    named = then.kept[0] if then else seen[0].presence_id
    return Outcome(
        rule=row["rule"],
        day=row["day"],
        subject=row["subject"],
        credit_code=row["credit_code"],
        region=next(one.region for one in seen if one.presence_id == named),
        review_id=row["review_id"] or None,
        opened=_opened(row),
        in_force=_review(now),
        draft=_review(then),
        is_assigned=bool(then and then.treatment.assignee),
        term=then.treatment.place if then else None,
    )


def _opened(row: Mapping[str, Any]) -> Review | None:
    if not row["review_id"]:
        return None
    return Review(priority=Priority[row["priority"]], handling=Handling[row["handling"]], workdays=row["workdays"])


def _review(settled: Settled | None) -> Review | None:
    if settled is None:
        return None
    one = settled.treatment
    return Review(priority=one.priority, handling=one.handling, workdays=one.workdays)


async def simulate(connection: Any, owner_id: int, first: date, in_force: Policy | None, draft: Policy) -> Tally:
    """Weigh everything again (application role, in a transaction). Raises Refusal SIMULATION_TOO_LARGE."""
    await connection.execute(_SQL["only_reading"])
    tally, now, then = Tally(), Desk(in_force), Desk(draft)
    async for row in _rows(connection, owner_id, first):
        if tally.found == MOST_FINDINGS:
            raise Refusal("SIMULATION_TOO_LARGE", field=("input", "months"), most=MOST_FINDINGS)
        tally.add(outcome(row, now, then))
    return tally


async def _rows(connection: Any, owner_id: int, first: date) -> AsyncIterator[Mapping[str, Any]]:
    async for row in connection.cursor(_SQL["weighed"], owner_id, first, MOST_FINDINGS + 1, prefetch=BATCH):
        yield row


def answer(tally: Tally, first: date, last: date, holidays: Holidays) -> dict[str, Any]:
    """The GraphQL type PolicySimulation."""
    places = sorted({place for place, _ in tally.counts})
    rows = [
        {"month": month, "rule": rule, "region": region}
        | {name: tally.counts[(month, rule, region), name] for name in COUNTED}
        for month, rule, region in places
    ]
    return {
        "since": first,
        "until": last,
        "found": tally.found,
        **{name: tally.total(name) for name in COUNTED},
        "rows": rows,
        "examples": [_example(one, holidays) for one in _chosen(tally.examples)],
    }


def _chosen(examples: Mapping[str, list[Outcome]]) -> Iterable[Outcome]:
    """Some of every sort of change, the earliest first: no sort crowds out another."""
    several = list(examples.values())
    turns = [one[place] for place in range(MOST_EXAMPLES) for one in several if place < len(one)]
    return sorted(turns[:MOST_EXAMPLES], key=lambda one: (one.day, one.rule, one.subject))


def _example(one: Outcome, holidays: Holidays) -> dict[str, Any]:
    return {
        "change": one.change,
        "rule": one.rule,
        "day": one.day,
        "region": one.region,
        "credit_code": one.credit_code,
        "review_id": one.review_id,
        "term": one.term,
        "was": _side(one.opened, one.day, holidays),
        "would_be": _side(one.draft, one.day, holidays),
    }


def _side(one: Review | None, opened_on: date, holidays: Holidays) -> dict[str, Any] | None:
    if one is None:
        return None
    return {
        "priority": one.priority.name,
        "handling": one.handling.name,
        "due_on": add_workdays(opened_on, one.workdays, holidays).day,
    }
