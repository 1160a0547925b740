"""证书编号 Certificate numbers: of any certificate, and of the 特种作业操作证, whose number is T + ID number.

Add a number with a shape of its own here.
"""

import re

from schema.fields.id_number import is_id_number, lost_digits
from schema.fields.masking import mask_certificate_number
from schema.fields.reading import Unreadable, compact

_BRACKETS = str.maketrans("()", "（）")
_ALLOWED = re.compile(r"[0-9A-Z\u3400-\u9fff（）\[\]〔〕【】·./#-]{4,64}")
_SCIENTIFIC = re.compile(r"T?\d(\.\d+)?E\+?\d+", re.ASCII)


def certificate_number(raw: object) -> str:
    """Half-width, upper case, no blanks; round brackets full-width, as the national platform has them."""
    if isinstance(raw, int | float) and not isinstance(raw, bool) and abs(raw) >= 10**15:
        raise lost_digits(raw)
    number = compact(raw, "CERTIFICATE_NUMBER_INVALID").translate(_BRACKETS)
    if _SCIENTIFIC.fullmatch(number):
        raise Unreadable("ID_NUMBER_AS_NUMBER", number[:5] + "…", is_masked=True)
    if not _ALLOWED.fullmatch(number):
        raise Unreadable("CERTIFICATE_NUMBER_INVALID", mask_certificate_number(number[:64]), is_masked=True)
    return number


def special_operation_number(raw: object) -> str:
    """`T` + ID number. The bare ID number is taken too, as some offices leave the T out."""
    number = certificate_number(raw).replace("-", "")
    if is_id_number(number):
        return f"T{number}"
    if not number.startswith("T") or not is_id_number(number[1:]):
        raise Unreadable("CERTIFICATE_NUMBER_INVALID", _masked(number), is_masked=True)
    return number


def _masked(number: str) -> str:
    # Not conceal(): a wrong number may not look like an ID number any more, and still be almost one.
    return number[:7] + "*" * max(len(number) - 11, 0) + number[-4:] if len(number) > 11 else number[:1] + "***"
