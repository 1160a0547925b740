"""企业安全风险分级: the colour an authority gives a firm under a named scheme, with the score it came from.

Raw scores of two schemes are never compared; a new scheme is a value of `scheme`, not a change of code.
"""

from dataclasses import replace

from schema.fields import Choice, day, decimal, text
from schema.kinds.parts import (
    CREDIT_CODE,
    DECISION_NUMBER,
    FIRM_NAME,
    ISSUER_CODE,
    ISSUER_NAME,
    LEGAL_BASIS,
    REGION,
    RiskBand,
    in_order,
    needed_when,
)
from schema.record import Audience, Family, Field, Kind, Role, Tier

RISK_GRADING = Kind(
    name="RISK_GRADING",
    zh="企业安全风险等级",
    en="Risk grading of a firm",
    family=Family.RISK,
    audience=Audience.SUBJECT,
    fields=(
        CREDIT_CODE,
        FIRM_NAME,
        REGION,
        Field(
            name="scheme", zh="分级办法", en="Grading scheme", read=text(100), is_required=True, tier=Tier.PUBLIC,
            headers=("评定办法", "分级标准"), sample="应急〔2018〕19号",
        ),
        Field(name="methodVersion", zh="办法版本", en="Version of the scheme", read=text(40), sample="2018"),
        Field(
            name="score", zh="评分", en="Score under the scheme", read=decimal("-100000", "100000"), graphql="Float",
            headers=("得分", "分值"), sample="82.5",
        ),
        Field(
            name="band", zh="风险等级", en="Risk band", read=Choice(RiskBand), role=Role.BAND, is_required=True,
            graphql="RiskBand", headers=("安全风险等级", "风险颜色", "等级"), sample="黄",
        ),
        Field(
            name="assessedOn", zh="评定日期", en="Assessed on", read=day, role=Role.EFFECTIVE_ON, is_required=True,
            graphql="Date", headers=("评估日期",), sample="2026-03-01",
        ),
        Field(
            name="reassessBy", zh="应复评日期", en="To be assessed again by", read=day, role=Role.REVIEW_DUE_ON,
            graphql="Date", headers=("复评日期",), sample="2029-02-28",
        ),
        replace(LEGAL_BASIS, headers=(*LEGAL_BASIS.headers, "评定依据")),
        DECISION_NUMBER,
        replace(ISSUER_NAME, zh="评定机关", en="Assessing authority", headers=("评定单位",)),
        replace(ISSUER_CODE, zh="评定机关统一社会信用代码", en="Credit code of the assessing authority", headers=()),
    ),
    identity=("creditCode", "scheme"),
    fresh_days=92,  # assessed anew once a year or less; a change of band is published when it is decided
    basis="《安全生产法》第四十一条（风险分级管控）；化工企业：应急〔2018〕19号",
    checks=(
        in_order("assessedOn", "reassessBy"),
        needed_when("legalBasis", "band", "RED", "LEGAL_BASIS_REQUIRED"),
        needed_when("decisionNumber", "band", "RED", "LEGAL_BASIS_REQUIRED"),
    ),
)  # fmt: skip
