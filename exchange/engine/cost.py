"""What an operation may cost at most: the objects its pages can bring, `first` multiplied along nested connections.

A field counts as a page when the schema gives it the argument `first`; the next way of paging is named in _SIZES.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    ArgumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
)

_SIZES = ("first", "last")
LARGEST_PAGE = 100  # assumed where a query leaves the size open
HEAVY = {("ReviewEvidence", "content"): 100}
"""Fields that weigh as much as so many objects: a file, of a mebibyte at most."""


@dataclass(frozen=True, kw_only=True)
class Variable:
    """A size that comes with the request."""

    name: str
    default: int | None


@dataclass(frozen=True, kw_only=True)
class Page:
    """A paged field: the sizes it names (the largest counts) and the pages inside it."""

    sizes: tuple[int | Variable, ...]
    inner: tuple["Page", ...]


def pages_of(
    schema: GraphQLSchema, operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]
) -> tuple[Page, ...]:
    """The tree of pages of a valid operation whose expanded size is already known to be within the limits."""
    root = schema.get_root_type(operation.operation)
    defaults = {
        node.variable.name.value: int(node.default_value.value)
        for node in operation.variable_definitions
        if isinstance(node.default_value, IntValueNode)
    }
    reader = _Reader(schema, fragments, defaults)
    return tuple(reader.pages(operation.selection_set, root)) if root else ()


def cost_of(pages: tuple[Page, ...], variables: Mapping[str, Any]) -> int:
    """Objects at most: the sum over pages of size times what is inside each of its objects. At least 1."""
    return max(1, sum(_size(page, variables) * cost_of(page.inner, variables) for page in pages))


def fixed_cost(pages: tuple[Page, ...]) -> int | None:
    """The cost where no size comes with the request, else None."""
    return cost_of(pages, {}) if _is_fixed(pages) else None


def _is_fixed(pages: tuple[Page, ...]) -> bool:
    return all(_is_fixed(page.inner) and all(isinstance(size, int) for size in page.sizes) for page in pages)


def _size(page: Page, variables: Mapping[str, Any]) -> int:
    return max(0, *(_number(size, variables) for size in page.sizes))


def _number(size: "int | Variable", variables: Mapping[str, Any]) -> int:
    if isinstance(size, int):
        return size
    value = variables.get(size.name, size.default)
    # anything that is not a number fails later, when variables are coerced
    return int(value) if isinstance(value, int | float) else LARGEST_PAGE


class _Reader:
    """Walks selections with their types and keeps the paged fields."""

    def __init__(
        self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode], defaults: Mapping[str, int]
    ) -> None:
        self._schema = schema
        self._fragments = fragments
        self._defaults = defaults

    def pages(self, selections: SelectionSetNode, parent: GraphQLNamedType) -> Iterator[Page]:
        for node in selections.selections:
            if isinstance(node, FieldNode):
                yield from self._of_field(node, parent)
            elif isinstance(node, InlineFragmentNode):
                yield from self._of_condition(node, parent)
            elif isinstance(node, FragmentSpreadNode):
                yield from self._of_condition(self._fragments[node.name.value], parent)

    def _of_condition(
        self, node: InlineFragmentNode | FragmentDefinitionNode, parent: GraphQLNamedType
    ) -> Iterator[Page]:
        condition = node.type_condition
        named = self._schema.get_type(condition.name.value) if condition else None
        return self.pages(node.selection_set, named or parent)

    def _of_field(self, node: FieldNode, parent: GraphQLNamedType) -> Iterator[Page]:
        definition = getattr(parent, "fields", {}).get(node.name.value)
        if definition is None or node.selection_set is None:  # __typename, introspection or a leaf
            weight = HEAVY.get((parent.name, node.name.value))
            if weight:
                yield Page(sizes=(weight,), inner=())
            return
        inner = self.pages(node.selection_set, get_named_type(definition.type))
        if "first" in definition.args:
            yield Page(sizes=tuple(self._sizes(node, definition)), inner=tuple(inner))
        else:
            yield from inner

    def _sizes(self, node: FieldNode, definition: GraphQLField) -> Iterator[int | Variable]:
        given = [argument for argument in node.arguments if argument.name.value in _SIZES]
        for argument in given:
            yield self._size(argument)
        if not given:
            default = definition.args["first"].default_value
            yield default if isinstance(default, int) else LARGEST_PAGE

    def _size(self, given: ArgumentNode) -> int | Variable:
        if isinstance(given.value, IntValueNode):
            return int(given.value.value)
        if isinstance(given.value, VariableNode):
            name = given.value.name.value
            return Variable(name=name, default=self._defaults.get(name))
        return LARGEST_PAGE
