"""From announcements to reviews: takes numbered events in order, asks the rules, opens reviews elsewhere.

The cursor moves in the transaction of the work, so an event is handled once; a review is unique by (authority, rule,
cause and matter), so a repeat is harmless. A batch goes together as far as it can; an event that cannot be handled
becomes a row of worker_failure. Rules are in rules/, what is opened of them in opening.py.
"""

import logging
import uuid
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, TypeAlias

import asyncpg
import orjson

from exchange.rules import TRIGGERING, concerns
from exchange.statements import statements
from exchange.triggering.arriving import meet_causes_of_all_ids, meet_standing_causes
from exchange.triggering.ending import tell_of_end
from exchange.triggering.opening import Met, cause_of, open_reviews
from exchange.triggering.presence import presences_here, presences_of
from exchange.triggering.propagation import each_once, presences_afar
from exchange.triggering.sources import relying
from exchange.triggering.standing import places_over
from exchange.triggering.succession import RAISED, SUCCEEDED, disinherit, inherited, reached
from exchange.triggering.telling import TOLD
from schema.kinds import KINDS
from schema.record import Family
from tenants.registry import Directory

_SQL = statements("triggers")
_LOG = logging.getLogger(__name__)
WORKER = "triggers"
FLAGS = frozenset(kind.name for kind in KINDS if kind.family is Family.ADVERSE)
# What ends a flag, or an action on a certificate.
LIFTINGS = ("riskFlag.lifted", "adverseAction.lifted", "dishonesty.termEnded")
# A source has news of a record, or corrects what it said.
REPORTED_ANEW = ("record.revised", "report.corrected")
# Somebody may be present.
ARRIVALS = ("presence.recorded", "permit.recorded", "record.revised")
PRESENCE_EVENTS = (*ARRIVALS, "report.corrected")
SEVERITY_EVENTS = ("riskFlag.raised", *REPORTED_ANEW)
VOIDED, MOVED = "report.voided", "record.moved"
# It is said who is one person, or not one any more.
JUDGED = ("person.merged", "person.split")
# What `_handle` does something about: of a million certificates received none costs more than being passed by.
HANDLED = TRIGGERING.union(LIFTINGS, PRESENCE_EVENTS, SEVERITY_EVENTS, JUDGED, (VOIDED, MOVED), TOLD)
# Causes that bear upon nothing but their own subject and record: of several the order does not show.
BY_THEMSELVES = TRIGGERING.difference(LIFTINGS, TOLD, (SUCCEEDED,))
BATCH = 500
TOGETHER = 50  # no statement takes long, however many are present wherever
# What will go wrong again however often it is tried; an outage or a deadlock is not among it and is tried again.
FAULTS = (
    ValueError, KeyError, TypeError, ArithmeticError, asyncpg.DataError, asyncpg.IntegrityConstraintViolationError,
)  # fmt: skip


Handling: TypeAlias = Callable[[Any, Sequence[Mapping[str, Any]], Directory], Awaitable[None]]


class DirectoryBehind(Exception):
    """The directory has changed since it was read; nothing of the batch was handled."""


async def run_triggers(connection: Any, directory: Directory) -> int:
    """Handle the next batch of events; returns how many there were. Runs in a transaction of its own (hub role).

    Raises DirectoryBehind when `directory` is not the one in force.
    """
    if not await connection.fetchval(_SQL["is_behind"], WORKER):
        return 0
    try:
        return await _run(connection, directory, _handle_together)
    except FAULTS:  # of ours in one event: it must not hold up all others
        return await _run(connection, directory, _handle_apart)


async def _run(connection: Any, directory: Directory, handle: Handling) -> int:
    async with connection.transaction():
        events: list[Mapping[str, Any]] = await connection.fetch(_SQL["take_events"], WORKER, BATCH)
        if not events:
            return 0
        if events[0]["edition"] != directory.edition:
            raise DirectoryBehind
        await handle(connection, [event for event in events if event["type"] in HANDLED], directory)
    return len(events)


async def _handle_apart(connection: Any, events: Sequence[Mapping[str, Any]], directory: Directory) -> None:
    for event in events:
        await _handle_safely(connection, event, directory)


async def _handle_together(connection: Any, events: Sequence[Mapping[str, Any]], directory: Directory) -> None:
    """In their order; what stands in a row and bears upon nothing else is one work."""
    for handle, several in _rows(events):
        await handle(connection, several, directory)


