"""Bad input gets a clear answer: a code, a status, Chinese and English, what to do next; nothing is stored or
announced.

One test a line of the promise. `unchanged` counts before and after.
"""

import base64
import io
import zipfile
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import aiohttp
import orjson
import pytest
import pytest_asyncio
import xlsxwriter

from schema.errors import BY_CODE
from tests.flows import material
from tests.flows.material import publish, publishing

BUREAU = "sz-bureau"
MEGABYTE = 1_048_576


@pytest_asyncio.fixture(loop_scope="session")
async def unchanged(hub: Any) -> AsyncIterator[None]:
    """Fails the test when a record, a version, an event, a review or a position came of it."""
    await hub.runtime.settle()
    before = await _stored(hub)
    yield
    await hub.runtime.settle()
    assert await _stored(hub) == before


async def _stored(hub: Any) -> dict[str, int]:
    tables = ("record", "record_version", "event", "review", "idempotency", "recognition_rule")
    async with hub.database.hub_pool.acquire() as connection:
        counts = {table: await connection.fetchval(f"select count(*) from {table}") for table in tables}
        head = await connection.fetchval("select position from stream_head")
    assert head == hub.runtime.signal.position
    return {**counts, "head": head}


def is_clear(entry: dict[str, Any], code: str, *, is_graphql: bool = True) -> None:
    """Whether an error, finding or row of a receipt says all it has to, in both languages."""
    told = {**entry, **entry.get("extensions", {})}
    assert told["code"] == code
    assert _has_chinese(told["message"])
    assert told["messageEn"].isascii() or not _has_chinese(told["messageEn"].split(":")[0])
    assert told["nextStep"]
    assert "{" not in told["message"] + told["messageEn"] + told["nextStep"]
    if is_graphql:
        assert told.get("requestId", "x")


def _has_chinese(text: str) -> bool:
    return any("\u4e00" <= letter <= "\u9fff" for letter in text)


async def refused(ask: Any, kind: str, values: dict[str, Any], slug: str = BUREAU) -> list[dict[str, Any]]:
    """The findings of a publication that was refused."""
    answer = await ask(slug, publishing(kind), input=values)
    assert answer.status == 200
    payload = answer.data[f"{kind}Publish"]
    assert (payload["recordId"], payload["outcome"], payload["version"]) == (None, None, None)
    findings: list[dict[str, Any]] = payload["userErrors"]
    return findings


async def imported(
    hub: Any, http: aiohttp.ClientSession, content: bytes, *, kind: str, name: str, **headers: str
) -> tuple[int, Any]:
    """Status and body of a file's delivery."""
    sent = {"Authorization": f"Bearer {hub.token(BUREAU)}", **headers}
    address = f"{hub.base_url}/imports?kind={kind}&filename={name}"
    async with http.post(address, data=content, headers=sent) as response:
        return response.status, await response.json()


def wrong_check(value: str) -> str:
    """The same with another last character."""
    return value[:-1] + ("0" if value[-1] != "0" else "1")


async def test_a_credit_code_with_a_wrong_check_character(unchanged: None, ask: Any) -> None:
    firm = material.firm()
    (found,) = await refused(
        ask, "riskGrading", {**material.grading(firm), "creditCode": wrong_check(firm.credit_code)}
    )
    is_clear(found, "CREDIT_CODE_INVALID")
    assert found["field"] == ["input", "creditCode"]


async def test_an_id_number_with_a_wrong_check_character_comes_back_masked(unchanged: None, ask: Any) -> None:
    person, firm = material.person(), material.firm()
    wrong = wrong_check(person.id_number)
    (found,) = await refused(ask, "appointment", {**material.appointment(person, firm, "440300"), "idNumber": wrong})
    is_clear(found, "ID_NUMBER_INVALID")
    assert found["field"] == ["input", "idNumber"]
    assert wrong[6:14] not in found["value"]


async def test_all_faults_of_a_record_are_told_at_once(unchanged: None, ask: Any) -> None:
    person, firm = material.person(), material.firm()
    values = {**material.certificate(person, firm), "validFrom": "2030-01-01", "creditCode": "X", "name": None}
    codes = {(one["field"][1], one["code"]) for one in await refused(ask, "safetyManagement", values)}
    assert codes == {("validTo", "DATES_REVERSED"), ("creditCode", "CREDIT_CODE_INVALID"), ("name", "FIELD_REQUIRED")}


