"""GraphQL types of recognition rules: what an authority publishes, what is in force.

A new term of a rule is a field of RecognitionRuleInput, named like the field of schema.recognition.RecognitionRule.
"""

from collections.abc import Mapping
from typing import Any

import graphene

from schema.graphql.answers import UserError
from schema.graphql.enums import BasisType, Fallback, RecognitionMode, RuleType
from schema.graphql.parts import JSON, day, integer, many, one, string, text


def _listed(zh: str, en: str, *, required: bool = False) -> graphene.List:
    return graphene.List(graphene.NonNull(graphene.String), required=required, description=text(zh, en))


def _flag(zh: str, en: str) -> graphene.Boolean:
    return graphene.Boolean(description=text(zh, en))


class RecognitionRule(graphene.ObjectType):
    """A published recognition rule."""

    class Meta:
        description = text("互认规则", "A published recognition rule; immutable, replaced by a higher version.")

    identifier = string("规则编号", "Identifier", required=True)
    version = integer("版本", "Version", required=True)
    type = graphene.Field(RuleType, required=True, description=text("规则类型", "What it does"))
    kinds = many(graphene.String, "证书类型", "Kinds of certificate")
    issuing_prefixes = many(
        graphene.String, "发证地区划前缀（空串为全国）", "Prefixes of issuing divisions (empty: all)"
    )
    host_prefixes = many(graphene.String, "使用地区划前缀（空串为全国）", "Prefixes of divisions of use (empty: all)")
    mode = graphene.Field(RecognitionMode, required=True, description=text("认可方式", "Mode"))
    basis_type = graphene.Field(BasisType, required=True, description=text("依据类型", "What it rests on"))
    basis = string("依据", "Basis", required=True)
    valid_from = day("生效日", "Valid from", required=True)
    valid_to = day("失效日", "Valid to")
    review_by = day("应复查日", "To be reviewed by")
    message = string("条款", "Text in Chinese", required=True)
    message_en = string("条款（英文）", "Text in English", required=True)
    terms = graphene.Field(JSON, required=True, description=text("全部条件", "All terms"))


class RecognitionRuleInput(graphene.InputObjectType):
    """A recognition rule to publish."""

    class Meta:
        description = text(
            "互认规则：AR 为使用地的认可规则，IR 为发证地的失效规则。公布后不可更改，只能以更高版本取代",
            "A recognition rule: AR accepts at the place of use, IR takes validity away from what was issued in your "
            "jurisdiction. Immutable once published, replaced by a higher version.",
        )

    identifier = string("规则编号，如 AR-320000-0001", "Identifier such as AR-320000-0001", required=True)
    version = integer("版本，须递增", "Version, rising", required=True)
    kinds = _listed("证书类型", "Kinds of certificate", required=True)
    subkinds = _listed("类别（操作项目、人员类别等代码），不填为全部", "Items or classes; all when left out")
    industries = _listed("行业类别，不填为全部", "Industries as printed; all when left out")
    issuing_prefixes = _listed(
        "发证地区划前缀（空串为全国）", "Prefixes of issuing divisions (empty: all)", required=True
    )
    host_prefixes = _listed(
        "使用地区划前缀；认可规则须在本辖区内",
        "Prefixes of divisions of use; of an acceptance within your jurisdiction",
        required=True,
    )
    issued_from = day("失效规则：有效期自该日起的证书", "Of an IR: certificates valid from this day on")
    issued_to = day("失效规则：有效期起不晚于该日的证书", "Of an IR: certificates valid from this day at the latest")
    mode = graphene.Argument(RecognitionMode, required=True, description=text("认可方式", "Mode"))
    basis_type = graphene.Argument(
        BasisType, description=text("依据类型（默认互认协议）", "What it rests on; an agreement by default")
    )
    basis = string("依据（协议或文件编号）", "Basis: number of the agreement or document", required=True)
    min_remaining_days = integer("最少剩余有效天数", "Least remaining days")
    max_review_age_days = integer("距上次考核或复审的最多天数", "Most days since the last examination or review")
    min_training_hours = integer("近十二个月最少培训学时", "Least hours of training in the last 12 months")
    cooling_off_months = integer("不良记录解除后须满的月数", "Months that must pass after an adverse record ended")
    requires_same_employer = _flag("须由证载企业聘用", "Must work for the employer on the certificate")
    requires_other_employer = _flag("须已变更受聘企业", "Must have changed the employer")
    requires_no_adverse = _flag("持证人和单位须无不良记录", "No adverse record of person or firm may stand")
    activities = _listed("认可的作业活动，不填为全部", "Activities it covers; all when left out")
    documents = _listed("须出示的材料", "Documents to be presented")
    fallback = graphene.Argument(
        Fallback,
        description=text("原发证地不应答时（默认无法判定）", "While the issuer is silent; undetermined by default"),
    )
    valid_from = day(
        "生效日：公布 48 小时之后；认可规则至多提前 14 天公布",
        "Valid from: 48 hours after publication at least; of an acceptance 14 days ahead at most",
        required=True,
    )
    valid_to = day("失效日", "Valid to")
    review_by = day("应复查日", "To be reviewed by")
    message = string("条款", "Text in Chinese", required=True)
    message_en = string("条款（英文）", "Text in English", required=True)
    follow_up = string("后续手续", "What has to follow")
    follow_up_en = string("后续手续（英文）", "What has to follow, in English")
    decision_workdays = integer("办理时限（工作日）", "Working days to decide")
    agreement = string(
        "所依协议的标识：只在该协议成员之间适用，按其传导政策和时限",
        "Agreement it counts under: between its members only, by its deadline and its policy on adverse records",
    )
    equivalence_table = string(
        "所依协议中的证书对应关系表：按表视同另一类证书",
        "Table of that agreement by which a certificate counts as one of another sort",
    )


class RulePayload(graphene.ObjectType):
    """A recognition rule after publication."""

    class Meta:
        description = text("互认规则发布结果", "What the publication of a recognition rule did.")

    identifier = string("规则编号", "Identifier of the rule")
    version = integer("版本", "Version")
    user_errors = many(UserError, "全部问题", "All findings")


QUERIES: Mapping[str, Any] = {
    "recognition_rules": graphene.List(
        graphene.NonNull(RecognitionRule),
        required=True,
        description=text(
            "某日有效的互认规则（全国规定与各地规则）", "Recognition rules in force on a day, national and local"
        ),
        on=day("哪一天（默认今天）", "On which day; today by default"),
    ),
}
MUTATIONS: Mapping[str, Any] = {
    "recognition_rule_publish": one(
        RulePayload,
        "发布本辖区的互认规则",
        "Publish a recognition rule of your jurisdiction",
        required=True,
        input=RecognitionRuleInput(required=True, description=text("规则", "The rule")),
    ),
}
