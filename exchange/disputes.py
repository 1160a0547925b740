"""异议 The life of a dispute: which step leads from which state to which, by whom; and the subject's own statement.

The table is STEPS (tests/spec/disputes.md says the same); a new step is a line there, in the check of its migration and
a method in disputing.py. What readers are told is in telling.py.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from exchange.publishing.concealing import concealed
from exchange.statements import statements
from exchange.workdays import Deadline
from schema.errors import Refusal
from schema.fields import conceal
from tenants.access import TenantKind
from tenants.registry import Tenant

_SQL = statements("disputes")
WORKDAYS = 10
"""For the source to answer, the superior to decide, the source to correct as ordered. No law sets it (待核)."""
LONGEST_TEXT, LONGEST_STATEMENT = 2000, 500
UNSETTLED = ("OPEN", "ELEVATED", "ORDERED")
DISPUTANT, SOURCE, SUPERIOR = "DISPUTANT", "SOURCE", "SUPERIOR"


@dataclass(frozen=True, kw_only=True)
class Step:
    """Who may take a step, from which states, to which. Some wait for the day the state was due."""

    by: str
    follows: tuple[str, ...]
    state: str
    has_deadline: bool = False


STEPS: Mapping[str, Step] = {
    "CONFIRMED": Step(by=SOURCE, follows=("OPEN",), state="CONFIRMED"),
    "ELEVATED": Step(by=DISPUTANT, follows=("OPEN", "CONFIRMED"), state="ELEVATED", has_deadline=True),
    "UPHELD": Step(by=SUPERIOR, follows=("ELEVATED",), state="UPHELD"),
    "ORDERED": Step(by=SUPERIOR, follows=("ELEVATED",), state="ORDERED", has_deadline=True),
    "WITHDRAWN": Step(by=DISPUTANT, follows=("OPEN", "CONFIRMED", "ELEVATED"), state="WITHDRAWN"),
}
"""What a party does. CORRECTED and VOIDED follow from the record itself (close_disputes in migrations/)."""


def follow(state: str, step: str, parts: frozenset[str], *, day: date, due_on: date | None) -> str:
    """The state after a step. Raises Refusal DISPUTE_STEP_INVALID, DISPUTE_NOT_DUE (the source still has time)."""
    taken = STEPS[step]
    if taken.by not in parts or state not in taken.follows:
        raise Refusal("DISPUTE_STEP_INVALID", field=("disputeId",), state=state)
    if step == "ELEVATED" and state == "OPEN" and due_on is not None and day <= due_on:
        raise Refusal("DISPUTE_NOT_DUE", field=("disputeId",), due_on=due_on)
    return taken.state


def _own_code(tenant: Tenant) -> str | None:
    """An enterprise speaks about its own records only."""
    return tenant.credit_code if tenant.kind is TenantKind.ENTERPRISE else None


def checked_text(text: str, field: str, longest: int) -> str:
    """A free text with ID numbers masked. Raises Refusal REASON_REQUIRED, TEXT_TOO_LONG."""
    if not text.strip():
        raise Refusal("REASON_REQUIRED", field=(field,))
    masked = conceal(text.strip())
    if len(masked) > longest:
        raise Refusal("TEXT_TOO_LONG", field=(field,), longest=longest)
    return masked


async def open_dispute(
    connection: Any, tenant: Tenant, record_id: uuid.UUID, values: Mapping[str, Any], *, day: date, due: Deadline
) -> uuid.UUID:
    """Dispute a record the caller reads, an enterprise one of its own. Raises Refusal NOT_FOUND, ALREADY_DISPUTED."""
    text, owner = checked_text(values["text"], "text", LONGEST_TEXT), tenant.tenant_id
    await connection.execute(_SQL["one_at_a_time"], f"dispute of {owner} {record_id}")
    if any(row["state"] in UNSETTLED for row in await connection.fetch(_SQL["standing_of_record"], owner, record_id)):
        raise Refusal("ALREADY_DISPUTED", field=("recordId",))
    made = await connection.fetchrow(_SQL["open_dispute"], owner, record_id, _own_code(tenant), values["grounds"], day)
    if made is None:
        raise Refusal("NOT_FOUND", field=("recordId",))
    text = await concealed(connection, text, records=[record_id])
    dispute_id: uuid.UUID = made["dispute_id"]
    await connection.execute(
        _SQL["take_step"], dispute_id, 1, owner, owner, made["source_id"], None, record_id, "OPENED", "OPEN", day,
        due.day, due.is_estimated,
    )  # fmt: skip
    await connection.execute(_SQL["say"], dispute_id, 1, owner, text)
    return dispute_id


async def take_step(
    connection: Any, tenant: Tenant, dispute_id: uuid.UUID, step: str, *,
    reason: str, day: date, due: Deadline,
) -> None:  # fmt: skip
    """Take a step in a dispute the caller is a party of. Raises Refusal; then nothing is changed."""
    text = checked_text(reason, "reason", LONGEST_TEXT)
    await connection.execute(_SQL["one_at_a_time"], f"dispute {dispute_id}")
    last = await connection.fetchrow(_SQL["last_step"], dispute_id)
    parts = _parts(last, tenant) if last else frozenset()
    if last is None or not parts:
        raise Refusal("NOT_FOUND", field=("disputeId",))
    state = follow(last["state"], step, parts, day=day, due_on=last["due_on"])
    superior_id = last["superior_id"]
    if step == "ELEVATED":
        superior_id = await connection.fetchval(_SQL["superior"], last["source_id"])
        if superior_id is None:
            raise Refusal("SUPERIOR_UNKNOWN", field=("disputeId",))
    text = await concealed(connection, text, records=[last["record_id"]])
    place = last["place"] + 1
    due_on = due.day if STEPS[step].has_deadline else None
    await connection.execute(
        _SQL["take_step"], dispute_id, place, tenant.tenant_id, last["disputant_id"], last["source_id"], superior_id,
        last["record_id"], step, state, day, due_on, due.is_estimated if due_on else False,
    )  # fmt: skip
    await connection.execute(_SQL["say"], dispute_id, place, tenant.tenant_id, text)


def _parts(last: Mapping[str, Any], tenant: Tenant) -> frozenset[str]:
    """What the tenant is in a dispute; it may be several, or a reader only."""
    places = {DISPUTANT: "disputant_id", SOURCE: "source_id", SUPERIOR: "superior_id"}
    return frozenset(part for part, column in places.items() if last[column] == tenant.tenant_id)


async def add_statement(
    connection: Any, tenant: Tenant, record_id: uuid.UUID, text: str | None, *, day: date
) -> uuid.UUID:
    """Keep the next version of the caller's statement beside a record; None withdraws it. Raises Refusal NOT_FOUND."""
    said = None if text is None else checked_text(text, "text", LONGEST_STATEMENT)
    owner = tenant.tenant_id
    await connection.execute(_SQL["one_at_a_time"], f"statement of {owner} {record_id}")
    if said is None and await connection.fetchval(_SQL["current_statement"], owner, record_id) is None:
        raise Refusal("NOT_FOUND", field=("recordId",))
    said = said and await concealed(connection, said, records=[record_id])
    made: uuid.UUID | None = await connection.fetchval(
        _SQL["state_something"], owner, record_id, _own_code(tenant), said, day
    )
    if made is None:
        raise Refusal("NOT_FOUND", field=("recordId",))
    return made
