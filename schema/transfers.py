"""转出、转入 The life of a transfer between provinces: which step leads from which state to which, by whom. Pure.

The table is STEPS (tests/spec/transfers.md says the same); a new step is a line there, in the check of its migration
and a method in exchange/desks/. Sources: the ten operations and eight states of the 安管 certificate in parts.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from schema.errors import Refusal

KIND = "CONSTRUCTION_SAFETY_MANAGER"
"""The one kind that is moved by 转出 and 转入; the others hold nation-wide without."""

WORKDAYS = 20
"""For the gaining authority to take a certificate in, for an issuer to answer a request. As for a renewal (待核)."""

LOSING, GAINING = "LOSING", "GAINING"
OPEN = ("OUT", "DECLINED", "REQUESTED", "AGREED")
BINDING = ("OUT", "DECLINED", "AGREED")
"""States by which the issuer has promised the certificate to one authority: a second promise is refused."""

LEAVING = frozenset({"VALID", "TRANSFERRING_OUT"})
"""Effective states in which a certificate may be set 办理转出; the issuer's own system may have done so already."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """Who takes a step, from which states; it is the state that comes of it. None before: it opens a transfer."""

    by: str
    follows: tuple[str, ...]
    has_deadline: bool = False


STEPS: Mapping[str, Step] = {
    "OUT": Step(by=LOSING, follows=(), has_deadline=True),
    "IN": Step(by=GAINING, follows=("OUT", "AGREED")),
    "DECLINED": Step(by=GAINING, follows=("OUT",)),
    "WITHDRAWN": Step(by=LOSING, follows=("OUT", "DECLINED")),
    "REQUESTED": Step(by=GAINING, follows=(), has_deadline=True),
    "AGREED": Step(by=LOSING, follows=("REQUESTED",)),
    "REFUSED": Step(by=LOSING, follows=("REQUESTED", "AGREED")),
    "RECALLED": Step(by=GAINING, follows=("REQUESTED", "AGREED")),
    "CHANGED": Step(by=LOSING, follows=("AGREED",)),
}
"""The first four are a transfer that the losing authority begins. The others are one certificate of a cross-province
change of employer, which the gaining authority begins: AGREED leaves the certificate as it is until all have agreed."""


def follow(state: str, step: str, parts: frozenset[str]) -> str:
    """The state after a step. Raises Refusal TRANSFER_STEP_INVALID."""
    if STEPS[step].by not in parts or state not in STEPS[step].follows:
        raise Refusal("TRANSFER_STEP_INVALID", field=("transferId",), state=state)
    return step


def parts_of(tenant_id: int, losing_id: int, gaining_id: int) -> frozenset[str]:
    """What a tenant is in a transfer; of a change within its own province it is both."""
    sides = ((LOSING, losing_id), (GAINING, gaining_id))
    return frozenset(side for side, one in sides if one == tenant_id)


def check_leaving(kind: str, status: str, *, field: str) -> None:
    """Whether a certificate in this effective state may leave. Raises Refusal TRANSFER_NOT_PROVIDED (of this kind),
    TRANSFER_NOT_POSSIBLE (expired, suspended, ended, exchanged)."""
    if kind != KIND:
        raise Refusal("TRANSFER_NOT_PROVIDED", field=(field,))
    if status not in LEAVING:
        raise Refusal("TRANSFER_NOT_POSSIBLE", field=(field,), state=status)


def check_arriving(status: str, *, field: str) -> None:
    """Whether a certificate in this effective state may be taken in. Raises Refusal TRANSFER_NOT_POSSIBLE."""
    if status != "TRANSFERRING_OUT":
        raise Refusal("TRANSFER_NOT_POSSIBLE", field=(field,), state=status)


def effective_while_leaving(status: str, valid_to: date, day: date) -> str:
    """办理转出 says nothing of the term: what has ended meanwhile is EXPIRED."""
    return "EXPIRED" if status == "TRANSFERRING_OUT" and valid_to < day else status


def carried_over(valid_to: date, asked: date | None) -> date:
    """The end of the new certificate: that of the old one. Raises Refusal TRANSFER_TERM."""
    if asked is not None and asked != valid_to:
        raise Refusal("TRANSFER_TERM", field=("validTo",), valid_to=valid_to)
    return valid_to


def is_same_province(region: str | None, other: str | None) -> bool:
    """Whether two authorities sit in one province; within it the employer is changed at the issuer."""
    return (region or "")[:2] == (other or "")[:2]
