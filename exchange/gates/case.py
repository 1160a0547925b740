"""What is known of a firm at a gate, and what may be said to it: plain values, judged in verdict.py."""

from dataclasses import dataclass
from datetime import date

from exchange.posts import Activities
from schema.gates import Gate, GateVerdict
from schema.measures import Negative


@dataclass(frozen=True, kw_only=True)
class Permit:
    """A licence or qualification: the trade it is for, its state on the day."""

    record_id: str
    trade: str
    status: str
    valid_to: date | None
    valid_from: date | None = None
    authority: str


@dataclass(frozen=True, kw_only=True)
class Grading:
    """The latest word of an authority on the firm's risk."""

    record_id: str
    band: str
    since: date | None
    authority: str


@dataclass(frozen=True, kw_only=True)
class Staffing:
    """One duty of key staff, judged (key_staff.py); `states` of the certificates that leave gaps, and their records."""

    code: str
    zh: str
    en: str
    basis: str
    coverage: str
    states: tuple[str | None, ...] = ()
    records: tuple[str | None, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Source:
    """What tells of the firm: a kind of record of an authority, last confirmed on a day."""

    record_id: str
    kind: str
    authority: str
    confirmed_on: date


@dataclass(frozen=True, kw_only=True)
class GateFacts:
    """What is known of a firm at a gate. `day` is asked about, `today` is when; `staff_records` the key staff rest on.

    `is_profiled` says whether any authority stated what the firm does.
    """

    gate: Gate
    day: date
    today: date
    activities: Activities
    is_profiled: bool
    permits: tuple[Permit, ...] = ()
    negatives: tuple[Negative, ...] = ()
    gradings: tuple[Grading, ...] = ()
    staff: tuple[Staffing, ...] = ()
    staff_records: tuple[str, ...] = ()
    profile_records: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Reason:
    """Why a gate is not simply passed. It may be told to whoever may read all of `record_ids`."""

    code: str
    verdict: GateVerdict
    zh: str
    en: str
    basis: str
    exit_zh: str = ""
    authority: str | None = None
    record_ids: tuple[str, ...] = ()
    since: date | None = None
    is_disputed: bool = False
