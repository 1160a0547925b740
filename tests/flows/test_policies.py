"""A local policy decides what an authority's own desk gets, and nobody else's; what must be reviewed stands. A draft is
simulated on what was found before."""

from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio

from exchange.demo.cast import ENTERPRISE
from exchange.runtime import Runtime
from exchange.workdays import add_workdays
from tests.flows import material
from tests.flows.scratch import answered, keep, quiet_hub

DONGGUAN, GUANGZHOU, SHENZHEN = "dg-bureau", "gz-bureau", "sz-bureau"
PUBLISH = """mutation P($x: PolicyPublishInput!) { policyPublish(input: $x) {
  policy { identifier version validFrom isInForce terms { rule priority assignee isOff } }
  userErrors { code field message nextStep } } }"""
SIMULATE = """query S($x: PolicySimulationInput!) { policySimulation(input: $x) { userErrors { code field }
  simulation { found opened inForce wouldOpen must assigned added dropped changed
    rows { month rule region opened inForce wouldOpen added dropped changed }
    examples { change rule region creditCode reviewId term was { priority dueOn } wouldBe { priority dueOn } } } } }"""
REVIEWS = """query R($c: String!) { enterprise(creditCode: $c) { reviews(first: 50) { nodes {
  rule priority handling dueOn assignedTo authority { id } policy { identifier version term zh en } } } } }"""
VERSIONS = "{ policies { version isInForce publishedBy terms { rule } } }"


@pytest_asyncio.fixture(loop_scope="session")
async def quiet(database: Any) -> AsyncIterator[Runtime]:
    async with quiet_hub(database.dsn, "exchange_policies") as runtime:
        yield runtime


async def publish(quiet: Runtime, slug: str, version: int, *terms: dict[str, Any], **told: Any) -> Any:
    values = {"version": version, "terms": list(terms), **told}
    return (await answered(quiet, slug, PUBLISH, x=values))["data"]["policyPublish"]


async def simulate(quiet: Runtime, slug: str, *terms: dict[str, Any], months: int = 3) -> Any:
    answer = await answered(quiet, slug, SIMULATE, x={"terms": list(terms), "months": months})
    assert answer["data"]["policySimulation"]["userErrors"] == []
    return answer["data"]["policySimulation"]["simulation"]


async def record(quiet: Runtime, slug: str, kind: str, values: dict[str, Any]) -> None:
    await keep(quiet, slug, kind, values, day=quiet.today())
    await quiet.settle()


async def present(quiet: Runtime, firm: material.Firm, *places: tuple[str, str]) -> None:
    for slug, region in places or ((GUANGZHOU, "440100"),):
        await record(quiet, slug, "PROJECT_APPROVAL", material.matter(firm, region))


async def graded(quiet: Runtime, firm: material.Firm, band: str) -> None:
    await record(quiet, SHENZHEN, "RISK_GRADING", material.grading(firm, band))


async def reviews(quiet: Runtime, firm: material.Firm, slug: str = GUANGZHOU) -> list[dict[str, Any]]:
    found = (await answered(quiet, slug, REVIEWS, c=firm.credit_code))["data"]["enterprise"]
    return [one for one in found["reviews"]["nodes"] if one["authority"]["id"] == slug]


def codes(payload: Any) -> list[tuple[str, list[str]]]:
    assert payload["policy"] is None
    return [(one["code"], one["field"]) for one in payload["userErrors"]]


ORANGE_MUST = {
    "rule": "ORANGE_BAND", "priority": "MUST", "handling": "FOR_FOLLOW_UP", "workdays": 3, "assignee": "GZ-07",
}  # fmt: skip


