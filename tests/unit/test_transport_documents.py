"""Documents: what is refused before execution, with which code; add the next limit as a row of OVERSIZED."""

import pytest
from graphql import build_schema, get_introspection_query
from transport_toy import SCHEMA

from exchange.engine.documents import Documents, Prepared, Rejected, cost, refuse_costly
from exchange.engine.limits import Limits
from schema.errors import Refusal


@pytest.fixture
def documents() -> Documents:
    return Documents(build_schema(SCHEMA), Limits())


def prepared(documents: Documents, text: str) -> Prepared:
    found = documents.prepare(text, None)
    assert isinstance(found, Prepared), found
    return found


def rejected(documents: Documents, text: str, operation_name: str | None = None) -> Rejected:
    found = documents.prepare(text, operation_name)
    assert isinstance(found, Rejected)
    return found


def codes(found: Rejected) -> list[str]:
    return [(error.extensions or {})["code"] for error in found.errors]


def nested(levels: int) -> str:
    return "{flags(first:1)" + "{edges{node{flags" * levels + "{edges{node{id}}}" + "}}}" * levels + "}"


DOUBLED = "{flags(first:1){edges{node{...f0}}}}" + "".join(
    f"fragment f{n} on Flag{{a:flags{{edges{{node{{...f{n + 1}}}}}}} b:flags{{edges{{node{{...f{n + 1}}}}}}}}}"
    for n in range(30)
) + "fragment f30 on Flag{id}"  # fmt: skip
CHAINED = "{said{...c0}}" + "".join(f"fragment c{n} on Said{{...c{n + 1}}}" for n in range(200)) + (
    "fragment c200 on Said{purpose}"
)  # fmt: skip
OVERSIZED = {
    "characters 65536": '{echo(text:"' + "x" * 70_000 + '")}',
    "tokens 4000": "{" + "echo " * 4_001 + "}",
    "depth 12": nested(4),
    "nesting 64": "{echo(text:" + "[" * 70 + "]" * 70 + ")}",
    "root_fields 50": "{" + "".join(f"a{n}:echo " for n in range(51)) + "}",
    "aliases 50": "{said{" + "".join(f"a{n}:purpose " for n in range(51)) + "}}",
    "fields 400": "{said{" + " ...{" * 1 + "purpose caseNumber language idempotencyKey " * 101 + "}}}",
    "directives 5": "{echo" + " @skip(if:false)" * 6 + "}",
    "repeats 20": "{said{" + "...{purpose} " * 21 + "}}",
    "definitions 60": CHAINED,
    "introspections 2": "{a:__schema{description} b:__schema{description} c:__schema{description}}",
    "introspection_lists 3": "{__schema{types{fields{type{fields{type{fields{type{fields{name}}}}}}}}}}",
}


@pytest.mark.parametrize("limit", OVERSIZED)
def test_an_oversized_document_is_refused_and_told_its_limit(documents: Documents, limit: str) -> None:
    found = rejected(documents, OVERSIZED[limit])
    assert codes(found) == ["QUERY_TOO_LARGE"]
    assert limit in found.errors[0].message


def test_fragments_that_double_each_other_are_counted_without_expanding_them(documents: Documents) -> None:
    assert codes(rejected(documents, DOUBLED)) == ["QUERY_TOO_LARGE"]


def test_fifty_levels_of_selections_are_refused(documents: Documents) -> None:
    assert codes(rejected(documents, nested(50))) == ["QUERY_TOO_LARGE"]


def test_thousands_of_open_braces_are_refused_without_exhausting_the_stack(documents: Documents) -> None:
    assert codes(rejected(documents, "{a" * 1_999)) == ["QUERY_TOO_LARGE"]


def test_a_fragment_cycle_is_refused(documents: Documents) -> None:
    found = rejected(documents, "{said{...a}} fragment a on Said{...b} fragment b on Said{...a}")
    assert codes(found) == ["GRAPHQL_VALIDATION_FAILED"]


