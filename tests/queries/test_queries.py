"""Each x.graphql here gives the answer in x.json by the statement in x.sql: a diff shows when a query takes more SQL.

Add a query as x.graphql and run `EXCHANGE_RENEW=1 pytest tests/queries` once to write its answer and statement; then
read both.
"""

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import pytest_asyncio
from graphql import OperationDefinitionNode, parse
from graphql.execution.collect_fields import collect_fields

from exchange.engine.compiler import compile_root
from exchange.engine.roots import ROOTS
from exchange.runtime import Runtime
from schema.graphql import build
from tests.flows.scratch import answered, quiet_hub
from tests.queries.dataset import VARIABLES, fill
from tests.queries.oracle import by_graphql_core

FOLDER = Path(__file__).parent
QUERIES = sorted(path.stem for path in FOLDER.glob("*.graphql"))
PURPOSE = ("示例", "DEM-CASE-1")
ASKED_BY = "gz-bureau"
_SCHEMA = build()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def hub_with_examples(database: Any) -> AsyncIterator[Runtime]:
    async with quiet_hub(database.dsn, "exchange_queries") as runtime:
        await fill(runtime)
        yield runtime


def variables_of(text: str) -> dict[str, Any]:
    """The variables a document declares, with their values."""
    (operation,) = [one for one in parse(text).definitions if isinstance(one, OperationDefinitionNode)]
    return {one.variable.name.value: VARIABLES[one.variable.name.value] for one in operation.variable_definitions}


def kept(path: Path, content: str) -> str:
    """What the file holds; with EXCHANGE_RENEW=1 it is written first."""
    if os.environ.get("EXCHANGE_RENEW"):
        path.write_text(content, "utf-8")
    return path.read_text("utf-8")


def compiled(text: str) -> str:
    """The statements of a document, a clause a line."""
    document, query = parse(text), _SCHEMA.query_type
    (operation,) = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    assert query
    variables = variables_of(text)
    fields = collect_fields(_SCHEMA, {}, variables, query, operation.selection_set)
    roots = [
        compile_root(_SCHEMA, {}, variables, query, key, nodes, ROOTS[nodes[0].name.value])
        for key, nodes in fields.items()
    ]
    sql = ";\n\n".join(root.sql for root in roots) + "\n"
    for clause in (" from (", " left join lateral ", " where ", " order by ", " limit ", ", evidence as "):
        sql = sql.replace(clause, "\n" + clause[1:])
    return sql


