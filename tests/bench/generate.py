"""Generates the data set: invented authorities, firms and persons in Python, their records set by set in generate.sql.

Numbers are hashed here with the deployment's keys, so that a question by number finds its certificate. A new kind of
record is one more block there and one more line in `_LOADS`.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import asyncpg

from exchange.database import Database
from exchange.demo.cast import synthetic_code
from exchange.demo.people import firm_named, person_numbered
from exchange.names import enter
from exchange.statements import parse, statements
from schema.fields import mask_id_number, mask_name
from schema.regions import Region, cities_within, region
from tenants.access import TenantKind, default_scopes
from tenants.keys import Keys
from tenants.registry import onboard

SQL = parse(Path(__file__).with_name("generate.sql").read_text("utf-8"))
_REGISTRY = statements("registry")
_LOADS = (("load_certificates", 3), ("load_appointments", 3), ("load_gradings", 2), ("load_flags", 2))
AUTHORITIES = 40
VISIBLE = 30  # authorities of the first agreement, of which the asking one is a member
_SECOND_FROM = 20
_AGREEMENTS = ("bench-south", "bench-east")
_NAMED_AT_ONCE = 1_000
_BLOCK = 13_000  # persons with different numbers in one block
_PERSON_COLUMNS = ("n", "person_id", "name", "name_shown", "id_shown", "safety_hash", "special_hash")


@dataclass(frozen=True, kw_only=True)
class DataSet:
    """Sizes of the generated data, and what of it the questions name."""

    certificates: int
    day: date

    @property
    def persons(self) -> int:
        """Two certificates each, and one post."""
        return self.certificates // 2

    @property
    def enterprises(self) -> int:
        """Twenty certificates, ten posts, three gradings each."""
        return max(self.certificates // 20, 1)

    def sizes(self) -> dict[str, int]:
        """Rows by what they are."""
        flags = sum(1 for n in range(self.enterprises) for every in (3, 5) if n % every == 0)
        return {
            "authorities": AUTHORITIES,
            "certificates": self.persons * 2,
            "persons": self.persons,
            "appointments": self.persons,
            "enterprises": self.enterprises,
            "gradings": self.enterprises * 3,
            "flags": flags,
        }


def id_number_of(n: int) -> str:
    """The ID number of the n-th person, which is also the number of its first certificate."""
    return person_numbered(n // _BLOCK, n % _BLOCK).id_number


def is_visible(n: int) -> bool:
    """Whether the first certificate of the n-th person comes from an authority the asking one may read."""
    return n * 7 % AUTHORITIES < VISIBLE


def enterprise_code(n: int) -> str:
    """The credit code of the n-th enterprise."""
    return synthetic_code("91", cities()[n % AUTHORITIES].code, 100 + n)


def enterprise_name(n: int) -> str:
    """The name of the n-th enterprise."""
    return f"{firm_named(n, 0, cities()[n % AUTHORITIES].code).name}{n}"


def cities() -> tuple[Region, ...]:
    """The cities whose authorities take part, in order of their places."""
    codes = [code for province in ("440000", "320000", "330000") for code in cities_within(province)]
    found = [one for code in codes if (one := region(f"{code}00")) and one.level == "prefecture" and one.is_current]
    return tuple(found[:AUTHORITIES])


def slug_of(place: int) -> str:
    """The name of an authority and of its client."""
    return f"bench-{cities()[place].code}"


async def generate(database: Database, keys: Keys, *, certificates: int, day: date) -> DataSet:
    """Fill an empty, migrated database."""
    wanted = DataSet(certificates=certificates, day=day)
    authorities = await _onboard(database, day)
    connection = await asyncpg.connect(database.dsn)
    try:
        await connection.execute(SQL["prepare"])
        await connection.copy_records_to_table("bench_authority", records=authorities)
        await connection.copy_records_to_table("bench_enterprise", records=_enterprises(wanted))
        await connection.copy_records_to_table("bench_person", records=_persons(wanted, keys), columns=_PERSON_COLUMNS)
        for name, count in _LOADS:
            await connection.execute(SQL[name], *(day, AUTHORITIES, wanted.enterprises)[:count])
        await connection.execute(SQL["finish"])
        await connection.execute(SQL["settle"])
        graded = [row["record_id"] for row in await connection.fetch(SQL["graded"])]
    finally:
        await connection.close()
    await _enter_names(database, graded)
    return wanted


async def _enter_names(database: Database, records: list[uuid.UUID]) -> None:
    """The index of names follows the stream, where generated records never were. Of firms only: persons take long."""
    async with database.hub_pool.acquire() as connection:
        for start in range(0, len(records), _NAMED_AT_ONCE):
            await enter(connection, records[start : start + _NAMED_AT_ONCE])


async def _onboard(database: Database, day: date) -> list[tuple[Any, ...]]:
    found = []
    async with database.hub_pool.acquire() as connection, connection.transaction():
        for agreement in _AGREEMENTS:
            await connection.execute(_REGISTRY["keep_agreement"], agreement, agreement, agreement, day)
        for place, city in enumerate(cities()):
            tenant = _authority(place, city)
            joined = [
                name for name, is_in in zip(_AGREEMENTS, (place < VISIBLE, place >= _SECOND_FROM), strict=True) if is_in
            ]
            tenant_id = await onboard(connection, _REGISTRY, tenant=tenant, agreements=joined, day=day)
            scopes = list(default_scopes(TenantKind.AUTHORITY))
            await connection.execute(_REGISTRY["keep_client"], tenant["slug"], tenant_id, "no secret", scopes)
            found.append((place, tenant_id, tenant["credit_code"], tenant["name"], tenant["region"]))
    return found


def _authority(place: int, city: Region) -> dict[str, Any]:
    return {
        "slug": slug_of(place),
        "kind": "AUTHORITY",
        "name": f"{city.name}应急管理局（性能测试）",
        "name_en": f"Bench {city.code}",
        "credit_code": synthetic_code("11", city.code, 100 + place),
        "sector": "EMERGENCY",
        "region": city.code,
        "jurisdiction": [city.code[:4]],
        "is_demo": True,
    }


def _enterprises(wanted: DataSet) -> Iterator[tuple[Any, ...]]:
    known = cities()
    for n in range(wanted.enterprises):
        city = known[n % AUTHORITIES]
        yield n, enterprise_code(n), enterprise_name(n), city.code


def _persons(wanted: DataSet, keys: Keys) -> Iterator[tuple[Any, ...]]:
    for n in range(wanted.persons):
        person = person_numbered(n // _BLOCK, n % _BLOCK)
        number = person.id_number
        yield (
            n,
            keys.person_id(number),
            person.name,
            mask_name(person.name),
            mask_id_number(number),
            keys.join_hash("number", number),
            keys.join_hash("number", f"T{number}"),
        )
