"""Counts the scoreboard again from the announced events alone, by other means than the hub: plain Python, no SQL of it.

`python -m tests.recompute_scoreboard 2026-11` prints the figures of a database (EXCHANGE_DATABASE_URL). Besides the
events it takes who takes part since when, and the calendar. A measure added to the hub gets a function here.
"""

import asyncio
import json
import os
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg

from exchange.workdays import NO_HOLIDAYS, Holidays, add_workdays

ACCEPT_DAYS, REPORT_WORKDAYS, ANSWER_WORKDAYS = 7, 3, 10
REPORTED_KINDS = {
    "RISK_FLAG", "SERIOUS_DISHONESTY", "HIDDEN_DANGER", "PERMIT_ACTION", "PENALTY", "INVESTIGATION",
    "CERTIFICATE_ACTION",
}  # fmt: skip
EVENTS = """select event_id, type, owner_id, addressee_id, review_id, record_id, day, payload
  from event order by subject, version"""
MEMBERS = "select tenant_id, (onboarded_at at time zone 'Asia/Shanghai')::date as since from tenant"
Figures = dict[tuple[int, str, str], tuple[int, int]]
"""(authority, month, measure) -> (numerator, denominator)"""


@dataclass(kw_only=True)
class Review:
    """What the events say of one review."""

    owner: int
    source: int
    opened: date
    due: date
    cause: str
    handling: str
    first_read: date | None = None
    taken: date | None = None
    answered: date | None = None
    withdrawn: date | None = None
    outcome: str | None = None
    requests: dict[str, date] = field(default_factory=dict)

    @property
    def first_opened(self) -> date | None:
        """Read, or dealt with."""
        return min((day for day in (self.first_read, self.taken) if day), default=None)


def reviews(events: Iterable[Mapping[str, Any]]) -> tuple[dict[str, Review], dict[str, date]]:
    """The reviews that were announced, and the answers by the question they are to."""
    found: dict[str, Review] = {}
    answers: dict[str, date] = {}
    for event in events:
        payload, day = event["payload"], event["day"]
        if event["type"] == "review.opened":
            found[payload["reviewId"]] = Review(
                owner=event["owner_id"], source=event["addressee_id"], opened=day, cause=payload["causeEventId"],
                due=date.fromisoformat(payload["dueOn"]), handling=payload["handling"],
            )  # fmt: skip
        elif event["type"] == "review.informationGiven":
            answers[payload["requestId"]] = day
        elif event["type"].startswith("review.") and payload.get("reviewId") in found:
            _follow(found[payload["reviewId"]], event["type"], payload, day)
    return found, answers


def _follow(review: Review, type: str, payload: Mapping[str, Any], day: date) -> None:
    review.due = date.fromisoformat(payload["dueOn"])
    if type == "review.firstRead":
        review.first_read = day
    elif type == "review.withdrawn":
        review.withdrawn = day
    elif type == "review.informationRequested":
        review.requests[payload["stepId"]] = day
    elif type == "review.corrected":
        review.outcome = payload["outcome"]
    elif type in ("review.accepted", "review.decided", "review.declined", "review.handedOver"):
        review.taken = min(review.taken or day, day)
        if type != "review.accepted":
            review.answered, review.outcome = day, payload.get("outcome")


def recompute(
    events: Iterable[Mapping[str, Any]],
    since: Mapping[int, date],
    today: date,
    months: Iterable[str],
    table: Holidays = NO_HOLIDAYS,
) -> Figures:
    """The figures of some months. `since` says from when on each authority takes part."""
    listed, wanted = list(events), set(months)
    found, answers = reviews(listed)
    sums: dict[tuple[int, str, str], list[int]] = defaultdict(lambda: [0, 0])
    for review in found.values():
        if review.handling == "FOR_FOLLOW_UP":
            facts = [(review.owner, review.opened, *one) for one in _of_review(review, today)]
            _add(sums, facts, wanted)
        _add(sums, _of_questions(review, answers, today, table), wanted)
    _add(sums, _of_reports(listed, since, table), wanted)
    return {key: (numerator, denominator) for key, (numerator, denominator) in sums.items()}


Fact = tuple[int, date, str, int]


