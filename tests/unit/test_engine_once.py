"""What the engine decides once and not with every request: how variables are taken, arguments found, plans chosen.

Each shortcut is held against graphql-core's own long way. Add a way to hand over an argument as a row of HANDED_OVER.
"""

from collections.abc import Mapping
from typing import Any

import pytest
from graphql import FieldNode, GraphQLError, GraphQLField, OperationDefinitionNode, build_schema, parse
from graphql.execution.values import get_argument_values, get_variable_values
from hypothesis import example, given, settings
from hypothesis import strategies as st

from exchange.engine.arguments import Arguments, Binding, dig
from exchange.engine.compiler import CompiledRoot
from exchange.engine.documents import Documents, Prepared
from exchange.engine.limits import Limits
from exchange.engine.plans import CACHED_CHOICES, Plans
from exchange.engine.variables import MOST_ERRORS, coerced, plain_variables
from schema.graphql import build

SCALARS = build_schema("type Query { echo(a: String, b: ID, c: Int, d: Boolean, e: Float, f: [Int]): String }")
HUB = build()
PERSONS_NUMBER, OTHER_NUMBER = "T990000196202050652", "DEM-2026-0001"


def operation(text: str) -> OperationDefinitionNode:
    (found,) = parse(text).definitions
    assert isinstance(found, OperationDefinitionNode)
    return found


anything = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=1), inner, max_size=2),
    max_leaves=3,
)


@pytest.mark.parametrize("declared", ["String", "ID", "Int", "Boolean", "Float", "[Int]", "Int = 7", "Boolean = true"])
@pytest.mark.parametrize("mark", ["", "!"])
@settings(max_examples=60, deadline=None)
@given(sent=st.fixed_dictionaries({}, optional={"x": anything, "other": anything}))
@example(sent={"x": 2**31})
@example(sent={"x": True})
@example(sent={"x": 1.0})
def test_variables_are_what_graphql_core_would_make_of_them(declared: str, mark: str, sent: dict[str, Any]) -> None:
    if "=" in declared and mark:
        declared, mark = declared.replace(" =", "! ="), ""
    asked = operation(f"query($x: {declared}{mark}) {{ echo }}")
    found = coerced(SCALARS, asked, plain_variables(SCALARS, asked), sent)
    expected = get_variable_values(SCALARS, asked.variable_definitions, sent, max_errors=MOST_ERRORS)
    assert typed(found) == typed(expected)


def typed(found: dict[str, Any] | list[GraphQLError]) -> Any:
    """1, 1.0 and True are equal, and not the same."""
    if isinstance(found, list):
        return [error.message for error in found]
    return {name: (type(value), value) for name, value in found.items()}


# field, its arguments, variables declared, path, values when compiled, values of a later request
HANDED_OVER: Mapping[str, tuple[str, str, str, str, dict[str, Any], dict[str, Any]]] = {
    "a literal": ("enterprise", 'creditCode: "A"', "", "creditCode", {}, {}),
    "a variable": ("enterprise", "creditCode: $x", "$x: String!", "creditCode", {"x": "A"}, {"x": "B"}),
    "a variable within an object": (
        "certificate", "by: {number: $x}", "$x: String!", "by.number", {"x": "A"}, {"x": "B"}),
    "a literal within an object": ("person", 'by: {idNumber: "A"}', "", "by.idNumber", {}, {}),
    "an object as a variable": (
        "person", "by: $x", "$x: PersonBy!", "by.idNumber", {"x": {"idNumber": "A"}}, {"x": {"idNumber": "B"}}),
    "another member of it": ("person", "by: $x", "$x: PersonBy!", "by.id", {"x": {"idNumber": "A"}}, {
        "x": {"idNumber": "B"}}),
    "an enum": (
        "riskFlags", "first: 1, severity: $x", "$x: RiskBand", "severity", {"x": "RED"}, {"x": "ORANGE"}),
    "null": ("events", "first: 1, creditCode: null", "", "creditCode", {}, {}),
    "a variable that is null": ("events", "first: 1, creditCode: $x", "$x: String", "creditCode", {"x": None}, {
        "x": None}),
    "a variable left out": ("events", "first: 1, creditCode: $x", "$x: String", "creditCode", {}, {}),
    "a variable's default": (
        "events", "first: 1, creditCode: $x", '$x: String = "A"', "creditCode", {}, {}),
    "an argument left out": ("events", "first: 1", "", "creditCode", {}, {}),
    "a list with a variable in it": (
        "events", 'first: 1, types: ["A", $x]', "$x: String!", "types", {"x": "B"}, {"x": "C"}),
    "a list as a variable": (
        "events", "first: 1, types: $x", "$x: [String!]", "types", {"x": ["B"]}, {"x": ["C", "D"]}),
    "a number": ("events", "first: $x", "$x: Int!", "first", {"x": 3}, {"x": 4}),
}  # fmt: skip


