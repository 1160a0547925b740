"""GraphQL inputs: one per record kind, made from the kind's fields, and the arguments of other mutations."""

from collections.abc import Mapping
from typing import Any

import graphene
from graphene.utils.str_converters import to_snake_case

from schema.graphql.enums import CODED, CertificateKind
from schema.graphql.parts import day, string, text
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


ONE_OF = ("CertificateBy", "PersonBy", "TipBy", "TransferBy")


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
    known_at = graphene.DateTime(
        description=text(
            "按本平台在该时刻已知的规则与事实回答（含时区，不得晚于现在）；不给 on 时问该时刻之日",
            "By the rules and facts the hub knew at this moment, with offset, not in the future; on its day by default",
        )
    )
    activity = string(
        "从事的作业活动（规则只认可部分作业时）", "The work to be done, where a rule covers certain activities"
    )
    documents = graphene.List(
        graphene.NonNull(graphene.String), description=text("已出示的材料名称", "Documents presented, by name")
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
