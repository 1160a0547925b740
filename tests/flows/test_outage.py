"""The database goes away: readiness says so, requests are shed, and all comes back without a restart."""

import asyncio
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest_asyncio

from exchange.app import build_app
from exchange.database import open_database
from exchange.demo.cast import synthetic_code
from exchange.demo.seed import onboard_cast
from exchange.runtime import now_in_utc, open_runtime
from exchange.server import running
from exchange.settings import load
from tenants.keys import Keys
from tests.conftest import SECRET, RunningHub


@pytest_asyncio.fixture
async def lonely() -> AsyncIterator[tuple[RunningHub, Path]]:
    """A hub with an embedded server of its own, which may be killed."""
    folder = Path(tempfile.mkdtemp(prefix="exchange-test-", dir="/tmp"))
    settings = load({"EXCHANGE_DATA": str(folder), "EXCHANGE_SECRET": SECRET, "EXCHANGE_POOL_SIZE": "2"})
    async with (
        open_database(settings) as database,
        open_runtime(database, Keys(secret=SECRET.encode()), issuer="urn:test", now=now_in_utc) as runtime,
    ):
        await onboard_cast(runtime)
        async with running(build_app(runtime, settings), "127.0.0.1", 0) as base_url:
            yield RunningHub(base_url=base_url, runtime=runtime, database=database), folder
    shutil.rmtree(folder, ignore_errors=True)


async def asked(hub: RunningHub, http: aiohttp.ClientSession) -> tuple[int, dict[str, Any]]:
    headers = {"Authorization": f"Bearer {hub.token('sz-bureau')}"}
    content = {"query": "{ riskFlags(first: 1) { totalCount } }"}
    async with http.post(f"{hub.base_url}/graphql", json=content, headers=headers) as response:
        return response.status, await response.json()


def kill_database(folder: Path) -> None:
    (pid_file,) = folder.rglob("postmaster.pid")
    os.kill(int(pid_file.read_text().split()[0]), signal.SIGKILL)


async def readiness(hub: RunningHub, http: aiohttp.ClientSession) -> int:
    async with http.get(f"{hub.base_url}/health/ready") as response:
        return response.status


async def test_a_killed_database_is_told_and_survived(
    lonely: tuple[RunningHub, Path], http: aiohttp.ClientSession
) -> None:
    hub, folder = lonely
    assert await asked(hub, http) == (200, {"data": {"riskFlags": {"totalCount": 0}}})
    kill_database(folder)
    for _ in range(100):  # what is connected may be answered a little longer
        status, body = await asked(hub, http)
        if status != 200:
            break
        await asyncio.sleep(0.1)
    assert (status, body["errors"][0]["extensions"]["code"]) == (503, "UNAVAILABLE")
    assert body["errors"][0]["extensions"]["retryable"] is True
    assert await readiness(hub, http) == 503
    async with http.get(f"{hub.base_url}/health/live") as response:
        assert response.status == 200
    for _ in range(250):
        if await readiness(hub, http) == 200:
            break
        await asyncio.sleep(0.1)
    assert await asked(hub, http) == (200, {"data": {"riskFlags": {"totalCount": 0}}})


async def published(hub: RunningHub, http: aiohttp.ClientSession, content: dict[str, Any]) -> str:
    """Publish as a client does: what is told to be retryable is tried again."""
    headers = {"Authorization": f"Bearer {hub.token('sz-bureau')}"}
    for _ in range(100):
        async with http.post(f"{hub.base_url}/graphql", json=content, headers=headers) as response:
            body = await response.json()
        if "errors" not in body:
            outcome: str = body["data"]["riskGradingPublish"]["outcome"]
            return outcome
        assert body["errors"][0]["extensions"]["code"] == "UNAVAILABLE", body
        await asyncio.sleep(0.25)
    raise AssertionError(body)


async def test_a_subscription_outlives_the_outage_and_misses_nothing(
    lonely: tuple[RunningHub, Path], http: aiohttp.ClientSession
) -> None:
    hub, folder = lonely
    headers = {"Authorization": f"Bearer {hub.token('sz-bureau')}", "Accept": "text/event-stream"}
    content = {"query": "subscription { eventPublished { type } }"}
    async with http.post(f"{hub.base_url}/graphql", json=content, headers=headers) as stream:
        kill_database(folder)
        for _ in range(250):
            if await readiness(hub, http) == 200:
                break
            await asyncio.sleep(0.1)
        grading = {
            "creditCode": synthetic_code("91", "440300", 900_001), "name": "停机示范（演示）", "region": "440300",
            "scheme": "OUTAGE", "methodVersion": "1", "score": 80, "band": "YELLOW", "assessedOn": "2026-11-01",
        }  # fmt: skip
        publish = {
            "query": "mutation ($i: RiskGradingInput!) { riskGradingPublish(input: $i) { outcome } }",
            "variables": {"i": grading},
        }
        assert await published(hub, http, publish) == "NEW"
        async for line in stream.content:
            if line.startswith(b"data: {"):
                assert b"riskBand.changed" in line
                break
