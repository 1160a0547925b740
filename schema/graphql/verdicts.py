"""身份认定: the verdicts of authorities whether two ids are one person, as they stand in a person's file."""

import graphene

from schema.graphql.parties import Authority
from schema.graphql.parts import connection, day, enum, identifier, moment, one, string, text, yes_no

IdentityVerdict = enum(
    "IdentityVerdict",
    "身份认定结果",
    "Whether two ids are one person",
    {
        "SAME": ("同一人（合并）", "The same person: merged"),
        "DIFFERENT": ("不是同一人（拆分，或疑似重复不成立）", "Two persons: split, or no duplicate"),
    },
)


class PersonVerdict(graphene.ObjectType):
    """What an authority said of two ids."""

    class Meta:
        description = text(
            "身份认定。各机关的认定可以不一致，均予列示",
            "What an authority said of two ids. Authorities may contradict each other; all are shown.",
        )

    id = identifier()
    authority = one(Authority, "认定机关", "Authority", required=True)
    person_id = identifier("人员标识", "Id of a person")
    other_person_id = identifier("另一人员标识", "Id of the other")
    verdict = graphene.Field(IdentityVerdict, required=True, description=text("认定结果", "The verdict"))
    is_latest = yes_no("是否为该机关的最新认定", "Whether it is the latest word of that authority")
    reason = string("理由", "Reason", required=True)
    case_number = string("办件编号", "Case number", required=True)
    decided_by = string("经办", "Decided by")
    decided_on = day("认定日期", "Decided on", required=True)
    recorded_at = moment("本平台收录时间", "When the hub recorded it")


PersonVerdictConnection = connection(PersonVerdict, "身份认定", "verdicts")
