"""Where a reader of the stream stands: no place beyond its end, no place lost on an empty page, none read twice."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
import pytest_asyncio

from exchange.engine import stream
from exchange.runtime import Runtime
from schema.errors import Refusal
from tests.flows import material
from tests.flows.material import publish
from tests.flows.review_desks import NANJING, SHANGHAI, open_desk
from tests.flows.scratch import answered, keep, quiet_hub

SHENZHEN = "sz-bureau"
EVENTS = "query E($after: String) { events(first: 100, after: $after) { nodes { cursor } pageInfo { endCursor } } }"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quiet(database: Any) -> AsyncIterator[Runtime]:
    """A hub whose numbering and triggers run when a test says so."""
    async with quiet_hub(database.dsn, "exchange_stream_places") as runtime:
        yield runtime


async def head(quiet: Runtime) -> int:
    """Something is announced and numbered; how far the stream is then."""
    await keep(quiet, SHANGHAI, "RISK_FLAG", material.flag(material.firm("310000")))
    await quiet.settle()
    return quiet.signal.position


async def test_a_cursor_beyond_what_was_ever_numbered_is_refused(
    quiet: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "AHEAD_SECONDS", 0.05)
    last = await head(quiet)
    with pytest.raises(Refusal, match="BAD_CURSOR"):
        await answered(quiet, NANJING, EVENTS, after=f"seq:{last + 1}")
    assert (await answered(quiet, NANJING, EVENTS, after=f"seq:{last}"))["data"]["events"]["nodes"] == []


async def test_a_cursor_that_another_process_numbered_is_waited_for(quiet: Runtime) -> None:
    last = await head(quiet)
    quiet.signal._position = last - 1
    waiting = asyncio.create_task(answered(quiet, NANJING, EVENTS, after=f"seq:{last}"))
    await asyncio.sleep(0)
    quiet.signal.grow(last)
    assert (await waiting)["data"]["events"]["nodes"] == []


async def test_the_end_of_an_empty_page_is_the_cursor_given(quiet: Runtime) -> None:
    last = await head(quiet)
    page = (await answered(quiet, NANJING, EVENTS, after=f"seq:{last}"))["data"]["events"]
    assert page["pageInfo"] == {"endCursor": f"seq:{last}"}
    full = (await answered(quiet, NANJING, EVENTS, after=f"seq:{last - 1}"))["data"]["events"]
    assert full["pageInfo"] == {"endCursor": full["nodes"][-1]["cursor"]}


async def test_a_stream_that_reconnects_goes_on_after_its_last_event_and_not_after_its_first_cursor(
    ask: Any, hub: Any, http: Any
) -> None:
    firms = [material.firm() for _ in range(3)]
    for firm in firms:
        await publish(ask, SHENZHEN, "riskFlag", material.flag(firm))
    await hub.runtime.settle()
    query = "query E($c: String!) { events(first: 9, creditCode: $c) { nodes { cursor type } } }"
    cursors = []
    for firm in firms:
        nodes = (await ask(SHENZHEN, query, c=firm.credit_code)).data["events"]["nodes"]
        cursors.append(next(one["cursor"] for one in nodes if one["type"] == "riskFlag.raised"))
    body = {
        "query": 'subscription S($a: String) { eventPublished(after: $a, types: ["riskFlag.raised"]) { cursor } }',
        "variables": {"a": "seq:0"},
    }
    headers = {
        "Authorization": f"Bearer {hub.token(SHENZHEN)}", "Accept": "text/event-stream", "Last-Event-ID": cursors[1],
    }  # fmt: skip
    async with http.post(f"{hub.base_url}/graphql", json=body, headers=headers) as response:
        async for line in response.content:
            if line.startswith(b"data: {"):
                first = orjson.loads(line.removeprefix(b"data: "))
                break
    assert first["data"]["eventPublished"]["cursor"] == cursors[2]


async def test_the_reason_of_a_review_dates_the_sanction_by_its_decision(quiet: Runtime) -> None:
    """Not by the day the hub heard of it, which is when the review was opened."""
    desk = await open_desk(quiet, decidedOn="2025-07-09")
    query = "query Q($x: ID!) { review(id: $x) { reason reasonEn openedOn } }"
    found = (await answered(quiet, NANJING, query, x=desk.review_id))["data"]["review"]
    assert found["reason"].startswith("上海市于 2025-07-09 将该企业列为红色风险")
    assert found["reasonEn"].startswith("Flagged RED by 31 on 2025-07-09")
    assert found["openedOn"] != "2025-07-09"
