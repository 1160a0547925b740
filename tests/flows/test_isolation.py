"""Every kind of tenant against every root field: it gets its own and what is shared with it, and nothing tells it of more.

A root field added to the schema fails here until it has a line in READS, WRITES or FOLLOWS.
"""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from exchange.demo.cast import CAST, ENTERPRISE
from exchange.demo.client import Client
from schema.graphql import build
from schema.graphql.inputs import input_name
from schema.kinds import KINDS
from tests.flows import material
from tests.flows.material import Firm, Person, publish

PURPOSE = ("隔离测试", "DEM-ISOLATION-1")
SHENZHEN, GUANGZHOU, DONGGUAN, HOUSING, SHANGHAI = "sz-bureau", "gz-bureau", "dg-bureau", "gd-housing", "sh-bureau"
FIRM, PARTNER, OPERATOR = "huadong-construction", "bidding-platform", "operator"
ASKING = (SHENZHEN, GUANGZHOU, DONGGUAN, SHANGHAI, FIRM, PARTNER, OPERATOR)
FORBIDDEN = "FORBIDDEN"
ABSENT = str(uuid.UUID(int=7))


@dataclass(frozen=True, kw_only=True)
class World:
    """What Shenzhen and Guangzhou published, and the ids by a name. `names` turns an id back into its name."""

    firm: Firm
    person: Person
    own_person: Person
    ids: Mapping[str, str]
    start: str

    @property
    def names(self) -> Mapping[str, str]:
        return {identity: name for name, identity in self.ids.items()}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(hub: Any, ask: Any, http: aiohttp.ClientSession) -> World:
    """One firm flagged by Shenzhen with a matter in Guangzhou, and the same of the enterprise that is a tenant."""
    own = Firm(name=ENTERPRISE.name, credit_code=ENTERPRISE.credit_code, region="440300")
    firm, person, own_person = material.firm(), material.person(), material.person()
    start = f"seq:{hub.runtime.signal.position}"
    ids = {
        "matter": await publish(ask, GUANGZHOU, "projectApproval", material.matter(firm, "440100")),
        "grading": await publish(ask, SHENZHEN, "riskGrading", material.grading(firm)),
        "flag": await publish(ask, SHENZHEN, "riskFlag", material.flag(firm)),
        "inquiry": await publish(ask, SHENZHEN, "riskFlag", material.flag(firm, category="ACCIDENT_INVESTIGATION")),
        "certificate": await publish(ask, SHENZHEN, "safetyManagement", material.certificate(person, firm)),
        "own_certificate": await publish(ask, SHENZHEN, "safetyManagement", material.certificate(own_person, own)),
        "own_flag": await publish(ask, SHENZHEN, "riskFlag", material.flag(own)),
        "delta_flag": await publish(ask, SHANGHAI, "riskFlag", material.flag(material.firm("310000"))),
    }
    await hub.runtime.settle()
    caused = {}
    for node in await pages(ask, GUANGZHOU, "reviews(first: 100, after: $after)", "id flag { id }", lambda one: one["flag"]):
        caused[node["flag"]["id"]] = node["id"]
    evidence = await ask(SHENZHEN, PERSON, purpose=PURPOSE, by={"idNumber": person.id_number})
    (access,) = (await ask(SHENZHEN, "{ accessRecords(first: 1) { nodes { id persons } } }")).data["accessRecords"]["nodes"]
    assert access["persons"] == [evidence.data["person"]["id"]]
    batch = await _import(hub, http)
    found = {"review": caused[ids["flag"]], "inquiry_review": caused[ids["inquiry"]], "access": access["id"], "batch": batch, "person": evidence.data["person"]["id"]}
    return World(firm=firm, person=person, own_person=own_person, ids={**ids, **found}, start=start)


PERSON = "query Person($by: PersonBy!) { person(by: $by) { id name certificates(first: 9) { nodes { id } } } }"


async def _import(hub: Any, http: aiohttp.ClientSession) -> str:
    headers = {"Authorization": f"Bearer {hub.token(SHENZHEN)}"}
    address = f"{hub.base_url}/imports?kind=RISK_GRADING&filename=a.ndjson"
    async with http.post(address, data=b'{"creditCode": "wrong"}\n', headers=headers) as response:
        batch: str = (await response.json())["batchId"]
    return batch


async def pages(ask: Any, slug: str, field: str, selected: str, holds: Callable[[Any], bool]) -> list[Any]:
    """The nodes of a whole list that hold, page by page."""
    found, after = [], None
    while True:
        query = f"query Page($after: String) {{ list: {field} {{ nodes {{ {selected} }} pageInfo {{ hasNextPage endCursor }} }} }}"
        page = (await ask(slug, query, after=after)).data["list"]
        found += [node for node in page["nodes"] if holds(node)]
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]


