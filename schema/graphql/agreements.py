"""GraphQL types of agreements. A further promise is a field here and of exchange.agreements.Agreement."""

from collections.abc import Mapping
from typing import Any

import graphene

from schema.agreements import Effect, Mark
from schema.graphql.answers import UserError
from schema.graphql.enums import Verdict
from schema.graphql.parts import day, enum, integer, many, one, string, text
from schema.graphql.recognition_outlook import RecognitionSimulationCount
from schema.graphql.recognition_rules import RecognitionRuleInput

Participation = enum(
    "Participation",
    "参与方式",
    "How a member takes part",
    {
        "FULL": ("互相共享（监管部门）", "Shares and reads; authorities"),
        "READ_ONLY": ("只读", "Reads only"),
    },
)


MarkName = enum(
    "AgreementMark", "会传导的不良记录", "Adverse records that may spread", {one.name: (one.zh, one.en) for one in Mark}
)
EffectName = enum(
    "AgreementEffect",
    "对其他成员认可的影响",
    "What they do to recognition at other members",
    {one.name: (one.zh, one.en) for one in Effect},
)


class AgreementMember(graphene.ObjectType):
    """An authority's part in an agreement."""

    class Meta:
        description = text("协议成员（只列监管部门）", "An authority's part in an agreement.")

    tenant = string("接入单位标识", "Name of the tenant", required=True)
    name = string("单位名称", "Name", required=True)
    participation = graphene.Field(Participation, required=True, description=text("参与方式", "How it takes part"))
    since = day("自", "Since", required=True)
    until = day("最后一日（退出的）", "Its last day, when it leaves")


class Equivalence(graphene.ObjectType):
    """Two sorts of certificates held to be equally good."""

    class Meta:
        description = text(
            "证书对应关系；是否认可仍由使用地的规则决定",
            "Two sorts of certificates members hold to be equally good; whether one is accepted a rule says.",
        )

    table = string("所在的表（规则以此引用）", "The table it is in, by which rules name it")
    row = integer("表中第几行", "Its row within the table")
    kind = string("证书类型", "Kind of certificate", required=True)
    subkind = string("类别（不填为全部）", "Its item or class; all when empty")
    equivalent_kind = string("对应的证书类型", "Kind it corresponds to", required=True)
    equivalent_subkind = string("对应的类别", "Item or class it corresponds to")
    activities = many(graphene.String, "及于哪些作业活动", "Activities for which it counts so")
    basis = string("依据", "Basis", required=True)


class AgreementContagion(graphene.ObjectType):
    """What a mark made by one member does at another."""

    class Meta:
        description = text(
            "传导政策：一成员作出的不良记录，对以本协议为据的认可有何影响；未列的没有影响",
            "What an adverse record made by one member does to recognition under the agreement at another; none if not "
            "listed.",
        )

    mark = graphene.Field(MarkName, required=True, description=text("不良记录", "The adverse record"))
    effect = graphene.Field(EffectName, required=True, description=text("影响", "What it does"))


class Agreement(graphene.ObjectType):
    """An agreement in its latest version."""

    class Meta:
        description = text(
            "互认协议的最新一版", "An agreement in its latest version; what was published is not changed."
        )

    identifier = string("协议标识", "Identifier", required=True)
    version = integer("版本（0 为接入时所建）", "Version; 0: founded when a tenant came on board", required=True)
    name = string("名称", "Name", required=True)
    name_en = string("英文名称", "Name in English", required=True)
    basis = string("文件编号", "Number of the document", required=True)
    published_on = day("发布日", "Published on", required=True)
    asker_months = integer("查询后多少个月内告知变化", "Months an asker is told of changes", required=True)
    accept_workdays = integer(
        "约定的受理时限（工作日）：以本协议为据的备案、转入不晚于此决定",
        "Working days agreed on: filings and transfers under the agreement are decided no later",
    )
    decide_workdays = integer(
        "约定的办理时限（工作日）：成员之间的核查不晚于此",
        "Working days agreed on: a review between members is due no later",
    )
    members = many(AgreementMember, "成员，含已退出的", "Members, those that left too")
    equivalences = many(Equivalence, "证书对应关系", "Certificates held to be equally good")
    contagion = many(AgreementContagion, "传导政策", "What adverse records of members do at other members")


