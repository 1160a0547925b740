"""本地政策: an authority's own policy of reviews, and the simulation of a draft. GraphQL types, inputs, root fields.

What a term can say is a field of _term() here and of Term in exchange/rules/policy.py.
"""

from collections.abc import Mapping
from typing import Any

import graphene

from schema.graphql.answers import UserError
from schema.graphql.enums import Handling, ReviewPriority, RiskBand
from schema.graphql.parts import day, enum, integer, many, one, string, text, yes_no

LocalPresence = enum("LocalPresence", "在本地的事项", "How a firm or person is present", {
    "PROJECT_APPROVAL": ("项目审批", "An approval of a project"),
    "BID": ("投标", "A bid"),
    "SITE": ("工地与场所", "A site"),
    "FILING": ("备案与告知", "A filing"),
    "PERMIT": ("许可", "A permit"),
    "APPOINTMENT": ("任职", "A post"),
    "RECOGNITION": ("证书互认", "A certificate recognised here"),
    "GATE_CHECK": ("准入关卡核验", "A check at a gate"),
    "CERTIFICATE": ("所存证书", "A certificate on record"),
    "PRESENTATION": ("出示的证书", "A certificate presented"),
})  # fmt: skip
PolicyChange = enum("PolicyChange", "与当时相比的变化", "What a draft changes", {
    "ADDED": ("新增", "It would have been opened"),
    "DROPPED": ("不再产生", "It would not have been opened"),
    "CHANGED": ("优先级、处置要求或时限不同", "Other priority, handling or due day"),
})  # fmt: skip


def _kinds(of: Any, zh: str, en: str) -> graphene.List:
    return graphene.List(graphene.NonNull(of), description=text(zh, en))


def _term() -> dict[str, Any]:
    """What a term says: conditions, then effects. The same names in input and answer."""
    return {
        "rule": string("触发规则，如 ORANGE_BAND", "Trigger rule, such as ORANGE_BAND", required=True),
        "presence_kinds": _kinds(LocalPresence, "条件：只对这些事项；空为不限", "Only for these; empty: any"),
        "regions": _kinds(
            graphene.String, "条件：只对辖区内这些区划（代码前缀）；空为不限", "Only in these divisions; empty: all"
        ),
        "bands": _kinds(RiskBand, "条件：只对这些颜色（LESSER_FLAG）；空为不限", "Only these bands; empty: all"),
        "min_days_left": integer("条件：尚余天数不少于（CREDENTIAL_EXPIRING）", "Only with so many days left or more"),
        "is_by_path": yes_no(
            "条件：只对递进而来的（true）或直接涉及的（false）；空为不限",
            "Only what a path of steps leads to (true), or only the direct (false)",
            required=False,
        ),
        "priority": graphene.Field(ReviewPriority, description=text("改为的优先级，只能提高", "Priority; raised only")),
        "handling": graphene.Field(Handling, description=text("改为的处置要求，只能提高", "Handling; raised only")),
        "workdays": integer("办理时限，1 至 10 个工作日", "Working days to decide, 1 to 10"),
        "assignee": string("产生时即指定的经办人账号", "Officer it is assigned to when it is opened"),
    }


def _term_input() -> dict[str, Any]:
    made = {**_term(), "is_off": yes_no("不产生；必须核查的不能关闭", "Open none; never of a MUST", required=False)}
    made["priority"] = graphene.Argument(ReviewPriority, description=made["priority"].description)
    made["handling"] = graphene.Argument(Handling, description=made["handling"].description)
    return made


class _TermInputMeta:
    name = "PolicyTermInput"
    description = text(
        "一条政策：逐条对照，先符合的适用；都不符合的按默认",
        "One term: they are compared in order, the first that fits applies; where none fits, the default.",
    )


PolicyTermInput: Any = type("PolicyTermInput", (graphene.InputObjectType,), {"Meta": _TermInputMeta, **_term_input()})


class _TermMeta:
    name = "PolicyTerm"
    description = text("一条政策", "One term of a policy.")


