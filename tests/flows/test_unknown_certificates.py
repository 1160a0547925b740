"""A number no issuer knows is suspected only where the issuer delivered since: not found is not forged."""

from datetime import date, datetime, timedelta
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from exchange.clock import run_clock
from exchange.runtime import Runtime
from tests.flows import material
from tests.flows.scratch import answered, keep, quiet_hub

DONGGUAN, GUANGZHOU, NANJING, SHENZHEN = "dg-bureau", "gz-bureau", "nj-bureau", "sz-bureau"
RECOGNISE = "query Q($i: RecognitionInput!) { recognition(input: $i) { verdict } }"
EVENTS = """{ events(first: 99, types: ["credential.unknownPresented", "credential.unknownResolved"]) {
  nodes { type day owner { id } payload } } }"""
REVIEWS = """{ reviews(first: 99) { nodes { rule state reason authority { id } causeAuthority { id } } } }"""
DELIVERED = """insert into source_confirmation (owner_id, kind, confirmed_at)
select tenant_id, 'SPECIAL_OPERATION', $2::timestamptz from tenant where slug = $1
on conflict (owner_id, kind) do update set confirmed_at = excluded.confirmed_at"""
CASE = ("证书互认", "DEM-CASE-9")


@pytest_asyncio.fixture(loop_scope="session")
async def quiet(database: Any) -> Any:
    """A hub of its own, whose days are ours."""
    async with quiet_hub(database.dsn, "exchange_unknown") as runtime:
        yield runtime


async def deliver(quiet: Runtime, day: date, slug: str = SHENZHEN) -> None:
    """As if an authority had delivered its special operators at noon of a day."""
    owner = await asyncpg.connect(quiet.database.dsn)
    await owner.execute(DELIVERED, slug, datetime.fromisoformat(f"{day}T12:00:00+08:00"))
    await owner.close()


async def present(quiet: Runtime, of: material.Person, slug: str = GUANGZHOU, **changed: Any) -> None:
    """An authority asks about a certificate that was presented to it; not found is all it is told."""
    values = {"certificateNumber": f"T{of.id_number}", "hostRegion": "440100", "kind": "SPECIAL_OPERATION",
              "issuingRegion": "440300", **changed}  # fmt: skip
    answer = await answered(quiet, slug, RECOGNISE, CASE, i=values)
    assert answer["data"]["recognition"]["verdict"] == "UNDETERMINED"


async def run(quiet: Runtime, *days: int) -> None:
    """The clock runs so many days from today."""
    for ahead in days:
        await quiet.settle()
        async with quiet.database.hub_pool.acquire() as connection:
            await run_clock(connection, quiet.today() + timedelta(days=ahead))
    await quiet.settle()


async def told(quiet: Runtime, slug: str) -> list[str]:
    return [one["type"] for one in (await answered(quiet, slug, EVENTS))["data"]["events"]["nodes"]]


async def reviews(quiet: Runtime, slug: str) -> list[tuple[str, str, str]]:
    nodes = (await answered(quiet, slug, REVIEWS))["data"]["reviews"]["nodes"]
    return [(one["rule"], one["state"], one["reason"]) for one in nodes if one["authority"]["id"] == slug]


SUSPECTED = ["credential.unknownPresented"]


async def test_a_number_unknown_after_the_issuer_delivered_again_is_reviewed_at_both_ends_once(quiet: Runtime) -> None:
    person, today = material.person(), quiet.today()
    await present(quiet, person)
    await present(quiet, person)
    await deliver(quiet, today + timedelta(days=2))
    await run(quiet, 3)
    assert await told(quiet, GUANGZHOU) == []
    await deliver(quiet, today + timedelta(days=3))
    await run(quiet, 3, 4, 4)
    for slug in (GUANGZHOU, SHENZHEN):
        assert await told(quiet, slug) == SUSPECTED
    assert (await told(quiet, DONGGUAN), await told(quiet, "gd-housing")) == ([], [])
    said = f"疑似假证：{today} 在广州市出示的深圳市特种作业操作证，发证地其后报送的数据中查无此证，请核对；"
    ((rule, state, reason),) = await reviews(quiet, GUANGZHOU)
    assert (rule, state, reason) == ("SUSPECTED_FORGERY", "RECEIVED", f"{said}本地出示的证书：{CASE[1]}")
    ((rule, state, reason),) = await reviews(quiet, SHENZHEN)
    shown = f"T998877********{person.id_number[-4:]}"
    assert (rule, state, reason) == ("SUSPECTED_FORGERY", "RECEIVED", f"{said}本地出示的证书：{shown}")


