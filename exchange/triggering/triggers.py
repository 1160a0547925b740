"""From announcements to reviews: takes numbered events in order, asks the rules, opens reviews elsewhere.

The cursor moves in the transaction of the work, so an event is handled once; a review is unique by (authority, rule,
cause and matter), so a repeat is harmless. An event that cannot be handled becomes a row of worker_failure. Rules are
in rules.py.
"""

import logging
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import asyncpg
import orjson

from exchange.holidays import holidays_of
from exchange.rules import (
    TRIGGERING,
    Cause,
    Covered,
    Presence,
    PresenceKind,
    ReviewDraft,
    Step,
    Weighing,
    concerns,
    weigh_all,
)
from exchange.rules.firms import WITH_RULE_OF_ITS_OWN
from exchange.rules.policy import as_kept
from exchange.statements import statements
from exchange.triggering.ending import tell_of_end
from exchange.triggering.joining import not_joined
from exchange.triggering.policies import policies_in_force
from exchange.triggering.propagation import causes_afar, each_once, presences_afar, shown
from exchange.triggering.succession import RAISED, SUCCEEDED, disinherit, inherited, reached
from exchange.triggering.telling import TOLD
from exchange.workdays import NO_HOLIDAYS, Holidays, add_workdays
from schema.kinds import KINDS
from schema.record import Family
from tenants.registry import Directory

_SQL = statements("triggers")
_LOG = logging.getLogger(__name__)
WORKER = "triggers"
FLAGS = frozenset(kind.name for kind in KINDS if kind.family is Family.ADVERSE)
# What ends by itself leaves no gap where the holder has another good certificate for the same work.
ENDINGS = ("credential.expired", "credential.expiring", "credential.reviewLapsed")
# What stands until it is lifted, or is no more as it was announced; of some a severity is part of it.
STANDING = (
    "riskFlag.raised", "riskBand.changed", "hazardSource.escalated", "hiddenDanger.overdue", "adverseAction.imposed",
)  # fmt: skip
# What ends a flag, or an action on a certificate.
LIFTINGS = ("riskFlag.lifted", "adverseAction.lifted", "dishonesty.termEnded")
# A source has news of a record, or corrects what it said.
REPORTED_ANEW = ("record.revised", "report.corrected")
PRESENCE_EVENTS = ("presence.recorded", "permit.recorded", *REPORTED_ANEW)
PERMITS = frozenset(kind.name for kind in KINDS if kind.family is Family.PERMIT)
# Kinds of records by which somebody is present.
PRESENT = PERMITS.union(kind.name for kind in KINDS if kind.family is Family.PRESENCE)
SEVERITY_EVENTS = ("riskFlag.raised", *REPORTED_ANEW)
VOIDED, MOVED = "report.voided", "record.moved"
# It is said who is one person, or not one any more.
JUDGED = ("person.merged", "person.split")
PRESENTED = ("credential.unknownPresented",)  # about a number that was presented, and no record
WITHOUT_RECORD = ("tip.confirmed",)  # causes that are no record; any other has to name its own
# What `_handle` does something about: of a million certificates received none costs more than being passed by.
HANDLED = TRIGGERING.union(LIFTINGS, PRESENCE_EVENTS, SEVERITY_EVENTS, JUDGED, (VOIDED, MOVED), TOLD)
BATCH = 500
# What will go wrong again however often it is tried; an outage or a deadlock is not among it and is tried again.
FAULTS = (
    ValueError, KeyError, TypeError, ArithmeticError, asyncpg.DataError, asyncpg.IntegrityConstraintViolationError,
)  # fmt: skip


class DirectoryBehind(Exception):
    """The directory has changed since it was read; nothing of the batch was handled."""


