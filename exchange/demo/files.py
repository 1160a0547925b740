"""The story's files in the formats authorities send, each with good rows and bad ones, and what must come of them.

Add the next file as a function here and to `deliveries`.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import orjson
import xlsxwriter

from exchange.demo.cast import BY_SLUG, ENTERPRISE
from exchange.demo.national import construction_managers
from exchange.demo.people import Person, mistyped, period, years_later
from exchange.demo.scene import Scene

Fault = tuple[int, str, str]
"""Row as its sender counts, field, code."""


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """A file, who sends it, and what the hub has to answer: how many rows are kept and every fault of the others."""

    slug: str
    kind: str
    file_name: str
    content: bytes
    good: int
    faults: tuple[Fault, ...]
    secrets: tuple[str, ...] = ()

    def counts(self, *, is_repeated: bool = False) -> dict[str, int]:
        """The counts of the answer, the first time or when the same file comes again."""
        refused = len({row for row, _, _ in self.faults})
        kept = {"new": 0, "unchanged": self.good} if is_repeated else {"new": self.good, "unchanged": 0}
        return {"read": self.good + refused, "changed": 0, "late": 0, "refused": refused, **kept}


def deliveries(scene: Scene) -> tuple[Delivery, ...]:
    """Every file of the story, in the order in which they arrive."""
    return safety_managements(scene), special_operations(scene), constructions(scene), gradings(scene)


def safety_managements(scene: Scene) -> Delivery:
    """Shanghai's workbook of 安全生产知识和管理能力考核合格证: a title line, headers, cells as an office types them."""
    lost = scene.person(11)
    wrong = scene.person(10).mistyped()
    rows = [
        _manager(scene.officer, years_later(scene.day, 2)),
        _manager(scene.expiring, scene.last_day),
        _manager(scene.ending, scene.day + timedelta(days=10)),
        _manager(scene.person(7), years_later(scene.day, 1), begins=f"{years_later(scene.day, -2):%Y.%m.%d}"),
        _manager(wrong, years_later(scene.day, 2)),
        {**_manager(lost, years_later(scene.day, 2)), "身份证号": float(lost.id_number[:17] + "0")},
        {
            **_manager(scene.person(12), years_later(scene.day, -4), begins=scene.day),
            "统一社会信用代码": mistyped(ENTERPRISE.credit_code),
        },
        {
            **_manager(scene.person(13), years_later(scene.day, 2)),
            "发证机关统一社会信用代码": BY_SLUG["gz-bureau"].credit_code,
        },
    ]  # fmt: skip
    return Delivery(
        slug="sh-bureau", kind="SAFETY_MANAGEMENT", file_name="考核合格证.xlsx", good=4,
        content=_workbook("上海市安全生产知识和管理能力考核合格证名册（演示）", rows),
        faults=(
            (7, "idNumber", "ID_NUMBER_INVALID"), (8, "idNumber", "ID_NUMBER_AS_NUMBER"),
            (9, "creditCode", "CREDIT_CODE_INVALID"), (9, "validTo", "DATES_REVERSED"),
            (10, "issuerCode", "FOREIGN_ISSUER"),
        ),
        secrets=(wrong.id_number, lost.id_number),
    )  # fmt: skip


def special_operations(scene: Scene) -> Delivery:
    """Shanghai's workbook of 特种作业操作证, with the columns of the national query site."""
    mistaken, last_year = scene.person(14), years_later(scene.day, -1)
    rows = [
        _operator(scene.welder, years_later(scene.day, 1), reviewed_on=None),
        _operator(scene.lapsing, scene.last_day, reviewed_on=None),
        _operator(scene.person(8), last_year, reviewed_on=last_year - timedelta(days=20)),
        {**_operator(mistaken, years_later(scene.day, 1), reviewed_on=None), "操作项目": "无此操作项目"},
        {**_operator(mistaken, years_later(scene.day, 1), reviewed_on=None), "应复审日期": datetime(1999, 1, 1)},  # noqa: DTZ001 - a cell
        {**_operator(mistaken, years_later(scene.day, 1), reviewed_on=None), "身份证号": scene.person(15).id_number},
    ]  # fmt: skip
    return Delivery(
        slug="sh-bureau", kind="SPECIAL_OPERATION", file_name="特种作业操作证.xlsx", good=3,
        content=_workbook("上海市特种作业操作证名册（演示）", rows),
        faults=(
            (6, "operationCode", "VALUE_NOT_IN_TABLE"), (7, "reviewDueOn", "DATES_REVERSED"),
            (8, "number", "CERTIFICATE_NUMBER_INVALID"),
        ),
        secrets=(mistaken.id_number, scene.person(15).id_number),
    )  # fmt: skip


def constructions(scene: Scene) -> Delivery:
    """Guangdong's construction safety managers as the national platform collects them."""
    content, faults, secrets = construction_managers(scene)
    return Delivery(
        slug="gd-housing", kind="CONSTRUCTION_SAFETY_MANAGER", file_name="安管人员.json", good=3, content=content,
        faults=faults,
        secrets=secrets,
    )  # fmt: skip


