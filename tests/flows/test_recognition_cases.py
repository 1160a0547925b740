"""Questions of recognition that could be answered "accepted" by luck: exchanged certificates, several under one number,
days on which something else held."""

from datetime import date, timedelta
from typing import Any

import pytest
import pytest_asyncio

from exchange.cli.onboarding import add_tenant
from exchange.cli.printing import Printer
from exchange.demo.cast import DELTA, ENTERPRISE, synthetic_code
from exchange.demo.seed import caller_of
from exchange.publishing.admission import admit
from exchange.publishing.publish import Publication, Report, publish
from schema.kinds import BY_NAME
from schema.record import parse
from tenants.session import acting
from tests.flows import material
from tests.flows.rules import publish_in_time

RECOGNISE = """query Q($i: RecognitionInput!) {
  recognition(input: $i) { verdict reasons certificateId conditions { condition reason values { name value } } }
}"""
PURPOSE = ("上岗核验", "DEM-RC-1")
HOUSING = "js-housing"


async def verdict(ask: Any, slug: str, **question: Any) -> tuple[str, list[str]]:
    found = (await ask(slug, RECOGNISE, purpose=PURPOSE, i=question)).data["recognition"]
    return found["verdict"], found["reasons"]


# Exchanged on transfer


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def jiangsu(hub: Any) -> str:
    """A second housing department; Guangdong's bureaus have no agreement with it."""
    values = {
        "slug": HOUSING, "kind": "AUTHORITY", "name": "江苏省住房和城乡建设厅（演示）", "name_en": "Housing (demo)",
        "credit_code": synthetic_code("11", "320000", 9101), "region": "320000", "sector": "HOUSING",
        "jurisdiction": "32",
    }  # fmt: skip
    await add_tenant(hub.runtime, Printer(as_json=True, language="en"), values, (DELTA,), rotates=False, founds=False)
    await hub.runtime.reload()
    return HOUSING


def guangdong(person: material.Person, firm: material.Firm, **changed: Any) -> dict[str, Any]:
    made = material.construction(person, firm, region="440000")
    return {**made, "validFrom": "2025-01-01", "validTo": "2027-12-31", **changed}


def exchanged(person: material.Person, firm: material.Firm, **changed: Any) -> dict[str, Any]:
    number = material.construction(person, firm)["number"].replace("粤", "苏")
    made = guangdong(person, firm, number=number, region="320000", operation="TRANSFER_IN")
    return {**made, "validFrom": "2026-02-01", **changed}


async def manager(ask: Any, **changed: Any) -> tuple[material.Person, material.Firm, dict[str, Any]]:
    person, firm = material.person(), material.firm("440000")
    old = guangdong(person, firm, **changed)
    await material.publish(ask, "gd-housing", "constructionSafetyManager", old)
    return person, firm, old


def use(old: dict[str, Any], firm: material.Firm) -> dict[str, Any]:
    return {"certificateNumber": old["number"], "hostRegion": "440300", "employerCode": firm.credit_code}


async def test_a_certificate_exchanged_in_another_province_has_ended_whatever_its_issuer_says(
    ask: Any, jiangsu: str
) -> None:
    person, firm, old = await manager(ask)
    assert await verdict(ask, "gz-bureau", **use(old, firm)) == ("ACCEPTED", [])
    new = exchanged(person, material.firm("320000"), previousNumber=old["number"])
    await material.publish(ask, jiangsu, "constructionSafetyManager", new)
    assert await verdict(ask, "gz-bureau", **use(old, firm)) == ("REFUSED", ["STATE_TRANSFERRED"])
    later = {name: value for name, value in new.items() if name != "previousNumber"}
    changed = {**later, "operation": "CHANGE", "employerName": "改名后的示例公司"}
    await material.publish(ask, jiangsu, "constructionSafetyManager", changed)
    assert await verdict(ask, "gz-bureau", **use(old, firm)) == ("REFUSED", ["STATE_TRANSFERRED"])


