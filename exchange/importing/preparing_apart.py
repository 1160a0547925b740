"""Prepares the chunks of a large file in processes of their own, so that several cores work on it, beside PostgreSQL.

A chunk stays with the process that looked at it. The deployment's secret reaches a process by the pipe it reads from,
never by arguments or environment. Files of few chunks are prepared in a thread.
`python -m exchange.importing.preparing_apart` is such a process: it answers frames (length, pickle) from its standard
input until that ends.
"""

import asyncio
import gc
import os
import pickle
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Protocol

from exchange.importing.preparing import Look, Order, Prepared, Preparer
from exchange.intake import Part
from schema.errors import Refusal
from tenants.keys import Keys

MOST_PROCESSES = 4
LENGTH = 8
_ROOT = Path(__file__).parents[2]


class Place(Protocol):
    """Where chunks are prepared, one step at a time."""

    async def do(self, step: str, chunk: int, argument: Any) -> Any:
        """A step of Preparer."""

    async def end(self) -> None:
        """Nothing more will be asked."""


class Preparers:
    """Several places where the chunks of one file are prepared."""

    def __init__(self, places: Sequence[Place]) -> None:
        self._places = places

    @property
    def count(self) -> int:
        """How many chunks are prepared at the same time."""
        return len(self._places)

    async def look(self, chunk: int, parts: Sequence[Part]) -> Look:
        """See Preparer.look."""
        found: Look = await self._places[chunk % self.count].do("look", chunk, parts)
        return found

    async def finish(self, chunk: int, wanted: Sequence[int]) -> Prepared:
        """See Preparer.finish."""
        found: Prepared = await self._places[chunk % self.count].do("finish", chunk, wanted)
        return found

    async def whole(self, chunk: int, parts: Sequence[Part]) -> Prepared:
        """See Preparer.whole."""
        found: Prepared = await self._places[chunk % self.count].do("whole", chunk, parts)
        return found


@asynccontextmanager
async def preparers(order: Order, keys: Keys, *, is_large: bool) -> AsyncIterator[Preparers]:
    """Those for one file, gone with the block."""
    count = min(os.cpu_count() or 1, MOST_PROCESSES) if is_large else 0
    places: list[Place] = [await _Process.start(order, keys) for _ in range(count)]
    try:
        yield Preparers(places or [_Thread(Preparer(order, keys))])
    finally:
        await asyncio.gather(*(place.end() for place in places))


class _Thread:
    """In this process."""

    def __init__(self, preparer: Preparer) -> None:
        self._preparer = preparer

    async def do(self, step: str, chunk: int, argument: Any) -> Any:
        return await asyncio.to_thread(getattr(self._preparer, step), chunk, argument)

    async def end(self) -> None:
        pass


class _Process:
    """In a process of its own. Raises Refusal UNAVAILABLE when it was killed: the file can be sent again."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._process, self._in, self._out = process, process.stdin, process.stdout
        self._turn = asyncio.Lock()

    @classmethod
    async def start(cls, order: Order, keys: Keys) -> "_Process":
        # A session of its own: ^C is for the hub, which then ends it.
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", __name__, cwd=_ROOT, stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE, start_new_session=True, limit=1 << 20,
        )  # fmt: skip
        place = cls(process)
        place._in.write(_frame((order, keys.secret)))
        return place

    async def do(self, step: str, chunk: int, argument: Any) -> Any:
        async with self._turn:
            try:
                self._in.write(_frame((step, chunk, argument)))
                await self._in.drain()
                length = int.from_bytes(await self._out.readexactly(LENGTH))
                return pickle.loads(await self._out.readexactly(length))
            except (asyncio.IncompleteReadError, ConnectionError) as error:
                if await self._process.wait() < 0:
                    raise Refusal("UNAVAILABLE") from error
                raise

    async def end(self) -> None:
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()


def _frame(content: Any) -> bytes:
    body = pickle.dumps(content, pickle.HIGHEST_PROTOCOL)
    return len(body).to_bytes(LENGTH) + body


def serve(incoming: BinaryIO, outgoing: BinaryIO) -> None:
    """Do what is asked until nothing more comes. Little made here refers to itself, so garbage is sought rarely."""
    gc.freeze()
    gc.set_threshold(200_000)
    sys.excepthook = _tell_without_values
    frames = iter(lambda: incoming.read(LENGTH), b"")
    order, secret = pickle.loads(incoming.read(int.from_bytes(next(frames))))
    preparer = Preparer(order, Keys(secret=secret))
    for length in frames:
        step, chunk, argument = pickle.loads(incoming.read(int.from_bytes(length)))
        outgoing.write(_frame(getattr(preparer, step)(chunk, argument)))
        outgoing.flush()


def _tell_without_values(kind: type[BaseException], _: BaseException, trace: TracebackType | None) -> None:
    """What went wrong and where, without the message: it may hold a value of a row."""
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "?"
    print(f"{kind.__name__} at {where}", file=sys.stderr)


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer)
