"""A GraphQL selection becomes one SQL statement per root field, in which PostgreSQL builds the JSON.

The caller's sight is set by the statement itself; rows that carry personal fields also report whom they are about, and
the same statement writes that down before anything is returned. What a selection becomes is in builder.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from graphql import FieldNode, GraphQLObjectType, GraphQLSchema, get_named_type

from exchange.engine.arguments import Arguments, Binding, Reader
from exchange.engine.builder import Builder, argument_reader
from exchange.engine.dossiers import SOURCES
from exchange.engine.filters import unknown
from exchange.engine.judging import Judgement, judged
from exchange.engine.looking_back import look_back
from exchange.engine.parts import Many, One, Root
from exchange.engine.shapes import SHAPES
from exchange.engine.together import Together, alone, filled, together


@dataclass(frozen=True, kw_only=True)
class CompiledRoot:
    """One root field: its statement, how its parameters are read, what it discloses and which doors it opens.

    With `needs_directory` it gives null when the directory the caller's sight comes from is not in force any more.
    """

    key: str
    name: str
    sql: str
    readers: tuple[Reader, ...]
    personal_fields: tuple[str, ...]
    scopes: tuple[str, ...]
    needs_directory: bool
    after: Reader  # the cursor asked for
    judgements: tuple[Judgement, ...]
    day: Reader
    noted: Reader | None = None  # the id of what the hub writes down as read
    together: Together | None = None  # the statement for several requests of one caller, where there can be one

    def parameters(self, binding: Binding) -> list[Any]:
        """The statement's parameters, in order. Raises Refusal for arguments that cannot be."""
        return [read(binding) for read in self.readers]

    def completed(self, answer: bytes, binding: Binding) -> bytes:
        """The answer with what is left to be judged."""
        return judged(answer, self.judgements, self.day(binding)) if self.judgements else answer


# The caller's sight is set by the statement itself; the answer is computed inside the CASE, so never before it.
_SIGHT = (
    "(select set_config('app.writes', $1, true) as w, set_config('app.reads', $2, true) as r, "
    "set_config('app.level', $3, true) as l, set_config('app.subjects', $4, true) as s offset 0) sight"
)
_ANSWER = (
    "select {every}case when sight.w is not null and sight.r is not null and sight.l is not null "
    "and sight.s is not null{guard} {allowed}then (select row(q.j, q.p)::answer from ({select}) q) end as a from "
    + _SIGHT
    + "{requests}"
)
_INSERT = (
    "insert into access_record (owner_id, client_id, purpose, case_number, root_field, fields, subjects, request_id"
)
# A cursor goes past what its reader may not see: that must never be judged by an outdated directory.
_GUARD = " and (select edition from directory_edition) = {edition}"
_EVIDENCE = (
    "with answered as materialized ({answer}), evidence as ("
    + _INSERT
    + "{sought_column}) select {values}, {persons}, "
    "{request}{sought} from answered{named}{found}{in_order}) select (a).j as j from answered{named}{in_order}"
)
_PERSONS = "string_to_array((a).persons, ',')::uuid[]"


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
    today: date | None = None,
) -> CompiledRoot:
    """Compile one root field. With `by_key`, the row is the one whose id is in the binding (the object a mutation
    changed). A day before `today` is answered from the history."""
    builder, arguments = _started(schema, fragments, variables, parent, nodes, root, by_key=by_key)
    look_back(builder, arguments, today)
    select = _select(builder, root, parent, nodes, arguments, by_key=by_key)
    return _finished(builder, arguments, root, key, nodes, select, by_key=by_key)


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
        builder.parameter("text", _sight_reader(index), is_shared=True)
    builder.scopes.add(root.scope)
    arguments = Arguments() if by_key else builder.arguments(parent, nodes[0])
    return builder, arguments


