"""The HTTP doors of importing: a file comes in, how it is getting on, the rows it gives back, templates.

Add the next door as a method and its path to app.py.
"""

import asyncio
import tempfile
import uuid
from collections.abc import Awaitable, Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from typing import Any, BinaryIO, TypeAlias
from urllib.parse import unquote

import orjson
from starlette.requests import Request
from starlette.responses import Response

from exchange.doors.bodies import MEGABYTE, spooled_body
from exchange.doors.plain import as_json, file_name_of, guarded, only_xlsx
from exchange.doors.receipt_files import as_file, form_asked, form_wanted, wants_file
from exchange.importing.batches import announce, as_answer, batch_now, open_batch, returned_parts, working
from exchange.importing.imports import ImportResult, Manner, import_file, kind_named
from exchange.intake.returned import MEDIA_TYPES
from exchange.intake.spool import Spool
from exchange.intake.template import template
from exchange.publishing.publish import Publication
from exchange.runtime import Runtime
from exchange.settings import Settings
from schema.errors import Refusal
from schema.record import Kind, Role
from tenants.caller import Caller
from tenants.registry import Tenant
from tenants.session import acting

Authenticate: TypeAlias = Callable[[Mapping[str, str]], Awaitable[Caller]]
_TRUTHS = {"true": True, "1": True, "false": False, "0": False, "": False}
AT_ONCE = 2  # files imported in the background at a time


@dataclass(frozen=True, kw_only=True)
class _Sent:
    """A file as it was sent, and by whom."""

    caller: Caller
    publication: Publication
    kind: Kind
    file_name: str
    content_type: str | None

    @property
    def batch_id(self) -> uuid.UUID:
        """Its batch, if one is kept."""
        assert self.publication.batch_id is not None
        return self.publication.batch_id


