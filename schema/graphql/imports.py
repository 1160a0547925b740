"""Importing through GraphQL: inputs, payloads, mutations. Hook a new one into MUTATIONS."""

from collections.abc import Mapping
from typing import Any

import graphene

from schema.graphql.answers import UserError
from schema.graphql.enums import ErrorCode, RecordKind
from schema.graphql.parts import integer, many, one, string, text, yes_no
from schema.graphql.reports import ImportBatch


class Values(graphene.Scalar):
    """A row as a JSON object."""

    class Meta:
        description = text(
            "一行：JSON 对象，键为字段名或列名（与导入文件相同）",
            "A row: a JSON object by field names or titles, as in a file.",
        )

    @staticmethod
    def serialize(value: Any) -> Any:
        """Goes out as it is."""
        return value

    @staticmethod
    def parse_value(value: Any) -> Any:
        """Comes in as it is: what is wrong with a row is told with its number."""
        return value


class RecordsImportInput(graphene.InputObjectType):
    """Rows to import."""

    class Meta:
        description = text("按行导入记录", "Rows of one kind to import.")

    kind = graphene.Argument(RecordKind, required=True, description=text("记录类型", "Kind of record"))
    rows = graphene.List(
        graphene.NonNull(Values), required=True, description=text("各行，1-1000 行", "The rows, 1-1,000")
    )
    dry_run = graphene.Boolean(description=text("试导入：全部核对，不保存", "Check everything, keep nothing"))
    operator = string("数源单位经办人（默认记客户端名）", "Who at the source sends it; the client by default")


class ImportRevertInput(graphene.InputObjectType):
    """The taking back of an import."""

    class Meta:
        description = text("撤销一批导入（7 日内）", "The taking back of an import of the last 7 days.")

    batch_id = graphene.ID(required=True, description=text("批次标识", "Id of the import"))
    operator = string("经办人（默认记客户端名）", "Who takes it back; the client by default")


class RowError(graphene.ObjectType):
    """What is wrong with a row."""

    class Meta:
        description = text("一行的问题", "What is wrong with a row, and what to do.")

    row = integer("第几行，自 1 起；整列的提示没有行号", "Which row, from 1; none where a whole column is meant")
    code = graphene.Field(ErrorCode, required=True, description=text("错误代码", "Code"))
    field = many(graphene.String, "字段路径", "Path of the field")
    message = string("说明", "Text in Chinese", required=True)
    message_en = string("说明（英文）", "Text in English", required=True)
    value = string("填写的值（个人信息已脱敏）", "The value sent, masked where personal")
    next_step = string("下一步", "What to do", required=True)


class RecordsImportPayload(graphene.ObjectType):
    """What an import did."""

    class Meta:
        description = text("导入结果：好的行已保存，其余逐条列出问题", "What an import did; good rows are kept.")

    batch_id = graphene.ID(description=text("批次标识；试导入没有", "Id of the import; none of a dry run"))
    dry_run = yes_no("是否试导入", "Whether nothing was kept")
    rows_read = integer("读取行数", "Rows read")
    rows_new = integer("新增", "New")
    rows_changed = integer("更新", "Changed")
    rows_late = integer("补报（较早的评定，记入历史）", "Older assessments, kept in the history")
    rows_unchanged = integer("未变", "Unchanged")
    rows_refused = integer("错误", "Refused")
    warnings = many(RowError, "提示（不影响保存）", "Warnings; the rows are kept all the same")
    user_errors = many(RowError, "全部问题（有问题的行未保存）", "All findings; their rows were not kept")


class ImportRevertPayload(graphene.ObjectType):
    """What the taking back of an import did."""

    class Meta:
        description = text("撤销导入的结果", "What the taking back of an import did.")

    batch = one(ImportBatch, "导入批次", "The import")
    removed = integer("撤回的新增记录数", "Records that left")
    restored = integer("恢复原内容的记录数", "Records that hold again what they held before")
    skipped = many(graphene.ID, "此后已变更、未动的记录标识", "Ids of records changed since, left alone")
    user_errors = many(UserError, "全部问题", "All findings")


MUTATIONS: Mapping[str, graphene.Field] = {
    "records_import": one(
        RecordsImportPayload,
        "按行导入记录（与导入文件同一程序）",
        "Import rows, by the same importer as files",
        required=True,
        input=RecordsImportInput(required=True, description=text("各行", "The rows")),
    ),
    "import_revert": one(
        ImportRevertPayload,
        "撤销本单位 7 日内的一批导入；收到过的各方均获通知",
        "Take an import of yours of the last 7 days back; everybody who was told is told",
        required=True,
        input=ImportRevertInput(required=True, description=text("哪一批", "Which import")),
    ),
}
