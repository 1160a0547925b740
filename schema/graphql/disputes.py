"""异议与声明: disputes of records and what their subjects say. GraphQL types, fields of every record.

A field added here gets its column in exchange/engine/disputes.py; what can be done is in disputing.py.
"""

from collections.abc import Mapping
from typing import Any

import graphene

from schema.graphql.enums import RecordKind
from schema.graphql.parties import Authority
from schema.graphql.parts import connection, day, enum, identifier, integer, listed, moment, one, string, text, yes_no

DisputeGrounds = enum("DisputeGrounds", "异议事由", "Why a record is disputed", {
    "NOT_THE_SUBJECT": ("张冠李戴，不是本企业或本人", "It is about somebody else"),
    "FACTS_WRONG": ("事实不符", "The facts are wrong"),
    "BASIS_WRONG": ("依据或适用不当", "The legal basis does not fit"),
    "OUT_OF_DATE": ("情况已变化而未更新", "The facts have changed since"),
    "TERM_OVER": ("期限届满仍在共享", "Its term is over, yet it is shared"),
    "OTHER": ("其他", "Other"),
})  # fmt: skip
DisputeState = enum("DisputeState", "异议状态", "How far a dispute has got", {
    "OPEN": ("待来源机关答复", "The source has to answer"),
    "CONFIRMED": ("来源机关维持原记录", "The source confirmed the record"),
    "ELEVATED": ("已提请上级机关", "The superior of the source has to decide"),
    "UPHELD": ("上级机关维持原记录", "The superior upheld the record"),
    "ORDERED": ("上级机关责令更正，待来源机关更正", "The superior ordered a correction; the source has to make it"),
    "CORRECTED": ("记录已更正", "The record was corrected"),
    "VOIDED": ("记录已作废", "The record was voided"),
    "WITHDRAWN": ("异议已撤回", "The dispute was withdrawn"),
})  # fmt: skip
DisputeAction = enum("DisputeAction", "异议办理步骤", "A step of a dispute", {
    "OPENED": ("提出", "Opened"),
    "CONFIRMED": ("来源机关维持", "Confirmed by the source"),
    "ELEVATED": ("提请上级机关", "Elevated to the superior"),
    "UPHELD": ("上级机关维持", "Upheld by the superior"),
    "ORDERED": ("上级机关责令更正", "Correction ordered by the superior"),
    "WITHDRAWN": ("撤回", "Withdrawn"),
    "CORRECTED": ("更正", "The record was corrected"),
    "VOIDED": ("作废", "The record was voided"),
})  # fmt: skip


class DisputeStep(graphene.ObjectType):
    """A step of a dispute."""

    class Meta:
        description = text("异议的一步；只增不改", "A step of a dispute; none is ever changed.")

    step = graphene.Field(DisputeAction, required=True, description=text("步骤", "What was done"))
    taken_on = day("日期", "Day of it", required=True)
    due_on = day("下一步的期限（工作日）", "By when the next step is due, in working days")
    authority = one(Authority, "办理机关（由企业办理的为空）", "The authority that took it; none where a firm did")
    text = string("理由（仅当事各方可见）", "Its text; for the parties alone")
    record_version = integer("更正或作废后的记录版本", "The version of the record that corrected or ended it")


class Dispute(graphene.ObjectType):
    """A dispute of a record."""

    class Meta:
        description = text(
            "异议：企业对本企业记录、机关代当事人对记录提出；不改变任何结论，随记录一并展示",
            "A dispute of a record, by the firm it is about, or by an authority for somebody. It changes no verdict "
            "and is shown beside the record.",
        )

    id = identifier()
    record_id = identifier("所涉记录", "Record that is disputed")
    kind = graphene.Field(RecordKind, required=True, description=text("记录类型", "Kind of record"))
    grounds = graphene.Field(DisputeGrounds, required=True, description=text("事由", "Why"))
    state = graphene.Field(DisputeState, required=True, description=text("状态", "State"))
    opened_on = day("提出日期", "Opened on", required=True)
    due_on = day("当前一步的期限（工作日）", "By when the present step is due, in working days")
    is_due_estimated = yes_no("期限按周一至周五推定", "Whether the due day is guessed Monday to Friday")
    is_overdue = yes_no("在所问之日是否超期", "Whether it is overdue on the day asked")
    source = one(Authority, "来源机关", "Authority whose record it is", required=True)
    superior = one(Authority, "所提请的上级机关", "The superior that was called upon")
    steps = listed("schema.graphql.disputes.DisputeStepConnection", "各步，先后为序", "Its steps, in order")


class SubjectStatement(graphene.ObjectType):
    """What the subject of a record says."""

    class Meta:
        description = text(
            "主体声明：记录所涉企业或人员自己的说明", "What the firm or person says of a record about it."
        )

    id = identifier()
    text = string("内容（证件号码已脱敏）", "Text, ID numbers masked", required=True)
    made_on = day("声明日期", "Day of it", required=True)
    version = integer("版本号", "Number of the version", required=True)
    authority = one(
        Authority, "代为提交的机关（企业自己提交的为空）", "Authority that handed it in; none where the firm did"
    )
    recorded_at = moment("本平台收录时间", "When the hub recorded it")


DisputeStepConnection = connection(DisputeStep, "异议步骤", "steps of a dispute")
DisputeConnection = connection(Dispute, "异议", "disputes")
SubjectStatementConnection = connection(SubjectStatement, "主体声明", "statements")


def dispute_fields() -> dict[str, Any]:
    """The fields every record type has about disputes and statements."""
    return {
        "is_disputed": yes_no("现在是否有未办结的异议", "Whether it is in dispute now"),
        "disputes": listed(DisputeConnection, "对本记录的异议，新的在前", "Disputes of it, latest first"),
        "statements": listed(
            SubjectStatementConnection, "主体声明，新的在前", "Statements of its subject, latest first"
        ),
    }


def _day_asked() -> graphene.Date:
    return graphene.Date(description=text("按哪一天计算超期（默认今天）", "Overdue on this day; today by default"))


ROOT_FIELDS: Mapping[str, graphene.Field] = {
    "dispute": one(
        Dispute,
        "一件异议",
        "One dispute",
        id=graphene.ID(required=True, description=text("异议标识", "Id of the dispute")),
        as_of=_day_asked(),
    ),
    "disputes": listed(
        DisputeConnection,
        "本单位为当事一方的异议（提出的、被异议的、受提请的），先提出的在前",
        "Disputes you are a party of: opened by you, of your records, elevated to you; earliest first",
        is_open=graphene.Boolean(description=text("只要未办结（或已办结）的", "Only unsettled (or only settled) ones")),
        as_of=_day_asked(),
    ),
}  # fmt: skip
