"""Importing a file: read its rows, keep the good ones, give back every bad one with all its findings.

The same for POST /imports and `exchange import`. A file is read piece by piece and goes to the database in chunks of
one transaction each; what of it is in memory at a time is a few chunks, and two short hashes a row to tell repeats.
"""

import asyncio
import uuid
from collections import Counter, deque
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from operator import itemgetter
from typing import Any, BinaryIO, TypeAlias, TypeVar
from urllib.parse import unquote

import asyncpg

from exchange.intake import Part, open_source
from exchange.intake.receipt import receipt
from exchange.metrics import IMPORTED
from exchange.preparing import UNKNOWN, Look, Order, Prepared
from exchange.preparing_apart import Preparers, preparers
from exchange.publish import Kept, Publication, changed_among, confirm, keep, unmatched_among
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
ENOUGH = 8  # bytes of a hash, to tell a million rows of one file apart
PENDING, STANDING = b"pending", b"standing."  # of a key: its row is being read, or is as it stands
T = TypeVar("T")
_Kept: TypeAlias = tuple[Counter[str], list[dict[str, Any]]]


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
    """A chunk whose new and changed records are sealed. `standing` are the keys of the rows that are as they stand."""

    prepared: Prepared
    standing: list[bytes]


class _Import:
    """One file on its way: while PostgreSQL keeps a chunk, the next ones are read, compared and sealed."""

    def __init__(
        self, pool: Any, caller: Caller, publication: Publication, kind: Kind, file_name: str,
        result: ImportResult, preparing: Preparers,
    ) -> None:  # fmt: skip
        self._pool, self._caller, self._publication, self._kind = pool, caller, publication, kind
        self._file_name, self._result, self._preparing = file_name, result, preparing
        self._owner = caller.tenant.tenant_id
        self._is_mostly_known = True
        # The content of each key that came so far, or what is known of it.
        self._seen: dict[bytes, bytes] = {}
        self._unknown: dict[str, Finding] = {}

    async def run(self, chunks: Iterator[list[Part]]) -> None:
        """Import every chunk: first come is first compared, and the receipt is in the order of the file."""
        looked = in_order(self._looks(chunks), ahead=self._preparing.count)
        prepared = in_order(self._preparations(looked), ahead=1)
        kept = in_order(self._keepings(prepared), ahead=1)
        async with aclosing(looked), aclosing(prepared), aclosing(kept):
            async for counts, findings in kept:
                self._is_mostly_known = counts["unchanged"] * 2 > counts["read"]
                self._result.counts = {name: count + counts[name] for name, count in self._result.counts.items()}
                self._result.receipt += findings
        self._result.receipt = receipt(self._unknown.values(), self._kind) + self._result.receipt

    async def _looks(self, chunks: Iterator[list[Part]]) -> AsyncIterator[Coroutine[Any, Any, Look | Prepared]]:
        """Rows of a file that is mostly as it was are looked at first, those of another are prepared at once."""
        number = 0
        while (parts := await asyncio.to_thread(next, chunks, None)) is not None:
            step = self._preparing.look if self._is_mostly_known else self._preparing.whole
            yield step(number, parts)
            number += 1

    async def _preparations(self, looked: AsyncIterator[Look | Prepared]) -> AsyncIterator[Coroutine[Any, Any, _Ready]]:
        number = 0
        async for found in looked:
            self._unknown = {**found.unknown, **self._unknown}
            if isinstance(found, Look):
                yield self._compare(number, found, self._notice(found.key_hashes))
            else:
                self._notice([one.key_hash for one in found.sealed])
                yield _as_it_is(found)
            number += 1

    def _notice(self, key_hashes: list[bytes]) -> set[int]:
        """Places of rows whose key has come before in this file: they are read, whatever they look like."""
        repeated = set()
        for place, key_hash in enumerate(key_hashes):
            key = key_hash[:ENOUGH]
            if key in self._seen:
                repeated.add(place)
            elif key != UNKNOWN:
                self._seen[key] = PENDING
        return repeated

    async def _compare(self, number: int, look: Look, repeated: set[int]) -> _Ready:
        """Only rows that are not as they stand are read and sealed."""
        async with acting(self._pool, self._caller) as connection:
            found = await unmatched_among(connection, self._owner, self._kind.name, look.key_hashes, look.row_hashes)
        wanted = repeated.union(found)
        prepared = await self._preparing.finish(number, sorted(wanted))
        standing = [key for place, key in enumerate(look.key_hashes) if place not in wanted]
        return _Ready(prepared=prepared, standing=standing)

    async def _keepings(self, prepared: AsyncIterator[_Ready]) -> AsyncIterator[Coroutine[Any, Any, _Kept]]:
        is_open = False
        async for ready in prepared:
            if ready.prepared.has_lifts:
                self._caller.require("flag.lift")
            if not is_open:
                await self._open()
                is_open = True
            yield self._keep(ready, await self._first_of_each(ready))

    async def _first_of_each(self, ready: _Ready) -> list[Sealed]:
        """The records whose key has not come before in this file. One that has, with other content, is refused."""
        prepared, seen, first = ready.prepared, self._seen, []
        seen.update((key[:ENOUGH], STANDING) for key in ready.standing)
        others = await self._other_than_standing(
            [one for one in prepared.sealed if seen.get(one.key_hash[:ENOUGH]) == STANDING]
        )
        for one, row in zip(prepared.sealed, prepared.rows, strict=True):
            key, content = one.key_hash[:ENOUGH], one.fingerprint[:ENOUGH]
            known = seen.get(key, PENDING)
            if known == PENDING:
                seen[key] = content
                first.append(one)
            elif known != content and (known != STANDING or one.fingerprint in others):
                prepared.refused += 1
                found = replace(finding("DUPLICATE_IN_FILE", self._kind.identity[0]), row=row)
                prepared.receipt = sorted([*prepared.receipt, *receipt([found], self._kind)], key=itemgetter("row"))
        return first

    async def _other_than_standing(self, sealed: list[Sealed]) -> set[bytes]:
        """Of records that came before in this file as they stand: fingerprints of those that do not say the same."""
        if not sealed:
            return set()
        key_hashes, fingerprints = [one.key_hash for one in sealed], [one.fingerprint for one in sealed]
        async with acting(self._pool, self._caller) as connection:
            found = await changed_among(connection, self._owner, self._kind.name, key_hashes, fingerprints)
        return {fingerprints[place] for place in found}

    async def _open(self) -> None:
        opening = self._result.batch_id, self._owner, self._kind.name, self._file_name, self._publication.operator
        async with acting(self._pool, self._caller) as connection:
            await connection.execute(_SQL["open_batch"], *opening)

    async def _keep(self, ready: _Ready, sealed: list[Sealed]) -> _Kept:
        """Keep a chunk in one transaction; its counts and findings. Two that wait for each other take turns."""
        for _ in range(PATIENCE):
            try:
                counts, objected = await self._kept(ready, sealed)
                return counts, sorted([*ready.prepared.receipt, *objected], key=itemgetter("row"))
            except Refusal as refusal:
                if not isinstance(refusal.__cause__, asyncpg.DeadlockDetectedError):
                    raise
        raise Refusal("UNAVAILABLE")

    async def _kept(self, ready: _Ready, sealed: list[Sealed]) -> tuple[Counter[str], list[dict[str, Any]]]:
        """The counts of this chunk, and what was found only beside what stands already."""
        publication, prepared = self._publication, ready.prepared
        async with acting(self._pool, self._caller) as connection:
            written = await keep(connection, sealed, publication)
            if ready.standing or prepared.sealed:
                await confirm(connection, publication, [self._kind.name])
            counts = Counter(one.outcome.lower() for one in written.values())
            read = prepared.read + len(ready.standing)
            counts.update(read=read, refused=prepared.refused, unchanged=read - prepared.refused - len(written))
            added = [counts[name] for name in self._result.counts]
            await connection.execute(_SQL["count_rows"], self._publication.batch_id, *added)
        return counts, self._objected(prepared, written)

    def _objected(self, prepared: Prepared, written: Mapping[bytes, Kept]) -> list[dict[str, Any]]:
        rows = {one.key_hash: row for one, row in zip(prepared.sealed[::-1], prepared.rows[::-1], strict=True)}
        found = [replace(one, row=rows[key]) for key, kept in written.items() for one in kept.findings]
        return receipt(found, self._kind)


async def _as_it_is(prepared: Prepared) -> _Ready:
    return _Ready(prepared=prepared, standing=[])


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
