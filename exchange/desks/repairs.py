"""信用修复 Credit repair: a firm asks for its own record, the record's owner decides within working days.

The next step is a line of STEPS, with a row in `tests/spec/repairs.md`, a statement in sql/repairs.sql and a method
here. Accepted lifts the record as any lifting does; a repair that rested on false statements is revoked, the record
stands again.
"""

import uuid
from collections.abc import Mapping
from datetime import date
from typing import Any

import orjson

from exchange.engine.arguments import plain
from exchange.engine.asking import Asking
from exchange.engine.filters import read_id
from exchange.engine.mixed import Ref
from exchange.gates.facts import negative
from exchange.holidays import holidays_of
from exchange.publishing.publish import Publication, lift
from exchange.statements import statements
from exchange.stream import Signal
from exchange.user_errors import raise_beyond_input, refusal_error
from exchange.workdays import add_workdays
from schema.errors import Refusal
from schema.fields import Unreadable, conceal, paragraphs
from schema.measures import repair_from
from tenants.session import acting

_SQL = statements("repairs")
REPAIR_WORKDAYS = 10
"""Time to decide, in working days (待核)."""

STEPS: Mapping[tuple[str, str], str] = {
    ("REQUESTED", "ACCEPT"): "ACCEPTED",
    ("REQUESTED", "REFUSE"): "REFUSED",
    ("ACCEPTED", "REVOKE"): "REVOKED",
}
"""(state, step) -> state. Whatever is not here cannot be done."""

_STEP_OF = {"ACCEPTED": "ACCEPT", "REFUSED": "REFUSE"}


def after(state: str, step: str) -> str:
    """The state a step leads to. Raises Refusal REPAIR_STATE."""
    if (state, step) not in STEPS:
        raise Refusal("REPAIR_STATE", field=("repairId",), state=state)
    return STEPS[state, step]


def check_request(told: Mapping[str, Any], day: date) -> None:
    """Whether repair of a record may be asked on a day. Raises Refusal ALREADY_LIFTED, REPAIR_NOT_PROVIDED or
    REPAIR_TOO_EARLY."""
    if told["lifted_on"] is not None:
        raise Refusal("ALREADY_LIFTED", field=("riskFlagId",))
    facts = {"recordId": str(told["record_id"]), "authority": "", "since": told["since"].isoformat()}
    code, body = told["credit_code"], orjson.loads(told["body"])
    record = negative({**facts, "creditCode": code, "band": told["band"], "body": body}, code)
    earliest = repair_from(record)
    if earliest is None:
        raise Refusal("REPAIR_NOT_PROVIDED", field=("riskFlagId",))
    if day < earliest:
        raise Refusal("REPAIR_TOO_EARLY", field=("riskFlagId",), day=earliest.isoformat())


def _text(values: Mapping[str, Any], name: str, field: str) -> str:
    told = values.get(name) or ""
    if not told.strip():
        raise Refusal("REASON_REQUIRED", field=(field,))
    try:
        return conceal(paragraphs()(told))
    except Unreadable as error:
        raise Refusal(error.code, field=(field,), **error.values) from error


class Repairing:
    """The part of the hub that repairs credit."""

    _pool: Any
    _hub_pool: Any
    _signal: Signal

    async def repair_request(self, asking: Asking, input: Mapping[str, Any]) -> dict[str, Any]:
        """Ask for the repair of a record on the own firm."""
        asking.caller.require("repair.request")
        try:
            materials, commitment = _text(input, "materials", "materials"), _text(input, "commitment", "commitment")
            repair_id = await self._request(asking, read_id(input["risk_flag_id"], asking.keys), materials, commitment)
        except Refusal as refusal:
            raise_beyond_input(refusal)
            return {"user_errors": [refusal_error(refusal, "input")]}
        self._signal.committed()
        return {"repair": Ref(repair_id), "user_errors": []}

    async def _request(self, asking: Asking, record_id: uuid.UUID, materials: str, commitment: str) -> uuid.UUID:
        tenant = asking.caller.tenant
        async with acting(self._pool, asking.caller) as connection:
            told = await connection.fetchrow(_SQL["own_record"], record_id, tenant.credit_code)
        if told is None:
            raise Refusal("NOT_FOUND", field=("riskFlagId",))
        check_request(told, asking.day)
        async with self._hub_pool.acquire() as connection, connection.transaction():
            due = add_workdays(asking.day, REPAIR_WORKDAYS, await holidays_of(connection))
            repair_id: uuid.UUID | None = await connection.fetchval(
                _SQL["request"], record_id, tenant.credit_code, tenant.tenant_id, materials, commitment, asking.day,
                due.day, due.is_estimated,
            )  # fmt: skip
        if repair_id is None:
            raise Refusal("REPAIR_PENDING", field=("riskFlagId",))
        return repair_id

    async def repair_decide(self, asking: Asking, input: Mapping[str, Any]) -> dict[str, Any]:
        """Accept, which lifts the record, or refuse with a reason."""
        asking.caller.require("flag.lift")
        repair_id, outcome = read_id(input["repair_id"], asking.keys), plain(input["outcome"])
        owner = asking.caller.tenant.tenant_id
        try:
            reason = _text(input, "reason", "reason")
            async with acting(self._pool, asking.caller) as connection:
                standing = await _standing(connection, repair_id, owner, input["expected_version"])
                state = after(standing["state"], _STEP_OF[outcome])
                lifted = asking.day if state == "ACCEPTED" and standing["is_listed"] else None
                if lifted:
                    await lift(connection, [standing["record_id"]], _publication(asking), on=lifted, reason="信用修复")
                await connection.execute(
                    _SQL["decide"], repair_id, owner, state, reason, asking.day, input.get("decided_by"), lifted
                )
        except Refusal as refusal:
            raise_beyond_input(refusal)
            return {"user_errors": [refusal_error(refusal, "input")]}
        self._signal.committed()
        return {"repair": Ref(repair_id), "user_errors": []}

    async def repair_revoke(self, asking: Asking, input: Mapping[str, Any]) -> dict[str, Any]:
        """Take an accepted repair back: the record stands again."""
        asking.caller.require("flag.lift")
        repair_id, owner = read_id(input["repair_id"], asking.keys), asking.caller.tenant.tenant_id
        try:
            reason = _text(input, "reason", "reason")
            async with acting(self._pool, asking.caller) as connection:
                standing = await _standing(connection, repair_id, owner, input["expected_version"])
                after(standing["state"], "REVOKE")
                await connection.execute(_SQL["revoke"], repair_id, owner, reason, asking.day)
                record_id, lifted = standing["record_id"], standing["lifted_on"]
                await connection.execute(_SQL["relist"], owner, record_id, asking.day, lifted)
        except Refusal as refusal:
            raise_beyond_input(refusal)
            return {"user_errors": [refusal_error(refusal, "input")]}
        self._signal.committed()
        return {"repair": Ref(repair_id), "user_errors": []}


async def _standing(connection: Any, repair_id: uuid.UUID, owner: int, expected_version: int) -> Mapping[str, Any]:
    """A request as its owner has it. Raises Refusal NOT_FOUND, VERSION_CONFLICT."""
    row: Mapping[str, Any] | None = await connection.fetchrow(_SQL["standing"], repair_id, owner)
    if row is None:
        raise Refusal("NOT_FOUND", field=("repairId",))
    if row["version"] != expected_version:
        raise Refusal("VERSION_CONFLICT", field=("expectedVersion",), version=row["version"])
    return row


def _publication(asking: Asking) -> Publication:
    return Publication(tenant=asking.caller.tenant, keys=asking.keys, day=asking.day)
