"""初级注册安全工程师: registered by a province and in principle good only there; other places decide for themselves.

A new field of practice is a member of EngineerSpecialty (parts.py).
"""

from dataclasses import replace

from schema.kinds.parts import (
    CERTIFICATE_CHECKS,
    CERTIFICATE_FIELDS,
    CREDIT_CODE,
    GENDER,
    ID_NUMBER,
    NINETY_DAYS,
    PERSON_NAME,
    REGISTRATION_NUMBER,
    SPECIALTY,
)
from schema.record import Audience, Family, Kind

ASSISTANT_SAFETY_ENGINEER = Kind(
    name="ASSISTANT_SAFETY_ENGINEER",
    zh="初级注册安全工程师注册证",
    en="Assistant registered safety engineer",
    family=Family.CERTIFICATE,
    audience=Audience.SUBJECT,
    fields=(
        REGISTRATION_NUMBER,
        PERSON_NAME,
        ID_NUMBER,
        GENDER,
        SPECIALTY,
        replace(CREDIT_CODE, is_required=False),
        *CERTIFICATE_FIELDS,
    ),
    identity=("number",),
    basis="注册安全工程师分类管理规定：原则上在所在行政区域内有效，各地可制定跨区域认可办法；注册有效期五年",
    checks=CERTIFICATE_CHECKS,
    type_name="Certificate",
    end_event="credential.expired",
    reminders=NINETY_DAYS,
)  # fmt: skip
