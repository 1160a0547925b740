"""A source gone silent (来源久未更新) as a cause: who relies on it, and that its reviews end when it is back.

Only who may read the source hears of it. A further way of relying on a source is a branch of `relying` in
sql/sources.sql.
"""

from collections.abc import Mapping
from typing import Any

from exchange.rules import Presence
from exchange.rules.sources import STALE
from exchange.statements import statements
from exchange.triggering.presence import presence
from tenants.access import TenantKind
from tenants.registry import Directory

_SQL = statements("sources")
RECOVERED = "source.recovered"


async def relying(
    connection: Any, event: Mapping[str, Any], payload: Mapping[str, Any], directory: Directory
) -> list[Presence]:
    """Where somebody relies on a source that fell silent; of any other event nowhere (hub role)."""
    if event["type"] != STALE:
        return []
    rows = await connection.fetch(_SQL["relying"], event["owner_id"], payload["kind"], event["day"])
    return [presence(row) for row in rows if _may_hear(row["owner_id"], event, directory)]


def _may_hear(owner_id: int, event: Mapping[str, Any], directory: Directory) -> bool:
    tenant = directory.tenants[owner_id]
    is_authority = tenant.is_active and tenant.kind is TenantKind.AUTHORITY
    return is_authority and event["owner_id"] in directory.readable_owners(tenant, event["day"])


async def end_of_silence(connection: Any, event: Mapping[str, Any], payload: Mapping[str, Any], _: Directory) -> None:
    """What a silence led to ends with it, once the last silent kind is back (hub role)."""
    ended = (event["subject"], payload["kind"], event["day"], event["position"])
    await connection.execute(_SQL["end_silence"], *ended)
