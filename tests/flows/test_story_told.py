"""The demonstration as a whole: told twice on the same data, every step holds."""

from datetime import timedelta
from typing import Any

from exchange.app import build_app
from exchange.database import open_database
from exchange.demo.cast import CAST, client_secret
from exchange.demo.client import Client
from exchange.demo.seed import onboard_cast, seed
from exchange.demo.story import STEPS, next_number, tell
from exchange.runtime import day_of, now_in_utc, open_runtime
from exchange.server import running
from exchange.settings import load
from tenants.keys import Keys
from tests.flows.scratch import SECRET, quiet_hub, scratch_database


async def test_every_step_holds_and_again_on_the_data_it_left(hub: Any, client: Client) -> None:
    for _ in range(2):
        await hub.runtime.settle()
        number = 3_000 + await next_number(client)
        steps = [step async for step in tell(hub.base_url, client.secrets, hub.runtime.today(), number)]
        failed = [(step.name, check.says, check.found) for step in steps for check in step.checks if not check.holds]
        assert failed == []
        assert [step.number for step in steps] == list(range(1, len(STEPS) + 1))
        assert all(step.is_held and step.asked and step.answered for step in steps)


async def test_the_story_leaves_no_day_to_come(database: Any) -> None:
    keys = Keys(secret=SECRET.encode())
    async with scratch_database(database.dsn, "exchange_told") as made:
        settings = load({"EXCHANGE_DATABASE_URL": made.dsn, "EXCHANGE_SECRET": SECRET, "EXCHANGE_DATA": "/nonexistent"})
        async with (
            open_database(settings) as opened,
            open_runtime(opened, keys, issuer=settings.issuer, now=now_in_utc, has_clock=False) as runtime,
        ):
            await onboard_cast(runtime)
            async with running(build_app(runtime, settings), "127.0.0.1", 0) as base_url:
                secrets = {actor.slug: client_secret(keys, actor.slug) for actor in CAST}
                assert all([step.is_held async for step in tell(base_url, secrets, runtime.today())])
        async with made.as_owner() as connection:
            latest = await connection.fetchrow(
                "select (select day from clock_progress), max(opened_on), max(escalated_on) from review"
            )
    assert [day <= day_of(now_in_utc()) for day in latest] == [True, True, True]


async def test_a_step_that_breaks_is_told_and_ends_the_story(hub: Any, client: Client) -> None:
    wrong = {slug: "wrong" for slug in client.secrets}
    steps = [step async for step in tell(hub.base_url, wrong, hub.runtime.today(), 1)]
    assert [(step.number, step.is_held) for step in steps] == [(1, False)]
    assert "invalid_client" in steps[0].checks[-1].says


async def test_the_records_of_the_demonstration_are_published_once_whatever_the_day(database: Any) -> None:
    async with quiet_hub(database.dsn, "exchange_seeded") as runtime:
        first = await seed(runtime, runtime.today())
        again = await seed(runtime, runtime.today() + timedelta(days=1))
    assert (sum(first.values()), again) == (3_770, {})
