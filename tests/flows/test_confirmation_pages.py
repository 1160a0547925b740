"""The page of a confirmation: what whoever holds it sees, of this moment, without a login; never better than it is."""

import re
import uuid
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import httpx2
import pytest
import pytest_asyncio

from exchange.app import build_app
from exchange.proof.safety_codes import CONFIRMATION_PAGE, new_code
from exchange.runtime import Runtime
from exchange.settings import load
from tests.flows import material
from tests.flows.confirmations import (
    JIANGSU,
    NANJING,
    PURPOSE,
    SHANGHAI,
    Clock,
    as_owner,
    engineer,
    look,
    rule,
    send,
)
from tests.flows.scratch import answered, keep, quiet_hub

MAKE = """mutation C($i: RecognitionInput!) { recognitionConfirm(input: $i) { pageUrl qrSvg
  confirmation { number confirmedVerdict pageUrl } userErrors { code } } }"""
SCANS = "query S($n: String!) { confirmation(number: $n) { pageUrl scanCount lastScannedAt } }"
JSON = {"Accept": "application/json"}


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quiet(database: Any, clock: Clock) -> AsyncIterator[Runtime]:
    async with quiet_hub(database.dsn, "exchange_confirmation_pages", now=clock) as runtime:
        await rule(runtime)
        await rule(runtime, "COAL_MINE", mode="FILING", followUp="到岗前备案", followUpEn="File first")
        await runtime.settle()
        yield runtime


@pytest_asyncio.fixture
async def web(quiet: Runtime) -> AsyncIterator[httpx2.AsyncClient]:
    """A new hub at the same database: who guessed before is forgotten."""
    app = build_app(quiet, load({"EXCHANGE_SECRET": "x" * 40}))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://hub.test") as client:
        yield client


async def made(quiet: Runtime, values: Any, slug: str = NANJING, **question: Any) -> dict[str, Any]:
    """The payload of a confirmation, with the path of its page."""
    asked = {"certificateNumber": values["number"], "hostRegion": "320100", **question}
    body = await answered(quiet, slug, MAKE, PURPOSE, i=asked)
    found: dict[str, Any] = body["data"]["recognitionConfirm"]
    assert found["userErrors"] == []
    return {**found, **found["confirmation"], "path": found["pageUrl"].removeprefix(quiet.public_url)}


def word(page: Any) -> tuple[int, str, str]:
    """Status, the class by which it is coloured, and the big word."""
    (shown,), (sort,) = re.findall(r"<h1>(.*?)</h1>", page.text), re.findall(r'<main class="sheet (\w+)">', page.text)
    return page.status_code, sort, shown


async def test_the_page_says_what_counts_now_for_whom_where_and_why(quiet: Runtime, web: Any) -> None:
    person, firm = material.person(), material.firm("310000")
    values = material.special_operation(person, firm, region="310000")
    await keep(quiet, SHANGHAI, "SPECIAL_OPERATION", values, day=quiet.today())
    found = await made(quiet, values)
    page = await web.get(found["path"])
    assert word(page) == (200, "ACCEPTED", "予以认可")
    shown = (
        found["number"], "试**甲", "特种作业操作证（低压电工作业）", "南京市（320100）", "上海市应急管理局",
        f"T{person.id_number[:6]}********{person.id_number[-4:]}", values["validTo"], "所依规则", "NR-", " v1",
        "查有记录", "对此证书", "√ 通过", "状态列表", "以发证机关为准", "北京时间",
    )  # fmt: skip
    assert [one for one in shown if one not in page.text] == []
    hidden = (person.name, person.id_number, firm.name, firm.credit_code, PURPOSE[1], NANJING)
    assert [one for one in hidden if one in page.text] == []


async def test_the_page_is_a_sheet_to_print_without_script_that_loads_nothing(quiet: Runtime, web: Any) -> None:
    found = await made(quiet, await engineer(quiet, quiet.today()))
    page = await web.get(found["path"])
    assert "<script" not in page.text
    assert not re.search(r"(src|href|url)=\"(?!tel:)", page.text)
    assert "@page { size: A4;" in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert (page.headers["cache-control"], page.headers["x-robots-tag"]) == ("no-store", "noindex")
    assert found["qrSvg"] in page.text
    assert f'<p class="address">{found["pageUrl"]}</p>' in page.text


