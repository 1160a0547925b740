"""A GraphQL selection becomes one SQL statement per root field, in which PostgreSQL builds the JSON.

The caller's sight is set by the statement itself; rows that carry personal fields also report whom they are about, and
the same statement writes that down before anything is returned. What a selection becomes is in builder.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import FieldNode, GraphQLObjectType, GraphQLSchema, get_named_type

from exchange.engine.arguments import Arguments, Binding, Reader
from exchange.engine.builder import Builder, argument_reader
from exchange.engine.parts import Many, Root
from exchange.engine.shapes import SHAPES, SOURCES


@dataclass(frozen=True, kw_only=True)
class CompiledRoot:
    """One root field: its statement, how its parameters are read, what it discloses and which doors it opens."""

    key: str
    name: str
    sql: str
    readers: tuple[Reader, ...]
    personal_fields: tuple[str, ...]
    scopes: tuple[str, ...]
    after: Reader  # the cursor asked for

    def parameters(self, binding: Binding) -> list[Any]:
        """The statement's parameters, in order. Raises Refusal for arguments that cannot be."""
        return [read(binding) for read in self.readers]


# The caller's sight is set by the statement itself; the answer is computed inside the CASE, so never before it.
_SIGHT = (
    "(select set_config('app.writes', $1, true) as w, set_config('app.reads', $2, true) as r, "
    "set_config('app.level', $3, true) as l, set_config('app.subjects', $4, true) as s offset 0) sight"
)
_ANSWER = (
    "select case when sight.w is not null and sight.r is not null and sight.l is not null and sight.s is not null "
    "then (select row(q.j, q.p)::answer from ({select}) q) end as a from " + _SIGHT
)
_EVIDENCE = (
    "with answered as materialized ({answer}), evidence as (insert into access_record (owner_id, client_id, purpose, "
    "case_number, root_field, fields, subjects, request_id) select {values}, "
    "string_to_array((a).persons, ',')::uuid[], {request} from answered where (a).persons is not null returning 1) "
    "select (a).j as j from answered"
)


def compile_root(
    schema: GraphQLSchema,
    fragments: Mapping[str, Any],
    variables: Mapping[str, Any],
    parent: GraphQLObjectType,
    key: str,
    nodes: list[FieldNode],
    root: Root,
    *,
    by_key: bool = False,
) -> CompiledRoot:
    """Compile one root field. With `by_key`, the row is the one whose id is in the binding (the object a mutation
    changed)."""
    builder, arguments = _started(schema, fragments, variables, parent, nodes, root, by_key=by_key)
    select = _select(builder, root, parent, nodes, arguments, by_key=by_key)
    return _finished(builder, arguments, root, key, nodes, select)


def compile_stream_root(
    schema: GraphQLSchema,
    fragments: Mapping[str, Any],
    variables: Mapping[str, Any],
    parent: GraphQLObjectType,
    key: str,
    nodes: list[FieldNode],
    root: Root,
    *,
    limit: int,
) -> CompiledRoot:
    """Compile a subscription field: the next `limit` rows after the context's position, as JSON [[position, row],
    ...]."""
    assert isinstance(root.part, Many)
    builder, arguments = _started(schema, fragments, variables, parent, nodes, root, by_key=False)
    t = builder.alias()
    node_type = schema.type_map[root.part.shape]
    assert isinstance(node_type, GraphQLObjectType)
    rows = builder.object(node_type, builder.selected(node_type, nodes), t)
    after = builder.parameter("bigint", lambda binding: binding.context.position)
    conditions = [
        builder.text(root.part.where, t),
        f"{t}.position > {after}",
        *builder.conditions(root.part.filters, arguments, t),
    ]
    select = (
        "select coalesce(json_agg(json_build_array(page.n, page.j) order by page.n), '[]'::json) as j, "
        f"string_agg(page.p, ',') as p from (select {t}.position as n, {rows.json()} as j, {rows.person_list()} as p "
        f"from (select * from event {t} where {' and '.join(conditions)} order by {t}.position limit {limit}) {t} "
        f"{' '.join(rows.joins)}) page"
    )
    return _finished(builder, arguments, root, key, nodes, select)


