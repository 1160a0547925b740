"""Importing a file: read its rows, keep the good ones, give back every bad one with all its findings.

The same for POST /imports and `exchange import`. A file is read piece by piece and goes to the database in chunks of
one transaction each; what of it is in memory at a time is a few chunks, and 16 bytes a row to tell repeated rows.
"""

import asyncio
import uuid
from collections import Counter, deque
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from operator import itemgetter
from typing import Any, BinaryIO, TypeVar
from urllib.parse import unquote

import asyncpg

from exchange.intake import Part, open_source
from exchange.intake.receipt import receipt
from exchange.metrics import IMPORTED
from exchange.preparing import Look, Order
from exchange.preparing_apart import Preparers, preparers
from exchange.publish import Kept, Publication, changed_among, confirm, keep
from exchange.sealing import Sealed
from exchange.statements import statements
from schema.errors import Refusal
from schema.kinds import BY_NAME
from schema.record import Finding, Kind, finding
from tenants.caller import Caller
from tenants.session import acting

_SQL = statements("publish")
CHUNK = 5_000
FEW = 2  # chunks of a file that needs no processes of its own
PATIENCE = 3
T = TypeVar("T")


@dataclass(kw_only=True)
class ImportResult:
    """What an import did. `receipt` has one entry per finding, with row, field, masked value, code and messages; what
    is found of the file as a whole comes first and has no row."""

    batch_id: uuid.UUID
    kind: str
    counts: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("read", "new", "changed", "late", "unchanged", "refused"), 0)
    )
    receipt: list[dict[str, Any]] = field(default_factory=list)

    def as_answer(self) -> dict[str, Any]:
        """The JSON of POST /imports."""
        return {"batchId": str(self.batch_id), "kind": self.kind, "counts": self.counts, "receipt": self.receipt}


def kind_named(name: str) -> Kind:
    """A record kind by name. Raises Refusal UNKNOWN_KIND."""
    if name not in BY_NAME:
        raise Refusal("UNKNOWN_KIND", kind=name[:60], known=", ".join(BY_NAME))
    return BY_NAME[name]


async def import_file(
    pool: Any,
    caller: Caller,
    publication: Publication,
    file: BinaryIO,
    *,
    kind: Kind,
    file_name: str,
    content_type: str | None,
) -> ImportResult:
    """Import a file for a tenant. Raises Refusal when the file as a whole cannot be read; then nothing is stored."""
    caller.require("record.publish")
    assert publication.batch_id is not None
    source = await asyncio.to_thread(open_source, file, filename=file_name, content_type=content_type, kind=kind)
    chunks = _chunks(source.parts)
    begun = await asyncio.to_thread(lambda: list(islice(chunks, FEW + 1)))
    order = Order(kind=kind.name, tenant=caller.tenant, day=publication.day, read=source.read)
    result = ImportResult(batch_id=publication.batch_id, kind=kind.name)
    async with preparers(order, publication.keys, is_large=len(begun) > FEW) as preparing:
        work = _Import(pool, caller, publication, kind, file_name, result, preparing)
        await work.run(chain(begun, chunks))
    for outcome, count in result.counts.items():
        IMPORTED.labels(kind=kind.name, outcome=outcome).inc(count)
    return result


@dataclass(frozen=True, kw_only=True)
class _Ready:
    """A chunk whose new and changed records are sealed. `same` is how many others are as they stand."""

    look: Look
    sealed: list[Sealed]
    same: int