def _finished(
    builder: Builder,
    arguments: Arguments,
    root: Root,
    key: str,
    nodes: list[FieldNode],
    select: str,
    *,
    by_key: bool = False,
) -> CompiledRoot:
    name = nodes[0].name.value
    is_personal = root.is_personal or _names_person(root, arguments)
    personal = tuple(dict.fromkeys(builder.personal)) or ((f"{root.part.shape}.id",) if is_personal else ())
    needs_directory = isinstance(root.part, Many) and root.part.order.is_stream
    answer = _ANSWER.replace("{select}", select).replace("{guard}", _guard(builder) if needs_directory else "")
    limits: tuple[int, ...] = ()
    if personal:
        sought = _sought(root, arguments)
        sql = _with_evidence(builder, answer, name, personal, sought, names_person=_names_person(root, arguments))
        limits = (len(builder.readers) - 2, len(builder.readers) - 1) if sought else ()
    else:
        sql = f"select (a).j as j from ({answer.replace('{allowed}', '')}) asked{{in_order}}"
    is_row = isinstance(root.part, One) and not builder.is_back and not by_key
    return CompiledRoot(
        key=key,
        name=name,
        sql=alone(sql),
        together=together(sql, builder.own, limits) if is_row else None,
        readers=tuple(builder.readers),
        personal_fields=personal,
        needs_directory=needs_directory,
        after=arguments.reader("after"),
        judgements=tuple(builder.judgements),
        day=builder.read_day,
        noted=arguments.reader("id") if root.is_noted and arguments.given("id") is not None else None,
        scopes=tuple(sorted(builder.scopes | ({"person.read"} if personal else set()))),
    )


def _guard(builder: Builder) -> str:
    return _GUARD.replace("{edition}", builder.parameter("bigint", lambda binding: binding.context.edition))


def _names_person(root: Root, arguments: Arguments) -> bool:
    """Whether an argument is a person's own number, so that asking is a personal query."""
    given = ((rule, arguments.given(path)) for path, rule in root.rules.items())
    return any(value is not None and rule.names_person(value) for rule, value in given)


def _sought(root: Root, arguments: Arguments) -> Reader | None:
    """Reads the id of the person an argument names by number; None when none does."""
    for path, rule in root.rules.items():
        value = arguments.given(path)
        if value is not None and rule.sought is not unknown and rule.names_person(value):
            return argument_reader(arguments, path, replace(rule, read=rule.sought))
    return None


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
        discloses = _names_person(root, arguments)
        return builder.connection(root.part, field_type, nodes, arguments, "", discloses=discloses)
    if by_key:
        identity = SHAPES[root.part.shape].key
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


def _with_evidence(
    builder: Builder,
    answer: str,
    root_field: str,
    personal: tuple[str, ...],
    sought: Reader | None,
    *,
    names_person: bool,
) -> str:
    values = [
        builder.parameter("int", lambda binding: binding.context.caller.tenant.tenant_id, is_shared=True),
        builder.parameter("text", lambda binding: binding.context.caller.client_id, is_shared=True),
        builder.parameter("text", lambda binding: binding.context.purpose),
        builder.parameter("text", lambda binding: binding.context.case_number),
        builder.parameter("text", lambda _: root_field, is_shared=True),
        builder.parameter("text[]", lambda _: list(personal), is_shared=True),
    ]
    request = builder.parameter("text", lambda binding: binding.context.request_id)
    pieces = {"answer": answer, "allowed": "", **_written_down(builder, sought, names_person=names_person)}
    if sought is not None:
        limits = [
            builder.parameter("int", lambda binding: binding.context.misses.per_client, is_shared=True),
            builder.parameter("int", lambda binding: binding.context.misses.per_tenant, is_shared=True),
        ]
        pieces["allowed"] = f"and (select refuse_guessing({', '.join([*values[:2], *limits])})) "
    return filled(_EVIDENCE, **pieces, values=", ".join(values), request=request)


def _written_down(builder: Builder, sought: Reader | None, *, names_person: bool) -> dict[str, str]:
    """Whom an answer disclosed. Where one person is looked up by number, who guesses is refused before the answer is
    computed, hit or miss; that nobody was found, by number or by name, is written down too."""
    if not names_person:
        found = " where (a).persons is not null"
        return {"persons": _PERSONS, "found": found, "sought": "", "sought_column": ""}
    whom = builder.parameter("uuid", sought) if sought else "null::uuid"
    return {
        "persons": f"coalesce({_PERSONS}, '{{}}')",
        "found": "",
        "sought": f", case when (a).persons is null then {whom} end",
        "sought_column": ", sought",
    }


def _sight_reader(index: int) -> Reader:
    return lambda binding: binding.context.sight[index]
