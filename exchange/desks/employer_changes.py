"""Hub methods of the cross-province change of employer (跨省变更受聘企业): asked for, agreed, refused, recalled.

A method per mutation of schema/graphql/employer_changes.py; the work is in exchange/transferring/employer_changes.py.
"""

import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from exchange.desks.recognition_facts import everywhere
from exchange.desks.transfers import READS, WRITES, employer_of, issued_number, problems, read_as, sides_of
from exchange.engine.asking import Asking
from exchange.engine.filters import read_id
from exchange.statements import statements
from exchange.stream import Signal
from exchange.transferring.employer_changes import Change, agree, check_whole, recall, refuse, request
from exchange.transferring.sides import Row, Sides, is_receiver
from exchange.transferring.transfers import Unfit
from schema.errors import Refusal
from schema.fields import certificate_identifier, certificate_number, credit_code, id_number
from tenants.caller import DirectorySource
from tenants.session import acting

_SQL = statements("transfers")
MOST_CERTIFICATES = 10


class EmployerChangeDesk:
    """The part of the hub in which a person's certificates change the employer together."""

    _pool: Any
    _hub_pool: Any
    _source: DirectorySource
    _signal: Signal

    async def employer_change_request(self, asking: Asking, input: Mapping[str, Any]) -> dict[str, Any]:
        """Ask the issuers, for the authority where the new employer is."""
        asking.caller.require(WRITES)
        asking.caller.require(READS)
        asking.require_purpose()

        async def work(connection: Any, sides: Sides) -> uuid.UUID:
            change, person, former = _read(asking, input)
            held = await self._held_at(asking, change, person, former)
            check_whole(held, change, sides)
            return await request(connection, sides, held, change)

        return await self._step_of_change(asking, work)

    async def employer_change_agree(self, asking: Asking, input: Mapping[str, Any]) -> dict[str, Any]:
        """Agree for all own certificates of a change; with the last agreement it is carried out."""

        async def work(connection: Any, sides: Sides) -> uuid.UUID:
            change_id = read_id(input["change_id"], asking.keys)
            await agree(connection, sides, change_id)
            return change_id

        return await self._step_of_change(asking, work)

    async def employer_change_refuse(self, asking: Asking, input: Mapping[str, Any]) -> dict[str, Any]:
        """Refuse it: the whole change ends."""
        return await self._end_change(asking, input, refuse)

    async def employer_change_recall(self, asking: Asking, input: Mapping[str, Any]) -> dict[str, Any]:
        """Take an own request back."""
        return await self._end_change(asking, input, recall)

    async def _end_change(
        self, asking: Asking, input: Mapping[str, Any], step: Callable[[Any, Sides, uuid.UUID, str], Awaitable[None]]
    ) -> dict[str, Any]:
        async def work(connection: Any, sides: Sides) -> uuid.UUID:
            change_id = read_id(input["change_id"], asking.keys)
            await step(connection, sides, change_id, input["reason"])
            return change_id

        return await self._step_of_change(asking, work)

    async def _step_of_change(
        self, asking: Asking, work: Callable[[Any, Sides], Awaitable[uuid.UUID]]
    ) -> dict[str, Any]:
        asking.caller.require(WRITES)
        try:
            sides = await sides_of(asking, self._source, self._hub_pool)
            async with acting(self._pool, everywhere(asking.caller, self._source.directory)) as connection:
                change_id = await work(connection, sides)
        except (Refusal, Unfit) as problem:
            return {"user_errors": problems(problem)}
        self._signal.committed()
        async with acting(self._pool, asking.caller) as connection:
            parts = [dict(row) for row in await connection.fetch(_SQL["parts_of_change"], change_id)]
        return {"change_id": change_id, "certificates": [_part(row) for row in parts], "user_errors": []}

    async def _held_at(self, asking: Asking, change: Change, person: uuid.UUID, former: str) -> Sequence[Row]:
        """The person's certificates at the former employer, if those named are among them; that one looked is kept
        whatever comes of it. Raises Refusal NOT_FOUND, TOO_MANY_MISSES, TRANSFER_RECEIVER_UNFIT."""
        caller = asking.caller
        if not is_receiver(caller.tenant):
            raise Refusal("TRANSFER_RECEIVER_UNFIT", field=("employerCode",))
        async with acting(self._pool, everywhere(caller, self._source.directory)) as connection:
            held: Sequence[Row] = await connection.fetch(
                _SQL["certificates_at"], person, former, list(change.numbers), caller.tenant.tenant_id,
                caller.client_id, asking.purpose, asking.case_number, asking.request_id, asking.misses.per_client,
                asking.misses.per_tenant, asking.day,
            )  # fmt: skip
        if not held:
            raise Refusal("NOT_FOUND", field=("certificates",))
        return held


def _read(asking: Asking, values: Mapping[str, Any]) -> tuple[Change, uuid.UUID, str]:
    """What is asked: the change, of whom, and the former employer. Raises Refusal."""
    code, name = employer_of(values)
    former = read_as(credit_code, values["former_employer_code"], "formerEmployerCode")
    if former == code:
        raise Refusal("EMPLOYER_UNCHANGED", field=("employerCode",))
    if not 1 <= len(values["certificates"]) <= MOST_CERTIFICATES:
        raise Refusal("BAD_INPUT", field=("certificates",), detail=f"certificates 1-{MOST_CERTIFICATES}")
    numbers: dict[bytes, tuple[str | None, str | None]] = {}
    for one in values["certificates"]:
        new, identifier = one.get("new_number"), one.get("new_identifier")
        number = read_as(certificate_number, one["number"], "certificates")
        numbers[asking.keys.join_hash("number", number)] = (
            issued_number(new, "certificates") if new else None,
            read_as(certificate_identifier, identifier, "certificates") if identifier else None,
        )
    change = Change(employer_code=code, employer_name=name, numbers=numbers)
    return change, asking.keys.person_id(read_as(id_number, values["id_number"], "idNumber")), former


def _part(row: Row) -> dict[str, Any]:
    return {
        "transfer_id": row["transfer_id"],
        "certificate_number": row["number_shown"],
        "state": row["state"],
        "new_certificate_id": row["successor_id"],
    }