class _Import:
    """One file on its way: while PostgreSQL keeps a chunk, the next ones are read, compared and sealed."""

    def __init__(
        self, pool: Any, caller: Caller, publication: Publication, kind: Kind, file_name: str,
        result: ImportResult, preparing: Preparers,
    ) -> None:  # fmt: skip
        self._pool, self._caller, self._publication, self._kind = pool, caller, publication, kind
        self._file_name, self._result, self._preparing = file_name, result, preparing
        # 64 bits of each key and fingerprint are enough to tell a million rows apart, and little to hold.
        self._seen: dict[int, int] = {}
        self._unknown: dict[str, Finding] = {}

    async def run(self, chunks: Iterator[list[Part]]) -> None:
        """Import every chunk, in order."""
        looked = in_order(self._looks(chunks), ahead=self._preparing.count)
        async with aclosing(looked), aclosing(in_order(self._preparations(looked), ahead=1)) as prepared:
            async for ready in prepared:
                await self._keep(ready)
        self._result.receipt = receipt(self._unknown.values(), self._kind) + self._result.receipt

    async def _looks(self, chunks: Iterator[list[Part]]) -> AsyncIterator[Coroutine[Any, Any, Look]]:
        number = 0
        while (parts := await asyncio.to_thread(next, chunks, None)) is not None:
            yield self._preparing.look(number, parts)
            number += 1

    async def _preparations(self, looked: AsyncIterator[Look]) -> AsyncIterator[Coroutine[Any, Any, _Ready]]:
        number = 0
        async for look in looked:
            if look.has_lifts:
                self._caller.require("flag.lift")
            yield self._prepare(number, look, self._first_of_each(look))
            number += 1

    def _first_of_each(self, look: Look) -> list[int]:
        """Places of the records whose key has not come before in this file; one with other content is refused."""
        fresh = []
        for place, (key_hash, fingerprint) in enumerate(zip(look.key_hashes, look.fingerprints, strict=True)):
            key, content = int.from_bytes(key_hash[:8]), int.from_bytes(fingerprint[:8])
            if key not in self._seen:
                self._seen[key] = content
                fresh.append(place)
            elif self._seen[key] != content:
                look.refused += 1
                repeated = replace(finding("DUPLICATE_IN_FILE", self._kind.identity[0]), row=look.rows[place])
                look.receipt = sorted([*look.receipt, *receipt([repeated], self._kind)], key=itemgetter("row"))
        return fresh

    async def _prepare(self, number: int, look: Look, fresh: list[int]) -> _Ready:
        owner = self._caller.tenant.tenant_id
        key_hashes, fingerprints = [look.key_hashes[one] for one in fresh], [look.fingerprints[one] for one in fresh]
        async with acting(self._pool, self._caller) as connection:
            found = await changed_among(connection, owner, self._kind.name, key_hashes, fingerprints)
        sealed = await self._preparing.seal(number, [fresh[place] for place in found])
        return _Ready(look=look, sealed=sealed, same=look.read - look.refused - len(sealed))

    async def _keep(self, ready: _Ready) -> None:
        """Keep a chunk in one transaction; only then it counts. Two imports that wait for each other take turns."""
        for _ in range(PATIENCE):
            try:
                self._result.counts, objected = await self._kept(ready)
                break
            except Refusal as refusal:
                if not isinstance(refusal.__cause__, asyncpg.DeadlockDetectedError):
                    raise
        else:
            raise Refusal("UNAVAILABLE")
        self._result.receipt += sorted([*ready.look.receipt, *objected], key=itemgetter("row"))
        for title, warning in ready.look.unknown.items():
            self._unknown.setdefault(title, warning)

    async def _kept(self, ready: _Ready) -> tuple[dict[str, int], list[dict[str, Any]]]:
        """The counts with this chunk, and what was found only beside what stands already."""
        result, publication = self._result, self._publication
        async with acting(self._pool, self._caller) as connection:
            if not result.counts["read"]:
                opening = result.batch_id, self._caller.tenant.tenant_id, self._kind.name, self._file_name
                await connection.execute(_SQL["open_batch"], *opening, publication.operator)
            written = await keep(connection, ready.sealed, publication)
            if ready.look.key_hashes:
                await confirm(connection, publication, [self._kind.name])
            outcomes = Counter(one.outcome.lower() for one in written.values())
            unwritten = len(ready.sealed) - len(written)
            outcomes.update(read=ready.look.read, refused=ready.look.refused, unchanged=ready.same + unwritten)
            counts = {name: count + outcomes[name] for name, count in result.counts.items()}
            await connection.execute(_SQL["close_batch"], result.batch_id, *counts.values())
        return counts, self._objected(ready.look, written)

    def _objected(self, look: Look, written: Mapping[bytes, Kept]) -> list[dict[str, Any]]:
        rows = dict(zip(reversed(look.key_hashes), reversed(look.rows), strict=True))  # the first of each key
        found = [replace(one, row=rows[key]) for key, kept in written.items() for one in kept.findings]
        return receipt(found, self._kind)


def _chunks(parts: Iterator[Part]) -> Iterator[list[Part]]:
    while chunk := list(islice(parts, CHUNK)):
        yield chunk


async def in_order(works: AsyncIterator[Coroutine[Any, Any, T]], *, ahead: int) -> AsyncGenerator[T, None]:
    """The results of works in their order, while up to `ahead` more are being done."""
    tasks: deque[asyncio.Task[T]] = deque()
    try:
        async for work in works:
            tasks.append(asyncio.create_task(work))
            if len(tasks) > ahead:
                yield await tasks.popleft()
        while tasks:
            yield await tasks.popleft()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def operator_of(headers: Mapping[str, str]) -> str | None:
    """Who at the source sends the file, from the header Exchange-Operator (percent-encoded UTF-8)."""
    value = unquote(headers.get("exchange-operator", "")).replace("\0", "")
    return value[:100] or None
