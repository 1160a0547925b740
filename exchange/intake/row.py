"""A row as a file gave it, and what every reader says when a file cannot be used.

Readers of formats are the modules beside this one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from schema.errors import Refusal


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row. `number` as the sender counts: the line of a sheet or of NDJSON, the entry of a list, from 1.

    `values` go to schema.record.parse; `original` is what stood there, by title. `fault` says why there are no values.
    """

    number: int
    values: Mapping[str, object] = field(default_factory=dict)
    original: Mapping[str, object] = field(default_factory=dict)
    fault: str = ""


Rows: TypeAlias = Iterator[Row]


def unreadable(zh: str, en: str) -> Refusal:
    """The refusal of a whole file."""
    return Refusal("FILE_UNREADABLE", detail=f"{zh} ({en})")
