"""What every record has beside its content: where it comes from, its versions and the notes beside it.

What each of them shows is a field here and a piece of SQL in exchange/engine/history.py.
"""

from collections.abc import Sequence
from typing import Any

import graphene

from schema.graphql.disputes import dispute_fields
from schema.graphql.enums import RiskBand
from schema.graphql.parties import Authority
from schema.graphql.parts import connection, day, enum, identifier, integer, listed, moment, one, string, text, yes_no
from schema.record import Kind

ReportKind = enum(
    "ReportKind",
    "通报种类：一个版本对前一版本而言是什么",
    "Kind of report: what a version is to the one before",
    {
        "INITIAL": ("首次发布", "First publication"),
        "REVISION": ("更新：情况有变", "Revision: the facts changed"),
        "CORRECTION": ("更正：被更正的一版视为从未有过", "Correction: what it replaces never counted"),
        "VOID": ("作废：视为从未发布", "Void: as if never published"),
        "REVERT": ("随导入批次撤销", "Reverted with its import"),
    },
)

Assurance = enum(
    "Assurance",
    "来源可靠程度",
    "How close the source of a record is to the fact",
    {
        "PRIMARY_SOURCE": ("发证（认定）机关本身", "The authority that issued or decided it"),
        "PRIMARY_SOURCE_EQUIVALENT": (
            "发证机关的上级，或管辖该地的机关",
            "The issuer's superior, or an authority that governs the place",
        ),
        "SECONDARY": ("其他机关", "Another authority"),
        "SELF_REPORTED": ("企业自报", "The enterprise itself"),
    },
)
NoteKind = enum(
    "NoteKind",
    "附记种类",
    "Kind of note beside a record",
    {
        "FOLLOW_UP": ("后续处理", "Follow-up action"),
        "APPEAL": ("申诉（行政复议、诉讼、异议）", "Appeal or objection"),
    },
)


class RecordVersion(graphene.ObjectType):
    """A version of a record."""

    class Meta:
        description = text("记录的一个版本；只增不改", "A version of a record; none is ever changed.")

    version = integer("版本号", "Number of the version", required=True)
    report_kind = graphene.Field(ReportKind, required=True, description=text("通报种类", "Kind of report"))
    report_reason = string("通报理由", "Why")
    replaces_version = integer("被更正的版本", "Version that it corrects")
    recorded_at = moment("本平台收录时间", "When the hub recorded it")
    source_updated_at = moment("数源单位更新时间", "When the source changed it, as it says", required=False)
    effective_on = day("所报生效日", "Day of effect, as reported")
    holds_from = day("自哪一天起算（空为自始）", "Day from which it holds; none: since ever")
    superseded_at = moment("被替换的时间（现行版本为空）", "When the next one took its place", required=False)
    superseded_from = day("下一版自哪一天起算（空为自始或未被替换）", "Day from which the next one holds")
    status = string("报送状态", "Status as reported")
    band = graphene.Field(RiskBand, description=text("风险等级", "Risk band"))
    changed_fields = graphene.List(
        graphene.NonNull(graphene.String),
        description=text(
            "与被替换的一版相比变更的字段；没有可见的前一版时为空",
            "Fields in which it differs from the one it replaced; none where no such is visible",
        ),
    )
    owner = one(Authority, "数源单位", "Authority that published it", required=True)
    batch = one("schema.graphql.reports.ImportBatch", "导入批次（本单位的）", "Import it came with, if it is yours")


class RecordNote(graphene.ObjectType):
    """A note beside a record."""

    class Meta:
        description = text("附记：后续处理或申诉", "A follow-up action or an appeal beside a record.")

    id = identifier()
    kind = graphene.Field(NoteKind, required=True, description=text("附记种类", "Kind of note"))
    noted_on = day("发生日期", "Day of it", required=True)
    text = string("内容", "What was done or objected", required=True)
    case_number = string("案号或文号", "Number of the case or document")
    outcome = string("结果（未结的为空）", "How it ended; none while it is open")
    recorded_at = moment("本平台收录时间", "When the hub recorded it")
    owner = one(Authority, "附记单位", "Authority that noted it", required=True)


_VERSIONS = connection(RecordVersion, "版本", "versions")
_NOTES = connection(RecordNote, "附记", "notes")


def history_fields(kinds: Sequence[Kind]) -> dict[str, Any]:
    """The fields of every record type; made anew for each, because graphene keeps them in the order of their making."""
    days = _fresh_days(kinds)
    return {
        "source_updated_at": moment(
            "数源单位更新该记录的时间（由其报送）", "When the source changed it, as the source says", required=False
        ),
        "confirmed_at": moment(
            "数源单位最近一次确认的时间：单条发布，或整批导入同类记录",
            "When the source last confirmed it: by publishing it, or by a file of records of its kind",
        ),
        "is_stale": yes_no(
            f"在所问之日，确认是否已超过 {days} 日",
            f"Whether on the day asked the confirmation is more than {days} days old",
        ),
        "assurance": graphene.Field(
            Assurance, required=True, description=text("来源可靠程度", "How close its source is to the fact")
        ),
        "history": listed(_VERSIONS, "各版本，新的在前", "Its versions, latest first"),
        **dispute_fields(),
        "notes": listed(_NOTES, "后续处理与申诉，新的在前", "Follow-up actions and appeals, latest first"),
    }


def _fresh_days(kinds: Sequence[Kind]) -> str:
    """How long a confirmation of these kinds counts; of several, kind by kind where they differ."""
    if len({kind.fresh_days for kind in kinds}) == 1:
        return str(kinds[0].fresh_days)
    return " / ".join(f"{kind.name} {kind.fresh_days}" for kind in kinds)
