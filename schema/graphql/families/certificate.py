"""证书: its state on a day, its holder and employer."""

from collections.abc import Mapping
from typing import Any

import graphene

from schema.graphql.enums import CertificateKind, CertificateState, CertificateStatus
from schema.graphql.families.special import Special, employed
from schema.graphql.parties import Holder
from schema.graphql.parts import string, text
from schema.graphql.status_reasons import status_reasons


def _fields() -> Mapping[str, Any]:
    return {
        "kind": graphene.Field(CertificateKind, required=True, description=text("证书类型", "Kind of certificate")),
        "number": string("证书编号；编号含身份证号的以脱敏形式给出", "Number; masked where it contains the ID number"),
        "status": graphene.Field(
            CertificateStatus,
            required=True,
            description=text("按所问之日计算的状态", "State computed for the day asked"),
        ),
        "status_reason": string("状态的首要理由", "Why this state: the first of its reasons", required=True),
        "status_reasons": status_reasons(),
        **employed(Holder, "持证人", "Holder"),
    }


def _filters() -> Mapping[str, Any]:
    return {
        "expiring_within_days": graphene.Int(
            description=text("自所问之日起多少天内到期", "Ends within so many days of the day asked")
        ),
        "reported_status": graphene.Argument(CertificateState, description=text("报送状态", "Reported state")),
    }


CERTIFICATE = Special(
    description=text(
        "证书", "A certificate of a person, with what its issuer reported and what follows from its dates."
    ),
    order="按到期日",
    order_en="by end day",
    fields=_fields,
    required=frozenset({"validTo"}),
    filters=_filters,
)
