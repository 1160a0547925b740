"""GraphQL types of rules as a whole: coverage, health, simulation. A further count is a field here and in
exchange/recognition/simulating.py."""

from collections.abc import Mapping
from typing import Any

import graphene

from schema.graphql.answers import UserError
from schema.graphql.enums import Coverage, Verdict
from schema.graphql.parts import day, integer, many, one, string, text, yes_no
from schema.graphql.recognition_rules import RecognitionRule, RecognitionRuleInput


class RecognitionCoverage(graphene.ObjectType):
    """How one province takes another's certificates of a kind."""

    class Meta:
        description = text("某省对另一省一类证书的认可情况", "How one province takes another's certificates of a kind.")

    issuing_region = string("发证省", "Province of issue", required=True)
    host_region = string("使用省", "Province of use", required=True)
    kind = string("证书类型", "Kind of certificate", required=True)
    coverage = graphene.Field(Coverage, required=True, description=text("认可情况", "How they are taken"))
    rules = many(
        graphene.String, "所依规则与版本（矛盾时为各方）", "The rule and its version; all rivals of a conflict"
    )
    is_partial = yes_no(
        "部分情形（类别、行业、下级区划、变更单位）另有规则，或只及于所列作业",
        "Whether other rules speak for some of them (items, industries, smaller divisions, a change of employer), or "
        "they count for some activities only",
    )
    via = string("经由哪个协议的哪张对应关系表", "Agreement and table by which they count as others")


class RecognitionRuleHealth(graphene.ObjectType):
    """Whether a rule is used, up to date and uncontested."""

    class Meta:
        description = text("规则体检", "Whether a rule is used, up to date and uncontested.")

    rule = one(RecognitionRule, "规则", "The rule", required=True)
    last_fired_on = day("最近一次用于判定之日（从未用过为空）", "The last day it answered a question; none if never")
    is_idle = yes_no("生效满 90 天而近 90 天未用过", "In force for 90 days, and not used in the last 90")
    is_review_due = yes_no("已过应复查日", "Whether its review is overdue")
    conflicts_with = many(graphene.String, "与之矛盾的规则", "Rules it contradicts, so that neither is applied")


class RecognitionSimulationCount(graphene.ObjectType):
    """How many certificates go from one verdict to another."""

    class Meta:
        description = text("结论变化的证书数", "How many certificates go from one verdict to another.")

    before = graphene.Field(Verdict, required=True, description=text("没有草案时", "Without the draft"))
    after = graphene.Field(Verdict, required=True, description=text("有草案时", "With the draft"))
    count = integer("证书数", "How many", required=True)


class RecognitionSimulationExample(graphene.ObjectType):
    """A certificate whose verdict changes."""

    class Meta:
        description = text(
            "结论有变化的证书；不含姓名和编号", "A certificate whose verdict changes; no name, no number."
        )

    certificate_id = graphene.ID(required=True, description=text("证书标识", "Id of the certificate"))
    before = graphene.Field(Verdict, required=True, description=text("没有草案时", "Without the draft"))
    after = graphene.Field(Verdict, required=True, description=text("有草案时", "With the draft"))
    reasons = many(graphene.String, "有草案时的原因代码", "Reason codes with the draft")


class RecognitionSimulation(graphene.ObjectType):
    """What a draft would change."""

    class Meta:
        description = text("互认规则推演；不改变任何数据", "What a draft rule would change. Nothing is changed.")

    host_region = string("按使用地", "For use in", required=True)
    day = day("按草案生效之日", "On the draft's first day", required=True)
    judged = integer("判定的证书数", "Certificates judged", required=True)
    newly_accepted = integer("新认可（含有条件）", "Newly accepted, be it on condition", required=True)
    newly_refused = integer("新不予认可", "Newly refused", required=True)
    newly_undetermined = integer("新无法判定", "Newly undetermined", required=True)
    counts = many(RecognitionSimulationCount, "按前后结论", "By verdict without and with the draft")
    examples = many(
        RecognitionSimulationExample, "有变化的，每种至多 20 本", "Some that change, 20 of each sort at most"
    )


class RecognitionSimulationPayload(graphene.ObjectType):
    """A simulation, or what is wrong with the draft."""

    class Meta:
        description = text("互认规则推演", "A simulation, or what is wrong with the draft.")

    simulation = one(RecognitionSimulation, "推演结果", "The simulation")
    user_errors = many(UserError, "草案的全部问题", "Everything that is wrong with the draft")


def _listed(of: Any, zh: str, en: str, **arguments: Any) -> graphene.List:
    return graphene.List(graphene.NonNull(of), required=True, description=text(zh, en), **arguments)


ON = day("哪一天（默认今天）", "On which day; today by default")
QUERIES: Mapping[str, Any] = {
    "recognition_coverage": _listed(
        RecognitionCoverage,
        "省际互认矩阵：发证省 × 使用省 × 证书类型；两省都不给时使用省为本单位所在省",
        "Who recognises what: issuer x host x kind; with neither province given, the host is your own",
        on=ON,
        issuing_region=graphene.String(description=text("发证省（或其下级区划代码）", "Province of issue")),
        host_region=graphene.String(description=text("使用省（或其下级区划代码）", "Province of use")),
        kinds=graphene.List(
            graphene.NonNull(graphene.String), description=text("证书类型（默认全部）", "Kinds; all by default")
        ),
    ),
    "recognition_rule_health": _listed(
        RecognitionRuleHealth,
        "本单位有效规则的体检：久未使用、已过复查日、与别的规则矛盾",
        "Your rules in force: unused, overdue for review, contradicting others",
        on=ON,
    ),
    "recognition_simulation": one(
        RecognitionSimulationPayload,
        "推演：草案生效之日，本单位看得到的证书结论有何变化。按持证人在证载单位、从事草案所列第一项作业、材料齐全来问",
        "What a draft would change on its first day among the certificates you may see: asked for the holder's "
        "employer, the first of its activities, with its documents",
        required=True,
        input=RecognitionRuleInput(required=True, description=text("草案", "The draft")),
        host_region=graphene.String(
            description=text("按哪一使用地（默认草案的第一个）", "For use where; the draft's first place by default")
        ),
    ),
}
