"""Answers GraphQL requests: compiled where every root field can be, else by graphql-core with compiled parts inside.

The way: prepare (cached) -> limits -> compile (cached) -> one SQL statement a root field -> bytes. Nothing is added
here for a new field: see shapes.py for stored things and the hub for computed ones.
"""

import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import date
from itertools import chain
from typing import Any, Protocol

import orjson
from graphql import ExecutionResult, GraphQLError, GraphQLObjectType, GraphQLSchema, get_named_type
from graphql.execution import execute as execute_document
from graphql.execution.collect_fields import collect_fields, collect_sub_fields

from exchange.engine.answers import error_entry, rejected
from exchange.engine.arguments import Binding
from exchange.engine.asking import Asking
from exchange.engine.compiler import CompiledRoot, compile_root
from exchange.engine.documents import Documents, Prepared, Rejected, check_use, refuse_costly
from exchange.engine.filters import read_position
from exchange.engine.limits import Limits
from exchange.engine.mixed import BY_TYPE, Mixing
from exchange.engine.plans import Plan, Plans
from exchange.engine.repeats import key_of
from exchange.engine.request import GraphQLRequest, Pushed, Reply
from exchange.engine.roots import ROOTS
from exchange.engine.stream import compile_stream, follow, refuse_unnumbered
from exchange.engine.together import Standing, Together
from exchange.engine.variables import coerced
from tenants.caller import Caller
from tenants.session import unavailable


class Reader(Protocol):
    """Runs compiled statements as the application role."""

    async def fetch_json(self, sql: str, parameters: list[Any]) -> bytes | None: ...

    async def fetch_gathered(
        self, sql: str, parameters: list[Any], together: Together, standing: Standing
    ) -> bytes | None: ...