async def run_triggers(connection: Any, directory: Directory) -> int:
    """Handle the next batch of events; returns how many there were. Runs in a transaction of its own (hub role).

    Raises DirectoryBehind when `directory` is not the one in force.
    """
    async with connection.transaction():
        position: int = await connection.fetchval(_SQL["lock_cursor"], WORKER)
        events = await connection.fetch(_SQL["next_events"], position, BATCH)
        if events and await connection.fetchval(_SQL["edition"]) != directory.edition:
            raise DirectoryBehind
        holidays = await holidays_of(connection) if events else NO_HOLIDAYS
        for event in events:
            if event["type"] in HANDLED:
                await _handle_safely(connection, event, directory, holidays)
        if events:
            await connection.execute(_SQL["move_cursor"], WORKER, events[-1]["position"])
    return len(events)


async def _handle_safely(connection: Any, event: Mapping[str, Any], directory: Directory, holidays: Holidays) -> None:
    try:
        async with connection.transaction():
            await _handle(connection, event, directory, holidays)
    except FAULTS as error:  # a fault of ours in one event must not hold up all others
        _LOG.error(
            "event %s at %s could not be handled: %s", event["event_id"], event["position"], type(error).__name__
        )
        description = f"{type(error).__name__}: {error}"[:500]
        await connection.execute(_SQL["keep_failure"], WORKER, event["position"], event["event_id"], description)


async def _handle(connection: Any, event: Mapping[str, Any], directory: Directory, holidays: Holidays) -> None:
    payload = orjson.loads(event["payload"])
    if event["type"] in SEVERITY_EVENTS and payload.get("kind") in FLAGS:
        await connection.execute(_SQL["tell_reviews_of_change"], event["record_id"], event["day"])
    if event["type"] in TOLD:
        await TOLD[event["type"]](connection, event, payload, directory)
    if event["type"] in LIFTINGS:
        lifted_on = date.fromisoformat(payload["liftedOn"])
        await _end(connection, event, lifted_on, "LIFTED", directory)
    if event["type"] in TRIGGERING:
        cause = _cause(event, payload, directory)
        if concerns(cause) and not await _is_over(connection, event, payload):
            presences = await _presences(connection, event, payload)
            afar = await presences_afar(connection, cause, event["record_id"], directory)
            await _open(connection, cause, event["record_id"], [*presences, *each_once(afar)], holidays)
    elif event["type"] == VOIDED and "replacesVersion" not in payload:
        await _end(connection, event, event["day"], "VOIDED", directory)
    elif event["type"] == MOVED:
        await _leave(connection, event, payload)
    elif event["type"] in JUDGED:
        for person in (payload["personId"], payload["otherPersonId"]):
            told = {**payload, "personId": person}
            await _meet_causes_of_all_ids(connection, event, told, directory, holidays)
    elif event["type"] in PRESENCE_EVENTS and payload["kind"] in PRESENT:
        await _meet_standing_causes(connection, event, payload, directory, holidays)
    await _follow_into_successors(connection, event, payload, directory, holidays)


async def _follow_into_successors(
    connection: Any, event: Mapping[str, Any], payload: Mapping[str, Any], directory: Directory, holidays: Holidays
) -> None:
    """A flag, a succession, a presence of a firm that came from a flagged one: the flag is a cause against it too."""
    await disinherit(connection, event, payload)
    is_presence = event["type"] in PRESENCE_EVENTS and payload["kind"] in PRESENT and "personId" not in payload
    if not is_presence and event["type"] not in (SUCCEEDED, RAISED):
        return
    for one in await inherited(connection, event, directory):
        if concerns(one.cause):
            told = {"credit_code": one.successor, "day": event["day"], "record_id": None}
            presences = await _presences(connection, told, {})
            met = [here for here in presences if not is_presence or here.record_id == str(event["record_id"])]
            await _open(connection, one.cause, one.flag_id, reached(one, met, directory), holidays)


async def _end(connection: Any, event: Mapping[str, Any], day: date, ending: str, directory: Directory) -> None:
    await connection.execute(_SQL["tell_reviews_of_lifting"], event["record_id"], day, ending, event["position"])
    await tell_of_end(connection, event, directory)


async def _leave(connection: Any, event: Mapping[str, Any], payload: Mapping[str, Any]) -> None:
    """A record turned out to be about somebody else: whom it was said to be about has no review for it any more.

    By the event, not by what stands: should the record come back, it is a new cause, announced after this.
    """
    told = (event["record_id"], event["day"], event["subject"], event["position"])
    await connection.execute(_SQL["tell_reviews_of_move"], *told)
    if "personId" in payload:
        await connection.execute(_SQL["forget_notices"], event["record_id"], uuid.UUID(payload["personId"]))


