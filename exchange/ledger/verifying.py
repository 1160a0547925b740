"""Holds the log against the rows it is about, and against what its checkpoints said: any difference is a finding.

Everything is computed anew: digests from rows, leaves from entries, the tree from leaves. A further check of what lies
beside the log is a statement in CHECKS.
"""

from collections.abc import AsyncIterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from exchange.ledger import tiles
from exchange.ledger.appending import read_tiles, waiting
from exchange.ledger.checkpoints import Checkpoint, Note, cosigned_at, is_signed, read_note, witness_name
from exchange.ledger.entries import ENTRY_TYPES, Entry, EntryKey, Row, kept, rows_of
from exchange.ledger.merkle import Range
from exchange.ledger.tiles import Place
from exchange.statements import statements
from tenants.keys import Keys

_SQL = statements("ledger")
BATCH = 5_000
MOST_FINDINGS = 20

# What does not agree, as an auditor reads it.
PROBLEMS: Mapping[str, tuple[str, str]] = {
    "CHANGED": ("记录内容与入账时不同", "the row is not what was logged"),
    "MISSING": ("已入账的记录不在了", "a row that was logged is not there"),
    "UNLOGGED": ("记录没有入账", "a row that was never logged"),
    "ENTRY_CHANGED": ("账目与其哈希不符", "an entry does not have the hash kept of it"),
    "ENTRY_MISSING": ("账目缺失", "an entry is not there"),
    "ROOT": ("检查点与账目不符", "a checkpoint has another root than the entries"),
    "SIGNATURE": ("检查点签名无效", "a checkpoint is not signed by the hub"),
    "BEYOND": ("账目多于日志所称", "there are more entries than the log says"),
    "WITNESS": ("见证签名无效", "a cosignature is not the witness's"),
    "ENDED": ("历史版本的终止没有依据", "a former version was ended by no other"),
    "REVIEW": ("核查状态与办理过程不符", "a review is in another state than its steps say"),
    "AGREEMENT": ("现行协议或成员与所存版本不符", "an agreement or a member is otherwise than was kept of it"),
    "ROLLED_BACK": ("日志短于所保存的检查点：数据曾被回退", "the log is shorter than a checkpoint kept: rolled back"),
    "OTHER_HISTORY": ("日志不是所保存的检查点的延续", "the log does not continue a checkpoint kept"),
}
CHECKS: Mapping[str, str] = {
    "ENDED": _SQL["ended_by_none"],
    "REVIEW": _SQL["decided_otherwise"],
    "AGREEMENT": _SQL["agreed_otherwise"],
}


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that does not agree: which entry, or which size of the log, and what of."""

    problem: str
    at: int | None = None
    of: str = ""


@dataclass(kw_only=True)
class Report:
    """What was found, the first findings only; nothing means that all agrees."""

    size: int = 0
    root: bytes = b""
    checkpoints: int = 0
    waiting: int = 0
    findings: list[Finding] = field(default_factory=list)

    def add(self, problem: str, *, at: int | None = None, of: str = "") -> None:
        """One more, unless there are enough."""
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(Finding(problem=problem, at=at, of=of))


async def own_keys(connection: Any, keys: Keys) -> list[Ed25519PublicKey]:
    """Every key this deployment may have signed checkpoints with."""
    rows = await connection.fetch(_SQL["generations"])
    return [keys.token_key(row["generation"]).public_key() for row in rows]


async def verify(connection: Any, keys: Sequence[Ed25519PublicKey], kept_notes: Sequence[Note] = ()) -> Report:
    """Compare the whole log with the rows and with checkpoints kept elsewhere, in one view of the database (hub)."""
    report = Report()
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        await connection.execute(_SQL["look_long"])
        await _compare_log(connection, keys, kept_notes, report)
        report.waiting = await waiting(connection)
        for name, entry_type in ENTRY_TYPES.items():
            for row in await connection.fetch(entry_type.unlogged):
                report.add("UNLOGGED", of=_name(EntryKey(name, row["key"], row["version"])))
        for row in await connection.fetch(_SQL["cosignatures"]):
            if not _is_cosigned(row):
                report.add("WITNESS", at=row["size"], of=row["slug"])
        for problem, statement in CHECKS.items():
            for row in await connection.fetch(statement):
                report.add(problem, of=f"{row['key']} {row['version']}")
    return report


def _is_cosigned(row: Mapping[str, Any]) -> bool:
    checkpoint = Checkpoint(origin=row["origin"], size=row["size"], root=bytes(row["root"]))
    key = Ed25519PublicKey.from_public_bytes(bytes(row["public_key"]))
    return cosigned_at(checkpoint, row["line"], witness_name(row["origin"], row["slug"]), key) is not None


async def _compare_log(
    connection: Any, keys: Sequence[Ed25519PublicKey], kept_notes: Sequence[Note], report: Report
) -> None:
    """The tree grows from checkpoint to checkpoint, from the entries alone; those kept elsewhere are met on the way."""
    head = await connection.fetchrow(_SQL["head"])
    elsewhere = [one.checkpoint for one in kept_notes]
    held: MutableMapping[Place, bytes] = {}
    for note in kept_notes:
        _check_kept(note, keys, head, report)
    async for row in _checkpoints(connection, elsewhere, head["size"]):
        held = await _grow(connection, held, report, row["size"])
        report.size, root = row["size"], tiles.root_of(Range(0, row["size"]), held) if held else b""
        report.root = root
        if row["note"] is not None:
            report.checkpoints += 1
            _check_checkpoint(row, head["origin"], root, keys, report)
        if any(one.size == row["size"] and one.root != root for one in elsewhere):
            report.add("OTHER_HISTORY", at=row["size"])
    if report.size != head["size"] or await connection.fetchval(_SQL["beyond"], head["size"]):
        report.add("BEYOND", at=head["size"])


async def _checkpoints(connection: Any, elsewhere: Sequence[Checkpoint], size: int) -> AsyncIterator[Mapping[str, Any]]:
    """Sizes at which the root is to be looked at, in order: of checkpoints, and of those kept elsewhere."""
    waiting, beyond = sorted({one.size for one in elsewhere if 0 < one.size <= size}), 0
    while rows := await connection.fetch(_SQL["checkpoints"], beyond, BATCH):
        for row in rows:
            while waiting and waiting[0] < row["size"]:
                yield {"size": waiting.pop(0), "note": None}
            waiting = [one for one in waiting if one != row["size"]]
            yield row
        beyond = rows[-1]["size"]
    for one in waiting:
        yield {"size": one, "note": None}


def _check_kept(note: Note, keys: Sequence[Ed25519PublicKey], head: Mapping[str, Any], report: Report) -> None:
    if note.checkpoint.origin != head["origin"]:
        report.add("OTHER_HISTORY", at=note.checkpoint.size, of=note.checkpoint.origin)
    elif not is_signed(note, keys):
        report.add("SIGNATURE", at=note.checkpoint.size)
    elif note.checkpoint.size > head["size"]:
        report.add("ROLLED_BACK", at=note.checkpoint.size)


def _check_checkpoint(
    row: Mapping[str, Any], origin: str, root: bytes, keys: Sequence[Ed25519PublicKey], report: Report
) -> None:
    try:
        note = read_note(row["note"])
        said = (note.checkpoint.origin, note.checkpoint.size)
        is_own = said == (origin, row["size"]) and is_signed(note, keys)
    except ValueError:
        is_own = False
    if not is_own:
        report.add("SIGNATURE", at=row["size"])
    elif not note.checkpoint.root == root == bytes(row["root"]):
        report.add("ROOT", at=row["size"])


async def _grow(connection: Any, held: Mapping[Place, bytes], report: Report, size: int) -> dict[Place, bytes]:
    """The edge of the tree of `size` leaves, grown from the one of the report's size."""
    grown, start = dict(held), report.size
    while start < size:
        end = min(start + BATCH, size)
        leaves = await _leaves(connection, start, end, report)
        changed = tiles.append(grown, start, leaves)
        await _compare_tiles(connection, {place: grown[place] for place in changed}, report)
        grown = {place: grown[place] for place in tiles.edge(end)}
        start = end
    return grown


