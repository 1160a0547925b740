"""安全生产知识和管理能力考核合格证: principals and safety managers examined by the emergency-management authority.

A new person type is a member of PersonType.
"""

from dataclasses import replace

from schema.fields import Choice, Coded, KnownWords, integer, text
from schema.kinds.parts import (
    CERTIFICATE_CHECKS,
    CERTIFICATE_FIELDS,
    CREDIT_CODE,
    GENDER,
    ID_NUMBER,
    NUMBER,
    PERSON_NAME,
    SIXTY_DAYS,
)
from schema.record import Audience, Family, Field, Kind, Tier


class PersonType(Coded):
    """人员类型 In which role the holder was examined."""

    PRINCIPAL = ("主要负责人", "Principal", "", "企业主要负责人", "单位主要负责人")
    SAFETY_MANAGER = ("安全生产管理人员", "Safety manager", "", "安全管理人员", "安全员")


SAFETY_MANAGEMENT = Kind(
    name="SAFETY_MANAGEMENT",
    zh="安全生产知识和管理能力考核合格证",
    en="Certificate of safety knowledge and management ability",
    family=Family.CERTIFICATE,
    audience=Audience.SUBJECT,
    fields=(
        # The number is the holder's ID number in the practice of many provinces (待核), hence protected like it.
        replace(NUMBER, tier=Tier.SENSITIVE, sample="990000198506150010"),
        PERSON_NAME,
        ID_NUMBER,
        GENDER,
        Field(
            name="personType", zh="人员类型", en="Role examined for", read=Choice(PersonType), is_required=True,
            graphql="PersonType", headers=("人员类别", "资格类型"), sample="主要负责人",
        ),
        Field(
            name="industryCategory", zh="行业类别", en="Industry", read=text(60), is_required=True,
            headers=("行业", "单位类型"), warn=KnownWords("industry_categories.csv", ("name",)),
            sample="危险化学品经营",
        ),
        replace(CREDIT_CODE, is_required=False),
        *CERTIFICATE_FIELDS,
        Field(
            name="retrainingHours", zh="再培训学时", en="Retraining in the last 12 months, hours",
            read=integer(0, 2000), graphql="Int", headers=("近一年再培训学时", "再培训课时"), sample="16",
        ),
    ),
    identity=("number", "personType", "industryCategory"),
    basis="《安全生产法》第二十七条；有效期三年。全国通用无明文规定，跨省使用由使用地决定（待核）",
    checks=CERTIFICATE_CHECKS,
    number_is_personal=True,
    sector="EMERGENCY",
    type_name="Certificate",
    end_event="credential.expired",
    reminders=SIXTY_DAYS,
)  # fmt: skip
