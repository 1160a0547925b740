"""Files: every format with what real ones have in them, files that cannot be used, the receipt, the template."""

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from datetime import datetime

import pytest
import xlsxwriter  # type: ignore[import-untyped]

from exchange.intake import parse_rows, read_rows, returned
from exchange.intake.columns import AT_MOST, noting_unknown
from exchange.intake.headers import SAMPLE_MARK
from exchange.intake.receipt import receipt
from exchange.intake.row import Row
from exchange.intake.template import template
from schema.errors import Refusal
from schema.kinds import BY_NAME, KINDS
from schema.record import Finding, Kind
from tests.unit.old_workbook import old_workbook

GRADING = BY_NAME["RISK_GRADING"]
OPERATION = BY_NAME["SPECIAL_OPERATION"]
TITLES = ["信用代码", "单位名称", "行政区划代码", "分级办法", "风险等级*", "评定日期"]
CELLS = ["91440300DEM000014E", "鹏城甲化工有限公司", "440300", "应急〔2018〕19号", "橙", "2026-03-01"]
VALUES = {
    "creditCode": "91440300DEM000014E", "name": "鹏城甲化工有限公司", "region": "440300",
    "scheme": "应急〔2018〕19号", "band": "橙", "assessedOn": "2026-03-01",
}  # fmt: skip
LINE = json.dumps(VALUES, ensure_ascii=False)


def workbook(sheets: Mapping[str, Sequence[Sequence[object]]], *hidden: str) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for name, lines in sheets.items():
            sheet = book.add_worksheet(name)
            for number, cells in enumerate(lines):
                for column, cell in enumerate(cells):
                    if isinstance(cell, datetime):
                        sheet.write_datetime(number, column, cell, day)
                    elif isinstance(cell, str):
                        sheet.write_string(number, column, cell)
                    else:
                        sheet.write(number, column, cell)
            if name in hidden:
                sheet.hide()
    return buffer.getvalue()


def read(data: bytes, filename: str, kind: Kind = GRADING, content_type: str | None = None) -> list[Row]:
    return list(read_rows(data, filename=filename, content_type=content_type, kind=kind))


def refusal(data: bytes, filename: str, kind: Kind = GRADING) -> tuple[str, str]:
    with pytest.raises(Refusal) as caught:
        read_rows(data, filename=filename, content_type=None, kind=kind)
    return caught.value.code, caught.value.message("zh")


def test_a_sheet_is_read_by_its_titles_wherever_they_stand() -> None:
    lines = [
        ["深圳市风险分级汇总表"],
        [],
        ["备注", *reversed(TITLES)],
        ["", *reversed(CELLS)],
        [],
        ["x", *reversed(CELLS)],
    ]
    rows = read(workbook({"a": lines}), "a.xlsx")
    assert [(row.number, row.values) for row in rows] == [(4, VALUES), (6, VALUES)]
    assert rows[1].original == dict(zip(lines[2], lines[5], strict=True))


def test_dates_and_numbers_of_a_sheet_are_read() -> None:
    cells = [*CELLS[:2], 440300, *CELLS[3:5], datetime(2026, 3, 1)]  # noqa: DTZ001 - cells have no zone
    (parsed,) = [parsed for _, parsed in parse_rows(read(workbook({"a": [TITLES, cells]}), "a.xlsx"), GRADING)]
    assert parsed.findings == ()
    assert parsed.record is not None
    assert (parsed.record.region, str(parsed.record.effective_on)) == ("440300", "2026-03-01")


def test_the_first_visible_sheet_that_fits_is_taken() -> None:
    other = [*CELLS[:4], "红", CELLS[5]]
    sheets = {"说明": [["请先阅读"]], "旧": [TITLES, other], "数据": [TITLES, CELLS], "更多": [TITLES, other]}
    assert [row.values for row in read(workbook(sheets, "旧"), "a.xlsx")] == [VALUES]


def test_an_old_workbook_is_read_too() -> None:
    rows = read(old_workbook([["汇总表"], TITLES, CELLS, [*CELLS[:2], 440300.0, *CELLS[3:]]]), "a.xls")
    assert [(row.number, row.values) for row in rows] == [(3, VALUES), (4, VALUES | {"region": 440300.0})]


