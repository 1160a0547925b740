"""A running hub: database, directory, engine and the background loops, started and stopped together.

`open_runtime` puts the parts together for the server, the demo and the tests alike. Add the next background loop to
`_loops`.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import asyncpg

from exchange.clock import run_clock
from exchange.database import Database
from exchange.engine.asking import Asking
from exchange.engine.execute import QueryEngine
from exchange.engine.limits import Limits
from exchange.engine.request import GraphQLRequest
from exchange.hub import Hub
from exchange.idempotency import Idempotent
from exchange.metrics import LAG, NUMBERED, REVIEWED
from exchange.reading import Reader
from exchange.statements import statements
from exchange.stream import Signal, number_events
from exchange.triggers import DirectoryBehind, run_triggers
from exchange.unusable import SettingsUnusable
from schema.fields import CHINA
from schema.graphql import build
from tenants.caller import Caller, Tokens, renewed
from tenants.keys import Keys
from tenants.registry import Directory, load

_LOG = logging.getLogger(__name__)
_REGISTRY = statements("registry")
_TRIGGERS = statements("triggers")
POLL_SECONDS = 1.0
DIRECTORY_SECONDS = 5.0
CLOCK_SECONDS = 600.0


@dataclass(kw_only=True)
class Runtime:
    """The parts of a running hub."""

    database: Database
    keys: Keys
    issuer: str
    now: Callable[[], datetime]
    directory: Directory
    signal: Signal = field(default_factory=Signal)
    tokens: Tokens = field(init=False)
    hub: Hub = field(init=False)
    engine: QueryEngine = field(init=False)
    idempotent: Idempotent = field(init=False)
    reader: Reader = field(init=False)
    has_clock: bool = True

    def __post_init__(self) -> None:
        self.tokens = Tokens(self.keys, self, issuer=self.issuer)
        self.idempotent = Idempotent(self.database.pool, self.keys)
        self.reader = Reader(self.database.pool)
        self.hub = Hub(
            pool=self.database.pool, hub_pool=self.database.hub_pool, source=self, signal=self.signal, now=self.now
        )
        self.engine = QueryEngine(
            schema=build(),
            limits=Limits(),
            reader=self.reader,
            hub=self.hub,
            ask=self.ask,
            idempotent=self.idempotent,
            signal=self.signal,
        )

    def today(self) -> date:
        """Today in Asia/Shanghai."""
        return day_of(self.now())

    def ask(self, request: GraphQLRequest, caller: Caller) -> Asking:
        """The context of a request, with what the caller may see as of now."""
        day = self.today()
        return Asking(caller=renewed(self.directory, caller, day=day), request=request, keys=self.keys, day=day)

    async def reload(self) -> None:
        """Read the directory again."""
        async with self.database.hub_pool.acquire() as connection:
            found = await load(connection, _REGISTRY)
        if found != self.directory:
            self.directory = found

    async def settle(self) -> None:
        """Number and handle everything that is committed now: what the loops do by and by."""
        async with self.database.hub_pool.acquire() as connection:
            position = -1
            while position != (position := await number_events(connection)):
                self.signal.grow(position)
                while handled := await self._handle(connection):
                    REVIEWED.inc(handled)

    async def _handle(self, connection: Any) -> int:
        """The next events. A tenant that another process has just taken on board is looked up first."""
        try:
            return await run_triggers(connection, self.directory)
        except DirectoryBehind:
            await self.reload()
            return await run_triggers(connection, self.directory)

    async def number(self) -> None:
        """One round of numbering and triggers."""
        before = self.signal.position
        await self.settle()
        NUMBERED.inc(max(self.signal.position - before, 0))


@asynccontextmanager
async def open_runtime(
    database: Database,
    keys: Keys,
    *,
    issuer: str,
    now: Callable[[], datetime],
    has_loops: bool = True,
    has_clock: bool = True,
) -> AsyncIterator[Runtime]:
    """A hub on an open database; its loops run until the block ends."""
    async with database.hub_pool.acquire() as connection:
        await _check_secret(connection, keys)
        directory = await load(connection, _REGISTRY)
        head: int = await connection.fetchval(_TRIGGERS["head"])
    runtime = Runtime(database=database, keys=keys, issuer=issuer, now=now, directory=directory, has_clock=has_clock)
    runtime.signal.grow(head)
    tasks = [asyncio.create_task(loop) for loop in _loops(runtime)] if has_loops else []
    try:
        yield runtime
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await runtime.reader.close()


async def _check_secret(connection: Any, keys: Keys) -> None:
    """Refuse another deployment's secret: persons would not join, sealed values not open, and nobody would notice."""
    await connection.execute(_REGISTRY["keep_fingerprint"], keys.fingerprint)
    if await connection.fetchval(_REGISTRY["fingerprint"]) != keys.fingerprint:
        raise SettingsUnusable(
            "部署密钥与此数据库不符",
            "the deployment secret is not the one this database was made with",
            "恢复原来的 EXCHANGE_SECRET 或 EXCHANGE_DATA/secret / restore the secret that belongs to it",
        )


