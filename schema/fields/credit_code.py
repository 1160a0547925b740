"""统一社会信用代码 Unified social credit code (GB 32100-2015): 18 characters, the last a check character MOD 31.

What the code says about where a firm is (characters 3-8) is where it was first registered: only a warning.
"""

from functools import lru_cache
from operator import mul

from schema.fields.id_number import is_id_number
from schema.fields.reading import Unreadable, compact, show, without_separators
from schema.regions import region

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""No I, O, S, V, Z."""

_VALUES = {character: value for value, character in enumerate(ALPHABET)}
_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))


def credit_code(raw: object) -> str:
    """The code in its canonical form. 15-digit registration numbers and organisation codes are refused."""
    if isinstance(raw, str) and len(raw) == 18 and _is_canonical(raw):
        return raw
    code = without_separators(compact(raw, "CREDIT_CODE_INVALID"))
    if len(code) != 18 or not _holds(code) or _is_misplaced_id(code):
        raise Unreadable("CREDIT_CODE_INVALID", show(raw))
    return code


def credit_code_check(first_17: str) -> str:
    """The 18th character. Raises KeyError for a character outside the alphabet."""
    total = sum(map(mul, map(_VALUES.__getitem__, first_17), _WEIGHTS))
    return ALPHABET[-total % 31]


def organisation_check(first_8: str) -> str:
    """The 9th character of an organisation code (GB 11714), which stands inside a credit code as its 17th."""
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    remainder = sum(int(character, 36) * weight for character, weight in zip(first_8, weights, strict=True)) % 11
    return "0X987654321"[remainder]


def credit_code_warning(code: str) -> str | None:
    """REGION_UNKNOWN when the registering division is in neither table, as 3.6 % of real codes are."""
    return None if region(code[2:8]) else "REGION_UNKNOWN"


def _is_misplaced_id(code: str) -> bool:
    """One ID number in 31 also passes this check; in this column it would be public."""
    return is_id_number(code) and region(code[2:8]) is None


@lru_cache(maxsize=20_000)
def _is_canonical(code: str) -> bool:
    """Whether it is a code as it should be written: many records name the same firm."""
    return code.isascii() and code.isalnum() and code.upper() == code and _holds(code) and not _is_misplaced_id(code)


def _holds(code: str) -> bool:
    try:
        return credit_code_check(code[:17]) == code[17]
    except KeyError:
        return False
