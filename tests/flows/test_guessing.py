"""Against guessing: who has looked for persons in vain too often is not answered for a while, hit or miss.

Another way to look a person up by number is a line in WAYS.
"""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import aiohttp
import asyncpg
import orjson
import pytest
import pytest_asyncio

from exchange.app import build_app
from exchange.demo.seed import caller_of
from exchange.runtime import Runtime, open_runtime
from exchange.server import running
from exchange.settings import load
from exchange.statements import statements
from schema.errors import Refusal
from tenants.access import USUAL_MISSES, Misses, default_scopes
from tenants.caller import caller_for
from tests.flows import material
from tests.flows.scratch import asked, keep, quiet_hub

PURPOSE = ("在岗核验", "DEM-CASE-9")
SHENZHEN, GUANGZHOU, SECOND = "sz-bureau", "gz-bureau", "gz-second"
LIMITS = Misses(per_client=3, per_tenant=5)
_RECOGNITION = (
    'query Q($n: String!) { recognition(input: {certificateNumber: $n, hostRegion: "440100"}) { certificateId } }'
)
WAYS = {
    "a person": "query Q($n: String!) { person(by: {idNumber: $n}) { id } }",
    "a certificate": "query Q($n: String!) { certificate(by: {number: $n}) { status } }",
    "recognition": _RECOGNITION,
}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quiet(database: Any) -> AsyncIterator[Runtime]:
    """A hub with low limits, in which Guangzhou has a second system."""
    async with quiet_hub(database.dsn, "exchange_guessing", LIMITS) as runtime:
        tenant = runtime.directory.by_slug[GUANGZHOU]
        async with runtime.database.hub_pool.acquire() as connection:
            await connection.execute(
                statements("registry")["keep_client"],
                SECOND,
                tenant.tenant_id,
                "x",
                list(default_scopes(tenant.kind)),
            )
        await runtime.reload()
        yield runtime


@pytest_asyncio.fixture(loop_scope="session")
async def runtime(quiet: Runtime) -> AsyncIterator[Runtime]:
    """The same with all earlier misses long ago."""
    await pass_time(quiet, timedelta(days=2))
    yield quiet


async def pass_time(runtime: Runtime, time: timedelta) -> None:
    """What was missed is longer ago now. No role of the hub can change evidence; the server's superuser does."""
    owner = await asyncpg.connect(runtime.database.dsn)
    try:
        await owner.execute("update access_record set read_at = read_at - $1::interval", time)
    finally:
        await owner.close()


async def look_up(runtime: Runtime, number: str, client_id: str = GUANGZHOU, way: str = "a person") -> Any:
    """What a client is answered, or the refusal."""
    client = runtime.directory.clients[client_id]
    caller = caller_for(runtime.directory, client, expires_at=runtime.now().timestamp() + 60, day=runtime.today())
    reply = await runtime.engine.execute(asked(WAYS[way], PURPOSE, n=number), caller)
    body = orjson.loads(reply.body)
    if "errors" in body:
        raise Refusal(body["errors"][0]["extensions"]["code"], **_waiting(body["errors"][0]["extensions"]))
    return body["data"]


def _waiting(extensions: dict[str, Any]) -> dict[str, int]:
    return {"retry_after": extensions["retryAfter"]} if "retryAfter" in extensions else {}


async def miss(runtime: Runtime, times: int, client_id: str = GUANGZHOU) -> None:
    for _ in range(times):
        assert await look_up(runtime, material.person().id_number, client_id) == {"person": None}


async def known_person(runtime: Runtime) -> str:
    """The ID number of somebody Guangzhou can see."""
    person = material.person()
    await keep(runtime, SHENZHEN, "SAFETY_MANAGEMENT", material.certificate(person, material.firm()))
    return person.id_number


async def is_refused(runtime: Runtime, number: str, client_id: str = GUANGZHOU, way: str = "a person") -> int | None:
    """The seconds to wait, or None when it is answered."""
    try:
        await look_up(runtime, number, client_id, way)
    except Refusal as refusal:
        if refusal.code != "TOO_MANY_MISSES":
            raise
        return refusal.retry_after
    return None


def test_the_usual_limits_are_thirty_a_client_and_two_hundred_a_tenant() -> None:
    assert Misses(per_client=30, per_tenant=200) == USUAL_MISSES == load({}).misses
    given = load({"EXCHANGE_MISSES_PER_CLIENT": "5", "EXCHANGE_MISSES_PER_TENANT": "7"}).misses
    assert given == Misses(per_client=5, per_tenant=7)


@pytest.mark.parametrize("way", WAYS)
async def test_after_too_many_misses_a_client_is_told_nothing_more_not_even_of_whom_there_is(
    way: str, runtime: Runtime
) -> None:
    number = await known_person(runtime)
    await miss(runtime, LIMITS.per_client - 1)
    assert await is_refused(runtime, number, way=way) is None
    await miss(runtime, 1)
    hit, missed = [await is_refused(runtime, one, way=way) for one in (number, material.person().id_number)]
    assert hit is not None
    assert missed is not None
    assert 890 < hit <= 900


async def test_hits_are_not_counted(runtime: Runtime) -> None:
    number = await known_person(runtime)
    for _ in range(2 * LIMITS.per_tenant):
        assert await is_refused(runtime, number) is None


