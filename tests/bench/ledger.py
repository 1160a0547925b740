"""The log: `python -m tests.bench.ledger LEAVES` prints JSON: what it costs who publishes, how fast it takes that in,
how long a proof takes over so many leaves.

Publishing is timed with the triggers that queue and without, in turns; appending against plain inserts of the same
entries and tiles into tables without any index; a proof against one look-up by key.
"""

import json
import os
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

import asyncpg
import uvloop

from exchange.ledger import tiles
from exchange.ledger.appending import BATCH, append_batch
from exchange.ledger.checkpoints import Checkpoint, signed
from exchange.ledger.entries import Entry, EntryKey
from exchange.ledger.merkle import Range
from exchange.ledger.proving import extension, inclusion
from exchange.publishing.admission import admit
from exchange.publishing.publish import Publication, publish
from exchange.runtime import Runtime
from exchange.settings import load
from exchange.statements import parse, statements
from schema.kinds import BY_NAME
from schema.record import Record
from schema.record import parse as parse_record
from tenants.session import acting
from tests.bench.bulk import rows_of
from tests.bench.contenders import opened
from tests.bench.statement import asking_caller

SQL = parse(Path(__file__).with_name("ledger.sql").read_text("utf-8"))
_LEDGER = statements("ledger")
ROUNDS, RECORDS, TRANSACTION, PROOFS = 4, 2_000, 500, 500
ORIGIN = "bench.test/ledger"
_FIRST_PERSON, _MOST = 400_000, 100_000  # beyond those of the bulk import


async def measure(runtime: Runtime, leaves: int, records: int = RECORDS, rounds: int = ROUNDS) -> dict[str, Any]:
    """All figures, in seconds."""
    owner = await asyncpg.connect(runtime.database.dsn)
    try:
        await runtime.log()
        published = await _published(runtime, owner, records, rounds)
        appended = await _appended(runtime, owner, records * rounds)
        async with runtime.database.hub_pool.acquire() as connection:
            await _grown(runtime, owner, connection, leaves)
            return {**published, **appended, **await _proved(connection, leaves)}
    finally:
        await owner.execute(SQL["on"])
        await owner.close()


async def _published(runtime: Runtime, owner: Any, records: int, rounds: int) -> dict[str, Any]:
    """As many new records with the triggers as without, in turns, in transactions of 500."""
    several, seconds = _records(runtime), dict[str, list[float]](on=[], off=[])
    for number in range(2 * rounds + 2):
        way = ("on", "off")[number % 2]
        await owner.execute(SQL[way])
        taken = await _publish(runtime, list(islice(several, records)))
        if number > 1:  # the first of each warms up
            seconds[way].append(taken)
        elif way == "on":
            await runtime.log()
    await owner.execute(SQL["on"])
    return {
        "records": records, "logged_seconds": statistics.median(seconds["on"]),
        "unlogged_seconds": statistics.median(seconds["off"]),
    }  # fmt: skip


def _records(runtime: Runtime) -> Iterator[Record]:
    """Certificates of persons nobody else has."""
    caller = asking_caller(runtime)
    for values in rows_of(_MOST, runtime.today(), _FIRST_PERSON):
        parsed = parse_record(BY_NAME["SAFETY_MANAGEMENT"], {name: str(one) for name, one in values.items()})
        if parsed.record is None:
            raise ValueError(f"a certificate of the benchmark is refused: {parsed.findings}")
        yield admit(parsed.record, caller.tenant)


async def _publish(runtime: Runtime, records: list[Record]) -> float:
    caller, begun = asking_caller(runtime), time.perf_counter()
    publication = Publication(tenant=caller.tenant, keys=runtime.keys, day=runtime.today())
    for start in range(0, len(records), TRANSACTION):
        async with acting(runtime.database.pool, caller) as connection:
            await publish(connection, records[start : start + TRANSACTION], publication)
    return time.perf_counter() - begun


