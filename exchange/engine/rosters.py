"""The SQL of rosters. What is sealed of an entry is opened by its export alone (exchange/sheets/rosters.py)."""

from collections.abc import Mapping

from exchange.engine.filters import Filter, read_id
from exchange.engine.parts import Many, One, Order, Root, Shape, columns

_SCOPE = "roster.keep"
_BY_PLACE = Order(columns=(("place", "bigint"),))


ROSTER_SHAPES: Mapping[str, Shape] = {
    "Roster": Shape(
        source="roster",
        key="roster_id",
        fields={
            **columns(id="{t}.roster_id", name="{t}.name", purpose="{t}.purpose", createdOn="{t}.created_on"),
            "entries": Many(
                shape="RosterEntry", where="{t}.roster_id = {from}.roster_id and {t}.removed_on is null",
                order=_BY_PLACE,
            ),
        },
    ),
    "RosterEntry": Shape(
        source="roster_entry",
        key="entry_id",
        fields={
            **columns(
                id="{t}.entry_id", subject="{t}.subject", personId="{t}.person_id", creditCode="{t}.credit_code",
                label="{t}.label", idNumberMasked="{t}.number_shown", addedOn="{t}.added_on",
            ),
        },
    ),
}  # fmt: skip

ROSTER_ROOTS: Mapping[str, Root] = {
    "roster": Root(
        part=One(shape="Roster"), scope=_SCOPE,
        arguments={"id": Filter(sql="{t}.roster_id = {v}", type="uuid", read=read_id)},
    ),
    "rosters": Root(part=Many(shape="Roster", where="true", order=_BY_PLACE), scope=_SCOPE),
}  # fmt: skip
