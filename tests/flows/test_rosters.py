"""Rosters: uploaded once, given back as they are uploaded, seen by their owner alone."""

import io
from collections.abc import AsyncIterator, Sequence
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from exchange.demo.cast import ENTERPRISE
from exchange.demo.seed import caller_of
from exchange.rosters import roster_name
from exchange.runtime import Runtime
from exchange.sheets.gates import request_for_sheet
from exchange.sheets.rosters import Uploaded, exported, upload
from schema.errors import Refusal
from tenants.session import acting
from tests.flows import material
from tests.flows.material import Firm, Person
from tests.flows.scratch import answered, keep, quiet_hub

BUREAU, NEIGHBOUR, FIRM, PARTNER = "nj-bureau", "sh-bureau", "huadong-construction", "bidding-platform"
OWN = Firm(name=ENTERPRISE.name, credit_code=ENTERPRISE.credit_code, region="320100")
TITLES = "新增/移除,姓名或企业名称,公民身份号码,统一社会信用代码,备注"
NAME = "重点人员"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quiet(database: Any) -> AsyncIterator[Runtime]:
    async with quiet_hub(database.dsn, "exchange_rosters") as runtime:
        yield runtime


def listing(of: Person | Firm, change: str = "新增", note: str = "") -> str:
    if isinstance(of, Person):
        return f"{change},{of.name},{of.id_number},,{note}"
    return f"{change},{of.name},,{of.credit_code},{note}"


async def uploaded(
    quiet: Runtime, slug: str, *rows: str, name: str = NAME, purpose: str | None = "本辖区监管"
) -> Uploaded:
    asking = quiet.ask(request_for_sheet("r"), caller_of(quiet, slug))
    content = "\n".join((TITLES, *rows)).encode()
    return await upload(
        quiet.database.pool, asking, roster_name(name, purpose), io.BytesIO(content), filename="a.csv",
        content_type=None,
    )  # fmt: skip


async def table(quiet: Runtime, slug: str, done: Uploaded) -> list[str]:
    asking, file = quiet.ask(request_for_sheet("r"), caller_of(quiet, slug)), io.BytesIO()
    await exported(quiet.database.pool, asking, done.roster_id, "csv", file)
    return file.getvalue().decode("utf-8-sig").split()


def counts(done: Uploaded) -> Sequence[int]:
    """Added, changed, removed, unchanged, refused."""
    return [done.counts[one] for one in ("added", "changed", "removed", "unchanged", "refused")]


async def test_sending_a_table_again_changes_nothing_and_rows_left_out_stay(quiet: Runtime) -> None:
    one, other, firm = material.person(), material.person(), material.firm()
    first = await uploaded(quiet, BUREAU, listing(one, note="甲"), listing(other), listing(firm), name="重复")
    assert counts(first) == [3, 0, 0, 0, 0]
    again = await uploaded(quiet, BUREAU, listing(one, note="甲"), listing(firm), name="重复", purpose=None)
    assert counts(again) == [0, 0, 0, 2, 0]
    assert again.roster_id == first.roster_id
    assert await table(quiet, BUREAU, again) == [TITLES, listing(one, note="甲"), listing(other), listing(firm)]
    renamed = await uploaded(quiet, BUREAU, listing(one, note="乙"), listing(other, "移除"), name="重复")
    assert counts(renamed) == [0, 1, 1, 0, 0]
    assert await table(quiet, BUREAU, again) == [TITLES, listing(one, note="乙"), listing(firm)]
    gone = await uploaded(quiet, BUREAU, listing(other, "移除"), name="重复")
    assert counts(gone) == [0, 0, 0, 1, 0]


async def test_an_export_can_be_sent_as_it_is_and_changes_nothing(quiet: Runtime) -> None:
    done = await uploaded(quiet, BUREAU, listing(material.person(), note="丙"), listing(material.firm()), name="导出")
    _, *rows = await table(quiet, BUREAU, done)
    assert counts(await uploaded(quiet, BUREAU, *rows, name="导出")) == [0, 0, 0, 2, 0]


