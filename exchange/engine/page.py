"""The members of a connection (edges, nodes, pageInfo, totals), compiled over the rows of one page.

`columns` are what each row of the page has to bring; a new member of connections is a branch of `_member`.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from graphql import FieldNode, GraphQLObjectType, get_named_type

from exchange.engine.arguments import Reader

ESTIMATED = 10_000  # an estimate counts no further


class Building(Protocol):
    """The builder of the statement, as far as a page needs it."""

    def selected(self, object_type: GraphQLObjectType, nodes: list[FieldNode]) -> Mapping[str, list[FieldNode]]: ...
    def object(self, object_type: GraphQLObjectType, fields: Any, t: str) -> Any: ...
    def parameter(self, sql_type: str, read: Reader) -> str: ...


class Page:
    """The members of a connection: edges, nodes, pageInfo, totalCount over the rows of `page`."""

    def __init__(self, *, builder: Building, first: str, every: str, after: Reader | None) -> None:
        self.builder, self.first, self.every, self.after = builder, first, every, after
        self.columns: list[str] = []
        self.joins: list[str] = []
        self.persons: list[str] = []
        self.is_counted = False

    def members(self, connection_type: GraphQLObjectType, nodes: list[FieldNode], t: str) -> list[str]:
        found = []
        for key, inner in self.builder.selected(connection_type, nodes).items():
            found += [f"'{key}'", self._member(connection_type, inner, t)]
        return found

    def disclosed(self, person: str) -> str:
        """The persons whom the rows of the page disclose; also by being found, as `person` of each row is, if given."""
        if person and not self.is_counted and person not in self.persons:
            self.persons.append(person)
        on_page = f"string_agg(page.p, ',') filter (where page.n <= {self.first})" if self.persons else "null::text"
        if not person or not self.is_counted:
            return on_page
        # a total tells of everybody, whatever page was asked for
        return f"nullif(concat_ws(',', {on_page}, (select string_agg(distinct {person}::text, ',') {self.every})), '')"

    def _member(self, connection_type: GraphQLObjectType, nodes: list[FieldNode], t: str) -> str:
        name = nodes[0].name.value
        if name == "__typename":
            return f"'{connection_type.name}'"
        self.is_counted = self.is_counted or name.startswith("total")
        if name == "totalCount":
            return f"(select count(*) {self.every})"
        if name == "totalEstimate":
            return f"(select count(*) from (select {self.every} limit {ESTIMATED}) counted)"
        field_type = get_named_type(connection_type.fields[name].type)
        assert isinstance(field_type, GraphQLObjectType)
        if name == "pageInfo":
            return self._page_info(field_type, nodes)
        item = self._edge(field_type, nodes, t) if name == "edges" else self._node(field_type, nodes, t)
        return f"coalesce(json_agg({item} order by page.n) filter (where page.n <= {self.first}), '[]'::json)"

    def _edge(self, edge_type: GraphQLObjectType, nodes: list[FieldNode], t: str) -> str:
        members = []
        for key, inner in self.builder.selected(edge_type, nodes).items():
            name = inner[0].name.value
            if name == "node":
                node_type = get_named_type(edge_type.fields["node"].type)
                assert isinstance(node_type, GraphQLObjectType)
                value = self._node(node_type, inner, t)
            else:
                value = "page.c" if name == "cursor" else f"'{edge_type.name}'"
            members += [f"'{key}'", value]
        return f"json_build_object({', '.join(members)})"

    def _node(self, node_type: GraphQLObjectType, nodes: list[FieldNode], t: str) -> str:
        rows = self.builder.object(node_type, self.builder.selected(node_type, nodes), t)
        self.joins += rows.joins
        self.persons += rows.persons
        column = f"j{len(self.columns)}"
        self.columns.append(f"{rows.json()} as {column}")
        return f"page.{column}"

    def _page_info(self, page_type: GraphQLObjectType, nodes: list[FieldNode]) -> str:
        ends = f"(array_agg(page.c order by page.n {{}}) filter (where page.n <= {self.first}))[1]"
        values = {
            "hasNextPage": f"count(*) > {self.first}",
            "hasPreviousPage": "true" if self.after else "false",
            "startCursor": ends.format("asc"),
            "endCursor": ends.format("desc"),
            "__typename": f"'{page_type.name}'",
        }
        members = []
        for key, inner in self.builder.selected(page_type, nodes).items():
            name = inner[0].name.value
            members += [f"'{key}'", self._end(values[name]) if name == "endCursor" else values[name]]
        return f"json_build_object({', '.join(members)})"

    def _end(self, last: str) -> str:
        """The last cursor of the page; of an empty one the cursor given, so that who follows never loses the place."""
        return f"coalesce({last}, {self.builder.parameter('text', self.after)})" if self.after else last
