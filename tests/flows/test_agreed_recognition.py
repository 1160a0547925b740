"""Agreements decide: a certificate counts as another by a table, adverse records spread as members agreed, who leaves
is no member any more, and what was confirmed under an agreement is looked at again when it changes."""

import base64
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from exchange.demo.cast import ENTERPRISE
from exchange.runtime import Runtime, now_in_utc
from exchange.workdays import add_workdays
from tests.flows import material
from tests.flows.agreed import (
    ENGINEER,
    MANAGER,
    ROW,
    agree,
    condition,
    recognise,
    situation,
    version_of,
)
from tests.flows.confirmations import NANJING, PURPOSE, SHANGHAI, confirm, look, told
from tests.flows.scratch import answered, keep, quiet_hub

TABLE = {"equivalenceTable": "表一"}
WORK = {"activity": "隐患排查"}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quiet(database: Any) -> AsyncIterator[Runtime]:
    async with quiet_hub(database.dsn, "exchange_agreed") as runtime:
        yield runtime


async def test_a_certificate_counts_as_another_and_the_answer_names_table_version_and_row(quiet: Runtime) -> None:
    given = await situation(quiet, **TABLE)
    answer = await recognise(quiet, given.certificate, **WORK)
    assert (answer["verdict"], answer["reasons"]) == ("ACCEPTED", [])
    assert answer["agreement"] == {
        "identifier": given.agreement, "version": 1, "table": "表一", "row": 1, "countsAs": MANAGER,
        "countsAsSubkind": None,
    }  # fmt: skip
    found = condition(answer, "EQUIVALENCE")
    assert found["message"] == "按对应关系视同安全生产知识和管理能力考核合格证"
    assert found["values"] == {
        "agreement": given.agreement, "version": "1", "table": "表一", "activity": "隐患排查", "row": "1",
        "countsAs": MANAGER, "countsAsSubkind": "",
    }  # fmt: skip
    other_work = await recognise(quiet, given.certificate, activity="爆破")
    assert (other_work["verdict"], other_work["reasons"]) == ("UNDETERMINED", ["EQUIVALENCE_UNKNOWN"])
    unsaid = await recognise(quiet, given.certificate)
    assert (unsaid["verdict"], unsaid["reasons"]) == ("UNDETERMINED", ["ACTIVITY_UNKNOWN"])


async def test_a_receipt_names_the_agreement_and_the_row(quiet: Runtime) -> None:
    given = await situation(quiet, **TABLE)
    made = await confirm(quiet, given.certificate, **WORK)
    payload = made["receipt"].split(".")[1]
    said = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["recognition"]
    assert said["agreement"] == {
        "identifier": given.agreement, "version": 1, "table": "表一", "row": 1, "countsAs": MANAGER,
        "countsAsSubkind": None,
    }  # fmt: skip
    assert f"{given.agreement} v1" in made["confirmedRules"]


async def test_what_was_accepted_by_a_row_is_not_once_the_row_is_gone_and_who_relied_on_it_is_told(
    quiet: Runtime,
) -> None:
    given = await situation(quiet, **TABLE)
    made = await confirm(quiet, given.certificate, **WORK)
    await quiet.settle()
    before = now_in_utc()
    other = {**ROW, "kind": MANAGER, "equivalentKind": ENGINEER}
    await agree(quiet, version_of(given.agreement, 2, equivalences=[other]), days_ago=0)
    assert (await recognise(quiet, given.certificate, **WORK))["reasons"] == ["EQUIVALENCE_UNKNOWN"]
    assert (await look(quiet, made["number"]))["state"] == "WITHDRAWN"  # before anybody was told
    assert await told(quiet, made["number"]) == [("WITHDRAWN", "UNDETERMINED", "agreement.published")]
    then = await recognise(quiet, given.certificate, **WORK, knownAt=before.isoformat())
    assert (then["verdict"], then["agreement"]["version"]) == ("ACCEPTED", 1)


async def test_who_relied_on_an_agreement_is_told_though_it_is_no_member(quiet: Runtime) -> None:
    given = await situation(quiet, promised={"contagion": []})
    own = {
        **given.certificate, "creditCode": ENTERPRISE.credit_code, "employer": ENTERPRISE.name,
        "number": material.number(),
    }  # fmt: skip
    await keep(quiet, SHANGHAI, ENGINEER, own, day=quiet.today())
    made = await confirm(quiet, own, slug=ENTERPRISE.slug)
    assert made["verdict"] == "ACCEPTED"
    await quiet.settle()
    leaving = version_of(given.agreement, 2)
    leaving["members"][0]["until"] = (quiet.today() - timedelta(days=1)).isoformat()
    await agree(quiet, leaving, days_ago=1)
    assert await told(quiet, made["number"], ENTERPRISE.slug) == [
        ("WITHDRAWN", "UNDETERMINED", "agreement.published")
    ]  # fmt: skip


