"""风险标记: whether it stands, and the reviews it led to."""

from collections.abc import Mapping
from typing import Any

import graphene

from schema.graphql.effects import FlagEffects
from schema.graphql.enums import RiskBand
from schema.graphql.families.special import Special, review_list
from schema.graphql.parts import one, text, yes_no


def _fields() -> Mapping[str, Any]:
    return {
        "is_current": yes_no("在所问之日是否仍然有效", "Whether it stands on the day asked"),
        "effects": one(
            FlagEffects,
            "惩戒措施、移出条件与信用修复",
            "Measures it carries, what ends it, and repair",
            required=True,
        ),
        "reviews": review_list(
            "因此开启的核查（本单位的，或因本单位标记而起的）",
            "Reviews it led to (your own, or those your flag caused)",
        ),
    }


def _filters() -> Mapping[str, Any]:
    return {
        "is_current": graphene.Boolean(description=text("是否仍然有效", "Whether they stand")),
        "severity": graphene.Argument(RiskBand, description=text("严重程度", "Severity")),
    }


RISK_FLAG = Special(
    description=text(
        "风险标记",
        "A risk flag with legal basis, decision and way out; it leads to reviews, never to a refusal by itself.",
    ),
    fields=_fields,
    required=frozenset({"creditCode", "name", "severity"}),
    filters=_filters,
)
