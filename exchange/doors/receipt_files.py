"""错误回执文件 The refused rows of an import as the file of an HTTP answer: in which format, and sent piece by piece.

A table may be had as any table, objects only as they came. The next table is a member of _TABLES.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack
from typing import IO
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from exchange.intake.returned import MEDIA_TYPES
from exchange.intake.spool import Spool
from exchange.transport.negotiation import JSON, media_type
from schema.errors import Refusal

_TABLES = ("xlsx", "csv")
_BY_TYPE = {MEDIA_TYPES[form].partition(";")[0]: form for form in (*_TABLES, "ndjson")}
_PIECE = 65_536


def form_asked(asked: str | None, sent: str, name: str) -> str:
    """The format asked for by the parameter `name`, by default the one sent. Raises Refusal."""
    asked = asked or sent
    if asked != sent and not (asked in _TABLES and sent in _TABLES):
        raise Refusal("BAD_INPUT", field=(name,), detail="xlsx, csv" if sent in _TABLES else sent)
    return asked


def wants_file(request: Request, *, is_rehearsal: bool) -> bool:
    """Whether a rehearsal may have to give a file: by ?receipt=, or by Accept. Raises Refusal.

    What is kept has its receipt at an address of its own.
    """
    asked = request.query_params.get("receipt")
    if asked is not None and (asked not in MEDIA_TYPES or not is_rehearsal):
        raise Refusal("BAD_INPUT", field=("receipt",), detail=f"dryRun=true&receipt={'|'.join(MEDIA_TYPES)}")
    return asked is not None or (is_rehearsal and _accepted(request, tuple(_BY_TYPE)) is not None)


def form_wanted(request: Request, sent: str) -> str | None:
    """The format of the file a rehearsal gives, None for the JSON of the answer."""
    asked = request.query_params.get("receipt")
    if asked is not None:
        return form_asked(asked, sent, "receipt")
    possible = _TABLES if sent in _TABLES else (sent,)
    return _accepted(request, tuple(name for name, form in _BY_TYPE.items() if form in possible))


def _accepted(request: Request, offered: tuple[str, ...]) -> str | None:
    best = media_type(request.headers.get("accept", ""), (JSON, *offered))
    return _BY_TYPE.get(best or JSON)


async def as_file(spool: Spool, form: str, name: str, *, counts: Mapping[str, int] | None = None) -> Response:
    """The rows as a file to download, which nobody stores; `counts` of a rehearsal stand in a header."""
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(f'{name}.{form}')}",
        "Cache-Control": "no-store",
        "Vary": "Accept",
    }
    if counts is not None:
        headers["Exchange-Counts"] = ", ".join(f"{outcome}={count}" for outcome, count in counts.items())
    with ExitStack() as closing:
        file = closing.enter_context(tempfile.TemporaryFile())
        await asyncio.to_thread(spool.write, file, form)
        closing.pop_all()  # it is closed when it has been sent
    return StreamingResponse(sent(file), media_type=MEDIA_TYPES[form], headers=headers)


async def sent(file: IO[bytes]) -> AsyncIterator[bytes]:
    """The file piece by piece; it is closed at the end."""
    with file:
        file.seek(0)
        while piece := await asyncio.to_thread(file.read, _PIECE):
            yield piece
