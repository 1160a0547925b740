"""Many flags, or many presences, at once lead to what each leads to by itself: the same reviews, told in order."""

from typing import Any

import pytest

from exchange.runtime import Runtime
from exchange.stream import number_events
from exchange.triggering import triggers
from tests.flows import material
from tests.flows.scratch import keep, keep_all, quiet_hub

DONGGUAN, GUANGZHOU, SHENZHEN = "dg-bureau", "gz-bureau", "sz-bureau"
REVIEWS = """
select t.slug, w.rule, w.subject, w.state, w.reason_zh, w.priority, w.due_on,
  cardinality(w.further_record_ids) as further,
  (select count(*) from review_cause k where k.review_id = w.review_id) as causes
from review w
join tenant t on t.tenant_id = w.owner_id
order by w.subject, t.slug, w.rule, w.reason_zh
"""
TOLD = "select type, subject, version from event where subject like 'E:%' order by subject, version"


async def flagged_at_once(runtime: Runtime) -> tuple[list[Any], list[Any]]:
    """Eight firms with matters here and there, flagged in one batch, one of them twice by one decision; what came."""
    firms = [material.firm("440300") for _ in range(8)]
    for firm in firms:
        await keep(runtime, GUANGZHOU, "PROJECT_APPROVAL", material.matter(firm, "440100"))
    await keep_all(runtime, DONGGUAN, "PROJECT_APPROVAL", [material.matter(firm, "441900") for firm in firms[::2]])
    await runtime.settle()
    flags = [material.flag(firm) for firm in firms]
    await keep_all(runtime, SHENZHEN, "RISK_FLAG", flags)
    further = {**flags[0], "cause": "同一决定的另一事由", "region": "440304"}
    await keep(runtime, GUANGZHOU, "RISK_FLAG", further)
    await runtime.settle()
    names = {f"E:{firm.credit_code}": place for place, firm in enumerate(firms)}
    async with runtime.database.hub_pool.acquire() as connection:
        reviews = [dict(row) for row in await connection.fetch(REVIEWS)]
        told = [dict(row) for row in await connection.fetch(TOLD)]
    for row in (*reviews, *told):
        row["subject"] = names[row["subject"]]
    numbers = [flag["decisionNumber"] for flag in flags]
    for row in reviews:
        row["reason_zh"] = row["reason_zh"].replace(numbers[row["subject"]], "文号")
        row["reason_zh"] = row["reason_zh"].partition("；本地")[0]
    return reviews, told


async def test_a_batch_of_flags_leads_to_what_each_leads_to_by_itself(
    database: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with quiet_hub(database.dsn, "exchange_flags_together") as runtime:
        together = await flagged_at_once(runtime)
    monkeypatch.setattr(triggers, "TOGETHER", 1)
    async with quiet_hub(database.dsn, "exchange_flags_apart") as runtime:
        apart = await flagged_at_once(runtime)
    assert together == apart
    assert [(row["slug"], row["causes"]) for row in together[0]].count((DONGGUAN, 2)) == 1
    assert (len(together[0]), {row["rule"] for row in together[0]}) == (12, {"RED_FLAG"})


async def filed_at_once(runtime: Runtime) -> tuple[list[Any], list[Any]]:
    """Eight firms file matters in one batch: on every second stands a flag, the last came from the first. A person
    whose certificate was revoked is appointed in the same batch; what came of it."""
    day = runtime.today()
    firms = [material.firm("440300") for _ in range(8)]
    flags = [material.flag(firm) for firm in firms[::2]]
    await keep_all(runtime, SHENZHEN, "RISK_FLAG", flags, day=day)
    await keep(runtime, SHENZHEN, "SUCCESSION", material.succession(firms[0], firms[-1]), day=day)
    officer = material.person()
    certificate = material.special_operation(officer, firms[1])
    await keep(runtime, SHENZHEN, "SPECIAL_OPERATION", certificate, day=day)
    await keep(runtime, SHENZHEN, "CERTIFICATE_ACTION", material.action(officer, certificate), day=day)
    await runtime.settle()
    await keep_all(runtime, GUANGZHOU, "PROJECT_APPROVAL", [material.matter(firm, "440100") for firm in firms], day=day)
    await keep(runtime, GUANGZHOU, "APPOINTMENT", material.appointment(officer, firms[1], "440100"), day=day)
    await keep(runtime, DONGGUAN, "PROJECT_APPROVAL", material.matter(firms[0], "441900"), day=day)
    await runtime.settle()
    names = {f"E:{firm.credit_code}": place for place, firm in enumerate(firms)}
    async with runtime.database.hub_pool.acquire() as connection:
        reviews = [dict(row) for row in await connection.fetch(REVIEWS)]
        told = [dict(row) for row in await connection.fetch(TOLD)]
    for row in (*reviews, *told):
        row["subject"] = names.get(row["subject"], "P")
    found = [(row["subject"], row["slug"], row["rule"], row["further"], row["causes"]) for row in reviews]
    return sorted(found, key=str), told


async def test_a_batch_of_presences_meets_what_each_meets_by_itself(
    database: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with quiet_hub(database.dsn, "exchange_presences_together") as runtime:
        together = await filed_at_once(runtime)
    monkeypatch.setattr(triggers, "TOGETHER", 1)
    async with quiet_hub(database.dsn, "exchange_presences_apart") as runtime:
        apart = await filed_at_once(runtime)
    assert together == apart
    assert together[0] == [
        ("P", GUANGZHOU, "CERTIFICATE_ACTION", 0, 1),
        (0, DONGGUAN, "RED_FLAG", 0, 1),
        (0, GUANGZHOU, "RED_FLAG", 0, 1),
        (2, GUANGZHOU, "RED_FLAG", 0, 1),
        (4, GUANGZHOU, "RED_FLAG", 0, 1),
        (6, GUANGZHOU, "RED_FLAG", 0, 1),
        (7, GUANGZHOU, "SUCCESSOR_OF_FLAGGED", 0, 1),
    ]


async def asked_of(runtime: Runtime, count: int) -> int:
    """How many statements it takes that so many firms nothing stands against file a matter."""
    matters = [material.matter(material.firm("440300"), "440100") for _ in range(count)]
    await keep_all(runtime, GUANGZHOU, "PROJECT_APPROVAL", matters)
    asked: list[Any] = []
    async with runtime.database.hub_pool.acquire() as connection:
        await number_events(connection)
        with connection.query_logger(asked.append):
            assert await triggers.run_triggers(connection, runtime.directory) == count
    return len(asked)


async def test_presences_nothing_stands_against_cost_the_same_statements_however_many_they_are(database: Any) -> None:
    async with quiet_hub(database.dsn, "exchange_presences_counted") as runtime:
        await asked_of(runtime, 1)  # a new connection asks for types once
        assert await asked_of(runtime, 40) == await asked_of(runtime, 2)
