"""批量关卡核验: the firms of a table, each checked at its gate; the same table back with 结论、理由、回执编号 in front.

Another column that may be sent is a field of GATE_SHEET. A row that cannot be checked says so and holds up no other.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import IO, Any, BinaryIO

from exchange.desks.gates import GateAnswer, check_gate, question_from
from exchange.engine.asking import Asking
from exchange.engine.request import GraphQLRequest
from exchange.gates.case import Reason
from exchange.intake.returned import Returned, cell_of, write_delimited, write_workbook
from exchange.intake.row import Part, Source
from exchange.sheets.table import open_table
from schema.errors import Refusal
from schema.fields import Choice, text
from schema.gates import Gate
from schema.kinds.parts import CREDIT_CODE, FIRM_NAME, REGION
from schema.record import Audience, Family, Field, Finding, Kind, Record, parse
from tenants.caller import DirectorySource

MOST_ROWS = 1000
RESULTS = ("结论", "理由", "回执编号")
UNCHECKED, DISPUTED = "未核验", "所依记录有异议未决"

GATE_SHEET = Kind(
    name="GATE_CHECK",
    zh="准入关卡核验",
    en="Checks at gates",
    family=Family.PRESENCE,
    audience=Audience.OWNER,
    fields=(
        replace(FIRM_NAME, is_required=False),
        CREDIT_CODE,
        Field(
            name="gate", zh="关卡", en="Gate", read=Choice(Gate), is_required=True, graphql="Gate",
            headers=("准入关卡", "核验事项"), sample="项目审批",
        ),
        replace(REGION, zh="办理地行政区划代码", headers=(*REGION.headers, REGION.zh)),
        Field(name="matterCode", zh="事项编码", en="Code of the matter", read=text(60), headers=("事项代码",)),
        Field(name="caseNumber", zh="办件编号", en="Case number", read=text(60), headers=("办件号", "业务流水号")),
    ),
    identity=("creditCode", "gate"),
    basis="《安全生产法》第七十八条",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Answered:
    """A table with its answers; `counts` by verdict, 未核验 included."""

    form: str
    titles: Sequence[str]
    rows: Sequence[Returned]
    counts: Mapping[str, int]

    def write(self, file: IO[bytes], form: str | None = None) -> None:
        """In the format sent, or in another."""
        marks, titles = RESULTS[:2], (RESULTS[2], *self.titles)
        if (form or self.form) == "csv":
            write_delimited(file, titles, self.rows, marks)
        else:
            write_workbook(file, titles, self.rows, marks, "核验结果")


def request_for_sheet(request_id: str, purpose: str | None = None, case_number: str | None = None) -> GraphQLRequest:
    """What stands in the place of a GraphQL request where firms are checked by a table."""
    return GraphQLRequest(
        query="", operation_name=None, variables={}, extensions={}, purpose=purpose, case_number=case_number,
        idempotency_key=None, language="zh", allow_mutation=True, request_id=request_id,
    )  # fmt: skip


async def check_sheet(
    pool: Any, asking: Asking, source: DirectorySource, file: BinaryIO, *, filename: str, content_type: str | None
) -> Answered:
    """Check every row. Raises Refusal for a file that cannot be read, is no table, or has too many rows."""
    opened, parts = await open_table(file, GATE_SHEET, filename=filename, content_type=content_type, most=MOST_ROWS)
    skipped = len(RESULTS) if tuple(opened.titles[: len(RESULTS)]) == RESULTS else 0
    rows, counts = [], Counter[str]()
    for part in parts:
        answered = await _row(pool, asking, source, opened, part, skipped)
        if answered is not None:
            rows.append(answered)
            counts[answered.problem] += 1
    form = "csv" if opened.form == "csv" else "xlsx"
    return Answered(form=form, titles=opened.titles[skipped:], rows=rows, counts=counts)


async def _row(
    pool: Any, asking: Asking, source: DirectorySource, opened: Source, part: Part, skipped: int
) -> Returned | None:
    row, cells = opened.read(*part), [cell_of(cell) for cell in part[1][skipped:]]
    if row is None:  # blank, or the sample
        return None
    parsed = parse(GATE_SHEET, row.values, row_number=row.number)
    if parsed.record is None:
        return _unchecked("；".join(_what_is_wrong(one) for one in parsed.findings if one.severity == "ERROR"), cells)
    try:
        answer = await check_gate(pool, asking, source, question_from(_values(parsed.record), asking))
    except Refusal as refusal:
        if refusal.error.status >= 500:
            raise
        return _unchecked(refusal.message("zh"), cells)
    return _checked(answer, cells)


def _values(record: Record) -> dict[str, Any]:
    body = record.body
    return {
        "gate": body["gate"], "credit_code": record.credit_code, "region": record.region,
        "matter_code": body.get("matterCode"), "case_number": body.get("caseNumber"),
    }  # fmt: skip


def _what_is_wrong(found: Finding) -> str:
    """A fault in one cell: of a value from a table, which there are."""
    return f"{found.message_zh}：{found.next_zh}" if found.code == "VALUE_NOT_IN_TABLE" else found.message_zh


def _unchecked(problem: str, cells: Sequence[object]) -> Returned:
    return Returned(problem=UNCHECKED, codes=problem, content=["", *cells])


def _checked(answer: GateAnswer, cells: Sequence[object]) -> Returned:
    reasons = "；".join(_told(reason) for reason in answer.reasons)
    return Returned(problem=answer.verdict.value, codes=reasons, content=[answer.receipt_number, *cells])


def _told(reason: Reason) -> str:
    """A reason in one cell: what, on which ground, of whom, and whether that is in dispute."""
    of_whom = f"，{reason.authority}" if reason.authority else ""
    return f"{reason.zh}（{reason.basis}{of_whom}{'；' + DISPUTED if reason.is_disputed else ''}）"
