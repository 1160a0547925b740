"""Story, expiry radar: 90 days ahead the reminder goes out by itself, the firm renews, and nobody is on post expired.

The days pass as the clock is told; the firm is a tenant of its own and hears of its own officers only.
"""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import pytest_asyncio

from exchange.clock import run_clock
from exchange.demo.cast import ENTERPRISE
from exchange.runtime import Runtime
from tests.flows import material
from tests.flows.scratch import DAY, answered, keep, keep_all, quiet_hub

FIRM, GUANGZHOU, HOUSING, SHANGHAI = ENTERPRISE.slug, "gz-bureau", "gd-housing", "sh-bureau"
END = DAY + timedelta(days=90)
RENEWED = "2030-02-21"
DUE = """query D($c: String!, $d: Date!) { enterprise(creditCode: $c, asOf: $d) {
  certificates(first: 20, expiringWithinDays: 90) { nodes { id validTo } } } }"""
TOLD = """{ events(first: 99, types: ["credential.expiring", "credential.expired"]) {
  nodes { type day recordId payload } } }"""
IMPORT = """mutation I($input: RecordsImportInput!) { recordsImport(input: $input) {
  rowsChanged rowsRefused userErrors { code } } }"""
FIGURES = """query S($d: Date!) { statistics(region: "440100", asOf: $d) {
  certificates { total expiring expired } posts { required certified rate } } }"""


class Radar:
    """Four safety managers on post in Guangzhou; the certificates of three end in 90 days, in `due`."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.firm = material.Firm(name=ENTERPRISE.name, credit_code=ENTERPRISE.credit_code, region="440100")
        self.rows: list[dict[str, Any]] = []
        self.due: list[str] = []

    async def begin(self) -> None:
        persons = [material.person() for _ in range(4)]
        self.rows = [
            {**material.construction(one, self.firm, region="440100"), "validFrom": "2024-02-22", "validTo": str(END)}
            for one in persons
        ]
        self.rows[3]["validTo"] = "2029-12-31"
        await keep(self.runtime, GUANGZHOU, "ENTERPRISE_PROFILE", material.profile(self.firm, "isConstruction"))
        posts = [material.appointment(one, self.firm, "440100") for one in persons]
        await keep_all(self.runtime, GUANGZHOU, "APPOINTMENT", posts)
        self.due = (await keep_all(self.runtime, HOUSING, "CONSTRUCTION_SAFETY_MANAGER", self.rows))[:3]

    async def day(self, day: date) -> None:
        """A day of the clock."""
        async with self.runtime.database.hub_pool.acquire() as connection:
            await run_clock(connection, day)
        await self.runtime.settle()

    async def told(self, slug: str) -> list[tuple[str, int | None, str]]:
        """What a tenant heard: the type, the days left, of which certificate."""
        nodes = (await answered(self.runtime, slug, TOLD))["data"]["events"]["nodes"]
        return sorted((one["type"], one["payload"].get("daysLeft"), one["recordId"]) for one in nodes)

    async def seen_due(self, slug: str, day: date) -> list[str]:
        """Whose end the tenant sees within 90 days."""
        answer = await answered(self.runtime, slug, DUE, c=self.firm.credit_code, d=day.isoformat())
        return sorted(node["id"] for node in answer["data"]["enterprise"]["certificates"]["nodes"])

    async def renew(self, *places: int) -> None:
        """The issuer delivers the renewed certificates of these officers as a file."""
        rows = [{**self.rows[place], "validTo": RENEWED} for place in places]
        values = {"kind": "CONSTRUCTION_SAFETY_MANAGER", "rows": rows}
        done = (await answered(self.runtime, HOUSING, IMPORT, input=values))["data"]["recordsImport"]
        assert done == {"rowsChanged": len(places), "rowsRefused": 0, "userErrors": []}
        await self.runtime.settle()

    async def figures(self, day: date) -> dict[str, Any]:
        (found,) = (await answered(self.runtime, GUANGZHOU, FIGURES, d=day.isoformat()))["data"]["statistics"]
        return {**found["certificates"], **found["posts"]}


@pytest_asyncio.fixture(loop_scope="session")
async def radar(database: Any) -> AsyncIterator[Radar]:
    """A hub of its own, whose days are ours."""
    async with quiet_hub(database.dsn, "exchange_radar") as runtime:
        found = Radar(runtime)
        await found.begin()
        yield found


async def test_ninety_days_ahead_the_firm_and_the_authorities_are_reminded_and_see_whom_it_concerns(
    radar: Radar,
) -> None:
    await radar.day(DAY - timedelta(days=1))
    assert await radar.told(FIRM) == []
    await radar.day(DAY)
    reminded = sorted(("credential.expiring", 90, record_id) for record_id in radar.due)
    for slug in (FIRM, GUANGZHOU, HOUSING):
        assert await radar.told(slug) == reminded
        assert await radar.seen_due(slug, DAY) == sorted(radar.due)
    assert await radar.told(SHANGHAI) == []
    assert await radar.figures(DAY) == {
        "total": 4, "expiring": 3, "expired": 0, "required": 4, "certified": 4, "rate": 1.0,
    }  # fmt: skip


async def test_who_renews_hears_no_more_and_nobody_is_on_post_expired(radar: Radar) -> None:
    await radar.day(DAY)
    await radar.renew(0, 1)
    await radar.day(DAY + timedelta(days=30))
    last = radar.due[2]
    assert (await radar.told(FIRM))[0] == ("credential.expiring", 60, last)
    assert await radar.seen_due(FIRM, DAY + timedelta(days=30)) == [last]
    await radar.renew(2)
    for days in (60, 83, 90, 91):
        await radar.day(DAY + timedelta(days=days))
    reminded = [("credential.expiring", 90, one) for one in radar.due]
    assert await radar.told(FIRM) == sorted([*reminded, ("credential.expiring", 60, last)])
    assert await radar.figures(END + timedelta(days=1)) == {
        "total": 4, "expiring": 0, "expired": 0, "required": 4, "certified": 4, "rate": 1.0,
    }  # fmt: skip


async def test_without_renewal_the_day_after_the_end_shows_who_is_on_post_expired(radar: Radar) -> None:
    await radar.day(DAY)
    await radar.renew(0, 1)
    await radar.day(END + timedelta(days=1))
    assert ("credential.expired", None, radar.due[2]) in await radar.told(FIRM)
    assert await radar.figures(END + timedelta(days=1)) == {
        "total": 4, "expiring": 0, "expired": 1, "required": 4, "certified": 3, "rate": 0.75,
    }  # fmt: skip
