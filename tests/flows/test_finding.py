"""Search: by parts of names, by numbers and by everything else; each finds what the caller may see and nothing more.

A new argument of the search gets a row in NARROWED; another way in which a name may be seen a row in SEEN.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import asyncpg
import orjson
import pytest
import pytest_asyncio

from exchange.demo.seed import caller_of
from schema.errors import Refusal
from tenants.session import acting
from tests.flows import material
from tests.flows.findable import PURPOSE, Findable, findable
from tests.flows.neighbours import DONGGUAN, FIRM, GUANGZHOU, OPERATOR, PARTNER, SHANGHAI, SHENZHEN
from tests.flows.scratch import answered, asked


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(database: Any) -> AsyncIterator[Findable]:
    async with findable(database.dsn, "exchange_finding") as made:
        yield made


ALL_OF_FIRM = "appointment operation certificate flag grading"
# Part of a firm's name, who asks, and what is found, the latest first.
SEEN = [
    ("明珠机电", SHENZHEN, ALL_OF_FIRM),
    ("明珠机电", GUANGZHOU, f"matter {ALL_OF_FIRM}"),
    ("明珠机电", DONGGUAN, ALL_OF_FIRM),
    ("明珠机电", SHANGHAI, ""),
    ("明珠机电", FIRM, ""),
    ("明珠机电", PARTNER, "flag"),
    ("明珠", SHENZHEN, f"inquiry {ALL_OF_FIRM}"),
    ("明珠", SHANGHAI, "delta_flag"),
    ("明珠", PARTNER, "delta_flag flag"),
    # a name on a record that is nobody else's leads nobody else to the firm, though they see other records of it
    ("代号", GUANGZHOU, f"matter {ALL_OF_FIRM}"),
    ("代号", SHENZHEN, ""),
    ("代号", DONGGUAN, ""),
    ("代号", PARTNER, ""),
    # an inquiry is between authorities
    ("化工・试验", DONGGUAN, "inquiry"),
    ("化工・试验", PARTNER, ""),
    ("示范建设", FIRM, "own_certificate own_flag"),
    ("示范建设", PARTNER, "own_flag"),
    ("示范建设", SHANGHAI, ""),
]


@pytest.mark.parametrize(("part", "slug", "found"), SEEN)
async def test_a_part_of_a_firm_s_name_finds_what_the_caller_may_see_of_it(
    part: str, slug: str, found: str, world: Findable
) -> None:
    assert await world.search(slug, f'firmName: "{part}"') == found.split()


PERSONS = [
    ("欧阳", SHENZHEN, "appointment operation certificate"),
    ("阳试验", DONGGUAN, "appointment operation certificate"),
    ("欧阳", SHANGHAI, ""),
    ("欧阳", FIRM, ""),
    ("司徒", FIRM, "own_certificate"),
    ("明珠", SHENZHEN, ""),
]


@pytest.mark.parametrize(("part", "slug", "found"), PERSONS)
async def test_a_part_of_a_person_s_name_finds_what_the_caller_may_see_of_them(
    part: str, slug: str, found: str, world: Findable
) -> None:
    assert await world.search(slug, f'personName: "{part}"', purpose=PURPOSE) == found.split()


async def test_a_person_s_name_is_never_found_as_a_firm_s(world: Findable) -> None:
    assert await world.search(SHENZHEN, 'firmName: "欧阳"') == []


@pytest.mark.parametrize("slug", [PARTNER, OPERATOR])
async def test_who_may_not_read_persons_cannot_search_them(slug: str, world: Findable) -> None:
    with pytest.raises(Refusal, match="FORBIDDEN"):
        await world.search(slug, 'personName: "欧阳"', purpose=PURPOSE)


async def test_the_operator_searches_nothing(world: Findable) -> None:
    with pytest.raises(Refusal, match="FORBIDDEN"):
        await world.search(OPERATOR, 'firmName: "明珠"')


@pytest.mark.parametrize("slug", [DONGGUAN, SHANGHAI, FIRM, PARTNER])
async def test_the_name_on_another_s_own_record_cannot_be_read_by_direct_sql(slug: str, world: Findable) -> None:
    async with acting(world.runtime.database.pool, caller_of(world.runtime, slug)) as connection:
        query = "select count(*) from name_ending where ending like '%代号%'"
        assert await connection.fetchval(query) == 0
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetchval("select count(*) from known_name")


async def test_every_name_ending_a_caller_sees_stands_on_a_record_the_caller_sees(world: Findable) -> None:
    """Whoever asks: the index of names shows nothing that the records do not."""
    query = """select n.ending from name_ending n where not exists (
      select from record r where n.ending in (select name_endings(r.name) union select name_endings(r.employer_name)))
      union all select b.credit_code from name_bearer b where not exists (
      select from record r where r.owner_id = b.owner_id and r.audience = b.audience
        and (r.credit_code is not distinct from b.credit_code or r.person_id = b.person_id))"""
    counts = {}
    for slug in (SHENZHEN, GUANGZHOU, DONGGUAN, SHANGHAI, FIRM, PARTNER, OPERATOR):
        async with acting(world.runtime.database.pool, caller_of(world.runtime, slug)) as connection:
            assert await connection.fetch(query) == [], slug
            counts[slug] = await connection.fetchval("select count(distinct ending) from name_ending")
    assert counts[OPERATOR] == 0
    assert counts[GUANGZHOU] > counts[DONGGUAN] > counts[PARTNER] > counts[FIRM] > 0


NARROWED = [
    ('creditCode: "{code}"', ALL_OF_FIRM),
    ('creditCode: "{code}", about: FIRM', "flag grading"),
    ('creditCode: "{code}", about: PERSON', "appointment operation certificate"),
    ('creditCode: "{code}", families: [RISK, ADVERSE]', "flag grading"),
    ('creditCode: "{code}", kinds: [APPOINTMENT, SPECIAL_OPERATION]', "appointment operation"),
    ('creditCode: "{code}", category: "MAJOR_HIDDEN_DANGER"', "flag"),
    ('creditCode: "{code}", category: "1.2"', "operation"),
    ('creditCode: "{code}", category: "1"', "operation"),
    ('creditCode: "{code}", band: YELLOW', "grading"),
    ('creditCode: "{code}", status: "EXPIRED"', "certificate"),
    ('creditCode: "{code}", status: "VALID", asOf: "2027-01-01"', "operation"),
    ('creditCode: "{code}", status: "REVIEW_LAPSED", asOf: "2029-01-01"', "operation"),
    ('creditCode: "{code}", status: "CURRENT"', "flag"),
    ('creditCode: "{code}", expiringWithinDays: 30, asOf: "2031-12-01"', "operation"),
    ('creditCode: "{code}", expiringWithinDays: 29, asOf: "2031-12-01"', ""),
    ('firmName: "明珠", region: "440305"', "flag"),
    ('firmName: "明珠", region: "440100"', "appointment"),
    ('firmName: "明珠", region: "440300"', "inquiry operation certificate flag grading"),
    ('firmName: "明珠", region: "440000", kinds: [RISK_FLAG]', "inquiry flag"),
    ('firmName: "明珠", region: "310000"', ""),
    ('region: "440305"', "flag"),
    ('firmName: "明珠机电安装有限公司", families: [ADVERSE]', "flag"),
    ('firmName: "机电安装有限责任公司"', ""),
    ('firmName: "ab明珠"', "inquiry"),
    ('firmName: " ＡＢ 明 珠 "', "inquiry"),
    ('firmName: "化工·试验"', "inquiry"),
    ('firmName: "明珠%"', ""),
    ('firmName: "__"', ""),
    ('firmName: "明珠", creditCode: "{code}", families: [RISK]', "grading"),
]


@pytest.mark.parametrize(("arguments", "found"), NARROWED)
async def test_each_argument_narrows_the_search(arguments: str, found: str, world: Findable) -> None:
    filled = arguments.replace("{code}", world.firm.credit_code)
    assert await world.search(SHENZHEN, filled) == found.split()
    assert await world.totals(SHENZHEN, filled) == (len(found.split()),) * 2


async def test_a_whole_certificate_number_finds_its_certificate(world: Findable) -> None:
    number = f"T{world.person.id_number}"
    assert await world.search(SHENZHEN, f'number: "{number}"', purpose=PURPOSE) == ["operation"]
    assert await world.search(SHANGHAI, f'number: "{number}"', purpose=PURPOSE) == []
    with pytest.raises(Refusal, match="PURPOSE_REQUIRED"):
        await world.search(SHENZHEN, f'number: "{number}"')


async def test_what_is_found_is_shown_masked_and_leads_to_the_whole_record(world: Findable) -> None:
    selected = """kind family nameMasked number idNumberMasked creditCode firmName region status band validTo
      owner { id } version certificate { status } riskFlag { category } enterprise { name } person { nameMasked }"""
    arguments = f'creditCode: "{world.firm.credit_code}", kinds: [SPECIAL_OPERATION, RISK_FLAG], asOf: "2027-01-01"'
    certificate, flag = await world.search(SHENZHEN, arguments, selected)
    person = world.person.id_number
    assert certificate == {
        "kind": "SPECIAL_OPERATION", "family": "CERTIFICATE", "nameMasked": "欧**验",
        "number": f"T{person[:6]}********{person[-4:]}", "idNumberMasked": f"{person[:6]}********{person[-4:]}",
        "creditCode": world.firm.credit_code, "firmName": world.firm.name, "region": "440300", "status": "VALID",
        "band": None, "validTo": "2031-12-31", "owner": {"id": SHENZHEN}, "version": 1,
        "certificate": {"status": "VALID"}, "riskFlag": None, "enterprise": {"name": world.firm.name},
        "person": {"nameMasked": "欧**验"},
    }  # fmt: skip
    assert flag == {
        "kind": "RISK_FLAG", "family": "ADVERSE", "nameMasked": world.firm.name, "number": None, "idNumberMasked": None,
        "creditCode": world.firm.credit_code, "firmName": world.firm.name, "region": "440305", "status": "CURRENT",
        "band": "RED", "validTo": None, "owner": {"id": SHENZHEN}, "version": 1, "certificate": None,
        "riskFlag": {"category": "MAJOR_HIDDEN_DANGER"}, "enterprise": {"name": world.firm.name}, "person": None,
    }  # fmt: skip


async def test_pages_follow_each_other_without_gap_or_repetition(world: Findable) -> None:
    query = """query Q($after: String) { search(first: 2, after: $after, firmName: "明珠机电") {
      nodes { id } pageInfo { hasNextPage endCursor } } }"""
    names, found, after = {identity: name for name, identity in world.ids.items()}, [], None
    while True:
        page = (await answered(world.runtime, SHENZHEN, query, None, after=after))["data"]["search"]
        found.append([names[node["id"]] for node in page["nodes"]])
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert found == [["appointment", "operation"], ["certificate", "flag"], ["grading"]]


@pytest.mark.parametrize("text", ["", " ", "明", "　明　", "a"])
@pytest.mark.parametrize("argument", ["firmName", "personName"])
async def test_a_text_of_less_than_two_characters_is_refused(argument: str, text: str, world: Findable) -> None:
    with pytest.raises(Refusal) as refused:
        await world.search(SHENZHEN, f'{argument}: "{text}"', purpose=PURPOSE)
    assert (refused.value.code, refused.value.field) == ("SEARCH_TEXT_TOO_SHORT", (argument,))


async def test_a_text_longer_than_any_ending_kept_is_refused(world: Findable) -> None:
    with pytest.raises(Refusal, match="BAD_INPUT"):
        await world.search(SHENZHEN, f'firmName: "{"明" * 61}"')


async def test_a_text_that_leads_to_more_than_a_thousand_is_refused(world: Findable) -> None:
    """A thousand is the most that is looked through; of more, some would silently be left out."""
    owner = await asyncpg.connect(world.runtime.database.dsn)
    tenant = world.runtime.directory.by_slug[SHENZHEN].tenant_id
    query = """insert into name_bearer (name_id, owner_id, audience, credit_code)
      select 900000, $1, 2, 'DEM' || n from generate_series($2::int, $3::int) n"""
    try:
        await owner.execute("insert into name_ending (ending, name_id) values ('千家企业', 900000)")
        await owner.execute(query, tenant, 1, 1000)
        assert await world.search(SHENZHEN, 'firmName: "千家"') == []
        await owner.execute(query, tenant, 1001, 1001)
        with pytest.raises(Refusal, match="SEARCH_TOO_BROAD"):
            await world.search(SHENZHEN, 'firmName: "千家"')
        assert await world.search(SHANGHAI, 'firmName: "千家"') == []
        beside_computed = await answered(
            world.runtime, SHENZHEN, '{ viewer { id } search(first: 1, firmName: "千家") { totalCount } }'
        )
    finally:
        await owner.execute("delete from name_bearer where name_id = 900000")
        await owner.execute("delete from name_ending where name_id = 900000")
        await owner.close()
    assert [error["extensions"]["code"] for error in beside_computed["errors"]] == ["SEARCH_TOO_BROAD"]


async def evidence(world: Findable) -> list[tuple[str, list[str], set[str]]]:
    owner = await asyncpg.connect(world.runtime.database.dsn)
    try:
        rows = await owner.fetch("select root_field, fields, subjects from access_record order by access_id")
        return [(row["root_field"], row["fields"], {str(one) for one in row["subjects"]}) for row in rows]
    finally:
        await owner.close()


@pytest.mark.parametrize("selected", ["nodes { id }", "totalCount", "totalEstimate", "edges { node { kind } }"])
async def test_a_search_of_persons_needs_a_purpose_and_leaves_evidence(selected: str, world: Findable) -> None:
    query = f'{{ search(first: 9, personName: "欧阳") {{ {selected} }} }}'
    with pytest.raises(Refusal, match="PURPOSE_REQUIRED"):
        await answered(world.runtime, SHENZHEN, query)
    before = len(await evidence(world))
    assert "errors" not in await answered(world.runtime, SHENZHEN, query, PURPOSE)
    person = str(world.runtime.keys.person_id(world.person.id_number))
    assert (await evidence(world))[before:] == [("search", ["FoundRecord.id"], {person})]


async def test_a_total_leaves_evidence_of_all_it_counts_whatever_page_is_asked_for(world: Findable) -> None:
    first = await answered(
        world.runtime, SHENZHEN, '{ search(first: 100, personName: "欧阳") { pageInfo { endCursor } } }', PURPOSE
    )
    end = first["data"]["search"]["pageInfo"]["endCursor"]
    before = len(await evidence(world))
    query = f'{{ search(first: 1, after: "{end}", personName: "欧阳") {{ totalCount nodes {{ id }} }} }}'
    found = (await answered(world.runtime, SHENZHEN, query, PURPOSE))["data"]["search"]
    assert (found["totalCount"] > 0, found["nodes"]) == (True, [])
    person = str(world.runtime.keys.person_id(world.person.id_number))
    assert (await evidence(world))[before:] == [("search", ["FoundRecord.id"], {person})]


async def test_a_search_of_persons_that_finds_nobody_leaves_evidence_too(world: Findable) -> None:
    before = len(await evidence(world))
    assert await world.search(SHENZHEN, 'personName: "无此姓名"', purpose=PURPOSE) == []
    assert (await evidence(world))[before:] == [("search", ["FoundRecord.id"], set())]


async def test_a_search_of_firms_needs_no_purpose_and_leaves_no_evidence(world: Findable) -> None:
    before = len(await evidence(world))
    await world.search(SHENZHEN, 'firmName: "明珠"', "nameMasked person { nameMasked }")
    assert len(await evidence(world)) == before


async def test_a_name_behind_a_found_record_is_personal_as_everywhere(world: Findable) -> None:
    with pytest.raises(Refusal, match="PURPOSE_REQUIRED"):
        await world.search(SHENZHEN, 'firmName: "明珠机电"', "person { name }")
    before = len(await evidence(world))
    await world.search(SHENZHEN, 'firmName: "明珠机电", kinds: [APPOINTMENT]', "person { name }", purpose=PURPOSE)
    person = str(world.runtime.keys.person_id(world.person.id_number))
    assert (await evidence(world))[before:] == [("search", ["Person.name"], {person})]


async def test_a_token_for_flags_alone_finds_flags_alone(world: Findable) -> None:
    caller = caller_of(world.runtime, SHENZHEN)
    narrow = replace(caller, scopes=frozenset({"flag.read"}))
    query = '{ search(first: 9, firmName: "明珠机电") { totalCount nodes { kind } } }'
    reply = await world.runtime.engine.execute(asked(query), narrow)
    assert orjson.loads(reply.body)["data"]["search"] == {"totalCount": 1, "nodes": [{"kind": "RISK_FLAG"}]}
    for field in ("certificate { id }", "person { id }"):
        query = f'{{ search(first: 9, firmName: "明珠机电") {{ nodes {{ {field} }} }} }}'
        with pytest.raises(Refusal, match="FORBIDDEN"):
            await world.runtime.engine.execute(asked(query), narrow)


async def test_a_search_over_http_answers_a_refusal_with_its_code(ask: Any) -> None:
    answer = await ask(SHENZHEN, '{ search(first: 1, firmName: "明") { totalCount } }')
    assert (answer.codes, answer.body.get("data")) == (["SEARCH_TEXT_TOO_SHORT"], None)
    stranger = material.firm().credit_code
    found = await ask(SHENZHEN, f'{{ search(first: 1, creditCode: "{stranger}") {{ totalEstimate }} }}')
    assert found.data == {"search": {"totalEstimate": 0}}
