"""One run of the demonstration: database, hub and server in this process, the story over the public address."""

import time

from exchange.app import build_app
from exchange.database import open_database
from exchange.demo.cast import CAST, client_secret
from exchange.demo.seed import keep_rule, onboard_cast, seed
from exchange.demo.story import STEPS, tell
from exchange.demo.telling import Lines, Prose, Teller
from exchange.runtime import Runtime, now_in_utc, open_runtime
from exchange.server import running
from exchange.settings import Settings, deployment_secret
from tenants.keys import Keys

LOOPBACK = "127.0.0.1"


async def run_demo(settings: Settings, *, as_json: bool) -> int:
    """Tell the story and print it. 0 when every step held, else 1. Raises Unusable when the hub cannot start."""
    teller: Teller = Lines() if as_json else Prose()
    keys = Keys(secret=deployment_secret(settings).encode())
    async with (
        open_database(settings) as database,
        # The story moves the day itself.
        open_runtime(
            database,
            keys,
            issuer=settings.issuer,
            now=now_in_utc,
            has_clock=False,
            misses=settings.misses,
            read_together=settings.read_together,
        ) as runtime,
    ):
        await onboard_cast(runtime)
        await keep_rule(runtime)
        seeded = await seed(runtime, runtime.today())
        await runtime.settle()
        async with running(build_app(runtime, settings), LOOPBACK, 0) as base_url:
            runtime.public_url = base_url
            teller.begin(base_url, seeded)
            return 0 if await _tell(runtime, base_url, teller) else 1


async def _tell(runtime: Runtime, base_url: str, teller: Teller) -> bool:
    started, held = time.perf_counter(), 0
    secrets = {actor.slug: client_secret(runtime.keys, actor.slug) for actor in CAST}
    async for step in tell(base_url, secrets, runtime.today()):
        teller.step(step)
        held += step.is_held
    is_held = held == len(STEPS)
    teller.end(is_held=is_held, seconds=time.perf_counter() - started)
    return is_held
