"""What becomes of a confirmation: whatever changes the answer is seen from its commit on, and told once to all who have
to do with it; what is restored too."""

import asyncio
import base64
import uuid
import zlib
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import jwt
import pytest
import pytest_asyncio

from exchange.agreements import Agreement, Member, publish_agreement
from exchange.demo.cast import ENTERPRISE as EMPLOYER
from exchange.demo.seed import caller_of
from exchange.publishing.reports import void
from exchange.runtime import Runtime
from tenants.session import acting
from tests.flows import material
from tests.flows.confirmations import (
    ELSEWHERE,
    NANJING,
    PURPOSE,
    SHANGHAI,
    SHENZHEN,
    Clock,
    as_owner,
    confirm,
    engineer,
    look,
    rule,
    send,
    told,
)
from tests.flows.scratch import answered, keep, quiet_hub
from tests.flows.test_history import publication

RECOGNISE = "query Q($i: RecognitionInput!) { recognition(input: $i) { verdict } }"
ENTERPRISE = EMPLOYER.slug


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quiet(database: Any, clock: Clock) -> AsyncIterator[Runtime]:
    async with quiet_hub(database.dsn, "exchange_confirmed", now=clock) as runtime:
        await rule(runtime)
        await runtime.settle()
        yield runtime


async def test_that_nothing_was_found_is_good_for_the_day_and_changes_when_it_is_recorded(quiet: Runtime) -> None:
    today = quiet.today()
    values = material.engineer(material.person(), material.firm("310000"), region="310000") | {
        "validFrom": str(today - timedelta(days=9)), "validTo": str(today + timedelta(days=900)),
    }  # fmt: skip
    made = await confirm(quiet, values)
    assert (made["confirmedReasons"], made["validUntil"], made["certificateId"]) == (["NOT_FOUND"], str(today), None)
    await send(quiet, values)
    seen = await look(quiet, made["number"])
    assert (seen["state"], seen["verdict"], seen["confirmedVerdict"]) == ("CHANGED", "ACCEPTED", "UNDETERMINED")
    assert await told(quiet, made["number"]) == [("CHANGED", "ACCEPTED", "credential.ingested")]


async def test_a_revocation_is_seen_from_its_commit_and_told_once(quiet: Runtime) -> None:
    values = await engineer(quiet, quiet.today())
    made = await confirm(quiet, values)
    await quiet.settle()
    await send(quiet, values, reportedStatus="REVOKED")
    for slug in (NANJING, SHANGHAI):
        seen = await look(quiet, made["number"], slug)
        assert (seen["state"], seen["verdict"], seen["isAccepted"]) == ("WITHDRAWN", "REFUSED", False)
        assert seen["changes"] == [
            {"condition": "STATE", "before": "PASSED", "outcome": "FAILED", "reason": "STATE_REVOKED"}
        ]
    asked = {"certificateNumber": values["number"], "hostRegion": "320100"}
    assert (await answered(quiet, NANJING, RECOGNISE, PURPOSE, i=asked))["data"]["recognition"]["verdict"] == "REFUSED"
    for _ in range(2):
        for slug in (NANJING, SHANGHAI):
            assert await told(quiet, made["number"], slug) == [("WITHDRAWN", "REFUSED", "credential.statusChanged")]
    assert await told(quiet, made["number"], ELSEWHERE) == []
    history = (await look(quiet, made["number"]))["history"]
    assert history == [{
        "state": "WITHDRAWN", "verdict": "REFUSED", "reasons": ["STATE_REVOKED"],
        "causeType": "credential.statusChanged",
    }]  # fmt: skip


async def test_what_is_restored_is_told_as_well(quiet: Runtime) -> None:
    values = await engineer(quiet, quiet.today())
    made = await confirm(quiet, values)
    await quiet.settle()
    await send(quiet, values, reportedStatus="SUSPENDED")
    await quiet.settle()
    await send(quiet, values, reportedStatus="VALID")
    assert (await look(quiet, made["number"]))["state"] == "STANDS"
    assert await told(quiet, made["number"]) == [
        ("WITHDRAWN", "REFUSED", "credential.statusChanged"), ("STANDS", "ACCEPTED", "credential.statusChanged"),
    ]  # fmt: skip


