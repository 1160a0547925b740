"""GraphQL over HTTP: POST and GET, as the specification asks, with every refusal before the engine is troubled.

A new check of the request goes where it is cheapest: header checks in `_respond`, value checks in parameters.py.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from exchange.engine.answers import masked, refused
from exchange.engine.request import Caller, GraphQLRequest, Reply
from exchange.transport.entrance import Entrance
from exchange.transport.graphiql import page
from exchange.transport.negotiation import EVENT_STREAM, GRAPHQL_JSON, HTML, JSON, language, media_type
from exchange.transport.parameters import (
    bad_request,
    build_request,
    read_body,
    read_envelope,
    read_headers,
    read_query_string,
    request_id_of,
)
from exchange.transport.sse import EventStream
from exchange.transport.streams import opened
from schema.errors import Refusal

_OFFERED = {"POST": (JSON, GRAPHQL_JSON, EVENT_STREAM), "GET": (JSON, GRAPHQL_JSON, EVENT_STREAM, HTML)}
_REMEMBERED = 256  # a client sends the same header with every request
_JSON, _GRAPHQL_JSON = ((b"content-type", f"{media}; charset=utf-8".encode()) for media in (JSON, GRAPHQL_JSON))
_ALWAYS = ((b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"))


@dataclass(frozen=True, kw_only=True)
class _Exchange:
    """One request on its way: what ASGI gave, and what its answer needs."""

    scope: Scope
    receive: Receive
    headers: Mapping[str, str]
    request_id: str
    method: str
    media: str | None  # of the answer; None when the client accepts none

    @property
    def language(self) -> str:
        return language(self.headers.get("accept-language", ""))


def _exchange(scope: Scope, receive: Receive, entrance: Entrance) -> _Exchange:
    headers, method = read_headers(scope["headers"]), scope["method"]
    return _Exchange(
        scope=scope,
        receive=receive,
        headers=headers,
        request_id=request_id_of(headers, entrance.new_id),
        method=method,
        media=media_type(headers.get("accept", ""), _OFFERED.get(method, (JSON,))),
    )


class GraphQLEndpoint:
    """The ASGI application at /graphql for HTTP."""

    def __init__(self, entrance: Entrance) -> None:
        self._entrance = entrance

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = _exchange(scope, receive, self._entrance)
        try:
            response = await self._respond(exchange)
        except Refusal as refusal:
            response = _refusing(refusal, exchange)
        except ClientDisconnect:
            return
        except Exception as error:
            reply = masked(error, language=exchange.language, request_id=exchange.request_id)
            response = _plain(reply, exchange, status=reply.status)
        await response(scope, receive, send)

    async def _respond(self, exchange: _Exchange) -> ASGIApp:
        if exchange.method not in _OFFERED:
            raise Refusal("METHOD_NOT_ALLOWED")
        if exchange.media is None:
            raise Refusal("NOT_ACCEPTABLE")
        if exchange.media == HTML:
            return page(exchange.scope)
        if exchange.method == "POST":
            _check_content(exchange.headers, self._entrance.body_limit)
        caller = await self._entrance.authenticate(exchange.headers)
        request = await self._request(exchange)
        if exchange.media == EVENT_STREAM:
            return await self._stream(exchange, request, caller)
        return await self._answer(exchange, request, caller)

    async def _request(self, exchange: _Exchange) -> GraphQLRequest:
        envelope = read_envelope(exchange.headers, exchange.request_id)
        if exchange.method == "GET":
            return build_request(read_query_string(exchange.scope["query_string"]), envelope, allow_mutation=False)
        try:
            async with asyncio.timeout(self._entrance.body_wait):
                raw = await _body(exchange.receive, self._entrance.body_limit)
        except TimeoutError:
            raise bad_request(f"the body did not arrive within {self._entrance.body_wait:g} s") from None
        return build_request(read_body(raw), envelope, allow_mutation=True)

    async def _answer(self, exchange: _Exchange, request: GraphQLRequest, caller: Caller) -> ASGIApp:
        try:
            reply = await self._entrance.engine.execute(request, caller)
        except Refusal as refusal:
            reply = refused(refusal, language=request.language, request_id=request.request_id)
        status = 200 if reply.is_executed else reply.status
        # by the specification, application/json tells errors of the GraphQL request in the body alone
        return _plain(reply, exchange, status=200 if status == 400 and exchange.media == JSON else status)

    async def _stream(self, exchange: _Exchange, request: GraphQLRequest, caller: Caller) -> ASGIApp:
        outcome = await opened(self._entrance, request, caller)
        # a browser's EventSource cannot read the body of an error status, so GraphQL errors go into the stream
        if isinstance(outcome, Reply) and not outcome.is_executed and outcome.status != 400:
            return _plain(outcome, exchange, status=outcome.status)
        headers = raw_headers(exchange.request_id, outcome.steps if isinstance(outcome, Reply) else ())
        return EventStream(self._entrance, request, caller, outcome, headers)


def _check_content(headers: Mapping[str, str], body_limit: int) -> None:
    """Only JSON, uncompressed: forms and plain text can be sent across sites, a compressed bomb is small."""
    is_compressed = headers.get("content-encoding", "identity").lower() != "identity"
    if is_compressed or not _is_json(headers.get("content-type", "")):
        raise Refusal("UNSUPPORTED_MEDIA_TYPE")
    length = headers.get("content-length", "0")
    if length.isdigit() and int(length[:20]) > body_limit:
        raise _too_long(body_limit)


@lru_cache(maxsize=_REMEMBERED)
def _is_json(content_type: str) -> bool:
    media, _, parameters = content_type.lower().partition(";")
    return media.strip() == JSON and parameters.strip().replace('"', "") in ("", "charset=utf-8", "charset=utf8")


async def _body(receive: Receive, limit: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while True:
        message: Message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise _too_long(limit)
        chunks.append(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks)


def _too_long(limit: int) -> Refusal:
    return Refusal("PAYLOAD_TOO_LARGE", limit=f"{limit // 1024} KiB")


class Answer:
    """A whole answer, as ASGI sends it."""

    def __init__(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        self._status, self._headers, self._body = status, headers, body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it in two messages."""
        await send({"type": "http.response.start", "status": self._status, "headers": self._headers})
        await send({"type": "http.response.body", "body": self._body})


