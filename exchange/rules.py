"""Trigger rules (联动规则): an announced event and a presence elsewhere -> a review (重点核查) to open. Pure functions.

Add the next rule as a function here and a line in RULES, with a row in `tests/spec/triggers.md`. A rule opens a review
and refuses nothing by itself: the receiving authority decides, with its reason.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum
from typing import Any, TypeAlias

from schema.regions import region


class PresenceKind(Enum):
    """How a firm or person is present with an authority."""

    PROJECT_APPROVAL = "项目审批"
    BID = "投标"
    SITE = "工地与场所"
    FILING = "备案与告知"
    APPOINTMENT = "任职"
    GATE_CHECK = "准入关卡核验"


class Priority(Enum):
    """Whether the review has to be done (必须核查) or may be (可以核查)."""

    MUST = "必须"
    MAY = "可以"


class Handling(Enum):
    """What is asked of the authority (处置要求)."""

    FOR_FOLLOW_UP = "须办理并反馈"
    FOR_ATTENTION = "供知悉"


@dataclass(frozen=True, kw_only=True)
class Cause:
    """An announced event. `subject` is E:<credit code> or P:<person uuid>; `owner_regions` are division prefixes.

    Read from the payload: `band` (riskFlag.raised), `validTo` (credential.expired), `reviewDueOn`
    (credential.reviewLapsed), `reportedStatus` (credential.statusChanged), `measure` (adverseAction.imposed), and
    `decisionNumber` where there is one.
    """

    event_type: str
    event_id: str
    owner_id: int
    owner_regions: tuple[str, ...]
    subject: str
    day: date
    payload: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Presence:
    """A current presence of the subject: a firm's matter or place in use, an appointment; nothing that ended."""

    owner_id: int
    record_id: str
    kind: PresenceKind
    region: str
    reference: str
    since: date | None


@dataclass(frozen=True, kw_only=True)
class ReviewDraft:
    """A review to open with `owner_id`, due in `workdays`. (owner, rule, cause key) is unique: a repeat is harmless.

    The cause key is the event: what is published unchanged is not announced again, while a firm listed anew after
    removal, even under the same decision, is a new cause. A matter filed after the first review of a cause has its own,
    under the event and the matter. `further_record_ids` are presences the review covers beside the one it names.
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


Covered: TypeAlias = Mapping[tuple[str, int], frozenset[str]]
"""(rule, authority) -> presences that reviews of a cause cover already."""
NOTHING: Covered = {}


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One trigger: which events it listens to, what it says to an officer, and its legal basis."""

    name: str
    event_types: tuple[str, ...]
    zh: str
    en: str
    basis: str
    judge: Callable[[Cause, Presence], ReviewDraft | None]


WITHDRAWN = {"SUSPENDED": "暂扣", "REVOKED": "吊销", "RESCINDED": "撤销", "CANCELLED": "注销", "LAPSED": "失效"}
"""Reported states that end or interrupt the right to work."""


def red_flag(cause: Cause, presence: Presence) -> ReviewDraft | None:
    if presence.kind is PresenceKind.APPOINTMENT or _told(cause, "band") != "RED":
        return None
    number = cause.payload.get("decisionNumber")
    zh = f"{_place(cause)}于 {cause.day} 将该企业列为红色风险" + (f"（{number}）" if number else "")
    en = f"Flagged RED by {_prefixes(cause)} on {cause.day}" + (f" ({number})" if number else "")
    return _draft("RED_FLAG", cause, presence, zh, en)


def expired(cause: Cause, presence: Presence) -> ReviewDraft | None:
    if presence.kind is not PresenceKind.APPOINTMENT:
        return None
    end = _told(cause, "validTo")
    zh, en = f"{_place(cause)}所发证书有效期已于 {end} 届满", f"Certificate of {_prefixes(cause)} expired after {end}"
    return _draft("CREDENTIAL_EXPIRED", cause, presence, zh, en)


def review_lapsed(cause: Cause, presence: Presence) -> ReviewDraft | None:
    if presence.kind is not PresenceKind.APPOINTMENT:
        return None
    due = _told(cause, "reviewDueOn")
    zh = f"{_place(cause)}所发证书应于 {due} 前复审，逾期未复审"
    en = f"Certificate of {_prefixes(cause)} missed its review due on {due}"
    return _draft("REVIEW_LAPSED", cause, presence, zh, en)


def withdrawn(cause: Cause, presence: Presence) -> ReviewDraft | None:
    if presence.kind is not PresenceKind.APPOINTMENT or _told(cause, "reportedStatus") not in WITHDRAWN:
        return None
    state = _told(cause, "reportedStatus")
    if state == "LAPSED" and _told(cause, "validTo") < cause.day.isoformat():
        return None  # its end was announced when it passed
    zh = f"{_place(cause)}于 {cause.day} 将所发证书{WITHDRAWN[state]}"
    en = f"Certificate of {_prefixes(cause)} reported {state} on {cause.day}"
    return _draft("CREDENTIAL_WITHDRAWN", cause, presence, zh, en)


def acted_upon(cause: Cause, presence: Presence) -> ReviewDraft | None:
    if presence.kind is not PresenceKind.APPOINTMENT:
        return None
    measure, number = _told(cause, "measure"), cause.payload.get("decisionNumber")
    zh = f"{_place(cause)}决定{WITHDRAWN[measure]}其证书" + (f"（{number}）" if number else "")
    en = f"Certificate {measure} by decision of {_prefixes(cause)}" + (f" ({number})" if number else "")
    return _draft("CERTIFICATE_ACTION", cause, presence, zh, en)


