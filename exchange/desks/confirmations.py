"""互认确认书 at the hub: confirms a decision on recognition, and says of a confirmation what has become of it.

The present answer is computed whenever somebody asks (proof/present.py); who may read a confirmation is row security,
what of it is `_of_role` here. How one is made is in proof/keeping.py.
"""

import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import orjson

from exchange.desks.confirmation_lists import Sought, page_of, sought_from
from exchange.engine.asking import Asking
from exchange.engine.cursors import MAX_FIRST
from exchange.engine.later import Later
from exchange.ledger.entries import EntryKey
from exchange.ledger.proving import inclusion
from exchange.proof.keeping import Office, confirm
from exchange.proof.present import present
from exchange.proof.receipts import outcome_of
from exchange.proof.safety_codes import page_url, qr_svg
from exchange.statements import statements
from exchange.stream import Signal
from exchange.user_errors import raise_beyond_input, refusal_error
from schema.confirmations import RELIED_UPON, ConfirmationState, Outcome, state_of
from schema.errors import Refusal
from schema.recognition import Decision, Verdict
from tenants.caller import DirectorySource
from tenants.session import acting, unavailable

_SQL = statements("confirmations")
_LEAVE_EVIDENCE = statements("identity")["leave_evidence"]
_CHANGED = (ConfirmationState.CHANGED.name, ConfirmationState.WITHDRAWN.name)
MOST_CHANGES = 50
_PASSED = ("PASSED", None)
MOST_LOOKED = 500
"""So many are judged anew for one page at most, where few are of the states that are sought."""
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
        asking.noted.append(number)
        (row,) = await self._rows(asking, [number])
        told = await self._told(asking, [row], {row["confirmation_id"]: made.decision})
        url = told[0]["page_url"]
        return {"confirmation": told[0], "page_url": url, "qr_svg": Later(lambda: qr_svg(url)), "user_errors": []}

    async def confirmation(self, asking: Asking, number: str) -> dict[str, Any] | None:
        """A confirmation the caller has to do with, and what has become of it."""
        asking.caller.require("recognition.ask")
        rows = await self._rows(asking, [number.strip().upper()])
        told = await self._told(asking, rows, await self._present(asking, rows))
        return {**told[0], "receipt_file": await self._file(asking, rows[0])} if told else None

    async def confirmations_again(self, asking: Asking, numbers: Sequence[str]) -> list[dict[str, Any]]:
        """What has become of own confirmations, in short: for a request that is repeated."""
        rows = await self._rows(asking, numbers)
        present = await self._present(asking, rows)
        return [
            {
                "number": row["number"],
                "state": now["state"],
                "verdict": now.get("verdict"),
                "isAccepted": now["is_accepted"],
                "checkedAt": now["checked_at"].isoformat(),
            }
            for row, now in ((row, _now(row, present.get(row["confirmation_id"]), asking)) for row in rows)
        ]

    async def confirmations(self, asking: Asking, first: int, **sought: Any) -> dict[str, Any]:
        """Those the caller has to do with, the latest first, by what has become of them."""
        asking.caller.require("recognition.ask")
        if not 1 <= first <= MAX_FIRST:
            raise Refusal("BAD_INPUT", field=("first",), detail=f"first 1-{MAX_FIRST}")
        wanted = sought_from(asking, sought)
        found: list[tuple[Row, dict[str, Any]]] = []
        after, is_over, looked = wanted.after, False, 0
        most = MAX_FIRST if wanted.states else first + 1
        while len(found) <= first and not is_over and looked < MOST_LOOKED:
            rows = await self._next(asking, replace(wanted, after=after), most)
            present = await self._present(asking, rows)
            told = await self._told(asking, rows, present)
            found += [(row, one) for row, one in zip(rows, told, strict=True) if wanted.has(one)]
            is_over, looked = len(rows) < most, looked + len(rows)
            after = rows[-1]["place"] if rows else after
        return page_of(found, first, None if is_over else after, wanted)

    async def _next(self, asking: Asking, sought: Sought, most: int) -> list[Row]:
        async with acting(self._pool, asking.caller) as connection:
            rows: list[Row] = await connection.fetch(
                _SQL["confirmations"], sought.after, sought.number_hash, sought.host_region, sought.since,
                sought.is_over, asking.day, most,
            )  # fmt: skip
            if sought.is_personal:
                persons = sorted({row["person_id"] for row in rows if row["person_id"]})
                await connection.execute(
                    _LEAVE_EVIDENCE, asking.caller.tenant.tenant_id, asking.caller.client_id, asking.purpose,
                    asking.case_number, "confirmations", ["Confirmation.state"], persons, asking.request_id,
                )  # fmt: skip
        return rows

    async def _present(self, asking: Asking, rows: Sequence[Row]) -> dict[uuid.UUID, Decision]:
        """The decisions of now on those whose time is not over."""
        good = [row for row in rows if asking.day <= row["valid_until"]]
        return await present(self._pool, self._source.directory, good, now=asking.now, today=asking.day)

    def _office(self) -> Office:
        return Office(
            pool=self._pool, source=self._source, catch_up=self._catch_up, issuer=self._issuer,
            public_url=self._public_url,
        )  # fmt: skip

    async def _rows(self, asking: Asking, numbers: Sequence[str]) -> list[Row]:
        async with acting(self._pool, asking.caller) as connection:
            rows: list[Row] = await connection.fetch(_SQL["confirmation"], list(numbers))
        return rows

    async def _told(
        self, asking: Asking, rows: Sequence[Row], present: Mapping[uuid.UUID, Decision]
    ) -> list[dict[str, Any]]:
        """As the GraphQL type Confirmation, to this caller; a decision is that of now, none once it is over."""
        ids = [row["confirmation_id"] for row in rows]
        async with acting(self._pool, asking.caller) as connection:
            changes = await connection.fetch(_SQL["changes"], ids, MOST_CHANGES)
            beside = {row["confirmation_id"]: row for row in await connection.fetch(_SQL["beside"], ids)}
        told = []
        for row in rows:
            id_ = row["confirmation_id"]
            history = [dict(one) for one in changes if one["confirmation_id"] == id_]
            now = _now(row, present.get(id_), asking)
            state = history[0]["state"] if history and now["state"] == ConfirmationState.EXPIRED.name else now["state"]
            told.append({
                **_confirmed(row), **now, **self._of_role(asking, row, beside[id_]), "history": history,
                "is_changed": state in _CHANGED, "is_disputed": beside[id_]["is_disputed"], "receipt_file": None,
            })  # fmt: skip
        return told

    def _of_role(self, asking: Asking, row: Row, beside: Row) -> dict[str, Any]:
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
            "page_url": page_url(self._public_url(), asking.keys, row["confirmation_id"]),
            "scan_count": beside["scans"],
            "last_scanned_at": beside["last_at"],
        }

    async def _file(self, asking: Asking, row: Row) -> dict[str, Any] | None:
        """What `exchange verify` reads, for who asked; None until the log has it."""
        if row["owner_id"] != asking.caller.tenant.tenant_id:
            return None
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
    """The conditions that are answered otherwise now, before and after; one not asked then if it fails now."""
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
        if before.get(one.condition, _PASSED) != (one.outcome.name, one.reason)
    ]
