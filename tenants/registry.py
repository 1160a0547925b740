"""Who takes part: tenants, their clients, their agreements, held in memory as one immutable directory.

`load` reads it afresh; `Directory` answers who may see whose rows. Onboarding is `onboard_*` below.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, Protocol

from schema.errors import Refusal
from tenants.access import Level, TenantKind

CROSS_BORDER = ("71", "81", "82")


class Connection(Protocol):
    """What is asked of a database connection here (asyncpg's, in the hub's role)."""

    async def fetch(self, query: str, *args: Any) -> list[Any]: ...
    async def fetchval(self, query: str, *args: Any) -> Any: ...
    async def execute(self, query: str, *args: Any) -> str: ...


@dataclass(frozen=True, kw_only=True)
class Tenant:
    """接入单位. `jurisdiction` is a tuple of division prefixes, e.g. ("4403",)."""

    tenant_id: int
    slug: str
    kind: TenantKind
    name: str
    name_en: str
    credit_code: str
    sector: str | None
    region: str | None
    jurisdiction: tuple[str, ...]
    is_active: bool
    is_demo: bool

    @property
    def is_cross_border(self) -> bool:
        """Of Hong Kong, Macau or Taiwan: facts of enterprises are exchanged with it, none of persons."""
        return (self.region or "").startswith(CROSS_BORDER)

    @property
    def level(self) -> Level:
        """The least audience it may read. Nothing about persons is for partners, and so for none across the border."""
        usual = level_of(self.kind)
        return max(usual, Level.PARTNER) if self.is_cross_border else usual

    def governs(self, region: str | None) -> bool:
        """Whether a division lies within this authority's jurisdiction."""
        return region is not None and any(region.startswith(prefix) for prefix in self.jurisdiction)


@dataclass(frozen=True, kw_only=True)
class Client:
    """A system of a tenant, holding scopes."""

    client_id: str
    tenant_id: int
    secret_hash: str
    scopes: frozenset[str]
    is_active: bool


@dataclass(frozen=True, kw_only=True)
class Membership:
    """A tenant's part in an agreement on some days."""

    agreement_id: str
    tenant_id: int
    participation: str
    joined_on: date
    left_on: date | None
    decide_workdays: int | None = None  # agreed on for reviews


