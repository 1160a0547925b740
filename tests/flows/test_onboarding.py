"""Taking tenants on board: what is one tenant's never becomes another's, and a secret changes only when asked to."""

import json
from typing import Any

import aiohttp
import click
import pytest

from exchange.cli import token_verb
from exchange.cli.doctor import examine
from exchange.cli.onboarding import add_tenant, disable_client
from exchange.cli.printing import Printer
from exchange.demo.cast import BAY_AREA, synthetic_code
from exchange.runtime import now_in_utc, open_runtime
from exchange.settings import load
from exchange.unusable import SettingsUnusable
from schema.errors import Refusal
from tenants.access import TenantKind, default_scopes
from tenants.keys import Keys
from tests.conftest import SECRET, RunningHub


def bureau(slug: str, serial: int, **changed: Any) -> dict[str, Any]:
    values = {
        "slug": slug, "kind": "AUTHORITY", "name": "示例市应急管理局（演示）", "name_en": "Sample bureau (demo)",
        "credit_code": synthetic_code("11", "440400", serial), "region": "440400", "sector": "EMERGENCY",
        "jurisdiction": "4404",
    }  # fmt: skip
    return {**values, **changed}


async def add(
    hub: RunningHub,
    capsys: pytest.CaptureFixture[str],
    values: dict[str, Any],
    *,
    agreement: str = BAY_AREA,
    **flags: bool,
) -> dict[str, Any]:
    printer = Printer(as_json=True, language="en")
    await add_tenant(hub.runtime, printer, values, (agreement,), **{"rotates": False, "founds": False, **flags})
    await hub.runtime.reload()
    printed: dict[str, Any] = json.loads(capsys.readouterr().out)
    return printed


async def log_in(
    hub: RunningHub, http: aiohttp.ClientSession, client_id: str, secret: str, **more: str
) -> tuple[int, Any]:
    form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret, **more}
    async with http.post(f"{hub.base_url}/oauth/token", data=form) as response:
        return response.status, await response.json()


async def test_a_new_tenant_gets_its_secret_once_and_keeps_it(
    hub: RunningHub, http: aiohttp.ClientSession, capsys: pytest.CaptureFixture[str]
) -> None:
    first = await add(hub, capsys, bureau("zh-bureau", 9001))
    again = await add(hub, capsys, bureau("zh-bureau", 9001, name="改名后的示例局（演示）"))
    assert "client_secret" not in again
    status, body = await log_in(hub, http, "zh-bureau", first["client_secret"])
    assert status == 200
    headers = {"Authorization": f"Bearer {body['access_token']}"}
    query = {"query": "{ viewer { id name jurisdiction } }"}
    async with http.post(f"{hub.base_url}/graphql", json=query, headers=headers) as response:
        viewer = (await response.json())["data"]["viewer"]
    assert viewer == {"id": "zh-bureau", "name": "改名后的示例局（演示）", "jurisdiction": ["4404"]}


async def test_a_rotated_secret_replaces_the_old_one(
    hub: RunningHub, http: aiohttp.ClientSession, capsys: pytest.CaptureFixture[str]
) -> None:
    first = await add(hub, capsys, bureau("zq-bureau", 9002))
    second = await add(hub, capsys, bureau("zq-bureau", 9002), rotates=True)
    assert (await log_in(hub, http, "zq-bureau", first["client_secret"]))[0] == 401
    assert (await log_in(hub, http, "zq-bureau", second["client_secret"]))[0] == 200


async def test_a_secret_is_rotated_by_the_name_of_the_tenant_alone(
    hub: RunningHub, http: aiohttp.ClientSession, capsys: pytest.CaptureFixture[str]
) -> None:
    await add(hub, capsys, bureau("rt-bureau", 9031))
    before = hub.runtime.directory.clients["rt-bureau"].tenant_id
    unsaid = {**dict.fromkeys(bureau("rt-bureau", 9031)), "slug": "rt-bureau"}
    made = await add(hub, capsys, unsaid, rotates=True)
    assert (await log_in(hub, http, "rt-bureau", made["client_secret"]))[0] == 200
    tenant = hub.runtime.directory.tenants[before]
    assert (tenant.name, tenant.name_en) == ("示例市应急管理局（演示）", "Sample bureau (demo)")
    assert (tenant.kind, tenant.region, tenant.jurisdiction) == (TenantKind.AUTHORITY, "440400", ("4404",))


