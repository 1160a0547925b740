"""An entry on the list of dishonest firms ends with its stated term: it is served no more, and all are told."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import pytest_asyncio

from exchange.clock import run_clock
from exchange.runtime import Runtime
from tests.flows import material
from tests.flows.scratch import DAY, answered, keep, quiet_hub

ENDS = DAY + timedelta(days=30)
AFTER = ENDS + timedelta(days=1)
GUANGZHOU, SHENZHEN = "gz-bureau", "sz-bureau"
FIRM = """query F($c: String!, $d: Date!) { enterprise(creditCode: $c, asOf: $d) {
  flags(first: 9) { nodes { isCurrent } } standing: flags(first: 9, isCurrent: true) { nodes { isCurrent } }
  reviews(first: 9) { nodes { causeLiftedOn } } } }"""
EVENTS = """query E($c: String!) { events(first: 99, creditCode: $c, types: ["dishonesty.termEnded"]) {
  nodes { owner { id } payload } } }"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quiet(database: Any) -> AsyncIterator[Runtime]:
    """A hub whose numbering and triggers run when a test says so."""
    async with quiet_hub(database.dsn, "exchange_terms") as runtime:
        yield runtime


def entry(firm: material.Firm, **changed: str) -> dict[str, Any]:
    """SERIOUS_DISHONESTY, with a term that ends on ENDS."""
    return {
        "creditCode": firm.credit_code, "name": firm.name, "region": firm.region, "cause": "拒不履行处罚决定",
        "legalBasis": "《安全生产严重失信主体名单管理办法》", "decisionNumber": material.number(),
        "decidedOn": "2023-12-20", "listedOn": "2023-12-23", "termEndsOn": ENDS.isoformat(), **changed,
    }  # fmt: skip


async def listed(quiet: Runtime, **changed: str) -> material.Firm:
    """A firm on the list in Shenzhen, with a matter pending in Guangzhou."""
    firm = material.firm()
    await keep(quiet, GUANGZHOU, "PROJECT_APPROVAL", material.matter(firm, "440100"))
    await keep(quiet, SHENZHEN, "SERIOUS_DISHONESTY", entry(firm, **changed))
    await quiet.settle()
    return firm


async def told(quiet: Runtime, day: date) -> None:
    async with quiet.database.hub_pool.acquire() as connection:
        await run_clock(connection, day)
    await quiet.settle()


async def seen(quiet: Runtime, firm: material.Firm, day: date) -> Any:
    answer = await answered(quiet, GUANGZHOU, FIRM, c=firm.credit_code, d=day.isoformat())
    return answer["data"]["enterprise"]


async def test_the_entry_stands_on_the_last_day_of_its_term_and_not_on_the_next(quiet: Runtime) -> None:
    firm = await listed(quiet)
    last, after = await seen(quiet, firm, ENDS), await seen(quiet, firm, AFTER)
    assert (last["flags"]["nodes"], last["standing"]["nodes"]) == ([{"isCurrent": True}], [{"isCurrent": True}])
    assert (after["flags"]["nodes"], after["standing"]["nodes"]) == ([{"isCurrent": False}], [])


async def test_an_entry_without_a_stated_term_stands_until_it_is_lifted(quiet: Runtime) -> None:
    firm = await listed(quiet, termEndsOn="")
    assert (await seen(quiet, firm, date(2036, 1, 1)))["flags"]["nodes"] == [{"isCurrent": True}]


async def test_whoever_was_told_of_the_entry_is_told_that_its_term_ended_and_its_reviews_learn_of_it(
    quiet: Runtime,
) -> None:
    firm = await listed(quiet)
    assert (await seen(quiet, firm, DAY))["reviews"]["nodes"] == [{"causeLiftedOn": None}]
    await told(quiet, ENDS)
    assert (await answered(quiet, GUANGZHOU, EVENTS, c=firm.credit_code))["data"]["events"]["nodes"] == []
    await told(quiet, AFTER)
    (event,) = (await answered(quiet, GUANGZHOU, EVENTS, c=firm.credit_code))["data"]["events"]["nodes"]
    assert (event["owner"]["id"], event["payload"]["liftedOn"]) == (SHENZHEN, AFTER.isoformat())
    assert (await seen(quiet, firm, AFTER))["reviews"]["nodes"] == [{"causeLiftedOn": AFTER.isoformat()}]


async def test_a_matter_filed_after_the_term_meets_no_flag(quiet: Runtime) -> None:
    firm = material.firm()
    await keep(quiet, SHENZHEN, "SERIOUS_DISHONESTY", entry(firm))
    await quiet.settle()
    await keep(quiet, GUANGZHOU, "PROJECT_APPROVAL", material.matter(firm, "440100"), day=AFTER)
    await quiet.settle()
    assert (await seen(quiet, firm, AFTER))["reviews"]["nodes"] == []
