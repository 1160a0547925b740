"""GraphQL over HTTP against a real server: statuses, media types, bad input; add bad input as a row of MALFORMED."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import httpx2
import pytest
from transport_toy import Toy, serving

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"
TOKEN = {"Authorization": "Bearer good"}


@pytest.fixture(scope="module")
async def running() -> AsyncIterator[Toy]:
    async with serving(body_limit=200_000) as started:
        yield started


@pytest.fixture
def toy(running: Toy) -> Toy:
    running.engine.mutations = 0
    return running


@pytest.fixture
async def client(toy: Toy) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(headers=TOKEN, trust_env=False) as opened:
        yield opened


def code(response: httpx2.Response) -> str:
    return str(response.json()["errors"][0]["extensions"]["code"])


async def post(client: httpx2.AsyncClient, toy: Toy, query: str, **headers: str) -> httpx2.Response:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return await client.post(toy.url, json={"query": query}, headers=sent)


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("*/*", JSON),
        (JSON, JSON),
        (GRAPHQL, GRAPHQL),
        (f"{GRAPHQL}, {JSON};q=0.9", GRAPHQL),
        (f"{JSON};q=0.1, {GRAPHQL}", GRAPHQL),
        (f"text/html, {GRAPHQL};q=0.5", GRAPHQL),
        ("application/*", JSON),
    ],
)
async def test_the_answer_has_the_media_type_the_client_likes_best(
    client: httpx2.AsyncClient, toy: Toy, accept: str, expected: str
) -> None:
    response = await post(client, toy, "{__typename}", accept=accept)
    assert (response.status_code, response.headers["content-type"]) == (200, f"{expected}; charset=utf-8")
    assert response.json() == {"data": {"__typename": "Query"}}


async def test_a_client_that_accepts_nothing_we_have_gets_406(client: httpx2.AsyncClient, toy: Toy) -> None:
    response = await post(client, toy, "{__typename}", accept="image/png")
    assert (response.status_code, code(response)) == (406, "NOT_ACCEPTABLE")


@pytest.mark.parametrize(("accept", "status"), [(JSON, 200), (GRAPHQL, 400)])
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{nothing}", "GRAPHQL_VALIDATION_FAILED"),
        ("query($id:ID!){certificate(id:$id)}", "BAD_INPUT"),
        ("{flags(first:10001){edges{node{id}}}}", "QUERY_TOO_LARGE"),
        ("subscription{endless{id}}", "BAD_REQUEST"),
    ],
)
async def test_request_errors_have_no_data_and_a_status_by_media_type(
    client: httpx2.AsyncClient, toy: Toy, accept: str, status: int, query: str, expected: str
) -> None:
    response = await post(client, toy, query, accept=accept)
    assert (response.status_code, code(response), "data" in response.json()) == (status, expected, False)


MALFORMED: dict[str, bytes] = {
    "null": b"null",
    "a number": b"42",
    "a batch": b'[{"query":"{__typename}"}]',
    "nothing": b"",
    "a truncated object": b'{"query":',
    "invalid UTF-8": b'{"query":"\xff"}',
    "NaN": b'{"query":"{__typename}","variables":{"a":NaN}}',
    "100,000 brackets": b"[" * 100_000,
    "200 levels of variables": b'{"query":"{__typename}","variables":' + b'{"a":' * 200 + b"1" + b"}" * 201,
    "a number of 100,000 digits": b'{"query":"{__typename}","variables":{"a":' + b"1" * 100_000 + b"}}",
    "a lone surrogate": b'{"query":"{__typename}","variables":{"a":"\\ud800"}}',
    "a NUL in a variable": b'{"query":"{__typename}","variables":{"a":["\\u0000"]}}',
    "no query": b'{"variables":{}}',
    "a query that is a number": b'{"query":42}',
    "an empty query": b'{"query":""}',
    "variables that are a list": b'{"query":"{__typename}","variables":[]}',
    "an operation name that is an object": b'{"query":"{__typename}","operationName":{}}',
    "extensions that are a string": b'{"query":"{__typename}","extensions":"x"}',
    "a purpose that is a number": b'{"query":"{__typename}","extensions":{"exchange":{"purpose":1}}}',
}


@pytest.mark.parametrize("accept", [JSON, GRAPHQL])
@pytest.mark.parametrize("case", MALFORMED)
async def test_a_malformed_body_is_a_bad_request(client: httpx2.AsyncClient, toy: Toy, case: str, accept: str) -> None:
    headers = {"content-type": JSON, "accept": accept}
    response = await client.post(toy.url, content=MALFORMED[case], headers=headers)
    assert (response.status_code, code(response)) == (400, "BAD_REQUEST")


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "text/plain"},
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": "multipart/form-data; boundary=x"},
        {"content-type": "application/json; charset=gbk"},
        {"content-type": JSON, "content-encoding": "gzip"},
        {},
    ],
)
async def test_only_plain_json_is_taken_so_no_form_of_another_site_can_post(
    client: httpx2.AsyncClient, toy: Toy, headers: dict[str, str]
) -> None:
    response = await client.post(toy.url, content=b'{"query":"mutation{count}"}', headers=headers)
    assert (response.status_code, code(response)) == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert toy.engine.mutations == 0


async def test_a_body_over_the_limit_is_refused(client: httpx2.AsyncClient, toy: Toy) -> None:
    response = await post(client, toy, "{__typename}" + " " * 200_000)
    assert (response.status_code, code(response)) == (413, "PAYLOAD_TOO_LARGE")


async def test_a_chunked_body_over_the_limit_is_refused(client: httpx2.AsyncClient, toy: Toy) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(30):
            yield b" " * 10_000

    response = await client.post(toy.url, content=chunks(), headers={"content-type": JSON})
    assert (response.status_code, code(response)) == (413, "PAYLOAD_TOO_LARGE")


async def test_a_body_of_40_megabytes_is_refused_before_it_is_read(client: httpx2.AsyncClient, toy: Toy) -> None:
    response = await post(client, toy, "{__typename}" + " " * 40_000_000)
    assert (response.status_code, code(response)) == (413, "PAYLOAD_TOO_LARGE")


async def test_a_body_that_does_not_arrive_is_given_up() -> None:
    async with serving(body_wait=0.2) as toy:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(toy.url.split(":")[2].split("/")[0]))
        head = "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n"
        writer.write(f"{head}Authorization: Bearer good\r\n\r\n{{".encode())
        assert (await reader.readline()).startswith(b"HTTP/1.1 400 ")
        writer.close()


async def test_a_get_query_is_answered(client: httpx2.AsyncClient, toy: Toy) -> None:
    parameters = {"query": "query a($t:String){echo(text:$t)}", "variables": '{"t":"叉车"}', "operationName": "a"}
    response = await client.get(toy.url, params=parameters)
    assert response.json() == {"data": {"echo": "叉车"}}


async def test_a_mutation_by_get_is_refused_and_not_run(client: httpx2.AsyncClient, toy: Toy) -> None:
    response = await client.get(toy.url, params={"query": "mutation{count}"})
    assert (response.status_code, code(response), response.headers["allow"]) == (405, "METHOD_NOT_ALLOWED", "GET, POST")
    assert toy.engine.mutations == 0


@pytest.mark.parametrize(
    "query_string",
    ["", "query=", "query=%ff", "query={echo}&query={echo}", "query={echo}&variables=[]", "query={echo}&extensions=x"],
)
async def test_a_malformed_query_string_is_a_bad_request(
    client: httpx2.AsyncClient, toy: Toy, query_string: str
) -> None:
    response = await client.get(f"{toy.url}?{query_string}")
    assert (response.status_code, code(response)) == (400, "BAD_REQUEST")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_other_methods_are_refused(client: httpx2.AsyncClient, toy: Toy, method: str) -> None:
    response = await client.request(method, toy.url)
    assert (response.status_code, code(response)) == (405, "METHOD_NOT_ALLOWED")


@pytest.mark.parametrize(
    ("authorization", "expected", "challenge"),
    [
        (None, "UNAUTHENTICATED", 'Bearer realm="exchange"'),
        ("Bearer expired", "TOKEN_EXPIRED", 'Bearer realm="exchange", error="invalid_token"'),
    ],
)
async def test_without_a_valid_token_nothing_is_read(
    toy: Toy, authorization: str | None, expected: str, challenge: str
) -> None:
    headers = {"Authorization": authorization} if authorization else {}
    async with httpx2.AsyncClient(trust_env=False) as client:
        response = await client.post(toy.url, json={"query": "mutation{count}"}, headers=headers)
    assert (response.status_code, code(response)) == (401, expected)
    assert response.headers["www-authenticate"] == challenge
    assert toy.engine.mutations == 0


async def test_purpose_case_and_key_come_from_headers(client: httpx2.AsyncClient, toy: Toy) -> None:
    headers = {"Exchange-Purpose": quote("项目审批"), "Exchange-Case": "GZ-1", "Idempotency-Key": "k1"}
    body = {"query": "{said{purpose caseNumber idempotencyKey language}}"}
    response = await client.post(toy.url, json=body, headers={**headers, "Accept-Language": "en-GB, zh;q=0.5"})
    said = {"purpose": "项目审批", "caseNumber": "GZ-1", "idempotencyKey": "k1", "language": "en"}
    assert response.json() == {"data": {"said": said}}


async def test_purpose_in_the_extensions_wins_over_the_header(client: httpx2.AsyncClient, toy: Toy) -> None:
    exchange = {"purpose": "执法检查", "caseNumber": None}
    body = {"query": "{said{purpose caseNumber language}}", "extensions": {"exchange": exchange}}
    headers = {"Exchange-Purpose": quote("项目审批"), "Exchange-Case": "GZ-1"}
    response = await client.post(toy.url, json=body, headers=headers)
    assert response.json()["data"]["said"] == {"purpose": "执法检查", "caseNumber": "GZ-1", "language": "zh"}


@pytest.mark.parametrize(
    "headers", [{"Exchange-Purpose": "%ff"}, {"Exchange-Case": "a%00"}, {"Exchange-Case": "9" * 201}]
)
async def test_an_unreadable_purpose_is_a_bad_request(
    client: httpx2.AsyncClient, toy: Toy, headers: dict[str, str]
) -> None:
    response = await client.post(toy.url, json={"query": "{echo}"}, headers=headers)
    assert (response.status_code, code(response)) == (400, "BAD_REQUEST")


async def test_every_answer_has_a_request_id_and_forbids_caching(client: httpx2.AsyncClient, toy: Toy) -> None:
    own = await post(client, toy, "{echo}", X_Request_Id="my-7")
    replaced = await post(client, toy, "{echo}", X_Request_Id="no spaces please")
    assert own.headers["x-request-id"] == "my-7"
    assert replaced.headers["x-request-id"].startswith("request-")
    assert (own.headers["cache-control"], own.headers["server-timing"]) == ("no-store", "execute;dur=1.00")


async def test_a_refusal_in_a_field_keeps_its_code(client: httpx2.AsyncClient, toy: Toy) -> None:
    response = await post(client, toy, "{refusal}", accept=GRAPHQL)
    assert (response.status_code, response.json()["data"], code(response)) == (200, {"refusal": None}, "NOT_FOUND")


async def test_a_fault_in_a_field_is_masked_in_answer_and_log(
    client: httpx2.AsyncClient, toy: Toy, caplog: pytest.LogCaptureFixture
) -> None:
    response = await post(client, toy, "{fault}", accept_language="en")
    entry: dict[str, Any] = response.json()["errors"][0]
    assert (entry["message"], entry["extensions"]["code"], entry["path"]) == ("Internal error", "INTERNAL", ["fault"])
    assert f"request {entry['extensions']['requestId']} failed: ValueError" in caplog.text
    assert "99010119900101" not in response.text + caplog.text


async def test_a_fault_outside_of_fields_is_a_masked_500(toy: Toy, caplog: pytest.LogCaptureFixture) -> None:
    async with httpx2.AsyncClient(trust_env=False, headers={"Authorization": "Bearer fault"}) as client:
        response = await post(client, toy, "{echo}")
    assert (response.status_code, code(response)) == (500, "INTERNAL")
    assert "99010119900101" not in response.text + caplog.text


async def test_a_long_number_in_a_message_is_not_repeated(client: httpx2.AsyncClient, toy: Toy) -> None:
    response = await post(client, toy, '{flags(first:"990101199001010000"){edges{node{id}}}}')
    assert code(response) == "GRAPHQL_VALIDATION_FAILED"
    assert "99010119900101" not in response.text
