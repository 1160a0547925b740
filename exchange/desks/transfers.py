"""Hub methods of transfers between provinces (转出、转入). A method per root field of schema/graphql/transfers.py.

What a step does is in exchange/transferring/; which may follow which in schema/transfers.py.
"""

import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import orjson

from exchange.desks.recognition_facts import everywhere
from exchange.engine.asking import Asking
from exchange.engine.filters import holds_id_number, read_id
from exchange.engine.mixed import Ref
from exchange.holidays import holidays_of
from exchange.statements import statements
from exchange.stream import Signal
from exchange.transferring.certificates import personal_of
from exchange.transferring.sides import Row, Sides
from exchange.transferring.transfers import Unfit, decline, set_out, take_in, withdraw
from exchange.user_errors import finding_error, raise_beyond_input, refusal_error
from exchange.workdays import add_workdays
from schema.errors import Refusal
from schema.fields import Reader, Unreadable, certificate_identifier, certificate_number, credit_code, id_number, text
from schema.transfers import WORKDAYS, effective_while_leaving
from tenants.caller import DirectorySource
from tenants.registry import Tenant
from tenants.session import acting, unavailable

_SQL = statements("transfers")
WRITES, READS = "record.publish", "person.read"
PURPOSE = "办理转入"


class TransferDesk:
    """The part of the hub in which certificates change provinces."""

    _pool: Any
    _hub_pool: Any
    _source: DirectorySource
    _signal: Signal

    async def transfer_out(self, asking: Asking, input: Mapping[str, Any]) -> dict[str, Any]:
        """Set an own certificate out for an authority of another province."""

        async def work(connection: Any, sides: Sides) -> uuid.UUID:
            record_id = read_id(input["certificate_id"], asking.keys)
            return await set_out(connection, sides, record_id, input["authority_id"])

        return await self._take_step(asking, work)

    async def transfer_in(self, asking: Asking, input: Mapping[str, Any]) -> dict[str, Any]:
        """Issue the new certificate; the old one ends with it."""

        caller, misses = asking.caller, asking.misses

        async def work(connection: Any, sides: Sides) -> uuid.UUID:
            transfer_id = read_id(input["transfer_id"], asking.keys)
            await connection.execute(
                _SQL["refuse_guessing"], caller.tenant.tenant_id, caller.client_id, misses.per_client, misses.per_tenant
            )
            stated = {
                "number": issued_number(input["number"], "number"),
                "certificateIdentifier": input.get("certificate_identifier"),
                "creditCode": input["employer_code"], "employerName": input["employer_name"],
                "jobTitle": getattr(input.get("job_title"), "value", input.get("job_title")),
            }  # fmt: skip
            await take_in(
                connection, sides, transfer_id, stated=stated, asked_end=input.get("valid_to"),
                id_number=read_as(id_number, input["id_number"], "idNumber"),
            )  # fmt: skip
            return transfer_id

        answer = await self._take_step(asking, work)
        if any(one["code"] == "TRANSFER_HOLDER_DIFFERS" for one in answer["user_errors"]):
            await self._leave_miss(asking, input["id_number"])
        return answer

    async def _leave_miss(self, asking: Asking, number: str) -> None:
        """That an ID number was tried which was not the holder's; the refusal itself kept nothing."""
        sought = asking.keys.person_id(read_as(id_number, number, "idNumber"))
        async with acting(self._pool, asking.caller) as connection:
            await connection.execute(
                _SQL["leave_miss"], asking.caller.tenant.tenant_id, asking.caller.client_id,
                asking.purpose or PURPOSE, asking.case_number or asking.request_id, asking.request_id, sought,
            )  # fmt: skip

    async def transfer_withdraw(self, asking: Asking, input: Mapping[str, Any]) -> dict[str, Any]:
        """Take back what one set out, before it was taken in."""
        return await self._end_transfer(asking, input, withdraw)

    async def transfer_decline(self, asking: Asking, input: Mapping[str, Any]) -> dict[str, Any]:
        """Do not take in what was set out for one."""
        return await self._end_transfer(asking, input, decline)

    async def transfer_data(self, asking: Asking, by: Mapping[str, Any]) -> dict[str, Any] | None:
        """What the gaining authority has to know of a certificate set out for it."""
        asking.caller.require(WRITES)
        asking.caller.require(READS)
        asking.require_purpose()
        number, identifier = by.get("number"), by.get("certificate_identifier")
        sought = number and asking.keys.join_hash("number", read_as(certificate_number, number, "number"))
        named = identifier and read_as(certificate_identifier, identifier, "certificateIdentifier")
        caller = asking.caller
        async with acting(self._pool, everywhere(caller, self._source.directory)) as connection:
            row = await connection.fetchrow(
                _SQL["transferable"], sought, named, caller.tenant.tenant_id, caller.client_id, asking.purpose,
                asking.case_number, asking.request_id, asking.day,
            )  # fmt: skip
        if row is None:
            return None
        with unavailable():
            async with self._hub_pool.acquire() as connection:
                reviews = await connection.fetchval(_SQL["open_reviews"], row["person_id"])
        return {**_data(asking, row, self._source.directory.tenants[row["losing_id"]]), "open_reviews": reviews}

    async def _end_transfer(
        self, asking: Asking, input: Mapping[str, Any], step: Callable[[Any, Sides, uuid.UUID, str], Awaitable[None]]
    ) -> dict[str, Any]:
        async def work(connection: Any, sides: Sides) -> uuid.UUID:
            transfer_id = read_id(input["transfer_id"], asking.keys)
            await step(connection, sides, transfer_id, input["reason"])
            return transfer_id

        return await self._take_step(asking, work)

    async def _take_step(self, asking: Asking, work: Callable[[Any, Sides], Awaitable[uuid.UUID]]) -> dict[str, Any]:
        asking.caller.require(WRITES)
        try:
            sides = await sides_of(asking, self._source, self._hub_pool)
            async with acting(self._pool, asking.caller) as connection:
                transfer_id = await work(connection, sides)
        except (Refusal, Unfit) as problem:
            return {"user_errors": problems(problem)}
        self._signal.committed()
        return {"transfer": Ref(transfer_id), "user_errors": []}


