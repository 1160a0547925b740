"""The steps of a transfer in the database: opened, taken one after the other, read back.

Which step may follow which is in schema/transfers.py.
"""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from exchange.disputes import LONGEST_TEXT, checked_text
from exchange.publishing.concealing import concealed
from exchange.statements import statements
from exchange.transferring.sides import Row, Sides
from schema.errors import Refusal
from schema.transfers import BINDING, STEPS, follow, parts_of

_SQL = statements("transfers")


async def lock(connection: Any, name: str) -> None:
    """One at a time, until the end of the transaction."""
    await connection.execute(_SQL["one_at_a_time"], name)


async def check_unpromised(
    connection: Any, record_id: uuid.UUID, *, field: str, states: Sequence[str] = BINDING
) -> None:
    """Whether the issuer, who looks, is free to promise a certificate; or the requester has not asked for it already.
    Raises Refusal TRANSFER_PENDING."""
    if await connection.fetchval(_SQL["standing_in"], record_id, list(states)):
        raise Refusal("TRANSFER_PENDING", field=(field,))


async def open_one(
    connection: Any, sides: Sides, certificate: Row, state: str, *,
    losing_id: int, gaining_id: int, change: Mapping[str, Any] | None = None, reason: str | None = None,
) -> uuid.UUID:  # fmt: skip
    """Open a transfer by its first step; who takes it looks."""
    body, told = certificate["manager_class"], change or {}
    transfer_id: uuid.UUID = await connection.fetchval(
        _SQL["open_transfer"], sides.me, losing_id, gaining_id, told.get("change_id"), certificate["record_id"],
        certificate["person_id"], certificate["number_shown"], body, certificate["valid_to"],
        told.get("employer_code"), told.get("employer_name"), told.get("new_number"), told.get("new_identifier"),
        sides.day,
    )  # fmt: skip
    row = {
        "transfer_id": transfer_id, "losing_id": losing_id, "gaining_id": gaining_id, "last_place": 0,
        "record_id": certificate["record_id"],
    }  # fmt: skip
    await take(connection, sides, row, state, by=sides.me, reason=reason)
    return transfer_id


async def transfer_held(connection: Any, sides: Sides, transfer_id: uuid.UUID, step: str) -> Row:
    """A transfer the caller may now take this step in, alone until the end. Raises Refusal NOT_FOUND (to others),
    TRANSFER_STEP_INVALID."""
    await lock(connection, f"transfer {transfer_id}")
    row: Row | None = await connection.fetchrow(_SQL["transfer"], transfer_id)
    if row is None or row["change_id"] is not None:  # of a change all move together
        raise Refusal("NOT_FOUND", field=("transferId",))
    follow(row["state"], step, parts_of(sides.me, row["losing_id"], row["gaining_id"]))
    return row


async def take(
    connection: Any, sides: Sides, row: Row, state: str, *,
    by: int, reason: str | None = None, successor: tuple[uuid.UUID, Any] | None = None,
) -> None:  # fmt: skip
    """Write a step, in the sight of who takes it."""
    due = sides.due if STEPS[state].has_deadline else None
    new_id, carried_to = successor or (None, None)
    await connection.execute(
        _SQL["take_step"], row["transfer_id"], row["last_place"] + 1, by, row["losing_id"], row["gaining_id"],
        row["record_id"], state, reason, sides.day, due and due.day, bool(due and due.is_estimated), new_id, carried_to,
    )  # fmt: skip


async def reason_of(connection: Any, sides: Sides, text: str, row: Row) -> str:
    """A reason without the holder's name and number, also where the certificate is not shared with who gives it.
    Raises Refusal REASON_REQUIRED, TEXT_TOO_LONG."""
    told = checked_text(text, "reason", LONGEST_TEXT)
    await sides.look(connection, sides.me, is_wide=True)
    return await concealed(connection, told, records=[row["record_id"]], persons=[row["person_id"]])
