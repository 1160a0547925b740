"""脱敏 Masking: what may be shown of a personal value to somebody who may not see the value.

Add the mask of another personal value here and name it in the field that holds the value.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import TypeAlias

# Sure: a birth date stands where an ID number has it. Likely: as many digits as one, wrong or not, not part of a code.
_ID_SURE = re.compile(r"(?<!\d)\d{6}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]?(?!\d)", re.A)
_ID_LIKELY = re.compile(r"(?<![0-9A-SU-Za-su-z.])(?:\d{17}[\dXx]?|\d{15})(?![0-9A-Za-z])", re.A)
_SPLIT_DIGITS = re.compile(r"\d(?:[\s-]?\d){13,16}[\s-]?[\dXxＸｘ]?")
_SHORTEST = 15  # digits of an old ID number
Mask: TypeAlias = Callable[[str], str]
_DOTS = r"[·•‧∙・･.．]"
_NOTHING: "Mapping[str, Mask]" = MappingProxyType({})
_NUMBER_TAIL = re.compile(r"\d{5,}$")


def mask_id_number(number: str) -> str:
    """`11010519491231002X` as `110105********002X`: division and last four stay, the birth date does not."""
    if len(number) >= 15:
        return f"{number[:6]}{'*' * (len(number) - 10)}{number[-4:]}"
    return number[:2] + "*" * max(len(number) - 2, 0)


def mask_name(name: str) -> str:
    """`王小军` as `王*军`, `王军` as `王*`."""
    if len(name) <= 2:
        return f"{name[:1]}*" if name else ""
    return f"{name[0]}{'*' * (len(name) - 2)}{name[-1]}"


def mask_certificate_number(number: str) -> str:
    """Hides an ID number inside (`T110105********002X`), or else all but the last four digits of the serial."""
    concealed = conceal(number)
    if concealed != number:
        return concealed
    serial = _NUMBER_TAIL.search(number)
    if serial:
        return f"{number[: serial.start()]}{'*' * (len(serial[0]) - 4)}{serial[0][-4:]}"
    return f"{number[:2]}{'*' * max(len(number) - 4, 1)}{number[-2:]}" if len(number) > 4 else "*" * len(number)


def mask_all(value: str) -> str:
    """Nothing but whether there was something: for personal values that need not be shown at all."""
    return "***" if value else ""


def conceal(text: str, own: Mapping[str, Mask] = _NOTHING) -> str:
    """Masks whatever looks like an ID number, full-width or split too: people also type it into the wrong column.

    `own` are personal values known to be those of whom the text is about, each with its mask.
    """
    found = [value for value in own if value[0] in text] if own else ()
    for value in sorted(found, key=len, reverse=True):
        text = own[value](value).join(re.split(_typed(value), text))
    if len(text) < _SHORTEST:
        return text
    text = _SPLIT_DIGITS.sub(_joined, text)
    text = _ID_SURE.sub(lambda found: mask_id_number(found[0]), text)
    return _ID_LIKELY.sub(lambda found: mask_id_number(found[0]), text)


def own_names(names: Iterable[str]) -> dict[str, Mask]:
    """Names of persons as `conceal` takes them; one of a single letter would be found everywhere."""
    return {name: mask_name for name in names if len(name) > 1}


def _typed(value: str) -> str:
    """The value however it is typed: blanks between its letters, any middle dot; a Latin one only as a whole word."""
    letters = r"\s*".join(_DOTS if letter == "·" else re.escape(letter) for letter in value if letter != " ")
    before = r"(?<![0-9A-Za-z])" if value[0].isascii() else ""
    return before + letters + (r"(?![0-9A-Za-z])" if value[-1].isascii() else "")


def _joined(found: re.Match[str]) -> str:
    digits = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", found[0]))
    return digits if _ID_SURE.fullmatch(digits) else found[0]
