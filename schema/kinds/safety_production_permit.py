"""安全生产许可证: a firm's licence to produce, for the five trades that need one. Good at the place it names.

A new trade is a member of PermitTrade.
"""

from dataclasses import replace

from schema.fields import Choice, Coded, mask_name, paragraphs, person_name
from schema.kinds.parts import (
    ADDRESS,
    CERTIFICATE_CHECKS,
    CREDIT_CODE,
    DOCUMENT_FIELDS,
    FIRM_NAME,
    NINETY_DAYS,
    NUMBER,
    REGION,
)
from schema.record import Audience, Family, Field, Kind, Tier


class PermitTrade(Coded):
    """许可行业 The trades that need a licence to produce."""

    MINE = ("矿山企业", "Mining", "", "非煤矿山", "煤矿", "矿山")
    CONSTRUCTION = ("建筑施工企业", "Construction", "", "建筑施工")
    HAZARDOUS_CHEMICALS = (
        "危险化学品生产企业",
        "Production of hazardous chemicals",
        "",
        "危险化学品",
        "危险化学品生产",
    )
    FIREWORKS = ("烟花爆竹生产企业", "Production of fireworks", "", "烟花爆竹", "烟花爆竹生产")
    CIVIL_EXPLOSIVES = ("民用爆炸物品生产企业", "Production of civil explosives", "", "民用爆炸物品")


SAFETY_PRODUCTION_PERMIT = Kind(
    name="SAFETY_PRODUCTION_PERMIT",
    zh="安全生产许可证",
    en="Safety production licence",
    family=Family.PERMIT,
    audience=Audience.PARTNER,
    fields=(
        replace(NUMBER, zh="许可证编号", en="Number of the licence", tier=Tier.PUBLIC, national=None,
                headers=("证书编号", "许可证号", "编号"), sample="（粤）WH安许证字〔2026〕0001"),
        CREDIT_CODE,
        FIRM_NAME,
        REGION,
        Field(
            name="trade", zh="许可行业", en="Trade licensed", read=Choice(PermitTrade), is_required=True,
            tier=Tier.PUBLIC, graphql="PermitTrade", headers=("企业类型", "行业"), sample="危险化学品生产企业",
        ),
        Field(
            name="scope", zh="许可范围", en="Scope", read=paragraphs(), tier=Tier.PUBLIC, headers=("许可内容",),
            sample="示例产品，每年1000吨",
        ),
        ADDRESS,
        Field(
            name="legalRepresentative", zh="主要负责人", en="Principal as printed", read=person_name,
            tier=Tier.PERSONAL, mask=mask_name, headers=("企业负责人", "法定代表人"),
        ),
        *DOCUMENT_FIELDS,
    ),
    identity=("number",),
    type_name="Permit",
    basis="《安全生产许可证条例》第九条：有效期三年，届满前三个月办理延期；未发生死亡事故的，经同意不再审查；"
    "适用行业第二条（待核）",
    checks=CERTIFICATE_CHECKS,
    end_event="permit.expired",
    reminders=NINETY_DAYS,
)  # fmt: skip
