"""A body that is sent drop by drop is given up; one that keeps arriving is not, however long it is."""

import asyncio

import pytest
from starlette.requests import Request
from starlette.types import Message

from exchange.doors.bodies import Patience, limited_stream
from schema.errors import Refusal

SHORT = Patience(seconds=0.05, bytes_a_second=1_000)


def request(parts: list[tuple[float, bytes]]) -> Request:
    """A request whose parts come after so many seconds each; after the last nothing comes any more."""
    coming = iter(parts)

    async def receive() -> Message:
        pause, part = next(coming, (3_600.0, b""))
        await asyncio.sleep(pause)
        return {"type": "http.request", "body": part, "more_body": bool(part)}

    return Request({"type": "http", "method": "POST", "headers": []}, receive)


async def test_a_body_that_stops_is_given_up_and_says_how_far_it_got() -> None:
    with pytest.raises(Refusal) as refused:
        _ = [part async for part in limited_stream(request([(0, b"abc")]), 100, SHORT)]
    assert (refused.value.code, refused.value.values) == ("BODY_TOO_SLOW", {"received": 3})


async def test_drops_do_not_keep_it_open() -> None:
    with pytest.raises(Refusal, match="BODY_TOO_SLOW"):
        _ = [part async for part in limited_stream(request([(0.02, b"x")] * 100), 1_000, SHORT)]


async def test_what_keeps_arriving_is_read_to_its_end() -> None:
    parts = [(0.02, b"x" * 500)] * 10
    read = [part async for part in limited_stream(request([*parts, (0, b"")]), 10_000, SHORT)]
    assert b"".join(read) == b"x" * 5_000