def _loops(runtime: Runtime) -> list[Coroutine[Any, Any, None]]:
    loops = [_repeat("stream", runtime.number, lambda: runtime.signal.work(POLL_SECONDS)), _listen(runtime)]
    loops.append(_repeat("directory", runtime.reload, lambda: asyncio.sleep(DIRECTORY_SECONDS)))
    loops.append(_repeat("lag", lambda: _measure_lag(runtime), lambda: asyncio.sleep(DIRECTORY_SECONDS)))
    if runtime.has_clock:
        loops.append(_repeat("clock", lambda: _tick(runtime), lambda: asyncio.sleep(CLOCK_SECONDS)))
    return loops


async def _repeat(name: str, work: Callable[[], Any], pause: Callable[[], Any]) -> None:
    """Work for ever; a fault is logged and tried again, so that an outage of the database ends by itself."""
    delay = 0.5
    while True:
        try:
            await work()
            delay = 0.5
            await pause()
        except asyncio.CancelledError:
            raise
        except Exception as error:  # the worker loop's edge
            _LOG.error("%s loop: %s, next try in %.1f s", name, type(error).__name__, delay)
            await asyncio.sleep(delay)
            delay = min(delay * 2, 15)


async def _tick(runtime: Runtime) -> None:
    async with runtime.database.hub_pool.acquire() as connection:
        raised = await run_clock(connection, runtime.today())
        await connection.execute(statements("idempotency")["forget"])
    if any(raised.values()):
        runtime.signal.committed()


async def _measure_lag(runtime: Runtime) -> None:
    async with runtime.database.hub_pool.acquire() as connection:
        row = await connection.fetchrow(_TRIGGERS["worker_lag"])
    for name in ("unnumbered", "untriggered", "failures"):
        LAG.labels(stage=name).set(row[name] if row else 0)


async def _reload_quietly(runtime: Runtime) -> None:
    """Read the directory again because somebody changed it; if the database is away, the loop reads it later."""
    with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError):
        await runtime.reload()


async def _listen(runtime: Runtime) -> None:
    """Hear of positions and directory changes that other processes made; polling covers what is missed."""

    def grown(_: Any, __: int, ___: str, position: object) -> None:
        runtime.signal.grow(int(str(position)))

    def changed(*_: Any) -> None:
        background.add(task := asyncio.ensure_future(_reload_quietly(runtime)))
        task.add_done_callback(background.discard)

    background: set[asyncio.Future[None]] = set()
    while True:
        with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            async with runtime.database.hub_pool.acquire() as connection:
                is_lost = asyncio.Event()
                connection.add_termination_listener(lambda _, lost=is_lost: lost.set())
                await connection.add_listener("exchange_stream", grown)
                await connection.add_listener("exchange_directory", changed)
                try:
                    await is_lost.wait()
                finally:
                    if not connection.is_closed():
                        await connection.remove_listener("exchange_stream", grown)
                        await connection.remove_listener("exchange_directory", changed)
        await asyncio.sleep(POLL_SECONDS)


def day_of(moment: datetime) -> date:
    """The day a moment lies in, in Asia/Shanghai."""
    return moment.astimezone(CHINA).date()


def now_in_utc() -> datetime:
    """The real clock."""
    return datetime.fromtimestamp(time.time(), tz=CHINA)