@pytest.mark.parametrize("name", QUERIES)
async def test_the_example_gives_its_answer(name: str, hub_with_examples: Runtime) -> None:
    text = (FOLDER / f"{name}.graphql").read_text("utf-8")
    body = await answered(hub_with_examples, ASKED_BY, text, PURPOSE, **variables_of(text))
    assert list(body) == ["data"]
    shown = orjson.dumps(body["data"], option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()
    assert shown == kept(FOLDER / f"{name}.json", shown)


@pytest.mark.parametrize("name", QUERIES)
def test_the_example_takes_its_statement(name: str) -> None:
    text = (FOLDER / f"{name}.graphql").read_text("utf-8")
    sql = compiled(text)
    assert sql == kept(FOLDER / f"{name}.sql", sql)


@pytest.mark.parametrize("name", QUERIES)
async def test_the_example_gives_what_graphql_core_would_give(name: str, hub_with_examples: Runtime) -> None:
    compiled, expected = await both_ways((FOLDER / f"{name}.graphql").read_text("utf-8"), hub_with_examples)
    assert compiled == expected


async def both_ways(text: str, runtime: Runtime, **more: Any) -> tuple[bytes, bytes]:
    """The compiled answer, and graphql-core's own over the same data: byte for byte, also in the order of fields."""

    async def ask(query: str) -> Any:
        given = {name: value for name, value in {**VARIABLES, **more}.items() if f"${name}" in query}
        body = await answered(runtime, ASKED_BY, query, PURPOSE, **given)
        assert "errors" not in body, body
        return body["data"]

    expected = await by_graphql_core(text, ask, {**VARIABLES, **more})
    return orjson.dumps(await ask(text)), orjson.dumps(expected)


SHAPES_OF_QUERIES = {
    "aliases": """query Q($code: String!) { a: enterprise(creditCode: $code) { x: name y: name z: creditCode
      one: flags(first: 1) { n: nodes { id a: isCurrent b: isCurrent } } two: flags(first: 5, isCurrent: false) {
      nodes { id } } }
      b: enterprise(creditCode: $code) { name } }""",
    "fragments": """query Q($number: String!) { certificate(by: {number: $number}) { ...Card ...Dates holder { ...Who
      } } }
      fragment Card on Certificate { id status ...Dates owner { id } }
      fragment Dates on Certificate { validFrom validTo holder { id } }
      fragment Who on Holder { nameMasked id }""",
    "inline fragments": """query Q($code: String!) { enterprise(creditCode: $code) { ... on Enterprise { name } ... {
      creditCode
      grading { ... on RiskGrading { band ... { score } } } } } }""",
    "the same field selected twice": """query Q($code: String!) { enterprise(creditCode: $code) {
      flags(first: 5) { nodes { id } } grading { band } name
      flags(first: 5) { nodes { severity reviews(first: 2) { nodes { id } } } totalCount } grading { owner { id }
      band } } }""",
    "skip and include": """query Q($yes: Boolean!, $no: Boolean!) { reviews(first: 9) { nodes { id
      rule @skip(if: $yes) state @skip(if: $no) reason @include(if: $no) dueOn @include(if: $yes)
      flag @include(if: $no) { id } matter @include(if: $yes) { id caseNumber @skip(if: $yes) status }
      ... @include(if: $no) { openedOn } ... on Review @skip(if: $no) { version } ...More @include(if: $yes) } } }
      fragment More on Review { priority @include(if: $no) handling }""",
    "a whole root switched off": """query Q($yes: Boolean!) { riskFlags(first: 1) @skip(if: $yes) { nodes { id } }
      matters(first: 1) { nodes { id } } }""",
    "__typename everywhere": """query Q($code: String!) { __typename enterprise(creditCode: $code) { t: __typename name
      certificates(first: 2) { __typename edges { __typename cursor node { __typename id holder { __typename
      nameMasked } } }
      pageInfo { __typename hasNextPage endCursor startCursor } } } }""",
    "connections in connections": """query Q($code: String!) { enterprise(creditCode: $code) { flags(first: 3) {
      totalCount edges {
      cursor node { id reviews(first: 3) { totalCount nodes { id authority { id } enterprise { flags(first: 1) {
      nodes { id } } } } } }
      } nodes { id } pageInfo { hasNextPage } } } }""",
    "objects that are not there": """query Q { reviews(first: 9) { nodes { id flag { id severity } certificate { id
      status }
      person { id nameMasked } matter { id } enterprise { name } } } nothing: riskFlag(id: "x") { id owner { id } }
      }""",
    "fields of one object in another order": """query Q($number: String!) { certificate(by: {number: $number}) {
      version validTo id owner { region id name } status kind holder { nameMasked id } number } }""",
    "nothing in a list": """query Q($code: String!) { enterprise(creditCode: $code) { certificates(first: 1,
      reportedStatus: REVOKED) {
      totalCount nodes { id } edges { cursor } pageInfo { hasNextPage startCursor endCursor } } } }""",
    "payloads, numbers and lists": """query Q { events(first: 20) { nodes { type payload subjectVersion day occurredAt }
      edges { cursor } } riskFlags(first: 5) { nodes { enterprise { gradings(first: 2) { nodes { score band version }
      } } } } }""",
    "more fields of one object than a function of PostgreSQL takes arguments": f"""query Q($number: String!) {{
      certificate(by: {{number: $number}}) {{ holder {{ id }} id {' '.join(f'n{n}: version' for n in range(50))} number
      owner {{ id }} }} }}""",
    "what is judged": """query Q($firmCode: String!, $yes: Boolean!) { a: enterprise(creditCode: $firmCode) {
      s: keyStaff { t: __typename rate: certifiedRate duties @include(if: $yes) { ...Duty gaps { __typename post }
      coverage } } keyStaff { staffCount } } matters(first: 9) { nodes { enterprise { name certificatesByRegion { worst
      c: counts { total t: total __typename } } gradingHistory { steps { score } scheme } } } } }
      fragment Duty on StaffDuty { basis duty ... on StaffDuty { posted } }""",
    "personal fields": """query Q($number: String!) { person(by: {idNumber: $number}) { name n: name
      certificates(first: 5) { nodes { holder { name } } } appointments(first: 5) { nodes { holder { n: name
      nameMasked } } } } }""",
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES_OF_QUERIES)
@pytest.mark.parametrize("swapped", [False, True])
async def test_a_query_of_any_shape_gives_what_graphql_core_would_give(
    shape: str, swapped: bool, hub_with_examples: Runtime
) -> None:
    compiled, expected = await both_ways(SHAPES_OF_QUERIES[shape], hub_with_examples, yes=not swapped, no=swapped)
    assert compiled == expected


async def test_the_cached_plan_of_one_choice_is_not_taken_for_another(hub_with_examples: Runtime) -> None:
    """Switches and optional arguments change the statement, so they are part of what a plan is known by."""
    query = (
        "query Q($current: Boolean, $with: Boolean! = true) { riskFlags(first: 9, isCurrent: "
        "$current) { nodes { severity @include(if: $with) isCurrent } } }"
    )
    counts = []
    for given in ({"current": True}, {"current": False}, {"current": None}, {}, {"current": True, "with": False}):
        body = await answered(hub_with_examples, ASKED_BY, query, None, **given)
        nodes = body["data"]["riskFlags"]["nodes"]
        counts.append((len(nodes), sorted({key for node in nodes for key in node})))
    both = ["isCurrent", "severity"]
    assert counts == [(3, both), (0, []), (3, both), (3, both), (3, ["isCurrent"])]
