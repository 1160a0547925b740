"""Refusals of steps of a review: what does not fit its state, what belongs to another party, what a file must be.

Add the next one here; schema/errors.py takes them all.
"""

from schema.error_code import error_code

REVIEW_ERRORS = (
    error_code(
        "NOT_YOUR_STEP",
        403,
        "该步骤（{step}）由{who}办理",
        "This step is for another party of the review to take",
        "来源单位、上级单位可以催办，来源单位可以答复、附材料；其余步骤由承办单位办理",
        "The source and the superior may remind, the source answer and attach; all else is the reviewing authority's",
    ),
    error_code(
        "REVIEW_CLOSED",
        409,
        "该核查{state}，不能再{step}",
        "This review is closed ({state_en})",
        "重新读取查看办理过程；情况有变的，由来源单位重新发布",
        "Read its thread; if facts have changed, the source publishes anew",
    ),
    error_code(
        "ALREADY_ACCEPTED",
        409,
        "该核查已由本单位受理",
        "This review is already accepted",
        "重新读取，查看办理过程中由谁、何时受理",
        "Read it again; the thread says who accepted it and when",
    ),
    error_code(
        "NOT_YET_ACCEPTED",
        409,
        "该核查尚未受理，不能{step}",
        "This review is not accepted yet",
        "先受理（reviewAccept）",
        "Accept it first (reviewAccept)",
    ),
    error_code(
        "NOT_YET_DECIDED",
        409,
        "该核查尚未办结，没有可更正的结论",
        "This review has no decision to correct",
        "用 reviewDecide 办结",
        "Decide it (reviewDecide)",
    ),
    error_code(
        "NOTHING_CORRECTED",
        422,
        "与现有结论、理由、依据完全相同",
        "Outcome, reason and basis are those that stand",
        "填写更正后的结论、理由或依据",
        "Send the outcome, reason or basis as corrected",
    ),
    error_code(
        "ANSWER_UNFIT",
        422,
        "该问题（{question}）只能答复：{answers}",
        "This question ({question}) takes one of: {answers}",
        "改选其中一项，另在 text 中说明",
        "Choose one of them, and explain in text",
    ),
    error_code(
        "ALREADY_ANSWERED",
        409,
        "该问题已答复",
        "This question is already answered",
        "重新读取办理过程；需要补充的，另附材料",
        "Read the thread; to add something, attach it",
    ),
    error_code(
        "RECEIVER_UNFIT",
        422,
        "该单位不能接收：须管辖所涉地点（{region}），并与来源单位同在一个协议",
        "It cannot take over: it must govern the place ({region}) and share an agreement with the source",
        "改选接收单位；无合适单位的，以 NOT_COMPETENT 退回",
        "Choose another authority; where there is none, decline with NOT_COMPETENT",
    ),
    error_code(
        "ALREADY_REVIEWED_THERE",
        409,
        "接收单位已有同一事由的核查",
        "The receiving authority has a review of the same cause",
        "以 DUPLICATE 退回本单位的这一项",
        "Decline yours with DUPLICATE",
    ),
    error_code(
        "EVIDENCE_TYPE",
        422,
        "不接收该类型的材料",
        "Files of this type are not taken",
        "可附：{types}",
        "Taken are: {types}",
    ),
    error_code(
        "EVIDENCE_FULL",
        422,
        "每项核查最多附 {most} 份材料",
        "A review holds {most} files at most",
        "合并为一份后，经其他渠道送达",
        "Merge what is left and send it another way",
    ),
    error_code(
        "EVIDENCE_DAMAGED",
        422,
        "材料与所报的大小或 SHA-256 不符",
        "The file does not have the size or SHA-256 that was sent",
        "重新读取文件并计算后再提交",
        "Read the file and compute them again",
    ),
)
