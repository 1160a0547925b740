"""应急救援人员证: an invented certificate, which shares its type with the others, for tests/flows/test_new_kind.py."""

from dataclasses import replace

from schema.fields import Choice, Coded
from schema.kinds.parts import CERTIFICATE_CHECKS, CERTIFICATE_FIELDS, CREDIT_CODE, ID_NUMBER, NUMBER, PERSON_NAME
from schema.record import Audience, Family, Field, Kind


class RescueLevel(Coded):
    """救援等级 How far the holder was trained."""

    BASIC = ("初级", "Basic")
    FULL = ("高级", "Full")


RESCUE_CERTIFICATE = Kind(
    name="RESCUE_CERTIFICATE",
    zh="应急救援人员证",
    en="Rescue certificate",
    family=Family.CERTIFICATE,
    audience=Audience.SUBJECT,
    fields=(
        replace(NUMBER, sample="DEM-救-0001"),
        PERSON_NAME,
        ID_NUMBER,
        CREDIT_CODE,
        *CERTIFICATE_FIELDS,
        Field(name="rescueLevel", zh="救援等级", en="Level", read=Choice(RescueLevel), graphql="RescueLevel",
              sample="高级"),
    ),
    identity=("idNumber",),
    basis="示例，无法律依据",
    checks=CERTIFICATE_CHECKS,
    end_event="credential.expired",
    type_name="Certificate",
)  # fmt: skip
