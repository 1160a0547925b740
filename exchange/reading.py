"""Runs compiled statements on connections it keeps: the last one used first, each statement prepared once on each.

Taking a connection from the pool and giving it back costs more than a look-up by key; a kept one costs neither.
Whatever goes wrong on a connection, it is given up and a fresh one taken. Two of the pool are left for other work.
"""

import asyncio
import time
from collections import deque
from typing import Any

import asyncpg

from exchange.engine.finding import TOO_BROAD
from schema.errors import Refusal
from tenants.session import PATIENCE_SECONDS, unavailable

KEPT_STATEMENTS = 300
LEFT_FREE = 2


class _Kept:
    """A connection with the statements prepared on it."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.prepared: dict[str, Any] = {}

    @property
    def is_lost(self) -> bool:
        """Whether the connection is closed; of one that died, the pool has already taken back what we hold."""
        try:
            return bool(self.connection.is_closed())
        except asyncpg.InterfaceError:
            return True

    async def prepare(self, sql: str) -> Any:
        if len(self.prepared) >= KEPT_STATEMENTS:
            self.prepared.clear()
        found = self.prepared[sql] = await self.connection.prepare(sql)
        return found


class Reader:
    """Reads JSON as the application role; every statement sets its own caller's sight."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool
        self._size = max(pool.get_max_size() - LEFT_FREE, 1)
        self._taken = 0
        self._idle: list[_Kept] = []
        self._seconds: dict[str, float] = {}
        self._waiting: deque[asyncio.Future[_Kept | None]] = deque()

    async def fetch_json(self, sql: str, parameters: list[Any]) -> bytes | None:
        """The statement's single JSON value as PostgreSQL wrote it. Raises Refusal UNAVAILABLE in an outage."""
        found = await self.fetch_all(sql, parameters)
        return found[0] if found else None

    async def fetch_all(self, sql: str, parameters: list[Any]) -> list[bytes | None]:
        """The same of each row."""
        with unavailable():
            kept = self._idle.pop() if self._idle else await self._take()
            try:
                statement = kept.prepared.get(sql) or await kept.prepare(sql)
                begun = time.perf_counter()
                result = [row[0] for row in await statement.fetch(*parameters)]
                self._took(sql, time.perf_counter() - begun)
            except BaseException as error:
                is_lost = kept.is_lost
                await self._give_up(kept)
                if is_lost and isinstance(error, asyncpg.InterfaceError):
                    raise ConnectionError from error
                if getattr(error, "sqlstate", None) == TOO_BROAD:
                    raise Refusal("SEARCH_TOO_BROAD") from error
                raise
            self._give(kept)
            return result

    def seconds(self, sql: str) -> float:
        """How long a statement took when it was last run, without the wait for a connection."""
        return self._seconds.get(sql, 0.0)

    def _took(self, sql: str, seconds: float) -> None:
        if len(self._seconds) >= KEPT_STATEMENTS:
            self._seconds.clear()
        self._seconds[sql] = seconds

    async def _take(self) -> _Kept:
        """A fresh connection while there may be more, else the next one given back."""
        while self._taken >= self._size:
            turn: asyncio.Future[_Kept | None] = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    kept = await turn
            except BaseException:
                self._pass_on(turn)
                raise
            if kept is not None:
                return kept
        self._taken += 1
        try:
            return _Kept(await self._pool.acquire(timeout=PATIENCE_SECONDS))
        except BaseException:
            self._taken -= 1
            raise

    def _give(self, kept: _Kept) -> None:
        turn = self._next_in_turn()
        if turn is None:
            self._idle.append(kept)
        else:
            turn.set_result(kept)

    async def _give_up(self, kept: _Kept) -> None:
        self._taken -= 1
        turn = self._next_in_turn()
        if turn is not None:
            turn.set_result(None)
        await self._pool.release(kept.connection)

    def _pass_on(self, turn: "asyncio.Future[_Kept | None]") -> None:
        """A turn came just as its waiter went away: the next one has it."""
        if not turn.done() or turn.cancelled():
            turn.cancel()
        elif (kept := turn.result()) is not None:
            self._give(kept)
        elif (following := self._next_in_turn()) is not None:
            following.set_result(None)

    def _next_in_turn(self) -> "asyncio.Future[_Kept | None] | None":
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                return turn
        return None

    async def close(self) -> None:
        """Give every idle connection back to the pool."""
        while self._idle:
            self._taken -= 1
            await self._pool.release(self._idle.pop().connection)