async def test_what_changed_while_it_was_made_is_found_by_the_confirmation_itself(quiet: Runtime) -> None:
    """The revocation is handled before the confirmation is there."""
    values = await engineer(quiet, quiet.today())
    made = await confirm(quiet, values)
    await quiet.settle()
    async with acting(quiet.database.pool, caller_of(quiet, NANJING)) as connection:
        late = made["number"][:-8] + "0000000Z"
        columns = """owner_id, client_id, case_number, host_region, host_ids, day, employer_code, asked, number_hash,
          number_shown, issuer_id, record_id, record_version, person_id, kind, credit_code, verdict, mode, reasons,
          rules, conditions, fact_digests, source_updated_on, valid_until, receipt, confirmed_at"""
        await connection.execute(
            f"insert into confirmation (number, {columns}) select $2, {columns} from confirmation where number = $1",
            made["number"], late,
        )  # fmt: skip
        await send(quiet, values, reportedStatus="REVOKED")
        await quiet.settle()
    assert await told(quiet, late) == [("WITHDRAWN", "REFUSED", "recognition.confirmed")]


async def test_an_action_of_another_authority_a_flag_and_a_void_withdraw_it(quiet: Runtime) -> None:
    today = quiet.today()
    await rule(quiet, "ROAD_TRANSPORT", requiresNoAdverse=True)
    flagged, voided = await engineer(quiet, today, "ROAD_TRANSPORT"), await engineer(quiet, today)
    person, firm = material.person(), material.firm("310000")
    welder = material.special_operation(person, firm, region="310000")
    await keep(quiet, SHANGHAI, "SPECIAL_OPERATION", welder, day=today)
    record = await send(quiet, voided)
    numbers = [(await confirm(quiet, one))["number"] for one in (flagged, voided, welder)]
    await quiet.settle()
    at = material.Firm(name="示例", credit_code=flagged["creditCode"], region="440300")
    await keep(quiet, SHENZHEN, "RISK_FLAG", material.flag(at), day=today)
    await keep(quiet, SHENZHEN, "CERTIFICATE_ACTION", material.action(person, welder), day=today)
    await voids(quiet, record)
    seen = [await look(quiet, number) for number in numbers]
    assert [(one["state"], one["isAccepted"]) for one in seen] == [("WITHDRAWN", False)] * 3
    assert [[cause for _, _, cause in await told(quiet, number)] for number in numbers] == [
        ["riskFlag.raised"], ["report.voided"], ["adverseAction.imposed"],
    ]  # fmt: skip


async def voids(quiet: Runtime, record: str) -> None:
    async with acting(quiet.database.pool, caller_of(quiet, SHANGHAI)) as connection:
        await void(connection, [uuid.UUID(record)], publication(quiet, slug=SHANGHAI), "录入错误")


async def test_a_rule_that_takes_the_place_of_another_is_told_when_it_counts(quiet: Runtime, clock: Clock) -> None:
    values = await engineer(quiet, quiet.today(), "OTHER_MINE")
    first = await rule(quiet, "OTHER_MINE")
    made = await confirm(quiet, values)
    begins = quiet.today() + timedelta(days=4)
    await rule(quiet, "OTHER_MINE", identifier=first["identifier"], version=2, mode="NONE", validFrom=str(begins))
    await quiet.settle()
    assert (await look(quiet, made["number"]))["state"] == "STANDS"
    clock.ahead = timedelta(days=4)
    try:
        seen = await look(quiet, made["number"])
        assert (seen["state"], seen["verdict"]) == ("WITHDRAWN", "REFUSED")
        assert seen["rules"] == [f"{first['identifier']} v2"]
        for _ in range(2):
            assert await told(quiet, made["number"]) == [("WITHDRAWN", "REFUSED", "rule.inForce")]
    finally:
        clock.ahead = timedelta()


