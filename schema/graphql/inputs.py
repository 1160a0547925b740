"""GraphQL inputs: one per record kind, made from the kind's fields, and the arguments of other mutations."""

from collections.abc import Mapping
from typing import Any

import graphene
from graphene.utils.str_converters import to_snake_case

from schema.graphql.enums import CODED, CertificateKind, RecognitionMode
from schema.graphql.parts import day, integer, string, text
from schema.kinds import KINDS
from schema.record import Field, Kind

_SCALARS: Mapping[str, Any] = {
    "String": graphene.String,
    "Int": graphene.Int,
    "Float": graphene.Float,
    "Boolean": graphene.Boolean,
}


def input_for(kind: Kind) -> type[graphene.InputObjectType]:
    """The input type of a kind. What is required is checked with all other findings, so nothing is required here."""
    name = input_name(kind)
    meta = type("Meta", (), {"name": name, "description": text(f"{kind.zh}（依据：{kind.basis}）", f"{kind.en}.")})
    fields = {to_snake_case(field.name): _field(field) for field in kind.fields}
    made: type[graphene.InputObjectType] = type(name, (graphene.InputObjectType,), {"Meta": meta, **fields})
    return made


def input_name(kind: Kind) -> str:
    """RISK_GRADING -> RiskGradingInput."""
    return "".join(word.capitalize() for word in kind.name.split("_")) + "Input"


def mutation_name(kind: Kind) -> str:
    """RISK_GRADING -> risk_grading_publish."""
    return kind.name.lower() + "_publish"


def _field(field: Field) -> Any:
    # Dates come as text: the kind's own reader finds all faults of a record at once, with its own codes.
    scalar = CODED.get(field.graphql) or _SCALARS.get(field.graphql, graphene.String)
    zh = f"{field.zh}（必填）" if field.is_required else field.zh
    return scalar(name=field.name, description=text(zh, field.en))


KIND_INPUTS: Mapping[str, type[graphene.InputObjectType]] = {kind.name: input_for(kind) for kind in KINDS}


class CertificateBy(graphene.InputObjectType):
    """How to name a certificate: exactly one of these."""

    class Meta:
        description = text("按其中一项查找证书", "How to name a certificate: exactly one of these.")

    id = graphene.ID(description=text("证书标识", "Id of the certificate"))
    number = string("证书编号（全号）", "Number of the certificate, whole")


class PersonBy(graphene.InputObjectType):
    """How to name a person: exactly one of these."""

    class Meta:
        description = text("按其中一项查找人员", "How to name a person: exactly one of these.")

    id = graphene.ID(description=text("人员标识", "Id of the person"))
    id_number = string("公民身份号码", "Citizen ID number")


ONE_OF = ("CertificateBy", "PersonBy", "TipBy")


class RecognitionInput(graphene.InputObjectType):
    """The question whether a certificate is recognised."""

    class Meta:
        description = text("互认查询", "The question whether a certificate is recognised in a place on a day.")

    certificate_number = string("证书编号", "Number of the certificate", required=True)
    kind = graphene.Argument(
        CertificateKind,
        description=text("证书类型（同一编号有多本时指明）", "Kind, when one number stands for several"),
    )
    operation_code = string(
        "操作项目、人员类别等代码（同一编号有多项时指明）", "Item or class, when one number stands for several"
    )
    person_type = graphene.Argument(
        CODED["PersonType"],
        description=text("人员类型（同一编号有多本合格证时指明）", "Role, when one number stands for several"),
    )
    industry_category = string(
        "行业类别（同一编号有多本合格证时指明）", "Industry as printed, when one number stands for several"
    )
    issuing_region = string(
        "发证地行政区划代码（多个机关有此编号时指明）", "Division of issue, when several authorities hold this number"
    )
    host_region = string("使用地行政区划代码", "Division code of the place of use", required=True)
    on = day(
        "哪一天（默认今天）。按该日的事实判断，且从不比现有记录有利：其后才移出的标记、才恢复的证书在该日不算解除，"
        "其后才有的暂扣、吊销、转入照样计入",
        "On which day; today by default. Judged by what held on that day, never better than the records of today: "
        "what was lifted or restored later still stood then, what was suspended or revoked later counts already",
    )
    employer_code = string(
        "使用单位统一社会信用代码（企业查询时即本企业）", "Credit code of the firm of use; your own for an enterprise"
    )


class RiskFlagLiftInput(graphene.InputObjectType):
    """The lifting of a flag."""

    class Meta:
        description = text("解除风险标记", "The lifting of a risk flag.")

    risk_flag_id = graphene.ID(required=True, description=text("风险标记标识", "Id of the flag"))
    lifted_on = day("解除日期（默认今天）", "Lifted on; today by default")
    reason = string("解除理由（必填）", "Why", required=True)


class RecognitionRuleInput(graphene.InputObjectType):
    """A recognition rule to publish."""

    class Meta:
        description = text("发布互认规则", "A recognition rule to publish for your own jurisdiction.")

    identifier = string("规则编号，如 AR-320000-0001", "Identifier such as AR-320000-0001", required=True)
    version = integer("版本，须递增", "Version, rising", required=True)
    kinds = graphene.List(
        graphene.NonNull(graphene.String), required=True, description=text("证书类型", "Kinds of certificate")
    )
    issuing_prefixes = graphene.List(
        graphene.NonNull(graphene.String),
        required=True,
        description=text("发证地区划前缀", "Prefixes of issuing divisions"),
    )
    host_prefixes = graphene.List(
        graphene.NonNull(graphene.String),
        required=True,
        description=text("使用地区划前缀，须在本辖区内", "Prefixes of divisions of use, within your jurisdiction"),
    )
    mode = graphene.Argument(RecognitionMode, required=True, description=text("认可方式", "Mode"))
    basis = string("依据（协议或文件编号）", "Basis: number of the agreement or document", required=True)
    min_remaining_days = integer("最少剩余有效天数", "Least remaining days")
    max_review_age_days = integer("距上次考核或复审的最多天数", "Most days since the last examination or review")
    requires_same_employer = graphene.Boolean(
        description=text("须由证载企业聘用", "Must work for the employer on the certificate")
    )
    requires_no_adverse = graphene.Boolean(description=text("须无不良记录", "No adverse record may stand"))
    valid_from = day("生效日", "Valid from", required=True)
    valid_to = day("失效日", "Valid to")
    message = string("条款", "Text in Chinese", required=True)
    message_en = string("条款（英文）", "Text in English", required=True)
    follow_up = string("后续手续", "What has to follow")
    follow_up_en = string("后续手续（英文）", "What has to follow, in English")
    decision_workdays = integer("办理时限（工作日）", "Working days to decide")
