"""What tests of agreements that decide share: an agreement of Shanghai and Jiangsu in force since 60 days, a rule of
Nanjing under it for one county of Shanghai, and a certificate of that county."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any

from exchange.agreements import agreement_from, publish_agreement
from exchange.cli.agreements import _snake
from exchange.runtime import Runtime
from tests.flows.confirmations import NANJING, PURPOSE, SHANGHAI, Values, engineer, rule
from tests.flows.scratch import answered

COUNTIES = (
    "310101", "310104", "310105", "310106", "310107", "310109", "310110", "310112", "310113", "310114", "310115",
    "310116", "310117", "310118", "310120", "310151",
)  # fmt: skip
ENGINEER, MANAGER = "ASSISTANT_SAFETY_ENGINEER", "SAFETY_MANAGEMENT"
ROW = {
    "table": "表一", "kind": ENGINEER, "equivalentKind": MANAGER, "activities": ["隐患排查", "安全培训"],
    "basis": "演示附件一",
}  # fmt: skip
RECOGNISE = """query Q($i: RecognitionInput!) { recognition(input: $i) {
  verdict reasons followUp decisionWorkdays decideBy ruleIdentifier
  agreement { identifier version table row countsAs countsAsSubkind }
  conditions { condition outcome reason message nextStep values { name value } } } }"""
_NUMBERS = count(1)


@dataclass(frozen=True, kw_only=True)
class Situation:
    """An agreement, the county whose certificates the rule is about, and one of them."""

    agreement: str
    county: str
    certificate: Values


def version_of(agreement: str, version: int = 1, **promised: Any) -> Values:
    """A version, as the input of agreementPublish has it."""
    members = [{"tenant": slug, "participation": "FULL"} for slug in (SHANGHAI, "js-department", NANJING)]
    return {
        "identifier": agreement, "version": version, "name": "试验协议", "nameEn": "A trial",
        "basis": "试协〔2026〕1号", "members": members, **promised,
    }  # fmt: skip


async def agree(quiet: Runtime, values: Mapping[str, Any], *, days_ago: int = 60) -> None:
    """Publish a version, some days ago."""
    agreement, day = agreement_from(_snake(dict(values))), quiet.today() - timedelta(days=days_ago)
    async with quiet.database.hub_pool.acquire() as connection, connection.transaction():
        problems = await publish_agreement(connection, agreement, quiet.directory, publisher="test", day=day)
    assert problems == []
    await quiet.reload()


async def situation(quiet: Runtime, *, promised: Mapping[str, Any] | None = None, **terms: Any) -> Situation:
    """An agreement with these promises, a rule with these terms under it, a certificate it speaks of."""
    number = next(_NUMBERS)
    agreement, county = f"shared-{number}", COUNTIES[number - 1]
    await agree(quiet, version_of(agreement, **(promised or {"equivalences": [ROW]})))
    await rule(quiet, subkinds=[], issuingPrefixes=[county], agreement=agreement, **terms)
    certificate = await engineer(quiet, quiet.today(), region=county)
    return Situation(agreement=agreement, county=county, certificate=certificate)


async def recognise(quiet: Runtime, certificate: Values, slug: str = NANJING, **question: Any) -> Values:
    """What is answered in Nanjing."""
    asked = {"certificateNumber": certificate["number"], "hostRegion": "320100", **question}
    body = await answered(quiet, slug, RECOGNISE, PURPOSE, i=asked)
    assert "errors" not in body, body
    found: Values = body["data"]["recognition"]
    return found


def condition(answer: Values, name: str) -> Values:
    """One condition of an answer, its values by name."""
    (found,) = [one for one in answer["conditions"] if one["condition"] == name]
    return {**found, "values": {one["name"]: one["value"] for one in found["values"]}}
