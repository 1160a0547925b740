"""Rosters through GraphQL. Tables come in by roster_doors.py.

The next mutation is a method here and a line of MUTATIONS in schema/graphql/rosters.py.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from exchange.engine.arguments import plain
from exchange.engine.asking import Asking
from exchange.engine.mixed import Ref
from exchange.rosters import SCOPE, Line, keep_lines, objections, roster_name
from exchange.stream import Signal
from exchange.user_errors import finding_error, raise_beyond_input, refusal_error
from schema.errors import Refusal
from schema.record import Finding, parse
from schema.rosters import ROSTER_SHEET
from tenants.session import acting

MOST_ENTRIES = 500


class Rostering:
    """The part of the hub that keeps rosters."""

    _pool: Any
    _signal: Signal

    async def roster_change(self, asking: Asking, input: Mapping[str, Any]) -> dict[str, Any]:
        """Enter persons or firms in a roster, or take them out: all of them, or none."""
        asking.caller.require(SCOPE)
        caller, keys, sent = asking.caller, asking.keys, input["entries"]
        try:
            if len(sent) > MOST_ENTRIES:
                raise Refusal("BAD_INPUT", field=("entries",), detail=f"0-{MOST_ENTRIES}")
            named = roster_name(input["name"], input.get("purpose"))
            lines, findings = _lines(sent)
            async with acting(self._pool, caller) as connection:
                findings += await objections(connection, caller, keys, lines, asking.day)
                if errors := [one for one in findings if one.severity == "ERROR"]:
                    return {"user_errors": [_entry_error(one) for one in errors]}
                roster_id, counts = await keep_lines(
                    connection, caller.tenant.tenant_id, keys, named, lines, asking.day
                )
        except Refusal as refusal:
            raise_beyond_input(refusal)
            return {"user_errors": [refusal_error(refusal, "input")]}
        return {"roster": Ref(roster_id), **counts, "user_errors": []}


def _lines(sent: Sequence[Mapping[str, Any]]) -> tuple[list[Line], list[Finding]]:
    names = {"id_number": "idNumber", "credit_code": "creditCode"}
    lines, findings = [], list[Finding]()
    for place, entry in enumerate(sent):
        values = {names.get(name, name): plain(value) for name, value in entry.items()}
        parsed = parse(ROSTER_SHEET, values, row_number=place)
        findings += parsed.findings
        if parsed.record is not None:
            lines.append(Line(number=place, record=parsed.record))
    return lines, findings


def _entry_error(found: Finding) -> dict[str, Any]:
    """Entries are counted from 0, as GraphQL names them."""
    return {**finding_error(found), "field": ["input", "entries", str(found.row), found.field]}
