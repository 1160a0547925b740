"""@idempotent(key:) on a mutation's field: done once by POST and over a WebSocket, as with the header."""

import uuid
from typing import Any

import pytest

from exchange.demo.client import Client
from tests.flows import material

BUREAU, OTHER = "sz-bureau", "sh-bureau"
PUBLISH = """mutation P($input: RiskFlagInput!, $key: String!) {
  riskFlagPublish(input: $input) @idempotent(key: $key) { recordId outcome version userErrors { code } } }"""
TWICE = """mutation P($input: RiskFlagInput!, $first: String!, $second: String!) {
  one: riskFlagPublish(input: $input) @idempotent(key: $first) { outcome }
  two: riskFlagPublish(input: $input) @idempotent(key: $second) { outcome } }"""


def fresh() -> str:
    return f"key-{uuid.uuid4()}"


async def test_what_is_sent_again_under_its_key_gets_the_first_answer(ask: Any) -> None:
    key, flag = fresh(), material.flag(material.firm())
    first = await ask(BUREAU, PUBLISH, input=flag, key=key)
    assert first.data["riskFlagPublish"]["outcome"] == "NEW"
    again = await ask(BUREAU, PUBLISH, input=flag, key=key)
    assert again.body == first.body
    under_another = await ask(BUREAU, PUBLISH, input=flag, key=fresh())
    assert under_another.data["riskFlagPublish"]["outcome"] == "UNCHANGED"


async def test_other_content_under_the_key_is_refused_and_not_kept(ask: Any) -> None:
    key, flag, other = fresh(), material.flag(material.firm()), material.flag(material.firm())
    await ask(BUREAU, PUBLISH, input=flag, key=key)
    refused = await ask(BUREAU, PUBLISH, input=other, key=key)
    assert (refused.status, refused.codes) == (409, ["IDEMPOTENCY_MISMATCH"])
    kept = await ask(BUREAU, PUBLISH, input=other, key=fresh())
    assert kept.data["riskFlagPublish"]["outcome"] == "NEW"


async def test_a_key_belongs_to_its_tenant_whichever_way_it_is_given(ask: Any) -> None:
    key = fresh()
    for slug, region in ((BUREAU, "440300"), (OTHER, "310000")):
        answer = await ask(slug, PUBLISH, input=material.flag(material.firm(region)), key=key)
        assert answer.data["riskFlagPublish"]["outcome"] == "NEW"


async def test_the_header_may_say_the_same_key_and_no_other(ask: Any) -> None:
    key, flag = fresh(), material.flag(material.firm())
    refused = await ask(BUREAU, PUBLISH, input=flag, key=key, headers={"Idempotency-Key": fresh()})
    assert refused.codes == ["BAD_INPUT"]
    first = await ask(BUREAU, PUBLISH, input=flag, key=key, headers={"Idempotency-Key": key})
    assert first.data["riskFlagPublish"]["outcome"] == "NEW"
    assert (await ask(BUREAU, PUBLISH, input=flag, key=key)).body == first.body


async def test_an_operation_has_one_key(ask: Any) -> None:
    key, flag = fresh(), material.flag(material.firm())
    refused = await ask(BUREAU, TWICE, input=flag, first=key, second=fresh())
    assert refused.codes == ["BAD_INPUT"]
    done = await ask(BUREAU, TWICE, input=flag, first=key, second=key)
    assert [done.data[name]["outcome"] for name in ("one", "two")] == ["NEW", "UNCHANGED"]
    assert (await ask(BUREAU, TWICE, input=flag, first=key, second=key)).body == done.body


@pytest.mark.parametrize("key", ["", "有", "a b", "a\nb", "k" * 256])
async def test_a_key_that_no_header_could_hold_is_refused(key: str, ask: Any) -> None:
    refused = await ask(BUREAU, PUBLISH, input=material.flag(material.firm()), key=key)
    assert refused.codes == ["BAD_INPUT"]


@pytest.mark.parametrize("query", [
    '{ viewer @idempotent(key: "k") { id } }',
    '{ riskFlags(first: 1) @idempotent(key: "k") { nodes { id } } }',
    'mutation { recordVoid(input: {recordId: "x", reason: "误报"}) { recordId @idempotent(key: "k") } }',
    'mutation { ...M } fragment M on Mutation { recordVoid(input: {recordId: "x", reason: "误"}) { ...P } } '
    'fragment P on RecordVoidPayload { recordId @idempotent(key: "k") }',
    'mutation { recordVoid(input: {recordId: "x", reason: "误报"}) @idempotent { recordId } }',
])  # fmt: skip
async def test_where_it_would_promise_nothing_it_is_refused(query: str, ask: Any) -> None:
    refused = await ask(BUREAU, query)
    assert refused.codes == ["GRAPHQL_VALIDATION_FAILED"]


async def test_within_a_fragment_it_counts_as_well(ask: Any) -> None:
    query = """mutation P($input: RiskFlagInput!, $key: String!) { ...M }
      fragment M on Mutation { riskFlagPublish(input: $input) @idempotent(key: $key) { outcome } }"""
    key, flag = fresh(), material.flag(material.firm())
    told = [(await ask(BUREAU, query, input=flag, key=key)).data["riskFlagPublish"]["outcome"] for _ in range(2)]
    assert told == ["NEW", "NEW"]


async def test_over_a_socket_it_is_the_same_key_as_by_post(client: Client, ask: Any) -> None:
    key, flag = fresh(), material.flag(material.firm())
    told = []
    for _ in range(2):
        line = await client.follow(BUREAU, PUBLISH, input=flag, key=key)
        told.append((await line.receive("next"))["payload"])
        await line.close()
    posted = await ask(BUREAU, PUBLISH, input=flag, key=key)
    assert told == [posted.body] * 2
    assert posted.data["riskFlagPublish"]["outcome"] == "NEW"
