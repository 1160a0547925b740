"""A record turns out to be about somebody else: reviews of whom it was said to be about are told, those of whom it is
about are opened, once each, in whatever order the work is done."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from exchange.clock import run_clock
from exchange.demo.cast import ENTERPRISE
from exchange.publishing.publish import Report
from exchange.runtime import Runtime
from tests.flows import material
from tests.flows.identities import CORRECT, GOOD_UNTIL
from tests.flows.material import Person
from tests.flows.neighbours import DONGGUAN, FIRM, GUANGZHOU, PURPOSE, SHENZHEN
from tests.flows.scratch import DAY, answered, keep, quiet_hub

REVIEWS = """query P($by: PersonBy!) { person(by: $by) { reviews(first: 9) { nodes {
  rule state causeLiftedOn causeLiftedAs } } } }"""
EVENTS = """query E($after: String!) { events(first: 100, after: $after) { nodes {
  type subject recordId payload } } }"""
MISTAKEN = Report(kind="CORRECTION", reason="持证人录错")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quiet(database: Any) -> AsyncIterator[Runtime]:
    """A hub whose numbering and triggers run when a test says so."""
    async with quiet_hub(database.dsn, "exchange_moved") as runtime:
        yield runtime


async def appointed(quiet: Runtime, person: Person, slug: str = GUANGZHOU, region: str = "440100") -> None:
    await keep(quiet, slug, "APPOINTMENT", material.appointment(person, material.firm(), region))


async def revoked(quiet: Runtime, person: Person) -> str:
    """Shenzhen reports a certificate of the person revoked."""
    values = material.certificate(person, material.firm(), valid_to=GOOD_UNTIL)
    return await keep(quiet, SHENZHEN, "SAFETY_MANAGEMENT", {**values, "reportedStatus": "REVOKED"})


async def corrected(quiet: Runtime, wrong: Person, right: Person, slug: str = SHENZHEN) -> None:
    values = {"previousIdNumber": wrong.id_number, "idNumber": right.id_number, "reason": "录入时错一位"}
    told = (await answered(quiet, slug, CORRECT, PURPOSE, input=values))["data"]["personCorrect"]
    assert told["userErrors"] == []


async def reviews(quiet: Runtime, person: Person, slug: str = GUANGZHOU) -> list[tuple[str, str | None]]:
    """The rule of each review of a person, and how its cause ended."""
    await quiet.settle()
    found = (await answered(quiet, slug, REVIEWS, PURPOSE, by={"idNumber": person.id_number}))["data"]["person"]
    nodes = found["reviews"]["nodes"] if found else []
    assert all((one["causeLiftedOn"] is None) == (one["causeLiftedAs"] is None) for one in nodes)
    return sorted(((one["rule"], one["causeLiftedAs"]) for one in nodes), key=str)


async def events_since(quiet: Runtime, slug: str, start: int) -> list[dict[str, Any]]:
    await quiet.settle()
    found = await answered(quiet, slug, EVENTS, after=f"seq:{start}")
    nodes: list[dict[str, Any]] = found["data"]["events"]["nodes"]
    return nodes


async def position(quiet: Runtime) -> int:
    await quiet.settle()
    return quiet.signal.position


def id_of(quiet: Runtime, person: Person) -> str:
    return str(quiet.keys.person_id(person.id_number))


@pytest.mark.parametrize("is_handled_before", [True, False])
async def test_a_certificate_of_the_wrong_person_frees_that_one_and_reviews_the_right_one(
    is_handled_before: bool, quiet: Runtime
) -> None:
    wrong, right = material.person(), material.person()
    for person in (wrong, right):
        await appointed(quiet, person)
    await revoked(quiet, wrong)
    if is_handled_before:
        assert await reviews(quiet, wrong) == [("CREDENTIAL_WITHDRAWN", None)]
    await corrected(quiet, wrong, right)
    for _ in range(2):
        assert await reviews(quiet, right) == [("CREDENTIAL_WITHDRAWN", None)]
        assert await reviews(quiet, wrong) == ([("CREDENTIAL_WITHDRAWN", "MOVED")] if is_handled_before else [])


async def test_all_who_had_the_record_hear_that_it_went_elsewhere_and_not_where(quiet: Runtime) -> None:
    wrong, right = material.person(), material.person()
    await appointed(quiet, wrong)
    certificate = await revoked(quiet, wrong)
    start = await position(quiet)
    await corrected(quiet, wrong, right)
    told = {one["type"]: one for one in await events_since(quiet, GUANGZHOU, start)}
    assert set(told) == {
        "record.moved", "report.corrected", "credential.statusChanged", "review.causeLifted", "review.withdrawn",
    }  # fmt: skip
    moved, lifted = told["record.moved"], told["review.causeLifted"]
    assert (moved["subject"], moved["recordId"]) == (f"P:{id_of(quiet, wrong)}", certificate)
    assert moved["payload"]["personId"] == id_of(quiet, wrong)
    assert id_of(quiet, right) not in str(moved)
    assert (lifted["payload"]["causeLiftedAs"], lifted["subject"]) == ("MOVED", f"P:{id_of(quiet, wrong)}")
    assert told["report.corrected"]["subject"] == f"P:{id_of(quiet, right)}"


async def test_a_certificate_that_comes_back_to_the_first_person_is_a_new_cause(quiet: Runtime) -> None:
    first, second = material.person(), material.person()
    for person in (first, second):
        await appointed(quiet, person)
    await revoked(quiet, first)
    assert await reviews(quiet, first) == [("CREDENTIAL_WITHDRAWN", None)]
    await corrected(quiet, first, second)
    await corrected(quiet, second, first)
    assert await reviews(quiet, first) == [("CREDENTIAL_WITHDRAWN", "MOVED"), ("CREDENTIAL_WITHDRAWN", None)]
    assert await reviews(quiet, second) == []


async def test_an_action_on_the_certificate_of_the_wrong_person_is_imposed_on_the_right_one(quiet: Runtime) -> None:
    wrong, right = material.person(), material.person()
    for person in (wrong, right):
        await appointed(quiet, person, DONGGUAN, "441900")
    certificate = material.special_operation(wrong, material.firm())
    await keep(quiet, GUANGZHOU, "CERTIFICATE_ACTION", material.action(wrong, certificate))
    assert await reviews(quiet, wrong, DONGGUAN) == [("CERTIFICATE_ACTION", None)]
    start = await position(quiet)
    await corrected(quiet, wrong, right, GUANGZHOU)
    assert await reviews(quiet, right, DONGGUAN) == [("CERTIFICATE_ACTION", None)]
    assert await reviews(quiet, wrong, DONGGUAN) == [("CERTIFICATE_ACTION", "MOVED")]
    told = [(one["type"], one["subject"]) for one in await events_since(quiet, SHENZHEN, start)]
    assert sorted(told) == [
        ("adverseAction.imposed", f"P:{id_of(quiet, right)}"), ("record.moved", f"P:{id_of(quiet, wrong)}"),
        ("report.corrected", f"P:{id_of(quiet, right)}"),
    ]  # fmt: skip


async def test_whoever_is_appointed_later_is_reviewed_for_what_is_about_that_person_now(quiet: Runtime) -> None:
    wrong, right = material.person(), material.person()
    certificate = material.special_operation(wrong, material.firm())
    await keep(quiet, SHENZHEN, "CERTIFICATE_ACTION", material.action(wrong, certificate))
    await revoked(quiet, wrong)
    await quiet.settle()
    await corrected(quiet, wrong, right)
    await quiet.settle()
    for person in (wrong, right):
        await appointed(quiet, person)
    assert await reviews(quiet, wrong) == []
    assert await reviews(quiet, right) == [("CERTIFICATE_ACTION", None), ("CREDENTIAL_WITHDRAWN", None)]


async def test_the_holder_of_a_certificate_is_corrected_by_its_publication(quiet: Runtime) -> None:
    wrong, right, firm = material.person(), material.person(), material.firm()
    for person in (wrong, right):
        await appointed(quiet, person)
    values = {**material.construction(wrong, firm), "validTo": str(GOOD_UNTIL), "reportedStatus": "SUSPENDED"}
    certificate = await keep(quiet, SHENZHEN, "CONSTRUCTION_SAFETY_MANAGER", values)
    assert await reviews(quiet, wrong) == [("CREDENTIAL_WITHDRAWN", None)]
    mended = {**values, "name": right.name, "idNumber": right.id_number}
    assert await keep(quiet, SHENZHEN, "CONSTRUCTION_SAFETY_MANAGER", mended, report=MISTAKEN) == certificate
    assert await reviews(quiet, wrong) == [("CREDENTIAL_WITHDRAWN", "MOVED")]
    assert await reviews(quiet, right) == [("CREDENTIAL_WITHDRAWN", None)]


async def test_an_expiry_is_told_anew_of_each_person_the_certificate_goes_to(quiet: Runtime) -> None:
    first, second = material.person(), material.person()
    for person in (first, second):
        await appointed(quiet, person)
    ended = DAY - timedelta(days=1)
    await keep(quiet, SHENZHEN, "SAFETY_MANAGEMENT", material.certificate(first, material.firm(), valid_to=ended))

    async def day_passes() -> None:
        async with quiet.database.hub_pool.acquire() as connection:
            await run_clock(connection, DAY)
        await quiet.settle()

    for holder, other in ((first, second), (second, first)):
        await day_passes()
        await corrected(quiet, holder, other)
        await quiet.settle()
    await day_passes()
    assert await reviews(quiet, first) == [("CREDENTIAL_EXPIRED", "MOVED"), ("CREDENTIAL_EXPIRED", None)]
    assert await reviews(quiet, second) == [("CREDENTIAL_EXPIRED", "MOVED")]


async def test_a_review_says_whether_its_cause_was_lifted_or_voided(quiet: Runtime) -> None:
    lifted, voided = material.person(), material.person()
    void = "mutation V($i: RecordVoidInput!) { recordVoid(input: $i) { userErrors { code } } }"
    for person in (lifted, voided):
        await appointed(quiet, person)
        action = material.action(person, material.special_operation(person, material.firm()))
        record = await keep(quiet, SHENZHEN, "CERTIFICATE_ACTION", action)
        await quiet.settle()
        if person is lifted:
            await keep(
                quiet, SHENZHEN, "CERTIFICATE_ACTION", {**action, "liftedOn": "2026-06-01", "liftReason": "复查"}
            )
        else:
            await answered(quiet, SHENZHEN, void, i={"recordId": record, "reason": "误报"})
    assert await reviews(quiet, lifted) == [("CERTIFICATE_ACTION", "LIFTED")]
    assert await reviews(quiet, voided) == [("CERTIFICATE_ACTION", "VOIDED")]


@pytest.mark.parametrize("report", [Report(), Report(kind="CORRECTION", reason="用人单位录错")])
async def test_the_former_employer_is_told_that_it_is_over_for_it_and_not_who_follows(
    report: Report, quiet: Runtime
) -> None:
    own = material.Firm(name=ENTERPRISE.name, credit_code=ENTERPRISE.credit_code, region="440300")
    person, other = material.person(), material.firm()
    values = material.certificate(person, own, valid_to=GOOD_UNTIL)
    certificate = await keep(quiet, SHENZHEN, "SAFETY_MANAGEMENT", values)
    start = await position(quiet)
    changed = {**values, "creditCode": other.credit_code, "employerName": other.name}
    await keep(quiet, SHENZHEN, "SAFETY_MANAGEMENT", changed, report=report)
    (told,) = await events_since(quiet, FIRM, start)
    assert (told["type"], told["recordId"]) == ("record.withdrawn", certificate)
    assert told["payload"]["creditCode"] == own.credit_code
    assert other.credit_code not in str(told)
    news = "report.corrected" if report.is_correction else "record.revised"
    assert [one["type"] for one in await events_since(quiet, GUANGZHOU, start)] == [news]


async def test_a_matter_of_another_firm_is_reviewed_for_that_firm(quiet: Runtime) -> None:
    wrong, right = material.firm(), material.firm()
    matter = material.matter(wrong, "440100")
    await keep(quiet, SHENZHEN, "RISK_FLAG", material.flag(right))
    await keep(quiet, GUANGZHOU, "PROJECT_APPROVAL", matter)
    start = await position(quiet)
    mended = {**matter, "creditCode": right.credit_code, "name": right.name}
    await keep(quiet, GUANGZHOU, "PROJECT_APPROVAL", mended, report=MISTAKEN)
    told = [(one["type"], one["subject"]) for one in await events_since(quiet, GUANGZHOU, start)]
    assert sorted(told) == [
        ("record.moved", f"E:{wrong.credit_code}"), ("report.corrected", f"E:{right.credit_code}"),
        ("review.opened", f"E:{right.credit_code}"),
    ]  # fmt: skip
    assert [one["type"] for one in await events_since(quiet, SHENZHEN, start)] == ["review.opened"]