class QueryEngine:
    """The engine behind every transport. `ask` makes the context of a request; `hub` answers what is not compiled.

    `catch_up` reads the directory again when it still is of the edition given.
    """

    def __init__(
        self,
        *,
        schema: GraphQLSchema,
        limits: Limits,
        reader: Reader,
        hub: Any,
        ask: Callable[[GraphQLRequest, Caller], Asking],
        catch_up: Callable[[int], Awaitable[None]],
        idempotent: Any,
        signal: Any,
    ) -> None:
        self.schema, self.limits, self.reader, self.hub, self.ask = schema, limits, reader, hub, ask
        self._catch_up, self._idempotent, self._signal = catch_up, idempotent, signal
        self._documents = Documents(schema, limits)
        self._plans = Plans()

    async def execute(self, request: GraphQLRequest, caller: Caller) -> Reply:
        """Answer a query or a mutation."""
        started = time.perf_counter()
        prepared = self._documents.prepare(request.query, request.operation_name)
        if isinstance(prepared, Rejected):
            return rejected(prepared.errors, language=request.language, request_id=request.request_id)
        check_use(prepared, request, is_streaming=False)
        variables = self._variables(prepared, request)
        if isinstance(variables, Reply):
            return variables
        asking = self.ask(request, caller)
        plan = self._plan(prepared, request, variables, asking.day)
        key = None
        if prepared.operation_type == "mutation":
            self._permit_payloads(prepared, variables, asking)
            fields = chain.from_iterable(self._root_fields(prepared, variables).values())
            key = key_of(fields, variables, request.idempotency_key)
        planned = time.perf_counter()
        if plan is not None:
            body = await self._run(plan, variables, asking)
        elif key is not None:
            answer = lambda: self._mixed(prepared, variables, asking)  # noqa: E731
            again = lambda numbers: self.hub.confirmations_again(asking, numbers)  # noqa: E731
            body = await self._idempotent.once(asking, key, answer, again)
        else:
            body = await self._mixed(prepared, variables, asking)
        steps = (("prepare", planned - started), ("answer", time.perf_counter() - planned))
        return Reply(body=body, is_executed=True, steps=steps)

    async def subscribe(self, request: GraphQLRequest, caller: Caller) -> AsyncGenerator[Pushed, None] | Reply:
        """Open a subscription; queries and mutations come back as a Reply."""
        prepared = self._documents.prepare(request.query, request.operation_name)
        if isinstance(prepared, Rejected):
            return rejected(prepared.errors, language=request.language, request_id=request.request_id)
        if prepared.operation_type != "subscription":
            return await self.execute(request, caller)
        check_use(prepared, request, is_streaming=True)
        variables = self._variables(prepared, request)
        if isinstance(variables, Reply):
            return variables
        asking = self.ask(request, caller)
        fields = self._root_fields(prepared, variables)
        key, nodes = next(iter(fields.items()))
        plan = compile_stream(self.schema, prepared.fragments, variables, key, nodes)
        self._permit(plan, asking)
        return follow(self, plan, Binding(variables=variables, context=asking), nodes, self._signal)

    def _variables(self, prepared: Prepared, request: GraphQLRequest) -> dict[str, Any] | Reply:
        refuse_costly(prepared, request.variables, self.limits)
        found = coerced(self.schema, prepared.operation, prepared.plain_variables, request.variables)
        if isinstance(found, list):
            errors = [GraphQLError(error.message, extensions={"code": "BAD_INPUT"}) for error in found]
            return rejected(errors, language=request.language, request_id=request.request_id)
        return found

    def _root_fields(self, prepared: Prepared, variables: Mapping[str, Any]) -> dict[str, Any]:
        root = self.schema.get_root_type(prepared.operation.operation)
        assert isinstance(root, GraphQLObjectType)
        selection = prepared.operation.selection_set
        return collect_fields(self.schema, dict(prepared.fragments), dict(variables), root, selection)

    def _plan(self, prepared: Prepared, request: GraphQLRequest, variables: Mapping[str, Any], today: date) -> Plan:
        """The compiled operation, or None when some root field is not stored but computed."""
        if prepared.operation_type != "query":
            return None
        key = (request.query, request.operation_name)
        return self._plans.of(key, prepared, variables, lambda: self._compiled(prepared, variables, today), today)

    def _compiled(self, prepared: Prepared, variables: Mapping[str, Any], today: date) -> Plan:
        fields = self._root_fields(prepared, variables)
        if not all(nodes[0].name.value in ROOTS for nodes in fields.values()):
            return None
        query = self.schema.query_type
        assert query is not None
        return tuple(
            compile_root(
                self.schema, prepared.fragments, variables, query, key, nodes, ROOTS[nodes[0].name.value], today=today
            )
            for key, nodes in fields.items()
        )

    def _permit_payloads(self, prepared: Prepared, variables: Mapping[str, Any], asking: Asking) -> None:
        """Check what a mutation's answer would show before anything is done."""
        mutation = self.schema.mutation_type
        assert mutation is not None
        for nodes in self._root_fields(prepared, variables).values():
            payload = get_named_type(mutation.fields[nodes[0].name.value].type)
            assert isinstance(payload, GraphQLObjectType)
            fields = collect_sub_fields(self.schema, dict(prepared.fragments), dict(variables), payload, nodes)
            for key, inner in fields.items():
                definition = payload.fields.get(inner[0].name.value)
                root = BY_TYPE.get(get_named_type(definition.type).name) if definition else None
                if root is not None:
                    found = compile_root(
                        self.schema, prepared.fragments, variables, payload, key, inner, root, by_key=True
                    )
                    self._permit(found, asking)

    def _permit(self, root: CompiledRoot, asking: Asking) -> None:
        for scope in root.scopes:
            asking.caller.require(scope)
        if root.personal_fields:
            asking.require_purpose()

    async def answer(self, root: CompiledRoot, binding: Binding) -> bytes:
        """The JSON of one compiled root field, after the doors are checked."""
        self._permit(root, binding.context)
        return await self._read(root, binding)

    async def _read(self, root: CompiledRoot, binding: Binding) -> bytes:
        """What needs the directory is asked again until it is answered by the directory as it is."""
        if root.needs_directory and (after := root.after(binding)) is not None:
            await refuse_unnumbered(read_position(after), self._signal)
        found = await self._fetch(root, binding)
        while found is None and root.needs_directory:
            binding = replace(binding, context=await self._caught_up(binding.context))
            self._permit(root, binding.context)
            found = await self._fetch(root, binding)
        if root.noted is not None:
            await self.hub.review_opened(binding.context, root.noted(binding))
        return root.completed(found or b"null", binding)

    async def _fetch(self, root: CompiledRoot, binding: Binding) -> bytes | None:
        parameters = root.parameters(binding)
        if root.together is None:
            return await self.reader.fetch_json(root.sql, parameters)
        return await self.reader.fetch_gathered(root.sql, parameters, root.together, binding.context.standing)

    async def _caught_up(self, asking: Asking) -> Asking:
        """The same with what the caller may see as of now. Raises Refusal TOKEN_REVOKED, UNAVAILABLE."""
        with unavailable():
            await self._catch_up(asking.edition)
        current = self.ask(asking.request, asking.caller)
        return replace(asking, caller=current.caller, edition=current.edition)

    async def _run(self, plan: tuple[CompiledRoot, ...], variables: Mapping[str, Any], asking: Asking) -> bytes:
        binding = Binding(variables=variables, context=asking)
        for root in plan:
            self._permit(root, asking)
        parts = [b'"' + root.key.encode() + b'":' + await self._read(root, binding) for root in plan]
        return b'{"data":{' + b",".join(parts) + b"}}"

    async def _mixed(self, prepared: Prepared, variables: dict[str, Any], asking: Asking) -> bytes:
        """graphql-core's way, for computed fields, mutations and introspection."""
        context = replace(asking, object_id=None)
        result = execute_document(
            self.schema,
            prepared.document,
            root_value=self.hub,
            context_value=context,
            variable_values=asking.request.variables,
            operation_name=prepared.operation.name.value if prepared.operation.name else None,
            execution_context_class=Mixing.of(self),
        )
        if not isinstance(result, ExecutionResult):
            result = await result
        body: dict[str, Any] = {"data": result.data}
        if result.errors:
            request = asking.request
            body["errors"] = [
                error_entry(error, language=request.language, request_id=request.request_id) for error in result.errors
            ]
        return orjson.dumps(body, default=str)