async def sides_of(asking: Asking, source: DirectorySource, hub_pool: Any) -> Sides:
    """Who takes a step now, and by when the other side has to take the next."""
    with unavailable():
        async with hub_pool.acquire() as connection:
            due = add_workdays(asking.day, WORKDAYS, await holidays_of(connection))
    return Sides(caller=asking.caller, directory=source.directory, keys=asking.keys, day=asking.day, due=due)


def problems(problem: Refusal | Unfit) -> list[dict[str, Any]]:
    """What keeps a step from being taken, as its payload says it."""
    if isinstance(problem, Unfit):
        return [finding_error(one) for one in problem.findings if one.severity == "ERROR"]
    raise_beyond_input(problem)
    return [refusal_error(problem, "input")]


def read_as(reader: Reader, value: Any, field: str) -> Any:
    """A value of the input. Raises Refusal."""
    try:
        return reader(value)
    except Unreadable as error:
        raise Refusal(error.code, field=(field,), **error.values) from error


def issued_number(value: str, field: str) -> str:
    """A number to be issued; a person's own number is none. Raises Refusal CERTIFICATE_NUMBER_INVALID."""
    number: str = read_as(certificate_number, value, field)
    if holds_id_number(number):
        raise Refusal("CERTIFICATE_NUMBER_INVALID", field=(field,))
    return number


def employer_of(values: Mapping[str, Any]) -> tuple[str, str]:
    """The new employer as it is kept. Raises Refusal."""
    return (
        read_as(credit_code, values["employer_code"], "employerCode"),
        read_as(text(), values["employer_name"], "employerName"),
    )


def _data(asking: Asking, row: Row, losing: Tenant) -> dict[str, Any]:
    """As the GraphQL type TransferData."""
    body, personal = orjson.loads(row["body"]), personal_of(row, asking.keys)
    names = ("employer_name", "first_issued_on", "valid_from", "valid_to", "due_on", "is_due_estimated")
    return {
        **{name: row[name] for name in names},
        "transfer_id": row["transfer_id"],
        "certificate_id": row["record_id"],
        "person_id": row["person_id"],
        "certificate_number": row["number_shown"],
        "certificate_identifier": body.get("certificateIdentifier"),
        "name": row["name"],
        "id_number_masked": row["id_shown"],
        "gender": personal.get("gender"),
        "manager_class": body.get("managerClass"),
        "job_title": body.get("jobTitle"),
        "employer_code": row["credit_code"],
        "status": effective_while_leaving(row["status"], row["valid_to"], asking.day),
        "remaining_days": max((row["valid_to"] - asking.day).days + 1, 0),
        "losing_authority": {
            "id": losing.slug, "name": losing.name, "name_en": losing.name_en, "credit_code": losing.credit_code,
            "region": losing.region,
        },
        "standing_actions": row["actions"],
        "standing_flags": row["flags"],
    }  # fmt: skip
