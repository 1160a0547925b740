"""A running hub: database, directory, engine and the background loops, started and stopped together.

`open_runtime` puts the parts together for the server, the demo and the tests alike. Add the next background loop to
`_loops`.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
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
from exchange.gathering import USUALLY_TOGETHER, Gathering
from exchange.hub import Hub
from exchange.idempotency import Idempotent
from exchange.ledger.appending import append_batch, waiting
from exchange.metrics import LAG, NUMBERED, RELAYED, REVIEWED
from exchange.names import follow_names, known_names, rebuild_names, unnamed
from exchange.outbox import Sink, progress, register, relay
from exchange.proof.status_lists import StatusLists
from exchange.reading import Reader
from exchange.statements import statements
from exchange.stream import Signal, number_events
from exchange.triggering.alerting import run_alerts
from exchange.triggering.reconfirming import look_again
from exchange.triggering.triggers import DirectoryBehind, run_triggers
from exchange.unusable import SettingsUnusable
from schema.fields import CHINA
from schema.graphql import build
from tenants.access import USUAL_MISSES, Misses
from tenants.caller import Caller, Tokens, renewed
from tenants.keys import Keys
from tenants.registry import Directory, load

_LOG = logging.getLogger(__name__)
_REGISTRY = statements("registry")
_TRIGGERS = statements("triggers")
POLL_SECONDS = 1.0
DIRECTORY_SECONDS = 5.0
CLOCK_SECONDS = 600.0
LOCAL_URL = "http://127.0.0.1:8000"


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
    status_lists: StatusLists = field(init=False)
    has_clock: bool = True
    misses: Misses = USUAL_MISSES
    read_together: int = USUALLY_TOGETHER
    sinks: Sequence[Sink] = ()
    public_url: str = LOCAL_URL  # where codes and lists say they are
    background: set[asyncio.Task[None]] = field(default_factory=set, init=False)
    _reading: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)

    def __post_init__(self) -> None:
        self.tokens = Tokens(self.keys, self, issuer=self.issuer)
        self.idempotent = Idempotent(self.database.pool, self.keys)
        self.reader = Reader(self.database.pool)
        self.hub = Hub(
            pool=self.database.pool, hub_pool=self.database.hub_pool, source=self, signal=self.signal, now=self.now,
            issuer=self.issuer, public_url=lambda: self.public_url, catch_up=self.catch_up,
        )  # fmt: skip
        self.status_lists = StatusLists(
            self.database.hub_pool, self.tokens, public_url=lambda: self.public_url, now=self.now
        )
        self.engine = QueryEngine(
            schema=build(),
            limits=Limits(),
            reader=Gathering(self.reader, most=self.read_together),
            hub=self.hub,
            ask=self.ask,
            catch_up=self.catch_up,
            idempotent=self.idempotent,
            signal=self.signal,
        )

    def today(self) -> date:
        """Today in Asia/Shanghai."""
        return day_of(self.now())

    def ask(self, request: GraphQLRequest, caller: Caller) -> Asking:
        """The context of a request, with what the caller may see as of now."""
        now, directory = self.now(), self.directory
        day = day_of(now)
        return Asking(
            caller=renewed(directory, caller, day=day),
            request=request,
            keys=self.keys,
            day=day,
            now=now,
            edition=directory.edition,
            misses=self.misses,
        )

    def do_later(self, work: Coroutine[Any, Any, None]) -> None:
        """Work beside requests, until this hub ends."""
        self.background.add(task := asyncio.create_task(_logged(work)))
        task.add_done_callback(self.background.discard)

    async def reload(self) -> None:
        """Read the directory again."""
        async with self._reading:
            await self._read()

    async def catch_up(self, edition: int) -> None:
        """Read the directory again unless it is another one than `edition` already; many may ask at once."""
        async with self._reading:
            if self.directory.edition == edition:
                await self._read()

    async def _read(self) -> None:
        async with self.database.hub_pool.acquire() as connection:
            found = await _directory(connection)
        if found != self.directory:
            self.directory = found

    async def settle(self) -> None:
        """Number and handle everything that is committed now, name and log it: what the loops do by and by."""
        await self._advance()
        await self.enter_names()
        await self.log()

    async def _advance(self) -> None:
        """Number what is committed, and handle it."""
        async with self.database.hub_pool.acquire() as connection:
            position = -1
            while position != (position := await number_events(connection)):
                self.signal.grow(position)
                while handled := await self._handle(connection):
                    REVIEWED.inc(handled)
                while await self._alert(connection):
                    pass
                while await self._look_again(connection):
                    pass

    async def _handle(self, connection: Any) -> int:
        """The next events, judged with the directory in force."""
        while True:
            try:
                return await run_triggers(connection, self.directory)
            except DirectoryBehind:
                await self.reload()

    async def _alert(self, connection: Any) -> int:
        """The next events, told to rosters and past askers as the directory in force allows."""
        while True:
            try:
                return await run_alerts(connection, self.directory, self.today())
            except DirectoryBehind:
                await self.reload()

    async def _look_again(self, connection: Any) -> int:
        """The next confirmations of recognition that an event or a day may have changed."""
        while True:
            try:
                return await look_again(connection, self.database.pool, self.directory, self.now(), self.today())
            except DirectoryBehind:
                await self.reload()

    async def hand_on(self, sink: Sink) -> int:
        """Everything the stream has, to a sink; returns how many events it took. Raises SinkUnavailable.

        The sink is connected before a connection to the database is taken: its outage is felt nowhere else.
        """
        total, taken = 0, -1
        while taken:
            await sink.connect()
            async with self.database.hub_pool.acquire() as connection:
                taken = await relay(connection, sink)
            RELAYED.labels(sink=sink.name).inc(taken)
            total += taken
        return total

    async def enter_names(self) -> None:
        """Make what is numbered findable by name."""
        async with self.database.hub_pool.acquire() as connection:
            while await follow_names(connection):
                pass

    async def log(self) -> int:
        """Add everything that is committed to the tamper-evident log; returns how much that was."""
        total, taken = 0, -1
        origin = self.issuer.partition("://")[2] or self.issuer
        async with self.database.hub_pool.acquire() as connection:
            while taken:
                key = self.keys.token_key(self.directory.generations[0])
                taken = await append_batch(connection, key, f"{origin}/ledger", self.now())
                total += taken
        return total

    async def rebuild_names(self) -> int:
        """Empty the index of names and fill it again from the stream; returns how many names there are then."""
        async with self.database.hub_pool.acquire() as connection:
            await rebuild_names(connection)
        await self.enter_names()
        async with self.database.hub_pool.acquire() as connection:
            return await known_names(connection)

    async def number(self) -> None:
        """One round of numbering and triggers."""
        before = self.signal.position
        await self._advance()
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
    misses: Misses = USUAL_MISSES,
    read_together: int = USUALLY_TOGETHER,
    sinks: Sequence[Sink] = (),
    public_url: str = LOCAL_URL,
) -> AsyncIterator[Runtime]:
    """A hub on an open database; its loops run until the block ends, and hand the stream to the sinks."""
    async with database.hub_pool.acquire() as connection:
        await _check_secret(connection, keys)
        directory = await _directory(connection)
        head: int = await connection.fetchval(_TRIGGERS["head"])
        for sink in sinks:
            await register(connection, sink)
    runtime = Runtime(
        database=database, keys=keys, issuer=issuer, now=now, directory=directory, has_clock=has_clock, misses=misses,
        read_together=read_together, sinks=sinks, public_url=public_url,
    )  # fmt: skip
    runtime.signal.grow(head)
    tasks = [asyncio.create_task(loop) for loop in _loops(runtime)] if has_loops else []
    try:
        yield runtime
    finally:
        for task in (ending := [*tasks, *runtime.background]):
            task.cancel()
        await asyncio.gather(*ending, return_exceptions=True)
        for sink in sinks:
            await sink.close()
        await runtime.reader.close()


async def _directory(connection: Any) -> Directory:
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        return await load(connection, _REGISTRY)


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
    later = runtime.signal.beyond
    loops.append(_repeat("names", runtime.enter_names, lambda: later(runtime.signal.position, POLL_SECONDS)))
    loops.append(_repeat("ledger", runtime.log, lambda: asyncio.sleep(POLL_SECONDS)))
    loops.append(_repeat("directory", runtime.reload, lambda: asyncio.sleep(DIRECTORY_SECONDS)))
    loops.append(_repeat("lag", lambda: _measure_lag(runtime), lambda: asyncio.sleep(DIRECTORY_SECONDS)))
    loops += [_relay(runtime, sink) for sink in runtime.sinks]
    if runtime.has_clock:
        loops.append(_repeat("clock", lambda: _tick(runtime), lambda: asyncio.sleep(CLOCK_SECONDS)))
    return loops


async def _logged(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except Exception as error:  # the edge of work nobody waits for
        _LOG.error("in the background: %s", type(error).__name__)


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


def _relay(runtime: Runtime, sink: Sink) -> Coroutine[Any, Any, None]:
    seen = 0

    async def work() -> None:
        nonlocal seen
        seen = runtime.signal.position
        await runtime.hand_on(sink)

    return _repeat(sink.name, work, lambda: runtime.signal.beyond(seen, POLL_SECONDS))


async def _tick(runtime: Runtime) -> None:
    async with runtime.database.hub_pool.acquire() as connection:
        raised = await run_clock(connection, runtime.today())
        await connection.execute(statements("idempotency")["forget"])
        await connection.execute(statements("imports")["forget_returned"])
    if any(raised.values()):
        runtime.signal.committed()


async def _measure_lag(runtime: Runtime) -> None:
    async with runtime.database.hub_pool.acquire() as connection:
        row = await connection.fetchrow(_TRIGGERS["worker_lag"])
        relays = await progress(connection)
        LAG.labels(stage="unnamed").set(await unnamed(connection))
        LAG.labels(stage="unlogged").set(await waiting(connection))
    for name in ("unnumbered", "untriggered", "untold", "unchecked", "failures"):
        LAG.labels(stage=name).set(row[name] if row else 0)
    used = {sink.name for sink in runtime.sinks}
    for one in relays:
        if one.sink in used:
            LAG.labels(stage=one.sink).set(one.behind)


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
