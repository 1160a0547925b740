"""疑似重复: records under two persons that may be one.

A new reason to suspect is a value of SuspicionBasis and a branch of `suspect_duplicates` in exchange/sql/names.sql.
"""

import graphene

from schema.graphql.dossiers import Person
from schema.graphql.finding import FoundRecord
from schema.graphql.parts import connection, enum, identifier, listed, moment, one, text

SuspicionBasis = enum(
    "SuspicionBasis",
    "疑似重复的依据",
    "Why two persons may be one",
    {
        "CERTIFICATE_NUMBER": ("同类证书编号相同", "The same number of the same kind of certificate"),
        "NAME_AND_ID_NUMBER": ("姓名与脱敏证件号码均相同", "The same name and the same masked ID number"),
    },
)


class SuspectedDuplicate(graphene.ObjectType):
    """Two persons that may be one."""

    class Meta:
        description = text("疑似重复人员", "Two persons that may be one: a record of yours and one that you may read.")

    id = identifier()
    basis = graphene.Field(SuspicionBasis, required=True, description=text("依据", "Why they may be one"))
    person = one(Person, "本单位记录中的人员", "The person of your record")
    record = one(FoundRecord, "本单位的记录", "Your record")
    other_person = one(Person, "另一人员", "The other person")
    other_record = one(FoundRecord, "另一记录", "The other record")
    found_at = moment("发现时间", "When it was found")


SuspectedDuplicateConnection = connection(SuspectedDuplicate, "疑似重复人员", "suspected duplicates")

SUSPECTED_DUPLICATES = listed(
    SuspectedDuplicateConnection,
    "疑似重复人员，先发现的在前；作出认定（personVerdict）后不再列出",
    "Persons that may be one, earliest first; gone once you gave a verdict (personVerdict)",
)
