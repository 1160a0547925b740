"""Named SQL: `statements("publish")` reads exchange/sql/publish.sql, blocks that open with `-- name: keep_records`.

Add the next statement as a block there and take it at import time, so that a wrong name stops the start.
"""

import re
from functools import cache
from importlib import resources

_NAME = re.compile(r"^--\s*name\s*:\s*(.*?)\s*$")
_WORD = re.compile(r"^[a-z][a-z0-9_]*$")


class Statements(dict[str, str]):
    """The statements of one file by name; an unknown name raises KeyError that lists the known ones."""

    def __init__(self, module: str, blocks: dict[str, str]) -> None:
        super().__init__(blocks)
        self.module = module

    def __missing__(self, name: str) -> str:
        raise KeyError(f"{name} is not in exchange/sql/{self.module}.sql, which has: {', '.join(self)}")


@cache
def statements(module: str) -> Statements:
    """All statements of exchange/sql/<module>.sql; comments below a name stay with its statement."""
    text = (resources.files("exchange") / "sql" / f"{module}.sql").read_text("utf-8")
    return Statements(module, parse(text))


def parse(text: str) -> dict[str, str]:
    """Split `text` into named statements. Raises ValueError for SQL without a name, an empty or a repeated block."""
    blocks: dict[str, list[str]] = {}
    current: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        found = _NAME.match(line)
        if found:
            current = _open(blocks, found[1], number)
        elif not blocks and line.strip() and not line.startswith("--"):
            raise ValueError(f"line {number}: SQL before the first name")
        else:
            current.append(line)
    return {name: _statement(name, lines) for name, lines in blocks.items()}


def _open(blocks: dict[str, list[str]], name: str, number: int) -> list[str]:
    if not _WORD.match(name):
        raise ValueError(f"line {number}: {name!r} is not a name such as keep_records")
    if name in blocks:
        raise ValueError(f"line {number}: {name} is there twice")
    blocks[name] = []
    return blocks[name]


def has_sql(text: str) -> bool:
    """Whether there is more than comments and blank lines."""
    return any(line.strip() and not line.lstrip().startswith("--") for line in text.splitlines())


def _statement(name: str, lines: list[str]) -> str:
    text = "\n".join(lines).strip()
    if not has_sql(text):
        raise ValueError(f"{name} has no SQL")
    # One statement runs as a prepared one: the closing semicolon is for the reader's editor.
    return text.removesuffix(";").rstrip()