@pytest.mark.parametrize("leaver", [SHANGHAI, NANJING])
async def test_that_issuer_or_asker_left_the_agreement_is_told_when_it_counts(
    leaver: str, quiet: Runtime, clock: Clock
) -> None:
    made = await confirm(quiet, await engineer(quiet, quiet.today()))
    await as_owner(quiet, "update confirmation_progress set day = $1", quiet.today())
    await quiet.settle()
    leave = "update agreement_member set left_on = $2 where tenant_id = (select tenant_id from tenant where slug = $1)"
    await as_owner(quiet, leave, leaver, quiet.today())
    await quiet.reload()
    await quiet.settle()
    assert (await look(quiet, made["number"]))["state"] == "STANDS"
    clock.ahead = timedelta(days=1)
    try:
        assert (await look(quiet, made["number"]))["state"] == "WITHDRAWN"
        for _ in range(2):
            assert await told(quiet, made["number"]) == [("WITHDRAWN", "UNDETERMINED", "agreement.left")]
        assert not await is_good_offline(quiet, made["receipt"])
    finally:
        clock.ahead = timedelta()
        await as_owner(quiet, leave, leaver, None)
        await quiet.reload()


async def test_that_an_issuer_shares_no_more_by_a_new_version_of_the_agreement_is_told(quiet: Runtime) -> None:
    made = await confirm(quiet, await engineer(quiet, quiet.today()))
    await quiet.settle()
    slugs = [SHANGHAI, NANJING, "js-department", "bidding-platform"]
    await publish_members(quiet, 1, {slug: "READ_ONLY" if slug in slugs[::3] else "FULL" for slug in slugs})
    try:
        assert (await look(quiet, made["number"]))["state"] == "WITHDRAWN"
        assert await told(quiet, made["number"]) == [("WITHDRAWN", "UNDETERMINED", "agreement.published")]
    finally:
        await publish_members(quiet, 2, {slug: "READ_ONLY" if slug == slugs[3] else "FULL" for slug in slugs})
    assert [state for state, _, _ in await told(quiet, made["number"])] == ["WITHDRAWN", "STANDS"]


async def publish_members(quiet: Runtime, version: int, members: dict[str, str]) -> None:
    agreement = Agreement(
        identifier="yrd", version=version, name="示范", name_en="A trial", basis="示协〔2026〕1号",
        members=tuple(Member(tenant=slug, participation=how) for slug, how in members.items()),
    )  # fmt: skip
    async with quiet.database.hub_pool.acquire() as connection, connection.transaction():
        found = await publish_agreement(connection, agreement, quiet.directory, publisher="operator", day=quiet.today())
    assert found == []
    await quiet.reload()


@pytest.mark.parametrize("measure", ["REVOKED", "SUSPENDED"])
async def test_an_action_that_begins_or_runs_out_on_a_later_day_is_told_on_that_day(
    measure: str, quiet: Runtime, clock: Clock
) -> None:
    person, today = material.person(), quiet.today()
    welder = material.special_operation(person, material.firm("310000"), region="310000")
    await keep(quiet, SHANGHAI, "SPECIAL_OPERATION", welder, day=today)
    days = {"effectiveOn": str(today + timedelta(days=1)), "decidedOn": str(today)}
    if measure == "SUSPENDED":
        days = {"suspendedFrom": str(today - timedelta(days=9)), "suspendedTo": str(today)}
    await keep(quiet, SHANGHAI, "CERTIFICATE_ACTION", material.action(person, welder, measure, **days), day=today)
    made = await confirm(quiet, welder)
    await as_owner(quiet, "update confirmation_progress set day = $1", today)
    await quiet.settle()
    before = {"REVOKED": "ACCEPTED", "SUSPENDED": "REFUSED"}[measure]
    assert (made["confirmedVerdict"], await told(quiet, made["number"])) == (before, [])
    clock.ahead = timedelta(days=1)
    try:
        expected = {"REVOKED": ("WITHDRAWN", "REFUSED"), "SUSPENDED": ("CHANGED", "UNDETERMINED")}[measure]
        seen = await look(quiet, made["number"])
        assert (seen["state"], seen["verdict"]) == expected
        assert await told(quiet, made["number"]) == [(*expected, "record.inForce")]
    finally:
        clock.ahead = timedelta()


async def test_once_its_time_is_over_it_accepts_nothing(quiet: Runtime, clock: Clock) -> None:
    made = await confirm(quiet, await engineer(quiet, quiet.today()))
    clock.ahead = timedelta(days=31)
    try:
        seen = await look(quiet, made["number"])
    finally:
        clock.ahead = timedelta()
    assert (seen["state"], seen["verdict"], seen["isAccepted"]) == ("EXPIRED", None, False)


