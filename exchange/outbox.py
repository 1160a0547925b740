"""The relay: hands the numbered stream to a sink (推送目标), in order; its cursor moves only when the sink has it.

PostgreSQL stays the record: a sink that lost something, or all, is filled again from where it stands. The sinks are in
sinks/; an event looks the same in all of them (CloudEvents 1.0, `cloud_event`).
"""

import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

import orjson

from exchange.statements import statements
from schema.record import Audience

_SQL = statements("outbox")
_LOG = logging.getLogger(__name__)
BATCH = 500


class SinkUnavailable(Exception):
    """A sink did not take what it was given; it will be tried again. The text holds no address and no credential."""


@dataclass(frozen=True, kw_only=True)
class OutgoingEvent:
    """An event on its way out. `payload` is JSON: ids, codes and dates; `addressee` is heard besides the audience."""

    event_id: uuid.UUID
    position: int
    owner: str
    type: str
    subject: str
    version: int
    audience: Audience
    least_level: Audience
    addressee: str | None
    day: date
    occurred_at: datetime
    payload: str


@dataclass(frozen=True, kw_only=True)
class Progress:
    """What a sink has taken, and how many events it is `behind` the stream."""

    sink: str
    position: int
    behind: int


class Sink(Protocol):
    """Where events go. `name` is its row of worker_cursor, `relay-…`."""

    name: str

    async def connect(self) -> None:
        """Be ready, or raise SinkUnavailable. Does nothing when it is."""

    async def held(self) -> int | None:
        """Over a new connection, the last position it holds, 0 when it is new itself; None when it cannot tell.

        Asked by the one process that relays, so nobody adds to it meanwhile. Raises SinkUnavailable.
        """

    async def deliver(self, events: Sequence[OutgoingEvent]) -> int:
        """Take events in order; how many of the first ones are safe. Raises SinkUnavailable when none is."""

    async def close(self) -> None:
        """Let go of the connection."""


async def register(connection: Any, sink: Sink) -> None:
    """Give a new sink its cursor."""
    await connection.execute(_SQL["keep_cursor"], sink.name)


async def relay(connection: Any, sink: Sink) -> int:
    """Hand the next events to a connected sink; returns how many it took, 0 too while another process is at it.

    Runs in a transaction of its own (hub role) that holds the cursor's row: what is handed over twice when it fails
    bears the same id.
    """
    async with connection.transaction():
        cursor: int | None = await connection.fetchval(_SQL["claim_cursor"], sink.name)
        if cursor is None:
            return 0
        position = _from(cursor, await sink.held(), sink.name)
        rows = await connection.fetch(_SQL["next_events"], position, BATCH)
        taken = await sink.deliver([_outgoing(row) for row in rows]) if rows else 0
        if taken:
            await connection.execute(_SQL["move_cursor"], sink.name, rows[taken - 1]["position"])
    return taken


async def progress(connection: Any) -> tuple[Progress, ...]:
    """How far every sink that was ever used has got."""
    return tuple(Progress(**dict(row)) for row in await connection.fetch(_SQL["progress"]))


def _from(cursor: int, held: int | None, name: str) -> int:
    """Where to go on. A sink that holds less than it took has lost the rest."""
    if held is None or held >= cursor:
        return cursor
    _LOG.warning("%s holds events up to %s, it took them up to %s: filled again from there", name, held, cursor)
    return held


def _outgoing(row: Any) -> OutgoingEvent:
    values = dict(row)
    audiences = {name: Audience(values[name]) for name in ("audience", "least_level")}
    return OutgoingEvent(**{**values, **audiences})


def cloud_event(event: OutgoingEvent) -> bytes:
    """CloudEvents 1.0, structured JSON. `sequence` sorts as text; `data` holds ids, codes and dates only."""
    return orjson.dumps(
        {
            "specversion": "1.0",
            "id": str(event.event_id),
            "source": f"/tenants/{event.owner}",
            "type": event.type,
            "subject": event.subject,
            "time": event.occurred_at.isoformat(),
            "sequence": f"{event.position:019}",
            "subjectversion": event.version,
            "day": event.day.isoformat(),
            "datacontenttype": "application/json",
            "data": orjson.Fragment(event.payload),
        }
    )
