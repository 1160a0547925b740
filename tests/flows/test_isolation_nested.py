"""What a tenant may not ask is not to be had through a nested field either, nor is a matter by the review it led to."""

from dataclasses import replace
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from tests.flows.neighbours import FORBIDDEN, GUANGZHOU, PARTNER, PURPOSE, SHENZHEN, World, settle_in


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(hub: Any, ask: Any, http: aiohttp.ClientSession) -> World:
    return await settle_in(hub, ask, http)


@pytest.mark.parametrize("path", [
    "enterprise(creditCode: $code) { certificates(first: 1) { nodes { id } } }",
    "enterprise(creditCode: $code) { gradings(first: 1) { nodes { id } } }",
    "enterprise(creditCode: $code) { appointments(first: 1) { nodes { id } } }",
    "enterprise(creditCode: $code) { matters(first: 1) { nodes { id } } }",
    "enterprise(creditCode: $code) { keyStaff { certifiedRate } }",
    "enterprise(creditCode: $code) { certificatesByRegion { worst } }",
    "enterprise(creditCode: $code) { gradingHistory { scheme } }",
    "enterprise(creditCode: $code) { succeededBy(first: 1) { nodes { id } } }",
    "enterprise(creditCode: $code) { predecessorFlags(first: 1) { nodes { enterprise { keyStaff { staffCount } } } } }",
    "enterprise(creditCode: $code) { flags(first: 1) { nodes { reviews(first: 1) { nodes { id } } } } }",
    "enterprise(creditCode: $code) { flags(first: 1) { nodes { enterprise { grading { band } } } } }",
])  # fmt: skip
async def test_a_partner_cannot_go_round_through_a_nested_field(path: str, world: World, ask: Any) -> None:
    query = f"query Q($code: String!) {{ {path} }}"
    answer = await ask(PARTNER, query, purpose=PURPOSE, code=world.firm.credit_code)
    assert (answer.status, answer.codes, answer.body.get("data")) == (403, [FORBIDDEN], None)


@pytest.mark.parametrize("path", [
    "flag { id }", "certificate { id }", "certificateAction { id }", "person { id }", "matter { id }", "permit { id }",
    "causes(first: 1) { nodes { flag { id } } }",
])  # fmt: skip
async def test_a_token_for_reviews_alone_reads_no_record_by_way_of_a_review(
    path: str, world: World, ask: Any, hub: Any
) -> None:
    client = replace(hub.runtime.directory.clients[GUANGZHOU], scopes=frozenset({"review.read"}))
    token = hub.runtime.tokens.issue(client, now=hub.runtime.now().timestamp())
    query = f"query Q($x: ID!) {{ review(id: $x) {{ id {path} }} }}"
    headers = {"Authorization": f"Bearer {token}"}
    answer = await ask(GUANGZHOU, query, headers=headers, x=world.ids["review"])
    assert (answer.status, answer.codes, answer.body.get("data")) == (403, [FORBIDDEN], None)


async def test_the_owner_of_a_cause_sees_its_outcome_and_nothing_of_the_matter(world: World, ask: Any) -> None:
    query = "query Q($x: ID!) { review(id: $x) { state authority { id } matter { id } flag { id } } }"
    asked = [(await ask(slug, query, x=world.ids["review"])).data["review"] for slug in (SHENZHEN, GUANGZHOU)]
    common = {"state": "RECEIVED", "authority": {"id": GUANGZHOU}, "flag": {"id": world.ids["flag"]}}
    assert asked == [{**common, "matter": None}, {**common, "matter": {"id": world.ids["matter"]}}]