def gradings(scene: Scene) -> Delivery:
    """Shenzhen's gradings, one JSON object a line."""
    entries: list[Any] = [
        grading(scene, "YELLOW"),
        {**grading(scene, "YELLOW"), "creditCode": scene.other.credit_code, "name": scene.other.name},
        {
            **grading(scene, "RED"),
            "creditCode": scene.refused.credit_code,
            "name": scene.refused.name,
            "decisionNumber": None,
        },
        {**grading(scene, "BLUE"), "creditCode": mistyped(scene.flagged.credit_code)},
        ["不是对象"],
        {**grading(scene, "BLUE"), "region": "440100", "assessedOn": "2026-02-30"},
    ]
    return Delivery(
        slug="sz-bureau", kind="RISK_GRADING", file_name="风险分级.ndjson", good=2,
        content=b"\n".join(orjson.dumps(entry) for entry in entries) + b"\n",
        faults=(
            (3, "decisionNumber", "LEGAL_BASIS_REQUIRED"), (4, "creditCode", "CREDIT_CODE_INVALID"),
            (5, "", "ROW_UNREADABLE"),
            (6, "assessedOn", "DATE_INVALID"), (6, "region", "FOREIGN_ISSUER"),
        ),
    )  # fmt: skip


def bidders(scene: Scene) -> bytes:
    """The bidding platform's roster: two firms, and a person whom a partner may not list."""
    firms = [(firm.name, firm.credit_code) for firm in (scene.flagged, scene.other)]
    rows = [
        *({"新增/移除": "新增", "企业名称": name, "统一社会信用代码": code} for name, code in firms),
        {"新增/移除": "新增", "企业名称": scene.officer.name, "身份证号": scene.officer.id_number},
    ]
    return _workbook("在投企业名册（演示）", rows)


def grading(scene: Scene, band: str) -> dict[str, Any]:
    """A grading of the story's firm by field names; a RED one with its legal basis and decision."""
    reasons = {"legalBasis": "《中华人民共和国安全生产法》第四十一条", "decisionNumber": scene.document("风险")}
    return {
        "creditCode": scene.flagged.credit_code, "name": scene.flagged.name, "region": "440300",
        "scheme": "演示分级办法",
        "methodVersion": "1", "score": {"RED": 42.5, "ORANGE": 66.0}.get(band, 80.0), "band": band,
        "assessedOn": scene.day.isoformat(), "reassessBy": years_later(scene.day, 3).isoformat(),
        **(reasons if band == "RED" else {}),
    }  # fmt: skip


def _manager(person: Person, last_day: date, *, begins: date | str | None = None) -> dict[str, Any]:
    return {
        "证号": person.id_number, "姓名": person.name, "身份证号": person.id_number,
        "性别": "男" if person.gender == "MALE" else "女",
        "人员类型": "安全生产管理人员", "行业类别": "建筑施工", "单位名称": ENTERPRISE.name,
        "统一社会信用代码": ENTERPRISE.credit_code,
        "有效期开始日期": begins or years_later(last_day + timedelta(days=1), -3),
        "有效期结束日期": last_day, "状态": "有效", "签发机关": BY_SLUG["sh-bureau"].name,
    }  # fmt: skip


def _operator(person: Person, review_due: date, *, reviewed_on: date | None) -> dict[str, Any]:
    begin = years_later(review_due, -3)
    dates = period(begin, 6)
    return {
        "证号": f"T{person.id_number}", "姓名": person.name, "作业类别": "焊接与热切割作业",
        "操作项目": "熔化焊接与热切割作业",
        "单位名称": ENTERPRISE.name, "统一社会信用代码": ENTERPRISE.credit_code, "初领日期": begin,
        "有效期开始日期": dates["validFrom"], "有效期结束日期": dates["validTo"], "应复审日期": review_due,
        "实际复审日期": reviewed_on, "状态": "有效", "签发机关": BY_SLUG["sh-bureau"].name,
    }  # fmt: skip


def _workbook(title: str, rows: Sequence[Mapping[str, Any]]) -> bytes:
    """A sheet with a title in line 1, headers in line 2 and data from line 3; days are real Excel days."""
    headers = list(dict.fromkeys(header for row in rows for header in row))
    memory = io.BytesIO()
    with xlsxwriter.Workbook(memory, {"in_memory": True, "default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet("名册")
        sheet.write_string(0, 0, title)
        sheet.write_row(1, 0, headers)
        for line, row in enumerate(rows, start=2):
            for column, header in enumerate(headers):
                _write(sheet, line, column, row.get(header))
    return memory.getvalue()


def _write(sheet: Any, line: int, column: int, value: Any) -> None:
    if isinstance(value, str):
        sheet.write_string(line, column, value)
    elif isinstance(value, date):
        sheet.write_datetime(line, column, value)
    elif value is not None:
        sheet.write_number(line, column, value)
