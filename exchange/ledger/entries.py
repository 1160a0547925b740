"""What is logged: the kinds of entries, how one is written, and the digest by which it holds a row to its content.

The next kind is a line in ENTRY_TYPES, its statements in sql/ledger.sql and a trigger: see migrations/0034_ledger.sql.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, NamedTuple

import orjson

from exchange.ledger.merkle import leaf_hash
from exchange.statements import statements

_SQL = statements("ledger")
SALT_BYTES = 16


@dataclass(frozen=True, kw_only=True)
class EntryType:
    """One kind of entry: the statements that write its rows down, find those never logged, and find what a caller with
    one of `scopes` may see. `is_open`: who sees it knows all its content, so its salt goes out with a proof."""

    content: str
    unlogged: str
    visible: str
    scopes: frozenset[str] = frozenset()
    is_open: bool = False


ENTRY_TYPES: Mapping[str, EntryType] = {
    "RECORD": EntryType(
        content=_SQL["content_record"], unlogged=_SQL["unlogged_record"], visible=_SQL["visible_record"],
        scopes=frozenset({"record.read", "flag.read"}),
    ),
    "REVIEW": EntryType(
        content=_SQL["content_review"], unlogged=_SQL["unlogged_review"], visible=_SQL["visible_review"],
        scopes=frozenset({"review.read"}),
    ),
    "RULE": EntryType(
        content=_SQL["content_rule"], unlogged=_SQL["unlogged_rule"], visible=_SQL["visible_rule"]
    ),
    "AGREEMENT": EntryType(
        content=_SQL["content_agreement"], unlogged=_SQL["unlogged_agreement"], visible=_SQL["visible_agreement"],
        scopes=frozenset({"agreement.read"}),
    ),
    "MEMBERSHIP": EntryType(
        content=_SQL["content_membership"], unlogged=_SQL["unlogged_membership"], visible=_SQL["visible_membership"],
        scopes=frozenset({"agreement.read"}),
    ),
    "CONFIRMATION": EntryType(
        content=_SQL["content_confirmation"], unlogged=_SQL["unlogged_confirmation"],
        visible=_SQL["visible_confirmation"], scopes=frozenset({"recognition.ask"}), is_open=True,
    ),
    "TRANSFER": EntryType(
        content=_SQL["content_transfer"], unlogged=_SQL["unlogged_transfer"], visible=_SQL["visible_transfer"],
        scopes=frozenset({"record.read"}),
    ),
    "KEY": EntryType(content=_SQL["content_key"], unlogged=_SQL["unlogged_key"], visible=_SQL["visible_to_all"]),
    "WITNESS": EntryType(
        content=_SQL["content_witness"], unlogged=_SQL["unlogged_witness"], visible=_SQL["visible_to_all"]
    ),
}  # fmt: skip


class EntryKey(NamedTuple):
    """What an entry is about; logged once."""

    type: str
    key: str
    version: int


class Row(NamedTuple):
    """A row as it is now: when it says it was recorded, and its content."""

    recorded_at: datetime
    content: str


@dataclass(frozen=True, kw_only=True)
class Entry:
    """An entry as kept; all but the salt is what its leaf is made of."""

    key: EntryKey
    recorded_at: datetime
    logged_at: datetime
    salt: bytes
    digest: bytes

    def text(self) -> bytes:
        """The bytes of the leaf: JSON with sorted names and nothing between, times in UTC."""
        return orjson.dumps(
            {
                "digest": self.digest.hex(),
                "key": self.key.key,
                "loggedAt": _moment(self.logged_at),
                "recordedAt": _moment(self.recorded_at),
                "type": self.key.type,
                "version": self.key.version,
            },
            option=orjson.OPT_SORT_KEYS,
        )

    @property
    def leaf(self) -> bytes:
        """The hash of its leaf."""
        return leaf_hash(self.text())

    def is_of(self, row: Row) -> bool:
        """Whether the row still says what it said when it was logged."""
        return self.digest == digest_of(row.content, self.salt) and self.recorded_at == row.recorded_at


def digest_of(content: str, salt: bytes) -> bytes:
    """What an entry tells of a content: nothing, unless one has the salt and the content."""
    return sha256(salt + content.encode()).digest()


def written(key: EntryKey, row: Row | None, logged_at: datetime) -> Entry:
    """A new entry. Of a row that is gone before it was logged remains that it was there."""
    salt, there = os.urandom(SALT_BYTES), row or Row(recorded_at=logged_at, content="")
    digest = digest_of(there.content, salt)
    return Entry(key=key, recorded_at=there.recorded_at, logged_at=logged_at, salt=salt, digest=digest)


def kept(row: Mapping[str, Any]) -> Entry:
    """An entry from its row."""
    key = EntryKey(row["type"], row["key"], row["version"])
    times = {name: row[name] for name in ("recorded_at", "logged_at")}
    return Entry(key=key, salt=bytes(row["salt"]), digest=bytes(row["digest"]), **times)


async def rows_of(connection: Any, keys: Iterable[EntryKey]) -> dict[EntryKey, Row]:
    """The rows of these keys, as far as they are there, written down in one way (in a transaction of the hub)."""
    await connection.execute(_SQL["render"])
    found: dict[EntryKey, Row] = {}
    for name, several in _by_type(keys).items():
        texts, versions = [one.key for one in several], [one.version for one in several]
        for row in await connection.fetch(ENTRY_TYPES[name].content, texts, versions):
            found[EntryKey(name, row["key"], row["version"])] = Row(row["recorded_at"], row["content"])
    return found


def _by_type(keys: Iterable[EntryKey]) -> dict[str, Sequence[EntryKey]]:
    found: dict[str, list[EntryKey]] = {}
    for one in keys:
        found.setdefault(one.type, []).append(one)
    return {name: several for name, several in found.items() if name in ENTRY_TYPES}


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
