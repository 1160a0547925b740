"""A small real hub for the transport tests: a graphql-core schema, an engine over it, uvicorn on a free port.

`python tests/unit/transport_toy.py 8123` serves it by hand, token "good"; a new case is a field of SCHEMA.
"""

import asyncio
import itertools
import sys
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import orjson
import uvicorn
from graphql import ExecutionResult, GraphQLError, GraphQLSchema, build_schema, execute, subscribe
from graphql.execution.values import get_variable_values
from starlette.applications import Starlette
from starlette.datastructures import Headers

from exchange.engine.answers import coded, error_entry, rejected
from exchange.engine.documents import Documents, Prepared, Rejected, check_use, refuse_costly
from exchange.engine.limits import Limits
from exchange.engine.request import GraphQLRequest, Pushed, Reply
from exchange.transport.entrance import Closing, Entrance
from exchange.transport.routes import graphql_routes
from schema.errors import Refusal

SCHEMA = """
type Query {
  echo(text: String): String
  said: Said!
  flags(first: Int): FlagConnection
  fault: String
  refusal: String
  certificate(id: ID!): String
}
type Said { purpose: String caseNumber: String idempotencyKey: String language: String }
type FlagConnection { edges: [FlagEdge!]! }
type FlagEdge { node: Flag! }
type Flag { id: ID! flags(first: Int = 5): FlagConnection }
type Mutation { count: Int! }
type Subscription { riskFlags(after: String): Flag! endless: Flag! flood: Flag! broken: Flag! }
"""


SECRET = "secret 990101199001010000"


@dataclass(frozen=True, kw_only=True)
class ToyCaller:
    expires_at: float


@dataclass(kw_only=True)
class ToyEngine:
    """Executes with graphql-core; counts mutations and open subscriptions."""

    schema: GraphQLSchema = field(default_factory=lambda: build_schema(SCHEMA))
    mutations: int = 0
    open: int = 0

    def __post_init__(self) -> None:
        self.documents = Documents(self.schema, Limits())

    def _prepare(self, request: GraphQLRequest, *, is_streaming: bool) -> Prepared | Reply:
        prepared = self.documents.prepare(request.query, request.operation_name)
        errors = prepared.errors if isinstance(prepared, Rejected) else self._variable_errors(prepared, request)
        if isinstance(prepared, Rejected) or errors:
            return rejected(errors, language=request.language, request_id=request.request_id)
        check_use(prepared, request, is_streaming=is_streaming)
        refuse_costly(prepared, request.variables, Limits())
        return prepared

    def _variable_errors(self, prepared: Prepared, request: GraphQLRequest) -> list[GraphQLError]:
        definitions = prepared.operation.variable_definitions
        values = get_variable_values(self.schema, definitions, request.variables, max_errors=5)
        return [coded(error, "BAD_INPUT") for error in values] if isinstance(values, list) else []

    def _body(self, result: ExecutionResult, request: GraphQLRequest) -> bytes:
        errors = [
            error_entry(error, language=request.language, request_id=request.request_id)
            for error in result.errors or ()
        ]
        return orjson.dumps({"data": result.data, **({"errors": errors} if errors else {})})

    async def execute(self, request: GraphQLRequest, caller: ToyCaller) -> Reply:
        prepared = self._prepare(request, is_streaming=False)
        return prepared if isinstance(prepared, Reply) else self._executed(prepared, request)

    def _executed(self, prepared: Prepared, request: GraphQLRequest) -> Reply:
        result = execute(
            self.schema, prepared.document, Root(self, request), variable_values=request.variables,
            operation_name=request.operation_name,
        )  # fmt: skip
        assert isinstance(result, ExecutionResult)
        return Reply(body=self._body(result, request), is_executed=True, steps=(("execute", 0.001),))

    async def subscribe(self, request: GraphQLRequest, caller: ToyCaller) -> AsyncGenerator[Pushed, None] | Reply:
        prepared = self._prepare(request, is_streaming=True)
        if isinstance(prepared, Reply):
            return prepared
        if prepared.operation_type != "subscription":
            return self._executed(prepared, request)
        return self._pushed(prepared, request)

    async def _pushed(self, prepared: Prepared, request: GraphQLRequest) -> AsyncGenerator[Pushed, None]:
        source = await subscribe(
            self.schema, prepared.document, Root(self, request), variable_values=request.variables,
            operation_name=request.operation_name,
        )  # fmt: skip
        assert not isinstance(source, ExecutionResult)
        self.open += 1
        try:
            async for result in source:
                flag = next(iter((result.data or {}).values()), None) or {}
                yield Pushed(body=self._body(result, request), cursor=flag.get("id"))
        finally:
            self.open -= 1


