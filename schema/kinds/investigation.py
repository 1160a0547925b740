"""立案与事故调查: opened and closed, for authorities only. It is no finding and blocks nothing; hence no flag.

A new sort is a member of InvestigationType.
"""

from dataclasses import replace

from schema.fields import Choice, Coded, day, document_number, paragraphs
from schema.kinds.parts import CREDIT_CODE, FIRM_NAME, ISSUER_CODE, ISSUER_NAME, REGION, in_order, needed_when
from schema.record import Audience, Family, Field, Kind, Role


class InvestigationType(Coded):
    """调查类型 What is being looked into."""

    ACCIDENT = ("生产安全事故调查", "Accident", "", "事故调查")
    CASE = ("违法行为立案", "Suspected breach of law", "", "立案调查", "行政立案")
    REPORT = ("举报核查", "Report by the public", "", "举报查处")


INVESTIGATION = Kind(
    name="INVESTIGATION",
    zh="立案与事故调查",
    en="Investigation opened or closed",
    family=Family.INFORMATION,
    audience=Audience.AUTHORITY,
    fields=(
        CREDIT_CODE,
        FIRM_NAME,
        REGION,
        Field(
            name="investigationNumber", zh="立案文号", en="Number of the investigation", read=document_number,
            is_required=True, headers=("立案编号", "调查编号"), sample="示应急立〔2026〕1号",
        ),
        Field(
            name="investigationType", zh="调查类型", en="Sort of investigation", read=Choice(InvestigationType),
            is_required=True, graphql="InvestigationType", headers=("立案类型",), sample="违法行为立案",
        ),
        Field(
            name="matter", zh="调查事项", en="What is looked into", read=paragraphs(), headers=("案由",),
            sample="涉嫌未按规定开展安全培训",
        ),
        Field(
            name="openedOn", zh="立案日期", en="Opened on", read=day, role=Role.VALID_FROM, is_required=True,
            graphql="Date", headers=("调查开始日期",), sample="2026-03-01",
        ),
        Field(
            name="closedOn", zh="结案日期", en="Closed on", read=day, role=Role.VALID_TO, graphql="Date",
            headers=("调查结束日期",),
        ),
        Field(name="outcome", zh="结案结果", en="How it ended", read=paragraphs(), headers=("调查结论", "处理结果")),
        replace(ISSUER_NAME, zh="调查机关", en="Investigating authority", headers=("立案机关", "办案机关")),
        replace(ISSUER_CODE, zh="调查机关统一社会信用代码", en="Credit code of that authority", headers=()),
    ),
    identity=("investigationNumber",),
    basis="《安全生产法》第八十六条（事故调查，条款待核）；《行政处罚法》（立案，条款待核）；仅限政府间通报",
    checks=(in_order("openedOn", "closedOn"), needed_when("outcome", "closedOn", None)),
)  # fmt: skip
