"""风险分级: what it was before, and what its score may be compared with."""

import graphene

from schema.graphql.enums import RiskBand
from schema.graphql.families.special import Special
from schema.graphql.parts import text

RISK_GRADING = Special(
    description=text("安全风险分级", "A risk grading of an enterprise; scores of two schemes are never compared."),
    fields=lambda: {
        "previous_band": graphene.Field(RiskBand, description=text("上一版等级", "Band of the version before")),
        "score": graphene.Float(
            description=text("得分（仅在同一办法内可比）", "Score, comparable within its scheme only")
        ),
    },
    required=frozenset({"creditCode", "name", "band"}),
)
