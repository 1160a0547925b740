"""证书状态变更 Which state a certificate may be reported in after another, and by which operation. Pure.

Worse is always believed; better only by an operation that leads there; what ended a certificate for good stays. Add a
way back to WAYS_BACK, an operation to RESULTS, with a row in tests/spec/states.md.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from schema.record import Finding, finding

ENDED = frozenset({"RESCINDED", "CANCELLED", "REVOKED"})
"""撤销、注销、吊销: the certificate is over. Between them a record may change: after 撤销 or 吊销 follows 注销."""

USABLE = frozenset({"VALID", "TRANSFERRING_OUT"})
"""States in which some rule lets a certificate count; the others are believed whatever came before."""

NO_STATE: frozenset[str] = frozenset()
RESULTS: Mapping[str, frozenset[str]] = {
    "ISSUE": frozenset({"VALID"}),
    "RENEW": frozenset({"VALID"}),
    "SUSPEND": frozenset({"SUSPENDED"}),
    "LAPSE": frozenset({"LAPSED", "CANCELLED"}),  # 过期也报注销
    "CANCEL": frozenset({"CANCELLED", "RESCINDED", "REVOKED", "TRANSFERRING_OUT"}),
    "RETURN": frozenset({"VALID"}),
    "OTHER": frozenset({"VALID", "SUSPENDED", "RESCINDED", "CANCELLED", "LAPSED", "REVOKED", "OTHER"}),
    "TRANSFER_IN": frozenset({"VALID"}),
    "CHANGE": frozenset({"VALID"}),
    "WITHDRAW_TRANSFER": frozenset({"VALID"}),
}
"""The states each of the ten operations leads to (业务操作类型 -> 证书状态)."""

WAYS_BACK: Mapping[tuple[str, str], frozenset[str]] = {
    ("SUSPENDED", "VALID"): frozenset({"RETURN", "OTHER"}),
    ("LAPSED", "VALID"): frozenset({"RENEW", "OTHER"}),
    ("TRANSFERRING_OUT", "VALID"): frozenset({"WITHDRAW_TRANSFER", "OTHER"}),
    ("OTHER", "VALID"): frozenset({"ISSUE", "RENEW", "RETURN", "OTHER", "TRANSFER_IN", "CHANGE", "WITHDRAW_TRANSFER"}),
    ("OTHER", "TRANSFERRING_OUT"): frozenset({"CANCEL"}),
}
"""(before, after) -> operations that lead from an interrupted state to a usable one. A suspended or lapsed certificate
is not transferred out: it is returned or renewed first."""


@dataclass(frozen=True, kw_only=True)
class Former:
    """The certificate as it stands: its state, the day from which that is known to hold, the end of its term."""

    state: str
    since: date
    valid_to: date


def may_follow(before: str, after: str, operation: str | None = None) -> bool:
    """Whether a certificate reported `before` may be reported `after`. Without an operation any of the ten may be
    meant."""
    if after == before or before == "VALID" or after in ENDED:
        return True
    if before in ENDED:
        return False
    ways = WAYS_BACK.get((before, after), NO_STATE)
    return after not in USABLE or (bool(ways) if operation is None else operation in ways)


def is_issued_anew(former: Former, valid_from: date | None, operation: str | None) -> bool:
    """Whether a term that begins after the former end is another certificate under the holder's own number."""
    return valid_from is not None and operation in (None, "ISSUE") and valid_from > min(former.since, former.valid_to)


def state_fits_operation(values: Mapping[str, Any]) -> Iterable[Finding]:
    """A check: an operation that ends or interrupts a certificate does not leave it valid."""
    state, operation = values.get("reportedStatus"), values.get("operation")
    if state == "VALID" and operation is not None and state not in RESULTS[operation]:
        yield impossible(operation, state, None)


def impossible(before: str, after: str, operation: str | None) -> Finding:
    """The finding for a change that cannot be, such as `REVOKED → VALID`."""
    change = f"{before} → {after}" + (f" ({operation})" if operation else "")
    return finding("STATE_TRANSITION_INVALID", "reportedStatus", after, change=change)
