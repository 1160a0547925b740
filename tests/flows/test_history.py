"""History on two clocks: what a record was on a day, by what the hub knew at a moment; and the kinds of report.

A quiet hub of its own: recorded moments are told apart by asking the hub's own clock between two publications.
"""

import uuid
from collections.abc import AsyncIterator
from datetime import date, datetime
from typing import Any

import pytest
import pytest_asyncio

from exchange.demo.seed import caller_of
from exchange.publishing.admission import admit
from exchange.publishing.publish import Kept, Publication, Report, publish
from exchange.publishing.reports import void
from exchange.runtime import Runtime
from schema.errors import Refusal
from schema.kinds import BY_NAME
from schema.record import parse
from tenants.session import acting
from tests.flows import material
from tests.flows.scratch import DAY, keep, quiet_hub

OWNER = "sz-bureau"
LAST = date(2099, 1, 1)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quiet(database: Any) -> AsyncIterator[Runtime]:
    async with quiet_hub(database.dsn, "exchange_history") as runtime:
        yield runtime


def publication(quiet: Runtime, *, day: date = DAY, slug: str = OWNER) -> Publication:
    return Publication(tenant=quiet.directory.by_slug[slug], keys=quiet.keys, day=day)


async def report(
    quiet: Runtime, kind: str, values: dict[str, Any], told: Report, *, day: date = DAY, slug: str = OWNER
) -> Kept:
    record = parse(BY_NAME[kind], values).record
    assert record is not None
    async with acting(quiet.database.pool, caller_of(quiet, slug)) as connection:
        admitted = [admit(record, quiet.directory.by_slug[slug])]
        (kept,) = await publish(connection, admitted, publication(quiet, day=day, slug=slug), report=told)
    return kept


async def voided(quiet: Runtime, record_id: str, reason: str = "误报") -> list[uuid.UUID]:
    async with acting(quiet.database.pool, caller_of(quiet, OWNER)) as connection:
        return await void(connection, [uuid.UUID(record_id)], publication(quiet), reason)


async def moment(quiet: Runtime) -> datetime:
    """After everything so far, before everything that follows."""
    async with quiet.database.pool.acquire() as connection:
        found: datetime = await connection.fetchval("select clock_timestamp()")
    return found


async def bands(
    quiet: Runtime, record_id: str, as_of: date, known_at: datetime | None = None, *, slug: str = OWNER
) -> Any:
    """Band, or for certificates the reported status, of the record as it stood; None when it did not."""
    query = """
        select coalesce(band, reported_status)
        from record_at($1, coalesce($2::timestamptz, 'infinity')) where record_id = $3"""
    async with acting(quiet.database.pool, caller_of(quiet, slug)) as connection:
        return await connection.fetchval(query, as_of, known_at, uuid.UUID(record_id))


async def told(quiet: Runtime, record_id: str) -> list[str]:
    """The types of event about a record, in order."""
    async with quiet.database.hub_pool.acquire() as connection:
        rows = await connection.fetch(
            "select type from event where record_id = $1 order by version", uuid.UUID(record_id)
        )
    return [row["type"] for row in rows]


def assessed(firm: material.Firm, band: str, day: str) -> dict[str, Any]:
    return material.grading(firm, band, day=day)


async def test_what_was_known_on_3_may_about_1_may(quiet: Runtime) -> None:
    """Graded YELLOW in April; ORANGE from 1 May, which the hub heard on 4 May; corrected to RED on 10 May."""
    firm = material.firm()
    record = await keep(quiet, OWNER, "RISK_GRADING", assessed(firm, "YELLOW", "2026-04-01"))
    on_3_may = await moment(quiet)
    await keep(quiet, OWNER, "RISK_GRADING", assessed(firm, "ORANGE", "2026-05-01"))
    on_5_may = await moment(quiet)
    correction = Report(kind="CORRECTION", reason="录入差错")
    await report(quiet, "RISK_GRADING", assessed(firm, "RED", "2026-05-01"), correction)
    first_of_may = date(2026, 5, 1)
    assert await bands(quiet, record, first_of_may, on_3_may) == "YELLOW"
    assert await bands(quiet, record, first_of_may, on_5_may) == "ORANGE"
    assert await bands(quiet, record, first_of_may) == "RED"
    assert await bands(quiet, record, date(2026, 4, 30)) == "YELLOW"
    assert await bands(quiet, record, date(2026, 3, 31)) is None


