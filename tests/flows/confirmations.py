"""What tests of confirmations share: a certificate of Shanghai, the question in Nanjing, and what is answered."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from itertools import count
from types import SimpleNamespace
from typing import Any

import asyncpg

from exchange.runtime import Runtime, now_in_utc
from tests.flows import material
from tests.flows.rules import publish_in_time
from tests.flows.scratch import answered, keep
from tests.flows.test_roster_alerts import heard

NANJING, JIANGSU, SHANGHAI = "nj-bureau", "js-department", "sh-bureau"
SHENZHEN, ELSEWHERE = "sz-bureau", "gz-bureau"
PURPOSE = ("上岗核验", "DEM-HR-1")
CONFIRM = """mutation C($i: RecognitionInput!) { recognitionConfirm(input: $i) { confirmation {
  number state verdict isAccepted reasons confirmedVerdict confirmedReasons confirmedRules validUntil day receipt
  certificateNumberMasked certificateId asker caseNumber } userErrors { code field } } }"""
LOOK = """query L($n: String!) { confirmation(number: $n) {
  number state verdict isAccepted reasons rules confirmedVerdict confirmedRules validUntil certificateId asker
  caseNumber isDisputed employerCode receipt receiptFile conditions { condition }
  changes { condition before outcome reason } history { state verdict reasons causeType } } }"""
_SERIALS = count(1)
Values = dict[str, Any]


async def engineer(quiet: Runtime, day: date, specialty: str = "CHEMICAL", **changed: Any) -> Values:
    """A certificate that counts in Nanjing by its rule alone; its values as Shanghai sends them."""
    values = material.engineer(material.person(), material.firm("310000"), region="310000") | {
        "specialty": specialty, "validFrom": str(day - timedelta(days=300)), "validTo": str(day + timedelta(days=900)),
        **changed,
    }  # fmt: skip
    await send(quiet, values)
    return values


async def send(quiet: Runtime, values: Mapping[str, Any], **changed: Any) -> str:
    """Shanghai sends the certificate."""
    return await keep(quiet, SHANGHAI, "ASSISTANT_SAFETY_ENGINEER", {**values, **changed}, day=quiet.today())


async def rule(quiet: Runtime, specialty: str = "CHEMICAL", **terms: Any) -> Values:
    """A rule of Nanjing on certificates of Shanghai, in force since 30 days."""
    values = {
        **material.rule(f"AR-320100-8{next(_SERIALS):03d}", "3201"), "kinds": ["ASSISTANT_SAFETY_ENGINEER"],
        "subkinds": [specialty], "issuingPrefixes": ["31"], "validFrom": str(quiet.today() - timedelta(days=30)),
        **terms,
    }  # fmt: skip
    await publish_in_time(SimpleNamespace(runtime=quiet), NANJING, values)
    return values


async def confirm(quiet: Runtime, values: Mapping[str, Any], slug: str = NANJING, **question: Any) -> Values:
    """A confirmation; nothing was wrong with the question."""
    told = await payload(quiet, values, slug, **question)
    assert told["userErrors"] == []
    found: Values = told["confirmation"]
    return found


async def payload(quiet: Runtime, values: Mapping[str, Any], slug: str = NANJING, **question: Any) -> Values:
    asked = {"certificateNumber": values["number"], "hostRegion": "320100", **question}
    body = await answered(quiet, slug, CONFIRM, PURPOSE, i=asked)
    assert "errors" not in body, body
    found: Values = body["data"]["recognitionConfirm"]
    return found


async def look(quiet: Runtime, number: str, slug: str = NANJING) -> Values:
    """What has become of it, to a tenant."""
    body = await answered(quiet, slug, LOOK, n=number)
    assert "errors" not in body, body
    found: Values = body["data"]["confirmation"]
    return found


async def told(quiet: Runtime, number: str, slug: str = NANJING) -> list[tuple[str, str, str]]:
    """State, verdict and cause of each change a tenant was told of."""
    payloads = [one["payload"] for one in await heard(quiet, slug, type="confirmation.changed")]
    return [(one["state"], one["verdict"], one["causeType"]) for one in payloads if one["number"] == number]


class Clock:
    """The moment it is; a test moves it."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return now_in_utc() + self.ahead


async def as_owner(quiet: Runtime, statement: str, *values: Any) -> None:
    """What nobody but the owner of the tables can do."""
    connection = await asyncpg.connect(quiet.database.dsn)
    try:
        await connection.execute(statement, *values)
    finally:
        await connection.close()
