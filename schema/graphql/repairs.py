"""信用修复: GraphQL types, inputs and mutations of repair. A field gets its column in exchange/engine/shapes.py."""

from typing import Any

import graphene

from schema.graphql.answers import UserError
from schema.graphql.parties import Authority
from schema.graphql.parts import connection, day, enum, identifier, integer, listed, many, one, string, text, yes_no
from schema.graphql.records import RiskFlag

RepairState = enum("RepairState", "信用修复状态", "Where a repair stands", {
    "REQUESTED": ("已申请，待决定", "Asked for, to be decided"),
    "ACCEPTED": ("准予修复，记录已解除", "Accepted: the record is lifted"),
    "REFUSED": ("不予修复", "Refused, with a reason"),
    "REVOKED": ("因陈述不实撤销，记录恢复", "Revoked for false statements: the record stands again"),
})  # fmt: skip
RepairOutcome = enum("RepairOutcome", "信用修复决定", "What is decided", {
    "ACCEPTED": ("准予修复", "Accepted"),
    "REFUSED": ("不予修复", "Refused"),
})  # fmt: skip


class Repair(graphene.ObjectType):
    """A request for repair."""

    class Meta:
        description = text(
            "信用修复：申请企业与认定机关可见", "A request for repair, seen by the firm and the record's authority."
        )

    id = identifier()
    flag = one(RiskFlag, "所修复的记录", "The record")
    authority = one(Authority, "认定机关", "Authority that decides", required=True)
    credit_code = string("统一社会信用代码", "Unified social credit code", required=True)
    materials = string("修复材料", "What was done, and its proof", required=True)
    commitment = string("信用承诺", "What the firm promises", required=True)
    state = graphene.Field(RepairState, required=True, description=text("状态", "State"))
    requested_on = day("申请日期", "Asked on", required=True)
    due_on = day("办理时限（工作日）", "Due on, counted in working days", required=True)
    is_due_estimated = yes_no("时限是否推定（当年放假安排未发布）", "Whether the due day was guessed Monday to Friday")
    is_overdue = yes_no("今日是否超期", "Whether overdue on the day asked")
    decision_reason = string("决定理由", "Reason of the decision")
    decided_on = day("决定日期", "Decided on")
    decided_by = string("经办", "Decided by")
    revoke_reason = string("撤销理由", "Why it was revoked")
    revoked_on = day("撤销日期", "Revoked on")
    version = integer("版本号，办理时须带上", "Version, to be sent when deciding", required=True)


RepairConnection = connection(Repair, "信用修复", "repairs")


class RepairRequestInput(graphene.InputObjectType):
    """What a firm asks."""

    class Meta:
        description = text("信用修复申请（仅限本企业的记录）", "A request for repair of a record on the own firm.")

    risk_flag_id = graphene.ID(required=True, description=text("风险标记标识", "Id of the flag"))
    materials = string("修复材料（必填）", "What was done, and its proof", required=True)
    commitment = string("信用承诺（必填）", "What the firm promises", required=True)


class RepairDecideInput(graphene.InputObjectType):
    """A decision on repair."""

    class Meta:
        description = text("信用修复决定", "A decision on a repair.")

    repair_id = graphene.ID(required=True, description=text("信用修复标识", "Id of the repair"))
    outcome = graphene.Argument(RepairOutcome, required=True, description=text("决定", "Decision"))
    reason = string("理由（必填）", "Why", required=True)
    decided_by = string("经办", "Who decides")
    expected_version = integer("所依据的版本号", "Version it rests on", required=True)


class RepairRevokeInput(graphene.InputObjectType):
    """A repair taken back."""

    class Meta:
        description = text("撤销因陈述不实而准予的信用修复", "An accepted repair that rested on false statements.")

    repair_id = graphene.ID(required=True, description=text("信用修复标识", "Id of the repair"))
    reason = string("理由（必填）", "Why", required=True)
    expected_version = integer("所依据的版本号", "Version it rests on", required=True)


class RepairPayload(graphene.ObjectType):
    """A repair after a mutation."""

    class Meta:
        description = text("信用修复办理结果", "A repair after it was worked on.")

    repair = one(Repair, "信用修复", "The repair")
    user_errors = many(UserError, "全部问题（有问题则未办理）", "All findings; when there are any, nothing was done")


QUERIES: dict[str, Any] = {
    "repairs": listed(
        RepairConnection,
        "信用修复：本企业申请的，或由本机关决定的，新的在前",
        "Repairs your firm asked for, or you decide; latest first",
    )
}
MUTATIONS: dict[str, Any] = {
    "repair_request": one(
        RepairPayload,
        "申请信用修复（企业，针对本企业的记录；未满期限的不予受理，错误中写明可申请之日）",
        "Ask for repair of a record on the own firm; refused before its day, which the error names",
        required=True,
        input=RepairRequestInput(required=True, description=text("申请内容", "The request")),
    ),
    "repair_decide": one(
        RepairPayload,
        "决定信用修复（认定机关）：准予即解除该记录",
        "Decide a repair (the record's authority): accepted lifts the record",
        required=True,
        input=RepairDecideInput(required=True, description=text("决定内容", "The decision")),
    ),
    "repair_revoke": one(
        RepairPayload,
        "撤销因陈述不实而准予的信用修复：记录恢复，各方重新获知",
        "Revoke a repair that rested on false statements: the record stands again, all are told",
        required=True,
        input=RepairRevokeInput(required=True, description=text("撤销哪项及理由", "Which, and why")),
    ),
}
