"""What is foreign and what is not there are told apart by nothing: not by status, body, or the trace it leaves."""

from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from tests.flows import material
from tests.flows.neighbours import DONGGUAN, FIRM, PARTNER, PURPOSE, SHANGHAI, World, settle_in

ABSENT = "00000000-0000-4000-8000-000000000007"
_RECOGNITION = """query Q($x: String!) { recognition(input: {certificateNumber: $x, hostRegion: "310000"}) {
  verdict certificateId sourceUpdatedOn reasons ruleIdentifier
  conditions { condition outcome reason message values { name value } } } }"""
_LIFT = """mutation Q($x: ID!) { riskFlagLift(input: {riskFlagId: $x, reason: "整改完成"}) {
  riskFlag { id } userErrors { code field message } } }"""
_DECIDE = """mutation Q($x: ID!) {
  reviewDecide(input: {reviewId: $x, outcome: MAINTAINED, reason: "核查无问题", expectedVersion: 1}) {
    review { id } userErrors { code field message } } }"""
_CERTIFICATE = "query Q($x: ID!) { certificate(by: {id: $x}) { id } }"
_NUMBER = "query Q($x: String!) { certificate(by: {number: $x}) { id } }"
_PERSON = "query Q($x: String!) { person(by: {idNumber: $x}) { id name } }"
_PERSON_ID = "query Q($x: ID!) { person(by: {id: $x}) { id name } }"
_FIRM = "query Q($x: String!) { enterprise(creditCode: $x) { name } }"
_FLAG = "query Q($x: ID!) { riskFlag(id: $x) { id } }"
_REVIEW = "query Q($x: ID!) { review(id: $x) { id } }"
_EVENTS = "query Q($x: String!) { events(first: 5, creditCode: $x) { totalCount nodes { id } } }"
_SEARCH_NUMBER = "query Q($x: String!) { search(first: 5, number: $x) { totalCount totalEstimate nodes { id } } }"
_SEARCH_CODE = "query Q($x: String!) { search(first: 5, creditCode: $x) { totalCount totalEstimate nodes { id } } }"

# What it is called, who asks, the document, and what is foreign to the one who asks.
TWINS = [
    ("certificate by id", SHANGHAI, _CERTIFICATE, "certificate"),
    ("certificate of another firm", FIRM, _CERTIFICATE, "certificate"),
    ("certificate by number", SHANGHAI, _NUMBER, "number"),
    ("certificate of another firm by number", FIRM, _NUMBER, "number"),
    ("person by number", SHANGHAI, _PERSON, "number"),
    ("person of another firm", FIRM, _PERSON, "number"),
    ("person by id", FIRM, _PERSON_ID, "person"),
    ("firm", SHANGHAI, _FIRM, "code"),
    ("another firm", FIRM, _FIRM, "code"),
    ("flag", SHANGHAI, _FLAG, "flag"),
    ("another firm's flag", FIRM, _FLAG, "flag"),
    ("inquiry", PARTNER, _FLAG, "inquiry"),
    ("certificate asked for as a flag", SHANGHAI, _FLAG, "certificate"),
    ("review", DONGGUAN, _REVIEW, "review"),
    ("events of a firm", SHANGHAI, _EVENTS, "code"),
    ("events of another firm", FIRM, _EVENTS, "code"),
    ("search of a number", SHANGHAI, _SEARCH_NUMBER, "number"),
    ("search of another firm's staff", FIRM, _SEARCH_NUMBER, "number"),
    ("search of a firm", SHANGHAI, _SEARCH_CODE, "code"),
    ("search of another firm", FIRM, _SEARCH_CODE, "code"),
    ("recognition", SHANGHAI, _RECOGNITION, "number"),
    ("recognition of another firm's staff", FIRM, _RECOGNITION, "number"),
    ("a flag to lift", SHANGHAI, _LIFT, "flag"),
    ("a flag of a neighbour to lift", DONGGUAN, _LIFT, "flag"),
    ("a review to decide", DONGGUAN, _DECIDE, "review"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(hub: Any, ask: Any, http: aiohttp.ClientSession) -> World:
    return await settle_in(hub, ask, http)


def pair(what: str, world: World) -> tuple[str, str]:
    """What is foreign, and the like of it that does not exist."""
    if what == "number":
        return world.person.id_number, material.person().id_number
    if what == "code":
        return world.firm.credit_code, material.firm().credit_code
    return world.ids[what], ABSENT


@pytest.mark.parametrize(("slug", "query", "what"), [twin[1:] for twin in TWINS], ids=[twin[0] for twin in TWINS])
async def test_a_foreign_id_is_answered_like_one_that_is_not_there(
    slug: str, query: str, what: str, world: World, ask: Any
) -> None:
    foreign, absent = [await ask(slug, query, purpose=PURPOSE, x=value) for value in pair(what, world)]
    assert foreign.codes == []
    assert (foreign.status, foreign.body) == (absent.status, absent.body)


_TRACE = "{ accessRecords(first: 1) { totalCount nodes { persons } } }"


@pytest.mark.parametrize("query", [_RECOGNITION, _PERSON, _NUMBER, _SEARCH_NUMBER])
async def test_a_question_about_foreign_staff_leaves_the_trace_of_one_about_nobody(
    query: str, world: World, ask: Any
) -> None:
    """Else the enterprise's own evidence would tell it that there is such a certificate."""
    before = (await ask(FIRM, _TRACE)).data["accessRecords"]["totalCount"]
    for place, number in enumerate((world.person.id_number, material.person().id_number), 1):
        await ask(FIRM, query, purpose=PURPOSE, x=number)
        trace = (await ask(FIRM, _TRACE)).data["accessRecords"]
        assert trace == {"totalCount": before + place, "nodes": [{"persons": []}]}


async def test_a_question_about_one_s_own_staff_leaves_its_trace(world: World, ask: Any) -> None:
    before = (await ask(FIRM, _TRACE)).data["accessRecords"]["totalCount"]
    answer = await ask(FIRM, _RECOGNITION, purpose=PURPOSE, x=world.own_person.id_number)
    assert answer.data["recognition"]["certificateId"] == world.ids["own_certificate"]
    assert (await ask(FIRM, _TRACE)).data["accessRecords"]["totalCount"] == before + 1
