"""Story, 一证通: who was certified in Shanghai works in three provinces on that certificate, without retraining, each
by its own rule; what Shanghai takes back counts nowhere from that moment."""

from collections.abc import AsyncIterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import orjson
import pytest_asyncio

from exchange.demo.cast import ENTERPRISE, RULE_IDENTIFIER, Actor, synthetic_code
from exchange.demo.seed import keep_rule
from exchange.ledger.receipts import check, keys_of
from exchange.runtime import Runtime
from exchange.statements import statements
from tenants.access import TenantKind, default_scopes
from tenants.registry import hash_secret, onboard
from tests.flows import material
from tests.flows.confirmations import CONFIRM, confirm, look, told
from tests.flows.material import Firm, Person
from tests.flows.rules import publish_in_time
from tests.flows.scratch import answered, keep, quiet_hub

SHANGHAI, NANJING, FIRM = "sh-bureau", "nj-bureau", ENTERPRISE.slug
PROVINCES = {"js-department": "320000", "zj-department": "330000", "ah-department": "340000"}
RULES = {
    "320100": ("CONDITIONAL", f"{RULE_IDENTIFIER} v1"), "330100": ("ACCEPTED", "AR-330000-0101 v1"),
    "340100": ("ACCEPTED", "AR-340000-0101 v1"),
}  # fmt: skip
"""Jiangsu's, of the demonstration, asks for a filing; the others take it as it is."""
BEYOND = "440300"
OWN = Firm(name=ENTERPRISE.name, credit_code=ENTERPRISE.credit_code, region="310000")
PURPOSE = ("上岗核验", "DEM-YZT-1")
_REGISTRY = statements("registry")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quiet(database: Any) -> AsyncIterator[Runtime]:
    """Three provinces have each said that Shanghai's certificates count there as they are."""
    async with quiet_hub(database.dsn, "exchange_one_certificate") as runtime:
        await keep_rule(runtime)
        for serial, slug in enumerate(("zj-department", "ah-department")):
            await _join(runtime, slug, PROVINCES[slug], serial)
            await _accept(runtime, slug, "0101", industries=["其他工贸"])
        await runtime.settle()
        yield runtime


async def _join(runtime: Runtime, slug: str, region: str, serial: int) -> None:
    """Another department takes part in the agreement."""
    actor = Actor(
        slug=slug, kind=TenantKind.AUTHORITY, name=f"示范应急管理厅{serial}（演示）",
        name_en=f"Model department {serial}", credit_code=synthetic_code("11", region, 900 + serial),
        region=region, sector="EMERGENCY", jurisdiction=(region[:2],), agreements=("yrd",),
    )  # fmt: skip
    async with runtime.database.hub_pool.acquire() as connection, connection.transaction():
        tenant_id = await onboard(
            connection, _REGISTRY, tenant=actor.as_tenant(), agreements=actor.agreements, day=runtime.today()
        )
        scopes = list(default_scopes(actor.kind))
        await connection.execute(_REGISTRY["keep_client"], slug, tenant_id, hash_secret(slug), scopes)
    await runtime.reload()


async def _accept(runtime: Runtime, slug: str, number: str, **terms: Any) -> None:
    region = PROVINCES[slug]
    values = {
        **material.rule(f"AR-{region}-{number}", region[:2]), "issuingPrefixes": ["31"],
        "basis": "长三角示范协议第2号",
        "validFrom": str(runtime.today() - timedelta(days=30)), **terms,
    }  # fmt: skip
    await publish_in_time(SimpleNamespace(runtime=runtime), slug, values)


async def certified(quiet: Runtime, person: Person, **changed: Any) -> dict[str, Any]:
    """Shanghai certifies a safety officer of the firm."""
    today = quiet.today()
    values = {**material.certificate(person, OWN, valid_to=today + timedelta(days=700), region="310000"), **changed}
    await keep(quiet, SHANGHAI, "SAFETY_MANAGEMENT", values, day=today)
    return values


