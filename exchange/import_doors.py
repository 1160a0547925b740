"""The HTTP doors of importing: a file comes in, how it is getting on, the rows it gives back, templates.

Add the next door as a method and its path to app.py.
"""

import asyncio
import tempfile
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import ExitStack
from typing import IO, Any, BinaryIO, TypeAlias
from urllib.parse import unquote

import orjson
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from exchange.batches import as_answer, batch_now, returned_parts, unsealed
from exchange.doors import MEGABYTE, as_json, guarded, spooled_body
from exchange.imports import Manner, import_file, kind_named
from exchange.intake.returned import MEDIA_TYPES, WRITERS
from exchange.intake.template import template
from exchange.publish import Publication
from exchange.runtime import Runtime
from exchange.settings import Settings
from schema.errors import Refusal
from schema.record import Kind
from tenants.caller import Caller
from tenants.session import acting

Authenticate: TypeAlias = Callable[[Mapping[str, str]], Awaitable[Caller]]
_TRUTHS = {"true": True, "1": True, "false": False, "0": False, "": False}
_TABLES = ("xlsx", "csv")
_PIECE = 65_536


class ImportDoors:
    """The doors of importing of one running hub."""

    def __init__(self, runtime: Runtime, settings: Settings, authenticate: Authenticate) -> None:
        self._runtime, self._settings, self._authenticate = runtime, settings, authenticate

    @guarded
    async def imports(self, request: Request) -> Response:
        """POST /imports?kind=RISK_GRADING&filename=a.xlsx, the file as the body; &dryRun=true keeps nothing."""
        caller = await self._authenticate(request.headers)
        caller.require("record.publish")
        if request.headers.get("content-type", "").startswith("multipart/"):
            raise Refusal("UNSUPPORTED_MEDIA_TYPE")
        kind = kind_named(request.query_params.get("kind", "?kind="))
        manner = Manner(is_rehearsal=_is(request, "dryRun"))

        async def answer(file: BinaryIO) -> bytes:
            return await self._import(request, caller, kind, file, manner)

        key, keep = request.headers.get("idempotency-key"), self._runtime.idempotent.keep
        with tempfile.TemporaryFile() as file:
            digest = await spooled_body(request, file, self._settings.import_limit_mb * MEGABYTE)
            content = b"rehearse " * manner.is_rehearsal + kind.name.encode() + digest
            body = await (keep(caller, key, content, lambda: answer(file)) if key else answer(file))
        return Response(body, media_type="application/json", headers={"Cache-Control": "no-store"})

    async def _import(self, request: Request, caller: Caller, kind: Kind, file: BinaryIO, manner: Manner) -> bytes:
        publication = Publication(
            tenant=caller.tenant,
            keys=self._runtime.keys,
            day=self._runtime.today(),
            batch_id=uuid.uuid4(),
            operator=operator_of(request.headers, caller),
        )
        result = await import_file(
            self._runtime.database.pool,
            caller,
            publication,
            file,
            kind=kind,
            file_name=request.query_params.get("filename", "")[:200],
            content_type=request.headers.get("content-type"),
            manner=manner,
        )
        if not manner.is_rehearsal:
            self._runtime.signal.committed()
        return orjson.dumps(result.as_answer(), default=str)

    @guarded
    async def batch(self, request: Request) -> Response:
        """GET /imports/{batch}: how an own import is getting on."""
        return as_json(as_answer(await self._own_batch(request, await self._sender(request))))

    @guarded
    async def receipt(self, request: Request) -> Response:
        """GET /imports/{batch}/receipt: the refused rows as sent, and what is wrong with them."""
        caller = await self._sender(request)
        batch = await self._own_batch(request, caller)
        async with acting(self._runtime.database.pool, caller) as connection:
            parts = await returned_parts(connection, caller.tenant.tenant_id, batch["batch_id"])
        if not parts:
            raise Refusal("NOTHING_RETURNED")
        form = _form(request, batch["form"])
        titles, rows = unsealed(self._runtime.keys, batch["batch_id"], parts)
        with ExitStack() as closing:
            file = closing.enter_context(tempfile.TemporaryFile())
            await asyncio.to_thread(WRITERS[form], file, titles, rows)
            closing.pop_all()  # it is closed when it has been sent
        name = f"{batch['kind']}-{batch['batch_id']}.{form}"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
        return StreamingResponse(_sent(file), media_type=MEDIA_TYPES[form], headers=headers)

    @guarded
    async def template(self, request: Request) -> Response:
        """GET /imports/template/{kind}: the Excel template of a kind."""
        kind = kind_named(request.path_params["kind"])
        headers = {"Content-Disposition": f'attachment; filename="{kind.name}.xlsx"'}
        return Response(template(kind), media_type=MEDIA_TYPES["xlsx"], headers=headers)

    async def _sender(self, request: Request) -> Caller:
        caller = await self._authenticate(request.headers)
        caller.require("record.publish")
        return caller

    async def _own_batch(self, request: Request, caller: Caller) -> dict[str, Any]:
        try:
            batch_id = uuid.UUID(request.path_params["batch"])
        except ValueError:
            raise Refusal("NOT_FOUND", field=("batchId",)) from None
        async with acting(self._runtime.database.pool, caller) as connection:
            return await batch_now(connection, caller.tenant.tenant_id, batch_id)


def operator_of(headers: Mapping[str, str], caller: Caller) -> str:
    """Who at the source sends the file: the header Exchange-Operator (percent-encoded UTF-8), else the client."""
    value = unquote(headers.get("exchange-operator", "")).replace("\0", "").strip()
    return value[:100] or caller.client_id


def _is(request: Request, name: str) -> bool:
    value = request.query_params.get(name, "").lower()
    if value not in _TRUTHS:
        raise Refusal("BAD_INPUT", field=(name,), detail=f"{name}=true / {name}=false")
    return _TRUTHS[value]


def _form(request: Request, sent: str) -> str:
    """The format asked for: a table may be had as any table, objects only as they came."""
    asked: str = request.query_params.get("format", sent)
    if asked != sent and not (asked in _TABLES and sent in _TABLES):
        raise Refusal("BAD_INPUT", field=("format",), detail="xlsx, csv" if sent in _TABLES else sent)
    return asked


async def _sent(file: IO[bytes]) -> AsyncIterator[bytes]:
    with file:
        file.seek(0)
        while piece := await asyncio.to_thread(file.read, _PIECE):
            yield piece
