"""The same document executed by graphql-core over plain data, to compare the compiler with.

The data comes from a canonical document: no alias of the client's, no fragment, no switch, every leaf of every
object. Each
field with arguments gets a key made of its name and the arguments' text.
"""

import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLObjectType,
    GraphQLResolveInfo,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    build_schema,
    get_named_type,
    graphql_sync,
    is_leaf_type,
    parse,
    print_ast,
)

from exchange.engine.limits import Limits
from schema.graphql import printed

_SCHEMA = build_schema(printed())  # scalars pass through, so data that is JSON already stays as it is
Tree = dict[str, tuple[FieldNode, Any]]


async def by_graphql_core(text: str, ask: Callable[[str], Awaitable[Any]], variables: Mapping[str, Any]) -> Any:
    """What graphql-core makes of `text` over what the canonical document gives."""
    data = await ask(canonical(text))
    given = {name: value for name, value in variables.items() if f"${name}" in text}
    result = graphql_sync(_SCHEMA, text, root_value=data, variable_values=given, field_resolver=_resolve)
    assert not result.errors, result.errors
    return result.data


def _resolve(source: Mapping[str, Any], info: GraphQLResolveInfo, **_: Any) -> Any:
    return source[_key(info.field_nodes[0])]


def _key(node: FieldNode) -> str:
    if not node.arguments:
        return node.name.value
    told = ",".join(sorted(print_ast(argument) for argument in node.arguments))
    return f"{node.name.value}_{hashlib.sha256(told.encode()).hexdigest()[:12]}"


def canonical(text: str) -> str:
    """The canonical document of `text`."""
    document = parse(text)
    (operation,) = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    root = _SCHEMA.query_type
    assert root
    tree = _tree(document, root, [operation.selection_set])
    body = _selection(root, tree)
    if len(re.findall(r"\w+", body)) > Limits().fields:  # too large a question: the leaves that are asked for will do
        body = _selection(root, tree, frozenset(re.findall(r"\w+", text)))
    used = [one for one in operation.variable_definitions if f"${one.variable.name.value}" in body]
    head = ", ".join(print_ast(one) for one in used)
    return f"query Canonical{f'({head})' if head else ''} {body}"


def _tree(document: DocumentNode, parent: GraphQLObjectType, sets: list[SelectionSetNode]) -> Tree:
    """The composite fields below, by key, whatever fragment or switch they stand under."""
    found: Tree = {}
    below: dict[str, list[SelectionSetNode]] = {}
    for node in _fields(document, sets):
        if node.selection_set:
            found.setdefault(_key(node), (node, None))
            below.setdefault(_key(node), []).append(node.selection_set)
    for key, (node, _) in found.items():
        inner = get_named_type(parent.fields[node.name.value].type)
        assert isinstance(inner, GraphQLObjectType)
        found[key] = (node, _tree(document, inner, below[key]))
    return found


def _fields(document: DocumentNode, sets: list[SelectionSetNode]) -> list[FieldNode]:
    fragments = {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}
    found: list[FieldNode] = []
    waiting = list(sets)
    while waiting:
        for node in waiting.pop().selections:
            if isinstance(node, FieldNode):
                found.append(node)
            else:
                inner = node if isinstance(node, InlineFragmentNode) else fragments[node.name.value]  # type: ignore[attr-defined]
                waiting.append(inner.selection_set)
    return found


def _selection(parent: GraphQLObjectType, tree: Tree, named: frozenset[str] | None = None) -> str:
    leaves = [
        name
        for name, field in parent.fields.items()
        if is_leaf_type(get_named_type(field.type)) and not field.args and (named is None or name in named)
    ]
    parts = [*leaves]
    for key, (node, below) in tree.items():
        inner = get_named_type(parent.fields[node.name.value].type)
        assert isinstance(inner, GraphQLObjectType)
        arguments = f"({', '.join(print_ast(one) for one in node.arguments)})" if node.arguments else ""
        parts.append(f"{key}: {node.name.value}{arguments} {_selection(inner, below, named)}")
    return "{ " + " ".join(parts) + " }"
