"""Where the subject of an event is present. A further way to be is a branch of `presences` in sql/triggers.sql."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from exchange.rules import Presence, PresenceKind
from exchange.statements import statements
from exchange.triggering.propagation import shown

_SQL = statements("triggers")


async def presences_of(connection: Any, events: Sequence[Mapping[str, Any]]) -> list[list[Presence]]:
    """Of each event where its subject is present on its day (hub role)."""
    return await _presences(connection, [(event, orjson.loads(event["payload"])) for event in events])


async def presences_here(connection: Any, event: Mapping[str, Any], payload: Mapping[str, Any]) -> list[Presence]:
    """The same of one event and what it is taken to say."""
    (found,) = await _presences(connection, [(event, payload)])
    return found


async def _presences(
    connection: Any, events: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]]
) -> list[list[Presence]]:
    asked = [
        (event["credit_code"], uuid.UUID(person) if (person := payload.get("personId")) else None, event["day"],
         event["record_id"])
        for event, payload in events
    ]  # fmt: skip
    found: list[list[Presence]] = [[] for _ in events]
    for row in await connection.fetch(_SQL["presences"], *zip(*asked, strict=True)):
        found[row["place"] - 1].append(presence(row))
    return found


def presence(row: Mapping[str, Any]) -> Presence:
    """A presence from its row."""
    return Presence(
        owner_id=row["owner_id"],
        record_id=str(row["record_id"]),
        kind=PresenceKind[row["kind"]],
        region=row["region"],
        reference=shown(row["reference"]),
        since=row["since"],
    )
