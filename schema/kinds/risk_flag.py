"""风险标记: a negative fact about a firm, with its legal basis, decision and way out. Lifted, never deleted.

A new category is a member of FlagCategory.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from schema.fields import Choice, Coded, day, paragraphs
from schema.kinds.parts import (
    CREDIT_CODE,
    DECISION_NUMBER,
    FIRM_NAME,
    ISSUER_CODE,
    ISSUER_NAME,
    LEGAL_BASIS,
    REGION,
    RiskBand,
    in_order,
    needed_when,
)
from schema.record import Audience, Family, Field, Kind, Role, Tier


class FlagCategory(Coded):
    """标记类别 What the flag says."""

    HIGH_RISK_GRADE = ("安全风险等级为红色", "Graded red", "", "红色风险等级")
    SERIOUS_DISHONESTY = ("严重失信主体", "Seriously dishonest", "", "列入严重失信主体名单", "严重失信")
    MAJOR_HIDDEN_DANGER = ("重大事故隐患挂牌督办", "Major hidden danger under supervision", "", "重大事故隐患")
    LICENCE_SUSPENDED = ("安全生产许可证暂扣", "Production licence suspended", "", "许可证暂扣")
    LICENCE_REVOKED = ("安全生产许可证吊销", "Production licence revoked", "", "许可证吊销")
    CERTIFICATE_LENDING = ("证书挂靠", "Certificate lending")
    PENALTY = ("行政处罚", "Administrative penalty")
    ACCIDENT_INVESTIGATION = ("事故调查中", "Accident under investigation")
    OTHER = ("其他", "Other")


def _narrowed(values: Mapping[str, Any]) -> Audience:
    """An investigation is not a finding: only authorities hear of it (限政府间)."""
    is_investigation = values["category"] == FlagCategory.ACCIDENT_INVESTIGATION.name
    return Audience.AUTHORITY if is_investigation else Audience.PARTNER


def _complete(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """A decision takes effect on its day unless it says otherwise."""
    return {"effectiveOn": values["decidedOn"]} if "decidedOn" in values else {}


RISK_FLAG = Kind(
    name="RISK_FLAG",
    zh="企业风险标记",
    en="Risk flag on a firm",
    family=Family.ADVERSE,
    audience=Audience.PARTNER,
    fields=(
        CREDIT_CODE,
        FIRM_NAME,
        REGION,
        Field(
            name="category", zh="标记类别", en="Category of the flag", read=Choice(FlagCategory), is_required=True,
            tier=Tier.PUBLIC, graphql="FlagCategory", headers=("类别", "标记类型"), sample="重大事故隐患挂牌督办",
        ),
        Field(
            name="severity", zh="严重程度", en="Severity, as a risk band", read=Choice(RiskBand), role=Role.BAND,
            is_required=True, tier=Tier.PUBLIC, graphql="RiskBand", headers=("风险等级",), sample="红",
        ),
        Field(
            name="cause", zh="列入事由", en="Cause", read=paragraphs(), is_required=True, tier=Tier.PUBLIC,
            headers=("事由", "列入原因"), sample="未按期整改重大事故隐患",
        ),
        replace(LEGAL_BASIS, is_required=True),
        replace(DECISION_NUMBER, is_required=True),
        Field(
            name="decidedOn", zh="决定日期", en="Decided on", read=day, is_required=True, tier=Tier.PUBLIC,
            graphql="Date", headers=("作出决定日期",), sample="2026-03-01",
        ),
        Field(
            name="effectiveOn", zh="生效日期", en="Effective on", read=day, role=Role.EFFECTIVE_ON, tier=Tier.PUBLIC,
            graphql="Date", sample="2026-03-01",
        ),
        Field(
            name="exitConditions", zh="移出条件", en="Conditions of removal", read=paragraphs(), tier=Tier.PUBLIC,
            headers=("解除条件", "修复条件"), sample="整改完成并经复查合格",
        ),
        Field(
            name="listedOn", zh="列入日期", en="Listed on", read=day, tier=Tier.PUBLIC, graphql="Date",
            sample="2026-03-04",
        ),
        Field(
            name="liftedOn", zh="移出日期", en="Lifted on", read=day, role=Role.LIFTED_ON, tier=Tier.PUBLIC,
            graphql="Date", headers=("解除日期",),
        ),
        Field(
            name="liftReason", zh="移出原因", en="Reason for lifting", read=paragraphs(), tier=Tier.PUBLIC,
            headers=("解除原因",),
        ),
        replace(ISSUER_NAME, zh="认定机关", en="Deciding authority", headers=("列入机关", "决定机关")),
        replace(ISSUER_CODE, zh="认定机关统一社会信用代码", en="Credit code of the deciding authority", headers=()),
    ),
    identity=("creditCode", "decisionNumber", "category"),
    basis="《安全生产法》第七十八条；《安全生产严重失信主体名单管理办法》（应急管理部令第11号，期限待核）",
    checks=(
        in_order("decidedOn", "effectiveOn"),
        in_order("decidedOn", "listedOn"),
        in_order("decidedOn", "liftedOn"),
        in_order("listedOn", "liftedOn"),
        needed_when("liftReason", "liftedOn", None, "REASON_REQUIRED"),
    ),
    complete=_complete,
    narrowed=_narrowed,
)  # fmt: skip