def test_missing_columns_are_all_named_at_once() -> None:
    assert refusal(workbook({"a": [TITLES[1:4], CELLS[1:4]]}), "a.xlsx") == (
        "HEADER_MISSING", "缺少列 统一社会信用代码、风险等级、评定日期",
    )  # fmt: skip
    assert refusal("项目,金额\n甲,1\n".encode(), "a.csv")[0] == "HEADER_MISSING"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_delimited_text_is_read_in_each_encoding(encoding: str, delimiter: str) -> None:
    text = f"{delimiter.join(TITLES)}\r\n\r\n{delimiter.join(CELLS)}\r\n"
    assert [(row.number, row.values) for row in read(text.encode(encoding), "a.csv")] == [(3, VALUES)]


def test_the_tricks_that_keep_long_numbers_whole_are_undone() -> None:
    text = ",".join(TITLES) + "\n" + ",".join(['"=""91440300DEM000014E"""', CELLS[1], "'440300", *CELLS[3:]]) + "\n"
    assert [row.values for row in read(text.encode(), "a.csv")] == [VALUES]


def test_a_row_with_more_cells_than_titles_is_a_fault_of_that_row() -> None:
    text = "\n".join([",".join(TITLES), ",".join([CELLS[0], "甲,乙公司", *CELLS[2:]]), ",".join([*CELLS, "", ""])])
    results = [(row.number, parsed) for row, parsed in parse_rows(read(text.encode(), "a.csv"), GRADING)]
    assert [(number, parsed.record is not None) for number, parsed in results] == [(2, False), (3, True)]
    assert [(found.row, found.code) for found in results[0][1].findings] == [(2, "ROW_UNREADABLE")]


def test_ndjson_is_read_by_field_name_or_title_and_a_bad_line_is_a_fault_of_that_line() -> None:
    titled = json.dumps(dict(zip(TITLES, CELLS, strict=True)))
    rows = read(f"{LINE}\n\n{{oops\n[1]\n{titled}\n".encode(), "a.ndjson")
    assert [(row.number, row.values, bool(row.fault)) for row in rows] == [
        (1, VALUES, False), (3, {}, True), (4, {}, True), (5, VALUES, False),
    ]  # fmt: skip


def test_the_national_interface_is_read_by_its_own_names() -> None:
    entry = {
        "eCertID": "0" * 32, "provinceNum": "440000", "certNum": "粤建安C3(2026)0000001",
        "issuAuth": "某省住房和城乡建设厅",
        "issuAuthCode": "11440300DEM900012P", "issuedDate": "2020-05-01", "issuDate": "2026-04-20",
        "effectiveDate": "2026-05-01", "expiringDate": "2029-04-30", "categoryCode": "C3", "name": "王小军",
        "gender": "1", "birthDate": "1985-06-15", "identityCard": "990000198506150010", "identityCardType": "111",
        "companyName": "鹏城甲建设有限公司", "creditCode": "91440300DEM000014E", "appointment": "08", "photo": "AAAA",
        "certState": "01", "operateType": "08", "oldcertNum": "苏建安C3（2023）0000009",
        "associatedZzeCertID": "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U",
    }  # fmt: skip
    data = json.dumps({"AcceptData": [entry, "x"]}).encode()
    kind = BY_NAME["CONSTRUCTION_SAFETY_MANAGER"]
    (_, first), (row, second) = parse_rows(read(data, "upload.json", kind), kind)
    assert first.findings == ()
    record = first.record
    assert record is not None
    assert (record.number, record.region, record.issuer_code) == (
        "粤建安C3（2026）0000001",
        "440000",
        "11440300DEM900012P",
    )
    assert [str(day) for day in (record.first_issued_on, record.valid_from, record.valid_to)] == [
        "2020-05-01", "2026-05-01", "2029-04-30",
    ]  # fmt: skip
    assert record.reported_status == "VALID"
    assert record.body == {
        "managerClass": "C3", "jobTitle": "SAFETY_MANAGER", "issuedOn": "2026-04-20", "operation": "TRANSFER_IN",
        "previousNumber": "苏建安C3（2023）0000009", "previousIdentifier": entry["associatedZzeCertID"],
    }  # fmt: skip
    assert record.personal == {"gender": "MALE"}
    assert (row.number, second.findings[0].code) == (2, "ROW_UNREADABLE")


