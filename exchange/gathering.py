"""Requests that have to wait anyway are answered together: those of one operation by one caller, in one statement.

Of an operation of a caller AT_ONCE statements are under way; who comes meanwhile waits for one of them to end and goes
with the others that wait. Who finds fewer goes at once and alone, so nobody waits in an idle hub. What a statement for
several is, says exchange/engine/together.py.
"""

import asyncio
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any, Protocol

import asyncpg

from exchange.engine.together import Standing, Together
from schema.errors import Refusal
from tenants.session import PATIENCE_SECONDS

AT_ONCE = 2
HOLD_SECONDS = 0.1  # so long those who wait look on while nothing ends; then each goes alone
SLOW_SECONDS = 0.02  # what takes longer for one goes alone: of several each would wait for all
USUALLY_TOGETHER = 8

Answer = bytes | None


class Reading(Protocol):
    """Runs statements as the application role."""

    async def fetch_json(self, sql: str, parameters: list[Any]) -> Answer: ...

    async def fetch_all(self, sql: str, parameters: list[Any]) -> list[Answer]: ...

    def seconds(self, sql: str) -> float: ...


@dataclass(kw_only=True, eq=False)
class _Waiting:
    """A request that waits; it is answered False when it has to go alone."""

    parameters: list[Any]
    since: float
    answer: "asyncio.Future[Answer | bool]"


@dataclass(kw_only=True, eq=False)
class _Lane:
    """One operation of one caller: how many statements are under way, who waits, and when it last went on."""

    sql: str
    together: Together
    standing: Standing
    statements: int = 0
    moved_at: float = 0.0
    is_watched: bool = False
    waiting: deque[_Waiting] = field(default_factory=deque)

    @property
    def key(self) -> tuple[Together, Standing]:
        return self.together, self.standing

    async def wait(self, parameters: list[Any]) -> Answer | bool:
        """Until it is answered, or let go."""
        loop = asyncio.get_running_loop()
        one = _Waiting(parameters=parameters, since=loop.time(), answer=loop.create_future())
        if not self.waiting:
            self.moved_at = one.since
        self.waiting.append(one)
        self.watch(loop)
        return await one.answer

    def taken(self, most: int) -> list[_Waiting]:
        """The next of those who wait."""
        found: list[_Waiting] = []
        while self.waiting and len(found) < most:
            one = self.waiting.popleft()
            if not one.answer.done():
                found.append(one)
        return found

    def watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Look on after a while, as long as anybody waits."""
        if self.waiting and not self.is_watched:
            self.is_watched = True
            loop.call_later(HOLD_SECONDS, self.look, loop)

    def look(self, loop: asyncio.AbstractEventLoop) -> None:
        """Who has waited too long is shed, as where connections are waited for; where nothing moves all are let go."""
        now = loop.time()
        while self.waiting and now - self.waiting[0].since > PATIENCE_SECONDS:
            one = self.waiting.popleft()
            if not one.answer.done():
                one.answer.set_exception(Refusal("UNAVAILABLE"))
        if now - self.moved_at >= HOLD_SECONDS:
            for one in self.taken(len(self.waiting)):
                _let_go(one.answer)
        self.is_watched = False
        self.watch(loop)


class Gathering:
    """Reads rows by key for many requests; up to `most` of them go together, with 1 none do."""

    def __init__(self, reader: Reading, *, most: int = USUALLY_TOGETHER) -> None:
        self._reader, self._most = reader, most
        self._lanes: dict[tuple[Together, Standing], _Lane] = {}
        self._seeking: Counter[int] = Counter()  # look-ups under way that may find nobody, by tenant
        self._under_way: set[asyncio.Task[None]] = set()

    async def fetch_json(self, sql: str, parameters: list[Any]) -> Answer:
        """The statement's single JSON value, by itself."""
        return await self._reader.fetch_json(sql, parameters)

    async def fetch_gathered(self, sql: str, parameters: list[Any], together: Together, standing: Standing) -> Answer:
        """The same, maybe together with others of equal standing."""
        lane = self._lanes.get((together, standing)) or _Lane(sql=sql, together=together, standing=standing)
        if lane.statements >= AT_ONCE and not self._goes_alone(sql):
            answer = await lane.wait(parameters)
            if not isinstance(answer, bool):
                return answer
        self._begin(lane, 1)
        try:
            return await self._reader.fetch_json(sql, parameters)
        finally:
            self._end(lane, 1)

    def _goes_alone(self, sql: str) -> bool:
        return self._most == 1 or self._reader.seconds(sql) >= SLOW_SECONDS

    def _begin(self, lane: _Lane, count: int) -> None:
        lane.statements += 1
        self._lanes.setdefault(lane.key, lane)
        if lane.together.limits:
            self._seeking[lane.standing.tenant_id] += count

    def _end(self, lane: _Lane, count: int) -> None:
        lane.statements -= 1
        lane.moved_at = asyncio.get_running_loop().time()
        if lane.together.limits:
            self._seeking[lane.standing.tenant_id] -= count
        are_alone = self._goes_alone(lane.sql)
        several = lane.taken(len(lane.waiting) if are_alone else self._most)
        if are_alone or len(several) == 1:
            for one in several:
                _let_go(one.answer)
        elif several:
            self._begin(lane, len(several))
            self._under_way.add(task := asyncio.create_task(self._answer(lane, several)))
            task.add_done_callback(self._under_way.discard)
        if not lane.statements and self._lanes.get(lane.key) is lane:
            del self._lanes[lane.key]

    async def _answer(self, lane: _Lane, several: list[_Waiting]) -> None:
        """After an error nothing is done, so each goes alone and meets its own; an outage is everybody's."""
        unseen = self._seeking[lane.standing.tenant_id] - 1
        try:
            parameters = lane.together.parameters([one.parameters for one in several], unseen)
            answers = await self._reader.fetch_all(lane.together.sql, parameters)
            for one, found in zip(several, answers, strict=True):
                if not one.answer.done():
                    one.answer.set_result(found)
        except Refusal as refusal:
            for one in several:
                if refusal.code == "UNAVAILABLE" and not one.answer.done():
                    one.answer.set_exception(refusal)
        except (asyncpg.PostgresError, asyncpg.InterfaceError):
            pass
        finally:
            for one in several:
                _let_go(one.answer)
            self._end(lane, len(several))


def _let_go(answer: "asyncio.Future[Answer | bool]") -> None:
    if not answer.done():
        answer.set_result(False)
