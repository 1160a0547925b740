"""What an import gives back: a rehearsal that keeps nothing, refused rows as they were sent, the state of a batch."""

import io
import json
import uuid
from collections.abc import Callable
from typing import Any

import aiohttp
import asyncpg
import orjson
import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from exchange.demo.cast import BY_SLUG
from exchange.demo.client import until
from exchange.importing import imports
from exchange.intake.headers import SAMPLE_MARK
from exchange.intake.returned import MEDIA_TYPES
from exchange.intake.template import sample_of
from schema.kinds import KINDS
from schema.record import Kind, Role
from tests.flows import material
from tests.flows.samples import publisher_of

BUREAU, OTHER = "sz-bureau", "gz-bureau"
KIND = "RISK_GRADING"


async def posted(
    hub: Any, http: aiohttp.ClientSession, content: bytes, name: str, *, more: str = "", kind: str = KIND,
    **headers: str,
) -> Any:  # fmt: skip
    sent = {"Authorization": f"Bearer {hub.token(BUREAU)}", **headers}
    address = f"{hub.base_url}/imports?kind={kind}&filename={name}{more}"
    async with http.post(address, data=content, headers=sent) as response:
        assert response.status in (200, 202), await response.text()
        return await response.json()


async def got(hub: Any, http: aiohttp.ClientSession, path: str, *, slug: str = BUREAU) -> tuple[int, bytes]:
    async with http.get(hub.base_url + path, headers={"Authorization": f"Bearer {hub.token(slug)}"}) as response:
        return response.status, await response.read()


def as_lines(rows: list[dict[str, Any]]) -> bytes:
    return b"".join(orjson.dumps(row) + b"\n" for row in rows)


def as_national(rows: list[dict[str, Any]]) -> bytes:
    return orjson.dumps({"AcceptData": rows})


def as_csv(rows: list[dict[str, Any]]) -> bytes:
    lines = [",".join(rows[0]), *(",".join(str(cell) for cell in row.values()) for row in rows)]
    return "\r\n".join(lines).encode("gb18030")


def as_workbook(rows: list[dict[str, Any]]) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as workbook:
        sheet = workbook.add_worksheet()
        sheet.write_row(0, 0, list(rows[0]))
        for line, row in enumerate(rows, 1):
            sheet.write_row(line, 0, list(row.values()))
    return buffer.getvalue()


def mended_lines(content: bytes) -> bytes:
    """Every row's band corrected; what the hub added stays."""
    return as_lines([{**orjson.loads(line), "band": "BLUE"} for line in content.splitlines()])


def mended_national(content: bytes) -> bytes:
    return as_national([{**one, "band": "BLUE"} for one in orjson.loads(content)["AcceptData"]])


def mended_csv(content: bytes) -> bytes:
    return content.replace("紫".encode(), b"BLUE")


