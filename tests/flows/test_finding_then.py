"""Search of a past day or moment: by the names, states and numbers of then, of what is shared with the caller today.

The next argument that means something else of the past gets a test here.
"""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from exchange.demo.seed import caller_of
from exchange.runtime import Runtime
from schema.errors import Refusal
from tenants.session import acting
from tests.flows import material
from tests.flows.findable import PURPOSE, called
from tests.flows.material import Firm, Person
from tests.flows.neighbours import GUANGZHOU, PARTNER, SHANGHAI, SHENZHEN
from tests.flows.scratch import answered, keep, quiet_hub

FOUND = """query Q($firm: String, $person: String, $known: DateTime, $day: Date, $after: String, $first: Int = 9) {
  search(first: $first, after: $after, firmName: $firm, personName: $person, knownAt: $known, asOf: $day) {
    totalCount totalEstimate nodes { id firmName nameMasked status version } pageInfo { hasNextPage endCursor } } }"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quiet(database: Any) -> AsyncIterator[Runtime]:
    async with quiet_hub(database.dsn, "exchange_finding_then") as runtime:
        yield runtime


async def found(quiet: Runtime, slug: str = SHENZHEN, **asked: Any) -> Any:
    purpose = PURPOSE if "person" in asked else None
    body = await answered(quiet, slug, FOUND, purpose, **asked)
    assert "errors" not in body, body
    return body["data"]["search"]


async def ids(quiet: Runtime, slug: str = SHENZHEN, **asked: Any) -> list[str]:
    page = await found(quiet, slug, **asked)
    assert page["totalCount"] == page["totalEstimate"] == len(page["nodes"])
    return [node["id"] for node in page["nodes"]]


async def moment(quiet: Runtime) -> str:
    """After everything so far, before everything that follows."""
    async with quiet.database.pool.acquire() as connection:
        now: datetime = await connection.fetchval("select clock_timestamp()")
    return now.isoformat()


async def test_a_firm_is_found_by_the_name_it_had_then(quiet: Runtime) -> None:
    old = called("深圳市旧名试验厂")
    new = Firm(name="深圳市新名试验厂", credit_code=old.credit_code, region=old.region)
    graded = material.grading(old)
    nothing = await moment(quiet)
    grading = await keep(quiet, SHENZHEN, "RISK_GRADING", graded)
    flag = await keep(quiet, SHENZHEN, "RISK_FLAG", material.flag(old, category="PENALTY", decision="示罚旧名1号"))
    then = await moment(quiet)
    await keep(quiet, SHENZHEN, "RISK_GRADING", {**graded, "name": new.name})
    await keep(quiet, SHENZHEN, "RISK_FLAG", material.flag(new, category="PENALTY", decision="示罚旧名1号"))
    await quiet.settle()
    assert [await ids(quiet, firm="旧名试验", known=known) for known in (nothing, then)] == [[], [flag, grading]]
    assert await ids(quiet, firm="新名试验", known=then) == []
    assert (await ids(quiet, firm="旧名试验"), await ids(quiet, firm="新名试验")) == ([], [flag, grading])
    shown = (await found(quiet, firm="旧名试验", known=then))["nodes"]
    assert {(one["firmName"], one["version"]) for one in shown} == {("深圳市旧名试验厂", 1)}


async def test_a_person_is_found_by_the_name_of_then_and_it_leaves_evidence(quiet: Runtime) -> None:
    person, firm = Person(name="诸葛旧名", id_number=material.person().id_number), material.firm()
    values = material.certificate(person, firm)
    record = await keep(quiet, SHENZHEN, "SAFETY_MANAGEMENT", values)
    then = await moment(quiet)
    await keep(quiet, SHENZHEN, "SAFETY_MANAGEMENT", {**values, "name": "诸葛新名"})
    await quiet.settle()
    assert await ids(quiet, person="葛旧", known=then) == [record]
    assert await ids(quiet, person="葛新", known=then) == []
    evidence = "select subjects from access_record where root_field = 'search' order by access_id"
    async with acting(quiet.database.pool, caller_of(quiet, SHENZHEN)) as connection:
        told = [row["subjects"] for row in await connection.fetch(evidence)]
    assert told[-2:] == [[quiet.keys.person_id(person.id_number)], []]
    with pytest.raises(Refusal, match="PURPOSE_REQUIRED"):
        await answered(quiet, SHENZHEN, FOUND, person="葛旧", known=then)


async def test_the_state_found_is_that_of_the_moment(quiet: Runtime) -> None:
    person, firm = material.person(), called("往日状态公司")
    values = {**material.certificate(person, firm), "validTo": "2028-01-31"}
    await keep(quiet, SHENZHEN, "SAFETY_MANAGEMENT", values)
    valid = await moment(quiet)
    action = material.action(person, values, "SUSPENDED", certificateType="考核合格证")
    await keep(quiet, GUANGZHOU, "CERTIFICATE_ACTION", action)
    await quiet.settle()
    states = [(await found(quiet, firm="往日状态", known=known))["nodes"][-1]["status"] for known in (valid, None)]
    assert states == ["VALID", "SUSPENDED"]


async def test_a_past_day_finds_the_version_that_held_on_it(quiet: Runtime) -> None:
    firm = called("按日检索公司")
    for band, day in (("YELLOW", "2026-04-01"), ("ORANGE", "2026-06-01")):
        await keep(quiet, SHENZHEN, "RISK_GRADING", material.grading(firm, band, day=day))
    await quiet.settle()
    days = ("2026-03-31", "2026-05-01", "2026-06-01")
    pages = [(await found(quiet, firm="按日检索", day=day))["nodes"] for day in days]
    assert [[one["version"] for one in page] for page in pages] == [[], [1], [2]]


async def test_pages_of_a_moment_fit_together_whatever_is_published_between(quiet: Runtime) -> None:
    firm = called("分页往日公司")
    records = [await keep(quiet, SHENZHEN, "RISK_FLAG", material.flag(firm, category="PENALTY")) for _ in range(5)]
    await quiet.settle()
    known, told, after, counts = await moment(quiet), [], None, []
    while True:
        page = await found(quiet, firm="分页往日", known=known, after=after, first=2)
        told += [node["id"] for node in page["nodes"]]
        counts.append((page["totalCount"], page["totalEstimate"]))
        after = page["pageInfo"]["endCursor"]
        await keep(quiet, SHENZHEN, "RISK_FLAG", material.flag(firm, category="PENALTY"))
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert (told, counts) == (records[::-1], [(5, 5)] * 3)


async def test_what_is_not_shared_any_more_is_not_found_in_the_past_either(quiet: Runtime) -> None:
    firm = called("收窄检索公司")
    record = await keep(quiet, SHENZHEN, "RISK_FLAG", material.flag(firm, category="PENALTY"))
    await quiet.settle()
    then = await moment(quiet)
    seen = [await ids(quiet, slug, firm="收窄检索", known=then) for slug in (SHENZHEN, GUANGZHOU, PARTNER, SHANGHAI)]
    assert seen == [[record], [record], [record], []]
    narrow = (
        "update record set audience = 1, version = 2, last_version = 2, report_kind = 'REVISION', recorded_at = now()"
        " where record_id = $1"
    )
    async with acting(quiet.database.pool, caller_of(quiet, SHENZHEN)) as connection:
        await connection.execute(narrow, UUID(record))
    seen = [await ids(quiet, slug, firm="收窄检索", known=then) for slug in (SHENZHEN, GUANGZHOU, PARTNER)]
    assert seen == [[record], [record], []]


async def test_a_name_of_then_that_leads_to_too_many_is_refused(quiet: Runtime) -> None:
    """As of the names of now: of more than a thousand firms some would silently be left out."""
    many = """insert into record (owner_id, kind, family, key_hash, audience, credit_code, name, region, band, body,
      fingerprint, recorded_on) select $1, 'RISK_GRADING', 'RISK', sha256(n::text::bytea), 2, 'DEM' || n, '千家旧企业',
      '440300', 'BLUE', '{}', 'x', current_date from generate_series($2::int, $3::int) n"""
    tenant = quiet.directory.by_slug[SHENZHEN].tenant_id
    async with acting(quiet.database.pool, caller_of(quiet, SHENZHEN)) as connection:
        await connection.execute(many, tenant, 1, 1000)
    await quiet.settle()
    assert (await found(quiet, firm="千家旧", known=await moment(quiet)))["totalCount"] == 1000
    async with acting(quiet.database.pool, caller_of(quiet, SHENZHEN)) as connection:
        await connection.execute(many, tenant, 1001, 1001)
    await quiet.settle()
    with pytest.raises(Refusal, match="SEARCH_TOO_BROAD"):
        await found(quiet, firm="千家旧", known=await moment(quiet))
