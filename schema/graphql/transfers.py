"""转出、转入: GraphQL types, inputs and root fields of transfers between provinces.

A field of Transfer gets its column in exchange/engine/transfers.py; TransferData is put together at the desk.
"""

from collections.abc import Mapping
from typing import Any

import graphene

from schema.graphql.answers import UserError
from schema.graphql.enums import CODED, CertificateStatus
from schema.graphql.parties import Authority
from schema.graphql.parts import connection, day, enum, identifier, integer, listed, many, one, string, text, yes_no

TransferState = enum("TransferState", "转移办理状态", "How far a transfer has got", {
    "OUT": ("办理转出，待转入", "Set out, to be taken in"),
    "IN": ("已转入，新证已核发、原证注销", "Taken in: a new certificate was issued, the old one ended"),
    "DECLINED": ("转入地退回，待转出地取消转出", "Declined by the gaining authority, to be withdrawn"),
    "WITHDRAWN": ("已取消办理转出", "Withdrawn by the losing authority"),
    "REQUESTED": ("申请变更受聘企业，待发证机关答复", "A change of employer is asked for; the issuer has to answer"),
    "AGREED": ("发证机关已同意，待其余证书", "The issuer agreed; other certificates of the change are waited for"),
    "REFUSED": ("发证机关不同意，整体终止", "The issuer refused: the whole change ends"),
    "RECALLED": ("申请已撤回或整体终止", "Taken back, or ended with the whole change"),
    "CHANGED": ("已变更受聘企业，证书编号不变", "The employer was changed; the number stays"),
})  # fmt: skip


class TransferStep(graphene.ObjectType):
    """A step of a transfer."""

    class Meta:
        description = text("转移的一步；只增不改", "A step of a transfer; none is ever changed.")

    state = graphene.Field(TransferState, required=True, description=text("办理后的状态", "State it led to"))
    taken_on = day("日期", "Day of it", required=True)
    authority = one(Authority, "办理机关", "The authority that took it", required=True)
    reason = string("理由", "Why")


TransferStepConnection = connection(TransferStep, "转移步骤", "steps of a transfer")


class Transfer(graphene.ObjectType):
    """A certificate that changes provinces."""

    class Meta:
        description = text(
            "安管人员证书的转移：转出地与转入地可见，不含个人信息",
            "A construction manager's certificate that changes provinces: for the two authorities; nothing personal.",
        )

    id = identifier()
    state = graphene.Field(TransferState, required=True, description=text("状态", "State"))
    certificate_id = identifier("原证记录标识", "Id of the old certificate")
    certificate_number = string("原证书编号", "Number of the old certificate", required=True)
    manager_class = graphene.Field(
        CODED["ManagerClass"], required=True, description=text("人员类别", "Class of manager")
    )
    valid_to = day("有效期止（转入后不变）", "Its end; the new one ends on the same day", required=True)
    losing_authority = one(Authority, "转出地发证机关", "The authority that issued it", required=True)
    gaining_authority = one(Authority, "转入地机关", "The authority it goes to", required=True)
    opened_on = day("开始日期", "Opened on", required=True)
    due_on = day("下一步的期限（工作日）", "By when the next step is due, in working days")
    is_due_estimated = yes_no("期限是否推定（当年放假安排未载入）", "Whether the due day is guessed Monday to Friday")
    is_overdue = yes_no("今日是否逾期", "Whether that is overdue today")
    is_expired = yes_no(
        "办结之前证书有效期是否已届满（不能再转入）", "Whether the certificate ended before it was taken in"
    )
    new_certificate_id = graphene.ID(description=text("转入后新证的记录标识", "Id of the new certificate"))
    change_id = graphene.ID(
        description=text("一并变更受聘企业的，其申请标识", "The change of employer it is part of, if any")
    )
    employer_code = string(
        "变更后的受聘企业统一社会信用代码（变更申请）", "Credit code of the new employer, of such a change"
    )
    employer_name = string("变更后的受聘企业（变更申请）", "The new employer, of such a change")
    steps = listed(TransferStepConnection, "各步，先后为序", "Its steps, in order")


TransferConnection = connection(Transfer, "转移", "transfers")


class TransferData(graphene.ObjectType):
    """What the gaining authority has to know."""

    class Meta:
        description = text(
            "转出数据：仅转出时指明的转入地，须有查询事由与办件编号并留痕；标记与核查随证转移，不阻止转入",
            "Data of a certificate set out: for the authority it is set out for, with purpose and case number, as "
            "evidence. Flags and reviews go with the person, they keep nobody from moving.",
        )

    transfer_id = identifier("转移标识", "Id of the transfer")
    certificate_id = identifier("原证记录标识", "Id of the old certificate")
    person_id = identifier("人员标识，转入后不变", "Id of the person; it stays the same")
    certificate_number = string("原证书编号", "Number of the old certificate", required=True)
    certificate_identifier = string("证照标识，新证的关联证照标识", "Its identifier; the associated one of the new")
    name = string("姓名（个人信息）", "Name of the holder; personal", required=True)
    id_number_masked = string("公民身份号码（已脱敏）", "ID number, masked", required=True)
    gender = graphene.Field(CODED["Gender"], description=text("性别（个人信息）", "Gender; personal"))
    manager_class = graphene.Field(
        CODED["ManagerClass"], required=True, description=text("人员类别", "Class of manager")
    )
    job_title = graphene.Field(
        CODED["JobTitle"], description=text("在原受聘企业的职务", "Position at the former employer")
    )
    employer_code = string("原受聘企业统一社会信用代码", "Credit code of the former employer", required=True)
    employer_name = string("原受聘企业", "The former employer")
    first_issued_on = day("初次领证日期", "First issued on")
    valid_from = day("有效期起", "Valid from", required=True)
    valid_to = day("有效期止（新证相同）", "Valid to; the same for the new one", required=True)
    remaining_days = integer("剩余有效期（日，含今日）", "Days that remain, today included", required=True)
    status = graphene.Field(
        CertificateStatus, required=True,
        description=text("今日的状态；只有办理转出可转入", "State today; only TRANSFERRING_OUT can be taken in"),
    )  # fmt: skip
    losing_authority = one(Authority, "转出地发证机关", "The authority that issued it", required=True)
    due_on = day("转入期限（工作日）", "To be taken in by, in working days", required=True)
    is_due_estimated = yes_no("期限是否推定", "Whether that day is guessed Monday to Friday")
    standing_actions = integer(
        "对该人员证书的处理，现仍有效的件数", "Actions on certificates of the person that stand", required=True
    )
    standing_flags = integer("原受聘企业现有风险标记数", "Flags that stand against the former employer", required=True)
    open_reviews = integer("各地对该人员未办结的重点核查数", "Open reviews of the person, anywhere", required=True)