async def _appended(runtime: Runtime, owner: Any, waiting: int) -> dict[str, Any]:
    """Everything that waits, logged; and the same entries and tiles inserted plainly."""
    async with runtime.database.hub_pool.acquire() as connection:
        before, taken = (await connection.fetchrow(_LEDGER["head"]))["size"], 0
        begun = time.perf_counter()
        while count := await append_batch(connection, runtime.keys.token_key(1), ORIGIN, runtime.now()):
            taken += count
        seconds = time.perf_counter() - begun
    if taken != waiting:
        raise ValueError(f"{waiting} records were to be logged, {taken} were")
    await owner.execute(SQL["plain"])
    entries, kept = await owner.fetch(SQL["entries"], before), await owner.fetch(SQL["tiles"])
    begun = time.perf_counter()
    for start in range(0, len(entries), BATCH):
        async with owner.transaction():
            await _insert(owner, "bench_ledger_entry", entries[start : start + BATCH])
            await _insert(owner, "bench_ledger_tile", kept)
    base = time.perf_counter() - begun
    await owner.execute(SQL["drop_plain"])
    return {"appended": taken, "append_seconds": seconds, "insert_seconds": base}


async def _insert(connection: Any, table: str, rows: list[Any]) -> None:
    await connection.copy_records_to_table(table, records=[tuple(row) for row in rows])


async def _grown(runtime: Runtime, owner: Any, connection: Any, leaves: int) -> None:
    """A tree of so many leaves: the log so far, then entries of nothing."""
    head = await connection.fetchrow(_LEDGER["head"])
    size, held = head["size"], {}
    await owner.execute(SQL["invent"], size, leaves)
    for place in tiles.edge(size):
        row = await connection.fetchrow(_LEDGER["tiles"], [place.level], [place.number])
        held[place] = bytes(row["hashes"])
    changed = tiles.append(held, size, [_invented(number).leaf for number in range(size, leaves)])
    for start in range(0, len(changed), BATCH):
        several = [*changed][start : start + BATCH]
        await connection.execute(
            _LEDGER["keep_tiles"], [one.level for one in several], [one.number for one in several],
            [held[one] for one in several],
        )  # fmt: skip
    checkpoint = Checkpoint(origin=head["origin"], size=leaves, root=tiles.root_of(Range(0, leaves), held))
    note = signed(checkpoint, runtime.keys.token_key(1))
    await connection.execute(_LEDGER["keep_checkpoint"], leaves, checkpoint.root, note, runtime.now())
    await connection.execute(_LEDGER["move_head"], leaves, head["origin"])
    await owner.execute(SQL["settle"])


def _invented(number: int) -> Entry:
    moment, text = datetime(2026, 1, 1, tzinfo=UTC), str(number).encode()
    digest = sha256(text).digest()
    key = EntryKey("BENCH", str(number), 1)
    return Entry(key=key, recorded_at=moment, logged_at=moment, salt=digest[:16], digest=digest)


async def _proved(connection: Any, leaves: int) -> dict[str, Any]:
    """The middle time of proofs from all over the tree, and of looking an entry up."""
    numbers = [leaves - 1 - number * (leaves // 2 // PROOFS) for number in range(PROOFS)]

    async def included(number: int) -> None:
        if await inclusion(connection, EntryKey("BENCH", str(number), 1)) is None:
            raise ValueError(f"leaf {number} has no proof")

    async def extended(number: int) -> None:
        await extension(connection, number, leaves)

    async def looked_up(number: int) -> None:
        await connection.fetchval(SQL["look_up"], str(number))

    return {
        "leaves": leaves, "inclusion_seconds": await _middle(included, numbers),
        "consistency_seconds": await _middle(extended, numbers), "look_up_seconds": await _middle(looked_up, numbers),
    }  # fmt: skip


async def _middle(work: Callable[[int], Awaitable[None]], numbers: list[int]) -> float:
    seconds = []
    for number in numbers:
        begun = time.perf_counter()
        await work(number)
        seconds.append(time.perf_counter() - begun)
    return statistics.median(seconds)


async def main(leaves: int) -> dict[str, Any]:
    async with opened(load(os.environ), has_loops=False) as runtime:
        return await measure(runtime, leaves)


if __name__ == "__main__":
    print(json.dumps(uvloop.run(main(int(sys.argv[1])))))