PolicyTerm: Any = type(
    "PolicyTerm",
    (graphene.ObjectType,),
    {"Meta": _TermMeta, **_term(), "is_off": yes_no("不产生", "Whether none is opened")},
)


class Policy(graphene.ObjectType):
    """A version of an authority's policy."""

    class Meta:
        description = text("本地政策的一版；发布后不改", "A version of the own policy; immutable once published.")

    identifier = string("政策编号", "Identifier", required=True)
    version = integer("版本", "Version", required=True)
    valid_from = day("生效日", "Valid from", required=True)
    is_in_force = yes_no("今天是否施行", "Whether it holds today")
    published_by = string("发布的客户端", "Client that published it", required=True)
    published_on = day("发布日", "Published on", required=True)
    terms = many(PolicyTerm, "各条，先后为序", "Its terms, in order")


class PolicyPublishInput(graphene.InputObjectType):
    """The next version."""

    class Meta:
        description = text(
            "下一版政策；没有条款的一版即恢复默认", "The next version; one without terms is the default."
        )

    version = integer("版本：现有最高版本加一", "The latest version plus one", required=True)
    valid_from = day("生效日，今天（默认）或以后", "Valid from today (by default) or later")
    terms = many(PolicyTermInput, "各条，先后为序，至多 100 条", "Terms in order, 100 at most")


class PolicyPayload(graphene.ObjectType):
    """What became of a publication."""

    class Meta:
        description = text("政策发布结果", "What the publication of a policy did.")

    policy = one(Policy, "已发布的一版", "The version published")
    user_errors = many(
        UserError, "全部问题（有问题则未发布）", "All findings; when there are any, nothing was published"
    )


class PolicySimulationInput(graphene.InputObjectType):
    """A draft."""

    class Meta:
        description = text("所推演的草案", "The draft that is simulated.")

    terms = many(PolicyTermInput, "各条，先后为序", "Terms in order")
    months = integer("最近几个月，1 至 12", "Over how many months, 1 to 12", required=True)


def _counts() -> dict[str, Any]:
    return {
        "opened": integer("当时产生的", "Opened then", required=True),
        "in_force": integer("按今天施行的政策会产生的", "The policy in force today would open", required=True),
        "would_open": integer("按草案会产生的", "The draft would open", required=True),
        "must": integer("其中必须核查的", "Of these: must be done", required=True),
        "assigned": integer("其中产生时即指定经办人的", "Of these: assigned when opened", required=True),
        "added": integer("比当时新增", "More than then", required=True),
        "dropped": integer("比当时减少", "Less than then", required=True),
        "changed": integer("优先级、处置要求或时限与当时不同", "Other than then", required=True),
    }


class _RowMeta:
    name = "PolicySimulationRow"
    description = text("一个月、一条规则、一地的推演结果", "What it is in a month, by a rule, at a place.")


PolicySimulationRow: Any = type(
    "PolicySimulationRow",
    (graphene.ObjectType,),
    {
        "Meta": _RowMeta,
        "month": string("月份，如 2026-11", "Month, such as 2026-11", required=True),
        "rule": string("触发规则", "Trigger rule", required=True),
        "region": string("本地事项的区划", "Division of the presence", required=True),
        **_counts(),
    },
)


class PolicySimulationSide(graphene.ObjectType):
    """A review, then or by the draft."""

    class Meta:
        description = text("一项核查（当时的，或按草案的）", "A review as it was, or as the draft would have it.")

    priority = graphene.Field(ReviewPriority, required=True, description=text("优先级", "Priority"))
    handling = graphene.Field(Handling, required=True, description=text("处置要求", "What is asked"))
    due_on = day("办理时限", "Due on", required=True)


