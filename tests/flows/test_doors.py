"""The plain HTTP doors: tokens, keys, imports with an idempotency key, templates, catalogue, health, metrics."""

import base64
import io
import json
from typing import Any

import aiohttp
import jwt
import pytest
import python_calamine

from exchange.demo.cast import synthetic_code
from tests.conftest import Asker, RunningHub


async def token_request(hub: RunningHub, http: aiohttp.ClientSession, **sent: Any) -> tuple[int, dict[str, Any]]:
    async with http.post(f"{hub.base_url}/oauth/token", **sent) as response:
        return response.status, await response.json()


async def test_client_credentials_in_the_form_or_by_basic_give_a_token(
    hub: RunningHub, http: aiohttp.ClientSession
) -> None:
    form = {"grant_type": "client_credentials", "client_id": "sz-bureau", "client_secret": hub.secret("sz-bureau")}
    status, body = await token_request(hub, http, data=form)
    assert (status, body["token_type"], body["expires_in"]) == (200, "Bearer", 3600)
    assert jwt.decode(body["access_token"], options={"verify_signature": False})["tenant"] == "sz-bureau"
    basic = base64.b64encode(f"sz-bureau:{hub.secret('sz-bureau')}".encode()).decode()
    status, body = await token_request(
        hub, http, data={"grant_type": "client_credentials"}, headers={"Authorization": f"Basic {basic}"}
    )
    assert status == 200
    async with http.post(
        f"{hub.base_url}/graphql",
        json={"query": "{viewer{id}}"},
        headers={"Authorization": f"Bearer {body['access_token']}"},
    ) as response:
        assert await response.json() == {"data": {"viewer": {"id": "sz-bureau"}}}


async def test_a_wrong_secret_an_unknown_client_and_another_grant_are_refused(
    hub: RunningHub, http: aiohttp.ClientSession
) -> None:
    for client_id, secret in (("sz-bureau", "wrong"), ("nobody", "wrong"), ("gz-bureau", hub.secret("sz-bureau"))):
        form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
        status, body = await token_request(hub, http, data=form)
        assert (status, body["error"], body["code"]) == (401, "invalid_client", "INVALID_CLIENT")
    status, body = await token_request(hub, http, data={"grant_type": "password"})
    assert (status, body["error"]) == (400, "unsupported_grant_type")


async def test_the_published_keys_verify_a_token(hub: RunningHub, http: aiohttp.ClientSession) -> None:
    async with http.get(f"{hub.base_url}/.well-known/jwks.json") as response:
        keys = jwt.PyJWKSet.from_dict(await response.json(content_type=None))
    token = hub.token("gz-bureau")
    key = keys[jwt.get_unverified_header(token)["kid"]]
    assert jwt.decode(token, key.key, algorithms=["EdDSA"], audience="safety-exchange")["sub"] == "gz-bureau"


def gradings(*serials: int) -> bytes:
    rows = [
        {
            "creditCode": synthetic_code("91", "440300", 700_000 + serial),
            "name": f"示范{serial}号（演示）",
            "region": "440300",
            "scheme": "DOORS",
            "methodVersion": "1",
            "score": 80,
            "band": "YELLOW",
            "assessedOn": "2026-11-01",
        }
        for serial in serials
    ]
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode()


async def post_import(
    hub: RunningHub, http: aiohttp.ClientSession, content: bytes, key: str
) -> tuple[int, dict[str, Any]]:
    headers = {"Authorization": f"Bearer {hub.token('sz-bureau')}", "Idempotency-Key": key, "Exchange-Operator": "D-17"}
    url = f"{hub.base_url}/imports?kind=RISK_GRADING&filename=a.ndjson"
    async with http.post(url, data=content, headers=headers) as response:
        return response.status, await response.json()


async def test_an_idempotency_key_gives_the_first_answer_and_refuses_other_content(
    hub: RunningHub, http: aiohttp.ClientSession
) -> None:
    status, first = await post_import(hub, http, gradings(1, 2), "doors-1")
    assert (status, first["counts"]["new"]) == (200, 2)
    assert await post_import(hub, http, gradings(1, 2), "doors-1") == (200, first)
    status, refused = await post_import(hub, http, gradings(1, 3), "doors-1")
    assert (status, refused["error"]["code"]) == (409, "IDEMPOTENCY_MISMATCH")
    assert refused["error"]["nextStepEn"] == "Use a fresh Idempotency-Key"


async def test_an_import_is_listed_with_its_operator_and_counts(
    hub: RunningHub, http: aiohttp.ClientSession, ask: Asker
) -> None:
    _, done = await post_import(hub, http, gradings(11, 12), "doors-2")
    answer = await ask(
        "sz-bureau", "{ importBatches(first: 1) { nodes { id kind fileName operator rowsRead rowsNew } } }"
    )
    assert answer.data["importBatches"]["nodes"] == [
        {
            "id": done["batchId"],
            "kind": "RISK_GRADING",
            "fileName": "a.ndjson",
            "operator": "D-17",
            "rowsRead": 2,
            "rowsNew": 2,
        }
    ]


