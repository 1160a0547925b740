"""互认协议 Agreements: what members promised each other, in versions that are never changed; published by the operator.

A further promise is a field of Agreement and of the GraphQL types in schema/graphql/agreements.py, and a column of the
table `agreement` where something reads it. Who shares with whom on a day is told by tenants/registry.py.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import orjson

from exchange.equivalences import Equivalence, equivalence_faults, equivalence_from, told_equivalences
from exchange.statements import statements
from schema.agreements import Effect, Mark
from schema.errors import Refusal
from tenants.access import TenantKind
from tenants.registry import Directory, Tenant

_SQL = statements("agreements")
_REGISTRY = statements("registry")
LONGEST_NAME, MOST_MEMBERS = 200, 500
LIMITS = {
    "asker_months": ("askerMonths", 0, 60),
    "accept_workdays": ("acceptWorkdays", 1, 250),
    "decide_workdays": ("decideWorkdays", 1, 250),
}


@dataclass(frozen=True, kw_only=True)
class Member:
    """A tenant's part. `until` is the last day on which it shares and reads (退出); None: it stays."""

    tenant: str
    participation: str
    until: date | None = None


@dataclass(frozen=True, kw_only=True)
class Contagion:
    """传导政策: what a mark that one member made does to recognition at another (schema.agreements.Mark, Effect)."""

    mark: str
    effect: str


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """One version of an agreement; it counts from the day of its publication."""

    identifier: str
    version: int
    name: str
    name_en: str
    basis: str
    members: tuple[Member, ...]
    asker_months: int = 12
    accept_workdays: int | None = None
    decide_workdays: int | None = None
    equivalences: tuple[Equivalence, ...] = ()
    contagion: tuple[Contagion, ...] = ()


def agreement_from(values: Mapping[str, Any]) -> Agreement:
    """The agreement an input or a file describes (names as in the dataclasses)."""
    given = {name: value for name, value in values.items() if value is not None}
    return Agreement(**{
        **given,
        "members": tuple(Member(**one) for one in given["members"]),
        "equivalences": tuple(equivalence_from(one) for one in given.get("equivalences", ())),
        "contagion": tuple(Contagion(**one) for one in given.get("contagion", ())),
    })  # fmt: skip


def faults_of(
    agreement: Agreement, tenants: Mapping[str, Tenant], *, latest_version: int, standing: Sequence[str], day: date
) -> list[Refusal]:
    """Everything that is wrong with an agreement; fields lie within `input`. `standing`: who takes part today."""
    return [
        *_identity(agreement, latest_version),
        *_members(agreement, tenants, day),
        *_dropped(agreement, standing),
        *_promises(agreement),
        *equivalence_faults(agreement.equivalences, day),
        *_contagion(agreement),
    ]


def _identity(agreement: Agreement, latest_version: int) -> Iterator[Refusal]:
    if not 1 <= len(agreement.identifier) <= 63 or not agreement.identifier.isascii():
        yield Refusal("BAD_INPUT", field=("identifier",), detail="yrd-2026")
    if agreement.version != latest_version + 1:
        yield Refusal("VERSION_CONFLICT", field=("version",), version=latest_version)
    for name, field in (("name", "name"), ("name_en", "nameEn"), ("basis", "basis")):
        value = getattr(agreement, name)
        if not value.strip():
            yield Refusal("FIELD_REQUIRED", field=(field,))
        elif len(value) > LONGEST_NAME:
            yield Refusal("RULE_OUT_OF_LIMITS", field=(field,), name=field, least=1, most=LONGEST_NAME)


def _members(agreement: Agreement, tenants: Mapping[str, Tenant], day: date) -> Iterator[Refusal]:
    if not 2 <= len(agreement.members) <= MOST_MEMBERS:
        yield Refusal("RULE_OUT_OF_LIMITS", field=("members",), name="members", least=2, most=MOST_MEMBERS)
    named = [one.tenant for one in agreement.members]
    for place, one in enumerate(agreement.members):
        tenant = tenants.get(one.tenant)
        if tenant is None or named.index(one.tenant) != place:
            yield Refusal("AGREEMENT_MEMBER_UNKNOWN", field=("members", str(place), "tenant"), slug=one.tenant[:63])
        elif one.participation == "FULL" and tenant.kind is not TenantKind.AUTHORITY:
            yield Refusal("AGREEMENT_FULL_FOREIGN", field=("members", str(place), "participation"))
        if one.until is not None and one.until < day:
            yield Refusal("POLICY_BACKDATED", field=("members", str(place), "until"), day=day)


