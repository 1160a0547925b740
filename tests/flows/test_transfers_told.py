"""What becomes known of a transfer: to both sides, in the log; what comes to light of the old certificate later."""

import uuid
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from exchange.statements import statements
from tenants.access import Misses
from tenants.session import acting
from tests.flows import material
from tests.flows.movers import GUANGDONG, IN, JIANGSU, ZHEJIANG, Mover, codes, join, new_number, recognised
from tests.flows.neighbours import caller

EVENTS = "query E($after: String!) { events(first: 100, after: $after) { nodes { type recordId payload } } }"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def mover(hub: Any, ask: Any) -> Any:
    await join(hub)

    async def made(**changed: Any) -> Mover:
        return await Mover(ask).issue(**changed)

    return made


async def by_report(ask: Any, moving: Mover) -> None:
    await moving.report(reportedStatus="RESCINDED", operation="CANCEL")


async def by_action(ask: Any, moving: Mover) -> None:
    action = material.action(moving.person, moving.old, "RESCINDED", certificateType="建筑施工企业安管人员考核合格证书")
    await material.publish(ask, "sh-bureau", "certificateAction", action)


@pytest.mark.parametrize("found_out", [by_report, by_action])
async def test_a_new_certificate_is_no_better_than_the_one_it_was_issued_for(
    mover: Any, ask: Any, hub: Any, found_out: Any
) -> None:
    """The old one is rescinded after the transfer, by its issuer or by somebody else: who took it in does not see that
    record, is told once, and the new certificate is accepted no more."""
    moving, number = await mover(), new_number()
    assert codes(await moving.take(await moving.sent(), number=number)) == []
    new = moving.next.credit_code
    assert await recognised(ask, JIANGSU, number, "320100", new) == ("ACCEPTED", [])
    await hub.runtime.settle()
    start = f"seq:{hub.runtime.signal.position}"
    await found_out(ask, moving)
    verdict, reasons = await recognised(ask, JIANGSU, number, "320100", new)
    assert verdict == "UNDETERMINED"
    assert "STATE_UNKNOWN" in reasons
    for _ in range(2):
        async with hub.database.hub_pool.acquire() as connection:
            await connection.fetchval(statements("transfers")["raise_questioned"], hub.runtime.today(), 100)
    await hub.runtime.settle()
    for slug, times in ((JIANGSU, 1), (ZHEJIANG, 0)):
        heard = (await ask(slug, EVENTS, after=start)).data["events"]["nodes"]
        assert [one["type"] for one in heard].count("transfer.questioned") == times


async def test_an_id_number_is_not_found_out_by_trying(mover: Any, ask: Any, hub: Any) -> None:
    moving = await mover()
    transfer = await moving.sent()
    assert codes(await moving.take(transfer, idNumber=material.person().id_number)) == ["TRANSFER_HOLDER_DIFFERS"]
    query = "{ accessRecords(first: 1) { nodes { rootField persons } } }"
    (kept,) = (await ask(JIANGSU, query)).data["accessRecords"]["nodes"]
    assert kept == {"rootField": "transferIn", "persons": []}
    usual, hub.runtime.misses = hub.runtime.misses, Misses(per_client=1, per_tenant=1)
    try:
        values = {"transferId": transfer, "idNumber": moving.person.id_number, "number": new_number(),
                  "employerCode": moving.next.credit_code, "employerName": moving.next.name}  # fmt: skip
        refused = await ask(JIANGSU, IN, x=values)
    finally:
        hub.runtime.misses = usual
    assert "TOO_MANY_MISSES" in str(refused.body)
    assert (await moving.card(GUANGDONG, moving.old_id))["status"] == "TRANSFERRING_OUT"


# Who is told, and what is proved


