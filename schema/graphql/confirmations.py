"""互认确认书 Confirmations of recognition: GraphQL types, the query and the mutation.

A field of a confirmation gets its value in exchange/desks/confirmations.py.
"""

from typing import Any

import graphene

from schema.confirmations import ConfirmationState as State
from schema.graphql.answers import ConditionResult, UserError
from schema.graphql.enums import ConditionOutcome, RecognitionMode, Verdict
from schema.graphql.inputs import RecognitionInput
from schema.graphql.parts import (
    JSON,
    connection,
    day,
    enum,
    integer,
    listed,
    many,
    moment,
    one,
    string,
    text,
    yes_no,
)

ConfirmationState = enum(
    "ConfirmationState",
    "互认确认书的现状",
    "What has become of a confirmation",
    {one.name: (one.zh, one.en.capitalize()) for one in State},
)


class ConfirmationChange(graphene.ObjectType):
    """A condition that is answered otherwise than when it was confirmed."""

    class Meta:
        description = text("与确认时不同的一项条件", "A condition answered otherwise than when it was confirmed.")

    condition = string("条件", "Condition", required=True)
    before = graphene.Field(ConditionOutcome, description=text("确认时的结果", "Result when it was confirmed"))
    before_reason = string("确认时的原因代码", "Reason code when it was confirmed")
    outcome = graphene.Field(ConditionOutcome, required=True, description=text("现在的结果", "Result now"))
    reason = string("现在的原因代码", "Reason code now")
    message = string("说明", "Text in Chinese", required=True)
    message_en = string("说明（英文）", "Text in English", required=True)
    next_step = string("下一步", "What to do", required=True)
    next_step_en = string("下一步（英文）", "What to do, in English", required=True)


class ConfirmationStep(graphene.ObjectType):
    """A change that was told to all who have to do with the confirmation."""

    class Meta:
        description = text("已告知各方的一次变化", "A change that was told to all who have to do with it.")

    state = graphene.Field(ConfirmationState, required=True, description=text("其后的状态", "State from then on"))
    verdict = graphene.Field(Verdict, required=True, description=text("其后的结论", "Verdict from then on"))
    reasons = many(graphene.String, "其后的原因代码", "Reason codes from then on")
    rules = many(graphene.String, "其后所依规则与版本", "Rules with versions from then on")
    cause_type = string("起因的事件类型", "Type of event that caused it", required=True)
    day = day("日期", "Day", required=True)
    noted_at = moment("记录时间", "Noted at")


