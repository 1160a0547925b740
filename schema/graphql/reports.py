"""Reports about records that were published: imports and their reverts, voids, notes. GraphQL types, inputs, payloads.

The next kind of report is an input and a payload here and a line of MUTATIONS.
"""

from collections.abc import Mapping

import graphene

from schema.graphql.answers import UserError
from schema.graphql.enums import RecordKind
from schema.graphql.history import NoteKind
from schema.graphql.parts import connection, day, enum, identifier, integer, many, moment, one, string, text

PublicationReport = enum(
    "PublicationReport",
    "本次发布对原记录而言是什么",
    "What a publication is to what was published before",
    {
        "REVISION": ("更新：情况有变（默认）", "Revision: the facts changed; the default"),
        "CORRECTION": (
            "更正：被更正的一版有误，视为从未有过",
            "Correction: what it replaces never counted",
        ),
    },
)


class ReportInput(graphene.InputObjectType):
    """What a publication is to what was published before."""

    class Meta:
        description = text("通报种类：更新或更正", "What a publication is to what was published before.")

    kind = graphene.Argument(
        PublicationReport,
        required=True,
        description=text("更新或更正", "Revision or correction"),
    )
    reason = string("理由（更正时必填）", "Why; needed for a correction")
    replaces = integer(
        "被更正的版本号（默认现行一版；较早的一版仅风险评定可更正）",
        "Version that is corrected, by default the one that stands; a former one of gradings only",
    )
    record_id = graphene.ID(
        description=text(
            "被更正的记录标识：识别该记录的栏目（如信用代码、文号、证件号码）本身有误时填写，风险评定除外",
            "Id of the record corrected, where what identifies it was wrong (a credit code, a decision or ID number); "
            "not for gradings",
        )
    )
    source_updated_at = graphene.DateTime(
        description=text("数源单位更新该记录的时间（含时区）", "When the source changed the record, with offset")
    )


class RecordVoidInput(graphene.InputObjectType):
    """The voiding of a record."""

    class Meta:
        description = text("作废本不应发布的记录", "The voiding of a record that should never have been published.")

    record_id = graphene.ID(required=True, description=text("记录标识", "Id of the record"))
    reason = string("理由（必填）", "Why", required=True)


class RecordNoteInput(graphene.InputObjectType):
    """A follow-up action or an appeal."""

    class Meta:
        description = text("附记：后续处理或申诉", "A follow-up action or an appeal beside a record.")

    record_id = graphene.ID(required=True, description=text("记录标识", "Id of the record"))
    kind = graphene.Argument(NoteKind, required=True, description=text("附记种类", "Kind of note"))
    noted_on = day("发生日期（默认今天）", "Day of it; today by default")
    text = string("内容（必填）", "What was done or objected", required=True)
    case_number = string("案号或文号", "Number of the case or document")
    outcome = string("结果（未结的留空）", "How it ended; empty while it is open")


class RecordVoidPayload(graphene.ObjectType):
    """What a void did."""

    class Meta:
        description = text("作废结果", "What became of a record that was to be voided.")

    record_id = graphene.ID(description=text("已作废的记录标识", "Id of the record that is void"))
    user_errors = many(UserError, "全部问题（有问题则未作废）", "All findings; when there are any, nothing was voided")


class RecordNotePayload(graphene.ObjectType):
    """A note that was kept."""

    class Meta:
        description = text("附记结果", "What became of a note.")

    note_id = graphene.ID(description=text("附记标识", "Id of the note"))
    user_errors = many(UserError, "全部问题（有问题则未记）", "All findings; when there are any, nothing was noted")


MUTATIONS: Mapping[str, graphene.Field] = {
    "record_void": one(
        RecordVoidPayload,
        "作废本单位的一条记录：视为从未发布，历史保留，已收到者均获通知；风险标记、证书处理、红色评定另须 flag.lift",
        "Void a record of your own: as if never published; history stays, whoever was told is told; flags, "
        "actions and RED gradings also need flag.lift",
        required=True,
        input=RecordVoidInput(required=True, description=text("作废哪条及理由", "Which record, and why")),
    ),
    "record_note": one(
        RecordNotePayload,
        "在本单位的一条记录旁附记后续处理或申诉",
        "Note a follow-up action or an appeal beside a record of your own",
        required=True,
        input=RecordNoteInput(required=True, description=text("附记内容", "The note")),
    ),
}


ImportState = enum("ImportState", "导入批次的状态", "How far an import has got", {
    "PENDING": ("待处理", "Waiting"),
    "RUNNING": ("处理中", "Under way"),
    "SUCCEEDED": ("成功", "Every row was kept"),
    "PARTLY": ("部分成功，有退回的行", "Some rows were refused and given back"),
    "FAILED": ("失败；已保存的行保留，重发同一文件即续传", "It broke off; what was kept stays, the same file goes on"),
})  # fmt: skip


class ImportBatch(graphene.ObjectType):
    """A file that was imported."""

    class Meta:
        description = text("导入批次", "A file that was imported, with its counts.")

    id = identifier()
    kind = graphene.Field(RecordKind, required=True, description=text("记录类型", "Kind of record"))
    file_name = string("文件名", "File name")
    operator = string("数源单位经办人；未报则为客户端名", "Who at the source sent it, else the client")
    state = graphene.Field(ImportState, required=True, description=text("状态", "How far it has got"))
    received_at = moment("接收时间", "Received at")
    finished_at = moment("处理完成时间", "When it was finished")
    rows_read = integer("读取行数", "Rows read", required=True)
    rows_new = integer("新增", "New", required=True)
    rows_changed = integer("更新", "Changed", required=True)
    rows_late = integer("补报（较早的评定，记入历史）", "Older assessments, kept in the history", required=True)
    rows_unchanged = integer("未变", "Unchanged", required=True)
    rows_refused = integer("错误", "Refused", required=True)
    reverted_at = moment("整批撤销时间", "When it was reverted")
    reverted_by = string("撤销人", "Who reverted it")


ImportBatchConnection = connection(ImportBatch, "导入批次", "imports")
