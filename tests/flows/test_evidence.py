"""Personal fields: no purpose, no answer; with one, who read whom is written down by the reading statement, or
nothing is served.

A new way to a personal field is a line in WAYS.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from exchange.clock import run_clock
from exchange.demo.seed import caller_of
from exchange.engine.parts import Many, Root, Value
from exchange.engine.roots import ROOTS
from exchange.engine.shapes import SHAPES
from exchange.runtime import Runtime
from schema.errors import Refusal
from tests.flows import material
from tests.flows.material import Firm, Person
from tests.flows.scratch import answered, asked, keep, quiet_hub

PURPOSE = ("在岗核验", "DEM-CASE-7")
SHENZHEN, GUANGZHOU = "sz-bureau", "gz-bureau"
EVIDENCE = """
select t.slug, client_id, purpose, case_number, root_field, fields, subjects::text[] as subjects, request_id,
  sought::text as sought
from access_record a join tenant t on t.tenant_id = a.owner_id order by access_id
"""


class World:
    """Two persons with certificates of Shenzhen at one firm; the first is appointed in Guangzhou, where a review
    stands."""

    def __init__(self, runtime: Runtime, firm: Firm, persons: tuple[Person, Person], flag_id: str) -> None:
        self.runtime, self.firm, self.persons, self.flag_id = runtime, firm, persons, flag_id

    @property
    def ids(self) -> list[str]:
        return [str(self.runtime.keys.person_id(one.id_number)) for one in self.persons]

    @property
    def variables(self) -> dict[str, Any]:
        return {"code": self.firm.credit_code, "number": self.persons[0].id_number, "flag": self.flag_id}

    async def ask(
        self, query: str, purpose: tuple[str, str] | None = None, slug: str = GUANGZHOU, **variables: Any
    ) -> Any:
        given = {name: value for name, value in self.variables.items() if f"${name}" in query}
        types = {"code": "String!", "number": "String!", "flag": "ID!"}
        head = ", ".join(f"${name}: {types[name]}" for name in given)
        text = query if query.startswith(("query", "mutation")) else f"query Q{f'({head})' if head else ''} {query}"
        return await answered(self.runtime, slug, text, purpose, **given, **variables)

    async def evidence(self) -> list[dict[str, Any]]:
        owner = await asyncpg.connect(self.runtime.database.dsn)
        try:
            return [dict(row) for row in await owner.fetch(EVIDENCE)]
        finally:
            await owner.close()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(database: Any) -> AsyncIterator[World]:
    """A hub of its own, so that the evidence in it is what these tests left."""
    async with quiet_hub(database.dsn, "exchange_evidence") as runtime:
        firm, persons = material.firm(), (material.person(), material.person())
        for place, person in enumerate(persons):
            values = material.certificate(person, firm, valid_to=date(2026, 11, 20 + place))
            await keep(runtime, SHENZHEN, "SAFETY_MANAGEMENT", values)
        await keep(runtime, GUANGZHOU, "APPOINTMENT", material.appointment(persons[0], firm, "440100"))
        flag_id = await keep(runtime, SHENZHEN, "RISK_FLAG", material.flag(firm))
        async with runtime.database.hub_pool.acquire() as connection:
            assert await run_clock(connection, date(2026, 11, 21)) == {
                "credential.expired": 1, "credential.expiring": 1,
            }  # fmt: skip
        await runtime.settle()
        yield World(runtime, firm, persons, flag_id)


# By name: the document, what is written down of it, and whose names it brings (places in World.persons).
WAYS: dict[str, tuple[str, tuple[str, list[str]], list[int]]] = {
    "one certificate": (
        "{ certificate(by: {number: $number}) { holder { name } } }", ("certificate", ["Holder.name"]), [0]),
    "a list": (
        ('{ certificates(first: 9, region: "440300") '
        '{ nodes { holder { name } } } }'), ("certificates", ["Holder.name"]), [0, 1]),
    "edges of a list": (
        ('{ certificates(first: 9, region: "440300") { '
        'edges { node { holder { name } } } } }'), ("certificates", ["Holder.name"]), [0, 1]),
    "the first of a list": (
        ('{ certificates(first: 1, region: "440300") '
        '{ nodes { holder { name } } } }'), ("certificates", ["Holder.name"]), [0]),
    "a person's file": (
        "{ person(by: {idNumber: $number}) { name } }", ("person", ["Person.name"]), [0]),
    "a person's id alone": (
        "{ person(by: {idNumber: $number}) { id } }", ("person", ["Person.id"]), [0]),
    "certificates of a person": (
        ("{ person(by: {idNumber: $number}) { "
        "certificates(first: 9) { nodes { holder { name } } } } }"), ("person", ["Holder.name"]), [0]),
    "certificates of a firm": (
        ("{ enterprise(creditCode: $code) { certificates(first: "
        "9) { nodes { holder { name } } } } }"), ("enterprise", ["Holder.name"]), [0, 1]),
    "appointments of a firm": (
        ("{ enterprise(creditCode: $code) { appointments(first: "
        "9) { nodes { holder { name } } } } }"), ("enterprise", ["Holder.name"]), [0]),
    "the person of a review": (
        "{ reviews(first: 9) { nodes { person { name } } } }", ("reviews", ["Person.name"]), [0]),
    "the certificate of a review": (
        "{ reviews(first: 9) { nodes { certificate { holder { name } } } } }", ("reviews", ["Holder.name"]), [0]),
    "the review of an event": (
        ('{ events(first: 99, types: ["review.opened"]) { '
        'nodes { review { person { name } } } } }'), ("events", ["Person.name"]), [0]),
    "two fields of one root": (
        "{ reviews(first: 9) { nodes { person { name certificates(first: 1) { nodes { holder { name } } } } } } }",
        ("reviews", ["Person.name", "Holder.name"]), [0]),
    "a search by a person's name": (
        '{ search(first: 9, personName: "试验员", kinds: [APPOINTMENT]) { nodes { id } } }',
        ("search", ["FoundRecord.id"]), [0]),
    "names behind a search of firms": (
        "{ search(first: 9, creditCode: $code) { nodes { person { name } } } }", ("search", ["Person.name"]), [0, 1]),
    "under an alias": (
        "{ x: certificate(by: {number: $number}) { y: holder { z: name } } }", ("certificate", ["Holder.name"]), [0]),
    "in an inline fragment": (
        ("{ certificate(by: {number: $number}) { ... on "
        "Certificate { holder { ... { name } } } } }"), ("certificate", ["Holder.name"]), [0]),
    "beside a computed field": (
        ("{ viewer { id } certificate(by: {number: "
        "$number}) { holder { name } } }"), ("certificate", ["Holder.name"]), [0]),
}  # fmt: skip


# Ways that tell of a person without a name.
NAMELESS = {"a person's id alone", "a search by a person's name"}


def searches_persons(root: Root) -> bool:
    """Whether an argument makes a question about persons of any list, whatever it holds."""
    return isinstance(root.part, Many) and any(rule.names_person("甲") for rule in root.part.filters.values())


def test_every_personal_field_has_a_way_that_is_tested() -> None:
    personal = {
        f"{name}.{field}"
        for name, shape in SHAPES.items() for field, part in shape.fields.items()
        if isinstance(part, Value) and part.is_personal
    }  # fmt: skip
    looked_up = {f"{root.part.shape}.id" for root in ROOTS.values() if root.is_personal or searches_persons(root)}
    assert personal | looked_up == {field for _, (_, fields), _ in WAYS.values() for field in fields}


def test_every_person_s_name_in_the_schema_is_marked_personal() -> None:
    unmasked = {
        f"{name}.{field}"
        for name, shape in SHAPES.items() if shape.person for field, part in shape.fields.items()
        if isinstance(part, Value) and part.sql in ("{t}.name", "{t}.sealed") and not part.is_personal
    }  # fmt: skip
    assert unmasked == set()


@pytest.mark.parametrize("purpose", [None, ("", "DEM-CASE-7"), ("在岗核验", ""), ("  ", "  ")])
@pytest.mark.parametrize("way", WAYS)
async def test_without_purpose_and_case_nothing_is_served_and_nothing_recorded(
    way: str, purpose: Any, world: World
) -> None:
    before = await world.evidence()
    if "viewer" in WAYS[way][0]:
        body = await world.ask(WAYS[way][0], purpose)
        assert body["data"]["certificate"] is None
        assert [one["extensions"]["code"] for one in body["errors"]] == ["PURPOSE_REQUIRED"]
    else:
        with pytest.raises(Refusal) as refused:
            await world.ask(WAYS[way][0], purpose)
        assert refused.value.code == "PURPOSE_REQUIRED"
    assert await world.evidence() == before


@pytest.mark.parametrize("way", WAYS)
async def test_who_read_whom_and_which_fields_is_recorded(way: str, world: World) -> None:
    query, (root_field, fields), persons = WAYS[way]
    before = await world.evidence()
    body = await world.ask(query, PURPOSE)
    assert "errors" not in body
    assert ("试验员甲" in str(body)) is (way not in NAMELESS)
    new = (await world.evidence())[len(before) :]
    subjects = [set(one.pop("subjects")) for one in new]
    assert new == [{
        "slug": GUANGZHOU, "client_id": GUANGZHOU, "purpose": PURPOSE[0], "case_number": PURPOSE[1],
        "root_field": root_field, "fields": fields, "request_id": "request-1", "sought": None,
    }]  # fmt: skip
    assert subjects == [{world.ids[place] for place in persons}]


async def test_each_root_field_leaves_its_own_evidence(world: World) -> None:
    before = len(await world.evidence())
    query = (
        "{ certificate(by: {number: $number}) { holder { name } } reviews(first: "
        "9) { nodes { person { name } } } viewer { id } }"
    )
    assert "errors" not in await world.ask(query, PURPOSE)
    assert sorted(one["root_field"] for one in (await world.evidence())[before:]) == ["certificate", "reviews"]


async def test_a_field_that_is_switched_off_needs_no_purpose_and_leaves_no_evidence(world: World) -> None:
    query = """query Q($with: Boolean!) {
      certificates(first: 1) { nodes { holder { nameMasked name @include(if: $with) } } } }"""
    before = len(await world.evidence())
    body = await answered(world.runtime, GUANGZHOU, query, None, **{"with": False})
    assert body["data"]["certificates"]["nodes"] == [{"holder": {"nameMasked": "试**甲"}}]
    with pytest.raises(Refusal, match="PURPOSE_REQUIRED"):
        await answered(world.runtime, GUANGZHOU, query, None, **{"with": True})
    assert len(await world.evidence()) == before


async def test_masked_fields_show_neither_name_nor_number(world: World) -> None:
    query = "{ certificate(by: {number: $number}) { number holder { id nameMasked idNumberMasked } } }"
    found = str((await world.ask(query, PURPOSE))["data"])
    number = world.persons[0].id_number
    assert "试验员甲" not in found
    assert number not in found
    assert number[6:14] not in found


async def test_a_token_without_the_scope_gets_no_name_whatever_the_purpose(world: World) -> None:
    from dataclasses import replace

    caller = caller_of(world.runtime, GUANGZHOU)
    without = replace(caller, scopes=caller.scopes - {"person.read"})
    query = "query Q($number: String!) { certificate(by: {number: $number}) { holder { name } } }"
    with pytest.raises(Refusal) as refused:
        await world.runtime.engine.execute(asked(query, PURPOSE, number=world.persons[0].id_number), without)
    assert (refused.value.code, refused.value.values["scope"]) == ("FORBIDDEN", "person.read")


async def test_a_recognition_of_a_persons_own_number_needs_a_purpose_and_leaves_evidence(world: World) -> None:
    query = (
        "query Q($number: String!) { recognition(input: {certificateNumber: "
        '$number, hostRegion: "440100"}) { certificateId } }'
    )
    refused = await answered(world.runtime, GUANGZHOU, query, None, number=world.persons[0].id_number)
    assert [one["extensions"]["code"] for one in refused["errors"]] == ["PURPOSE_REQUIRED"]
    before = len(await world.evidence())
    body = await answered(world.runtime, GUANGZHOU, query, PURPOSE, number=world.persons[0].id_number)
    assert body["data"]["recognition"]["certificateId"] is not None
    (new,) = (await world.evidence())[before:]
    assert (new["purpose"], new["case_number"]) == PURPOSE
    assert (new["root_field"], new["fields"], new["subjects"]) == ("recognition", ["Certificate.status"], world.ids[:1])


async def test_a_person_in_the_answer_to_a_mutation_needs_a_purpose_too(world: World) -> None:
    flag_id = await keep(world.runtime, SHENZHEN, "RISK_FLAG", material.flag(world.firm))
    query = """mutation L($x: ID!) { riskFlagLift(input: {riskFlagId: $x, reason: "整改完成"}) {
      riskFlag { isCurrent enterprise { certificates(first: 1) { nodes { holder { name } } } } } } }"""
    with pytest.raises(Refusal, match="PURPOSE_REQUIRED"):
        await answered(world.runtime, SHENZHEN, query, x=flag_id)
    # and it is refused before anything is done
    current = await answered(world.runtime, SHENZHEN, "query F($x: ID!) { riskFlag(id: $x) { isCurrent } }", x=flag_id)
    assert current["data"] == {"riskFlag": {"isCurrent": True}}


async def test_an_id_number_as_certificate_number_needs_a_purpose_even_for_masked_fields(world: World) -> None:
    number, query = world.persons[0].id_number, "query Q($n: String!) { certificate(by: {number: $n}) { status } }"
    for written in (number, f"T{number}", f" {number[:6]} {number[6:]}"):
        with pytest.raises(Refusal, match="PURPOSE_REQUIRED"):
            await answered(world.runtime, GUANGZHOU, query, n=written)
    before = len(await world.evidence())
    await answered(world.runtime, GUANGZHOU, query, PURPOSE, n=number)
    assert len(await world.evidence()) == before + 1


@asynccontextmanager
async def unrecordable(world: World) -> AsyncIterator[None]:
    """While the evidence cannot be written."""
    owner = await asyncpg.connect(world.runtime.database.dsn)
    try:
        await owner.execute("revoke insert on access_record from exchange_app")
        yield
    finally:
        await owner.execute("grant insert on access_record to exchange_app")
        await owner.close()


@pytest.mark.parametrize("way", WAYS)
async def test_what_cannot_be_recorded_is_not_served(way: str, world: World) -> None:
    async with unrecordable(world):
        if "viewer" in WAYS[way][0]:
            body = await world.ask(WAYS[way][0], PURPOSE)
            assert body["data"]["certificate"] is None
            assert [one["extensions"]["code"] for one in body["errors"]] == ["INTERNAL"]
            assert "试验员甲" not in str(body)
        else:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await world.ask(WAYS[way][0], PURPOSE)


async def test_a_recognition_that_cannot_be_recorded_is_not_answered(world: World) -> None:
    query = 'query Q($n: String!) { recognition(input: {certificateNumber: $n, hostRegion: "440100"}) { verdict } }'
    async with unrecordable(world):
        body = await answered(world.runtime, GUANGZHOU, query, PURPOSE, n=world.persons[0].id_number)
    assert body["data"] is None
    assert [one["extensions"]["code"] for one in body["errors"]] == ["INTERNAL"]


SUBSCRIPTION = (
    'subscription S { eventPublished(after: "seq:0", types: ["review.opened"]) { review { person { name } } } }'
)


async def test_a_follower_without_a_purpose_hears_no_name(world: World) -> None:
    with pytest.raises(Refusal, match="PURPOSE_REQUIRED"):
        await world.runtime.engine.subscribe(asked(SUBSCRIPTION), caller_of(world.runtime, GUANGZHOU))


async def test_what_a_follower_hears_of_a_person_is_recorded_with_the_page_it_came_in(world: World) -> None:
    before = len(await world.evidence())
    followed = await world.runtime.engine.subscribe(asked(SUBSCRIPTION, PURPOSE), caller_of(world.runtime, GUANGZHOU))
    pushed = await anext(followed)
    await followed.aclose()
    assert "试验员甲" in pushed.body.decode()
    (new,) = (await world.evidence())[before:]
    assert (new["root_field"], new["fields"], new["subjects"]) == ("eventPublished", ["Person.name"], world.ids[:1])


async def test_a_follower_hears_no_name_that_cannot_be_recorded(world: World) -> None:
    followed = await world.runtime.engine.subscribe(asked(SUBSCRIPTION, PURPOSE), caller_of(world.runtime, GUANGZHOU))
    async with unrecordable(world):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await anext(followed)


async def test_purpose_and_case_can_come_in_headers(ask: Any) -> None:
    person, firm = material.person(), material.firm()
    await material.publish(ask, SHENZHEN, "safetyManagement", material.certificate(person, firm))
    query = "query Q($n: String!) { person(by: {idNumber: $n}) { name } }"
    headers = {"Exchange-Purpose": "%E5%9C%A8%E5%B2%97%E6%A0%B8%E9%AA%8C", "Exchange-Case": "DEM-CASE-8"}
    refused = await ask(SHENZHEN, query, n=person.id_number)
    assert (refused.status, refused.codes, refused.body.get("data")) == (403, ["PURPOSE_REQUIRED"], None)
    assert (await ask(SHENZHEN, query, headers=headers, n=person.id_number)).data["person"]["name"] == person.name
    trace = (await ask(SHENZHEN, "{ accessRecords(first: 1) { nodes { purpose caseNumber fields rootField } } }")).data
    assert trace["accessRecords"]["nodes"] == [
        {"purpose": "在岗核验", "caseNumber": "DEM-CASE-8", "fields": ["Person.name"], "rootField": "person"}
    ]