async def test_refused_rows_come_back_whole_and_the_good_ones_are_kept(quiet: Runtime) -> None:
    good, bad = material.firm(), material.person()
    rows = (
        listing(good), listing(bad).replace(bad.id_number, bad.id_number[:-1]), f"新增,{bad.name},,,",
        f"新增,{bad.name},{bad.id_number},{good.credit_code},", f"换掉,{bad.name},{bad.id_number},,",
        listing(good, "移除"),
    )  # fmt: skip
    done = await uploaded(quiet, BUREAU, *rows, name="退回")
    assert counts(done) == [1, 0, 0, 0, 5]
    file = io.BytesIO()
    done.write(file, "csv")
    head, *back = file.getvalue().decode("utf-8-sig").splitlines()
    assert head == f"问题,代码,{TITLES}"
    assert [line.split(",", 2)[2] for line in back] == list(rows[1:])
    codes = [line.split(",", 2)[1] for line in back]
    assert codes[1:] == [
        "ROSTER_SUBJECT_UNCLEAR", "ROSTER_SUBJECT_UNCLEAR", "VALUE_NOT_IN_TABLE", "DUPLICATE_IN_FILE",
    ]  # fmt: skip
    assert bad.id_number not in str(done.as_answer())


async def test_a_mistyped_number_or_code_is_one_finding_and_no_doubt_about_whom(quiet: Runtime) -> None:
    firm, person = material.firm(), material.person()
    wrong = firm.credit_code[:-1] + ("A" if firm.credit_code[-1] != "A" else "B")
    rows = (
        f"新增,{firm.name},,{wrong},", f"新增,{person.name},{person.id_number[:-1]},,",
        f"新增,{firm.name},{person.id_number},{wrong},",
    )  # fmt: skip
    done = await uploaded(quiet, BUREAU, *rows, name="笔误")
    assert counts(done) == [0, 0, 0, 0, 3]
    assert [(one["row"], one["field"], one["code"]) for one in done.found] == [
        (2, "creditCode", "CREDIT_CODE_INVALID"), (3, "idNumber", "ID_NUMBER_INVALID"),
        (4, "creditCode", "CREDIT_CODE_INVALID"),
    ]  # fmt: skip


async def test_a_new_roster_needs_a_purpose(quiet: Runtime) -> None:
    with pytest.raises(Refusal) as refused:
        await uploaded(quiet, BUREAU, listing(material.firm()), name="无用途", purpose=None)
    assert (refused.value.code, refused.value.field) == ("FIELD_REQUIRED", ("purpose",))


async def test_an_enterprise_lists_itself_and_those_shown_to_work_for_it(quiet: Runtime) -> None:
    certified, posted, left, strange = (material.person() for _ in range(4))
    await keep(quiet, BUREAU, "SAFETY_MANAGEMENT", material.certificate(certified, OWN, region="320100"))
    await keep(quiet, BUREAU, "APPOINTMENT", material.appointment(posted, OWN, "320100"))
    ended = {**material.appointment(left, OWN, "320100"), "endedOn": "2025-01-01"}
    await keep(quiet, BUREAU, "APPOINTMENT", ended)
    await keep(quiet, BUREAU, "SAFETY_MANAGEMENT", material.certificate(strange, material.firm(), region="320100"))
    everybody = [listing(one) for one in (certified, posted, left, strange, OWN, material.firm())]
    done = await uploaded(quiet, FIRM, *everybody)
    assert [one["code"] for one in done.found] == ["EMPLOYMENT_UNPROVEN", "EMPLOYMENT_UNPROVEN", "ROSTER_NOT_ENTITLED"]
    assert counts(done) == [3, 0, 0, 0, 3]
    gone = await uploaded(quiet, FIRM, listing(strange, "移除"))
    assert counts(gone) == [0, 0, 0, 1, 0]


async def test_a_partner_lists_firms_alone(quiet: Runtime) -> None:
    person, firm = material.person(), material.firm()
    await keep(quiet, BUREAU, "SAFETY_MANAGEMENT", material.certificate(person, firm, region="320100"))
    done = await uploaded(quiet, PARTNER, listing(person), listing(firm))
    assert [one["code"] for one in done.found] == ["ROSTER_NOT_ENTITLED"]
    assert counts(done) == [1, 0, 0, 0, 1]