async def test_only_former_versions_are_kept_beside_the_standing_one(quiet: Runtime) -> None:
    firm = material.firm()
    record = await keep(quiet, OWNER, "RISK_GRADING", assessed(firm, "YELLOW", "2026-04-01"))
    query = "select version, report_kind, superseded_from from record_version where record_id = $1 order by version"
    async with quiet.database.hub_pool.acquire() as connection:
        assert await connection.fetch(query, uuid.UUID(record)) == []
    await keep(quiet, OWNER, "RISK_GRADING", assessed(firm, "ORANGE", "2026-05-01"))
    async with quiet.database.hub_pool.acquire() as connection:
        (former,) = await connection.fetch(query, uuid.UUID(record))
        standing = await connection.fetchrow("select * from record where record_id = $1", uuid.UUID(record))
    assert tuple(former) == (1, "INITIAL", date(2026, 5, 1))
    assert (standing["version"], standing["report_kind"], standing["last_version"]) == (2, "REVISION", 2)


async def test_a_certificate_restored_without_a_day_was_suspended_until_then(quiet: Runtime) -> None:
    person, firm = material.person(), material.firm()
    values = {**material.certificate(person, firm, valid_to=date(2028, 1, 1))}
    record = await keep(quiet, OWNER, "SAFETY_MANAGEMENT", values, day=date(2026, 1, 5))
    suspended = {**values, "reportedStatus": "SUSPENDED", "statusEffectiveOn": "2026-05-01"}
    await keep(quiet, OWNER, "SAFETY_MANAGEMENT", suspended, day=date(2026, 5, 2))
    await keep(quiet, OWNER, "SAFETY_MANAGEMENT", values, day=date(2026, 6, 1))
    days = (date(2026, 4, 30), date(2026, 5, 1), date(2026, 5, 31), date(2026, 6, 1))
    assert [await bands(quiet, record, day) for day in days] == ["VALID", "SUSPENDED", "SUSPENDED", "VALID"]


async def test_a_status_reported_with_an_earlier_day_than_the_one_before_counts_from_then_on(quiet: Runtime) -> None:
    """The latest word of the source counts, on every day it speaks of."""
    person, firm = material.person(), material.firm()
    values = {**material.certificate(person, firm, valid_to=date(2028, 1, 1))}
    record = await keep(quiet, OWNER, "SAFETY_MANAGEMENT", values)
    for status, day in (("SUSPENDED", "2026-05-01"), ("REVOKED", "2026-04-01")):
        await keep(quiet, OWNER, "SAFETY_MANAGEMENT", {**values, "reportedStatus": status, "statusEffectiveOn": day})
    days = (date(2026, 3, 31), date(2026, 4, 1), date(2026, 5, 1))
    assert [await bands(quiet, record, day) for day in days] == ["VALID", "REVOKED", "REVOKED"]


async def test_an_assessment_that_comes_late_enters_the_history_and_changes_nothing_else(quiet: Runtime) -> None:
    firm = material.firm()
    record = await keep(quiet, OWNER, "RISK_GRADING", assessed(firm, "YELLOW", "2026-05-01"))
    before = await moment(quiet)
    late = await report(quiet, "RISK_GRADING", assessed(firm, "RED", "2025-05-01"), Report())
    again = await report(quiet, "RISK_GRADING", {**assessed(firm, "ORANGE", "2024-05-01")}, Report())
    assert [(one.outcome, str(one.record_id), one.version) for one in (late, again)] == [
        ("LATE", record, 2), ("LATE", record, 3),
    ]  # fmt: skip
    days = (date(2024, 6, 1), date(2025, 6, 1), date(2026, 6, 1))
    assert [await bands(quiet, record, day) for day in days] == ["ORANGE", "RED", "YELLOW"]
    assert [await bands(quiet, record, day, before) for day in days] == [None, None, "YELLOW"]
    assert await told(quiet, record) == ["riskBand.changed", "report.filedLate", "report.filedLate"]
    flags = "select count(*) from record where family = 'ADVERSE' and credit_code = $1"
    async with quiet.database.hub_pool.acquire() as connection:
        assert await connection.fetchval(flags, firm.credit_code) == 0


