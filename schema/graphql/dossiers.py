"""一人一档、一企一档: what the records visible to the caller say of one person, of one firm. Their lists come with the
kinds.
"""

from typing import Any

import graphene

from schema.graphql.effects import FlagEffects
from schema.graphql.faces import FACES
from schema.graphql.families.special import review_list
from schema.graphql.overviews import GradingSeries, KeyStaff, PostFinding, RegionCertificates, TrainingHours
from schema.graphql.parts import identifier, listed, many, one, string, text
from schema.graphql.records import CONNECTIONS, RiskGrading, dossier_lists, filters_of
from schema.graphql.verdicts import PersonVerdictConnection

_PersonLists: Any = type("_PersonLists", (), dossier_lists(tuple(face for face in FACES if face.has_person)))
_FLAG = next(face for face in FACES if face.name == "RiskFlag")
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
    training_hours = many(
        TrainingHours, "各年各类培训学时，新的在前", "Hours of training by year and sort, latest first"
    )
    post_findings = many(
        PostFinding,
        "在任且须持证的岗位与证书是否相符（岗位不符）",
        "Posts held that need a certificate, or may need one, and whether there is a good one",
    )
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
    key_staff = one(KeyStaff, "关键岗位持证", "Key staff: who must hold what, and who does", required=True)
    measures = many(
        FlagEffects,
        "在所问之日未解除的负面记录，各附惩戒措施、移出条件与信用修复",
        "Negative records standing on the day asked, each with its measures, way out and repair",
    )
    certificates_by_region = many(
        RegionCertificates, "本企业人员证书按发证地汇总", "Certificates of the firm's people, by issuing division"
    )
    grading_history = many(
        GradingSeries, "历次风险分级，按机关与办法分列", "Gradings over time, apart by authority and scheme"
    )
    predecessor_flags = listed(
        CONNECTIONS["RiskFlag"],
        "前身企业（经核实的沿革，逐级上溯）名下的风险标记；不是本企业的标记",
        "Flags on the firms this one came from, step by step; they are not its own",
        **filters_of(_FLAG),
    )
    succeeded_by = listed(
        CONNECTIONS["Succession"], "本企业的后继（经核实的沿革）", "Successions in which this firm is the one before"
    )