async def test_a_policy_makes_orange_a_must_with_an_officer_and_the_neighbour_s_desk_stays_as_it_was(
    quiet: Runtime,
) -> None:
    published = await publish(quiet, GUANGZHOU, 1, ORANGE_MUST)
    assert published["userErrors"] == []
    assert (published["policy"]["identifier"], published["policy"]["isInForce"]) == ("LP-gz-bureau", True)
    firm = material.firm()
    await present(quiet, firm, (GUANGZHOU, "440100"), (DONGGUAN, "441900"))
    await graded(quiet, firm, "ORANGE")
    (here,) = await reviews(quiet, firm)
    (there,) = await reviews(quiet, firm, DONGGUAN)
    assert [here[name] for name in ("rule", "priority", "handling", "assignedTo")] == [
        "ORANGE_BAND", "MUST", "FOR_FOLLOW_UP", "GZ-07",
    ]  # fmt: skip
    assert here["policy"] == {
        "identifier": "LP-gz-bureau", "version": 1, "term": 1,
        "zh": "优先级由可以改为必须；处置要求由供知悉改为须办理并反馈；时限由 5 个改为 3 个工作日；已指定经办人",
        "en": "priority MUST instead of MAY; FOR_FOLLOW_UP instead of FOR_ATTENTION; 3 working days instead of 5; "
        "an officer is named",
    }  # fmt: skip
    assert here["dueOn"] < there["dueOn"]
    assert [there[name] for name in ("priority", "handling", "assignedTo", "policy")] == [
        "MAY", "FOR_ATTENTION", None, None,
    ]  # fmt: skip


async def test_what_is_for_attention_can_be_switched_off_and_what_is_red_comes_all_the_same(quiet: Runtime) -> None:
    await publish(quiet, GUANGZHOU, 1, {"rule": "ORANGE_BAND", "isOff": True})
    firm = material.firm()
    await present(quiet, firm)
    await graded(quiet, firm, "ORANGE")
    assert await reviews(quiet, firm) == []
    await graded(quiet, firm, "RED")
    assert [(one["rule"], one["priority"]) for one in await reviews(quiet, firm)] == [("RED_FLAG", "MUST")]


async def test_what_must_be_reviewed_can_be_neither_dropped_nor_lowered(quiet: Runtime) -> None:
    refused = await publish(
        quiet, GUANGZHOU, 1, {"rule": "RED_FLAG", "isOff": True},
        {"rule": "DISHONESTY_LISTED", "priority": "MAY", "handling": "FOR_ATTENTION", "workdays": 11},
    )  # fmt: skip
    assert codes(refused) == [
        ("POLICY_MUST_STANDS", ["input", "terms", "0", "isOff"]),
        ("POLICY_MUST_STANDS", ["input", "terms", "1", "priority"]),
        ("POLICY_MUST_STANDS", ["input", "terms", "1", "handling"]),
        ("POLICY_OUT_OF_LIMITS", ["input", "terms", "1", "workdays"]),
    ]
    assert (await answered(quiet, GUANGZHOU, VERSIONS))["data"]["policies"] == []


async def test_a_version_follows_the_one_before_and_begins_no_earlier_than_today(quiet: Runtime) -> None:
    assert (await publish(quiet, GUANGZHOU, 1, ORANGE_MUST))["userErrors"] == []
    assert codes(await publish(quiet, GUANGZHOU, 1, ORANGE_MUST)) == [("VERSION_CONFLICT", ["input", "version"])]
    assert codes(await publish(quiet, GUANGZHOU, 3)) == [("VERSION_CONFLICT", ["input", "version"])]
    backdated = await publish(quiet, GUANGZHOU, 2, validFrom="2026-01-01")
    assert codes(backdated) == [("POLICY_BACKDATED", ["input", "validFrom"])]
    assert (await publish(quiet, GUANGZHOU, 2, validFrom="2099-01-01"))["policy"]["isInForce"] is False
    versions = (await answered(quiet, GUANGZHOU, VERSIONS))["data"]["policies"]
    assert [(one["version"], one["isInForce"]) for one in versions] == [(2, False), (1, True)]
    firm = material.firm()
    await present(quiet, firm)
    await graded(quiet, firm, "ORANGE")
    assert [one["policy"]["version"] for one in await reviews(quiet, firm)] == [1]


async def test_a_policy_without_terms_brings_the_default_back(quiet: Runtime) -> None:
    await publish(quiet, GUANGZHOU, 1, {"rule": "ORANGE_BAND", "isOff": True})
    await publish(quiet, GUANGZHOU, 2)
    firm = material.firm()
    await present(quiet, firm)
    await graded(quiet, firm, "ORANGE")
    (review,) = await reviews(quiet, firm)
    assert (review["priority"], review["policy"]) == ("MAY", None)


async def test_flags_below_red_are_reviewed_where_a_policy_asks_for_them(quiet: Runtime) -> None:
    await publish(quiet, GUANGZHOU, 1, {"rule": "LESSER_FLAG", "bands": ["ORANGE"]})
    for band, wanted in (("ORANGE", ["LESSER_FLAG"]), ("YELLOW", [])):
        firm = material.firm()
        await present(quiet, firm, (GUANGZHOU, "440100"), (DONGGUAN, "441900"))
        await record(quiet, SHENZHEN, "RISK_FLAG", material.flag(firm) | {"severity": band})
        assert [one["rule"] for one in await reviews(quiet, firm)] == wanted
        assert await reviews(quiet, firm, DONGGUAN) == []


