"""Hub methods about who is who. A method per mutation of schema/graphql/identity.py; the work is done in identity.py.

All of them handle persons, so each needs a purpose and a case number and leaves evidence.
"""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from exchange.engine.asking import Asking
from exchange.engine.filters import read_id
from exchange.publishing.identity import Correction, Judgement, correct_person, judge
from exchange.publishing.publish import Publication
from exchange.statements import statements
from exchange.stream import Signal
from exchange.user_errors import raise_beyond_input, refusal_error
from schema.errors import Refusal
from schema.fields import Reader, Unreadable, id_number, text
from tenants.session import acting

_LEAVE_EVIDENCE = statements("identity")["leave_evidence"]


class Identifying:
    """The part of the hub that says who is who."""

    _pool: Any
    _signal: Signal

    async def person_verdict(self, asking: Asking, input: Mapping[str, Any]) -> dict[str, Any]:
        """Say that two ids are one person, or two."""
        _require(asking)
        persons = (read_id(input["person_id"], asking.keys), read_id(input["other_person_id"], asking.keys))
        judgement = Judgement(
            persons=persons,
            verdict=str(getattr(input["verdict"], "value", input["verdict"])),
            reason=input["reason"],
            case_number=asking.case_number or "",
            decided_by=input.get("decided_by"),
            decided_on=input.get("decided_on") or asking.day,
        )
        try:
            async with acting(self._pool, asking.caller) as connection:
                verdict_id, is_new = await judge(connection, judgement, _publication(asking))
                await _leave_evidence(connection, asking, "personVerdict", persons)
        except Refusal as refusal:
            raise_beyond_input(refusal)
            return {"user_errors": [refusal_error(refusal, "input")]}
        self._signal.committed()
        return {"verdict_id": verdict_id, "outcome": "NEW" if is_new else "UNCHANGED", "user_errors": []}

    async def person_correct(self, asking: Asking, input: Mapping[str, Any]) -> dict[str, Any]:
        """Move own records from a wrong ID number to the right one."""
        _require(asking)
        try:
            correction = Correction(
                previous_id_number=_read(id_number, input["previous_id_number"], "previousIdNumber"),
                id_number=_read(id_number, input["id_number"], "idNumber"),
                name=_read(text(), input["name"], "name") if input.get("name") else None,
                reason=input["reason"],
            )
            persons = [asking.keys.person_id(one) for one in (correction.previous_id_number, correction.id_number)]
            async with acting(self._pool, asking.caller) as connection:
                moved = await correct_person(connection, correction, _publication(asking))
                await _leave_evidence(connection, asking, "personCorrect", persons)
        except Refusal as refusal:
            raise_beyond_input(refusal)
            return {"record_ids": [], "user_errors": [refusal_error(refusal, "input")]}
        self._signal.committed()
        return {"person_id": persons[1], "record_ids": moved, "user_errors": []}


def _require(asking: Asking) -> None:
    asking.caller.require("record.publish")
    asking.caller.require("person.read")
    asking.require_purpose()


def _publication(asking: Asking) -> Publication:
    return Publication(tenant=asking.caller.tenant, keys=asking.keys, day=asking.day)


def _read(reader: Reader, value: Any, field: str) -> Any:
    try:
        return reader(value)
    except Unreadable as error:
        raise Refusal(error.code, field=(field,), **error.values) from error


async def _leave_evidence(connection: Any, asking: Asking, root_field: str, persons: Sequence[uuid.UUID]) -> None:
    await connection.execute(
        _LEAVE_EVIDENCE, asking.caller.tenant.tenant_id, asking.caller.client_id, asking.purpose, asking.case_number,
        root_field, ["Person.id"], sorted(set(persons)), asking.request_id,
    )  # fmt: skip