@dataclass(frozen=True, kw_only=True)
class Read:
    """One way to ask. `sees` says for each tenant what it finds: names of the world, or the code of a refusal."""

    field: str
    selected: str
    sees: Mapping[str, set[str] | str]
    variables: Callable[[World], dict[str, Any]] = lambda _: {}
    signature: str = ""
    found: Callable[[Any], list[str]] = lambda value: [value["id"]] if value else []


def listed(field: str, sees: Mapping[str, set[str] | str], *, filters: str = "") -> Read:
    """A connection read to its end."""
    return Read(field=f"{field}(first: 100, after: $after{filters})", selected="", sees=sees)


def seen(*, sz: Any, gz: Any, dg: Any, sh: Any, firm: Any, partner: Any, operator: Any) -> dict[str, set[str] | str]:
    """By tenant, in the order of ASKING."""
    return dict(zip(ASKING, (sz, gz, dg, sh, firm, partner, operator), strict=True))


def of(*names: str) -> set[str]:
    return set(names)


_ALL_FLAGS = of("flag", "inquiry", "own_flag")
_BOTH = of("certificate", "own_certificate")
_REVIEWS = of("review", "inquiry_review")

READS: Mapping[str, list[Read]] = {
    "viewer": [Read(field="viewer", selected="id", sees={slug: {slug} for slug in ASKING})],
    "certificate": [
        Read(field="certificate(by: $by)", selected="id number", signature="$by: CertificateBy!", variables=lambda w: {"by": {"id": w.ids["certificate"]}},
             sees=seen(sz=of("certificate"), gz=of("certificate"), dg=of("certificate"), sh=of(), firm=of(), partner=FORBIDDEN, operator=FORBIDDEN)),
        Read(field="certificate(by: $by)", selected="id number", signature="$by: CertificateBy!", variables=lambda w: {"by": {"number": w.own_person.id_number}},
             sees=seen(sz=of("own_certificate"), gz=of("own_certificate"), dg=of("own_certificate"), sh=of(), firm=of("own_certificate"), partner=FORBIDDEN, operator=FORBIDDEN)),
    ],
    "certificates": [listed("certificates", seen(sz=_BOTH, gz=_BOTH, dg=_BOTH, sh=of(), firm=of("own_certificate"), partner=FORBIDDEN, operator=FORBIDDEN),
                            filters=', kind: SAFETY_MANAGEMENT, region: "440300"')],
    "person": [
        Read(field="person(by: $by)", selected="id name", signature="$by: PersonBy!", variables=lambda w: {"by": {"idNumber": w.person.id_number}},
             sees=seen(sz=of("person"), gz=of("person"), dg=of("person"), sh=of(), firm=of(), partner=FORBIDDEN, operator=FORBIDDEN)),
        Read(field="person(by: $by)", selected="id name", signature="$by: PersonBy!", variables=lambda w: {"by": {"id": w.ids["person"]}},
             sees=seen(sz=of("person"), gz=of("person"), dg=of("person"), sh=of(), firm=of(), partner=FORBIDDEN, operator=FORBIDDEN)),
    ],
    "enterprise": [
        Read(field="enterprise(creditCode: $code)", selected="flags(first: 100) { nodes { id } }", signature="$code: String!",
             variables=lambda w: {"code": w.firm.credit_code}, found=lambda v: [one["id"] for one in v["flags"]["nodes"]] if v else [],
             sees=seen(sz=of("flag", "inquiry"), gz=of("flag", "inquiry"), dg=of("flag", "inquiry"), sh=of(), firm=of(), partner=of("flag"), operator=FORBIDDEN)),
        Read(field="enterprise(creditCode: $code)", selected="matters(first: 9) { nodes { id } } reviews(first: 9) { nodes { id } }", signature="$code: String!",
             variables=lambda w: {"code": w.firm.credit_code}, found=lambda v: [one["id"] for part in ("matters", "reviews") for one in v[part]["nodes"]] if v else [],
             sees=seen(sz=_REVIEWS, gz=_REVIEWS | {"matter"}, dg=of(), sh=of(), firm=FORBIDDEN, partner=FORBIDDEN, operator=FORBIDDEN)),
    ],
    "riskFlag": [Read(field="riskFlag(id: $id)", selected="id", signature="$id: ID!", variables=lambda w, name=name: {"id": w.ids[name]}, sees=sees) for name, sees in {
        "flag": seen(sz=of("flag"), gz=of("flag"), dg=of("flag"), sh=of(), firm=of(), partner=of("flag"), operator=FORBIDDEN),
        "inquiry": seen(sz=of("inquiry"), gz=of("inquiry"), dg=of("inquiry"), sh=of(), firm=of(), partner=of(), operator=FORBIDDEN),
        "own_flag": seen(sz=of("own_flag"), gz=of("own_flag"), dg=of("own_flag"), sh=of(), firm=of("own_flag"), partner=of("own_flag"), operator=FORBIDDEN),
    }.items()],
    "riskFlags": [listed("riskFlags", seen(sz=_ALL_FLAGS, gz=_ALL_FLAGS, dg=_ALL_FLAGS, sh=of("delta_flag"), firm=of("own_flag"),
                                           partner=of("flag", "own_flag", "delta_flag"), operator=FORBIDDEN))],
    "matters": [listed("matters", seen(sz=of(), gz=of("matter"), dg=of(), sh=of(), firm=of(), partner=FORBIDDEN, operator=FORBIDDEN))],
    "review": [Read(field="review(id: $id)", selected="id", signature="$id: ID!", variables=lambda w: {"id": w.ids["review"]},
                    sees=seen(sz=of("review"), gz=of("review"), dg=of(), sh=of(), firm=FORBIDDEN, partner=FORBIDDEN, operator=FORBIDDEN))],
    "reviews": [listed("reviews", seen(sz=_REVIEWS, gz=_REVIEWS, dg=of(), sh=of(), firm=FORBIDDEN, partner=FORBIDDEN, operator=FORBIDDEN))],
    "events": [Read(field="events(first: 100, after: $after)", selected="nodes { recordId reviewId }", signature="$after: String!", variables=lambda w: {"after": w.start},
                    found=lambda v: [one["reviewId"] or one["recordId"] for one in v["nodes"]],
                    sees=seen(sz=_ALL_FLAGS | _BOTH | {"grading"} | _REVIEWS, gz=_ALL_FLAGS | _BOTH | {"grading", "matter"} | _REVIEWS,
                              dg=_ALL_FLAGS | _BOTH | {"grading"}, sh=of("delta_flag"), firm=of("own_flag", "own_certificate"),
                              partner=of("flag", "own_flag", "delta_flag"), operator=FORBIDDEN))],
    "recognition": [Read(field="recognition(input: $input)", selected="certificateId", signature="$input: RecognitionInput!",
                         variables=lambda w: {"input": {"certificateNumber": w.person.id_number, "hostRegion": "440100"}},
                         found=lambda v: [v["certificateId"]] if v["certificateId"] else [],
                         sees=seen(sz=of("certificate"), gz=of("certificate"), dg=of("certificate"), sh=of(), firm=of(), partner=FORBIDDEN, operator=FORBIDDEN))],
    "recognitionRules": [Read(field="recognitionRules", selected="identifier", found=lambda v: ["rules"] if all(one["identifier"][:2] in ("NR", "AR") for one in v) else [],
                              sees={slug: {"rules"} for slug in ASKING})],
    "importBatches": [listed("importBatches", seen(sz=of("batch"), gz=of(), dg=of(), sh=of(), firm=FORBIDDEN, partner=FORBIDDEN, operator=FORBIDDEN))],
    "accessRecords": [listed("accessRecords", seen(sz=of("access"), gz=of(), dg=of(), sh=of(), firm=of(), partner=FORBIDDEN, operator=FORBIDDEN))],
}  # fmt: skip

