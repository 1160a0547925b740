"""The plain HTTP doors beside GraphQL: tokens, the event catalogue, health, metrics.

Add the next door as a method and its path to app.py. Every refusal is JSON with code, messages and what to do next.
"""

import base64
import binascii
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import lru_cache, wraps
from typing import Any, TypeAlias, TypeVar
from urllib.parse import parse_qsl, unquote_plus

import asyncpg
import orjson
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from exchange.doors.bodies import limited_body
from exchange.engine.answers import log_unexpected
from exchange.metrics import REQUESTS, SECONDS
from exchange.runtime import Runtime
from exchange.settings import Settings
from exchange.transport.parameters import new_request_id, request_id_of
from schema.errors import Refusal
from schema.events import EVENTS
from schema.graphql import printed
from tenants.caller import MAX_LIFETIME, Caller
from tenants.registry import Client, is_secret
from tenants.session import unavailable

T = TypeVar("T")
Door: TypeAlias = Callable[[T, Request], Awaitable[Response]]
Authenticate: TypeAlias = Callable[[Mapping[str, str]], Awaitable[Caller]]
FORM_LIMIT = 16_384
_OAUTH_ERRORS = {"INVALID_CLIENT": "invalid_client", "FORBIDDEN": "invalid_scope"}


def guarded(door: Door[T]) -> Door[T]:
    """The edge of a door: a refusal becomes its JSON, anything else is masked and logged."""

    @wraps(door)
    async def enter(doors: T, request: Request) -> Response:
        request_id = request_id_of(request.headers, new_request_id)
        try:
            response = await door(doors, request)
        except Refusal as refusal:
            response = refused(refusal, request_id)
        except (asyncpg.PostgresConnectionError, OSError):
            response = refused(Refusal("UNAVAILABLE"), request_id)
        except Exception as error:  # the HTTP edge
            log_unexpected(error, request_id=request_id)
            response = refused(Refusal("INTERNAL"), request_id)
        response.headers["X-Request-Id"] = request_id
        return response

    return enter