async def test_a_certificate_named_by_mistake_was_not_exchanged_once_that_is_corrected(
    hub: Any, ask: Any, jiangsu: str
) -> None:
    person, firm, old = await manager(ask)
    new = exchanged(person, material.firm("320000"), previousNumber=old["number"])
    await material.publish(ask, jiangsu, "constructionSafetyManager", new)
    assert await verdict(ask, "gz-bureau", **use(old, firm)) == ("REFUSED", ["STATE_TRANSFERRED"])
    right = {name: value for name, value in new.items() if name not in ("previousNumber", "operation")}
    await told(hub, jiangsu, right, hub.runtime.today(), Report(kind="CORRECTION", reason="误填原证书编号"))
    assert await verdict(ask, "gz-bureau", **use(old, firm)) == ("ACCEPTED", [])


async def told(hub: Any, slug: str, values: dict[str, Any], day: date, report: Report) -> None:
    """A manager's certificate published on a day, as news or as a correction."""
    tenant, record = hub.runtime.directory.by_slug[slug], parse(BY_NAME["CONSTRUCTION_SAFETY_MANAGER"], values).record
    assert record is not None
    async with acting(hub.runtime.database.pool, caller_of(hub.runtime, slug)) as connection:
        publication = Publication(tenant=tenant, keys=hub.runtime.keys, day=day)
        await publish(connection, [admit(record, tenant)], publication, report=report)


async def test_a_certificate_reported_valid_by_mistake_was_so_on_no_day(hub: Any, ask: Any) -> None:
    person, firm, today = material.person(), material.firm("440000"), hub.runtime.today()
    good = guangdong(person, firm)
    await told(hub, "gd-housing", good, today - timedelta(days=20), Report())
    asked = {**use(good, firm), "on": (today - timedelta(days=5)).isoformat()}
    assert await verdict(ask, "gz-bureau", **asked) == ("ACCEPTED", [])
    await told(
        hub, "gd-housing", {**good, "reportedStatus": "REVOKED"}, today, Report(kind="CORRECTION", reason="漏报吊销")
    )
    assert await verdict(ask, "gz-bureau", **asked) == ("REFUSED", ["STATE_REVOKED"])


async def test_a_certificate_being_transferred_out_is_no_longer_exchanged_once_it_was(ask: Any, jiangsu: str) -> None:
    identifier = "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U"
    person, firm, old = await manager(ask, reportedStatus="TRANSFERRING_OUT", certificateIdentifier=identifier)
    question = {**use(old, material.firm("320000")), "hostRegion": "320100"}
    assert await verdict(ask, "gz-bureau", **question) == ("CONDITIONAL", [])
    new = exchanged(person, firm, previousNumber="粤建安C3（2020）9999999", previousIdentifier=identifier)
    await material.publish(ask, jiangsu, "constructionSafetyManager", new)
    assert await verdict(ask, "gz-bureau", **question) == ("REFUSED", ["STATE_TRANSFERRED"])


async def test_a_slip_in_the_former_number_ends_nobody_elses_certificate(ask: Any, jiangsu: str) -> None:
    _, firm, old = await manager(ask)
    stranger = exchanged(material.person(), material.firm("320000"), previousNumber=old["number"])
    await material.publish(ask, jiangsu, "constructionSafetyManager", stranger)
    assert await verdict(ask, "gz-bureau", **use(old, firm)) == ("ACCEPTED", [])


async def test_a_former_number_that_was_put_right_frees_the_certificate_named_by_mistake(
    ask: Any, jiangsu: str
) -> None:
    person, firm, old = await manager(ask)
    new = exchanged(person, material.firm("320000"), previousNumber=old["number"])
    await material.publish(ask, jiangsu, "constructionSafetyManager", new)
    right = {**new, "previousNumber": "粤建安C3（2019）9999999"}
    await material.publish(ask, jiangsu, "constructionSafetyManager", right)
    assert await verdict(ask, "gz-bureau", **use(old, firm)) == ("ACCEPTED", [])


