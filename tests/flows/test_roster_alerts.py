"""Roster alerts: each event once, to whoever watches its subject and may read it; nothing beyond that to anybody."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import pytest_asyncio

from exchange.clock import run_clock
from exchange.demo.cast import CAST, ENTERPRISE
from exchange.demo.seed import caller_of
from exchange.publishing.reports import void
from exchange.rosters import Line, RosterName, keep_lines
from exchange.runtime import Runtime
from exchange.stream import number_events
from exchange.triggering.alerting import run_alerts
from exchange.triggering.triggers import run_triggers
from schema.record import parse
from schema.rosters import ROSTER_SHEET
from tenants.session import acting
from tests.flows import material
from tests.flows.scratch import DAY, answered, keep, quiet_hub
from tests.flows.test_history import publication
from tests.flows.test_rosters import BUREAU, FIRM, NEIGHBOUR, OWN, PARTNER, listing, uploaded

ELSEWHERE = "gz-bureau"
EVENTS = """query Q($after: String) { events(first: 100, after: $after) {
  nodes { type subject recordId payload owner { id } } pageInfo { hasNextPage endCursor } } }"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quiet(database: Any) -> AsyncIterator[Runtime]:
    async with quiet_hub(database.dsn, "exchange_alerts") as runtime:
        yield runtime


async def heard(quiet: Runtime, slug: str, *, type: str = "roster.alerted") -> list[Any]:
    """Every event of a type a tenant may read."""
    await quiet.settle()
    found, after = list[Any](), None
    while True:
        page = (await answered(quiet, slug, EVENTS, after=after))["data"]["events"]
        found += [one for one in page["nodes"] if one["type"] == type]
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]


async def causes(quiet: Runtime, slug: str, record: str, *, name: str = "") -> list[str]:
    """The types of event a tenant was alerted of, about a record; of one roster, if that is named."""
    found = [one["payload"] for one in await heard(quiet, slug) if one["recordId"] == record]
    if name:
        known = (await answered(quiet, slug, "{ rosters(first: 100) { nodes { id name } } }"))["data"]["rosters"]
        ids = [one["id"] for one in known["nodes"] if one["name"] == name]
        found = [one for one in found if one["rosterId"] in ids]
    return [one["causeType"] for one in found]


async def test_a_bureau_hears_of_flags_raised_and_lifted_in_another_city(quiet: Runtime) -> None:
    firm = material.firm()
    done = await uploaded(quiet, NEIGHBOUR, listing(firm))
    values = material.flag(firm)
    record = await keep(quiet, BUREAU, "RISK_FLAG", values)
    (told,) = [one for one in await heard(quiet, NEIGHBOUR) if one["recordId"] == record]
    assert told["payload"] == {
        "rosterId": str(done.roster_id), "subject": f"E:{firm.credit_code}", "causeType": "riskFlag.raised",
        "causeEventId": told["payload"]["causeEventId"], "recordId": record, "day": str(DAY),
    }  # fmt: skip
    assert told["subject"] == f"T:{done.roster_id}"
    await keep(quiet, BUREAU, "RISK_FLAG", {**values, "liftedOn": str(DAY), "liftReason": "整改完成"})
    assert await causes(quiet, NEIGHBOUR, record) == ["riskFlag.raised", "riskFlag.lifted"]


async def test_a_bureau_hears_of_a_certificate_from_its_first_day_to_its_end(quiet: Runtime) -> None:
    person = material.person()
    await uploaded(quiet, NEIGHBOUR, listing(person))
    end = DAY + timedelta(days=20)
    values = material.certificate(person, OWN, valid_to=end, region="320100")
    record = await keep(quiet, BUREAU, "SAFETY_MANAGEMENT", values)
    await clock(quiet, DAY)
    longer = end + timedelta(days=1095)
    renewed = {**values, "validFrom": str(end + timedelta(days=1)), "validTo": str(longer)}
    await keep(quiet, BUREAU, "SAFETY_MANAGEMENT", renewed)
    await keep(quiet, BUREAU, "SAFETY_MANAGEMENT", {**renewed, "industryCategory": "冶金"})
    await keep(quiet, BUREAU, "SAFETY_MANAGEMENT", {**renewed, "reportedStatus": "SUSPENDED"})
    assert await causes(quiet, NEIGHBOUR, record) == [
        "credential.ingested", "credential.expiring", "record.revised", "credential.statusChanged",
    ]  # fmt: skip
    await keep(quiet, BUREAU, "SAFETY_MANAGEMENT", renewed)
    await clock(quiet, longer + timedelta(days=1))
    assert (await causes(quiet, NEIGHBOUR, record))[-1] == "credential.expired"


async def clock(quiet: Runtime, day: date) -> None:
    await quiet.settle()
    async with quiet.database.hub_pool.acquire() as connection:
        await run_clock(connection, day)