async def test_every_step_is_told_to_both_and_to_nobody_else_without_anything_personal(
    mover: Any, ask: Any, hub: Any
) -> None:
    moving = await mover()
    await hub.runtime.settle()
    start = f"seq:{hub.runtime.signal.position}"
    transfer = await moving.sent()
    await moving.take(transfer)
    await hub.runtime.settle()
    told: dict[str, list[Any]] = {}
    for slug in (GUANGDONG, JIANGSU, ZHEJIANG, "sz-bureau"):
        heard = (await ask(slug, EVENTS, after=start)).data["events"]["nodes"]
        told[slug] = [one for one in heard if one["type"].startswith("transfer.")]
    for slug in (GUANGDONG, JIANGSU):
        assert [one["type"] for one in told[slug]] == ["transfer.opened", "transfer.completed"]
        for secret in (moving.person.name, moving.person.id_number, moving.old["number"]):
            assert secret not in str(told[slug])
    assert told[ZHEJIANG] == told["sz-bureau"] == []


async def test_the_steps_are_in_the_log_and_proved_to_the_two_alone(mover: Any, ask: Any, hub: Any) -> None:
    moving = await mover()
    transfer = await moving.sent()
    await moving.take(transfer)
    await hub.runtime.settle()
    query = "query I($id: ID!, $v: Int) { ledgerInclusion(id: $id, type: TRANSFER, version: $v) { entry leafIndex } }"
    first = (await ask(JIANGSU, query, id=transfer, v=1)).data["ledgerInclusion"]
    last = (await ask(GUANGDONG, query, id=transfer)).data["ledgerInclusion"]
    assert '"type":"TRANSFER"' in first["entry"]
    assert int(last["leafIndex"]) > int(first["leafIndex"])
    assert (await ask(ZHEJIANG, query, id=transfer)).data["ledgerInclusion"] is None


async def test_a_certificate_exchanged_opens_no_review_as_if_it_had_been_withdrawn(
    mover: Any, ask: Any, hub: Any
) -> None:
    moving, withdrawn = await mover(), await mover()
    for one in (moving, withdrawn):
        await material.publish(ask, "gz-bureau", "appointment", material.appointment(one.person, one.firm, "440100"))
    await moving.take(await moving.sent())
    await withdrawn.report(reportedStatus="CANCELLED", operation="CANCEL")
    await hub.runtime.settle()
    async with hub.database.hub_pool.acquire() as connection:
        rows = await connection.fetch(
            "select cause_record_id from review where cause_record_id = any ($1::uuid[])",
            [uuid.UUID(moving.old_id), uuid.UUID(withdrawn.old_id)],
        )
    assert {str(row["cause_record_id"]) for row in rows} == {withdrawn.old_id}


# Below the API


_ARRIVE = """insert into transfer_step (transfer_id, place, owner_id, losing_id, gaining_id, record_id, state, taken_on,
    successor_id, carried_to)
  select transfer_id, 2, gaining_id, losing_id, gaining_id, record_id, 'IN', current_date, gen_random_uuid(), valid_to
  from transfer where transfer_id = $1"""
_WITHDRAW = """insert into transfer_step (
    transfer_id, place, owner_id, losing_id, gaining_id, record_id, state, taken_on, reason)
  select transfer_id, 2, losing_id, losing_id, gaining_id, record_id, 'WITHDRAWN', current_date, 'x'
  from transfer where transfer_id = $1"""


async def test_no_step_is_written_for_the_other_side_nor_without_the_certificates(mover: Any, hub: Any) -> None:
    moving = await mover()
    transfer = uuid.UUID(await moving.sent())
    for statement, error in ((_ARRIVE, asyncpg.CheckViolationError), (_WITHDRAW, asyncpg.InsufficientPrivilegeError)):
        with pytest.raises(error):
            async with acting(hub.database.pool, caller(hub, JIANGSU)) as connection:
                await connection.execute(statement, transfer)
    async with acting(hub.database.pool, caller(hub, ZHEJIANG)) as connection:
        assert await connection.fetch("select 1 from transfer where transfer_id = $1", transfer) == []
        assert await connection.fetch("select 1 from transfer_step where transfer_id = $1", transfer) == []
    assert codes(await moving.take(str(transfer))) == []
