"""Fields of negative facts about a firm (family ADVERSE): one vocabulary for the general flag and for the kinds with
fields of their own. Each has its legal basis, decision and way out; it is lifted, never deleted.

Add a category as a member of FlagCategory; a kind of its own names its category through `category_of`.
"""

from collections.abc import Callable, Mapping
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
from schema.record import Check, Field, Role, Tier


class FlagCategory(Coded):
    """标记类别 What the flag says."""

    HIGH_RISK_GRADE = ("安全风险等级为红色", "Graded red", "", "红色风险等级")
    SERIOUS_DISHONESTY = ("严重失信主体", "Seriously dishonest", "", "列入严重失信主体名单", "严重失信")
    MAJOR_HIDDEN_DANGER = ("重大事故隐患挂牌督办", "Major hidden danger under supervision", "", "重大事故隐患")
    LICENCE_SUSPENDED = ("安全生产许可证暂扣", "Production licence suspended", "", "许可证暂扣")
    LICENCE_REVOKED = ("安全生产许可证吊销", "Production licence revoked", "", "许可证吊销")
    LICENCE_RESCINDED = ("安全生产许可证撤销", "Production licence rescinded", "", "许可证撤销")
    QUALIFICATION_WITHDRAWN = (
        "机构资质暂扣、撤销或吊销",
        "Qualification withdrawn",
        "",
        "机构资质撤销",
        "机构资质吊销",
    )
    CERTIFICATE_LENDING = ("证书挂靠", "Certificate lending")
    PENALTY = ("行政处罚", "Administrative penalty")
    ACCIDENT_INVESTIGATION = ("事故调查中", "Accident under investigation")
    OTHER = ("其他", "Other")


FIRM = (CREDIT_CODE, FIRM_NAME, REGION)
"""Whom it concerns, and where."""

CATEGORY = Field(
    name="category", zh="标记类别", en="Category of the flag", read=Choice(FlagCategory), is_required=True,
    tier=Tier.PUBLIC, graphql="FlagCategory", headers=("类别", "标记类型"), sample="重大事故隐患挂牌督办",
)  # fmt: skip
SEVERITY = Field(
    name="severity", zh="严重程度", en="Severity, as a risk band", read=Choice(RiskBand), role=Role.BAND,
    is_required=True, tier=Tier.PUBLIC, graphql="RiskBand", headers=("风险等级",), sample="红",
)  # fmt: skip
CAUSE = Field(
    name="cause", zh="列入事由", en="Cause", read=paragraphs(), is_required=True, tier=Tier.PUBLIC,
    headers=("事由", "列入原因"), sample="未按期整改重大事故隐患",
)  # fmt: skip
DECIDED_ON = Field(
    name="decidedOn", zh="决定日期", en="Decided on", read=day, is_required=True, tier=Tier.PUBLIC, graphql="Date",
    headers=("作出决定日期",), sample="2026-03-01",
)  # fmt: skip
EFFECTIVE_ON = Field(
    name="effectiveOn", zh="生效日期", en="Effective on", read=day, role=Role.EFFECTIVE_ON, tier=Tier.PUBLIC,
    graphql="Date", sample="2026-03-01",
)  # fmt: skip
EXIT_CONDITIONS = Field(
    name="exitConditions", zh="移出条件", en="Conditions of removal", read=paragraphs(), tier=Tier.PUBLIC,
    headers=("解除条件", "修复条件"), sample="整改完成并经复查合格",
)  # fmt: skip
OWN_SEVERITY = replace(SEVERITY, is_required=False, sample="")
"""Of a kind that says what an empty severity means, by `completed`."""
LISTED_ON = Field(
    name="listedOn", zh="列入日期", en="Listed on", read=day, tier=Tier.PUBLIC, graphql="Date", sample="2026-03-04"
)
PUBLICITY = (
    Field(
        name="publicityFrom", zh="公示起始日期", en="Published from", read=day, tier=Tier.PUBLIC, graphql="Date",
        headers=("公示开始日期", "公示日期"),
    ),
    Field(
        name="publicityTo", zh="公示截止日期", en="Published to", read=day, tier=Tier.PUBLIC, graphql="Date",
        headers=("公示结束日期",),
    ),
)  # fmt: skip
SUSPENDED_TO = Field(
    name="suspendedTo", zh="暂扣期满日期", en="Last day of the suspension", read=day, tier=Tier.PUBLIC, graphql="Date",
    headers=("暂扣截止日期", "暂扣至"),
)  # fmt: skip
LIFTING = (
    Field(
        name="liftedOn", zh="移出日期", en="Lifted on", read=day, role=Role.LIFTED_ON, tier=Tier.PUBLIC,
        graphql="Date", headers=("解除日期",),
    ),
    Field(
        name="liftReason", zh="移出原因", en="Reason for lifting", read=paragraphs(), tier=Tier.PUBLIC,
        headers=("解除原因",),
    ),
)  # fmt: skip
DECISION = (replace(LEGAL_BASIS, is_required=True), replace(DECISION_NUMBER, is_required=True))
DECIDED_BY = (
    replace(ISSUER_NAME, zh="认定机关", en="Deciding authority", headers=("列入机关", "决定机关", "处罚机关")),
    replace(ISSUER_CODE, zh="认定机关统一社会信用代码", en="Credit code of the deciding authority", headers=()),
)

ADVERSE_CHECKS: tuple[Check, ...] = (
    in_order("decidedOn", "effectiveOn"),
    in_order("decidedOn", "listedOn"),
    in_order("decidedOn", "liftedOn"),
    in_order("listedOn", "liftedOn"),
    in_order("publicityFrom", "publicityTo"),
    in_order("effectiveOn", "suspendedTo"),
    needed_when("liftReason", "liftedOn", None, "REASON_REQUIRED"),
)


def category_of(*names: str) -> Field:
    """The category of a kind of its own. Where there is only one, it may be left empty."""
    sample = FlagCategory[names[0]].zh if len(names) > 1 else ""
    return replace(CATEGORY, read=Choice(FlagCategory, only=names), is_required=len(names) > 1, sample=sample)


def completed(**defaults: str) -> Callable[[Mapping[str, Any]], Mapping[str, Any]]:
    """A decision takes effect on its day unless it says otherwise; other fields left empty have these values."""

    def complete(values: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**defaults, **({"effectiveOn": values["decidedOn"]} if "decidedOn" in values else {})}

    return complete
