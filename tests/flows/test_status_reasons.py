"""statusReasons through the engine: of certificates and permits, now and at a past moment, under the caller's sight."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import pytest_asyncio

from exchange.runtime import Runtime
from schema.kinds import BY_NAME
from tests.flows import material
from tests.flows.neighbours import GUANGZHOU, SHENZHEN
from tests.flows.samples import sent
from tests.flows.scratch import answered, keep, quiet_hub

PURPOSE = ("上岗核验", "DEM-SR-1")
REASONS = "status statusReason statusReasons { code status zh en basis field }"
CARD = f"""query Q($x: ID!, $day: Date, $known: DateTime) {{
  certificate(by: {{id: $x}}, asOf: $day, knownAt: $known) {{ {REASONS} }} }}"""
PERMITS = f"""query Q($x: String!, $day: Date) {{
  permits(first: 1, creditCode: $x, asOf: $day) {{ nodes {{ {REASONS} }} }} }}"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quiet(database: Any) -> AsyncIterator[Runtime]:
    async with quiet_hub(database.dsn, "exchange_status_reasons") as runtime:
        yield runtime


async def card(quiet: Runtime, record: str, **asked: Any) -> Any:
    body = await answered(quiet, SHENZHEN, CARD, PURPOSE, x=record, **asked)
    assert "errors" not in body, body
    return body["data"]["certificate"]


async def test_every_reason_is_told_with_who_decided_it_and_the_past_has_its_own(quiet: Runtime) -> None:
    person, firm = material.person(), material.firm()
    values = material.special_operation(person, firm)
    record = await keep(quiet, SHENZHEN, "SPECIAL_OPERATION", values)
    async with quiet.database.pool.acquire() as connection:
        before: datetime = await connection.fetchval("select clock_timestamp()")
    for measure, decision in (("SUSPENDED", "示应急暂扣1号"), ("REVOKED", "示应急吊销1号")):
        action = {**material.action(person, values, measure), "decisionNumber": decision}
        await keep(quiet, GUANGZHOU, "CERTIFICATE_ACTION", action)
    now, then = await card(quiet, record), await card(quiet, record, known=before.isoformat())
    assert (then["status"], then["statusReasons"]) == ("VALID", [])
    assert (now["status"], now["statusReason"]) == ("REVOKED", now["statusReasons"][0]["zh"])
    authority = quiet.directory.by_slug[GUANGZHOU].name
    assert now["statusReasons"] == [
        {
            "code": "ACTION", "status": "REVOKED", "zh": "处理决定 示应急吊销1号 自 2026-03-01 起吊销",
            "en": "Decision 示应急吊销1号: revoked from 2026-03-01",
            "basis": f"{authority} 示应急吊销1号", "field": None,
        },
        {
            "code": "ACTION", "status": "SUSPENDED", "zh": "处理决定 示应急暂扣1号 自 2026-03-01 起暂扣",
            "en": "Decision 示应急暂扣1号: suspended from 2026-03-01",
            "basis": f"{authority} 示应急暂扣1号", "field": None,
        },
    ]  # fmt: skip
    later = await card(quiet, record, day="2040-01-01")
    assert [one["code"] for one in later["statusReasons"]] == ["ACTION", "ACTION", "EXPIRED", "REVIEW_LAPSED"]
    assert later["statusReasons"][2]["basis"] == BY_NAME["SPECIAL_OPERATION"].basis


async def test_an_action_the_caller_may_not_see_is_no_reason_it_is_told(quiet: Runtime) -> None:
    """What another agreement shares stays there; the state is computed from the same sight."""
    person, firm = material.person(), material.firm()
    values = material.special_operation(person, firm)
    record = await keep(quiet, SHENZHEN, "SPECIAL_OPERATION", values)
    await keep(quiet, "sh-bureau", "CERTIFICATE_ACTION", material.action(person, values))
    found = await card(quiet, record)
    assert (found["status"], found["statusReasons"]) == ("VALID", [])


async def test_a_permit_has_reasons_too(quiet: Runtime) -> None:
    kind, firm = BY_NAME["SAFETY_PRODUCTION_PERMIT"], material.firm()
    permit = sent(kind, firm, material.person())
    await keep(quiet, SHENZHEN, kind.name, permit)
    told = []
    for day in (None, "2099-01-01"):
        body = await answered(quiet, SHENZHEN, PERMITS, x=firm.credit_code, day=day)
        (found,) = body["data"]["permits"]["nodes"]
        told.append((found["status"], [(one["code"], one["field"]) for one in found["statusReasons"]]))
    assert told == [("VALID", []), ("EXPIRED", [("EXPIRED", "validTo")])]