_SCHEMA = build()
_CASES = [(field, place, slug) for field, reads in READS.items() for place in range(len(reads)) for slug in ASKING]


def test_every_root_field_has_its_line_in_the_matrix() -> None:
    assert set(READS) == set(_SCHEMA.query_type.fields)  # type: ignore[union-attr]
    assert set(WRITES) == set(_SCHEMA.mutation_type.fields)  # type: ignore[union-attr]
    assert set(FOLLOWS) == set(_SCHEMA.subscription_type.fields)  # type: ignore[union-attr]


@pytest.mark.parametrize(("field", "place", "slug"), _CASES)
async def test_a_tenant_reads_its_own_and_what_is_shared_with_it(field: str, place: int, slug: str, world: World, ask: Any) -> None:
    read = READS[field][place]
    expected = read.sees[slug]
    if expected == FORBIDDEN:
        query = f"query Q{_signature(read)} {{ answer: {read.field} {{ {_selected(read)} }} }}"
        answer = await ask(slug, query, purpose=PURPOSE, **_variables(read, world))
        assert answer.codes == [FORBIDDEN]
        assert (answer.body.get("data") or {}).get("answer") is None
    else:
        assert await _found(read, slug, world, ask) == expected


def _signature(read: Read) -> str:
    signature = read.signature or ("$after: String" if "$after" in read.field else "")
    return f"({signature})" if signature else ""


def _selected(read: Read) -> str:
    return read.selected or "nodes { id }"


