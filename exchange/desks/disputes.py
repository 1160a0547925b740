"""Hub methods of disputes and statements. A method per mutation of schema/graphql/disputes.py.

What a step is and who may take it is in disputes.py.
"""

import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from exchange.disputes import WORKDAYS, add_statement, open_dispute, take_step
from exchange.engine.arguments import plain
from exchange.engine.asking import Asking
from exchange.engine.filters import read_id
from exchange.engine.mixed import Ref
from exchange.holidays import holidays_of
from exchange.stream import Signal
from exchange.user_errors import raise_beyond_input, refusal_error
from exchange.workdays import Deadline, add_workdays
from schema.errors import Refusal
from tenants.caller import DirectorySource
from tenants.session import acting

OPENS, ANSWERS = "dispute.open", "dispute.answer"


class Disputing:
    """The part of the hub in which who is concerned has a word."""

    _pool: Any
    _hub_pool: Any
    _source: DirectorySource
    _signal: Signal

    async def dispute_open(self, asking: Asking, input: Mapping[str, Any]) -> dict[str, Any]:
        """Dispute a record."""
        asking.caller.require(OPENS)
        record_id, due = read_id(input["record_id"], asking.keys), await self._due(asking)
        values = {"grounds": plain(input["grounds"]), "text": input["text"]}

        async def work(connection: Any) -> uuid.UUID:
            return await open_dispute(connection, asking.caller.tenant, record_id, values, day=asking.day, due=due)

        return await self._done(asking, work, "dispute")

    async def dispute_confirm(self, asking: Asking, input: Mapping[str, Any]) -> dict[str, Any]:
        """Confirm an own record that is disputed."""
        return await self._step(asking, input, "CONFIRMED", ANSWERS)

    async def dispute_elevate(self, asking: Asking, input: Mapping[str, Any]) -> dict[str, Any]:
        """Call upon the source's superior."""
        return await self._step(asking, input, "ELEVATED", OPENS)

    async def dispute_withdraw(self, asking: Asking, input: Mapping[str, Any]) -> dict[str, Any]:
        """Withdraw an own dispute."""
        return await self._step(asking, input, "WITHDRAWN", OPENS)

    async def dispute_rule(self, asking: Asking, input: Mapping[str, Any]) -> dict[str, Any]:
        """Decide as the superior: uphold the record, or order its correction."""
        return await self._step(asking, input, plain(input["ruling"]), ANSWERS)

    async def statement_add(self, asking: Asking, input: Mapping[str, Any]) -> dict[str, Any]:
        """Say something beside a record, in place of what was said before."""
        return await self._state(asking, input["record_id"], input["text"])

    async def statement_withdraw(self, asking: Asking, input: Mapping[str, Any]) -> dict[str, Any]:
        """Take back what was said beside a record."""
        return await self._state(asking, input["record_id"], None)

    async def _step(self, asking: Asking, input: Mapping[str, Any], step: str, scope: str) -> dict[str, Any]:
        asking.caller.require(scope)
        dispute_id, due = read_id(input["dispute_id"], asking.keys), await self._due(asking)

        async def work(connection: Any) -> uuid.UUID:
            await take_step(
                connection, asking.caller.tenant, dispute_id, step,
                reason=input["reason"], day=asking.day, due=due,
            )  # fmt: skip
            return dispute_id

        return await self._done(asking, work, "dispute")

    async def _state(self, asking: Asking, record: str, text: str | None) -> dict[str, Any]:
        asking.caller.require(OPENS)
        record_id = read_id(record, asking.keys)

        async def work(connection: Any) -> uuid.UUID:
            return await add_statement(connection, asking.caller.tenant, record_id, text, day=asking.day)

        return await self._done(asking, work, "statement_id")

    async def _done(self, asking: Asking, work: Callable[[Any], Awaitable[uuid.UUID]], name: str) -> dict[str, Any]:
        try:
            async with acting(self._pool, asking.caller) as connection:
                made = await work(connection)
        except Refusal as refusal:
            raise_beyond_input(refusal)
            return {"user_errors": [refusal_error(refusal, "input")]}
        self._signal.committed()
        return {name: Ref(made) if name == "dispute" else made, "user_errors": []}

    async def _due(self, asking: Asking) -> Deadline:
        async with self._hub_pool.acquire() as connection:
            return add_workdays(asking.day, WORKDAYS, await holidays_of(connection))
