"""The confirmations one has to do with: page by page, by what has become of them, each judged while it is read."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from exchange.demo.cast import ENTERPRISE as EMPLOYER
from exchange.runtime import Runtime
from tests.flows import material
from tests.flows.confirmations import (
    ELSEWHERE,
    JIANGSU,
    NANJING,
    PURPOSE,
    SHANGHAI,
    Clock,
    confirm,
    engineer,
    rule,
    send,
)
from tests.flows.scratch import answered, keep, quiet_hub

ENTERPRISE = EMPLOYER.slug
LIST = """query L($first: Int!, $after: String, $states: [ConfirmationState!], $number: String, $host: String,
    $since: Date) {
  confirmations(first: $first, after: $after, states: $states, certificateNumber: $number, hostRegion: $host,
    since: $since) {
    nodes { number state verdict isChanged asker receipt history { state } } edges { cursor node { number } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quiet(database: Any, clock: Clock) -> AsyncIterator[Runtime]:
    async with quiet_hub(database.dsn, "exchange_confirmation_lists", now=clock) as runtime:
        await rule(runtime)
        await runtime.settle()
        yield runtime


async def page(quiet: Runtime, slug: str = NANJING, first: int = 100, **sought: Any) -> dict[str, Any]:
    body = await answered(quiet, slug, LIST, PURPOSE, first=first, **sought)
    assert "errors" not in body, body
    found: dict[str, Any] = body["data"]["confirmations"]
    return found


async def numbers(quiet: Runtime, slug: str = NANJING, **sought: Any) -> list[str]:
    return [one["number"] for one in (await page(quiet, slug, **sought))["nodes"]]


async def codes(quiet: Runtime, slug: str = NANJING, **sought: Any) -> list[str]:
    body = await answered(quiet, slug, LIST, **{"first": 5, **sought})
    return [one["extensions"]["code"] for one in body["errors"]]


async def test_each_sees_those_it_has_to_do_with_the_latest_first(quiet: Runtime) -> None:
    values = await engineer(quiet, quiet.today(), creditCode=EMPLOYER.credit_code, employerName=EMPLOYER.name)
    asked = [(await confirm(quiet, values, slug))["number"] for slug in (NANJING, JIANGSU, ENTERPRISE)]
    sought = {"number": values["number"]}
    assert await numbers(quiet, NANJING, **sought) == asked[::-1]
    assert await numbers(quiet, SHANGHAI, **sought) == asked[::-1]
    assert await numbers(quiet, ENTERPRISE, **sought) == asked[2:]
    assert await numbers(quiet, ELSEWHERE, **sought) == []
    askers = {
        slug: [one["asker"] for one in (await page(quiet, slug, **sought))["nodes"]] for slug in (NANJING, SHANGHAI)
    }
    assert askers == {NANJING: [ENTERPRISE, JIANGSU, NANJING], SHANGHAI: [None] * 3}
    receipts = [one["receipt"] is not None for one in (await page(quiet, NANJING, **sought))["nodes"]]
    assert receipts == [False, False, True]


async def test_page_by_page_it_is_the_same_list(quiet: Runtime) -> None:
    values = await engineer(quiet, quiet.today())
    made = [(await confirm(quiet, values))["number"] for _ in range(5)]
    found, after, sizes = [], None, []
    while True:
        read = await page(quiet, first=2, after=after, number=values["number"])
        found += [one["node"]["number"] for one in read["edges"]]
        sizes.append((len(read["nodes"]), read["pageInfo"]["hasNextPage"], read["pageInfo"]["hasPreviousPage"]))
        assert read["pageInfo"]["endCursor"] == read["edges"][-1]["cursor"]
        after = read["pageInfo"]["endCursor"]
        if not read["pageInfo"]["hasNextPage"]:
            break
    assert (found, sizes) == (made[::-1], [(2, True, False), (2, True, True), (1, False, True)])
    beyond = await page(quiet, first=2, after=after, number=values["number"])
    assert (beyond["nodes"], beyond["pageInfo"]["endCursor"]) == ([], after)


async def test_the_states_sought_are_those_of_the_moment_before_anybody_was_told(quiet: Runtime, clock: Clock) -> None:
    revoked, good = await engineer(quiet, quiet.today()), await engineer(quiet, quiet.today())
    withdrawn, stands = [(await confirm(quiet, one))["number"] for one in (revoked, good)]
    await send(quiet, revoked, reportedStatus="REVOKED")
    by_state = {state: await numbers(quiet, states=[state]) for state in ("WITHDRAWN", "STANDS", "CHANGED", "EXPIRED")}
    assert (withdrawn in by_state["WITHDRAWN"], withdrawn in by_state["STANDS"]) == (True, False)
    assert (stands in by_state["STANDS"], stands in by_state["WITHDRAWN"]) == (True, False)
    assert (by_state["CHANGED"], by_state["EXPIRED"]) == ([], [])
    changed = {one["number"]: one["isChanged"] for one in (await page(quiet))["nodes"]}
    assert (changed[withdrawn], changed[stands]) == (True, False)
    await quiet.settle()
    clock.ahead = timedelta(days=31)
    try:
        over = {one["number"]: one["isChanged"] for one in (await page(quiet, states=["EXPIRED"]))["nodes"]}
        assert await numbers(quiet, states=["STANDS", "WITHDRAWN"]) == []
    finally:
        clock.ahead = timedelta()
    assert (over[withdrawn], over[stands]) == (True, False)


async def test_where_few_are_of_a_state_a_page_may_be_short_and_says_that_there_is_more(
    quiet: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exchange.desks.confirmations.MOST_LOOKED", 2)
    monkeypatch.setattr("exchange.desks.confirmations.MAX_FIRST", 2)
    first = await engineer(quiet, quiet.today())
    oldest = (await confirm(quiet, first))["number"]
    await send(quiet, first, reportedStatus="REVOKED")
    later = await engineer(quiet, quiet.today())
    for _ in range(4):
        await confirm(quiet, later)
    found, after, has_more = [], None, True
    sizes = []
    while has_more and oldest not in found:
        read = await page(quiet, first=1, after=after, states=["WITHDRAWN"])
        found += [one["number"] for one in read["nodes"]]
        sizes.append(len(read["nodes"]))
        after, has_more = read["pageInfo"]["endCursor"], read["pageInfo"]["hasNextPage"]
    assert (found, sizes) == ([oldest], [0, 0, 1])


async def test_by_place_and_by_day(quiet: Runtime) -> None:
    values = await engineer(quiet, quiet.today())
    here = (await confirm(quiet, values))["number"]
    elsewhere = (await confirm(quiet, values, hostRegion="440300"))["number"]
    sought = {"number": values["number"]}
    assert await numbers(quiet, **sought, host="320100") == [here]
    assert await numbers(quiet, **sought, host="440300") == [elsewhere]
    assert await numbers(quiet, **sought, since=str(quiet.today())) == [elsewhere, here]
    assert await numbers(quiet, **sought, since=str(quiet.today() + timedelta(days=1))) == []


async def test_a_person_s_number_takes_a_purpose_and_leaves_evidence(quiet: Runtime) -> None:
    person = material.person()
    welder = material.special_operation(person, material.firm("310000"), region="310000")
    await keep(quiet, SHANGHAI, "SPECIAL_OPERATION", welder, day=quiet.today())
    made = (await confirm(quiet, welder))["number"]
    assert await codes(quiet, number=welder["number"]) == ["PURPOSE_REQUIRED"]
    assert await numbers(quiet, number=welder["number"]) == [made]
    query = "{ accessRecords(first: 1) { nodes { purpose caseNumber rootField persons } } }"
    (kept,) = (await answered(quiet, NANJING, query))["data"]["accessRecords"]["nodes"]
    assert (kept["purpose"], kept["caseNumber"], kept["rootField"]) == (*PURPOSE, "confirmations")
    assert kept["persons"] == [str(quiet.keys.person_id(person.id_number))]


async def test_what_cannot_be_sought_is_refused(quiet: Runtime) -> None:
    assert await codes(quiet, first=0) == ["BAD_INPUT"]
    assert await codes(quiet, first=101) == ["BAD_INPUT"]
    assert await codes(quiet, after="x") == ["BAD_CURSOR"]
    assert await codes(quiet, host="3201") == ["FIELD_UNREADABLE"]