@pytest.mark.parametrize("way", HANDED_OVER)
def test_an_argument_is_read_as_graphql_core_would_read_it(way: str) -> None:
    field, given_arguments, declared, path, first, later = HANDED_OVER[way]
    asked = operation(f"query{f'({declared})' if declared else ''} {{ {field}({given_arguments}) {{ __typename }} }}")
    definition, node = HUB.query_type.fields[field], asked.selection_set.selections[0]  # type: ignore[union-attr]
    assert isinstance(node, FieldNode)
    read = Arguments.of(definition, node, variables(asked, first)).reader(path)
    for sent in (first, later):
        binding = Binding(variables=variables(asked, sent), context=None)
        assert read(binding) == long_way(definition, node, binding, path)


def variables(asked: OperationDefinitionNode, sent: dict[str, Any]) -> dict[str, Any]:
    found = get_variable_values(HUB, asked.variable_definitions, sent)
    assert isinstance(found, dict), found
    return found


def long_way(definition: GraphQLField, node: FieldNode, binding: Binding, path: str) -> Any:
    values = get_argument_values(definition, node, dict(binding.variables))
    names = {"creditCode": "credit_code", "idNumber": "id_number"}
    return dig(values, tuple(names.get(name, name) for name in path.split(".")))


class Chosen:
    """Plans of one document; counts how many were made."""

    def __init__(self, text: str) -> None:
        prepared = Documents(HUB, Limits()).prepare(text, None)
        assert isinstance(prepared, Prepared), prepared
        self.prepared, self.plans, self.made = prepared, Plans(), 0

    def ask(self, **sent: Any) -> None:
        self.plans.of(("text", None), self.prepared, variables(self.prepared.operation, sent), self._make)

    def _make(self) -> tuple[CompiledRoot, ...]:
        self.made += 1
        return ()


BY_NUMBER = "query($x: String!) { certificate(by: {number: $x}) { status } }"
BY_FRAGMENT = "query($x: CertificateBy!) { ...F } fragment F on Query { a: certificate(by: $x) { status } }"


def test_a_number_that_is_somebodys_own_has_a_plan_of_its_own() -> None:
    chosen = Chosen(BY_NUMBER)
    for number, made in ((OTHER_NUMBER, 1), (PERSONS_NUMBER, 2), ("DEM-2026-0002", 2), (PERSONS_NUMBER[1:], 2)):
        chosen.ask(x=number)
        assert chosen.made == made, number


def test_so_it_has_inside_an_object_in_a_fragment_under_another_name() -> None:
    chosen = Chosen(BY_FRAGMENT)
    for number, made in ((OTHER_NUMBER, 1), (PERSONS_NUMBER, 2), ("DEM-2026-0002", 2)):
        chosen.ask(x={"number": number})
        assert chosen.made == made, number


def test_where_nobody_can_be_named_every_value_has_the_same_plan() -> None:
    chosen = Chosen("query($x: String!) { enterprise(creditCode: $x) { name } }")
    for value in ("A", PERSONS_NUMBER, ""):
        chosen.ask(x=value)
    assert chosen.made == 1


def test_what_is_given_and_how_switches_stand_choose_the_plan() -> None:
    chosen = Chosen(
        "query($x: RiskBand, $y: Boolean) { riskFlags(first: 1, isCurrent: $y, severity: $x) { totalCount } }"
    )
    choices: list[dict[str, Any]] = [{}, {"x": None}, {"x": "RED"}, {"y": True}, {"y": False}, {"x": "RED", "y": True}]
    for _ in range(2):
        for sent in choices:
            chosen.ask(**sent)
    assert chosen.made == len(choices)


def test_no_document_fills_the_memory_with_its_choices() -> None:
    switches = [f"$s{number}: Boolean!" for number in range(8)]
    fields = " ".join(f"a{number}: totalCount @skip(if: $s{number})" for number in range(8))
    chosen = Chosen(f"query({', '.join(switches)}) {{ riskFlags(first: 1) {{ {fields} t: totalCount }} }}")
    for number in range(256):
        chosen.ask(**{f"s{bit}": bool(number >> bit & 1) for bit in range(8)})
    (known,) = chosen.plans._known.values()
    assert (chosen.made, len(known.plans) <= CACHED_CHOICES) == (256, True)
