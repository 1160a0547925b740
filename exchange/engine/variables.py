"""The variables of an operation. Strings, ids, numbers and truth values that come in their own JSON type are taken as
they are sent: coercing them would change nothing. Everything else, and every fault, is left to graphql-core.

A scalar whose values may be taken so gets a line in _AS_SENT.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLError,
    GraphQLID,
    GraphQLInt,
    GraphQLSchema,
    GraphQLString,
    NamedTypeNode,
    NonNullTypeNode,
    OperationDefinitionNode,
    VariableDefinitionNode,
)
from graphql.execution.values import get_variable_values

MOST_ERRORS = 5


def _is_text(value: Any) -> bool:
    return type(value) is str


def _is_int(value: Any) -> bool:
    return type(value) is int and -(2**31) <= value < 2**31


def _is_truth(value: Any) -> bool:
    return type(value) is bool


_AS_SENT: Mapping[Any, Callable[[Any], bool]] = {
    GraphQLString: _is_text, GraphQLID: _is_text, GraphQLInt: _is_int, GraphQLBoolean: _is_truth,
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Plain:
    """A variable of a built-in scalar type: which values need no coercion, and whether it may be left out."""

    name: str
    is_as_sent: Callable[[Any], bool]
    is_optional: bool


def plain_variables(schema: GraphQLSchema, operation: OperationDefinitionNode) -> tuple[Plain, ...] | None:
    """The variables of an operation when all of them are plain."""
    found = [_plain(schema, definition) for definition in operation.variable_definitions]
    plain = tuple(one for one in found if one is not None)
    return plain if len(plain) == len(found) else None


def _plain(schema: GraphQLSchema, definition: VariableDefinitionNode) -> Plain | None:
    is_required = isinstance(definition.type, NonNullTypeNode)
    wanted = definition.type.type if isinstance(definition.type, NonNullTypeNode) else definition.type
    is_as_sent = _AS_SENT.get(schema.get_type(wanted.name.value)) if isinstance(wanted, NamedTypeNode) else None
    if is_as_sent is None:
        return None
    is_optional = not is_required and definition.default_value is None
    return Plain(name=definition.variable.name.value, is_as_sent=is_as_sent, is_optional=is_optional)


def coerced(
    schema: GraphQLSchema,
    operation: OperationDefinitionNode,
    plain: tuple[Plain, ...] | None,
    given: dict[str, Any],
) -> dict[str, Any] | list[GraphQLError]:
    """The variables as the engine takes them, or what is wrong with them."""
    taken = None if plain is None else _as_sent(plain, given)
    if taken is not None:
        return taken
    return get_variable_values(schema, operation.variable_definitions, given, max_errors=MOST_ERRORS)


def _as_sent(plain: tuple[Plain, ...], given: Mapping[str, Any]) -> dict[str, Any] | None:
    taken = {}
    for one in plain:
        if one.name in given:
            value = taken[one.name] = given[one.name]
            if not one.is_as_sent(value):
                return None
        elif not one.is_optional:
            return None
    return taken
