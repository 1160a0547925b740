"""跨省变更受聘企业 One person's certificates change the employer together: all of them, or none.

Asked for by the authority where the new employer is, agreed by every issuer for its own certificates; with the last
agreement all are written at once. A certificate of another province is exchanged as by a transfer, with its end day;
one of the same province keeps its number. Until then every certificate stays as it is.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from exchange.statements import statements
from exchange.transferring.certificates import check_number_free, report, successor
from exchange.transferring.sides import Row, Sides
from exchange.transferring.steps import check_unpromised, lock, open_one, reason_of, take
from exchange.transferring.transfers import Unfit, arrive
from schema.errors import Refusal
from schema.transfers import OPEN, check_leaving, follow, is_same_province, parts_of

_SQL = statements("transfers")
WHOLE_ENDS = "同一变更申请中有证书不予办理，全部终止"


@dataclass(frozen=True, kw_only=True)
class Change:
    """变更申请 The new employer, and for each certificate by the hash of its number: the new number and identifier,
    None where it keeps its own."""

    employer_code: str
    employer_name: str
    numbers: Mapping[bytes, tuple[str | None, str | None]]


def check_whole(held: Sequence[Row], change: Change, sides: Sides) -> None:
    """Whether these are all the person holds there, each fit to move, with a new number where it leaves its province.
    Raises Refusal EMPLOYER_CHANGE_INCOMPLETE, TRANSFER_NOT_POSSIBLE, FIELD_REQUIRED, VALUES_CONTRADICT."""
    left = [row for row in held if row["number_hash"] not in change.numbers]
    if left:
        raise Refusal("EMPLOYER_CHANGE_INCOMPLETE", field=("certificates",), count=len(left))
    for row in held:
        if row["status"] != "VALID":
            raise Refusal("TRANSFER_NOT_POSSIBLE", field=("certificates",), state=row["status"])
        stays = _stays(sides, row["owner_id"], sides.me)
        if stays is not (change.numbers[row["number_hash"]][0] is None):
            code, told = ("VALUES_CONTRADICT", {"other": "number"}) if stays else ("FIELD_REQUIRED", {})
            raise Refusal(code, field=("certificates", "newNumber"), **told)


async def request(connection: Any, sides: Sides, held: Sequence[Row], change: Change) -> uuid.UUID:
    """Ask all issuers; what the requester itself issued is agreed. The new change. Raises Refusal, Unfit."""
    change_id = uuid.uuid4()
    await _check_issuable(connection, sides, held, change)
    for row in held:
        await lock(connection, f"request {row['record_id']}")
        await check_unpromised(connection, row["record_id"], field="certificates", states=("REQUESTED", "AGREED"))
        employer = {"employer_code": change.employer_code, "employer_name": change.employer_name}
        told = {"change_id": change_id, **employer, **_new(*change.numbers[row["number_hash"]])}
        described = {**row, "manager_class": orjson.loads(row["body"])["managerClass"]}
        await open_one(
            connection, sides, described, "REQUESTED", losing_id=row["owner_id"], gaining_id=sides.me, change=told
        )
    if any(row["owner_id"] == sides.me for row in held):
        await agree(connection, sides, change_id)
    return change_id


async def _check_issuable(connection: Any, sides: Sides, held: Sequence[Row], change: Change) -> None:
    """Whether the new certificates could be issued as asked: found out now, not by the last issuer. Raises Refusal,
    Unfit."""
    taken: set[str | None] = set()
    for row in held:
        new_number, new_identifier = change.numbers[row["number_hash"]]
        if new_number is None:
            continue
        full = await connection.fetchrow(_SQL["certificate"], row["record_id"], sides.day)
        parsed = successor(full, sides, sides.me, _stated({**vars(change), **_new(new_number, new_identifier)}))
        if parsed.record is None:
            raise Unfit(parsed.findings)
        if parsed.record.number in taken:
            raise Refusal("CERTIFICATE_NUMBER_TAKEN", field=("certificates", "newNumber"))
        await check_number_free(connection, sides, parsed.record, sides.me)
        taken.add(parsed.record.number)


async def agree(connection: Any, sides: Sides, change_id: uuid.UUID) -> bool:
    """Agree for all own certificates of a change; whether it is carried out with this. Raises Refusal, Unfit: then
    nothing is changed, the agreement not kept."""
    await lock(connection, f"change {change_id}")
    for part in await _own_parts(connection, sides, change_id, "AGREED"):
        row = await sides.hold(connection, sides.me, part["record_id"], field="changeId")
        check_leaving(row["kind"], row["status"], field="changeId")
        await check_unpromised(connection, part["record_id"], field="changeId")
        await take(connection, sides, part, "AGREED", by=sides.me)
    parts = await _all_parts(connection, sides, change_id)
    if any(part["state"] != "AGREED" for part in parts):
        return False
    together = [
        (part, await sides.hold(connection, part["losing_id"], part["record_id"], field="changeId")) for part in parts
    ]
    await _check_still_whole(connection, sides, together)
    for part, row in together:
        await _carry_out(connection, sides, part, row)
    return True


async def refuse(connection: Any, sides: Sides, change_id: uuid.UUID, reason: str) -> None:
    """不予办理 One issuer refuses, before all have agreed: the whole change ends. Raises Refusal."""
    await lock(connection, f"change {change_id}")
    for part in await _own_parts(connection, sides, change_id, "REFUSED"):
        await take(
            connection, sides, part, "REFUSED", by=sides.me, reason=await reason_of(connection, sides, reason, part)
        )
    for part in await _all_parts(connection, sides, change_id):
        if part["state"] in OPEN:
            await take(connection, sides, part, "RECALLED", by=part["gaining_id"], reason=WHOLE_ENDS)


async def recall(connection: Any, sides: Sides, change_id: uuid.UUID, reason: str) -> None:
    """撤回申请 The requester takes its request back. Raises Refusal."""
    await lock(connection, f"change {change_id}")
    for part in await _own_parts(connection, sides, change_id, "RECALLED"):
        told = await reason_of(connection, sides, reason, part)
        await take(connection, sides, part, "RECALLED", by=sides.me, reason=told)


async def _own_parts(connection: Any, sides: Sides, change_id: uuid.UUID, step: str) -> list[Row]:
    """The certificates of a change for which the caller may take this step. Raises Refusal NOT_FOUND,
    TRANSFER_STEP_INVALID."""
    parts = await connection.fetch(_SQL["parts_of_change"], change_id)
    if not parts:
        raise Refusal("NOT_FOUND", field=("changeId",))
    side = "gaining_id" if step == "RECALLED" else "losing_id"
    own: list[Row] = [dict(part) for part in parts if part[side] == sides.me]
    if not own:
        raise Refusal("TRANSFER_STEP_INVALID", field=("changeId",), state=parts[0]["state"])
    for part in own:
        follow(part["state"], step, parts_of(sides.me, part["losing_id"], part["gaining_id"]))
    return own


async def _all_parts(connection: Any, sides: Sides, change_id: uuid.UUID) -> list[Row]:
    """Every certificate of a change, as its requester sees them; leaves the requester looking."""
    seen = await connection.fetch(_SQL["parts_of_change"], change_id)
    await sides.look(connection, seen[0]["gaining_id"])
    return [dict(part) for part in await connection.fetch(_SQL["parts_of_change"], change_id)]


async def _check_still_whole(connection: Any, sides: Sides, together: Sequence[tuple[Row, Row]]) -> None:
    """Whether all hold, and are all there is at one employer, on the day it is done too. Raises Refusal
    TRANSFER_NOT_POSSIBLE, EMPLOYER_CHANGE_INCOMPLETE."""
    part, first = together[0]
    for _, row in together:
        if row["status"] != "VALID":
            raise Refusal("TRANSFER_NOT_POSSIBLE", field=("changeId",), state=row["status"])
    moved = sum(row["credit_code"] != first["credit_code"] for _, row in together)
    await sides.look(connection, part["gaining_id"], is_wide=True)
    records = [row["record_id"] for _, row in together]
    held = (first["person_id"], first["credit_code"], records)
    left: int = await connection.fetchval(_SQL["left_behind"], *held)
    if moved + left:
        raise Refusal("EMPLOYER_CHANGE_INCOMPLETE", field=("changeId",), count=moved + left)


async def _carry_out(connection: Any, sides: Sides, part: Row, row: Row) -> None:
    await sides.look(connection, part["losing_id"])
    if part["new_number"] is None:
        await report(connection, row, sides, "VALID", "CHANGE", (part["employer_code"], part["employer_name"]))
        await take(connection, sides, part, "CHANGED", by=part["losing_id"])
        return
    await arrive(connection, sides, part, row, _stated(part))


def _new(number: str | None, identifier: str | None) -> dict[str, str | None]:
    return {"new_number": number, "new_identifier": identifier}


def _stated(part: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "number": part["new_number"], "certificateIdentifier": part["new_identifier"],
        "creditCode": part["employer_code"], "employerName": part["employer_name"],
    }  # fmt: skip


def _stays(sides: Sides, owner_id: int, gaining_id: int) -> bool:
    tenants = sides.directory.tenants
    return is_same_province(tenants[owner_id].region, tenants[gaining_id].region)
