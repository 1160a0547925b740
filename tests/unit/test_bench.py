"""The benchmark's contenders answer alike: else their speeds could not be compared. Nothing here measures."""

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import aiohttp
import asyncpg
import pytest_asyncio

from exchange.database import Database, open_database
from exchange.runtime import Runtime, now_in_utc
from exchange.server import running
from exchange.settings import Settings, load
from schema.fields import CHINA
from tenants.keys import Keys
from tests.bench import flags, ledger
from tests.bench.contenders import BUILDERS, built, on
from tests.bench.generate import DataSet, generate
from tests.bench.questions import Question, questions
from tests.bench.requests import answers_of
from tests.bench.sweep import measure

SECRET = "a secret of the benchmark's own test, long enough"
KEYS = Keys(secret=SECRET.encode())
CERTIFICATES = 200


@pytest_asyncio.fixture(scope="module")
async def bench_settings(database: Database) -> AsyncIterator[Settings]:
    """A database of its own beside the run's."""
    name = f"exchange_bench_{os.getpid()}"
    owner = await asyncpg.connect(database.dsn)
    await owner.execute(f'create database "{name}" template template0')
    base, _, options = database.dsn.partition("?")
    url = f"{base.rsplit('/', 1)[0]}/{name}" + (f"?{options}" if options else "")
    yield load({"EXCHANGE_DATABASE_URL": url, "EXCHANGE_SECRET": SECRET})
    await owner.execute(f'drop database "{name}" with (force)')
    await owner.close()


@pytest_asyncio.fixture(scope="module")
async def bench(bench_settings: Settings) -> AsyncIterator[tuple[Runtime, DataSet]]:
    """The parts of a hub on a small generated data set."""
    async with open_database(bench_settings) as opened:
        day = now_in_utc().astimezone(CHINA).date()
        data = await generate(opened, KEYS, certificates=CERTIFICATES, day=day)
        async with on(opened, KEYS, has_loops=False) as runtime:
            yield runtime, data


async def test_all_contenders_give_the_same_answers(bench: tuple[Runtime, DataSet], bench_settings: Settings) -> None:
    runtime, data = bench
    asked = questions(data, KEYS, variants=4)
    async with AsyncExitStack() as stack, aiohttp.ClientSession() as session:
        found = {}
        for name in BUILDERS:
            app = await stack.enter_async_context(built(name, runtime, bench_settings, asked))
            base_url = await stack.enter_async_context(running(app, "127.0.0.1", 0))
            found[name] = await answers_of(session, base_url, name, runtime, asked)
    assert found["bare"] == found["hub"]
    assert found["usual"] == {one.name: found["hub"][one.name] for one in asked if "usual" in one.contenders}
    _assert_filled(asked, found["hub"])


def _assert_filled(asked: tuple[Question, ...], answers: dict[str, list[dict[str, object]]]) -> None:
    """Equal answers prove nothing where they are empty."""
    for question in asked:
        roots = [answer["data"][question.root] for answer in answers[question.name]]  # type: ignore[index]
        assert None not in roots, question.name
    assert any(answer["data"]["certificates"]["nodes"] for answer in answers["Q3"])  # type: ignore[index]
    assert any(answer["data"]["enterprise"]["flags"]["nodes"] for answer in answers["Q4"])  # type: ignore[index]
    assert all(answer["data"]["person"]["certificates"]["nodes"] for answer in answers["Q2"])  # type: ignore[index]
    assert all(answer["data"]["search"]["nodes"] for answer in answers["Q6"])  # type: ignore[index]


async def test_the_generated_rows_are_as_many_as_the_sizes_say(bench: tuple[Runtime, DataSet]) -> None:
    runtime, data = bench
    async with runtime.database.hub_pool.acquire() as connection:
        rows = await connection.fetch("select family, count(*) as n from record group by family")
    sizes = data.sizes()
    assert {row["family"]: row["n"] for row in rows} == {
        "CERTIFICATE": sizes["certificates"],
        "PRESENCE": sizes["appointments"],
        "RISK": sizes["gradings"],
        "ADVERSE": sizes["flags"],
    }
    assert (sizes["certificates"], sizes["persons"], sizes["enterprises"]) == (200, 100, 10)


async def test_the_load_announces_nothing(bench: tuple[Runtime, DataSet]) -> None:
    runtime, _ = bench
    async with runtime.database.hub_pool.acquire() as connection:
        assert await connection.fetchval("select count(*) from event") == 0


async def test_the_sweep_tells_what_is_due_once_and_the_same_day_again_nothing(
    bench: tuple[Runtime, DataSet],
) -> None:
    """Last of all: it announces. `measure` itself refuses a sweep that tells something twice."""
    runtime, data = bench
    found = await measure(runtime)
    async with runtime.database.hub_pool.acquire() as connection:
        types = await connection.fetch("select distinct type from event order by type")
    assert found["certificates"] == data.sizes()["certificates"]
    assert [row["type"] for row in types] == [
        "credential.expired", "credential.expiring", "credential.reviewDue", "credential.reviewLapsed",
    ]  # fmt: skip


async def test_every_flag_leads_to_its_reviews_in_as_many_jurisdictions(bench: tuple[Runtime, DataSet]) -> None:
    """After the sweep: it announces too. `measure` itself refuses reviews that are missing, or opened piecemeal."""
    runtime, _ = bench
    found = await flags.measure(runtime, sizes=((1, 2), (3, 1)))
    assert [(one["jurisdictions"], one["flags"]) for one in found] == [(1, 2), (3, 1)]
    async with runtime.database.hub_pool.acquire() as connection:
        reviews = await connection.fetchval("select count(*) from review where rule = 'RED_FLAG'")
    assert reviews == 1 * 5 + 3 * 3  # of each size one firm more than is measured


async def test_the_log_grows_by_what_is_published_and_proves_every_leaf(bench: tuple[Runtime, DataSet]) -> None:
    """Last: it invents entries. `measure` itself refuses a record that is not logged, or a leaf without proof."""
    runtime, _ = bench
    found = await ledger.measure(runtime, 1_000, records=5, rounds=2)
    assert (found["records"], found["appended"], found["leaves"]) == (5, 10, 1_000)
    async with runtime.database.hub_pool.acquire() as connection:
        assert await connection.fetchval("select max(size) from ledger_checkpoint") == 1_000