async def test_a_late_assessment_sent_again_is_unchanged(quiet: Runtime) -> None:
    firm = material.firm()
    await keep(quiet, OWNER, "RISK_GRADING", assessed(firm, "YELLOW", "2026-05-01"))
    late = assessed(firm, "ORANGE", "2025-05-01")
    assert (await report(quiet, "RISK_GRADING", late, Report())).outcome == "LATE"
    again = await report(quiet, "RISK_GRADING", late, Report())
    assert (again.outcome, again.version) == ("UNCHANGED", 1)


async def test_a_version_after_a_late_one_has_the_next_number(quiet: Runtime) -> None:
    firm = material.firm()
    record = await keep(quiet, OWNER, "RISK_GRADING", assessed(firm, "YELLOW", "2026-05-01"))
    await keep(quiet, OWNER, "RISK_GRADING", assessed(firm, "ORANGE", "2025-05-01"))
    newer = await report(quiet, "RISK_GRADING", assessed(firm, "BLUE", "2026-06-01"), Report())
    assert (newer.outcome, newer.version) == ("CHANGED", 3)
    days = (date(2025, 6, 1), date(2026, 5, 2), date(2026, 6, 1))
    assert [await bands(quiet, record, day) for day in days] == ["ORANGE", "YELLOW", "BLUE"]


async def test_a_correction_replaces_what_stood_for_every_day(quiet: Runtime) -> None:
    person, firm = material.person(), material.firm()
    values = {**material.certificate(person, firm, valid_to=date(2028, 1, 1))}
    record = await keep(quiet, OWNER, "SAFETY_MANAGEMENT", {**values, "reportedStatus": "REVOKED"})
    before = await moment(quiet)
    done = await report(quiet, "SAFETY_MANAGEMENT", values, Report(kind="CORRECTION", reason="报错人员"))
    assert (done.outcome, done.version) == ("CHANGED", 2)
    assert await bands(quiet, record, date(2026, 1, 1), before) == "REVOKED"
    assert await bands(quiet, record, date(2026, 1, 1)) == "VALID"
    assert await told(quiet, record) == [
        "credential.ingested", "credential.statusChanged", "credential.statusChanged", "report.corrected",
    ]  # fmt: skip


async def test_a_former_assessment_is_corrected_without_touching_the_standing_one(quiet: Runtime) -> None:
    firm = material.firm()
    record = await keep(quiet, OWNER, "RISK_GRADING", assessed(firm, "YELLOW", "2025-05-01"))
    await keep(quiet, OWNER, "RISK_GRADING", assessed(firm, "BLUE", "2026-05-01"))
    before = await moment(quiet)
    correction = Report(kind="CORRECTION", reason="录入差错", replaces=1)
    done = await report(quiet, "RISK_GRADING", assessed(firm, "ORANGE", "2025-05-01"), correction)
    assert (done.outcome, done.version) == ("CHANGED", 3)
    days = (date(2025, 6, 1), date(2026, 6, 1))
    assert [await bands(quiet, record, day, before) for day in days] == ["YELLOW", "BLUE"]
    assert [await bands(quiet, record, day) for day in days] == ["ORANGE", "BLUE"]


REFUSED = {
    "REASON_REQUIRED": (Report(kind="CORRECTION", reason=" "), "2026-05-01"),
    "CORRECTION_OUT_OF_ORDER": (Report(kind="CORRECTION", reason="x"), "2025-01-01"),
    "NOT_FOUND": (Report(kind="CORRECTION", reason="x", replaces=7), "2025-05-01"),
}


@pytest.mark.parametrize("code", REFUSED)
async def test_a_correction_that_cannot_be_is_refused_and_changes_nothing(quiet: Runtime, code: str) -> None:
    firm = material.firm()
    record = await keep(quiet, OWNER, "RISK_GRADING", assessed(firm, "YELLOW", "2025-05-01"))
    await keep(quiet, OWNER, "RISK_GRADING", assessed(firm, "ORANGE", "2026-05-01"))
    before = await told(quiet, record)
    correction, day = REFUSED[code]
    with pytest.raises(Refusal, match=code):
        await report(quiet, "RISK_GRADING", assessed(firm, "BLUE", day), correction)
    assert await bands(quiet, record, LAST) == "ORANGE"
    assert await told(quiet, record) == before


