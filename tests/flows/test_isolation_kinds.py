"""Every kind of record against every kind of tenant, by the kind's audience, as tests/spec/access.md says.

A kind added to KINDS is tested here by itself: in its list, and in the files of its firm and its person.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from exchange.demo.cast import BY_SLUG, ENTERPRISE
from schema.graphql.faces import FACES, Face
from schema.graphql.inputs import input_name
from schema.kinds import KINDS
from schema.record import Audience, Family, Kind, Role, parse
from tenants.access import default_scopes
from tests.flows import material
from tests.flows.material import Firm, Person
from tests.flows.neighbours import (
    FIRM,
    FORBIDDEN,
    GUANGZHOU,
    OPERATOR,
    PARTNER,
    PURPOSE,
    SHANGHAI,
    SHENZHEN,
    pages,
    row_counts,
)
from tests.flows.samples import publish_sample, publisher_of, root_name, sent
from tests.spec.tables import rows

COLUMNS = {
    "发布单位": SHENZHEN, "同协议机关": GUANGZHOU, "无协议机关": SHANGHAI,
    "本企业": FIRM, "合作方": PARTNER, "运营方": OPERATOR,
}  # fmt: skip
BY_AUDIENCE = {row["受众"]: row for row in rows("access.md", "各类记录的列表与档案")}


@dataclass(frozen=True, kw_only=True)
class Published:
    """Two records of one kind by name, `own` about the enterprise that is a tenant; whom they are about."""

    ids: Mapping[str, str]
    subjects: Mapping[str, tuple[Firm, Person]]


@dataclass(frozen=True, kw_only=True)
class World:
    """What was published, by kind, and since when."""

    published: Mapping[str, Published]
    since: str


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(ask: Any) -> World:
    since = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
    firms = {
        "own": Firm(name=ENTERPRISE.name, credit_code=ENTERPRISE.credit_code, region="440300"),
        "other": material.firm(),
    }
    published = {}
    for kind in KINDS:
        subjects = {name: (firm, material.person()) for name, firm in firms.items()}
        ids = {name: await publish_sample(ask, kind, sent(kind, *about)) for name, about in subjects.items()}
        published[kind.name] = Published(ids=ids, subjects=subjects)
    return World(published=published, since=since)


def face_of(kind: Kind) -> Face:
    return next(face for face in FACES if kind in face.kinds)


def expected(kind: Kind, column: str) -> set[str]:
    """What the table says of the audience this very record has."""
    record = parse(kind, sent(kind, material.firm(), material.person())).record
    assert record is not None
    found = set(BY_AUDIENCE[Audience(record.audience).name][column].split())
    return found if column != "本企业" or Role.CREDIT_CODE in kind.by_role else set()


def may_ask(slug: str, kind: Kind) -> bool:
    scope = "flag.read" if kind.family is Family.ADVERSE else "record.read"
    return scope in default_scopes(BY_SLUG[slug].kind)


def asker(kind: Kind, column: str) -> str:
    return publisher_of(kind) if column == "发布单位" else COLUMNS[column]


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
async def test_a_tenant_finds_in_the_list_of_a_kind_what_its_audience_allows(
    kind: Kind, column: str, world: World, ask: Any
) -> None:
    slug = asker(kind, column)
    field = f'{face_of(kind).plural}(first: 100, after: $after, recordedSince: "{world.since}")'
    if not may_ask(slug, kind):
        answer = await ask(slug, f"query Q($after: String) {{ {field} {{ nodes {{ id }} }} }}")
        assert (answer.codes, answer.body.get("data")) == ([FORBIDDEN], None)
        return
    names = {identity: name for name, identity in world.published[kind.name].ids.items()}
    nodes = await pages(ask, slug, field, "id kind")
    assert {names.get(node["id"]) for node in nodes if node["kind"] == kind.name} - {None} == expected(kind, column)


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("kind", [one for one in KINDS if Role.CREDIT_CODE in one.by_role], ids=lambda kind: kind.name)
async def test_a_tenant_finds_in_a_firm_s_file_what_the_audience_allows(
    kind: Kind, column: str, world: World, ask: Any
) -> None:
    slug, field = asker(kind, column), face_of(kind).dossier
    query = f"query Q($x: String!) {{ file: enterprise(creditCode: $x) {{ {_listed(field, world)} }} }}"
    found = set()
    for name, (firm, _) in world.published[kind.name].subjects.items():
        answer = await ask(slug, query, x=firm.credit_code)
        if not may_ask(slug, kind):
            assert (answer.codes, answer.body.get("data")) == ([FORBIDDEN], None)
        elif _holds(answer, field, world.published[kind.name].ids[name]):
            found.add(name)
    assert found == (expected(kind, column) if may_ask(slug, kind) else set())


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("kind", [one for one in KINDS if Role.ID_NUMBER in one.by_role], ids=lambda kind: kind.name)
async def test_a_tenant_finds_in_a_person_s_file_what_the_audience_allows(
    kind: Kind, column: str, world: World, ask: Any
) -> None:
    field, slug = face_of(kind).dossier, asker(kind, column)
    is_allowed = {"record.read", "person.read"} <= set(default_scopes(BY_SLUG[slug].kind))
    query = f"query Q($x: String!) {{ file: person(by: {{idNumber: $x}}) {{ {_listed(field, world)} }} }}"
    found = set()
    for name, (_, person) in world.published[kind.name].subjects.items():
        answer = await ask(slug, query, purpose=PURPOSE, x=person.id_number)
        if not is_allowed:
            assert (answer.codes, answer.body.get("data")) == ([FORBIDDEN], None)
        elif _holds(answer, field, world.published[kind.name].ids[name]):
            found.add(name)
    assert found == (expected(kind, column) if is_allowed else set())


def _listed(field: str, world: World) -> str:
    return f'{field}(first: 100, recordedSince: "{world.since}") {{ nodes {{ id }} }}'


def _holds(answer: Any, field: str, identity: str) -> bool:
    file = answer.data["file"]
    return file is not None and identity in {node["id"] for node in file[field]["nodes"]}


@pytest.mark.parametrize(("slug", "code"), [
    (GUANGZHOU, "FOREIGN_ISSUER"), (SHANGHAI, "FOREIGN_ISSUER"),
    (FIRM, FORBIDDEN), (PARTNER, FORBIDDEN), (OPERATOR, FORBIDDEN),
])  # fmt: skip
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
async def test_nobody_publishes_a_kind_in_the_name_of_another_region(
    kind: Kind, slug: str, code: str, ask: Any, hub: Any
) -> None:
    name = f"{root_name(kind)}Publish"
    query = f"mutation M($x: {input_name(kind)}!) {{ {name}(input: $x) {{ userErrors {{ code }} }} }}"
    before = await row_counts(hub)
    answer = await ask(slug, query, x=sent(kind, material.firm(), material.person()))
    if code == FORBIDDEN:
        assert (answer.codes, answer.body["data"]) == ([FORBIDDEN], None)
    else:
        assert {one["code"] for one in answer.data[name]["userErrors"]} == {code}
    assert await row_counts(hub) == before
