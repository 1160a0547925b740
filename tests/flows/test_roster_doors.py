"""Rosters over HTTP and by the verb: a workbook in, refused rows as a file, the roster out as what came in."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from exchange.cli.printing import Printer
from exchange.cli.rosters import keep_path
from exchange.intake.returned import MEDIA_TYPES
from exchange.sheets import rosters as roster_sheets
from schema.errors import Refusal
from tests.flows import material
from tests.flows.material import Firm, Person

BUREAU, OTHER, FIRM, PARTNER, OPERATOR = (
    "sz-bureau",
    "gz-bureau",
    "huadong-construction",
    "bidding-platform",
    "operator",
)
TITLES = ["新增/移除", "姓名或企业名称", "公民身份号码", "统一社会信用代码", "备注"]


def line(of: Person | Firm, change: str = "新增", note: str = "") -> list[str]:
    if isinstance(of, Person):
        return [change, of.name, of.id_number, "", note]
    return [change, of.name, "", of.credit_code, note]


def workbook(*lines: list[str]) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as made:
        sheet = made.add_worksheet()
        for number, cells in enumerate((TITLES, *lines)):
            sheet.write_row(number, 0, cells)
    return buffer.getvalue()


def read(content: bytes) -> list[list[str]]:
    rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    return [[str(cell) for cell in row] for row in rows]


async def send(
    hub: Any, http: Any, slug: str, content: bytes, name: str, *, purpose: str = "监管", **headers: str
) -> Any:
    sent = {"Authorization": f"Bearer {hub.token(slug)}", **headers}
    asked = {"name": name, "purpose": purpose, "filename": "a.xlsx"}
    return await http.post(f"{hub.base_url}/rosters", params=asked, data=content, headers=sent)


async def got(hub: Any, http: Any, slug: str, path: str) -> tuple[int, bytes]:
    async with http.get(hub.base_url + path, headers={"Authorization": f"Bearer {hub.token(slug)}"}) as response:
        return response.status, await response.read()


async def test_what_is_uploaded_comes_out_as_it_is_and_can_be_sent_again(hub: Any, http: Any) -> None:
    rows = [line(material.person(), note="焊接"), line(material.firm())]
    async with await send(hub, http, BUREAU, workbook(*rows), "往返") as response:
        answer = await response.json()
    assert (response.status, answer["counts"]) == (
        200, {"read": 2, "added": 2, "changed": 0, "removed": 0, "unchanged": 0, "refused": 0},
    )  # fmt: skip
    status, content = await got(hub, http, BUREAU, f"/rosters/{answer['rosterId']}.xlsx")
    assert (status, read(content)) == (200, [TITLES, *rows])
    async with await send(hub, http, BUREAU, content, "往返") as response:
        assert (await response.json())["counts"]["unchanged"] == 2
    status, content = await got(hub, http, BUREAU, f"/rosters/{answer['rosterId']}.csv")
    assert content.decode("utf-8-sig").splitlines()[0] == ",".join(TITLES)


async def test_refused_rows_are_a_file_where_one_is_accepted(hub: Any, http: Any) -> None:
    person, firm = material.person(), material.firm()
    content = workbook(line(firm), line(person))
    async with await send(hub, http, PARTNER, content, "退回", Accept=MEDIA_TYPES["xlsx"]) as response:
        assert response.headers["Exchange-Counts"] == "read=2, added=1, changed=0, removed=0, unchanged=0, refused=1"
        back = read(await response.read())
    assert back[0] == ["问题", "代码", *TITLES]
    assert back[1][1:] == ["ROSTER_NOT_ENTITLED", *line(person)]
    async with await send(hub, http, PARTNER, content, "退回") as response:
        answer = await response.json()
    assert ([one["code"] for one in answer["receipt"]], answer["counts"]["unchanged"]) == (["ROSTER_NOT_ENTITLED"], 1)
    assert person.id_number not in json.dumps(answer)


async def test_the_sample_row_of_the_template_does_not_count(hub: Any, http: Any) -> None:
    async with http.get(f"{hub.base_url}/rosters/template") as response:
        template = await response.read()
    assert [title.rstrip("*") for title in read(template)[0]] == TITLES
    async with await send(hub, http, BUREAU, template, "样例") as response:
        assert (await response.json())["counts"]["read"] == 0


async def test_the_rosters_of_others_are_not_found_and_the_operator_has_none(hub: Any, http: Any) -> None:
    async with await send(hub, http, BUREAU, workbook(line(material.firm())), "他人的") as response:
        roster = (await response.json())["rosterId"]
    for slug in (OTHER, FIRM, PARTNER):
        status, content = await got(hub, http, slug, f"/rosters/{roster}.xlsx")
        assert (status, b"NOT_FOUND" in content) == (404, True)
    for path in (f"/rosters/{roster}", f"/rosters/{roster}.pdf", "/rosters/x.xlsx"):
        assert (await got(hub, http, BUREAU, path))[0] == 404
    async with await send(hub, http, OPERATOR, workbook(), "运营") as response:
        assert (response.status, (await response.json())["error"]["code"]) == (403, "FORBIDDEN")


@pytest.mark.parametrize(
    ("name", "purpose", "content", "code"),
    [
        ("", "监管", b"x", "FIELD_REQUIRED"),
        ("新的", "", workbook(line(material.firm())), "FIELD_REQUIRED"),
        ("新的", "监管", b"", "FILE_UNREADABLE"),
    ],
)
async def test_what_cannot_be_kept_is_refused_as_a_whole(
    name: str, purpose: str, content: bytes, code: str, hub: Any, http: Any
) -> None:
    async with await send(hub, http, BUREAU, content, name, purpose=purpose) as response:
        assert (await response.json())["error"]["code"] == code


async def test_too_many_rows_are_refused_before_any_is_kept(
    hub: Any, http: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roster_sheets, "MOST_ROWS", 1)
    rows = [line(material.firm()), line(material.firm())]
    async with await send(hub, http, BUREAU, workbook(*rows), "太多") as response:
        assert (response.status, (await response.json())["error"]["code"]) == (400, "BAD_INPUT")


async def test_the_verb_keeps_the_good_rows_and_writes_the_others_beside_the_file(
    hub: Any, tmp_path: Path, capsys: Any
) -> None:
    path, person = tmp_path / "企业.xlsx", material.person()
    path.write_bytes(workbook(line(material.firm()), line(person)))
    printer = Printer(as_json=False, language="zh")
    code = await keep_path(hub.runtime, printer, path=path, tenant=PARTNER, name="投标企业", purpose="投标")
    printed = capsys.readouterr().out
    assert (code, "新增 added 1" in printed, person.id_number in printed) == (2, True, False)
    assert read((tmp_path / "企业-待修改.xlsx").read_bytes())[1][2:] == line(person)
    path.write_bytes(workbook(line(material.firm())))
    assert await keep_path(hub.runtime, printer, path=path, tenant=PARTNER, name="投标企业", purpose=None) == 0


async def test_the_verb_keeps_nothing_for_who_may_not(hub: Any, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(workbook())
    with pytest.raises(Refusal) as refused:
        await keep_path(
            hub.runtime, Printer(as_json=False, language="zh"), path=path, tenant=OPERATOR, name="x", purpose="x"
        )
    assert refused.value.code == "FORBIDDEN"
