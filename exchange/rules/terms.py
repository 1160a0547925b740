"""What rules are made of: a cause, a presence and the path that leads to it, a rule, the review it drafts.

A new way of being present is a member of PresenceKind, with its branch in sql/triggers.sql; a new step of StepKind.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from typing import Any

WORKDAYS = 5
"""Time to decide a review, in working days. No law sets it; an agreement may shorten it (待核)."""


class PresenceKind(Enum):
    """How a firm or person is present with an authority."""

    PROJECT_APPROVAL = "项目审批"
    BID = "投标"
    SITE = "工地与场所"
    FILING = "备案与告知"
    PERMIT = "许可"
    APPOINTMENT = "任职"
    RECOGNITION = "证书互认"
    CERTIFICATE = "所存证书"
    PRESENTATION = "出示的证书"
    GATE_CHECK = "准入关卡核验"


MATTERS = frozenset({
    PresenceKind.PROJECT_APPROVAL, PresenceKind.BID, PresenceKind.SITE, PresenceKind.FILING, PresenceKind.GATE_CHECK,
})  # fmt: skip
"""What a firm has under way or in use, or was checked for."""


class Priority(Enum):
    """Whether the review has to be done (必须核查) or may be (可以核查)."""

    MUST = "必须"
    MAY = "可以"


class Handling(Enum):
    """What is asked of the authority (处置要求)."""

    FOR_FOLLOW_UP = "须办理并反馈"
    FOR_ATTENTION = "供知悉"


class StepKind(Enum):
    """How a cause leads from one to the next: Chinese, English."""

    WORKS_FOR = ("持证人任职于该企业，其岗位需要这一证书", "The holder works for this firm in a post that needs it")
    FIRM_PRESENT = ("该企业在本地有在办审批或工地场所", "This firm has an approval pending or a site here")
    KEY_STAFF = ("该企业的关键岗位人员", "Key staff of this firm")
    ALSO_POSTED = ("该人员在本地另一企业任职", "This person is appointed at another firm here")

    @property
    def zh(self) -> str:
        """In Chinese."""
        return self.value[0]

    @property
    def en(self) -> str:
        """In English."""
        return self.value[1]


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step from a cause to a presence, by ids alone."""

    kind: StepKind
    credit_code: str
    person_id: str


@dataclass(frozen=True, kw_only=True)
class Cause:
    """An announced event. `subject` is E:<credit code> or P:<person uuid>; `owner_regions` are division prefixes.
    `agreed_workdays`: authority -> in how many working days it agreed with the owner to decide what comes of it.

    Which keys of the payload a rule reads is seen in the rule; one it cannot do without is an error, not a silence.
    """

    event_type: str
    event_id: str
    owner_id: int
    owner_regions: tuple[str, ...]
    subject: str
    day: date
    payload: Mapping[str, Any]
    agreed_workdays: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Presence:
    """A current presence of the subject: a firm's matter or place in use, an appointment; nothing that ended.

    `path` is empty where the subject itself is present, else the (at most two) steps from it to whom the presence is.
    """

    owner_id: int
    record_id: str
    kind: PresenceKind
    region: str
    reference: str
    since: date | None
    path: tuple[Step, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a rule says of a cause; `priority` where it is another than usual."""

    zh: str
    en: str
    priority: Priority | None = None


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One trigger: which events it listens to, what it says to an officer, its legal basis, and where it lands.

    `tell` is None of a cause that is none for this rule. On the kinds of `lands` the review has the rule's own priority
    and handling; where only a path of steps leads (`reaches`), it may be done and is for attention. With
    `is_of_record` it is about the record the event names: the hub found it, so its own authority reviews it.
    With `is_everywhere` the authority that announced the cause may be concerned by it as any other is.
    """

    name: str
    event_types: tuple[str, ...]
    zh: str
    en: str
    basis: str
    tell: Callable[[Cause], Told | None]
    lands: frozenset[PresenceKind]
    reaches: frozenset[PresenceKind] = frozenset()
    priority: Priority = Priority.MUST
    handling: Handling = Handling.FOR_FOLLOW_UP
    workdays: int = WORKDAYS
    is_of_record: bool = False
    is_everywhere: bool = False


@dataclass(frozen=True, kw_only=True)
class ReviewDraft:
    """A review to open with `owner_id`, due in `workdays`. (owner, rule, cause key) is unique: a repeat is harmless.

    The cause key is the event: what is published unchanged is not announced again, while a firm listed anew after
    removal, even under the same decision, is a new cause. A matter filed after the first review of a cause has its own,
    under the event and the matter. `further_record_ids` are presences the review covers beside the one it names;
    `policy` tells which term of a local policy it follows.
    """

    owner_id: int
    rule: str
    cause_key: str
    subject: str
    priority: Priority
    handling: Handling
    workdays: int
    reason_zh: str
    reason_en: str
    presence_record_id: str
    further_record_ids: tuple[str, ...] = ()
    path: tuple[Step, ...] = ()
    assignee: str | None = None
    policy: Mapping[str, Any] | None = None
