"""Requests that would be misread in silence are refused: unknown event types, cursors from elsewhere, form uploads."""

from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from tests.conftest import Asker, RunningHub


async def test_an_unknown_event_type_is_named(ask: Asker) -> None:
    answer = await ask(
        "bidding-platform", '{ events(first: 1, types: ["riskFlag.raised", "riskFlag.risen"]) { totalCount } }'
    )
    assert answer.codes == ["BAD_INPUT"]
    assert "riskFlag.risen" in answer.body["errors"][0]["message"]


@pytest.mark.parametrize("moment", ["2026-11-23T08:00:00", "0001-01-01T00:00:00+08:00", "2026-11-23", "yesterday"])
async def test_a_moment_without_its_offset_or_outside_the_calendar_is_refused(moment: str, ask: Asker) -> None:
    query = "query Q($x: DateTime!) { riskFlags(first: 1, recordedSince: $x) { totalCount } }"
    assert (await ask("sz-bureau", query, x=moment)).codes == ["BAD_INPUT"]


@pytest.mark.parametrize("argument", ["recordedSince", "knownAt"])
async def test_a_moment_without_its_offset_is_told_as_it_was_sent(argument: str, ask: Asker) -> None:
    query = f'{{ riskFlags(first: 1, {argument}: "2026-11-23T08:00:00") {{ totalCount }} }}'
    (error,) = (await ask("sz-bureau", query)).body["errors"]
    assert "2026-11-23T08:00:00 缺少时区 (has no offset)" in error["message"]


@pytest.mark.parametrize("asked", [
    "reviews(first: 1, asOf: $day) { nodes { id } }",
    "reviews(first: 1, asOf: $day) { nodes { id isOverdue } }",
    "review(id: $id, asOf: $day) { id }",
    "dispute(id: $id, asOf: $day) { id }",
    "disputes(first: 1, asOf: $day) { nodes { id } }",
])  # fmt: skip
async def test_what_has_no_history_is_answered_for_a_day_that_is_past_too(asked: str, ask: Asker) -> None:
    named = "$day: Date!, $id: ID!" if "$id" in asked else "$day: Date!"
    given = {"id": "00000000-0000-0000-0000-000000000001"} if "$id" in asked else {}
    answer = await ask("gz-bureau", f"query Q({named}) {{ {asked} }}", day="2026-01-05", **given)
    assert answer.codes == []


async def followed(hub: RunningHub, http: aiohttp.ClientSession, query: str) -> str:
    headers = {"Authorization": f"Bearer {hub.token('bidding-platform')}", "Accept": "text/event-stream"}
    async with http.post(f"{hub.base_url}/graphql", json={"query": query}, headers=headers) as stream:
        async for line in stream.content:
            if line.startswith(b"data: {"):
                return line.decode()
    return ""


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ('subscription { eventPublished(types: ["no.such"]) { id } }', "BAD_INPUT"),
        ('subscription { eventPublished(after: "seq:999999999") { id } }', "BAD_CURSOR"),
        ('subscription { eventPublished(after: "nonsense") { id } }', "BAD_CURSOR"),
    ],
)
async def test_a_subscription_that_could_never_be_right_is_refused(
    hub: RunningHub, http: aiohttp.ClientSession, query: str, code: str
) -> None:
    assert f'"code":"{code}"' in await followed(hub, http, query)


async def test_the_clock_is_not_run_far_ahead(hub: RunningHub, ask: Asker) -> None:
    before = hub.runtime.signal.position
    day = hub.runtime.today() + timedelta(days=32)
    answer = await ask("operator", "mutation ($day: Date!) { clockRun(day: $day) { expired } }", day=day.isoformat())
    assert answer.codes == ["BAD_INPUT"]
    await hub.runtime.settle()
    assert hub.runtime.signal.position == before


async def test_a_form_upload_is_refused_as_a_whole(hub: RunningHub, http: aiohttp.ClientSession) -> None:
    form: Any = aiohttp.FormData()
    form.add_field("file", b"{}", filename="a.ndjson")
    headers = {"Authorization": f"Bearer {hub.token('sz-bureau')}"}
    url = f"{hub.base_url}/imports?kind=RISK_GRADING&filename=a.ndjson"
    async with http.post(url, data=form, headers=headers) as response:
        assert (response.status, (await response.json())["error"]["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")


async def test_the_files_of_a_hundred_threads_are_not_had_in_one_answer(ask: Asker) -> None:
    """A file weighs as much as a hundred objects: twenty of a mebibyte in each thread would be two gigabytes."""
    query = "{{ reviews(first: 100) {{ nodes {{ thread(first: 50) {{ nodes {{ evidence {{ {} }} }} }} }} }} }}"
    assert (await ask("gz-bureau", query.format("content"))).codes == ["QUERY_TOO_LARGE"]
    assert (await ask("gz-bureau", query.format("name size sha256"))).codes == []