@dataclass(frozen=True, kw_only=True)
class Directory:
    """Everybody, as of one reading of the tables. `edition` tells whether they have changed since."""

    tenants: Mapping[int, Tenant]
    clients: Mapping[str, Client]
    memberships: tuple[Membership, ...]
    generations: tuple[int, ...]
    edition: int
    retired_generations: tuple[int, ...] = ()  # of keys that sign no more; what they signed is still verified
    _readable: dict[tuple[int, date], tuple[int, ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @cached_property
    def by_slug(self) -> Mapping[str, Tenant]:
        """The tenants by name."""
        return {tenant.slug: tenant for tenant in self.tenants.values()}

    def readable_owners(self, tenant: Tenant, day: date) -> tuple[int, ...]:
        """Ids of authorities whose shared rows this tenant may read on a day: full co-members of its agreements."""
        key = (tenant.tenant_id, day)
        if key not in self._readable:
            self._readable[key] = self._co_members(tenant, day)
        return self._readable[key]

    def _co_members(self, tenant: Tenant, day: date) -> tuple[int, ...]:
        if tenant.kind not in (TenantKind.AUTHORITY, TenantKind.PARTNER):
            return ()
        joined = [one for one in self.memberships if _holds(one, day)]
        mine = {one.agreement_id for one in joined if one.tenant_id == tenant.tenant_id}
        shared = {one.tenant_id for one in joined if one.agreement_id in mine and one.participation == "FULL"}
        return tuple(sorted(owner for owner in shared if self.tenants[owner].is_active))

    def agreed_workdays(self, source_id: int, day: date) -> Mapping[int, int]:
        """Authority -> the working days in which it agreed to decide what this source causes; of several the fewest."""
        joined = [one for one in self.memberships if one.decide_workdays and _holds(one, day)]
        shared = {one.agreement_id for one in joined if one.tenant_id == source_id}
        agreed: dict[int, int] = {}
        for one in joined:
            if one.agreement_id in shared and one.decide_workdays:
                agreed[one.tenant_id] = min(agreed.get(one.tenant_id, one.decide_workdays), one.decide_workdays)
        return agreed

    def authorities(self) -> tuple[Tenant, ...]:
        """All active authorities."""
        return tuple(one for one in self.tenants.values() if one.kind is TenantKind.AUTHORITY and one.is_active)

    def every_authority(self) -> tuple[int, ...]:
        """Ids of all authorities, those that left among them: what they found of a firm or a person still stands."""
        return tuple(one.tenant_id for one in self.tenants.values() if one.kind is TenantKind.AUTHORITY)


def _holds(membership: Membership, day: date) -> bool:
    return membership.joined_on <= day and (membership.left_on is None or day <= membership.left_on)


def level_of(kind: TenantKind) -> Level:
    """The least audience this kind of tenant may read."""
    return Level[kind.value]


async def load(connection: Connection, statements: Mapping[str, str]) -> Directory:
    """Read the whole directory (in the hub's role, within one snapshot)."""
    tenants = [_tenant(row) for row in await connection.fetch(statements["tenants"])]
    clients = [_client(row) for row in await connection.fetch(statements["clients"])]
    memberships = [Membership(**dict(row)) for row in await connection.fetch(statements["memberships"])]
    generations = await connection.fetch(statements["generations"])
    return Directory(
        tenants={one.tenant_id: one for one in tenants},
        clients={one.client_id: one for one in clients},
        memberships=tuple(memberships),
        generations=tuple(row["generation"] for row in generations if not row["is_retired"]),
        retired_generations=tuple(row["generation"] for row in generations if row["is_retired"]),
        edition=await connection.fetchval(statements["edition"]),
    )


def _tenant(row: Mapping[str, Any]) -> Tenant:
    values = dict(row)
    return Tenant(**{**values, "kind": TenantKind(values["kind"]), "jurisdiction": tuple(values["jurisdiction"])})


def _client(row: Mapping[str, Any]) -> Client:
    values = dict(row)
    return Client(**{**values, "scopes": frozenset(values["scopes"])})


def hash_secret(secret: str) -> str:
    """How a client's secret is kept. Secrets are 256-bit random, so a plain salted digest is enough."""
    return hashlib.sha256(f"client\0{secret}".encode()).hexdigest()


def is_secret(client: Client, secret: str) -> bool:
    """Whether `secret` is the client's, compared in constant time."""
    return hmac.compare_digest(client.secret_hash, hash_secret(secret))


async def onboard(
    connection: Connection,
    statements: Mapping[str, str],
    *,
    tenant: Mapping[str, Any],
    agreements: Sequence[str],
    day: date,
) -> int:
    """Add or renew a tenant (known by its credit code) and its agreements; returns its id.

    `tenant` has slug, kind, name, name_en, credit_code, sector, region, jurisdiction, is_demo. Raises Refusal
    TENANT_MISMATCH when its slug is another tenant's, or its credit code is known under another slug or kind.
    """
    names = ("slug", "kind", "name", "name_en", "credit_code", "sector", "region", "jurisdiction", "is_demo")
    known: str | None = await connection.fetchval(statements["slug_owner"], tenant["slug"])
    if known is not None and known != tenant["credit_code"]:
        raise Refusal("TENANT_MISMATCH", slug=tenant["slug"])
    tenant_id: int | None = await connection.fetchval(statements["keep_tenant"], *(tenant[name] for name in names))
    if tenant_id is None:
        raise Refusal("TENANT_MISMATCH", slug=tenant["slug"])
    participation = "FULL" if tenant["kind"] == "AUTHORITY" else "READ_ONLY"
    for agreement in agreements:
        await connection.execute(statements["join_agreement"], agreement, tenant_id, participation, day)
    return tenant_id