async def test_an_enterprise_confirms_for_its_own_staff_while_they_are_its_staff(quiet: Runtime) -> None:
    own = {"creditCode": EMPLOYER.credit_code, "employerName": EMPLOYER.name}
    values, strangers = await engineer(quiet, quiet.today(), **own), await engineer(quiet, quiet.today())
    made = await confirm(quiet, values, slug=ENTERPRISE)
    none = await confirm(quiet, strangers, slug=ENTERPRISE)
    assert (made["confirmedVerdict"], none["confirmedReasons"]) == ("ACCEPTED", ["NOT_FOUND"])
    await quiet.settle()
    other = material.firm("310000")
    await send(quiet, values, creditCode=other.credit_code, employerName=other.name)
    seen = await look(quiet, made["number"], ENTERPRISE)
    assert (seen["state"], seen["reasons"]) == ("WITHDRAWN", ["NOT_FOUND"])
    assert [state for state, _, _ in await told(quiet, made["number"], ENTERPRISE)] == ["WITHDRAWN"]


async def test_hubs_that_look_at_the_same_moment_tell_once(quiet: Runtime) -> None:
    values = await engineer(quiet, quiet.today())
    made = await confirm(quiet, values)
    await quiet.settle()
    await send(quiet, values, reportedStatus="REVOKED")
    await asyncio.gather(*(quiet.settle() for _ in range(4)))
    assert await told(quiet, made["number"]) == [("WITHDRAWN", "REFUSED", "credential.statusChanged")]


async def test_one_that_cannot_be_looked_at_holds_up_no_other(quiet: Runtime) -> None:
    several = [await engineer(quiet, quiet.today()) for _ in range(3)]
    numbers = [(await confirm(quiet, one))["number"] for one in several]
    await quiet.settle()
    await as_owner(quiet, "update confirmation set asked = '{}' where number = $1", numbers[1])
    for one in several:
        await send(quiet, one, reportedStatus="REVOKED")
    assert [len(await told(quiet, number)) for number in numbers] == [1, 0, 1]
    async with quiet.database.hub_pool.acquire() as connection:
        kept = await connection.fetchval("select error from worker_failure where worker = 'confirmations'")
    assert kept == "KeyError: 'activity'"


async def is_good_offline(quiet: Runtime, receipt: str) -> bool:
    """What who holds the receipt and fetches the status list sees."""
    claims = jwt.decode(receipt, options={"verify_signature": False})
    place = claims["status"]["status_list"]
    published = await quiet.status_lists.published(int(place["uri"].rpartition("/")[2]))
    listed = jwt.decode(published.token.decode(), options={"verify_signature": False})
    assert listed["sub"] == place["uri"]
    bits, packed = listed["status_list"]["bits"], listed["status_list"]["lst"]
    entries = zlib.decompress(base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))
    at = place["idx"] * bits
    return entries[at // 8] >> (at % 8) & ((1 << bits) - 1) == 0


async def test_the_status_list_turns_with_the_commit_and_back(quiet: Runtime) -> None:
    values, other = await engineer(quiet, quiet.today()), await engineer(quiet, quiet.today())
    receipts = [(await confirm(quiet, one))["receipt"] for one in (values, other)]
    assert [await is_good_offline(quiet, one) for one in receipts] == [True, True]
    await send(quiet, values, reportedStatus="SUSPENDED")
    assert [await is_good_offline(quiet, one) for one in receipts] == [False, True]
    await quiet.settle()
    assert [await is_good_offline(quiet, one) for one in receipts] == [False, True]
    await send(quiet, values, reportedStatus="VALID")
    await quiet.settle()
    assert [await is_good_offline(quiet, one) for one in receipts] == [True, True]


async def test_the_status_list_turns_where_a_flag_or_a_rule_withdrew_it(quiet: Runtime) -> None:
    await rule(quiet, "OTHER", requiresNoAdverse=True)
    values = await engineer(quiet, quiet.today(), "OTHER")
    receipt = (await confirm(quiet, values))["receipt"]
    assert await is_good_offline(quiet, receipt)
    at = material.Firm(name="示例", credit_code=values["creditCode"], region="440300")
    await keep(quiet, SHENZHEN, "RISK_FLAG", material.flag(at), day=quiet.today())
    await quiet.settle()
    assert not await is_good_offline(quiet, receipt)
