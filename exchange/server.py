"""The server process: takes a port (the next free one when it is busy), serves an application, drains before it ends.

`exchange up` calls `claim` and `serve`; the demo and the tests use `running`. Add the next server setting to
`HubServer`.
"""

import asyncio
import contextlib
import errno
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.applications import Starlette

from exchange.one_write import OneWriteProtocol
from exchange.unusable import PortTaken, SettingsUnusable

TRIES = 100
# A closed terminal ends the hub like ^C does, so that its database is stopped too.
ENDING = (signal.SIGTERM, signal.SIGINT, getattr(signal, "SIGHUP", signal.SIGTERM))
DRAIN_SECONDS = 20
MESSAGE_LIMIT = 1_048_576


class HubServer(uvicorn.Server):
    """uvicorn, telling open streams that it closes before it waits for them. Signals are left to `serve`.

    uvicorn would raise a signal again once it has shut down, which kills the process before its database is stopped.
    """

    def __init__(self, app: Starlette) -> None:
        super().__init__(uvicorn.Config(
            app, log_level="warning", access_log=False, lifespan="off", server_header=False, ws_max_size=MESSAGE_LIMIT,
            timeout_graceful_shutdown=DRAIN_SECONDS, http=OneWriteProtocol,
        ))  # fmt: skip
        self._app = app
        self.is_up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept connections from here on."""
        await super().startup(sockets)
        self.is_up.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End streams with their close code, then wait for what is under way."""
        self._app.state.closing.begin()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Nothing: see the class."""
        yield

    def stop(self) -> None:
        """Drain; asked a second time, go at once."""
        self.force_exit = self.should_exit
        self.should_exit = True


def claim(host: str, port: int, *, moves: bool = True) -> socket.socket:
    """A listening socket on the port or, when it is taken and `moves`, on the next free one; 0 takes any.

    Raises SettingsUnusable, PortTaken.
    """
    for candidate in range(port, min(port + TRIES, 65_536)) if port and moves else (port,):
        try:
            return _listen(host, candidate)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                reason = error.strerror or type(error).__name__
                raise SettingsUnusable(
                    f"无法监听 {host}:{candidate}：{reason}", f"cannot listen on {host}:{candidate}: {reason}",
                    "EXCHANGE_HOST=127.0.0.1 EXCHANGE_PORT=8000",
                ) from error  # fmt: skip
    if not moves:
        raise PortTaken(
            f"端口 {port}（EXCHANGE_PORT）已被占用，可能是另一个 exchange up",
            f"port {port} (EXCHANGE_PORT) is taken, perhaps by another exchange up",
            f"ss -ltnp 'sport = :{port}' 查看占用者 tells by whom；EXCHANGE_PORT=0 任选一个空闲端口 takes any free one",
        )
    raise SettingsUnusable(
        f"{port} 起的 {TRIES} 个端口都被占用", f"{TRIES} ports from {port} on are all taken", "EXCHANGE_PORT=0"
    )


def port_of(listening: socket.socket) -> int:
    """The port a claimed socket has."""
    port: int = listening.getsockname()[1]
    return port


def _listen(host: str, port: int) -> socket.socket:
    listening = socket.socket(
        socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP
    )
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(2048)
    except BaseException:
        listening.close()
        raise
    return listening


async def serve(app: Starlette, listening: socket.socket) -> None:
    """Serve until SIGTERM or SIGINT; returns when everything is drained, so that the caller can close the rest."""
    server, loop = HubServer(app), asyncio.get_running_loop()
    for number in ENDING:
        loop.add_signal_handler(number, server.stop)
    try:
        await server.serve(sockets=[listening])
    finally:
        for number in ENDING:
            loop.remove_signal_handler(number)
        listening.close()


@asynccontextmanager
async def running(app: Starlette, host: str, port: int) -> AsyncIterator[str]:
    """A server beside the caller's own work, for the demo and the tests. Gives its base URL."""
    with claim(host, port) as listening:
        server = HubServer(app)
        task = asyncio.create_task(server.serve(sockets=[listening]))
        await asyncio.wait({task, up := asyncio.create_task(server.is_up.wait())}, return_when=asyncio.FIRST_COMPLETED)
        try:
            yield f"http://{f'[{host}]' if ':' in host else host}:{port_of(listening)}"
        finally:
            up.cancel()
            server.should_exit = True
            await task