async def test_the_end_of_the_new_certificate_is_reviewed_although_the_exchanged_one_is_reported_valid(
    ask: Any, hub: Any, jiangsu: str
) -> None:
    person, firm, old = await manager(ask)
    yesterday = hub.runtime.today() - timedelta(days=1)
    new = exchanged(person, firm, previousNumber=old["number"], validTo=yesterday.isoformat())
    await material.publish(ask, jiangsu, "constructionSafetyManager", new)
    await material.publish(ask, "sz-bureau", "appointment", material.appointment(person, firm, "440300"))
    run = "mutation R($d: Date!) { clockRun(day: $d) { expired } }"
    await ask("operator", run, d=hub.runtime.today().isoformat())
    await hub.runtime.settle()
    query = "query P($n: String!) { person(by: {idNumber: $n}) { reviews(first: 9) { nodes { rule } } } }"
    found = (await ask("sz-bureau", query, n=person.id_number, purpose=PURPOSE)).data["person"]["reviews"]["nodes"]
    assert found == [{"rule": "CREDENTIAL_EXPIRED"}]


# Several under one number


def own_firm() -> material.Firm:
    return material.Firm(name=ENTERPRISE.name, credit_code=ENTERPRISE.credit_code, region="310000")


@pytest.mark.parametrize(
    ("told", "answer"),
    [
        ({}, ("UNDETERMINED", ["WHICH_CERTIFICATE"])),
        ({"personType": "SAFETY_MANAGER"}, ("UNDETERMINED", ["WHICH_CERTIFICATE"])),
        ({"industryCategory": "危险化学品经营"}, ("UNDETERMINED", ["WHICH_CERTIFICATE"])),
        ({"industryCategory": "其他工贸"}, ("UNDETERMINED", ["NO_RULES_PUBLISHED"])),
        (
            {"industryCategory": "危险化学品经营", "personType": "PRINCIPAL"},
            ("REFUSED", ["STATE_REVOKED", "NO_RULES_PUBLISHED"]),
        ),
        ({"industryCategory": "煤矿"}, ("UNDETERMINED", ["NOT_FOUND"])),
    ],
)
async def test_a_question_about_one_of_several_certificates_has_to_name_it(
    ask: Any, told: dict[str, str], answer: tuple[str, list[str]]
) -> None:
    person, firm = material.person(), material.firm()
    dates = {"validFrom": "2025-01-01", "validTo": "2027-12-31"}
    first = {**material.certificate(person, firm), **dates}
    second = {**first, "industryCategory": "危险化学品经营"}
    third = {**second, "personType": "PRINCIPAL", "reportedStatus": "REVOKED"}
    for one in (first, second, third):
        await material.publish(ask, "sz-bureau", "safetyManagement", one)
    question = {"certificateNumber": person.id_number, "hostRegion": "440100", **told}
    assert await verdict(ask, "gz-bureau", **question) == answer


async def test_the_choices_are_named_and_nobody_is(ask: Any) -> None:
    person, firm = material.person(), material.firm()
    first = material.special_operation(person, firm)
    for code in ("1.1", "1.2"):
        await material.publish(ask, "sz-bureau", "specialOperation", {**first, "operationCode": code})
    question = {"certificateNumber": first["number"], "hostRegion": "440100"}
    found = (await ask("gz-bureau", RECOGNISE, purpose=PURPOSE, i=question)).data["recognition"]
    choices = sorted(one["value"] for one in found["conditions"][0]["values"])
    assert choices == [
        "SPECIAL_OPERATION 1.1 高压电工作业 440300 深圳市应急管理局（演示）",
        "SPECIAL_OPERATION 1.2 低压电工作业 440300 深圳市应急管理局（演示）",
    ]
    assert found["certificateId"] is None
    assert (person.name in str(found), person.id_number in str(found)) == (False, False)


async def test_an_enterprise_whose_worker_two_issuers_know_says_which_of_them_it_means(ask: Any) -> None:
    person = material.person()
    good = {**material.special_operation(person, own_firm()), "validTo": "2031-12-31", "reviewDueOn": "2030-01-01"}
    await material.publish(ask, "sz-bureau", "specialOperation", good)
    await material.publish(ask, "sh-bureau", "specialOperation", {**good, "region": "310000"})
    question = {"certificateNumber": good["number"], "hostRegion": "320100"}
    assert await verdict(ask, ENTERPRISE.slug, **question) == ("UNDETERMINED", ["WHICH_CERTIFICATE"])
    for region in ("440300", "310000"):
        assert await verdict(ask, ENTERPRISE.slug, **question, issuingRegion=region) == ("ACCEPTED", [])
    answer = await ask(ENTERPRISE.slug, RECOGNISE, purpose=PURPOSE, i={**question, "issuingRegion": "上海"})
    assert answer.codes == ["FIELD_UNREADABLE"]


