"""Recognition by published rules, through the hub: their terms, the issuer's own invalidation, and the answer as it was
known at a moment."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date, timedelta
from itertools import count
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from exchange.demo.seed import caller_of
from exchange.desks.recognition_rules import publish_rule, published_rules, rule_from
from schema.fields import CHINA
from tenants.session import acting
from tests.flows import material
from tests.flows.rules import publish_in_time

JIANGSU, SHANGHAI, SHENZHEN = "js-department", "sh-bureau", "sz-bureau"
PURPOSE = ("上岗核验", "DEM-RC-7")
RECOGNISE = """query Q($i: RecognitionInput!) { recognition(input: $i) {
  verdict reasons knownAt day ruleIdentifier ruleVersion
  authentic { outcome } valid { outcome } accepted { outcome message conditions { condition outcome aspect } }
} }"""
PUBLISH = """mutation R($i: RecognitionRuleInput!) {
  recognitionRulePublish(input: $i) { identifier version userErrors { code field message } } }"""
RULES = "query R($on: Date) { recognitionRules(on: $on) { identifier version type basisType reviewBy terms } }"
_SERIALS = count(1)
Terms = dict[str, Any]
Ask = Callable[..., Awaitable[Any]]


def terms_of(hub: Any, **changed: Any) -> Terms:
    """A rule on use in Wuxi, for which no other test publishes any; in force since 30 days."""
    begins = hub.runtime.today() - timedelta(days=30)
    return {
        **material.rule(f"AR-320200-7{next(_SERIALS):03d}", "3202"), "kinds": ["ASSISTANT_SAFETY_ENGINEER"],
        "issuingPrefixes": ["31"], "validFrom": begins.isoformat(), **changed,
    }  # fmt: skip


async def engineer(ask: Ask, hub: Any, specialty: str, **changed: Any) -> tuple[material.Person, Terms]:
    """An engineer of Shanghai; tests tell each other's rules apart by the field of practice."""
    today = hub.runtime.today()
    person, firm = material.person(), material.firm("310000")
    values = material.engineer(person, firm, region="310000") | {
        "specialty": specialty, "validFrom": (today - timedelta(days=300)).isoformat(),
        "validTo": (today + timedelta(days=900)).isoformat(), **changed,
    }  # fmt: skip
    await material.publish(ask, SHANGHAI, "assistantSafetyEngineer", values)
    return person, values


async def answer(ask: Ask, values: Terms, **question: Any) -> Terms:
    asked = {"certificateNumber": values["number"], "hostRegion": "320200", **question}
    found: Terms = (await ask(JIANGSU, RECOGNISE, purpose=PURPOSE, i=asked)).data["recognition"]
    return found


async def verdict(ask: Ask, values: Terms, **question: Any) -> tuple[str, list[str]]:
    found = await answer(ask, values, **question)
    return found["verdict"], found["reasons"]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def rules(hub: Any) -> AsyncIterator[None]:
    """One rule for each field of practice that the tests below use."""
    for specialty, terms in {
        "CHEMICAL": {"minTrainingHours": 12},
        "COAL_MINE": {"coolingOffMonths": 6},
        "METALLURGY": {"activities": ["焊接"], "documents": ["劳动合同"], "requiresOtherEmployer": True},
        "ROAD_TRANSPORT": {},
    }.items():
        await publish_in_time(hub, JIANGSU, terms_of(hub, subkinds=[specialty], **terms))
    yield


async def test_hours_of_training_within_twelve_months_are_added_up(ask: Ask, hub: Any, rules: None) -> None:
    person, values = await engineer(ask, hub, "CHEMICAL")
    today = hub.runtime.today()
    assert await verdict(ask, values) == ("UNDETERMINED", ["TRAINING_UNKNOWN"])
    for days, hours in ((400, 40), (300, 8)):
        await material.publish(ask, SHANGHAI, "training", course(person, today - timedelta(days=days), hours))
    assert await verdict(ask, values) == ("REFUSED", ["TOO_FEW_HOURS"])
    await material.publish(ask, SHENZHEN, "training", course(person, today - timedelta(days=2), 4))
    assert await verdict(ask, values) == ("ACCEPTED", [])


def course(person: material.Person, day: date, hours: float) -> Terms:
    return {
        "name": person.name, "idNumber": person.id_number, "trainingType": "CONTINUING", "provider": "示例安全培训中心",
        "startedOn": day.isoformat(), "endedOn": day.isoformat(), "hours": hours,
    }  # fmt: skip


