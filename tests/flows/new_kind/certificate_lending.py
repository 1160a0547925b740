"""出借证书: an invented flag on a person, which shares its type with RISK_FLAG; for tests/flows/test_new_kind.py.

Its columns mean other things than RISK_FLAG's: `name` is a person's, the day in effect is called otherwise.
"""

from dataclasses import replace

from schema.fields import Choice, day, text
from schema.kinds.parts import CREDIT_CODE, DECISION_NUMBER, ID_NUMBER, PERSON_NAME, REGION, RiskBand
from schema.record import Audience, Family, Field, Kind, Role, Tier

CERTIFICATE_LENDING = Kind(
    name="CERTIFICATE_LENDING",
    zh="出借证书",
    en="Lending of a certificate",
    family=Family.ADVERSE,
    audience=Audience.AUTHORITY,
    fields=(
        PERSON_NAME,
        ID_NUMBER,
        replace(CREDIT_CODE, is_required=False),
        REGION,
        replace(DECISION_NUMBER, is_required=True),
        Field(name="severity", zh="严重程度", en="Severity", read=Choice(RiskBand), role=Role.BAND, is_required=True,
              tier=Tier.PUBLIC, graphql="RiskBand", sample="橙"),
        Field(name="foundOn", zh="发现日期", en="Found on", read=day, role=Role.EFFECTIVE_ON, is_required=True,
              graphql="Date", sample="2026-03-01"),
        Field(name="decidedOn", zh="决定日期", en="Decided on", read=day, graphql="Date", role=Role.VALID_FROM,
              sample="2026-03-05"),
        Field(name="lentTo", zh="借用单位", en="Borrower", read=text(), sample="示例乙公司"),
        Field(name="liftedOn", zh="移出日期", en="Lifted on", read=day, role=Role.LIFTED_ON, graphql="Date"),
    ),
    identity=("idNumber", "decisionNumber"),
    basis="示例，无法律依据",
    type_name="RiskFlag",
)  # fmt: skip