def cells_of(content: bytes) -> list[list[Any]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()


def mended_workbook(content: bytes) -> bytes:
    titles, *rows = cells_of(content)
    mended = [["BLUE" if cell == "紫" else cell for cell in row] for row in rows]
    return as_workbook([dict(zip(titles, row, strict=True)) for row in mended])


FORMS: dict[str, tuple[Callable[..., bytes], Callable[[bytes], bytes]]] = {
    "ndjson": (as_lines, mended_lines),
    "json": (as_national, mended_national),
    "csv": (as_csv, mended_csv),
    "xlsx": (as_workbook, mended_workbook),
}


def grading(**changed: Any) -> dict[str, Any]:
    return {**material.grading(material.firm()), "备注栏": "原样带回", **changed}


@pytest.mark.parametrize("form", FORMS)
async def test_refused_rows_come_back_as_sent_and_are_imported_once_mended(
    form: str, hub: Any, http: aiohttp.ClientSession
) -> None:
    write, mend = FORMS[form]
    bad = grading(band="紫")
    done = await posted(hub, http, write([grading(), bad]), f"a.{form}")
    assert (done["counts"]["new"], done["counts"]["refused"]) == (1, 1)
    status, content = await got(hub, http, f"/imports/{done['batchId']}/receipt")
    assert status == 200
    assert bad["name"].encode() in content or form == "xlsx"
    again = await posted(hub, http, mend(content), f"b.{form}")
    assert (again["counts"]["new"], again["counts"]["refused"]) == (1, 0)
    assert [(one["code"], one["field"]) for one in again["receipt"]] == [("FIELD_UNKNOWN", "备注栏")]


async def test_a_returned_workbook_has_every_column_behind_problem_and_code(
    hub: Any, http: aiohttp.ClientSession
) -> None:
    bad = grading(band="紫")
    done = await posted(hub, http, as_workbook([grading(), bad, grading(band="紫")]), "a.xlsx")
    _, content = await got(hub, http, f"/imports/{done['batchId']}/receipt")
    titles, first, second = cells_of(content)
    assert titles == ["问题", "代码", *bad]
    assert first[1:] == ["VALUE_NOT_IN_TABLE", *bad.values()]
    assert "风险等级" in first[0]
    assert second[1] == "VALUE_NOT_IN_TABLE"
    again = await posted(hub, http, content, "b.xlsx")
    _, returned = await got(hub, http, f"/imports/{again['batchId']}/receipt")
    assert cells_of(returned) == [titles, first, second]


async def test_rows_refused_for_what_stands_or_for_a_repetition_come_back_too(
    hub: Any, http: aiohttp.ClientSession
) -> None:
    first = grading()
    other = {**first, "score": 11, "band": "ORANGE"}
    done = await posted(hub, http, as_lines([first, other]) + b"[1]\n" + as_lines([grading()]), "a.ndjson")
    assert (done["counts"]["new"], done["counts"]["refused"]) == (2, 2)
    _, content = await got(hub, http, f"/imports/{done['batchId']}/receipt")
    repeated, unreadable = (orjson.loads(line) for line in content.splitlines())
    assert {**other, "回执": repeated["回执"]} == repeated
    assert repeated["回执"]["代码"] == "DUPLICATE_IN_FILE"
    assert (unreadable["原文"], unreadable["回执"]["代码"]) == ([1], "ROW_UNREADABLE")


async def test_only_the_sender_reads_a_batch_and_its_rows(hub: Any, http: aiohttp.ClientSession) -> None:
    file, operator = as_lines([grading(), grading(band="紫")]), {"Exchange-Operator": "D-9"}
    done = await posted(hub, http, file, "a.ndjson", **operator)
    path = f"/imports/{done['batchId']}"
    status, body = await got(hub, http, path)
    batch = json.loads(body)
    assert (status, batch["state"], batch["stateZh"], batch["operator"]) == (200, "PARTLY", "部分成功", "D-9")
    assert batch["counts"] == {"read": 2, "new": 1, "changed": 0, "late": 0, "unchanged": 0, "refused": 1}
    absent = f"/imports/{uuid.uuid4()}"
    for one in (path, f"{path}/receipt"):
        assert (await got(hub, http, one, slug=OTHER))[0] == 404
    refusals = [json.loads((await got(hub, http, one, slug=OTHER))[1])["error"] for one in (path, absent)]
    assert [one["code"] for one in refusals] == ["NOT_FOUND"] * 2
    status, body = await got(hub, http, "/imports/nonsense")
    assert (status, json.loads(body)["error"]["code"]) == (404, "NOT_FOUND")


async def test_an_import_without_refused_rows_gives_nothing_back(hub: Any, http: aiohttp.ClientSession) -> None:
    done = await posted(hub, http, as_lines([grading()]), "a.ndjson")
    status, body = await got(hub, http, f"/imports/{done['batchId']}/receipt")
    assert (status, json.loads(body)["error"]["code"]) == (404, "NOTHING_RETURNED")


async def test_kept_rows_are_sealed(hub: Any, http: aiohttp.ClientSession) -> None:
    bad = grading(band="紫")
    done = await posted(hub, http, as_lines([grading(), bad]), "a.ndjson")
    async with hub.runtime.database.hub_pool.acquire() as connection:
        sealed = await connection.fetchval(
            "select sealed from import_receipt where batch_id = $1", uuid.UUID(done["batchId"])
        )
    assert bad["creditCode"].encode() not in sealed
    assert bad["name"].encode() not in sealed


async def stored(hub: Any) -> list[int]:
    """How many rows there are where an import leaves any."""
    tables = ("record", "record_version", "event", "import_batch", "import_receipt")
    connection = await asyncpg.connect(hub.runtime.database.dsn)  # the owner: behind no role
    try:
        return [await connection.fetchval(f"select count(*) from {table}") for table in tables]
    finally:
        await connection.close()


async def test_a_rehearsal_says_what_would_become_of_each_row_and_keeps_nothing(
    hub: Any, http: aiohttp.ClientSession
) -> None:
    known, changing = grading(assessedOn="2026-06-01"), grading(assessedOn="2026-06-01")
    await posted(hub, http, as_lines([known, changing]), "a.ndjson")
    await hub.runtime.settle()
    before = await stored(hub)
    red = {**material.grading(material.firm(), "RED"), "score": 30}
    changed = {**changing, "score": 41, "band": "ORANGE", "assessedOn": "2026-06-02"}
    file = as_lines([known, changed, red, grading(band="紫"), {**red, "score": 31}])
    done = await posted(hub, http, file, "b.ndjson", more="&dryRun=true")
    assert done["counts"] == {"read": 5, "new": 1, "changed": 1, "late": 0, "unchanged": 1, "refused": 2}
    assert (done["batchId"], done["dryRun"]) == (None, True)
    assert [one["code"] for one in done["receipt"] if one["severity"] == "ERROR"] == [
        "VALUE_NOT_IN_TABLE", "DUPLICATE_IN_FILE",
    ]  # fmt: skip
    await hub.runtime.settle()
    assert await stored(hub) == before
    really = await posted(hub, http, file, "b.ndjson")
    assert really["counts"] == done["counts"]


async def rehearsed(
    hub: Any, http: aiohttp.ClientSession, content: bytes, name: str, *, more: str = "", **headers: str
) -> tuple[Any, bytes]:
    """The response of a dry run and what it says."""
    sent = {"Authorization": f"Bearer {hub.token(BUREAU)}", **headers}
    address = f"{hub.base_url}/imports?kind={KIND}&filename={name}&dryRun=true{more}"
    async with http.post(address, data=content, headers=sent) as response:
        return response, await response.read()


SHEET, CSV = MEDIA_TYPES["xlsx"], "text/csv"


@pytest.mark.parametrize(
    ("form", "more", "headers", "given"),
    [
        ("csv", "&receipt=xlsx", {}, "xlsx"),
        ("xlsx", "&receipt=csv", {}, "csv"),
        ("ndjson", "&receipt=ndjson", {}, "ndjson"),
        ("json", "&receipt=json", {}, "json"),
        ("csv", "", {"Accept": SHEET}, "xlsx"),
        ("xlsx", "", {"Accept": f"application/json;q=0.5, {CSV}"}, "csv"),
        ("ndjson", "", {"Accept": "application/x-ndjson"}, "ndjson"),
    ],
)
async def test_a_rehearsal_gives_its_refused_rows_as_a_file_and_keeps_nothing(
    form: str, more: str, headers: dict[str, str], given: str, hub: Any, http: aiohttp.ClientSession
) -> None:
    write, _ = FORMS[form]
    bad, before = grading(band="紫"), await stored(hub)
    key = {"Idempotency-Key": f"dry {uuid.uuid4()}"}
    response, content = await rehearsed(
        hub, http, write([grading(), bad]), f"a.{form}", more=more, **headers, **key
    )  # fmt: skip
    assert (response.status, response.headers["Content-Type"]) == (200, MEDIA_TYPES[given])
    assert response.headers["Exchange-Counts"] == "read=2, new=1, changed=0, late=0, unchanged=0, refused=1"
    assert response.headers["Cache-Control"] == "no-store"
    assert await stored(hub) == before
    _, mend = FORMS[given]
    done = await posted(hub, http, mend(content), f"b.{given}")
    assert (done["counts"]["new"], done["counts"]["refused"]) == (1, 0)


@pytest.mark.parametrize("accept", ["*/*", "application/json", f"{CSV};q=0.1, */*", SHEET])
async def test_without_refused_rows_or_the_wish_for_a_table_a_rehearsal_answers_in_json(
    accept: str, hub: Any, http: aiohttp.ClientSession
) -> None:
    rows = [grading()] if accept == SHEET else [grading(band="紫")]
    response, content = await rehearsed(hub, http, as_csv(rows), "a.csv", Accept=accept)
    assert response.headers["Content-Type"] == "application/json"
    assert json.loads(content)["counts"]["read"] == 1


@pytest.mark.parametrize(
    ("form", "more"), [("ndjson", "&receipt=xlsx"), ("csv", "&receipt=pdf"), ("csv", "&receipt=csv&dryRun=false")]
)
async def test_a_receipt_that_cannot_be_given_is_refused_and_nothing_is_kept(
    form: str, more: str, hub: Any, http: aiohttp.ClientSession
) -> None:
    before, (write, _) = await stored(hub), FORMS[form]
    if "dryRun" in more:  # the receipt of what is kept has an address of its own
        address = f"{hub.base_url}/imports?kind={KIND}&filename=a.csv&receipt=csv"
        sent = {"Authorization": f"Bearer {hub.token(BUREAU)}"}
        async with http.post(address, data=write([grading(band="紫")]), headers=sent) as response:
            content = await response.read()
    else:
        response, content = await rehearsed(hub, http, write([grading(band="紫")]), f"a.{form}", more=more)
    error = json.loads(content)["error"]
    assert (response.status, error["code"], error["field"]) == (400, "BAD_INPUT", ["receipt"])
    assert await stored(hub) == before


async def test_a_machine_that_names_nobody_is_recorded_by_its_client(hub: Any, http: aiohttp.ClientSession) -> None:
    done = await posted(hub, http, as_lines([grading()]), "a.ndjson")
    _, body = await got(hub, http, f"/imports/{done['batchId']}")
    assert json.loads(body)["operator"] == BUREAU


async def finished(hub: Any, http: aiohttp.ClientSession, batch: str) -> dict[str, Any]:
    """The batch once nobody works on it any more."""

    async def read() -> Any:
        return json.loads((await got(hub, http, f"/imports/{batch}"))[1])

    found: dict[str, Any] = await until(read, lambda one: one["state"] not in ("PENDING", "RUNNING"))
    return found


async def test_a_file_may_be_imported_in_the_background_and_its_progress_followed(
    hub: Any, http: aiohttp.ClientSession, ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "CHUNK", 2)
    file = as_lines([grading(), grading(), grading(band="紫"), grading()])
    key = {"Idempotency-Key": f"background {uuid.uuid4()}"}
    begun = await posted(hub, http, file, "a.ndjson", more="&async=true", **key)
    assert (begun["state"], begun["counts"]["read"]) == ("PENDING", 0)
    batch = await finished(hub, http, begun["batchId"])
    assert (batch["state"], batch["failure"]) == ("PARTLY", None)
    assert batch["counts"] == {"read": 4, "new": 3, "changed": 0, "late": 0, "unchanged": 0, "refused": 1}
    assert (await posted(hub, http, file, "a.ndjson", more="&async=true", **key)) == begun
    assert (await got(hub, http, f"/imports/{begun['batchId']}/receipt"))[0] == 200
    query = """query E($after: String) { events(first: 100, after: $after, types: ["import.progressed"]) {
      nodes { payload } } }"""

    async def told() -> list[Any]:
        await hub.runtime.settle()
        nodes = (await ask(BUREAU, query, after="seq:0")).data["events"]["nodes"]
        payloads = [one["payload"] for one in nodes if one["payload"]["batchId"] == begun["batchId"]]
        return [(one["state"], one["read"]) for one in payloads]

    expected = [("PENDING", 0), ("RUNNING", 2), ("RUNNING", 4), ("PARTLY", 4)]
    assert await until(told, lambda one: len(one) >= len(expected)) == expected
    assert (await ask(OTHER, query, after="seq:0")).data["events"]["nodes"] == []


async def test_a_file_that_cannot_be_read_leaves_a_failed_batch_with_its_code(
    hub: Any, http: aiohttp.ClientSession
) -> None:
    begun = await posted(hub, http, b"{", "a.json", more="&async=true")
    batch = await finished(hub, http, begun["batchId"])
    assert (batch["state"], batch["stateZh"], batch["failure"]) == ("FAILED", "失败", "FILE_UNREADABLE")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
async def test_a_template_is_read_as_its_kind_and_its_sample_row_is_not_imported(
    kind: Kind, hub: Any, http: aiohttp.ClientSession
) -> None:
    async with http.get(f"{hub.base_url}/imports/template/{kind.name}") as response:
        content = await response.read()
    assert [str(cell) for cell in cells_of(content)[1]] == [sample_of(field) for field in kind.fields]
    done = await posted(hub, http, content, "t.xlsx", kind=kind.name, more="&dryRun=true")
    assert (done["counts"]["read"], done["receipt"]) == (0, [])


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
async def test_the_sample_row_of_an_authority_s_own_template_is_a_row_it_may_send(
    kind: Kind, hub: Any, http: aiohttp.ClientSession
) -> None:
    slug = publisher_of(kind)
    status, content = await got(hub, http, f"/imports/template/{kind.name}", slug=slug)
    assert status == 200
    titles, sample = cells_of(content)
    row = {title: str(cell).removeprefix(SAMPLE_MARK) for title, cell in zip(titles, sample, strict=True)}
    done = await posted(
        hub, http, as_workbook([row]), "t.xlsx", kind=kind.name, more="&dryRun=true",
        Authorization=f"Bearer {hub.token(slug)}",
    )  # fmt: skip
    assert (done["counts"]["read"], done["counts"]["refused"], done["receipt"]) == (1, 0, [])
    region = kind.by_role[Role.REGION].zh
    assert [row[title] for title in titles if title.removesuffix("*") == region] == [BY_SLUG[slug].region]


async def test_a_template_of_a_tenant_that_publishes_nothing_is_the_usual_one(
    hub: Any, http: aiohttp.ClientSession
) -> None:
    path = f"/imports/template/{KIND}"
    async with http.get(hub.base_url + path) as response:
        usual = await response.read()
    assert (await got(hub, http, path, slug="bidding-platform"))[1] == usual
    async with http.get(hub.base_url + path, headers={"Authorization": "Bearer nonsense"}) as response:
        assert response.status == 401
