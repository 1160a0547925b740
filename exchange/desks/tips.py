"""Hub methods of whistle-blower reports. A method per root field of schema/graphql/tips.py; the work is in tips.py."""

import secrets
import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from exchange.engine.arguments import plain
from exchange.engine.asking import Asking
from exchange.engine.filters import read_id
from exchange.engine.mixed import Ref
from exchange.holidays import holidays_of
from exchange.stream import Signal
from exchange.tips import WORKDAYS, Tip, code_of, competent_for, file_tip, open_reporter, reward, take_step
from exchange.user_errors import raise_beyond_input, refusal_error
from exchange.workdays import Deadline, add_workdays
from schema.errors import Refusal
from schema.fields import Reader, Unreadable, certificate_number, credit_code, division_code, text
from tenants.access import TenantKind
from tenants.caller import DirectorySource
from tenants.registry import Tenant
from tenants.session import acting, unavailable

FILES, HANDLES = "tip.file", "tip.handle"


class TipDesk:
    """The part of the hub that takes reports and keeps who reported to the competent authority."""

    _pool: Any
    _hub_pool: Any
    _source: DirectorySource
    _signal: Signal

    async def tip_file(self, asking: Asking, input: Mapping[str, Any]) -> dict[str, Any]:
        """Hand in a report; it goes to the authority of the place."""
        asking.caller.require(FILES)
        tip_id, code = uuid.uuid4(), code_of(secrets.token_bytes(15))
        try:
            tip = _tip(input)
            competent, due = competent_for(self._source.directory, tip.region), await self._due_to_triage(asking)
            async with acting(self._pool, asking.caller) as connection:
                await file_tip(
                    connection, asking.caller.tenant, competent, tip,
                    tip_id=tip_id, code=code, keys=asking.keys, day=asking.day, due=due,
                )  # fmt: skip
        except Refusal as refusal:
            raise_beyond_input(refusal)
            return {"user_errors": [refusal_error(refusal, "input")]}
        self._signal.committed()
        return {"tip": Ref(tip_id), "follow_up_code": code, "user_errors": []}

    async def tip_triage(self, asking: Asking, input: Mapping[str, Any]) -> dict[str, Any]:
        """Accept a report, reject it, or hand it to another authority."""
        step, to = plain(input["decision"]), input.get("to_authority")
        due = await self._due_to_triage(asking) if step == "TRANSFERRED" else None

        async def work(connection: Any, tip_id: uuid.UUID) -> None:
            reason = input.get("reason") or ("" if step != "ACCEPTED" else None)
            receiver = self._receiver(asking, to) if step == "TRANSFERRED" else None
            await take_step(
                connection, asking.caller.tenant, tip_id, step, text=reason, day=asking.day, to=receiver, due=due
            )

        return await self._handled(asking, input, work)

    async def tip_conclude(self, asking: Asking, input: Mapping[str, Any]) -> dict[str, Any]:
        """Say what was found."""

        async def work(connection: Any, tip_id: uuid.UUID) -> None:
            record = input.get("record_id")
            await take_step(
                connection, asking.caller.tenant, tip_id, plain(input["conclusion"]), text=input["finding"],
                day=asking.day, record_id=read_id(record, asking.keys) if record else None,
            )  # fmt: skip

        return await self._handled(asking, input, work)

    async def tip_reward(self, asking: Asking, input: Mapping[str, Any]) -> dict[str, Any]:
        """Note the reward of a confirmed report."""

        async def work(connection: Any, tip_id: uuid.UUID) -> None:
            await reward(
                connection, asking.caller.tenant, tip_id, amount=input["amount"], basis=input["basis"],
                paid_on=input.get("paid_on") or asking.day, day=asking.day,
            )  # fmt: skip

        return await self._handled(asking, input, work)

    async def tip_reporter(self, asking: Asking, tip_id: str) -> dict[str, Any] | None:
        """Who reported; for the competent authority, with purpose and case number."""
        asking.caller.require(HANDLES)
        asking.require_purpose()
        async with acting(self._pool, asking.caller) as connection:
            found = await open_reporter(
                connection, asking.caller.tenant, read_id(tip_id, asking.keys), client_id=asking.caller.client_id,
                purpose=asking.purpose, case_number=asking.case_number, request_id=asking.request_id, keys=asking.keys,
            )  # fmt: skip
        return None if found is None else {"is_anonymous": not found, **found}

    async def _handled(
        self, asking: Asking, input: Mapping[str, Any], work: Callable[[Any, uuid.UUID], Awaitable[None]]
    ) -> dict[str, Any]:
        asking.caller.require(HANDLES)
        tip_id = read_id(input["tip_id"], asking.keys)
        try:
            async with acting(self._pool, asking.caller) as connection:
                await work(connection, tip_id)
        except Refusal as refusal:
            raise_beyond_input(refusal)
            return {"user_errors": [refusal_error(refusal, "input")]}
        self._signal.committed()
        return {"tip": Ref(tip_id), "user_errors": []}

    async def _due_to_triage(self, asking: Asking) -> Deadline:
        with unavailable():
            async with self._hub_pool.acquire() as connection:
                return add_workdays(asking.day, WORKDAYS, await holidays_of(connection))

    def _receiver(self, asking: Asking, slug: str | None) -> Tenant:
        found = self._source.directory.by_slug.get(slug or "")
        is_other = found is not None and found.tenant_id != asking.caller.tenant.tenant_id
        if found is None or not is_other or found.kind is not TenantKind.AUTHORITY or not found.is_active:
            raise Refusal("NOT_FOUND", field=("toAuthority",))
        return found


def _tip(values: Mapping[str, Any]) -> Tip:
    reporter = {
        name: value.strip() for name, value in (values.get("reporter") or {}).items() if value and value.strip()
    }
    return Tip(
        category=plain(values["category"]),
        region=_read(division_code, values["region"], "region"),
        text=values["text"],
        credit_code=_read(credit_code, values.get("credit_code"), "creditCode"),
        number=_read(certificate_number, values.get("certificate_number"), "certificateNumber"),
        post=_read(text(), values.get("post"), "post"),
        reporter=reporter or None,
    )


def _read(reader: Reader, value: Any, field: str) -> Any:
    """A value as records have it, or none. Raises Refusal."""
    try:
        return reader(value) if value else None
    except Unreadable as error:
        raise Refusal(error.code, field=(field,), **error.values) from error
