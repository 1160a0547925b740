"""The end of a flag or an action, for those who were told of its start and hear its source no more.

Whoever still reads the source hears the end as everybody does (riskFlag.lifted, report.voided …). An authority or a
partner whose agreement ended meanwhile is told by itself, once: it must stop using the record.
"""

import uuid
from collections.abc import Mapping
from datetime import date
from typing import Any

from exchange.statements import statements
from tenants.access import TenantKind
from tenants.registry import Directory, Tenant

_SQL = statements("ending")


async def tell_of_end(connection: Any, event: Mapping[str, Any], directory: Directory) -> None:
    """Tell those left out of the end that `event` announces, if there are any (hub role)."""
    starts = await connection.fetch(_SQL["starts"], event["record_id"], event["subject"], event["position"])
    audience = await connection.fetchval(_SQL["audience"], event["event_id"])
    left = [
        one.tenant_id
        for one in directory.tenants.values()
        if one.is_active
        and one.kind in (TenantKind.AUTHORITY, TenantKind.PARTNER)
        and one.tenant_id != event["owner_id"]
        and any(_hears(directory, one, event["owner_id"], start["day"], start["audience"]) for start in starts)
        and not _hears(directory, one, event["owner_id"], event["day"], audience)
    ]
    if left:
        await connection.execute(_SQL["tell_left"], uuid.UUID(str(event["event_id"])), sorted(left))


def _hears(directory: Directory, tenant: Tenant, owner_id: int, day: date, audience: int) -> bool:
    return tenant.level <= audience and owner_id in directory.readable_owners(tenant, day)