class AgreementMemberInput(graphene.InputObjectType):
    """A member to be."""

    class Meta:
        description = text("协议成员", "A tenant's part in the agreement.")

    tenant = string("接入单位标识", "Name of the tenant", required=True)
    participation = graphene.Argument(Participation, required=True, description=text("参与方式", "How it takes part"))
    until = day(
        "退出的最后一日：次日起不再共享、不再可读",
        "The last day of one that leaves; from the next on it neither shares nor reads",
    )


class EquivalenceInput(graphene.InputObjectType):
    """Two sorts of certificates held to be equally good."""

    class Meta:
        description = text("证书对应关系", "Two sorts of certificates held to be equally good.")

    table = string(
        "所在的表（不填则只作声明，规则不能引用）",
        "The table it is in; left out, it is declared and no rule goes by it",
    )
    kind = string("证书类型；全国通用的不列", "Kind of certificate; none that is valid nation-wide", required=True)
    subkind = string("类别（不填为全部）", "Its item or class; all when left out")
    equivalent_kind = string("对应的证书类型", "Kind it corresponds to", required=True)
    equivalent_subkind = string("对应的类别", "Item or class it corresponds to")
    activities = graphene.List(
        graphene.NonNull(graphene.String),
        description=text(
            "及于哪些作业活动（表中的行必填）", "Activities for which it counts so; a row of a table names some"
        ),
    )
    basis = string("依据", "Basis")


class AgreementContagionInput(graphene.InputObjectType):
    """What a mark made by one member does at another."""

    class Meta:
        description = text(
            "传导政策：一成员作出的不良记录在其他成员的影响",
            "What an adverse record made by one member does at another.",
        )

    mark = graphene.Argument(MarkName, required=True, description=text("不良记录", "The adverse record"))
    effect = graphene.Argument(EffectName, required=True, description=text("影响", "What it does"))


class AgreementInput(graphene.InputObjectType):
    """The next version of an agreement."""

    class Meta:
        description = text(
            "协议的下一版，自发布之日起", "The next version of an agreement, from the day of publication."
        )

    identifier = string("协议标识", "Identifier", required=True)
    version = integer("版本，为上一版加一", "Version: the last one and one", required=True)
    name = string("名称", "Name", required=True)
    name_en = string("英文名称", "Name in English", required=True)
    basis = string("文件编号", "Number of the document", required=True)
    asker_months = integer("查询后多少个月内告知变化（默认 12）", "Months an asker is told of changes; 12 by default")
    accept_workdays = integer(
        "约定的受理时限（工作日）：以本协议为据的备案、转入不晚于此决定",
        "Working days agreed on: filings and transfers under the agreement are decided no later",
    )
    decide_workdays = integer(
        "约定的办理时限（工作日）：成员之间的核查不晚于此",
        "Working days agreed on: a review between members is due no later",
    )
    members = graphene.List(
        graphene.NonNull(AgreementMemberInput),
        required=True,
        description=text("全部成员；退出的也要列出", "All members; one that leaves is named too"),
    )
    equivalences = graphene.List(
        graphene.NonNull(EquivalenceInput), description=text("证书对应关系", "Certificates held to be equally good")
    )
    contagion = graphene.List(
        graphene.NonNull(AgreementContagionInput),
        description=text("传导政策（不填则不传导）", "What adverse records do at other members; nothing when left out"),
    )


class AgreementPayload(graphene.ObjectType):
    """An agreement after publication."""

    class Meta:
        description = text("协议发布结果", "What the publication of an agreement did.")

    identifier = string("协议标识", "Identifier")
    version = integer("版本", "Version")
    user_errors = many(UserError, "全部问题", "All findings")


