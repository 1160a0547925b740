"""The demonstration as anybody's client: tokens, GraphQL, file delivery over HTTP, and a socket that can be cut off.

Nothing here reaches into the hub: what it can do, a partner's program can do.
"""

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import aiohttp

from exchange.demo.files import Delivery

T = TypeVar("T")
PROTOCOL = "graphql-transport-ws"
PATIENCE = 5.0
PAUSE = 0.02
PURPOSE = {"purpose": "演示：在岗人员证书核验", "caseNumber": "DEM-CASE-0001"}


class StoryBroken(Exception):
    """The hub answered with an error where the story has none."""


@dataclass(kw_only=True)
class Client:
    """Speaks to a hub for several tenants, each with its own token. `secrets` are client secrets by slug."""

    base_url: str
    http: aiohttp.ClientSession
    secrets: Mapping[str, str] = field(repr=False)
    tokens: dict[str, str] = field(default_factory=dict, repr=False)

    async def token(self, slug: str) -> str:
        """The tenant's access token, got by client credentials."""
        if slug not in self.tokens:
            form = {"grant_type": "client_credentials", "client_id": slug, "client_secret": self.secrets[slug]}
            async with self.http.post(f"{self.base_url}/oauth/token", data=form) as response:
                answer = await response.json()
            if response.status != 200:
                raise StoryBroken(f"/oauth/token {slug}: {answer}")
            self.tokens[slug] = answer["access_token"]
        return self.tokens[slug]

    async def post(self, slug: str, query: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        """The whole GraphQL answer. Purpose and case number are always sent: they stand in the evidence."""
        content = {"query": query, "variables": dict(variables), "extensions": {"exchange": PURPOSE}}
        headers = {"Authorization": f"Bearer {await self.token(slug)}"}
        async with self.http.post(f"{self.base_url}/graphql", json=content, headers=headers) as response:
            answer: dict[str, Any] = await response.json(content_type=None)
        return answer

    async def ask(self, slug: str, query: str, **variables: Any) -> Any:
        """The value of the only root field. Raises StoryBroken on errors."""
        answer = await self.post(slug, query, variables)
        if "errors" in answer:
            raise StoryBroken(f"{slug}: {answer['errors']}")
        (value,) = answer["data"].values()
        return value

    async def deliver(self, delivery: Delivery) -> dict[str, Any]:
        """The answer to a file."""
        asked = {"kind": delivery.kind, "filename": delivery.file_name}
        return await self.send(delivery.slug, "/imports", delivery.content, **asked)

    async def send(self, slug: str, path: str, content: bytes, **asked: str) -> dict[str, Any]:
        """The answer of a door that takes files."""
        headers = {"Authorization": f"Bearer {await self.token(slug)}", "Content-Type": "application/octet-stream"}
        async with self.http.post(self.base_url + path, params=asked, data=content, headers=headers) as response:
            answer: dict[str, Any] = await response.json()
        if response.status != 200:
            raise StoryBroken(f"{path} {asked}: {answer}")
        return answer

    async def position(self) -> str:
        """The cursor of the last event there is."""
        async with self.http.get(f"{self.base_url}/health/ready") as response:
            answer = await response.json()
        return f"seq:{answer['position']}"

    async def follow(self, slug: str, query: str, **variables: Any) -> "Line":
        """An open subscription."""
        opened = await self.http.ws_connect(f"{self.base_url}/graphql", protocols=(PROTOCOL,), heartbeat=None)
        line = Line(opened)
        await line.send({"type": "connection_init", "payload": {"Authorization": f"Bearer {await self.token(slug)}"}})
        await line.receive("connection_ack")
        await line.send({"id": "1", "type": "subscribe", "payload": {"query": query, "variables": variables}})
        return line


class Line:
    """One subscription over graphql-transport-ws."""

    def __init__(self, opened: aiohttp.ClientWebSocketResponse) -> None:
        self._opened = opened

    async def send(self, message: Mapping[str, Any]) -> None:
        """Send one message of the protocol."""
        await self._opened.send_json(message)

    async def receive(self, sort: str) -> dict[str, Any]:
        """The next message, which has to be of this type."""
        async with asyncio.timeout(PATIENCE):
            message: dict[str, Any] = await self._opened.receive_json()
        if message["type"] != sort:
            raise StoryBroken(f"{sort} expected, {message} received")
        return message

    async def next(self) -> Any:
        """The next event: the value of the only root field."""
        payload = (await self.receive("next"))["payload"]
        if "errors" in payload:
            raise StoryBroken(str(payload["errors"]))
        (value,) = payload["data"].values()
        return value

    async def cut(self) -> None:
        """Lose the connection as a broken line does: no goodbye, and nobody tells the hub."""
        number = self._opened.get_extra_info("socket").fileno()
        # uvloop's own socket cannot be shut down, a copy of it can
        with socket.socket(fileno=os.dup(number)) as line:
            line.shutdown(socket.SHUT_RDWR)
        await self._opened.close()

    async def close(self) -> None:
        """Say goodbye."""
        await self._opened.close()


async def until(ask: Callable[[], Awaitable[T]], holds: Callable[[T], bool], patience: float = PATIENCE) -> T:
    """Ask again and again until the answer holds or patience ends; the last answer either way."""
    loop = asyncio.get_running_loop()
    end = loop.time() + patience
    answer = await ask()
    while not holds(answer) and loop.time() < end:
        await asyncio.sleep(PAUSE)
        answer = await ask()
    return answer
