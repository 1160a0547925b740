"""举报: whistle-blower reports. GraphQL types, inputs, payloads and root fields.

A field added here gets its column in exchange/engine/tips.py; nothing here but TipReporter may tell who reported.
"""

from collections.abc import Mapping
from typing import Any

import graphene

from schema.graphql.answers import UserError
from schema.graphql.parties import Authority
from schema.graphql.parts import connection, day, enum, identifier, listed, many, one, string, text, yes_no

TipCategory = enum("TipCategory", "举报事项", "What is reported", {
    "UNCERTIFIED_WORK": ("无证上岗", "Work without a certificate"),
    "CERTIFICATE_LENDING": ("证书挂靠", "A certificate lent to a firm its holder does not work for"),
    "FORGED_CERTIFICATE": ("伪造证书", "A forged certificate"),
    "HIDDEN_DANGER": ("事故隐患", "A hidden danger"),
    "OTHER": ("其他", "Other"),
})  # fmt: skip
TipState = enum("TipState", "举报办理状态", "How far a report has got", {
    "FILED": ("待受理", "Handed in"),
    "TRANSFERRED": ("已移送，待受理", "Handed to another authority, which has to accept it"),
    "ACCEPTED": ("已受理，核查中", "Accepted, being looked into"),
    "REJECTED": ("不予受理", "Rejected"),
    "CONFIRMED": ("查证属实", "Confirmed"),
    "UNFOUNDED": ("查无实据", "Unfounded"),
    "REWARDED": ("查证属实，已奖励", "Confirmed, and rewarded"),
})  # fmt: skip
TipDecision = enum("TipDecision", "是否受理", "What becomes of a report", {
    "ACCEPTED": ("受理", "Accepted"),
    "REJECTED": ("不予受理（须写明理由）", "Rejected, with the reason"),
    "TRANSFERRED": ("移送其他机关（须写明理由和机关）", "Handed to another authority, with the reason"),
})  # fmt: skip
TipConclusion = enum("TipConclusion", "核查结论", "What was found", {
    "CONFIRMED": ("查证属实", "It is true"),
    "UNFOUNDED": ("查无实据", "It is not, or not to be shown"),
})  # fmt: skip
TipLinkRole = enum("TipLinkRole", "关联的是什么", "What a report bears upon", {
    "CERTIFICATE": ("证书", "The certificate"),
    "POST": ("任职", "A post of its holder"),
})  # fmt: skip


class TipStep(graphene.ObjectType):
    """A step of a report."""

    class Meta:
        description = text("举报办理的一步；只增不改", "A step of a report; none is ever changed.")

    state = graphene.Field(TipState, required=True, description=text("办理后的状态", "State it led to"))
    taken_on = day("日期", "Day of it", required=True)
    authority = one(Authority, "其后负责的机关", "The authority competent after it", required=True)
    record_id = graphene.ID(description=text("据以处理的记录", "The record that came of it"))
    text = string("内容或理由（仅现负责机关可见）", "What was said; for the authority competent now alone")


class TipLink(graphene.ObjectType):
    """A record a report bears upon."""

    class Meta:
        description = text("举报所涉的证书或任职，跨辖区", "A certificate or post a report bears upon, wherever it is.")

    role = graphene.Field(TipLinkRole, required=True, description=text("是什么", "What it is"))
    record_id = identifier("记录标识", "Id of the record")
    authority = one(Authority, "记录所属机关", "Authority whose record it is", required=True)


class TipReward(graphene.ObjectType):
    """The reward of a report."""

    class Meta:
        description = text("举报奖励（不含举报人）", "The reward of a report; it does not say whose.")

    amount = string("金额（元），如 3000.00", "Amount in yuan, as 3000.00", required=True)
    basis = string("依据", "Basis", required=True)
    paid_on = day("发放日期", "Paid on", required=True)


TipStepConnection = connection(TipStep, "举报办理步骤", "steps of a report")
TipLinkConnection = connection(TipLink, "举报所涉记录", "records a report bears upon")


