"""Trigger rules (联动规则): an announced event and a presence elsewhere -> a review (重点核查) to open. Pure functions.

Add the next rule in firms.py, persons.py, tips.py or detected.py and its name to RULES, with a row in
`tests/spec/triggers.md`. A rule opens a review and refuses nothing by itself: the receiving authority decides.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import TypeAlias

from exchange.rules import detected, firms, persons, tips
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
)

TRIGGERING = frozenset(event_type for rule in RULES for event_type in rule.event_types)
"""Event types that some rule listens to; the others need no look at presences."""

Covered: TypeAlias = Mapping[tuple[str, int], frozenset[str]]
"""(rule, authority) -> presences that reviews of a cause cover already."""
NOTHING: Covered = {}


def judge_all(cause: Cause, presences: Iterable[Presence], covered: Covered = NOTHING) -> tuple[ReviewDraft, ...]:
    """Every review the event leads to: one for each rule and authority, however many presences there are.

    The authority that announced the event gets none, it is its own matter, unless the hub found it there. What a review
    of the same cause covers already leads to no other; what came later does, unless only a path of steps leads there.
    """
    merged: dict[tuple[str, int], ReviewDraft] = {}
    for presence in sorted(presences, key=_seniority):
        for rule in RULES:
            key = (rule.name, presence.owner_id)
            known = covered.get(key, frozenset())
            is_known = presence.record_id in known or (presence.path and key in covered)
            draft = None if is_known else _ask(rule, cause, presence)
            if draft is None:
                continue
            if key in merged:
                further = (*merged[key].further_record_ids, presence.record_id)
                merged[key] = replace(merged[key], further_record_ids=further)
            else:
                merged[key] = _continued(draft) if key in covered else draft
    return tuple(_mention(draft) for draft in merged.values())


def concerns(cause: Cause) -> bool:
    """Whether some rule has anything to say of the cause: most announcements are good news, and cost no look around."""
    return any(cause.event_type in rule.event_types and rule.tell(cause) for rule in RULES)


def leads_on(cause: Cause) -> bool:
    """Whether some rule follows the cause from a person to a firm, or from a firm to its staff."""
    return any(rule.reaches and cause.event_type in rule.event_types and rule.tell(cause) for rule in RULES)


def _continued(draft: ReviewDraft) -> ReviewDraft:
    """A further review of a cause, for what came after the first."""
    return replace(draft, cause_key=f"{draft.cause_key}:{draft.presence_record_id}")


def _ask(rule: Rule, cause: Cause, presence: Presence) -> ReviewDraft | None:
    is_own = presence.owner_id == cause.owner_id
    if cause.event_type not in rule.event_types or (is_own is not rule.is_of_record and not rule.is_everywhere):
        return None
    if rule.is_of_record and presence.record_id != cause.payload.get("recordId"):
        return None
    if presence.kind not in (rule.reaches if presence.path else rule.lands):
        return None
    told = rule.tell(cause)
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
    "NOTHING",
    "RULES",
    "TRIGGERING",
    "WORKDAYS",
    "Cause",
    "Covered",
    "Handling",
    "Presence",
    "PresenceKind",
    "Priority",
    "ReviewDraft",
    "Rule",
    "Step",
    "StepKind",
    "Told",
    "concerns",
    "judge_all",
    "leads_on",
]
