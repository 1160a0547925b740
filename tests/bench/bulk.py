"""Bulk import: `python -m tests.bench.bulk ROWS` publishes a file of new rows and prints one line of JSON.

The same rows go by COPY into a table without any index, in the same run: that is the base of the ratios.
"""

import json
import os
import resource
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from datetime import date
from typing import Any, BinaryIO

import asyncpg
import uvloop

from exchange.demo.people import period, person_numbered
from exchange.importing.imports import ImportResult, import_file
from exchange.publishing.publish import Publication
from exchange.runtime import Runtime
from exchange.settings import load
from schema.kinds import BY_NAME
from tests.bench.contenders import opened
from tests.bench.cost import peak_memory
from tests.bench.generate import SQL, enterprise_code
from tests.bench.statement import asking_caller

_FIRST_BLOCK = 5_000  # of persons that the data set does not have
_BLOCK = 13_000


def write_file(file: BinaryIO, rows: int, day: date) -> None:
    """NDJSON of certificates of safety management, each of another person."""
    file.writelines(json.dumps(row, ensure_ascii=False, default=str).encode() + b"\n" for row in rows_of(rows, day))


def rows_of(count: int, day: date, first: int = 0) -> Iterator[dict[str, Any]]:
    """Certificates, from the person of a number on."""
    for n in range(first, first + count):
        person = person_numbered(_FIRST_BLOCK + n // _BLOCK, n % _BLOCK)
        yield {
            "name": person.name,
            "idNumber": person.id_number,
            "gender": person.gender,
            "number": person.id_number,
            "personType": "SAFETY_MANAGER",
            "industryCategory": "其他工贸",
            "retrainingHours": 16,
            "firstIssuedOn": day,
            "creditCode": enterprise_code(n % 500),
            "employerName": f"性能测试有限公司{n % 500}",
            "reportedStatus": "VALID",
            **period(day, 3),
        }


async def measure(rows: int) -> dict[str, float]:
    """Seconds of the import, of the same file again, and of plain COPY; peak memory before and after in MiB, and the
    most that a process beside this one had."""
    async with opened(load(os.environ), has_loops=False) as runtime:
        with tempfile.TemporaryFile() as file:
            write_file(file, rows, runtime.today())
            size, before = file.tell(), peak_memory()
            new, first = await _imported(runtime, file)
            same, second = await _imported(runtime, file)
        peak = peak_memory()
        if (first.counts["new"], second.counts["unchanged"]) != (rows, rows):
            raise ValueError(
                f"the import refused or changed rows: {first.counts}, {second.counts}, {first.receipt[:1]}"
            )
        return {
            "rows": rows,
            "bytes": size,
            "new_seconds": new,
            "unchanged_seconds": same,
            "copy_seconds": await _copied(runtime, first.batch_id),
            "peak_before": before,
            "peak": peak,
            "peak_beside": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024,
        }


async def _imported(runtime: Runtime, file: BinaryIO) -> tuple[float, ImportResult]:
    caller = asking_caller(runtime)
    publication = Publication(tenant=caller.tenant, keys=runtime.keys, day=runtime.today(), batch_id=uuid.uuid4())
    begun = time.perf_counter()
    result = await import_file(
        runtime.database.pool,
        caller,
        publication,
        file,
        kind=BY_NAME["SAFETY_MANAGEMENT"],
        file_name="bench.ndjson",
        content_type="application/x-ndjson",
    )
    return time.perf_counter() - begun, result


async def _copied(runtime: Runtime, batch_id: uuid.UUID) -> float:
    connection = await asyncpg.connect(runtime.database.dsn)
    try:
        await connection.execute(SQL["plain_table"])
        rows = [tuple(row) for row in await connection.fetch(SQL["imported"], batch_id)]
        begun = time.perf_counter()
        await connection.copy_records_to_table("bench_plain", records=rows)
        taken = time.perf_counter() - begun
        await connection.execute(SQL["drop_plain"])
        return taken
    finally:
        await connection.close()


if __name__ == "__main__":
    print(json.dumps(uvloop.run(measure(int(sys.argv[1])))))