def _started(
    schema: GraphQLSchema,
    fragments: Mapping[str, Any],
    variables: Mapping[str, Any],
    parent: GraphQLObjectType,
    nodes: list[FieldNode],
    root: Root,
    *,
    by_key: bool,
) -> tuple[Builder, Arguments]:
    builder = Builder(schema, fragments, variables)
    for index in range(4):
        builder.parameter("text", _sight_reader(index))
    builder.scopes.add(root.scope)
    arguments = Arguments() if by_key else builder.arguments(parent, nodes[0])
    builder.read_day = _day_reader(arguments)
    return builder, arguments


def _finished(
    builder: Builder, arguments: Arguments, root: Root, key: str, nodes: list[FieldNode], select: str
) -> CompiledRoot:
    name = nodes[0].name.value
    is_personal = root.is_personal or _names_person(root, arguments)
    personal = tuple(dict.fromkeys(builder.personal)) or ((f"{root.part.shape}.id",) if is_personal else ())
    answer = _ANSWER.replace("{select}", select)
    sql = _with_evidence(builder, answer, name, personal) if personal else f"select (a).j as j from ({answer}) x"
    return CompiledRoot(
        key=key,
        name=name,
        sql=sql,
        readers=tuple(builder.readers),
        personal_fields=personal,
        after=arguments.reader("after"),
        scopes=tuple(sorted(builder.scopes | ({"person.read"} if personal else set()))),
    )


def _names_person(root: Root, arguments: Arguments) -> bool:
    """Whether an argument is a person's own number, so that asking is a personal query."""
    return any(rule.names_person(arguments.given(path)) for path, rule in root.arguments.items())


def _select(
    builder: Builder,
    root: Root,
    parent: GraphQLObjectType,
    nodes: list[FieldNode],
    arguments: Arguments,
    *,
    by_key: bool,
) -> str:
    field_type = get_named_type(parent.fields[nodes[0].name.value].type)
    assert isinstance(field_type, GraphQLObjectType)
    if isinstance(root.part, Many):
        return builder.connection(root.part, field_type, nodes, arguments, "")
    if by_key:
        identity = KEYS[root.part.shape]
        t = builder.alias()
        value = builder.parameter("uuid", lambda binding: binding.context.object_id)
        return builder.single(root.part, field_type, nodes, [f"{t}.{identity} = {value}"], "", t=t)
    t = builder.alias()
    if SHAPES[root.part.shape].source in SOURCES:
        path, rule = next((path, rule) for path, rule in root.arguments.items() if arguments.given(path) is not None)
        key = builder.parameter(rule.type, argument_reader(arguments, path, rule))
        return builder.single(root.part, field_type, nodes, [], "", key=key, t=t, discloses=root.is_personal)
    conditions = builder.conditions(root.arguments, arguments, t)
    return builder.single(root.part, field_type, nodes, conditions, "", t=t, discloses=_names_person(root, arguments))


KEYS: Mapping[str, str] = {
    "Review": "review_id",
    "RiskFlag": "record_id",
    "RiskGrading": "record_id",
    "Matter": "record_id",
    "Certificate": "record_id",
    "Appointment": "record_id",
}


def _with_evidence(builder: Builder, answer: str, root_field: str, personal: tuple[str, ...]) -> str:
    values = [
        builder.parameter("int", lambda binding: binding.context.caller.tenant.tenant_id),
        builder.parameter("text", lambda binding: binding.context.caller.client_id),
        builder.parameter("text", lambda binding: binding.context.purpose),
        builder.parameter("text", lambda binding: binding.context.case_number),
        builder.parameter("text", lambda _: root_field),
        builder.parameter("text[]", lambda _: list(personal)),
    ]
    request = builder.parameter("text", lambda binding: binding.context.request_id)
    return _EVIDENCE.replace("{answer}", answer).replace("{values}", ", ".join(values)).replace("{request}", request)


def _sight_reader(index: int) -> Reader:
    return lambda binding: binding.context.sight[index]


def _day_reader(arguments: Arguments) -> Reader:
    if arguments.given("asOf") is not None:
        return arguments.reader("asOf")
    return lambda binding: binding.context.day