async def test_after_an_adverse_record_was_lifted_the_months_have_to_pass(ask: Ask, hub: Any, rules: None) -> None:
    _, values = await engineer(ask, hub, "COAL_MINE")
    today = hub.runtime.today()
    assert await verdict(ask, values) == ("ACCEPTED", [])
    flag = material.flag(material.Firm(name="示例", credit_code=values["creditCode"], region="440300"))
    await material.publish(ask, SHENZHEN, "riskFlag", flag)
    assert await verdict(ask, values) == ("REFUSED", ["COOLING_OFF"])
    lifted = {"liftedOn": today.isoformat(), "liftReason": "整改完成"}
    await material.publish(ask, SHENZHEN, "riskFlag", flag | lifted)
    assert await verdict(ask, values) == ("REFUSED", ["COOLING_OFF"])
    assert await verdict(ask, values, on=(today + timedelta(days=190)).isoformat()) == ("ACCEPTED", [])


async def test_activity_documents_and_employer_are_asked_for(ask: Ask, hub: Any, rules: None) -> None:
    _, values = await engineer(ask, hub, "METALLURGY")
    missing = ["EMPLOYER_UNKNOWN", "ACTIVITY_UNKNOWN", "DOCUMENTS_MISSING"]
    assert await verdict(ask, values) == ("UNDETERMINED", missing)
    complete = {
        "activity": "焊接", "documents": ["劳动合同"], "employerCode": material.firm("320200").credit_code,
    }  # fmt: skip
    assert await verdict(ask, values, **complete) == ("ACCEPTED", [])
    stays = complete | {"employerCode": values["creditCode"]}
    assert await verdict(ask, values, **stays) == ("REFUSED", ["EMPLOYER_UNCHANGED"])
    assert await verdict(ask, values, **complete | {"activity": "高处"}) == ("REFUSED", ["ACTIVITY_NOT_COVERED"])


async def test_the_three_answers_come_with_their_own_conditions(ask: Ask, hub: Any, rules: None) -> None:
    _, values = await engineer(
        ask, hub, "ROAD_TRANSPORT", validTo=(hub.runtime.today() - timedelta(days=1)).isoformat()
    )
    found = await answer(ask, values)
    assert [found[name]["outcome"] for name in ("authentic", "valid", "accepted")] == ["PASSED", "FAILED", "PASSED"]
    assert (found["verdict"], found["accepted"]["message"]) == ("REFUSED", "当地认可：通过")
    assert {one["aspect"] for one in found["accepted"]["conditions"]} == {"ACCEPTED"}


async def test_the_issuer_takes_back_what_it_issued_in_a_period(ask: Ask, hub: Any, rules: None) -> None:
    today = hub.runtime.today()
    (_, early), (_, late) = [
        await engineer(ask, hub, "ROAD_TRANSPORT", validFrom=(today - timedelta(days=days)).isoformat())
        for days in (71, 69)
    ]
    taken_back = terms_of(
        hub, identifier="IR-310000-7001", subkinds=["ROAD_TRANSPORT"], hostPrefixes=[""], mode="NONE",
        issuedTo=(today - timedelta(days=70)).isoformat(),
        issuedFrom=(today - timedelta(days=80)).isoformat(), message="该期考核作废",
    )  # fmt: skip
    await publish_in_time(hub, SHANGHAI, taken_back)
    assert await verdict(ask, early) == ("REFUSED", ["INVALIDATED"])
    assert await verdict(ask, late) == ("ACCEPTED", [])