async def test_a_partner_hears_of_what_partners_may_read_and_of_nothing_else(quiet: Runtime) -> None:
    firm = material.firm()
    await uploaded(quiet, PARTNER, listing(firm))
    flag = await keep(quiet, BUREAU, "RISK_FLAG", material.flag(firm))
    inquiry = await keep(quiet, BUREAU, "RISK_FLAG", material.flag(firm, category="ACCIDENT_INVESTIGATION"))
    grading = await keep(quiet, BUREAU, "RISK_GRADING", material.grading(firm, "ORANGE"))
    assert await causes(quiet, PARTNER, flag) == ["riskFlag.raised"]
    assert await causes(quiet, PARTNER, inquiry) == []
    assert await causes(quiet, PARTNER, grading) == []


async def test_an_enterprise_hears_of_its_staff_only_where_a_record_names_it(quiet: Runtime) -> None:
    person, other = material.person(), material.firm()
    await keep(quiet, BUREAU, "APPOINTMENT", material.appointment(person, OWN, "320100"))
    assert (await uploaded(quiet, FIRM, listing(person))).found == []
    own = await keep(quiet, BUREAU, "SPECIAL_OPERATION", material.special_operation(person, OWN, region="320100"))
    theirs = await keep(quiet, BUREAU, "SAFETY_MANAGEMENT", material.certificate(person, other, region="320100"))
    assert await causes(quiet, FIRM, own) == ["credential.ingested"]
    assert await causes(quiet, FIRM, theirs) == []


async def test_where_there_is_no_agreement_there_is_no_alert(quiet: Runtime) -> None:
    firm, person = material.firm(), material.person()
    await uploaded(quiet, ELSEWHERE, listing(firm), listing(person))
    flag = await keep(quiet, BUREAU, "RISK_FLAG", material.flag(firm))
    certificate = material.certificate(person, firm, region="320100")
    kept = await keep(quiet, BUREAU, "SAFETY_MANAGEMENT", certificate)
    assert await causes(quiet, ELSEWHERE, flag) == []
    assert await causes(quiet, ELSEWHERE, kept) == []


async def test_whoever_was_taken_out_is_watched_no_more_and_matters_are_never_told(quiet: Runtime) -> None:
    firm = material.firm()
    await uploaded(quiet, NEIGHBOUR, listing(firm))
    matter = await keep(quiet, BUREAU, "PROJECT_APPROVAL", material.matter(firm, "320100"))
    first = await keep(quiet, BUREAU, "RISK_FLAG", material.flag(firm))
    await quiet.settle()
    await uploaded(quiet, NEIGHBOUR, listing(firm, "移除"))
    second = await keep(quiet, BUREAU, "RISK_FLAG", material.flag(firm))
    assert await causes(quiet, NEIGHBOUR, first) == ["riskFlag.raised"]
    assert await causes(quiet, NEIGHBOUR, second) == []
    assert await causes(quiet, NEIGHBOUR, matter) == []


async def test_what_was_before_the_upload_is_no_news(quiet: Runtime) -> None:
    firm = material.firm()
    record = await keep(quiet, BUREAU, "RISK_FLAG", material.flag(firm))
    await uploaded(quiet, NEIGHBOUR, listing(firm))
    assert await causes(quiet, NEIGHBOUR, record) == []


async def test_who_heard_of_the_start_hears_that_it_was_voided(quiet: Runtime) -> None:
    firm = material.firm()
    await uploaded(quiet, PARTNER, listing(firm))
    record = await keep(quiet, BUREAU, "RISK_FLAG", material.flag(firm))
    async with acting(quiet.database.pool, caller_of(quiet, BUREAU)) as connection:
        await void(connection, [uuid.UUID(record)], publication(quiet, slug=BUREAU), "录入错误")
    assert await causes(quiet, PARTNER, record) == ["riskFlag.raised", "report.voided", "riskFlag.lifted"]


async def test_only_an_authority_hears_under_another_id_of_the_same_person(quiet: Runtime) -> None:
    one, other = material.person(), material.person()
    await keep(quiet, BUREAU, "SAFETY_MANAGEMENT", material.certificate(one, OWN, region="320100"))
    await keep(quiet, BUREAU, "APPOINTMENT", material.appointment(other, OWN, "320100"))
    for slug in (NEIGHBOUR, FIRM):
        await uploaded(quiet, slug, listing(one), name="合并")
    verdict = """mutation M($x: PersonVerdictInput!) { done: personVerdict(input: $x) { userErrors { code } } }"""
    ids = [str(quiet.keys.person_id(each.id_number)) for each in (one, other)]
    values = {"personId": ids[0], "otherPersonId": ids[1], "verdict": "SAME", "reason": "同一人"}
    answer = await answered(quiet, BUREAU, verdict, ("身份核对", "DEM1"), x=values)
    assert answer["data"]["done"]["userErrors"] == []
    later = await keep(quiet, BUREAU, "SPECIAL_OPERATION", material.special_operation(other, OWN, region="320100"))
    assert await causes(quiet, NEIGHBOUR, later) == ["credential.ingested"]
    assert await causes(quiet, FIRM, later) == []