@pytest.mark.parametrize("filename", ["a.csv", "a.ndjson", "a.xlsx"])
def test_a_column_that_stands_for_no_field_is_told_once_and_its_rows_are_kept(filename: str) -> None:
    titles, cells = [*TITLES, "备注", "身份证990000198506150010", ""], [*CELLS, "无", "x", "y"]
    entry = dict(zip(titles, cells, strict=True))
    data = {
        "a.csv": "\n".join([",".join(titles), *[",".join(cells)] * 3]).encode(),
        "a.ndjson": "\n".join([json.dumps(entry)] * 3).encode(),
        "a.xlsx": workbook({"a": [titles, cells, cells, cells]}),
    }[filename]
    unknown: dict[str, Finding] = {}
    parsed = [one for _, one in parse_rows(noting_unknown(read(data, filename), GRADING, unknown), GRADING)]
    assert [(one.record is not None, one.findings) for one in parsed] == [(True, ())] * 3
    told = sorted((one.field, one.code, one.severity, one.row) for one in unknown.values())
    assert told == [
        ("备注", "FIELD_UNKNOWN", "WARNING", None), ("身份证990000********0010", "FIELD_UNKNOWN", "WARNING", None),
    ]  # fmt: skip


def test_what_the_national_interface_has_beside_our_fields_is_no_surprise() -> None:
    kind = BY_NAME["CONSTRUCTION_SAFETY_MANAGER"]
    data = json.dumps({"AcceptData": [{"eCertID": "0", "photo": "AAAA", "certNum": "x", "remark": "y"}]}).encode()
    unknown: dict[str, Finding] = {}
    assert len(list(noting_unknown(read(data, "upload.json", kind), kind, unknown))) == 1
    assert list(unknown) == ["remark"]


def test_lines_without_any_order_in_their_keys_do_not_fill_the_memory() -> None:
    lines = "\n".join(json.dumps({f"key{place}": 1}) for place in range(AT_MOST * 3))
    unknown: dict[str, Finding] = {}
    assert len(list(noting_unknown(read(lines.encode(), "a.ndjson"), GRADING, unknown))) == AT_MOST * 3
    assert len(unknown) == AT_MOST


WHOLE = workbook({"a": [TITLES, CELLS]})
OLD = old_workbook([TITLES, CELLS])
FAR = {"xl/worksheets/sheet1.xml": b'<sheetData><row r="1"><c r="A1"/></row><row><c r="XFD1048576"/></row></sheetData>'}


def archive(parts: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "filename"),
    [
        (b"", "a.xlsx"), (b"\xef\xbb\xbf \r\n", "a.csv"), (WHOLE[:2000], "a.xlsx"), (WHOLE[:-30], "a.xlsx"),
        (OLD[:700], "a.xls"), (OLD[:512], "a.xls"), (b"nothing of the kind", "a.xlsx"), (archive({"a": b""}), "a.xlsx"),
        (archive(FAR), "a.xlsx"), (b"<html><table></table></html>", "a.xls"),
        (f"{LINE}\n{LINE[:40]}".encode(), "a.ndjson"), (b"oops\n", "a.ndjson"),
        (b'{"AcceptData": [{"name": "x"}', "a.json"), (b'{"AcceptData": {}}', "a.json"), (b"7", "a.json"),
        (",".join(TITLES).encode() + b'\n"9144', "a.csv"), (b"\xff\xff\xff\x81", "a.csv"),
    ],
)  # fmt: skip
def test_a_file_that_is_empty_cut_off_or_something_else_is_refused_before_its_first_row(
    data: bytes, filename: str
) -> None:
    assert refusal(data, filename)[0] == "FILE_UNREADABLE"


def test_one_cell_far_away_is_refused_before_it_takes_all_memory() -> None:
    assert refusal(archive(FAR), "a.xlsx")[1] == (
        "文件无法读取：工作表范围过大，请删除远处的多余单元格 (the sheet spans too many cells)"
    )


def test_damage_that_makes_the_reader_panic_is_a_refusal_too() -> None:
    place = OLD.index(b"\x85\x00\x0a\x00") + 4  # where the workbook says its sheet begins: now beyond the end
    assert refusal(OLD[: place + 1] + b"\xff" + OLD[place + 2 :], "a.xls")[0] == "FILE_UNREADABLE"


def test_the_content_decides_and_not_the_name() -> None:
    assert [row.values for row in read(WHOLE, "a.csv")] == [VALUES]
    assert [row.values for row in read(OLD, "a.xlsx")] == [VALUES]
    assert [row.values for row in read(f"{LINE}\n".encode(), "upload")] == [VALUES]
    assert [row.values for row in read(f"{LINE}\n".encode(), "a.json")] == [VALUES]
    assert [
        row.values for row in read(f"[{LINE}]".encode(), "upload", content_type="application/json; charset=utf-8")
    ] == [VALUES]
    assert [row.values for row in read_rows(io.BytesIO(WHOLE), filename="", content_type=None, kind=GRADING)] == [
        VALUES
    ]


