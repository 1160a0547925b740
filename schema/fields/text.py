"""Text and plain numbers: names of persons and firms, remarks, counts, scores.

Add a plain value here; a number with a check digit or a code table gets a module of its own.
"""

import re
import unicodedata
from decimal import Decimal, InvalidOperation

from schema.fields.reading import EXACT_DIGITS, Reader, Unreadable, as_string, one_line, show

_BETWEEN_HAN = re.compile(r"(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])")
_MIDDLE_DOTS = str.maketrans("•‧∙・･", "·····")
_YEAR_BRACKETS = re.compile(r"[\[［【〔（(](\d{4})[\]］】〕）)]")


def text(longest: int = 200) -> Reader:
    """One line of text of at most `longest` characters, NFC, blanks collapsed."""

    def read(raw: object) -> str:
        return _bounded(one_line(as_string(raw)), raw, longest)

    return read


def paragraphs(longest: int = 2000) -> Reader:
    """Text that may run over several lines."""

    def read(raw: object) -> str:
        lines = unicodedata.normalize("NFC", as_string(raw)).strip().split("\n")
        return _bounded("\n".join(line.rstrip() for line in lines), raw, longest)

    return read


def person_name(raw: object) -> str:
    """A person's name. Blanks put between Chinese characters to align a column go; `·` has one form."""
    name = one_line(as_string(raw))
    if " " in name:
        name = _BETWEEN_HAN.sub("", name)
    name = name.translate(_MIDDLE_DOTS)
    if any(map(str.isdigit, name)):
        raise Unreadable("FIELD_UNREADABLE", show(raw))
    return _bounded(name, raw, 60)


def folded(raw: object) -> str:
    """A name, or a part of one, as names are compared: one width, no blanks, one middle dot, ASCII letters small.

    The database folds stored names alike (`folded` in migrations/0009_finding.sql).
    """
    name = unicodedata.normalize("NFKC", one_line(as_string(raw))).translate(_MIDDLE_DOTS)
    return "".join(letter.lower() if letter.isascii() else letter for letter in name if not letter.isspace())


def document_number(raw: object) -> str:
    """决定书文号 An official document number; the year stands in 〔 〕 whichever brackets were typed."""
    number = "".join(unicodedata.normalize("NFC", as_string(raw)).split())
    return _bounded(_YEAR_BRACKETS.sub(r"〔\1〕", number), raw, 100)


def integer(lowest: int = 0, highest: int = 10**9) -> Reader:
    """A whole number between two bounds, both included."""

    def read(raw: object) -> int:
        if type(raw) is int and lowest <= raw <= highest:
            return raw
        number = _number(raw)
        if number != number.to_integral_value() or not lowest <= number <= highest:
            raise Unreadable("FIELD_UNREADABLE", show(raw))
        return int(number)

    return read


def decimal(lowest: str, highest: str, places: int = 4) -> Reader:
    """A number between two bounds, both included, with at most `places` decimals; a float, so that JSON keeps it."""
    bounds = Decimal(lowest), Decimal(highest)
    step = Decimal(1).scaleb(-places)

    def read(raw: object) -> float:
        number = _number(raw)
        if not bounds[0] <= number <= bounds[1] or number != number.quantize(step):
            raise Unreadable("FIELD_UNREADABLE", show(raw))
        return float(number) + 0.0  # + 0.0 turns -0.0 into 0.0

    return read


def _number(raw: object) -> Decimal:
    if isinstance(raw, bool) or not isinstance(raw, int | float | str | Decimal):
        raise Unreadable("FIELD_UNREADABLE", show(raw))
    written = unicodedata.normalize("NFKC", raw).strip() if isinstance(raw, str) else repr(raw)
    try:
        number = raw if isinstance(raw, Decimal) else Decimal(written)
    except InvalidOperation:
        raise Unreadable("FIELD_UNREADABLE", show(raw)) from None
    if not number.is_finite() or abs(number) > 10**EXACT_DIGITS or "_" in written:
        raise Unreadable("FIELD_UNREADABLE", show(raw))
    return number


def _bounded(value: str, raw: object, longest: int) -> str:
    if not value or len(value) > longest:
        raise Unreadable("FIELD_UNREADABLE", show(raw))
    return value
