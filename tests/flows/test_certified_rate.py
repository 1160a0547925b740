"""持证率 in the file of a firm and in statistics: one rule, so the same numbers, whatever a firm does and whoever it
posts.
"""

from collections.abc import AsyncIterator
from itertools import count
from typing import Any

import pytest_asyncio

from exchange.runtime import Runtime
from schema.kinds.appointment import Post
from tests.flows import material
from tests.flows.material import Firm, Person
from tests.flows.neighbours import GUANGZHOU
from tests.flows.scratch import answered, keep, keep_all, quiet_hub

DAY = "2026-11-23"
# What the firm in each county does (None: nobody has said), how many of its people need a certificate and how many have
# one. Thirteen persons are in each post; three posts need one whatever a firm does.
FIRMS: dict[str, tuple[tuple[str, ...] | None, int, int]] = {
    "440103": (None, 39, 5),
    "440104": ((), 39, 5),
    "440105": (("isMine",), 91, 10),
    "440106": (("isConstruction",), 104, 14),
    "440111": (("isConstruction", "isTransport"), 104, 19),
    "440112": (("isHazardousGoods",), 91, 10),
}
_SERIALS = count(1)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quiet(database: Any) -> AsyncIterator[Runtime]:
    async with quiet_hub(database.dsn, "exchange_certified") as runtime:
        yield runtime


def _certificates(of: Person, at: Firm) -> list[tuple[str, dict[str, Any]]]:
    """One of every sort that may cover a post, good on the day; one suspended, one ended."""
    dates = {"validFrom": "2024-01-01", "validTo": DAY}
    managing, building = ({**make(of, at), **dates} for make in (material.certificate, material.construction))
    engineer = {**material.engineer(of, at), **dates}
    operating = {**building, "operationCode": "01"}
    del operating["managerClass"]
    return [
        *(("SAFETY_MANAGEMENT", {**managing, "personType": sort}) for sort in ("PRINCIPAL", "SAFETY_MANAGER")),
        *(("CONSTRUCTION_SAFETY_MANAGER", _of_class(building, sort)) for sort in ("A", "B", "C1", "C3")),
        ("SPECIAL_OPERATION", material.special_operation(of, at)),
        ("CONSTRUCTION_SPECIAL_OPERATION", {**operating, "number": f"DEM01{next(_SERIALS):016d}"}),
        ("ASSISTANT_SAFETY_ENGINEER", engineer),
        ("INTERMEDIATE_SAFETY_ENGINEER", engineer),
        ("SAFETY_MANAGEMENT", {**managing, "personType": "PRINCIPAL", "reportedStatus": "SUSPENDED"}),
        ("CONSTRUCTION_SAFETY_MANAGER", {**_of_class(building, "A"), "validTo": "2026-11-22"}),
    ]


def _of_class(values: dict[str, Any], sort: str) -> dict[str, Any]:
    return {**values, "number": values["number"].replace("C3", sort), "managerClass": sort}


async def _staff(runtime: Runtime, firm: Firm) -> None:
    """In each post one person with each certificate, and one with none."""
    published: dict[str, list[dict[str, Any]]] = {}
    for post in Post:
        for sort in range(len(_certificates(material.person(), firm)) + 1):
            person = material.person()
            appointed = {**material.appointment(person, firm, firm.region), "post": post.name}
            held = _certificates(person, firm)[sort : sort + 1]
            for kind, values in [("APPOINTMENT", appointed), *held]:
                published.setdefault(kind, []).append(values)
    for kind, several in published.items():
        await keep_all(runtime, GUANGZHOU, kind, several)


async def _counted(runtime: Runtime, firm: Firm) -> dict[str, Any]:
    query = f"""query F($code: String!) {{ enterprise(creditCode: $code, asOf: "{DAY}") {{
      keyStaff {{ certifiedRate duties {{ certified gapCount }} }} }} }}"""
    found = (await answered(runtime, GUANGZHOU, query, code=firm.credit_code))["data"]["enterprise"]["keyStaff"]
    certified = sum(one["certified"] for one in found["duties"])
    required = certified + sum(one["gapCount"] for one in found["duties"])
    return {"required": required, "certified": certified, "rate": found["certifiedRate"]}


async def test_the_file_of_a_firm_and_the_statistics_of_its_county_give_the_same(quiet: Runtime) -> None:
    files = {}
    for county, (activities, *_) in FIRMS.items():
        firm = material.firm(county)
        if activities is not None:
            await keep(quiet, GUANGZHOU, "ENTERPRISE_PROFILE", material.profile(firm, *activities))
        await _staff(quiet, firm)
        files[county] = await _counted(quiet, firm)
    query = f"""{{ statistics(by: [REGION], asOf: "{DAY}", kinds: [APPOINTMENT]) {{
      region posts {{ required certified rate }} }} }}"""
    rows = (await answered(quiet, GUANGZHOU, query))["data"]["statistics"]
    assert {row["region"]: row["posts"] for row in rows} == files
    assert files == {
        county: {"required": required, "certified": certified, "rate": certified / required}
        for county, (_, required, certified) in FIRMS.items()
    }