def _refusing(refusal: Refusal, exchange: _Exchange) -> ASGIApp:
    reply = refused(refusal, language=exchange.language, request_id=exchange.request_id)
    return _plain(reply, exchange, status=reply.status)


def _plain(reply: Reply, exchange: _Exchange, *, status: int) -> ASGIApp:
    headers = [
        _GRAPHQL_JSON if exchange.media == GRAPHQL_JSON else _JSON,
        (b"content-length", b"%d" % len(reply.body)),
        *raw_headers(exchange.request_id, reply.steps),
    ]
    if reply.retry_after is not None:
        headers.append((b"retry-after", b"%d" % reply.retry_after))
    if status != 200:
        headers += _hints(status, exchange.headers)
    return Answer(status, headers, reply.body)


def _hints(status: int, headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    if status == 401:
        error = b', error="invalid_token"' if "authorization" in headers else b""
        return [(b"www-authenticate", b'Bearer realm="exchange"' + error)]
    return [(b"allow", b"GET, POST")] if status == 405 else []


def raw_headers(request_id: str, steps: tuple[tuple[str, float], ...]) -> list[tuple[bytes, bytes]]:
    """What every answer carries; `steps` (name, seconds) become Server-Timing, in milliseconds."""
    headers = [(b"x-request-id", request_id.encode()), *_ALWAYS]
    if steps:
        timing = ", ".join([f"{name};dur={seconds * 1000:.2f}" for name, seconds in steps])
        headers.append((b"server-timing", timing.encode()))
    return headers