async def test_a_new_tenant_has_to_be_described(hub: RunningHub, capsys: pytest.CaptureFixture[str]) -> None:
    unsaid = {**dict.fromkeys(bureau("new-bureau", 9032)), "slug": "new-bureau", "name": "示例"}
    with pytest.raises(click.UsageError, match="a new tenant needs --kind --credit-code"):
        await add(hub, capsys, unsaid)


async def test_a_disabled_client_is_out_until_its_secret_is_rotated(
    hub: RunningHub, http: aiohttp.ClientSession, capsys: pytest.CaptureFixture[str]
) -> None:
    made = await add(hub, capsys, bureau("jm-bureau", 9003))
    await disable_client(hub.runtime, Printer(as_json=True, language="en"), "jm-bureau")
    await hub.runtime.reload()
    capsys.readouterr()
    assert (await log_in(hub, http, "jm-bureau", made["client_secret"]))[0] == 401
    made = await add(hub, capsys, bureau("jm-bureau", 9003), rotates=True)
    assert (await log_in(hub, http, "jm-bureau", made["client_secret"]))[0] == 200


async def test_whoever_names_an_unknown_client_is_told_the_known_ones(hub: RunningHub) -> None:
    with pytest.raises(click.BadParameter, match=r"no client nobody; .*gz-bureau, huadong-construction"):
        await disable_client(hub.runtime, Printer(as_json=True, language="en"), "nobody")


