"""Pieces every GraphQL type is built from: described fields, connections, enums with a text for each value.

A description is Chinese first, then English. Add a scalar or a building block here; a type goes where its like are.
"""

from collections.abc import Mapping
from typing import Any

import graphene
from graphql import EnumValueNode, GraphQLEnumType, GraphQLError, GraphQLScalarType, StringValueNode, ValueNode

Described = tuple[str, str]


def text(zh: str, en: str) -> str:
    """A description: Chinese, then English."""
    return f"{zh} {en}"


def string(zh: str, en: str, *, required: bool = False) -> graphene.String:
    """A String field."""
    return graphene.String(description=text(zh, en), required=required)


def identifier(zh: str = "不透明标识", en: str = "Opaque id") -> graphene.ID:
    """A required ID field."""
    return graphene.ID(description=text(zh, en), required=True)


def integer(zh: str, en: str, *, required: bool = False) -> graphene.Int:
    """An Int field."""
    return graphene.Int(description=text(zh, en), required=required)


def yes_no(zh: str, en: str, *, required: bool = True) -> graphene.Boolean:
    """A Boolean field."""
    return graphene.Boolean(description=text(zh, en), required=required)


def day(zh: str, en: str, *, required: bool = False) -> graphene.Date:
    """A Date field: a day in Asia/Shanghai, 2026-11-23."""
    return graphene.Date(description=text(zh, en), required=required)


def moment(zh: str, en: str, *, required: bool = True) -> graphene.DateTime:
    """A DateTime field, RFC 3339 with offset."""
    return graphene.DateTime(description=text(zh, en), required=required)


def one(of: Any, zh: str, en: str, *, required: bool = False, **arguments: Any) -> graphene.Field:
    """A field of an object type."""
    return graphene.Field(of, description=text(zh, en), required=required, **arguments)


def many(of: Any, zh: str, en: str) -> graphene.List:
    """A list of required items, itself required."""
    return graphene.List(graphene.NonNull(of), description=text(zh, en), required=True)


def enum(name: str, zh: str, en: str, values: Mapping[str, Described]) -> type[graphene.Enum]:
    """An enum whose values carry their Chinese label in the description."""

    def description(value: Any) -> str:
        return text(*values[value.name]) if value is not None else text(zh, en)

    made: type[graphene.Enum] = graphene.Enum(name, [(value, value) for value in values], description=description)
    return made


class JSON(graphene.Scalar):
    """任意 JSON 值（仅含编号、代码、日期） Any JSON value (ids, codes and dates only)."""

    class Meta:
        description = text("任意 JSON 值（仅含编号、代码、日期）", "Any JSON value (ids, codes and dates only).")

    @staticmethod
    def serialize(value: Any) -> Any:
        """Goes out as it is."""
        return value


class PageInfo(graphene.ObjectType):
    """翻页信息 Where a page stands."""

    class Meta:
        description = text("翻页信息（Relay 规范）", "Where a page stands in its list (Relay).")

    has_next_page = yes_no("其后还有", "Whether more follow")
    has_previous_page = yes_no("其前还有", "Whether some come before")
    start_cursor = string("首条游标", "Cursor of the first item")
    end_cursor = string("末条游标，用作下一页的 after", "Cursor of the last item: `after` of the next page")


def connection(
    of: type[graphene.ObjectType], zh: str, en: str, *, is_counted: bool = True, **further: Any
) -> type[graphene.ObjectType]:
    """The Relay connection type over `of`, with its edge type; `further` fields of the connection. `is_counted`:
    whether it tells how many there are in all."""
    name = of._meta.name
    edge_meta = type(
        "Meta", (), {"name": f"{name}Edge", "description": text(f"{zh}列表的一项", f"One item of a list of {en}.")}
    )
    edge = type(
        f"{name}Edge",
        (graphene.ObjectType,),
        {
            "Meta": edge_meta,
            "cursor": string("游标", "Cursor", required=True),
            "node": one(of, zh, en.capitalize(), required=True),
        },
    )
    meta = type(
        "Meta", (), {"name": f"{name}Connection", "description": text(f"{zh}列表", f"A list of {en}, page by page.")}
    )
    return type(
        f"{name}Connection",
        (graphene.ObjectType,),
        {
            "Meta": meta,
            "edges": many(edge, "带游标的各项", "Items with their cursors"),
            "nodes": many(of, "各项", "Items"),
            "page_info": one(PageInfo, "翻页信息", "Where this page stands", required=True),
            **({"total_count": _total()} if is_counted else {}),
            **further,
        },
    )


def _total() -> graphene.Int:
    return integer(
        "总数（不受翻页影响；大表较慢）", "Number of all items, whatever the page (slow on large lists)", required=True
    )


def listed(of: Any, zh: str, en: str, **arguments: Any) -> graphene.Field:
    """A field with a connection: `first` (1-100) is required, `after` continues."""
    return graphene.Field(
        of,
        required=True,
        description=text(zh, en),
        first=graphene.Int(required=True, description=text("每页条数，1-100", "Items a page, 1-100")),
        after=graphene.String(description=text("上一页的 endCursor", "endCursor of the page before")),
        **arguments,
    )


def labelled(made: GraphQLEnumType, labels: Mapping[str, str]) -> None:
    """Let an enum be sent by its Chinese labels too, in a variable or as a string; what is neither is told them all."""
    names = {label: name for name, label in labels.items()}
    known = "、".join(f"{name} {label}" for name, label in labels.items())
    by_name = made.parse_value

    def parse_value(value: Any, *_: Any, **__: Any) -> Any:
        named = names.get(value.strip(), value) if isinstance(value, str) else value
        if named not in made.values:
            raise GraphQLError(f"{made.name}: {known}")
        return by_name(named)

    def parse_literal(node: ValueNode, *_: Any, **__: Any) -> Any:
        return parse_value(node.value if isinstance(node, EnumValueNode | StringValueNode) else None)

    made.parse_value, made.parse_literal = parse_value, parse_literal  # type: ignore[method-assign, assignment]


def specify(scalars: Mapping[str, GraphQLScalarType]) -> None:
    """Say in the SDL by which specification a scalar is written, and describe it in both languages."""
    for name, (zh, en, address) in _SPECIFIED.items():
        if name in scalars:
            scalars[name].specified_by_url = address
            scalars[name].description = text(zh, en)


_SPECIFIED: Mapping[str, tuple[str, str, str]] = {
    "Date": (
        "日期，如 2026-11-23（北京时间）",
        "A day such as 2026-11-23 (Asia/Shanghai).",
        "https://www.rfc-editor.org/rfc/rfc3339#section-5.6",
    ),
    "DateTime": ("时间，含时区", "A moment with its offset.", "https://www.rfc-editor.org/rfc/rfc3339"),
}
