"""互认确认书 as a list: what it is narrowed to, and its pages. What becomes of each is judged anew while it is read
(confirmations.py), so a page holds those that are in the states sought now, and perhaps fewer than were asked for.

A further filter is a field of Sought and a condition of `confirmations` in sql/confirmations.sql.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson

from exchange.engine.arguments import plain
from exchange.engine.asking import Asking
from exchange.engine.cursors import decode
from exchange.engine.filters import person_in_number
from exchange.engine.parts import Order
from schema.confirmations import ConfirmationState
from schema.errors import Refusal
from schema.fields import Reader, Unreadable, certificate_number, division_code

_ORDER = Order(columns=(("place", "bigint"),), is_descending=True)
Row = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Sought:
    """What a list is narrowed to. `after`: the place of the last one seen; `is_over`: only those whose time is over,
    or only those whose time is not; `is_personal`: the number is a person's."""

    after: int | None = None
    number_hash: bytes | None = None
    host_region: str | None = None
    since: date | None = None
    is_over: bool | None = None
    is_personal: bool = False
    states: frozenset[str] = frozenset()

    def has(self, confirmation: Mapping[str, Any]) -> bool:
        """Whether a confirmation is in one of the states, as it is now."""
        return not self.states or confirmation["state"] in self.states


def sought_from(asking: Asking, values: Mapping[str, Any]) -> Sought:
    """Raises Refusal for what cannot be a number, a division or a cursor; PURPOSE_REQUIRED for a person's number."""
    states, over = frozenset(plain(one) for one in values.get("states") or ()), ConfirmationState.EXPIRED.name
    number = _read("certificateNumber", certificate_number, values.get("certificate_number"))
    is_personal = bool(number and person_in_number(number, asking.keys))
    if is_personal:
        asking.require_purpose()
    return Sought(
        after=decode(_ORDER, values["after"])[0] if values.get("after") else None,
        number_hash=asking.keys.join_hash("number", number) if number else None,
        host_region=_read("hostRegion", division_code, values.get("host_region")), since=values.get("since"),
        is_personal=is_personal, states=states,
        is_over=(over in states) if states == {over} or (states and over not in states) else None,
    )  # fmt: skip


def _read(field: str, reader: Reader, value: Any) -> Any:
    try:
        return reader(value) if value else None
    except Unreadable as error:
        raise Refusal(error.code, field=(field,), **error.values) from error


def page_of(
    found: Sequence[tuple[Row, dict[str, Any]]], first: int, looked_to: int | None, sought: Sought
) -> dict[str, Any]:
    """A page as Relay has it. `looked_to`: how far was looked, None when there is nothing beyond."""
    shown, has_more = found[:first], len(found) > first or looked_to is not None
    last = shown[-1][0]["place"] if len(found) > first or (shown and looked_to is None) else looked_to or sought.after
    return {
        "nodes": [one for _, one in shown],
        "edges": [{"cursor": _cursor(row["place"]), "node": one} for row, one in shown],
        "page_info": {
            "has_next_page": has_more,
            "has_previous_page": sought.after is not None,
            "start_cursor": _cursor(shown[0][0]["place"]) if shown else None,
            "end_cursor": None if last is None else _cursor(last),
        },
    }


def _cursor(place: int) -> str:
    return base64.b64encode(orjson.dumps([place])).decode()