class PolicySimulationExample(graphene.ObjectType):
    """One that differs."""

    class Meta:
        description = text("与当时不同的一件", "One that differs from what was opened then.")

    change = graphene.Field(PolicyChange, required=True, description=text("变化", "What changes"))
    rule = string("触发规则", "Trigger rule", required=True)
    day = day("日期", "Day", required=True)
    region = string("本地事项的区划", "Division of the presence", required=True)
    credit_code = string("所涉企业（人员的为空）", "Firm concerned; none of a person")
    review_id = graphene.ID(description=text("当时产生的核查", "The review opened then"))
    term = integer("所适用的草案条款（默认的为空）", "Term of the draft that applies; none by default")
    was = one(PolicySimulationSide, "当时（未产生的为空）", "As it was; none where none was opened")
    would_be = one(PolicySimulationSide, "按草案（不产生的为空）", "By the draft; none where it opens none")


class _SimulationMeta:
    name = "PolicySimulation"
    description = text("政策推演结果；不改变任何数据", "What a draft would have done. Nothing is changed.")


PolicySimulation: Any = type(
    "PolicySimulation",
    (graphene.ObjectType,),
    {
        "Meta": _SimulationMeta,
        "since": day("自", "From", required=True),
        "until": day("至", "To", required=True),
        "found": integer("规则发现的件数（含未产生核查的）", "What rules found, opened or not", required=True),
        **_counts(),
        "rows": many(PolicySimulationRow, "按月、规则、地点", "By month, rule and place"),
        "examples": many(PolicySimulationExample, "有变化的，至多 50 件", "Some that differ, 50 at most"),
    },
)


class PolicySimulationPayload(graphene.ObjectType):
    """A simulation, or what is wrong with the draft."""

    class Meta:
        description = text("政策推演", "A simulation, or what is wrong with the draft.")

    simulation = one(PolicySimulation, "推演结果", "The simulation")
    user_errors = many(UserError, "草案的全部问题", "Everything that is wrong with the draft")


class TriggerRule(graphene.ObjectType):
    """A rule by default."""

    class Meta:
        description = text("触发规则及其默认办法", "A trigger rule, and what is done by default.")

    name = string("规则名称，写入政策条款", "Name, as terms of a policy say it", required=True)
    zh = string("何时产生核查", "When it opens a review, in Chinese", required=True)
    en = string("何时产生核查（英文）", "When it opens a review", required=True)
    basis = string("依据", "Legal basis", required=True)
    event_types = many(graphene.String, "所据事件类型", "Types of event it listens to")
    priority = graphene.Field(ReviewPriority, required=True, description=text("默认优先级", "Priority by default"))
    handling = graphene.Field(Handling, required=True, description=text("默认处置要求", "What is asked by default"))
    workdays = integer("默认时限（工作日）", "Working days by default", required=True)
    presence_kinds = many(LocalPresence, "在本地的哪些事项产生核查", "Kinds of presence it lands on")
    path_kinds = many(LocalPresence, "递进到哪些事项", "Kinds of presence a path of steps may lead to")
    is_optional = yes_no("默认不产生，本地政策开启的才产生", "Whether it opens reviews only where a policy says so")


ROOT_FIELDS: Mapping[str, Any] = {
    "trigger_rules": many(
        TriggerRule,
        "全部触发规则及其默认办法，制定政策时对照",
        "Every trigger rule and its default, to write a policy by",
    ),
    "policies": many(Policy, "本单位的核查政策，新版在前，至多 100 版", "Your policy of reviews, latest version first"),
    "policy_simulation": one(
        PolicySimulationPayload,
        "推演：草案在最近几个月会产生哪些核查，与当时产生的、与现行政策相比；只看本单位的，不改变任何数据",
        "What a draft policy would have opened in the last months, against what was and what the policy in force would",
        required=True,
        input=PolicySimulationInput(required=True, description=text("草案与月数", "The draft, and how far back")),
    ),
}
MUTATIONS: Mapping[str, Any] = {
    "policy_publish": one(
        PolicyPayload,
        "发布本单位的核查政策（下一版）",
        "Publish the next version of your policy of reviews",
        required=True,
        input=PolicyPublishInput(required=True, description=text("政策", "The policy")),
    ),
}
