"""安全评价检测检验机构资质: the qualification of an institution. Work in another province is told there first.

A new sort of institution is a member of InstitutionType; the notice itself is a FILING.
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


class InstitutionType(Coded):
    """机构类型 What the institution is qualified for."""

    ASSESSMENT = ("安全评价机构", "Safety assessment", "", "安全评价")
    INSPECTION = ("安全生产检测检验机构", "Testing and inspection", "", "检测检验", "检测检验机构")


ASSESSMENT_INSTITUTION = Kind(
    name="ASSESSMENT_INSTITUTION",
    zh="安全评价检测检验机构资质",
    en="Qualification of a safety assessment or testing institution",
    family=Family.PERMIT,
    audience=Audience.PARTNER,
    fields=(
        replace(NUMBER, zh="资质证书编号", en="Number of the qualification", tier=Tier.PUBLIC, national=None,
                headers=("证书编号", "资质编号", "编号"), sample="APJ-（粤）-001"),
        CREDIT_CODE,
        replace(FIRM_NAME, zh="机构名称", en="Name of the institution", headers=("单位名称", "企业名称"),
                sample="示例安全评价有限公司"),
        REGION,
        Field(
            name="institutionType", zh="机构类型", en="Sort of institution", read=Choice(InstitutionType),
            is_required=True, tier=Tier.PUBLIC, graphql="InstitutionType", headers=("资质类型", "资质类别"),
            sample="安全评价机构",
        ),
        Field(
            name="scope", zh="业务范围", en="Scope", read=paragraphs(), is_required=True, tier=Tier.PUBLIC,
            headers=("资质范围", "检测检验项目"), sample="石油加工业，化学原料、化学品及医药制造业",
        ),
        ADDRESS,
        Field(
            name="technicalDirector", zh="技术负责人", en="Technical director", read=person_name, tier=Tier.PERSONAL,
            mask=mask_name,
        ),
        *DOCUMENT_FIELDS,
    ),
    identity=("number",),
    type_name="Permit",
    basis="《安全评价检测检验机构管理办法》（应急管理部令第1号）：有效期五年，跨省开展业务事先书面告知（均待核）",
    checks=CERTIFICATE_CHECKS,
    end_event="permit.expired",
    reminders=NINETY_DAYS,
)  # fmt: skip
