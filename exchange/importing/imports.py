"""Importing a file: read its rows, keep the good ones, give back every bad one with all its findings.

The same for POST /imports and `exchange import`. A file is read piece by piece and goes to the database in chunks of
one transaction each; what of it is in memory at a time is a few chunks, and two short hashes a row to tell repeats.
"""

import asyncio
import uuid
from collections import Counter, deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import aclosing, nullcontext
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from operator import itemgetter
from typing import Any, BinaryIO, TypeAlias, TypeVar

import asyncpg

from exchange.importing.batches import OUTCOMES, announce, count_rows, keep_returned, open_batch, working
from exchange.importing.preparing import UNKNOWN, Look, Order, Prepared
from exchange.importing.preparing_apart import Preparers, preparers
from exchange.intake import Part, Source, open_source
from exchange.intake.columns import AT_MOST
from exchange.intake.headers import marks_among
from exchange.intake.receipt import receipt
from exchange.intake.returned import Returned, returned
from exchange.metrics import IMPORTED
from exchange.publishing.publish import Kept, Publication, changed_among, confirm, keep, unmatched_among
from exchange.publishing.sealing import Sealed
from schema.errors import Refusal
from schema.kinds import BY_NAME, KINDS
from schema.record import Finding, Kind, finding
from tenants.caller import Caller
from tenants.session import acting, rehearsing

CHUNK = 5_000
CHUNK_BYTES = 16 * 1_048_576  # a chunk of long rows has fewer of them
FEW = 2  # chunks of a file that needs no processes of its own
PATIENCE = 3
TOLD = 1_000  # findings an answer holds; the file of returned rows holds all
ENOUGH = 8  # bytes of a hash, to tell a million rows of one file apart
PENDING, STANDING = b"pending", b"standing."  # of a key: its row is being read, or is as it stands
T = TypeVar("T")
_Kept: TypeAlias = tuple[Counter[str], list[dict[str, Any]], list[Returned]]


@dataclass(kw_only=True)
class ImportResult:
    """What an import did, or would do. `receipt` has one entry per finding, with row, field, masked value, code and
    messages, the first TOLD of all `findings`; what is found of the file as a whole comes first and has no row.
    `codes` counts all findings by code, the most frequent first.

    `batch_id` is None after a rehearsal. `form` is the format of the file."""

    batch_id: uuid.UUID | None
    kind: str
    form: str
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(OUTCOMES, 0))
    findings: int = 0
    codes: dict[str, int] = field(default_factory=dict)
    receipt: list[dict[str, Any]] = field(default_factory=list)

    def as_answer(self) -> dict[str, Any]:
        """The JSON of POST /imports."""
        return {
            "batchId": self.batch_id and str(self.batch_id),
            "kind": self.kind,
            "dryRun": self.batch_id is None,
            "counts": self.counts,
            "findings": self.findings,
            "codes": self.codes,
            "receipt": self.receipt,
        }


def _nothing(*_: Any) -> None:
    """Nobody listens."""


@dataclass(frozen=True, kw_only=True)
class Manner:
    """How a file is imported. In a rehearsal everything is checked and nothing kept, announced or remembered.

    `is_announced` tells the owner of its progress by events. `progress` is called after each chunk with the counts so
    far, `giving_back` with the titles of the table and the rows that were refused.
    """

    is_rehearsal: bool = False
    is_announced: bool = False
    progress: Callable[[Mapping[str, int]], None] = _nothing
    giving_back: Callable[[Sequence[str], Sequence[Returned]], None] = _nothing


_USUAL = Manner()


def kind_named(name: str) -> Kind:
    """A record kind by name. Raises Refusal UNKNOWN_KIND."""
    if name not in BY_NAME:
        raise Refusal("UNKNOWN_KIND", kind=name[:60], known="、".join(f"{kind.name} {kind.zh}" for kind in KINDS))
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
    manner: Manner = _USUAL,
) -> ImportResult:
    """Import a file for a tenant. Raises Refusal when the file as a whole cannot be read; then nothing is stored."""
    caller.require("record.publish")
    assert publication.batch_id is not None
    async with nullcontext() if manner.is_rehearsal else working(pool, caller, publication.batch_id):
        result = await _import(pool, caller, publication, file, kind, file_name, content_type, manner)
    if not manner.is_rehearsal:
        for outcome, count in result.counts.items():
            IMPORTED.labels(kind=kind.name, outcome=outcome).inc(count)
    return result


