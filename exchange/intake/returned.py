"""错误行文件 Returned rows: every row that was refused, as it was sent, with what is wrong with it, in the format sent.

A table gets two columns in front, 问题 and 代码; an object the key 回执. Mended, the file can be imported as it is. The
next format is a writer here and a line of WRITERS.
"""

import csv
import io
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any, TypeAlias

import orjson
import xlsxwriter

from exchange.intake.headers import MARKS, marks_among
from exchange.intake.national import ENVELOPE
from exchange.intake.row import RETURNED, TOO_DEEP, Part, is_deep
from exchange.intake.template import TEXT
from schema.errors import Refusal

UNREADABLE = "原文"
SHEET_ROWS = 1_048_575  # a sheet holds so many below its header
CELL_LETTERS = 32_767  # and a cell so many letters
_FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")


@dataclass(frozen=True, kw_only=True)
class Returned:
    """One refused row: its cells (of a table) or its object, and what is wrong: text for people, codes."""

    content: Any
    problem: str
    codes: str


def returned(part: Part, found: Sequence[Mapping[str, Any]], titles: Sequence[str]) -> Returned:
    """A refused row with its findings (entries of the receipt), the errors first."""
    errors_first = sorted(found, key=lambda one: one["severity"] != "ERROR")
    problem = "；".join(f"{one['header'] or one['field']}：{one['message']}".lstrip("：") for one in errors_first)
    codes = " ".join(dict.fromkeys(one["code"] for one in errors_first))
    return Returned(content=_as_sent(part[1], titles), problem=problem, codes=codes)


def _as_sent(content: Any, titles: Sequence[str]) -> Any:
    """Cells without those of an earlier return, or the object; a line that is none is kept under 原文."""
    if titles:
        return [cell_of(cell) for cell in content[marks_among(titles) :]]
    entry = content
    if isinstance(content, bytes):
        try:
            entry = orjson.loads(content)
        except orjson.JSONDecodeError:
            entry = content.decode(errors="replace").strip()
    if is_deep(entry):
        return {UNREADABLE: TOO_DEEP}
    if not isinstance(entry, dict):
        return {UNREADABLE: entry}
    return {key: value for key, value in entry.items() if key != RETURNED}


def cell_of(cell: object) -> object:
    """A cell as it can be written again; a number beyond all numbers is text."""
    if isinstance(cell, float) and not math.isfinite(cell):
        return str(cell)
    if cell is None or isinstance(cell, str | bool | int | float):
        return cell
    return cell.isoformat() if hasattr(cell, "isoformat") else str(cell)


def write_workbook(
    file: IO[bytes], titles: Sequence[str], rows: Iterable[Returned], marks: Sequence[str] = MARKS, name: str = "待修改"
) -> None:
    """An .xlsx workbook, every text as text, so that a long number keeps its digits."""
    with xlsxwriter.Workbook(file, {"constant_memory": True}) as workbook:
        sheet = workbook.add_worksheet(name)
        text = workbook.add_format({"num_format": TEXT})
        title = workbook.add_format({"bold": True, "border": 1, "bg_color": "#F7E8E8", "num_format": TEXT})
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, 0, 60, text)
        sheet.set_column(1, max(len(titles), 1) + 1, 20, text)
        for column, cell in enumerate((*marks, *titles)):
            sheet.write_string(0, column, cell, title)
        for line, row in enumerate(rows, 1):
            if line > SHEET_ROWS:
                raise Refusal("BAD_INPUT", field=("format",), detail="csv")
            for column, cell in enumerate((row.problem, row.codes, *row.content)):
                _write_cell(sheet, line, column, cell, text)


def _write_cell(sheet: Any, line: int, column: int, cell: object, text: Any) -> None:
    if isinstance(cell, bool):
        sheet.write_boolean(line, column, cell)
    elif isinstance(cell, int | float):
        sheet.write_number(line, column, cell)
    elif cell:
        words = str(cell)
        sheet.write_string(line, column, words if len(words) <= CELL_LETTERS else f"{words[: CELL_LETTERS - 1]}…", text)


def write_delimited(
    file: IO[bytes], titles: Sequence[str], rows: Iterable[Returned], marks: Sequence[str] = MARKS
) -> None:
    """Comma-separated UTF-8 with BOM, as spreadsheets want it. No cell begins as a formula does."""
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    writer = csv.writer(text)
    writer.writerow([_tame(title) for title in (*marks, *titles)])
    for row in rows:
        writer.writerow([_tame(cell) for cell in (row.problem, row.codes, *row.content)])
    text.detach()


def _tame(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA_STARTS) else cell


def write_lines(file: IO[bytes], _: Sequence[str], rows: Iterable[Returned]) -> None:
    """NDJSON."""
    for row in rows:
        file.write(orjson.dumps(_object(row)) + b"\n")


def write_national(file: IO[bytes], _: Sequence[str], rows: Iterable[Returned]) -> None:
    """The national interface's envelope."""
    file.write(orjson.dumps(ENVELOPE).join((b"{", b": [")))
    for place, row in enumerate(rows):
        file.write((b",\n" if place else b"\n") + orjson.dumps(_object(row)))
    file.write(b"\n]}\n")


def _object(row: Returned) -> dict[str, Any]:
    return {**row.content, RETURNED: {MARKS[0]: row.problem, MARKS[1]: row.codes}}


Writer: TypeAlias = Callable[[IO[bytes], Sequence[str], Iterable[Returned]], None]

WRITERS: Mapping[str, Writer] = {
    "xlsx": write_workbook, "csv": write_delimited, "ndjson": write_lines, "json": write_national,
}  # fmt: skip

MEDIA_TYPES: Mapping[str, str] = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "ndjson": "application/x-ndjson",
    "json": "application/json",
}
