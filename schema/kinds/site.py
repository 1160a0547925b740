"""工地与场所: a place where a firm works, often not where it is registered. It says whose jurisdiction a risk lies in.

A new sort of place is a member of SiteType.
"""

from schema.fields import Choice, Coded, day, integer, text
from schema.kinds.parts import ADDRESS, CREDIT_CODE, FIRM_NAME, REGION, in_order
from schema.record import Audience, Family, Field, Kind, Role


class SiteType(Coded):
    """场所类型 What the place is used for."""

    CONSTRUCTION = ("建筑工地", "Construction site", "", "工地", "施工现场")
    PLANT = ("生产厂区", "Plant", "", "厂区", "生产场所")
    STORAGE = ("储存场所", "Storage", "", "仓库", "储存仓库")
    MINE = ("矿山", "Mine")
    BUSINESS = ("经营场所", "Place of business", "", "门店")
    OTHER = ("其他", "Other")


SITE = Kind(
    name="SITE",
    zh="工地与场所",
    en="Site of a firm",
    family=Family.PRESENCE,
    audience=Audience.SUBJECT,
    fields=(
        CREDIT_CODE,
        FIRM_NAME,
        REGION,
        Field(
            name="siteName", zh="场所名称", en="Name of the site", read=text(), is_required=True,
            headers=("工地名称", "厂区名称"), sample="示例一号工地",
        ),
        Field(
            name="siteType", zh="场所类型", en="Sort of site", read=Choice(SiteType), is_required=True,
            graphql="SiteType", headers=("场所类别",), sample="建筑工地",
        ),
        ADDRESS,
        Field(
            name="startedOn", zh="开始日期", en="In use from", read=day, role=Role.VALID_FROM, is_required=True,
            graphql="Date", headers=("开工日期", "启用日期"), sample="2026-03-01",
        ),
        Field(
            name="endedOn", zh="结束日期", en="Last day in use", read=day, role=Role.VALID_TO, graphql="Date",
            headers=("完工日期", "停用日期"),
        ),
        Field(
            name="staffCount", zh="从业人员数", en="People working there", read=integer(0, 10**7), graphql="Int",
            headers=("作业人数", "现场人数"), sample="120",
        ),
    ),
    identity=("creditCode", "siteName"),
    basis="《安全生产法》第九条（属地监管，条款待核）、第四十九条（发包与出租场所，条款待核）",
    checks=(in_order("startedOn", "endedOn"),),
)  # fmt: skip
