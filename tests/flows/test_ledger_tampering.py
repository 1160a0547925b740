"""Whoever writes to the database as its owner changes one row: the verifier says so, and so does one not of ours.

Each test has a database of its own, copied from one in which everything was logged.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from exchange.database import HUB_ROLE, SETTINGS
from exchange.ledger.appending import append_batch
from exchange.ledger.checkpoints import read_note
from exchange.ledger.exporting import lines
from exchange.ledger.proving import latest
from exchange.ledger.verifying import Report, own_keys, verify
from exchange.publishing.publish import Report as Told
from exchange.runtime import Runtime, now_in_utc
from tenants.keys import Keys
from tests.flows import material
from tests.flows.review_desks import open_desk
from tests.flows.scratch import SECRET, answered, beside, hub_on, keep, scratch_database
from tests.verifier import check_log

KEYS = Keys(secret=SECRET.encode())
VOID = "mutation M($x: RecordVoidInput!) { recordVoid(input: $x) { recordId userErrors { code } } }"
AGREE = "mutation M($x: AgreementInput!) { agreementPublish(input: $x) { userErrors { code field } } }"
LATE = "2023-01-01"
CERTIFICATE = "version = {} and key in (select record_id::text from record_version where kind = 'SAFETY_MANAGEMENT')"
GRADING = "version = {} and key in (select record_id::text from record where kind = 'RISK_GRADING')"


async def live_through(hub: Runtime) -> None:
    """Former versions, a late one, a correction, a void; a review that was decided and corrected, a rule; an agreement one
    leaves."""
    firm, person = material.firm(), material.person()
    await keep(hub, "sz-bureau", "RISK_GRADING", material.grading(firm, "YELLOW"))
    await keep(hub, "sz-bureau", "RISK_GRADING", material.grading(firm, "BLUE", day="2024-05-01"))
    await keep(hub, "sz-bureau", "RISK_GRADING", material.grading(firm, "YELLOW", day=LATE))
    ending = material.certificate(person, firm, valid_to=date(2027, 1, 1))
    gone = await keep(hub, "sz-bureau", "SAFETY_MANAGEMENT", ending)
    await keep(
        hub,
        "sz-bureau",
        "SAFETY_MANAGEMENT",
        {**ending, "name": "试验员乙"},
        report=Told(kind="CORRECTION", reason="误"),
    )
    voided = await answered(hub, "sz-bureau", VOID, x={"recordId": gone, "reason": "重复"})
    assert voided["data"]["recordVoid"]["userErrors"] == []
    desk = await open_desk(hub)
    assert await desk.take("reviewDecide", outcome="MAINTAINED", reason="现场核查无误") == []
    corrected = {"outcome": "DISMISSED", "reason": "企业已整改", "correctionReason": "复核"}
    assert await desk.take("reviewCorrectDecision", **corrected) == []
    rule = material.rule("AR-320000-0777", "320000")
    published = "mutation M($x: RecognitionRuleInput!) { recognitionRulePublish(input: $x) { userErrors { code } } }"
    answer = await answered(hub, "js-department", published, x=rule)
    assert answer["data"]["recognitionRulePublish"]["userErrors"] == []
    members = [{"tenant": slug, "participation": "FULL"} for slug in ("sz-bureau", "gz-bureau")]
    for version, until in ((1, None), (2, hub.today().isoformat())):
        agreement = {
            "identifier": "pair", "version": version, "name": "试验协议", "nameEn": "A trial", "basis": "试协〔2026〕1号",
            "members": [{**members[0], "until": until}, members[1]],
        }  # fmt: skip
        answer = await answered(hub, "operator", AGREE, x=agreement)
        assert answer["data"]["agreementPublish"]["userErrors"] == []
        await hub.reload()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def template(database: Any) -> AsyncIterator[str]:
    async with scratch_database(database.dsn, "exchange_tamper") as made:
        async with hub_on(made.dsn) as hub:
            await live_through(hub)
            await hub.settle()
            await keep(hub, "sz-bureau", "RISK_GRADING", material.grading(material.firm(), "YELLOW"))
            await hub.log()
        yield made.dsn


@asynccontextmanager
async def tampered(template: str, *statements: str) -> AsyncIterator[Any]:
    """A copy in which the owner has done something behind triggers and row security; the hub's connection to it."""
    name = f"exchange_tampered_{os.getpid()}"
    server = await asyncpg.connect(beside(template, "postgres"))
    try:
        await server.execute(f'drop database if exists "{name}" with (force)')
        await server.execute(f'create database "{name}" template "{template.rpartition("/")[2].partition("?")[0]}"')
        owner = await asyncpg.connect(beside(template, name))
        await owner.execute("set session_replication_role = replica")
        for statement in statements:
            assert (await owner.execute(statement)).rpartition(" ")[2] != "0", statement
        await owner.close()
        hub = await asyncpg.connect(beside(template, name), server_settings={**SETTINGS, "role": HUB_ROLE})
        yield hub
        await hub.close()
    finally:
        await server.execute(f'drop database if exists "{name}" with (force)')
        await server.close()


