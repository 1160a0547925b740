"""HTTP answers leave in one write: uvicorn writes the head and the body apart, each a call of the system.

What is written is held until the next write, the close or the end of the loop's round, so a stream's head waits for
nobody.
"""

import asyncio
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class Holding:
    """A transport that holds the first of two writes."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self.plain, self._loop, self._held = transport, loop, b""

    def __getattr__(self, name: str) -> Any:
        return getattr(self.plain, name)

    def write(self, data: bytes) -> None:
        """Now with what is held, or soon."""
        if self._held:
            held, self._held = self._held, b""
            self.plain.write(held + data)
        else:
            self._held = data
            self._loop.call_soon(self.flush)

    def flush(self) -> None:
        """What is held goes now."""
        if self._held:
            held, self._held = self._held, b""
            if not self.plain.is_closing():
                self.plain.write(held)

    def close(self) -> None:
        """After what is held."""
        self.flush()
        self.plain.close()


class OneWriteProtocol(HttpToolsProtocol):
    """uvicorn's protocol on such a transport; a socket has its own, without."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin."""
        super().connection_made(transport)
        self.transport = cast(asyncio.Transport, Holding(transport, self.loop))

    def handle_websocket_upgrade(self) -> None:
        """Hand over the connection itself."""
        holding = cast(Holding, self.transport)
        holding.flush()
        self.transport = holding.plain
        super().handle_websocket_upgrade()