def _rows(events: Iterable[Mapping[str, Any]]) -> Iterator[tuple[Handling, list[Mapping[str, Any]]]]:
    """Events in a row that are handled the same way; causes only where each is of another subject and record."""
    row: list[Mapping[str, Any]] = []
    about: set[Any] = set()
    former: Handling = _handle_one_by_one
    for event in events:
        handling = _handling(event)
        of_event = {event["subject"], event["record_id"]} - {None}
        is_entangled = handling is _handle_causes and bool(about & of_event)
        if row and (handling is not former or is_entangled or len(row) == TOGETHER):
            yield former, row
            row, about = [], set()
        former = handling
        row.append(event)
        about |= of_event
    if row:
        yield former, row


def _handling(event: Mapping[str, Any]) -> Handling:
    if event["type"] in BY_THEMSELVES and not event["has_successors"]:
        return _handle_causes
    if event["type"] in ARRIVALS and orjson.loads(event["payload"])["kind"] not in FLAGS:
        return meet_standing_causes
    return _handle_one_by_one


async def _handle_one_by_one(connection: Any, events: Sequence[Mapping[str, Any]], directory: Directory) -> None:
    for event in events:
        await _handle(connection, event, directory)


async def _handle_safely(connection: Any, event: Mapping[str, Any], directory: Directory) -> None:
    try:
        async with connection.transaction():
            await _handle(connection, event, directory)
    except FAULTS as error:
        _LOG.error(
            "event %s at %s could not be handled: %s", event["event_id"], event["position"], type(error).__name__
        )
        description = f"{type(error).__name__}: {error}"[:500]
        await connection.execute(_SQL["keep_failure"], WORKER, event["position"], event["event_id"], description)


async def _handle(connection: Any, event: Mapping[str, Any], directory: Directory) -> None:
    payload = orjson.loads(event["payload"])
    if event["type"] in TOLD:
        await TOLD[event["type"]](connection, event, payload, directory)
    if event["type"] in LIFTINGS:
        lifted_on = date.fromisoformat(payload["liftedOn"])
        await _end(connection, event, lifted_on, "LIFTED", directory)
    if event["type"] in TRIGGERING:
        await _handle_causes(connection, [event], directory)
    elif event["type"] in REPORTED_ANEW:
        await _tell_of_change(connection, event, payload)
    if event["type"] == VOIDED and "replacesVersion" not in payload:
        await _end(connection, event, event["day"], "VOIDED", directory)
    elif event["type"] == MOVED:
        await _leave(connection, event, payload)
    elif event["type"] in JUDGED:
        for person in (payload["personId"], payload["otherPersonId"]):
            await meet_causes_of_all_ids(connection, event, person, directory)
    await disinherit(connection, event, payload)
    if event["type"] in PRESENCE_EVENTS:
        await meet_standing_causes(connection, [event], directory)
    elif event["type"] in (SUCCEEDED, RAISED):
        await _follow_into_successors(connection, event, directory)


async def _handle_causes(connection: Any, events: Sequence[Mapping[str, Any]], directory: Directory) -> None:
    """Causes of different subjects: all that stand are looked at together."""
    causes = []
    for event in events:
        payload = orjson.loads(event["payload"])
        await _tell_of_change(connection, event, payload)
        cause = cause_of(event, payload, directory)
        if concerns(cause):
            causes.append((event, cause))
    over = await places_over(connection, causes)
    standing = [one for place, one in enumerate(causes) if place not in over]
    if not standing:
        return
    presences = await presences_of(connection, [event for event, _ in standing])
    for (event, cause), here in zip(standing, presences, strict=True):
        here += await relying(connection, event, cause.payload, directory)
    afar = await presences_afar(connection, [(cause, event["record_id"]) for event, cause in standing], directory)
    await open_reviews(connection, [
        Met(cause=cause, record_id=event["record_id"], presences=[*here, *each_once(there)])
        for (event, cause), here, there in zip(standing, presences, afar, strict=True)
    ])  # fmt: skip


async def _tell_of_change(connection: Any, event: Mapping[str, Any], payload: Mapping[str, Any]) -> None:
    """A flag's severity may be another than it was announced with; what is announced first was never before."""
    is_severity = event["type"] in SEVERITY_EVENTS and payload.get("kind") in FLAGS
    if is_severity and payload.get("version") != 1:
        await connection.execute(_SQL["tell_reviews_of_change"], event["record_id"], event["day"])


async def _follow_into_successors(connection: Any, event: Mapping[str, Any], directory: Directory) -> None:
    """A flag or a succession: the flag is a cause against the firm that came from the flagged one too."""
    for one in await inherited(connection, event, directory):
        if concerns(one.cause):
            told = {"credit_code": one.successor, "day": event["day"], "record_id": None}
            presences = await presences_here(connection, told, {})
            await open_reviews(connection, [
                Met(cause=one.cause, record_id=one.flag_id, presences=reached(one, presences, directory))
            ])  # fmt: skip


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