async def test_neither_address_nor_picture_tells_anything(quiet: Runtime, web: Any) -> None:
    values = await engineer(quiet, quiet.today())
    found = await made(quiet, values)
    assert re.fullmatch(r"http://127\.0\.0\.1:8000/c/1[0-9A-HJKMNP-TV-Z]{40}", found["pageUrl"])
    assert (
        found["pageUrl"]
        == (await answered(quiet, NANJING, SCANS, n=found["number"]))["data"]["confirmation"]["pageUrl"]
    )
    other = (await answered(quiet, SHANGHAI, SCANS, n=found["number"]))["data"]["confirmation"]
    assert other == {"pageUrl": None, "scanCount": None, "lastScannedAt": None}


async def test_each_verdict_has_its_word_and_only_what_is_accepted_is_green(quiet: Runtime, web: Any) -> None:
    today = quiet.today()
    several = [
        await engineer(quiet, today), await engineer(quiet, today, "COAL_MINE"),
        await engineer(quiet, today, reportedStatus="REVOKED"), await engineer(quiet, today, "METALLURGY"),
    ]  # fmt: skip
    pages = [await web.get((await made(quiet, one))["path"]) for one in several]
    assert [word(page) for page in pages] == [
        (200, "ACCEPTED", "予以认可"), (200, "CONDITIONAL", "有条件认可"),
        (200, "REFUSED", "不予认可"), (200, "UNDETERMINED", "无法判定"),
    ]  # fmt: skip
    assert "到岗前备案" in pages[1].text
    assert "不是认可，也不说明证书是假证" in pages[3].text


async def test_a_revocation_shows_at_the_next_look_at_the_same_paper(quiet: Runtime, web: Any) -> None:
    values = await engineer(quiet, quiet.today())
    found = await made(quiet, values)
    assert word(await web.get(found["path"])) == (200, "ACCEPTED", "予以认可")
    await send(quiet, values, reportedStatus="REVOKED")
    page = await web.get(found["path"])
    assert word(page) == (200, "WITHDRAWN", "不再认可")
    assert "× 不通过" in page.text
    assert "请勿采信纸面" in page.text


async def test_what_was_refused_is_not_accepted_by_its_page_whatever_is_answered_now(quiet: Runtime, web: Any) -> None:
    values = await engineer(quiet, quiet.today(), reportedStatus="SUSPENDED")
    found = await made(quiet, values)
    await send(quiet, values, reportedStatus="VALID")
    page = await web.get(found["path"])
    assert (await look(quiet, found["number"]))["verdict"] == "ACCEPTED"
    assert word(page) == (200, "REFUSED", "不予认可")
    assert "现在重新判定为予以认可；须凭新的确认书" in page.text


async def test_of_a_later_day_it_is_not_green_before_that_day(quiet: Runtime, web: Any, clock: Clock) -> None:
    found = await made(quiet, await engineer(quiet, quiet.today()), on=str(quiet.today() + timedelta(days=2)))
    assert word(await web.get(found["path"])) == (200, "NOT_YET", "尚未到所问之日")
    clock.ahead = timedelta(days=2)
    try:
        assert word(await web.get(found["path"])) == (200, "ACCEPTED", "予以认可")
    finally:
        clock.ahead = timedelta()


async def test_once_its_time_is_over_the_page_says_so_and_names_nobody(quiet: Runtime, web: Any, clock: Clock) -> None:
    found = await made(quiet, await engineer(quiet, quiet.today()))
    clock.ahead = timedelta(days=31)
    try:
        page = await web.get(found["path"])
    finally:
        clock.ahead = timedelta()
    assert word(page) == (200, "EXPIRED", "确认书已过期")
    assert found["number"] in page.text
    assert "试**" not in page.text
    assert "√" not in page.text


