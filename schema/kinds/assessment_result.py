"""考核成绩: the result of an examination in theory or practice, from which a certificate may follow.

A new part of an examination is a member of ExaminationPart.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from schema.fields import Choice, Coded, day, decimal, text, yes_no
from schema.kinds.parts import CREDIT_CODE, EMPLOYER_NAME, ID_NUMBER, PERSON_NAME, REGION
from schema.record import Audience, Family, Field, Finding, Kind, Role, Tier, finding


class ExaminationPart(Coded):
    """考核方式 In what the person was examined."""

    THEORY = ("安全技术理论考试", "Theory", "", "理论考试", "理论", "知识考核")
    PRACTICE = ("实际操作考试", "Practice", "", "实操考试", "实操", "能力考核")


def _passed(values: Mapping[str, Any]) -> Iterable[Finding]:
    score, mark, passed = (values.get(name) for name in ("score", "passMark", "isPassed"))
    if score is not None and mark is not None and passed is not None and (score >= mark) is not passed:
        yield finding("VALUES_CONTRADICT", "isPassed", other="score")


ASSESSMENT_RESULT = Kind(
    name="ASSESSMENT_RESULT",
    zh="考核成绩",
    en="Result of an examination",
    family=Family.TRAINING,
    audience=Audience.SUBJECT,
    fields=(
        PERSON_NAME,
        ID_NUMBER,
        replace(CREDIT_CODE, is_required=False),
        EMPLOYER_NAME,
        Field(
            name="examination", zh="考核项目", en="Examination", read=text(100), is_required=True,
            headers=("考试科目", "考核科目", "考试项目"), sample="低压电工作业",
        ),
        Field(
            name="examinationPart", zh="考核方式", en="Part", read=Choice(ExaminationPart), is_required=True,
            graphql="ExaminationPart", headers=("考试方式", "考试类型"), sample="安全技术理论考试",
        ),
        Field(
            name="assessedOn", zh="考核日期", en="Examined on", read=day, role=Role.EFFECTIVE_ON, is_required=True,
            graphql="Date", headers=("考试日期",), sample="2026-03-01",
        ),
        Field(
            name="score", zh="成绩", en="Score", read=decimal("0", "1000", 1), tier=Tier.PERSONAL, graphql="Float",
            headers=("分数", "考试成绩"), sample="92",
        ),
        Field(
            name="passMark", zh="合格分数", en="Least score to pass", read=decimal("0", "1000", 1), graphql="Float",
            headers=("合格线", "及格分"), sample="80",
        ),
        Field(
            name="isPassed", zh="是否合格", en="Passed", read=yes_no, is_required=True, graphql="Boolean",
            headers=("考核结果", "合格"), sample="是",
        ),
        Field(name="provider", zh="考试机构", en="Examination body", read=text(), headers=("考核机构", "考试点")),
        replace(REGION, is_required=False),
    ),
    identity=("idNumber", "examination", "examinationPart", "assessedOn"),
    fresh_days=31,  # a result stays what it was; a month shows whether the source still reports
    basis="《安全生产法》第二十七条（考核合格）、第三十条（特种作业）；《特种作业人员安全技术培训考核管理规定》（合格标准待核）",
    checks=(_passed,),
)  # fmt: skip