async def test_an_authority_publishes_a_rule_with_every_term(ask: Ask, hub: Any) -> None:
    begins = (hub.runtime.today() + timedelta(days=5)).isoformat()
    terms = material.rule("AR-320200-0711", "3202") | {
        "validFrom": begins, "subkinds": ["SAFETY_MANAGER"], "industries": ["金属冶炼"], "basisType": "NONE",
        "minTrainingHours": 16, "coolingOffMonths": 12, "requiresOtherEmployer": True, "activities": ["浇铸"],
        "documents": ["劳动合同"], "fallback": "REFUSED", "reviewBy": begins,
    }  # fmt: skip
    published = (await ask(JIANGSU, PUBLISH, i=terms)).data["recognitionRulePublish"]
    assert published == {"identifier": "AR-320200-0711", "version": 1, "userErrors": []}
    told = (await ask(SHENZHEN, RULES, on=begins)).data["recognitionRules"]
    (rule,) = [one for one in told if one["identifier"] == "AR-320200-0711"]
    kept = rule.pop("terms")
    assert rule == {
        "identifier": "AR-320200-0711", "version": 1, "type": "ACCEPTANCE", "basisType": "NONE", "reviewBy": begins,
    }  # fmt: skip
    assert {name: kept[name] for name in ("subkinds", "industries", "activities", "documents", "fallback")} == {
        "subkinds": ["SAFETY_MANAGER"], "industries": ["金属冶炼"], "activities": ["浇铸"], "documents": ["劳动合同"],
        "fallback": "REFUSED",
    }  # fmt: skip


async def test_everything_wrong_with_a_rule_is_told_at_once(ask: Ask, hub: Any) -> None:
    terms = material.rule("AR-320200-0712", "4403") | {
        "validFrom": hub.runtime.today().isoformat(), "kinds": ["SPECIAL_OPERATION"], "issuingPrefixes": ["31"],
        "minTrainingHours": 5000,
    }  # fmt: skip
    payload = (await ask(JIANGSU, PUBLISH, i=terms)).data["recognitionRulePublish"]
    assert [(one["code"], one["field"]) for one in payload["userErrors"]] == [
        ("FOREIGN_ISSUER", ["input", "hostPrefixes"]),
        ("RULE_NATION_WIDE", ["input", "kinds"]),
        ("RULE_TOO_SOON", ["input", "validFrom"]),
        ("RULE_OUT_OF_LIMITS", ["input", "minTrainingHours"]),
    ]
    assert payload["identifier"] is None


async def test_as_known_at_a_moment_later_facts_do_not_count(ask: Ask, hub: Any, rules: None) -> None:
    before = hub.runtime.now().isoformat()
    person, values = await engineer(ask, hub, "ROAD_TRANSPORT")
    good = hub.runtime.now().isoformat()
    revoked = material.action(person, values) | {"certificateType": "初级注册安全工程师"}
    await material.publish(ask, SHENZHEN, "certificateAction", revoked)
    assert await verdict(ask, values) == ("REFUSED", ["ACTION_REVOKED"])
    assert await verdict(ask, values, knownAt=good) == ("ACCEPTED", [])
    assert await verdict(ask, values, knownAt=before) == ("UNDETERMINED", ["NOT_FOUND"])
    then = await answer(ask, values, knownAt=good)
    assert (then["day"], then["knownAt"][:19]) == (hub.runtime.today().isoformat(), good[:19])


async def test_as_known_at_a_moment_later_training_and_flags_do_not_count(ask: Ask, hub: Any, rules: None) -> None:
    trained, values = await engineer(ask, hub, "CHEMICAL")
    _, flagged = await engineer(ask, hub, "COAL_MINE")
    moment = hub.runtime.now().isoformat()
    await material.publish(ask, SHANGHAI, "training", course(trained, hub.runtime.today(), 20))
    firm = material.Firm(name="示例", credit_code=flagged["creditCode"], region="440300")
    await material.publish(ask, SHENZHEN, "riskFlag", material.flag(firm))
    now = [await verdict(ask, one) for one in (values, flagged)]
    then = [await verdict(ask, one, knownAt=moment) for one in (values, flagged)]
    assert now == [("ACCEPTED", []), ("REFUSED", ["COOLING_OFF"])]
    assert then == [("UNDETERMINED", ["TRAINING_UNKNOWN"]), ("ACCEPTED", [])]


async def test_as_known_at_a_moment_later_rules_do_not_count(ask: Ask, hub: Any) -> None:
    _, values = await engineer(ask, hub, "CONSTRUCTION")
    first = terms_of(hub, subkinds=["CONSTRUCTION"])
    await publish_in_time(hub, JIANGSU, first)
    moment, begins = hub.runtime.now(), hub.runtime.today() + timedelta(days=4)
    replaced = first | {"version": 2, "mode": "NONE", "validFrom": begins.isoformat()}
    assert (await ask(JIANGSU, PUBLISH, i=replaced)).data["recognitionRulePublish"]["userErrors"] == []
    question = {"on": begins.isoformat()}
    now = await answer(ask, values, **question)
    then = await answer(ask, values, **question, knownAt=moment.isoformat())
    assert (now["verdict"], now["ruleVersion"], then["verdict"], then["ruleVersion"]) == ("REFUSED", 2, "ACCEPTED", 1)