async def verified(connection: Any, *kept: str) -> Report:
    return await verify(connection, await own_keys(connection, KEYS), [read_note(one) for one in kept])


async def other_verifier(connection: Any, *kept: str) -> list[str]:
    """What the program that imports nothing of ours says of an export."""
    trusted = {"1": KEYS.token_key(1).public_key().public_bytes_raw()}
    return check_log([one async for one in lines(connection)], trusted, kept)


async def index_of(connection: Any, kind: str, which: str) -> int:
    """The leaf of the row a condition of `entries` finds."""
    return int(await connection.fetchval(f"select leaf_index from ledger_entry where type = '{kind}' and {which}"))


async def test_a_log_that_nobody_touched_agrees_with_the_rows(template: str) -> None:
    async with tampered(template) as connection:
        found = await verified(connection)
        assert (found.findings, found.waiting) == ([], 0)
        assert found.size == await connection.fetchval("select count(*) from ledger_entry") > 10
        assert found.checkpoints == await connection.fetchval("select count(*) from ledger_checkpoint") > 2
        assert await other_verifier(connection) == []


# What is done to one row, and to which entry's row it is.
ONE_ROW = {
    "the content of a standing record": (
        "update record set body = body || '{\"scheme\": \"x\"}' where kind = 'RISK_GRADING' and version = 2",
        "RECORD", GRADING.format(2)),
    "when a certificate ends": (
        "update record_version set valid_to = valid_to + 1 where kind = 'SAFETY_MANAGEMENT' and version = 1",
        "RECORD", CERTIFICATE.format(1)),
    "when a record was recorded": (
        "update record set recorded_at = recorded_at - interval '1 day' where kind = 'RISK_GRADING' and version = 2",
        "RECORD", GRADING.format(2)),
    "the day from which a former version no longer counted": (
        "update record_version set superseded_from = superseded_from + 1 where kind = 'RISK_GRADING' and version = 1",
        "RECORD", GRADING.format(2)),
    "an assessment that came late": (
        "update record_version set band = 'RED' where kind = 'RISK_GRADING' and version = 3",
        "RECORD", GRADING.format(3)),
    "why a record was voided": (
        "update record_version set report_reason = 'x' where kind = 'SAFETY_MANAGEMENT' and report_kind = 'VOID'",
        "RECORD", CERTIFICATE.format(3)),
    "to whom a record belongs": (
        "update record set owner_id = owner_id + 1 where kind = 'RISK_GRADING' and version = 2",
        "RECORD", GRADING.format(2)),
    "a sealed number": (
        "update record_version set sealed = sealed || '\\x00' where kind = 'SAFETY_MANAGEMENT' and version = 1",
        "RECORD", CERTIFICATE.format(1)),
    "the outcome of a review": (
        "update review set outcome = 'MAINTAINED' where outcome = 'DISMISSED'",
        "REVIEW", "key in (select step_id::text from review_step where step = 'CORRECTED')"),
    "what had been decided before the correction": (
        "update review_step set former_reason = 'x' where step = 'CORRECTED'",
        "REVIEW", "key in (select step_id::text from review_step where step = 'DECIDED')"),
    "when a review was decided": (
        "update review_step set taken_at = taken_at - interval '3 days' where step = 'DECIDED'",
        "REVIEW", "key in (select step_id::text from review_step where step = 'DECIDED')"),
    "the terms of a rule": (
        "update recognition_rule set valid_from = valid_from - 1 where identifier = 'AR-320000-0777'", "RULE",
        "key = 'AR-320000-0777'"),
    "what members agreed on": (
        "update agreement_version set terms = terms || '{\"basis\": \"x\"}' where version = 1", "AGREEMENT",
        "key = 'pair' and version = 1"),
    "when an agreement was published": (
        "update agreement_version set published_on = published_on - 30 where version = 2", "AGREEMENT",
        "key = 'pair' and version = 2"),
    "that a member left": (
        "update agreement_membership set left_on = null where left_on is not null", "MEMBERSHIP",
        "key in (select membership_id::text from agreement_membership where agreement_id = 'pair' "
        "order by place desc limit 1)"),
    "since when a key signs": ("update signing_key set starts_at = starts_at - interval '1 day'", "KEY", "true"),
}  # fmt: skip