class Tip(graphene.ObjectType):
    """A whistle-blower report."""

    class Meta:
        description = text(
            "举报：经办、现负责机关与所涉机关可见；举报人身份另行密封",
            "A report: for who handed it in, the competent authority, those it bears upon; who reported is sealed.",
        )

    id = identifier()
    category = graphene.Field(TipCategory, required=True, description=text("举报事项", "What is reported"))
    region = string("行政区划代码", "Division code", required=True)
    state = graphene.Field(TipState, required=True, description=text("状态", "State"))
    filed_on = day("举报日期", "Handed in on", required=True)
    due_on = day("受理期限（工作日；受理、不予受理后为空）", "Whether it is accepted is due by; none once that is said")
    is_due_estimated = yes_no(
        "期限是否推定（当年节假日安排未载入）", "Whether the calendar of that year was not known yet", required=False
    )
    is_overdue = yes_no("今日是否超期未受理", "Whether that is overdue today")
    credit_code = string("被举报企业的统一社会信用代码", "Credit code of the firm")
    certificate_number_masked = string("被举报证书编号（已脱敏）", "Number of the certificate, masked")
    post = string("被举报岗位", "The post")
    authority = one(Authority, "现负责机关", "The authority competent now", required=True)
    steps = listed(
        TipStepConnection,
        "各步，先后为序；受移送机关自移送起",
        "Its steps, in order; one it was handed to sees those since then",
    )
    links = listed(
        TipLinkConnection, "所涉证书与任职（受理后查找）", "Certificates and posts, found once it is accepted"
    )
    text = string("情况（仅现负责机关可见）", "What happens; for the authority competent now alone")
    reward = one(TipReward, "奖励（仅奖励机关可见）", "The reward; for the authority that paid it alone")


class TipReporter(graphene.ObjectType):
    """Who reported."""

    class Meta:
        description = text(
            "举报人：仅现负责机关可见，须有事由与办件编号，逐次留痕", "Who reported; each read leaves evidence."
        )

    is_anonymous = yes_no("是否匿名举报", "Whether the report is anonymous")
    name = string("姓名", "Name")
    phone = string("电话", "Phone")
    address = string("地址", "Address")


class TipReporterInput(graphene.InputObjectType):
    """Who reports."""

    class Meta:
        description = text("举报人（匿名举报不填）", "Who reports; left out where anonymous.")

    name = string("姓名", "Name")
    phone = string("电话", "Phone")
    address = string("地址", "Address")


class TipFileInput(graphene.InputObjectType):
    """A report."""

    class Meta:
        description = text(
            "举报内容；企业、证书、岗位至少填一项", "What is reported; a firm, a certificate or a post has to be named."
        )

    category = graphene.Argument(TipCategory, required=True, description=text("举报事项", "What is reported"))
    region = string("事发地行政区划代码", "Division where it happens", required=True)
    credit_code = string("被举报企业的统一社会信用代码", "Credit code of the firm")
    certificate_number = string("被举报证书编号", "Number of the certificate")
    post = string("被举报岗位", "The post")
    reporter = graphene.InputField(TipReporterInput, description=text("举报人，密封保存", "Who reports; kept sealed"))
    text = string(
        "情况（2000 字以内，仅负责机关可见）", "What happens, for the competent authority alone", required=True
    )


class TipTriageInput(graphene.InputObjectType):
    """Whether a report is accepted."""

    class Meta:
        description = text("是否受理", "Whether a report is accepted.")

    tip_id = graphene.ID(required=True, description=text("举报标识", "Id of the report"))
    decision = graphene.Argument(TipDecision, required=True, description=text("决定", "Decision"))
    reason = string("理由（不予受理、移送时必填）", "Why; needed to reject and to hand over")
    to_authority = graphene.ID(description=text("移送给哪个机关", "The authority it is handed to"))


