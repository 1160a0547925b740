"""准入关卡: checks of a firm at a gate, the measures behind an answer. GraphQL types, inputs, payloads.

A field of a check gets its column in exchange/engine/shapes.py.
"""

from typing import Any

import graphene

from schema.gates import GateVerdict as VerdictOfGate
from schema.graphql.answers import UserError
from schema.graphql.effects import Gate
from schema.graphql.parties import Authority
from schema.graphql.parts import connection, day, enum, identifier, listed, many, moment, one, string, text, yes_no

_VERDICTS_EN = {
    "PASS": "Nothing against it is known",
    "UNDETERMINED": "Cannot be determined: never the same as passed",
    "KEY_REVIEW": "To be looked at closely; the authority decides",
    "BLOCKED": "A measure with a legal basis in force closes this gate",
}
GateVerdict = enum(
    "GateVerdict",
    "关卡核验结论",
    "What a gate is answered",
    {one.name: (one.value, _VERDICTS_EN[one.name]) for one in VerdictOfGate},
)


class GateReason(graphene.ObjectType):
    """Why a gate is not simply passed."""

    class Meta:
        description = text(
            "关卡核验的一项理由，附依据与移出条件", "One reason of a check, with its basis and the way out."
        )

    code = string("理由代码", "Code", required=True)
    verdict = graphene.Field(GateVerdict, required=True, description=text("该理由所致结论", "What it leads to"))
    message = string("说明", "Text in Chinese", required=True)
    message_en = string("说明（英文）", "Text in English", required=True)
    basis = string("依据", "Legal basis", required=True)
    exit_condition = string("如何解除", "What ends it")
    authority = string("来源单位", "Source authority")
    record_id = graphene.ID(description=text("所依记录标识", "Id of the record it rests on"))
    since = day("起始日期", "Since when")
    is_disputed = yes_no(
        "核验时所依记录是否有未决异议（不影响结论）",
        "Whether a record it rests on was in dispute when checked; it changes no verdict",
    )


class GateCheck(graphene.ObjectType):
    """A check of a firm at a gate, as it was answered."""

    class Meta:
        description = text(
            "准入关卡核验：结论、全部理由与回执，仅核验单位可见，当日有效",
            "A check at a gate: verdict, every reason, receipt. Only who asked sees it; good for its day.",
        )

    id = identifier()
    receipt_number = string("回执编号", "Receipt number", required=True)
    authority = one(Authority, "核验单位（机关）", "Authority that asked; none for a partner")
    gate = graphene.Field(Gate, required=True, description=text("关卡", "Gate"))
    credit_code = string("统一社会信用代码", "Unified social credit code", required=True)
    region = string("办理地行政区划代码", "Division of the matter", required=True)
    matter_code = string("事项编码", "Code of the matter")
    case_number = string("办件编号", "Case number")
    valid_until = day("回执有效期至（当日有效）", "Last day of the receipt, which is the day asked", required=True)
    day = day("所问之日", "Day asked", required=True)
    verdict = graphene.Field(GateVerdict, required=True, description=text("结论", "Verdict"))
    reasons = many(GateReason, "全部理由，重的在前", "Every reason, the gravest first")
    checked_at = moment("核验时间", "Checked at")


class GateClearance(graphene.ObjectType):
    """How a firm stands at a gate, told to itself."""

    class Meta:
        description = text(
            "本企业在某一关卡的状况：结论与理由；不是核验，没有回执",
            "How your own firm stands at a gate: verdict and reasons. No check: there is no receipt.",
        )

    day = day("所问之日", "Day asked", required=True)
    verdict = graphene.Field(GateVerdict, required=True, description=text("结论", "Verdict"))
    reasons = many(GateReason, "全部理由，重的在前", "Every reason, the gravest first")


GateCheckConnection = connection(GateCheck, "关卡核验", "checks")


class Measure(graphene.ObjectType):
    """A joint measure or an incentive."""

    class Meta:
        description = text(
            "联合惩戒或守信激励措施；无法律依据的措施不得采取",
            "A joint measure or an incentive; a measure without a legal basis may not be imposed.",
        )

    code = string("措施代码", "Code", required=True)
    name = string("措施", "Name in Chinese", required=True)
    name_en = string("措施（英文）", "Name in English", required=True)
    basis = string("法律依据", "Legal basis", required=True)
    term = string("期限", "Term in Chinese", required=True)
    term_en = string("期限（英文）", "Term in English", required=True)
    is_incentive = yes_no("是否守信激励", "Whether it is an incentive")
    blocked_gates = many(Gate, "生效期间依法暂停办理的关卡", "Gates it closes while in force")
    reviewed_gates = many(Gate, "须重点核查的关卡", "Gates at which it asks for a key review")
    condition = string("适用条件（激励）", "On what an incentive depends")
    condition_en = string("适用条件（英文）", "The same in English")


class GateCheckInput(graphene.InputObjectType):
    """A question at a gate."""

    class Meta:
        description = text("关卡核验：哪家企业、哪一关卡、在何处", "Which firm, at which gate, where.")

    gate = graphene.Argument(Gate, required=True, description=text("关卡", "Gate"))
    credit_code = string("统一社会信用代码", "Unified social credit code", required=True)
    region = string("办理地行政区划代码（机关须在本辖区内）", "Division; of an authority within its own", required=True)
    matter_code = string("事项编码", "Code of the matter")
    case_number = string("办件编号", "Case number")
    on = day(
        "哪一天（默认今天）；过去的日子只作回看，不会得出通过", "Which day, today by default; a past one never passes"
    )


class GateCheckPayload(graphene.ObjectType):
    """What a gate was answered."""

    class Meta:
        description = text("关卡核验结果", "What a gate was answered.")

    gate_check = one(GateCheck, "核验", "The check")
    user_errors = many(UserError, "全部问题（有问题则未核验）", "All findings; when there are any, nothing was checked")


QUERIES: dict[str, Any] = {
    "gate_receipt": one(
        GateCheck,
        "按回执编号查本单位的一次关卡核验",
        "One of your checks at a gate, by its receipt number",
        receipt_number=graphene.String(required=True, description=text("回执编号", "Receipt number")),
    ),
    "gate_checks": listed(GateCheckConnection, "本单位的关卡核验，新的在前", "Your checks at gates, latest first"),
    "clearance": one(
        GateClearance,
        "本企业现在能否通过某一关卡（仅企业；不留核验、不视为在当地有事项）",
        "Whether your own firm would pass a gate now; for enterprises. It leaves no check and is no presence",
        required=True,
        gate=graphene.Argument(Gate, required=True, description=text("关卡", "Gate")),
        region=graphene.String(required=True, description=text("办理地行政区划代码", "Division of the matter")),
    ),
    "measures": graphene.List(
        graphene.NonNull(Measure),
        required=True,
        description=text("联合惩戒与守信激励措施清单", "Every joint measure and incentive"),
    ),
}
MUTATIONS: dict[str, Any] = {
    "gate_check": one(
        GateCheckPayload,
        "准入关卡核验：给出结论、全部理由与回执；本单位此后十二个月内会因该企业的新标记收到重点核查",
        "Check a firm at a gate: verdict, every reason, receipt. A flag on the firm in the next twelve months opens a "
        "review at the authority that checked",
        required=True,
        input=GateCheckInput(required=True, description=text("核验内容", "The question")),
    ),
}