def _variables(read: Read, world: World) -> dict[str, Any]:
    return read.variables(world)


async def _found(read: Read, slug: str, world: World, ask: Any) -> set[str]:
    if not read.selected:
        nodes = await pages(ask, slug, read.field, "id", lambda node: node["id"] in world.names)
        return {world.names[node["id"]] for node in nodes}
    query = f"query Q{_signature(read)} {{ answer: {read.field} {{ {read.selected} }} }}"
    answer = await ask(slug, query, purpose=PURPOSE, **_variables(read, world))
    found = read.found(answer.data["answer"])
    foreign = [one for one in found if one not in world.names and one not in (slug, "rules")]
    assert foreign == []
    return {world.names.get(one, one) for one in found}


_TWINS: list[tuple[str, str, str, Callable[[World], tuple[Any, Any]]]] = [
    ("certificate by id", SHANGHAI, "query Q($x: ID!) { certificate(by: {id: $x}) { id } }", lambda w: (w.ids["certificate"], ABSENT)),
    ("certificate by number", SHANGHAI, "query Q($x: String!) { certificate(by: {number: $x}) { id } }", lambda w: (w.person.id_number, material.person().id_number)),
    ("certificate of another firm", FIRM, "query Q($x: ID!) { certificate(by: {id: $x}) { id } }", lambda w: (w.ids["certificate"], ABSENT)),
    ("person by number", SHANGHAI, "query Q($x: String!) { person(by: {idNumber: $x}) { id name } }", lambda w: (w.person.id_number, material.person().id_number)),
    ("person of another firm", FIRM, "query Q($x: String!) { person(by: {idNumber: $x}) { id name } }", lambda w: (w.person.id_number, material.person().id_number)),
    ("firm", SHANGHAI, "query Q($x: String!) { enterprise(creditCode: $x) { name } }", lambda w: (w.firm.credit_code, material.firm().credit_code)),
    ("another firm", FIRM, "query Q($x: String!) { enterprise(creditCode: $x) { name } }", lambda w: (w.firm.credit_code, material.firm().credit_code)),
    ("flag", SHANGHAI, "query Q($x: ID!) { riskFlag(id: $x) { id } }", lambda w: (w.ids["flag"], ABSENT)),
    ("inquiry", PARTNER, "query Q($x: ID!) { riskFlag(id: $x) { id } }", lambda w: (w.ids["inquiry"], ABSENT)),
    ("review", DONGGUAN, "query Q($x: ID!) { review(id: $x) { id } }", lambda w: (w.ids["review"], ABSENT)),
    ("events of a firm", SHANGHAI, "query Q($x: String!) { events(first: 5, creditCode: $x) { totalCount nodes { id } } }", lambda w: (w.firm.credit_code, material.firm().credit_code)),
    ("recognition", SHANGHAI, 'query Q($x: String!) { recognition(input: {certificateNumber: $x, hostRegion: "310000"}) { verdict certificateId sourceUpdatedOn reasons conditions { condition outcome message values { name value } } } }', lambda w: (w.person.id_number, material.person().id_number)),
    ("recognition of another firm's staff", FIRM, 'query Q($x: String!) { recognition(input: {certificateNumber: $x, hostRegion: "310000"}) { verdict certificateId sourceUpdatedOn reasons conditions { condition outcome message values { name value } } } }', lambda w: (w.person.id_number, material.person().id_number)),
    ("a flag to lift", SHANGHAI, 'mutation Q($x: ID!) { riskFlagLift(input: {riskFlagId: $x, reason: "整改完成"}) { riskFlag { id } userErrors { code field message } } }', lambda w: (w.ids["flag"], ABSENT)),
    ("a review to decide", DONGGUAN, 'mutation Q($x: ID!) { reviewDecide(input: {reviewId: $x, outcome: MAINTAINED, reason: "核查无问题", expectedVersion: 1}) { review { id } userErrors { code field message } } }', lambda w: (w.ids["review"], ABSENT)),
]  # fmt: skip


@pytest.mark.parametrize(("what", "slug", "query", "pair"), _TWINS, ids=[twin[0] for twin in _TWINS])
async def test_a_foreign_id_is_answered_like_one_that_is_not_there(
    what: str, slug: str, query: str, pair: Callable[[World], tuple[Any, Any]], world: World, ask: Any
) -> None:
    foreign, absent = pair(world)
    assert foreign != absent
    first, second = [await ask(slug, query, purpose=PURPOSE, x=value) for value in (foreign, absent)]
    assert first.codes == []
    assert (first.status, first.body) == (second.status, second.body)


