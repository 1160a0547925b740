"""Subscriptions, queries and mutations over a WebSocket: one connection speaking graphql-transport-ws.

The protocol's close codes are named below; the next message type is a method of Socket named in _TAKERS.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, suppress
from dataclasses import replace
from typing import Any, ClassVar
from urllib.parse import urlsplit

import orjson
from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketDisconnected

from exchange.engine.answers import log_unexpected, refused
from exchange.engine.request import Caller, GraphQLRequest, Pushed, Reply
from exchange.transport.entrance import Entrance
from exchange.transport.parameters import Envelope, build_request, read_body, read_envelope, remark, request_id_of
from exchange.transport.streams import guarded, opened, seconds_left
from schema.errors import Refusal

PROTOCOL = "graphql-transport-ws"

GONE = 1000
RESTARTING = 1012
TOO_SLOW = 1013
TOO_LONG = 1009
FAILED = 1011
MALFORMED = 4400
NOT_ACKNOWLEDGED = 4401
FORBIDDEN = 4403
WRONG_PROTOCOL = 4406
INIT_TIMEOUT = 4408
DUPLICATE = 4409
TWICE_INITIALISED = 4429

_LONGEST_ID = 128
_LONGEST_REASON = 123  # bytes, by RFC 6455
_LAST_WORD_WAIT = 1.0
_CLEAN_UP_WAIT = 5.0


class _Broken(Exception):
    """The client broke the protocol; the socket closes with this code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class GraphQLSocket:
    """The ASGI application at /graphql for WebSockets."""

    def __init__(self, entrance: Entrance) -> None:
        self._entrance = entrance

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        websocket = WebSocket(scope, receive, send)
        if not is_own_origin(websocket.headers, self._entrance.allowed_origins):
            await websocket.close(FORBIDDEN)  # before the upgrade, so the client sees HTTP 403
        elif PROTOCOL not in scope["subprotocols"]:
            await websocket.accept()
            await websocket.close(WRONG_PROTOCOL, f"Subprotocol not acceptable: {PROTOCOL} is spoken here")
        else:
            await websocket.accept(PROTOCOL)
            await _Socket(websocket, self._entrance).run()


def is_own_origin(headers: Headers, allowed: frozenset[str]) -> bool:
    """Whether the page that opens the socket is ours: browsers send Origin, other clients none."""
    origin = headers.get("origin")
    if origin is None or origin in allowed:
        return True
    return urlsplit(origin).netloc.lower() == headers.get("host", "").lower() != ""


