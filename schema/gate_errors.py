"""What is refused at a gate. A part of ERRORS in errors.py; add the next such code here."""

from schema.error_code import ErrorCode
from schema.error_code import error_code as _error

GATE_ERRORS: tuple[ErrorCode, ...] = (
    _error(
        "DIVISION_UNKNOWN",
        422,
        "没有行政区划 {region}",
        "There is no division {region}",
        "核对六位行政区划代码（开发区填所在市的）",
        "Check the six digits; of a development zone those of its city",
    ),
    _error(
        "GATE_REGION_FOREIGN",
        403,
        "办理地 {region} 不在本单位辖区内，关卡由当地机关核验",
        "Division {region} lies outside your jurisdiction; its gates are kept by the authority there",
        "填写本辖区内的办理地；异地企业到本地办理的，填本地区划",
        "Give a division of your own; for a firm from elsewhere that is where its matter is dealt with",
    ),
)
