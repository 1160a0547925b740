"""The life of a review (重点核查): received when opened, decided with a reason. Two officers deciding at once end in
one decision.

The next step of a review is a function here, a statement in sql/reviews.sql and an event in the trigger review_changed.
"""

import uuid
from collections.abc import Mapping
from datetime import date
from typing import Any

from exchange.concealing import concealed_of_review
from exchange.statements import statements
from schema.errors import Refusal

_SQL = statements("reviews")
RESTRICTING = ("SUSPENDED", "REFUSED")


def check_decision(outcome: str, reason: str, legal_basis: str | None) -> list[Refusal]:
    """What is missing in a decision: a reason always, a legal basis where it restricts somebody."""
    found = []
    if not reason.strip():
        found.append(Refusal("REASON_REQUIRED", field=("input", "reason")))
    if outcome in RESTRICTING and not (legal_basis or "").strip():
        found.append(Refusal("DECISION_BASIS_REQUIRED", field=("input", "legalBasis")))
    return found


async def decide(
    connection: Any, owner_id: int, review_id: uuid.UUID, values: Mapping[str, Any], *, decided_on: date
) -> None:
    """Decide an own review. Raises Refusal NOT_FOUND, ALREADY_DECIDED or VERSION_CONFLICT; then nothing is changed."""
    decided = await connection.fetchval(
        _SQL["decide"],
        review_id,
        values["expected_version"],
        values["outcome"],
        await concealed_of_review(connection, values["reason"], review_id),
        values.get("legal_basis"),
        decided_on,
        values.get("decided_by"),
        owner_id,
    )
    if decided is None:
        raise await _why_not(connection, owner_id, review_id)


async def _why_not(connection: Any, owner_id: int, review_id: uuid.UUID) -> Refusal:
    standing = await connection.fetchrow(_SQL["standing"], review_id, owner_id)
    if standing is None:
        return Refusal("NOT_FOUND", field=("input", "reviewId"))
    if standing["state"] == "DECIDED":
        return Refusal("ALREADY_DECIDED", field=("input", "reviewId"))
    return Refusal("VERSION_CONFLICT", field=("input", "expectedVersion"), version=standing["version"])