class ImportDoors:
    """The doors of importing of one running hub."""

    def __init__(self, runtime: Runtime, settings: Settings, authenticate: Authenticate) -> None:
        self._runtime, self._settings, self._authenticate = runtime, settings, authenticate
        self._turns = asyncio.Semaphore(AT_ONCE)

    @guarded
    async def imports(self, request: Request) -> Response:
        """POST /imports?kind=RISK_GRADING&filename=a.xlsx, the file as the body.

        &dryRun=true keeps nothing, and gives the refused rows as a file if that is asked for; &async=true answers at
        once, and imports in the background.
        """
        caller = await self._authenticate(request.headers)
        caller.require("record.publish")
        if request.headers.get("content-type", "").startswith("multipart/"):
            raise Refusal("UNSUPPORTED_MEDIA_TYPE")
        if not (named := request.query_params.get("kind")):
            raise Refusal("BAD_INPUT", field=("kind",), detail="缺少 kind，如 ?kind=RISK_GRADING (kind is missing)")
        kind = kind_named(named)
        manner = _manner(request, self._runtime.signal.committed)

        sent = self._sent_by(request, caller, kind)
        key, keep = request.headers.get("idempotency-key"), self._runtime.idempotent.keep
        with ExitStack() as closing:
            file = closing.enter_context(tempfile.TemporaryFile())
            digest = await spooled_body(request, file, self._settings.import_limit_mb * MEGABYTE)
            if wants_file(request, is_rehearsal=manner.is_rehearsal):
                return await self._rehearse(request, sent, file, manner)

            async def answer() -> bytes:
                if not manner.is_announced:
                    return await self._import(sent, file, manner)
                body = await self._begin(sent)
                self._runtime.do_later(self._later(sent, closing.pop_all(), file, manner))
                return body

            content = b" ".join((str(manner.is_rehearsal).encode(), kind.name.encode(), digest))
            body = await (keep(caller, key, content, answer) if key else answer())
        headers = {"Cache-Control": "no-store"}
        if manner.is_announced:
            headers["Location"] = f"/imports/{orjson.loads(body)['batchId']}"
        status = 202 if manner.is_announced else 200
        return Response(body, status_code=status, media_type="application/json", headers=headers)

    def _sent_by(self, request: Request, caller: Caller, kind: Kind) -> "_Sent":
        publication = Publication(
            tenant=caller.tenant, keys=self._runtime.keys, day=self._runtime.today(), batch_id=uuid.uuid4(),
            operator=operator_of(request.headers, caller),
        )  # fmt: skip
        return _Sent(
            caller=caller, publication=publication, kind=kind,
            file_name=file_name_of(request),
            content_type=request.headers.get("content-type"),
        )  # fmt: skip

    async def _import(self, sent: "_Sent", file: BinaryIO, manner: Manner) -> bytes:
        result = await self._imported(sent, file, manner)
        if not manner.is_rehearsal:
            self._runtime.signal.committed()
        return orjson.dumps(result.as_answer(), default=str)

    async def _imported(self, sent: "_Sent", file: BinaryIO, manner: Manner) -> ImportResult:
        return await import_file(
            self._runtime.database.pool, sent.caller, sent.publication, file, kind=sent.kind,
            file_name=sent.file_name, content_type=sent.content_type, manner=manner,
        )  # fmt: skip

    async def _rehearse(self, request: Request, sent: "_Sent", file: BinaryIO, manner: Manner) -> Response:
        """The refused rows of a rehearsal as a file, which goes when it has been sent; JSON where none is refused.

        It repeats itself by itself, so that no answer is remembered under an Idempotency-Key."""
        with tempfile.TemporaryFile() as temporary:
            spool = Spool(temporary)
            result = await self._imported(sent, file, replace(manner, giving_back=spool.add))
            form = form_wanted(request, result.form)
            if form is None or not spool.count:
                return as_json(result.as_answer())
            return await as_file(spool, form, f"{result.kind}-待修改", counts=result.counts)

    async def _begin(self, sent: "_Sent") -> bytes:
        """Open the batch of a file that will be imported in the background."""
        owner = sent.caller.tenant.tenant_id
        async with acting(self._runtime.database.pool, sent.caller) as connection:
            await open_batch(
                connection, sent.batch_id, owner, kind=sent.kind.name, file_name=sent.file_name,
                operator=sent.publication.operator, state="PENDING",
            )  # fmt: skip
            await announce(connection, sent.batch_id, sent.publication.day)
            found = as_answer(await batch_now(connection, owner, sent.batch_id))
        self._runtime.signal.committed()
        return orjson.dumps(found, default=str)

    async def _later(self, sent: "_Sent", closing: ExitStack, file: BinaryIO, manner: Manner) -> None:
        """Import in the background, after the files that came before; whatever happens stands in the batch."""
        pool = self._runtime.database.pool
        with closing:
            try:
                with suppress(Refusal):  # its code stands in the batch
                    async with working(pool, sent.caller, sent.batch_id), self._turns:
                        await self._import(sent, file, manner)
            finally:
                await self._announce(sent)

    async def _announce(self, sent: "_Sent") -> None:
        with suppress(Refusal):
            async with acting(self._runtime.database.pool, sent.caller) as connection:
                await announce(connection, sent.batch_id, sent.publication.day)
            self._runtime.signal.committed()

    @guarded
    async def batch(self, request: Request) -> Response:
        """GET /imports/{batch}: how an own import is getting on."""
        return as_json(as_answer(await self._own_batch(request, await self._sender(request))))

    @guarded
    async def receipt(self, request: Request) -> Response:
        """GET /imports/{batch}/receipt: the refused rows as sent, and what is wrong with them."""
        caller = await self._sender(request)
        batch = await self._own_batch(request, caller)
        with ExitStack() as closing:
            spool = Spool(closing.enter_context(tempfile.TemporaryFile()))
            async with acting(self._runtime.database.pool, caller) as connection:
                owner, batch_id = caller.tenant.tenant_id, batch["batch_id"]
                async for titles, rows in returned_parts(connection, self._runtime.keys, owner, batch_id):
                    await asyncio.to_thread(spool.add, titles, rows)
            if not spool.count:
                raise Refusal("NOTHING_RETURNED")
            form = form_asked(request.query_params.get("format"), batch["form"], "format")
            return await as_file(spool, form, f"{batch['kind']}-{batch_id}")

    @guarded
    async def template(self, request: Request) -> Response:
        """GET /imports/template/{kind}: the Excel template of a kind; with a token, its sample row is the caller's."""
        kind = kind_named(request.path_params["kind"])
        only_xlsx(request)
        own = {}
        if "authorization" in request.headers:
            own = _sample_of((await self._authenticate(request.headers)).tenant)
        headers = {
            "Content-Disposition": f'attachment; filename="{kind.name}.xlsx"',
            "Cache-Control": "no-store",
            "Vary": "Authorization",
        }
        return Response(template(kind, own), media_type=MEDIA_TYPES["xlsx"], headers=headers)

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


def _sample_of(tenant: Tenant) -> dict[Role, str]:
    """What an authority's own rows have; nothing of others, who publish none."""
    if not (tenant.jurisdiction and tenant.region):
        return {}
    return {Role.REGION: tenant.region, Role.ISSUER_CODE: tenant.credit_code, Role.ISSUER_NAME: tenant.name}


def _manner(request: Request, committed: Callable[[], None]) -> Manner:
    is_rehearsal, is_announced = _is(request, "dryRun"), _is(request, "async")
    if is_rehearsal and is_announced:
        raise Refusal("BAD_INPUT", field=("async",), detail="dryRun=true / async=true")
    progress: Callable[[Any], None] = (lambda _: committed()) if is_announced else (lambda _: None)
    return Manner(is_rehearsal=is_rehearsal, is_announced=is_announced, progress=progress)


def _is(request: Request, name: str) -> bool:
    value = request.query_params.get(name, "").lower()
    if value not in _TRUTHS:
        raise Refusal("BAD_INPUT", field=(name,), detail=f"{name}=true / {name}=false")
    return _TRUTHS[value]
