"""The desk as a table, over HTTP and by the verb: the reviews of the query, each one row, and nothing of others."""

import csv
import io
import uuid
from pathlib import Path
from typing import Any

import pytest
from click import BadParameter
from python_calamine import CalamineWorkbook

from exchange.cli.printing import Printer
from exchange.cli.reviews import write_path
from exchange.sheets.reviews import COLUMNS
from schema.errors import Refusal
from tests.flows import material
from tests.flows.material import Firm, Person, publish

SHENZHEN, GUANGZHOU, DONGGUAN, PARTNER = "sz-bureau", "gz-bureau", "dg-bureau", "bidding-platform"


async def got(hub: Any, http: Any, slug: str, path: str, **headers: str) -> tuple[int, bytes]:
    sent = {"Authorization": f"Bearer {hub.token(slug)}", **headers}
    async with http.get(hub.base_url + path, headers=sent) as response:
        return response.status, await response.read()


def read(content: bytes) -> list[dict[str, str]]:
    titles, *rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert titles == list(COLUMNS)
    return [dict(zip(titles, map(str, row), strict=True)) for row in rows]


async def flagged(ask: Any, hub: Any, firm: Firm | None = None, decision: str | None = None) -> Firm:
    """A firm with a matter in Guangzhou that Shenzhen flags."""
    firm = firm or material.firm()
    await publish(ask, GUANGZHOU, "projectApproval", material.matter(firm, "440100"))
    await publish(ask, SHENZHEN, "riskFlag", material.flag(firm, decision=decision))
    await hub.runtime.settle()
    return firm


async def test_the_table_has_the_reviews_of_the_query_each_in_a_row(ask: Any, hub: Any, http: Any) -> None:
    number = material.number()
    firm = await flagged(ask, hub, decision=number)
    status, content = await got(hub, http, GUANGZHOU, f"/reviews.xlsx?creditCode={firm.credit_code}&mine=true")
    (row,) = read(content)
    told = {name: row[name] for name in ("状态", "是否超期", "优先级", "企业名称", "来源单位", "决定书文号", "版本号")}
    assert (status, told) == (200, {
        "状态": "待处理", "是否超期": "否", "优先级": "必须", "企业名称": firm.name,
        "来源单位": "深圳市应急管理局（演示）", "决定书文号": number, "版本号": "1.0",
    })  # fmt: skip
    status, content = await got(
        hub, http, GUANGZHOU, f"/reviews.csv?creditCode={firm.credit_code}&state=ACCEPTED,RECEIVED"
    )
    (line,) = csv.DictReader(io.StringIO(content.decode("utf-8-sig")))
    assert (status, line["核查标识"]) == (200, row["核查标识"])


@pytest.mark.parametrize(("slug", "by", "rows"), [
    (GUANGZHOU, "mine=false", 0),
    (GUANGZHOU, "state=DECIDED", 0),
    (SHENZHEN, "causedByMe=true", 1),
    (SHENZHEN, "mine=true", 0),
    (DONGGUAN, "isOpen=true", 0),
])  # fmt: skip
async def test_filters_and_walls_are_those_of_the_query(
    ask: Any, hub: Any, http: Any, slug: str, by: str, rows: int
) -> None:
    firm = await flagged(ask, hub)
    _, content = await got(hub, http, slug, f"/reviews.xlsx?creditCode={firm.credit_code}&{by}")
    assert len(read(content)) == rows


async def test_more_reviews_than_a_page_are_all_there_once(ask: Any, hub: Any, http: Any) -> None:
    firm = material.firm()
    async with hub.runtime.database.hub_pool.acquire() as connection:
        await connection.execute(
            """insert into review (owner_id, cause_owner_id, rule, cause_key, cause_event_id, subject, credit_code,
                 priority, handling, reason_zh, reason_en, opened_on, due_on, is_due_estimated)
               select o.tenant_id, c.tenant_id, 'RED_FLAG', gen_random_uuid()::text, gen_random_uuid(), 'E:x', $3,
                 'MUST', 'FOR_FOLLOW_UP', '因', 'cause', current_date, current_date + n % 3, false
               from generate_series(1, 250) n, tenant o, tenant c where o.slug = $1 and c.slug = $2""",
            GUANGZHOU, SHENZHEN, firm.credit_code,
        )  # fmt: skip
    _, content = await got(hub, http, GUANGZHOU, f"/reviews.csv?creditCode={firm.credit_code}")
    found = [one["核查标识"] for one in csv.DictReader(io.StringIO(content.decode("utf-8-sig")))]
    assert (len(found), len(set(found))) == (250, 250)


