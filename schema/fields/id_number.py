"""公民身份号码 Citizen ID number (GB 11643-1999): division, birth date, sequence, check character (ISO 7064 MOD 11-2).

The county is not checked: numbers were assigned from 1984 on, whatever the county was called at birth.
"""

import re
from datetime import date
from functools import cache, lru_cache
from operator import mul

from schema.fields.masking import mask_id_number
from schema.fields.reading import Unreadable, compact, without_separators
from schema.regions import provinces

SYNTHETIC_PREFIX = "99"
"""No person can have it: for tests and demonstrations."""

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ZERO = ord("0") * sum(_WEIGHTS)
_SHAPE = re.compile(r"\d{17}[\dX]", re.ASCII)
_SCIENTIFIC = re.compile(r"\d(\.\d+)?E\+?\d+", re.ASCII)


def id_number(raw: object) -> str:
    """The number with an upper-case X. Raises ID_NUMBER_AS_NUMBER when a spreadsheet has already lost digits."""
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        raise lost_digits(raw)
    written = compact(raw, "ID_NUMBER_INVALID")
    if _SCIENTIFIC.fullmatch(written):
        raise lost_digits(float(written))
    number = without_separators(written)
    if not is_id_number(number):
        raise Unreadable("ID_NUMBER_INVALID", mask_id_number(number[:40]), is_masked=True)
    return number


def is_id_number(number: str) -> bool:
    """Whether shape, province, birth date and check character hold."""
    return (
        _SHAPE.fullmatch(number) is not None
        and number[:2] in _prefixes()
        and _is_birth_date(number[6:14])
        and id_number_check(number[:17]) == number[17]
    )


def id_number_check(first_17: str) -> str:
    """The 18th character."""
    total = sum(map(mul, first_17.encode(), _WEIGHTS)) - _ZERO
    return "10X98765432"[total % 11]


def lost_digits(raw: int | float) -> Unreadable:
    """The refusal of an ID number that arrives as a number; short ones are simply wrong."""
    if abs(raw) >= 10**16:
        return Unreadable("ID_NUMBER_AS_NUMBER", f"{float(raw):.3E}" if abs(raw) < 10**300 else "…", is_masked=True)
    shown = mask_id_number(f"{raw:.0f}") if raw == raw else "NaN"
    return Unreadable("ID_NUMBER_INVALID", shown, is_masked=True)


@lru_cache(maxsize=50_000)
def _is_birth_date(digits: str) -> bool:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).year >= 1850
    except ValueError:
        return False


@cache
def _prefixes() -> frozenset[str]:
    # 83: residence permits of Taiwan residents; their division table knows only 71.
    return frozenset({province.code[:2] for province in provinces()} | {"83", SYNTHETIC_PREFIX})
