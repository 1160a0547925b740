"""What nobody reports by itself, from the record to the event and the review: once while it lasts, again if it comes
back."""

from datetime import date, timedelta
from typing import Any

import pytest_asyncio

from exchange.clock import run_clock
from exchange.runtime import Runtime
from tests.flows import material
from tests.flows.scratch import DAY, answered, keep, quiet_hub

DONGGUAN, GUANGZHOU, NANJING, SHENZHEN = "dg-bureau", "gz-bureau", "nj-bureau", "sz-bureau"
TYPES = ["post.uncertified", "post.settled", "credential.multiSiteSuspected", "credential.multiSiteCleared"]
EVENTS = (
    """query E($t: [String!]) { events(first: 100, types: $t) { nodes { type day recordId payload owner { id } } } }"""
)
REVIEWS = "{ reviews(first: 100) { nodes { id rule state reason reasonEn authority { id } causeLiftedOn } } }"


@pytest_asyncio.fixture(loop_scope="session")
async def quiet(database: Any) -> Any:
    """A hub of its own, whose days are ours."""
    async with quiet_hub(database.dsn, "exchange_detections") as runtime:
        yield runtime


async def run(quiet: Runtime, day: date = DAY) -> None:
    """What was published is numbered, the clock runs, what it told is handled."""
    await quiet.settle()
    async with quiet.database.hub_pool.acquire() as connection:
        await run_clock(connection, day)
    await quiet.settle()


async def told(quiet: Runtime, slug: str) -> list[tuple[str, str]]:
    """Type and record of what was found, as a tenant hears of it."""
    nodes = (await answered(quiet, slug, EVENTS, t=TYPES))["data"]["events"]["nodes"]
    return [(one["type"], one["recordId"]) for one in nodes]


async def reviews(quiet: Runtime, slug: str) -> list[tuple[str, str]]:
    """Rule and state of the reviews of a tenant."""
    nodes = (await answered(quiet, slug, REVIEWS))["data"]["reviews"]["nodes"]
    return [(one["rule"], one["state"]) for one in nodes if one["authority"]["id"] == slug]


def operator(of: material.Person, at: material.Firm, region: str = "440300", **changed: Any) -> dict[str, Any]:
    return {**material.appointment(of, at, region), "post": "SPECIAL_OPERATOR", **changed}


async def test_a_post_without_its_certificate_is_told_once_and_its_end_once(quiet: Runtime) -> None:
    person, firm = material.person(), material.firm()
    post = await keep(quiet, SHENZHEN, "APPOINTMENT", operator(person, firm))
    for days in (0, 1, 1, 5, 2):
        await run(quiet, DAY + timedelta(days=days))
    assert await told(quiet, SHENZHEN) == [("post.uncertified", post)]
    assert await reviews(quiet, SHENZHEN) == [("POST_UNCERTIFIED", "RECEIVED")]
    await keep(quiet, DONGGUAN, "SPECIAL_OPERATION", material.special_operation(person, firm, region="441900"))
    await run(quiet, DAY + timedelta(days=6))
    await run(quiet, DAY + timedelta(days=7))
    assert await told(quiet, SHENZHEN) == [("post.uncertified", post), ("post.settled", post)]
    assert await reviews(quiet, SHENZHEN) == [("POST_UNCERTIFIED", "WITHDRAWN")]
    assert (await told(quiet, DONGGUAN), await told(quiet, GUANGZHOU)) == ([], [])


async def test_a_certificate_of_the_same_place_that_ends_by_its_date_is_found_and_again_after_a_renewal(
    quiet: Runtime,
) -> None:
    person, firm = material.person(), material.firm()
    certificate = {**material.special_operation(person, firm), "validTo": "2026-12-01", "reviewDueOn": "2026-12-01"}
    await keep(quiet, SHENZHEN, "SPECIAL_OPERATION", certificate)
    post = await keep(quiet, SHENZHEN, "APPOINTMENT", operator(person, firm))
    await run(quiet, date(2026, 12, 1))
    assert await told(quiet, SHENZHEN) == []
    await run(quiet, date(2026, 12, 2))
    assert await told(quiet, SHENZHEN) == [("post.uncertified", post)]
    await keep(
        quiet, SHENZHEN, "SPECIAL_OPERATION", {**certificate, "validTo": "2026-12-20", "reviewDueOn": "2026-12-20"}
    )
    await run(quiet, date(2026, 12, 5))
    await run(quiet, date(2026, 12, 21))
    assert [type for type, _ in await told(quiet, SHENZHEN)] == ["post.uncertified", "post.settled", "post.uncertified"]
    assert await reviews(quiet, SHENZHEN) == [("POST_UNCERTIFIED", "WITHDRAWN"), ("POST_UNCERTIFIED", "RECEIVED")]


async def test_a_certificate_that_begins_later_settles_the_post_on_its_first_day(quiet: Runtime) -> None:
    person, firm = material.person(), material.firm()
    later = {**material.special_operation(person, firm), "validFrom": "2026-12-10", "validTo": "2032-12-09"}
    await keep(quiet, SHENZHEN, "SPECIAL_OPERATION", later)
    await keep(quiet, SHENZHEN, "APPOINTMENT", operator(person, firm))
    await run(quiet, date(2026, 12, 9))
    assert [type for type, _ in await told(quiet, SHENZHEN)] == ["post.uncertified"]
    await run(quiet, date(2026, 12, 10))
    assert [type for type, _ in await told(quiet, SHENZHEN)] == ["post.uncertified", "post.settled"]


