"""重点核查: the GraphQL type of reviews. A field added here gets its column in exchange/engine/reviews.py."""

import graphene

from schema.graphql.dossiers import Enterprise, Person
from schema.graphql.enums import CauseEnding, Handling, ReviewOutcome, ReviewPriority, ReviewState, RiskBand
from schema.graphql.parties import Authority
from schema.graphql.parts import connection, day, identifier, integer, listed, many, one, string, text, yes_no
from schema.graphql.records import TYPES, Certificate, Matter, RiskFlag
from schema.graphql.review_thread import DeclineReason, ReviewStepConnection


class ReviewPathStep(graphene.ObjectType):
    """One step from a cause to where its review is."""

    class Meta:
        description = text("递进的一步", "One step from the cause to where it led, by ids alone.")

    zh = string("说明", "In Chinese", required=True)
    en = string("说明（英文）", "In English", required=True)
    credit_code = string("所经企业的统一社会信用代码", "Credit code of the firm on the way", required=True)
    person_id = identifier("所经人员的标识", "Id of the person on the way")


class ReviewCause(graphene.ObjectType):
    """A report of what a review is about."""

    class Meta:
        description = text(
            "起因", "A report of the sanction a review is about; several of one decision make one review."
        )

    id = identifier()
    authority = one(Authority, "来源单位", "Authority whose record it is", required=True)
    flag = one(RiskFlag, "风险标记", "The risk flag")
    certificate = one(Certificate, "证书", "The certificate")
    certificate_action = one(TYPES["CertificateAction"], "证书处理", "The action on a certificate")
    joined_on = day(
        "并入日期（第一份为开启日期）", "When it joined; of the first, when the review was opened", required=True
    )
    lifted_on = day("解除日期", "When it was lifted")
    lifted_as = graphene.Field(CauseEnding, description=text("如何终止", "How it ended"))
    band = graphene.Field(
        RiskBand, description=text("更正后的严重程度（未更正为空）", "The severity it was corrected to")
    )
    changed_on = day("严重程度更正日期", "When the severity was corrected")


ReviewCauseConnection = connection(ReviewCause, "起因", "causes")


class ReviewPolicy(graphene.ObjectType):
    """The term a review follows."""

    class Meta:
        description = text("该核查所适用的本地政策", "The term of a local policy that a review follows.")

    identifier = string("政策编号", "Identifier", required=True)
    version = integer("版本", "Version", required=True)
    term = integer("第几条", "Number of the term", required=True)
    zh = string("改变了什么", "What it changed, in Chinese", required=True)
    en = string("改变了什么（英文）", "What it changed", required=True)


class Review(graphene.ObjectType):
    """A review another authority's flag, certificate or action on one led to."""

    class Meta:
        description = text(
            "重点核查", "A review that a flag or certificate of another place led to: owner, due day, outcome."
        )

    id = identifier()
    authority = one(Authority, "承办单位", "Reviewing authority", required=True)
    cause_authority = one(Authority, "来源单位", "Authority whose record caused it", required=True)
    enterprise = one(Enterprise, "所涉企业", "Enterprise concerned")
    person = one(Person, "所涉人员", "Person concerned")
    flag = one(RiskFlag, "所因风险标记", "Risk flag that caused it")
    certificate = one(Certificate, "所因证书", "Certificate that caused it")
    certificate_action = one(TYPES["CertificateAction"], "所因证书处理", "Action on a certificate that caused it")
    causes = listed(
        ReviewCauseConnection,
        "全部起因，依次；同一决定的几份通报并为一件，各份都解除后核查的起因才算解除",
        "Every report of the sanction in order; the cause is lifted when none of them stands",
    )
    matter = one(Matter, "本地审批事项", "Local approval concerned")
    bid = one(TYPES["Bid"], "本地投标", "Local bid concerned")
    site = one(TYPES["Site"], "本地工地与场所", "Local site concerned")
    filing = one(TYPES["Filing"], "本地备案", "Local filing concerned")
    permit = one(TYPES["Permit"], "本地许可", "Local permit concerned")
    path = many(ReviewPathStep, "由起因递进到本地的各步；直接涉及的为空", "Steps from cause to here, if any")
    policy = one(ReviewPolicy, "所适用的本地政策（默认的为空；企业不可见）", "Term of a local policy; not for the firm")
    rule = string("触发规则", "Trigger rule", required=True)
    priority = graphene.Field(ReviewPriority, required=True, description=text("优先级", "Priority"))
    handling = graphene.Field(Handling, required=True, description=text("处置要求", "What is asked"))
    reason = string("触发原因", "Why it was opened", required=True)
    reason_en = string("触发原因（英文）", "Why it was opened, in English", required=True)
    credit_code = string("统一社会信用代码", "Unified social credit code")
    state = graphene.Field(ReviewState, required=True, description=text("状态", "State"))
    opened_on = day("开启日期", "Opened on", required=True)
    due_on = day("办理时限（工作日）", "Due on, counted in working days", required=True)
    is_due_estimated = yes_no(
        "时限按周一至周五估算（该年放假安排未发布）", "Due day counted Monday to Friday: no calendar of that year yet"
    )
    is_overdue = yes_no("在所问之日是否超期", "Whether overdue on the day asked")
    cause_lifted_on = day("起因全部解除的日期（取最晚）", "When the last of its causes was lifted")
    cause_lifted_as = graphene.Field(CauseEnding, description=text("起因如何终止", "How its cause ended"))
    cause_band = graphene.Field(RiskBand, description=text("更正后的严重程度", "Severity since it was corrected"))
    cause_changed_on = day("起因更正的日期", "When the severity of its cause was corrected")
    outcome = graphene.Field(ReviewOutcome, description=text("结论", "Outcome"))
    decision_reason = string("结论理由", "Reason of the outcome")
    legal_basis = string("法律依据", "Legal basis")
    decided_on = day("办结日期", "Decided on")
    decided_by = string("经办（企业不可见）", "Decided by; not for the firm")
    corrected_on = day("结论更正日期", "When the decision was corrected")
    first_read_on = day(
        "承办单位首次查阅的日期（受理前查阅的；仅承办、来源单位可见）",
        "When the reviewing authority first read it, before any step; for the two authorities",
    )
    accepted_on = day("受理日期", "When it was accepted")
    assigned_to = string("经办人账号（企业不可见）", "Officer it is assigned to; not for the firm")
    decline_reason = graphene.Field(DeclineReason, description=text("退回理由", "Why it was declined"))
    ended_on = day("退回或撤回日期", "When it was declined or withdrawn")
    handed_to = one(Authority, "移交给", "Authority it was handed over to")
    handed_to_id = graphene.ID(description=text("移交后那一项核查的标识", "Id of the review that follows there"))
    handed_from = one(Authority, "由何单位移交而来", "Authority that handed it over")
    is_sealed = yes_no("对所涉企业保密", "Whether it is kept from the firm concerned")
    superior = one(Authority, "超期后上报的上级单位", "Superior authority, since it was escalated")
    escalated_on = day("上报日期", "When it was escalated")
    thread = listed(
        ReviewStepConnection,
        "办理过程，依次；承办、来源、（超期后）上级单位可见，企业不可见",
        "Every step in order; for the two authorities and, once overdue, the superior, not for the firm",
    )
    version = integer("版本号，办理时须带上", "Version, to be sent when deciding", required=True)


ReviewConnection = connection(Review, "重点核查", "reviews")
