"""From causes and where their subjects are present to reviews: every statement once, however many causes there are.

What several causes open is what each would open after the other, as none of them is about what another is about. A
further column of a review is a line of `_review`; the statements are in sql/opening.sql.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson

from exchange.holidays import holidays_of
from exchange.rules import NOTHING, Cause, Covered, Policies, Presence, ReviewDraft, Step, Weighing, weigh_all
from exchange.rules.policy import as_kept
from exchange.statements import statements
from exchange.triggering.joining import REPORTS, Report, joined
from exchange.triggering.policies import policies_in_force
from exchange.workdays import Holidays, add_workdays
from tenants.registry import Directory

_SQL = statements("opening")
AT_ONCE = 1_000
WITHOUT_RECORD = ("tip.confirmed", "source.stale")  # causes that are no record; any other has to name its own


@dataclass(frozen=True, kw_only=True)
class Met:
    """A cause, the record it is about, and the presences that meet it."""

    cause: Cause
    record_id: uuid.UUID | None
    presences: Sequence[Presence]


def cause_of(event: Mapping[str, Any], payload: Mapping[str, Any], directory: Directory) -> Cause:
    """What an event announced, as the rules take it."""
    owner = directory.tenants[event["owner_id"]]
    return Cause(
        event_type=event["type"],
        event_id=str(event["event_id"]),
        owner_id=event["owner_id"],
        owner_regions=owner.jurisdiction,
        subject=event["subject"],
        day=event["day"],
        payload=payload,
        agreed_workdays=directory.agreed_workdays(event["owner_id"], event["day"]),
    )


async def open_reviews(connection: Any, several: Iterable[Met]) -> None:
    """Open what the rules and local policies make of causes of different subjects (hub role, in a transaction)."""
    met = [one for one in several if one.presences]
    if not met:
        return
    covered, policies = await _covered(connection, met), await _policies(connection, met)
    weighed = [_weigh(one, covered, policies) for one in met]
    reports = [
        Report(cause=one.cause, record_id=one.record_id, drafts=[found.draft for found in of_cause if found.draft])
        for one, of_cause in zip(met, weighed, strict=True)
    ]
    opening, left_out = [], []
    for one, of_cause, of_report in zip(met, weighed, await joined(connection, reports), strict=True):
        for found in of_cause:
            if found.draft and (found.rule, found.owner_id) not in of_report:
                opening.append((one, found, found.draft))
            else:
                left_out.append(_left_out(one, found))
    if opening:
        holidays = await holidays_of(connection)
        rows = [_review(one, found, draft, holidays) for one, found, draft in opening]
        for first in range(0, len(rows), AT_ONCE):
            await connection.execute(_SQL["open_reviews"], orjson.dumps(rows[first : first + AT_ONCE]).decode())
    if left_out:
        await connection.execute(_SQL["keep_unopened"], orjson.dumps(left_out).decode())


def _weigh(met: Met, covered: Mapping[str, Covered], policies: Mapping[date, Policies]) -> tuple[Weighing, ...]:
    cause = met.cause
    return weigh_all(cause, met.presences, covered.get(cause.event_id, NOTHING), policies[cause.day])


async def _policies(connection: Any, met: Sequence[Met]) -> dict[date, Policies]:
    """The policies in force on the day of each cause, with all authorities where something is present."""
    owners = {presence.owner_id for one in met for presence in one.presences}
    days = {one.cause.day for one in met}
    return {day: await policies_in_force(connection, owners, day) for day in sorted(days)}


async def _covered(connection: Any, met: Sequence[Met]) -> dict[str, dict[tuple[str, int], frozenset[str]]]:
    """By cause, what was weighed of it already."""
    causes = [one.cause for one in met]
    asked = (
        [one.record_id for one in met],
        [uuid.UUID(cause.event_id) for cause in causes],
        [cause.event_type in REPORTS for cause in causes],
    )
    found: dict[str, dict[tuple[str, int], frozenset[str]]] = {}
    for row in await connection.fetch(_SQL["covered"], *asked):
        of_cause = found.setdefault(str(row["event_id"]), {})
        key = (row["rule"], row["owner_id"])
        of_cause[key] = of_cause.get(key, frozenset()) | {str(one) for one in row["covered"]}
    return found


def _step(step: Step) -> dict[str, str]:
    return {"kind": step.kind.name, "creditCode": step.credit_code, "personId": step.person_id}


def _unopened(met: Met, weighed: Weighing) -> dict[str, Any]:
    cause = met.cause
    sort, _, identity = cause.subject.partition(":")
    return {
        "owner_id": weighed.owner_id,
        "cause_owner_id": cause.owner_id,
        "rule": weighed.rule,
        "cause_key": weighed.cause_key,
        "cause_event_id": cause.event_id,
        "cause_record_id": None if cause.event_type in WITHOUT_RECORD else str(met.record_id),
        "subject": cause.subject,
        "credit_code": identity if sort == "E" else None,
        "sightings": [as_kept(one) for one in weighed.sightings],
        "weighed_on": cause.day,
    }


def _left_out(met: Met, weighed: Weighing) -> dict[str, Any]:
    """What opened no review of its own: a policy left it out, or it joined another."""
    joined = {"is_joined": weighed.draft is not None, "document": met.cause.payload.get("decisionNumber")}
    return {**_unopened(met, weighed), **joined}


def _review(met: Met, weighed: Weighing, draft: ReviewDraft, holidays: Holidays) -> dict[str, Any]:
    cause = met.cause
    workdays = min(draft.workdays, cause.agreed_workdays.get(weighed.owner_id, draft.workdays))
    deadline = add_workdays(cause.day, workdays, holidays)
    return {
        **_unopened(met, weighed),
        "person_id": cause.subject.partition(":")[2] if cause.subject.startswith("P:") else None,
        "presence_record_id": draft.presence_record_id,
        "further_record_ids": draft.further_record_ids,
        "path": [_step(one) for one in draft.path] or None,
        "priority": draft.priority.name,
        "handling": draft.handling.name,
        "reason_zh": draft.reason_zh,
        "reason_en": draft.reason_en,
        "opened_on": cause.day,
        "due_on": deadline.day,
        "is_due_estimated": deadline.is_estimated,
        "workdays": workdays,
        "assigned_to": draft.assignee,
        "policy": draft.policy,
    }
