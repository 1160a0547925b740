"""安全培训与继续教育: hours a person was trained, by whom, on what. Whether they suffice is a rule's business.

A new sort is a member of TrainingType.
"""

from dataclasses import replace

from schema.fields import Choice, Coded, day, decimal, text
from schema.kinds.parts import CREDIT_CODE, EMPLOYER_NAME, ID_NUMBER, PERSON_NAME, REGION, in_order
from schema.record import Audience, Family, Field, Kind, Role


class TrainingType(Coded):
    """培训类型 What the training is for."""

    INITIAL = ("初次培训", "Initial", "", "初训", "岗前培训", "三级安全教育")
    REFRESHER = ("再培训", "Refresher", "", "年度再培训", "每年再培训")
    REVIEW = ("复审培训", "Before a review", "", "复训")
    CONTINUING = ("继续教育", "Continuing education")


TRAINING = Kind(
    name="TRAINING",
    zh="安全培训与继续教育学时",
    en="Training and continuing education, hours",
    family=Family.TRAINING,
    audience=Audience.SUBJECT,
    fields=(
        PERSON_NAME,
        ID_NUMBER,
        replace(CREDIT_CODE, is_required=False),
        EMPLOYER_NAME,
        Field(
            name="trainingType", zh="培训类型", en="Sort of training", read=Choice(TrainingType), is_required=True,
            graphql="TrainingType", headers=("培训类别", "培训种类"), sample="再培训",
        ),
        Field(
            name="topic", zh="培训内容", en="Topic", read=text(), headers=("课程名称", "培训科目", "培训项目"),
            sample="危险化学品经营单位安全管理",
        ),
        Field(
            name="provider", zh="培训机构", en="Provider", read=text(), is_required=True,
            headers=("培训单位", "施教机构"), sample="示例安全培训中心",
        ),
        Field(
            name="startedOn", zh="开始日期", en="From", read=day, role=Role.VALID_FROM, is_required=True,
            graphql="Date", headers=("培训开始日期", "开班日期"), sample="2026-03-01",
        ),
        Field(
            name="endedOn", zh="结束日期", en="To", read=day, role=Role.VALID_TO, is_required=True, graphql="Date",
            headers=("培训结束日期", "结业日期"), sample="2026-03-03",
        ),
        Field(
            name="hours", zh="学时", en="Hours", read=decimal("0.5", "2000", 1), is_required=True, graphql="Float",
            headers=("培训学时", "课时"), sample="16",
        ),
        replace(REGION, is_required=False),
    ),
    identity=("idNumber", "trainingType", "provider", "startedOn"),
    fresh_days=31,  # a course that took place stays so; a month shows whether the source still reports
    basis="《安全生产法》第二十八条（教育培训与记录）；《生产经营单位安全培训规定》：初次不少于32学时、每年再培训不少于12学时，"
    "煤矿、非煤矿山、危险化学品、烟花爆竹、金属冶炼为48、16学时（待核）",
    checks=(in_order("startedOn", "endedOn"),),
)  # fmt: skip
