"""A value that takes a while, made in a thread and only where a query selects it: a hub method may give one for any
field."""

import asyncio
from collections.abc import Callable, Generator
from typing import Any


class Later:
    """Awaited by graphql-core when its field is selected; else nothing is done."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make

    def __await__(self) -> Generator[Any, None, Any]:
        return asyncio.to_thread(self._make).__await__()
