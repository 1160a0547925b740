"""`exchange import` and `exchange revert` as the operator has them: exit codes, refused rows in a file, rehearsal."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import orjson
import pytest
import pytest_asyncio

from exchange.cli.importing import import_path, revert_batch
from exchange.cli.printing import Printer
from exchange.importing import imports
from exchange.runtime import Runtime
from schema.errors import Refusal
from tests.flows import material
from tests.flows.scratch import answered, quiet_hub

OWNER = "sz-bureau"
BATCHES = """{ importBatches(first: 1) { nodes {
  id state operator finishedAt rowsRead rowsNew rowsUnchanged rowsRefused revertedBy } } }"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quiet(database: Any) -> AsyncIterator[Runtime]:
    async with quiet_hub(database.dsn, "exchange_verbs") as runtime:
        yield runtime


async def imported(quiet: Runtime, path: Path, capsys: Any, **options: Any) -> tuple[int, dict[str, Any]]:
    """The exit code and what is printed for programs."""
    wanted = {"kind": "RISK_GRADING", "tenant": OWNER, "operator": "示范经办", **options}
    code = await import_path(quiet, Printer(as_json=True, language="zh"), path=path, **wanted)
    return code, json.loads(capsys.readouterr().out)


async def batch_of(quiet: Runtime) -> dict[str, Any]:
    """The last import."""
    answer = await answered(quiet, OWNER, BATCHES)
    found: dict[str, Any] = answer["data"]["importBatches"]["nodes"][0]
    return found


def file_in(folder: Path, rows: list[dict[str, Any]]) -> Path:
    path = folder / "gradings.ndjson"
    path.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
    return path


def gradings(count: int, **changed: Any) -> list[dict[str, Any]]:
    return [{**material.grading(material.firm()), **changed} for _ in range(count)]


async def test_refused_rows_are_beside_the_file_and_mended_they_are_imported(
    quiet: Runtime, tmp_path: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "CHUNK", 4)  # a file of many chunks, read in processes of their own
    good, bad = gradings(20), gradings(10, band="紫")
    path = file_in(tmp_path, [row for pair in zip(good[:10], bad, strict=True) for row in pair] + good[10:])
    code, done = await imported(quiet, path, capsys)
    assert (code, done["counts"]["new"], done["counts"]["refused"], done["findings"]) == (2, 20, 10, 10)
    assert {"state": "PARTLY", "operator": "示范经办", "rowsRefused": 10}.items() <= (await batch_of(quiet)).items()
    returned = tmp_path / "gradings-待修改.ndjson"
    rows = [orjson.loads(line) for line in returned.read_bytes().splitlines()]
    assert [{name: row[name] for name in bad[0]} for row in rows] == bad
    returned.write_bytes(b"".join(orjson.dumps({**row, "band": "BLUE"}) + b"\n" for row in rows))
    code, again = await imported(quiet, returned, capsys)
    assert (code, again["counts"]["new"], again["receipt"]) == (0, 10, [])
    assert {"state": "SUCCEEDED", "rowsNew": 10}.items() <= (await batch_of(quiet)).items()


async def test_rows_that_come_back_twice_leave_the_file_that_is_being_mended(
    quiet: Runtime, tmp_path: Path, capsys: Any
) -> None:
    path = file_in(tmp_path, gradings(1, band="紫"))
    await imported(quiet, path, capsys)
    being_mended = tmp_path / "gradings-待修改.ndjson"
    first = being_mended.read_bytes()
    being_mended.write_bytes(mending := first.replace("紫".encode(), "绿".encode()))
    await imported(quiet, path, capsys)
    assert (being_mended.read_bytes(), (tmp_path / "gradings-待修改-2.ndjson").read_bytes()) == (mending, first)
    await imported(quiet, being_mended, capsys)
    assert being_mended.read_bytes() == mending  # what comes back of it is what it holds


async def test_a_rehearsal_writes_the_refused_rows_where_it_is_told_and_keeps_nothing(
    quiet: Runtime, tmp_path: Path, capsys: Any
) -> None:
    before = await batch_of(quiet)
    path, receipt = file_in(tmp_path, gradings(2) + gradings(1, band="紫")), tmp_path / "back.ndjson"
    code, done = await imported(quiet, path, capsys, is_rehearsal=True, receipt=receipt)
    assert (code, done["batchId"], done["counts"]["new"], done["counts"]["refused"]) == (2, None, 2, 1)
    assert len(receipt.read_bytes().splitlines()) == 1
    assert await batch_of(quiet) == before
    code, really = await imported(quiet, path, capsys)
    assert (code, really["counts"]) == (2, done["counts"])


async def test_an_import_is_taken_back_once(quiet: Runtime, tmp_path: Path, capsys: Any) -> None:
    _, done = await imported(quiet, file_in(tmp_path, gradings(3)), capsys)
    batch, printer = (await batch_of(quiet))["id"], Printer(as_json=True, language="zh")
    assert batch == done["batchId"]
    code = await revert_batch(quiet, printer, batch=done["batchId"], tenant=OWNER, operator="示范审核")
    assert (code, json.loads(capsys.readouterr().out)["removed"]) == (0, 3)
    assert (await batch_of(quiet))["revertedBy"] == "示范审核"
    with pytest.raises(Refusal, match="ALREADY_REVERTED"):
        await revert_batch(quiet, printer, batch=done["batchId"], tenant=OWNER, operator=None)
    with pytest.raises(Refusal, match="NOT_FOUND"):
        await revert_batch(quiet, printer, batch=done["batchId"], tenant="gz-bureau", operator=None)


async def test_a_batch_nobody_works_on_any_more_has_failed(quiet: Runtime, tmp_path: Path, capsys: Any) -> None:
    """As a process leaves it that was killed: RUNNING, and never touched again."""
    await imported(quiet, file_in(tmp_path, gradings(1)), capsys)
    batch = (await batch_of(quiet))["id"]
    for ago, state in (("1 minute", "RUNNING"), ("3 minutes", "FAILED")):
        await touched(quiet, batch, ago)
        assert (await batch_of(quiet))["state"] == state


async def touched(quiet: Runtime, batch: str, ago: str) -> None:
    connection = await asyncpg.connect(quiet.database.dsn)
    try:
        await connection.execute(
            "update import_batch set state = 'RUNNING', touched_at = now() - $2::text::interval where batch_id = $1",
            batch, ago,
        )  # fmt: skip
    finally:
        await connection.close()
