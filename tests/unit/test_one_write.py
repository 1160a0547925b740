"""An answer leaves in one write, a stream's head at once, and nothing that was written is lost."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route

from exchange.one_write import Holding
from exchange.server import running
from exchange.transport.entrance import Closing

CALL = b"GET %b HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture
def writes(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What goes to the system, write by write."""
    found: list[bytes] = []
    made = Holding.__init__

    class Noting:
        def __init__(self, transport: asyncio.Transport) -> None:
            self._transport = transport

        def __getattr__(self, name: str) -> object:
            return getattr(self._transport, name)

        def write(self, data: bytes) -> None:
            found.append(data)
            self._transport.write(data)

    def noted(self: Holding, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        made(self, Noting(transport), loop)  # type: ignore[arg-type]

    monkeypatch.setattr(Holding, "__init__", noted)
    return found


def application(goes_on: asyncio.Event) -> Starlette:
    async def parts() -> AsyncIterator[str]:
        yield "first"
        await goes_on.wait()
        yield "second"

    async def stream(_: Request) -> StreamingResponse:
        return StreamingResponse(parts())

    app = Starlette(routes=[Route("/", lambda _: PlainTextResponse("here")), Route("/stream", stream)])
    app.state.closing = Closing()
    return app


async def called(base_url: str, *paths: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection on which these were asked in one go."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(base_url.rsplit(":", 1)[1]))
    writer.write(b"".join(CALL % path for path in paths))
    return reader, writer


async def test_an_answer_is_one_write(writes: list[bytes]) -> None:
    async with running(application(asyncio.Event()), "127.0.0.1", 0) as base_url:
        reader, writer = await called(base_url, b"/")
        await reader.readuntil(b"here")
        writer.close()
    assert len(writes) == 1
    assert writes[0].startswith(b"HTTP/1.1 200 OK\r\n")
    assert writes[0].endswith(b"\r\n\r\nhere")


async def test_answers_to_calls_in_one_go_come_in_their_order_each_in_one_write(writes: list[bytes]) -> None:
    async with running(application(asyncio.Event()), "127.0.0.1", 0) as base_url:
        reader, writer = await called(base_url, b"/", b"/none", b"/")
        for end in (b"here", b"Not Found", b"here"):
            await reader.readuntil(end)
        writer.close()
    assert [one.split(b"\r\n\r\n")[-1] for one in writes] == [b"here", b"Not Found", b"here"]


async def test_the_beginning_of_a_stream_waits_for_nothing(writes: list[bytes]) -> None:
    goes_on = asyncio.Event()
    async with running(application(goes_on), "127.0.0.1", 0) as base_url:
        reader, writer = await called(base_url, b"/stream")
        async with asyncio.timeout(10):
            assert (await reader.readuntil(b"first")).startswith(b"HTTP/1.1 200 OK\r\n")
        goes_on.set()
        await reader.readuntil(b"second")
        writer.close()


async def test_what_is_written_before_the_end_is_sent(writes: list[bytes]) -> None:
    async with running(application(asyncio.Event()), "127.0.0.1", 0) as base_url:
        reader, writer = await called(base_url, b"/ HTTP/9\r\n")
        async with asyncio.timeout(10):
            answer = await reader.read()
        writer.close()
    assert answer.startswith(b"HTTP/1.1 400")
