"""Reads the tables of tests/spec/*.md: under a heading, every row is one case.

Add the next table to a .md file of this folder; a cell in `backticks` keeps its blanks, `\\|` is a bar.
"""

import re
from collections.abc import Callable
from pathlib import Path

from schema.errors import Refusal

_BAR = re.compile(r"(?<!\\)\|")


def rows(path: str | Path, heading: str) -> list[dict[str, str]]:
    """The rows of the first table under `heading` (without its #), each as {column: cell}.

    A relative path is looked up beside this file. Raises LookupError when heading or table is missing.
    """
    lines = iter((Path(__file__).parent / path).read_text(encoding="utf-8").splitlines())
    for line in lines:
        if line.startswith("#") and line.lstrip("#").strip() == heading:
            break
    else:
        raise LookupError(f"{path}: no heading {heading!r}")
    table: list[list[str]] = []
    for line in lines:
        if line.startswith("|"):
            table.append(_cells(line))
        elif table or line.startswith("#"):
            break
    if len(table) < 3:
        raise LookupError(f"{path}: no rows under {heading!r}")
    columns = table[0]
    return [dict(zip(columns, cells, strict=True)) for cells in table[2:]]


def code_or(work: Callable[[], str]) -> str:
    """What a cell of results says: what came of it, or the code it was refused with."""
    try:
        return work()
    except Refusal as refusal:
        return refusal.code


def _cells(line: str) -> list[str]:
    return [_plain(cell) for cell in _BAR.split(line.strip().removeprefix("|").removesuffix("|"))]


def _plain(cell: str) -> str:
    cell = cell.strip().replace("\\|", "|")
    is_code = len(cell) >= 2 and cell.startswith("`") and cell.endswith("`")
    return cell[1:-1] if is_code else cell
