"""Subscriptions: a cursor on the numbered event stream, read page by page with the subscriber's own sight.

A slow reader costs nothing: the next page is read when the last one is taken. Waking up comes from the stream's signal;
a missed signal costs at most POLL_SECONDS.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from dataclasses import replace
from typing import Any, Protocol

import orjson
from graphql import FieldNode, GraphQLSchema

from exchange.engine.arguments import Binding
from exchange.engine.compiler import CompiledRoot, compile_stream_root
from exchange.engine.filters import read_position
from exchange.engine.request import Pushed
from exchange.engine.roots import ROOTS
from schema.errors import Refusal

PAGE = 100
POLL_SECONDS = 5.0
RETRY_SECONDS = 1.0
AHEAD_SECONDS = 3.0


class Signal(Protocol):
    """Tells how far the stream is numbered."""

    @property
    def position(self) -> int: ...

    async def beyond(self, position: int, timeout_seconds: float) -> None: ...


class Answering(Protocol):
    """The engine as far as it is needed here."""

    ask: Any

    async def answer(self, root: CompiledRoot, binding: Binding) -> bytes: ...


def compile_stream(
    schema: GraphQLSchema, fragments: Mapping[str, Any], variables: Mapping[str, Any], key: str, nodes: list[FieldNode]
) -> CompiledRoot:
    """The statement that reads the next page of events for a subscription field."""
    subscription = schema.subscription_type
    assert subscription is not None
    return compile_stream_root(schema, fragments, variables, subscription, key, nodes, ROOTS["events"], limit=PAGE)


async def follow(
    engine: Answering, plan: CompiledRoot, binding: Binding, nodes: list[FieldNode], signal: Signal
) -> AsyncGenerator[Pushed, None]:
    """Every event after the position asked for, then those to come. Ends when the token is revoked."""
    position = _start(plan, binding, signal)
    await refuse_unnumbered(position, signal)
    prefix = b'{"data":{"' + plan.key.encode() + b'":'
    while True:
        head = signal.position
        context = engine.ask(binding.context.request, binding.context.caller)
        context = replace(context, position=position)
        try:
            page = orjson.loads(await engine.answer(plan, replace(binding, context=context)))
        except Refusal as refusal:
            if refusal.code != "UNAVAILABLE":
                raise
            await asyncio.sleep(RETRY_SECONDS)  # an outage ends, the subscription goes on where it was
            continue
        for at, event in page:
            position = at
            yield Pushed(body=prefix + orjson.dumps(event) + b"}}", cursor=f"seq:{at}")
        if len(page) < PAGE:
            position = max(position, head)
            await signal.beyond(position, POLL_SECONDS)


async def refuse_unnumbered(position: int, signal: Signal) -> None:
    """Raise BAD_CURSOR for a position the stream has never numbered: its reader would wait for ever, or miss events.

    Another process may have numbered what this one has not heard of yet, so it is waited for.
    """
    await signal.beyond(position - 1, AHEAD_SECONDS)
    if position > signal.position:
        raise Refusal("BAD_CURSOR", field=("after",))


def _start(plan: CompiledRoot, binding: Binding, signal: Signal) -> int:
    # a client that reconnects repeats its first `after`, and says by Last-Event-ID how far it has got since
    after = binding.context.request.extensions.get("lastEventId") or plan.after(binding)
    if after is None:
        return signal.position
    if not isinstance(after, str):
        raise Refusal("BAD_CURSOR", field=("after",))
    return read_position(after)
