"""企业基本情况: what decides who must hold which certificate: trade, size, and the classes of 安全生产法 art. 27.

Sections are those of GB/T 4754. A further class of firms is a member of Activity and a field beside `isMine`.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from schema.fields import Choice, Coded, day, integer, mask_name, person_name, text, yes_no
from schema.kinds.parts import ADDRESS, CREDIT_CODE, FIRM_NAME, REGION
from schema.record import Audience, Family, Field, Finding, Kind, Role, Tier, finding


class IndustrySection(Coded):
    """行业门类 Sections of GB/T 4754-2017 (待核)."""

    A = ("农、林、牧、渔业", "Agriculture, forestry and fishing", "A")
    B = ("采矿业", "Mining", "B")
    C = ("制造业", "Manufacturing", "C")
    D = ("电力、热力、燃气及水生产和供应业", "Electricity, heat, gas and water", "D")
    E = ("建筑业", "Construction", "E")
    F = ("批发和零售业", "Wholesale and retail", "F")
    G = ("交通运输、仓储和邮政业", "Transport, storage and post", "G")
    H = ("住宿和餐饮业", "Accommodation and catering", "H")
    I = ("信息传输、软件和信息技术服务业", "Information and software", "I")  # noqa: E741 - the section's letter
    J = ("金融业", "Finance", "J")
    K = ("房地产业", "Real estate", "K")
    L = ("租赁和商务服务业", "Leasing and business services", "L")
    M = ("科学研究和技术服务业", "Research and technical services", "M")
    N = ("水利、环境和公共设施管理业", "Water, environment and public facilities", "N")
    O = ("居民服务、修理和其他服务业", "Household and other services", "O")  # noqa: E741 - the section's letter
    P = ("教育", "Education", "P")
    Q = ("卫生和社会工作", "Health and social work", "Q")
    R = ("文化、体育和娱乐业", "Culture, sports and entertainment", "R")
    S = ("公共管理、社会保障和社会组织", "Public administration and social organisations", "S")
    T = ("国际组织", "International organisations", "T")


class Activity(Coded):
    """企业活动 What a firm does that the law looks at (安全生产法第二十四条、第二十七条)."""

    HAZARDOUS_GOODS = ("危险物品", "Dangerous goods")
    HAZARDOUS_PRODUCTION = ("危险物品生产", "Production of dangerous goods")
    HAZARDOUS_STORAGE = ("危险物品储存", "Storage of dangerous goods")
    HAZARDOUS_HANDLING = ("危险物品装卸", "Loading and unloading of dangerous goods")
    HAZARDOUS_TRADE = ("危险物品经营", "Trade in dangerous goods")
    MINING = ("矿山", "Mining")
    METAL_SMELTING = ("金属冶炼", "Metal smelting")
    CONSTRUCTION = ("建筑施工", "Construction")
    TRANSPORT = ("运输", "Transport")


ACTIVITY_FIELDS: Mapping[str, Activity] = {
    "isHazardousGoods": Activity.HAZARDOUS_GOODS,
    "isHazardousProduction": Activity.HAZARDOUS_PRODUCTION,
    "isHazardousStorage": Activity.HAZARDOUS_STORAGE,
    "isHazardousHandling": Activity.HAZARDOUS_HANDLING,
    "isHazardousTrade": Activity.HAZARDOUS_TRADE,
    "isMine": Activity.MINING,
    "isMetalSmelting": Activity.METAL_SMELTING,
    "isConstruction": Activity.CONSTRUCTION,
    "isTransport": Activity.TRANSPORT,
}
"""Which field says whether a firm does what. A field that is empty says nothing: neither yes nor no."""

PARTS_OF_HAZARDOUS = frozenset(
    {
        Activity.HAZARDOUS_PRODUCTION,
        Activity.HAZARDOUS_STORAGE,
        Activity.HAZARDOUS_HANDLING,
        Activity.HAZARDOUS_TRADE,
    }
)
"""Whoever does one of these deals in dangerous goods."""


def _parts_fit(values: Mapping[str, Any]) -> Iterable[Finding]:
    """A firm that has nothing to do with dangerous goods does not produce, store, handle or trade them."""
    if values.get("isHazardousGoods") is False:
        for name, activity in ACTIVITY_FIELDS.items():
            if activity in PARTS_OF_HAZARDOUS and values.get(name) is True:
                yield finding("VALUES_CONTRADICT", name, other="isHazardousGoods")


class OperatingStatus(Coded):
    """经营状态 Whether the firm works."""

    OPERATING = ("在业", "Operating", "", "存续", "正常", "在营")
    SUSPENDED = ("停产停业", "Suspended", "", "停产", "停业")
    CLOSED = ("注销", "Closed", "", "关闭", "吊销")


def _class(name: str, zh: str, en: str, *headers: str, sample: str = "否") -> Field:
    return Field(
        name=name, zh=zh, en=en, read=yes_no, tier=Tier.PUBLIC, graphql="Boolean", headers=headers, sample=sample
    )


ENTERPRISE_PROFILE = Kind(
    name="ENTERPRISE_PROFILE",
    zh="企业基本情况",
    en="Profile of a firm",
    family=Family.PROFILE,
    audience=Audience.SUBJECT,
    fields=(
        CREDIT_CODE,
        FIRM_NAME,
        REGION,
        ADDRESS,
        Field(
            name="industrySection", zh="行业门类", en="Section of GB/T 4754", read=Choice(IndustrySection),
            is_required=True, tier=Tier.PUBLIC, graphql="IndustrySection", headers=("行业", "所属行业"),
            sample="制造业",
        ),
        Field(
            name="industryCode", zh="行业代码", en="Class of GB/T 4754", read=text(8), tier=Tier.PUBLIC,
            headers=("国民经济行业代码", "行业小类"), sample="2614",
        ),
        _class(
            "isHazardousGoods", "是否危险物品单位", "Produces, trades, stores or handles dangerous goods",
            "危险物品单位", "是否危险化学品企业", sample="是",
        ),
        _class(
            "isHazardousProduction", "是否危险物品生产单位", "Produces dangerous goods",
            "危险物品生产单位", "是否危险化学品生产企业", sample="是",
        ),
        _class(
            "isHazardousStorage", "是否危险物品储存单位", "Stores dangerous goods",
            "危险物品储存单位", "是否危险化学品储存企业",
        ),
        _class(
            "isHazardousHandling", "是否危险物品装卸单位", "Loads and unloads dangerous goods",
            "危险物品装卸单位", "是否危险化学品装卸企业",
        ),
        _class(
            "isHazardousTrade", "是否危险物品经营单位", "Trades in dangerous goods",
            "危险物品经营单位", "是否危险化学品经营企业",
        ),
        _class("isMine", "是否矿山", "Mine", "矿山企业"),
        _class("isMetalSmelting", "是否金属冶炼", "Metal smelting", "金属冶炼企业"),
        _class("isConstruction", "是否建筑施工", "Construction", "建筑施工企业"),
        _class("isTransport", "是否运输单位", "Transport", "道路运输企业"),
        Field(
            name="staffCount", zh="从业人员数", en="People employed", read=integer(0, 10**7), graphql="Int",
            headers=("职工人数", "员工人数"), sample="120",
        ),
        Field(
            name="legalRepresentative", zh="法定代表人", en="Legal representative", read=person_name,
            tier=Tier.PERSONAL, mask=mask_name, headers=("法人代表", "法人"), sample="示例李四",
        ),
        Field(
            name="operatingStatus", zh="经营状态", en="Whether it works", read=Choice(OperatingStatus),
            tier=Tier.PUBLIC, graphql="OperatingStatus", headers=("企业状态", "登记状态"), sample="在业",
        ),
        Field(
            name="statedOn", zh="信息日期", en="As of", read=day, role=Role.EFFECTIVE_ON, is_required=True,
            graphql="Date", headers=("数据日期", "填报日期"), sample="2026-03-01",
        ),
    ),
    identity=("creditCode",),
    fresh_days=31,  # what a firm is and does changes over months; it is stated as of a month
    basis="《安全生产法》第二十四条（超过一百人的配备要求）、第二十七条（须考核合格的单位）；GB/T 4754-2017（待核）",
    checks=(_parts_fit,),
)  # fmt: skip
