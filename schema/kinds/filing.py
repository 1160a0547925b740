"""备案与告知: what a firm or institution has filed with, or told, an authority.

A new sort is a member of FilingType.
"""

from dataclasses import replace

from schema.fields import Choice, Coded, day, text
from schema.kinds.parts import CREDIT_CODE, FIRM_NAME, ISSUER_CODE, ISSUER_NAME, REGION, in_order
from schema.record import Audience, Family, Field, Kind, Role


class FilingType(Coded):
    """备案类型 What was filed."""

    EMERGENCY_PLAN = ("应急预案备案", "Emergency plan", "", "预案备案")
    MAJOR_HAZARD = ("重大危险源备案", "Major hazard source", "", "危险源备案")
    SAFETY_ASSESSMENT = ("安全评价报告备案", "Safety assessment report")
    OUTSIDE_FIRM = ("外地企业进入登记", "Firm from elsewhere", "", "外省企业备案", "外地企业备案")
    OUTSIDE_INSTITUTION = ("机构跨省开展业务告知", "Institution working in another province", "", "跨省告知")
    CERTIFICATE_USE = ("外地证书使用备案", "Use of certificates from elsewhere", "", "证书备案")
    OTHER = ("其他", "Other")


class FilingStatus(Coded):
    """备案状态 Where the filing stands."""

    RECEIVED = ("已受理", "Received", "", "受理", "待审")
    FILED = ("已备案", "Filed", "", "备案通过", "已告知")
    RETURNED = ("已退回", "Returned", "", "退回", "不予备案")
    ENDED = ("已失效", "Ended", "", "注销", "失效")


FILING = Kind(
    name="FILING",
    zh="备案与告知",
    en="Filing or notice",
    family=Family.PRESENCE,
    audience=Audience.SUBJECT,
    fields=(
        CREDIT_CODE,
        FIRM_NAME,
        REGION,
        Field(
            name="filingNumber", zh="备案编号", en="Number of the filing", read=text(60), is_required=True,
            headers=("备案号", "告知编号"), sample="DEM-BA-2026-0001",
        ),
        Field(
            name="filingType", zh="备案类型", en="Sort of filing", read=Choice(FilingType), is_required=True,
            graphql="FilingType", headers=("备案类别", "备案事项"), sample="应急预案备案",
        ),
        Field(
            name="filingStatus", zh="备案状态", en="State of the filing", read=Choice(FilingStatus), is_required=True,
            graphql="FilingStatus", headers=("状态",), sample="已备案",
        ),
        Field(name="projectName", zh="项目名称", en="Project", read=text(), headers=("备案内容",)),
        Field(
            name="filedOn", zh="备案日期", en="Filed on", read=day, role=Role.EFFECTIVE_ON, is_required=True,
            graphql="Date", headers=("告知日期", "受理日期"), sample="2026-03-01",
        ),
        Field(
            name="validTo", zh="有效期止", en="Valid to; this day is still valid", read=day, role=Role.VALID_TO,
            graphql="Date", headers=("备案有效期止", "有效期至"), sample="2029-02-28",
        ),
        replace(ISSUER_NAME, zh="备案机关", en="Authority it is filed with", headers=("备案部门", "受理机关")),
        replace(ISSUER_CODE, zh="备案机关统一社会信用代码", en="Credit code of the authority", headers=()),
    ),
    identity=("filingNumber",),
    basis="《安全生产法》第四十条（重大危险源备案）；《生产安全事故应急预案管理办法》（待核）；"
    "《安全评价检测检验机构管理办法》（跨省告知，待核）",
    checks=(in_order("filedOn", "validTo"),),
)  # fmt: skip
