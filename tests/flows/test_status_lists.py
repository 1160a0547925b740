"""Status lists at /status-lists: what a verifier that never asks about one certificate learns, and when."""

import base64
import json
import uuid
import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import httpx2
import jwt
import pytest
import pytest_asyncio

from exchange.app import build_app
from exchange.demo.seed import caller_of
from exchange.proof.slots import Slot, allot
from exchange.proof.status_lists import TTL_SECONDS, read_whole
from exchange.publishing.publish import Publication
from exchange.publishing.reports import void
from exchange.runtime import Runtime
from exchange.settings import load
from schema.fields import CHINA
from tenants.session import acting
from tests.flows import material
from tests.flows.scratch import keep, quiet_hub

SHENZHEN, NEIGHBOUR = "sz-bureau", "gz-bureau"
DAY = date(2026, 11, 23)
END = DAY + timedelta(days=400)


@dataclass
class Clock:
    """The moment it is, moved by a test."""

    moment: datetime = field(default_factory=lambda: datetime(2026, 11, 23, 10, tzinfo=CHINA))

    def __call__(self) -> datetime:
        return self.moment


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quiet(database: Any, clock: Clock) -> AsyncIterator[Runtime]:
    async with quiet_hub(database.dsn, "exchange_status_lists", now=clock) as runtime:
        yield runtime


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def web(quiet: Runtime) -> AsyncIterator[httpx2.AsyncClient]:
    app = build_app(quiet, load({"EXCHANGE_SECRET": "x" * 40}))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://hub.test") as client:
        yield client


async def slot_of(quiet: Runtime, record_id: str, slug: str = SHENZHEN) -> Slot:
    caller = caller_of(quiet, slug)
    async with acting(quiet.database.pool, caller) as connection:
        return await allot(
            connection, quiet.keys, owner_id=caller.tenant.tenant_id, item_id=uuid.UUID(record_id), kind="CERTIFICATE"
        )


async def issued(quiet: Runtime, **changes: Any) -> tuple[dict[str, Any], str, Slot]:
    values = {**material.certificate(material.person(), material.firm(), valid_to=END), **changes}
    record_id = await keep(quiet, SHENZHEN, "SAFETY_MANAGEMENT", values)
    return values, record_id, await slot_of(quiet, record_id)


def trusted(quiet: Runtime, token: str) -> dict[str, Any]:
    """The claims, once the signature holds: by PyJWT's own key set and the draft's rules."""
    keys = jwt.PyJWKSet.from_dict(quiet.tokens.key_set())
    header = jwt.get_unverified_header(token)
    assert (header["typ"], header["alg"]) == ("statuslist+jwt", "EdDSA")
    claims: dict[str, Any] = jwt.decode(
        token, keys[header["kid"]], algorithms=["EdDSA"],
        options={"verify_exp": False, "verify_iat": False, "verify_nbf": False},
    )  # fmt: skip
    return claims