async def test_the_future_is_not_known(ask: Ask, hub: Any, rules: None) -> None:
    _, values = await engineer(ask, hub, "ROAD_TRANSPORT")
    asked = {"certificateNumber": values["number"], "hostRegion": "320200"}
    late = (hub.runtime.now() + timedelta(minutes=5)).isoformat()
    assert (await ask(JIANGSU, RECOGNISE, i=asked | {"knownAt": late})).codes == ["DATE_IN_FUTURE"]
    unclear = hub.runtime.now().astimezone(CHINA).replace(tzinfo=None).isoformat()
    assert (await ask(JIANGSU, RECOGNISE, i=asked | {"knownAt": unclear})).codes == ["BAD_INPUT"]


async def fired(hub: Any, identifier: str) -> list[date]:
    query = "select fired_on from recognition_rule_fired where identifier = $1"
    async with acting(hub.database.pool, caller_of(hub.runtime, JIANGSU)) as connection:
        return [row["fired_on"] for row in await connection.fetch(query, identifier)]


async def test_a_rule_that_answered_is_noted_once_a_day_and_not_when_looking_back(ask: Ask, hub: Any) -> None:
    _, values = await engineer(ask, hub, "OTHER")
    terms = terms_of(hub, subkinds=["OTHER"])
    await publish_in_time(hub, JIANGSU, terms)
    assert await verdict(ask, values, knownAt=hub.runtime.now().isoformat()) == ("ACCEPTED", [])
    assert await fired(hub, terms["identifier"]) == []
    for _ in range(2):
        assert await verdict(ask, values) == ("ACCEPTED", [])
    assert await fired(hub, terms["identifier"]) == [hub.runtime.today()]


async def test_a_version_published_meanwhile_is_a_conflict(hub: Any) -> None:
    terms = terms_of(hub)
    await publish_in_time(hub, JIANGSU, terms | {"version": 3})
    caller = caller_of(hub.runtime, JIANGSU)
    statement = """insert into recognition_rule (identifier, version, owner_id, valid_from, terms)
      values ($1, 2, $2, current_date, '{}')"""
    with pytest.raises(asyncpg.UniqueViolationError):
        async with acting(hub.database.pool, caller) as connection:
            await connection.execute(statement, terms["identifier"], caller.tenant.tenant_id)


async def test_a_stored_term_of_a_newer_edition_leaves_the_answer_open(ask: Ask, hub: Any) -> None:
    _, values = await engineer(ask, hub, "OTHER_MINE")
    caller, terms = caller_of(hub.runtime, JIANGSU), terms_of(hub, subkinds=["OTHER_MINE"])
    await publish_in_time(hub, JIANGSU, terms)
    assert await verdict(ask, values) == ("ACCEPTED", [])
    statement = """insert into recognition_rule (identifier, version, owner_id, valid_from, terms)
      select identifier, 2, owner_id, valid_from, terms || $2::jsonb from recognition_rule where identifier = $1"""
    async with acting(hub.database.pool, caller) as connection:
        await connection.execute(statement, terms["identifier"], '{"insurance_required": true}')
    assert await verdict(ask, values) == ("UNDETERMINED", ["ENGINE_TOO_OLD"])


async def test_a_rule_reads_back_as_it_was_published(hub: Any) -> None:
    """Every term there is survives the database."""
    caller = caller_of(hub.runtime, JIANGSU)
    day = hub.runtime.today() + timedelta(days=5)
    values = {
        "identifier": "AR-320200-0799", "version": 1, "kinds": ["SAFETY_MANAGEMENT"], "issuing_prefixes": ["31"],
        "host_prefixes": ["3202"], "mode": "FILING", "basis": "示范", "valid_from": day, "message": "文",
        "message_en": "x", "review_by": day, "fallback": "REFUSED", "min_remaining_days": 30, "documents": ["劳动合同"],
    }  # fmt: skip
    rule = rule_from(values, caller)
    async with acting(hub.database.pool, caller) as connection:
        assert await publish_rule(connection, rule, caller, now=hub.runtime.now()) == []
        assert rule in await published_rules(connection)