@pytest.mark.parametrize("what", ONE_ROW)
async def test_one_changed_row_is_found_and_named(template: str, what: str) -> None:
    statement, kind, which = ONE_ROW[what]
    async with tampered(template, statement) as connection:
        changed = await index_of(connection, kind, which)
        first = (await verified(connection)).findings[0]
        assert (first.problem, first.at) == ("CHANGED", changed)
        assert f"entry {changed}: the row is not what was logged" in (await other_verifier(connection))[0]


async def test_a_row_that_was_dropped_is_found(template: str) -> None:
    gone = "delete from record_version where kind = 'SAFETY_MANAGEMENT' and version = 1"
    async with tampered(template, gone) as connection:
        problems = {one.problem for one in (await verified(connection)).findings}
        assert "MISSING" in problems
        assert (await other_verifier(connection))[0].endswith("the row is not what was logged")


async def test_a_row_that_was_smuggled_in_is_found(template: str) -> None:
    copied = """insert into record_version
        select t.* from record_version v cross join lateral jsonb_populate_record(v,
          jsonb_build_object('record_id', gen_random_uuid(), 'recorded_at', '2020-01-01T00:00:00Z')) t
        where v.kind = 'SAFETY_MANAGEMENT' and v.version = 1"""
    async with tampered(template, copied) as connection:
        assert "UNLOGGED" in {one.problem for one in (await verified(connection)).findings}


async def test_a_version_ended_by_none_is_found(template: str) -> None:
    ended = "update record_version set superseded_at = '2024-01-01', superseded_from = '2024-01-01' where version = 3"
    async with tampered(template, ended) as connection:
        assert "ENDED" in {one.problem for one in (await verified(connection)).findings}


async def test_a_review_closed_behind_its_steps_is_found(template: str) -> None:
    opened = "update review set state = 'IN_REVIEW', outcome = null where state = 'DECIDED'"
    async with tampered(template, opened) as connection:
        assert "REVIEW" in {one.problem for one in (await verified(connection)).findings}


# What is read when members share is neither a version nor a state of a membership: it is held against them.
IN_FORCE = {
    "a member that left is one again": "update agreement_member set left_on = null where left_on is not null",
    "a member is gone": "delete from agreement_member where agreement_id = 'pair' and left_on is null",
    "a member joined earlier": "update agreement_member set joined_on = joined_on - 1 where agreement_id = 'pair'",
    "somebody is a member nobody took in": (
        "insert into agreement_member select agreement_id, (select tenant_id from tenant where slug = 'sh-bureau'), "
        "participation, joined_on from agreement_member where agreement_id = 'pair' and left_on is null"
    ),
    "askers are told for longer": "update agreement set asker_months = 60 where agreement_id = 'pair'",
    "a deadline nobody agreed on": "update agreement set decide_workdays = 1 where agreement_id = 'pair'",
}


