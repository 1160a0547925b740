"""The index of names follows the stream: corrected names go, nothing is entered twice or lost, whatever breaks off.

A new rule of what an entry is goes into `expected`, which says it once more without SQL.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import asyncpg
import pytest_asyncio

from exchange import names
from exchange.runtime import Runtime
from schema.fields import folded
from tests.flows import material
from tests.flows.findable import called
from tests.flows.material import Firm, Person
from tests.flows.neighbours import GUANGZHOU, SHENZHEN
from tests.flows.scratch import keep, quiet_hub

Entry = tuple[int, int, str | None, str | None, str]


@pytest_asyncio.fixture(loop_scope="session")
async def quiet(database: Any) -> AsyncIterator[Runtime]:
    async with quiet_hub(database.dsn, "exchange_names") as runtime:
        yield runtime


async def entered(runtime: Runtime) -> set[Entry]:
    """What the index holds."""
    query = """select owner_id, audience, credit_code, person_id::text, ending
      from name_bearer full join name_ending using (name_id)"""
    return {tuple(row) for row in await _as_owner(runtime, query)}


async def expected(runtime: Runtime) -> set[Entry]:
    """What it should hold: every ending of every name on a record that stands."""
    query = "select owner_id, audience, credit_code, person_id::text as person, name, employer_name from record"
    found: set[Entry] = set()
    for row in await _as_owner(runtime, query):
        firm = row["name"] if row["person"] is None else row["employer_name"]
        if row["credit_code"] and firm:
            found |= {(row["owner_id"], row["audience"], row["credit_code"], None, one) for one in endings(firm)}
        if row["person"]:
            known = (row["owner_id"], row["audience"], row["credit_code"], row["person"])
            found |= {(*known, one) for one in endings(row["name"])}
    return found


def endings(name: str) -> set[str]:
    text = folded(name)
    return {text[start : start + 60] for start in range(len(text) - 1)}


async def _as_owner(runtime: Runtime, query: str) -> list[Any]:
    owner = await asyncpg.connect(runtime.database.dsn)
    try:
        found: list[Any] = await owner.fetch(query)
        return found
    finally:
        await owner.close()


async def publish_some(runtime: Runtime) -> tuple[Firm, Person]:
    """Records of a firm and a person by two authorities, and one of another firm."""
    firm, person = called("示范长青化工有限公司"), material.person()
    await keep(runtime, SHENZHEN, "RISK_GRADING", material.grading(firm))
    await keep(runtime, SHENZHEN, "SAFETY_MANAGEMENT", material.certificate(person, firm))
    await keep(runtime, SHENZHEN, "SPECIAL_OPERATION", material.special_operation(person, firm))
    await keep(runtime, GUANGZHOU, "APPOINTMENT", material.appointment(person, firm, "440100"))
    await keep(runtime, GUANGZHOU, "PROJECT_APPROVAL", material.matter(called("Ｄemo　公司・甲"), "440100"))
    return firm, person


async def follow(runtime: Runtime, batch: int = 1_000) -> list[int]:
    """Follow to the end; how many events each batch had."""
    done = []
    async with runtime.database.hub_pool.acquire() as connection:
        while handled := await names.follow_names(connection, batch):
            done.append(handled)
    return done


async def test_every_name_of_every_record_is_entered(quiet: Runtime) -> None:
    await publish_some(quiet)
    assert await entered(quiet) == set()
    await quiet.settle()
    found = await entered(quiet)
    assert found == await expected(quiet)
    assert {entry[-1] for entry in found} >= {"示范长青化工有限公司", "公司", "试验员甲", "员甲", "demo公司·甲", "·甲"}
    assert "甲" not in {entry[-1] for entry in found}


async def test_a_name_that_was_corrected_is_found_no_more(quiet: Runtime) -> None:
    firm = called("示范错字化工有限公司")
    graded = material.grading(firm)
    await keep(quiet, SHENZHEN, "RISK_GRADING", graded)
    await quiet.settle()
    await keep(quiet, SHENZHEN, "RISK_GRADING", {**graded, "name": "示范正字化工有限公司"})
    await quiet.settle()
    found = {entry[-1] for entry in await entered(quiet)}
    assert found == endings("示范正字化工有限公司")


async def test_a_name_that_another_record_still_bears_stays(quiet: Runtime) -> None:
    firm = called("示范长青化工有限公司")
    graded, flagged = material.grading(firm), material.flag(firm)
    await keep(quiet, SHENZHEN, "RISK_GRADING", graded)
    await keep(quiet, SHENZHEN, "RISK_GRADING", {**graded, "scheme": "另一办法"})
    await keep(quiet, SHENZHEN, "RISK_FLAG", flagged)
    await quiet.settle()
    await keep(quiet, SHENZHEN, "RISK_GRADING", {**graded, "name": "长青新名公司"})
    await keep(quiet, SHENZHEN, "RISK_FLAG", {**flagged, "name": "长青新名公司"})
    await quiet.settle()
    found = await entered(quiet)
    assert found == await expected(quiet)
    by_audience = {audience: {entry[-1] for entry in found if entry[1] == audience} for audience in (2, 3)}
    assert "示范长青化工有限公司" in by_audience[2]  # of the other grading
    assert by_audience[3] == endings("长青新名公司")


async def test_a_person_who_changes_firms_is_entered_at_the_new_one_only(quiet: Runtime) -> None:
    person, old, new = material.person(), called("旧雇主公司"), called("新雇主公司")
    issued = material.certificate(person, old)
    await keep(quiet, SHENZHEN, "SAFETY_MANAGEMENT", issued)
    await quiet.settle()
    moved = {**issued, "creditCode": new.credit_code, "employerName": new.name}
    await keep(quiet, SHENZHEN, "SAFETY_MANAGEMENT", moved)
    await quiet.settle()
    found = await entered(quiet)
    assert found == await expected(quiet)
    assert {entry[2] for entry in found} == {new.credit_code}


async def test_a_record_whose_row_is_gone_takes_its_names_along(quiet: Runtime) -> None:
    """Whatever removes a record keeps a version of it and announces something; the names go by that."""
    firm, _ = await publish_some(quiet)
    await quiet.settle()
    await _as_owner(quiet, f"delete from record where credit_code = '{firm.credit_code}' and kind = 'RISK_GRADING'")
    async with quiet.database.hub_pool.acquire() as connection:
        gone = await _as_owner(quiet, "select record_id from record_version where kind = 'RISK_GRADING'")
        await names.enter(connection, [row["record_id"] for row in gone])
    found = await entered(quiet)
    assert found == await expected(quiet)
    assert firm.credit_code in {entry[2] for entry in found}  # the certificates still name it


async def test_followed_event_by_event_or_all_at_once_the_index_is_the_same(quiet: Runtime) -> None:
    await publish_some(quiet)
    await quiet.settle()
    once = await entered(quiet)
    async with quiet.database.hub_pool.acquire() as connection:
        await names.rebuild_names(connection)
        assert await entered(quiet) == set()
        assert await names.unnamed(connection) == quiet.signal.position
    assert await follow(quiet, batch=1) == [1] * quiet.signal.position
    assert await entered(quiet) == once
    assert await quiet.rebuild_names() == len(await _as_owner(quiet, "select from known_name")) == 3
    assert await entered(quiet) == once


async def test_work_that_breaks_off_is_done_again_and_no_name_is_lost(quiet: Runtime) -> None:
    await publish_some(quiet)
    await quiet._advance()
    async with quiet.database.hub_pool.acquire() as connection:
        crash = connection.transaction()
        await crash.start()
        assert await names.follow_names(connection, batch=3) == 3
        await crash.rollback()
        assert await names.unnamed(connection) == quiet.signal.position
    assert await entered(quiet) == set()
    await quiet.settle()
    assert await entered(quiet) == await expected(quiet) != set()


async def test_two_processes_follow_without_stepping_on_each_other(quiet: Runtime) -> None:
    for _ in range(4):
        await publish_some(quiet)
    await quiet._advance()
    async with AsyncExitStack() as stack:
        pool = quiet.database.hub_pool
        several = [await stack.enter_async_context(pool.acquire()) for _ in range(3)]
        handled = await asyncio.gather(*(names.follow_names(one, 2) for one in several for _ in range(1)))
        while sum(handled) < quiet.signal.position:
            handled += await asyncio.gather(*(names.follow_names(one, 2) for one in several))
    assert sum(handled) == quiet.signal.position
    assert await entered(quiet) == await expected(quiet)


async def test_a_record_that_cannot_be_entered_holds_up_no_other(quiet: Runtime) -> None:
    faulty, sound = called("不可登记公司"), called("可以登记公司")
    await _as_owner(quiet, f"alter table name_bearer add check (credit_code <> '{faulty.credit_code}')")
    for firm in (called("在前公司"), faulty, sound):
        await keep(quiet, SHENZHEN, "RISK_GRADING", material.grading(firm))
    await quiet.settle()
    codes = {entry[2] for entry in await entered(quiet)}
    assert sound.credit_code in codes
    assert faulty.credit_code not in codes
    failed = await _as_owner(quiet, "select worker, error from worker_failure")
    assert [tuple(row) for row in failed] == [("names", "CheckViolationError")]
    events = await _as_owner(
        quiet, "select e.credit_code from worker_failure f join event e using (event_id, position)"
    )
    assert [row["credit_code"] for row in events] == [faulty.credit_code]


async def test_the_loop_enters_names_by_itself(hub: Any, ask: Any) -> None:
    firm = called("循环登记示范公司")
    await material.publish(ask, SHENZHEN, "riskGrading", material.grading(firm))
    query = '{ search(first: 5, firmName: "循环登记示范公司") { nodes { creditCode } } }'
    for _ in range(100):
        nodes = (await ask(SHENZHEN, query)).data["search"]["nodes"]
        if nodes:
            break
        await asyncio.sleep(0.1)
    assert nodes == [{"creditCode": firm.credit_code}]


async def test_a_name_that_nobody_bears_any_more_is_kept_nowhere(quiet: Runtime) -> None:
    """Two firms of one name share an entry: the first that is renamed leaves it, the second takes it away."""
    first, second = called("示范同名有限公司"), called("示范同名有限公司")
    for place, firm in enumerate((first, second)):
        graded = material.grading(firm)
        await keep(quiet, SHENZHEN, "RISK_GRADING", graded)
        await quiet.settle()
        assert len(await _as_owner(quiet, "select from known_name")) == 1 + place
        await keep(quiet, GUANGZHOU, "RISK_GRADING", {**material.grading(second), "region": "440100"})
        await keep(quiet, SHENZHEN, "RISK_GRADING", {**graded, "name": f"示范异名{place}公司"})
        await quiet.settle()
        assert await entered(quiet) == await expected(quiet)
    await keep(quiet, GUANGZHOU, "RISK_GRADING", {**material.grading(second), "name": "异名", "region": "440100"})
    await quiet.settle()
    names_kept = {row["name"] for row in await _as_owner(quiet, "select name from known_name")}
    assert names_kept == {"示范异名0公司", "示范异名1公司", "异名"}
    assert {entry[-1] for entry in await entered(quiet)} == {one for name in names_kept for one in endings(name)}
