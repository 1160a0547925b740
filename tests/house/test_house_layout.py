"""The rules of the house that can be read off the source: direction of imports, sizes, docstrings, where SQL and
broad excepts live.

An exception to a rule is a line in its allow list here, with the reason.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]
PACKAGES = ("schema", "tenants", "exchange")
MAY_IMPORT = {
    "schema": {"schema"},
    "tenants": {"tenants", "schema"},
    "exchange": {"exchange", "tenants", "schema", "migrations"},
}
SOURCES = sorted(path for package in PACKAGES for path in (HOUSE / package).rglob("*.py"))
TESTS = sorted((HOUSE / "tests").rglob("*.py"))
LONGEST_FILE, LONGEST_FUNCTION = 400, 40
FORBIDDEN_NAMES = re.compile(r"(^|_)(manager|service|helpers?|utils?|common|base|handlers?|processor)(_|$)")
# Where anything may be caught, and why.
EDGES = {
    "exchange/doors/plain.py": "HTTP",
    "exchange/transport/http.py": "HTTP",
    "exchange/transport/streams.py": "a stream",
    "exchange/transport/websocket.py": "a socket's operation",
    "exchange/engine/mixed.py": "one field fails, the others are answered",
    "exchange/runtime.py": "worker loop",
}
# Places that catch BaseException only to undo something and raise it again.
UNDOING = {
    "exchange/embedded/server.py",
    "exchange/idempotency.py",
    "exchange/server.py",
    "exchange/reading.py",
}
# GraphQL selections become SQL here; every value in it is a parameter.
COMPILER = "exchange/engine/"
_SQL = re.compile(r"\b(select\b.+\bfrom|insert\s+into|update\b.+\bset|delete\s+from|create\s+table)\b", re.I | re.S)


def named(path: Path) -> str:
    return path.relative_to(HOUSE).as_posix()


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def imported(tree: ast.Module) -> Iterator[str]:
    """Top-level packages a module imports, also inside functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module.split(".")[0] if node.module and not node.level else "."


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_imports_go_from_exchange_to_tenants_to_schema_only(path: Path) -> None:
    ours = {name for name in imported(parsed(path)) if name in (*PACKAGES, "migrations", "tests", ".")}
    assert ours <= MAY_IMPORT[named(path).split("/")[0]]


@pytest.mark.parametrize("path", [path for path in SOURCES if named(path).startswith("schema/")], ids=named)
def test_schema_does_no_input_or_output(path: Path) -> None:
    tree = parsed(path)
    reaching = {"asyncio", "asyncpg", "starlette", "aiohttp", "socket", "subprocess", "os", "time"}
    assert reaching.isdisjoint(imported(tree))
    waiting = [node.name for node in ast.walk(tree) if isinstance(node, ast.AsyncFunctionDef)]
    assert waiting in ([], ["_answer"])  # the resolver that asks whatever hub it is given


@pytest.mark.parametrize("path", SOURCES + TESTS, ids=named)
def test_every_module_says_what_it_is_for_in_a_few_lines(path: Path) -> None:
    text = ast.get_docstring(parsed(path)) or ""
    assert text
    assert len(text.splitlines()) <= 6


@pytest.mark.parametrize("path", SOURCES + TESTS, ids=named)
def test_no_file_is_longer_than_four_hundred_lines(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= LONGEST_FILE


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_no_function_is_longer_than_forty_lines(path: Path) -> None:
    long = [
        f"{node.name} {node.end_lineno - node.lineno + 1}"
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno
        and node.end_lineno - node.lineno + 1 > LONGEST_FUNCTION
    ]  # fmt: skip
    assert long == []


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_no_module_is_named_for_nothing_in_particular(path: Path) -> None:
    assert not FORBIDDEN_NAMES.search(path.stem.replace("safety_manager", ""))  # the certificate's own name
    classes = [node.name for node in ast.walk(parsed(path)) if isinstance(node, ast.ClassDef)]
    assert [name for name in classes if re.search(r"(Manager|Service|Helper|Util|Handler|Processor)s?$", name)] == []


def broad(tree: ast.Module, name: str) -> list[int]:
    """Lines that catch an exception class of that name, or anything at all."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler) and (node.type is None or name in ast.unparse(node.type).split(","))
    ]


def test_anything_is_caught_at_the_named_edges_only() -> None:
    assert {named(path) for path in SOURCES if broad(parsed(path), "Exception")} == set(EDGES)


def test_what_catches_everything_to_undo_something_raises_it_again() -> None:
    found = {named(path) for path in SOURCES if broad(parsed(path), "BaseException")}
    assert found == UNDOING
    for name in found:
        tree = parsed(HOUSE / name)
        handlers = [node for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler) and node.type]
        caught = [node for node in handlers if node.type and ast.unparse(node.type) == "BaseException"]
        assert all(any(isinstance(inner, ast.Raise) for inner in ast.walk(node)) for node in caught), name


@pytest.mark.parametrize("path", [path for path in SOURCES if not named(path).startswith(COMPILER)], ids=named)
def test_no_sql_is_put_together_from_pieces(path: Path) -> None:
    tree = parsed(path)
    pieces = [ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]
    formatted = [
        node.func.value.value for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format"
        and isinstance(node.func.value, ast.Constant) and isinstance(node.func.value.value, str)
    ]  # fmt: skip
    assert [text for text in pieces + formatted if _SQL.search(text)] == []


# SQL that is shown to a reader as advice, never run.
_ADVICE = {"exchange/cli/doctor.py"}


@pytest.mark.parametrize("path", [path for path in SOURCES if not named(path).startswith(COMPILER)], ids=named)
def test_sql_lives_in_exchange_sql(path: Path) -> None:
    nodes = ast.walk(parsed(path))
    texts = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    statement = re.compile(r"\s*(select|insert into|update|delete from|with)\s.*\b(from|set|values)\b", re.S)
    assert [text for text in texts if statement.match(text)] == [] or named(path) in _ADVICE


def test_no_file_names_the_folder_this_checkout_lies_in() -> None:
    kinds = ("*.py", "*.sql", "*.md", "*.graphql", "*.toml")
    folders = (*PACKAGES, "migrations", "tests")
    files = [path for folder in folders for kind in kinds for path in (HOUSE / folder).rglob(kind)]
    files += [path for kind in kinds for path in HOUSE.glob(kind)]
    assert [named(path) for path in files if str(HOUSE.resolve()) + "/" in path.read_text("utf-8")] == []
