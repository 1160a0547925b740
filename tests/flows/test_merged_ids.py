"""One person under two ids counts once, holds what is held under either, and is found by either name: for whoever sees
the verdict, and until it is taken back."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest_asyncio

from exchange.clock import run_clock
from exchange.demo.cast import ENTERPRISE
from exchange.runtime import Runtime
from tests.flows import material
from tests.flows.identities import GOOD_UNTIL, JUDGE
from tests.flows.material import Firm, Person
from tests.flows.neighbours import DONGGUAN, FIRM, GUANGZHOU, PURPOSE, SHENZHEN
from tests.flows.scratch import DAY, answered, keep, quiet_hub

STAFF = """query F($code: String!) { enterprise(creditCode: $code) {
  keyStaff { duties { duty posted certified gapCount } } } }"""
POSTS = """query S($region: String!) { statistics(by: [REGION], region: $region, kinds: [APPOINTMENT]) {
  region posts { required certified } } }"""
FINDINGS = "query P($by: PersonBy!) { person(by: $by) { postFindings { coverage status } } }"
SEARCH = "query N($name: String!) { search(first: 9, personName: $name) { totalCount nodes { id nameMasked } } }"
CARD = "query C($n: String!) { certificate(by: {number: $n}) { status } }"
REVIEWS = "query P($by: PersonBy!) { person(by: $by) { reviews(first: 9) { nodes { rule } } } }"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quiet(database: Any) -> AsyncIterator[Runtime]:
    async with quiet_hub(database.dsn, "exchange_merged") as runtime:
        yield runtime


async def judged(quiet: Runtime, one: Person, other: Person, verdict: str = "SAME", slug: str = GUANGZHOU) -> None:
    first, second = (str(quiet.keys.person_id(person.id_number)) for person in (one, other))
    values = {"personId": first, "otherPersonId": second, "verdict": verdict, "reason": "核对档案照片"}
    told = (await answered(quiet, slug, JUDGE, PURPOSE, input=values))["data"]["personVerdict"]
    assert (told["outcome"], told["userErrors"]) == ("NEW", [])


async def days_pass(quiet: Runtime) -> None:
    await quiet.settle()
    async with quiet.database.hub_pool.acquire() as connection:
        await run_clock(connection, DAY)
    await quiet.settle()


async def reviews(quiet: Runtime, person: Person, slug: str) -> list[str]:
    await quiet.settle()
    found = (await answered(quiet, slug, REVIEWS, PURPOSE, by={"idNumber": person.id_number}))["data"]["person"]
    return [one["rule"] for one in found["reviews"]["nodes"]] if found else []


async def staffed(quiet: Runtime, firm: Firm) -> tuple[Person, Person]:
    """A safety manager of a firm, appointed there under two ids, with a certificate under the second."""
    first, second = material.person(), material.person()
    await keep(quiet, GUANGZHOU, "ENTERPRISE_PROFILE", material.profile(firm, "isTransport"))
    await keep(quiet, GUANGZHOU, "APPOINTMENT", material.appointment(first, firm, firm.region))
    await keep(quiet, GUANGZHOU, "APPOINTMENT", material.appointment(second, firm, firm.region))
    certificate = material.certificate(second, firm, valid_to=GOOD_UNTIL)
    await keep(quiet, SHENZHEN, "SAFETY_MANAGEMENT", certificate)
    return first, second


async def managers(quiet: Runtime, firm: Firm, slug: str = GUANGZHOU) -> tuple[int, int, int]:
    """Safety managers posted, certified and not."""
    found = (await answered(quiet, slug, STAFF, code=firm.credit_code))["data"]["enterprise"]["keyStaff"]
    (duty,) = [one for one in found["duties"] if one["duty"] == "EXAMINED_SAFETY_MANAGERS"]
    return duty["posted"], duty["certified"], duty["gapCount"]


async def counted(quiet: Runtime, firm: Firm) -> tuple[int, int]:
    (row,) = (await answered(quiet, GUANGZHOU, POSTS, region=firm.region))["data"]["statistics"]
    return row["posts"]["required"], row["posts"]["certified"]


async def test_a_person_of_two_ids_is_counted_once_and_holds_what_is_under_either(quiet: Runtime) -> None:
    firm = material.firm("440114")
    first, second = await staffed(quiet, firm)
    assert (await managers(quiet, firm), await counted(quiet, firm)) == ((2, 1, 1), (2, 1))
    await judged(quiet, first, second)
    assert (await managers(quiet, firm), await counted(quiet, firm)) == ((1, 1, 0), (1, 1))
    for person in (first, second):
        found = (await answered(quiet, DONGGUAN, FINDINGS, PURPOSE, by={"idNumber": person.id_number}))["data"]
        assert found["person"]["postFindings"] == [{"coverage": "MET", "status": "VALID"}]
    await judged(quiet, first, second, "DIFFERENT")
    assert (await managers(quiet, firm), await counted(quiet, firm)) == ((2, 1, 1), (2, 1))


async def test_the_firm_itself_sees_no_verdict_and_its_staff_by_their_ids(quiet: Runtime) -> None:
    own = Firm(name=ENTERPRISE.name, credit_code=ENTERPRISE.credit_code, region="440115")
    first, second = await staffed(quiet, own)
    await judged(quiet, first, second)
    assert await managers(quiet, own) == (1, 1, 0)
    assert await managers(quiet, own, FIRM) == (2, 1, 1)


async def test_whoever_is_found_by_one_name_is_found_under_every_id(quiet: Runtime) -> None:
    first, second = replace(material.person(), name="欧阳甲乙"), replace(material.person(), name="欧阳丙丁")
    firm = material.firm()
    for person in (first, second):
        values = material.certificate(person, firm, valid_to=GOOD_UNTIL)
        await keep(quiet, SHENZHEN, "SAFETY_MANAGEMENT", values)
    await quiet.settle()

    async def found(name: str) -> int:
        count: int = (await answered(quiet, GUANGZHOU, SEARCH, PURPOSE, name=name))["data"]["search"]["totalCount"]
        return count

    assert [await found(name) for name in ("甲乙", "丙丁", "欧阳")] == [1, 1, 2]
    await judged(quiet, first, second)
    assert [await found(name) for name in ("甲乙", "丙丁", "欧阳")] == [2, 2, 2]


async def test_a_certificate_exchanged_for_one_under_the_other_id_is_transferred(quiet: Runtime) -> None:
    first, second, firm = material.person(), material.person(), material.firm()
    dates = {"validTo": str(GOOD_UNTIL)}
    former = {**material.construction(first, firm), **dates}
    await keep(quiet, SHENZHEN, "CONSTRUCTION_SAFETY_MANAGER", former)
    successor = {**material.construction(second, firm, region="440100"), **dates, "previousNumber": former["number"]}
    await keep(quiet, GUANGZHOU, "CONSTRUCTION_SAFETY_MANAGER", successor)
    told = []
    for verdict in (None, "SAME", "DIFFERENT"):
        if verdict:
            await judged(quiet, first, second, verdict)
        card = (await answered(quiet, DONGGUAN, CARD, PURPOSE, n=former["number"]))["data"]["certificate"]
        told.append(card["status"])
    assert told == ["VALID", "TRANSFERRED_OUT", "VALID"]


async def test_a_newer_certificate_under_the_other_id_leaves_no_gap_until_the_ids_are_parted(quiet: Runtime) -> None:
    first, second, firm = material.person(), material.person(), material.firm()
    await keep(quiet, GUANGZHOU, "APPOINTMENT", material.appointment(first, firm, "440100"))
    ended = material.certificate(first, firm, valid_to=DAY - timedelta(days=1))
    await keep(quiet, SHENZHEN, "SAFETY_MANAGEMENT", ended)
    newer = material.certificate(second, firm, valid_to=GOOD_UNTIL)
    await keep(quiet, SHENZHEN, "SAFETY_MANAGEMENT", newer)
    await judged(quiet, first, second)
    await days_pass(quiet)
    assert await reviews(quiet, first, GUANGZHOU) == []
    await judged(quiet, first, second, "DIFFERENT")
    for _ in range(2):
        await days_pass(quiet)
        assert await reviews(quiet, first, GUANGZHOU) == ["CREDENTIAL_EXPIRED"]


async def test_where_authorities_contradict_each_other_the_gap_is_told(quiet: Runtime) -> None:
    first, second, firm = material.person(), material.person(), material.firm()
    await keep(quiet, GUANGZHOU, "APPOINTMENT", material.appointment(first, firm, "440100"))
    ended = material.certificate(first, firm, valid_to=DAY - timedelta(days=1))
    await keep(quiet, SHENZHEN, "SAFETY_MANAGEMENT", ended)
    newer = material.certificate(second, firm, valid_to=GOOD_UNTIL)
    await keep(quiet, SHENZHEN, "SAFETY_MANAGEMENT", newer)
    await judged(quiet, first, second)
    await judged(quiet, first, second, "DIFFERENT", slug=SHENZHEN)
    await days_pass(quiet)
    assert await reviews(quiet, first, GUANGZHOU) == ["CREDENTIAL_EXPIRED"]


async def test_an_action_upon_one_id_is_reviewed_where_the_other_is_appointed_once_they_are_one(quiet: Runtime) -> None:
    first, second, firm = material.person(), material.person(), material.firm()
    await keep(quiet, DONGGUAN, "APPOINTMENT", material.appointment(second, firm, "441900"))
    certificate = material.special_operation(first, firm)
    await keep(quiet, GUANGZHOU, "CERTIFICATE_ACTION", material.action(first, certificate))
    assert await reviews(quiet, second, DONGGUAN) == []
    await judged(quiet, first, second, slug=SHENZHEN)
    assert await reviews(quiet, second, DONGGUAN) == ["CERTIFICATE_ACTION"]
