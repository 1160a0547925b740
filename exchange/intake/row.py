"""A row as a file gave it, and what every reader says when a file cannot be used.

Readers of formats are the modules beside this one.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO, TypeAlias

from schema.errors import Refusal

WHOLE_LIMIT = 64 * 1_048_576


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row. `number` as the sender counts: the line of a sheet or of NDJSON, the entry of a list, from 1.

    `values` go to schema.record.parse; `original` is what stood there, by title. `fault` says why there are no values.
    """

    number: int
    values: Mapping[str, object] = field(default_factory=dict)
    original: Mapping[str, object] = field(default_factory=dict)
    fault: str = ""


RETURNED = "回执"
"""The key of an object that tells why it was returned (returned.py); it is no field when it comes in again."""

DEEPEST = 50
TOO_DEEP = "嵌套过深 (nested too deep)"


def is_deep(value: object) -> bool:
    """Whether lists and objects lie in each other deeper than anything that can be given back."""
    level = [value]
    for _ in range(DEEPEST):
        level = [one for held in level if isinstance(held, dict | list) for one in _inside(held)]
        if not level:
            return False
    return True


def _inside(held: dict[str, object] | list[object]) -> Iterable[object]:
    return held.values() if isinstance(held, dict) else held


Rows: TypeAlias = Iterator[Row]
Part: TypeAlias = tuple[int, Any]
"""What of a file will be one row, with its number: bytes of a line, cells of a table. Parts can be pickled."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """An opened file. `read` makes a row of a part, or None of one that does not count; it can be pickled, so that rows
    may be read in another process than the file. `form` is its format (json ndjson csv xlsx), `titles` the header of a
    table."""

    parts: Iterator[Part]
    read: Callable[[int, Any], Row | None]
    form: str
    titles: tuple[str, ...] = ()

    def rows(self) -> Rows:
        """The rows of the file."""
        return rows_of(self.parts, self.read)


def rows_of(parts: Iterable[Part], read: Callable[[int, Any], Row | None]) -> Rows:
    """The rows of some parts."""
    return (row for part in parts if (row := read(*part)) is not None)


def whole(file: BinaryIO) -> bytes:
    """The content of a file that cannot be read piece by piece; such a one must not be large."""
    content = file.read(WHOLE_LIMIT + 1)
    if len(content) > WHOLE_LIMIT:
        limit = f"{WHOLE_LIMIT // 1_048_576} MB"
        raise unreadable(f"该格式的文件不能超过 {limit}，请改用 .csv 或 .ndjson",
                         f"a file of this format must be under {limit}; send .csv or .ndjson")  # fmt: skip
    return content


def unreadable(zh: str, en: str) -> Refusal:
    """The refusal of a whole file."""
    return Refusal("FILE_UNREADABLE", detail=f"{zh} ({en})")