@pytest.mark.parametrize("what", IN_FORCE)
async def test_an_agreement_in_force_otherwise_than_it_was_kept_is_found(template: str, what: str) -> None:
    async with tampered(template, IN_FORCE[what]) as connection:
        assert {one.problem for one in (await verified(connection)).findings} == {"AGREEMENT"}


@pytest.mark.parametrize(
    "statement",
    ["delete from agreement_version where version = 1", "delete from agreement_membership where left_on is not null"],
)
async def test_a_version_or_an_exit_that_was_dropped_is_found(template: str, statement: str) -> None:
    async with tampered(template, statement) as connection:
        assert "MISSING" in {one.problem for one in (await verified(connection)).findings}


async def test_an_entry_changed_together_with_its_row_is_found(template: str) -> None:
    """Whoever changes the row and its digest needs the hashes, and then the signatures."""
    row = "update record set name = 'x' where kind = 'RISK_GRADING' and version = 2"
    entry = "update ledger_entry set digest = sha256('x'::bytea) where version = 2 and type = 'RECORD'"
    async with tampered(template, row, entry) as connection:
        problems = [one.problem for one in (await verified(connection)).findings]
        assert problems[0] == "CHANGED"
        assert {"ENTRY_CHANGED", "ROOT"} <= set(problems)


async def test_a_log_written_anew_by_who_has_not_the_key_is_not_signed(template: str) -> None:
    anew = (
        "update record set name = 'x' where kind = 'RISK_GRADING' and version = 2",
        "insert into ledger_pending (owner_id, type, key, version) "
        "select 1, type, key, version from ledger_entry where type <> 'KEY' order by leaf_index",
        "delete from ledger_entry", "delete from ledger_tile", "delete from ledger_checkpoint",
        "update ledger_head set size = 0",
    )  # fmt: skip
    stranger = Keys(secret=b"the secret of somebody else, long enough to derive keys").token_key(1)
    async with tampered(template) as connection:
        former = await latest(connection)
    assert former is not None
    async with tampered(template, *anew) as connection:
        await append_batch(connection, stranger, "exchange.test/ledger", now_in_utc())
        assert [one.problem for one in (await verified(connection)).findings] == ["SIGNATURE"]
        assert await other_verifier(connection) == ["a checkpoint is not signed by the hub"]
    async with tampered(template, *anew) as connection:
        await append_batch(connection, KEYS.token_key(1), "exchange.test/ledger", now_in_utc())
        assert (await verified(connection)).findings == []  # with the key, all agrees: hence checkpoints kept elsewhere
        assert [one.problem for one in (await verified(connection, former.note)).findings] == ["OTHER_HISTORY"]
        assert await other_verifier(connection, former.note) == [
            f"the log is not what the checkpoint of {former.size} says"
        ]


async def test_a_database_taken_back_to_an_earlier_day_is_found_by_a_checkpoint_kept_elsewhere(template: str) -> None:
    async with tampered(template) as connection:
        former = await latest(connection)
        assert former is not None
        last = await connection.fetchval("select max(size) from ledger_checkpoint where size < $1", former.size)
        tile = await connection.fetchval("select max(number) from ledger_tile where level = 0")
    back = (
        f"delete from record where record_id::text in (select key from ledger_entry where leaf_index >= {last})",
        f"delete from ledger_entry where leaf_index >= {last}",
        f"delete from ledger_checkpoint where size > {last}",
        f"update ledger_tile set hashes = substr(hashes, 1, {last % 256} * 32) where level = 0 and number = {tile}",
        f"update ledger_head set size = {last}",
    )
    async with tampered(template, *back) as connection:
        assert (await verified(connection)).findings == []
        assert [one.problem for one in (await verified(connection, former.note)).findings] == ["ROLLED_BACK"]
        assert await other_verifier(connection, former.note) == [f"rolled back below {former.size}"]


async def test_a_tile_does_not_shrink_or_change_even_for_the_hub(template: str) -> None:
    async with tampered(template) as connection:
        with pytest.raises(asyncpg.RaiseError, match="only grows"):
            await connection.execute("update ledger_tile set hashes = substr(hashes, 1, 32)")
        for table in ("ledger_entry", "ledger_checkpoint", "ledger_cosignature"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(f"delete from {table}")
