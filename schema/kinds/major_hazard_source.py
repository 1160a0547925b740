"""危险化学品重大危险源: a unit with its substances and its level, as the assessment report states them.

The level is stored as stated; the calculation of GB 18218-2018 (schema/major_hazard.py) only remarks on a difference.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from schema.fields import Choice, Coded, conceal, day, decimal, integer, text
from schema.kinds.parts import CREDIT_CODE, FIRM_NAME, ISSUER_CODE, ISSUER_NAME, REGION, in_order
from schema.major_hazard import Rating, UnknownSubstance, alpha_for, level_of, rate, stated, substances
from schema.record import Audience, Family, Field, Finding, Kind, Role, finding

ROUNDING = Fraction(1, 100)
"""How far a stated R may lie from the computed one: reports round."""


class HazardLevel(Coded):
    """重大危险源级别 The first level is the gravest."""

    LEVEL_1 = ("一级", "First level", "1", "1级", "Ⅰ级")
    LEVEL_2 = ("二级", "Second level", "2", "2级", "Ⅱ级")
    LEVEL_3 = ("三级", "Third level", "3", "3级", "Ⅲ级")
    LEVEL_4 = ("四级", "Fourth level", "4", "4级", "Ⅳ级")


def _computed(values: Mapping[str, Any]) -> Iterable[Finding]:
    """Compares what is stated with GB 18218: from the substances where possible, else from the stated R alone."""
    alpha = _alpha(values)
    if "substances" not in values or alpha is None:
        if "grade" in values:
            yield from _level(values, level_of(Fraction(str(values["grade"]))))
        return
    try:
        rating = rate(stated(values["substances"]), alpha)
    except UnknownSubstance as unknown:
        yield finding("SUBSTANCE_UNKNOWN", "substances", severity="WARNING", substance=conceal(unknown.name[:40]))
        return
    yield from _level(values, rating.level)
    yield from _grade(values, rating)


def _alpha(values: Mapping[str, Any]) -> Fraction | None:
    if "alpha" in values:
        return Fraction(str(values["alpha"]))
    return alpha_for(values["peopleExposed"]) if "peopleExposed" in values else None


def _level(values: Mapping[str, Any], computed: str | None) -> Iterator[Finding]:
    reported = values.get("hazardLevel")
    if reported and reported != computed:
        told = HazardLevel[computed].zh if computed else "S<1（不构成重大危险源）"
        yield finding("LEVEL_DIFFERS", "hazardLevel", HazardLevel[reported].zh, severity="WARNING", computed=told)


def _grade(values: Mapping[str, Any], rating: Rating) -> Iterator[Finding]:
    reported = values.get("grade")
    if reported is not None and abs(Fraction(str(reported)) - rating.grade) > rating.grade * ROUNDING:
        told = f"R={float(rating.grade):.2f}"
        yield finding("LEVEL_DIFFERS", "grade", str(reported), severity="WARNING", computed=told)


MAJOR_HAZARD_SOURCE = Kind(
    name="MAJOR_HAZARD_SOURCE",
    zh="危险化学品重大危险源",
    en="Major hazard source of hazardous chemicals",
    family=Family.RISK,
    audience=Audience.SUBJECT,
    fields=(
        CREDIT_CODE,
        FIRM_NAME,
        REGION,
        Field(
            name="unitName", zh="危险源单元名称", en="Unit", read=text(100), is_required=True,
            headers=("单元名称", "重大危险源名称"), sample="示例罐区",
        ),
        Field(
            name="hazardLevel", zh="重大危险源级别", en="Level as stated", read=Choice(HazardLevel), is_required=True,
            graphql="HazardLevel", headers=("危险源级别", "级别", "等级"), sample="三级",
        ),
        Field(
            name="substances", zh="危险化学品及数量", en="Substances: name/tonnes/critical amount/β; or a symbol",
            read=substances, headers=("危险化学品", "物质及数量"), sample="氨/80；氯/10",
        ),
        Field(
            name="peopleExposed", zh="厂外500米内常住人口", en="People within 500 m of the fence",
            read=integer(0, 10**7), graphql="Int", headers=("暴露人员数量", "常住人口数量"), sample="120",
        ),
        Field(
            name="alpha", zh="校正系数α", en="Factor α", read=decimal("0.1", "10"), graphql="Float",
            headers=("α", "α值"), sample="2",
        ),
        Field(
            name="grade", zh="分级指标R", en="R", read=decimal("0", "1000000000"), graphql="Float",
            headers=("R值", "R"), sample="48",
        ),
        Field(
            name="assessedOn", zh="评估日期", en="Assessed on", read=day, role=Role.EFFECTIVE_ON, is_required=True,
            graphql="Date", headers=("评定日期", "安全评估日期"), sample="2026-03-01",
        ),
        Field(
            name="reassessBy", zh="应重新评估日期", en="To be assessed again by", read=day, role=Role.REVIEW_DUE_ON,
            graphql="Date", headers=("应复评日期",), sample="2029-02-28",
        ),
        Field(name="filingNumber", zh="备案编号", en="Number of the filing", read=text(60), headers=("备案号",)),
        Field(
            name="removedOn", zh="核销日期", en="Struck off on", read=day, role=Role.LIFTED_ON, graphql="Date",
            headers=("摘除日期",),
        ),
        replace(ISSUER_NAME, zh="备案机关", en="Authority it is filed with", headers=("备案部门",)),
        replace(ISSUER_CODE, zh="备案机关统一社会信用代码", en="Credit code of the authority", headers=()),
    ),
    identity=("creditCode", "unitName"),
    fresh_days=92,  # assessed anew every three years; a quarter is how often its list is gone through
    basis="《安全生产法》第四十条（登记、备案、信息共享）；《危险化学品安全法》（2026-05-01 施行，条款待核）；"
    "GB 18218-2018；每三年重新评估（待核）",
    checks=(in_order("assessedOn", "reassessBy"), in_order("assessedOn", "removedOn"), _computed),
)  # fmt: skip