async def test_one_certificate_counts_in_three_provinces_each_by_a_rule_of_its_own(quiet: Runtime) -> None:
    values = await certified(quiet, material.person())
    for city, (verdict, rule) in RULES.items():
        made = await confirm(quiet, values, FIRM, hostRegion=city)
        found = (made["confirmedVerdict"], made["isAccepted"], made["confirmedReasons"], made["confirmedRules"])
        assert found == (verdict, True, [], [rule])


async def test_no_training_is_reported_and_none_is_asked_for(quiet: Runtime) -> None:
    values = await certified(quiet, material.person())
    made = await confirm(quiet, values, FIRM, hostRegion="330100")
    conditions = (await look(quiet, made["number"], FIRM))["conditions"]
    assert made["confirmedVerdict"] == "ACCEPTED"
    assert "TRAINING" in {one["condition"] for one in conditions}


async def test_where_retraining_is_a_term_the_answer_says_so_and_is_no_yes(quiet: Runtime) -> None:
    await _accept(quiet, "zj-department", "0102", industries=["金属冶炼"], minTrainingHours=8)
    values = await certified(quiet, material.person(), industryCategory="金属冶炼")
    asked = {"certificateNumber": values["number"], "hostRegion": "330100"}
    body = await answered(quiet, FIRM, CONFIRM, PURPOSE, i=asked)
    made = body["data"]["recognitionConfirm"]["confirmation"]
    assert (made["confirmedVerdict"], made["confirmedReasons"]) == ("UNDETERMINED", ["TRAINING_UNKNOWN"])


async def test_beyond_the_agreement_nothing_is_accepted_because_others_do(quiet: Runtime) -> None:
    values = await certified(quiet, material.person())
    made = await confirm(quiet, values, FIRM, hostRegion=BEYOND)
    assert (made["confirmedVerdict"], made["isAccepted"]) == ("UNDETERMINED", False)
    assert made["confirmedReasons"] == ["NO_RULES_PUBLISHED"]


async def test_an_officer_finishes_in_shanghai_and_goes_on_in_nanjing_on_the_same_certificate(quiet: Runtime) -> None:
    person, today = material.person(), quiet.today()
    values = await certified(quiet, person)
    shanghai = material.appointment(person, OWN, "310000") | {"appointedOn": str(today - timedelta(days=200))}
    await keep(quiet, SHANGHAI, "APPOINTMENT", shanghai, day=today)
    before = await confirm(quiet, values, FIRM)
    await keep(quiet, SHANGHAI, "APPOINTMENT", {**shanghai, "endedOn": str(today)}, day=today)
    await keep(quiet, NANJING, "APPOINTMENT", material.appointment(person, OWN, "320100"), day=today)
    await quiet.settle()
    after = await confirm(quiet, values, FIRM)
    assert after["certificateId"] == before["certificateId"]
    assert [one["confirmedVerdict"] for one in (before, after)] == ["CONDITIONAL", "CONDITIONAL"]
    assert (await look(quiet, before["number"], FIRM))["state"] == "STANDS"


async def test_what_shanghai_takes_back_counts_nowhere_and_every_place_hears_of_it(quiet: Runtime) -> None:
    person = material.person()
    values = await certified(quiet, person)
    numbers = {city: (await confirm(quiet, values, FIRM, hostRegion=city))["number"] for city in RULES}
    await quiet.settle()
    files = [(await look(quiet, number, FIRM))["receiptFile"] for number in numbers.values()]
    await certified(quiet, person, reportedStatus="REVOKED")
    for number in numbers.values():
        seen = await look(quiet, number, FIRM)
        assert (seen["state"], seen["verdict"], seen["isAccepted"]) == ("WITHDRAWN", "REFUSED", False)
        assert await told(quiet, number, FIRM) == [("WITHDRAWN", "REFUSED", "credential.statusChanged")]
    for slug, number in zip(PROVINCES, numbers.values(), strict=True):
        assert await told(quiet, number, slug) == [("WITHDRAWN", "REFUSED", "credential.statusChanged")]
    checked = [check(orjson.dumps(one), keys_of(orjson.dumps(quiet.tokens.key_set()))) for one in files]
    said = [(one.is_logged, one.claims["recognition"]["verdict"]) for one in checked]
    assert said == [(True, verdict) for verdict, _ in RULES.values()]
