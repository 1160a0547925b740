"""每日汇总: what came for attention only, once a day; and how its reviews are listed.

A further figure of a digest is a field here and a column of exchange/sql/digests.sql.
"""

import graphene

from schema.graphql.parts import day, integer, many, moment, one, string, text


class DigestRule(graphene.ObjectType):
    """How many reviews of a rule a digest has."""

    class Meta:
        description = text("汇总中一条规则的任务数", "Reviews of one rule in a digest.")

    rule = string("规则", "Rule", required=True)
    review_count = integer("任务数", "Reviews", required=True)


class Digest(graphene.ObjectType):
    """What came for attention only until the end of a day."""

    class Meta:
        description = text(
            "每日汇总：仅供知悉的核查任务每日汇总告知一次；逐项用 reviews(digestOn:) 查询",
            "The digest of a day: reviews for attention only, told together; list them by reviews(digestOn:).",
        )

    day = day("汇总截止日", "The day it closes", required=True)
    prepared_at = moment("生成时间", "When it was prepared")
    review_count = integer("任务数", "Reviews in all", required=True)
    rules = many(DigestRule, "各规则的任务数", "Reviews by rule")


DIGEST = one(
    Digest,
    "本单位某日的汇总；当日没有则为空",
    "Your digest of a day; null where there was none",
    on=graphene.Date(description=text("汇总截止日（默认昨天）", "The day it closes; yesterday by default")),
)
DIGEST_ON = {"digest_on": graphene.Date(description=text("只要列入该日汇总的", "Only those in the digest of this day"))}