async def test_an_answer_about_foreign_staff_leaves_the_same_trace_as_about_nobody(world: World, ask: Any) -> None:
    """Else the enterprise's own evidence would tell it that the certificate exists."""
    query = 'query Q($x: String!) { recognition(input: {certificateNumber: $x, hostRegion: "310000"}) { verdict } }'
    trace = "{ accessRecords(first: 1) { totalCount nodes { persons } } }"
    before = (await ask(FIRM, trace)).data
    await ask(FIRM, query, purpose=PURPOSE, x=world.person.id_number)
    assert (await ask(FIRM, trace)).data == before


@dataclass(frozen=True, kw_only=True)
class Write:
    """One way to change another's rows; `codes` are the codes of its findings by tenant, or FORBIDDEN."""

    input: Callable[[World], Any]
    codes: Mapping[str, set[str] | str]
    type: str = ""


def _published_in_shenzhen(kind: str) -> Callable[[World], Any]:
    return lambda w: _foreign_record(kind, w)


def _foreign_record(kind: str, w: World) -> dict[str, Any]:
    made = {
        "safetyManagement": lambda: material.certificate(material.person(), w.firm), "riskGrading": lambda: material.grading(w.firm),
        "specialOperation": lambda: material.special_operation(material.person(), w.firm), "riskFlag": lambda: material.flag(w.firm),
        "projectApproval": lambda: material.matter(w.firm, "440300"),
        "appointment": lambda: material.appointment(material.person(), w.firm, "440300"),
        "assistantSafetyEngineer": lambda: material.engineer(material.person(), w.firm),
        "constructionSafetyManager": lambda: material.construction(material.person(), w.firm),
    }  # fmt: skip
    return made[kind]()


_NOT_THEIRS = dict.fromkeys((FIRM, PARTNER, OPERATOR), FORBIDDEN)
_ANOTHER_PLACE: dict[str, set[str] | str] = {GUANGZHOU: of("FOREIGN_ISSUER"), SHANGHAI: of("FOREIGN_ISSUER"), **_NOT_THEIRS}
_UNKNOWN: dict[str, set[str] | str] = {GUANGZHOU: of("NOT_FOUND"), SHANGHAI: of("NOT_FOUND"), **_NOT_THEIRS}
_KIND_FIELDS = {input_name(kind)[:-5][0].lower() + input_name(kind)[1:-5]: kind.name for kind in KINDS}

WRITES: Mapping[str, Write] = {
    **{f"{kind}Publish": Write(input=_published_in_shenzhen(kind), codes=_ANOTHER_PLACE) for kind in _KIND_FIELDS},
    "riskFlagLift": Write(input=lambda w: {"riskFlagId": w.ids["flag"], "reason": "整改完成"}, codes=_UNKNOWN),
    "reviewDecide": Write(
        input=lambda w: {"reviewId": w.ids["review"], "outcome": "DISMISSED", "reason": "核查无问题", "expectedVersion": 1},
        codes={SHENZHEN: of("NOT_FOUND"), DONGGUAN: of("NOT_FOUND"), SHANGHAI: of("NOT_FOUND"), **_NOT_THEIRS}),
    "recognitionRulePublish": Write(input=lambda _: material.rule("AR-440300-0001", "4403"), codes=_ANOTHER_PLACE),
    "clockRun": Write(input=lambda _: "2026-01-01", codes=dict.fromkeys((SHENZHEN, SHANGHAI, FIRM, PARTNER), FORBIDDEN), type="Date"),
}  # fmt: skip
_ATTEMPTS = [(field, slug) for field, write in WRITES.items() for slug in write.codes]


@pytest.mark.parametrize(("field", "slug"), _ATTEMPTS)
async def test_a_tenant_writes_nothing_of_another_s(field: str, slug: str, world: World, ask: Any, hub: Any) -> None:
    write = WRITES[field]
    type_name = write.type or f"{field[0].upper()}{field.removesuffix('Publish')[1:]}Input"
    if field == "recognitionRulePublish":
        type_name = "RecognitionRuleInput"
    argument = "day" if field == "clockRun" else "input"
    selected = "expired" if field == "clockRun" else "userErrors { code }"
    before = await _everything(hub)
    answer = await ask(slug, f"mutation M($x: {type_name}!) {{ {field}({argument}: $x) {{ {selected} }} }}", x=write.input(world))
    if write.codes[slug] == FORBIDDEN:
        assert answer.codes == [FORBIDDEN]
        assert answer.body["data"] is None
    else:
        found = {one["code"] for one in answer.data[field]["userErrors"]}
        assert found >= set(write.codes[slug])
    assert await _everything(hub) == before


async def _everything(hub: Any) -> list[int]:
    """How many rows and versions there are, as the hub's own role counts them."""
    tables = ("record", "record_version", "review", "event", "recognition_rule")
    async with hub.database.hub_pool.acquire() as connection:
        counts = [await connection.fetchval(f"select count(*) from {table}") for table in tables]
        return [*counts, await connection.fetchval("select sum(version) from record"), await connection.fetchval("select sum(version) from review")]


