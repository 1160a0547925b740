"""The reasons of a computed state: one type for certificates and permits.

A new code is a line here and a function in exchange/status_reasons.py.
"""

import graphene

from schema.graphql.enums import CertificateStatus
from schema.graphql.parts import enum, many, string, text

StatusReasonCode = enum(
    "StatusReasonCode",
    "状态理由的种类",
    "What a state comes from",
    {
        "REPORTED": ("发证机关报送的状态", "The state its issuer reported"),
        "ACTION": ("任一机关的暂扣、撤销、吊销决定", "What an authority did to it: suspended, rescinded, revoked"),
        "EXCHANGED": ("已办理转入，另发新证", "Another was issued in exchange on transfer"),
        "EXPIRED": ("有效期届满", "Past its end day"),
        "REVIEW_LAPSED": ("逾期未复审", "Past its review-due day without review"),
        "NOT_YET_VALID": ("尚未到有效期", "Its first day is still to come"),
    },
)


class StatusReason(graphene.ObjectType):
    """One reason why a certificate or permit is not simply valid."""

    class Meta:
        description = text("状态的一项理由", "One reason why a certificate or permit is not simply valid.")

    code = graphene.Field(StatusReasonCode, required=True, description=text("理由的种类", "What it comes from"))
    status = graphene.Field(
        CertificateStatus, required=True, description=text("仅凭此项应有的状态", "The state it would give by itself")
    )
    zh = string("说明", "In words, in Chinese", required=True)
    en = string("英文说明", "In words, in English", required=True)
    basis = string("依据：报送或决定的机关与文号，或规定", "Who reported or decided it, or the rule it follows from")
    field = string("所依据的字段", "The field it is read from, where it is one")


def status_reasons() -> graphene.List:
    """The field of certificates and permits."""
    return many(
        StatusReason,
        "该状态的全部理由，分量重者在前，首项即状态所依；状态为 VALID 时为空",
        "Every reason that applies, the weightiest first: the state comes from that one. Empty when VALID",
    )