async def test_a_rule_of_an_agreement_counts_to_the_last_day_of_a_member_and_no_longer(quiet: Runtime) -> None:
    given = await situation(quiet, promised={"acceptWorkdays": 5})
    leaving = version_of(given.agreement, 2)
    leaving["members"][0]["until"] = quiet.today().isoformat()
    await agree(quiet, leaving, days_ago=0)
    assert (await recognise(quiet, given.certificate))["verdict"] == "ACCEPTED"
    tomorrow = (quiet.today() + timedelta(days=1)).isoformat()
    after = await recognise(quiet, given.certificate, on=tomorrow)
    assert (after["verdict"], after["reasons"]) == ("UNDETERMINED", ["AGREEMENT_NOT_IN_FORCE"])


@pytest.mark.parametrize(
    ("effect", "verdict", "reasons"),
    [("REFUSED", "REFUSED", ["ADVERSE_SPREADS"]), ("CONDITIONAL", "CONDITIONAL", []), ("NOTED", "ACCEPTED", [])],
)
async def test_a_flag_at_one_member_does_at_another_what_was_agreed(
    quiet: Runtime, effect: str, verdict: str, reasons: list[str]
) -> None:
    given = await situation(quiet, promised={"contagion": [{"mark": "RISK_FLAG", "effect": effect}]})
    assert (await recognise(quiet, given.certificate))["verdict"] == "ACCEPTED"
    firm = material.Firm(name="某单位", credit_code=given.certificate["creditCode"], region="440300")
    await keep(quiet, "sz-bureau", "RISK_FLAG", material.flag(firm), day=quiet.today())
    elsewhere = await recognise(quiet, given.certificate)  # Shenzhen is no member: nothing spreads
    assert (elsewhere["verdict"], condition(elsewhere, "CONTAGION")["values"]["marks"]) == ("ACCEPTED", "")
    await keep(quiet, SHANGHAI, "RISK_FLAG", material.flag(firm), day=quiet.today())
    answer = await recognise(quiet, given.certificate)
    assert (answer["verdict"], answer["reasons"]) == (verdict, reasons)
    found = condition(answer, "CONTAGION")
    assert (found["values"]["marks"], found["values"]["effect"]) == ("RISK_FLAG", effect)
    assert bool(answer["followUp"]) is (effect == "CONDITIONAL")


async def test_what_was_done_to_one_certificate_of_a_person_spreads_to_the_others(quiet: Runtime) -> None:
    given = await situation(quiet, promised={"contagion": [{"mark": "CERTIFICATE_ACTION", "effect": "REFUSED"}]})
    assert (await recognise(quiet, given.certificate))["verdict"] == "ACCEPTED"
    person = material.Person(name=given.certificate["name"], id_number=given.certificate["idNumber"])
    other = material.special_operation(person, material.firm("310000"), region="310000")
    await keep(quiet, SHANGHAI, "SPECIAL_OPERATION", other, day=quiet.today())
    await keep(quiet, SHANGHAI, "CERTIFICATE_ACTION", material.action(person, other), day=quiet.today())
    answer = await recognise(quiet, given.certificate)
    assert (answer["verdict"], answer["reasons"]) == ("REFUSED", ["ADVERSE_SPREADS"])


async def test_a_flag_that_spreads_withdraws_what_was_confirmed(quiet: Runtime) -> None:
    given = await situation(quiet, promised={"contagion": [{"mark": "RISK_FLAG", "effect": "REFUSED"}]})
    made = await confirm(quiet, given.certificate)
    firm = material.Firm(name="某单位", credit_code=given.certificate["creditCode"], region="310000")
    await keep(quiet, SHANGHAI, "RISK_FLAG", material.flag(firm), day=quiet.today())
    assert await told(quiet, made["number"]) == [("WITHDRAWN", "REFUSED", "riskFlag.raised")]


async def test_the_answer_says_by_when_the_place_of_use_decides(quiet: Runtime) -> None:
    given = await situation(quiet, promised={"acceptWorkdays": 3}, mode="FILING", decisionWorkdays=9)
    answer = await recognise(quiet, given.certificate)
    due = add_workdays(quiet.today(), 3).day.isoformat()
    assert (answer["verdict"], answer["decisionWorkdays"], answer["decideBy"]) == ("CONDITIONAL", 3, due)


