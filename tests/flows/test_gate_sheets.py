"""批量关卡核验: a table of firms goes in, the same table comes back with verdict, reasons and receipt of each."""

import csv
import io
import uuid
from pathlib import Path
from typing import Any

import pytest
import python_calamine
import xlsxwriter

from exchange.cli.gating import check_path
from exchange.cli.printing import Printer
from exchange.sheets import gates as gate_sheets
from schema.errors import Refusal
from tests.flows import material
from tests.flows.material import Firm, publish

GUANGZHOU, SHENZHEN, PARTNER, FIRM = "gz-bureau", "sz-bureau", "bidding-platform", "huadong-construction"
TITLES = ["企业名称", "统一社会信用代码", "关卡", "行政区划代码", "办件编号", "备注"]


def workbook(*rows: list[str]) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as made:
        sheet = made.add_worksheet()
        for line, row in enumerate([TITLES, *rows]):
            sheet.write_row(line, 0, row)
    return buffer.getvalue()


def line(of: Firm, gate: str = "投标", region: str = "440100", case: str = "DEM-1") -> list[str]:
    return [of.name, of.credit_code, gate, region, case, "原样保留"]


async def send(
    hub: Any, http: Any, slug: str, content: bytes, name: str = "a.xlsx", key: str | None = None
) -> tuple[int, bytes]:
    headers = {"Authorization": f"Bearer {hub.token(slug)}"} | ({"Idempotency-Key": key} if key else {})
    async with http.post(f"{hub.base_url}/gate-checks?filename={name}", data=content, headers=headers) as response:
        return response.status, await response.read()


def read(content: bytes) -> list[list[Any]]:
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    return [list(row) for row in book.get_sheet_by_index(0).to_python()]


async def known(ask: Any) -> Firm:
    firm = material.firm()
    await publish(ask, SHENZHEN, "enterpriseProfile", material.profile(firm))
    return firm


async def test_a_table_comes_back_with_verdict_reasons_and_receipt_of_each_row(ask: Any, hub: Any, http: Any) -> None:
    clean, flagged, unknown = await known(ask), await known(ask), material.firm()
    await publish(ask, SHENZHEN, "riskFlag", material.flag(flagged))
    status, content = await send(hub, http, GUANGZHOU, workbook(line(clean), line(flagged), line(unknown, "项目审批")))
    titles, *rows = read(content)
    assert status == 200
    assert titles == ["结论", "理由", "回执编号", *TITLES]
    assert [row[0] for row in rows] == ["未见限制情形", "重点核查", "无法判断"]
    assert [row[3:] for row in rows] == [line(clean), line(flagged), line(unknown, "项目审批")]
    assert rows[0][1] == ""
    assert (
        rows[1][1] == "重大事故隐患挂牌督办未销号（《中华人民共和国安全生产法》第四十一条，深圳市应急管理局（演示））"
    )
    query = "query One($n: String!) { gateReceipt(receiptNumber: $n) { verdict creditCode caseNumber } }"
    for row, verdict in zip(rows, ("PASS", "KEY_REVIEW", "UNDETERMINED"), strict=True):
        kept = (await ask(GUANGZHOU, query, n=row[2])).data["gateReceipt"]
        assert kept == {"verdict": verdict, "creditCode": row[4], "caseNumber": "DEM-1"}


async def test_an_answered_table_may_be_sent_again_as_it_is(ask: Any, hub: Any, http: Any) -> None:
    clean = await known(ask)
    _, once = await send(hub, http, PARTNER, workbook(line(clean)))
    _, twice = await send(hub, http, PARTNER, once)
    (titles, first), (again, second) = read(once), read(twice)
    assert again == titles
    assert second[3:] == first[3:]
    assert second[2] != first[2]


async def test_a_row_that_cannot_be_checked_says_so_and_holds_up_no_other(ask: Any, hub: Any, http: Any) -> None:
    clean = await known(ask)
    wrong = [clean.name, "123", "门口", "440100", "", ""]
    elsewhere = line(clean, region="310000")
    _, content = await send(hub, http, GUANGZHOU, workbook(wrong, elsewhere, line(clean)))
    _, first, second, third = read(content)
    assert (first[0], second[0], third[0]) == ("未核验", "未核验", "未见限制情形")
    assert "统一社会信用代码" in first[1]
    assert second[1] == "办理地 310000 不在本单位辖区内，关卡由当地机关核验"
    assert (first[2], second[2]) == ("", "")


async def test_a_delimited_file_comes_back_delimited(ask: Any, hub: Any, http: Any) -> None:
    clean = await known(ask)
    sent = io.StringIO()
    csv.writer(sent).writerows([TITLES, line(clean)])
    status, content = await send(hub, http, GUANGZHOU, sent.getvalue().encode("gb18030"), "a.csv")
    titles, row = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert (status, titles[:4], row[0], row[3:]) == (
        200, ["结论", "理由", "回执编号", "企业名称"], "未见限制情形", line(clean),
    )  # fmt: skip


