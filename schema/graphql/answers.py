"""GraphQL types that are computed, not stored: who you are, recognition decisions, what a mutation did."""

import graphene

from schema.graphql.enums import (
    Aspect,
    ConditionOutcome,
    ErrorCode,
    Outcome,
    RecognitionMode,
    TenantKind,
    Verdict,
)  # fmt: skip
from schema.graphql.parts import day, identifier, integer, many, moment, one, string, text, yes_no
from schema.graphql.records import Certificate, RiskFlag
from schema.graphql.review_thread import ReviewStep
from schema.graphql.reviews import Review


class Viewer(graphene.ObjectType):
    """Who is asking."""

    class Meta:
        description = text("当前调用方", "Who is asking, and what this token may do.")

    id = identifier("接入单位标识", "Name of the tenant")
    kind = graphene.Field(TenantKind, required=True, description=text("单位类型", "Kind of tenant"))
    name = string("单位名称", "Name", required=True)
    credit_code = string("统一社会信用代码", "Unified social credit code", required=True)
    client_id = string("客户端标识", "Client id", required=True)
    jurisdiction = many(graphene.String, "管辖区划前缀", "Division prefixes it governs")
    permissions = many(graphene.String, "本令牌的权限", "Scopes of this token")
    today = day("平台当前日（北京时间）", "Today at the hub (Asia/Shanghai)", required=True)


class Value(graphene.ObjectType):
    """A value a condition used."""

    class Meta:
        description = text("判定所用的值", "A value that a condition used.")

    name = string("名称", "Name", required=True)
    value = string("值", "Value", required=True)


class ConditionResult(graphene.ObjectType):
    """One line of the explanation."""

    class Meta:
        description = text("单项条件结果", "One line of the explanation: condition, result, values, basis, what to do.")

    condition = string("条件", "Condition", required=True)
    aspect = graphene.Field(Aspect, required=True, description=text("属于哪个问题", "Which question it belongs to"))
    outcome = graphene.Field(ConditionOutcome, required=True, description=text("结果", "Result"))
    reason = string("原因代码（通过时为空）", "Reason code, none when passed")
    message = string("说明", "Text in Chinese", required=True)
    message_en = string("说明（英文）", "Text in English", required=True)
    values = many(Value, "所用的值", "Values used")
    rule_identifier = string("规则编号", "Identifier of the rule")
    rule_version = integer("规则版本", "Version of the rule")
    basis = string("依据", "Basis", required=True)
    next_step = string("下一步", "What to do", required=True)
    next_step_en = string("下一步（英文）", "What to do, in English", required=True)


class RecognitionAnswer(graphene.ObjectType):
    """The answer to one of the three questions."""

    class Meta:
        description = text("三个问题之一的回答", "The answer to one of the three questions.")

    outcome = graphene.Field(ConditionOutcome, required=True, description=text("结果", "Result"))
    message = string("说明", "Text in Chinese", required=True)
    message_en = string("说明（英文）", "Text in English", required=True)
    conditions = many(ConditionResult, "所据条件", "The conditions it rests on")


def _answer(zh: str, en: str) -> graphene.Field:
    return graphene.Field(RecognitionAnswer, required=True, description=text(zh, en))


class RecognitionAgreement(graphene.ObjectType):
    """What of an agreement a decision rests on."""

    class Meta:
        description = text(
            "结论所依的互认协议，及按哪张表、哪一行视同何种证书",
            "The agreement a decision rests on, and by which row of which table the certificate counts as another.",
        )

    identifier = string("协议标识", "Identifier of the agreement", required=True)
    version = integer("版本", "Its version", required=True)
    table = string("对应关系表", "Table of equivalences")
    row = integer("行", "Row of the table")
    counts_as = string("视同的证书类型", "Kind of certificate it counts as")
    counts_as_subkind = string("视同的类别", "Item or class it counts as")


