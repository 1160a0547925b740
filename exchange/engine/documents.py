"""GraphQL documents: parsed, held against the limits, validated, and remembered by their text.

Everything here depends on the text alone, so it is done once a text; what depends on variables is in cost.py.
"""

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    parse,
    specified_rules,
    validate,
)

from exchange.engine.answers import coded
from exchange.engine.cost import Page, cost_of, fixed_cost, pages_of
from exchange.engine.limits import Limits, excess, holds_nul
from exchange.engine.repeats import OnMutationsOnly
from exchange.engine.request import GraphQLRequest
from exchange.engine.variables import Plain, plain_variables
from schema.errors import Refusal

_RULES = (*specified_rules, OnMutationsOnly)


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A valid document with the operation that was asked for."""

    document: DocumentNode
    operation: OperationDefinitionNode
    operation_type: str  # "query", "mutation" or "subscription"
    fragments: Mapping[str, FragmentDefinitionNode]
    root_fields: tuple[FieldNode, ...]  # fragments expanded, in the order of the text
    plain_variables: tuple[Plain, ...] | None  # None when one of them needs coercion
    pages: tuple[Page, ...] = field(repr=False)
    cost: int | None  # None when it depends on variables


@dataclass(frozen=True, kw_only=True)
class Rejected:
    """What is wrong with a document; every error carries a code."""

    errors: tuple[GraphQLError, ...]


class Documents:
    """Prepares documents of one schema and keeps the valid ones, the least recently used going first."""

    def __init__(self, schema: GraphQLSchema, limits: Limits) -> None:
        self._schema = schema
        self._limits = limits
        self._known: OrderedDict[str, dict[str, Prepared]] = OrderedDict()

    def prepare(self, text: str, operation_name: str | None) -> Prepared | Rejected:
        """The operation of that name (None: the only one), or the errors of the document."""
        known = self._known.get(text)
        if known is not None:
            self._known.move_to_end(text)
            return _chosen(known, operation_name)
        operations = self._study(text)
        if isinstance(operations, Rejected):
            return operations
        self._known[text] = operations
        if len(self._known) > self._limits.documents:
            self._known.popitem(last=False)
        return _chosen(operations, operation_name)

    def _study(self, text: str) -> dict[str, Prepared] | Rejected:
        try:
            document = self._parse(text)
            broken = excess(document, self._limits)
            if broken:
                return _too_large(broken)
            errors = self._validate(document, text)
            return Rejected(errors=errors) if errors else self._operations(document)
        except GraphQLSyntaxError as error:
            return Rejected(errors=(coded(error, "GRAPHQL_PARSE_FAILED"),))
        except GraphQLError as error:
            return Rejected(errors=(_with_code(error),))
        except RecursionError:
            return _too_large(f"nesting {self._limits.nesting}")

    def _parse(self, text: str) -> DocumentNode:
        if len(text) > self._limits.characters:
            raise _refused(Refusal("QUERY_TOO_LARGE", limit=f"characters {self._limits.characters}"))
        try:
            return parse(text, max_tokens=self._limits.tokens)
        except GraphQLSyntaxError as error:
            if "Parsing aborted" in error.message:
                name = "nesting" if "nested" in error.message else "tokens"
                raise _refused(Refusal("QUERY_TOO_LARGE", limit=f"{name} {getattr(self._limits, name)}")) from None
            raise

    def _validate(self, document: DocumentNode, text: str) -> tuple[GraphQLError, ...]:
        errors = validate(self._schema, document, _RULES, max_errors=self._limits.errors, hide_suggestions=True)
        if not errors and "\\u" in text and holds_nul(document):
            return (_refused(Refusal("BAD_INPUT", detail="U+0000")),)
        return tuple(_with_code(error) for error in errors[: self._limits.errors])

    def _operations(self, document: DocumentNode) -> dict[str, Prepared]:
        fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
        operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
        return {node.name.value if node.name else "": self._operation(document, node, fragments) for node in operations}

    def _operation(
        self, document: DocumentNode, node: OperationDefinitionNode, fragments: dict[str, FragmentDefinitionNode]
    ) -> Prepared:
        pages = pages_of(self._schema, node, fragments)
        return Prepared(
            document=document,
            operation=node,
            operation_type=node.operation.value,
            fragments=fragments,
            root_fields=tuple(_fields(node.selection_set, fragments, set())),
            plain_variables=plain_variables(self._schema, node),
            pages=pages,
            cost=fixed_cost(pages),
        )


def check_use(prepared: Prepared, request: GraphQLRequest, *, is_streaming: bool) -> None:
    """Refuse a mutation by GET and a subscription where the answer is not a stream."""
    if prepared.operation_type == "mutation" and not request.allow_mutation:
        raise Refusal("METHOD_NOT_ALLOWED")
    if prepared.operation_type == "subscription" and not is_streaming:
        detail = "a subscription needs Accept: text/event-stream, or a WebSocket (graphql-transport-ws)"
        raise Refusal("BAD_REQUEST", detail=detail)


def cost(prepared: Prepared, variables: Mapping[str, Any]) -> int:
    """Objects this operation can bring at most with these variables (as sent, or coerced)."""
    return cost_of(prepared.pages, variables) if prepared.cost is None else prepared.cost


def refuse_costly(prepared: Prepared, variables: Mapping[str, Any], limits: Limits) -> int:
    """The cost, or QUERY_TOO_LARGE when it is over the limit."""
    found = cost(prepared, variables)
    if found > limits.cost:
        raise Refusal("QUERY_TOO_LARGE", limit=f"cost {limits.cost} (this query: {found})")
    return found


def _chosen(operations: Mapping[str, Prepared], operation_name: str | None) -> Prepared | Rejected:
    if operation_name is None and len(operations) == 1:
        return next(iter(operations.values()))
    found = operations.get(operation_name or "")
    if found is not None:
        return found
    message = f"Unknown operation '{operation_name}'." if operation_name else "Several operations: name the one to run."
    return Rejected(errors=(coded(GraphQLError(message), "GRAPHQL_VALIDATION_FAILED"),))


def _fields(
    selections: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode], seen: set[str]
) -> Iterator[FieldNode]:
    for node in selections.selections:
        if isinstance(node, FieldNode):
            yield node
        elif isinstance(node, InlineFragmentNode):
            yield from _fields(node.selection_set, fragments, seen)
        elif isinstance(node, FragmentSpreadNode) and node.name.value not in seen:
            seen.add(node.name.value)
            yield from _fields(fragments[node.name.value].selection_set, fragments, seen)


def _with_code(error: GraphQLError) -> GraphQLError:
    return error if isinstance(error.original_error, Refusal) else coded(error, "GRAPHQL_VALIDATION_FAILED")


def _refused(refusal: Refusal) -> GraphQLError:
    return GraphQLError(refusal.message("en"), original_error=refusal, extensions=refusal.extensions())


def _too_large(limit: str) -> Rejected:
    return Rejected(errors=(_refused(Refusal("QUERY_TOO_LARGE", limit=limit)),))
