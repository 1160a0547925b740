"""Huge files of bad rows: what is held in memory does not grow with them, and every one of them comes back."""

import io
import tempfile
import tracemalloc
import uuid
from collections.abc import AsyncIterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import orjson
import pytest
import pytest_asyncio

from exchange.demo.seed import caller_of
from exchange.importing import imports
from exchange.importing.batches import returned_parts
from exchange.importing.imports import ImportResult, Manner, import_file
from exchange.intake.spool import Spool
from exchange.publishing.publish import Publication
from exchange.runtime import Runtime
from schema.kinds import BY_NAME
from tenants.session import acting
from tests.flows import material
from tests.flows.scratch import DAY, quiet_hub

OWNER = "sz-bureau"
FEW, MANY = 20_000, 200_000


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quiet(database: Any) -> AsyncIterator[Runtime]:
    async with quiet_hub(database.dsn, "exchange_bad_rows") as runtime:
        yield runtime


@contextmanager
def bad_file(rows: int) -> Any:
    """On disk: every row has two faults, in turn of two codes, and a title of its own that stands for no field."""
    row = material.grading(material.firm())
    with tempfile.TemporaryFile() as file:
        for number in range(rows):
            fault: dict[str, object] = {"score": "多"} if number % 2 else {"assessedOn": "2026-02-30"}
            file.write(orjson.dumps({**row, "band": "紫", f"备注{number}": "", **fault}) + b"\n")
        yield file


async def imported(quiet: Runtime, file: BinaryIO, *, manner: Manner | None = None) -> ImportResult:
    publication = Publication(
        tenant=quiet.directory.by_slug[OWNER], keys=quiet.keys, day=DAY, batch_id=uuid.uuid4(), operator="经办甲"
    )
    return await import_file(
        quiet.database.pool, caller_of(quiet, OWNER), publication, file, kind=BY_NAME["RISK_GRADING"],
        file_name="a.ndjson", content_type=None, manner=manner or Manner(),
    )  # fmt: skip


@contextmanager
def peak() -> Any:
    """The most memory Python's objects took within the block, in bytes, once it is over."""
    found: list[int] = []
    tracemalloc.start()
    try:
        yield found
        found.append(tracemalloc.get_traced_memory()[1])
    finally:
        tracemalloc.stop()


@pytest.fixture
def short_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even the smaller file has many chunks."""
    monkeypatch.setattr(imports, "CHUNK", 1_000)


async def rehearsed(quiet: Runtime, rows: int) -> tuple[ImportResult, int, int]:
    """What is said of a file of bad rows, how many come back in a workbook's rows, and the peak of all of it."""
    with bad_file(rows) as file, tempfile.TemporaryFile() as temporary, peak() as held:
        spool = Spool(temporary)
        result = await imported(quiet, file, manner=Manner(is_rehearsal=True, giving_back=spool.add))
        back = sum(1 for _ in spool.rows())
    return result, back, held[0]


async def test_ten_times_the_bad_rows_take_no_more_memory_and_all_of_them_come_back(
    quiet: Runtime, short_chunks: None
) -> None:
    few, few_back, few_held = await rehearsed(quiet, FEW)
    many, many_back, many_held = await rehearsed(quiet, MANY)
    assert (few.counts["refused"], few_back) == (FEW, FEW)
    assert (many.counts["refused"], many_back) == (MANY, MANY)
    assert len(many.receipt) == imports.TOLD
    assert many.codes == {
        "VALUE_NOT_IN_TABLE": MANY, "DATE_INVALID": MANY // 2, "FIELD_UNREADABLE": MANY // 2, "FIELD_UNKNOWN": 50,
    }  # fmt: skip
    assert many.findings == sum(many.codes.values())
    assert many_held < 1.5 * few_held


async def test_what_is_kept_of_bad_rows_is_read_back_a_chunk_at_a_time(
    quiet: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "CHUNK", 200)
    held = []
    for rows in (1_000, 10_000):
        with bad_file(rows) as file:
            batch = (await imported(quiet, file)).batch_id
        assert batch is not None
        owner = quiet.directory.by_slug[OWNER].tenant_id
        async with acting(quiet.database.pool, caller_of(quiet, OWNER)) as connection:
            with peak() as found:
                parts = returned_parts(connection, quiet.keys, owner, batch)
                assert [len(some) async for _, some in parts] == [200] * (rows // 200)
        held += found
    assert held[1] < 1.5 * held[0]


async def test_a_chunk_of_long_rows_has_fewer_of_them(quiet: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    chunks: list[int] = []
    monkeypatch.setattr(imports, "CHUNK_BYTES", 100_000)
    rows = [{**material.grading(material.firm()), "备注": "长" * 10_000} for _ in range(10)]
    file = io.BytesIO(b"\n".join(map(orjson.dumps, rows)))
    result = await imported(quiet, file, manner=Manner(progress=lambda counts: chunks.append(counts["read"])))
    assert result.counts["new"] == 10
    assert chunks == [4, 8, 10]
