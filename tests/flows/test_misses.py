"""A look-up of a person by number that finds nobody leaves evidence too, or is not answered.

A new way to look a person up is a line in LOOKED_UP.
"""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from tests.flows import material
from tests.flows.material import Person
from tests.flows.scratch import answered, keep, quiet_hub
from tests.flows.test_evidence import GUANGZHOU, PURPOSE, SHENZHEN, World, unrecordable


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(database: Any) -> AsyncIterator[World]:
    """A hub of its own in which nobody is known."""
    async with quiet_hub(database.dsn, "exchange_misses") as runtime:
        yield World(runtime, material.firm(), (material.person(), material.person()), "")


# Look-ups of one person by number: the document, how the number is written, and what is written down of it.
LOOKED_UP: dict[str, tuple[str, str, str, list[str]]] = {
    "a person": ("query Q($n: String!) { person(by: {idNumber: $n}) { name } }", "{}", "person", ["Person.name"]),
    "a person's id": ("query Q($n: String!) { person(by: {idNumber: $n}) { id } }", "{}", "person", ["Person.id"]),
    "a certificate": (
        "query Q($n: String!) { certificate(by: {number: $n}) { holder { name } } }", "{}",
        "certificate", ["Holder.name"]),
    "a certificate's state": (
        "query Q($n: String!) { certificate(by: {number: $n}) { status } }", "{}",
        "certificate", ["Certificate.id"]),
    "a special operation certificate": (
        "query Q($n: String!) { certificate(by: {number: $n}) { status } }", "T{}",
        "certificate", ["Certificate.id"]),
    "a number written into the document": (
        'query Q { certificate(by: {number: "NUMBER"}) { status } }', "{}",
        "certificate", ["Certificate.id"]),
    "recognition": (
        'query Q($n: String!) { recognition(input: {certificateNumber: $n, hostRegion: "440100"}) { certificateId } }',
        "{}", "recognition", ["Certificate.status"]),
    "recognition of a special operation certificate": (
        'query Q($n: String!) { recognition(input: {certificateNumber: $n, hostRegion: "440100"}) { certificateId } }',
        "T{}", "recognition", ["Certificate.status"]),
}  # fmt: skip


async def look_up(world: World, way: str, person: Person) -> Any:
    query, written = LOOKED_UP[way][0], LOOKED_UP[way][1].format(person.id_number)
    variables = {"n": written} if "$n" in query else {}
    return await answered(world.runtime, GUANGZHOU, query.replace("NUMBER", written), PURPOSE, **variables)


@pytest.mark.parametrize("way", LOOKED_UP)
async def test_a_look_up_that_finds_nobody_is_recorded_by_whom_it_sought(way: str, world: World) -> None:
    """So that guessing can be proven; not the number is kept but the id that its keyed hash gives."""
    stranger, (_, _, root_field, fields) = material.person(), LOOKED_UP[way]
    before = await world.evidence()
    body = await look_up(world, way, stranger)
    assert body["data"] in ({root_field: None}, {root_field: {"certificateId": None}})
    assert (await world.evidence())[len(before) :] == [{
        "slug": GUANGZHOU, "client_id": GUANGZHOU, "purpose": PURPOSE[0], "case_number": PURPOSE[1],
        "root_field": root_field, "fields": fields, "subjects": [], "request_id": "request-1",
        "sought": str(world.runtime.keys.person_id(stranger.id_number)),
    }]  # fmt: skip


@pytest.mark.parametrize("way", LOOKED_UP)
async def test_a_look_up_that_finds_nobody_and_cannot_be_recorded_is_not_answered(way: str, world: World) -> None:
    async with unrecordable(world):
        if "recognition" in way:
            body = await look_up(world, way, material.person())
            assert (body["data"], body["errors"][0]["extensions"]["code"]) == (None, "INTERNAL")
        else:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await look_up(world, way, material.person())


async def test_whoever_is_found_later_is_the_one_who_was_sought_before(world: World) -> None:
    person = material.person()
    await look_up(world, "a person", person)
    await keep(world.runtime, SHENZHEN, "SAFETY_MANAGEMENT", material.certificate(person, material.firm("440100")))
    found = (await look_up(world, "a person's id", person))["data"]["person"]["id"]
    missed, met = (await world.evidence())[-2:]
    assert (missed["sought"], missed["subjects"]) == (found, [])
    assert (met["sought"], met["subjects"]) == (None, [found])


async def test_a_read_that_names_nobody_and_finds_nobody_leaves_no_evidence(world: World) -> None:
    before = len(await world.evidence())
    query = """{ certificate(by: {number: "DEM0000000001"}) { holder { name } }
      certificates(first: 9, region: "650000") { nodes { holder { name } } }
      person(by: {id: "00000000-0000-4000-8000-000000000007"}) { name } }"""
    assert await answered(world.runtime, GUANGZHOU, query, PURPOSE) == {
        "data": {"certificate": None, "certificates": {"nodes": []}, "person": None}
    }
    assert len(await world.evidence()) == before
