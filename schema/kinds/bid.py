"""投标: a firm bids for a project here. It tells the hub where a flag from elsewhere matters; only its owner reads it.

A new state is a member of BidStatus.
"""

from schema.fields import Choice, Coded, day, text
from schema.kinds.parts import CREDIT_CODE, FIRM_NAME, REGION
from schema.record import Audience, Family, Field, Kind, Role


class BidStatus(Coded):
    """投标状态 Where the bid stands."""

    SUBMITTED = ("已投标", "Submitted", "", "投标", "评审中")
    SHORTLISTED = ("中标候选", "Shortlisted", "", "中标候选人")
    WON = ("中标", "Won", "", "已中标")
    LOST = ("未中标", "Lost")
    WITHDRAWN = ("撤回", "Withdrawn", "", "撤标", "废标")


BID = Kind(
    name="BID",
    zh="投标",
    en="Bid for a project",
    family=Family.PRESENCE,
    audience=Audience.OWNER,
    fields=(
        CREDIT_CODE,
        FIRM_NAME,
        REGION,
        Field(
            name="tenderNumber", zh="招标项目编号", en="Number of the tender", read=text(60), is_required=True,
            headers=("项目编号", "标段编号"), sample="DEM-440100-2026-001",
        ),
        Field(
            name="projectName", zh="项目名称", en="Project", read=text(), is_required=True, headers=("标段名称",),
            sample="示例厂房工程",
        ),
        Field(
            name="bidStatus", zh="投标状态", en="State of the bid", read=Choice(BidStatus), is_required=True,
            graphql="BidStatus", headers=("状态",), sample="已投标",
        ),
        Field(
            name="bidOn", zh="投标日期", en="Bid on", read=day, role=Role.EFFECTIVE_ON, is_required=True,
            graphql="Date", headers=("递交日期",), sample="2026-03-01",
        ),
    ),
    identity=("creditCode", "tenderNumber"),
    basis="《招标投标法》（投标人资格审查，条款待核）；《安全生产法》第七十八条；由所在地登记，仅供本机关触发重点核查",
)  # fmt: skip
