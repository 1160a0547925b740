"""The public doors of proofs: status lists to check without asking, safety codes to scan, confirmations to show. No
token is needed here.

Add the next door as a method and its path to app.py.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import orjson
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from exchange.doors.plain import Authenticate, as_json, guarded
from exchange.proof.opening import Counter
from exchange.proof.rendering import PAGE_HEADERS, render
from exchange.proof.safety_codes import Guesses, qr_svg
from exchange.proof.scanning import scan
from exchange.proof.sheets import Seen
from exchange.proof.sheets import as_json as sheet_as_json
from exchange.proof.showing import Outcome
from exchange.proof.showing import as_json as shown_as_json
from exchange.proof.status_lists import TTL_SECONDS, TYPE
from exchange.runtime import Runtime
from exchange.settings import Settings
from exchange.transport.negotiation import HTML, JSON, media_type
from schema.errors import Refusal

STATUS_LIST = f"application/{TYPE}"
_SHARED = {"Access-Control-Allow-Origin": "*", "Cache-Control": f"public, max-age={TTL_SECONDS}"}
_MARKS = {Outcome.VALID: "√", Outcome.UNCLEAR: "！"}
_SHEET_MARKS = {Seen.ACCEPTED: "√", Seen.CONDITIONAL: "！", Seen.NOT_YET: "！", Seen.UNDETERMINED: "？"}
_CERTIFICATE = (Outcome.VALID, Outcome.UNCLEAR, Outcome.INVALID)


class ProofDoors:
    """The public doors of proofs of one running hub."""

    def __init__(self, runtime: Runtime, settings: Settings, authenticate: Authenticate) -> None:
        self._runtime, self._guesses = runtime, Guesses()
        self._counter = Counter(
            pool=runtime.database.pool, hub_pool=runtime.database.hub_pool, keys=runtime.keys, source=runtime,
            catch_up=runtime.catch_up, guesses=self._guesses, public_url=lambda: runtime.public_url,
        )  # fmt: skip
        # One at a time each, of the hub's own few connections: the loops that move the stream need theirs.
        self._listing, self._scanning = asyncio.Semaphore(), asyncio.Semaphore()

    @guarded
    async def status_lists(self, request: Request) -> Response:
        """GET /status-lists: where all lists are (Status List Aggregation)."""
        lists = self._runtime.status_lists
        async with self._listing:
            content = orjson.dumps({"status_lists": lists.uris(await lists.last())})
        return Response(content, media_type="application/json", headers=_SHARED)

    @guarded
    async def status_list(self, request: Request) -> Response:
        """GET /status-lists/{id}: a list as signed JWT, as its facts are now."""
        if "time" in request.query_params:
            raise Refusal("STATUS_LIST_OF_NOW")
        if media_type(request.headers.get("accept", ""), (STATUS_LIST,)) is None:
            raise Refusal("STATUS_LIST_AS_JWT")
        lists, named = self._runtime.status_lists, request.path_params["id"]
        is_number = named.isascii() and named.isdigit() and not named.startswith("0") and len(named) < 6
        async with self._listing:
            if not is_number or int(named) > await lists.last():
                raise Refusal("NOT_FOUND")
            published = await lists.published(int(named))
        headers = {**_SHARED, "ETag": published.etag, "Vary": "Accept, Accept-Encoding"}
        if published.etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        if "gzip" in request.headers.get("accept-encoding", ""):
            content, headers = published.zipped, {**headers, "Content-Encoding": "gzip"}
        else:
            content = published.token
        return Response(content, media_type=STATUS_LIST, headers=headers)

    @guarded
    async def page(self, request: Request) -> Response:
        """GET /v/{code}: what a scanned code says today, as a page, or as JSON for who asks for it.

        200 for the state of a certificate, whatever it is; 404 for a code that leads to none, 429 after too many.
        """
        runtime = self._runtime
        async with self._scanning:
            shown, wait = await scan(
                runtime.database.hub_pool, runtime.keys, runtime.directory, self._guesses, request.path_params["code"],
                address=request.client.host if request.client else "", now=runtime.now(),
                public_url=runtime.public_url,
            )  # fmt: skip
        status = 200 if shown.outcome in _CERTIFICATE else 429 if wait else 404
        page = lambda: render("safety_code", shown=shown, mark=_MARKS.get(shown.outcome, "×"))  # noqa: E731
        return _answered(request, status, wait, page, lambda: shown_as_json(shown))

    @guarded
    async def confirmation(self, request: Request) -> Response:
        """GET /c/{code}: a confirmation as it stands now, to be printed, or as JSON for who asks for it.

        200 for a confirmation, whatever has become of it; 404 for a code that leads to none, 429 after too many.
        """
        async with self._scanning:
            sheet, wait = await self._counter.open(
                request.path_params["code"], address=request.client.host if request.client else "",
                now=self._runtime.now(),
            )  # fmt: skip
        status = 200 if sheet.number else 429 if wait else 404
        qr = Markup(await asyncio.to_thread(qr_svg, sheet.url) if sheet.url and not _is_for_machines(request) else "")
        page = lambda: render("confirmation", sheet=sheet, mark=_SHEET_MARKS.get(sheet.seen, "×"), qr=qr)  # noqa: E731
        return _answered(request, status, wait, page, lambda: sheet_as_json(sheet))


def _is_for_machines(request: Request) -> bool:
    return media_type(request.headers.get("accept", ""), (HTML, JSON)) == JSON


def _answered(
    request: Request, status: int, wait: int, page: Callable[[], str], document: Callable[[], dict[str, Any]]
) -> Response:
    """A page, or JSON where that is wanted rather."""
    headers = {"Vary": "Accept", **({"Retry-After": str(wait)} if wait else {})}
    if _is_for_machines(request):
        return as_json(document(), status=status, headers={**headers, "Referrer-Policy": "no-referrer"})
    return Response(page(), status_code=status, media_type=HTML, headers={**PAGE_HEADERS, **headers})
