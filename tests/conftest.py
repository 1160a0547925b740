"""Fixtures: one migrated database a run (embedded, or EXCHANGE_DATABASE_URL), and one running hub with a small cast.

Tests that only read roll back; tests that commit use subjects of their own, so that they never meet.
"""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import pytest
import pytest_asyncio

from exchange.app import build_app
from exchange.database import Database, open_database
from exchange.demo.cast import SECRET_LABEL
from exchange.demo.seed import keep_rule, onboard_cast
from exchange.runtime import Runtime, now_in_utc, open_runtime
from exchange.server import running
from exchange.settings import Settings, load
from tenants.access import Misses
from tenants.keys import Keys
from tests.flows.scratch import template_name

SECRET = "a secret of the tests, long enough to derive keys"


@pytest.fixture(scope="session")
def data_folder() -> Iterator[Path]:
    """A folder the embedded server's account can reach: pytest's own are closed to others when root runs the tests."""
    folder = Path(tempfile.mkdtemp(prefix="exchange-test-", dir="/tmp" if os.path.isdir("/tmp") else None))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest_asyncio.fixture(scope="session")
async def settings(data_folder: Path) -> AsyncIterator[Settings]:
    """Settings of the run. A given server gets a database of its own, dropped afterwards."""
    environ = {"EXCHANGE_DATA": str(data_folder), "EXCHANGE_SECRET": SECRET, "EXCHANGE_PORT": "0",
               "EXCHANGE_IMPORT_LIMIT_MB": "32"}  # fmt: skip
    url = os.environ.get("EXCHANGE_DATABASE_URL")
    if url is None:
        yield load(environ)
        return
    name = f"exchange_test_{os.getpid()}"
    await _administer(url, f"create database \"{name}\" encoding 'UTF8' template template0")
    base, _, options = url.partition("?")
    yield load(
        {**environ, "EXCHANGE_DATABASE_URL": f"{base.rsplit('/', 1)[0]}/{name}" + (f"?{options}" if options else "")}
    )
    for made in (name, template_name()):
        await _administer(url, f'drop database if exists "{made}" with (force)')


async def _administer(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest_asyncio.fixture(scope="session")
async def database(settings: Settings) -> AsyncIterator[Database]:
    """The migrated database. Nothing of it outlives the machine, so the run's own server need not wait for the disk."""
    async with open_database(settings) as opened:
        if "EXCHANGE_DATABASE_URL" not in os.environ:
            await _administer(opened.dsn, "alter system set fsync = off")
            await _administer(opened.dsn, "select pg_reload_conf()")
        yield opened


@dataclass(kw_only=True)
class RunningHub:
    """A hub that answers on loopback, with the demo's cast on board."""

    base_url: str
    runtime: Runtime
    database: Database

    def secret(self, slug: str) -> str:
        """The client secret of a tenant of the cast."""
        return self.runtime.keys.join_hash(SECRET_LABEL, slug).hex()

    def token(self, slug: str) -> str:
        """A fresh token of a tenant of the cast."""
        return self.runtime.tokens.issue(self.runtime.directory.clients[slug], now=self.runtime.now().timestamp())


@pytest_asyncio.fixture(scope="session")
async def hub(database: Database, settings: Settings) -> AsyncIterator[RunningHub]:
    """The running hub. Its clock only runs when a test asks."""
    keys = Keys(secret=SECRET.encode())
    # So many tests in a row would look like guessing.
    misses = Misses(per_client=10_000, per_tenant=10_000)
    async with open_runtime(
        database, keys, issuer="http://exchange.test", now=now_in_utc, has_clock=False, misses=misses
    ) as runtime:
        await onboard_cast(runtime)
        await keep_rule(runtime)
        async with running(build_app(runtime, settings), "127.0.0.1", 0) as base_url:
            runtime.public_url = base_url
            yield RunningHub(base_url=base_url, runtime=runtime, database=database)


@pytest_asyncio.fixture(scope="session")
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """A client for HTTP and WebSocket."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as session:
        yield session
    await asyncio.sleep(0)  # lets the transports close before the loop ends


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A GraphQL answer: HTTP status and JSON body."""

    status: int
    body: dict[str, Any]

    @property
    def data(self) -> dict[str, Any]:
        """The data of an answer without errors."""
        assert "errors" not in self.body, self.body
        data: dict[str, Any] = self.body["data"]
        return data

    @property
    def codes(self) -> list[str]:
        """The codes of its errors."""
        return [error["extensions"]["code"] for error in self.body.get("errors", [])]


class Asker:
    """Asks the running hub as a tenant."""

    def __init__(self, hub: RunningHub, http: aiohttp.ClientSession) -> None:
        self._hub, self._http = hub, http

    async def __call__(
        self,
        slug: str,
        query: str,
        *,
        purpose: tuple[str, str] | None = None,
        headers: dict[str, str] | None = None,
        **variables: Any,
    ) -> Answer:
        sent = {"Authorization": f"Bearer {self._hub.token(slug)}", **(headers or {})}
        extensions = {"exchange": {"purpose": purpose[0], "caseNumber": purpose[1]}} if purpose else {}
        content = {"query": query, "variables": variables, "extensions": extensions}
        async with self._http.post(f"{self._hub.base_url}/graphql", json=content, headers=sent) as response:
            return Answer(status=response.status, body=await response.json(content_type=None))


@pytest.fixture(scope="session")
def ask(hub: RunningHub, http: aiohttp.ClientSession) -> Asker:
    """Ask as a tenant: `await ask("sz-bureau", "{ viewer { id } }")`."""
    return Asker(hub, http)
