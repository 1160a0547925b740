"""A further report of a sanction joins the review that an earlier one opened (一案一件), in the worker's transaction.

The next event type that reports a sanction, rather than what became of one, is a member of REPORTS.
"""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from exchange.rules import Cause, Handling, Priority, ReviewDraft
from exchange.rules.threads import Thread, joining
from exchange.statements import statements

_SQL = statements("joining")
REPORTS = ("riskFlag.raised", "adverseAction.imposed")


async def not_joined(
    connection: Any, cause: Cause, record_id: uuid.UUID | None, drafts: Sequence[ReviewDraft]
) -> list[ReviewDraft]:
    """The drafts that still have to be opened, after those that are in a review of the same sanction joined it."""
    if cause.event_type not in REPORTS or not drafts:
        return list(drafts)
    threads = await _threads(connection, cause, record_id, sorted({draft.owner_id for draft in drafts}))
    joinings = [(draft, joining(draft, threads)) for draft in drafts]
    rows = [
        {"review_id": one.review_id, "owner_id": cause.owner_id, "subject": cause.subject, "event_id": cause.event_id,
         "record_id": str(record_id), "document": cause.payload.get("decisionNumber"), "joined_on": cause.day,
         "further": one.further_record_ids}
        for _, several in joinings for one in several
    ]  # fmt: skip
    if rows:
        sent = orjson.dumps(rows).decode()
        await connection.execute(_SQL["extend"], sent)
        await connection.execute(_SQL["join"], sent)
    return [draft for draft, several in joinings if not several]


async def _threads(connection: Any, cause: Cause, record_id: uuid.UUID | None, owners: Sequence[int]) -> list[Thread]:
    sanction = (cause.subject, cause.payload.get("decisionNumber"), record_id, uuid.UUID(cause.event_id), owners)
    return [_thread(row) for row in await connection.fetch(_SQL["threads"], *sanction)]


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
