"""One thread per sanction, as a policy would have had it: what is found opens a review, joins one, or is left out.

What joins is said by rules/threads.py, here of findings instead of reviews. Of a review that was opened in fact the
officers' decision is known; one that would have been opened only by a draft stays open until its cause ends.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from exchange.rules import OPTIONAL, RULES, ReviewDraft
from exchange.rules.policy import Policy, Settled, Sighting, settle
from exchange.rules.threads import Thread, joining
from exchange.triggering.joining import REPORTS

Row = Mapping[str, Any]
REPORTING = frozenset(rule.name for rule in (*RULES, *OPTIONAL) if set(rule.event_types) <= set(REPORTS))
"""Rules of events that report a sanction, so that what they find may join."""


@dataclass(kw_only=True)
class _Opened:
    """A review a policy opens, with the findings that are its causes, the first of them its own."""

    number: int
    settled: Settled
    covered: set[str]
    causes: list[Row] = field(default_factory=list)

    def is_closed(self, at: Row) -> bool:
        """Whether an officer had closed it when something was found."""
        closed_at = self.causes[0]["closed_at"]
        return closed_at is not None and closed_at <= at["found_at"]

    def has_no_cause(self, at: Row) -> bool:
        """Whether all its causes had ended by then."""
        return all(_ended(one, at) for one in self.causes)

    def is_one_for(self, at: Row, *, is_known: bool) -> bool:
        """Whether a finding may join it: it is a cause of it already, or another report of its document still is."""
        if is_known:
            return True
        other = any(_is_another(one, at) and not _ended(one, at) for one in self.causes)
        return other and not (self.is_closed(at) and self.causes[0]["is_declined"])


def _is_another(cause: Row, at: Row) -> bool:
    """Another record; of a silent source, which is none, another kind it does not deliver."""
    same = "event_id" if at["record_id"] is None else "record_id"
    return bool(cause[same] != at[same])


def _ended(cause: Row, at: Row) -> bool:
    if cause["ended_place"] is not None:
        return bool(cause["ended_place"] < at["place"])
    return cause["lifted_on"] is not None and bool(cause["lifted_on"] <= at["day"])


class Desk:
    """What becomes of one finding after the other under a policy."""

    def __init__(self, policy: Policy | None) -> None:
        self._policy = policy
        self._opened: dict[tuple[str, str | None], list[_Opened]] = defaultdict(list)
        self._by_event: dict[str, list[_Opened]] = defaultdict(list)
        self._number = 0

    def weigh(self, row: Row, seen: Iterable[Sighting]) -> Settled | None:
        """The review that a finding opens; None where it is left out or joins another."""
        settled = settle(seen, self._policy)
        if settled is None or self._joins(row, settled):
            return None
        self._number += 1
        made = _Opened(number=self._number, settled=settled, covered=set(settled.kept))
        self._keep(made, row)
        return settled

    def _joins(self, row: Row, settled: Settled) -> bool:
        if row["rule"] not in REPORTING:
            return False
        known = self._by_event[str(row["event_id"])]
        same = self._opened[_sanction(row)] if _is_named(row) else []
        there = {one.number: one for one in (*known, *same) if one.is_one_for(row, is_known=one in known)}
        if not there:
            return bool(row["is_joined"] and not same)  # of a review from before the time looked at
        threads = [_thread(one, row, is_known=one in known) for one in there.values()]
        joined = joining(_draft(row, settled), threads)
        for one in joined:
            there[int(one.review_id)].covered.update(one.further_record_ids)
            if there[int(one.review_id)] not in known:
                self._keep(there[int(one.review_id)], row)
        return bool(joined)

    def _keep(self, one: _Opened, row: Row) -> None:
        one.causes.append(row)
        self._by_event[str(row["event_id"])].append(one)
        if _is_named(row) and one not in self._opened[_sanction(row)]:
            self._opened[_sanction(row)].append(one)


def _is_named(row: Row) -> bool:
    return row["document"] is not None or row["record_id"] is None


def _sanction(row: Row) -> tuple[str, str | None]:
    return row["subject"], row["document"]


def _thread(one: _Opened, at: Row, *, is_known: bool) -> Thread:
    treatment = one.settled.treatment
    return Thread(
        review_id=str(one.number),
        owner_id=0,
        is_open=not one.is_closed(at) and not one.has_no_cause(at),
        is_known=is_known,
        priority=treatment.priority,
        handling=treatment.handling,
        covered=frozenset(one.covered),
    )


def _draft(row: Row, settled: Settled) -> ReviewDraft:
    named, *further = settled.kept
    one = settled.treatment
    return ReviewDraft(
        owner_id=0, rule=row["rule"], cause_key=str(row["event_id"]), subject=row["subject"], priority=one.priority,
        handling=one.handling, workdays=one.workdays, reason_zh="", reason_en="", presence_record_id=named,
        further_record_ids=tuple(further),
    )  # fmt: skip
