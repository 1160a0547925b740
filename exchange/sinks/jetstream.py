"""NATS JetStream: one stream, EXCHANGE, for the operator's own consumers; a message's headers say who may hear of it.

Nobody else gets access: NATS knows nothing of agreements and row security. What it loses is filled in again.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any

from nats.aio.client import Client
from nats.errors import Error
from nats.js.api import StorageType, StreamConfig, StreamInfo
from nats.js.errors import APIError, NotFoundError

from exchange.outbox import OutgoingEvent, SinkUnavailable, cloud_event

STREAM = "EXCHANGE"
SUBJECTS = "exchange.>"
CURSOR = "Exchange-Cursor"
CONNECT_SECONDS = 2
ANSWER_SECONDS = 5
# Made so when it is missing; one that the operator made, with replicas and limits of his own, is used as it is.
CONFIGURATION = StreamConfig(
    name=STREAM,
    description="safety-exchange; PostgreSQL is the record",
    subjects=[SUBJECTS],
    storage=StorageType.FILE,
    max_age=30 * 86_400,
    duplicate_window=600,
)
# What goes wrong between us and NATS; never shown with its text, which may name the server and its login.
_FAULTS = (Error, OSError, TimeoutError, ValueError)


async def _ignore(error: Exception) -> None:
    """A fault shows where it hurts; the client would log it with the server's address."""


# It shall fail at once: when to try again is the relay's business.
_OPTIONS: dict[str, Any] = {
    "name": "safety-exchange",
    "connect_timeout": CONNECT_SECONDS,
    "allow_reconnect": False,
    "max_reconnect_attempts": 1,
    "reconnect_time_wait": 0,
    "error_cb": _ignore,
}


class JetStream:
    """A connection to NATS, made anew after every fault: nothing that was under way then arrives late."""

    name = "relay-nats"

    def __init__(self, url: str) -> None:
        self._servers = [part.strip() for part in url.split(",") if part.strip()]
        self._connection: Any = None
        self._is_new = False

    async def connect(self) -> None:
        """Connect to the first server that answers. Raises SinkUnavailable."""
        if self._connection is None or not self._connection.is_connected:
            await self.close()
            self._connection, self._is_new = await self._connected(), True

    async def _connected(self) -> Client:
        fault: Exception | None = None
        for server in self._servers:
            client = Client()
            try:
                await client.connect(server, **_OPTIONS)
            except _FAULTS as error:
                fault = error
                await _closed(client)
            else:
                return client
        raise SinkUnavailable(f"NATS: {type(fault).__name__}") from fault

    async def held(self) -> int | None:
        """What the stream ends with, asked once a connection; the stream is made if it is not there."""
        if not self._is_new:
            return None
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                found = await self._last_position()
        except _FAULTS as error:
            await self.close()
            raise SinkUnavailable(f"JetStream: {type(error).__name__}") from error
        self._is_new = False
        return found

    async def _last_position(self) -> int | None:
        """The position of the stream's last message: 0 of a new stream, None of one whose messages have gone."""
        stream = self._connection.jetstream(timeout=ANSWER_SECONDS)
        state = (await _found_or_made(stream)).state
        if state.messages == 0:
            return None if state.last_seq else 0
        try:
            last = await stream.get_msg(STREAM, seq=state.last_seq)
        except NotFoundError:
            return None
        position = (last.headers or {}).get(CURSOR, "").removeprefix("seq:")
        return int(position) if position.isdigit() else None

    async def deliver(self, events: Sequence[OutgoingEvent]) -> int:
        """Publish without waiting for each; every message names the one before, so none is kept after a lost one."""
        stream = self._connection.jetstream(timeout=ANSWER_SECONDS)
        # Each is written before the next one begins. (publish_async never tells of a message that is refused.)
        answers = await asyncio.gather(
            *(
                stream.publish(_subject(event), cloud_event(event), stream=STREAM, headers=_headers(event, previous))
                for previous, event in zip((None, *events), events, strict=False)
            ),
            return_exceptions=True,
        )
        taken = next((at for at, one in enumerate(answers) if isinstance(one, BaseException)), len(answers))
        # What the server itself refuses leaves the connection good; anything else is not trusted any more.
        if not all(isinstance(one, APIError) for one in answers[taken:]):
            await self.close()
        if not taken:
            raise SinkUnavailable(f"JetStream: {type(answers[0]).__name__}")
        return taken

    async def close(self) -> None:
        """Let go of the connection; what it has not sent is not sent."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await _closed(connection)


async def _found_or_made(stream: Any) -> StreamInfo:
    try:
        info: StreamInfo = await stream.stream_info(STREAM)
    except NotFoundError:
        info = await stream.add_stream(CONFIGURATION)
    if SUBJECTS not in (info.config.subjects or ()):
        raise SinkUnavailable(f"JetStream: {STREAM} does not take {SUBJECTS}")
    return info


async def _closed(connection: Client) -> None:
    with contextlib.suppress(*_FAULTS):
        async with asyncio.timeout(CONNECT_SECONDS):
            await connection.close()


def _subject(event: OutgoingEvent) -> str:
    return f"exchange.{event.owner}.{event.type}"


def _headers(event: OutgoingEvent, previous: OutgoingEvent | None) -> dict[str, str]:
    """Who may hear of it travels outside the content. A message that was kept before is known by its id."""
    headers = {
        "Nats-Msg-Id": str(event.event_id),
        "Content-Type": "application/cloudevents+json",
        CURSOR: f"seq:{event.position}",
        "Exchange-Owner": event.owner,
        "Exchange-Audience": event.audience.name,
        "Exchange-Least-Audience": event.least_level.name,
    }
    if event.addressee is not None:
        headers["Exchange-Addressee"] = event.addressee
    if previous is not None:
        headers["Nats-Expected-Last-Msg-Id"] = str(previous.event_id)
    return headers