async def test_a_simulation_tells_what_is_added_dropped_and_changed_and_changes_nothing(quiet: Runtime) -> None:
    added, dropped, changed, same = (material.firm() for _ in range(4))
    for firm in (added, dropped, changed, same):
        await present(quiet, firm)
    await record(quiet, SHENZHEN, "RISK_FLAG", material.flag(added) | {"severity": "ORANGE"})
    await graded(quiet, dropped, "ORANGE")
    await record(quiet, SHENZHEN, "RISK_FLAG", material.flag(changed))
    before = await rows(quiet)
    told = await simulate(
        quiet, GUANGZHOU, {"rule": "LESSER_FLAG"}, {"rule": "ORANGE_BAND", "isOff": True},
        {"rule": "RED_FLAG", "workdays": 2, "assignee": "GZ-01"},
    )  # fmt: skip
    assert {name: told[name] for name in told if name not in ("rows", "examples")} == {
        "found": 3, "opened": 2, "inForce": 2, "wouldOpen": 2, "must": 1, "assigned": 1, "added": 1, "dropped": 1,
        "changed": 1,
    }  # fmt: skip
    assert {one["change"]: (one["rule"], one["creditCode"]) for one in told["examples"]} == {
        "ADDED": ("LESSER_FLAG", added.credit_code), "DROPPED": ("ORANGE_BAND", dropped.credit_code),
        "CHANGED": ("RED_FLAG", changed.credit_code),
    }  # fmt: skip
    assert {(one["rule"], one["region"], one["wouldOpen"]) for one in told["rows"]} == {
        ("LESSER_FLAG", "440100", 1), ("ORANGE_BAND", "440100", 0), ("RED_FLAG", "440100", 1),
    }  # fmt: skip
    assert await rows(quiet) == before
    neighbour = await simulate(quiet, DONGGUAN, {"rule": "LESSER_FLAG"})
    assert (neighbour["found"], neighbour["examples"]) == (0, [])


async def rows(quiet: Runtime) -> list[int]:
    async with quiet.database.hub_pool.acquire() as connection:
        tables = ("review", "review_unopened", "review_step", "event", "review_policy")
        return [await connection.fetchval(f"select count(*) from {table}") for table in tables]


async def test_a_policy_is_seen_and_published_by_its_authority_alone(quiet: Runtime) -> None:
    await publish(quiet, GUANGZHOU, 1, ORANGE_MUST)
    assert (await answered(quiet, DONGGUAN, VERSIONS))["data"]["policies"] == []
    foreign = await publish(quiet, GUANGZHOU, 2, {"rule": "ORANGE_BAND", "regions": ["4403"], "isOff": True})
    assert codes(foreign) == [("POLICY_REGION_FOREIGN", ["input", "terms", "0", "regions"])]


async def test_what_a_policy_left_out_is_not_opened_when_the_matter_is_reported_again(quiet: Runtime) -> None:
    await publish(quiet, GUANGZHOU, 1, {"rule": "ORANGE_BAND", "isOff": True})
    firm = material.firm()
    matter = material.matter(firm, "440100")
    await record(quiet, GUANGZHOU, "PROJECT_APPROVAL", matter)
    await graded(quiet, firm, "ORANGE")
    await publish(quiet, GUANGZHOU, 2)
    await record(quiet, GUANGZHOU, "PROJECT_APPROVAL", matter | {"projectName": "示范项目二期"})
    assert await reviews(quiet, firm) == []
    await present(quiet, firm)  # another matter is another thing found
    assert [one["rule"] for one in await reviews(quiet, firm)] == ["ORANGE_BAND"]


async def test_the_rules_and_their_defaults_are_told_to_whoever_writes_a_policy(quiet: Runtime) -> None:
    query = "{ triggerRules { name priority handling workdays presenceKinds pathKinds isOptional } }"
    told = {one["name"]: one for one in (await answered(quiet, GUANGZHOU, query))["data"]["triggerRules"]}
    assert told["CREDENTIAL_WITHDRAWN"] == {
        "name": "CREDENTIAL_WITHDRAWN", "priority": "MUST", "handling": "FOR_FOLLOW_UP", "workdays": 5,
        "presenceKinds": ["APPOINTMENT", "RECOGNITION"], "pathKinds": ["PROJECT_APPROVAL", "SITE"], "isOptional": False,
    }  # fmt: skip
    assert [name for name, one in told.items() if one["isOptional"]] == ["LESSER_FLAG"]


