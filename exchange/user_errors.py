"""What is wrong with a mutation's input, as its payload says it (UserError)."""

from typing import Any

from schema.errors import Refusal
from schema.record import Finding


def finding_error(finding: Finding) -> dict[str, Any]:
    """A finding about a field of the record in `input`."""
    return {
        "code": finding.code,
        "field": ["input", finding.field],
        "message": finding.message_zh,
        "message_en": finding.message_en,
        "value": finding.value,
        "next_step": finding.next_zh,
    }


def refusal_error(refusal: Refusal, *within: str) -> dict[str, Any]:
    """A refusal whose field lies `within` these arguments."""
    return {
        "code": refusal.code,
        "field": [*within, *refusal.field],
        "message": refusal.message("zh"),
        "message_en": refusal.message("en"),
        "next_step": refusal.next_step("zh"),
    }


def raise_beyond_input(refusal: Refusal) -> None:
    """What no other input would mend (a server away, a scope missing) is no user error."""
    if refusal.error.status >= 500 or refusal.code == "FORBIDDEN":
        raise refusal
