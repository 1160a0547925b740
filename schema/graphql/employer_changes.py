"""跨省变更受聘企业: GraphQL types, inputs and mutations. Its certificates are listed as transfers (transfers.py)."""

from collections.abc import Mapping
from typing import Any

import graphene

from schema.graphql.answers import UserError
from schema.graphql.parts import identifier, many, one, string, text
from schema.graphql.transfers import TransferState


class EmployerChangePart(graphene.ObjectType):
    """A certificate of a change of employer."""

    class Meta:
        description = text(
            "变更申请中的一本证书（本单位为其一方的）", "A certificate of a change of employer you are a party of."
        )

    transfer_id = identifier("转移标识", "Id of the transfer")
    certificate_number = string("原证书编号", "Number of the old certificate", required=True)
    state = graphene.Field(TransferState, required=True, description=text("状态", "State"))
    new_certificate_id = graphene.ID(description=text("新证的记录标识", "Id of the new certificate"))


class EmployerChangePayload(graphene.ObjectType):
    """A change of employer after a mutation."""

    class Meta:
        description = text("变更受聘企业办理结果", "A change of employer after a step.")

    change_id = graphene.ID(description=text("变更申请标识", "Id of the change"))
    certificates = graphene.List(
        graphene.NonNull(EmployerChangePart),
        description=text("其中本单位为一方的证书", "Its certificates you are a party of"),
    )
    user_errors = many(UserError, "全部问题（有问题则未办理）", "All findings; when there are any, nothing was done")


class EmployerChangeCertificate(graphene.InputObjectType):
    """A certificate that is to change."""

    class Meta:
        description = text("须一并变更的一本证书", "A certificate that is to change with the others.")

    number = string("现证书编号", "Its number now", required=True)
    new_number = string("新证书编号（外省所发的必填，本省所发的不填）", "The number it gets, if of another province")
    new_identifier = string("新证照标识", "Identifier of the new certificate")


class EmployerChangeRequestInput(graphene.InputObjectType):
    """A change of employer asked for."""

    class Meta:
        description = text(
            "跨省变更受聘企业申请：列明该人员在原受聘企业名下的全部安管人员证书",
            "A change of employer: name all construction managers' certificates of the person at the former employer.",
        )

    id_number = string("持证人公民身份号码", "ID number of the holder", required=True)
    former_employer_code = string("原受聘企业统一社会信用代码", "Credit code of the former employer", required=True)
    employer_code = string("新受聘企业统一社会信用代码", "Credit code of the new employer", required=True)
    employer_name = string("新受聘企业", "The new employer", required=True)
    certificates = graphene.List(
        graphene.NonNull(EmployerChangeCertificate), required=True,
        description=text("须一并变更的证书", "The certificates that change together"),
    )  # fmt: skip


class EmployerChangeInput(graphene.InputObjectType):
    """Which change."""

    class Meta:
        description = text("变更申请", "A change of employer.")

    change_id = graphene.ID(required=True, description=text("变更申请标识", "Id of the change"))


class EmployerChangeEndInput(graphene.InputObjectType):
    """Which change, and why not."""

    class Meta:
        description = text("不同意或撤回变更申请", "A change of employer that is refused or taken back.")

    change_id = graphene.ID(required=True, description=text("变更申请标识", "Id of the change"))
    reason = string("理由（必填）", "Why", required=True)


def _step(made: Any, zh: str, en: str) -> graphene.Field:
    given = made(required=True, description=text("办理内容", "What is done"))
    return one(EmployerChangePayload, zh, en, required=True, input=given)


MUTATIONS: Mapping[str, graphene.Field] = {
    "employer_change_request": _step(
        EmployerChangeRequestInput,
        "申请跨省变更受聘企业：由新受聘企业所在地机关提出；全部发证机关同意之时一并办理，缺一不办",
        "Ask for a change of employer, as the authority of the new one: carried out whole once every issuer agreed",
    ),
    "employer_change_agree": _step(
        EmployerChangeInput,
        "发证机关同意变更本机关所发的证书；最后一家同意即一并办理",
        "Agree for the certificates you issued; with the last agreement the whole change is carried out",
    ),
    "employer_change_refuse": _step(
        EmployerChangeEndInput, "发证机关不同意：整个变更终止", "Refuse as an issuer: the whole change ends"
    ),
    "employer_change_recall": _step(
        EmployerChangeEndInput, "撤回本机关提出的变更申请", "Take back a change you asked for"
    ),
}