def as_json(content: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON response that nobody stores."""
    body = orjson.dumps(content, option=orjson.OPT_NON_STR_KEYS, default=str)
    return Response(
        body,
        status_code=status,
        media_type="application/json",
        headers={"Cache-Control": "no-store", **(headers or {})},
    )


def refused(refusal: Refusal, request_id: str) -> Response:
    """A refusal as JSON; 401 says how to authenticate."""
    content = {"error": {"message": refusal.message(), **refusal.extensions(), "requestId": request_id}}
    headers = {"WWW-Authenticate": "Bearer"} if refusal.error.status == 401 else None
    return as_json(content, status=refusal.error.status, headers=headers)


async def missed_path(request: Request, error: Exception) -> Response:
    """No such path, or none that takes this method: as JSON like any other refusal."""
    is_method = isinstance(error, HTTPException) and error.status_code == 405
    request_id = request_id_of(request.headers, new_request_id)
    response = refused(Refusal("METHOD_NOT_ALLOWED" if is_method else "NOT_FOUND"), request_id)
    response.headers["X-Request-Id"] = request_id
    response.headers.update(getattr(error, "headers", None) or {})
    return response


def only_xlsx(request: Request) -> None:
    """A template is a workbook. Raises Refusal BAD_INPUT where another format is asked for."""
    if request.query_params.get("format", "xlsx").lower() != "xlsx":
        raise Refusal("BAD_INPUT", field=("format",), detail="format=xlsx")


class Doors:
    """The doors of one running hub."""

    def __init__(self, runtime: Runtime, settings: Settings, authenticate: Authenticate) -> None:
        self._runtime, self._settings, self._authenticate = runtime, settings, authenticate
        self._sdl = printed().encode()

    async def token(self, request: Request) -> Response:
        """POST /oauth/token: OAuth 2.0 client credentials (RFC 6749, 4.4), by Basic or form."""
        try:
            client = await self._client(request)
        except Refusal as refusal:
            error = _OAUTH_ERRORS.get(refusal.code, "unsupported_grant_type")
            status = 401 if error == "invalid_client" else 400
            headers = {"WWW-Authenticate": "Basic"} if status == 401 else None
            return as_json(
                {"error": error, "error_description": refusal.message("en"), "code": refusal.code},
                status=status,
                headers=headers,
            )
        token = self._runtime.tokens.issue(client, now=self._runtime.now().timestamp())
        return as_json(
            {
                "access_token": token,
                "token_type": "Bearer",
                "expires_in": MAX_LIFETIME,
                "scope": " ".join(sorted(client.scopes)),
            }
        )

    async def _client(self, request: Request) -> Client:
        form = dict(_form(await limited_body(request, FORM_LIMIT)))
        if form.get("grant_type") != "client_credentials":
            raise Refusal("BAD_REQUEST", detail="grant_type=client_credentials, application/x-www-form-urlencoded")
        client_id, secret = _basic(request) or (form.get("client_id", ""), form.get("client_secret", ""))
        client = self._runtime.directory.clients.get(client_id)
        if client is None or not client.is_active or not is_secret(client, secret):
            raise Refusal("INVALID_CLIENT")
        asked = frozenset(form["scope"].split()) if form.get("scope") else client.scopes
        if not asked <= client.scopes:
            raise Refusal("FORBIDDEN", scope=" ".join(sorted(asked - client.scopes)))
        return replace(client, scopes=asked)

    @guarded
    async def key_set(self, request: Request) -> Response:
        """GET /.well-known/jwks.json"""
        content = orjson.dumps(self._runtime.tokens.key_set())
        return Response(
            content, media_type="application/jwk-set+json", headers={"Cache-Control": "public, max-age=300"}
        )

    @guarded
    async def events(self, request: Request) -> Response:
        """GET /events: the catalogue of event types."""
        return as_json(
            {
                "events": [
                    {
                        "type": one.name,
                        "zh": one.zh,
                        "en": one.en,
                        "audience": one.audience.name,
                        "raisedWhen": one.raised_zh,
                        "raisedWhenEn": one.raised_en,
                    }
                    for one in EVENTS
                ]
            }
        )

    async def schema(self, request: Request) -> Response:
        """GET /schema.graphql: the SDL."""
        return Response(self._sdl, media_type="text/plain; charset=utf-8")

    async def live(self, request: Request) -> Response:
        """GET /health/live: the process answers; no database is asked."""
        return PlainTextResponse("ok")

    async def ready(self, request: Request) -> Response:
        """GET /health/ready: 200 when the database answers, else 503."""
        try:
            with unavailable():
                async with self._runtime.database.pool.acquire(timeout=3) as connection:
                    await connection.execute("select 1", timeout=3)
        except (Refusal, asyncpg.PostgresError):
            return as_json({"status": "unavailable", "database": "unreachable"}, status=503)
        return as_json({"status": "ready", "position": self._runtime.signal.position})

    async def metrics(self, request: Request) -> Response:
        """GET /metrics: Prometheus text format; no ids of persons or firms."""
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def file_name_of(request: Request) -> str:
    """The name of a file that is sent, without what is no letter."""
    return "".join(filter(str.isprintable, request.query_params.get("filename", "")))[:200]


def _basic(request: Request) -> tuple[str, str] | None:
    sort, _, value = request.headers.get("authorization", "").partition(" ")
    if sort.lower() != "basic":
        return None
    try:
        client_id, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise Refusal("INVALID_CLIENT") from None
    return unquote_plus(client_id), unquote_plus(secret)


def _form(body: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(body.decode(), max_num_fields=20)
    except (UnicodeDecodeError, ValueError):
        raise Refusal("BAD_REQUEST", detail="application/x-www-form-urlencoded") from None


class Measuring:
    """Counts and times HTTP requests by path; unknown paths are counted together."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = time.perf_counter(), 500

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            counter, histogram = _measures(_measured_path(scope["path"], status), status)
            counter.inc()
            histogram.observe(time.perf_counter() - started)


_SHORT_PATHS = (
    "/imports/template", "/imports/", "/rosters/template", "/rosters/", "/ledger/", "/status-lists/", "/v/", "/c/",
    "/graphiql",
)  # fmt: skip


def _measured_path(path: str, status: int) -> str:
    """Only paths we have, so that nobody fills the metrics by asking for others."""
    if status == 404:
        return "unknown"
    return next(
        (short for short in _SHORT_PATHS if path.startswith(short)),
        path,
    )


@lru_cache(maxsize=256)
def _measures(path: str, status: int) -> tuple[Any, Any]:
    return REQUESTS.labels(path=path, status=str(status)), SECONDS.labels(path=path)
