"""What nobody announces and still ends a confirmation, or mends it, is told on the day it does: an issuer suspended or
resumed, a new member of an agreement, a post or the hours of a course that run out."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import pytest
import pytest_asyncio

from exchange.demo.cast import DELTA
from exchange.demo.cast import ENTERPRISE as EMPLOYER
from exchange.metrics import LAG
from exchange.months import add_months
from exchange.runtime import Runtime, _measure_lag
from exchange.statements import statements
from tests.flows import material
from tests.flows.confirmations import (
    JIANGSU,
    NANJING,
    SHANGHAI,
    SHENZHEN,
    Clock,
    as_owner,
    confirm,
    engineer,
    look,
    rule,
    told,
)
from tests.flows.scratch import keep, quiet_hub

ENTERPRISE = EMPLOYER.slug
JOIN = statements("registry")["join_agreement"]
SUSPEND = "update tenant set is_active = $2 where slug = $1"


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quiet(database: Any, clock: Clock) -> AsyncIterator[Runtime]:
    async with quiet_hub(database.dsn, "exchange_told", now=clock) as runtime:
        await rule(runtime)
        await rule(runtime, issuingPrefixes=["44"])
        await as_owner(runtime, "update confirmation_progress set day = $1", runtime.today())
        await runtime.settle()
        yield runtime


async def a_day_later(quiet: Runtime, clock: Clock, number: str, slug: str = NANJING) -> list[tuple[str, str, str]]:
    """What is told of it once a day has passed; twice asked, once told."""
    clock.ahead = timedelta(days=1)
    try:
        await quiet.settle()
        return await told(quiet, number, slug)
    finally:
        clock.ahead = timedelta()
        await as_owner(quiet, "update confirmation_progress set day = $1", quiet.today())


@pytest.mark.parametrize("slug", [NANJING, ENTERPRISE])
async def test_that_an_issuer_is_suspended_is_told_and_that_it_is_back(slug: str, quiet: Runtime) -> None:
    own = {"creditCode": EMPLOYER.credit_code, "employerName": EMPLOYER.name}
    made = await confirm(quiet, await engineer(quiet, quiet.today(), **own), slug)
    await quiet.settle()
    await as_owner(quiet, SUSPEND, SHANGHAI, False)
    try:
        await quiet.settle()
        seen = await look(quiet, made["number"], slug)
        why = {NANJING: ["NOT_FOUND"], ENTERPRISE: ["SOURCE_STALE"]}[slug]  # a firm still sees what names it
        assert (seen["state"], seen["reasons"]) == ("WITHDRAWN", why)
        withdrawn = [("WITHDRAWN", "UNDETERMINED", "tenant.suspended")]
        assert await told(quiet, made["number"], slug) == withdrawn
    finally:
        await as_owner(quiet, SUSPEND, SHANGHAI, True)
    await quiet.settle()
    assert await told(quiet, made["number"], slug) == [*withdrawn, ("STANDS", "ACCEPTED", "tenant.resumed")]


async def test_what_another_asks_of_a_suspended_tenant_stays_untold(quiet: Runtime) -> None:
    made = await confirm(quiet, await engineer(quiet, quiet.today()))
    await quiet.settle()
    await as_owner(quiet, SUSPEND, JIANGSU, False)
    try:
        await quiet.settle()
        assert await told(quiet, made["number"]) == []
    finally:
        await as_owner(quiet, SUSPEND, JIANGSU, True)
        await quiet.reload()


async def in_shenzhen(quiet: Runtime) -> dict[str, Any]:
    """A certificate Nanjing sees nothing of: its issuer takes part in another agreement."""
    today = quiet.today()
    values = material.engineer(material.person(), material.firm()) | {
        "validFrom": str(today - timedelta(days=300)), "validTo": str(today + timedelta(days=900)),
    }  # fmt: skip
    await keep(quiet, SHENZHEN, "ASSISTANT_SAFETY_ENGINEER", values, day=today)
    return values


async def joins(quiet: Runtime, day: date) -> None:
    """Shenzhen takes part in the agreement of Nanjing from a day on."""
    async with quiet.database.hub_pool.acquire() as connection:
        await connection.execute(JOIN, DELTA, quiet.directory.by_slug[SHENZHEN].tenant_id, "FULL", day)
    await quiet.reload()


async def leaves(quiet: Runtime) -> None:
    leave = "delete from agreement_member where agreement_id = $1 and tenant_id = $2"
    await as_owner(quiet, leave, DELTA, quiet.directory.by_slug[SHENZHEN].tenant_id)
    await quiet.reload()


async def test_what_a_new_member_of_the_agreement_recorded_is_told(quiet: Runtime) -> None:
    made = await confirm(quiet, await in_shenzhen(quiet))
    assert made["confirmedReasons"] == ["NOT_FOUND"]
    await quiet.settle()
    await joins(quiet, quiet.today())
    try:
        assert await told(quiet, made["number"]) == [("CHANGED", "ACCEPTED", "agreement.joined")]
    finally:
        await leaves(quiet)


async def test_who_joins_on_a_later_day_is_told_of_on_that_day(quiet: Runtime, clock: Clock) -> None:
    tomorrow = quiet.today() + timedelta(days=1)
    made = await confirm(quiet, await in_shenzhen(quiet), on=str(tomorrow))
    await joins(quiet, tomorrow)
    try:
        assert await told(quiet, made["number"]) == []
        assert await a_day_later(quiet, clock, made["number"]) == [("CHANGED", "ACCEPTED", "agreement.joined")]
    finally:
        await leaves(quiet)


async def test_that_a_post_ended_by_which_a_firm_may_ask_is_told_the_day_after(quiet: Runtime, clock: Clock) -> None:
    person, today = material.person(), quiet.today()
    values = material.engineer(person, material.firm("310000"), region="310000") | {
        "validFrom": str(today - timedelta(days=300)), "validTo": str(today + timedelta(days=900)),
    }  # fmt: skip
    await keep(quiet, SHANGHAI, "ASSISTANT_SAFETY_ENGINEER", values, day=today)
    own = material.Firm(name=EMPLOYER.name, credit_code=EMPLOYER.credit_code, region="310000")
    post = {**material.appointment(person, own, "310000"), "endedOn": str(today)}
    await keep(quiet, SHANGHAI, "APPOINTMENT", post, day=today)
    made = await confirm(quiet, values, ENTERPRISE)
    assert (made["confirmedVerdict"], await told(quiet, made["number"], ENTERPRISE)) == ("ACCEPTED", [])
    ended = [("WITHDRAWN", "UNDETERMINED", "record.ended")]
    assert await a_day_later(quiet, clock, made["number"], ENTERPRISE) == ended


@pytest.mark.parametrize(("ends_in", "expected"), [
    (1, [("WITHDRAWN", "REFUSED", "record.ended")]),
    (2, []),
])  # fmt: skip
async def test_that_hours_count_no_more_is_told_on_the_first_day_they_do_not(
    ends_in: int, expected: list[Any], quiet: Runtime, clock: Clock
) -> None:
    today = quiet.today()
    await rule(quiet, "ROAD_TRANSPORT", minTrainingHours=16)
    values = await engineer(quiet, today, "ROAD_TRANSPORT")
    for ended, hours in ((add_months(today, -12) + timedelta(days=ends_in), 12), (today - timedelta(days=30), 8)):
        course = {
            "name": values["name"], "idNumber": values["idNumber"], "trainingType": "REFRESHER",
            "provider": "示例培训中心", "startedOn": str(ended - timedelta(days=2)), "endedOn": str(ended),
            "hours": hours,
        }  # fmt: skip
        await keep(quiet, SHANGHAI, "TRAINING", course, day=today)
    made = await confirm(quiet, values)
    assert (made["confirmedVerdict"], await told(quiet, made["number"])) == ("ACCEPTED", [])
    assert await a_day_later(quiet, clock, made["number"]) == expected


async def test_how_many_wait_to_be_looked_at_anew_is_measured(quiet: Runtime) -> None:
    await quiet.settle()
    await _measure_lag(quiet)
    before = LAG.labels(stage="unchecked")._value.get()
    for _ in range(3):
        await confirm(quiet, await engineer(quiet, quiet.today()))
    await as_owner(quiet, SUSPEND, SHANGHAI, False)
    await as_owner(quiet, SUSPEND, SHANGHAI, True)
    await _measure_lag(quiet)
    waiting = LAG.labels(stage="unchecked")._value.get()
    await quiet.settle()
    await _measure_lag(quiet)
    assert (before, waiting >= 3, LAG.labels(stage="unchecked")._value.get()) == (0, True, 0)