async def _leaves(connection: Any, start: int, end: int, report: Report) -> list[bytes]:
    """The hashes of entries, each held against its row; of one that is not there, the empty hash."""
    entries = {row["leaf_index"]: kept(row) for row in await connection.fetch(_SQL["entries"], start, end)}
    rows = await rows_of(connection, [one.key for one in entries.values()])
    leaves = []
    for index in range(start, end):
        if (entry := entries.get(index)) is None:
            report.add("ENTRY_MISSING", at=index)
        elif problem := _problem(entry, rows.get(entry.key)):
            report.add(problem, at=index, of=_name(entry.key))
        leaves.append(entry.leaf if entry else bytes(tiles.HASH_BYTES))
    return leaves


def _problem(entry: Entry, row: Row | None) -> str | None:
    if row is None:
        return "MISSING"
    return None if entry.is_of(row) else "CHANGED"


async def _compare_tiles(connection: Any, computed: Mapping[Place, bytes], report: Report) -> None:
    stored = await read_tiles(connection, computed)
    wrong = [place for place, hashes in sorted(computed.items()) if not stored.get(place, b"").startswith(hashes)]
    for place in wrong:
        if place.level and wrong[0].level == 0:
            break  # what is above a wrong leaf is wrong too
        hashes, there = computed[place], stored.get(place, b"").ljust(len(computed[place]), b"\0")
        first = next(n for n in range(0, len(hashes), 32) if there[n : n + 32] != hashes[n : n + 32])
        leaf = (place.number * tiles.WIDTH + first // 32) * tiles.WIDTH**place.level
        report.add("ENTRY_CHANGED", at=leaf, of=f"tile {place.level}/{place.number}")


def _name(key: EntryKey) -> str:
    return f"{key.type} {key.key} {key.version}"
