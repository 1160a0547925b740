"""The life of a record of every kind: imported, corrected, changed by another file, both files taken back.

A new kind takes part by itself: its rows come from the sample row of its template. Who sees it in lists and files is in
test_isolation_kinds.py.
"""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import orjson
import pytest

from schema.fields import CodeTable, day
from schema.graphql.faces import FACES
from schema.graphql.inputs import input_name
from schema.kinds import KINDS
from schema.record import Field, Kind, fingerprint, parse
from tests.flows import material
from tests.flows.samples import publisher_of, root_name, sent

REVERT = """mutation R($b: ID!) { importRevert(input: {batchId: $b}) {
  removed restored skipped userErrors { code } } }"""


def now() -> str:
    return datetime.now(UTC).isoformat()


def with_another_fact(kind: Kind, row: dict[str, Any]) -> dict[str, Any]:
    """The row with one fact that says something else and tells nobody another record, or another reporting day."""
    before = parse(kind, row).record
    assert before is not None
    for field in kind.fields:
        if field.name in row and field.name not in kind.identity and not field.tier.is_personal:
            other = {**row, field.name: _otherwise(field, row[field.name])}
            found = parse(kind, other)
            if found.record is None or found.findings or fingerprint(found.record) == fingerprint(before):
                continue
            if (found.record.key, found.record.effective_on) == (before.key, before.effective_on):
                return other
    raise AssertionError(f"{kind.name} has no fact that could be another")


def _otherwise(field: Field, value: Any) -> Any:
    if field.graphql == "Date":
        return (day(value) + timedelta(days=1)).isoformat()
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value + 1
    return f"{value}之二" if field.graphql == "String" and not isinstance(field.read, CodeTable) else value


async def imported(hub: Any, http: aiohttp.ClientSession, kind: Kind, row: dict[str, Any]) -> Any:
    url = f"{hub.base_url}/imports?kind={kind.name}&filename=a.ndjson"
    headers = {"Authorization": f"Bearer {hub.token(publisher_of(kind))}"}
    async with http.post(url, data=orjson.dumps(row), headers=headers) as response:
        return await response.json()


async def standing(hub: Any, batch: str) -> Any:
    """The record an import left: its id, version and content."""
    query = "select record_id, version, fingerprint from record where batch_id = $1"
    async with hub.database.hub_pool.acquire() as connection:
        return await connection.fetchrow(query, uuid.UUID(batch))


async def content(hub: Any, record_id: uuid.UUID) -> Any:
    async with hub.database.hub_pool.acquire() as connection:
        return await connection.fetchval("select fingerprint from record where record_id = $1", record_id)


async def corrected(ask: Any, kind: Kind, values: dict[str, Any]) -> Any:
    query = f"""mutation M($input: {input_name(kind)}!) {{
      answer: {root_name(kind)}Publish(input: $input, report: {{kind: CORRECTION, reason: "录入差错"}}) {{
        recordId outcome version userErrors {{ code }} }} }}"""
    return (await ask(publisher_of(kind), query, input=values)).data["answer"]


async def history(ask: Any, kind: Kind, record_id: str, since: str) -> list[tuple[int, str]] | None:
    """Version and kind of report, the latest first, as its list shows it; None when it is not in the list."""
    field = next(one for one in FACES if kind in one.kinds).plural
    query = f"""{{ {field}(first: 100, recordedSince: "{since}") {{ nodes {{
      id history(first: 9) {{ nodes {{ version reportKind }} }} }} }} }}"""
    nodes = (await ask(publisher_of(kind), query)).data[field]["nodes"]
    found = next((node["history"]["nodes"] for node in nodes if node["id"] == record_id), None)
    return found and [(one["version"], one["reportKind"]) for one in found]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
async def test_a_record_of_every_kind_is_corrected_changed_and_taken_back(
    kind: Kind, hub: Any, http: aiohttp.ClientSession, ask: Any
) -> None:
    since = now()
    row = sent(kind, material.firm(), material.person())
    first = await imported(hub, http, kind, row)
    record_id, version, _ = await standing(hub, first["batchId"])
    assert (first["counts"]["new"], version) == (1, 1)

    answer = await corrected(ask, kind, with_another_fact(kind, row))
    assert answer == {"recordId": str(record_id), "outcome": "CHANGED", "version": 2, "userErrors": []}
    right = await content(hub, record_id)

    second = await imported(hub, http, kind, row)
    assert second["counts"]["changed"] == 1
    assert await content(hub, record_id) != right
    taken_back = (await ask(publisher_of(kind), REVERT, b=second["batchId"])).data["importRevert"]
    assert taken_back == {"removed": 0, "restored": 1, "skipped": [], "userErrors": []}
    assert await content(hub, record_id) == right
    assert await history(ask, kind, str(record_id), since) == [
        (4, "CORRECTION"), (3, "REVISION"), (2, "CORRECTION"), (1, "INITIAL"),
    ]  # fmt: skip

    left_alone = (await ask(publisher_of(kind), REVERT, b=first["batchId"])).data["importRevert"]
    assert left_alone == {"removed": 0, "restored": 0, "skipped": [str(record_id)], "userErrors": []}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
async def test_a_record_of_every_kind_leaves_with_the_import_that_brought_it(
    kind: Kind, hub: Any, http: aiohttp.ClientSession, ask: Any
) -> None:
    since = now()
    batch = (await imported(hub, http, kind, sent(kind, material.firm(), material.person())))["batchId"]
    record_id, _, _ = await standing(hub, batch)
    assert await history(ask, kind, str(record_id), since) == [(1, "INITIAL")]
    answer = (await ask(publisher_of(kind), REVERT, b=batch)).data["importRevert"]
    assert answer == {"removed": 1, "restored": 0, "skipped": [], "userErrors": []}
    assert await history(ask, kind, str(record_id), since) is None