def test_the_introspection_query_of_the_tools_is_within_the_limits(documents: Documents) -> None:
    text = get_introspection_query(specified_by_url=True, input_value_deprecation=True)
    assert prepared(documents, text).operation_type == "query"


def test_a_syntax_error_has_its_code(documents: Documents) -> None:
    assert codes(rejected(documents, "{")) == ["GRAPHQL_PARSE_FAILED"]


def test_at_most_five_validation_errors_are_told_and_no_name_is_suggested(documents: Documents) -> None:
    found = rejected(documents, "{" + "".join(f"ech{n} " for n in range(9)) + "}")
    assert codes(found) == ["GRAPHQL_VALIDATION_FAILED"] * 5
    assert not [error.message for error in found.errors if "Did you mean" in error.message]


def test_a_string_with_a_nul_character_is_refused(documents: Documents) -> None:
    assert codes(rejected(documents, r'{echo(text:"a\u0000")}')) == ["BAD_INPUT"]


def test_one_of_several_operations_has_to_be_named(documents: Documents) -> None:
    text = "query a{echo} query b{said{purpose}}"
    assert codes(rejected(documents, text)) == ["GRAPHQL_VALIDATION_FAILED"]
    assert codes(rejected(documents, text, "c")) == ["GRAPHQL_VALIDATION_FAILED"]
    found = documents.prepare(text, "b")
    assert isinstance(found, Prepared)
    assert [node.name.value for node in found.root_fields] == ["said"]


def test_root_fields_come_in_order_with_fragments_expanded(documents: Documents) -> None:
    found = prepared(documents, "{a:echo ...f said{purpose}} fragment f on Query{b:echo ...{c:echo}}")
    assert [(node.alias or node.name).value for node in found.root_fields] == ["a", "b", "c", "said"]


def test_a_known_text_is_answered_from_the_cache_and_the_oldest_leaves_it() -> None:
    documents = Documents(build_schema(SCHEMA), Limits(documents=2))
    first = prepared(documents, "{echo}")
    prepared(documents, "{a:echo}")
    assert documents.prepare("{echo}", None) is first
    prepared(documents, "{b:echo}")
    assert documents.prepare("{echo}", None) is first
    prepared(documents, "{c:echo}")
    prepared(documents, "{d:echo}")
    assert documents.prepare("{echo}", None) is not first


COSTS: list[tuple[str, dict[str, object], int]] = [
    ("{echo}", {}, 1),
    ("{flags(first:100){edges{node{id}}}}", {}, 100),
    ("{flags(first:100){edges{node{flags(first:100){edges{node{id}}}}}}}", {}, 10_000),
    ("{a:flags(first:10){edges{node{flags{edges{node{id}}}}}} b:flags(first:3){edges{node{id}}}}", {}, 53),
    ("query($n:Int){flags(first:$n){edges{node{id}}}}", {"n": 7}, 7),
    ("query($n:Int=9){flags(first:$n){edges{node{id}}}}", {}, 9),
    ("query($n:Int){flags(first:$n){edges{node{id}}}}", {"n": None}, 100),
    ("{flags{edges{node{id}}}}", {}, 100),
    ("{flags(first:4){edges{...e}}} fragment e on FlagEdge{node{flags(first:6){edges{node{id}}}}}", {}, 24),
]


@pytest.mark.parametrize(("text", "variables", "expected"), COSTS)
def test_cost_multiplies_nested_pages(
    documents: Documents, text: str, variables: dict[str, object], expected: int
) -> None:
    assert cost(prepared(documents, text), variables) == expected


def test_a_query_over_the_cost_limit_is_refused(documents: Documents) -> None:
    found = prepared(documents, "query($n:Int){flags(first:$n){edges{node{flags(first:100){edges{node{id}}}}}}}")
    assert refuse_costly(found, {"n": 100}, Limits()) == 10_000
    with pytest.raises(Refusal, match="QUERY_TOO_LARGE"):
        refuse_costly(found, {"n": 101}, Limits())
