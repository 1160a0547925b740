"""企业许可与资质: its state on a day, as for a certificate."""

from collections.abc import Mapping
from typing import Any

import graphene

from schema.graphql.enums import CertificateStatus
from schema.graphql.families.special import Special
from schema.graphql.parts import string, text
from schema.graphql.status_reasons import status_reasons


def _fields() -> Mapping[str, Any]:
    return {
        "status": graphene.Field(
            CertificateStatus,
            required=True,
            description=text("按所问之日计算的状态", "State computed for the day asked"),
        ),
        "status_reason": string("状态的首要理由", "Why this state: the first of its reasons", required=True),
        "status_reasons": status_reasons(),
    }


PERMIT = Special(
    description=text(
        "企业许可与资质：安全生产许可证、安全评价检测检验机构资质",
        "A permit of a firm, with what its issuer reported, what was done to it, and what follows from its dates.",
    ),
    fields=_fields,
)
