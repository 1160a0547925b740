"""What every field reader shares: how a raw value is cleaned, and how it is refused.

Add a step here only when all readers need it; a value type of its own gets its own module beside this one.
"""

import re
import unicodedata
from collections.abc import Callable
from typing import Any, TypeAlias

from schema.fields.masking import conceal

Reader: TypeAlias = Callable[[object], Any]
"""Turns what a file or a caller sent into the canonical value, or raises Unreadable."""

EXACT_DIGITS = 15
"""How many digits a spreadsheet keeps of a number; of a longer one the last are lost."""

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_BLANKS = re.compile(r"\s+")
_SEPARATORS = re.compile(r"[\s\-\u2010-\u2015\u2212]+")
_SHOWN_LENGTH = 60


class Unreadable(Exception):
    """A value that is not what the field holds. `is_masked`: the reader has masked `shown`, the field need not."""

    def __init__(self, code: str, shown: str, *, is_masked: bool = False, **values: str) -> None:
        self.code = code
        self.shown = _printable(shown)
        self.is_masked = is_masked
        self.values = values
        super().__init__(code)


def is_empty(raw: object) -> bool:
    """Whether a cell counts as not filled in."""
    return raw is None or (isinstance(raw, str) and (not raw or raw.isspace()))


def show(raw: object) -> str:
    """A refused value as the sender may see it again: anything like an ID number masked."""
    return _printable(conceal(raw if isinstance(raw, str) else str(raw)))


def as_string(raw: object, code: str = "FIELD_UNREADABLE") -> str:
    """The text of a cell: spreadsheets also hand over whole numbers, `2026001.0` is `2026001`.

    Raises Unreadable(code) for NUL and other control characters, lone surrogates, lists, truth values, and
    numbers so long that digits may be lost.
    """
    if isinstance(raw, str):
        if raw.isprintable():
            return raw
        return _without_invisible(raw, code)
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        raise Unreadable(code, show(raw))
    if raw != raw or abs(raw) >= 10**EXACT_DIGITS or raw != int(raw):
        raise Unreadable(code, show(raw))
    return str(int(raw))


def compact(raw: object, code: str) -> str:
    """For numbers people type: half-width, upper case, without blanks."""
    text = as_string(raw, code)
    if text.isascii() and text.isalnum():
        return text.upper()
    return _BLANKS.sub("", unicodedata.normalize("NFKC", text)).upper()


def without_separators(text: str) -> str:
    """The text without blanks and hyphens of any kind."""
    return text if text.isalnum() else _SEPARATORS.sub("", text)


def one_line(text: str) -> str:
    """NFC, trimmed, runs of blanks as one."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def _printable(shown: str) -> str:
    shown = "".join(character if character.isprintable() else "\ufffd" for character in shown[:_SHOWN_LENGTH])
    return shown if len(shown) < _SHOWN_LENGTH else shown[: _SHOWN_LENGTH - 1] + "…"


def _without_invisible(raw: str, code: str) -> str:
    text = _INVISIBLE.sub("", raw).replace("\r\n", "\n").replace("\r", "\n")
    for character in text:
        if unicodedata.category(character) in ("Cc", "Cs") and character not in "\n\t":
            raise Unreadable(code, show(raw))
    return text
