"""A new kind is one file and its name in KINDS: three are added to a copy of the house, which then passes by itself.

The kinds are in new_kind/, and story.py beside them is what they have to do; the tests every kind passes run there too.
"""

import asyncio
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

HOUSE = Path(__file__).parents[2]
ADDED = {path.stem: path for path in sorted((HOUSE / "tests" / "flows" / "new_kind").glob("*.py"))}
STORY = ADDED.pop("story")
PARTS = ("schema", "tenants", "exchange", "migrations", "tests")
RUN = (
    "tests/flows/new_kind/story.py", "tests/flows/test_isolation_kinds.py", "tests/flows/test_evidence.py",
    "tests/house/test_house_schema.py", "tests/sql/test_sql_compiled.py", "tests/unit/test_intake.py",
)  # fmt: skip
# The committed SDL does not know the added kinds, and that is all.
SNAPSHOT = "tests/house/test_house_schema.py::test_the_committed_sdl_is_the_one_that_is_served"


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    for part in PARTS:
        shutil.copytree(HOUSE / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(HOUSE / "pyproject.toml", tmp_path)
    for name, path in ADDED.items():
        shutil.copy(path, tmp_path / "schema" / "kinds" / f"{name}.py")
    names = tmp_path / "schema" / "kinds" / "__init__.py"
    text = names.read_text("utf-8")
    imports = "".join(f"from schema.kinds.{name} import {name.upper()}\n" for name in ADDED)
    listed = "".join(f"    {name.upper()},\n" for name in ADDED)
    opening = "KINDS: tuple[Kind, ...] = (\n"
    assert text.count(opening) == 1
    names.write_text(text.replace(opening, f"{imports}\n{opening}{listed}"), "utf-8")
    return tmp_path


async def test_a_kind_that_is_one_file_is_imported_queried_kept_masked_and_walled_in(
    copied: Path, database: Any
) -> None:
    kinds = " or ".join(name.upper() for name in ADDED)
    everything = f"story or evidence or house_schema or sql_compiled or {kinds}"
    arguments = ["-q", "-p", "no:cacheprovider", "-k", everything, "--deselect", SNAPSHOT, *RUN]
    environ = {**os.environ, "EXCHANGE_DATABASE_URL": database.dsn}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "pytest", *arguments, cwd=copied, env=environ,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output, _ = await process.communicate()
    told = output.decode()
    assert process.returncode == 0, told[-6_000:]
    assert " passed" in told
