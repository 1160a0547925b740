"""The event stream's numbering, and the signal that tells who waits how far it has got.

One process at a time numbers committed events in (subject, version) order; a version is taken under its subject's row
lock, so no position is ever skipped or given late. See migrations/0004_stream.sql
and 0042_at_once.sql.
"""

import asyncio
from typing import Any

from exchange.statements import statements

_SQL = statements("triggers")
BATCH = 5_000


class Signal:
    """How far the stream is numbered, as this process knows it; waiters are woken when it grows."""

    def __init__(self) -> None:
        self._position = 0
        self._grown = asyncio.Event()
        self._work = asyncio.Event()

    @property
    def position(self) -> int:
        """The last position that can be read."""
        return self._position

    def grow(self, position: int) -> None:
        """Wake everybody who waits for more."""
        if position > self._position:
            self._position = position
            self._grown.set()
            self._grown = asyncio.Event()

    async def beyond(self, position: int, timeout_seconds: float) -> None:
        """Return when there is something after `position`, or after the time-out."""
        if self._position > position:
            return
        try:
            await asyncio.wait_for(self._grown.wait(), timeout_seconds)
        except TimeoutError:
            return

    def committed(self) -> None:
        """Something was committed that has no position yet."""
        self._work.set()

    async def work(self, timeout_seconds: float) -> None:
        """Return when there may be something to number."""
        try:
            await asyncio.wait_for(self._work.wait(), timeout_seconds)
        except TimeoutError:
            return
        self._work.clear()


async def number_events(connection: Any) -> int:
    """Number what is committed; returns the stream's last position. Runs in a transaction of its own."""
    position: int = await connection.fetchval(_SQL["number_events"], BATCH)
    return position
