"""批量互认查询: certificates of a table, each with its place of use; the same table back with 结论、理由、适用规则、
下一步 in front.

Another column that may be sent is a field of RECOGNITION_SHEET, named as in RecognitionInput. A row that cannot be
asked says so and holds up no other.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain
from typing import IO, Any, BinaryIO

from graphene.utils.str_converters import to_snake_case

from exchange.desks.recognition import Recognised
from exchange.desks.recognition_batches import Asked, asked_from, recognised_together
from exchange.engine.asking import Asking
from exchange.intake.returned import Returned, cell_of, write_delimited, write_workbook
from exchange.intake.row import Part, Source
from exchange.sheets.table import open_table
from schema.errors import Refusal
from schema.fields import Choice, Coded, text
from schema.kinds import KINDS
from schema.kinds.parts import CREDIT_CODE, NUMBER, PERSON_NAME, REGION
from schema.kinds.safety_management import PersonType
from schema.recognition import Decision, Outcome, Verdict
from schema.record import Audience, Family, Field, Finding, Kind, parse
from tenants.registry import Directory

MOST_ROWS = 5_000
RESULTS = ("结论", "理由", "适用规则", "下一步")
UNASKED, DISPUTED = "未查询", "所依记录有异议未决"
TOO_MANY_MISSES = "查无此人的查询过多，本行未查询；请稍后再报"

_SORTS = {kind.name: (kind.zh, kind.en) for kind in KINDS if kind.family is Family.CERTIFICATE}
CertificateSort: Any = Coded("CertificateSort", _SORTS)  # type: ignore[arg-type]  # makes an enum of them

RECOGNITION_SHEET = Kind(
    name="RECOGNITION",
    zh="证书互认查询",
    en="Questions of recognition",
    family=Family.PRESENCE,
    audience=Audience.OWNER,
    fields=(
        replace(PERSON_NAME, is_required=False),  # for whoever reads the table; nobody is looked up by it
        replace(NUMBER, name="certificateNumber", role=None, sample="DEM20260000001"),
        replace(
            REGION, name="hostRegion", zh="使用地行政区划代码", role=None,
            headers=("使用地", "使用地区划", "项目所在地行政区划代码"),
        ),
        replace(
            CREDIT_CODE, name="employerCode", zh="使用单位统一社会信用代码", role=None, is_required=False,
            headers=("使用单位代码", "使用单位信用代码"),
        ),
        Field(name="kind", zh="证书类型", en="Kind", read=Choice(CertificateSort), headers=("证书种类",)),
        Field(name="operationCode", zh="操作项目代码", en="Item or class", read=text(60), headers=("类别代码",)),
        Field(name="personType", zh="人员类型", en="Role", read=Choice(PersonType)),
        Field(name="industryCategory", zh="行业类别", en="Industry", read=text()),
        replace(
            REGION, name="issuingRegion", zh="发证地行政区划代码", role=None, is_required=False,
            headers=("发证地", "发证地区划"), sample="",
        ),
        Field(name="activity", zh="作业活动", en="Activity", read=text()),
    ),
    identity=("certificateNumber", "hostRegion"),
    basis="发证地登记与使用地公布的互认规则",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Answered:
    """A table with its answers; `counts` by verdict, 未查询 included."""

    form: str
    titles: Sequence[str]
    rows: Sequence[Returned]
    counts: Mapping[str, int]

    def write(self, file: IO[bytes], form: str | None = None) -> None:
        """In the format sent, or in another."""
        marks, titles = RESULTS[:2], (*RESULTS[2:], *self.titles)
        if (form or self.form) == "csv":
            write_delimited(file, titles, self.rows, marks)
        else:
            write_workbook(file, titles, self.rows, marks, "互认结果")


@dataclass(frozen=True, kw_only=True)
class _Line:
    """A row as sent, with its question, or what keeps it from being asked."""

    cells: Sequence[object]
    asked: Asked | None = None
    problem: str = ""


async def recognise_sheet(
    pool: Any,
    asking: Asking,
    directory: Directory,
    file: BinaryIO,
    *,
    filename: str,
    content_type: str | None,
    on: date | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Answered:
    """Answer every row. Raises Refusal for a file that cannot be read, is no table, or has too many rows; and
    PURPOSE_REQUIRED: to send a table of persons' certificates is to ask about persons."""
    asking.require_purpose()
    opened, parts = await open_table(
        file, RECOGNITION_SHEET, filename=filename, content_type=content_type, most=MOST_ROWS
    )
    skipped = len(RESULTS) if tuple(opened.titles[: len(RESULTS)]) == RESULTS else 0
    day = on or asking.day
    lines = await asyncio.to_thread(_lines, asking, opened, parts, skipped, day)
    asked, answers = [one.asked for one in lines if one.asked], list[Recognised | None]()
    async for some in recognised_together(pool, asking, directory, asked, day):
        answers += some
        progress(len(answers), len(asked))
    told = iter(answers)
    rows = [_row(one, next(told) if one.asked else None) for one in lines]
    return Answered(
        form="csv" if opened.form == "csv" else "xlsx", titles=opened.titles[skipped:], rows=rows,
        counts=Counter(row.problem for row in rows),
    )  # fmt: skip


