"""What a code of a refusal says. The codes are in errors.py and, of one subject, beside it: report_errors.py."""

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
    """A code with its texts."""
    return ErrorCode(code=code, status=status, zh=zh, en=en, next_zh=next_zh, next_en=next_en, is_retryable=retry)
