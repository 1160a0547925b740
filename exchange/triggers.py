"""From announcements to reviews: takes numbered events in order, asks the rules, opens reviews elsewhere.

The cursor moves in the transaction of the work, so an event is handled once; a review is unique by (authority, rule,
cause and matter), so a repeat is harmless. An event that cannot be handled becomes a row of worker_failure. Rules are
in rules.py.
"""

import logging
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import asyncpg
import orjson

from exchange.holidays import holidays_of
from exchange.rules import TRIGGERING, Cause, Covered, Presence, PresenceKind, ReviewDraft, judge_all
from exchange.statements import statements
from exchange.workdays import NO_HOLIDAYS, Holidays, add_workdays
from schema.kinds import BY_NAME, KINDS
from schema.record import Family
from schema.regions import region
from tenants.registry import Directory

_SQL = statements("triggers")
_LOG = logging.getLogger(__name__)
WORKER = "triggers"
_POSTS: Mapping[str, str] = getattr(BY_NAME["APPOINTMENT"].by_name["post"].read, "labels", {})
FLAGS = frozenset(kind.name for kind in KINDS if kind.family is Family.ADVERSE)
# What ends by itself leaves no gap where the holder has another good certificate for the same work.
ENDINGS = ("credential.expired", "credential.reviewLapsed")
# What ends a flag, or an action on a certificate.
LIFTINGS = ("riskFlag.lifted", "adverseAction.lifted", "dishonesty.termEnded")
# A source has news of a record, or corrects what it said.
REPORTED_ANEW = ("record.revised", "report.corrected")
PRESENCE_EVENTS = ("presence.recorded", *REPORTED_ANEW)
SEVERITY_EVENTS = ("riskFlag.raised", *REPORTED_ANEW)
VOIDED, MERGED = "report.voided", "person.merged"
# What `_handle` does something about: of a million certificates received none costs more than being passed by.
HANDLED = TRIGGERING.union(LIFTINGS, PRESENCE_EVENTS, SEVERITY_EVENTS, (VOIDED, MERGED))
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
    if await _is_over(connection, event, payload):
        return
    if event["type"] in TRIGGERING:
        cause = _cause(event, payload, directory)
        presences = await _presences(connection, event, payload)
        await _open(connection, cause, event["record_id"], presences, holidays)
    elif event["type"] in LIFTINGS:
        lifted_on = date.fromisoformat(payload["liftedOn"])
        await connection.execute(_SQL["tell_reviews_of_lifting"], event["record_id"], lifted_on)
    elif event["type"] == VOIDED and "replacesVersion" not in payload:
        await connection.execute(_SQL["tell_reviews_of_lifting"], event["record_id"], event["day"])
    elif event["type"] == MERGED:
        await _meet_lapses_of_all_ids(connection, event, payload, directory, holidays)
    elif event["type"] in PRESENCE_EVENTS and payload["kind"] in PresenceKind.__members__:
        await _meet_standing_causes(connection, event, payload, directory, holidays)


async def _is_over(connection: Any, event: Mapping[str, Any], payload: Mapping[str, Any]) -> bool:
    """Whether what was announced is no cause any more when it is handled: the order of work never shows."""
    if event["type"] in ENDINGS:
        return bool(await connection.fetchval(_SQL["superseded"], event["record_id"], event["day"]))
    if event["type"] in ("riskFlag.raised", "adverseAction.imposed"):
        band = payload.get("band")
        return bool(await connection.fetchval(_SQL["is_over"], event["record_id"], event["day"], band))
    if event["type"] in TRIGGERING:
        return bool(await connection.fetchval(_SQL["voided"], event["record_id"]))
    return False


async def _meet_standing_causes(
    connection: Any, event: Mapping[str, Any], payload: Mapping[str, Any], directory: Directory, holidays: Holidays
) -> None:
    """A firm flagged elsewhere files a matter here, or the holder of a certificate no longer good is appointed here.

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


async def _standing(connection: Any, event: Mapping[str, Any], person: str | None) -> list[Any]:
    """The events of others that still are causes against the firm or person of a presence."""
    reached = (event["owner_id"], event["day"], event["position"])
    if person is None:
        return list(await connection.fetch(_SQL["standing_flags"], event["credit_code"], *reached))
    lapses = await connection.fetch(_SQL["standing_lapses"], uuid.UUID(person), *reached)
    return [*lapses, *await connection.fetch(_SQL["standing_actions"], uuid.UUID(person), *reached)]


async def _meet_lapses_of_all_ids(
    connection: Any, event: Mapping[str, Any], payload: Mapping[str, Any], directory: Directory, holidays: Holidays
) -> None:
    """Two ids turn out to be one person: what no longer stands under one is news where the other is appointed."""
    presences = await _presences(connection, event, payload)
    for owner in sorted({one.owner_id for one in presences}):
        reached = (uuid.UUID(payload["personId"]), owner, event["day"], event["position"])
        here = [one for one in presences if one.owner_id == owner]
        for earlier in await connection.fetch(_SQL["standing_lapses"], *reached):
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
        _SQL["presences"], event["credit_code"], uuid.UUID(person) if person else None, event["day"]
    )
    return [_presence(row) for row in rows]


def _shown(reference: str) -> str:
    """A post by its label, a matter's division by its name; never the case number, which is its owner's."""
    found = region(reference)
    return found.name if found else _POSTS.get(reference, reference)


def _presence(row: Mapping[str, Any]) -> Presence:
    return Presence(
        owner_id=row["owner_id"],
        record_id=str(row["record_id"]),
        kind=PresenceKind[row["kind"]],
        region=row["region"],
        reference=_shown(row["reference"]),
        since=row["since"],
    )


async def _open(
    connection: Any, cause: Cause, record_id: uuid.UUID, presences: Iterable[Presence], holidays: Holidays
) -> None:
    drafts = judge_all(cause, presences, await _covered(connection, cause, record_id))
    rows = [_review(cause, record_id, draft, holidays) for draft in drafts]
    if rows:
        await connection.execute(_SQL["open_reviews"], orjson.dumps(rows).decode())


async def _covered(connection: Any, cause: Cause, record_id: uuid.UUID) -> Covered:
    found: dict[tuple[str, int], frozenset[str]] = {}
    for row in await connection.fetch(_SQL["covered"], record_id, uuid.UUID(cause.event_id)):
        key = (row["rule"], row["owner_id"])
        found[key] = found.get(key, frozenset()) | {str(one) for one in row["covered"]}
    return found


def _review(cause: Cause, record_id: uuid.UUID, draft: ReviewDraft, holidays: Holidays) -> dict[str, Any]:
    deadline = add_workdays(cause.day, draft.workdays, holidays)
    sort, _, identity = cause.subject.partition(":")
    return {
        "owner_id": draft.owner_id,
        "cause_owner_id": cause.owner_id,
        "rule": draft.rule,
        "cause_key": draft.cause_key,
        "cause_event_id": cause.event_id,
        "cause_record_id": str(record_id),
        "subject": cause.subject,
        "person_id": identity if sort == "P" else None,
        "credit_code": identity if sort == "E" else None,
        "presence_record_id": draft.presence_record_id,
        "further_record_ids": draft.further_record_ids,
        "priority": draft.priority.name,
        "handling": draft.handling.name,
        "reason_zh": draft.reason_zh,
        "reason_en": draft.reason_en,
        "opened_on": cause.day,
        "due_on": deadline.day,
        "is_due_estimated": deadline.is_estimated,
    }
