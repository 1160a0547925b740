"""The log as plain files, for witnesses and monitors: checkpoints as signed notes, the tree as tiles (C2SP tlog-tiles).

Whoever takes part may read them: a hash tells nothing of what it is of. Add the next door as a method and its path to
app.py.
"""

import re

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from exchange.doors.plain import Authenticate, guarded
from exchange.ledger.appending import read_tiles
from exchange.ledger.proving import latest
from exchange.ledger.tiles import HASH_BYTES, WIDTH, Place
from exchange.runtime import Runtime
from exchange.settings import Settings
from schema.errors import Refusal
from tenants.session import PATIENCE_SECONDS, unavailable

_NUMBER = re.compile(r"((?:x[0-9]{3}/){0,5}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")
MOST_DIGITS = 18


class LedgerDoors:
    """The doors of the log of one running hub."""

    def __init__(self, runtime: Runtime, settings: Settings, authenticate: Authenticate) -> None:
        self._runtime, self._settings, self._authenticate = runtime, settings, authenticate

    @guarded
    async def checkpoint(self, request: Request) -> Response:
        """GET /ledger/checkpoint, /ledger/checkpoints/{size}: the signed note."""
        await self._authenticate(request.headers)
        size: str | None = request.path_params.get("size")
        if size is not None and not (size.isascii() and size.isdecimal() and len(size) <= MOST_DIGITS):
            raise Refusal("NOT_FOUND")
        with unavailable():
            async with self._runtime.database.hub_pool.acquire(timeout=PATIENCE_SECONDS) as connection:
                found = await latest(connection, None if size is None else int(size))
        if found is None:
            raise Refusal("NOT_FOUND")
        return PlainTextResponse(found.note, headers={"Cache-Control": "no-store"})

    @guarded
    async def tile(self, request: Request) -> Response:
        """GET /ledger/tile/{level}/{number}: 256 hashes, or with .p/{width} the first of a tile not full yet."""
        await self._authenticate(request.headers)
        place, width = _read(request.path_params["level"], request.path_params["number"])
        with unavailable():
            async with self._runtime.database.hub_pool.acquire(timeout=PATIENCE_SECONDS) as connection:
                held = (await read_tiles(connection, [place])).get(place, b"")
        if len(held) < width * HASH_BYTES:
            raise Refusal("NOT_FOUND")
        kept = {"Cache-Control": "private, max-age=31536000, immutable"}
        return Response(held[: width * HASH_BYTES], media_type="application/octet-stream", headers=kept)


def _read(level: str, number: str) -> tuple[Place, int]:
    """Which tile, and how many of its hashes. Raises Refusal NOT_FOUND for what names none."""
    found = _NUMBER.fullmatch(number)
    if found is None or not re.fullmatch(r"[0-9]{1,2}", level) or int(found[2] or 1) >= WIDTH:
        raise Refusal("NOT_FOUND")
    return Place(int(level), int(found[1].replace("/", "").replace("x", ""))), int(found[2] or WIDTH)
