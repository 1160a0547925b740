"""The paths of the GraphQL face: /graphql for HTTP and WebSocket, /graphiql for people.

Add the next transport's path to `graphql_routes`.
"""

from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute

from exchange.transport.entrance import Entrance
from exchange.transport.graphiql import graphiql, static_files
from exchange.transport.http import GraphQLEndpoint
from exchange.transport.websocket import GraphQLSocket


def graphql_routes(entrance: Entrance) -> list[BaseRoute]:
    """The routes, to be put into an application."""
    return [
        Route("/graphql", GraphQLEndpoint(entrance)),
        WebSocketRoute("/graphql", GraphQLSocket(entrance)),
        Route("/graphiql", graphiql, methods=["GET"]),
        Mount("/graphiql/static", static_files()),
    ]
