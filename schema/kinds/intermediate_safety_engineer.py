"""中级注册安全工程师: registered nation-wide with one unit; NR-000000-0004 in recognition_rules.py is its rule.

Beside it stands 初级 (assistant_safety_engineer.py). A new field of practice is a member of EngineerSpecialty.
"""

from dataclasses import replace

from schema.kinds.parts import (
    CERTIFICATE_CHECKS,
    CERTIFICATE_FIELDS,
    CREDIT_CODE,
    EMPLOYER_NAME,
    GENDER,
    ID_NUMBER,
    NINETY_DAYS,
    PERSON_NAME,
    REGISTRATION_NUMBER,
    SPECIALTY,
)
from schema.record import Audience, Family, Kind

INTERMEDIATE_SAFETY_ENGINEER = Kind(
    name="INTERMEDIATE_SAFETY_ENGINEER",
    zh="中级注册安全工程师注册证",
    en="Intermediate registered safety engineer",
    family=Family.CERTIFICATE,
    audience=Audience.SUBJECT,
    fields=(
        REGISTRATION_NUMBER,
        PERSON_NAME,
        ID_NUMBER,
        GENDER,
        SPECIALTY,
        CREDIT_CODE,
        *(replace(EMPLOYER_NAME, is_required=True) if part is EMPLOYER_NAME else part for part in CERTIFICATE_FIELDS),
    ),
    identity=("number",),
    type_name="Certificate",
    basis="《注册安全工程师职业资格制度规定》《注册安全工程师分类管理规定》：注册有效期五年，届满前三个月内延续注册，"
    "全国有效，受聘单位唯一（条款待核）",
    checks=CERTIFICATE_CHECKS,
    end_event="credential.expired",
    reminders=NINETY_DAYS,
)