class TipConcludeInput(graphene.InputObjectType):
    """What was found."""

    class Meta:
        description = text("核查结论", "What was found.")

    tip_id = graphene.ID(required=True, description=text("举报标识", "Id of the report"))
    conclusion = graphene.Argument(TipConclusion, required=True, description=text("结论", "Conclusion"))
    finding = string("查明的情况（必填）", "What was found", required=True)
    record_id = graphene.ID(description=text("据此作出的处罚、标记等记录", "The penalty, flag … that came of it"))


class TipRewardInput(graphene.InputObjectType):
    """A reward."""

    class Meta:
        description = text("举报奖励", "A reward.")

    tip_id = graphene.ID(required=True, description=text("举报标识", "Id of the report"))
    amount = string("金额（元），如 3000.00", "Amount in yuan, as 3000.00", required=True)
    basis = string("依据", "Basis", required=True)
    paid_on = day("发放日期（默认今天）", "Paid on; today by default")


class TipBy(graphene.InputObjectType):
    """How to name a report."""

    class Meta:
        description = text("举报标识或查询码，二选一", "A report by its id or its follow-up code.")

    id = graphene.ID(description=text("举报标识", "Id of the report"))
    follow_up_code = string("查询码", "The follow-up code")


class TipFilePayload(graphene.ObjectType):
    """What became of a report that was handed in."""

    class Meta:
        description = text("举报收件结果", "What became of a report that was handed in.")

    tip = one(Tip, "举报", "The report")
    follow_up_code = string(
        "查询码：只给出这一次，交举报人保存", "The follow-up code, given this once, for the reporter"
    )
    user_errors = many(UserError, "全部问题（有问题则未收）", "All findings; when there are any, nothing was kept")


class TipPayload(graphene.ObjectType):
    """What became of a report."""

    class Meta:
        description = text("举报办理结果", "What became of a report.")

    tip = one(Tip, "举报", "The report")
    user_errors = many(UserError, "全部问题（有问题则未办理）", "All findings; when there are any, nothing was done")


TipConnection = connection(Tip, "举报", "reports")


def _mutation(payload: Any, made: Any, zh: str, en: str) -> Any:
    return one(payload, zh, en, required=True, input=made(required=True, description=text("内容", "What it says")))


MUTATIONS: Mapping[str, graphene.Field] = {
    "tip_file": _mutation(
        TipFilePayload, TipFileInput,
        "提交举报：转属地监管部门；举报人可匿名，凭查询码了解进展",
        "Hand in a report; it goes to the authority of the place. Anonymous or not, the code tells how far it has got",
    ),
    "tip_triage": _mutation(
        TipPayload, TipTriageInput, "受理、不予受理或移送举报", "Accept a report, reject it, or hand it over"
    ),
    "tip_conclude": _mutation(
        TipPayload, TipConcludeInput,
        "举报核查结论；查证属实的，企业或人员所在的其他地方收到核查任务",
        "Say what was found; where it is true, places where the firm or person is present get a review",
    ),
    "tip_reward": _mutation(TipPayload, TipRewardInput, "登记举报奖励", "Note the reward of a confirmed report"),
}  # fmt: skip

ROOT_FIELDS: Mapping[str, graphene.Field] = {
    "tip": one(Tip, "一件举报", "One report", by=TipBy(required=True, description=text("查找依据", "How to name it"))),
    "tips": listed(
        TipConnection,
        "举报：本单位提交的、负责的、涉及本单位记录的，先提交的在前",
        "Reports: handed in by you, yours to handle, bearing upon records of yours; earliest first",
        state=graphene.Argument(TipState, description=text("只要该状态的", "Only those in this state")),
    ),
    "tip_reporter": one(
        TipReporter,
        "举报人身份。仅现负责机关，其他单位为空；须有事由与办件编号，逐次留痕",
        "Who reported; for the competent authority, none for others. Needs a purpose and a case number",
        tip_id=graphene.ID(required=True, description=text("举报标识", "Id of the report")),
    ),
}