async def test_a_former_version_of_a_certificate_is_not_corrected_behind_the_standing_one(quiet: Runtime) -> None:
    person, firm = material.person(), material.firm()
    values = {**material.certificate(person, firm, valid_to=date(2028, 1, 1))}
    await keep(quiet, OWNER, "SAFETY_MANAGEMENT", values)
    await keep(quiet, OWNER, "SAFETY_MANAGEMENT", {**values, "reportedStatus": "SUSPENDED"})
    correction = Report(kind="CORRECTION", reason="x", replaces=1)
    with pytest.raises(Refusal, match="VERSION_CONFLICT") as refusal:
        await report(quiet, "SAFETY_MANAGEMENT", {**values, "reportedStatus": "REVOKED"}, correction)
    assert refusal.value.values == {"version": 2}


async def test_a_voided_record_is_gone_for_every_day_and_stays_known_as_it_was(quiet: Runtime) -> None:
    firm = material.firm()
    record = await keep(quiet, OWNER, "RISK_GRADING", assessed(firm, "YELLOW", "2026-05-01"))
    before = await moment(quiet)
    assert await voided(quiet, record) == [uuid.UUID(record)]
    assert await bands(quiet, record, LAST, before) == "YELLOW"
    assert await bands(quiet, record, LAST) is None
    assert await told(quiet, record) == ["riskBand.changed", "report.voided"]
    query = "select version, report_kind, report_reason, band from record_version where record_id = $1 order by version"
    async with quiet.database.hub_pool.acquire() as connection:
        kept = [tuple(row) for row in await connection.fetch(query, uuid.UUID(record))]
        standing = await connection.fetchval("select count(*) from record where record_id = $1", uuid.UUID(record))
    assert kept == [(1, "INITIAL", None, "YELLOW"), (2, "VOID", "误报", "YELLOW")]
    assert standing == 0


async def test_what_is_published_after_a_void_starts_anew(quiet: Runtime) -> None:
    firm = material.firm()
    record = await keep(quiet, OWNER, "RISK_GRADING", assessed(firm, "YELLOW", "2026-05-01"))
    await voided(quiet, record)
    anew = await report(quiet, "RISK_GRADING", assessed(firm, "YELLOW", "2026-05-01"), Report())
    assert (anew.outcome, anew.version) == ("NEW", 1)
    assert str(anew.record_id) != record


async def test_voiding_a_red_grading_ends_its_flag_and_tells_the_reviews_it_caused(quiet: Runtime) -> None:
    firm = material.firm()
    await keep(quiet, "gz-bureau", "PROJECT_APPROVAL", material.matter(firm, "440100"))
    grading = await keep(quiet, OWNER, "RISK_GRADING", assessed(firm, "RED", "2026-05-01"))
    await quiet.settle()
    async with quiet.database.hub_pool.acquire() as connection:
        query = "select record_id from record where kind = 'RISK_FLAG' and credit_code = $1"
        flag = str(await connection.fetchval(query, firm.credit_code))
        reviews = "select cause_lifted_on from review where credit_code = $1"
        assert [row[0] for row in await connection.fetch(reviews, firm.credit_code)] == [None]
    await voided(quiet, grading)
    await quiet.settle()
    assert await told(quiet, flag) == [
        "riskFlag.raised", "review.opened", "report.voided", "riskFlag.lifted", "review.causeLifted",
        "review.withdrawn",
    ]  # fmt: skip
    async with quiet.database.hub_pool.acquire() as connection:
        assert [row[0] for row in await connection.fetch(reviews, firm.credit_code)] == [DAY]
        assert await connection.fetchval("select count(*) from record where credit_code = $1", firm.credit_code) == 1


