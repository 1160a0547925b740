"""Trigger rules (联动规则): an announced event and a presence elsewhere -> a review (重点核查) to open. Pure functions.

Add the next rule in firms.py, persons.py, tips.py, sources.py or detected.py and its name to RULES, with a row in
`tests/spec/triggers.md`. A rule opens a review and refuses nothing by itself: the receiving authority decides.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, partial
from typing import Any, TypeAlias

from exchange.rules import detected, firms, persons, sources, tips
from exchange.rules.policy import Policy, Sighting, Treatment, settle, told
from exchange.rules.terms import (
    WORKDAYS,
    Cause,
    Handling,
    Presence,
    PresenceKind,
    Priority,
    ReviewDraft,
    Rule,
    Step,
    StepKind,
    Told,
)

RULES: tuple[Rule, ...] = (
    firms.RED_FLAG,
    firms.ORANGE_BAND,
    firms.DISHONESTY_LISTED,
    firms.DISHONESTY_REMOVED,
    firms.HIDDEN_DANGER_LISTED,
    firms.HIDDEN_DANGER_OVERDUE,
    firms.PERMIT_DEPRIVED,
    firms.HAZARD_SOURCE,
    persons.EXPIRED,
    persons.EXPIRING,
    persons.REVIEW_LAPSED,
    persons.CREDENTIAL_WITHDRAWN,
    persons.CERTIFICATE_ACTION,
    tips.TIP_CONFIRMED,
    firms.SUCCESSOR_OF_FLAGGED,
    detected.POST_UNCERTIFIED,
    detected.SUSPECTED_LENDING,
    detected.SUSPECTED_FORGERY,
    sources.SOURCE_STALE,
)

OPTIONAL: tuple[Rule, ...] = (firms.LESSER_FLAG,)
"""Rules that open nothing by default, only for an authority whose policy says so."""

TRIGGERING = frozenset(event_type for rule in (*RULES, *OPTIONAL) for event_type in rule.event_types)
"""Event types that some rule listens to; the others need no look at presences."""
_LISTENING = {name: tuple(one for one in (*RULES, *OPTIONAL) if name in one.event_types) for name in TRIGGERING}

Covered: TypeAlias = Mapping[tuple[str, int], frozenset[str]]
"""(rule, authority) -> presences that reviews of a cause cover already."""
NOTHING: Covered = {}

Policies: TypeAlias = Mapping[int, Policy]
"""Authority -> its policy in force; of the others the default holds."""
DEFAULTS: Policies = {}
_OPTIONAL = frozenset(rule.name for rule in OPTIONAL)


@dataclass(frozen=True, kw_only=True)
class Weighing:
    """What a rule found with one authority at once, and the review that is opened on it, if its policy leaves any."""

    owner_id: int
    rule: str
    cause_key: str
    sightings: tuple[Sighting, ...]
    draft: ReviewDraft | None


def judge_all(
    cause: Cause, presences: Iterable[Presence], covered: Covered = NOTHING, policies: Policies = DEFAULTS
) -> tuple[ReviewDraft, ...]:
    """Every review the event leads to: one for each rule and authority, however many presences there are."""
    weighed = weigh_all(cause, presences, covered, policies)
    return tuple(one.draft for one in weighed if one.draft is not None)


def weigh_all(
    cause: Cause, presences: Iterable[Presence], covered: Covered = NOTHING, policies: Policies = DEFAULTS
) -> tuple[Weighing, ...]:
    """What every rule finds with every authority; each decides by its own policy what comes of it.

    The authority that announced the event gets none, it is its own matter, unless the hub found it there. What a review
    of the same cause covers already leads to no other; what came later does, unless only a path of steps leads there.
    """
    found: dict[tuple[str, int], list[tuple[ReviewDraft, Sighting]]] = {}
    rules = [(rule, _once(rule, cause)) for rule in _LISTENING.get(cause.event_type, ())]
    for presence in sorted(presences, key=_seniority):
        for rule, tell in rules:
            key = (rule.name, presence.owner_id)
            known = covered.get(key, frozenset())
            is_known = presence.record_id in known or (presence.path and key in covered)
            draft = None if is_known else _ask(rule, tell, cause, presence)
            if draft is not None:
                found.setdefault(key, []).append((draft, _sighting(cause, presence, draft)))
    return tuple(
        _weighed(several, policies.get(owner), is_further=(rule, owner) in covered)
        for (rule, owner), several in found.items()
    )


def _weighed(several: list[tuple[ReviewDraft, Sighting]], policy: Policy | None, *, is_further: bool) -> Weighing:
    first = _continued(several[0][0]) if is_further else several[0][0]
    sightings = tuple(seen for _, seen in several)
    settled = settle(sightings, policy)
    made = None
    if settled is not None:
        named, *further = settled.kept
        draft = next(draft for draft, seen in several if seen.presence_id == named)
        changes = _treated(draft, settled.treatment, policy)
        made = _mention(replace(draft, cause_key=first.cause_key, further_record_ids=tuple(further), **changes))
    return Weighing(
        owner_id=first.owner_id, rule=first.rule, cause_key=first.cause_key, sightings=sightings, draft=made
    )


def _treated(draft: ReviewDraft, treatment: Treatment, policy: Policy | None) -> dict[str, Any]:
    """What of a draft is as its treatment says."""
    changes: dict[str, Any] = {
        "priority": treatment.priority, "handling": treatment.handling, "workdays": treatment.workdays
    }  # fmt: skip
    if policy is None or treatment.place is None:
        return changes
    usual = Treatment(priority=draft.priority, handling=draft.handling, workdays=draft.workdays)
    return {**changes, "assignee": treatment.assignee, "policy": told(policy, treatment, usual)}


def _sighting(cause: Cause, presence: Presence, draft: ReviewDraft) -> Sighting:
    days_left = cause.payload.get("daysLeft")
    return Sighting(
        rule=draft.rule,
        presence_id=presence.record_id,
        presence_kind=presence.kind,
        region=presence.region,
        is_by_path=bool(presence.path),
        priority=draft.priority,
        handling=draft.handling,
        workdays=draft.workdays,
        band=cause.payload.get("band"),
        days_left=None if days_left is None else int(days_left),
        is_usual=draft.rule not in _OPTIONAL,
    )


def concerns(cause: Cause) -> bool:
    """Whether some rule has anything to say of the cause: most announcements are good news, and cost no look around."""
    return any(rule.tell(cause) for rule in _LISTENING.get(cause.event_type, ()))


def leads_on(cause: Cause) -> bool:
    """Whether some rule follows the cause from a person to a firm, or from a firm to its staff."""
    return any(rule.reaches and cause.event_type in rule.event_types and rule.tell(cause) for rule in RULES)


def _continued(draft: ReviewDraft) -> ReviewDraft:
    """A further review of a cause, for what came after the first."""
    return replace(draft, cause_key=f"{draft.cause_key}:{draft.presence_record_id}")


def _once(rule: Rule, cause: Cause) -> Callable[[], Told | None]:
    """What a rule says of a cause: worded once, however many presences there are, and not where there are none."""
    return cache(partial(rule.tell, cause))


def _ask(rule: Rule, tell: Callable[[], Told | None], cause: Cause, presence: Presence) -> ReviewDraft | None:
    is_own = presence.owner_id == cause.owner_id
    if is_own is not rule.is_of_record and not rule.is_everywhere:
        return None
    if rule.is_of_record and presence.record_id != cause.payload.get("recordId"):
        return None
    if presence.kind not in (rule.reaches if presence.path else rule.lands):
        return None
    told = tell()
    return None if told is None else _draft(rule, told, cause, presence)


def _seniority(presence: Presence) -> tuple[int, bool, date, str]:
    """Authorities in their order, within each the subject's own and longest presence first, so that a repeat names the
    same one."""
    return presence.owner_id, bool(presence.path), presence.since or date.max, presence.record_id


def _draft(rule: Rule, told: Told, cause: Cause, presence: Presence) -> ReviewDraft:
    way_zh, way_en = (
        "".join(f"；{one.kind.zh}" for one in presence.path),
        "".join(f"; {one.kind.en}" for one in presence.path),
    )
    return ReviewDraft(
        owner_id=presence.owner_id,
        rule=rule.name,
        cause_key=cause.event_id,
        subject=cause.subject,
        priority=Priority.MAY if presence.path else told.priority or rule.priority,
        handling=Handling.FOR_ATTENTION if presence.path else rule.handling,
        workdays=rule.workdays,
        reason_zh=f"{told.zh}{way_zh}；本地{presence.kind.value}：{presence.reference}",
        reason_en=f"{told.en}{way_en}; {presence.kind.name} here: {presence.reference}",
        presence_record_id=presence.record_id,
        path=presence.path,
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


__all__ = [
    "DEFAULTS",
    "NOTHING",
    "OPTIONAL",
    "RULES",
    "TRIGGERING",
    "WORKDAYS",
    "Cause",
    "Covered",
    "Handling",
    "Policies",
    "Presence",
    "PresenceKind",
    "Priority",
    "ReviewDraft",
    "Rule",
    "Step",
    "StepKind",
    "Told",
    "Weighing",
    "concerns",
    "judge_all",
    "leads_on",
    "weigh_all",
]
