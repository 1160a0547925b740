"""A further report of a sanction joins the review that an earlier one opened (一案一件), in the worker's transaction;
so does a further kind of record that a silent source delivers no more.

The next event type that reports a sanction, rather than what became of one, is a member of REPORTS.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from exchange.rules import Cause, Handling, Priority, ReviewDraft
from exchange.rules.sources import STALE
from exchange.rules.threads import Joining, Thread, joining
from exchange.statements import statements

_SQL = statements("joining")
REPORTS = ("riskFlag.raised", "adverseAction.imposed", STALE)


@dataclass(frozen=True, kw_only=True)
class Report:
    """A cause, the record it is about, and the reviews it would open."""

    cause: Cause
    record_id: uuid.UUID | None
    drafts: Sequence[ReviewDraft]


async def joined(connection: Any, reports: Sequence[Report]) -> list[set[tuple[str, int]]]:
    """Of each report the drafts that joined a review of the same sanction, by rule and authority; the others still have
    to be opened. All are about different subjects."""
    threads = await _threads(connection, reports)
    joinings = [
        {(draft.rule, draft.owner_id): joining(draft, threads.get(place, ())) for draft in one.drafts}
        for place, one in enumerate(reports, start=1)
    ]
    rows = [
        _joined(report, one)
        for report, of_drafts in zip(reports, joinings, strict=True)
        for several in of_drafts.values()
        for one in several
    ]
    if rows:
        sent = orjson.dumps(rows).decode()
        await connection.execute(_SQL["extend"], sent)
        await connection.execute(_SQL["join"], sent)
    return [{key for key, several in of_drafts.items() if several} for of_drafts in joinings]


def _joined(report: Report, one: Joining) -> dict[str, Any]:
    cause = report.cause
    return {
        "review_id": one.review_id,
        "owner_id": cause.owner_id,
        "subject": cause.subject,
        "event_id": cause.event_id,
        "record_id": report.record_id and str(report.record_id),
        "document": cause.payload.get("decisionNumber"),
        "joined_on": cause.day,
        "further": one.further_record_ids,
    }


async def _threads(connection: Any, reports: Sequence[Report]) -> dict[int, list[Thread]]:
    """By the place of each report of a sanction, the reviews of that."""
    asked = [
        (one.cause.subject, one.cause.payload.get("decisionNumber"), one.record_id, uuid.UUID(one.cause.event_id))
        if one.cause.event_type in REPORTS and one.drafts
        else (None,) * 4
        for one in reports
    ]
    if not any(event_id for *_, event_id in asked):
        return {}
    owners = sorted({draft.owner_id for one in reports for draft in one.drafts})
    found: dict[int, list[Thread]] = {}
    for row in await connection.fetch(_SQL["threads"], *zip(*asked, strict=True), owners):
        found.setdefault(row["place"], []).append(_thread(row))
    return found


def _thread(row: Mapping[str, Any]) -> Thread:
    return Thread(
        review_id=str(row["review_id"]),
        owner_id=row["opened_at_id"],
        is_open=row["is_open"],
        is_known=row["is_known"],
        priority=Priority[row["priority"]],
        handling=Handling[row["handling"]],
        covered=frozenset(str(one) for one in row["covered"]),
    )