async def _is_over(connection: Any, event: Mapping[str, Any], payload: Mapping[str, Any]) -> bool:
    """Whether what was announced is no cause any more when it is handled: the order of work never shows."""
    subject = event["subject"]
    if event["type"] in PRESENTED:
        return False  # its presences are there only while it is unknown
    if event["type"] in ENDINGS:
        end = payload.get("validTo")
        end = date.fromisoformat(end) if end else None
        return bool(await connection.fetchval(_SQL["superseded"], event["record_id"], event["day"], end, subject))
    if event["type"] in STANDING:
        return await _stands_no_more(connection, event, payload)
    if await connection.fetchval(_SQL["voided"], event["record_id"], subject):
        return True
    # listed again meanwhile
    return event["type"] == "riskFlag.lifted" and not await _stands_no_more(connection, event, {})


async def _stands_no_more(connection: Any, event: Mapping[str, Any], payload: Mapping[str, Any]) -> bool:
    severity = None if payload.get("kind") in WITH_RULE_OF_ITS_OWN else payload.get("band")
    announced = (event["day"], severity, payload.get("dueOn"), event["subject"])
    return bool(await connection.fetchval(_SQL["is_over"], event["record_id"], *announced))


async def _meet_standing_causes(
    connection: Any, event: Mapping[str, Any], payload: Mapping[str, Any], directory: Directory, holidays: Holidays
) -> None:
    """A firm flagged elsewhere files a matter or gets a permit here, or the holder of a certificate no longer good is
    appointed here.

    What stands leads to a review as if it happened now. The cause is the same, so never to two.
    """
    presences = [
        one for one in await _presences(connection, event, payload) if one.record_id == str(event["record_id"])
    ]
    if not presences:
        return
    for earlier in await _standing(connection, event, payload.get("personId")):
        cause = replace(_cause(earlier, orjson.loads(earlier["payload"]), directory), day=event["day"])
        await _open(connection, cause, earlier["record_id"], presences, holidays)
    await _complete_paths(connection, event, payload, directory, holidays)


async def _complete_paths(
    connection: Any, event: Mapping[str, Any], payload: Mapping[str, Any], directory: Directory, holidays: Holidays
) -> None:
    """What a cause leads on to only since this record is there: it is the end of the path, or ties it together."""
    new = str(event["record_id"])
    for earlier in await causes_afar(connection, event, payload):
        cause = replace(_cause(earlier, orjson.loads(earlier["payload"]), directory), day=event["day"])
        afar = await presences_afar(connection, cause, earlier["record_id"], directory)
        completed = [one for one in afar if new in (one.presence.record_id, str(one.link_id))]
        await _open(connection, cause, earlier["record_id"], each_once(completed), holidays)


async def _standing(connection: Any, event: Mapping[str, Any], person: str | None) -> list[Any]:
    """The events of others that still are causes against the firm or person of a presence."""
    reached = (event["owner_id"], event["day"], event["position"])
    if person is None:
        flags = await connection.fetch(_SQL["standing_of_firm"], event["credit_code"], *reached)
        return [*flags, *await connection.fetch(_SQL["standing_tips"], event["credit_code"], None, *reached)]
    return await _standing_against(connection, person, reached)


async def _standing_against(connection: Any, person: str, reached: tuple[int, date, int]) -> list[Any]:
    lapses = await connection.fetch(_SQL["standing_lapses"], uuid.UUID(person), *reached)
    actions = await connection.fetch(_SQL["standing_actions"], uuid.UUID(person), *reached)
    return [*lapses, *actions, *await connection.fetch(_SQL["standing_tips"], None, uuid.UUID(person), *reached)]


