"""The HTTP application: the only place where the parts are put together.

Paths: /graphql /graphiql /oauth/token /.well-known/jwks.json /imports /gate-checks /recognitions /rosters /reviews
/ledger /status-lists /v /c /events /health/live /health/ready /metrics. Add the next path to `routes`; what it does
lives in a module of doors/.
"""

from collections.abc import Awaitable, Callable, Mapping

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import RedirectResponse
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from exchange.doors.gates import GateDoors
from exchange.doors.imports import ImportDoors
from exchange.doors.ledger import LedgerDoors
from exchange.doors.plain import Doors, Measuring, missed_path
from exchange.doors.proof import ProofDoors
from exchange.doors.recognitions import RecognitionDoors
from exchange.doors.reviews import ReviewDoors
from exchange.doors.rosters import RosterDoors
from exchange.runtime import Runtime, day_of
from exchange.settings import Settings
from exchange.transport.entrance import Closing, Entrance
from exchange.transport.http import GraphQLEndpoint
from exchange.transport.parameters import new_request_id
from exchange.transport.routes import graphql_routes
from schema.errors import Refusal
from tenants.caller import Caller


def authenticator(runtime: Runtime) -> Callable[[Mapping[str, str]], Awaitable[Caller]]:
    """From request headers to the caller. Raises Refusal UNAUTHENTICATED, TOKEN_EXPIRED, TOKEN_REVOKED."""

    async def authenticate(headers: Mapping[str, str]) -> Caller:
        sort, _, token = headers.get("authorization", "").partition(" ")
        if sort.lower() != "bearer" or not token:
            raise Refusal("UNAUTHENTICATED")
        now = runtime.now()
        return runtime.tokens.verify(token.strip(), now=now.timestamp(), day=day_of(now))

    return authenticate


class Application(Starlette):
    """Starlette with every request measured. /graphql is met before middleware and router, which would cost a small
    query a seventh of its time."""

    def __init__(self, routes: list[BaseRoute]) -> None:
        missed = {404: missed_path, 405: missed_path}
        super().__init__(routes=routes, middleware=[Middleware(Measuring)], exception_handlers=missed)
        endpoints = [one for one in routes if isinstance(one, Route) and isinstance(one.endpoint, GraphQLEndpoint)]
        self._direct = {one.path: Measuring(one.endpoint) for one in endpoints}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        direct = self._direct.get(scope["path"]) if scope["type"] == "http" else None
        await (direct or super().__call__)(scope, receive, send)


def build_app(runtime: Runtime, settings: Settings) -> Starlette:
    """The ASGI application of a running hub; `app.state.closing.begin()` ends its open streams."""
    closing = Closing()
    entrance = Entrance(
        engine=runtime.engine, authenticate=authenticator(runtime), now=lambda: runtime.now().timestamp(),
        new_id=new_request_id, closing=closing,
    )  # fmt: skip
    parts = runtime, settings, authenticator(runtime)
    doors = (
        Doors(*parts), ImportDoors(*parts), GateDoors(*parts), RecognitionDoors(*parts), RosterDoors(*parts),
        LedgerDoors(*parts), ProofDoors(*parts), ReviewDoors(*parts),
    )  # fmt: skip
    app = Application(routes(entrance, *doors))
    app.state.closing = closing
    return app


def routes(
    entrance: Entrance,
    doors: Doors,
    importing: ImportDoors,
    gates: GateDoors,
    recognitions: RecognitionDoors,
    rosters: RosterDoors,
    ledger: LedgerDoors,
    proof: ProofDoors,
    reviews: ReviewDoors,
) -> list[BaseRoute]:
    """Every path of the hub."""
    return [
        *graphql_routes(entrance),
        Route("/", lambda _: RedirectResponse("/graphiql")),
        Route("/oauth/token", doors.token, methods=["POST"]),
        Route("/.well-known/jwks.json", doors.key_set, methods=["GET"]),
        Route("/imports", importing.imports, methods=["POST"]),
        Route("/imports/template/{kind}", importing.template, methods=["GET"]),
        Route("/imports/{batch}", importing.batch, methods=["GET"]),
        Route("/imports/{batch}/receipt", importing.receipt, methods=["GET"]),
        *_table_routes(gates, recognitions, rosters, reviews),
        Route("/status-lists", proof.status_lists, methods=["GET"]),
        Route("/status-lists/{id}", proof.status_list, methods=["GET"]),
        Route("/v/{code}", proof.page, methods=["GET"]),
        Route("/c/{code}", proof.confirmation, methods=["GET"]),
        Route("/ledger/checkpoint", ledger.checkpoint, methods=["GET"]),
        Route("/ledger/checkpoints/{size}", ledger.checkpoint, methods=["GET"]),
        Route("/ledger/tile/{level}/{number:path}", ledger.tile, methods=["GET"]),
        Route("/events", doors.events, methods=["GET"]),
        Route("/schema.graphql", doors.schema, methods=["GET"]),
        Route("/health/live", doors.live, methods=["GET"]),
        Route("/health/ready", doors.ready, methods=["GET"]),
        Route("/metrics", doors.metrics, methods=["GET"]),
    ]


def _table_routes(
    gates: GateDoors, recognitions: RecognitionDoors, rosters: RosterDoors, reviews: ReviewDoors
) -> list[BaseRoute]:
    """Tables that are answered or kept, and are no records."""
    return [
        Route("/gate-checks", gates.checks, methods=["POST"]),
        Route("/gate-checks/template", gates.template, methods=["GET"]),
        Route("/recognitions", recognitions.recognitions, methods=["POST"]),
        Route("/recognitions/template", recognitions.template, methods=["GET"]),
        Route("/rosters", rosters.rosters, methods=["POST"]),
        Route("/rosters/template", rosters.template, methods=["GET"]),
        Route("/rosters/{table}", rosters.roster, methods=["GET"]),
        Route("/reviews.{form}", reviews.desk, methods=["GET"]),
    ]
