"""Status lists: `python -m tests.bench.status_lists [CERTIFICATES]` builds them from facts and prints one line of JSON.

The base is a plain read of who was reported otherwise than valid, without dates, actions or anybody else's word.
"""

import asyncio
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import asyncpg

from exchange.database import open_database
from exchange.demo.seed import caller_of, onboard_cast
from exchange.proof.slots import SIZE, slot_at
from exchange.proof.status_lists import read_whole
from exchange.runtime import Runtime, now_in_utc, open_runtime
from exchange.settings import load
from exchange.statements import parse
from tenants.keys import Keys
from tenants.session import acting
from tests.bench.__main__ import scratch, server

SQL = parse(Path(__file__).with_name("status_lists.sql").read_text("utf-8"))
OWNER = "sz-bureau"


async def fill(dsn: str, keys: Keys, owner_id: int, certificates: int) -> None:
    """Certificates, and a slot for each."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("set session_replication_role = replica")
        await connection.execute(SQL["fill"], certificates, owner_id)
        await connection.execute(SQL["act"], owner_id)
        ids = [row[0] for row in await connection.fetch(SQL["certificates"])]
        slots = ((slot_at(place, keys), record_id) for place, record_id in enumerate(ids))
        rows = ((slot.list_id, slot.idx, owner_id, "CERTIFICATE", record_id) for slot, record_id in slots)
        columns = ["list_id", "idx", "owner_id", "kind", "item_id"]
        await connection.copy_records_to_table("status_slot", records=rows, columns=columns)
        await connection.execute("analyze")
    finally:
        await connection.close()


async def measure(runtime: Runtime, certificates: int) -> dict[str, Any]:
    """Seconds for all lists, for one again after a revocation, and the octets of one."""
    lists, day = range(1, -(-certificates // SIZE) + 1), runtime.today()
    async with runtime.database.hub_pool.acquire() as connection:
        plain = await _seconds([connection.fetch(SQL["plain"], one) for one in lists])
        whole = await _seconds([read_whole(connection, one, day) for one in lists])
    built = await _seconds([runtime.status_lists.published(one) for one in lists])
    first = await runtime.status_lists.published(1)
    unchanged = await _seconds([runtime.status_lists.published(1)])
    async with acting(runtime.database.pool, caller_of(runtime, OWNER)) as connection:
        await connection.execute(SQL["revoke"])
    changed = await _seconds([runtime.status_lists.published(1)])
    if (await runtime.status_lists.published(1)).token == first.token:
        raise ValueError("a revocation did not change the list")
    return {
        "certificates": certificates, "lists": len(lists), "day": str(day), "plain_seconds": plain,
        "read_seconds": whole, "read_and_sign_seconds": built, "unchanged_seconds": unchanged,
        "after_revocation_seconds": changed, "token_octets": len(first.token), "on_the_wire_octets": len(first.zipped),
    }  # fmt: skip


async def _seconds(work: list[Any]) -> float:
    begun = time.perf_counter()
    for one in work:
        await one
    return round(time.perf_counter() - begun, 4)


async def main(certificates: int) -> dict[str, Any]:
    """A database of its own, filled and measured."""

    async with server(lambda text: print(text, file=sys.stderr)) as place, scratch(place) as url:
        settings = load({**os.environ, "EXCHANGE_DATABASE_URL": url, "EXCHANGE_SECRET": "x" * 48})
        keys = Keys(secret=b"x" * 48)
        async with (
            open_database(settings) as database,
            open_runtime(database, keys, issuer="urn:bench", now=now_in_utc, has_loops=False) as runtime,
        ):
            await onboard_cast(runtime)
            owner_id = runtime.directory.by_slug[OWNER].tenant_id
            await fill(database.dsn, keys, owner_id, certificates)
            return await measure(runtime, certificates)


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000))))
