"""Status lists where what speaks against a certificate stands elsewhere: under another id or person, another issuer.
Each change is seen at once from events, and the same by reading the list whole."""

import uuid
from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import pytest_asyncio

from exchange.demo.seed import caller_of
from exchange.proof.slots import Slot, allot
from exchange.proof.status_lists import StatusLists, read_whole
from exchange.runtime import Runtime
from tenants.session import acting
from tests.flows import material
from tests.flows.identities import JUDGE
from tests.flows.material import Person
from tests.flows.neighbours import GUANGZHOU, PURPOSE, SHENZHEN
from tests.flows.scratch import answered, keep, quiet_hub


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quiet(database: Any) -> AsyncIterator[Runtime]:
    async with quiet_hub(database.dsn, "exchange_status_doubt") as runtime:
        yield runtime


def good_until(quiet: Runtime) -> date:
    return quiet.today() + timedelta(days=700)


async def shown(quiet: Runtime, kind: str, values: dict[str, Any]) -> Slot:
    record_id = await keep(quiet, SHENZHEN, kind, values)
    caller = caller_of(quiet, SHENZHEN)
    async with acting(quiet.database.pool, caller) as connection:
        return await allot(
            connection, quiet.keys, owner_id=caller.tenant.tenant_id, item_id=uuid.UUID(record_id), kind="CERTIFICATE"
        )


async def status(quiet: Runtime, slot: Slot) -> int:
    """Of the list that is kept up from events; what a hub that has just started reads is the same."""
    await quiet.status_lists.published(slot.list_id)
    kept = quiet.status_lists._kept[slot.list_id].statuses
    async with quiet.database.hub_pool.acquire() as connection:
        assert await read_whole(connection, slot.list_id, quiet.today()) == kept
    return kept.get(slot.idx, 0)


async def judged(quiet: Runtime, one: Person, other: Person, verdict: str) -> None:
    first, second = (str(quiet.keys.person_id(person.id_number)) for person in (one, other))
    values = {"personId": first, "otherPersonId": second, "verdict": verdict, "reason": "核对档案照片"}
    told = (await answered(quiet, GUANGZHOU, JUDGE, PURPOSE, input=values))["data"]["personVerdict"]
    assert told["userErrors"] == []


async def test_one_exchanged_under_another_id_ends_when_the_ids_are_one_and_counts_again_when_they_are_two(
    quiet: Runtime,
) -> None:
    first, second, firm = material.person(), material.person(), material.firm()
    dates = {"validTo": str(good_until(quiet)), "validFrom": "2026-01-01"}
    former = {**material.construction(first, firm), **dates}
    slot = await shown(quiet, "CONSTRUCTION_SAFETY_MANAGER", former)
    successor = {**material.construction(second, firm, region="440100"), **dates, "previousNumber": former["number"]}
    await keep(quiet, GUANGZHOU, "CONSTRUCTION_SAFETY_MANAGER", successor)
    told = [await status(quiet, slot)]
    for verdict in ("SAME", "DIFFERENT"):
        await judged(quiet, first, second, verdict)
        told.append(await status(quiet, slot))
    assert told == [0, 1, 0]


async def test_one_exchanged_by_the_same_person_ends(quiet: Runtime) -> None:
    person, firm = material.person(), material.firm()
    dates = {"validTo": str(good_until(quiet)), "validFrom": "2026-01-01"}
    former = {**material.construction(person, firm), **dates}
    slot = await shown(quiet, "CONSTRUCTION_SAFETY_MANAGER", former)
    assert await status(quiet, slot) == 0
    successor = {**material.construction(person, firm, region="440100"), **dates, "previousNumber": former["number"]}
    await keep(quiet, GUANGZHOU, "CONSTRUCTION_SAFETY_MANAGER", successor)
    assert await status(quiet, slot) == 1


async def test_a_number_another_issuer_rescinded_of_somebody_else_is_in_doubt_until_that_is_taken_back(
    quiet: Runtime,
) -> None:
    firm, dates = material.firm(), {"validTo": str(good_until(quiet)), "validFrom": "2026-01-01"}
    values = {**material.engineer(material.person(), firm), **dates}
    slot = await shown(quiet, "ASSISTANT_SAFETY_ENGINEER", values)
    assert await status(quiet, slot) == 0
    twin = {**material.engineer(material.person(), firm, region="440100"), **dates, "number": values["number"]}
    await keep(quiet, GUANGZHOU, "ASSISTANT_SAFETY_ENGINEER", {**twin, "reportedStatus": "SUSPENDED"})
    assert await status(quiet, slot) == 2
    await keep(quiet, GUANGZHOU, "ASSISTANT_SAFETY_ENGINEER", twin)
    assert await status(quiet, slot) == 0


async def test_an_action_of_another_authority_counts_while_it_stands_and_one_that_ran_out_leaves_doubt(
    quiet: Runtime,
) -> None:
    person, firm = material.person(), material.firm()
    values = material.special_operation(person, firm)
    slot = await shown(quiet, "SPECIAL_OPERATION", values)
    assert await status(quiet, slot) == 0
    over = material.action(person, values, "SUSPENDED", suspendedTo=str(quiet.today() - timedelta(days=1)))
    await keep(quiet, GUANGZHOU, "CERTIFICATE_ACTION", over)
    assert await status(quiet, slot) == 2
    await keep(quiet, GUANGZHOU, "CERTIFICATE_ACTION", material.action(person, values))
    assert await status(quiet, slot) == 1


async def test_a_hub_that_starts_afterwards_says_the_same(quiet: Runtime) -> None:
    values = material.special_operation(material.person(), material.firm())
    slot = await shown(quiet, "SPECIAL_OPERATION", values)
    assert await status(quiet, slot) == 0
    await keep(quiet, SHENZHEN, "SPECIAL_OPERATION", {**values, "reportedStatus": "REVOKED"})
    other = StatusLists(quiet.database.hub_pool, quiet.tokens, public_url=lambda: quiet.public_url, now=quiet.now)
    await other.published(slot.list_id)
    assert other._kept[slot.list_id].statuses[slot.idx] == await status(quiet, slot) == 1