async def test_two_workers_tell_each_event_once(quiet: Runtime) -> None:
    firms = [material.firm() for _ in range(30)]
    await quiet.settle()
    await uploaded(quiet, NEIGHBOUR, *(listing(one) for one in firms), name="两个进程")
    records = [await keep(quiet, BUREAU, "RISK_FLAG", material.flag(one)) for one in firms]
    pool = quiet.database.hub_pool
    async with pool.acquire() as first, pool.acquire() as second:
        while await number_events(first) and await run_triggers(first, quiet.directory):
            pass
        told = await asyncio.gather(*(run_alerts(each, quiet.directory, quiet.today()) for each in (first, second)))
    assert min(told) == 0
    alerts = [one["recordId"] for one in await heard(quiet, NEIGHBOUR)]
    assert [alerts.count(record) for record in records] == [1] * 30


async def test_an_upload_under_way_is_waited_for_so_that_nothing_after_it_is_missed(quiet: Runtime) -> None:
    firm, keys = material.firm(), quiet.keys
    await quiet.settle()
    parsed = parse(ROSTER_SHEET, {"change": "ADD", "name": firm.name, "creditCode": firm.credit_code}).record
    assert parsed is not None
    owner = quiet.directory.by_slug[NEIGHBOUR].tenant_id
    async with acting(quiet.database.pool, caller_of(quiet, NEIGHBOUR)) as connection:
        named = RosterName(name="进行中", purpose="监管")
        await keep_lines(connection, owner, keys, named, [Line(number=1, record=parsed)], DAY)
        record = await keep(quiet, BUREAU, "RISK_FLAG", material.flag(firm))
        working = asyncio.create_task(quiet.settle())
        waiting = "select exists (select from pg_locks where locktype = 'advisory' and not granted)"
        while not working.done() and not await connection.fetchval(waiting):  # noqa: ASYNC110
            await asyncio.sleep(0.01)  # the lock of another session cannot wake us
    await working
    assert await causes(quiet, NEIGHBOUR, record) == ["riskFlag.raised"]


async def test_an_event_that_cannot_be_handled_is_a_row_to_look_at_and_holds_up_no_other(quiet: Runtime) -> None:
    firm = material.firm()
    await uploaded(quiet, NEIGHBOUR, listing(firm), name="有误")
    owner = quiet.directory.by_slug[BUREAU].tenant_id
    async with quiet.database.hub_pool.acquire() as connection:
        await connection.execute(
            "select append_events(array[row(null, $1, 'record.revised', 'E:' || $2, null, null, 2, 0, null, $2,"
            " gen_random_uuid(), null, $3, jsonb_build_object('kind', 'RISK_FLAG', 'version', 'x'), null)::event])",
            owner, firm.credit_code, DAY,
        )  # fmt: skip
    record = await keep(quiet, BUREAU, "RISK_FLAG", material.flag(firm))
    assert await causes(quiet, NEIGHBOUR, record) == ["riskFlag.raised"]
    async with quiet.database.hub_pool.acquire() as connection:
        failed = await connection.fetch(
            "select e.credit_code from worker_failure f join event e using (event_id) where f.worker = 'alerts'"
        )
    assert [row["credit_code"] for row in failed] == [firm.credit_code]


async def test_every_alert_is_of_an_event_its_owner_may_read_and_nobody_else_sees_it(quiet: Runtime) -> None:
    await quiet.settle()
    for actor in CAST:
        if actor.slug == "operator":
            continue
        async with acting(quiet.database.pool, caller_of(quiet, actor.slug)) as connection:
            alerts = await connection.fetch("select owner_id, payload from event where type = 'roster.alerted'")
            unread = await connection.fetchval(
                "select count(*) from event a where a.type = 'roster.alerted' and not exists ("
                " select from event c where c.event_id = (a.payload->>'causeEventId')::uuid)"
            )
        own = quiet.directory.by_slug[actor.slug].tenant_id
        assert {row["owner_id"] for row in alerts} <= {own}
        assert unread == 0
    async with quiet.database.hub_pool.acquire() as connection:
        texts = await connection.fetchval(
            "select string_agg(payload::text, '') from event where type = 'roster.alerted'"
        )
    assert [word for word in ("试验", "998877", ENTERPRISE.name) if word in texts] == []
