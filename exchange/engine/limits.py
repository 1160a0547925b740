"""How large a document may be: measured on its AST before validation, in time linear in the text.

The next limit is a field of Limits, a figure of Measure where it needs counting, and a line in `excess`.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    Node,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    StringValueNode,
)

_INTROSPECTIONS = frozenset({"__schema", "__type"})
_INTROSPECTION_LISTS = frozenset({"fields", "interfaces", "possibleTypes", "inputFields"})
_OF_OPERATIONS = ("depth", "root_fields", "introspections", "introspection_depth", "introspection_lists")
_OF_BOTH = ("fields", "aliases", "repeats")


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The largest document that is answered, and how many of them are remembered."""

    characters: int = 65_536
    tokens: int = 4_000
    nesting: int = 64  # of any syntax: selections, list values, types
    definitions: int = 60
    depth: int = 12
    root_fields: int = 50
    aliases: int = 50
    fields: int = 400  # fragments expanded
    repeats: int = 20  # of one name in one selection; validation compares them pairwise
    directives: int = 5  # on one node
    introspections: int = 2
    introspection_depth: int = 20
    introspection_lists: int = 3  # type lists nested in each other multiply
    errors: int = 5
    cost: int = 10_000
    documents: int = 1_000  # kept in the cache


@dataclass(frozen=True, kw_only=True)
class Measure:
    """Figures of one selection with its fragments expanded."""

    fields: int = 0
    aliases: int = 0
    depth: int = 0
    root_fields: int = 0
    introspections: int = 0
    introspection_depth: int = 0
    introspection_lists: int = 0
    names: Counter[str] = field(default_factory=Counter)
    repeats: int = 0


def excess(document: DocumentNode, limits: Limits) -> str | None:
    """The limit this document breaks ("depth 12"), or None. Raises GraphQLError for a fragment cycle."""
    if len(document.definitions) > limits.definitions:
        return f"definitions {limits.definitions}"
    return _broad(document, limits) or _measured(document, limits)


def _broad(document: DocumentNode, limits: Limits) -> str | None:
    """Nesting and directives of every node, walked without recursion."""
    waiting: list[tuple[Node, int]] = [(document, 0)]
    while waiting:
        node, nesting = waiting.pop()
        if nesting > limits.nesting:
            return f"nesting {limits.nesting}"
        if len(getattr(node, "directives", None) or ()) > limits.directives:
            return f"directives {limits.directives}"
        waiting.extend((child, nesting + 1) for child in children(node))
    return None


def children(node: Node) -> Iterable[Node]:
    """The nodes directly below."""
    for key in node.keys:
        value = getattr(node, key, None)
        if isinstance(value, Node):
            yield value
        elif isinstance(value, tuple | list):
            yield from (child for child in value if isinstance(child, Node))


def holds_nul(document: DocumentNode) -> bool:
    """Whether a string of the document holds U+0000, which PostgreSQL cannot store."""
    waiting: list[Node] = [document]
    while waiting:
        node = waiting.pop()
        if isinstance(node, StringValueNode) and "\0" in node.value:
            return True
        waiting.extend(children(node))
    return False


def _measured(document: DocumentNode, limits: Limits) -> str | None:
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    measurer = _Measurer(fragments)
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode | FragmentDefinitionNode):
            found = measurer.selection(node.selection_set)
            if broken := _over(found, limits, is_operation=isinstance(node, OperationDefinitionNode)):
                return broken
    return None


def _over(found: Measure, limits: Limits, *, is_operation: bool) -> str | None:
    # a fragment alone may be an introspection's, deep by nature; its depth counts where it is spread
    names = _OF_OPERATIONS + _OF_BOTH if is_operation else _OF_BOTH
    for name in names:
        if getattr(found, name) > getattr(limits, name):
            return f"{name} {getattr(limits, name)}"
    return None


class _Measurer:
    """Measures each fragment once, so that fragments doubling each other cost nothing."""

    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._fragments = fragments
        self._known: dict[str, Measure] = {}
        self._open: set[str] = set()

    def selection(self, node: SelectionSetNode) -> Measure:
        parts = [self._part(selection) for selection in node.selections]
        names = sum((part.names for part in parts), Counter())
        return Measure(
            fields=sum(part.fields for part in parts),
            aliases=sum(part.aliases for part in parts),
            root_fields=sum(part.root_fields for part in parts),
            introspections=sum(part.introspections for part in parts),
            depth=max((part.depth for part in parts), default=0),
            introspection_depth=max((part.introspection_depth for part in parts), default=0),
            introspection_lists=max((part.introspection_lists for part in parts), default=0),
            names=names,
            repeats=max([*names.values(), *(part.repeats for part in parts)], default=0),
        )

    def _part(self, node: SelectionNode) -> Measure:
        if isinstance(node, FieldNode):
            return self._field(node)
        if isinstance(node, InlineFragmentNode):
            return self.selection(node.selection_set)
        assert isinstance(node, FragmentSpreadNode)
        return self._fragment(node)

    def _field(self, node: FieldNode) -> Measure:
        inner = self.selection(node.selection_set) if node.selection_set else Measure()
        name = node.name.value
        is_introspection = name in _INTROSPECTIONS
        return Measure(
            fields=1 + inner.fields,
            aliases=inner.aliases + (node.alias is not None),
            root_fields=1,
            introspections=inner.introspections + is_introspection,
            depth=0 if is_introspection else 1 + inner.depth,
            introspection_depth=max(inner.introspection_depth, 1 + inner.depth if is_introspection else 0),
            introspection_lists=inner.introspection_lists + (name in _INTROSPECTION_LISTS),
            names=Counter([(node.alias or node.name).value]),
            repeats=inner.repeats,
        )

    def _fragment(self, spread: FragmentSpreadNode) -> Measure:
        name = spread.name.value
        if name in self._open:
            raise GraphQLError(f"Cannot spread fragment '{name}' within itself.", spread)
        if name not in self._fragments:
            return Measure()  # validation will say so
        if name not in self._known:
            self._open.add(name)
            self._known[name] = self.selection(self._fragments[name].selection_set)
            self._open.discard(name)
        return self._known[name]