async def test_where_nothing_is_on_record_the_page_names_no_holder(quiet: Runtime, web: Any) -> None:
    unknown = material.engineer(material.person(), material.firm("310000"), region="310000")
    page = await web.get((await made(quiet, unknown))["path"])
    assert word(page) == (200, "UNDETERMINED", "无法判定")
    assert "查无记录，不等于假证" in page.text
    assert "持证人</dt>" not in page.text


async def test_an_altered_letter_another_hub_and_a_safety_code_are_no_code_of_a_page(quiet: Runtime, web: Any) -> None:
    path = (await made(quiet, await engineer(quiet, quiet.today())))["path"]
    altered = path[:-1] + ("0" if path[-1] != "0" else "1")
    safety_code = new_code(quiet.keys, uuid.uuid4().bytes)
    for wrong in (altered, path + "0", "/c/x", f"/c/{safety_code}", "/c/" + "1" * 41):
        assert word(await web.get(wrong)) == (404, "TAMPERED", "确认书码无效"), wrong
    unknown = new_code(quiet.keys, uuid.uuid4().bytes, CONFIRMATION_PAGE)
    assert word(await web.get(f"/c/{unknown}")) == (404, "UNKNOWN", "查无此确认书")
    assert word(await web.get(path.lower().replace("/c/1", "/c/l"))) == (200, "ACCEPTED", "予以认可")
    assert (await web.get(path.replace("/c/", "/v/"))).status_code == 404


async def test_who_guesses_is_held_up_and_who_shows_a_real_code_is_not(quiet: Runtime, web: Any) -> None:
    path = (await made(quiet, await engineer(quiet, quiet.today())))["path"]
    for _ in range(30):
        assert (await web.get("/c/x")).status_code == 404
    held = await web.get("/c/x")
    assert (*word(held), int(held.headers["retry-after"]) > 0) == (429, "TOO_MANY", "尝试过多", True)
    assert (await web.get("/v/x")).status_code == 429
    assert word(await web.get(path)) == (200, "ACCEPTED", "予以认可")


async def test_each_opening_is_counted_for_who_asked_once_a_minute(quiet: Runtime, web: Any, clock: Clock) -> None:
    found = await made(quiet, await engineer(quiet, quiet.today()), slug=JIANGSU)
    for _ in range(2):
        await web.get(found["path"])
    clock.ahead = timedelta(minutes=2)
    try:
        await web.get(found["path"])
        at = quiet.now()
    finally:
        clock.ahead = timedelta()
    seen = (await answered(quiet, JIANGSU, SCANS, n=found["number"]))["data"]["confirmation"]
    late = at - datetime.fromisoformat(seen["lastScannedAt"])
    assert (seen["scanCount"], timedelta() <= late < timedelta(minutes=1)) == (2, True)


async def test_when_who_asked_is_suspended_the_page_says_nothing_else(quiet: Runtime, web: Any) -> None:
    path = (await made(quiet, await engineer(quiet, quiet.today()), slug=JIANGSU))["path"]
    suspend = "update tenant set is_active = $2 where slug = $1"
    await as_owner(quiet, suspend, JIANGSU, False)
    try:
        page = await web.get(path)
    finally:
        await as_owner(quiet, suspend, JIANGSU, True)
        await quiet.reload()
    assert word(page) == (404, "SUSPENDED", "申请单位已停用")
    assert "试**" not in page.text


async def test_machines_get_the_same_as_json(quiet: Runtime, web: Any) -> None:
    found = await made(quiet, await engineer(quiet, quiet.today()))
    answer = await web.get(found["path"], headers=JSON)
    document = answer.json()
    assert (answer.headers["content-type"], document["outcome"], document["number"]) == (
        "application/json", "ACCEPTED", found["number"],
    )  # fmt: skip
    assert {one["outcome"] for one in document["conditions"]} == {"PASSED"}
    assert document["status"]["status_list"]["uri"] == f"{quiet.public_url}/status-lists/1"
    assert document["authoritative"] == "以发证机关为准"


async def test_a_page_is_read_and_nothing_else(web: Any) -> None:
    assert (await web.post("/c/x")).status_code == 405
