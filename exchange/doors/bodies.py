"""Bodies of requests: no longer than they may be, and not for ever on their way."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import IO

from starlette.requests import Request

from schema.errors import Refusal

MEGABYTE = 1_048_576
SHEET_LIMIT = 16 * MEGABYTE  # of a table of ten thousand rows at most


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long a body may take: some seconds, and a second more for so many bytes."""

    seconds: float = 30
    bytes_a_second: int = 4_096

    def until(self, size: int) -> float:
        """Seconds from the beginning on, when so many bytes are there."""
        return self.seconds + size / self.bytes_a_second


USUAL = Patience()


async def limited_body(request: Request, limit: int) -> bytes:
    """The body, refused as soon as it is longer than `limit` bytes, declared or not."""
    return b"".join([part async for part in limited_stream(request, limit)])


async def spooled_body(request: Request, file: IO[bytes], limit: int) -> bytes:
    """Writes the body to a file, as large as may be; gives its SHA-256."""
    digest = hashlib.sha256()
    async for part in limited_stream(request, limit):
        digest.update(part)
        await asyncio.to_thread(file.write, part)
    return digest.digest()


async def limited_stream(request: Request, limit: int, patience: Patience = USUAL) -> AsyncIterator[bytes]:
    """The parts of the body, refused as soon as they are longer than `limit` bytes, declared or not, or too slow."""
    shown = f"{limit // MEGABYTE} MB" if limit >= MEGABYTE else f"{limit} bytes"
    declared = request.headers.get("content-length", "0")
    if not declared.isdecimal() or int(declared) > limit:
        raise Refusal("PAYLOAD_TOO_LARGE", limit=shown)
    size, begun, parts = 0, asyncio.get_running_loop().time(), aiter(request.stream())
    while True:
        try:
            async with asyncio.timeout_at(begun + patience.until(size)):
                part = await anext(parts)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise Refusal("BODY_TOO_SLOW", received=size) from None
        size += len(part)
        if size > limit:
            raise Refusal("PAYLOAD_TOO_LARGE", limit=shown)
        yield part
