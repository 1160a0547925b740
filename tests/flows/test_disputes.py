"""Disputes and statements: seen beside the record by whoever reads it, their texts by the parties, their end by all who
were told of the start."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from exchange.clock import run_clock
from exchange.demo.cast import ENTERPRISE
from exchange.demo.seed import caller_of
from exchange.disputes import open_dispute, take_step
from exchange.publishing.reports import void
from exchange.runtime import Runtime
from exchange.workdays import Deadline, add_workdays
from schema.errors import Refusal
from tenants.session import acting
from tests.flows import material
from tests.flows.material import Firm
from tests.flows.scratch import DAY, answered, keep, quiet_hub
from tests.flows.test_history import publication

FIRM, SOURCE, SUPERIOR, NEIGHBOUR, STRANGER = (
    "huadong-construction", "nj-bureau", "js-department", "sh-bureau", "gz-bureau",
)  # fmt: skip
OWN = Firm(name=ENTERPRISE.name, credit_code=ENTERPRISE.credit_code, region="320100")
LATER = DAY + timedelta(days=30)
SECRET = "我单位已于 3 月完成整改 990000198506150010"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quiet(database: Any) -> AsyncIterator[Runtime]:
    async with quiet_hub(database.dsn, "exchange_disputes") as runtime:
        yield runtime


async def flag(quiet: Runtime, of: Firm = OWN) -> str:
    return await keep(quiet, SOURCE, "RISK_FLAG", material.flag(of))


OPEN = """mutation M($x: DisputeOpenInput!) {
  done: disputeOpen(input: $x) { dispute { id state dueOn } userErrors { code } } }"""


async def opened(quiet: Runtime, record: str, slug: str = FIRM) -> str:
    values = {"recordId": record, "grounds": "FACTS_WRONG", "text": SECRET}
    done = (await answered(quiet, slug, OPEN, x=values))["data"]["done"]
    assert done["userErrors"] == []
    assert done["dispute"]["state"] == "OPEN"
    made: str = done["dispute"]["id"]
    return made


async def step(quiet: Runtime, slug: str, dispute: str, name: str, day: date = DAY) -> None:
    async with acting(quiet.database.pool, caller_of(quiet, slug)) as connection:
        await take_step(
            connection, quiet.directory.by_slug[slug], uuid.UUID(dispute), name,
            reason="核对原始案卷", day=day, due=Deadline(day=day + timedelta(days=14), is_estimated=False),
        )  # fmt: skip


async def told(quiet: Runtime, slug: str, record: str, prefix: str = "dispute.") -> list[str]:
    """What a tenant hears, after the worker was at work."""
    await quiet.settle()
    query = "{ events(first: 100) { nodes { type recordId payload } pageInfo { hasNextPage } } }"
    answer = (await answered(quiet, slug, query))["data"]["events"]
    assert not answer["pageInfo"]["hasNextPage"]
    assert "整改" not in str(answer)
    return [one["type"] for one in answer["nodes"] if one["recordId"] == record and one["type"].startswith(prefix)]


SEEN = """query Q($x: ID!) { riskFlag(id: $x) { isDisputed disputes(first: 9) { nodes {
  state grounds openedOn dueOn isOverdue source { id } superior { id }
  steps(first: 9) { nodes { step text } } } } } }"""


async def seen(quiet: Runtime, slug: str, record: str) -> Any:
    return (await answered(quiet, slug, SEEN, x=record))["data"]["riskFlag"]


async def test_a_dispute_stands_beside_the_record_and_its_text_is_for_the_parties(quiet: Runtime) -> None:
    record = await flag(quiet)
    await opened(quiet, record)
    for slug, text in ((FIRM, SECRET.replace("19850615", "********")), (SOURCE, SECRET.replace("19850615", "********")),
                       (NEIGHBOUR, None), ("bidding-platform", None)):  # fmt: skip
        found = await seen(quiet, slug, record)
        (dispute,) = found["disputes"]["nodes"]
        assert (found["isDisputed"], dispute["state"], dispute["grounds"]) == (True, "OPEN", "FACTS_WRONG")
        assert (dispute["openedOn"], dispute["source"]) == (str(quiet.today()), {"id": SOURCE})
        assert dispute["dueOn"] == str(add_workdays(quiet.today(), 10).day)
        assert dispute["steps"]["nodes"] == [{"step": "OPENED", "text": text}], slug
    assert await seen(quiet, STRANGER, record) is None


async def test_readers_are_told_of_the_start_and_of_the_end_and_strangers_of_nothing(quiet: Runtime) -> None:
    record = await flag(quiet)
    dispute = await opened(quiet, record)
    assert await told(quiet, NEIGHBOUR, record) == ["dispute.opened"]
    assert await told(quiet, FIRM, record) == ["dispute.stepped", "dispute.opened"]
    assert await told(quiet, SOURCE, record) == ["dispute.opened"]
    await step(quiet, SOURCE, dispute, "CONFIRMED")
    assert await told(quiet, NEIGHBOUR, record) == ["dispute.opened", "dispute.closed"]
    assert await told(quiet, FIRM, record) == ["dispute.stepped", "dispute.opened", "dispute.closed"]
    assert await told(quiet, STRANGER, record) == []
    assert (await seen(quiet, NEIGHBOUR, record))["isDisputed"] is False


async def test_who_read_the_person_and_is_in_no_agreement_any_more_is_told_too(quiet: Runtime) -> None:
    holder = material.person()
    record = await keep(quiet, SOURCE, "SAFETY_MANAGEMENT", material.certificate(holder, OWN, region="320100"))
    person_id = quiet.keys.person_id(holder.id_number)
    for slug, age in ((STRANGER, 300), ("dg-bureau", 400)):
        await _evidence(quiet, slug, person_id, age)
    dispute = await opened(quiet, record)
    assert await told(quiet, STRANGER, record) == ["dispute.opened"]
    assert await told(quiet, "dg-bureau", record) == []
    await step(quiet, SOURCE, dispute, "CONFIRMED")
    assert await told(quiet, STRANGER, record) == ["dispute.opened", "dispute.closed"]
    assert await told(quiet, "dg-bureau", record) == []


async def _evidence(quiet: Runtime, slug: str, person_id: uuid.UUID, days_ago: int) -> None:
    owner = quiet.directory.by_slug[slug].tenant_id
    async with acting(quiet.database.pool, caller_of(quiet, slug)) as connection:
        await connection.execute(
            "insert into access_record (owner_id, client_id, purpose, case_number, root_field, fields, subjects,"
            " request_id, read_at) values ($1, $2, 'x', 'y', 'person', '{}', array[$3::uuid], 'r',"
            " now() - make_interval(days => $4))",
            owner, slug, person_id, days_ago,
        )  # fmt: skip


async def test_the_superior_orders_and_the_correction_of_the_source_closes_it(quiet: Runtime) -> None:
    values = material.flag(OWN)
    record = await keep(quiet, SOURCE, "RISK_FLAG", values)
    dispute = await opened(quiet, record)
    with pytest.raises(Refusal, match="DISPUTE_NOT_DUE"):
        await step(quiet, FIRM, dispute, "ELEVATED")
    await step(quiet, SOURCE, dispute, "CONFIRMED")
    await step(quiet, FIRM, dispute, "ELEVATED")
    assert await told(quiet, SUPERIOR, record) == [
        "dispute.opened",
        "dispute.closed",
        "dispute.elevated",
        "dispute.opened",
    ]
    await step(quiet, SUPERIOR, dispute, "ORDERED")
    with pytest.raises(Refusal, match="DISPUTE_STEP_INVALID"):
        await step(quiet, SOURCE, dispute, "CONFIRMED")
    found = await seen(quiet, NEIGHBOUR, record)
    assert (found["isDisputed"], found["disputes"]["nodes"][0]["superior"]) == (True, {"id": SUPERIOR})
    sent = (
        "mutation M($x: RiskFlagInput!, $r: ReportInput) { riskFlagPublish(input: $x, report: $r) { outcome version } }"
    )
    report = {"kind": "CORRECTION", "reason": "上级责令更正"}
    done = await answered(quiet, SOURCE, sent, x={**values, "cause": "已按期整改"}, r=report)
    assert done["data"]["riskFlagPublish"] == {"outcome": "CHANGED", "version": 2}
    found = await seen(quiet, FIRM, record)
    (closed,) = found["disputes"]["nodes"]
    assert (found["isDisputed"], closed["state"]) == (False, "CORRECTED")
    assert [one["step"] for one in closed["steps"]["nodes"]] == [
        "OPENED",
        "CONFIRMED",
        "ELEVATED",
        "ORDERED",
        "CORRECTED",
    ]
    assert (await told(quiet, SUPERIOR, record))[-1] == "dispute.closed"
    assert (await told(quiet, NEIGHBOUR, record)) == [
        "dispute.opened",
        "dispute.closed",
        "dispute.opened",
        "dispute.closed",
    ]


async def test_an_ordinary_revision_closes_no_dispute_and_a_void_does(quiet: Runtime) -> None:
    values = material.flag(OWN)
    record = await keep(quiet, SOURCE, "RISK_FLAG", values)
    dispute = await opened(quiet, record)
    await keep(quiet, SOURCE, "RISK_FLAG", {**values, "cause": "另有新情况"})
    assert (await seen(quiet, FIRM, record))["isDisputed"] is True
    async with acting(quiet.database.pool, caller_of(quiet, SOURCE)) as connection:
        await void(connection, [uuid.UUID(record)], publication(quiet, slug=SOURCE), "误报")
    query = "query Q($x: ID!) { dispute(id: $x) { state steps(first: 9) { nodes { step recordVersion } } } }"
    assert (await answered(quiet, FIRM, query, x=dispute))["data"]["dispute"] == {
        "state": "VOIDED", "steps": {"nodes": [{"step": "OPENED", "recordVersion": None},
                                               {"step": "VOIDED", "recordVersion": 3}]},
    }  # fmt: skip
    assert await told(quiet, NEIGHBOUR, record) == ["dispute.opened", "dispute.closed"]


async def test_a_firm_disputes_its_own_records_only_and_each_once_at_a_time(quiet: Runtime) -> None:
    foreign, own = await flag(quiet, material.firm("320100")), await flag(quiet)
    tries = []
    for record in (foreign, own, own):
        values = {"recordId": record, "grounds": "OTHER", "text": "不属实"}
        done = (await answered(quiet, FIRM, OPEN, x=values))["data"]["done"]
        tries.append([one["code"] for one in done["userErrors"]])
    assert tries == [["NOT_FOUND"], [], ["ALREADY_DISPUTED"]]


async def test_an_overdue_dispute_says_so_and_can_be_elevated(quiet: Runtime) -> None:
    record = await flag(quiet)
    dispute = await opened(quiet, record)
    query = "query Q($x: ID!, $on: Date) { dispute(id: $x, asOf: $on) { isOverdue state } }"
    days = {DAY: False, LATER: True}
    for day, is_overdue in days.items():
        answer = await answered(quiet, SOURCE, query, x=dispute, on=str(day))
        assert answer["data"]["dispute"] == {"isOverdue": is_overdue, "state": "OPEN"}
    await step(quiet, FIRM, dispute, "ELEVATED", LATER)
    assert (await told(quiet, SUPERIOR, record))[-1] == "dispute.elevated"


async def test_the_clock_tells_an_overdue_dispute_once_whatever_day_it_catches_up(quiet: Runtime) -> None:
    record, settled = await flag(quiet), await flag(quiet)
    await opened(quiet, record)
    await step(quiet, SOURCE, await opened(quiet, settled), "CONFIRMED")
    due = add_workdays(quiet.today(), 10).day
    counts = []
    for day in (due, due + timedelta(days=9), due + timedelta(days=9), due + timedelta(days=1)):
        async with quiet.database.hub_pool.acquire() as connection:
            counts.append("dispute.overdue" in await run_clock(connection, day))
    assert counts == [False, True, False, False]
    for slug in (SOURCE, FIRM):
        assert (await told(quiet, slug, record)).count("dispute.overdue") == 1
        assert "dispute.overdue" not in await told(quiet, slug, settled)
    assert "dispute.overdue" not in await told(quiet, NEIGHBOUR, record)


async def test_a_dispute_is_shown_beside_the_recognition_and_changes_no_verdict(quiet: Runtime) -> None:
    holder = material.person()
    values = {**material.special_operation(holder, OWN), "region": "320100"}
    record = await keep(quiet, SOURCE, "SPECIAL_OPERATION", values)
    query = "query Q($x: RecognitionInput!) { recognition(input: $x) { verdict certificateId isDisputed } }"
    asked = {"certificateNumber": values["number"], "hostRegion": "310000"}

    async def decided() -> Any:
        return (await answered(quiet, NEIGHBOUR, query, ("互认", "DEM-1"), x=asked))["data"]["recognition"]

    before = await decided()
    await opened(quiet, record)
    assert (before["certificateId"], before["isDisputed"]) == (record, False)
    assert await decided() == {**before, "isDisputed": True}


async def test_the_database_itself_refuses_a_step_that_is_not_the_writer_s(quiet: Runtime) -> None:
    record = await flag(quiet)
    dispute = uuid.UUID(await opened(quiet, record))
    ids = {slug: quiet.directory.by_slug[slug].tenant_id for slug in (FIRM, SOURCE, NEIGHBOUR)}
    for slug, name, place in ((FIRM, "CONFIRMED", 2), (NEIGHBOUR, "ORDERED", 2), (SOURCE, "CONFIRMED", 3)):
        with pytest.raises(asyncpg.CheckViolationError):
            async with acting(quiet.database.pool, caller_of(quiet, slug)) as connection:
                await connection.execute(
                    "insert into dispute_step (dispute_id, place, owner_id, disputant_id, source_id, record_id, step,"
                    " state, taken_on) values ($1, $2, $3, $4, $5, $6, $7, $7, $8)",
                    dispute, place, ids[slug], ids[FIRM], ids[SOURCE], uuid.UUID(record), name, DAY,
                )  # fmt: skip


async def test_an_authority_disputes_for_a_person_and_another_has_no_desk_for_it(quiet: Runtime) -> None:
    record = await keep(quiet, SOURCE, "SAFETY_MANAGEMENT",
                        material.certificate(material.person(), material.firm("320100"), region="320100"))  # fmt: skip
    dispute = await opened(quiet, record, NEIGHBOUR)
    query = "query Q($x: ID!) { dispute(id: $x) { id } disputes(first: 100) { nodes { id } } }"
    for slug, is_party in ((NEIGHBOUR, True), (SOURCE, True), (SUPERIOR, False), (STRANGER, False)):
        data = (await answered(quiet, slug, query, x=dispute))["data"]
        assert (data["dispute"] == {"id": dispute}) is is_party, slug
        assert (dispute in [one["id"] for one in data["disputes"]["nodes"]]) is is_party, slug


async def test_two_officers_at_once_end_in_one_step_and_a_message(quiet: Runtime) -> None:
    dispute = await opened(quiet, await flag(quiet))
    outcomes = await asyncio.gather(
        *(step(quiet, SOURCE, dispute, "CONFIRMED") for _ in range(2)), return_exceptions=True
    )
    assert sorted(str(one) for one in outcomes) == ["DISPUTE_STEP_INVALID", "None"]


async def test_a_dispute_without_a_text_is_refused(quiet: Runtime) -> None:
    record = await flag(quiet)
    for text, code in ((" ", "REASON_REQUIRED"), ("长" * 2001, "TEXT_TOO_LONG")):
        with pytest.raises(Refusal, match=code):
            async with acting(quiet.database.pool, caller_of(quiet, FIRM)) as connection:
                await open_dispute(
                    connection, quiet.directory.by_slug[FIRM], uuid.UUID(record), {"grounds": "OTHER", "text": text},
                    day=DAY, due=Deadline(day=LATER, is_estimated=False),
                )  # fmt: skip


SAY = """mutation M($x: StatementAddInput!) { done: statementAdd(input: $x) { userErrors { code } } }"""
UNSAY = """mutation M($x: StatementWithdrawInput!) { done: statementWithdraw(input: $x) { userErrors { code } } }"""
SAID = "query Q($x: ID!) { riskFlag(id: $x) { statements(first: 9) { nodes { text version } } } }"


async def test_a_statement_stands_beside_the_record_until_it_is_replaced_or_taken_back(quiet: Runtime) -> None:
    record = await flag(quiet)

    async def said(slug: str = NEIGHBOUR) -> Any:
        found = (await answered(quiet, slug, SAID, x=record))["data"]["riskFlag"]
        return found and [(one["text"], one["version"]) for one in found["statements"]["nodes"]]

    async def done(query: str, **values: str) -> list[str]:
        answer = await answered(quiet, FIRM, query, x={"recordId": record, **values})
        return [one["code"] for one in answer["data"]["done"]["userErrors"]]

    assert await done(SAY, text="整改中，联系人 990000198506150010") == []
    assert await said() == [("整改中，联系人 990000********0010", 1)]
    assert await done(SAY, text="整改完成") == []
    assert (await said(), await said(STRANGER)) == ([("整改完成", 2)], None)
    assert await done(UNSAY) == []
    assert await said() == []
    assert await done(UNSAY) == ["NOT_FOUND"]
    assert await done(SAY, text="长" * 501) == ["TEXT_TOO_LONG"]


async def test_a_firm_says_nothing_beside_the_record_of_another(quiet: Runtime) -> None:
    record = await flag(quiet, material.firm("320100"))
    for slug in (FIRM, STRANGER):
        answer = await answered(quiet, slug, SAY, x={"recordId": record, "text": "不属实"})
        assert [one["code"] for one in answer["data"]["done"]["userErrors"]] == ["NOT_FOUND"]
