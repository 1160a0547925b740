"""移交: a review goes to another authority that governs the place. It ends here and goes on there, in one thread.

Opening a review in another's name is the hub's own work, so this runs in the hub's role; whose review it is, is checked
first under the caller's sight and again by the statement.
"""

import uuid
from datetime import date
from typing import Any

import asyncpg
import orjson

from exchange.holidays import holidays_of
from exchange.reviews import Move, keep_step, look_up
from exchange.rules import WORKDAYS, Handling, Priority
from exchange.rules.policy import Treatment, as_seen, taken_over, told
from exchange.statements import statements
from exchange.triggering.policies import policies_in_force
from exchange.workdays import add_workdays
from schema.errors import Refusal
from tenants.access import TenantKind
from tenants.registry import Directory, Tenant

_SQL = statements("reviews")
_FIELD = ("input", "authorityId")


def receiver_of(
    directory: Directory, slug: str, *, owner_id: int, source_id: int, place: str | None, day: date
) -> Tenant:
    """The authority to take over: it governs the place, and shares an agreement with the source. Raises Refusal."""
    found = directory.by_slug.get(slug)
    if found is None or found.kind is not TenantKind.AUTHORITY or not found.is_active:
        raise Refusal("NOT_FOUND", field=_FIELD)
    can_know = source_id == found.tenant_id or source_id in directory.readable_owners(found, day)
    if found.tenant_id == owner_id or not found.governs(place) or not can_know:
        raise Refusal("RECEIVER_UNFIT", field=_FIELD, region=place or "")
    return found


async def hand_over(connection: Any, move: Move, receiver: Tenant, *, new_id: uuid.UUID) -> None:
    """End a review and open its successor (hub role). Raises Refusal ALREADY_REVIEWED_THERE."""
    values = (move.review_id, move.tenant_id, move.expected_version, move.day, new_id, receiver.tenant_id)
    if await connection.fetchval(_SQL["hand_over"], *values) is None:
        await look_up(connection, move)  # somebody else was first
        raise Refusal("ALREADY_REVIEWED_THERE", field=_FIELD)
    await keep_step(connection, move, moved=True, decline_reason="HANDED_OVER")
    treatment, policy = await _treated_there(connection, move, receiver)
    deadline = add_workdays(move.day, treatment.workdays, await holidays_of(connection))
    try:
        await connection.execute(
            _SQL["take_over"], move.review_id, move.day, deadline.day, deadline.is_estimated, treatment.workdays,
            treatment.assignee, policy,
        )  # fmt: skip
    except asyncpg.UniqueViolationError:
        raise Refusal("ALREADY_REVIEWED_THERE", field=_FIELD) from None


async def _treated_there(connection: Any, move: Move, receiver: Tenant) -> tuple[Treatment, str | None]:
    """How the receiver's own policy treats what was found, and what to say of it."""
    review = await connection.fetchrow(_SQL["treatment"], move.review_id)
    seen = [as_seen(review["rule"], one) for one in orjson.loads(review["sightings"] or "[]")]
    usual = Treatment(
        priority=Priority[review["priority"]],
        handling=Handling[review["handling"]],
        workdays=seen[0].workdays if seen else WORKDAYS,
    )
    policy = (await policies_in_force(connection, [receiver.tenant_id], move.day)).get(receiver.tenant_id)
    treatment = taken_over(seen, policy, usual)
    if policy is None or treatment.place is None:
        return treatment, None
    return treatment, orjson.dumps(told(policy, treatment, usual)).decode()


async def place_of(connection: Any, move: Move) -> str | None:
    """Where the presence concerned is, whoever recorded it (hub role)."""
    place: str | None = await connection.fetchval(_SQL["place"], move.review_id, move.tenant_id)
    return place