def _lines(asking: Asking, opened: Source, parts: Sequence[Part], skipped: int, day: date) -> list[_Line]:
    """Every row but blank ones and the sample."""
    return [line for line in (_line(asking, opened, part, skipped, day) for part in parts) if line is not None]


def _line(asking: Asking, opened: Source, part: Part, skipped: int, day: date) -> _Line | None:
    row, cells = opened.read(*part), [cell_of(cell) for cell in part[1][skipped:]]
    if row is None:
        return None
    parsed = parse(RECOGNITION_SHEET, row.values, row_number=row.number)
    if parsed.record is None:
        problem = "；".join(_what_is_wrong(one) for one in parsed.findings if one.severity == "ERROR")
        return _Line(cells=cells, problem=problem)
    values = {to_snake_case(name): value for name, value in parsed.record.body.items()}
    try:
        return _Line(cells=cells, asked=asked_from(asking, {**values, "on": day}))
    except Refusal as refusal:
        return _Line(cells=cells, problem=refusal.message("zh"))


def _what_is_wrong(found: Finding) -> str:
    """A fault in one cell: of a value from a table, which there are."""
    told = f"{RECOGNITION_SHEET.by_name[found.field].zh}：{found.message_zh}"
    return f"{told}：{found.next_zh}" if found.code == "VALUE_NOT_IN_TABLE" else told


def _row(line: _Line, answer: Recognised | None) -> Returned:
    if answer is None:
        return Returned(problem=UNASKED, codes=line.problem or TOO_MANY_MISSES, content=["", "", *line.cells])
    decision = answer.decision
    rules = "、".join(decision.rests_on)
    return Returned(
        problem=decision.verdict.zh, codes=_reasons(answer), content=[rules, _next_step(decision), *line.cells]
    )


def _reasons(answer: Recognised) -> str:
    """What did not pass, each once, with what it first rests on; and whether the record is in dispute."""
    bases: dict[str, str] = {}
    for one in answer.decision.results:
        if one.outcome is not Outcome.PASSED:
            bases[one.zh] = bases.get(one.zh) or one.basis or ""
    told = (f"{text}（{basis}）" if basis else text for text, basis in bases.items())
    return "；".join(chain(told, (DISPUTED,) * answer.is_disputed))


def _next_step(decision: Decision) -> str:
    if decision.verdict is Verdict.CONDITIONAL:
        within = f"（{decision.decision_workdays} 个工作日内答复）" if decision.decision_workdays else ""
        return f"{decision.follow_up_zh}{within}"
    return "；".join(dict.fromkeys(one.next_zh for one in decision.results if one.next_zh))
