"""Keyset pagination: a cursor holds the order values of its row, in SQL text and back in Python.

Values go to PostgreSQL as typed parameters compared column by column: record comparison is not pushed into an index
under row security.
"""

import base64
import binascii
import datetime
import uuid
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from exchange.engine.filters import read_position
from exchange.engine.parts import Order
from schema.errors import Refusal

MAX_FIRST = 100


def _bigint(value: Any) -> int:
    if not isinstance(value, int) or abs(value) >= 2**63:
        raise ValueError("not a bigint")
    return value


_FROM_JSON: Mapping[str, Callable[[Any], Any]] = {
    "date": datetime.date.fromisoformat,
    "timestamptz": datetime.datetime.fromisoformat,
    "uuid": uuid.UUID,
    "bigint": _bigint,
}


def order_by(order: Order, t: str) -> str:
    """`order by` terms on row `t`."""
    direction = " desc" if order.is_descending else ""
    return ", ".join(f"{t}.{name}{direction}" for name, _ in order.columns)


def cursor(order: Order, t: str) -> str:
    """The SQL text of a row's cursor."""
    if order.is_stream:
        return f"'seq:' || {t}.{order.columns[0][0]}"
    values = ", ".join(f"{t}.{name}" for name, _ in order.columns)
    return f"translate(encode(convert_to(json_build_array({values})::text, 'UTF8'), 'base64'), E'\\n', '')"


def beyond(order: Order, values: list[str], t: str) -> str:
    """The condition that a row comes after the cursor's values."""
    sign = "<" if order.is_descending else ">"
    (first, *names), (value, *others) = [f"{t}.{name}" for name, _ in order.columns], values
    if not names:
        return f"{first} {sign} {value}"
    last = f"{names[-1]} {sign} {others[-1]}"
    for name, other in reversed([*zip(names[:-1], others[:-1], strict=True)]):
        last = f"({name} {sign} {other} or {name} = {other} and {last})"
    return f"{first} {sign}= {value} and ({first} {sign} {value} or {last})"


def first_reader(read: Callable[[Any], Any]) -> Callable[[Any], int]:
    """Reads `first` with `read`, 1 to 100. Raises Refusal BAD_INPUT."""

    def first(binding: Any) -> int:
        value = read(binding)
        if not isinstance(value, int) or not 1 <= value <= MAX_FIRST:
            raise Refusal("BAD_INPUT", field=("first",), detail=f"first 1-{MAX_FIRST}")
        return value

    return first


def after_readers(order: Order, read: Callable[[Any], Any]) -> list[Callable[[Any], Any]]:
    """One reader for each order column of the cursor in `after`. They raise Refusal BAD_CURSOR."""

    def reader(index: int) -> Callable[[Any], Any]:
        return lambda binding: decode(order, read(binding))[index]

    return [reader(index) for index in range(len(order.columns))]


def decode(order: Order, text: str) -> list[Any]:
    """The order values in a cursor. Raises Refusal BAD_CURSOR."""
    if order.is_stream:
        return [read_position(text)]
    try:
        values = orjson.loads(base64.b64decode(text, validate=True))
        return [_FROM_JSON[kind](value) for (_, kind), value in zip(order.columns, values, strict=True)]
    except (binascii.Error, ValueError, TypeError, KeyError, AttributeError) as error:
        raise Refusal("BAD_CURSOR", field=("after",)) from error
