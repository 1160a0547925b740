"""The server: a busy port moves on, open streams end before it waits for them, SIGTERM drains and returns."""

import asyncio
import os
import signal
import socket

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from exchange.server import claim, port_of, running, serve
from exchange.transport.entrance import Closing
from exchange.unusable import SettingsUnusable

LOOPBACK = "127.0.0.1"


def application(entered: asyncio.Event, seconds: float = 0.2) -> Starlette:
    async def slow(_: Request) -> PlainTextResponse:
        entered.set()
        await asyncio.sleep(seconds)
        return PlainTextResponse("done")

    app = Starlette(routes=[Route("/", lambda _: PlainTextResponse("here")), Route("/slow", slow)])
    app.state.closing = Closing()
    return app


def test_a_busy_port_moves_to_the_next_free_one() -> None:
    with claim(LOOPBACK, 0) as taken, claim(LOOPBACK, port_of(taken)) as moved:
        assert port_of(moved) > port_of(taken)


def test_a_free_port_is_taken_as_asked() -> None:
    with claim(LOOPBACK, 0) as found:
        port = port_of(found)
    with claim(LOOPBACK, port) as again:
        assert port_of(again) == port


def test_an_address_that_is_not_ours_is_refused_with_what_to_do() -> None:
    with pytest.raises(SettingsUnusable) as caught:
        claim("203.0.113.1", 8000)
    assert "203.0.113.1:8000" in caught.value.message_en
    assert "EXCHANGE_HOST" in caught.value.fix


async def test_it_answers_while_it_runs_and_its_port_is_free_afterwards() -> None:
    app = application(asyncio.Event())
    async with running(app, LOOPBACK, 0) as base_url, httpx2.AsyncClient(trust_env=False) as http:
        assert (await http.get(base_url)).text == "here"
    assert app.state.closing.is_begun
    port = int(base_url.rsplit(":", 1)[1])
    with socket.create_server((LOOPBACK, port)) as free:
        assert port_of(free) == port


async def test_a_signal_drains_what_is_under_way_and_returns() -> None:
    entered = asyncio.Event()
    app, listening = application(entered), claim(LOOPBACK, 0)
    task = asyncio.create_task(serve(app, listening))
    async with httpx2.AsyncClient(trust_env=False) as http:
        answer = asyncio.create_task(http.get(f"http://{LOOPBACK}:{port_of(listening)}/slow"))
        await entered.wait()
        os.kill(os.getpid(), signal.SIGTERM)
        assert (await answer).text == "done"
    await task
    assert app.state.closing.is_begun
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