async def test_a_flag_voided_before_it_was_handled_opens_no_review(quiet: Runtime) -> None:
    firm = material.firm()
    await keep(quiet, "gz-bureau", "PROJECT_APPROVAL", material.matter(firm, "440100"))
    await voided(quiet, await keep(quiet, OWNER, "RISK_FLAG", material.flag(firm)))
    await quiet.settle()
    async with quiet.database.hub_pool.acquire() as connection:
        query = "select count(*) from review where credit_code = $1"
        assert await connection.fetchval(query, firm.credit_code) == 0


async def test_a_correction_to_another_decision_ends_the_flag_of_the_wrong_one(quiet: Runtime) -> None:
    firm = material.firm()
    wrong = material.grading(firm, "RED", day="2026-05-01", decision="错号")
    await keep(quiet, OWNER, "RISK_GRADING", wrong)
    right = material.grading(firm, "RED", day="2026-05-01", decision="正号")
    await report(quiet, "RISK_GRADING", right, Report(kind="CORRECTION", reason="文号有误"))
    query = "select decision_number, lifted_on is null from record where kind = 'RISK_FLAG' and credit_code = $1"
    async with quiet.database.hub_pool.acquire() as connection:
        found = {row[0]: row[1] for row in await connection.fetch(query, firm.credit_code)}
    assert found == {"错号": False, "正号": True}


async def test_nobody_voids_the_record_of_another(quiet: Runtime) -> None:
    record = await keep(quiet, "gz-bureau", "RISK_FLAG", material.flag(material.firm("440100")))
    assert await voided(quiet, record) == []
    assert await told(quiet, record) == ["riskFlag.raised"]


async def test_a_row_leaves_only_after_its_end_was_kept(quiet: Runtime) -> None:
    record = await keep(quiet, OWNER, "RISK_FLAG", material.flag(material.firm()))
    async with acting(quiet.database.pool, caller_of(quiet, OWNER)) as connection:
        query = "delete from record where record_id = $1 returning 1"
        assert await connection.fetch(query, uuid.UUID(record)) == []


async def test_a_reader_who_may_not_see_the_next_version_does_not_take_the_former_for_the_state(quiet: Runtime) -> None:
    """A penalty that becomes an investigation is for authorities only: a partner cannot see the change."""
    firm = material.firm()
    values = material.flag(firm, category="PENALTY")
    record = await keep(quiet, OWNER, "RISK_FLAG", values)
    before = await moment(quiet)
    async with quiet.database.hub_pool.acquire() as connection:
        query = "select audience from record where record_id = $1"
        assert await connection.fetchval(query, uuid.UUID(record)) == 3
    async with acting(quiet.database.pool, caller_of(quiet, OWNER)) as connection:
        await connection.execute(
            "update record set audience = 1, version = 2, last_version = 2, report_kind = 'REVISION',"
            " recorded_at = now() where record_id = $1",
            uuid.UUID(record),
        )
    assert await bands(quiet, record, LAST, before, slug="bidding-platform") == "RED"
    assert await bands(quiet, record, LAST, slug="bidding-platform") is None
    assert await bands(quiet, record, LAST) == "RED"


async def test_a_certificate_that_is_no_good_is_announced_of_the_person_it_turns_out_to_be_of(quiet: Runtime) -> None:
    wrong, right, firm = material.person(), material.person(), material.firm()
    values = {**material.construction(wrong, firm, region="440000"), "validFrom": "2025-01-01", "validTo": "2027-12-31"}
    record = await keep(quiet, "gd-housing", "CONSTRUCTION_SAFETY_MANAGER", {**values, "reportedStatus": "REVOKED"})
    corrected = {**values, "reportedStatus": "REVOKED", "name": right.name, "idNumber": right.id_number}
    await report(
        quiet, "CONSTRUCTION_SAFETY_MANAGER", corrected, Report(kind="CORRECTION", reason="报错人员"), slug="gd-housing"
    )
    async with quiet.database.hub_pool.acquire() as connection:
        rows = await connection.fetch("select type, subject from event where record_id = $1", uuid.UUID(record))
    of_whom = {f"P:{quiet.keys.person_id(one.id_number)}": one for one in (wrong, right)}
    assert [row["type"] for row in rows if of_whom[row["subject"]] is right] == [
        "credential.statusChanged", "report.corrected",
    ]  # fmt: skip
