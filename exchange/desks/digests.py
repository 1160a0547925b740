"""Hub methods for the digest of a day (每日汇总): reviews for attention only, told together once a day by the clock.

The reviews of a digest are those of `reviews(digestOn:)`; a further figure of a digest is a column of sql/digests.sql.
"""

from datetime import date, timedelta
from typing import Any

from exchange.engine.asking import Asking
from exchange.statements import statements
from tenants.session import acting

_DIGEST = statements("digests")["digest"]


class Digesting:
    """The part of the hub that answers for digests."""

    _pool: Any

    async def digest(self, asking: Asking, on: date | None = None) -> dict[str, Any] | None:
        """The own digest that closes a day; yesterday's when no day is named."""
        asking.caller.require("review.read")
        day = on or asking.day - timedelta(days=1)
        async with acting(self._pool, asking.caller) as connection:
            rows = await connection.fetch(_DIGEST, asking.caller.tenant.tenant_id, day)
        if not rows:
            return None
        return {
            "day": day,
            "prepared_at": rows[0]["prepared_at"],
            "review_count": sum(row["reviews"] for row in rows),
            "rules": [{"rule": row["rule"], "review_count": row["reviews"]} for row in rows],
        }