class TransferOutInput(graphene.InputObjectType):
    """A certificate to be set out."""

    class Meta:
        description = text("办理转出（操作 05）", "A certificate to be set out (operation 05).")

    certificate_id = graphene.ID(required=True, description=text("本机关所发证书的标识", "Id of an own certificate"))
    authority_id = graphene.ID(
        required=True, description=text("转入地接入单位标识（外省住建主管部门）", "The receiving tenant")
    )


class TransferInInput(graphene.InputObjectType):
    """A certificate to be taken in."""

    class Meta:
        description = text(
            "办理转入（操作 08）：其余内容取自原证，有效期止不变",
            "A certificate to be taken in (operation 08). All else is taken from the old one, its end day too.",
        )

    transfer_id = graphene.ID(required=True, description=text("转移标识", "Id of the transfer"))
    id_number = string(
        "申请人公民身份号码，须与原证持证人一致", "ID number of the applicant, the holder", required=True
    )
    number = string("新证书编号", "Number of the new certificate", required=True)
    certificate_identifier = string("新证照标识", "Identifier of the new certificate")
    employer_code = string("新受聘企业统一社会信用代码", "Credit code of the new employer", required=True)
    employer_name = string("新受聘企业", "The new employer", required=True)
    job_title = graphene.Argument(
        CODED["JobTitle"], description=text("在新受聘企业的职务", "Position at the new employer")
    )
    valid_to = day("有效期止；可不填，填则须与原证相同", "End day; may be left out, and has to be the old one's")


class TransferEndInput(graphene.InputObjectType):
    """A transfer that is not carried out."""

    class Meta:
        description = text("取消办理转出（操作 10），或转入地退回", "A transfer to be withdrawn or declined.")

    transfer_id = graphene.ID(required=True, description=text("转移标识", "Id of the transfer"))
    reason = string("理由（必填）", "Why", required=True)


class TransferBy(graphene.InputObjectType):
    """How a certificate set out is named."""

    class Meta:
        description = text("查找依据：二者取一", "How to name it: by one of the two.")

    number = string("原证书编号", "Number of the certificate")
    certificate_identifier = string("证照标识", "Identifier of the electronic certificate")


class TransferPayload(graphene.ObjectType):
    """A transfer after a mutation."""

    class Meta:
        description = text("转移办理结果", "A transfer after a step.")

    transfer = one(Transfer, "转移", "The transfer")
    user_errors = many(UserError, "全部问题（有问题则未办理）", "All findings; when there are any, nothing was done")


def _filters() -> dict[str, Any]:
    return {
        "state": graphene.Argument(TransferState, description=text("只要此状态的", "Only those in this state")),
        "is_overdue": graphene.Boolean(description=text("只要逾期（或未逾期）的", "Only overdue (or only other) ones")),
    }


def _step(made: Any, zh: str, en: str) -> graphene.Field:
    given = made(required=True, description=text("办理内容", "What is done"))
    return one(TransferPayload, zh, en, required=True, input=given)


QUERIES: Mapping[str, graphene.Field] = {
    "transfers_out": listed(
        TransferConnection,
        "本机关所发证书的转出（含变更申请），先开始的在前；据以轮询是否已在外省转入",
        "Transfers of certificates you issued, earliest first: poll whether they were taken in elsewhere",
        **_filters(),
    ),
    "transfers_in": listed(
        TransferConnection,
        "指明由本机关转入的（含本机关申请的变更），先开始的在前",
        "Transfers to you, and changes you asked for; earliest first",
        **_filters(),
    ),
    "transfer_data": one(
        TransferData,
        "按原证书编号或证照标识取转出数据；仅转出时指明的转入地，须有查询事由与办件编号",
        "Data of a certificate set out for you, by number or identifier; needs a purpose and a case number",
        by=TransferBy(required=True, description=text("查找依据", "How to name it")),
    ),
}
MUTATIONS: Mapping[str, graphene.Field] = {
    "transfer_out": _step(
        TransferOutInput,
        "办理转出：指明转入地；有效的安管人员证书方可，转入之前可取消",
        "Set an own certificate out for an authority of another province; it can be withdrawn until it is taken in",
    ),
    "transfer_in": _step(
        TransferInInput,
        "办理转入：核发新证、有效期止不变，原证同时注销",
        "Take a certificate in: the new one ends on the same day, the old one ends with this",
    ),
    "transfer_withdraw": _step(
        TransferEndInput, "取消办理转出：证书恢复原状", "Withdraw what you set out: the certificate holds as before"
    ),
    "transfer_decline": _step(
        TransferEndInput,
        "转入地退回：由转出地取消转出",
        "Decline what was set out for you; its issuer withdraws it then",
    ),
}
