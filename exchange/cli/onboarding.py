"""`exchange tenant`: take an authority, enterprise or partner on board, or give its client a new secret.

The secret is printed once and kept only as a digest.
"""

import secrets
from collections.abc import Sequence
from typing import Any

from exchange.cli.printing import Printer
from exchange.runtime import Runtime
from exchange.statements import statements
from schema.errors import Refusal
from schema.fields import Unreadable, credit_code, division_code
from tenants.access import TenantKind, default_scopes
from tenants.registry import hash_secret, onboard

_SQL = statements("registry")


async def add_tenant(runtime: Runtime, printer: Printer, values: dict[str, Any], agreements: Sequence[str]) -> int:
    """Add or renew a tenant and its client; prints the client's new secret. Raises Refusal for what cannot be."""
    kind = TenantKind(values["kind"])
    tenant = {**values, "is_demo": False, "jurisdiction": _prefixes(values["jurisdiction"]), **_checked(values)}
    if kind is TenantKind.AUTHORITY and not (tenant["region"] and tenant["sector"] and tenant["jurisdiction"]):
        raise Refusal("BAD_INPUT", detail="AUTHORITY: --region, --sector, --jurisdiction")
    secret, day = secrets.token_urlsafe(32), runtime.today()
    async with runtime.database.hub_pool.acquire() as connection, connection.transaction():
        for agreement in agreements:
            await connection.execute(_SQL["keep_agreement"], agreement, agreement, agreement, day)
        tenant_id = await onboard(connection, _SQL, tenant=tenant, agreements=agreements, day=day)
        scopes = list(default_scopes(kind))
        await connection.execute(_SQL["keep_client"], tenant["slug"], tenant_id, hash_secret(secret), scopes)
        await connection.execute(_SQL["announce_change"])
    document = {"tenant": tenant["slug"], "client_id": tenant["slug"], "client_secret": secret, "scopes": scopes}
    lines = [
        f"√ {tenant['name']}",
        f"  client_id     {tenant['slug']}",
        f"  client_secret {secret}（只显示这一次 shown only once）",
    ]
    printer.show(document, lines=lines)
    return 0


def _checked(values: dict[str, Any]) -> dict[str, Any]:
    try:
        region = division_code(values["region"]) if values["region"] else None
        return {"credit_code": credit_code(values["credit_code"]), "region": region}
    except Unreadable as error:
        raise Refusal(error.code, field=(), **error.values) from error


def _prefixes(text: str) -> list[str]:
    prefixes = [part.strip() for part in text.split(",") if part.strip()]
    if not all(prefix.isdecimal() and len(prefix) in (2, 4, 6) for prefix in prefixes):
        raise Refusal("BAD_INPUT", detail="--jurisdiction 4403,4404")
    return prefixes
