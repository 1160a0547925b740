"""Files made to harm: a workbook that unfolds into all memory, numbers beyond numbers, cells that begin as formulas."""

import io
import json
import zipfile
from threading import BoundedSemaphore
from typing import Any

import pytest
from yarl import URL

from exchange.doors.bodies import SHEET_LIMIT
from exchange.intake import workbook as read_apart
from exchange.intake.returned import MEDIA_TYPES
from tests.flows import material
from tests.flows.test_roster_doors import BUREAU, TITLES, read, send, workbook

_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_PACKAGE = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"'


def _related(sort: str, target: str) -> str:
    one = f'<Relationship Id="rId1" Type="{_RELATIONS}/{sort}" Target="{target}"/>'
    return f"<Relationships {_PACKAGE}>{one}</Relationships>"


def _cell(attribute: str, text: str) -> str:
    return f'<c {attribute} t="inlineStr"><is><t>{text}</t></is></c>'


def written(rows: str, part: str = "sheet1.xml") -> bytes:
    """A workbook of one sheet, as nobody's program writes it: a header, then these rows, in a part of this name."""
    header = "".join(_cell(f'r="{letter}1"', title) for letter, title in zip("ABCDE", TITLES, strict=True))
    sheet = f'<sheet name="s" sheetId="1" xmlns:r="{_RELATIONS}" r:id="rId1"/>'
    parts = {
        "_rels/.rels": _related("officeDocument", "xl/workbook.xml"),
        "xl/workbook.xml": f"<workbook {_MAIN}><sheets>{sheet}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": _related("worksheet", part),
        f"xl/{part}": f'<worksheet {_MAIN}><sheetData><row r="1">{header}</row>{rows}</sheetData></worksheet>',
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


_FAR = {
    "as every program writes it": ('r="XFD1048576"', "sheet1.xml"),
    "in small letters": ('r="xfd1048576"', "sheet1.xml"),
    "with blanks around the sign": ('r = "XFD1048576"', "sheet1.xml"),
    "with zeros before its row": ('r="XFD000000001048576"', "sheet1.xml"),
    "in a part that is not called xml": ('r="XFD1048576"', "sheet1.dat"),
}


@pytest.mark.parametrize("how", _FAR)
async def test_a_cell_far_away_does_not_unfold_into_all_memory(how: str, hub: Any, http: Any) -> None:
    """Seventeen thousand million cells of a file of two kilobytes."""
    attribute, part = _FAR[how]
    content = written(f'<row r="1048576">{_cell(attribute, "x")}</row>', part)
    async with await send(hub, http, BUREAU, content, "远处") as response:
        assert (response.status, (await response.json())["error"]["code"]) == (400, "FILE_UNREADABLE")


async def test_a_sheet_of_another_name_is_read_where_it_harms_nobody(hub: Any, http: Any) -> None:
    row = '<row r="2">' + _cell('r="A2"', "新增") + _cell('r="D2"', "错") + "</row>"
    async with await send(hub, http, BUREAU, written(row, "sheet1.dat"), "别名") as response:
        assert (await response.json())["counts"]["refused"] == 1


async def test_a_number_beyond_all_numbers_comes_back_as_what_it_is(hub: Any, http: Any) -> None:
    row = '<row r="2">' + _cell('r="A2"', "新增") + '<c r="B2"><v>1e999</v></c></row>'
    async with await send(hub, http, BUREAU, written(row), "无穷", Accept=MEDIA_TYPES["xlsx"]) as response:
        assert response.status == 200
        titles, back = read(await response.read())
    assert (titles[3], back[2:4]) == (TITLES[1], ["新增", "inf"])


@pytest.mark.parametrize("start", ["+", "-", "@", "\t=", "\r=", "＝"])
async def test_no_cell_given_back_begins_as_a_formula_does(start: str, hub: Any, http: Any) -> None:
    row = ["新增", "某企业", "", "错", f"{start}HYPERLINK(1)"]
    async with await send(hub, http, BUREAU, workbook(row), "公式", Accept="text/csv") as response:
        told = (await response.read()).decode("utf-8-sig")
    assert f"'{start}HYPERLINK(1)" in told


@pytest.mark.parametrize("name", ["a%00.ndjson", "a%0d%0aX.ndjson", "..%2f..%2fa.ndjson"])
async def test_the_name_of_a_file_is_kept_as_letters_alone(name: str, hub: Any, http: Any) -> None:
    headers = {"Authorization": f"Bearer {hub.token(BUREAU)}"}
    address = f"{hub.base_url}/imports?kind=RISK_GRADING&async=true&filename="
    async with http.post(URL(address + name, encoded=True), data=b'{"a": 1}\n', headers=headers) as response:
        assert response.status == 202
        kept = (await response.json())["fileName"]
    assert kept.isprintable()
    assert kept.endswith(".ndjson")


@pytest.mark.parametrize("door", ["rosters?name=大&purpose=监管&", "gate-checks?"])
async def test_a_small_table_is_not_hundreds_of_megabytes(door: str, hub: Any, http: Any) -> None:
    headers = {"Authorization": f"Bearer {hub.token(BUREAU)}"}
    content = io.BytesIO(b"x" * (SHEET_LIMIT + 1))
    async with http.post(f"{hub.base_url}/{door}filename=a.csv", data=content, headers=headers) as response:
        assert (response.status, (await response.json())["error"]["code"]) == (413, "PAYLOAD_TOO_LARGE")


async def test_what_reads_a_workbook_ends_with_it_and_there_are_never_too_many(
    hub: Any, http: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_apart, "_OPEN", BoundedSemaphore(1))
    monkeypatch.setattr(read_apart, "_PATIENCE_SECONDS", 0)
    for _ in range(3):
        async with await send(hub, http, BUREAU, workbook(["新增", "某企业", "", "错", ""]), "先后") as response:
            assert response.status == 200
    with read_apart._turn():
        async with await send(hub, http, BUREAU, workbook(), "同时") as response:
            assert (response.status, (await response.json())["error"]["code"]) == (503, "UNAVAILABLE")


@pytest.mark.parametrize(("name", "file"), [("a.ndjson", "%s\n%s\n"), ("a.json", '{"AcceptData": [%s, %s]}')])
async def test_one_row_nested_a_thousand_deep_comes_back_and_holds_up_no_other(
    name: str, file: str, hub: Any, http: Any
) -> None:
    deep = '{"name": ' + '{"a": ' * 900 + "1" + "}" * 901
    firm = material.firm()
    good = json.dumps(material.grading(firm))
    headers = {"Authorization": f"Bearer {hub.token(BUREAU)}"}
    address = f"{hub.base_url}/imports?kind=RISK_GRADING&filename={name}"
    async with http.post(address, data=(file % (deep, good)).encode(), headers=headers) as response:
        assert response.status == 200
        counts = (await response.json())["counts"]
    assert (counts["read"], counts["new"], counts["refused"]) == (2, 1, 1)