class RecognitionDecision(graphene.ObjectType):
    """Whether a certificate counts in a place on a day, with reasons."""

    class Meta:
        description = text("互认结论", "Whether a certificate counts in a place on a day, on which rule, and why.")

    verdict = graphene.Field(Verdict, required=True, description=text("结论", "Verdict"))
    authentic = _answer("是否真实（查无记录为待核，不等于假证）", "Is it real? Not found is open, not forged")
    valid = _answer("当日是否有效", "Was it valid on that day?")
    accepted = _answer("使用地是否认可、依据哪条规则", "Does it count there, on which rule?")
    host_region = string("使用地行政区划代码", "Division of use", required=True)
    known_at = moment("按该时刻已知的回答（问及时）", "By what was known at this moment, when asked so", required=False)
    source_updated_on = day("数据更新日", "Day the source last confirmed the record")
    decide_by = day("今日提交的，使用地最迟何日决定", "The last day for the host to decide what is handed in today")
    day = day("所问之日", "Day asked", required=True)
    certificate_id = graphene.ID(description=text("证书标识（查有记录时）", "Id of the certificate, when found"))
    is_disputed = yes_no(
        "证书记录有未办结的异议；不影响结论", "Whether the certificate is in dispute; changes no verdict"
    )
    rule_identifier = string("所依规则编号", "Identifier of the rule applied")
    rule_version = integer("规则版本", "Version of the rule applied")
    mode = graphene.Field(RecognitionMode, description=text("认可方式", "Mode"))
    follow_up = string("后续手续", "What has to follow", required=True)
    follow_up_en = string("后续手续（英文）", "What has to follow, in English", required=True)
    decision_workdays = integer(
        "办理时限（工作日）：规则与协议所定的较短者",
        "Working days the host has to decide: of rule and agreement the shorter",
    )
    agreement = one(RecognitionAgreement, "所依协议", "The agreement the rule counts under")
    reasons = many(graphene.String, "未通过条件的原因代码", "Reason codes of conditions that did not pass")
    conditions = many(ConditionResult, "各项条件", "Every condition with its result")


class UserError(graphene.ObjectType):
    """What is wrong with the input."""

    class Meta:
        description = text("输入问题", "What is wrong with the input, and what to do.")

    code = graphene.Field(ErrorCode, required=True, description=text("错误代码", "Code"))
    field = many(graphene.String, "字段路径", "Path of the field")
    message = string("说明", "Text in Chinese", required=True)
    message_en = string("说明（英文）", "Text in English", required=True)
    value = string("填写的值（个人信息已脱敏）", "The value sent, masked where personal")
    next_step = string("下一步", "What to do", required=True)


class PublishPayload(graphene.ObjectType):
    """What a publication did."""

    class Meta:
        description = text("发布结果", "What a publication did.")

    record_id = graphene.ID(description=text("记录标识", "Id of the record"))
    outcome = graphene.Field(Outcome, description=text("新增、更新或未变", "New, changed or unchanged"))
    version = integer("版本号", "Version of the record")
    warnings = many(UserError, "提示（不影响发布）", "Warnings; the record is published all the same")
    user_errors = many(
        UserError, "全部问题（有问题则未发布）", "All findings; when there are any, nothing was published"
    )


class ReviewPayload(graphene.ObjectType):
    """A review after a mutation."""

    class Meta:
        description = text("核查办理结果", "A review after it was worked on.")

    review = one(Review, "核查", "The review")
    step = one(
        ReviewStep, "所办步骤；答复时以提问步骤的 id 为 requestId", "The step; an answer names the question's by id"
    )
    user_errors = many(UserError, "全部问题", "All findings")


class RiskFlagPayload(graphene.ObjectType):
    """A risk flag after a mutation."""

    class Meta:
        description = text("风险标记处理结果", "A risk flag after it was changed.")

    risk_flag = one(RiskFlag, "风险标记", "The flag")
    user_errors = many(UserError, "全部问题", "All findings")


class ClockCount(graphene.ObjectType):
    """Events of one type that running the clock raised."""

    class Meta:
        description = text("新产生的一类事件", "Events of one type that were raised.")

    type = string("事件类型", "Type of event", required=True)
    count = integer("件数", "How many", required=True)


class ClockPayload(graphene.ObjectType):
    """What running the clock raised."""

    class Meta:
        description = text("到期核对结果", "What running the clock for a day raised.")

    day = day("核对日", "The day", required=True)
    expired = integer("新到期证书数", "Certificates newly past their end day", required=True)
    review_lapsed = integer("新逾期未复审证书数", "Certificates newly past their review day", required=True)
    review_escalated = integer("新超期并上报的核查数", "Reviews newly overdue, told to the superior", required=True)
    disputes_overdue = integer("新逾期的异议数", "Disputes newly overdue", required=True)
    raised = many(ClockCount, "新产生的各类事件", "Everything that was raised, by type of event")


__all__ = [
    "Certificate", "ClockPayload", "PublishPayload", "RecognitionDecision", "ReviewPayload",
    "RiskFlagPayload", "UserError", "Viewer",
]  # fmt: skip
