"""A load client for where wrk is not installed: `python -m tests.bench.client HOST PORT FILE SECONDS CONNECTIONS`.

Each connection sends a request, waits for the whole answer, sends the next; prints one line of JSON.
"""

import asyncio
import json
import sys
import time
from itertools import cycle
from pathlib import Path
from typing import cast

import uvloop

PATIENCE_SECONDS = 10


class Connection(asyncio.Protocol):
    """One connection: answers are counted by Content-Length, errors by status or an `errors` member."""

    def __init__(self, requests: list[bytes], start: int, until: float) -> None:
        self._requests, self._until = cycle(requests[start:] + requests[:start]), until
        self._buffer = b""
        self._sent = 0.0
        self.times: list[float] = []
        self.errors = 0
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none by inheritance
        self._send()

    def _send(self) -> None:
        self._sent = time.perf_counter()
        self._transport.write(next(self._requests))

    def data_received(self, data: bytes) -> None:
        """Go on when the answer is complete."""
        self._buffer = self._buffer + data if self._buffer else data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0 or len(self._buffer) < end + 4 + _length(self._buffer[:end]):
            return
        now = time.perf_counter()
        self.times.append(now - self._sent)
        self.errors += not self._buffer.startswith(b"HTTP/1.1 200") or b'"errors":' in self._buffer
        self._buffer = b""
        if now < self._until:
            self._send()
        else:
            self._transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        """The end, or the server gave up."""
        self.errors += error is not None
        if not self.ended.done():
            self.ended.set_result(None)


def _length(head: bytes) -> int:
    place = head.lower().find(b"content-length:")
    return int(head[place + 15 :].split(b"\r\n", 1)[0]) if place >= 0 else 0


def read_requests(path: Path, host: str, port: int) -> list[bytes]:
    """The raw requests of a file written by requests.Prepared."""
    lines = path.read_text("utf-8").splitlines()
    end_of_head, found = lines.index(""), []
    headers = "".join(f"{line}\r\n" for line in lines[:end_of_head])
    for line in lines[end_of_head + 1 :]:
        method, target, body = line.split("\t")
        raw = body.encode()
        start = f"{method} {target} HTTP/1.1\r\nHost: {host}:{port}\r\n{headers}Content-Length: {len(raw)}\r\n\r\n"
        found.append(start.encode() + raw)
    return found


async def load(host: str, port: int, requests: list[bytes], seconds: float, connections: int) -> dict[str, float]:
    """Ask for so many seconds; requests, errors, seconds, and the 50th and 99th percentile in milliseconds."""
    loop, begun = asyncio.get_running_loop(), time.perf_counter()
    asking = []
    for place in range(connections):
        start = place * len(requests) // connections
        _, one = await loop.create_connection(
            lambda start=start: Connection(requests, start, begun + seconds), host, port
        )
        asking.append(one)
    await asyncio.wait_for(asyncio.gather(*(one.ended for one in asking)), seconds + PATIENCE_SECONDS)
    times = sorted(moment for one in asking for moment in one.times)
    if not times:
        raise RuntimeError("no request was answered")
    return {
        "requests": len(times),
        "errors": sum(one.errors for one in asking),
        "seconds": time.perf_counter() - begun,
        "p50": times[len(times) // 2] * 1000,
        "p99": times[len(times) * 99 // 100] * 1000,
    }


def main(arguments: list[str]) -> None:
    """The command."""
    host, port, path, seconds, connections = arguments
    requests = read_requests(Path(path), host, int(port))
    print(json.dumps(uvloop.run(load(host, int(port), requests, float(seconds), int(connections)))))


if __name__ == "__main__":
    main(sys.argv[1:])