def _dropped(agreement: Agreement, standing: Sequence[str]) -> Iterator[Refusal]:
    named = {one.tenant for one in agreement.members}
    for slug in standing:
        if slug not in named:
            yield Refusal("AGREEMENT_MEMBER_DROPPED", field=("members",), slug=slug)


def _promises(agreement: Agreement) -> Iterator[Refusal]:
    for name, (field, least, most) in LIMITS.items():
        value = getattr(agreement, name)
        if value is not None and not least <= value <= most:
            yield Refusal("RULE_OUT_OF_LIMITS", field=(field,), name=field, least=least, most=most)


def _contagion(agreement: Agreement) -> Iterator[Refusal]:
    named = [one.mark for one in agreement.contagion]
    for place, one in enumerate(agreement.contagion):
        for name, table in (("mark", Mark), ("effect", Effect)):
            if getattr(one, name) not in table.__members__:
                known = " ".join(table.__members__)
                yield Refusal("VALUE_NOT_IN_TABLE", field=("contagion", str(place), name), known=known)
        if named.index(one.mark) != place:
            yield Refusal("VALUES_CONTRADICT", field=("contagion", str(place), "mark"), other="contagion")


async def draft_faults(
    connection: Any, agreement: Agreement, tenants: Mapping[str, Tenant], *, day: date
) -> tuple[list[str], list[Refusal]]:
    """Which of these tenants take part in the agreement today, and everything that is wrong with its next version, if
    there are no others (hub role)."""
    latest = await connection.fetchval(_SQL["latest"], agreement.identifier)
    members = [row["slug"] for row in await connection.fetch(_SQL["standing"], agreement.identifier, day)]
    standing = [slug for slug in members if slug in tenants]
    return standing, faults_of(agreement, tenants, latest_version=latest, standing=standing, day=day)


async def publish_agreement(
    connection: Any, agreement: Agreement, directory: Directory, *, publisher: str, day: date
) -> list[Refusal]:
    """Keep the next version and who takes part from now on, tell every member; or all that is wrong (hub role, within a
    transaction)."""
    await connection.execute(_SQL["take_turn"], agreement.identifier)
    _, problems = await draft_faults(connection, agreement, directory.by_slug, day=day)
    if problems:
        return problems
    promises = (agreement.asker_months, agreement.accept_workdays, agreement.decide_workdays)
    await connection.execute(_SQL["keep"], agreement.identifier, agreement.name, agreement.name_en, day, *promises)
    terms = orjson.dumps(asdict(agreement)).decode()
    await connection.execute(_SQL["publish"], agreement.identifier, agreement.version, terms, publisher, day)
    for one in agreement.members:
        tenant_id = directory.by_slug[one.tenant].tenant_id
        await connection.execute(_SQL["take_part"], agreement.identifier, tenant_id, one.participation, day, one.until)
    await connection.execute(_SQL["tell"], agreement.identifier, agreement.version, day)
    await connection.execute(_REGISTRY["announce_change"])
    return []


async def told_agreements(connection: Any, tenant_id: int | None, day: date) -> list[dict[str, Any]]:
    """Agreements as the GraphQL type Agreement: those of a tenant, or all (hub role)."""
    return [_told(row) for row in await connection.fetch(_SQL["told"], tenant_id, day)]


def _told(row: Mapping[str, Any]) -> dict[str, Any]:
    terms: dict[str, Any] = orjson.loads(row["terms"] or b"{}")
    return {
        "identifier": row["agreement_id"],
        "version": row["version"],
        "name": row["name"],
        "name_en": row["name_en"],
        "basis": terms.get("basis", ""),
        "published_on": row["published_on"],
        "asker_months": row["asker_months"],
        "accept_workdays": row["accept_workdays"],
        "decide_workdays": row["decide_workdays"],
        "members": [_member(one) for one in orjson.loads(row["members"])],
        "equivalences": told_equivalences(terms),
        "contagion": terms.get("contagion", []),
    }


def _member(one: Mapping[str, Any]) -> dict[str, Any]:
    days = {name: date.fromisoformat(one[name]) if one[name] else None for name in ("since", "until")}
    return {**one, **days}