class _Socket:
    """One connection: who it is, its running operations, and the one future that ends it."""

    _TAKERS: ClassVar[dict[str, str]] = {
        "connection_init": "_take_init",
        "ping": "_take_ping",
        "pong": "_take_pong",
        "subscribe": "_take_subscribe",
        "complete": "_take_complete",
    }

    def __init__(self, websocket: WebSocket, entrance: Entrance) -> None:
        self._websocket = websocket
        self._entrance = entrance
        self._loop = asyncio.get_running_loop()
        self._ending: asyncio.Future[tuple[int, str]] = self._loop.create_future()
        self._timers: list[asyncio.TimerHandle] = []
        self._operations: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_initialised = False
        self._caller: Caller | None = None
        self._envelope: Envelope | None = None

    async def run(self) -> None:
        """Serve until something ends the connection, then leave nothing behind."""
        self._end_after(self._entrance.init_wait, INIT_TIMEOUT, "Connection initialisation timeout")
        forget = self._entrance.closing.on_begin(lambda: self._end(RESTARTING, "Restarting"))
        self._spawn(self._read())
        try:
            code, reason = await self._ending
        finally:
            forget()
            for timer in self._timers:
                timer.cancel()
            await self._stop_tasks()
        if code != GONE:
            await self._close(code, reason)

    def _end(self, code: int, reason: str) -> None:
        if not self._ending.done():
            self._ending.set_result((code, reason))

    def _end_after(self, seconds: float, code: int, reason: str) -> None:
        self._timers.append(self._loop.call_later(seconds, self._end, code, reason))

    def _spawn(self, work: Any) -> asyncio.Task[None]:
        task: asyncio.Task[None] = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _stop_tasks(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=_CLEAN_UP_WAIT)

    async def _close(self, code: int, reason: str) -> None:
        short = reason.encode()[:_LONGEST_REASON].decode(errors="ignore")
        # a reader that is too slow for results is too slow for a farewell
        with suppress(TimeoutError, OSError, RuntimeError, WebSocketDisconnect):
            async with asyncio.timeout(_LAST_WORD_WAIT):
                await self._websocket.close(code, short)

    # reading

    async def _read(self) -> None:
        try:
            while True:
                message = await self._websocket.receive()
                if message["type"] == "websocket.disconnect":
                    return self._end(GONE, "")
                await self._take(message)
        except _Broken as broken:
            self._end(broken.code, broken.reason)
        except (WebSocketDisconnect, WebSocketDisconnected):
            self._end(GONE, "")
        except Exception as error:
            log_unexpected(error, request_id=self._envelope.request_id if self._envelope else "-")
            self._end(FAILED, "Internal error")

    async def _take(self, frame: Any) -> None:
        text = frame.get("text")
        if text is None:
            raise _Broken(MALFORMED, "A text message is expected")
        raw = text.encode("utf-8", "surrogatepass")
        if len(raw) > self._entrance.message_limit:
            raise _Broken(TOO_LONG, f"Message over {self._entrance.message_limit} bytes")
        try:
            message = read_body(raw)
        except Refusal as refusal:
            raise _Broken(MALFORMED, refusal.message("en")) from None
        taker = self._TAKERS.get(message["type"]) if isinstance(message.get("type"), str) else None
        if taker is None:
            raise _Broken(MALFORMED, "Unknown message type")
        take: Callable[[dict[str, Any]], Awaitable[None]] = getattr(self, taker)
        await take(message)

    async def _take_init(self, message: dict[str, Any]) -> None:
        if self._is_initialised:
            raise _Broken(TWICE_INITIALISED, "Too many initialisation requests")
        self._is_initialised = True
        payload = _payload(message, is_needed=False)
        headers = self._websocket.headers
        try:
            envelope = read_envelope(headers, request_id_of(headers, self._entrance.new_id))
            self._envelope = replace(
                envelope,
                idempotency_key=None,  # one key for many operations would be a mistake
                purpose=remark(payload, "purpose") or envelope.purpose,
                case_number=remark(payload, "caseNumber") or envelope.case_number,
            )
            self._caller = await self._entrance.authenticate(with_token(headers, payload))
        except Refusal as refusal:
            raise _Broken(FORBIDDEN, _why_not(refusal.code, headers, payload)) from None
        self._timers.pop().cancel()
        self._end_after(seconds_left(self._caller, self._entrance.now()), FORBIDDEN, "TOKEN_EXPIRED")
        await self._send('{"type":"connection_ack"}')

    async def _take_ping(self, message: dict[str, Any]) -> None:
        payload = _payload(message, is_needed=False)
        await self._send(_text({"type": "pong", **({"payload": payload} if payload else {})}))

    async def _take_pong(self, message: dict[str, Any]) -> None:
        _payload(message, is_needed=False)

    async def _take_complete(self, message: dict[str, Any]) -> None:
        task = self._operations.pop(_identity(message), None)
        if task is not None:
            task.cancel()

    async def _take_subscribe(self, message: dict[str, Any]) -> None:
        if self._caller is None or self._envelope is None:
            raise _Broken(NOT_ACKNOWLEDGED, "Unauthorized: connection_init comes first, with a token")
        identity = _identity(message)
        try:
            request = build_request(_payload(message, is_needed=True), self._envelope, allow_mutation=True)
        except Refusal as refusal:
            raise _Broken(MALFORMED, refusal.message("en")) from None
        if identity in self._operations:
            raise _Broken(DUPLICATE, f"Subscriber for {identity} already exists")
        if len(self._operations) >= self._entrance.operation_limit:
            await self._send_error(identity, _too_many(self._entrance.operation_limit, request))
        else:
            self._operations[identity] = self._spawn(self._operate(identity, request, self._caller))

    # operations

    async def _operate(self, identity: str, request: GraphQLRequest, caller: Caller) -> None:
        outcome = await opened(self._entrance, request, caller)
        results = _single(outcome) if isinstance(outcome, Reply) else guarded(outcome, request)
        async with aclosing(results):
            async for result in results:
                if isinstance(result, Reply) and not result.is_executed:
                    break
                await self._send(f'{{"id":{_text(identity)},"type":"next","payload":{result.body.decode()}}}')
            else:
                result = None
        # free before it is said, for the client may use the id again at once
        del self._operations[identity]
        if result is None:
            await self._send(_text({"id": identity, "type": "complete"}))
        else:
            await self._send_error(identity, result)

    async def _send_error(self, identity: str, reply: Reply) -> None:
        await self._send(_text({"id": identity, "type": "error", "payload": orjson.loads(reply.body)["errors"]}))

    async def _send(self, text: str) -> None:
        try:
            async with asyncio.timeout(self._entrance.send_wait):
                await self._websocket.send({"type": "websocket.send", "text": text})
        except TimeoutError:
            self._end(TOO_SLOW, "The reader is too slow")
        except (OSError, RuntimeError, WebSocketDisconnect):
            self._end(GONE, "")


def _too_many(limit: int, request: GraphQLRequest) -> Reply:
    refusal = Refusal("QUERY_TOO_LARGE", limit=f"operations {limit}")
    return refused(refusal, language=request.language, request_id=request.request_id)


async def _single(reply: Reply) -> AsyncGenerator[Pushed | Reply, None]:
    yield reply


def with_token(headers: Headers, payload: dict[str, Any]) -> Headers:
    """The upgrade's headers, with the token of connection_init in its place where there is one."""
    token = next((value for name, value in payload.items() if name.lower() == "authorization"), None)
    if token is None:
        return headers
    if not isinstance(token, str) or not token.isascii():
        raise Refusal("UNAUTHENTICATED")
    others = [(name, value) for name, value in headers.raw if name != b"authorization"]
    return Headers(raw=[*others, (b"authorization", token.encode())])


def _why_not(code: str, headers: Headers, payload: dict[str, Any]) -> str:
    """What is missing, after the code."""
    if code != "UNAUTHENTICATED":
        return code
    has_token = "authorization" in headers or any(name.lower() == "authorization" for name in payload)
    missing = "bad token" if has_token else "no token"
    return f"{code}: {missing}; connection_init payload {{authorization: Bearer …}}"


def _identity(message: dict[str, Any]) -> str:
    identity = message.get("id")
    if not isinstance(identity, str) or not 0 < len(identity) <= _LONGEST_ID:
        raise _Broken(MALFORMED, f"id: a string of 1 to {_LONGEST_ID} characters is expected")
    return identity


def _payload(message: dict[str, Any], *, is_needed: bool) -> dict[str, Any]:
    payload = message.get("payload")
    if payload is None and not is_needed:
        return {}
    if not isinstance(payload, dict):
        raise _Broken(MALFORMED, "payload: an object is expected")
    return payload


def _text(value: Any) -> str:
    return orjson.dumps(value).decode()