class Confirmation(graphene.ObjectType):
    """A decision on recognition that was confirmed, and what has become of it."""

    class Meta:
        description = text(
            "互认确认书：当时的结论与回执，及现在重新判定的结果。申请单位、使用地机关、发证机关可见",
            "A confirmed decision on recognition with its receipt, and the same question answered now. For who asked, "
            "the authorities of the place of use, and the issuer.",
        )

    number = string("互认确认书编号", "Number of the confirmation", required=True)
    state = graphene.Field(ConfirmationState, required=True, description=text("现状", "What has become of it"))
    verdict = graphene.Field(Verdict, description=text("现在的结论（过期后为空）", "Verdict of now; none once expired"))
    is_accepted = yes_no("现在是否认可（含有条件认可）", "Whether it is accepted now, on condition or without")
    reasons = many(graphene.String, "现在未通过条件的原因代码", "Reason codes of now")
    rules = many(graphene.String, "现在所依规则与版本", "Rules with versions of now")
    is_changed = yes_no(
        "确认后结论、理由或规则有变化（过期的，按过期前最后告知的情况）",
        "Whether the answer, its reasons or rules changed since; once expired, as told last",
    )
    changes = many(ConfirmationChange, "与确认时不同的条件", "Conditions that changed since")
    checked_at = moment("重新判定的时间", "When it was judged anew")
    confirmed_verdict = graphene.Field(Verdict, required=True, description=text("确认的结论", "Verdict as confirmed"))
    confirmed_reasons = many(graphene.String, "确认时的原因代码", "Reason codes as confirmed")
    confirmed_rules = many(graphene.String, "确认时所依规则与版本", "Rules with versions as confirmed")
    confirmed_at = moment("确认时间", "Confirmed at")
    is_disputed = yes_no(
        "证书记录有未办结的异议；不影响结论", "Whether the certificate is in dispute; changes no verdict"
    )
    mode = graphene.Field(RecognitionMode, description=text("认可方式", "Mode"))
    host_region = string("使用地行政区划代码", "Division of use", required=True)
    certificate_number_masked = string("证书编号（脱敏）", "Number of the certificate, masked", required=True)
    certificate_id = graphene.ID(description=text("证书标识（查有记录时）", "Id of the certificate, when found"))
    kind = string("证书类型（查有记录时）", "Kind, when found")
    source_updated_on = day("确认时数据更新日", "Day the source had last confirmed the record")
    valid_until = day(
        "有效期至（当日有效）：证书、复审、规则、数据时效、30 日，最早者为准",
        "Last day it is good: the first of the ends of certificate, review, rule, freshness of the source, 30 days",
        required=True,
    )
    day = day("所问之日", "Day asked", required=True)
    history = many(ConfirmationStep, "已告知各方的变化，新的在前", "Changes told so far, the latest first")
    asker = string("申请单位（发证机关不可见）", "Who asked; not for the issuer")
    case_number = string("办件编号（仅申请单位）", "Case number, for who asked")
    employer_code = string("使用单位统一社会信用代码（仅申请单位）", "Firm of use, for who asked")
    conditions = many(ConditionResult, "确认时的各项条件（仅申请单位）", "Conditions as confirmed, for who asked")
    receipt = string(
        "签名回执（JWS，仅申请单位），可凭 /.well-known/jwks.json 离线核验",
        "Signed receipt (JWS), for who asked; verified offline with /.well-known/jwks.json",
    )
    receipt_file = graphene.Field(
        JSON,
        description=text(
            "带存证的回执文件（仅申请单位；入日志后给出，列表中不给出），供 exchange verify 核验",
            "Receipt with its inclusion proof, for who asked, once it is logged, not in lists: for exchange verify",
        ),
    )
    page_url = string(
        "可打印页面的网址（仅申请单位）：免登录查看现状，不含个人信息",
        "Page to print, for who asked: its state of the moment, without a login; nothing personal is in the address",
    )
    scan_count = integer(
        "页面被打开的次数（仅申请单位；一分钟内重复打开计一次）", "How often the page was opened, for who asked"
    )
    last_scanned_at = moment(
        "页面最近一次被打开（仅申请单位）", "When it was opened last, for who asked", required=False
    )


ConfirmationConnection = connection(Confirmation, "互认确认书", "confirmations", is_counted=False)


class RecognitionConfirmPayload(graphene.ObjectType):
    """What was confirmed."""

    class Meta:
        description = text("互认确认结果", "What was confirmed.")

    confirmation = one(Confirmation, "互认确认书", "The confirmation")
    page_url = string("可打印页面的网址，不含个人信息", "Address of the page to print; nothing personal is in it")
    qr_svg = string("打开该页面的二维码（SVG）", "The QR of the page, as SVG")
    user_errors = many(UserError, "全部问题（有问题则未确认）", "All findings; when there are any, none was made")


QUERIES: dict[str, Any] = {
    "confirmation": one(
        Confirmation,
        "按编号查互认确认书，并重新判定；须为申请单位、使用地机关或发证机关",
        "A confirmation by its number, judged anew; for who asked, the place of use, and the issuer",
        number=graphene.String(required=True, description=text("互认确认书编号", "Number of the confirmation")),
    ),
    "confirmations": listed(
        ConfirmationConnection,
        "与本单位有关的互认确认书（自己取得的、使用地在本辖区的、本机关所发证书的），新的在前，逐份重新判定；"
        "一页可能少于 first，以 hasNextPage 为准",
        "Confirmations you have to do with: your own, used in your jurisdiction, of certificates you issued; the "
        "latest first, each judged anew. A page may hold fewer than `first`: go by hasNextPage",
        states=graphene.List(
            graphene.NonNull(ConfirmationState), description=text("只要这些现状的", "Only those in these states")
        ),
        certificate_number=graphene.String(description=text("证书编号（完整）", "Number of the certificate, whole")),
        host_region=graphene.String(description=text("使用地行政区划代码", "Division of use")),
        since=graphene.Date(description=text("自该日（含）起确认的", "Confirmed on this day or later")),
    ),
}
MUTATIONS: dict[str, Any] = {
    "recognition_confirm": one(
        RecognitionConfirmPayload,
        "确认互认结论：留存证据，给出编号与签名回执；四种结论均可确认；问今天起 30 日内的某一天",
        "Confirm a decision on recognition, whichever it is: kept as evidence, with a number and a signed receipt; of "
        "today or a day within 30 days",
        required=True,
        input=RecognitionInput(
            required=True, description=text("所问（不给 knownAt）", "The question, without knownAt")
        ),
    ),
}
