"""Server-Sent Events against a real server: the stream's text, its end, its resumption."""

import asyncio
from collections.abc import AsyncIterator

import httpx2
import pytest
from transport_toy import Toy, reaches, serving

from exchange.transport.sse import event

HEADERS = {"Authorization": "Bearer good", "Accept": "text/event-stream"}
FLAGS = "subscription{riskFlags{id}}"
LAST = 'id: 3\ndata: {"data":{"riskFlags":{"id":"3"}}}\n\n'


@pytest.fixture(scope="module")
async def running() -> AsyncIterator[Toy]:
    async with serving(keep_alive=0.1, send_wait=0.3) as started:
        yield started


@pytest.fixture
def toy(running: Toy) -> Toy:
    running.engine.mutations = 0
    return running


@pytest.fixture
async def client(toy: Toy) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(headers=HEADERS, trust_env=False, timeout=5) as opened:
        yield opened


async def test_events_carry_their_cursor_and_the_stream_completes(client: httpx2.AsyncClient, toy: Toy) -> None:
    response = await client.post(toy.url, json={"query": FLAGS})
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert (response.headers["cache-control"], response.headers["x-accel-buffering"]) == ("no-store", "no")
    events = "".join(f'event: next\nid: {n}\ndata: {{"data":{{"riskFlags":{{"id":"{n}"}}}}}}\n\n' for n in (1, 2, 3))
    assert response.text == f":\n\n{events}event: complete\ndata:\n\n"


async def test_an_event_source_resumes_after_its_last_event(client: httpx2.AsyncClient, toy: Toy) -> None:
    response = await client.get(toy.url, params={"query": FLAGS}, headers={"Last-Event-ID": "2"})
    assert response.text == f":\n\nevent: next\n{LAST}event: complete\ndata:\n\n"


async def test_a_query_is_answered_as_one_event(client: httpx2.AsyncClient, toy: Toy) -> None:
    response = await client.post(toy.url, json={"query": '{echo(text:"a")}'})
    assert response.text == 'event: next\ndata: {"data":{"echo":"a"}}\n\nevent: complete\ndata:\n\n'


async def test_a_request_error_comes_as_an_event(client: httpx2.AsyncClient, toy: Toy) -> None:
    response = await client.post(toy.url, json={"query": "subscription{nothing{id}}"})
    assert response.status_code == 200
    assert "GRAPHQL_VALIDATION_FAILED" in response.text
    assert response.text.endswith("event: complete\ndata:\n\n")


async def test_a_mutation_by_get_is_refused_by_status(client: httpx2.AsyncClient, toy: Toy) -> None:
    response = await client.get(toy.url, params={"query": "mutation{count}"})
    assert (response.status_code, toy.engine.mutations) == (405, 0)


async def test_without_token_the_status_says_so(client: httpx2.AsyncClient, toy: Toy) -> None:
    response = await client.post(toy.url, json={"query": FLAGS}, headers={"Authorization": ""})
    assert response.status_code == 401


async def test_a_stream_that_breaks_is_masked(client: httpx2.AsyncClient, toy: Toy) -> None:
    response = await client.post(toy.url, json={"query": "subscription{broken{id}}"})
    assert "INTERNAL" in response.text
    assert "99010119900101" not in response.text


async def test_a_quiet_stream_is_kept_alive_and_ends_without_complete_when_the_server_closes(
    client: httpx2.AsyncClient,
) -> None:
    text = ""
    async with serving(keep_alive=0.1) as toy:
        async with client.stream("POST", toy.url, json={"query": "subscription{endless{id}}"}) as response:
            async for chunk in response.aiter_text():
                text += chunk
                if text.count(":\n\n") > 3:
                    toy.server.should_exit = True
        assert toy.engine.open == 0
    assert "event: complete" not in text


async def test_a_stream_ends_without_complete_when_the_token_expires(client: httpx2.AsyncClient, toy: Toy) -> None:
    headers = {"Authorization": "Bearer short-0.3"}
    response = await client.post(toy.url, json={"query": "subscription{endless{id}}"}, headers=headers)
    assert "event: complete" not in response.text


async def test_a_client_that_goes_away_closes_the_generator(client: httpx2.AsyncClient, toy: Toy) -> None:
    async with client.stream("POST", toy.url, json={"query": "subscription{endless{id}}"}):
        assert await reaches(lambda: toy.engine.open, 1) == 1
    assert await reaches(lambda: toy.engine.open, 0) == 0


async def test_a_reader_that_does_not_read_is_dropped(toy: Toy) -> None:
    port = int(toy.url.split(":")[2].split("/")[0])
    _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1_000)
    head = "\r\n".join(f"{name}: {value}" for name, value in HEADERS.items())
    writer.write(f"GET /graphql?query=subscription{{flood{{id}}}} HTTP/1.1\r\nHost: x\r\n{head}\r\n\r\n".encode())
    assert await reaches(lambda: toy.engine.open, 1) == 1
    assert await reaches(lambda: toy.engine.open, 0) == 0
    writer.transport.abort()


def test_line_breaks_of_the_body_become_data_lines() -> None:
    assert event(b'{"a":1,\r\n"b":2}', None) == b'event: next\ndata: {"a":1,\ndata: "b":2}\n\n'