async def test_dates_that_are_reversed(unchanged: None, ask: Any) -> None:
    values = {**material.grading(material.firm()), "assessedOn": "2026-03-02", "reassessBy": "2026-03-01"}
    (found,) = await refused(ask, "riskGrading", values)
    is_clear(found, "DATES_REVERSED")
    assert found["value"] == "2026-03-02 > 2026-03-01"


@pytest.mark.parametrize("slug", ["gz-bureau", "sh-bureau"])
async def test_a_record_of_another_authority_s_region(unchanged: None, slug: str, ask: Any) -> None:
    (found,) = await refused(ask, "riskFlag", material.flag(material.firm()), slug)
    is_clear(found, "FOREIGN_ISSUER")


async def test_a_certificate_of_another_issuer(unchanged: None, hub: Any, ask: Any) -> None:
    other = hub.runtime.directory.by_slug["sh-bureau"].credit_code
    values = {**material.certificate(material.person(), material.firm()), "issuerCode": other}
    (found,) = await refused(ask, "safetyManagement", values)
    is_clear(found, "FOREIGN_ISSUER")
    assert found["field"] == ["input", "issuerCode"]


async def test_a_red_band_without_its_decision(unchanged: None, ask: Any) -> None:
    found = await refused(ask, "riskGrading", {**material.grading(material.firm()), "band": "RED"})
    assert {one["field"][1] for one in found} == {"legalBasis", "decisionNumber"}
    for one in found:
        is_clear(one, "LEGAL_BASIS_REQUIRED")


async def test_a_kind_of_record_that_does_not_exist(unchanged: None, hub: Any, http: aiohttp.ClientSession) -> None:
    status, body = await imported(hub, http, b"a,b\n1,2\n", kind="DRIVING_LICENCE", name="a.csv")
    assert status == 400
    is_clear(body["error"], "UNKNOWN_KIND")
    assert "RISK_GRADING" in body["error"]["nextStep"]


async def test_an_id_number_that_excel_turned_into_a_number(
    unchanged: None, hub: Any, http: aiohttp.ClientSession
) -> None:
    person, firm = material.person(), material.firm()
    row = {**material.appointment(person, firm, "440300"), "idNumber": float(person.id_number[:17] + "0")}
    status, body = await imported(hub, http, _workbook([row]), kind="APPOINTMENT", name="a.xlsx")
    counts = {"read": 1, "new": 0, "changed": 0, "late": 0, "unchanged": 0, "refused": 1}
    assert (status, body["counts"]) == (200, counts)
    (found,) = body["receipt"]
    is_clear(found, "ID_NUMBER_AS_NUMBER")
    assert (found["row"], found["field"]) == (2, "idNumber")
    assert found["value"] == f"{row['idNumber']:.3E}"


def _workbook(rows: list[dict[str, Any]]) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as workbook:
        sheet = workbook.add_worksheet()
        for column, name in enumerate(rows[0]):
            sheet.write_string(0, column, name)
            for number, row in enumerate(rows, 1):
                sheet.write(number, column, row[name])
    return buffer.getvalue()


async def test_a_body_of_forty_megabytes(unchanged: None, hub: Any, http: aiohttp.ClientSession) -> None:
    """Declared, it is refused before a byte of it is read; sent in pieces, as soon as it is too long."""

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b" " * MEGABYTE

    bearer = {"Authorization": f"Bearer {hub.token(BUREAU)}"}
    for path, headers in (
        ("/imports?kind=RISK_GRADING&filename=a.csv", {}),
        ("/graphql", {"Content-Type": "application/json"}),
    ):
        for content in (io.BytesIO(b" " * 40 * MEGABYTE), pieces()):
            status, body = await _sent(http, hub.base_url + path, content, {**bearer, **headers})
            assert status == 413
            is_clear(body.get("error") or body["errors"][0], "PAYLOAD_TOO_LARGE")


