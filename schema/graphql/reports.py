"""Reports about records that were published: imports and their reverts, voids, notes. GraphQL types, inputs, payloads.

The next kind of report is an input and a payload here and a line of MUTATIONS.
"""

import graphene

from schema.graphql.enums import RecordKind
from schema.graphql.parts import connection, identifier, integer, moment, string, text


class ImportBatch(graphene.ObjectType):
    """A file that was imported."""

    class Meta:
        description = text("导入批次", "A file that was imported, with its counts.")

    id = identifier()
    kind = graphene.Field(RecordKind, required=True, description=text("记录类型", "Kind of record"))
    file_name = string("文件名", "File name")
    operator = string("数源单位经办人", "Who at the source sent it")
    received_at = moment("接收时间", "Received at")
    rows_read = integer("读取行数", "Rows read", required=True)
    rows_new = integer("新增", "New", required=True)
    rows_changed = integer("更新", "Changed", required=True)
    rows_late = integer("补报（较早的评定，记入历史）", "Older assessments, kept in the history", required=True)
    rows_unchanged = integer("未变", "Unchanged", required=True)
    rows_refused = integer("错误", "Refused", required=True)
    reverted_at = moment("整批撤销时间", "When it was reverted")
    reverted_by = string("撤销人", "Who reverted it")


ImportBatchConnection = connection(ImportBatch, "导入批次", "imports")
