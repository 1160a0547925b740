"""One thread per sanction: whether what a further report of it would open is in a review already. Pure functions.

What counts as the same sanction is said by document_key() of migrations/0024_one_thread.sql and by joining.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from exchange.rules.terms import Handling, Priority, ReviewDraft


@dataclass(frozen=True, kw_only=True)
class Thread:
    """A review of the same sanction. `owner_id` is the authority it was opened at, wherever it was handed over since.

    `is_known`: the report is one of its causes already.
    """

    review_id: str
    owner_id: int
    is_open: bool
    is_known: bool
    priority: Priority
    handling: Handling
    covered: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Joining:
    """A report joins a review, and with it what else of the subject is present there."""

    review_id: str
    further_record_ids: tuple[str, ...]


def joining(draft: ReviewDraft, threads: Sequence[Thread]) -> tuple[Joining, ...]:
    """The reviews a report joins in place of opening its own; none where it opens one.

    It never asks for less than the report would: not where the review is only for attention, and not where it is closed
    and something present was not looked at. What is filed later has a review of its own, as with a single report.
    """
    fitting = [one for one in threads if one.owner_id == draft.owner_id and _asks_enough(one, draft)]
    present = dict.fromkeys((draft.presence_record_id, *draft.further_record_ids))
    left = tuple(one for one in present if not any(one in thread.covered for thread in fitting))
    covering = tuple(
        Joining(review_id=one.review_id, further_record_ids=())
        for one in fitting
        if not one.covered.isdisjoint(present)
    )
    if not left:
        return covering
    extended = None if any(one.is_known for one in fitting) else next((one for one in fitting if one.is_open), None)
    if extended is None:
        return ()
    joined = Joining(review_id=extended.review_id, further_record_ids=left)
    return (joined, *(one for one in covering if one.review_id != joined.review_id))


def _asks_enough(thread: Thread, draft: ReviewDraft) -> bool:
    return (thread.handling is Handling.FOR_FOLLOW_UP or draft.handling is Handling.FOR_ATTENTION) and (
        thread.priority is Priority.MUST or draft.priority is Priority.MAY
    )