async def test_neither_number_nor_name_is_in_the_event(quiet: Runtime) -> None:
    person, today = material.person(), quiet.today()
    await present(quiet, person)
    await deliver(quiet, today + timedelta(days=3))
    await run(quiet, 3)
    (event,) = (await answered(quiet, SHENZHEN, EVENTS))["data"]["events"]["nodes"]
    assert event["owner"] == {"id": GUANGZHOU}
    assert set(event["payload"]) == {"presentationId", "kind", "issuingRegion", "region", "presentedOn"}
    async with quiet.database.hub_pool.acquire() as connection:
        kept = await connection.fetchval("select string_agg(p::text, ' ') from presentation p")
    assert person.id_number not in kept


async def test_a_certificate_delivered_within_the_window_is_never_suspected(quiet: Runtime) -> None:
    person, firm, today = material.person(), material.firm(), quiet.today()
    await present(quiet, person)
    await keep(quiet, SHENZHEN, "SPECIAL_OPERATION", material.special_operation(person, firm), day=today)
    await deliver(quiet, today + timedelta(days=3))
    await run(quiet, 3, 10)
    assert await told(quiet, GUANGZHOU) == []


async def test_one_that_is_known_after_all_ends_the_reviews_and_may_be_wherever_it_was_issued(quiet: Runtime) -> None:
    person, firm, today = material.person(), material.firm("320100"), quiet.today()
    await present(quiet, person)
    await deliver(quiet, today + timedelta(days=3))
    await run(quiet, 3)
    held = material.special_operation(person, firm, region="320100")
    await keep(quiet, NANJING, "SPECIAL_OPERATION", held, day=today)
    await run(quiet, 4, 5)
    for slug in (GUANGZHOU, SHENZHEN):
        assert await told(quiet, slug) == [*SUSPECTED, "credential.unknownResolved"]
        assert [state for _, state, _ in await reviews(quiet, slug)] == ["WITHDRAWN"]


@pytest.mark.parametrize("delivered", [None, -1, 3])
async def test_of_an_absent_or_silent_source_nothing_is_suspected(quiet: Runtime, delivered: int | None) -> None:
    await present(quiet, material.person())
    if delivered is not None:
        await deliver(quiet, quiet.today() + timedelta(days=delivered))
    await run(quiet, 11)
    assert (await told(quiet, GUANGZHOU), await reviews(quiet, GUANGZHOU)) == ([], [])


async def test_where_one_of_two_that_may_have_issued_it_is_silent_nothing_is_suspected(quiet: Runtime) -> None:
    today = quiet.today()
    await present(quiet, material.person())
    await deliver(quiet, today + timedelta(days=3))
    await deliver(quiet, today, "gd-housing")
    await run(quiet, 4)
    assert await told(quiet, GUANGZHOU) == []


@pytest.mark.parametrize("changed", [{"kind": None}, {"issuingRegion": None}, {"hostRegion": "441900"}])
async def test_who_does_not_say_what_was_presented_or_asks_of_another_place_leads_to_nothing(
    quiet: Runtime, changed: dict[str, Any]
) -> None:
    await present(quiet, material.person(), **changed)
    await deliver(quiet, quiet.today() + timedelta(days=3))
    await run(quiet, 3)
    assert await told(quiet, GUANGZHOU) == []


async def test_an_issuer_asked_by_another_authority_answers_in_the_thread_of_its_own_review(quiet: Runtime) -> None:
    """Guangzhou is the source of Shenzhen's review, so it sees the outcome."""
    await present(quiet, material.person())
    await deliver(quiet, quiet.today() + timedelta(days=3))
    await run(quiet, 3)
    nodes = (await answered(quiet, GUANGZHOU, REVIEWS))["data"]["reviews"]["nodes"]
    assert sorted((one["authority"]["id"], one["causeAuthority"]["id"]) for one in nodes) == [
        (GUANGZHOU, GUANGZHOU), (SHENZHEN, GUANGZHOU),
    ]  # fmt: skip