async def test_a_template_has_the_kinds_columns(hub: RunningHub, http: aiohttp.ClientSession) -> None:
    async with http.get(f"{hub.base_url}/imports/template/RISK_GRADING") as response:
        content = await response.read()
    sheet = python_calamine.load_workbook(io.BytesIO(content)).get_sheet_by_index(0)
    assert any("统一社会信用代码" in str(cell) for cell in sheet.to_python()[0])
    async with http.get(f"{hub.base_url}/imports/template/NO_SUCH_KIND") as response:
        assert (response.status, (await response.json())["error"]["code"]) == (400, "UNKNOWN_KIND")


async def test_catalogue_schema_health_and_metrics_answer_without_a_token(
    hub: RunningHub, http: aiohttp.ClientSession
) -> None:
    found = {}
    for path in ("/events", "/schema.graphql", "/health/live", "/health/ready", "/metrics"):
        async with http.get(hub.base_url + path) as response:
            assert response.status == 200
            found[path] = await response.text()
    assert "riskFlag.raised" in {one["type"] for one in json.loads(found["/events"])["events"]}
    assert "type Certificate" in found["/schema.graphql"]
    assert json.loads(found["/health/ready"])["status"] == "ready"
    assert "exchange_requests_total" in found["/metrics"]


async def test_a_graphql_request_is_counted_once_by_its_status(hub: RunningHub, http: aiohttp.ClientSession) -> None:
    async def counted() -> float:
        async with http.get(f"{hub.base_url}/metrics") as response:
            lines = (await response.text()).splitlines()
        found = [line for line in lines if line.startswith('exchange_requests_total{path="/graphql",status="401"}')]
        return float(found[0].split()[-1]) if found else 0.0

    before = await counted()
    async with http.post(f"{hub.base_url}/graphql", json={"query": "{ viewer { id } }"}) as response:
        assert response.status == 401
    assert await counted() == before + 1


async def test_no_metric_names_a_firm_or_a_person(hub: RunningHub, http: aiohttp.ClientSession) -> None:
    async with http.get(f"{hub.base_url}/metrics/91440300DEM000014E") as response:
        assert response.status == 404
    async with http.get(f"{hub.base_url}/metrics") as response:
        assert "DEM" not in await response.text()


@pytest.mark.parametrize(("method", "path", "status", "code"), [
    ("GET", "/no-such-path", 404, "NOT_FOUND"), ("GET", "/imports", 405, "METHOD_NOT_ALLOWED"),
    ("POST", "/imports/template/RISK_GRADING", 405, "METHOD_NOT_ALLOWED"),
])  # fmt: skip
async def test_a_path_or_method_there_is_not_is_refused_as_json(
    hub: RunningHub, http: aiohttp.ClientSession, method: str, path: str, status: int, code: str
) -> None:
    async with http.request(method, f"{hub.base_url}{path}") as response:
        error = (await response.json())["error"]
        assert (response.status, error["code"], error["requestId"]) == (status, code, response.headers["X-Request-Id"])
        assert ("Allow" in response.headers) is (status == 405)


@pytest.mark.parametrize("path", ["/imports/template/RISK_GRADING", "/gate-checks/template", "/rosters/template"])
async def test_a_template_is_a_workbook_and_nothing_else(
    hub: RunningHub, http: aiohttp.ClientSession, path: str
) -> None:
    async with http.get(f"{hub.base_url}{path}?format=csv") as response:
        error = (await response.json())["error"]
    assert (response.status, error["code"], error["field"]) == (400, "BAD_INPUT", ["format"])


@pytest.mark.parametrize(("query", "content", "told"), [
    ("", b"x", "Bad input: 缺少 kind，如 ?kind=RISK_GRADING (kind is missing)"),
    ("?kind=RISK_GRADING&filename=a.pdf", b"%PDF-1.7 x", "unknown format"),
    ("?kind=RISK_GRADING&filename=a.csv", b"\xff\xd8\xff\xe0 x", "unknown format"),
])  # fmt: skip
async def test_what_cannot_be_imported_is_named(
    hub: RunningHub, http: aiohttp.ClientSession, query: str, content: bytes, told: str
) -> None:
    headers = {"Authorization": f"Bearer {hub.token('sz-bureau')}"}
    async with http.post(f"{hub.base_url}/imports{query}", data=content, headers=headers) as response:
        error = (await response.json())["error"]
    assert (response.status, told in error["messageEn"]) == (400, True)