class AgreementSimulationPair(graphene.ObjectType):
    """What a draft changes for one kind between two members."""

    class Meta:
        description = text(
            "某类证书由一成员发、在另一成员用：结论有何变化",
            "One kind of certificate, issued at one member and used at another: what changes.",
        )

    kind = string("证书类型", "Kind of certificate", required=True)
    issuer = string("发证的成员", "Member that issues it", required=True)
    host = string("使用地的成员", "Member where it is used", required=True)
    judged = integer("判定次数", "Judgements", required=True)
    newly_accepted = integer("新认可（含有条件）", "Newly accepted, be it on condition", required=True)
    newly_refused = integer("新不予认可", "Newly refused", required=True)
    newly_undetermined = integer("新无法判定", "Newly undetermined", required=True)
    counts = many(RecognitionSimulationCount, "按前后结论", "By verdict without and with the draft")


class AgreementSimulationExample(graphene.ObjectType):
    """A certificate whose verdict changes."""

    class Meta:
        description = text(
            "结论有变化的证书；不含姓名和编号", "A certificate whose verdict changes; no name, no number."
        )

    certificate_id = graphene.ID(required=True, description=text("证书标识", "Id of the certificate"))
    kind = string("证书类型", "Kind of certificate", required=True)
    issuer = string("发证的成员", "Member that issues it", required=True)
    host = string("使用地的成员", "Member where it is used", required=True)
    before = graphene.Field(Verdict, required=True, description=text("没有草案时", "Without the draft"))
    after = graphene.Field(Verdict, required=True, description=text("有草案时", "With the draft"))
    reasons = many(graphene.String, "有草案时的原因代码", "Reason codes with the draft")


class AgreementSimulation(graphene.ObjectType):
    """What a draft version would change."""

    class Meta:
        description = text("互认协议推演；不改变任何数据", "What a draft version would change. Nothing is changed.")

    identifier = string("协议标识", "Identifier", required=True)
    version = integer("草案版本", "Version of the draft", required=True)
    day = day("按哪一天判定", "Judged on this day", required=True)
    judged = integer(
        "判定次数（每本证书在每处使用地一次）", "Judgements: each certificate at each place", required=True
    )
    newly_accepted = integer("新认可（含有条件）", "Newly accepted, be it on condition", required=True)
    newly_refused = integer("新不予认可", "Newly refused", required=True)
    newly_undetermined = integer("新无法判定", "Newly undetermined", required=True)
    pairs = many(AgreementSimulationPair, "按证书类型和成员两两", "By kind and pair of members")
    examples = many(AgreementSimulationExample, "有变化的，至多 100 本", "Some that change, 100 at most")


class AgreementSimulationPayload(graphene.ObjectType):
    """A simulation, or what is wrong with the draft."""

    class Meta:
        description = text("互认协议推演", "A simulation, or what is wrong with the draft.")

    simulation = one(AgreementSimulation, "推演结果", "The simulation")
    user_errors = many(UserError, "草案的全部问题", "Everything that is wrong with the draft")


QUERIES: Mapping[str, Any] = {
    "agreements": many(
        Agreement, "本单位参加的协议（运营方：全部）", "Agreements you take part in; all for the operator"
    ),
    "agreement_simulation": one(
        AgreementSimulationPayload,
        "推演协议的下一版：本单位看得到的、以该协议为据的规则所涉的证书，在各成员处结论有何变化；只有成员能推演",
        "What the next version would change among the certificates you may see, at each member whose rules count "
        "under it; for members alone",
        required=True,
        input=AgreementInput(required=True, description=text("草案", "The draft")),
        rules=graphene.List(
            graphene.NonNull(RecognitionRuleInput),
            description=text(
                "连同本单位拟发布的、以该协议为据的规则", "With rules you mean to publish under the agreement"
            ),
        ),
    ),
}
MUTATIONS: Mapping[str, Any] = {
    "agreement_publish": one(
        AgreementPayload,
        "发布协议的下一版：成员、退出、约定、证书对应关系（平台运营方）",
        "Publish the next version of an agreement: members, exits, promises, equivalences (operator)",
        required=True,
        input=AgreementInput(required=True, description=text("协议", "The agreement")),
    ),
}