async def test_no_cell_is_a_formula(ask: Any, hub: Any, http: Any) -> None:
    firm = Firm(name="=1+1有限公司", credit_code=material.firm().credit_code, region="440300")
    await flagged(ask, hub, firm)
    _, content = await got(hub, http, GUANGZHOU, f"/reviews.csv?creditCode={firm.credit_code}")
    (line,) = csv.DictReader(io.StringIO(content.decode("utf-8-sig")))
    assert line["企业名称"] == "'=1+1有限公司"
    _, content = await got(hub, http, GUANGZHOU, f"/reviews.xlsx?creditCode={firm.credit_code}")
    assert read(content)[0]["企业名称"] == "=1+1有限公司"  # text, not a formula: calamine would read its value


async def of_person(hub: Any, person: Person) -> None:
    """A review of Guangzhou about a person."""
    person_id = hub.runtime.keys.person_id(person.id_number)
    async with hub.runtime.database.hub_pool.acquire() as connection:
        await connection.execute(
            """insert into review (owner_id, cause_owner_id, rule, cause_key, cause_event_id, subject, person_id,
                 priority, handling, reason_zh, reason_en, opened_on, due_on, is_due_estimated, assigned_to)
               select o.tenant_id, c.tenant_id, 'CREDENTIAL_EXPIRED', gen_random_uuid()::text, gen_random_uuid(),
                 'P:' || gen_random_uuid(), $3,
                 'MUST', 'FOR_FOLLOW_UP', '因', 'cause', current_date, current_date, false, $4
               from tenant o, tenant c where o.slug = $1 and c.slug = $2""",
            GUANGZHOU, SHENZHEN, person_id, str(person_id),
        )  # fmt: skip


async def test_a_person_is_masked_and_named_only_for_a_purpose_with_evidence(ask: Any, hub: Any, http: Any) -> None:
    person = material.person()
    await publish(
        ask, GUANGZHOU, "specialOperation", material.special_operation(person, material.firm(), region="440100")
    )
    await of_person(hub, person)
    person_id = hub.runtime.keys.person_id(person.id_number)
    path = f"/reviews.xlsx?assignee={person_id}"
    _, content = await got(hub, http, GUANGZHOU, path)
    (row,) = read(content)
    assert row["所涉人员"] not in ("", person.name)
    status, refused = await got(hub, http, GUANGZHOU, f"{path}&names=true")
    assert (status, b"PURPOSE_REQUIRED" in refused) == (403, True)
    case = f"DEM-{uuid.uuid4().hex[:8]}"
    headers = {"Exchange-Purpose": "%E9%87%8D%E7%82%B9%E6%A0%B8%E6%9F%A5", "Exchange-Case": case}
    _, content = await got(hub, http, GUANGZHOU, f"{path}&names=true", **headers)
    assert [one["所涉人员"] for one in read(content)] == [person.name]
    query = "{ accessRecords(first: 50) { nodes { caseNumber fields persons } } }"
    kept = (await ask(GUANGZHOU, query)).data["accessRecords"]["nodes"]
    assert [one for one in kept if one["caseNumber"] == case] == [
        {"caseNumber": case, "fields": ["Person.name"], "persons": [str(person_id)]}
    ]


@pytest.mark.parametrize(("slug", "path", "status", "code"), [
    (PARTNER, "/reviews.xlsx", 403, b"FORBIDDEN"),
    (GUANGZHOU, "/reviews.pdf", 404, b"NOT_FOUND"),
    (GUANGZHOU, "/reviews.xlsx?mein=true", 400, b"causedByMe"),
    (GUANGZHOU, "/reviews.xlsx?mine=ja", 400, b"BAD_INPUT"),
    (GUANGZHOU, "/reviews.xlsx?state=OFFEN", 400, b"BAD_INPUT"),
    (GUANGZHOU, "/reviews.csv?rule=RED", 400, b"RED_FLAG"),
])  # fmt: skip
async def test_what_cannot_be_asked_is_refused(
    hub: Any, http: Any, slug: str, path: str, status: int, code: bytes
) -> None:
    found, content = await got(hub, http, slug, path)
    assert (found, code in content) == (status, True), content


async def test_the_verb_writes_the_same_table(ask: Any, hub: Any, tmp_path: Path) -> None:
    firm = await flagged(ask, hub)
    path, printer = tmp_path / "desk.xlsx", Printer(as_json=True, language="zh")
    asked = {"has_names": False, "purpose": None, "case_number": None}
    filters = (f"creditCode={firm.credit_code}", "mine=true")
    assert await write_path(
        hub.runtime, printer, tenant=GUANGZHOU, output=path, filters=filters, **asked
    ) == 0  # fmt: skip
    assert [row["企业名称"] for row in read(path.read_bytes())] == [firm.name]
    with pytest.raises(Refusal, match="BAD_INPUT"):
        await write_path(hub.runtime, printer, tenant=GUANGZHOU, output=path, filters=("mein=true",), **asked)
    with pytest.raises(BadParameter):
        await write_path(hub.runtime, printer, tenant=GUANGZHOU, output=tmp_path / "a.pdf", filters=(), **asked)
