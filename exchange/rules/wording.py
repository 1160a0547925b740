"""How rules read a cause and put it into words: the announcing place, its decision, what the payload must tell."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from exchange.rules.terms import Cause, StepKind
from schema.regions import region


def required(cause: Cause, name: str) -> str:
    """A value the payload must carry; a silent default would lose the review."""
    if name not in cause.payload:
        raise ValueError(f"{cause.event_type} {cause.event_id} carries no {name}")
    return str(cause.payload[name])


def decision(cause: Cause) -> tuple[str, str]:
    """The number of the decision behind it, in brackets, in Chinese and English; nothing where there is none."""
    number = cause.payload.get("decisionNumber")
    return (f"（{number}）", f" ({number})") if number else ("", "")


def taken_on(cause: Cause) -> str:
    """The day a sanction is of: decided, else in effect, else, where the source says neither, announced."""
    told = cause.payload
    return str(told.get("decidedOn") or told.get("effectiveOn") or cause.day)


def place(cause: Cause) -> str:
    """The announcing authority's divisions by name, by prefix where the table has none."""
    return "、".join(_name(prefix) for prefix in cause.owner_regions)


def prefixes(cause: Cause) -> str:
    """The same by prefix alone, for English."""
    return ", ".join(cause.owner_regions)


def divisions(codes: Sequence[str]) -> tuple[str, str]:
    """Divisions by name for Chinese, by code for English."""
    return "、".join(_name(code) for code in codes), ", ".join(codes)


def told_steps(path: Sequence[Mapping[str, str]], _: date) -> list[dict[str, Any]]:
    """The steps of a review as stored, as the GraphQL type ReviewStep; the same on every day."""
    return [{**step, "zh": StepKind[step["kind"]].zh, "en": StepKind[step["kind"]].en} for step in path]


def _name(prefix: str) -> str:
    found = region(prefix.ljust(6, "0"))
    return found.name if found else prefix
