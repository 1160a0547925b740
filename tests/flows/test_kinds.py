"""Every record kind through the door of files: imported, kept, the same again unchanged, a flag told to the neighbours.

A new kind takes part by itself: its rows come from the sample row of its template.
"""

from typing import Any

import aiohttp
import orjson
import pytest

from schema.kinds import KINDS
from schema.record import Family, Kind
from tests.flows import material
from tests.flows.neighbours import GUANGZHOU, HOUSING, PARTNER, SHENZHEN
from tests.flows.samples import sent

FLAGS = [kind for kind in KINDS if kind.family is Family.ADVERSE]


async def imported(hub: Any, http: aiohttp.ClientSession, kind: Kind, row: dict[str, Any]) -> Any:
    slug = HOUSING if kind.sector == "HOUSING" else SHENZHEN
    url = f"{hub.base_url}/imports?kind={kind.name}&filename=a.ndjson"
    headers = {"Authorization": f"Bearer {hub.token(slug)}"}
    async with http.post(url, data=orjson.dumps(row) + b"\n", headers=headers) as response:
        answer = await response.json()
        return {**answer["counts"], "receipt": answer["receipt"]}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
async def test_a_row_of_every_kind_is_kept_and_the_same_again_is_unchanged(
    kind: Kind, hub: Any, http: aiohttp.ClientSession
) -> None:
    row = sent(kind, material.firm(), material.person())
    first = await imported(hub, http, kind, row)
    again = await imported(hub, http, kind, row)
    assert (first["new"], first["refused"], first["receipt"]) == (1, 0, [])
    assert (again["new"], again["changed"], again["unchanged"]) == (0, 0, 1)


@pytest.mark.parametrize("kind", FLAGS, ids=lambda kind: kind.name)
async def test_a_flag_of_every_kind_reaches_neighbours_and_partners_until_it_is_lifted(
    kind: Kind, hub: Any, http: aiohttp.ClientSession, ask: Any
) -> None:
    row = sent(kind, material.firm(), material.person())
    await imported(hub, http, kind, row)
    query = """query Q($code: String!) { enterprise(creditCode: $code) { flags(first: 5, isCurrent: true) {
        nodes { kind category severity decisionNumber name } } } }"""
    parsed = kind.complete(row) if kind.complete else {}
    told = {
        "kind": kind.name, "category": row.get("category", parsed.get("category")),
        "severity": row.get("severity", parsed.get("severity")), "decisionNumber": row["decisionNumber"],
        "name": row["name"],
    }  # fmt: skip
    for slug in (GUANGZHOU, PARTNER):
        answer = await ask(slug, query, code=row["creditCode"])
        assert answer.data["enterprise"]["flags"]["nodes"] == [told]
    lifted = {"liftedOn": "2026-06-15", "liftReason": "复查合格"}
    assert (await imported(hub, http, kind, {**row, **lifted}))["changed"] == 1
    answer = await ask(GUANGZHOU, query, code=row["creditCode"])
    assert answer.data["enterprise"]["flags"]["nodes"] == []
