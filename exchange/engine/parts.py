"""What shapes are made of: values, relations to one or many rows, groups, judgements, keyset orders; and root fields.

`{t}` stands for the row, `{from}` for the row it is joined to, `{day}` for the day asked for, `{v}` for an argument.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from exchange.engine.filters import Filter


@dataclass(frozen=True, kw_only=True)
class Value:
    """A scalar: an SQL expression over the row. `is_personal` fields need a purpose and leave evidence."""

    sql: str
    is_personal: bool = False
    scope: str | None = None


@dataclass(frozen=True, kw_only=True)
class One:
    """At most one row of another shape. `where` joins `{t}` (the other row) to `{from}` (this row).

    A derived source (SOURCES) is joined by `key` instead.
    """

    shape: str
    where: str = "true"
    key: str = ""
    order: str = ""
    scope: str | None = None


@dataclass(frozen=True, kw_only=True)
class Many:
    """A connection over another shape, newest or nearest first, by keyset over `order`."""

    shape: str
    where: str
    order: "Order"
    filters: Mapping[str, Filter] = field(default_factory=dict)
    scope: str | None = None


@dataclass(frozen=True, kw_only=True)
class Group:
    """A nested object built from the same row; none where `when` does not hold."""

    shape: str
    when: str = ""


@dataclass(frozen=True, kw_only=True)
class Judged:
    """An object, or a list of objects, that Python makes of facts about the row.

    `facts` is SQL that gives JSON, read in the same statement under the same sight; `judge` turns it and the day into
    values by their GraphQL names.
    """

    facts: str
    judge: Callable[[Any, date], Any]
    scope: str | None = None


@dataclass(frozen=True, kw_only=True)
class Order:
    """Keyset order: columns with their SQL types; all ascending or all descending; the last one is unique."""

    columns: tuple[tuple[str, str], ...]
    is_descending: bool = False
    is_stream: bool = False  # the cursor is a position in the event stream, `seq:10482`


BY_RECENT = Order(columns=(("recorded_at", "timestamptz"), ("record_id", "uuid")), is_descending=True)
BY_END = Order(columns=(("valid_to", "date"), ("record_id", "uuid")))
BY_DUE = Order(columns=(("due_on", "date"), ("opened_at", "timestamptz"), ("review_id", "uuid")))
BY_POSITION = Order(columns=(("position", "bigint"),), is_stream=True)
BY_RECEIPT = Order(columns=(("received_at", "timestamptz"), ("batch_id", "uuid")), is_descending=True)

Part = Value | One | Many | Group | Judged


@dataclass(frozen=True, kw_only=True)
class Shape:
    """One object type: where its rows are (`source`), the person a row is about (`person`), its id, its fields."""

    source: str
    fields: Mapping[str, Part]
    person: str | None = None
    key: str = "record_id"


@dataclass(frozen=True, kw_only=True)
class Root:
    """A root field answered by the compiler: a single row (`One`) or a connection (`Many`).

    `is_personal` root fields look a person up, so they always need a purpose and leave evidence.
    `arguments` says how each argument becomes a condition; `scope` is the door. Of one that `is_noted` the hub writes
    down that it was read.
    """

    part: One | Many
    scope: str
    arguments: Mapping[str, Filter] = field(default_factory=dict)
    is_personal: bool = False
    is_noted: bool = False

    @property
    def rules(self) -> Mapping[str, Filter]:
        """What its arguments mean, of one row or of a connection."""
        return self.part.filters if isinstance(self.part, Many) else self.arguments


def columns(**sql: str) -> dict[str, Part]:
    """Fields that are SQL over the row, by their GraphQL names."""
    return {name: Value(sql=one) for name, one in sql.items()}