async def _import(
    pool: Any, caller: Caller, publication: Publication, file: BinaryIO, kind: Kind, file_name: str,
    content_type: str | None, manner: Manner,
) -> ImportResult:  # fmt: skip
    source = await asyncio.to_thread(open_source, file, filename=file_name, content_type=content_type, kind=kind)
    chunks = _chunks(source.parts)
    begun = await asyncio.to_thread(lambda: list(islice(chunks, FEW + 1)))
    order = Order(kind=kind.name, tenant=caller.tenant, day=publication.day, read=source.read)
    if manner.is_rehearsal:
        publication = replace(publication, batch_id=None)
    result = ImportResult(batch_id=publication.batch_id, kind=kind.name, form=source.form)
    async with preparers(order, publication.keys, is_large=len(begun) > FEW) as preparing:
        work = _Import(pool, caller, publication, kind, file_name, source, result, preparing, manner)
        await work.run(chain(begun, chunks))
    return result


@dataclass(frozen=True, kw_only=True)
class _Ready:
    """A chunk whose new and changed records are sealed. `standing` are the keys of the rows that are as they stand."""

    number: int

    prepared: Prepared
    standing: list[bytes]


class _Import:
    """One file on its way: while PostgreSQL keeps a chunk, the next ones are read, compared and sealed."""

    def __init__(
        self, pool: Any, caller: Caller, publication: Publication, kind: Kind, file_name: str,
        source: Source, result: ImportResult, preparing: Preparers, manner: Manner,
    ) -> None:  # fmt: skip
        self._pool, self._caller, self._publication, self._kind = pool, caller, publication, kind
        self._file_name, self._result, self._preparing = file_name, result, preparing
        self._owner, self._source, self._manner = caller.tenant.tenant_id, source, manner
        self._titles = source.titles[marks_among(source.titles) :]
        # The chunks on their way, as they were sent: what is refused goes back so.
        self._parts: dict[int, list[Part]] = {}
        self._is_mostly_known = True
        # The content of each key that came so far, or what is known of it.
        self._seen: dict[bytes, bytes] = {}
        self._unknown: dict[str, Finding] = {}
        self._codes: Counter[str] = Counter()

    async def run(self, chunks: Iterator[list[Part]]) -> None:
        """Import every chunk: first come is first compared, and the receipt is in the order of the file."""
        looked = in_order(self._looks(chunks), ahead=self._preparing.count)
        prepared = in_order(self._preparations(looked), ahead=1)
        kept = in_order(self._keepings(prepared), ahead=1)
        async with aclosing(looked), aclosing(prepared), aclosing(kept):
            async for counts, findings, back in kept:
                self._is_mostly_known = counts["unchanged"] * 2 > counts["read"]
                self._result.counts = {name: count + counts[name] for name, count in self._result.counts.items()}
                self._find(self._result.receipt, findings)
                if back:
                    self._manner.giving_back(self._titles, back)
                self._manner.progress(self._result.counts)
        whole: list[dict[str, Any]] = []
        self._find(whole, receipt(self._unknown.values(), self._kind))
        self._result.receipt = [*whole, *self._result.receipt][:TOLD]
        self._result.findings, self._result.codes = self._codes.total(), dict(self._codes.most_common())

    def _find(self, told: list[dict[str, Any]], findings: list[dict[str, Any]]) -> None:
        self._codes.update(one["code"] for one in findings)
        told += findings[: max(TOLD - len(told), 0)]

    async def _looks(self, chunks: Iterator[list[Part]]) -> AsyncIterator[Coroutine[Any, Any, Look | Prepared]]:
        """Rows of a file that is mostly as it was are looked at first, those of another are prepared at once."""
        number = 0
        while (parts := await asyncio.to_thread(next, chunks, None)) is not None:
            step = self._preparing.look if self._is_mostly_known else self._preparing.whole
            self._parts[number] = parts
            yield step(number, parts)
            number += 1

    async def _preparations(self, looked: AsyncIterator[Look | Prepared]) -> AsyncIterator[Coroutine[Any, Any, _Ready]]:
        number = 0
        async for found in looked:
            self._unknown = dict(islice({**self._unknown, **found.unknown}.items(), AT_MOST))
            if isinstance(found, Look):
                yield self._compare(number, found, self._notice(found.key_hashes))
            else:
                self._notice([one.key_hash for one in found.sealed])
                yield _as_it_is(number, found)
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
        return _Ready(number=number, prepared=prepared, standing=standing)

    async def _keepings(self, prepared: AsyncIterator[_Ready]) -> AsyncIterator[Coroutine[Any, Any, _Kept]]:
        is_open = False
        async for ready in prepared:
            if ready.prepared.has_lifts:
                self._caller.require("flag.lift")
            if not (is_open or self._manner.is_rehearsal):
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
        batch_id = self._publication.batch_id
        assert batch_id is not None
        async with acting(self._pool, self._caller) as connection:
            await open_batch(
                connection, batch_id, self._owner, kind=self._kind.name, file_name=self._file_name,
                operator=self._publication.operator, state="RUNNING", form=self._source.form,
            )  # fmt: skip

    async def _keep(self, ready: _Ready, sealed: list[Sealed]) -> _Kept:
        """Keep a chunk in one transaction; its counts and findings. Two that wait for each other take turns."""
        for _ in range(PATIENCE):
            try:
                kept = await self._kept(ready, sealed)
                del self._parts[ready.number]
                return kept
            except Refusal as refusal:
                if not isinstance(refusal.__cause__, asyncpg.DeadlockDetectedError):
                    raise
        raise Refusal("UNAVAILABLE")

    async def _kept(self, ready: _Ready, sealed: list[Sealed]) -> _Kept:
        """The counts of this chunk, all that was found of it, and the rows that go back."""
        publication, prepared = self._publication, ready.prepared
        transaction = rehearsing if self._manner.is_rehearsal else acting
        async with transaction(self._pool, self._caller) as connection:
            written = await keep(connection, sealed, publication)
            if ready.standing or prepared.sealed:
                await confirm(connection, publication, [self._kind.name])
            counts = Counter(one.outcome.lower() for one in written.values())
            read = prepared.read + len(ready.standing)
            counts.update(read=read, refused=prepared.refused, unchanged=read - prepared.refused - len(written))
            found = sorted([*prepared.receipt, *self._objected(prepared, written)], key=itemgetter("row"))
            back = self._returned(ready.number, found)
            if publication.batch_id is not None:
                await self._note(connection, publication.batch_id, ready.number, counts, back)
        return counts, found, back

    async def _note(
        self, connection: Any, batch_id: uuid.UUID, number: int, counts: Counter[str], back: list[Returned]
    ) -> None:
        await count_rows(connection, batch_id, counts)
        if back:
            keys = self._publication.keys
            await keep_returned(connection, keys, batch_id, self._owner, number, self._titles, back)
        if self._manner.is_announced:
            await announce(connection, batch_id, self._publication.day)

    def _returned(self, number: int, findings: list[dict[str, Any]]) -> list[Returned]:
        """The rows of a chunk that are refused, as they were sent."""
        of_row: dict[int, list[dict[str, Any]]] = {}
        for one in findings:
            of_row.setdefault(one["row"], []).append(one)
        refused = {row: found for row, found in of_row.items() if any(one["severity"] == "ERROR" for one in found)}
        if not refused:
            return []
        titles = self._source.titles
        return [returned(part, refused[part[0]], titles) for part in self._parts[number] if part[0] in refused]

    def _objected(self, prepared: Prepared, written: Mapping[bytes, Kept]) -> list[dict[str, Any]]:
        rows = {one.key_hash: row for one, row in zip(prepared.sealed[::-1], prepared.rows[::-1], strict=True)}
        found = [replace(one, row=rows[key]) for key, kept in written.items() for one in kept.findings]
        return receipt(found, self._kind)


async def _as_it_is(number: int, prepared: Prepared) -> _Ready:
    return _Ready(number=number, prepared=prepared, standing=[])


def _chunks(parts: Iterator[Part]) -> Iterator[list[Part]]:
    chunk: list[Part] = []
    weight = 0
    for part in parts:
        chunk.append(part)
        weight += _weight(part[1])
        if len(chunk) == CHUNK or weight >= CHUNK_BYTES:
            yield chunk
            chunk, weight = [], 0
    if chunk:
        yield chunk


def _weight(content: Any) -> int:
    """About how many bytes a part is: of a line all, of a row its texts; other formats are in memory anyway."""
    return len(content) if isinstance(content, bytes) else sum(len(cell) for cell in content if isinstance(cell, str))


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
