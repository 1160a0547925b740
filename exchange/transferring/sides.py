"""In whose name a step of a transfer is taken, and in whose sight what is written.

Each certificate is written in the sight of the authority whose it is. That the other side's is written too, in the same
transaction, rests on the step by which that side set it out or agreed; nothing else leads to `look`.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from exchange.desks.recognition_facts import everywhere
from exchange.publishing.publish import Publication
from exchange.statements import statements
from exchange.workdays import Deadline
from schema.errors import Refusal
from schema.transfers import effective_while_leaving, is_same_province
from tenants.access import TenantKind
from tenants.caller import Caller, on_behalf
from tenants.keys import Keys
from tenants.registry import Directory, Tenant
from tenants.session import look_as

_SQL = statements("transfers")
Row = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Sides:
    """Who takes a step, on which day; `due` is by when the other side has to take the next."""

    caller: Caller
    directory: Directory
    keys: Keys
    day: date
    due: Deadline

    @property
    def me(self) -> int:
        """The tenant that takes the step."""
        return self.caller.tenant.tenant_id

    async def look(self, connection: Any, tenant_id: int, *, is_wide: bool = False) -> None:
        """From now on row security knows this side; widely, where it has to see what any authority did."""
        seeing = on_behalf(self.directory, self.directory.tenants[tenant_id], day=self.day)
        await look_as(connection, everywhere(seeing, self.directory) if is_wide else seeing)

    def receiver(self, slug: str) -> Tenant:
        """Whom a certificate may be set out for. Raises Refusal TRANSFER_RECEIVER_UNFIT, TRANSFER_SAME_PROVINCE."""
        found = self.directory.by_slug.get(slug)
        if found is None or not is_receiver(found):
            raise Refusal("TRANSFER_RECEIVER_UNFIT", field=("authorityId",))
        if is_same_province(self.caller.tenant.region, found.region):
            raise Refusal("TRANSFER_SAME_PROVINCE", field=("authorityId",))
        return found

    def publication(self, tenant_id: int) -> Publication:
        """On whose behalf a certificate is kept."""
        return Publication(tenant=self.directory.tenants[tenant_id], keys=self.keys, day=self.day)

    async def hold(self, connection: Any, owner_id: int, record_id: uuid.UUID, *, field: str) -> Row:
        """A certificate in its owner's sight, until the end of the transaction, with its effective state by all that is
        known. Leaves that owner looking. Raises Refusal NOT_FOUND."""
        row = await self.find(connection, owner_id, record_id)
        if row is None:
            raise Refusal("NOT_FOUND", field=(field,))
        return row

    async def find(self, connection: Any, owner_id: int, record_id: uuid.UUID) -> Row | None:
        """The same; None of one that was voided meanwhile."""
        await self.look(connection, owner_id)
        if await connection.fetchval(_SQL["own_certificate"], owner_id, record_id) is None:
            return None
        await self.look(connection, owner_id, is_wide=True)
        row = dict(await connection.fetchrow(_SQL["certificate"], record_id, self.day))
        await self.look(connection, owner_id)
        return {**row, "status": effective_while_leaving(row["status"], row["valid_to"], self.day)}


def is_receiver(tenant: Tenant) -> bool:
    """Whether a tenant issues certificates of this kind, and persons may be told to it."""
    return (
        tenant.kind is TenantKind.AUTHORITY
        and tenant.is_active
        and tenant.sector == "HOUSING"
        and not tenant.is_cross_border
    )