async def _sent(http: aiohttp.ClientSession, address: str, content: Any, headers: dict[str, str]) -> tuple[int, Any]:
    """The answer, also where the server answers and hangs up before it has read everything."""
    try:
        async with http.post(address, data=content, headers=headers) as response:
            return response.status, await response.json(content_type=None)
    except aiohttp.ClientConnectionError:
        pytest.fail("the connection was cut before the refusal could be read")


async def test_a_workbook_that_is_cut_off(unchanged: None, hub: Any, http: aiohttp.ClientSession) -> None:
    whole = _workbook([material.grading(material.firm())])
    assert zipfile.is_zipfile(io.BytesIO(whole))
    for content in (whole[: len(whole) // 2], whole[:20], whole[:-30]):
        status, body = await imported(hub, http, content, kind="RISK_GRADING", name="a.xlsx")
        assert status == 400
        is_clear(body["error"], "FILE_UNREADABLE")


async def test_a_file_of_lines_that_is_cut_off(unchanged: None, hub: Any, http: aiohttp.ClientSession) -> None:
    whole = orjson.dumps(material.grading(material.firm())) + b"\n"
    status, body = await imported(hub, http, whole + whole[:40], kind="RISK_GRADING", name="a.ndjson")
    assert status == 400
    is_clear(body["error"], "FILE_UNREADABLE")


async def test_a_json_file_that_is_cut_off(unchanged: None, hub: Any, http: aiohttp.ClientSession) -> None:
    content = b'{"AcceptData": [{"certNum": "x"'
    status, body = await imported(hub, http, content, kind="CONSTRUCTION_SAFETY_MANAGER", name="a.json")
    assert status == 400
    is_clear(body["error"], "FILE_UNREADABLE")


def _forged(hub: Any) -> dict[str, str]:
    """Tokens that are not ours, by what is wrong with them."""
    runtime = hub.runtime
    token = hub.token(BUREAU)
    header, claims, signature = token.split(".")
    other = runtime.tokens.issue(runtime.directory.clients["gz-bureau"], now=runtime.now().timestamp()).split(".")
    changed = "A" if signature[10] != "A" else "B"
    none = base64.urlsafe_b64encode(b'{"alg":"none","typ":"at+jwt","kid":"1"}').rstrip(b"=").decode()
    return {
        "another's claims": f"{header}.{other[1]}.{signature}",
        "a changed signature": f"{header}.{claims}.{signature[:10]}{changed}{signature[11:]}",
        "no signature": f"{none}.{claims}.",
        "not a token": "abc",
    }


@pytest.mark.parametrize("what", ["another's claims", "a changed signature", "no signature", "not a token"])
async def test_a_forged_token(unchanged: None, what: str, hub: Any, http: aiohttp.ClientSession) -> None:
    assert await refused_everywhere(hub, http, _forged(hub)[what]) == ["UNAUTHENTICATED", "UNAUTHENTICATED"]


async def test_an_expired_token(unchanged: None, hub: Any, http: aiohttp.ClientSession) -> None:
    runtime = hub.runtime
    then = (runtime.now() - timedelta(hours=2)).timestamp()
    token = runtime.tokens.issue(runtime.directory.clients[BUREAU], now=then)
    assert await refused_everywhere(hub, http, token) == ["TOKEN_EXPIRED", "TOKEN_EXPIRED"]


async def refused_everywhere(hub: Any, http: aiohttp.ClientSession, token: str) -> list[str]:
    """The code with which GraphQL and the import door refuse a token, each clear, each with status 401."""
    content = {"query": publishing("riskFlag"), "variables": {"input": material.flag(material.firm())}}
    row = orjson.dumps(material.grading(material.firm()))
    codes = []
    doors = (("/graphql", {"json": content}), ("/imports?kind=RISK_GRADING&filename=a.ndjson", {"data": row}))
    for address, sent in doors:
        headers = {"Authorization": f"Bearer {token}"}
        async with http.post(f"{hub.base_url}{address}", headers=headers, **sent) as response:
            assert response.status == 401
            body = await response.json(content_type=None)
        assert "data" not in body
        error = body["errors"][0] if "errors" in body else body["error"]
        codes.append(error["extensions"]["code"] if "extensions" in error else error["code"])
        is_clear(error, codes[-1])
    return codes


async def test_a_query_of_fifty_levels(unchanged: None, ask: Any) -> None:
    query = "{ riskFlags(first: 1) { nodes { " + "enterprise { grading { " * 24 + "id" + " } }" * 24 + " } } }"
    answer = await ask(BUREAU, query, headers={"Accept": "application/graphql-response+json"})
    assert answer.status == 400
    assert "data" not in answer.body
    is_clear(answer.body["errors"][0], "QUERY_TOO_LARGE")


async def test_an_unknown_division_is_a_warning_and_the_record_is_kept(ask: Any) -> None:
    query = publishing("riskGrading").replace(
        "userErrors {", "warnings { code field value message messageEn nextStep } userErrors {"
    )
    values = {**material.grading(material.firm()), "region": "440399"}
    payload = (await ask(BUREAU, query, input=values)).data["riskGradingPublish"]
    assert (payload["outcome"], payload["userErrors"]) == ("NEW", [])
    (found,) = payload["warnings"]
    is_clear(found, "REGION_UNKNOWN")
    assert (found["field"], found["value"]) == (["input", "region"], "440399")


async def test_what_cannot_be_a_division(unchanged: None, ask: Any) -> None:
    (found,) = await refused(ask, "riskGrading", {**material.grading(material.firm()), "region": "深圳"})
    is_clear(found, "FIELD_UNREADABLE")
    query = 'query Q { certificates(first: 1, region: "深圳") { nodes { id } } }'
    answer = await ask(BUREAU, query)
    assert (answer.status, answer.codes) == (422, ["FIELD_UNREADABLE"])
    is_clear(answer.body["errors"][0], "FIELD_UNREADABLE")


@pytest.mark.parametrize("door", ["graphql", "imports"])
async def test_the_same_idempotency_key_with_other_content(
    door: str, hub: Any, http: aiohttp.ClientSession, ask: Any
) -> None:
    key = {"Idempotency-Key": f"flow-{door}"}
    first, second = material.grading(material.firm()), material.grading(material.firm())

    async def send(values: dict[str, Any]) -> tuple[int, Any]:
        if door == "imports":
            return await imported(hub, http, orjson.dumps(values), kind="RISK_GRADING", name="a.ndjson", **key)
        answer = await ask(BUREAU, publishing("riskGrading"), headers=key, input=values)
        return answer.status, answer.body

    kept = await send(first)
    assert kept[0] == 200
    await hub.runtime.settle()
    before = await _stored(hub)
    assert await send(first) == kept
    status, body = await send(second)
    assert status == 409
    is_clear(body.get("error") or body["errors"][0], "IDEMPOTENCY_MISMATCH")
    await hub.runtime.settle()
    assert await _stored(hub) == before


async def test_an_idempotency_key_belongs_to_its_tenant(ask: Any) -> None:
    key = {"Idempotency-Key": "shared-between-tenants"}
    for slug, region in (("sz-bureau", "440300"), ("sh-bureau", "310000")):
        answer = await ask(slug, publishing("riskGrading"), headers=key, input=material.grading(material.firm(region)))
        assert answer.data["riskGradingPublish"]["outcome"] == "NEW"


@pytest.mark.parametrize(("query", "code", "status"), [
    ('{ certificate(by: {number: "?"}) { id } }', "CERTIFICATE_NUMBER_INVALID", 422),
    ('{ enterprise(creditCode: "91440300DEM0000140") { name } }', "CREDIT_CODE_INVALID", 422),
    ("{ riskFlags(first: 0) { nodes { id } } }", "BAD_INPUT", 400),
    ("{ riskFlags(first: 101) { nodes { id } } }", "BAD_INPUT", 400),
    ('{ riskFlags(first: 1, after: "nonsense") { nodes { id } } }', "BAD_CURSOR", 400),
    ('{ riskFlags(first: 1, after: "WyIyMDI2LTExLTIzIiwgMV0=") { nodes { id } } }', "BAD_CURSOR", 400),
    ('{ events(first: 1, after: "seq:-1") { nodes { id } } }', "BAD_CURSOR", 400),
    ('{ certificates(first: 1, expiringWithinDays: 2147483647) { nodes { id } } }', "BAD_INPUT", 400),
    ("{ certificates(first: 1, expiringWithinDays: -1) { nodes { id } } }", "BAD_INPUT", 400),
    ('{ accessRecords(first: 1, after: "WzFlOTld") { nodes { id } } }', "BAD_CURSOR", 400),
    ('{ accessRecords(first: 1, after: "Wzk5OTk5OTk5OTk5OTk5OTk5OTk5OV0=") { nodes { id } } }', "BAD_CURSOR", 400),
    ('{ riskFlags(first: 1, after: "eyJhIjogMX0=") { nodes { id } } }', "BAD_CURSOR", 400),
    ("{ riskFlags(first: 1) { nodes { nosuchfield } } }", "GRAPHQL_VALIDATION_FAILED", 400),
    ("{ riskFlags(first: 1) { nodes { id }", "GRAPHQL_PARSE_FAILED", 400),
    ('{ certificate(by: {number: "a", id: "b"}) { id } }', "GRAPHQL_VALIDATION_FAILED", 400),
    ('{ viewer { id } certificates(first: 1, region: "x") { nodes { id } } }', "FIELD_UNREADABLE", 200),
])  # fmt: skip
async def test_a_value_that_cannot_be_is_named(query: str, code: str, status: int, unchanged: None, ask: Any) -> None:
    answer = await ask(BUREAU, query, headers={"Accept": "application/graphql-response+json"})
    assert (answer.codes, answer.status) == ([code], status)
    is_clear(answer.body["errors"][0], code)


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
async def test_a_day_at_the_edge_of_the_calendar_is_answered(day: str, ask: Any) -> None:
    query = """query Q($day: Date!) { certificates(first: 1, asOf: $day) { nodes { status statusReason } }
      reviews(first: 1, asOf: $day) { totalCount nodes { isOverdue } } }"""
    assert (await ask(BUREAU, query, day=day)).codes == []


async def test_a_text_with_a_nul_is_refused(unchanged: None, ask: Any) -> None:
    answer = await ask(BUREAU, publishing("riskFlag"), input={**material.flag(material.firm()), "cause": "a\0b"})
    assert answer.codes == ["BAD_REQUEST"]


@pytest.mark.parametrize("value", ["\ud800", "a" * 100_000, "\u202eabc", "１２３"])
async def test_a_strange_text_is_a_finding_or_kept_and_never_a_fault(
    value: str, hub: Any, http: aiohttp.ClientSession
) -> None:
    values = {**material.flag(material.firm()), "cause": value}
    import json

    content = json.dumps({"query": publishing("riskFlag"), "variables": {"input": values}}).encode()
    headers = {"Authorization": f"Bearer {hub.token(BUREAU)}", "Content-Type": "application/json"}
    async with http.post(f"{hub.base_url}/graphql", data=content, headers=headers) as response:
        body = await response.json(content_type=None)
    codes = [one["extensions"]["code"] for one in body.get("errors", [])]
    assert "INTERNAL" not in codes


async def test_a_decided_review_and_a_lifted_flag_say_so(ask: Any) -> None:
    flag_id = await publish(ask, BUREAU, "riskFlag", material.flag(material.firm()))
    query = (
        'mutation L($x: ID!, $on: Date) { riskFlagLift(input: {riskFlagId: $x, reason: "整改完成", '
        "liftedOn: $on}) { userErrors { code message messageEn nextStep } } }"
    )
    (early,) = (await ask(BUREAU, query, x=flag_id, on="2024-02-28")).data["riskFlagLift"]["userErrors"]
    is_clear(early, "DATES_REVERSED")
    assert (await ask(BUREAU, query, x=flag_id)).data["riskFlagLift"]["userErrors"] == []
    (again,) = (await ask(BUREAU, query, x=flag_id)).data["riskFlagLift"]["userErrors"]
    is_clear(again, "ALREADY_LIFTED")


def test_every_code_says_in_both_languages_what_happened_and_what_to_do() -> None:
    for error in BY_CODE.values():
        assert _has_chinese(error.zh), error.code
        assert not _has_chinese(error.en), error.code
        assert not _has_chinese(error.next_en), error.code
        assert _has_chinese(error.next_zh), error.code
