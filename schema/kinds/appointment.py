"""任职: a person's post at a firm in a place. It tells the hub where a certificate is relied upon.

A new post is a member of Post.
"""

from dataclasses import replace

from schema.fields import Choice, Coded, day, document_number, text
from schema.kinds.parts import CREDIT_CODE, EMPLOYER_NAME, ID_NUMBER, PERSON_NAME, REGION, in_order
from schema.record import Audience, Family, Field, Kind, Role


class Post(Coded):
    """任职岗位 What the person is appointed to."""

    PRINCIPAL = ("主要负责人", "Principal")
    SAFETY_MANAGER = ("安全生产管理人员", "Safety manager", "", "安全管理人员", "安全员")
    FULL_TIME_SAFETY_MANAGER = ("专职安全生产管理人员", "Full-time safety manager", "", "专职安全员", "专职安管人员")
    SAFETY_DIRECTOR = ("安全总监", "Safety director")
    TECHNICAL_DIRECTOR = ("技术负责人", "Technical director")
    SPECIAL_OPERATOR = ("特种作业人员", "Special operator")
    CONSTRUCTION_SPECIAL_OPERATOR = ("建筑施工特种作业人员", "Construction special operator", "", "建筑特种作业人员")
    SAFETY_ENGINEER = ("注册安全工程师", "Registered safety engineer")
    PROJECT_MANAGER = ("项目负责人", "Project manager", "", "项目经理")
    OTHER = ("其他", "Other")


class Engagement(Coded):
    """任职方式 Whether the post is the person's only one."""

    FULL_TIME = ("专职", "Full-time", "", "全职")
    SHARED = ("兼职", "Shared with other duties", "", "兼任")


APPOINTMENT = Kind(
    name="APPOINTMENT",
    zh="人员任职",
    en="Appointment of a person at a firm",
    family=Family.PRESENCE,
    audience=Audience.SUBJECT,
    fields=(
        PERSON_NAME,
        ID_NUMBER,
        CREDIT_CODE,
        replace(EMPLOYER_NAME, is_required=True),
        Field(
            name="post", zh="任职岗位", en="Post", read=Choice(Post), is_required=True, graphql="Post",
            headers=("岗位", "职务"), sample="特种作业人员",
        ),
        Field(
            name="appointedOn", zh="任职日期", en="Appointed on", read=day, role=Role.VALID_FROM, is_required=True,
            graphql="Date", headers=("到岗日期", "任职开始日期"), sample="2026-03-01",
        ),
        Field(
            name="endedOn", zh="离任日期", en="Last day in the post", read=day, role=Role.VALID_TO, graphql="Date",
            headers=("离岗日期", "任职结束日期"),
        ),
        Field(
            name="engagement", zh="任职方式", en="Full-time or shared", read=Choice(Engagement), graphql="Engagement",
            headers=("专职或兼职", "是否专职"), sample="专职",
        ),
        Field(
            name="appointmentNumber", zh="任命文号", en="Document of appointment", read=document_number,
            headers=("任命文件", "聘任文号"),
        ),
        Field(
            name="reportedOn", zh="任免告知日期", en="Appointment or removal told to the authority on", read=day,
            graphql="Date", headers=("告知日期", "任职告知日期"),
        ),
        REGION,
        Field(name="projectName", zh="项目名称", en="Project", read=text(), headers=("所在项目",)),
    ),
    identity=("idNumber", "creditCode", "post"),
    basis="《安全生产法》第二十六条（安全生产管理人员任免告知）、第二十七条、第三十条",
    checks=(in_order("appointedOn", "endedOn"),),
)  # fmt: skip