POST_BASIS = "《安全生产法》第二十七条、第三十条"

RULES: tuple[Rule, ...] = (
    Rule(
        name="RED_FLAG",
        event_types=("riskFlag.raised",),
        zh="外地列为红色风险的企业，在本地有在办项目审批、投标、备案或工地场所的，重点核查",
        en="A firm flagged RED elsewhere with an approval pending, a bid, a filing or a site here",
        basis="《安全生产法》第四十一条、第七十八条",
        judge=red_flag,
    ),
    Rule(
        name="CREDENTIAL_EXPIRED",
        event_types=("credential.expired",),
        zh="外地所发证书到期，持证人在本地任职的，重点核查",
        en="A certificate issued elsewhere expired while its holder is appointed here",
        basis=POST_BASIS,
        judge=expired,
    ),
    Rule(
        name="REVIEW_LAPSED",
        event_types=("credential.reviewLapsed",),
        zh="外地所发证书逾期未复审，持证人在本地任职的，重点核查",
        en="A certificate issued elsewhere missed its review while its holder is appointed here",
        basis=POST_BASIS,
        judge=review_lapsed,
    ),
    Rule(
        name="CREDENTIAL_WITHDRAWN",
        event_types=("credential.statusChanged",),
        zh="外地所发证书被暂扣、吊销、撤销、注销，持证人在本地任职的，重点核查",
        en="A certificate issued elsewhere was suspended or withdrawn while its holder is appointed here",
        basis=POST_BASIS,
        judge=withdrawn,
    ),
    Rule(
        name="CERTIFICATE_ACTION",
        event_types=("adverseAction.imposed",),
        zh="外地机关（不论是否发证机关）暂扣、吊销、撤销其证书，持证人在本地任职的，重点核查",
        en="An authority elsewhere, the issuer or not, acted upon a certificate while its holder is appointed here",
        basis=POST_BASIS,
        judge=acted_upon,
    ),
)

TRIGGERING = frozenset(event_type for rule in RULES for event_type in rule.event_types)
"""Event types that some rule listens to; the others need no look at presences."""

WORKDAYS = 5
"""Time to decide a review, in working days. No law sets it; an agreement may (待核)."""


def judge_all(cause: Cause, presences: Iterable[Presence], covered: Covered = NOTHING) -> tuple[ReviewDraft, ...]:
    """Every review the event leads to: one for each rule and authority, however many presences there are.

    The authority that announced the event gets none, it is its own matter. What a review of the same cause covers
    already leads to no other; what came later does.
    """
    merged: dict[tuple[str, int], ReviewDraft] = {}
    for presence in sorted(presences, key=_seniority):
        for rule in RULES:
            key = (rule.name, presence.owner_id)
            draft = None if presence.record_id in covered.get(key, ()) else _ask(rule, cause, presence)
            if draft is None:
                continue
            if key in merged:
                further = (*merged[key].further_record_ids, presence.record_id)
                merged[key] = replace(merged[key], further_record_ids=further)
            else:
                merged[key] = _continued(draft) if key in covered else draft
    return tuple(_mention(draft) for draft in merged.values())


def _continued(draft: ReviewDraft) -> ReviewDraft:
    """A further review of a cause, for what came after the first."""
    return replace(draft, cause_key=f"{draft.cause_key}:{draft.presence_record_id}")


def _ask(rule: Rule, cause: Cause, presence: Presence) -> ReviewDraft | None:
    if cause.event_type not in rule.event_types or presence.owner_id == cause.owner_id:
        return None
    return rule.judge(cause, presence)


def _seniority(presence: Presence) -> tuple[int, date, str]:
    """Authorities in their order, within each the longest presence first, so that a repeat names the same one."""
    return presence.owner_id, presence.since or date.max, presence.record_id


def _draft(rule: str, cause: Cause, presence: Presence, zh: str, en: str) -> ReviewDraft:
    return ReviewDraft(
        owner_id=presence.owner_id,
        rule=rule,
        cause_key=cause.event_id,
        subject=cause.subject,
        priority=Priority.MUST,
        handling=Handling.FOR_FOLLOW_UP,
        workdays=WORKDAYS,
        reason_zh=f"{zh}；本地{presence.kind.value}：{presence.reference}",
        reason_en=f"{en}; {presence.kind.name} here: {presence.reference}",
        presence_record_id=presence.record_id,
    )


def _mention(draft: ReviewDraft) -> ReviewDraft:
    further = len(draft.further_record_ids)
    if not further:
        return draft
    return replace(
        draft,
        reason_zh=f"{draft.reason_zh}，另有 {further} 项",
        reason_en=f"{draft.reason_en}, and {further} more",
    )


def _told(cause: Cause, name: str) -> str:
    """A value the payload must carry; a silent default would lose the review."""
    if name not in cause.payload:
        raise ValueError(f"{cause.event_type} {cause.event_id} carries no {name}")
    return str(cause.payload[name])


def _place(cause: Cause) -> str:
    """The announcing authority's divisions by name, by prefix where the table has none."""
    return "、".join(_name(prefix) for prefix in cause.owner_regions)


def _name(prefix: str) -> str:
    found = region(prefix.ljust(6, "0"))
    return found.name if found else prefix


def _prefixes(cause: Cause) -> str:
    return ", ".join(cause.owner_regions)
