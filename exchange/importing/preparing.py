"""From the parts of a file to records ready to be kept: read, check, seal; or, before that, tell what came unchanged.

Pure work without a database, so it runs in this process or in several (preparing_apart.py). Where most rows are as
they were, `look` gives identity and hash of each, and only those that are new or changed are read and sealed.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import orjson

from exchange.intake import Part, Row, parse_rows, rows_of
from exchange.intake.columns import noting_unknown
from exchange.intake.receipt import receipt
from exchange.publishing.admission import admit, checks_for, consequences
from exchange.publishing.sealing import Sealed, hash_key, seal
from schema.kinds import BY_NAME
from schema.record import Finding, identity_of
from tenants.keys import Keys
from tenants.registry import Tenant

UNKNOWN = b""  # stands for the identity of a row that has none one could read


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is the same for every chunk of a file: kind, sender, the day, and how a part becomes a row."""

    kind: str
    tenant: Tenant
    day: date
    read: Callable[[int, Any], Row | None]


@dataclass(frozen=True, kw_only=True)
class Look:
    """What the rows of a chunk are by themselves: identity (UNKNOWN for none) and hash of each, in order. `unknown` are
    columns that stand for no field, by title, each with its warning."""

    key_hashes: list[bytes]
    row_hashes: list[bytes]
    unknown: dict[str, Finding]


@dataclass(kw_only=True)
class Prepared:
    """Rows that were read: how many, how many refused, findings as the receipt has them; the admitted ones sealed, and
    the row number of each. `unknown` as of a Look, where there was none."""

    read: int = 0
    refused: int = 0
    receipt: list[dict[str, Any]] = field(default_factory=list)
    sealed: list[Sealed] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    has_lifts: bool = False
    unknown: dict[str, Finding] = field(default_factory=dict)


class Preparer:
    """Prepares the chunks of one file. Between `look` and `finish` it holds the rows of a chunk."""

    def __init__(self, order: Order, keys: Keys) -> None:
        self._order, self._keys = order, keys
        self._kind = BY_NAME[order.kind]
        self._checks = checks_for(self._kind, order.tenant, order.day)
        self._held: dict[int, list[Row]] = {}
        # What a row means depends on its sender and on our fields too: a hash made under others never matches.
        tenant = (order.tenant.credit_code, order.tenant.name, order.tenant.region, order.tenant.jurisdiction)
        ours = orjson.dumps((self._kind.name, [one.name for one in self._kind.fields], tenant)).decode()
        self._hashing = hashlib.blake2b(key=keys.join_hash("row", ours), digest_size=16)

    def look(self, chunk: int, parts: Sequence[Part]) -> Look:
        """Identity and hash of each row of a chunk; the rows wait for `finish`."""
        unknown: dict[str, Finding] = {}
        rows = self._held[chunk] = list(self._rows(parts, unknown))
        key_hashes, row_hashes = [self._key_hash(row) for row in rows], [self._hash(row) for row in rows]
        return Look(key_hashes=key_hashes, row_hashes=row_hashes, unknown=unknown)

    def finish(self, chunk: int, places: Sequence[int]) -> Prepared:
        """The rows at these places of a chunk, read and sealed; the others are forgotten."""
        rows = self._held.pop(chunk)
        return self._prepare((rows[place] for place in places), Prepared())

    def whole(self, _: int, parts: Sequence[Part]) -> Prepared:
        """All rows of a chunk, read and sealed without a look before."""
        done = Prepared()
        return self._prepare(self._rows(parts, done.unknown), done)

    def _rows(self, parts: Sequence[Part], unknown: dict[str, Finding]) -> Iterator[Row]:
        return noting_unknown(rows_of(parts, self._order.read), self._kind, unknown)

    def _prepare(self, rows: Iterator[Row], done: Prepared) -> Prepared:
        for row, parsed in parse_rows(rows, self._kind, further=self._checks):
            done.read += 1
            if parsed.findings:
                done.receipt += receipt(parsed.findings, self._kind)
            if parsed.record is None:
                done.refused += 1
                continue
            record = admit(parsed.record, self._order.tenant)
            done.has_lifts = done.has_lifts or record.lifted_on is not None
            # A row with a warning is read again every time, so that its sender gets the warning every time.
            row_hash = None if parsed.findings else self._hash(row)
            done.sealed.append(seal(record, self._keys, consequences(record), row_hash=row_hash))
            done.rows.append(row.number)
        return done

    def _key_hash(self, row: Row) -> bytes:
        key = identity_of(self._kind, row.values)
        return UNKNOWN if key is None else hash_key(self._kind.name, key, self._keys)

    def _hash(self, row: Row) -> bytes:
        """Keyed, as the row holds personal values."""
        hashing = self._hashing.copy()
        hashing.update(orjson.dumps(row.values, default=str))
        return hashing.digest()
