"""From the parts of a file to records ready to be kept: read, check, mark, and, of those that are wanted, seal.

Pure work without a database, so it runs in this process or in several (preparing_apart.py). It goes in two steps,
because what is unchanged need not be sealed: `look` tells what came, `seal` finishes what is new or changed.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from exchange.admission import admit, checks_for, consequences
from exchange.intake import Part, Row, parse_rows, rows_of
from exchange.intake.columns import noting_unknown
from exchange.intake.receipt import receipt
from exchange.sealing import Mark, Sealed, mark, seal
from schema.kinds import BY_NAME
from schema.record import Finding, Record
from tenants.keys import Keys
from tenants.registry import Tenant


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is the same for every chunk of a file: kind, sender, the day, and how a part becomes a row."""

    kind: str
    tenant: Tenant
    day: date
    read: Callable[[int, Any], Row | None]


@dataclass(kw_only=True)
class Look:
    """What a chunk held: rows, refused ones, findings as the receipt has them; of each admitted record its row number
    and its mark, in order. `unknown` are columns that stand for no field, by title, each with its warning."""

    read: int = 0
    refused: int = 0
    receipt: list[dict[str, Any]] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    key_hashes: list[bytes] = field(default_factory=list)
    fingerprints: list[bytes] = field(default_factory=list)
    has_lifts: bool = False
    unknown: dict[str, Finding] = field(default_factory=dict)


class Preparer:
    """Prepares the chunks of one file. Between its two steps it holds the records of a chunk."""

    def __init__(self, order: Order, keys: Keys) -> None:
        self._order, self._keys = order, keys
        self._kind = BY_NAME[order.kind]
        self._checks = checks_for(self._kind, order.tenant, order.day)
        self._held: dict[int, list[tuple[Record, Mark]]] = {}

    def look(self, chunk: int, parts: Sequence[Part]) -> Look:
        """Read and check a chunk; the admitted records wait for `seal`."""
        found, held = Look(), self._held.setdefault(chunk, [])
        rows = noting_unknown(rows_of(parts, self._order.read), self._kind, found.unknown)
        for row, parsed in parse_rows(rows, self._kind, further=self._checks):
            found.read += 1
            if parsed.findings:
                found.receipt += receipt(parsed.findings, self._kind)
            if parsed.record is None:
                found.refused += 1
                continue
            record = admit(parsed.record, self._order.tenant)
            marked = mark(record, self._keys)
            found.has_lifts = found.has_lifts or record.lifted_on is not None
            found.rows.append(row.number)
            found.key_hashes.append(marked.key_hash)
            found.fingerprints.append(marked.fingerprint)
            held.append((record, marked))
        return found

    def seal(self, chunk: int, places: Sequence[int]) -> list[Sealed]:
        """Those of a chunk's admitted records that are to be kept, with what they entail; the others are forgotten."""
        held = self._held.pop(chunk)
        return list(self._sealed(held[place] for place in places))

    def _sealed(self, wanted: Iterator[tuple[Record, Mark]]) -> Iterator[Sealed]:
        for record, marked in wanted:
            yield seal(record, self._keys, marked, consequences(record))