async def test_the_limit_of_one_client_leaves_another_of_the_same_tenant_alone(runtime: Runtime) -> None:
    await miss(runtime, LIMITS.per_client)
    number = await known_person(runtime)
    assert await is_refused(runtime, number) is not None
    assert await is_refused(runtime, number, SECOND) is None


async def test_the_limit_of_a_tenant_holds_for_all_its_clients_and_a_day(runtime: Runtime) -> None:
    await miss(runtime, LIMITS.per_client)
    await miss(runtime, LIMITS.per_tenant - LIMITS.per_client, SECOND)
    number = await known_person(runtime)
    wait = await is_refused(runtime, number, SECOND)
    assert wait is not None
    assert 86_390 < wait <= 86_400


async def test_the_limit_of_a_tenant_never_touches_another(runtime: Runtime) -> None:
    await miss(runtime, LIMITS.per_client)
    await miss(runtime, LIMITS.per_tenant - LIMITS.per_client, SECOND)
    number = await known_person(runtime)
    await miss(runtime, 1, SHENZHEN)
    assert await is_refused(runtime, number, SHENZHEN) is None


async def test_a_quarter_of_an_hour_later_the_client_is_answered_again_and_a_day_later_the_tenant(
    runtime: Runtime,
) -> None:
    number = await known_person(runtime)
    await miss(runtime, LIMITS.per_client)
    await pass_time(runtime, timedelta(minutes=15))
    assert await is_refused(runtime, number) is None
    await miss(runtime, LIMITS.per_tenant - LIMITS.per_client)
    await pass_time(runtime, timedelta(minutes=15))
    assert await is_refused(runtime, number) is not None
    await pass_time(runtime, timedelta(hours=24))
    assert await is_refused(runtime, number) is None


async def test_what_is_refused_is_neither_evidence_nor_makes_the_wait_longer(runtime: Runtime) -> None:
    await miss(runtime, LIMITS.per_client)
    await pass_time(runtime, timedelta(minutes=10))
    before = await evidence(runtime)
    for _ in range(5):
        wait = await is_refused(runtime, material.person().id_number)
    assert wait is not None
    assert 290 < wait <= 300
    assert await evidence(runtime) == before


async def evidence(runtime: Runtime) -> int:
    owner = await asyncpg.connect(runtime.database.dsn)
    try:
        count: int = await owner.fetchval("select count(*) from access_record")
    finally:
        await owner.close()
    return count


async def test_another_process_knows_of_the_misses_too(runtime: Runtime) -> None:
    await miss(runtime, LIMITS.per_client)
    async with open_runtime(
        runtime.database, runtime.keys, issuer=runtime.issuer, now=runtime.now, has_loops=False, misses=LIMITS
    ) as other:
        assert await is_refused(other, await known_person(runtime)) is not None


async def test_many_guesses_in_one_document_are_counted_one_by_one(runtime: Runtime) -> None:
    before = await evidence(runtime)
    guesses = " ".join(f'g{n}: person(by: {{idNumber: "{material.person().id_number}"}}) {{ id }}' for n in range(9))
    with pytest.raises(Refusal, match="TOO_MANY_MISSES"):
        await runtime.engine.execute(asked(f"{{ {guesses} }}", PURPOSE), caller_of(runtime, GUANGZHOU))
    assert await evidence(runtime) == before + LIMITS.per_client


async def test_what_looks_nobody_up_by_number_is_answered_all_the_same(runtime: Runtime) -> None:
    await keep(runtime, SHENZHEN, "SAFETY_MANAGEMENT", material.certificate(material.person(), material.firm()))
    await miss(runtime, LIMITS.per_client)
    query = "{ certificates(first: 1) { nodes { holder { id name } } } }"
    reply = await runtime.engine.execute(asked(query, PURPOSE), caller_of(runtime, GUANGZHOU))
    assert "试验员甲" in reply.body.decode()


async def test_over_http_the_refusal_says_when_to_come_back_and_what_to_do(
    runtime: Runtime, http: aiohttp.ClientSession
) -> None:
    await miss(runtime, LIMITS.per_client)
    token = runtime.tokens.issue(runtime.directory.clients[GUANGZHOU], now=runtime.now().timestamp())
    content = {
        "query": WAYS["a person"],
        "variables": {"n": material.person().id_number},
        "extensions": {"exchange": {"purpose": PURPOSE[0], "caseNumber": PURPOSE[1]}},
    }
    async with running(build_app(runtime, load({"EXCHANGE_SECRET": "x" * 40})), "127.0.0.1", 0) as base_url:
        headers = {"Authorization": f"Bearer {token}"}
        async with http.post(f"{base_url}/graphql", json=content, headers=headers) as response:
            status, waits, body = response.status, response.headers["Retry-After"], await response.json()
    (error,) = body["errors"]
    told = error["extensions"]
    assert (status, told["code"], told["retryable"], "data" in body) == (429, "TOO_MANY_MISSES", True, False)
    assert str(told["retryAfter"]) == waits
    assert waits in error["message"]
    assert "运营方" in told["nextStep"]
    assert content["variables"]["n"] not in str(body)
