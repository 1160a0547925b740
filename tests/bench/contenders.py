"""The applications that answer the questions: the hub itself, a bare route with its SQL, and the usual way.

Add a contender to BUILDERS: a function from a running hub's parts to an application that knows `closing`.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from exchange.app import build_app
from exchange.database import Database, open_database
from exchange.gathering import USUALLY_TOGETHER
from exchange.runtime import Runtime, now_in_utc, open_runtime
from exchange.settings import Settings, deployment_secret
from exchange.transport.entrance import Closing
from tenants.keys import Keys
from tests.bench.loaders import opened as opened_usually
from tests.bench.questions import Question
from tests.bench.statement import compiled
from tests.bench.usual import build_usual

ISSUER = "http://bench.invalid"


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What a contender is built from."""

    runtime: Runtime
    settings: Settings
    questions: tuple[Question, ...]


async def hub(parts: Parts) -> Starlette:
    """The real application: token check, limits, row security, evidence."""
    return build_app(parts.runtime, parts.settings)


async def bare(parts: Parts) -> Starlette:
    """GET /Q1/17: the hub's statement for Q1 with the parameters of the 17th set of variables, no more."""
    pool, known = parts.runtime.database.pool, {}
    for question in parts.questions:
        found = await compiled(parts.runtime, question)
        known[question.name] = (found, f'{{"data":{{"{question.root}":'.encode())

    async def answer(request: Request) -> Response:
        found, opening = known[request.path_params["name"]]
        body: Any = await pool.fetchval(found.sql, *found.parameters[request.path_params["index"]])
        return Response(opening + (body or b"null") + b"}}", media_type="application/json")

    return Starlette(routes=[Route("/{name}/{index:int}", answer)])


async def usual(parts: Parts) -> Starlette:
    """graphene resolvers and DataLoaders, see usual.py."""
    return build_usual(partial(opened_usually, parts.runtime, parts.runtime.database.pool))


BUILDERS: Mapping[str, Callable[[Parts], Awaitable[Starlette]]] = {"hub": hub, "bare": bare, "usual": usual}
WITHOUT_GRAPHQL = frozenset({"bare"})


@asynccontextmanager
async def opened(settings: Settings, *, has_loops: bool) -> AsyncIterator[Runtime]:
    """The parts of a hub on the settings' database. Its clock rests: it would announce every generated end day."""
    keys = Keys(secret=deployment_secret(settings).encode())
    async with (
        open_database(settings) as database,
        on(database, keys, has_loops=has_loops, read_together=settings.read_together) as runtime,
    ):
        yield runtime


@asynccontextmanager
async def on(
    database: Database, keys: Keys, *, has_loops: bool, read_together: int = USUALLY_TOGETHER
) -> AsyncIterator[Runtime]:
    """The same on an open database."""
    async with open_runtime(
        database,
        keys,
        issuer=ISSUER,
        now=now_in_utc,
        has_loops=has_loops,
        has_clock=False,
        read_together=read_together,
    ) as runtime:
        yield runtime


@asynccontextmanager
async def built(
    name: str, runtime: Runtime, settings: Settings, asked: tuple[Question, ...]
) -> AsyncIterator[Starlette]:
    """A contender's application."""
    app = await BUILDERS[name](Parts(runtime=runtime, settings=settings, questions=asked))
    if not hasattr(app.state, "closing"):
        app.state.closing = Closing()
    yield app
