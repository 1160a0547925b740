"""What a transport hands to the engine and what it gets back; every transport and every engine meets only here.

The next thing a client may say about its request is a field of GraphQLRequest, filled in transport/parameters.py.
"""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, kw_only=True)
class GraphQLRequest:
    """One operation as the client sent it: checked for types, not yet parsed."""

    query: str
    operation_name: str | None
    variables: dict[str, Any]
    extensions: dict[str, Any]
    purpose: str | None
    case_number: str | None
    idempotency_key: str | None
    language: str  # "zh" or "en"
    allow_mutation: bool
    request_id: str


@dataclass(frozen=True, kw_only=True)
class Reply:
    """A whole JSON answer. `is_executed` False: refused before execution, so there is no `data` key."""

    body: bytes
    is_executed: bool
    status: int = 200  # wanted where is_executed is False
    retry_after: int | None = None  # seconds
    steps: tuple[tuple[str, float], ...] = ()  # (name, seconds), for the Server-Timing header


@dataclass(frozen=True, kw_only=True)
class Pushed:
    """One execution result of a subscription, as JSON, and the position to resume after it."""

    body: bytes
    cursor: str | None


class Caller(Protocol):
    """Who asks. The transports only need to know until when (seconds since 1970)."""

    @property
    def expires_at(self) -> float: ...


class Engine(Protocol):
    """Answers requests. It may raise Refusal; anything else it raises is masked by the transport."""

    async def execute(self, request: GraphQLRequest, caller: Any) -> Reply:
        """Answer a query or mutation; a subscription is refused."""

    async def subscribe(self, request: GraphQLRequest, caller: Any) -> AsyncGenerator[Pushed, None] | Reply:
        """Open a subscription; a query, a mutation or a request error comes back as a Reply."""
