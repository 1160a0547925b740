"""一人一档、一企一档: what the records visible to the caller say of one person, of one firm. Their lists come with the
kinds.
"""

from typing import Any

import graphene

from schema.graphql.faces import FACES
from schema.graphql.families.special import review_list
from schema.graphql.parts import identifier, listed, one, string, text
from schema.graphql.records import RiskGrading, dossier_lists
from schema.graphql.verdicts import PersonVerdictConnection

_PersonLists: Any = type("_PersonLists", (), dossier_lists(tuple(face for face in FACES if face.has_person)))
_FirmLists: Any = type("_FirmLists", (), dossier_lists(tuple(face for face in FACES if face.has_firm)))


class Person(_PersonLists, graphene.ObjectType):
    """What the visible records say of one person."""

    class Meta:
        description = text("一人一档", "One person: what the records visible to you say.")

    id = identifier("人员标识", "Id of the person")
    name = string("姓名。个人信息：须有查询事由与办件编号", "Name. Personal: needs a purpose and a case number")
    name_masked = string("姓名（已脱敏）", "Name, masked")
    id_number_masked = string("证件号码（已脱敏）", "ID number, masked")
    reviews = review_list("重点核查", "Reviews")
    verdicts = listed(
        PersonVerdictConnection,
        "身份认定：合并、拆分、疑似重复不成立，新的在前",
        "Verdicts whether other ids are the same person, latest first",
    )


class Enterprise(_FirmLists, graphene.ObjectType):
    """What the visible records say of one firm."""

    class Meta:
        description = text("一企一档", "One firm: what the records visible to you say.")

    credit_code = string("统一社会信用代码", "Unified social credit code", required=True)
    name = string("企业名称", "Name of the firm")
    grading = one(RiskGrading, "最近一次风险分级", "Latest risk grading")
    reviews = review_list("重点核查", "Reviews")