def special_operation(**changed: object) -> dict[str, object]:
    return {
        "证书编号": "T990000198506150010", "姓名": "王小军", "身份证号": "990000198506150010",
        "操作项目": "低压电工作业", "有效期开始日期": "2026-03-01", "有效期结束日期": "2032-02-29",
        "应复审日期": "2029-02-28", "状态": "有效",
    } | changed  # fmt: skip


def test_good_rows_are_kept_and_bad_ones_come_back_with_everything_masked() -> None:
    bad = special_operation(
        身份证号=440301199001011234.0, 姓名="王小军\0", 证书编号="T990000198506150011", 有效期结束日期="x"
    )
    lines: list[list[object]] = [list(special_operation()), list(special_operation().values()), list(bad.values())]
    lines[2][1] = "王小军1"
    results = list(parse_rows(read(workbook({"a": lines}), "a.xlsx", OPERATION), OPERATION))
    assert [parsed.record is not None for _, parsed in results] == [True, False]
    told = receipt((found for _, parsed in results for found in parsed.findings), OPERATION)
    assert [(entry["row"], entry["header"], entry["value"], entry["code"]) for entry in told] == [
        (3, "证书编号", "T990000********0011", "CERTIFICATE_NUMBER_INVALID"),
        (3, "姓名", "王**1", "FIELD_UNREADABLE"),
        (3, "公民身份号码", "4.403E+17", "ID_NUMBER_AS_NUMBER"),
        (3, "有效期止", "x", "DATE_INVALID"),
    ]
    assert told[2] == {
        "row": 3, "field": "idNumber", "header": "公民身份号码", "value": "4.403E+17", "code": "ID_NUMBER_AS_NUMBER",
        "severity": "ERROR", "message": "证件号被 Excel 转成数字，后三位已丢失",
        "messageEn": "Excel turned the ID number into a number; its last digits are lost",
        "nextStep": "将该列设为文本后重新填写", "nextStepEn": "Set the column to text and type it again",
    }  # fmt: skip


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_the_sample_row_of_a_template_is_not_imported_and_is_a_good_row_without_its_mark(kind: Kind) -> None:
    data = template(kind)
    assert read(data, "a.xlsx", kind) == []
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        contents = {name: parts.read(name) for name in parts.namelist()}
    contents["xl/sharedStrings.xml"] = contents["xl/sharedStrings.xml"].replace(SAMPLE_MARK.encode(), b"")
    (result,) = parse_rows(read(archive(contents), "a.xlsx", kind), kind)
    assert result[0].number == 2
    assert result[1].findings == ()


def test_a_template_has_a_frozen_header_text_columns_and_drop_downs() -> None:
    with zipfile.ZipFile(io.BytesIO(template(OPERATION))) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
        strings = parts.read("xl/sharedStrings.xml").decode()
        styles = parts.read("xl/styles.xml").decode()
    assert '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>' in sheet
    assert sheet.count("<dataValidation ") == 5
    assert "<formula1>代码表!$C$2:$C$55</formula1>" in sheet
    assert "证书编号*" in strings
    assert 'numFmtId="49"' in styles


def test_the_same_kind_always_gives_the_same_template() -> None:
    assert template(GRADING) == template(GRADING)


def test_a_sheet_that_cannot_hold_all_returned_rows_is_refused_and_not_cut_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(returned, "SHEET_ROWS", 2)
    rows = [returned.Returned(content=["a"], problem="p", codes="C")] * 3
    returned.write_workbook(io.BytesIO(), ["名称"], rows[:2])
    with pytest.raises(Refusal, match="BAD_INPUT"):
        returned.write_workbook(io.BytesIO(), ["名称"], rows)


def test_a_returned_cell_never_begins_as_a_formula_and_is_read_as_it_was_sent() -> None:
    buffer = io.BytesIO()
    sent = ["=1+1", "-5", "@x", "plain"]
    returned.write_delimited(buffer, ["a", "b", "c", "d"], [returned.Returned(content=sent, problem="p", codes="C")])
    line = buffer.getvalue().decode("utf-8-sig").splitlines()[1]
    assert line == "p,C,'=1+1,'-5,'@x,plain"
