"""Reports about records that were published: imports and their reverts, voids, notes. GraphQL types, inputs, payloads.

The next kind of report is an input and a payload here and a line of MUTATIONS.
"""

import graphene

from schema.graphql.enums import RecordKind
from schema.graphql.parts import connection, enum, identifier, integer, moment, string, text

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
