"""Named SQL: every statement is used and every one that is used exists; the files are written alike."""

import re
from pathlib import Path

import pytest

from exchange.statements import parse, statements

HOUSE = Path(__file__).parents[2]
FILES = sorted((HOUSE / "exchange" / "sql").glob("*.sql"))
_BOUND = re.compile(r"^(\w+) = statements\(\"(\w+)\"\)$", re.M)
_DIRECT = re.compile(r"statements\(\"(\w+)\"\)\[\"(\w+)\"\]")


def used() -> dict[str, set[str]]:
    """Names of statements in the source, by file of SQL. tenants/registry.py is given its file, so it reads
    `statements[...]`."""
    found: dict[str, set[str]] = {path.stem: set() for path in FILES}
    for path in [*(HOUSE / "exchange").rglob("*.py"), *(HOUSE / "tenants").rglob("*.py")]:
        text = path.read_text("utf-8")
        for variable, module in _BOUND.findall(text):
            found.setdefault(module, set()).update(re.findall(rf"\b{variable}\[\"(\w+)\"\]", text))
        for module, name in _DIRECT.findall(text):
            found.setdefault(module, set()).add(name)
        if path.parent.name == "tenants":
            found["registry"].update(re.findall(r"\bstatements\[\"(\w+)\"\]", text))
    return found


@pytest.mark.parametrize("module", [path.stem for path in FILES])
def test_every_statement_is_used_and_every_used_one_exists(module: str) -> None:
    assert used()[module] == set(statements(module))


def test_no_file_of_sql_is_named_that_is_not_there() -> None:
    assert set(used()) == {path.stem for path in FILES}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_statements_are_lower_case_and_explain_their_parameters(path: Path) -> None:
    for name, text in parse(path.read_text("utf-8")).items():
        code = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("--"))
        without_texts = re.sub(r"'[^']*'", "''", code)
        assert not re.search(r"\b(SELECT|INSERT|UPDATE|DELETE|FROM|WHERE)\b", without_texts), name
        comment = "\n".join(line for line in text.splitlines() if line.lstrip().startswith("--"))
        parameters = {f"${number}" for number in re.findall(r"\$(\d+)", code)}
        assert {one for one in parameters if one not in comment} == set() or path.stem in ("migrate", "connection"), (
            name
        )
