"""The index of names: follows the event stream and enters what the named records are called, off the way of publishing.

The cursor moves in the transaction of the work, and entering twice changes nothing, so crashes and two processes do no
harm. A new way to be called is a line of the function names_borne (migrations/0009_finding.sql).
"""

import logging
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from exchange.statements import statements
from exchange.triggering.triggers import FAULTS

_SQL = statements("names")
_TRIGGERS = statements("triggers")
_LOG = logging.getLogger(__name__)
WORKER = "names"
BATCH = 1_000


async def follow_names(connection: Any, batch: int = BATCH) -> int:
    """Enter the names of the next events' records; returns how many events. A transaction of its own (hub role)."""
    async with connection.transaction():
        position: int = await connection.fetchval(_TRIGGERS["lock_cursor"], WORKER)
        events = await connection.fetch(_SQL["next_named"], position, batch)
        if events:
            await _enter_safely(connection, events)
            await connection.execute(_TRIGGERS["move_cursor"], WORKER, events[-1]["position"])
    return len(events)


async def _enter_safely(connection: Any, events: Sequence[Mapping[str, Any]]) -> None:
    """All at once; if that cannot be done one by one, so that a single faulty record holds up nobody's name."""
    try:
        async with connection.transaction():
            await enter(connection, list({event["record_id"] for event in events if event["record_id"]}))
    except FAULTS as error:
        if len(events) > 1:
            for event in events:
                await _enter_safely(connection, [event])
            return
        (event,) = events
        _LOG.error("the name of event %s could not be entered: %s", event["event_id"], type(error).__name__)
        await connection.execute(
            _TRIGGERS["keep_failure"], WORKER, event["position"], event["event_id"], type(error).__name__
        )


async def enter(connection: Any, record_ids: list[uuid.UUID]) -> None:
    """Bring the entries of these records to what the records say now, and see who looks alike (hub role)."""
    await connection.execute(_SQL["add_names"], record_ids)
    await connection.execute(_SQL["mark_persons"], record_ids)
    await connection.execute(_SQL["suspect_duplicates"], record_ids)
    bare = await connection.fetch(_SQL["forget_bearers"], record_ids)
    if bare:
        await connection.execute(_SQL["forget_names"], [row["name_id"] for row in bare])


async def rebuild_names(connection: Any) -> None:
    """Empty the index and begin at the start of the stream; the worker fills it again, batch by batch (hub role)."""
    async with connection.transaction():
        await connection.fetchval(_TRIGGERS["lock_cursor"], WORKER)
        await connection.execute(_SQL["forget_all"])
        await connection.execute(_TRIGGERS["move_cursor"], WORKER, 0)


async def known_names(connection: Any) -> int:
    """How many different names are entered (hub role)."""
    number: int = await connection.fetchval(_SQL["known_names"])
    return number


async def unnamed(connection: Any) -> int:
    """How many events are not followed yet (hub role)."""
    lag: int = await connection.fetchval(_SQL["names_lag"])
    return lag
