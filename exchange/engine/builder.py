"""Builds the SQL of one root field: a selection becomes JSON members, lateral joins, parameters, persons disclosed.

The pieces come from shapes.py; a new kind of relation goes into `Builder._member`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import FieldNode, GraphQLObjectType, GraphQLSchema, get_named_type
from graphql.execution.collect_fields import collect_sub_fields

from exchange.engine import cursors
from exchange.engine.arguments import Arguments, Binding, Reader
from exchange.engine.dossiers import SOURCES
from exchange.engine.filters import Filter
from exchange.engine.finding import families_read
from exchange.engine.history import FIELD_NAMES
from exchange.engine.judging import FACTS, MARK, Judgement, Selection
from exchange.engine.page import Page
from exchange.engine.parts import Group, Judged, Many, One, Shape, Value
from exchange.engine.shapes import SHAPES

MOST_ARGUMENTS = 100  # of one function
# What a piece says more when it looks back: functions of the same name take the moment, former confirmations count.
_LOOKING_BACK = {
    "{and_moment}": ", {moment}",
    "{and_then}": ", {day}, {moment}",
    "{and_formerly}": """, (select max(s.confirmed_at) from confirmed_source s
    where s.owner_id = {t}.owner_id and s.kind = {t}.kind and s.confirmed_at <= {moment})""",
}

Fields = Mapping[str, list[FieldNode]]


@dataclass(frozen=True, kw_only=True)
class _Rows:
    """Pieces of one object: JSON members, lateral joins they need, expressions naming the persons disclosed."""

    members: list[str]
    joins: list[str]
    persons: list[str]

    def json(self) -> str:
        if len(self.members) <= MOST_ARGUMENTS:
            return f"json_build_object({', '.join(self.members)})"
        starts = range(0, len(self.members), MOST_ARGUMENTS)
        pieces = [f"json_build_object({', '.join(self.members[at : at + MOST_ARGUMENTS])})" for at in starts]
        inner = " || ', ' || ".join(f"left(right({piece}::text, -1), -1)" for piece in pieces)
        return f"('{{' || {inner} || '}}')::json"

    def person_list(self) -> str:
        return f"nullif(concat_ws(',', {', '.join(self.persons)}), '')" if self.persons else "null::text"


class Builder:
    """Builds the SQL of one root field; collects parameters, personal fields and scopes on the way."""

    def __init__(self, schema: GraphQLSchema, fragments: Mapping[str, Any], variables: Mapping[str, Any]) -> None:
        self.schema = schema
        self.fragments = dict(fragments)
        self.variables = dict(variables)
        self.readers: list[Reader] = []
        self.own: dict[int, str] = {}  # parameters of the request's own by position, with their types
        self.personal: list[str] = []
        self.scopes: set[str] = set()
        self.judgements: list[Judgement] = []
        self.read_day: Reader = _today
        self.read_known: Reader | None = None
        self.is_past = False
        self._day = ""
        self._known = ""
        self._families = ""
        self._aliases = 0

    def parameter(self, sql_type: str, read: Reader, *, is_shared: bool = False) -> str:
        """Shared are those which are the same for every request of the operation by one caller on one day."""
        self.readers.append(read)
        if not is_shared:
            self.own[len(self.readers)] = sql_type
        return f"${len(self.readers)}::{sql_type}"

    def alias(self) -> str:
        self._aliases += 1
        return f"t{self._aliases}"

    def text(self, sql: str, t: str, outer: str = "") -> str:
        """A piece of a shape on row `t`, joined to row `outer`."""
        for mark, more in _LOOKING_BACK.items():
            sql = sql.replace(mark, more if self.is_back else "")
        if "{day}" in sql and not self._day:
            self._day = self.parameter("date", self.read_day, is_shared=self.read_day is _today)
        if "{families}" in sql and not self._families:
            self._families = self.parameter(
                "text[]", lambda binding: families_read(binding.context.caller.scopes), is_shared=True
            )
        if "{names}" in sql:
            sql = sql.replace("{names}", self.parameter("jsonb", lambda _: FIELD_NAMES, is_shared=True))
        if "{moment}" in sql:
            sql = sql.replace("{moment}", self.known())
        if "from record " in sql and self.is_back:
            sql = sql.replace("from record ", f"from {self.stood()} ")
        sql = sql.replace("{t}", t).replace("{from}", outer)
        return sql.replace("{day}", self._day).replace("{families}", self._families)

    def known(self) -> str:
        """The moment by whose knowledge is answered; the end of time where only the day lies in the past."""
        if self.read_known is None:
            return "'infinity'::timestamptz"
        self._known = self._known or self.parameter("timestamptz", self.read_known)
        return self._known

    def source(self, shape: Shape, key: str = "") -> str:
        """Where the rows of a shape are: as they stand, or as they stood on a day by what was known at a moment."""
        found = SOURCES[shape.source].replace("{key}", key) if shape.source in SOURCES else shape.source
        if not self.is_back:
            return found
        if found == "record":
            return self.stood()
        # a parameter that stands nowhere would be one too many
        return found.replace("from record ", f"from {self.stood()} ") if "from record " in found else found

    @property
    def is_back(self) -> bool:
        """Whether the answer is of a day or of a knowledge that is past."""
        return self.is_past or self.read_known is not None

    def stood(self) -> str:
        """The records as they stood."""
        return f"known_records({self.text('{day}', '')}, {self.known()})"

    def selected(self, object_type: GraphQLObjectType, nodes: list[FieldNode]) -> Fields:
        return collect_sub_fields(self.schema, self.fragments, self.variables, object_type, nodes)

    def object(self, object_type: GraphQLObjectType, fields: Fields, t: str, *, discloses: bool = False) -> _Rows:
        """The members of an object of `object_type` on row `t`."""
        shape = SHAPES[object_type.name]
        rows = _Rows(members=[], joins=[], persons=[])
        for key, nodes in fields.items():
            rows.members.extend((f"'{key}'", self._member(object_type, shape, nodes, t, rows)))
        if shape.person and (discloses or any(self._is_personal(shape, nodes) for nodes in fields.values())):
            rows.persons.insert(0, self.text(shape.person, t))
        return rows

    @staticmethod
    def _is_personal(shape: Shape, nodes: list[FieldNode]) -> bool:
        part = shape.fields.get(nodes[0].name.value)
        return isinstance(part, Value) and part.is_personal

    def _member(self, parent: GraphQLObjectType, shape: Shape, nodes: list[FieldNode], t: str, rows: _Rows) -> str:
        name = nodes[0].name.value
        if name == "__typename":
            return f"'{parent.name}'"
        part = shape.fields[name]
        scope = getattr(part, "scope", None)
        if scope:
            self.scopes.add(scope)
        if isinstance(part, Value):
            if part.is_personal:
                self.personal.append(f"{parent.name}.{name}")
            return self.text(part.sql, t)
        field_type = get_named_type(parent.fields[name].type)
        assert isinstance(field_type, GraphQLObjectType)
        if isinstance(part, Group):
            inner = self.object(field_type, self.selected(field_type, nodes), t)
            rows.joins.extend(inner.joins)
            rows.persons.extend(inner.persons)
            return f"case when {self.text(part.when, t)} then {inner.json()} end" if part.when else inner.json()
        if isinstance(part, Judged):
            self.judgements.append(Judgement(judge=part.judge, selection=self._selection(field_type, nodes)))
            place = len(self.judgements) - 1
            return f"json_build_object('{MARK}', {place}, '{FACTS}', {self.text(part.facts, t)})"
        return self._related(part, field_type, parent, nodes, t, rows)

    def _selection(self, field_type: GraphQLObjectType, nodes: list[FieldNode]) -> Selection:
        """What is asked of an object that is judged, not stored."""
        fields = []
        for key, inner in self.selected(field_type, nodes).items():
            name = inner[0].name.value
            below = get_named_type(field_type.fields[name].type) if name in field_type.fields else None
            fields.append((key, name, self._selection(below, inner) if isinstance(below, GraphQLObjectType) else None))
        return Selection(type_name=field_type.name, fields=tuple(fields))

    def _related(
        self,
        part: One | Many,
        field_type: GraphQLObjectType,
        parent: GraphQLObjectType,
        nodes: list[FieldNode],
        t: str,
        rows: _Rows,
    ) -> str:
        arguments = self.arguments(parent, nodes[0])
        if isinstance(part, One):
            select = self.single(part, field_type, nodes, [], t)
        else:
            select = self.connection(part, field_type, nodes, arguments, t)
        joined = self.alias()
        rows.joins.append(f"left join lateral ({select}) {joined} on true")
        rows.persons.append(f"{joined}.p")
        return f"{joined}.j"

    def arguments(self, parent: GraphQLObjectType, node: FieldNode) -> Arguments:
        return Arguments.of(parent.fields[node.name.value], node, self.variables)

    def conditions(self, filters: Mapping[str, Filter], arguments: Arguments, t: str) -> list[str]:
        """One condition for each argument that is given."""
        found = []
        for path, rule in filters.items():
            value = arguments.given(path)
            if value is None:
                continue
            sql = rule.otherwise if value is False else (self.is_back and rule.back) or rule.sql
            if "{v}" in sql:
                sql = sql.replace("{v}", self.parameter(rule.type, argument_reader(arguments, path, rule)))
            found.append(self.text(sql, t))
        return found

    def single(
        self,
        part: One,
        field_type: GraphQLObjectType,
        nodes: list[FieldNode],
        conditions: list[str],
        outer: str,
        *,
        key: str = "",
        t: str = "",
        discloses: bool = False,
    ) -> str:
        """A select of at most one row with columns j (its JSON) and p (persons disclosed)."""
        t = t or self.alias()
        shape = SHAPES[part.shape]
        source = self.source(shape, key or self.text(part.key, t, outer))
        rows = self.object(field_type, self.selected(field_type, nodes), t, discloses=discloses)
        where = " and ".join([self.text(part.where, t, outer), *conditions])
        order = f" order by {self.text(part.order, t)}" if part.order else ""
        return (
            f"select {rows.json()} as j, {rows.person_list()} as p from {source} {t} {' '.join(rows.joins)} "
            f"where {where}{order} limit 1"
        )

    def connection(
        self,
        part: Many,
        connection_type: GraphQLObjectType,
        nodes: list[FieldNode],
        arguments: Arguments,
        outer: str,
        *,
        discloses: bool = False,
    ) -> str:
        """A select of one row: the connection's JSON as j, the persons its nodes disclose as p."""
        t, first = self.alias(), self.parameter("int", cursors.first_reader(arguments.reader("first")))
        conditions = [self.text(part.where, t, outer), *self.conditions(part.filters, arguments, t)]
        source = self.source(SHAPES[part.shape])
        every = f"from {source} {t} where {' and '.join(conditions)}"
        after = arguments.reader("after") if arguments.given("after") is not None else None
        if after is not None:
            readers = cursors.after_readers(part.order, after)
            values = [self.parameter(column[1], read) for column, read in zip(part.order.columns, readers, strict=True)]
            conditions.append(cursors.beyond(part.order, values, t))
        page = Page(builder=self, first=first, every=every, after=after)
        members = page.members(connection_type, nodes, t)
        persons = page.disclosed(self.text(SHAPES[part.shape].person or "", t) if discloses else "")
        order = cursors.order_by(part.order, t)
        columns = [f"row_number() over (order by {order}) as n", f"{cursors.cursor(part.order, t)} as c", *page.columns]
        if page.persons:
            columns.append(f"nullif(concat_ws(',', {', '.join(page.persons)}), '') as p")
        rows = f"select * from {source} {t} where {' and '.join(conditions)} order by {order} limit {first} + 1"
        # `having true`: one row even when only totalCount is asked
        return (
            f"select json_build_object({', '.join(members)}) as j, {persons} as p "
            f"from (select {', '.join(columns)} from ({rows}) {t} {' '.join(page.joins)}) page having true"
        )


def _today(binding: Binding) -> Any:
    return binding.context.day


def argument_reader(arguments: Arguments, path: str, rule: Filter) -> Reader:
    """Reads an argument as the parameter of its filter."""
    read, turn = arguments.reader(path), rule.read
    return lambda binding: turn(read(binding), binding.context.keys)