async def test_the_same_record_published_elsewhere_is_another_record(world: World, ask: Any) -> None:
    """Two authorities may state the same of a firm; neither overwrites the other's."""
    firm = material.firm("310000")
    values = material.flag(firm)
    first = await publish(ask, SHANGHAI, "riskFlag", values)
    second = await publish(ask, SHENZHEN, "riskFlag", {**values, "region": "440300"})
    assert first != second
    mine = (await ask(SHANGHAI, "query Q($x: ID!) { riskFlag(id: $x) { version region } }", x=first)).data["riskFlag"]
    assert mine == {"version": 1, "region": "310000"}


async def test_a_rule_belongs_to_the_authority_that_published_it_first(ask: Any) -> None:
    """The province governs the city too, and shall not publish the next version of the city's rule."""
    query = "mutation R($x: RecognitionRuleInput!) { recognitionRulePublish(input: $x) { version userErrors { code field } } }"
    mine = await ask(SHENZHEN, query, x=material.rule("AR-440300-0009", "4403"))
    assert mine.data["recognitionRulePublish"] == {"version": 1, "userErrors": []}
    taken = await ask(HOUSING, query, x=material.rule("AR-440300-0009", "4403", version=2))
    refused = {"code": "FOREIGN_ISSUER", "field": ["input", "identifier"]}
    assert taken.data["recognitionRulePublish"] == {"version": None, "userErrors": [refused]}


FOLLOWS: Mapping[str, Mapping[str, set[str] | str]] = {"eventPublished": READS["events"][0].sees}


@pytest.mark.parametrize("slug", [slug for slug in ASKING if FOLLOWS["eventPublished"][slug] != FORBIDDEN])
async def test_a_follower_receives_what_it_may_read_and_no_more(slug: str, world: World, ask: Any, hub: Any, http: Any) -> None:
    client = Client(base_url=hub.base_url, http=http, secrets={slug: hub.secret(slug)})
    query = "query E($after: String!) { events(first: 100, after: $after) { nodes { cursor } } }"
    expected = [one["cursor"] for one in (await ask(slug, query, after=world.start)).data["events"]["nodes"]]
    line = await client.follow(slug, "subscription S($after: String!) { eventPublished(after: $after) { cursor recordId reviewId } }", after=world.start)
    received = [await line.next() for _ in expected]
    await line.close()
    assert [one["cursor"] for one in received] == expected
    found = {world.names.get(one["reviewId"] or one["recordId"]) for one in received}
    assert found & set(world.ids) == FOLLOWS["eventPublished"][slug]


@pytest.mark.parametrize(("slug", "selected"), [
    (OPERATOR, "cursor"), (PARTNER, "review { id }"), (FIRM, "review { id }"), (PARTNER, "flag { reviews(first: 1) { nodes { id } } }"),
    (PARTNER, "enterprise { certificates(first: 1) { nodes { id } } }"), (PARTNER, "enterprise { grading { band } }"),
])  # fmt: skip
async def test_a_follower_cannot_reach_through_an_event_what_it_may_not_ask(slug: str, selected: str, hub: Any, http: Any) -> None:
    client = Client(base_url=hub.base_url, http=http, secrets={slug: hub.secret(slug)})
    line = await client.follow(slug, f'subscription S {{ eventPublished(after: "seq:0") {{ {selected} }} }}')
    message = await line.receive("error")
    await line.close()
    assert [one["extensions"]["code"] for one in message["payload"]] == [FORBIDDEN]


_PATHS = (
    "enterprise(creditCode: $code) { certificates(first: 1) { nodes { id } } }", "enterprise(creditCode: $code) { gradings(first: 1) { nodes { id } } }",
    "enterprise(creditCode: $code) { appointments(first: 1) { nodes { id } } }", "enterprise(creditCode: $code) { matters(first: 1) { nodes { id } } }",
    "enterprise(creditCode: $code) { reviews(first: 1) { nodes { id } } }", "riskFlags(first: 1) { nodes { reviews(first: 1) { nodes { id } } } }",
    "riskFlags(first: 1) { nodes { enterprise { grading { band } } } }", "events(first: 1) { nodes { review { person { name } } } }",
)  # fmt: skip


@pytest.mark.parametrize("path", _PATHS)
async def test_a_partner_cannot_go_round_through_a_nested_field(path: str, world: World, ask: Any) -> None:
    query = f"query Q($code: String) {{ {path} }}".replace("($code: String)", "($code: String!)" if "$code" in path else "")
    answer = await ask(PARTNER, query, purpose=PURPOSE, **({"code": world.firm.credit_code} if "$code" in path else {}))
    assert (answer.status, answer.codes, answer.body.get("data")) == (403, [FORBIDDEN], None)