# The day


async def told_later(ask: Any, *reports: dict[str, Any]) -> dict[str, Any]:
    """A certificate of Shenzhen as reported one time after another."""
    good = {**material.special_operation(material.person(), material.firm()), "reviewDueOn": "2030-01-01"}
    for report in ({}, *reports):
        await material.publish(ask, "sz-bureau", "specialOperation", {**good, **report})
    return {"certificateNumber": good["number"], "hostRegion": "440100"}


async def test_a_certificate_returned_later_was_suspended_on_the_days_before(ask: Any) -> None:
    question = await told_later(
        ask,
        {"reportedStatus": "SUSPENDED", "statusEffectiveOn": "2026-03-01"},
        {"statusEffectiveOn": "2026-05-01"},
    )
    assert await verdict(ask, "gz-bureau", **question, on="2026-04-30") == ("REFUSED", ["STATE_SUSPENDED"])
    assert await verdict(ask, "gz-bureau", **question, on="2026-05-01") == ("ACCEPTED", [])


async def test_a_certificate_suspended_later_does_not_count_on_the_days_before_either(ask: Any) -> None:
    question = await told_later(ask, {"reportedStatus": "SUSPENDED", "statusEffectiveOn": "2026-03-01"})
    assert await verdict(ask, "gz-bureau", **question, on="2026-02-01") == ("REFUSED", ["STATE_SUSPENDED"])


async def test_a_certificate_valid_from_a_later_day_leaves_the_days_before_open(ask: Any) -> None:
    good = {**material.special_operation(material.person(), material.firm()), "reviewDueOn": "2030-01-01"}
    await material.publish(ask, "sz-bureau", "specialOperation", {**good, "statusEffectiveOn": "2026-05-01"})
    question = {"certificateNumber": good["number"], "hostRegion": "440100"}
    assert await verdict(ask, "gz-bureau", **question, on="2026-04-30") == ("UNDETERMINED", ["STATE_UNKNOWN"])
    assert await verdict(ask, "gz-bureau", **question, on="2026-05-01") == ("ACCEPTED", [])


async def test_a_suspension_that_was_taken_back_before_it_began_interrupts_nothing(ask: Any, hub: Any) -> None:
    begins = (hub.runtime.today() + timedelta(days=30)).isoformat()
    question = await told_later(ask, {"reportedStatus": "SUSPENDED", "statusEffectiveOn": begins}, {})
    assert await verdict(ask, "gz-bureau", **question, on=begins) == ("ACCEPTED", [])


async def test_a_flag_lifted_later_stands_on_the_days_before(ask: Any, hub: Any) -> None:
    firm, person = material.firm("320500"), material.person()
    flag = material.flag(material.Firm(name=firm.name, credit_code=firm.credit_code, region="440300"))
    lifted = {"liftedOn": "2026-06-01", "liftReason": "整改完成"}
    await material.publish(ask, "sz-bureau", "riskFlag", flag | lifted)
    engineer = material.engineer(person, firm, region="310000") | {"validFrom": "2026-01-01", "validTo": "2031-01-01"}
    await material.publish(ask, "sh-bureau", "assistantSafetyEngineer", engineer)
    rule = material.rule("AR-320100-0078", "3201") | {
        "kinds": ["ASSISTANT_SAFETY_ENGINEER"], "issuingPrefixes": ["31"], "validFrom": "2026-02-01",
        "validTo": "2026-07-01", "requiresNoAdverse": True,
    }  # fmt: skip
    await publish_in_time(hub, "nj-bureau", rule)
    question = {"certificateNumber": engineer["number"], "hostRegion": "320100"}
    assert await verdict(ask, "nj-bureau", **question, on="2026-05-31") == ("REFUSED", ["ADVERSE_RECORD"])
    assert await verdict(ask, "nj-bureau", **question, on="2026-06-01") == ("ACCEPTED", [])