async def _meet_causes_of_all_ids(
    connection: Any, event: Mapping[str, Any], payload: Mapping[str, Any], directory: Directory, holidays: Holidays
) -> None:
    """Two ids turn out to be one person: what stands against one is news where the other is appointed.

    They turn out to be two: what the certificate of one stood in for is news where the other is appointed.
    """
    presences = await _presences(connection, event, payload)
    for owner in sorted({one.owner_id for one in presences}):
        here = [one for one in presences if one.owner_id == owner]
        reached = (owner, event["day"], event["position"])
        for earlier in await _standing_against(connection, payload["personId"], reached):
            cause = replace(_cause(earlier, orjson.loads(earlier["payload"]), directory), day=event["day"])
            await _open(connection, cause, earlier["record_id"], here, holidays)


def _cause(event: Mapping[str, Any], payload: Mapping[str, Any], directory: Directory) -> Cause:
    owner = directory.tenants[event["owner_id"]]
    return Cause(
        event_type=event["type"],
        event_id=str(event["event_id"]),
        owner_id=event["owner_id"],
        owner_regions=owner.jurisdiction,
        subject=event["subject"],
        day=event["day"],
        payload=payload,
    )


async def _presences(connection: Any, event: Mapping[str, Any], payload: Mapping[str, Any]) -> list[Presence]:
    person = payload.get("personId")
    rows = await connection.fetch(
        _SQL["presences"], event["credit_code"], uuid.UUID(person) if person else None, event["day"], event["record_id"]
    )
    return [_presence(row) for row in rows]


def _presence(row: Mapping[str, Any]) -> Presence:
    return Presence(
        owner_id=row["owner_id"],
        record_id=str(row["record_id"]),
        kind=PresenceKind[row["kind"]],
        region=row["region"],
        reference=shown(row["reference"]),
        since=row["since"],
    )


async def _open(
    connection: Any, cause: Cause, record_id: uuid.UUID | None, presences: Sequence[Presence], holidays: Holidays
) -> None:
    if not presences:
        return
    policies = await policies_in_force(connection, {one.owner_id for one in presences}, cause.day)
    weighed = weigh_all(cause, presences, await _covered(connection, cause, record_id), policies)
    opening = await not_joined(connection, cause, record_id, [one.draft for one in weighed if one.draft])
    rows = [_review(cause, record_id, one, one.draft, holidays) for one in weighed if one.draft in opening]
    if rows:
        await connection.execute(_SQL["open_reviews"], orjson.dumps(rows).decode())
    left = [_unopened(cause, record_id, one) for one in weighed if not one.draft]
    if left:
        await connection.execute(_SQL["keep_unopened"], orjson.dumps(left).decode())


async def _covered(connection: Any, cause: Cause, record_id: uuid.UUID | None) -> Covered:
    found: dict[tuple[str, int], frozenset[str]] = {}
    for row in await connection.fetch(_SQL["covered"], record_id, uuid.UUID(cause.event_id)):
        key = (row["rule"], row["owner_id"])
        found[key] = found.get(key, frozenset()) | {str(one) for one in row["covered"]}
    return found


def _step(step: Step) -> dict[str, str]:
    return {"kind": step.kind.name, "creditCode": step.credit_code, "personId": step.person_id}


def _unopened(cause: Cause, record_id: uuid.UUID | None, weighed: Weighing) -> dict[str, Any]:
    sort, _, identity = cause.subject.partition(":")
    return {
        "owner_id": weighed.owner_id,
        "cause_owner_id": cause.owner_id,
        "rule": weighed.rule,
        "cause_key": weighed.cause_key,
        "cause_event_id": cause.event_id,
        "cause_record_id": None if cause.event_type in WITHOUT_RECORD else str(record_id),
        "subject": cause.subject,
        "credit_code": identity if sort == "E" else None,
        "sightings": [as_kept(one) for one in weighed.sightings],
        "weighed_on": cause.day,
    }


def _review(
    cause: Cause, record_id: uuid.UUID | None, weighed: Weighing, draft: ReviewDraft, holidays: Holidays
) -> dict[str, Any]:
    deadline = add_workdays(cause.day, draft.workdays, holidays)
    return {
        **_unopened(cause, record_id, weighed),
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
        "workdays": draft.workdays,
        "assigned_to": draft.assignee,
        "policy": draft.policy,
    }
