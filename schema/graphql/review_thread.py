"""办理过程: the steps of a review and the files attached to them. A field added here gets its column in
exchange/engine/reviews.py.
"""

import graphene

from schema.graphql.enums import ReviewOutcome, ReviewState
from schema.graphql.parties import Authority
from schema.graphql.parts import connection, day, enum, identifier, integer, moment, one, string, text
from schema.review_life import QUESTIONS, Answer, Question, Step

_BY_HUB = {
    "OPENED": ("开启", "Opened by the hub"),
    "WITHDRAWN": ("撤回（起因解除或作废）", "Withdrawn: its cause was lifted or voided"),
    "CAUSE_LIFTED": ("起因已解除（办结之后）", "Its cause was lifted after the decision"),
    "CAUSE_CHANGED": ("起因的严重程度更正", "The severity of its cause was corrected"),
    "JOINED": ("并入（同一决定的又一份通报）", "A further report of the same decision joined"),
    "DUE_CHANGED": ("时限变更", "Its due day was counted anew"),
    "ESCALATED": ("超期上报", "Overdue, told to the superior"),
}


def _english(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _answers(question: Question) -> str:
    return " ".join(answer.name for answer in QUESTIONS[question])


ReviewStepKind = enum("ReviewStepKind", "办理步骤", "Kind of step of a review", {
    **{step.name: (step.value, _english(step.name)) for step in Step}, **_BY_HUB,
})  # fmt: skip
ReviewQuestion = enum("ReviewQuestion", "固定问题", "Question to the source", {
    one.name: (f"{one.value}（可答 {_answers(one)}）", _english(one.name)) for one in Question
})  # fmt: skip
ReviewAnswer = enum("ReviewAnswer", "固定答复", "Answer of the source", {
    one.name: (one.value, _english(one.name)) for one in Answer
})  # fmt: skip
_REASONS = {
    "NOT_PRESENT": ("所涉企业或人员不在本地", "The firm or person is not present here"),
    "NOT_COMPETENT": ("不属本单位职责", "Not within this authority's competence"),
    "DUPLICATE": ("与另一项核查重复", "Another review covers it"),
    "WRONG_SUBJECT": ("对象不符", "Not the firm or person meant"),
    "OTHER": ("其他（须说明）", "Other, to be explained"),
}
DeclineChoice = enum("DeclineChoice", "退回理由（填报）", "Why a review is declined, as sent", _REASONS)
DeclineReason = enum("DeclineReason", "退回理由", "Why a review was declined", {
    **_REASONS, "HANDED_OVER": ("已移交另一单位", "Handed over to another authority"),
})  # fmt: skip


class ReviewEvidence(graphene.ObjectType):
    """A file in the thread of a review."""

    class Meta:
        description = text("核查材料", "A file attached to a review; for the two authorities only.")

    id = identifier()
    name = string("文件名", "File name", required=True)
    media_type = string("类型", "Media type", required=True)
    sha256 = string("SHA-256（十六进制）", "SHA-256, hexadecimal", required=True)
    size = integer("字节数", "Bytes", required=True)
    added_at = moment("附上时间", "When it was attached")
    content = string("内容（Base64）", "Content in Base64", required=True)


class ReviewStep(graphene.ObjectType):
    """One step of the thread."""

    class Meta:
        description = text("办理步骤", "One step of a review's thread; never changed afterwards.")

    id = identifier()
    review_id = graphene.ID(required=True, description=text("所属核查（移交前后各有一项）", "Review it belongs to"))
    step = graphene.Field(ReviewStepKind, required=True, description=text("步骤", "Step"))
    state = graphene.Field(ReviewState, required=True, description=text("此步之后的状态", "State after it"))
    authority = one(Authority, "办理单位", "Authority that took it", required=True)
    operator = string("经办人（平台自动办理的为空）", "Officer; none where the hub took it")
    taken_on = day("日期", "Day", required=True)
    taken_at = moment("记录时间", "Recorded at")
    assigned_to = string("分办给", "Officer it was assigned to")
    decline_reason = graphene.Field(DeclineReason, description=text("退回理由", "Why it was declined"))
    outcome = graphene.Field(ReviewOutcome, description=text("结论", "Outcome"))
    legal_basis = string("法律依据", "Legal basis")
    former_outcome = graphene.Field(ReviewOutcome, description=text("更正前的结论", "Outcome before the correction"))
    former_reason = string("更正前的理由", "Reason before the correction")
    former_legal_basis = string("更正前的法律依据", "Legal basis before the correction")
    question = graphene.Field(ReviewQuestion, description=text("所提问题", "Question"))
    answer = graphene.Field(ReviewAnswer, description=text("答复", "Answer"))
    request_id = graphene.ID(description=text("所答复的提问步骤", "Step of the question it answers"))
    evidence = one(ReviewEvidence, "所附材料", "File attached")
    text = string("说明（证件号码已隐去）", "In words, ID numbers masked")


ReviewStepConnection = connection(ReviewStep, "办理步骤", "steps")
