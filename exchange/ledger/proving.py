"""Proofs from the log: that an entry is in it, that one checkpoint is the beginning of another. In the hub's role.

`inclusion` is all that a receipt needs; what a caller may ask about is decided in desks/ledger.py.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from exchange.ledger import tiles
from exchange.ledger.appending import read_tiles
from exchange.ledger.entries import ENTRY_TYPES, Entry, EntryKey, kept
from exchange.ledger.merkle import Range, consistency
from exchange.ledger.merkle import inclusion as siblings
from exchange.statements import statements

_SQL = statements("ledger")


@dataclass(frozen=True, kw_only=True)
class Signed:
    """A checkpoint as kept: its note with the lines of witnesses, and those apart."""

    size: int
    root: bytes
    note: str
    made_at: datetime
    cosignatures: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Inclusion:
    """That an entry is leaf `leaf_index` of the tree a checkpoint signs."""

    entry: Entry
    leaf_index: int
    hashes: tuple[bytes, ...]
    checkpoint: Signed

    def as_dict(self) -> dict[str, Any]:
        """For a receipt: texts and numbers only; the salt where whoever reads this knows the content."""
        salt = {"salt": self.entry.salt.hex()} if ENTRY_TYPES[self.entry.key.type].is_open else {}
        return {
            "entry": self.entry.text().decode(),
            **salt,
            "leafIndex": self.leaf_index,
            "treeSize": self.checkpoint.size,
            "hashes": [one.hex() for one in self.hashes],
            "checkpoint": self.checkpoint.note,
        }


async def latest(connection: Any, size: int | None = None) -> Signed | None:
    """The latest checkpoint, or the one of a size; None where there is none."""
    row = await connection.fetchrow(_SQL["checkpoint"], size)
    if row is None:
        return None
    cosignatures = orjson.loads(row["cosignatures"])
    note = row["note"] + "".join(one["line"] for one in cosignatures)
    return Signed(
        size=row["size"], root=bytes(row["root"]), note=note, made_at=row["made_at"], cosignatures=cosignatures
    )


async def inclusion(connection: Any, entry_key: EntryKey, *, size: int | None = None) -> Inclusion | None:
    """The proof that something is logged, at the latest checkpoint or the one of a size; None while it is not in it."""
    row = await connection.fetchrow(_SQL["entry"], *entry_key)
    checkpoint = await latest(connection, size)
    if row is None or checkpoint is None or row["leaf_index"] >= checkpoint.size:
        return None
    hashes = await _hashes(connection, siblings(row["leaf_index"], checkpoint.size))
    return Inclusion(entry=kept(row), leaf_index=row["leaf_index"], hashes=hashes, checkpoint=checkpoint)


async def extension(connection: Any, old: int, new: int) -> tuple[bytes, ...]:
    """The proof that the tree of `old` leaves is the beginning of the one of `new`, both of them checkpoints."""
    return await _hashes(connection, consistency(old, new))


async def _hashes(connection: Any, ranges: Sequence[Range]) -> tuple[bytes, ...]:
    held = await read_tiles(connection, tiles.needed(ranges))
    return tuple(tiles.root_of(one, held) for one in ranges)