async def test_a_post_that_ended_or_was_voided_is_settled(quiet: Runtime) -> None:
    person, other, firm = material.person(), material.person(), material.firm()
    await keep(quiet, SHENZHEN, "APPOINTMENT", operator(person, firm, endedOn="2026-11-30"))
    voided = await keep(quiet, SHENZHEN, "APPOINTMENT", operator(other, firm))
    await run(quiet, date(2026, 11, 30))
    assert [type for type, _ in await told(quiet, SHENZHEN)] == ["post.uncertified", "post.uncertified"]
    query = "mutation V($i: RecordVoidInput!) { recordVoid(input: $i) { userErrors { code message } } }"
    answer = await answered(quiet, SHENZHEN, query, i={"recordId": voided, "reason": "登记错误"})
    assert answer["data"]["recordVoid"]["userErrors"] == []
    await run(quiet, date(2026, 12, 1))
    assert [type for type, _ in await told(quiet, SHENZHEN)][2:] == ["post.settled", "post.settled"]
    assert await reviews(quiet, SHENZHEN) == [("POST_UNCERTIFIED", "WITHDRAWN")] * 2


async def test_what_a_firm_does_is_known_later_and_then_its_posts_are_looked_at(quiet: Runtime) -> None:
    person, firm = material.person(), material.firm()
    post = await keep(quiet, SHENZHEN, "APPOINTMENT", material.appointment(person, firm, "440300"))
    await run(quiet)
    assert await told(quiet, SHENZHEN) == []
    await keep(quiet, SHENZHEN, "ENTERPRISE_PROFILE", material.profile(firm, "isConstruction"))
    await run(quiet)
    assert await told(quiet, SHENZHEN) == [("post.uncertified", post)]


async def test_two_ids_that_are_one_person_hold_one_certificate_and_two_when_split(quiet: Runtime) -> None:
    first, second, firm = material.person(), material.person(), material.firm()
    await keep(quiet, SHENZHEN, "SPECIAL_OPERATION", material.special_operation(first, firm))
    await keep(quiet, SHENZHEN, "APPOINTMENT", operator(second, firm))
    await run(quiet)
    ids = [str(quiet.keys.person_id(one.id_number)) for one in (first, second)]
    query = "mutation J($i: PersonVerdictInput!) { personVerdict(input: $i) { userErrors { code message } } }"
    for verdict in ("SAME", "DIFFERENT"):
        values = {"personId": ids[0], "otherPersonId": ids[1], "verdict": verdict, "reason": "核对证件"}
        answer = await answered(quiet, SHENZHEN, query, ("核对身份", "DEM-1"), i=values)
        assert answer["data"]["personVerdict"]["userErrors"] == []
        await run(quiet)
    found = [type for type, _ in await told(quiet, SHENZHEN)]
    assert found == ["post.uncertified", "post.settled", "post.uncertified"]


async def test_where_the_end_of_a_certificate_was_told_the_post_has_no_second_review(quiet: Runtime) -> None:
    person, firm = material.person(), material.firm()
    certificate = {**material.special_operation(person, firm), "validTo": "2026-11-20", "reviewDueOn": "2026-11-20"}
    await keep(quiet, SHENZHEN, "SPECIAL_OPERATION", certificate)
    await keep(quiet, DONGGUAN, "APPOINTMENT", operator(person, firm, "441900"))
    await run(quiet)
    assert [type for type, _ in await told(quiet, DONGGUAN)] == ["post.uncertified"]
    assert await reviews(quiet, DONGGUAN) == [("CREDENTIAL_EXPIRED", "RECEIVED")]


async def test_whoever_lawfully_serves_several_small_firms_is_not_suspected(quiet: Runtime) -> None:
    person = material.person()
    for slug, region in ((SHENZHEN, "440300"), (DONGGUAN, "441900"), (GUANGZHOU, "440100")):
        shared = {**material.appointment(person, material.firm(), region), "engagement": "SHARED"}
        await keep(quiet, slug, "APPOINTMENT", shared)
    await run(quiet)
    assert [await told(quiet, slug) for slug in (SHENZHEN, DONGGUAN, GUANGZHOU)] == [[], [], []]


async def test_certificates_bound_to_two_employers_are_reviewed_by_both_keepers(quiet: Runtime) -> None:
    person, first, second = material.person(), material.firm(), material.firm()
    ends = date(2029, 1, 1)
    one = {**material.construction(person, first), "validFrom": "2026-01-02", "validTo": str(ends)}
    other = {**material.construction(person, second, region="320100"), "validFrom": "2026-01-02",
             "validTo": str(ends)}  # fmt: skip
    other["number"] = f"苏建安C3（2026）{other['number'][-7:]}"
    mine = await keep(quiet, "gd-housing", "CONSTRUCTION_SAFETY_MANAGER", one)
    theirs = await keep(quiet, "js-department", "CONSTRUCTION_SAFETY_MANAGER", other)
    await run(quiet)
    for slug, record, there in (("gd-housing", mine, "南京市"), ("js-department", theirs, "深圳市")):
        assert await told(quiet, slug) == [("credential.multiSiteSuspected", record)]
        (review,) = (await answered(quiet, slug, REVIEWS))["data"]["reviews"]["nodes"]
        assert review["rule"] == "SUSPECTED_LENDING"
        assert review["reason"].startswith(f"疑似挂靠：该人员同日在{there}另有安管人员证书在其他企业名下")
