"""A draft version of an agreement is tried on the certificates a member may see, before anybody publishes it: what it
says would change is what then changes."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from exchange.demo.seed import caller_of
from exchange.desks import recognition_outlook
from exchange.runtime import Runtime
from tenants.session import acting
from tests.flows import material
from tests.flows.agreed import ENGINEER, ROW, agree, recognise, situation, version_of
from tests.flows.confirmations import NANJING, SHANGHAI, Values, engineer
from tests.flows.scratch import answered, keep, quiet_hub

SHENZHEN = "sz-bureau"
SIMULATE = """query S($i: AgreementInput!, $r: [RecognitionRuleInput!]) { agreementSimulation(input: $i, rules: $r) {
  simulation { identifier version day judged newlyAccepted newlyRefused newlyUndetermined
    pairs { kind issuer host judged newlyAccepted newlyRefused newlyUndetermined counts { before after count } }
    examples { certificateId kind issuer host before after reasons } }
  userErrors { code field } } }"""
TABLE = {"equivalenceTable": "表一"}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quiet(database: Any) -> AsyncIterator[Runtime]:
    async with quiet_hub(database.dsn, "exchange_agreement_simulation") as runtime:
        yield runtime


async def simulate(quiet: Runtime, slug: str, draft: Values, rules: list[Values] | None = None) -> Values:
    body = await answered(quiet, slug, SIMULATE, i=draft, r=rules)
    assert "errors" not in body, body
    found: Values = body["data"]["agreementSimulation"]
    return found


def problems(told: Values) -> list[tuple[str, str]]:
    return [(one["code"], ".".join(one["field"])) for one in told["userErrors"]]


async def test_an_agreement_to_be_is_tried_with_the_rules_to_be_under_it(quiet: Runtime) -> None:
    county, agreement = "310120", "to-be"
    several = [await engineer(quiet, quiet.today(), region=county) for _ in range(3)]
    suspended = await engineer(quiet, quiet.today(), region=county, reportedStatus="SUSPENDED")
    draft = version_of(agreement, equivalences=[ROW])
    to_be = {
        **material.rule("AR-320100-0601", "3201"), "kinds": [ENGINEER], "issuingPrefixes": [county],
        "agreement": agreement, **TABLE,
    }  # fmt: skip
    told = (await simulate(quiet, NANJING, draft, [to_be]))["simulation"]
    counted = {"judged": 4, "newlyAccepted": 3, "newlyRefused": 0, "newlyUndetermined": 0}
    assert {name: told[name] for name in ("identifier", "version", "day", *counted)} == {
        "identifier": agreement, "version": 1, "day": to_be["validFrom"], **counted,
    }  # fmt: skip
    assert told["pairs"] == [{
        "kind": ENGINEER, "issuer": SHANGHAI, "host": NANJING, **counted,
        "counts": [
            {"before": "REFUSED", "after": "REFUSED", "count": 1},
            {"before": "UNDETERMINED", "after": "ACCEPTED", "count": 3},
        ],
    }]  # fmt: skip
    work = {"activity": ROW["activities"][0], "on": to_be["validFrom"]}
    assert {(await recognise(quiet, one, **work))["verdict"] for one in several} == {"UNDETERMINED"}
    await agree(quiet, draft, days_ago=0)
    publish = "mutation P($i: RecognitionRuleInput!) { recognitionRulePublish(input: $i) { userErrors { code } } }"
    body = await answered(quiet, NANJING, publish, i=to_be)
    assert body["data"]["recognitionRulePublish"]["userErrors"] == []
    assert [(await recognise(quiet, one, **work))["verdict"] for one in (*several, suspended)] == [
        *["ACCEPTED"] * 3, "REFUSED",
    ]  # fmt: skip


async def test_a_row_that_goes_and_marks_that_spread_are_counted_by_kind_and_pair(quiet: Runtime) -> None:
    given = await situation(quiet, **TABLE)
    flagged = await engineer(quiet, quiet.today(), region=given.county)
    firm = material.Firm(name="某单位", credit_code=flagged["creditCode"], region="310000")
    await keep(quiet, SHANGHAI, "RISK_FLAG", material.flag(firm), day=quiet.today())
    contagion = [{"mark": "RISK_FLAG", "effect": "REFUSED"}]
    spreads = (await simulate(quiet, NANJING, version_of(given.agreement, 2, equivalences=[ROW], contagion=contagion)))[
        "simulation"
    ]
    assert (spreads["judged"], spreads["newlyAccepted"], spreads["newlyRefused"]) == (2, 0, 1)
    assert [(one["before"], one["after"], one["reasons"]) for one in spreads["examples"]] == [
        ("ACCEPTED", "REFUSED", ["ADVERSE_SPREADS"])
    ]
    gone = (await simulate(quiet, NANJING, version_of(given.agreement, 2)))["simulation"]
    assert [(one["issuer"], one["host"], one["newlyUndetermined"]) for one in gone["pairs"]] == [(SHANGHAI, NANJING, 2)]
    assert gone["day"] == quiet.today().isoformat()


async def test_who_would_leave_takes_its_certificates_along(quiet: Runtime) -> None:
    given = await situation(quiet, promised={"contagion": []})
    draft = version_of(given.agreement, 2)
    draft["members"][0]["participation"] = "READ_ONLY"
    told = (await simulate(quiet, NANJING, draft))["simulation"]
    assert told["judged"] == 0  # who shares nothing issues nothing under it
    draft = version_of(given.agreement, 2, equivalences=[])
    assert (await simulate(quiet, NANJING, draft))["simulation"]["newlyUndetermined"] == 0


async def test_a_simulation_changes_nothing_and_writes_down_whose_certificates_it_names(quiet: Runtime) -> None:
    given = await situation(quiet, **TABLE)
    query = """select (select count(*) from agreement_membership) + (select count(*) from agreement_version)
      + (select count(*) from recognition_rule) + (select count(*) from recognition_rule_fired)"""
    evidence = "select subjects from access_record where root_field = 'agreementSimulation'"
    person = quiet.keys.person_id(given.certificate["idNumber"])
    counted, left = [], []
    for _ in range(2):
        async with acting(quiet.database.pool, caller_of(quiet, NANJING)) as connection:
            counted.append(await connection.fetchval(query))
            left.append(sum([person] == row["subjects"] for row in await connection.fetch(evidence)))
        await simulate(quiet, NANJING, version_of(given.agreement, 2))
    assert counted[0] == counted[1]
    assert left == [0, 1]


async def test_only_members_simulate_and_learn_nothing_of_an_agreement_they_are_not_in(quiet: Runtime) -> None:
    given = await situation(quiet, **TABLE)
    stranger = version_of(given.agreement, 2)
    assert problems(await simulate(quiet, SHENZHEN, stranger)) == [("AGREEMENT_MEMBERS_ONLY", "input.members")]
    stranger["members"] = [{"tenant": slug, "participation": "FULL"} for slug in (SHENZHEN, SHANGHAI)]
    for version in (2, 7):  # neither who is in it nor which version there is
        told = await simulate(quiet, SHENZHEN, {**stranger, "version": version})
        assert (told["simulation"], problems(told)) == (None, [("AGREEMENT_MEMBERS_ONLY", "input.members")])
    told = await simulate(quiet, SHENZHEN, {**stranger, "identifier": "of-its-own", "version": 1})
    assert (told["simulation"]["judged"], told["userErrors"]) == (0, [])


async def test_a_draft_is_tried_on_what_the_member_may_see_only(quiet: Runtime) -> None:
    county, agreement = "310118", "unseen"
    await engineer(quiet, quiet.today(), region=county)
    members = [{"tenant": slug, "participation": "FULL"} for slug in (SHENZHEN, SHANGHAI)]
    draft = version_of(agreement, members=members, equivalences=[ROW])
    to_be = {
        **material.rule("AR-440300-0601", "4403"), "kinds": [ENGINEER], "issuingPrefixes": [county],
        "agreement": agreement, **TABLE,
    }  # fmt: skip
    assert (await simulate(quiet, SHENZHEN, draft, [to_be]))["simulation"]["judged"] == 0  # Shanghai shares nothing yet


async def test_everything_that_is_wrong_with_the_draft_is_told_and_no_tenant_but_authorities(quiet: Runtime) -> None:
    members = [
        {"tenant": slug, "participation": "READ_ONLY" if slug != NANJING else "FULL"}
        for slug in (NANJING, "bidding-platform", "nobody")
    ]
    rules = [{**material.rule("AR-440300-0602", "4403"), "agreement": "faulty"}]
    told = await simulate(quiet, NANJING, version_of("faulty", 3, members=members, name=" "), rules)
    assert told["simulation"] is None
    assert problems(told) == [
        ("VERSION_CONFLICT", "input.version"), ("FIELD_REQUIRED", "input.name"),
        ("AGREEMENT_MEMBER_UNKNOWN", "input.members.1.tenant"), ("AGREEMENT_MEMBER_UNKNOWN", "input.members.2.tenant"),
        ("FOREIGN_ISSUER", "rules.0.identifier"), ("FOREIGN_ISSUER", "rules.0.hostPrefixes"),
    ]  # fmt: skip


async def test_a_draft_on_too_many_certificates_says_so(quiet: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    given = await situation(quiet, **TABLE)
    monkeypatch.setattr(recognition_outlook, "MOST_CERTIFICATES", 0)
    told = await simulate(quiet, NANJING, version_of(given.agreement, 2))
    assert problems(told) == [("RULE_SIMULATION_TOO_LARGE", "input.kinds")]
