"""What an error code is made of. The codes themselves are in errors.py and the modules it names.

Nothing to add here: a new code is a line of ERRORS, or of a group of its own once that file is full.
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class ErrorCode:
    """One kind of refusal. `status` is the HTTP status where the refusal is the whole answer."""

    code: str
    status: int
    zh: str
    en: str
    next_zh: str
    next_en: str
    is_retryable: bool = False


def error_code(
    code: str, status: int, zh: str, en: str, next_zh: str, next_en: str, *, retry: bool = False
) -> ErrorCode:
    """An error code in one line or six."""
    return ErrorCode(code=code, status=status, zh=zh, en=en, next_zh=next_zh, next_en=next_en, is_retryable=retry)