CHANGE = """mutation M($x: RosterChangeInput!) { done: rosterChange(input: $x) {
  roster { name purpose entries(first: 9) { nodes { subject label idNumberMasked creditCode } } }
  added changed removed unchanged userErrors { code field } } }"""


async def change(quiet: Runtime, slug: str, **values: Any) -> Any:
    return (await answered(quiet, slug, CHANGE, x=values))["data"]["done"]


async def test_by_graphql_all_is_done_or_nothing_and_names_are_shown_masked(quiet: Runtime) -> None:
    person, firm = material.person(), material.firm()
    good = {"change": "ADD", "name": person.name, "idNumber": person.id_number}
    other = {"change": "ADD", "name": firm.name, "creditCode": firm.credit_code}
    refused = await change(quiet, PARTNER, name="整体", purpose="投标", entries=[other, good])
    assert refused["userErrors"] == [{"code": "ROSTER_NOT_ENTITLED", "field": ["input", "entries", "1", "idNumber"]}]
    seen = (await answered(quiet, PARTNER, "{ rosters(first: 100) { nodes { name } } }"))["data"]["rosters"]["nodes"]
    assert {"name": "整体"} not in seen
    done = await change(quiet, BUREAU, name="整体", purpose="监管", entries=[good, other])
    assert (done["added"], done["userErrors"]) == (2, [])
    first, second = done["roster"]["entries"]["nodes"]
    assert first == {
        "subject": f"P:{quiet.keys.person_id(person.id_number)}", "label": "试**甲", "creditCode": None,
        "idNumberMasked": first["idNumberMasked"],
    }  # fmt: skip
    assert person.id_number not in str(done)
    assert (second["label"], second["creditCode"]) == (firm.name, firm.credit_code)


async def test_a_roster_is_seen_by_its_owner_alone(quiet: Runtime) -> None:
    done = await uploaded(quiet, BUREAU, listing(material.person()), listing(material.firm()), name="只归本单位")
    query = """query Q($x: ID!) { roster(id: $x) { name entries(first: 9) { nodes { id } } }
      rosters(first: 100) { nodes { name } } }"""
    own = (await answered(quiet, BUREAU, query, x=str(done.roster_id)))["data"]
    assert len(own["roster"]["entries"]["nodes"]) == 2
    for slug in (NEIGHBOUR, FIRM, PARTNER, "js-department"):
        found = (await answered(quiet, slug, query, x=str(done.roster_id)))["data"]
        assert found["roster"] is None
        assert {"name": "只归本单位"} not in found["rosters"]["nodes"]
        with pytest.raises(Refusal) as refused:
            await table(quiet, slug, done)
        assert refused.value.code == "NOT_FOUND"


async def test_direct_sql_touches_no_roster_of_another(quiet: Runtime) -> None:
    done = await uploaded(quiet, BUREAU, listing(material.firm()), name="他人")
    owner = quiet.directory.by_slug[BUREAU].tenant_id
    async with acting(quiet.database.pool, caller_of(quiet, NEIGHBOUR)) as connection:
        for seen in ("roster", "roster_entry"):
            assert await connection.fetchval(f"select count(*) from {seen} where owner_id = $1", owner) == 0
        touched = await connection.execute("update roster_entry set removed_on = now(), sealed = null, label = null,"
            " content_hash = null where roster_id = $1", done.roster_id)  # fmt: skip
        assert touched == "UPDATE 0"
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(
                "insert into roster (owner_id, name, purpose, created_on) values ($1, 'x', 'x', now())", owner
            )


async def test_what_was_kept_of_a_name_goes_when_it_is_taken_out(quiet: Runtime) -> None:
    person = material.person()
    done = await uploaded(quiet, BUREAU, listing(person), name="清除")
    await uploaded(quiet, BUREAU, listing(person, "移除"), name="清除")
    async with acting(quiet.database.pool, caller_of(quiet, BUREAU)) as connection:
        row = await connection.fetchrow("select * from roster_entry where roster_id = $1", done.roster_id)
    assert (row["label"], row["number_shown"], row["sealed"], row["content_hash"]) == (None, None, None, None)
    assert row["removed_on"] == quiet.today()
