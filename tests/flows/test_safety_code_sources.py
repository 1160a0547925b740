"""Safety codes where something behind them fails: a suspended tenant, a silent source, a guesser at the door."""

import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import httpx2
import pytest
import pytest_asyncio

from exchange.app import build_app
from exchange.demo.seed import caller_of
from exchange.proof.safety_codes import new_code
from exchange.runtime import Runtime
from exchange.settings import load
from schema.fields import CHINA
from tests.flows import material
from tests.flows.scratch import asked, keep, quiet_hub

SHENZHEN = "sz-bureau"
MAKE = "mutation M($x: SafetyCodeInput!) { safetyCode(input: $x) { url userErrors { code } } }"
JSON = {"Accept": "application/json"}


@dataclass
class Clock:
    """The moment it is, moved by a test."""

    moment: datetime = field(default_factory=lambda: datetime.now(CHINA))

    def __call__(self) -> datetime:
        return self.moment


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quiet(database: Any, clock: Clock) -> AsyncIterator[Runtime]:
    async with quiet_hub(database.dsn, "exchange_safety_codes", now=clock) as runtime:
        yield runtime


@pytest_asyncio.fixture
async def web(quiet: Runtime) -> AsyncIterator[httpx2.AsyncClient]:
    """A new hub at the same database: who guessed before is forgotten."""
    app = build_app(quiet, load({"EXCHANGE_SECRET": "x" * 40}))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://hub.test") as client:
        yield client


async def path_of_code(quiet: Runtime) -> str:
    values = material.special_operation(material.person(), material.firm())
    record_id = await keep(quiet, SHENZHEN, "SPECIAL_OPERATION", values, day=quiet.today())
    made = await quiet.hub.safety_code(
        quiet.ask(asked(MAKE), caller_of(quiet, SHENZHEN)), {"certificate_id": record_id, "valid_for_hours": 168}
    )
    assert made["user_errors"] == []
    return str(made["url"]).removeprefix(quiet.public_url)


async def test_a_code_of_a_suspended_tenant_says_so(quiet: Runtime, web: httpx2.AsyncClient) -> None:
    path, directory = await path_of_code(quiet), quiet.directory
    assert (await web.get(path, headers=JSON)).json()["outcome"] == "VALID"
    tenant = directory.by_slug[SHENZHEN]
    quiet.directory = replace(
        directory, tenants={**directory.tenants, tenant.tenant_id: replace(tenant, is_active=False)}
    )
    try:
        answer = await web.get(path, headers=JSON)
    finally:
        quiet.directory = directory
    assert (answer.status_code, answer.json()["outcome"]) == (404, "SUSPENDED")
    assert answer.json()["facts"] == {}


async def test_where_the_source_is_silent_nothing_is_shown_as_simply_valid(
    quiet: Runtime, web: httpx2.AsyncClient, clock: Clock
) -> None:
    path = await path_of_code(quiet)
    statement = "update source_confirmation set confirmed_at = confirmed_at - interval '300 days'"
    records = "update record set recorded_at = recorded_at - interval '300 days'"
    await _as_owner(quiet, records, statement)
    answer = (await web.get(path, headers=JSON)).json()
    assert (answer["outcome"], answer["state"]) == ("UNCLEAR", "待核实")
    assert [one["zh"] for one in answer["reasons"]] == ["发证机关数据超期未更新"]


async def _as_owner(quiet: Runtime, *statements: str) -> None:
    connection = await asyncpg.connect(quiet.database.dsn)
    try:
        await connection.execute("set session_replication_role = replica")
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def test_who_guesses_waits_a_guess_asks_the_database_nothing_and_a_real_code_is_shown_all_the_same(
    quiet: Runtime, web: httpx2.AsyncClient, clock: Clock
) -> None:
    path, before = await path_of_code(quiet), clock.moment
    for _ in range(30):
        wrong = await web.get("/v/1" + "7" * 40)
        assert (wrong.status_code, "核验码无效" in wrong.text) == (404, True)
    held = await web.get("/v/x")
    assert (held.status_code, "尝试过多" in held.text) == (429, True)
    assert 0 < int(held.headers["retry-after"]) <= 900
    assert (await web.get(path)).status_code == 200  # others may stand behind the same address
    clock.moment += timedelta(minutes=16)
    try:
        assert (await web.get("/v/x")).status_code == 404
    finally:
        clock.moment = before
    statement = "select count(*) from safety_code_scan where visitor is null or outcome = 'TAMPERED'"
    assert await quiet.database.hub_pool.fetchval(statement) == 0


async def test_a_code_that_is_signed_and_not_on_record_is_unknown(quiet: Runtime, web: httpx2.AsyncClient) -> None:
    answer = await web.get(f"/v/{new_code(quiet.keys, uuid.uuid4().bytes)}", headers=JSON)
    assert (answer.status_code, answer.json()["outcome"], answer.json()["state"]) == (404, "UNKNOWN", "查无此码")


async def test_only_looking_is_possible(web: httpx2.AsyncClient) -> None:
    assert (await web.post("/v/x")).status_code == 405
    assert (await web.head("/v/x")).status_code == 404
