"""One certificate that moves: set out by its issuer for one authority, taken in or declined there, or withdrawn.

A step more is a function here, a line of STEPS in schema/transfers.py and a method in exchange/desks/transfers.py.
"""

import uuid
from collections.abc import Mapping
from datetime import date
from typing import Any

import orjson

from exchange.transferring.certificates import exchange, report, successor
from exchange.transferring.sides import Row, Sides
from exchange.transferring.steps import check_unpromised, open_one, reason_of, take, transfer_held
from schema.errors import Refusal
from schema.record import Finding
from schema.transfers import carried_over, check_arriving, check_leaving


class Unfit(Exception):
    """The new certificate cannot be issued so; all findings."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        self.findings = findings
        super().__init__("findings")


async def set_out(connection: Any, sides: Sides, record_id: uuid.UUID, slug: str) -> uuid.UUID:
    """办理转出 Set an own certificate out for one authority. Raises Refusal."""
    row = await sides.hold(connection, sides.me, record_id, field="certificateId")
    check_leaving(row["kind"], row["status"], field="certificateId")
    gaining = sides.receiver(slug)
    await check_unpromised(connection, record_id, field="certificateId")
    await report(connection, row, sides, "TRANSFERRING_OUT", "CANCEL")
    return await open_one(connection, sides, described(row), "OUT", losing_id=sides.me, gaining_id=gaining.tenant_id)


async def withdraw(connection: Any, sides: Sides, transfer_id: uuid.UUID, reason: str) -> None:
    """取消办理转出 The certificate holds again as before; if its issuer reported worse of it since, that stays."""
    transfer = await transfer_held(connection, sides, transfer_id, "WITHDRAWN")
    told = await reason_of(connection, sides, reason, transfer)
    row = await sides.find(connection, sides.me, transfer["record_id"])
    if row is not None and row["reported_status"] == "TRANSFERRING_OUT":
        await report(connection, row, sides, "VALID", "WITHDRAW_TRANSFER")
    await take(connection, sides, transfer, "WITHDRAWN", by=sides.me, reason=told)


async def decline(connection: Any, sides: Sides, transfer_id: uuid.UUID, reason: str) -> None:
    """退回 Not taken in; the losing authority withdraws it then."""
    transfer = await transfer_held(connection, sides, transfer_id, "DECLINED")
    told = await reason_of(connection, sides, reason, transfer)
    await take(connection, sides, transfer, "DECLINED", by=sides.me, reason=told)


async def take_in(
    connection: Any, sides: Sides, transfer_id: uuid.UUID, *, id_number: str, asked_end: date | None,
    stated: Mapping[str, Any],
) -> uuid.UUID:  # fmt: skip
    """办理转入 Issue the new certificate with the same end, and end the old one with it. Raises Refusal, Unfit."""
    transfer = await transfer_held(connection, sides, transfer_id, "IN")
    row = await sides.hold(connection, transfer["losing_id"], transfer["record_id"], field="transferId")
    if sides.keys.person_id(id_number) != row["person_id"]:
        raise Refusal("TRANSFER_HOLDER_DIFFERS", field=("idNumber",))
    check_arriving(row["status"], field="transferId")
    carried_over(row["valid_to"], asked_end)
    return await arrive(connection, sides, transfer, row, stated)


async def arrive(
    connection: Any, sides: Sides, transfer: Row, row: Row, stated: Mapping[str, Any]
) -> uuid.UUID:  # fmt: skip
    """The new certificate instead of the old one, `row`; the last step. Raises Refusal, Unfit."""
    parsed = successor(row, sides, transfer["gaining_id"], stated)
    if parsed.record is None:
        raise Unfit(parsed.findings)
    kept = await exchange(connection, row, parsed.record, sides, transfer["gaining_id"])
    made = (kept.record_id, row["valid_to"])
    await take(connection, sides, transfer, "IN", by=transfer["gaining_id"], successor=made)
    return kept.record_id


def described(row: Row) -> Row:
    """What a transfer says of its certificate."""
    return {**row, "manager_class": orjson.loads(row["body"])["managerClass"]}
