"""The questions put to every contender, as GraphQL text with many sets of variables.

A new question is one more entry of `questions`; usual.py must be able to answer it too, or it is asked of the others.
"""

from dataclasses import dataclass, field
from typing import Any

from exchange.engine.request import GraphQLRequest
from tenants.keys import Keys
from tests.bench.generate import VISIBLE, DataSet, cities, enterprise_code, enterprise_name, id_number_of, is_visible

VARIANTS = 400
ALL = ("hub", "bare", "usual", "raw")
COMPILED = ("hub", "bare", "raw")  # questions the usual application does not know
PURPOSE, CASE = "benchmark", "BENCH-1"

_Q1 = """query Q1($number: String!) { certificate(by: {number: $number}) {
  number status validTo issuerName owner { name } employerName holder { nameMasked idNumberMasked } } }"""
_Q1P = """query Q1p($number: String!) { certificate(by: {number: $number}) {
  number status validTo issuerName owner { name } employerName holder { name nameMasked idNumberMasked } } }"""
_Q2 = """query Q2($id: ID!) { person(by: {id: $id}) { nameMasked idNumberMasked
  certificates(first: 10) { nodes { kind number status validTo issuerName } }
  appointments(first: 10) { nodes { post employerName appointedOn owner { name } } } } }"""
_Q3 = """query Q3($region: String!) { certificates(region: $region, expiringWithinDays: 90, first: 50) {
  nodes { kind number status validTo holder { nameMasked } employer { creditCode name } }
  pageInfo { hasNextPage endCursor } } }"""
_Q4 = """query Q4($creditCode: String!) { enterprise(creditCode: $creditCode) { creditCode name
  grading { band assessedOn legalBasis owner { name } }
  flags(isCurrent: true, first: 10) { nodes { category severity effectiveOn decisionNumber owner { name } } } } }"""
_Q5 = """query Q5($creditCode: String!) { enterprise(creditCode: $creditCode) { creditCode name
  grading { band scheme assessedOn owner { name } }
  gradings(first: 10) { nodes { band scheme score assessedOn owner { name } } }
  flags(first: 10) { nodes { category severity isCurrent effectiveOn decisionNumber owner { name } } }
  certificates(first: 20) { nodes { kind number status statusReason validTo region holder { nameMasked } } }
  appointments(first: 20) { nodes { post appointedOn holder { nameMasked } } }
  permits(first: 5) { nodes { kind validTo } } matters(first: 5) { nodes { matterCode status } }
  reviews(first: 5) { nodes { rule dueOn state } } } }"""
_Q6 = """query Q6($text: String!) { search(first: 20, firmName: $text) {
  nodes { kind nameMasked creditCode band status owner { name } } pageInfo { hasNextPage endCursor } } }"""


@dataclass(frozen=True, kw_only=True)
class Question:
    """One GraphQL document with its sets of variables. `root` is the key of the answer; `contenders` know it."""

    name: str
    root: str
    title: str
    text: str
    is_personal: bool = False
    contenders: tuple[str, ...] = ALL
    variables: tuple[dict[str, Any], ...] = field(repr=False)

    def body(self, index: int) -> dict[str, Any]:
        """The JSON body of a request."""
        extensions = {"exchange": {"purpose": PURPOSE, "caseNumber": CASE}} if self.is_personal else {}
        return {"query": self.text, "variables": self.variables[index], "extensions": extensions}

    def request(self, index: int) -> GraphQLRequest:
        """The same as the engine takes it."""
        return GraphQLRequest(
            query=self.text,
            operation_name=None,
            variables=self.variables[index],
            extensions={},
            idempotency_key=None,
            purpose=PURPOSE if self.is_personal else None,
            case_number=CASE if self.is_personal else None,
            language="zh",
            allow_mutation=True,
            request_id=f"bench-{self.name}",
        )


def questions(data: DataSet, keys: Keys, *, variants: int = VARIANTS) -> tuple[Question, ...]:
    """Everything that is asked, spread over the whole data set."""
    persons = _spread([n for n in _spread(range(data.persons), variants * 3) if is_visible(n)], variants)
    numbers = [id_number_of(n) for n in persons]
    certificates = tuple({"number": number} for number in numbers)
    firms = _spread(range(data.enterprises), variants)
    return (
        Question(
            name="Q1",
            root="certificate",
            title="certificate by number",
            text=_Q1,
            variables=certificates,
            is_personal=True,
        ),
        Question(
            name="Q1p",
            root="certificate",
            title="the same with the holder's name",
            text=_Q1P,
            is_personal=True,
            variables=certificates,
        ),
        Question(
            name="Q2",
            root="person",
            title="person dossier",
            text=_Q2,
            is_personal=True,
            variables=tuple({"id": str(keys.person_id(number))} for number in numbers),
        ),
        Question(
            name="Q3",
            root="certificates",
            title="page of 50 ending within 90 days",
            text=_Q3,
            variables=tuple({"region": city.code} for city in cities()[:VISIBLE]),
        ),
        Question(
            name="Q4",
            root="enterprise",
            title="enterprise dossier",
            text=_Q4,
            variables=tuple({"creditCode": enterprise_code(n)} for n in firms),
        ),
        Question(
            name="Q5",
            root="enterprise",
            title="everything of one firm",
            text=_Q5,
            contenders=COMPILED,
            variables=tuple({"creditCode": enterprise_code(n)} for n in firms),
        ),
        Question(
            name="Q6",
            root="search",
            title="search by a part of a firm's name",
            text=_Q6,
            contenders=COMPILED,
            variables=tuple({"text": enterprise_name(n)[1:]} for n in firms),
        ),
    )


def _spread(found: Any, count: int) -> list[int]:
    """At most `count` of them, evenly apart."""
    step = max(len(found) // count, 1)
    return list(found[::step])[:count]