class Root:
    """Root values of one request."""

    def __init__(self, engine: ToyEngine, request: GraphQLRequest) -> None:
        self.engine = engine
        self.request = request

    def echo(self, info: Any, text: str | None = None) -> str | None:
        return text

    def said(self, info: Any) -> dict[str, Any]:
        request = self.request
        names = {"purpose": request.purpose, "caseNumber": request.case_number, "language": request.language}
        return {**names, "idempotencyKey": request.idempotency_key}

    def flags(self, info: Any, first: int | None = None) -> dict[str, Any]:
        return {"edges": [{"node": {"id": str(number)}} for number in range(first or 0)]}

    def fault(self, info: Any) -> str:
        raise ValueError(SECRET)

    def refusal(self, info: Any) -> str:
        raise Refusal("NOT_FOUND")

    def certificate(self, info: Any, id: str) -> str:
        return id

    def count(self, info: Any) -> int:
        self.engine.mutations += 1
        return self.engine.mutations

    async def riskFlags(self, info: Any, after: str | None = None) -> AsyncIterator[dict[str, Any]]:
        last = int(after or self.request.extensions.get("lastEventId") or 0)
        for number in range(last + 1, 4):
            yield {"riskFlags": {"id": str(number)}}

    async def endless(self, info: Any) -> AsyncIterator[dict[str, Any]]:
        yield {"endless": {"id": "1"}}
        await asyncio.Event().wait()

    async def flood(self, info: Any) -> AsyncIterator[dict[str, Any]]:
        for _ in itertools.count():
            yield {"flood": {"id": "x" * 100_000}}
            await asyncio.sleep(0)

    async def broken(self, info: Any) -> AsyncIterator[dict[str, Any]]:
        yield {"broken": {"id": "1"}}
        raise ConnectionError(SECRET)


async def authenticate(headers: Headers) -> ToyCaller:
    """`good` and `short <seconds>` are tokens; `slow` never answers; `fault` breaks."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme != "Bearer" or not token:
        raise Refusal("UNAUTHENTICATED")
    if token.startswith("short-"):
        return ToyCaller(expires_at=time.time() + float(token.removeprefix("short-")))
    if token == "fault":
        raise ValueError(SECRET)
    if token != "good":
        raise Refusal("TOKEN_EXPIRED")
    return ToyCaller(expires_at=float("inf"))


@dataclass(frozen=True, kw_only=True)
class Toy:
    """A running server."""

    url: str
    engine: ToyEngine
    server: "ToyServer"

    @property
    def socket_url(self) -> str:
        return self.url.replace("http:", "ws:")


class ToyServer(uvicorn.Server):
    """Begins Closing before it waits for open streams, as the hub's server has to."""

    def __init__(self, application: Starlette, port: int, closing: Closing) -> None:
        super().__init__(uvicorn.Config(application, port=port, log_level="warning", lifespan="off"))
        self.closing = closing
        self.ready = asyncio.Event()

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    async def shutdown(self, sockets: Any = None) -> None:
        self.closing.begin()
        await super().shutdown(sockets)


@asynccontextmanager
async def serving(port: int = 0, **settings: Any) -> AsyncIterator[Toy]:
    """The toy hub on 127.0.0.1; `settings` override fields of Entrance."""
    engine, closing, numbers = ToyEngine(), Closing(), itertools.count(1)
    entrance = Entrance(
        engine=engine, authenticate=authenticate, now=time.time, new_id=lambda: f"request-{next(numbers)}",
        closing=closing, **settings,
    )  # fmt: skip
    server = ToyServer(Starlette(routes=graphql_routes(entrance)), port, closing)
    task = asyncio.create_task(server.serve())
    await server.ready.wait()
    bound = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield Toy(url=f"http://127.0.0.1:{bound}/graphql", engine=engine, server=server)
    finally:
        server.should_exit = True
        await task


async def main() -> None:
    async with serving(int(sys.argv[1])):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())


async def reaches(read: Callable[[], int], expected: int) -> int:
    """What the server's state is once it is as expected, or after five seconds of waiting."""
    with suppress(TimeoutError):
        async with asyncio.timeout(5):
            while read() != expected:  # noqa: ASYNC110 - the server's state has no event to wait for
                await asyncio.sleep(0.01)
    return read()