async def test_an_enterprise_sees_rows_of_its_own_firm_only(world: World, hub: Any) -> None:
    from tenants.session import acting

    async with acting(hub.database.pool, _caller(hub, FIRM)) as connection:
        codes = await connection.fetch("select distinct credit_code from record")
        reviews = await connection.fetchval("select count(*) from review")
        kinds = await connection.fetch("select distinct family from record where kind = 'PROJECT_APPROVAL'")
    assert [row["credit_code"] for row in codes] == [ENTERPRISE.credit_code]
    assert (reviews, kinds) == (0, [])


def _caller(hub: Any, slug: str) -> Any:
    return hub.runtime.tokens.verify(hub.token(slug), now=hub.runtime.now().timestamp(), day=hub.runtime.today())


@pytest_asyncio.fixture(loop_scope="session")
async def narrow(hub: Any) -> AsyncIterator[Any]:
    """A second engine on the same database that has two connections only."""
    from exchange.database import open_pool
    from exchange.runtime import Runtime

    async with open_pool(hub.database.dsn, 2) as pool:
        runtime = hub.runtime
        yield Runtime(database=replace(hub.database, pool=pool), keys=runtime.keys, issuer=runtime.issuer, now=runtime.now,
                      directory=runtime.directory)  # fmt: skip


async def test_sights_do_not_leak_between_requests_that_share_two_connections(world: World, narrow: Any, hub: Any) -> None:
    from exchange.engine.request import GraphQLRequest

    query = "query Q($x: ID!) { riskFlag(id: $x) { id } riskFlags(first: 100) { nodes { id owner { id } } } events(first: 1) { nodes { id } } }"
    visible = {SHENZHEN: True, GUANGZHOU: True, DONGGUAN: True, SHANGHAI: False, FIRM: False, PARTNER: False}
    owners = {SHENZHEN: {SHENZHEN, GUANGZHOU, DONGGUAN, HOUSING}, SHANGHAI: {SHANGHAI, "nj-bureau", "js-department"}, FIRM: {actor.slug for actor in CAST}}

    async def once(slug: str) -> tuple[str, Any]:
        request = GraphQLRequest(
            query=query, operation_name=None, variables={"x": world.ids["inquiry"]}, extensions={}, purpose=None, case_number=None,
            idempotency_key=None, language="zh", allow_mutation=True, request_id="leak-test",
        )  # fmt: skip
        return slug, await narrow.engine.execute(request, _caller(hub, slug))

    import orjson

    answers = await asyncio.gather(*(once(slug) for _ in range(34) for slug in visible))
    assert len(answers) == 204
    for slug, reply in answers:
        data = orjson.loads(reply.body)["data"]
        assert (data["riskFlag"] is not None) is visible[slug], slug
        assert {node["owner"]["id"] for node in data["riskFlags"]["nodes"]} <= owners.get(slug, owners[SHENZHEN] | owners[SHANGHAI]), slug


async def test_a_connection_keeps_no_sight_after_a_request(world: World, narrow: Any, hub: Any) -> None:
    pool = narrow.database.pool
    reader = narrow.engine.reader
    await reader.fetch_json("select to_json(set_config('app.writes', '{1}', true))", [])
    async with pool.acquire() as one, pool.acquire() as other:
        for connection in (one, other):
            assert await connection.fetchval("select current_setting('app.writes')") == "{}"
            assert await connection.fetchval("select count(*) from record") == 0


# What everybody may read: the directory of authorities, published rules, how fresh a source is, counters without a tenant.
_OPEN_TO_ALL = {"tenant", "recognition_rule", "source_confirmation", "stream_head", "subject"}


async def test_a_session_without_a_sight_sees_no_row_of_any_tenant(world: World, hub: Any) -> None:
    async with hub.database.pool.acquire() as connection:
        readable = await connection.fetch(
            "select relname from pg_class where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace"
            " and has_table_privilege('exchange_app', oid, 'select')"
        )
        counts = {row["relname"]: await connection.fetchval(f"select count(*) from {row['relname']}") for row in readable}
        kinds = await connection.fetch("select distinct kind from tenant")
    assert {name for name, rows in counts.items() if rows} <= _OPEN_TO_ALL
    assert [row["kind"] for row in kinds] == ["AUTHORITY"]