async def test_no_token_is_made_for_a_disabled_client(
    hub: RunningHub, database: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    await add(hub, capsys, bureau("yf-bureau", 9009))
    printer = Printer(as_json=True, language="en")
    settings = load({"EXCHANGE_DATABASE_URL": database.dsn, "EXCHANGE_SECRET": SECRET, "EXCHANGE_DATA": "/nonexistent"})
    assert await token_verb(settings, printer, "yf-bureau") == 0
    await disable_client(hub.runtime, printer, "yf-bureau")
    with pytest.raises(click.BadParameter, match="yf-bureau is disabled"):
        await token_verb(settings, printer, "yf-bureau")


@pytest.mark.parametrize(
    "changed",
    [
        {"slug": "sz-bureau"},  # somebody else's name
        {"slug": "fs-two"},  # the same credit code under another name
        {"kind": "ENTERPRISE"},
        {"kind": "PARTNER"},
    ],
)
async def test_what_belongs_to_another_tenant_is_refused_and_nothing_changes(
    hub: RunningHub, capsys: pytest.CaptureFixture[str], changed: dict[str, str]
) -> None:
    await add(hub, capsys, bureau("fs-bureau", 9004))
    before = hub.runtime.directory
    with pytest.raises(Refusal) as refusal:
        await add(hub, capsys, {**bureau("fs-bureau", 9004), **changed}, rotates=True)
    assert refusal.value.code == "TENANT_MISMATCH"
    await hub.runtime.reload()
    assert hub.runtime.directory == before


async def test_a_demonstration_tenant_cannot_be_taken_over(hub: RunningHub, capsys: pytest.CaptureFixture[str]) -> None:
    shenzhen = next(one for one in hub.runtime.directory.tenants.values() if one.slug == "sz-bureau")
    with pytest.raises(Refusal) as refusal:
        await add(hub, capsys, bureau("sz-bureau", 1, credit_code=shenzhen.credit_code), rotates=True)
    assert refusal.value.code == "TENANT_MISMATCH"


@pytest.mark.parametrize(
    "changed",
    [{"slug": "Bad One"}, {"slug": ""}, {"name": " "}, {"jurisdiction": "x"}, {"jurisdiction": ""}, {"region": ""}],
)
async def test_what_cannot_be_is_wrong_usage(
    hub: RunningHub, capsys: pytest.CaptureFixture[str], changed: dict[str, str]
) -> None:
    with pytest.raises(click.UsageError):
        await add(hub, capsys, {**bureau("ok-bureau", 9005), **changed})


async def test_an_unknown_agreement_is_refused_unless_it_is_founded(
    hub: RunningHub, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(click.BadParameter):
        await add(hub, capsys, bureau("st-bureau", 9006), agreement="no-such")
    await add(hub, capsys, bureau("st-bureau", 9006), agreement="newly-founded", founds=True)
    assert "newly-founded" in {one.agreement_id for one in hub.runtime.directory.memberships}


async def test_a_token_may_be_narrower_but_never_wider(hub: RunningHub, http: aiohttp.ClientSession) -> None:
    secret = hub.secret("bidding-platform")
    status, body = await log_in(hub, http, "bidding-platform", secret, scope="flag.read")
    assert (status, body["scope"]) == (200, "flag.read")
    status, body = await log_in(hub, http, "bidding-platform", secret, scope="flag.read review.read")
    assert (status, body["error"]) == (400, "invalid_scope")


async def test_a_database_is_not_opened_with_another_deployments_secret(hub: RunningHub) -> None:
    other = Keys(secret=b"the secret of quite another deployment")
    with pytest.raises(SettingsUnusable, match="not the one this database was made with"):
        async with open_runtime(hub.database, other, issuer="urn:x", now=now_in_utc, has_loops=False):
            pass


NARROW = ["flag.read", "record.read"]


async def narrowed(hub: RunningHub, capsys: pytest.CaptureFixture[str], slug: str, serial: int) -> None:
    """A client somebody set the scopes of by hand."""
    await add(hub, capsys, bureau(slug, serial))
    async with hub.database.hub_pool.acquire() as connection:
        await connection.execute("update client set scopes = $2 where client_id = $1", slug, NARROW)
    await hub.runtime.reload()


async def test_renewing_a_tenant_or_its_secret_widens_no_client_and_says_what_it_lacks(
    hub: RunningHub, capsys: pytest.CaptureFixture[str]
) -> None:
    await narrowed(hub, capsys, "mz-bureau", 9010)
    usual = default_scopes(TenantKind.AUTHORITY)
    for flags in ({}, {"rotates": True}):
        shown = await add(hub, capsys, bureau("mz-bureau", 9010), **flags)
        assert (shown["scopes"], shown["lacks"]) == (NARROW, [one for one in usual if one not in NARROW])
        assert hub.runtime.directory.clients["mz-bureau"].scopes == frozenset(NARROW)


async def test_the_usual_scopes_are_given_when_asked_for_and_the_secret_stays(
    hub: RunningHub, http: aiohttp.ClientSession, capsys: pytest.CaptureFixture[str]
) -> None:
    made = await add(hub, capsys, bureau("sw-bureau", 9011))
    await narrowed(hub, capsys, "sw-bureau", 9011)
    shown = await add(hub, capsys, bureau("sw-bureau", 9011), widens=True)
    assert (shown["scopes"], shown["lacks"]) == (list(default_scopes(TenantKind.AUTHORITY)), [])
    assert "client_secret" not in shown
    assert (await log_in(hub, http, "sw-bureau", made["client_secret"]))[0] == 200


async def test_the_doctor_names_every_client_with_fewer_scopes_than_usual(
    hub: RunningHub, database: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    await narrowed(hub, capsys, "hy-bureau", 9012)
    settings = load({"EXCHANGE_DATABASE_URL": database.dsn, "EXCHANGE_SECRET": SECRET, "EXCHANGE_DATA": "/nonexistent"})
    await examine(settings, Printer(as_json=True, language="en"))
    (told,) = [one for one in json.loads(capsys.readouterr().out) if "scopes" in one["name"]]
    assert told["sign"] == "!"
    assert "hy-bureau 缺 lacks person.read record.publish" in told["detail"]
    assert "sz-bureau" not in told["detail"]
