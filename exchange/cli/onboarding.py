"""`exchange tenant`: take an authority, enterprise or partner on board; `exchange disable`: shut its client out.

A secret is printed once and kept only as a digest; it changes only when asked to (--rotate).
"""

import re
import secrets
from collections.abc import Sequence
from typing import Any

import click

from exchange.cli.printing import Printer, unknown_client
from exchange.runtime import Runtime
from exchange.statements import statements
from schema.errors import Refusal
from schema.fields import Unreadable, credit_code, division_code
from tenants.access import TenantKind, default_scopes, lacking
from tenants.registry import hash_secret, onboard

_SQL = statements("registry")
_NEEDED = ("kind", "name", "credit_code")
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


async def add_tenant(
    runtime: Runtime,
    printer: Printer,
    values: dict[str, Any],
    agreements: Sequence[str],
    *,
    rotates: bool,
    founds: bool,
    widens: bool = False,
) -> int:
    """Add or renew a tenant; a new client gets a secret and the usual scopes of its kind, a known one keeps its own
    unless `rotates` and unless `widens`.

    Raises Refusal for what cannot be, TENANT_MISMATCH for what belongs to another tenant.
    """
    said = _completed(runtime, values)
    tenant = {**said, **_checked(said), "is_demo": False}
    slug, kind, secret = tenant["slug"], TenantKind(tenant["kind"]), secrets.token_urlsafe(32)
    async with runtime.database.hub_pool.acquire() as connection, connection.transaction():
        await _agreements(connection, runtime, agreements, founds=founds)
        tenant_id = await onboard(connection, _SQL, tenant=tenant, agreements=agreements, day=runtime.today())
        known: list[str] | None = await connection.fetchval(_SQL["scopes_of"], slug)
        scopes = list(default_scopes(kind)) if known is None or widens else known
        if known is None or rotates:
            await connection.execute(_SQL["keep_client"], slug, tenant_id, hash_secret(secret), scopes)
        elif widens:
            await connection.execute(_SQL["give_scopes"], slug, scopes)
        await connection.execute(_SQL["announce_change"])
    missing = lacking(kind, scopes)
    document = {"tenant": slug, "client_id": slug, "scopes": scopes, "lacks": missing}
    lines = [f"√ {tenant['name']}", f"  client_id     {slug}"]
    if missing:
        lines.append(f"  缺少权限 lacks {' '.join(missing)}；--usual-scopes 补齐 gives them")
    if known is None or rotates:
        document["client_secret"] = secret
        lines.append(f"  client_secret {secret}（只显示这一次 shown only once）")
    else:
        lines.append("  密钥不变；--rotate 换新 the secret stays; --rotate gives a new one")
    printer.show(document, lines=lines)
    return 0


async def disable_client(runtime: Runtime, printer: Printer, slug: str) -> int:
    """Shut a client out at once; `exchange tenant TENANT --rotate` lets it in again."""
    async with runtime.database.hub_pool.acquire() as connection:
        found = await connection.fetchval(_SQL["disable_client"], slug)
        await connection.execute(_SQL["announce_change"])
    if found is None:
        raise unknown_client(runtime, slug)
    printer.show({"client_id": slug, "is_active": False}, lines=[f"√ 已停用 disabled: {slug}"])
    return 0


async def _agreements(connection: Any, runtime: Runtime, agreements: Sequence[str], *, founds: bool) -> None:
    for agreement in agreements:
        if founds:
            await connection.execute(_SQL["keep_agreement"], agreement, agreement, agreement, runtime.today())
        elif not await connection.fetchval(_SQL["is_agreement"], agreement):
            raise click.BadParameter(f"没有协议 no agreement {agreement} (--new-agreement)", param_hint="--agreement")


def _completed(runtime: Runtime, values: dict[str, Any]) -> dict[str, Any]:
    """What is not said of a tenant on record is as it was; of a new one it has to be said."""
    given = {name: value for name, value in values.items() if value is not None}
    client = runtime.directory.clients.get(values["slug"])
    if client is None:
        missing = [f"--{name.replace('_', '-')}" for name in _NEEDED if name not in given]
        if missing:
            raise click.UsageError(f"新接入须填 a new tenant needs {' '.join(missing)}")
        known: dict[str, Any] = dict.fromkeys(values) | {"jurisdiction": "", "name_en": given["name"]}
    else:
        tenant = runtime.directory.tenants[client.tenant_id]
        known = {name: getattr(tenant, name) for name in values} | {
            "kind": tenant.kind.value, "jurisdiction": ",".join(tenant.jurisdiction),
            "name_en": given.get("name", tenant.name_en),
        }  # fmt: skip
    return known | given


def _checked(values: dict[str, Any]) -> dict[str, Any]:
    if not _SLUG.fullmatch(values["slug"]):
        raise click.BadParameter("a-z 0-9 -", param_hint="TENANT")
    if not values["name"].strip():
        raise click.BadParameter("不能为空 must not be empty", param_hint="--name")
    prefixes = [part.strip() for part in values["jurisdiction"].split(",") if part.strip()]
    if not all(prefix.isdecimal() and len(prefix) in (2, 4, 6) for prefix in prefixes):
        raise click.BadParameter("4403,4404", param_hint="--jurisdiction")
    if values["kind"] == TenantKind.AUTHORITY.value and not (values["region"] and values["sector"] and prefixes):
        raise click.UsageError("AUTHORITY: --region, --sector, --jurisdiction")
    try:
        region = division_code(values["region"]) if values["region"] else None
        return {"credit_code": credit_code(values["credit_code"]), "region": region, "jurisdiction": prefixes}
    except Unreadable as error:
        raise Refusal(error.code, field=(), **error.values) from error