def _add(sums: dict[tuple[int, str, str], list[int]], facts: Iterable[Fact], wanted: set[str]) -> None:
    for authority, day, measure, amount in facts:
        month = f"{day:%Y-%m}"
        if month in wanted:
            entry = sums[authority, month, measure]
            entry[0] += amount
            entry[1] += 1


def _of_review(review: Review, today: date) -> Iterator[tuple[str, int]]:
    accept_by = review.opened + timedelta(days=ACCEPT_DAYS)
    until = min(review.withdrawn or today, today)
    for measure, done, by in (
        ("ACCEPTED_IN_TIME", review.taken, accept_by),
        ("DECIDED_BY_DUE", review.answered, review.due),
    ):
        if done is not None:
            yield measure, int(done <= by)
        elif until > by:
            yield measure, 0
    for measure, done in (("OPENING_DAYS", review.first_opened), ("DECISION_DAYS", review.answered)):
        if done is not None:
            yield measure, max((done - review.opened).days, 0)


def _of_questions(review: Review, answers: Mapping[str, date], today: date, table: Holidays) -> Iterator[Fact]:
    until = min(review.answered or review.withdrawn or today, today)
    for step, asked in review.requests.items():
        by, answered = add_workdays(asked, ANSWER_WORKDAYS, table).day, answers.get(step)
        if answered is not None:
            yield review.source, asked, "ANSWERED_BY_AGREED", int(answered <= by)
            yield review.source, asked, "ANSWER_DAYS", max((answered - asked).days, 0)
        elif until > by:
            yield review.source, asked, "ANSWERED_BY_AGREED", 0


def _of_reports(events: Iterable[Mapping[str, Any]], since: Mapping[int, date], table: Holidays) -> Iterator[Fact]:
    seen = set()
    for event in events:
        payload = event["payload"]
        if payload.get("kind") not in REPORTED_KINDS or event["record_id"] in seen:
            continue
        seen.add(event["record_id"])  # the first event of a record is its first report
        decided = date.fromisoformat(payload.get("decidedOn") or payload["effectiveOn"])
        if payload["version"] == 1 and decided >= since[event["owner_id"]]:
            in_time = event["day"] <= add_workdays(decided, REPORT_WORKDAYS, table).day
            yield event["owner_id"], event["day"], "REPORTED_IN_TIME", int(in_time)
            yield event["owner_id"], event["day"], "REPORT_DAYS", max((event["day"] - decided).days, 0)


def shares(events: Iterable[Mapping[str, Any]], today: date, month: str) -> dict[str, tuple[int, int, int, int]]:
    """By type of event: reviews for follow-up it led to, opened, acted upon, ignored."""
    listed = list(events)
    types = {str(event["event_id"]): event["type"] for event in listed}
    counted: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for review in reviews(listed)[0].values():
        if f"{review.opened:%Y-%m}" == month and review.handling == "FOR_FOLLOW_UP":
            is_opened, until = review.first_opened is not None, min(review.withdrawn or today, today)
            acted = review.outcome is not None and review.outcome != "DISMISSED"
            entry = counted[types[review.cause]]
            for place, value in enumerate((True, is_opened, acted, not is_opened and until > review.due)):
                entry[place] += value
    return {type: (one[0], one[1], one[2], one[3]) for type, one in counted.items()}


async def read(connection: Any) -> tuple[list[dict[str, Any]], dict[int, date]]:
    """All events in order, and since when each tenant takes part."""
    events = [
        {**row, "payload": json.loads(row["payload"]), "review_id": row["review_id"] and str(row["review_id"])}
        for row in await connection.fetch(EVENTS)
    ]
    return events, {row["tenant_id"]: row["since"] for row in await connection.fetch(MEMBERS)}


async def _main(month: str) -> None:
    connection = await asyncpg.connect(os.environ["EXCHANGE_DATABASE_URL"])
    try:
        events, since = await read(connection)
    finally:
        await connection.close()
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
    for (authority, _, measure), (numerator, denominator) in sorted(recompute(events, since, today, [month]).items()):
        print(f"{authority:>6} {measure:<20} {numerator:>6} / {denominator}")


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1]))
