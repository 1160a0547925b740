"""graphql-transport-ws against a real server, frame by frame; add the next broken message as a row of BROKEN."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from transport_toy import Toy, reaches, serving
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

PROTOCOL = Subprotocol("graphql-transport-ws")
INIT = {"type": "connection_init", "payload": {"Authorization": "Bearer good"}}
ACKNOWLEDGED = {"type": "connection_ack"}


@pytest.fixture(scope="module")
async def running() -> AsyncIterator[Toy]:
    async with serving(init_wait=30, send_wait=0.3, message_limit=10_000, operation_limit=3) as started:
        yield started


@pytest.fixture
def toy(running: Toy) -> Toy:
    running.engine.mutations = 0
    return running


def opening(toy: Toy, **settings: Any) -> Any:
    return connect(toy.socket_url, subprotocols=[PROTOCOL], proxy=None, **settings)


async def tell(socket: ClientConnection, *messages: dict[str, Any]) -> None:
    for message in messages:
        await socket.send(json.dumps(message))


async def hear(socket: ClientConnection) -> Any:
    async with asyncio.timeout(5):
        return json.loads(await socket.recv())


async def greeted(socket: ClientConnection, init: dict[str, Any] = INIT) -> Any:
    await tell(socket, init)
    return await hear(socket)


def subscribe(identity: str, query: str, **payload: Any) -> dict[str, Any]:
    return {"id": identity, "type": "subscribe", "payload": {"query": query, **payload}}


async def everything(socket: ClientConnection) -> None:
    async with asyncio.timeout(5):
        while True:
            await socket.recv()


async def closing(socket: ClientConnection) -> tuple[int, str]:
    with pytest.raises(ConnectionClosed) as caught:
        await everything(socket)
    assert caught.value.rcvd is not None
    return caught.value.rcvd.code, caught.value.rcvd.reason


async def test_a_subscription_runs_to_its_end(toy: Toy) -> None:
    async with opening(toy) as socket:
        assert await greeted(socket) == ACKNOWLEDGED
        await tell(socket, subscribe("a", "subscription($s:String){riskFlags(after:$s){id}}", variables={"s": "1"}))
        heard = [await hear(socket) for _ in range(3)]
    assert [message.get("payload") for message in heard] == [
        {"data": {"riskFlags": {"id": "2"}}},
        {"data": {"riskFlags": {"id": "3"}}},
        None,
    ]
    assert heard[-1] == {"id": "a", "type": "complete"}


async def test_queries_and_mutations_run_over_the_socket(toy: Toy) -> None:
    async with opening(toy) as socket:
        assert await greeted(socket) == ACKNOWLEDGED
        await tell(socket, subscribe("q", '{echo(text:"叉车")}'), subscribe("m", "mutation{count}"))
        heard = [await hear(socket) for _ in range(4)]
    assert [message["payload"] for message in heard if message["type"] == "next"] == [
        {"data": {"echo": "叉车"}},
        {"data": {"count": 1}},
    ]


async def test_purpose_and_case_come_with_the_connection_or_the_request(toy: Toy) -> None:
    payload = {**INIT["payload"], "purpose": "项目审批", "caseNumber": "GZ-1"}  # type: ignore[dict-item]
    query = "{said{purpose caseNumber}}"
    async with opening(toy) as socket:
        assert await greeted(socket, {"type": "connection_init", "payload": payload}) == ACKNOWLEDGED
        await tell(socket, subscribe("a", query))
        first, _ = await hear(socket), await hear(socket)
        await tell(socket, subscribe("b", query, extensions={"exchange": {"purpose": "执法检查"}}))
        second = await hear(socket)
    assert first["payload"]["data"]["said"] == {"purpose": "项目审批", "caseNumber": "GZ-1"}
    assert second["payload"]["data"]["said"] == {"purpose": "执法检查", "caseNumber": "GZ-1"}


async def test_the_token_may_come_with_the_upgrade(toy: Toy) -> None:
    async with opening(toy, additional_headers={"Authorization": "Bearer good"}) as socket:
        assert await greeted(socket, {"type": "connection_init"}) == ACKNOWLEDGED


HOW = "connection_init payload {authorization: Bearer …}"
BROKEN: dict[str, Any] = {
    "not JSON": "{nope",
    "an array": "[]",
    "null": "null",
    "a binary message": b"{}",
    "no type": "{}",
    "an unknown type": '{"type":"launch"}',
    "a server's message": '{"type":"next","id":"a","payload":{}}',
    "a subscribe without id": '{"type":"subscribe","payload":{"query":"{echo}"}}',
    "a subscribe without payload": '{"type":"subscribe","id":"a"}',
    "a query that is a number": '{"type":"subscribe","id":"a","payload":{"query":42}}',
    "variables that are a list": '{"type":"subscribe","id":"a","payload":{"query":"{echo}","variables":[]}}',
    "a ping with a list": '{"type":"ping","payload":[]}',
    "JSON of 100 levels": '{"type":"ping","payload":' + '{"a":' * 100 + "1" + "}" * 101,
}


@pytest.mark.parametrize("case", BROKEN)
async def test_a_broken_message_closes_with_4400(toy: Toy, case: str) -> None:
    async with opening(toy) as socket:
        assert await greeted(socket) == ACKNOWLEDGED
        await socket.send(BROKEN[case])
        assert (await closing(socket))[0] == 4400


@pytest.mark.parametrize(
    ("init", "expected"),
    [
        ({"type": "connection_init"}, (4403, f"UNAUTHENTICATED: no token; {HOW}")),
        (
            {"type": "connection_init", "payload": {"authorization": "Basic good"}},
            (4403, f"UNAUTHENTICATED: bad token; {HOW}"),
        ),
        ({"type": "connection_init", "payload": {"authorization": "Bearer expired"}}, (4403, "TOKEN_EXPIRED")),
        (
            {"type": "connection_init", "payload": {"Authorization": 42}},
            (4403, f"UNAUTHENTICATED: bad token; {HOW}"),
        ),
        ({"type": "connection_init", "payload": {"Authorization": "Bearer fault"}}, (1011, "Internal error")),
        ({"type": "connection_init", "payload": []}, (4400, "payload: an object is expected")),
        (subscribe("a", "{echo}"), (4401, "Unauthorized: connection_init comes first, with a token")),
    ],
)
async def test_a_connection_without_valid_token_is_closed(
    toy: Toy, init: dict[str, Any], expected: tuple[int, str]
) -> None:
    async with opening(toy) as socket:
        await tell(socket, init)
        assert await closing(socket) == expected


async def test_a_second_initialisation_closes_with_4429(toy: Toy) -> None:
    async with opening(toy) as socket:
        assert await greeted(socket) == ACKNOWLEDGED
        await tell(socket, INIT)
        assert (await closing(socket))[0] == 4429


async def test_a_silent_connection_closes_with_4408() -> None:
    impatient = serving(init_wait=0.3, send_wait=0.3, message_limit=10_000, operation_limit=3)
    async with impatient as toy, opening(toy) as socket:
        assert (await closing(socket))[0] == 4408


async def test_another_subprotocol_closes_with_4406(toy: Toy) -> None:
    async with connect(toy.socket_url, subprotocols=[Subprotocol("graphql-ws")], proxy=None) as socket:
        assert (await closing(socket))[0] == 4406


async def test_a_used_id_closes_with_4409(toy: Toy) -> None:
    async with opening(toy) as socket:
        assert await greeted(socket) == ACKNOWLEDGED
        await tell(socket, subscribe("a", "subscription{endless{id}}"), subscribe("a", "{echo}"))
        assert await closing(socket) == (4409, "Subscriber for a already exists")


async def test_an_oversized_message_closes_with_1009(toy: Toy) -> None:
    async with opening(toy) as socket:
        assert await greeted(socket) == ACKNOWLEDGED
        await tell(socket, {"type": "ping", "payload": {"a": "x" * 10_000}})
        assert (await closing(socket))[0] == 1009


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null"])
async def test_a_page_of_another_site_cannot_open_a_socket(toy: Toy, origin: str) -> None:
    with pytest.raises(InvalidStatus) as caught:
        await opening(toy, additional_headers={"Origin": origin})
    assert caught.value.response.status_code == 403


async def test_our_own_page_can_open_a_socket(toy: Toy) -> None:
    own = toy.url.removesuffix("/graphql")
    async with opening(toy, additional_headers={"Origin": own}) as socket:
        assert await greeted(socket) == ACKNOWLEDGED


async def test_the_socket_closes_when_the_token_expires(toy: Toy) -> None:
    async with opening(toy) as socket:
        init = {"type": "connection_init", "payload": {"Authorization": "Bearer short-0.3"}}
        assert await greeted(socket, init) == ACKNOWLEDGED
        await tell(socket, subscribe("a", "subscription{endless{id}}"))
        assert await closing(socket) == (4403, "TOKEN_EXPIRED")
    assert await reaches(lambda: toy.engine.open, 0) == 0


async def test_a_ping_is_answered_with_its_payload_and_a_pong_ignored(toy: Toy) -> None:
    async with opening(toy) as socket:
        assert await greeted(socket) == ACKNOWLEDGED
        await tell(socket, {"type": "pong"}, {"type": "complete", "id": "ghost"}, {"type": "ping", "payload": {"n": 1}})
        assert await hear(socket) == {"type": "pong", "payload": {"n": 1}}


async def test_a_request_error_ends_the_operation_but_not_the_socket(toy: Toy) -> None:
    async with opening(toy) as socket:
        assert await greeted(socket) == ACKNOWLEDGED
        await tell(socket, subscribe("a", "subscription{nothing{id}}"))
        heard = await hear(socket)
        assert (heard["type"], heard["id"]) == ("error", "a")
        assert heard["payload"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
        await tell(socket, subscribe("a", "{echo}"))
        assert (await hear(socket))["type"] == "next"


async def test_a_stream_that_breaks_is_masked(toy: Toy, caplog: pytest.LogCaptureFixture) -> None:
    async with opening(toy) as socket:
        assert await greeted(socket) == ACKNOWLEDGED
        await tell(socket, subscribe("a", "subscription{broken{id}}"))
        assert (await hear(socket))["type"] == "next"
        heard = await hear(socket)
    assert (heard["type"], heard["payload"][0]["extensions"]["code"]) == ("error", "INTERNAL")
    assert "99010119900101" not in json.dumps(heard) + caplog.text


async def test_operations_over_the_limit_are_refused_until_one_ends(toy: Toy) -> None:
    async with opening(toy) as socket:
        assert await greeted(socket) == ACKNOWLEDGED
        await tell(socket, *(subscribe(str(n), "subscription{endless{id}}") for n in range(3)))
        assert [(await hear(socket))["type"] for _ in range(3)] == ["next"] * 3
        await tell(socket, subscribe("3", "{echo}"))
        refusal = await hear(socket)
        assert refusal["payload"][0]["extensions"]["code"] == "QUERY_TOO_LARGE"
        await tell(socket, {"type": "complete", "id": "0"}, subscribe("3", "{echo}"))
        assert (await hear(socket))["type"] == "next"


async def test_complete_and_disconnect_close_the_generators(toy: Toy) -> None:
    async with opening(toy) as socket:
        assert await greeted(socket) == ACKNOWLEDGED
        await tell(socket, subscribe("a", "subscription{endless{id}}"), subscribe("b", "subscription{endless{id}}"))
        assert await reaches(lambda: toy.engine.open, 2) == 2
        await tell(socket, {"type": "complete", "id": "a"})
        assert await reaches(lambda: toy.engine.open, 1) == 1
        socket.transport.abort()
    assert await reaches(lambda: toy.engine.open, 0) == 0


async def test_a_reader_that_does_not_read_is_dropped(toy: Toy) -> None:
    async with opening(toy, max_queue=1, compression=None) as socket:
        assert await greeted(socket) == ACKNOWLEDGED
        await tell(socket, subscribe("a", "subscription{flood{id}}"))
        socket.transport.pause_reading()
        assert await reaches(lambda: toy.engine.open, 1) == 1
        assert await reaches(lambda: toy.engine.open, 0) == 0
        socket.transport.abort()


async def test_shutdown_closes_sockets_with_1012() -> None:
    async with serving() as toy:
        async with opening(toy) as socket:
            assert await greeted(socket) == ACKNOWLEDGED
            await tell(socket, subscribe("a", "subscription{endless{id}}"))
            await hear(socket)
            toy.server.should_exit = True
            assert (await closing(socket))[0] == 1012
        assert toy.engine.open == 0


async def test_one_socket_carries_many_operations() -> None:
    async with serving() as toy, opening(toy) as socket:
        assert await greeted(socket) == ACKNOWLEDGED
        await tell(socket, *(subscribe(str(n), "subscription{riskFlags{id}}") for n in range(100)))
        heard = [await hear(socket) for _ in range(400)]
    assert sorted(message["id"] for message in heard if message["type"] == "complete") == sorted(map(str, range(100)))
