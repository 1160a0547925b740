"""Rules as a whole, through the hub: who recognises what, which of one's own rules need attention, what a draft would
change; and that a draft, once it counts, changes just that."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Any

import pytest

from exchange.demo.seed import caller_of
from exchange.desks import recognition_outlook
from tenants.session import acting
from tests.flows import material
from tests.flows.rules import publish_in_time

NANJING, SHANGHAI, SHENZHEN, JIANGSU = "nj-bureau", "sh-bureau", "sz-bureau", "js-department"
PURPOSE = ("互认规则推演核对", "DEM-RC-8")
SIMULATE = """query S($i: RecognitionRuleInput!, $h: String) { recognitionSimulation(input: $i, hostRegion: $h) {
  simulation {
    hostRegion day judged newlyAccepted newlyRefused newlyUndetermined counts { before after count }
    examples { certificateId before after reasons }
  }
  userErrors { code field message }
} }"""
PUBLISH = "mutation R($i: RecognitionRuleInput!) { recognitionRulePublish(input: $i) { userErrors { code field } } }"
COVERAGE = """query C($i: String, $h: String, $k: [String!], $on: Date) {
  recognitionCoverage(issuingRegion: $i, hostRegion: $h, kinds: $k, on: $on) {
    issuingRegion hostRegion kind coverage rules isPartial } }"""
HEALTH = """query H($on: Date) { recognitionRuleHealth(on: $on) {
  rule { identifier version } lastFiredOn isIdle isReviewDue conflictsWith } }"""
RECOGNISE = "query Q($i: RecognitionInput!) { recognition(input: $i) { verdict reasons certificateId } }"
Ask = Callable[..., Awaitable[Any]]
Terms = dict[str, Any]


def draft_of(hub: Any, identifier: str, *, in_days: int = 5, **changed: Any) -> Terms:
    begins = hub.runtime.today() + timedelta(days=in_days)
    """Of Suzhou, for which no other test publishes rules."""
    return material.rule(identifier, "3205") | {
        "kinds": ["ASSISTANT_SAFETY_ENGINEER"], "issuingPrefixes": ["34"], "validFrom": begins.isoformat(), **changed,
    }  # fmt: skip


async def engineer(ask: Ask, hub: Any, *, days_left: int, region: str, **changed: Any) -> Terms:
    """An engineer of a county of Shanghai that no other test uses."""
    person, firm = material.person(), material.firm(region)
    today: date = hub.runtime.today()
    values = material.engineer(person, firm, region=region) | {
        "validFrom": str(today - timedelta(days=200)), "validTo": str(today + timedelta(days=days_left)), **changed,
    }  # fmt: skip
    await material.publish(ask, SHANGHAI, "assistantSafetyEngineer", values)
    return values


async def simulate(ask: Ask, slug: str, draft: Terms, host: str | None = None) -> Terms:
    answer: Terms = (await ask(slug, SIMULATE, i=draft, h=host)).data["recognitionSimulation"]
    return answer


async def test_what_a_draft_would_change_is_what_then_changes(ask: Ask, hub: Any) -> None:
    several = [await engineer(ask, hub, days_left=days, region="310116") for days in (400, 30, 3)]
    several += [await engineer(ask, hub, days_left=400, region="310116", reportedStatus="SUSPENDED")]
    draft = draft_of(hub, "AR-320500-0801", issuingPrefixes=["310116"], minRemainingDays=60)
    told = (await simulate(ask, JIANGSU, draft))["simulation"]
    assert {name: told[name] for name in ("hostRegion", "judged", "newlyAccepted", "newlyRefused")} == {
        "hostRegion": "320500", "judged": 4, "newlyAccepted": 1, "newlyRefused": 1,
    }  # fmt: skip
    assert told["counts"] == [
        {"before": "REFUSED", "after": "REFUSED", "count": 2},  # suspended, or ended before the draft counts
        {"before": "UNDETERMINED", "after": "ACCEPTED", "count": 1},
        {"before": "UNDETERMINED", "after": "REFUSED", "count": 1},
    ]
    before = await verdicts(ask, several, draft["validFrom"])
    assert (await ask(JIANGSU, PUBLISH, i=draft)).data["recognitionRulePublish"]["userErrors"] == []
    after = await verdicts(ask, several, draft["validFrom"])
    changed = {one: (before[one], after[one]) for one in before if before[one] != after[one]}
    assert changed == {one["certificateId"]: (one["before"], one["after"]) for one in told["examples"]}


async def test_whose_certificates_a_simulation_names_is_written_down(ask: Ask, hub: Any) -> None:
    values = await engineer(ask, hub, days_left=400, region="310151")
    told = (await simulate(ask, JIANGSU, draft_of(hub, "AR-320500-0818", issuingPrefixes=["310151"])))["simulation"]
    assert len(told["examples"]) == 1
    statement = "select owner_id, purpose, subjects from access_record where root_field = 'recognitionSimulation'"
    jiangsu = caller_of(hub.runtime, JIANGSU)
    async with acting(hub.runtime.database.pool, jiangsu) as connection:
        left = [tuple(row) for row in await connection.fetch(statement)]
    person = hub.runtime.keys.person_id(values["idNumber"])
    assert (jiangsu.tenant.tenant_id, "互认规则推演", [person]) in left


async def verdicts(ask: Ask, several: list[Terms], on: str) -> dict[str, str]:
    found = {}
    for values in several:
        asked = {
            "certificateNumber": values["number"], "hostRegion": "320500", "on": on,
            "employerCode": values["creditCode"],
        }  # fmt: skip
        answer = (await ask(JIANGSU, RECOGNISE, purpose=PURPOSE, i=asked)).data["recognition"]
        found[answer["certificateId"]] = answer["verdict"]
    return found


async def test_a_draft_that_replaces_a_rule_takes_away_what_it_no_longer_accepts(ask: Ask, hub: Any) -> None:
    for days in (400, 500):
        await engineer(ask, hub, days_left=days, region="310117")
    rule = draft_of(hub, "AR-320500-0802", in_days=-20, issuingPrefixes=["310117"])
    await publish_in_time(hub, JIANGSU, rule)
    draft = draft_of(hub, "AR-320500-0802", issuingPrefixes=["310117"], version=2, minTrainingHours=8)
    told = (await simulate(ask, JIANGSU, draft))["simulation"]
    assert (told["judged"], told["newlyAccepted"], told["newlyUndetermined"]) == (2, 0, 2)
    assert {tuple(one["reasons"]) for one in told["examples"]} == {("TRAINING_UNKNOWN",)}


async def test_a_draft_that_leaves_out_an_issuer_is_tried_on_its_certificates_too(ask: Ask, hub: Any) -> None:
    for region in ("310107", "310109"):
        await engineer(ask, hub, days_left=400, region=region)
    rule = draft_of(hub, "AR-320500-0803", in_days=-20, issuingPrefixes=["310107", "310109"])
    await publish_in_time(hub, JIANGSU, rule)
    told = (
        await simulate(ask, JIANGSU, rule | draft_of(hub, "AR-320500-0803", version=2, issuingPrefixes=["310107"]))
    )["simulation"]
    assert (told["judged"], told["newlyAccepted"], told["newlyUndetermined"]) == (2, 0, 1)
    assert [one["reasons"] for one in told["examples"]] == [["NO_RULES_PUBLISHED"]]


async def test_an_invalidation_is_tried_on_the_issuer_s_own_certificates(ask: Ask, hub: Any) -> None:
    rule = draft_of(hub, "AR-310000-0803", in_days=-20, issuingPrefixes=["310118"], hostPrefixes=["31"])
    await publish_in_time(hub, SHANGHAI, rule)
    await engineer(ask, hub, days_left=400, region="310118")
    draft = draft_of(hub, "IR-310000-0803", issuingPrefixes=["310118"], hostPrefixes=[""], mode="NONE")
    told = (await simulate(ask, SHANGHAI, draft))["simulation"]
    assert (told["hostRegion"], told["judged"], told["newlyRefused"]) == ("310000", 1, 1)


async def test_a_draft_is_tried_on_what_the_authority_may_see_only(ask: Ask, hub: Any) -> None:
    values = material.engineer(material.person(), material.firm(), region="440300")
    await material.publish(ask, SHENZHEN, "assistantSafetyEngineer", values)
    told = (await simulate(ask, JIANGSU, draft_of(hub, "AR-320500-0804", issuingPrefixes=["4403"])))["simulation"]
    assert told["judged"] == 0
    theirs = draft_of(hub, "AR-440300-0804", issuingPrefixes=["4403"], hostPrefixes=["4403"])
    assert (await simulate(ask, SHENZHEN, theirs))["simulation"]["judged"] >= 1


async def test_a_simulation_changes_nothing(ask: Ask, hub: Any) -> None:
    query = """select (select count(*) from recognition_rule) + (select count(*) from recognition_rule_fired)
      + (select count(*) from recognition_reliance)"""
    await engineer(ask, hub, days_left=400, region="310116")
    counted = []
    for _ in range(2):
        async with acting(hub.database.pool, caller_of(hub.runtime, JIANGSU)) as connection:
            counted.append(await connection.fetchval(query))
        await simulate(ask, JIANGSU, draft_of(hub, "AR-320500-0805", issuingPrefixes=["310116"]))
    assert counted[0] == counted[1]


async def test_what_could_not_be_published_is_not_simulated(ask: Ask, hub: Any) -> None:
    answer = await simulate(ask, JIANGSU, draft_of(hub, "AR-320500-0806", kinds=["SPECIAL_OPERATION"]))
    assert answer["simulation"] is None
    assert [(one["code"], one["field"]) for one in answer["userErrors"]] == [("RULE_NATION_WIDE", ["input", "kinds"])]


@pytest.mark.parametrize("host", ["3205", "江苏"])
async def test_a_place_of_use_that_is_no_division_is_refused(ask: Ask, hub: Any, host: str) -> None:
    answer = await ask(JIANGSU, SIMULATE, i=draft_of(hub, "AR-320500-0809"), h=host)
    assert answer.codes != []
    assert answer.body["data"] is None


async def test_a_draft_on_too_many_certificates_says_so(ask: Ask, hub: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    await engineer(ask, hub, days_left=400, region="310116")
    monkeypatch.setattr(recognition_outlook, "MOST_CERTIFICATES", 0)
    answer = await simulate(ask, JIANGSU, draft_of(hub, "AR-320500-0807", issuingPrefixes=["310116"]))
    (error,) = answer["userErrors"]
    assert (error["code"], error["message"]) == (
        "RULE_SIMULATION_TOO_LARGE", "规则涉及超过 0 本证书，不能一次推演",
    )  # fmt: skip


async def test_batches_lose_no_certificate(ask: Ask, hub: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(5):
        await engineer(ask, hub, days_left=400, region="310120")
    monkeypatch.setattr(recognition_outlook, "BATCH", 2)
    told = (await simulate(ask, JIANGSU, draft_of(hub, "AR-320500-0808", issuingPrefixes=["310120"])))["simulation"]
    assert (told["judged"], told["newlyAccepted"]) == (5, 5)


async def cell(ask: Ask, slug: str, issuer: str, host: str, kind: str, on: str | None = None) -> Terms:
    answer = await ask(slug, COVERAGE, i=issuer, h=host, k=[kind], on=on)
    (found,) = answer.data["recognitionCoverage"]
    found.pop("kind")
    return {name: value for name, value in found.items() if not name.endswith("Region")}


async def test_the_matrix_tells_how_provinces_take_each_others_certificates(ask: Ask, hub: Any) -> None:
    answers = [
        await cell(ask, SHENZHEN, *asked)
        for asked in (
            ("310000", "440000", "SPECIAL_OPERATION"),
            ("820000", "440000", "SPECIAL_OPERATION"),
            ("310000", "320000", "SAFETY_MANAGEMENT"),
            ("310000", "330000", "SAFETY_MANAGEMENT"),
            ("310000", "330000", "CONSTRUCTION_SAFETY_MANAGER"),
        )
    ]
    assert answers == [
        {"coverage": "AUTOMATIC", "rules": ["NR-000000-0001 v1"], "isPartial": False},
        {"coverage": "NO_RULE", "rules": [], "isPartial": False},
        {"coverage": "FILING", "rules": ["AR-320000-0001 v1"], "isPartial": False},
        {"coverage": "NO_RULE", "rules": [], "isPartial": False},
        {"coverage": "AUTOMATIC", "rules": ["NR-000000-0002 v1"], "isPartial": True},  # on a move: transfer
    ]


async def test_the_matrix_shows_refusals_and_rules_for_a_part(ask: Ask, hub: Any) -> None:
    day = hub.runtime.today()
    kinds = ["ASSISTANT_SAFETY_ENGINEER"]
    refusing = draft_of(hub, "AR-320000-0811", in_days=-5, issuingPrefixes=["21"], hostPrefixes=["32"], mode="NONE")
    await publish_in_time(hub, JIANGSU, refusing)
    partly = draft_of(hub, "AR-320500-0812", in_days=-5, issuingPrefixes=["22"], kinds=kinds)
    await publish_in_time(hub, JIANGSU, partly)
    refused = await cell(ask, JIANGSU, "210000", "320000", kinds[0], day.isoformat())
    part = await cell(ask, JIANGSU, "220000", "320000", kinds[0], day.isoformat())
    assert refused == {"coverage": "REFUSED", "rules": ["AR-320000-0811 v1"], "isPartial": False}
    assert part == {"coverage": "NO_RULE", "rules": [], "isPartial": True}


async def test_the_own_province_is_the_host_when_none_is_named(ask: Ask) -> None:
    query = '{ recognitionCoverage(kinds: ["SAFETY_MANAGEMENT"]) { issuingRegion hostRegion } }'
    found = (await ask(JIANGSU, query)).data["recognitionCoverage"]
    assert ({one["hostRegion"] for one in found}, len(found)) == ({"320000"}, 34)
    assert (await ask("operator", query)).codes == ["BAD_INPUT"]


async def test_rules_that_need_attention_are_named(ask: Ask, hub: Any) -> None:
    today = hub.runtime.today()
    values = await engineer(ask, hub, days_left=400, region="310151")
    for identifier, days, changed in (
        ("AR-320500-0821", -90, {"issuingPrefixes": ["310151"], "reviewBy": str(today)}),
        ("AR-320500-0822", -90, {"issuingPrefixes": ["310152"], "reviewBy": str(today - timedelta(days=1))}),
        ("AR-320500-0823", -89, {"issuingPrefixes": ["310153"]}),
        ("AR-320500-0824", -10, {"issuingPrefixes": ["310153"], "mode": "NONE"}),
    ):
        await publish_in_time(hub, JIANGSU, draft_of(hub, identifier, in_days=days, **changed))
    await ask(JIANGSU, RECOGNISE, purpose=PURPOSE, i={"certificateNumber": values["number"], "hostRegion": "320500"})
    told = {one["rule"]["identifier"]: one for one in (await ask(JIANGSU, HEALTH)).data["recognitionRuleHealth"]}
    assert {
        name: (told[name]["lastFiredOn"], told[name]["isIdle"], told[name]["isReviewDue"], told[name]["conflictsWith"])
        for name in ("AR-320500-0821", "AR-320500-0822", "AR-320500-0823", "AR-320500-0824")
    } == {
        "AR-320500-0821": (str(today), False, False, []),
        "AR-320500-0822": (None, True, True, []),
        "AR-320500-0823": (None, False, False, ["AR-320500-0824 v1"]),
        "AR-320500-0824": (None, False, False, ["AR-320500-0823 v1"]),
    }
    assert all(one["rule"]["identifier"].startswith("AR-32") for one in told.values())


async def test_rules_of_two_places_that_contradict_each_other_are_named_to_both(ask: Ask, hub: Any) -> None:
    """The province refuses a county of the issuer, the city accepts the whole province: neither goes before."""
    wide = draft_of(hub, "AR-320100-0831", in_days=-5, issuingPrefixes=["46"], hostPrefixes=["3201"])
    narrow = draft_of(hub, "AR-320000-0831", in_days=-5, issuingPrefixes=["4601"], hostPrefixes=["32"], mode="NONE")
    await publish_in_time(hub, NANJING, wide)
    await publish_in_time(hub, JIANGSU, narrow)
    for slug, own, rival in (
        (NANJING, "AR-320100-0831", "AR-320000-0831 v1"), (JIANGSU, "AR-320000-0831", "AR-320100-0831 v1"),
    ):  # fmt: skip
        told = {one["rule"]["identifier"]: one for one in (await ask(slug, HEALTH)).data["recognitionRuleHealth"]}
        assert told[own]["conflictsWith"] == [rival]
