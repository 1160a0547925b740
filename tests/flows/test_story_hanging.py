"""Story, one certificate at two firms (挂靠): found in two provinces, reviewed by both, one post given up, over.

Nobody reports it: Guangzhou and Nanjing each recorded a full-time post in good faith, and share no agreement.
"""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import pytest_asyncio

from exchange.clock import run_clock
from exchange.runtime import Runtime
from tests.flows import material
from tests.flows.scratch import DAY, answered, keep, quiet_hub

GUANGZHOU, NANJING, ISSUER = "gz-bureau", "nj-bureau", "gd-housing"
EVENTS = """{ events(first: 99, types: ["credential.multiSiteSuspected", "credential.multiSiteCleared"]) {
  nodes { type day recordId payload } } }"""
REVIEWS = """{ reviews(first: 99) { nodes { id rule state priority reason reasonEn version causeLiftedOn
  authority { id } } } }"""
ACCEPT = "mutation A($i: ReviewAcceptInput!) { reviewAccept(input: $i) { userErrors { code message } } }"
DECIDE = "mutation D($i: ReviewDecideInput!) { reviewDecide(input: $i) { userErrors { code message } } }"


class Hanging:
    """A safety manager of class C with a full-time post at a firm in Guangzhou and at another in Nanjing."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.person = material.person()
        self.southern, self.eastern = material.firm("440100"), material.firm("320100")
        self.posts: dict[str, str] = {}

    async def begin(self) -> None:
        certificate = {**material.construction(self.person, self.southern, region="440100"),
                       "validFrom": "2025-01-01", "validTo": "2027-12-31"}  # fmt: skip
        await keep(self.runtime, ISSUER, "CONSTRUCTION_SAFETY_MANAGER", certificate)
        for slug, firm in ((GUANGZHOU, self.southern), (NANJING, self.eastern)):
            await keep(self.runtime, slug, "ENTERPRISE_PROFILE", material.profile(firm, "isConstruction"))
            await self.appoint(slug)

    async def appoint(self, slug: str, **changed: Any) -> None:
        firm = self.southern if slug == GUANGZHOU else self.eastern
        values = {**material.appointment(self.person, firm, firm.region), "engagement": "FULL_TIME",
                  "post": "FULL_TIME_SAFETY_MANAGER", **changed}  # fmt: skip
        self.posts[slug] = await keep(self.runtime, slug, "APPOINTMENT", values)

    async def day(self, day: date) -> None:
        """What came in is numbered; a day of the clock; what that told is handled."""
        await self.runtime.settle()
        async with self.runtime.database.hub_pool.acquire() as connection:
            await run_clock(connection, day)
        await self.runtime.settle()

    async def told(self, slug: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await answered(self.runtime, slug, EVENTS))["data"]["events"]["nodes"]
        return found

    async def reviews(self, slug: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await answered(self.runtime, slug, REVIEWS))["data"]["reviews"]["nodes"]
        return found

    async def step(self, slug: str, mutation: str, name: str, **values: Any) -> None:
        (review,) = await self.reviews(slug)
        sent = {"reviewId": review["id"], "expectedVersion": review["version"], **values}
        answer = await answered(self.runtime, slug, mutation, i=sent)
        assert answer["data"][name]["userErrors"] == []


@pytest_asyncio.fixture(loop_scope="session")
async def hanging(database: Any) -> AsyncIterator[Hanging]:
    """A hub of its own, whose days are ours, on the day it is found."""
    async with quiet_hub(database.dsn, "exchange_hanging") as runtime:
        found = Hanging(runtime)
        await found.begin()
        await found.day(DAY)
        yield found


async def test_both_authorities_are_told_of_their_own_post_and_of_the_other_no_more_than_where(
    hanging: Hanging,
) -> None:
    for slug, firm, there in ((GUANGZHOU, hanging.southern, "320100"), (NANJING, hanging.eastern, "440100")):
        (found,) = await hanging.told(slug)
        assert (found["type"], found["day"], found["recordId"]) == (
            "credential.multiSiteSuspected", str(DAY), hanging.posts[slug],
        )  # fmt: skip
        payload = found["payload"]
        assert (payload["creditCode"], payload["evidence"], payload["otherRegions"]) == (
            firm.credit_code, "FULL_TIME_POST", [there],
        )  # fmt: skip
        other = hanging.eastern if firm is hanging.southern else hanging.southern
        seen = str(await hanging.reviews(slug)) + str(found)
        for word in (other.credit_code, other.name, hanging.person.name, hanging.person.id_number):
            assert word not in seen


async def test_each_opens_its_own_review_and_nobody_else_hears_of_it(hanging: Hanging) -> None:
    (southern,) = await hanging.reviews(GUANGZHOU)
    assert (southern["rule"], southern["state"], southern["priority"], southern["authority"]["id"]) == (
        "SUSPECTED_LENDING", "RECEIVED", "MUST", GUANGZHOU,
    )  # fmt: skip
    assert southern["reason"] == ("疑似挂靠：该人员同日在南京市登记为另一企业专职；本地任职：专职安全生产管理人员")
    (eastern,) = await hanging.reviews(NANJING)
    assert (eastern["rule"], eastern["authority"]["id"]) == ("SUSPECTED_LENDING", NANJING)
    for slug in ("sz-bureau", "sh-bureau"):
        assert (await hanging.told(slug), await hanging.reviews(slug)) == ([], [])
    assert await hanging.told("bidding-platform") == []


async def test_the_post_given_up_ends_the_alarm_in_both_places(hanging: Hanging) -> None:
    await hanging.day(DAY + timedelta(days=1))
    await hanging.step(NANJING, ACCEPT, "reviewAccept")
    await hanging.step(
        NANJING, DECIDE, "reviewDecide", outcome="STRENGTHENED", reason="查实证书挂靠，责令解除任职",
        legalBasis="《安全生产法》第二十四条",
    )  # fmt: skip
    await hanging.appoint(NANJING, endedOn=str(DAY + timedelta(days=2)))
    await hanging.day(DAY + timedelta(days=2))
    assert [len(await hanging.told(slug)) for slug in (GUANGZHOU, NANJING)] == [1, 1]
    await hanging.day(DAY + timedelta(days=3))
    cleared = str(DAY + timedelta(days=3))
    for slug in (GUANGZHOU, NANJING):
        assert [(one["type"], one["day"]) for one in await hanging.told(slug)] == [
            ("credential.multiSiteSuspected", str(DAY)), ("credential.multiSiteCleared", cleared),
        ]  # fmt: skip
    (southern,), (eastern,) = await hanging.reviews(GUANGZHOU), await hanging.reviews(NANJING)
    assert (southern["state"], southern["causeLiftedOn"]) == ("WITHDRAWN", cleared)
    assert (eastern["state"], eastern["causeLiftedOn"]) == ("DECIDED", cleared)


async def test_who_lends_the_certificate_again_is_found_again(hanging: Hanging) -> None:
    await hanging.appoint(NANJING, endedOn=str(DAY))
    await hanging.day(DAY + timedelta(days=1))
    await hanging.appoint(NANJING)
    await hanging.day(DAY + timedelta(days=30))
    assert [one["type"] for one in await hanging.told(GUANGZHOU)] == [
        "credential.multiSiteSuspected", "credential.multiSiteCleared", "credential.multiSiteSuspected",
    ]  # fmt: skip
    assert [one["state"] for one in await hanging.reviews(GUANGZHOU)] == ["WITHDRAWN", "RECEIVED"]
