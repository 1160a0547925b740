"""What every transport needs to let a request in: the engine, the token check, clock, ids, and the way to close.

The next limit that all transports share is a field of Entrance.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from exchange.engine.request import Caller, Engine


class Closing:
    """Tells open streams that the server goes down; the server must begin it before it waits for them."""

    def __init__(self) -> None:
        self.is_begun = False
        self._callbacks: dict[int, Callable[[], None]] = {}
        self._next = 0

    def on_begin(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call back when closing begins (at once if it has). Returns how to forget the callback."""
        if self.is_begun:
            callback()
        key = self._next = self._next + 1
        self._callbacks[key] = callback
        return lambda: void(self._callbacks.pop(key, None))

    def begin(self) -> None:
        """Close what is open now and whatever opens from here on."""
        self.is_begun = True
        for callback in list(self._callbacks.values()):
            callback()


def void(_: object) -> None:
    """Drop a value where a callback has to return None."""


@dataclass(frozen=True, kw_only=True)
class Entrance:
    """Shared by all transports. Times in seconds, sizes in bytes; `now` counts from 1970."""

    engine: Engine
    authenticate: Callable[[Mapping[str, str]], Awaitable[Caller]]  # raises Refusal
    now: Callable[[], float]
    new_id: Callable[[], str]
    closing: Closing
    allowed_origins: frozenset[str] = frozenset()  # besides our own host
    body_limit: int = 1_572_864  # a file of 1 MiB in Base64, and the rest
    body_wait: float = 30
    message_limit: int = 1_048_576
    init_wait: float = 10
    send_wait: float = 30  # a reader slower than this is dropped
    keep_alive: float = 12
    operation_limit: int = 100  # of one socket
