"""A field's arguments: which are given is known when the field is compiled, and so is how each value will be found.

Most are a variable or a constant; what is neither (a list with variables in it) is left to graphql-core each time.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphene.utils.str_converters import to_snake_case
from graphql import FieldNode, GraphQLField, Node, ObjectValueNode, ValueNode, VariableNode
from graphql.execution.values import get_argument_values

from exchange.engine.limits import children


@dataclass(frozen=True, kw_only=True)
class Binding:
    """What the parameters of a compiled statement are read from. `context` is the request's (caller, day, purpose,
    keys)."""

    variables: Mapping[str, Any]
    context: Any


Reader = Callable[[Binding], Any]


@dataclass(frozen=True, kw_only=True)
class Arguments:
    """The arguments of one field. `present` holds their values at compile time; later requests may bring others, but
    never another choice of variables, for a compiled statement is kept by that choice."""

    present: Mapping[str, Any] = field(default_factory=dict)
    _nodes: Mapping[str, ValueNode] = field(default_factory=dict)
    _variables: Mapping[str, Any] = field(default_factory=dict)
    _again: Callable[[Mapping[str, Any]], Mapping[str, Any]] = dict

    @classmethod
    def of(cls, definition: GraphQLField, node: FieldNode, variables: Mapping[str, Any]) -> "Arguments":
        """The arguments of a field in a document."""

        def again(given: Mapping[str, Any]) -> Mapping[str, Any]:
            return get_argument_values(definition, node, dict(given))

        nodes = {argument.name.value: argument.value for argument in node.arguments}
        return cls(present=again(variables), _nodes=nodes, _variables=variables, _again=again)

    def given(self, path: str) -> Any:
        """The value at a path of GraphQL names at compile time; None when there is none."""
        return dig(self.present, _names(path))

    def reader(self, path: str) -> Reader:
        """How the value at a path is read at each request."""
        names, rest = _names(path), path.split(".")
        value = self._nodes.get(rest.pop(0))
        while rest and isinstance(value, ObjectValueNode):
            name = rest.pop(0)
            value = next((one.value for one in value.fields if one.name.value == name), None)
        if isinstance(value, VariableNode) and value.name.value in self._variables:
            return _variable_reader(value.name.value, names[len(names) - len(rest) :])
        if value is not None and not isinstance(value, VariableNode) and _holds_variable(value):
            again = self._again
            return lambda binding: dig(again(binding.variables), names)
        constant = dig(self.present, names)  # a literal, or a default
        return lambda _: constant


def dig(value: Any, names: tuple[str, ...]) -> Any:
    """The value below these names of Python, as graphene hands arguments out."""
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def plain(value: Any) -> Any:
    """An argument as SQL and the kinds take it: an enum's member stands for its name."""
    return getattr(value, "value", value)


def deeply_plain(value: Any) -> Any:
    """The same of everything within lists and input objects."""
    if isinstance(value, list):
        return [deeply_plain(one) for one in value]
    if isinstance(value, Mapping):
        return {name: deeply_plain(one) for name, one in value.items()}
    return plain(value)


def _names(path: str) -> tuple[str, ...]:
    return tuple(to_snake_case(name) for name in path.split("."))


def _variable_reader(name: str, names: tuple[str, ...]) -> Reader:
    if not names:
        return lambda binding: binding.variables[name]
    return lambda binding: dig(binding.variables[name], names)


def _holds_variable(node: Node) -> bool:
    return isinstance(node, VariableNode) or any(_holds_variable(child) for child in children(node))