async def test_the_sample_row_of_the_template_is_not_checked(hub: Any, http: Any) -> None:
    async with http.get(f"{hub.base_url}/gate-checks/template") as response:
        template = await response.read()
    status, content = await send(hub, http, GUANGZHOU, template)
    assert (status, len(read(content))) == (200, 1)


async def test_who_may_not_check_and_what_is_no_table_is_refused(hub: Any, http: Any) -> None:
    status, content = await send(hub, http, FIRM, workbook())
    assert (status, b"FORBIDDEN" in content) == (403, True)
    status, content = await send(hub, http, GUANGZHOU, b'{"creditCode": "x", "gate": "BID"}\n', "a.ndjson")
    assert (status, b"FILE_UNREADABLE" in content) == (400, True)


async def test_too_many_rows_are_refused_before_any_is_checked(
    ask: Any, hub: Any, http: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate_sheets, "MOST_ROWS", 1)
    mine = "{ gateChecks(first: 1) { nodes { id } } }"
    before = (await ask(GUANGZHOU, mine)).data
    clean = material.firm()
    status, content = await send(hub, http, GUANGZHOU, workbook(line(clean), line(clean)))
    assert (status, b"BAD_INPUT" in content) == (400, True)
    assert (await ask(GUANGZHOU, mine)).data == before


async def test_the_verb_writes_the_answers_beside_the_file(ask: Any, hub: Any, tmp_path: Path, capsys: Any) -> None:
    path = tmp_path / "投标单位.xlsx"
    path.write_bytes(workbook(line(await known(ask)), line(material.firm(), "门口")))
    code = await check_path(hub.runtime, Printer(as_json=False, language="zh"), path=path, tenant=GUANGZHOU)
    assert code == 2
    _, first, second = read((tmp_path / "投标单位-核验结果.xlsx").read_bytes())
    assert (first[0], second[0]) == ("未见限制情形", "未核验")
    assert "未见限制情形 1  未核验 1" in capsys.readouterr().out


async def test_the_verb_checks_for_nobody_who_may_not(hub: Any, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(workbook())
    with pytest.raises(Refusal) as refused:
        await check_path(hub.runtime, Printer(as_json=False, language="zh"), path=path, tenant=FIRM)
    assert refused.value.code == "FORBIDDEN"


async def checks_of(ask: Any, slug: str, firm: Firm) -> int:
    query = "{ gateChecks(first: 50) { nodes { creditCode } } }"
    return [one["creditCode"] for one in (await ask(slug, query)).data["gateChecks"]["nodes"]].count(firm.credit_code)


@pytest.mark.parametrize("name", ["a.xlsx", "a.csv"])
async def test_the_same_table_sent_again_under_its_key_is_checked_once_and_gets_the_same_receipts(
    ask: Any, hub: Any, http: Any, name: str
) -> None:
    clean, key = await known(ask), f"gate-{uuid.uuid4()}"
    text = io.StringIO()
    csv.writer(text).writerows([TITLES, line(clean)])
    content = workbook(line(clean)) if name == "a.xlsx" else text.getvalue().encode()
    first = await send(hub, http, PARTNER, content, name, key)
    again = await send(hub, http, PARTNER, content, name, key)
    assert first[0] == 200
    assert again == first
    assert await checks_of(ask, PARTNER, clean) == 1


async def test_another_table_under_the_key_is_refused_and_checks_nothing(ask: Any, hub: Any, http: Any) -> None:
    clean, other, key = await known(ask), await known(ask), f"gate-{uuid.uuid4()}"
    await send(hub, http, PARTNER, workbook(line(clean)), key=key)
    status, content = await send(hub, http, PARTNER, workbook(line(other)), key=key)
    assert (status, b"IDEMPOTENCY_MISMATCH" in content) == (409, True)
    assert await checks_of(ask, PARTNER, other) == 0
    status, content = await send(hub, http, GUANGZHOU, workbook(line(other)), key=key)
    assert (status, read(content)[1][0]) == (200, "未见限制情形")  # a key is its tenant's own


async def test_a_gate_that_there_is_not_comes_back_with_those_there_are(ask: Any, hub: Any, http: Any) -> None:
    _, content = await send(hub, http, GUANGZHOU, workbook(line(await known(ask), "验收")))
    row = read(content)[1]
    assert row[0] == "未核验"
    assert "项目审批 PROJECT_APPROVAL、投标 BID、备案 FILING、年检 ANNUAL_CHECK" in row[1]