def status_in(claims: dict[str, Any], idx: int) -> int:
    bits, listed = claims["status_list"]["bits"], claims["status_list"]["lst"]
    entries = zlib.decompress(base64.urlsafe_b64decode(listed + "=" * (-len(listed) % 4)))
    return entries[idx * bits // 8] >> (idx * bits % 8) & ((1 << bits) - 1)


async def status(quiet: Runtime, web: httpx2.AsyncClient, slot: Slot) -> int:
    response = await web.get(f"/status-lists/{slot.list_id}", headers={"Accept": "application/statuslist+jwt"})
    assert response.status_code == 200
    return status_in(trusted(quiet, response.text), slot.idx)


async def test_a_revocation_is_in_the_list_as_soon_as_it_is_committed(quiet: Runtime, web: httpx2.AsyncClient) -> None:
    values, _, slot = await issued(quiet)
    other, _, beside = await issued(quiet)
    assert await status(quiet, web, slot) == 0
    await keep(quiet, SHENZHEN, "SAFETY_MANAGEMENT", {**values, "reportedStatus": "REVOKED"})
    assert (await status(quiet, web, slot), await status(quiet, web, beside)) == (1, 0)
    await keep(quiet, SHENZHEN, "SAFETY_MANAGEMENT", {**other, "reportedStatus": "SUSPENDED"})
    assert (await status(quiet, web, slot), await status(quiet, web, beside)) == (1, 2)
    await keep(quiet, SHENZHEN, "SAFETY_MANAGEMENT", other)
    assert await status(quiet, web, beside) == 0


async def test_a_slot_given_to_what_has_ended_says_so_at_once(quiet: Runtime, web: httpx2.AsyncClient) -> None:
    _, _, sound = await issued(quiet)
    assert await status(quiet, web, sound) == 0
    _, _, ended = await issued(quiet, validFrom="2020-01-01", validTo=str(DAY - timedelta(days=1)))
    _, _, last_day = await issued(quiet, validFrom="2024-01-01", validTo=str(DAY))
    assert (await status(quiet, web, ended), await status(quiet, web, last_day)) == (1, 0)


async def test_what_another_authority_did_and_what_was_voided_is_in_the_list(
    quiet: Runtime, web: httpx2.AsyncClient
) -> None:
    values, _, acted = await issued(quiet)
    _, voided, gone = await issued(quiet)
    assert (await status(quiet, web, acted), await status(quiet, web, gone)) == (0, 0)
    action = {
        "number": values["number"], "name": values["name"], "idNumber": values["idNumber"], "measure": "REVOKED",
        "certificateType": "安全生产知识和管理能力考核合格证",
        "cause": "违规", "legalBasis": material.LEGAL_BASIS, "decisionNumber": material.number(),
        "decidedOn": str(DAY), "effectiveOn": str(DAY), "region": "440100",
    }  # fmt: skip
    await keep(quiet, NEIGHBOUR, "CERTIFICATE_ACTION", action)
    tenant = quiet.directory.by_slug[SHENZHEN]
    async with acting(quiet.database.pool, caller_of(quiet, SHENZHEN)) as connection:
        publication = Publication(tenant=tenant, keys=quiet.keys, day=DAY)
        await void(connection, [uuid.UUID(voided)], publication, reason="误报")
    assert (await status(quiet, web, acted), await status(quiet, web, gone)) == (1, 1)


async def test_what_is_renewed_from_events_is_what_is_read_whole(quiet: Runtime, web: httpx2.AsyncClient) -> None:
    made = [await issued(quiet) for _ in range(6)]
    list_id = made[0][2].list_id
    for turn, state in enumerate(("REVOKED", "SUSPENDED", "OTHER", "CANCELLED", "VALID")):
        await keep(quiet, SHENZHEN, "SAFETY_MANAGEMENT", {**made[turn][0], "reportedStatus": state})
        await web.get(f"/status-lists/{list_id}")
        if turn % 2:
            await quiet.settle()  # events have positions now
    claims = trusted(quiet, (await web.get(f"/status-lists/{list_id}")).text)
    async with quiet.database.hub_pool.acquire() as connection:
        whole = await read_whole(connection, list_id, DAY)
        slots = await connection.fetch(
            "select s.idx, case when r.record_id is null then 1 else proof_status(r, $1) end from status_slot s"
            " left join record r on r.record_id = s.item_id and r.family = 'CERTIFICATE'", DAY,
        )  # fmt: skip
    assert {idx: status for idx, status in slots if status} == whole
    assert {idx: status_in(claims, idx) for idx, _ in slots} == dict(slots)
    assert [status_in(claims, slot.idx) for _, _, slot in made] == [1, 2, 2, 1, 0, 0]


async def test_the_day_moves_the_list_without_anybody_changing_anything(
    quiet: Runtime, web: httpx2.AsyncClient, clock: Clock
) -> None:
    _, _, slot = await issued(quiet, validFrom="2024-01-01", validTo=str(DAY))
    assert await status(quiet, web, slot) == 0
    clock.moment += timedelta(days=1)
    try:
        assert await status(quiet, web, slot) == 1
    finally:
        clock.moment -= timedelta(days=1)
    assert await status(quiet, web, slot) == 0


async def test_the_token_says_where_it_is_and_how_long_it_counts(
    quiet: Runtime, web: httpx2.AsyncClient, clock: Clock
) -> None:
    _, _, slot = await issued(quiet)
    claim = slot.claim(quiet.public_url)["status_list"]
    path = claim["uri"].removeprefix(quiet.public_url)
    first = await web.get(path)
    claims = trusted(quiet, first.text)
    now = int(clock.moment.timestamp())
    assert (claims["sub"], claims["iss"]) == (claim["uri"], quiet.issuer)
    assert (claims["iat"] <= now, claims["exp"] - claims["iat"], claims["ttl"]) == (True, 86_400, TTL_SECONDS)
    assert claims["status_list"]["aggregation_uri"] == f"{quiet.public_url}/status-lists"
    assert first.headers["content-type"] == "application/statuslist+jwt"
    assert first.headers["access-control-allow-origin"] == "*"
    assert first.headers["cache-control"] == f"public, max-age={TTL_SECONDS}"
    again = await web.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    clock.moment += timedelta(seconds=TTL_SECONDS)
    try:
        later = await web.get(path, headers={"If-None-Match": first.headers["etag"]})
    finally:
        clock.moment -= timedelta(seconds=TTL_SECONDS)
    assert later.status_code == 200
    assert trusted(quiet, later.text)["status_list"] == claims["status_list"]


async def test_all_lists_are_named_and_what_is_no_list_is_not_there(quiet: Runtime, web: httpx2.AsyncClient) -> None:
    await issued(quiet)
    named = await web.get("/status-lists")
    assert named.json() == {"status_lists": [f"{quiet.public_url}/status-lists/1"]}
    for path in ("/status-lists/2", "/status-lists/0", "/status-lists/01", "/status-lists/x", "/status-lists/²"):
        assert (await web.get(path)).status_code == 404, path
    past = await web.get("/status-lists/1?time=1700000000")
    assert (past.status_code, past.json()["error"]["code"]) == (501, "STATUS_LIST_OF_NOW")
    binary = await web.get("/status-lists/1", headers={"Accept": "application/statuslist+cwt"})
    assert (binary.status_code, binary.json()["error"]["code"]) == (406, "STATUS_LIST_AS_JWT")
    zipped = await web.get("/status-lists/1", headers={"Accept-Encoding": "gzip"})
    assert zipped.headers["content-encoding"] == "gzip"
    assert json.loads(json.dumps(trusted(quiet, zipped.text)["ttl"])) == TTL_SECONDS


async def test_a_tenant_has_one_slot_for_a_certificate_and_another_tenant_another(quiet: Runtime) -> None:
    _, record_id, slot = await issued(quiet)
    assert await slot_of(quiet, record_id) == slot
    assert await slot_of(quiet, record_id, NEIGHBOUR) != slot


async def test_who_has_which_slot_is_nobody_else_s_to_read(quiet: Runtime) -> None:
    _, record_id, _ = await issued(quiet)
    async with acting(quiet.database.pool, caller_of(quiet, NEIGHBOUR)) as connection:
        seen = await connection.fetchval("select count(*) from status_slot where item_id = $1", uuid.UUID(record_id))
    assert seen == 0
