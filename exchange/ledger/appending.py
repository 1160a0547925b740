"""Adds what is committed to the log: in batches, by one process at a time, away from whoever publishes.

The queue, entries, hashes, the new root and its signature change in one transaction (migrations/0034_ledger.sql).
"""

from collections.abc import Iterable, Mapping, MutableMapping
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from exchange.ledger import tiles
from exchange.ledger.checkpoints import Checkpoint, signed
from exchange.ledger.entries import Entry, EntryKey, rows_of, written
from exchange.ledger.merkle import Range
from exchange.ledger.tiles import Place
from exchange.statements import statements

_SQL = statements("ledger")
BATCH = 5_000


async def append_batch(connection: Any, key: Ed25519PrivateKey, origin: str, now: datetime) -> int:
    """Log the next of what waits, and sign the new checkpoint; returns how many lines of the queue were taken.

    `origin` is the log's name if this is its first checkpoint; it keeps that name for ever.
    """
    if not await connection.fetchval(_SQL["is_waiting"]):
        return 0
    async with connection.transaction():
        head = await connection.fetchrow(_SQL["lock_head"])
        await connection.execute(_SQL["queue_keys"])
        taken = await connection.fetch(_SQL["take_pending"], BATCH)
        fresh = [EntryKey(row["type"], row["key"], row["version"]) for row in taken if not row["is_logged"]]
        entries = await _entries(connection, list(dict.fromkeys(fresh)), now)
        if entries:
            name = head["origin"] or origin
            checkpoint = Checkpoint(
                origin=name, size=head["size"] + len(entries), root=await _grow(connection, head["size"], entries)
            )
            await connection.execute(_SQL["move_head"], checkpoint.size, name)
            note = signed(checkpoint, key)
            await connection.execute(_SQL["keep_checkpoint"], checkpoint.size, checkpoint.root, note, now)
    return len(taken)


async def _entries(connection: Any, keys: list[EntryKey], now: datetime) -> list[Entry]:
    rows = await rows_of(connection, keys)
    return [written(key, rows.get(key), now) for key in keys]


async def _grow(connection: Any, size: int, entries: list[Entry]) -> bytes:
    """Keep entries and their hashes; the root of the tree with them."""
    await connection.execute(
        _SQL["add_entries"], size, [one.key.type for one in entries], [one.key.key for one in entries],
        [one.key.version for one in entries], [one.recorded_at for one in entries], entries[0].logged_at,
        [one.salt for one in entries], [one.digest for one in entries],
    )  # fmt: skip
    held: MutableMapping[Place, bytes] = await read_tiles(connection, tiles.edge(size))
    changed = tiles.append(held, size, [one.leaf for one in entries])
    await _keep_tiles(connection, {place: held[place] for place in changed})
    return tiles.root_of(Range(0, size + len(entries)), held)


async def _keep_tiles(connection: Any, changed: Mapping[Place, bytes]) -> None:
    levels, numbers = [one.level for one in changed], [one.number for one in changed]
    await connection.execute(_SQL["keep_tiles"], levels, numbers, list(changed.values()))


async def waiting(connection: Any) -> int:
    """How much is accepted and not logged yet."""
    found: int = await connection.fetchval(_SQL["waiting"])
    return found


async def read_tiles(connection: Any, places: Iterable[Place]) -> dict[Place, bytes]:
    """The tiles that are there of these."""
    wanted = [*places]
    rows = await connection.fetch(_SQL["tiles"], [one.level for one in wanted], [one.number for one in wanted])
    return {Place(row["level"], row["number"]): bytes(row["hashes"]) for row in rows}
