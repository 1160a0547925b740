"""项目审批事项: a firm's matter pending at an authority. It tells the hub where a flag from elsewhere matters.

Only its owner reads it. A new state of a matter is a member of ApprovalStatus.
"""

from schema.fields import Choice, Coded, day, text
from schema.kinds.parts import CREDIT_CODE, FIRM_NAME, REGION
from schema.record import Audience, Family, Field, Kind, Role


class ApprovalStatus(Coded):
    """办理状态 Where the matter stands. Only PENDING can lead to a review."""

    PENDING = ("办理中", "Pending", "", "在办", "待办")
    APPROVED = ("已批准", "Approved", "", "批准", "准予许可")
    REJECTED = ("不予批准", "Rejected", "", "不予许可", "已驳回")
    CLOSED = ("已办结", "Closed", "", "办结", "终止")


PROJECT_APPROVAL = Kind(
    name="PROJECT_APPROVAL",
    zh="项目审批事项",
    en="Project approval",
    family=Family.PRESENCE,
    audience=Audience.OWNER,
    fields=(
        CREDIT_CODE,
        FIRM_NAME,
        REGION,
        Field(
            name="matterCode", zh="事项编码", en="Code of the matter", read=text(60), is_required=True,
            headers=("事项代码",), sample="DEM-440115-0001",
        ),
        Field(
            name="caseNumber", zh="办件编号", en="Case number", read=text(60), is_required=True,
            headers=("业务流水号", "办件号"), sample="DEM202603010001",
        ),
        Field(
            name="projectName", zh="项目名称", en="Project", read=text(), is_required=True, sample="示例仓储改造项目",
        ),
        Field(
            name="status", zh="办理状态", en="State of the matter", read=Choice(ApprovalStatus),
            role=Role.REPORTED_STATUS, is_required=True, graphql="ApprovalStatus", headers=("状态", "审批状态"),
            sample="办理中",
        ),
        Field(
            name="filedOn", zh="受理日期", en="Filed on", read=day, role=Role.EFFECTIVE_ON, is_required=True,
            graphql="Date", headers=("申请日期",), sample="2026-03-01",
        ),
    ),
    identity=("caseNumber",),
    basis="《安全生产法》第七十八条（暂停项目审批等联合惩戒措施）；事项由所在地审批机关登记，仅供本机关触发重点核查",
    type_name="Matter",
)  # fmt: skip
