"""监督检查结果: what an inspection found, clean ones too: a firm that is often found clean deserves to be known for it.

A new sort is a member of InspectionType.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from schema.fields import Choice, Coded, day, document_number, integer, paragraphs
from schema.kinds.parts import CREDIT_CODE, FIRM_NAME, ISSUER_CODE, ISSUER_NAME, REGION, in_order, needed_when
from schema.record import Audience, Family, Field, Finding, Kind, Role, finding


class InspectionType(Coded):
    """检查类型 On what occasion."""

    ROUTINE = ("日常检查", "Routine", "", "计划检查")
    SPECIAL = ("专项检查", "Special campaign")
    RANDOM = ("双随机抽查", "Random", "", "双随机", "双随机、一公开")
    REPORT = ("举报核查", "After a report")
    FOLLOW_UP = ("复查", "Follow-up", "", "整改复查")
    KEY_REVIEW = ("重点核查", "Key review")


class InspectionResult(Coded):
    """检查结果 What was found; the gravest counts."""

    CLEAN = ("未发现问题", "Nothing found", "", "合格", "无问题")
    PROBLEMS = ("发现问题", "Problems found", "", "存在问题", "一般隐患")
    MAJOR_DANGER = ("发现重大事故隐患", "Major hidden danger found", "", "重大事故隐患")


def _counted(values: Mapping[str, Any]) -> Iterable[Finding]:
    result, count = values.get("inspectionResult"), values.get("problemCount")
    if result is not None and count is not None and (count == 0) is not (result == InspectionResult.CLEAN.name):
        yield finding("VALUES_CONTRADICT", "problemCount", str(count), other="inspectionResult")


INSPECTION = Kind(
    name="INSPECTION",
    zh="监督检查结果",
    en="Result of an inspection",
    family=Family.RISK,
    audience=Audience.SUBJECT,
    fields=(
        CREDIT_CODE,
        FIRM_NAME,
        REGION,
        Field(
            name="inspectionNumber", zh="检查文书编号", en="Number of the inspection record", read=document_number,
            is_required=True, headers=("检查记录编号", "执法文书编号"), sample="示应急检记〔2026〕1号",
        ),
        Field(
            name="inspectionType", zh="检查类型", en="Sort of inspection", read=Choice(InspectionType),
            is_required=True, graphql="InspectionType", headers=("检查类别",), sample="日常检查",
        ),
        Field(
            name="inspectedOn", zh="检查日期", en="Inspected on", read=day, role=Role.EFFECTIVE_ON, is_required=True,
            graphql="Date", headers=("检查时间",), sample="2026-03-01",
        ),
        Field(
            name="inspectionResult", zh="检查结果", en="Result", read=Choice(InspectionResult), is_required=True,
            graphql="InspectionResult", headers=("检查结论", "结果"), sample="发现问题",
        ),
        Field(
            name="problemCount", zh="问题数量", en="Number of problems", read=integer(0, 10_000), graphql="Int",
            headers=("问题数", "隐患数量"), sample="2",
        ),
        Field(
            name="findings", zh="问题描述", en="What was found", read=paragraphs(), headers=("问题", "隐患描述"),
            sample="消防通道堵塞；培训记录不全",
        ),
        Field(
            name="rectifyBy", zh="整改期限", en="To be put right by", read=day, graphql="Date",
            headers=("整改截止日期",), sample="2026-03-31",
        ),
        Field(
            name="rectifiedOn", zh="复查合格日期", en="Found put right on", read=day, graphql="Date",
            headers=("整改完成日期",),
        ),
        replace(ISSUER_NAME, zh="检查机关", en="Inspecting authority", headers=("检查单位", "执法机关")),
        replace(ISSUER_CODE, zh="检查机关统一社会信用代码", en="Credit code of the inspecting authority", headers=()),
    ),
    identity=("inspectionNumber",),
    basis="《安全生产法》第六十五条（现场检查权，条款待核）；检查记录书面留存（待核）",
    checks=(
        in_order("inspectedOn", "rectifyBy"),
        in_order("inspectedOn", "rectifiedOn"),
        needed_when("problemCount", "inspectionResult", InspectionResult.PROBLEMS.name),
        _counted,
    ),
)  # fmt: skip
