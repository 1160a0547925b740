"""建筑施工特种作业操作资格证书: building trades, certified by the housing authority; not the 特种作业操作证.

Trades are data: schema/codes/construction_special_operations.csv. The platform numbers states and operations otherwise
than for 安管人员, hence the two tables here.
"""

from dataclasses import replace

from schema.fields import Choice, CodeTable, text
from schema.kinds.parts import (
    CERTIFICATE_CHECKS,
    CERTIFICATE_FIELDS,
    CREDIT_CODE,
    GENDER,
    ID_NUMBER,
    NUMBER,
    PERSON_NAME,
    PLATFORM_CHECKS,
    PLATFORM_FIELDS,
    SIXTY_DAYS,
    CertificateOperation,
    CertificateState,
    needed_when,
)
from schema.record import Audience, Family, Field, Kind

TRADES = CodeTable("construction_special_operations.csv", "code", "operation")

_STATE_CODES = (
    ("01", "VALID"), ("02", "SUSPENDED"), ("03", "REVOKED"), ("04", "RESCINDED"), ("05", "CANCELLED"),
    ("06", "LAPSED"), ("99", "OTHER"),
)  # fmt: skip
_OPERATION_CODES = (
    ("01", "ISSUE"), ("02", "RENEW"), ("03", "SUSPEND"), ("04", "LAPSE"), ("05", "CANCEL"), ("06", "RETURN"),
    ("07", "OTHER"), ("08", "CHANGE"),
)  # fmt: skip
STATES = Choice(CertificateState, only=tuple(name for _, name in _STATE_CODES), codes=_STATE_CODES)
OPERATIONS = Choice(CertificateOperation, only=tuple(name for _, name in _OPERATION_CODES), codes=_OPERATION_CODES)
_READ_OTHERWISE = {"reportedStatus": STATES, "operation": OPERATIONS}

CONSTRUCTION_SPECIAL_OPERATION = Kind(
    name="CONSTRUCTION_SPECIAL_OPERATION",
    zh="建筑施工特种作业操作资格证书",
    en="Construction special operation certificate",
    family=Family.CERTIFICATE,
    audience=Audience.SUBJECT,
    fields=(
        replace(NUMBER, sample="DEM01202600000000000000001"),
        PERSON_NAME,
        ID_NUMBER,
        GENDER,
        Field(
            name="operationCode", zh="操作类别", en="Trade", read=TRADES, is_required=True,
            headers=("工种", "工种类别", "作业类别", "操作类别代码"), national="operationCategory", sample="建筑电工",
        ),
        Field(
            name="operationNote", zh="操作类别描述", en="Trade, where the province recognises one of its own",
            read=text(100), headers=("工种描述",), national="categoryDescription",
        ),
        replace(CREDIT_CODE, is_required=False),
        *(replace(part, read=_READ_OTHERWISE.get(part.name, part.read)) for part in CERTIFICATE_FIELDS),
        *PLATFORM_FIELDS,
    ),
    identity=("number",),
    type_name="Certificate",
    basis="建筑施工特种作业人员管理规定（有效期二年、全国通用均待核）；电子证照 C 0304-2022",
    checks=(*CERTIFICATE_CHECKS, *PLATFORM_CHECKS, needed_when("operationNote", "operationCode", "99")),
    sector="HOUSING",
    end_event="credential.expired",
    reminders=SIXTY_DAYS,
)  # fmt: skip
