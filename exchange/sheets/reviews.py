"""The desk (待办) as a table: reviews asked for as GraphQL's `reviews`, a page at a time, one row each.

Filters, row security, scopes, purpose and evidence are those of the query. The next column is a line of COLUMNS, and,
where it needs more of a review, a field in _SELECTED.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import IO, Any

import orjson
from graphql import get_named_type, is_list_type
from graphql.type import GraphQLArgument

from exchange.engine.execute import QueryEngine
from exchange.engine.request import GraphQLRequest
from exchange.intake.returned import Returned, write_delimited, write_workbook
from exchange.rules.terms import Handling, Priority
from schema.errors import Refusal
from schema.review_life import Decision, State
from tenants.caller import Caller

FORMS = ("xlsx", "csv")
SHEET = "重点核查"
_PAGED = ("first", "after")
_SELECTED = """id version state dueOn isOverdue priority handling rule reason creditCode enterprise { name }
  person { %s } causeAuthority { name } authority { name } assignedTo openedOn acceptedOn outcome decisionReason
  legalBasis decidedOn causes(first: 5) { nodes { flag { decisionNumber } certificateAction { decisionNumber } } }"""
_TRUTH = {"true": True, "false": False}


def _plain(name: str) -> Callable[[Mapping[str, Any]], Any]:
    return lambda review: review[name]


def _name(name: str) -> Callable[[Mapping[str, Any]], Any]:
    return lambda review: (review[name] or {}).get("name")


def _decisions(review: Mapping[str, Any]) -> str:
    found = [one["flag"] or one["certificateAction"] or {} for one in review["causes"]["nodes"]]
    return "；".join(dict.fromkeys(one["decisionNumber"] for one in found if one.get("decisionNumber")))


def _person(review: Mapping[str, Any]) -> str | None:
    found = review["person"] or {}
    return found.get("name") or found.get("nameMasked")


COLUMNS: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "触发原因": _plain("reason"),
    "状态": lambda review: State[review["state"]].value,
    "办理时限": _plain("dueOn"),
    "是否超期": lambda review: "是" if review["isOverdue"] else "否",
    "优先级": lambda review: Priority[review["priority"]].value,
    "处置要求": lambda review: Handling[review["handling"]].value,
    "触发规则": _plain("rule"),
    "企业名称": _name("enterprise"),
    "统一社会信用代码": _plain("creditCode"),
    "所涉人员": _person,
    "来源单位": _name("causeAuthority"),
    "决定书文号": _decisions,
    "承办单位": _name("authority"),
    "经办人账号": _plain("assignedTo"),
    "开启日期": _plain("openedOn"),
    "受理日期": _plain("acceptedOn"),
    "结论": lambda review: Decision[review["outcome"]].value if review["outcome"] else None,
    "结论理由": _plain("decisionReason"),
    "法律依据": _plain("legalBasis"),
    "办结日期": _plain("decidedOn"),
    "核查标识": _plain("id"),
    "版本号": _plain("version"),
}


@dataclass(frozen=True, kw_only=True)
class Desk:
    """A question for reviews: the filters as the engine takes them; `request` says for what purpose it is sent."""

    request: GraphQLRequest
    arguments: Mapping[str, GraphQLArgument]
    filters: Mapping[str, Any]

    def page(self, after: str | None) -> GraphQLRequest:
        """The request for the next page."""
        types = {"after": "String", **{name: str(self.arguments[name].type) for name in self.filters}}
        declared = ", ".join(f"${name}: {sort}" for name, sort in types.items())
        given = ", ".join(f"{name}: ${name}" for name in types)
        query = (
            f"query Desk({declared}) {{ reviews(first: 100, {given}) {{ nodes {{ {self.request.query} }} "
            "pageInfo { hasNextPage endCursor } } }"
        )
        return replace(self.request, query=query, variables={"after": after, **self.filters})


def desk_of(engine: QueryEngine, request: GraphQLRequest, asked: Mapping[str, str], *, has_names: bool = False) -> Desk:
    """The question in text values, a list separated by commas. Raises Refusal BAD_INPUT for a filter there is not."""
    query = engine.schema.query_type
    assert query is not None
    arguments = {name: one for name, one in query.fields["reviews"].args.items() if name not in _PAGED}
    for name in asked:
        if name not in arguments:
            raise Refusal("BAD_INPUT", field=(name[:60],), detail=" ".join(sorted(arguments)))
    filters = {name: _read(name, arguments[name], value) for name, value in asked.items()}
    selected = _SELECTED % ("name" if has_names else "nameMasked")
    return Desk(request=replace(request, query=selected), arguments=arguments, filters=filters)


def _read(name: str, argument: GraphQLArgument, value: str) -> Any:
    if is_list_type(argument.type):
        return value.split(",")
    if get_named_type(argument.type).name != "Boolean":
        return value
    if value not in _TRUTH:
        raise Refusal("BAD_INPUT", field=(name,), detail=f"{name}: true, false")
    return _TRUTH[value]


async def write_desk(engine: QueryEngine, caller: Caller, desk: Desk, file: IO[bytes], form: str) -> int:
    """Write every review asked for, a page in memory at a time; how many there were. Raises Refusal."""
    loop, pages, titles, count = asyncio.get_running_loop(), _pages(engine, caller, desk), tuple(COLUMNS), 0

    async def next_page() -> list[Mapping[str, Any]]:
        return await anext(pages, [])

    def rows() -> Iterator[Returned]:
        nonlocal count
        while page := asyncio.run_coroutine_threadsafe(next_page(), loop).result():
            count += len(page)
            yield from map(_row, page)

    if form == "csv":
        await asyncio.to_thread(write_delimited, file, titles[2:], rows(), titles[:2])
    else:
        await asyncio.to_thread(write_workbook, file, titles[2:], rows(), titles[:2], SHEET)
    return count


async def _pages(engine: QueryEngine, caller: Caller, desk: Desk) -> AsyncIterator[list[Mapping[str, Any]]]:
    after, has_next = None, True
    while has_next:
        body = orjson.loads((await engine.execute(desk.page(after), caller)).body)
        for error in body.get("errors", []):
            _, _, detail = error["message"].rpartition("：")
            raise Refusal(error["extensions"]["code"], detail=detail)
        found = body["data"]["reviews"]
        after, has_next = found["pageInfo"]["endCursor"], found["pageInfo"]["hasNextPage"]
        yield found["nodes"]


def _row(review: Mapping[str, Any]) -> Returned:
    problem, codes, *content = [read(review) for read in COLUMNS.values()]
    return Returned(problem=problem, codes=codes, content=content)
