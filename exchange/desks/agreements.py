"""Hub methods of agreements: what one takes part in, and the operator's publication of the next version.

What an agreement must be and what its publication does is in exchange/agreements.py.
"""

from collections.abc import Mapping
from typing import Any

from exchange.agreements import agreement_from, publish_agreement, told_agreements
from exchange.engine.arguments import deeply_plain
from exchange.engine.asking import Asking
from exchange.stream import Signal
from exchange.user_errors import refusal_error
from tenants.access import TenantKind
from tenants.caller import DirectorySource


class AgreementDesk:
    """The part of the hub that keeps agreements."""

    _hub_pool: Any
    _source: DirectorySource
    _signal: Signal

    async def agreements(self, asking: Asking) -> list[dict[str, Any]]:
        """Those the caller takes part in; the operator sees all."""
        asking.caller.require("agreement.read")
        tenant = asking.caller.tenant
        of = None if tenant.kind is TenantKind.OPERATOR else tenant.tenant_id
        async with self._hub_pool.acquire() as connection:
            return await told_agreements(connection, of, asking.day)

    async def agreement_publish(self, asking: Asking, input: Mapping[str, Any]) -> dict[str, Any]:
        """Publish the next version."""
        asking.caller.require("agreement.publish")
        agreement = agreement_from({name: deeply_plain(value) for name, value in input.items()})
        async with self._hub_pool.acquire() as connection, connection.transaction():
            problems = await publish_agreement(
                connection, agreement, self._source.directory, publisher=asking.caller.client_id, day=asking.day
            )
        if problems:
            return {"user_errors": [refusal_error(one, "input") for one in problems]}
        self._signal.committed()
        return {"identifier": agreement.identifier, "version": agreement.version, "user_errors": []}