_FOREIGN_STATEMENTS = {
    "record is not updated": "update record set name = 'x' where record_id = $1 returning 1",
    "review is not updated": "update review set outcome = null where review_id = $2 returning 1",
    "batch is not updated": "update import_batch set rows_read = 99 where batch_id = $3 returning 1",
    "freshness is not updated": "update source_confirmation set confirmed_at = now() where owner_id = $4 returning 1",
    "keys are not read": "select 1 from idempotency where owner_id = $4",
    "keys are not deleted": "delete from idempotency where owner_id = $4 returning 1",
    "evidence is not read": "select 1 from access_record where owner_id = $4",
}


@pytest.mark.parametrize("what", _FOREIGN_STATEMENTS)
async def test_another_s_rows_cannot_be_touched_by_direct_sql(what: str, world: World, hub: Any) -> None:
    from tenants.session import acting

    owner = hub.runtime.directory.by_slug[SHENZHEN].tenant_id
    parameters = (uuid.UUID(world.ids["flag"]), uuid.UUID(world.ids["review"]), uuid.UUID(world.ids["batch"]), owner)
    used = [value for place, value in enumerate(parameters, 1) if f"${place}" in _FOREIGN_STATEMENTS[what]]
    statement = _FOREIGN_STATEMENTS[what]
    for place in range(1, 5):
        statement = statement.replace(f"${place}", "$1")
    for slug in (DONGGUAN, SHANGHAI, FIRM, PARTNER, OPERATOR):
        async with acting(hub.database.pool, _caller(hub, slug)) as connection:
            assert await connection.fetch(statement, *used) == []


_FOREIGN_ROWS = {
    "record": "insert into record (owner_id, kind, family, key_hash, audience, credit_code, body, fingerprint, recorded_on) values ($1, 'RISK_FLAG', 'ADVERSE', 'x', 3, 'c', '{}', 'x', current_date)",
    "record_version": "insert into record_version select * from record where owner_id = $1",
    "event": "insert into event (owner_id, type, subject, version, audience, least_level, day, payload) values ($1, 'riskFlag.raised', 'E:forged', 1, 3, 0, current_date, '{}')",
    "access_record": "insert into access_record (owner_id, client_id, purpose, case_number, root_field, fields, subjects, request_id) values ($1, 'c', 'p', 'c', 'f', '{}', '{}', 'r')",
    "idempotency": "insert into idempotency (owner_id, key, request_hash) values ($1, 'k', 'x')",
    "import_batch": "insert into import_batch (batch_id, owner_id, kind) values (gen_random_uuid(), $1, 'RISK_FLAG')",
    "source_confirmation": "insert into source_confirmation (owner_id, kind) values ($1, 'FORGED')",
    "recognition_rule": "insert into recognition_rule (identifier, version, owner_id, valid_from, terms) values ('AR-990000-0001', 1, $1, current_date, '{}')",
    "review": "insert into review (owner_id, cause_owner_id, rule, cause_key, cause_event_id, subject, priority, handling, reason_zh, reason_en, opened_on, due_on, is_due_estimated) values ($1, $1, 'r', 'k', gen_random_uuid(), 's', 'MUST', 'FOR_FOLLOW_UP', 'z', 'e', current_date, current_date, false)",
}  # fmt: skip


@pytest.mark.parametrize("table", _FOREIGN_ROWS)
async def test_a_row_cannot_be_written_in_another_s_name_by_direct_sql(table: str, world: World, hub: Any) -> None:
    import asyncpg

    from tenants.session import acting

    owner = hub.runtime.directory.by_slug[SHENZHEN].tenant_id
    for slug in (DONGGUAN, SHANGHAI, FIRM, PARTNER, OPERATOR):
        if table == "record_version" and slug != DONGGUAN:
            continue  # only a reader of the rows can try to copy them
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with acting(hub.database.pool, _caller(hub, slug)) as connection:
                await connection.execute(_FOREIGN_ROWS[table], owner)


async def test_a_tenant_cannot_hand_its_own_row_to_another(world: World, hub: Any, ask: Any) -> None:
    import asyncpg

    from tenants.session import acting

    record_id = uuid.UUID(await publish(ask, SHENZHEN, "riskFlag", material.flag(material.firm())))
    other = hub.runtime.directory.by_slug[GUANGZHOU].tenant_id
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with acting(hub.database.pool, _caller(hub, SHENZHEN)) as connection:
            await connection.execute("update record set owner_id = $2 where record_id = $1", record_id, other)


_APPEND_ONLY = ("access_record", "event", "record_version")


@pytest.mark.parametrize("table", _APPEND_ONLY)
@pytest.mark.parametrize("statement", ["update {} set owner_id = owner_id", "delete from {}"])
async def test_what_is_append_only_is_so_for_its_owner_too(table: str, statement: str, hub: Any) -> None:
    import asyncpg

    from tenants.session import acting

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with acting(hub.database.pool, _caller(hub, SHENZHEN)) as connection:
            await connection.execute(statement.format(table))
