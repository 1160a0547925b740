"""Finds the header row of a table and which column holds which field: by title, never by position.

A title a bureau uses is added to `headers` of the field, in schema/kinds/.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, partial
from typing import TypeVar

from exchange.intake.row import Row, Source
from schema.errors import Refusal
from schema.fields import is_empty
from schema.record import Field, Kind, Role

HEADER_WITHIN = 20
"""Titles and remarks may stand above the header row, but not more lines than this."""

SAMPLE_MARK = "示例"
"""The sample row of a template: whoever leaves it in does not want it published."""

MARKS = ("问题", "代码")
"""The first two columns of a returned file (returned.py): for people, they are no fields when it comes in again."""

T = TypeVar("T")
_DECORATION = re.compile(r"[\s*＊:：]|[(（](必填|选填|可选|示例)[)）]")


def table_source(table: Iterable[Sequence[object]], kind: Kind, *, form: str) -> Source:
    """A table of cells, its first line counted as 1. Raises HEADER_MISSING at once."""
    lines = iter(enumerate(table, start=1))
    columns, titles = _find_header(lines, kind)
    name_field = next((f.name for f in kind.fields if f.role is Role.NAME), "")
    read = partial(_row, columns=columns, titles=_without_marks(titles, blank=""), name_field=name_field)
    return Source(parts=lines, read=read, form=form, titles=tuple(titles))


def field_of(title: object, kind: Kind) -> str | None:
    """The field a title stands for: its Chinese or English label, its name, or one of its further headers."""
    return _titles(kind).get(_bare(title)) if isinstance(title, str) else None


def marks_among(titles: Sequence[object]) -> int:
    """How many leading columns are those of a returned file."""
    return len(MARKS) if tuple(titles[: len(MARKS)]) == MARKS else 0


def missing_titles(found: Iterable[str], kind: Kind) -> list[str]:
    """The Chinese titles of required fields that no column holds."""
    present = set(found)
    return [field.zh for field in kind.fields if field.is_required and field.name not in present]


def _find_header(lines: Iterator[tuple[int, Sequence[object]]], kind: Kind) -> tuple[dict[int, str], list[str]]:
    """The first line that names every required field; the error names what the best line lacks."""
    best: dict[int, str] = {}
    for number, cells in lines:
        columns = _columns(cells, kind)
        if not missing_titles(columns.values(), kind):
            return columns, [_title(cell) for cell in cells]
        best = columns if len(columns) > len(best) else best
        if number >= HEADER_WITHIN:
            break
    raise Refusal("HEADER_MISSING", columns="、".join(missing_titles(best.values(), kind)))


def _columns(cells: Sequence[object], kind: Kind) -> dict[int, str]:
    columns: dict[int, str] = {}
    for index, cell in enumerate(_without_marks(cells, blank=None)):
        name = field_of(cell, kind)
        if name and name not in columns.values():
            columns[index] = name
    return columns


def _without_marks(titles: Sequence[T], *, blank: T) -> list[T]:
    """The titles with those of a returned file's first columns blank, so that they stand for nothing."""
    count = marks_among(titles)
    return [blank] * count + list(titles[count:])


def _row(
    number: int, cells: Sequence[object], *, columns: Mapping[int, str], titles: Sequence[str], name_field: str
) -> Row | None:
    if all(is_empty(cell) for cell in cells):
        return None
    if len(cells) > len(titles) and not all(is_empty(cell) for cell in cells[len(titles) :]):
        # An unquoted comma has pushed the cells to the right: every value would stand in a wrong field.
        fault = "单元格多于表头 (more cells than headers)"
        return Row(number=number, fault=fault, original=_original(titles, cells))
    values = {field: cells[index] for index, field in columns.items() if index < len(cells)}
    if str(values.get(name_field, "")).strip().startswith(SAMPLE_MARK):
        return None
    return Row(number=number, values=values, original=_original(titles, cells))


def _original(titles: Sequence[str], cells: Sequence[object]) -> dict[str, object]:
    return dict(zip(titles, cells, strict=False))


@cache
def _titles(kind: Kind) -> dict[str, str]:
    """Bare title -> field name; an exact label goes before another field's further header."""
    titles: dict[str, str] = {}
    for names in (lambda field: (field.zh, field.name, field.en), _further):
        for field in kind.fields:
            for title in names(field):
                titles.setdefault(_bare(title), field.name)
    return titles


def _further(field: Field) -> tuple[str, ...]:
    return (*field.headers, field.national) if field.national else field.headers


def _bare(title: str) -> str:
    return _DECORATION.sub("", unicodedata.normalize("NFKC", title)).casefold()


def _title(cell: object) -> str:
    return "" if is_empty(cell) else str(cell).strip()
