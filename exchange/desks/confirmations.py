"""互认确认书 at the hub: confirms a decision on recognition, and says of a confirmation what has become of it.

The present answer is computed whenever somebody asks (proof/present.py); who may read a confirmation is row security,
what of it is `_of_role` here. How one is made is in proof/keeping.py.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import orjson

from exchange.engine.asking import Asking
from exchange.ledger.entries import EntryKey
from exchange.ledger.proving import inclusion
from exchange.proof.keeping import Office, confirm
from exchange.proof.present import present
from exchange.proof.receipts import outcome_of
from exchange.statements import statements
from exchange.stream import Signal
from exchange.user_errors import raise_beyond_input, refusal_error
from schema.confirmations import RELIED_UPON, ConfirmationState, Outcome, state_of
from schema.errors import Refusal
from schema.recognition import Decision, Verdict
from tenants.caller import DirectorySource
from tenants.session import acting, unavailable

_SQL = statements("confirmations")
_IS_DISPUTED = statements("disputes")["is_disputed"]
MOST_CHANGES = 50
Row = Mapping[str, Any]


class ConfirmationDesk:
    """The part of the hub that confirms."""

    _pool: Any
    _hub_pool: Any
    _source: DirectorySource
    _signal: Signal
    _catch_up: Callable[[int], Awaitable[None]]
    _issuer: str
    _public_url: Callable[[], str]

    async def recognition_confirm(self, asking: Asking, input: Mapping[str, Any]) -> dict[str, Any]:
        """Confirm a decision, whatever it is."""
        asking.caller.require("recognition.ask")
        try:
            number, made = await confirm(self._office(), asking, input)
        except Refusal as refusal:
            raise_beyond_input(refusal)
            return {"user_errors": [refusal_error(refusal, "input")]}
        self._signal.committed()
        row = await self._row(asking, number)
        fresh = {"history": [], "is_disputed": made.is_disputed, "receipt_file": None}  # nothing has become of it yet
        told = row and {**_confirmed(row), **_now(row, made.decision, asking), **self._of_role(asking, row), **fresh}
        return {"confirmation": told, "user_errors": []}

    async def confirmation(self, asking: Asking, number: str) -> dict[str, Any] | None:
        """A confirmation the caller has to do with, and what has become of it."""
        asking.caller.require("recognition.ask")
        row = await self._row(asking, number.strip().upper())
        if row is None:
            return None
        if asking.day > row["valid_until"]:
            return await self._told(asking, row, None)
        now = await present(self._pool, self._source.directory, [row], now=asking.now, today=asking.day)
        return await self._told(asking, row, now[row["confirmation_id"]])

    def _office(self) -> Office:
        return Office(
            pool=self._pool, source=self._source, catch_up=self._catch_up, issuer=self._issuer,
            public_url=self._public_url,
        )  # fmt: skip

    async def _row(self, asking: Asking, number: str) -> Row | None:
        async with acting(self._pool, asking.caller) as connection:
            row: Row | None = await connection.fetchrow(_SQL["confirmation"], number)
        return row

    async def _told(self, asking: Asking, row: Row, decision: Decision | None) -> dict[str, Any]:
        """As the GraphQL type Confirmation, to this caller; `decision` is that of now, None once it is over."""
        async with acting(self._pool, asking.caller) as connection:
            changes = await connection.fetch(_SQL["changes"], row["confirmation_id"], MOST_CHANGES)
            is_disputed = bool(row["record_id"]) and await connection.fetchval(_IS_DISPUTED, row["record_id"])
        told = {**_confirmed(row), **_now(row, decision, asking), "history": [dict(one) for one in changes]}
        file = await self._file(row) if row["owner_id"] == asking.caller.tenant.tenant_id else None
        return {**told, **self._of_role(asking, row), "is_disputed": is_disputed, "receipt_file": file}

    def _of_role(self, asking: Asking, row: Row) -> dict[str, Any]:
        """What only who asked, or only who asked and the place of use, may know."""
        tenant, asker = asking.caller.tenant, self._source.directory.tenants[row["owner_id"]]
        is_asker, is_host = asker.tenant_id == tenant.tenant_id, tenant.governs(row["host_region"])
        if not is_asker:
            return {"asker": asker.slug if is_host else None, "conditions": []}
        return {
            "asker": asker.slug,
            "case_number": row["case_number"],
            "employer_code": row["employer_code"],
            "conditions": orjson.loads(row["conditions"]),
            "receipt": row["receipt"],
        }

    async def _file(self, row: Row) -> dict[str, Any] | None:
        """What `exchange verify` reads; None until the log has it."""
        with unavailable():
            async with self._hub_pool.acquire() as connection:
                proof = await inclusion(connection, EntryKey("CONFIRMATION", row["number"], 1))
        return None if proof is None else {"receipt": row["receipt"], "inclusion": proof.as_dict()}


def confirmed_outcome(row: Row) -> Outcome:
    """What was confirmed, as it is compared."""
    return Outcome(verdict=Verdict[row["verdict"]], reasons=tuple(row["reasons"]), rules=tuple(row["rules"]))


def _confirmed(row: Row) -> dict[str, Any]:
    names = ("number", "host_region", "day", "valid_until", "confirmed_at", "mode", "kind", "source_updated_on")
    return {
        **{name: row[name] for name in names},
        "certificate_number_masked": row["number_shown"],
        "certificate_id": row["record_id"] and str(row["record_id"]),
        "confirmed_verdict": row["verdict"],
        "confirmed_reasons": row["reasons"],
        "confirmed_rules": row["rules"],
    }


def _now(row: Row, decision: Decision | None, asking: Asking) -> dict[str, Any]:
    """The present state. What is over is answered no more: whoever needs it asks again."""
    if decision is None:
        over = ConfirmationState.EXPIRED.name
        return {
            "state": over,
            "is_accepted": False,
            "checked_at": asking.now,
            "reasons": [],
            "rules": [],
            "changes": [],
        }
    before, now = confirmed_outcome(row), outcome_of(decision)
    state = state_of(before, now, valid_until=row["valid_until"], today=asking.day)
    return {
        "state": state.name,
        "verdict": now.verdict.name,
        "is_accepted": now.verdict in RELIED_UPON,
        "reasons": now.reasons,
        "rules": now.rules,
        "changes": _changes(orjson.loads(row["conditions"]), decision),
        "checked_at": asking.now,
    }


def _changes(conditions: Sequence[Mapping[str, Any]], decision: Decision) -> list[dict[str, Any]]:
    """The conditions that are answered otherwise now, before and after."""
    before = {one["condition"]: (one["outcome"], one["reason"]) for one in conditions}
    return [
        {
            "condition": one.condition,
            "before": before.get(one.condition, (None, None))[0],
            "before_reason": before.get(one.condition, (None, None))[1],
            "outcome": one.outcome.name,
            "reason": one.reason,
            "message": one.zh,
            "message_en": one.en,
            "next_step": one.next_zh,
            "next_step_en": one.next_en,
        }
        for one in decision.results
        if before.get(one.condition) != (one.outcome.name, one.reason)
    ]
