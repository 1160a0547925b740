"""建筑施工企业安管人员考核合格证 (A, B, C1, C2, C3): bound to one employer, valid nation-wide, moved by 转出 and 转入.

`national` names are those of the collection interface of the national construction platform. Its photo, education
and titles are left out on purpose: nobody who relies on the certificate needs them (《个人信息保护法》第六条).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from schema.fields import Choice, Coded, mask_certificate_number
from schema.kinds.parts import (
    CERTIFICATE_CHECKS,
    CERTIFICATE_FIELDS,
    CREDIT_CODE,
    EMPLOYER_NAME,
    GENDER,
    ID_NUMBER,
    NINETY_DAYS,
    NUMBER,
    PERSON_NAME,
    PLATFORM_CHECKS,
    PLATFORM_FIELDS,
    needed_when,
)
from schema.record import Audience, Family, Field, Finding, Kind, finding


class ManagerClass(Coded):
    """安管人员类别 A the firm's principals, B project managers, C full-time safety managers by trade."""

    A = ("企业主要负责人", "Principal of the firm", "A", "A类", "A证")
    B = ("项目负责人", "Project manager", "B", "B类", "B证")
    C1 = ("机械类专职安全生产管理人员", "Safety manager, machinery", "C1", "C1类", "C1证")
    C2 = ("土建类专职安全生产管理人员", "Safety manager, civil works", "C2", "C2类", "C2证")
    C3 = ("综合类专职安全生产管理人员", "Safety manager, general", "C3", "C3类", "C3证")


class JobTitle(Coded):
    """职务 The holder's position at the employer."""

    LEGAL_REPRESENTATIVE = ("法定代表人", "Legal representative", "01")
    GENERAL_MANAGER = ("总经理（总裁）", "General manager", "02")
    DEPUTY_FOR_SAFETY = ("分管安全生产的副总经理（副总裁）", "Deputy manager for safety", "03")
    DEPUTY_FOR_PRODUCTION = ("分管生产经营的副总经理（副总裁）", "Deputy manager for production", "04")
    TECHNICAL_DIRECTOR = ("技术负责人", "Technical director", "05")
    SAFETY_DIRECTOR = ("安全总监", "Safety director", "06")
    PROJECT_MANAGER = ("项目负责人（项目经理）", "Project manager", "07")
    SAFETY_MANAGER = ("专职安全生产管理人员", "Full-time safety manager", "08")
    OTHER = ("其他", "Other", "99")


_CLASS_IN_NUMBER = re.compile(r"建安([ABC][123]?)（\d{4}）")


def _class_in_number(values: Mapping[str, Any]) -> Iterable[Finding]:
    stated = _CLASS_IN_NUMBER.search(values.get("number", ""))
    reported = values.get("managerClass")
    # Plain C is the class before C1 to C3; such certificates are exchanged one by one.
    if stated and reported and not reported.startswith(stated[1]):
        yield finding("CERTIFICATE_NUMBER_INVALID", "number", mask_certificate_number(values["number"]))


CONSTRUCTION_SAFETY_MANAGER = Kind(
    name="CONSTRUCTION_SAFETY_MANAGER",
    zh="建筑施工企业安全生产管理人员考核合格证书",
    en="Construction safety manager certificate",
    family=Family.CERTIFICATE,
    audience=Audience.SUBJECT,
    fields=(
        replace(NUMBER, sample="沪建安C3（2026）0000001"),
        PERSON_NAME,
        ID_NUMBER,
        GENDER,
        Field(
            name="managerClass", zh="人员类别", en="Class of manager", read=Choice(ManagerClass), is_required=True,
            graphql="ManagerClass", headers=("类别", "安管人员类别", "证书类别"), national="categoryCode", sample="C3",
        ),
        Field(
            name="jobTitle", zh="职务", en="Position at the employer", read=Choice(JobTitle), graphql="JobTitle",
            national="appointment", sample="专职安全生产管理人员",
        ),
        CREDIT_CODE,
        *(replace(EMPLOYER_NAME, is_required=True) if part is EMPLOYER_NAME else part for part in CERTIFICATE_FIELDS),
        *PLATFORM_FIELDS,
    ),
    identity=("number",),
    basis="《安全生产法》第二十七条；住房和城乡建设部令第17号（条款待核）：有效期三年，全国有效，受聘企业唯一；"
    "电子证照 C 0317-2022",
    checks=(
        *CERTIFICATE_CHECKS,
        *PLATFORM_CHECKS,
        needed_when("previousNumber", "operation", "TRANSFER_IN"),
        _class_in_number,
    ),
    sector="HOUSING",
    type_name="Certificate",
    end_event="credential.expired",
    reminders=NINETY_DAYS,
)  # fmt: skip
