"""初级注册安全工程师: registered by a province and in principle good only there; other places decide for themselves.

A new field of practice is a member of EngineerSpecialty.
"""

from dataclasses import replace

from schema.fields import Choice, Coded
from schema.kinds.parts import (
    CERTIFICATE_CHECKS,
    CERTIFICATE_FIELDS,
    CREDIT_CODE,
    GENDER,
    ID_NUMBER,
    NUMBER,
    PERSON_NAME,
)
from schema.record import Audience, Family, Field, Kind


class EngineerSpecialty(Coded):
    """专业类别 The field an engineer is registered for."""

    COAL_MINE = ("煤矿安全", "Coal mines")
    OTHER_MINE = ("金属非金属矿山安全", "Metal and other mines")
    CHEMICAL = ("化工安全", "Chemical industry")
    METALLURGY = ("金属冶炼安全", "Metallurgy")
    CONSTRUCTION = ("建筑施工安全", "Construction")
    ROAD_TRANSPORT = ("道路运输安全", "Road transport")
    OTHER = ("其他安全", "Other, fire safety excepted", "", "其他安全（不包括消防安全）")


ASSISTANT_SAFETY_ENGINEER = Kind(
    name="ASSISTANT_SAFETY_ENGINEER",
    zh="初级注册安全工程师注册证",
    en="Assistant registered safety engineer",
    family=Family.CERTIFICATE,
    audience=Audience.SUBJECT,
    fields=(
        replace(NUMBER, headers=(*NUMBER.headers, "注册证号", "执业证号", "注册编号"), sample="DEM20260000001"),
        PERSON_NAME,
        ID_NUMBER,
        GENDER,
        Field(
            name="specialty", zh="专业类别", en="Field of practice", read=Choice(EngineerSpecialty), is_required=True,
            graphql="EngineerSpecialty", headers=("专业", "注册类别", "执业类别"), sample="化工安全",
        ),
        replace(CREDIT_CODE, is_required=False),
        *CERTIFICATE_FIELDS,
    ),
    identity=("number",),
    basis="注册安全工程师分类管理规定：原则上在所在行政区域内有效，各地可制定跨区域认可办法；注册有效期五年",
    checks=CERTIFICATE_CHECKS,
    end_event="credential.expired",
    type_name="Certificate",
)  # fmt: skip
