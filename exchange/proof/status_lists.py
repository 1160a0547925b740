"""状态列表 Status lists (draft-ietf-oauth-status-list), derived from facts and signed: who holds one checks offline.

A list is read whole once a day; in between, each request asks what events have touched since, so that no list is given
out that is older than a committed revocation. What else has slots is a line of SOURCES.
"""

import asyncio
import base64
import gzip
import hashlib
import zlib
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from exchange.proof.slots import SIZE, list_uri
from exchange.statements import statements
from schema.fields import CHINA
from tenants.caller import Tokens
from tenants.session import PATIENCE_SECONDS, unavailable

_SQL = statements("status_lists")
VALID, INVALID, SUSPENDED = 0, 1, 2
TYPE = "statuslist+jwt"
TTL_SECONDS = 300
LIFE_SECONDS = 86_400
_STEP = SIZE // 4  # slots read by one statement: in small parts each would read all records again


@dataclass(frozen=True, kw_only=True)
class Source:
    """What has slots: `slots` reads all that are not valid, `touched` those that may have changed.

    Both give index and status; their parameters are said in sql/status_lists.sql."""

    kind: str
    slots: str
    touched: str


SOURCES: tuple[Source, ...] = (
    Source(kind="CERTIFICATE", slots=_SQL["certificate_slots"], touched=_SQL["certificate_slots_touched"]),
    Source(kind="CONFIRMATION", slots=_SQL["confirmation_slots"], touched=_SQL["confirmation_slots_touched"]),
)


@dataclass(frozen=True, kw_only=True)
class Published:
    """A signed list as it is given out."""

    token: bytes
    zipped: bytes
    etag: str
    issued_at: int


@dataclass(kw_only=True)
class _Kept:
    """What a process knows of a list: the statuses other than valid, as of a day and a point of the stream."""

    day: date
    position: int
    horizon: str
    statuses: dict[int, int]
    encoded: dict[str, Any] = field(default_factory=dict)
    published: Published | None = None


def packed(statuses: Mapping[int, int], size: int = SIZE, bits: int | None = None) -> tuple[int, bytes]:
    """Bits an entry, and the entries in bytes, the least significant bits first. One bit unless more is needed."""
    bits = bits or (1 if max(statuses.values(), default=0) <= 1 else 2)
    packing = bytearray(size * bits // 8)
    for idx, status in statuses.items():
        at = idx * bits
        packing[at >> 3] |= status << (at & 7)
    return bits, bytes(packing)


def encoded(bits: int, entries: bytes) -> dict[str, Any]:
    """The claim `status_list` without its aggregation."""
    listed = base64.urlsafe_b64encode(zlib.compress(entries, 9)).rstrip(b"=").decode()
    return {"bits": bits, "lst": listed}


class StatusLists:
    """The status lists of one running hub."""

    def __init__(
        self, hub_pool: Any, tokens: Tokens, *, public_url: Callable[[], str], now: Callable[[], datetime]
    ) -> None:
        self._pool, self._tokens, self._public_url, self._now = hub_pool, tokens, public_url, now
        self._kept: dict[int, _Kept] = {}
        self._locks: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def last(self) -> int:
        """The number of lists; they are counted from 1."""
        with unavailable():
            async with self._pool.acquire(timeout=PATIENCE_SECONDS) as connection:
                return await connection.fetchval(_SQL["last_list"]) or 0

    def uris(self, last: int) -> list[str]:
        """Where the lists are."""
        return [list_uri(self._public_url(), list_id) for list_id in range(1, last + 1)]

    async def published(self, list_id: int) -> Published:
        """A list as its facts are now; the caller knows that there is one. Raises Refusal UNAVAILABLE."""
        async with self._locks[list_id]:
            kept = await self._current(list_id)
            now = int(self._now().timestamp())
            if kept.published is None or now - kept.published.issued_at >= TTL_SECONDS:
                kept.published = await asyncio.to_thread(self._sign, list_id, kept, now)
            return kept.published

    async def _current(self, list_id: int) -> _Kept:
        day, kept = self._now().astimezone(CHINA).date(), self._kept.get(list_id)
        with unavailable():
            async with (
                self._pool.acquire(timeout=PATIENCE_SECONDS) as connection,
                connection.transaction(isolation="repeatable_read", readonly=True),
            ):
                mark = await connection.fetchrow(_SQL["mark"])
                if kept is None or kept.day != day:
                    statuses = await read_whole(connection, list_id, day)
                else:
                    statuses = await _renewed(connection, list_id, kept)
        if kept is None or kept.day != day or statuses != kept.statuses:
            kept = self._kept[list_id] = _Kept(
                day=day, position=mark["position"], horizon=mark["horizon"], statuses=statuses
            )
        kept.position, kept.horizon = mark["position"], mark["horizon"]
        return kept

    def _sign(self, list_id: int, kept: _Kept, now: int) -> Published:
        if not kept.encoded:
            kept.encoded = encoded(*packed(kept.statuses))
        url = self._public_url()
        claims = {
            "sub": list_uri(url, list_id), "iat": now, "exp": now + LIFE_SECONDS, "ttl": TTL_SECONDS,
            "status_list": {**kept.encoded, "aggregation_uri": f"{url}/status-lists"},
        }  # fmt: skip
        token = self._tokens.sign(claims, TYPE).encode()
        return Published(
            token=token,
            zipped=gzip.compress(token, 9, mtime=0),
            etag=f'"{hashlib.sha256(token).hexdigest()[:32]}"',
            issued_at=now,
        )


async def read_whole(connection: Any, list_id: int, day: date) -> dict[int, int]:
    """Every entry of a list that is not valid on a day, by its index."""
    statuses: dict[int, int] = {}
    for source in SOURCES:
        for first in range(0, SIZE, _STEP):
            statuses.update(await connection.fetch(source.slots, list_id, day, first, first + _STEP - 1))
    return statuses


async def _renewed(connection: Any, list_id: int, kept: _Kept) -> dict[int, int]:
    """The statuses with what has happened since."""
    statuses = dict(kept.statuses)
    for source in SOURCES:
        statuses.update(await connection.fetch(source.touched, list_id, kept.day, kept.position, kept.horizon))
    return {idx: status for idx, status in statuses.items() if status != VALID}