async def test_the_matrix_shows_what_counts_by_a_table(quiet: Runtime) -> None:
    agreement = "shared-matrix"
    await agree(quiet, version_of(agreement, equivalences=[ROW]))
    rules = {"identifier": "AR-320000-0901", "kinds": [ENGINEER], "issuingPrefixes": ["31"], "hostPrefixes": ["32"]}
    terms = {**material.rule("AR-320000-0901", "32"), **rules, "agreement": agreement, **TABLE}
    publish = (
        "mutation P($i: RecognitionRuleInput!) { recognitionRulePublish(input: $i) { userErrors { code field } } }"
    )
    body = await answered(quiet, "js-department", publish, i=terms)
    assert body["data"]["recognitionRulePublish"]["userErrors"] == []
    query = """query C($on: Date, $k: [String!]) { recognitionCoverage(
      issuingRegion: "310000", hostRegion: "320000", kinds: $k, on: $on) { coverage rules via isPartial } }"""
    body = await answered(quiet, NANJING, query, on=terms["validFrom"], k=[ENGINEER])
    assert body["data"]["recognitionCoverage"] == [
        {"coverage": "EQUIVALENT", "rules": ["AR-320000-0901 v1"], "via": f"{agreement} v1 表一", "isPartial": True}
    ]


@pytest.mark.parametrize(
    ("slug", "changed", "problems"),
    [
        ("js-department", {"agreement": "nobody-knows"}, [("RULE_AGREEMENT_UNKNOWN", "agreement")]),
        ("js-department", {"agreement": "gba"}, [("RULE_AGREEMENT_UNKNOWN", "agreement")]),
        ("js-department", {"equivalenceTable": "表一"}, [("FIELD_REQUIRED", "agreement")]),
        (
            "js-department",
            {"agreement": "yrd", "equivalenceTable": "表九"},
            [("VALUE_NOT_IN_TABLE", "equivalenceTable")],
        ),
        ("js-department", {"agreement": "yrd"}, []),
    ],
)
async def test_a_rule_counts_only_under_an_agreement_of_its_publisher(
    quiet: Runtime, slug: str, changed: dict[str, Any], problems: list[tuple[str, str]]
) -> None:
    publish = (
        "mutation P($i: RecognitionRuleInput!) { recognitionRulePublish(input: $i) { userErrors { code field } } }"
    )
    values = {**material.rule("AR-320000-0902", "32"), **changed}
    body = await answered(quiet, slug, publish, PURPOSE, i=values)
    told = [(one["code"], one["field"][-1]) for one in body["data"]["recognitionRulePublish"]["userErrors"]]
    assert told == problems


async def test_a_table_that_would_leave_answers_open_or_touch_what_the_law_says_is_refused(quiet: Runtime) -> None:
    rows = [
        ROW,
        {**ROW, "subkind": "CHEMICAL", "activities": ["安全培训"]},
        {**ROW, "table": "表二", "activities": []},
        {**ROW, "table": "表二", "kind": "SPECIAL_OPERATION"},
        {**ROW, "table": "表三", "equivalentKind": "CONSTRUCTION_SAFETY_MANAGER"},
        {**ROW, "table": " "},
    ]
    contagion = [{"mark": "PENALTY", "effect": "NOTED"}, {"mark": "PENALTY", "effect": "REFUSED"}]
    publish = "mutation A($i: AgreementInput!) { agreementPublish(input: $i) { userErrors { code field } } }"
    values = version_of("shared-faulty", equivalences=rows, contagion=contagion)
    body = await answered(quiet, "operator", publish, i=values)
    told = [(one["code"], ".".join(one["field"][1:])) for one in body["data"]["agreementPublish"]["userErrors"]]
    assert told == [
        ("FIELD_REQUIRED", "equivalences.2.activities"),
        ("EQUIVALENCE_NATION_WIDE", "equivalences.3.kind"),
        ("EQUIVALENCE_NATION_WIDE", "equivalences.4.equivalentKind"),
        ("RULE_OUT_OF_LIMITS", "equivalences.5.table"),
        ("EQUIVALENCE_OVERLAPS", "equivalences.1"),
        ("VALUES_CONTRADICT", "contagion.1.mark"),
    ]


LOGGED = "query L($id: ID!, $t: LedgerEntryType!) { ledgerInclusion(id: $id, type: $t) { entry } }"


async def test_members_alone_get_the_proof_that_an_agreement_is_logged(quiet: Runtime) -> None:
    await agree(quiet, version_of("shared-logged"))
    await quiet.log()
    found = {
        (slug, kind): (await answered(quiet, slug, LOGGED, id="shared-logged", t=kind))["data"]["ledgerInclusion"]
        for slug in (NANJING, SHANGHAI, "sz-bureau", "operator")
        for kind in ("AGREEMENT", "MEMBERSHIP")
    }
    shown = {key for key, value in found.items() if value is not None}
    assert shown == {(slug, kind) for slug in (NANJING, SHANGHAI) for kind in ("AGREEMENT", "MEMBERSHIP")}
    keys = {json.loads(found[slug, "MEMBERSHIP"]["entry"])["key"] for slug in (NANJING, SHANGHAI)}
    assert len(keys) == 2