async def test_the_flagging_authority_sees_the_term_and_the_firm_neither_term_nor_officer(quiet: Runtime) -> None:
    await publish(quiet, GUANGZHOU, 1, {"rule": "RED_FLAG", "workdays": 2, "assignee": "GZ-07"})
    firm = material.Firm(name=ENTERPRISE.name, credit_code=ENTERPRISE.credit_code, region="440300")
    await present(quiet, firm)
    await record(quiet, SHENZHEN, "RISK_FLAG", material.flag(firm))
    seen = {}
    for slug in (GUANGZHOU, SHENZHEN, ENTERPRISE.slug):
        found = (await answered(quiet, slug, REVIEWS, c=firm.credit_code))["data"]["enterprise"]["reviews"]["nodes"]
        (review,) = found
        seen[slug] = (review["policy"] and review["policy"]["zh"], review["assignedTo"])
    changed = "时限由 5 个改为 2 个工作日；已指定经办人"
    assert seen == {GUANGZHOU: (changed, "GZ-07"), SHENZHEN: (changed, "GZ-07"), ENTERPRISE.slug: (None, None)}


async def test_reviews_opened_before_findings_were_kept_are_simulated_by_what_their_matters_say(quiet: Runtime) -> None:
    firm = material.firm()
    await present(quiet, firm)
    await record(quiet, GUANGZHOU, "SITE", {
        "creditCode": firm.credit_code, "name": firm.name, "region": "440111", "siteName": "示范一号工地",
        "siteType": "CONSTRUCTION", "startedOn": "2025-03-01",
    })  # fmt: skip
    await graded(quiet, firm, "ORANGE")
    async with quiet.database.hub_pool.acquire() as connection:
        await connection.execute("update review set sightings = null")
    for term, wanted in (
        ({"regions": ["440111"]}, 1), ({"presenceKinds": ["PROJECT_APPROVAL", "SITE"]}, 0),
    ):  # fmt: skip
        told = await simulate(quiet, GUANGZHOU, {"rule": "ORANGE_BAND", "isOff": True, **term})
        assert (told["found"], told["opened"], told["wouldOpen"]) == (1, 1, wanted)


async def test_a_review_handed_over_is_due_as_the_receiver_s_own_policy_says(quiet: Runtime) -> None:
    receiver, firm = "gd-housing", material.firm()
    term = {"rule": "RED_FLAG", "workdays": 9, "assignee": "GD-01"}
    assert (await publish(quiet, receiver, 1, term))["userErrors"] == []
    assert (await publish(quiet, GUANGZHOU, 1, {"rule": "RED_FLAG", "workdays": 2}))["userErrors"] == []
    await present(quiet, firm)
    await record(quiet, SHENZHEN, "RISK_FLAG", material.flag(firm))
    query = "query R($c: String!) { enterprise(creditCode: $c) { reviews(first: 9) { nodes { id version } } } }"
    (review,) = (await answered(quiet, GUANGZHOU, query, c=firm.credit_code))["data"]["enterprise"]["reviews"]["nodes"]
    move = "mutation M($x: ReviewHandOverInput!) { reviewHandOver(input: $x) { userErrors { code } } }"
    sent = {"reviewId": review["id"], "expectedVersion": review["version"], "authorityId": receiver, "text": "建设工程"}
    assert (await answered(quiet, GUANGZHOU, move, x=sent))["data"]["reviewHandOver"] == {"userErrors": []}
    (here,), (there,) = await reviews(quiet, firm), await reviews(quiet, firm, receiver)
    today = quiet.today()
    assert here["dueOn"] == str(add_workdays(today, 2).day)
    assert (there["dueOn"], there["assignedTo"], there["priority"]) == (
        str(add_workdays(today, 9).day), "GD-01", here["priority"],
    )  # fmt: skip
    assert there["policy"] == {
        "identifier": "LP-gd-housing", "version": 1, "term": 1,
        "zh": "时限由 5 个改为 9 个工作日；已指定经办人", "en": "9 working days instead of 5; an officer is named",
    }  # fmt: skip
