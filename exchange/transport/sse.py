"""Server-Sent Events, one connection an operation (the distinct mode of graphql-sse): for networks without WebSocket.

A stream says `event: complete` only when the operation is over; a client that sees it end otherwise reconnects
with Last-Event-ID. The next reason to end a stream calls `_stop`.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress

from starlette.types import Receive, Scope, Send

from exchange.engine.request import Caller, GraphQLRequest, Pushed, Reply
from exchange.transport.entrance import Entrance
from exchange.transport.streams import guarded, seconds_left

_COMPLETE = b"event: complete\ndata:\n\n"
_STILL_HERE = b":\n\n"
_LAST_WORD_WAIT = 1.0


class EventStream:
    """The ASGI response of one operation."""

    def __init__(
        self,
        entrance: Entrance,
        request: GraphQLRequest,
        caller: Caller,
        outcome: AsyncGenerator[Pushed, None] | Reply,
        headers: list[tuple[bytes, bytes]],
    ) -> None:
        self._entrance = entrance
        self._request = request
        self._caller = caller
        self._outcome = outcome
        self._headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        loop = asyncio.get_running_loop()
        self._send = send
        self._ending: asyncio.Future[None] = loop.create_future()
        await self._start()
        expiry = loop.call_later(seconds_left(self._caller, self._entrance.now()), self._stop)
        forget = self._entrance.closing.on_begin(self._stop)
        tasks = [asyncio.create_task(work) for work in (self._write(), self._keep_alive(), _gone(receive))]
        try:
            await asyncio.wait([*tasks, self._ending], return_when=asyncio.FIRST_COMPLETED)
        finally:
            forget()
            expiry.cancel()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        await self._finish()

    def _stop(self) -> None:
        if not self._ending.done():
            self._ending.set_result(None)

    async def _start(self) -> None:
        headers = [
            *self._headers,
            (b"content-type", b"text/event-stream; charset=utf-8"),
            (b"x-accel-buffering", b"no"),
        ]
        await self._send({"type": "http.response.start", "status": 200, "headers": headers})

    async def _write(self) -> None:
        if isinstance(self._outcome, Reply):
            await self._put(event(self._outcome.body, None))
        else:
            await self._put(_STILL_HERE)  # proxies pass the head on with the first byte
            async with aclosing(guarded(self._outcome, self._request)) as results:
                async for result in results:
                    await self._put(event(result.body, result.cursor if isinstance(result, Pushed) else None))
        await self._put(_COMPLETE)

    async def _keep_alive(self) -> None:
        while True:
            await asyncio.sleep(self._entrance.keep_alive)
            await self._put(_STILL_HERE)

    async def _put(self, chunk: bytes) -> None:
        async with asyncio.timeout(self._entrance.send_wait):
            await self._send({"type": "http.response.body", "body": chunk, "more_body": True})

    async def _finish(self) -> None:
        # the reader may be the reason for the end, so this may not wait for it either
        with suppress(TimeoutError, OSError):
            async with asyncio.timeout(_LAST_WORD_WAIT):
                await self._send({"type": "http.response.body", "body": b"", "more_body": False})


def event(body: bytes, cursor: str | None) -> bytes:
    """One `next` event. PostgreSQL's JSON may hold line breaks, which the format wants as several data lines."""
    position = f"id: {cursor}\n".encode() if cursor is not None else b""
    return b"event: next\n" + position + b"data: " + body.replace(b"\r", b"").replace(b"\n", b"\ndata: ") + b"\n\n"


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
