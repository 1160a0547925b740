"""风险标记: whether it stands, and the reviews it led to."""

from collections.abc import Mapping
from typing import Any

import graphene

from schema.graphql.effects import FlagEffects
from schema.graphql.enums import RiskBand
from schema.graphql.families.special import Special, review_list
from schema.graphql.parts import integer, one, text, yes_no


class ReviewOutcomes(graphene.ObjectType):
    """What became of the reviews a flag led to."""

    class Meta:
        description = text(
            "标记引起的核查的办理情况（在可见范围内的计数）", "What became of a flag's reviews, among those you see."
        )

    open = integer("未办结", "Open", required=True)
    overdue = integer("其中在所问之日超期", "Of these overdue on the day asked", required=True)
    maintained = integer("维持", "Maintained", required=True)
    strengthened = integer("加强监管", "Supervision strengthened", required=True)
    suspended = integer("暂停办理", "Matter suspended", required=True)
    refused = integer("不予许可", "Permission refused", required=True)
    dismissed = integer("排除", "Concern dismissed", required=True)
    declined = integer("退回（含移交）", "Declined, or handed over", required=True)
    withdrawn = integer("撤回", "Withdrawn", required=True)


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
        "outcomes": one(
            ReviewOutcomes,
            "因此开启的核查的办理情况",
            "What became of the reviews it led to",
            required=True,
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
