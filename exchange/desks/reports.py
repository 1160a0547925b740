"""Hub methods for reports about records: what a publication is to what was published, voids, notes.

A method per mutation of schema/graphql/reports.py; what a report does to the records is in publish.py and reports.py.
"""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from exchange.engine.arguments import plain
from exchange.engine.asking import Asking
from exchange.engine.filters import read_id
from exchange.publishing.publish import Publication, Report
from exchange.publishing.reports import Note, ends_a_flag, note, void
from exchange.stream import Signal
from exchange.user_errors import raise_beyond_input, refusal_error
from schema.errors import Refusal
from schema.fields import Unreadable, conceal, day
from tenants.session import acting


def report_from(values: Mapping[str, Any] | None, asking: Asking) -> Report:
    """The `report` argument of a publishing mutation. Raises Refusal."""
    if not values:
        return Report()
    kind, reason, replaces = plain(values["kind"]), (values.get("reason") or "").strip(), values.get("replaces")
    record_id = values.get("record_id")
    for name, value in (("replaces", replaces), ("recordId", record_id)):
        if kind != "CORRECTION" and value is not None:
            raise Refusal("VALUES_CONTRADICT", field=("report", name), other="kind")
    changed_at = values.get("source_updated_at")
    if changed_at is not None:
        _check_moment(changed_at, asking)
    return Report(
        kind=kind,
        reason=conceal(reason) or None,
        replaces=replaces,
        source_updated_at=changed_at,
        record_id=None if record_id is None else read_id(record_id, asking.keys),
    )


def _check_moment(moment: datetime, asking: Asking) -> None:
    field = ("report", "sourceUpdatedAt")
    try:
        if moment.tzinfo is not None and day(moment) <= asking.day:
            return
    except (Unreadable, OverflowError):
        moment = moment.replace(tzinfo=None)
    if moment.tzinfo is None:
        raise Refusal("BAD_INPUT", field=field, detail="sourceUpdatedAt 2026-11-23T08:00:00+08:00")
    raise Refusal("DATE_IN_FUTURE", field=field)


class Reporting:
    """The part of the hub that reports about records."""

    _pool: Any
    _signal: Signal

    @staticmethod
    def publication(asking: Asking) -> Publication:
        """On whose behalf this request publishes."""
        return Publication(tenant=asking.caller.tenant, keys=asking.keys, day=asking.day)

    async def record_void(self, asking: Asking, input: Mapping[str, Any]) -> dict[str, Any]:
        """Void an own record; what flags stand on or are is ended by it, and that is more than lifting."""
        asking.caller.require("record.publish")
        record_id, publication = read_id(input["record_id"], asking.keys), self.publication(asking)
        try:
            async with acting(self._pool, asking.caller) as connection:
                if await ends_a_flag(connection, publication, record_id):
                    asking.caller.require("flag.lift")
                if not await void(connection, [record_id], publication, input["reason"]):
                    raise Refusal("NOT_FOUND", field=("recordId",))
        except Refusal as refusal:
            raise_beyond_input(refusal)
            return {"user_errors": [refusal_error(refusal, "input")]}
        self._signal.committed()
        return {"record_id": record_id, "user_errors": []}

    async def record_note(self, asking: Asking, input: Mapping[str, Any]) -> dict[str, Any]:
        """Note something beside an own record."""
        asking.caller.require("record.publish")
        record_id: uuid.UUID = read_id(input["record_id"], asking.keys)
        noted = Note(
            kind=plain(input["kind"]),
            noted_on=input.get("noted_on") or asking.day,
            text=input["text"],
            case_number=conceal(input.get("case_number") or "") or None,
            outcome=input.get("outcome"),
        )
        try:
            async with acting(self._pool, asking.caller) as connection:
                note_id = await note(connection, record_id, self.publication(asking), noted)
        except Refusal as refusal:
            raise_beyond_input(refusal)
            return {"user_errors": [refusal_error(refusal, "input")]}
        self._signal.committed()
        return {"note_id": note_id, "user_errors": []}
