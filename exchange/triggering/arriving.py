"""What stands already and meets a firm or person that is present anew: looked up for many presences at once.

A firm flagged elsewhere files a matter or gets a permit here, the holder of a certificate no longer good is appointed
here, two ids turn out to be one person: what stands leads to a review as if it happened now. The cause is the same, so
never to two. A further way to meet is a part of `_meet`.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson

from exchange.rules import Cause, Presence, concerns
from exchange.triggering.opening import Met, cause_of, open_reviews
from exchange.triggering.presence import presences_here, presences_of
from exchange.triggering.propagation import Arrived, causes_afar, each_once, presences_afar
from exchange.triggering.standing import Asked, standing_against
from exchange.triggering.succession import Inherited, inherited_by, reached
from schema.kinds import KINDS
from schema.record import Family
from tenants.registry import Directory

Event = Mapping[str, Any]
PERMITS = frozenset(kind.name for kind in KINDS if kind.family is Family.PERMIT)
# Kinds of records by which somebody is present.
PRESENT = PERMITS.union(kind.name for kind in KINDS if kind.family is Family.PRESENCE)


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """A presence that was recorded, as far as it is one, and what meets it: directly, by a path, by a succession."""

    event: Event
    presences: Sequence[Presence]
    standing: Sequence[Event]
    afar: Sequence[Event]
    inherited: Sequence[Inherited]


async def meet_standing_causes(connection: Any, events: Sequence[Event], directory: Directory) -> None:
    """Open what meets presences, in their order (hub role); nothing of it bears upon what meets another."""
    told = [(event, orjson.loads(event["payload"])) for event in events]
    for one in await _arrivals(connection, [arrived for arrived in told if arrived[1]["kind"] in PRESENT], directory):
        await _meet(connection, one, directory)


async def _arrivals(connection: Any, told: Sequence[Arrived], directory: Directory) -> list[Arrival]:
    """Those that are present, with all that meets them; a statement each, however many they are."""
    if not told:
        return []
    found = zip(told, await presences_of(connection, [event for event, _ in told]), strict=True)
    here = [
        (event, payload, own)
        for (event, payload), presences in found
        if (own := [one for one in presences if one.record_id == str(event["record_id"])])
    ]
    standing = await standing_against(connection, [_asked(event, payload) for event, payload, _ in here])
    afar = await causes_afar(connection, [(event, payload) for event, payload, _ in here])
    firms = [event for event, payload, _ in here if "personId" not in payload and event["credit_code"]]
    lines = zip(firms, await inherited_by(connection, firms, directory), strict=True)
    of_event = {event["event_id"]: line for event, line in lines}
    return [
        Arrival(event=event, presences=own, standing=stands, afar=paths, inherited=of_event.get(event["event_id"], ()))
        for (event, _, own), stands, paths in zip(here, standing, afar, strict=True)
    ]


def _asked(event: Event, payload: Mapping[str, Any]) -> Asked:
    person = payload.get("personId")
    return Asked(
        credit_code=event["credit_code"],
        person_id=uuid.UUID(person) if person else None,
        owner_id=event["owner_id"],
        day=event["day"],
        position=event["position"],
    )


async def _meet(connection: Any, one: Arrival, directory: Directory) -> None:
    for earlier in one.standing:
        await _open(connection, _cause_now(earlier, one.event, directory), earlier["record_id"], one.presences)
    for earlier in one.afar:
        await _complete_path(connection, one.event, earlier, directory)
    for line in one.inherited:
        if concerns(line.cause):
            await _open(connection, line.cause, line.flag_id, reached(line, one.presences, directory))


async def _complete_path(connection: Any, event: Event, earlier: Event, directory: Directory) -> None:
    """What a cause leads on to only since this record is there: it is the end of the path, or ties it together."""
    new = str(event["record_id"])
    cause = _cause_now(earlier, event, directory)
    (afar,) = await presences_afar(connection, [(cause, earlier["record_id"])], directory)
    completed = [one for one in afar if new in (one.presence.record_id, str(one.link_id))]
    await _open(connection, cause, earlier["record_id"], each_once(completed))


async def meet_causes_of_all_ids(connection: Any, event: Event, person: str, directory: Directory) -> None:
    """Two ids turn out to be one person: what stands against one is news where the other is appointed.

    They turn out to be two: what the certificate of one stood in for is news where the other is appointed.
    """
    payload = {**orjson.loads(event["payload"]), "personId": person}
    presences = await presences_here(connection, event, payload)
    owners = sorted({one.owner_id for one in presences})
    asked = _asked(event, payload)
    standing = await standing_against(connection, [replace(asked, owner_id=owner) for owner in owners])
    for owner, several in zip(owners, standing, strict=True):
        here = [one for one in presences if one.owner_id == owner]
        for earlier in several:
            await _open(connection, _cause_now(earlier, event, directory), earlier["record_id"], here)


def _cause_now(earlier: Event, event: Event, directory: Directory) -> Cause:
    """What was announced earlier, as a cause on the day of an event."""
    return replace(cause_of(earlier, orjson.loads(earlier["payload"]), directory), day=event["day"])


async def _open(connection: Any, cause: Cause, record_id: uuid.UUID | None, presences: Sequence[Presence]) -> None:
    await open_reviews(connection, [Met(cause=cause, record_id=record_id, presences=presences)])
