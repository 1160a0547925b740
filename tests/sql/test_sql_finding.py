"""What the database and the code say of the same thing, said alike: how names are folded, what state a certificate has.

A function of migrations/0009_finding.sql that repeats a rule of Python or of the engine gets its comparison here.
"""

import json
import random
from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest

from exchange.engine.families import STATUS, STATUS_FACTS, STATUS_REASON
from exchange.engine.shapes import STATUS_OF_EITHER
from exchange.status_reasons import status_reasons
from schema.fields import folded, person_name, text

NAMES = [
    "深圳市示范化工有限公司", "ＡＢＣ　建设（集团）", "买买提·吐尔逊", "买买提・吐尔逊", "A-b c１２３", "ÉCOLE 示范",
    "㈱示范", "示范\u00a0公司", "ﬁrm 示范", "ｶﾞｽ会社",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
async def test_a_stored_name_is_folded_as_the_text_that_looks_for_it(name: str, database: Any) -> None:
    stored = text()(name)
    async with database.pool.acquire() as connection:
        assert await connection.fetchval("select folded($1)", stored) == folded(name)


async def test_any_name_that_can_be_stored_is_folded_alike(database: Any) -> None:
    chosen = random.Random(3)
    letters = "深圳示范公司ＡａAb· •（）()１2㎡①ｱé"
    names = ["".join(chosen.choices(letters, k=chosen.randint(2, 20))) for _ in range(400)]
    stored = [text()(name) for name in names if name.strip()]
    async with database.pool.acquire() as connection:
        found = await connection.fetch(
            "select folded(name) from unnest($1::text[]) with ordinality n (name, place)", stored
        )
    assert [row[0] for row in found] == [folded(name) for name in stored]


async def test_the_endings_of_a_name_are_all_of_two_characters_or_more(database: Any) -> None:
    async with database.pool.acquire() as connection:
        found = await connection.fetch("select name_endings('示范 公司') as ending order by 1")
        nothing = await connection.fetch("select name_endings(n) from unnest(array['甲', '', ' ', null]) n")
        long = await connection.fetch("select name_endings(repeat('长名', 100)) as ending")
    assert {row["ending"] for row in found} == {"示范公司", "范公司", "公司"}
    assert nothing == []
    assert max(len(row["ending"]) for row in long) == 60


def test_a_person_s_name_is_looked_for_however_its_dot_is_written() -> None:
    assert folded(person_name("买买提•吐尔逊")) == folded("买买提・吐尔逊") == "买买提·吐尔逊"


DAY = date(2026, 11, 23)


def certificates() -> list[dict[str, Any]]:
    """Every combination of what was reported and how the dates lie to the day."""
    near = [None, *(DAY + timedelta(days=step) for step in (-400, -181, -180, -1, 0, 1, 180, 400))]
    reported = [None, "VALID", "LAPSED", "SUSPENDED", "REVOKED", "OTHER", "TRANSFERRING_OUT"]
    return [
        {"reported_status": state, "valid_from": start, "valid_to": end, "review_due_on": due, "reviewed_on": done}
        for state, start, end, due, done in product(reported, near[::4], near[1:], near[::2], near)
    ]


def parts(rows: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Few enough for one statement: before 18 PostgreSQL plans such a function at each call."""
    return [rows[start : start + 1_000] for start in range(0, len(rows), 1_000)]


def of_now(sql: str) -> str:
    """A piece of the engine on row r, of now."""
    for mark, stands in (("{t}", "r"), ("{day}", "$2::date"), ("{and_moment}", ""), ("{and_then}", "")):
        sql = sql.replace(mark, stands)
    return sql


async def test_statistics_and_queries_say_the_same_of_a_certificate(database: Any) -> None:
    rows = certificates()
    status = of_now(STATUS_OF_EITHER)
    query = f"""select count(*) as rows,
      count(*) filter (where certificate_status(r, $2) is distinct from {status}) as apart,
      count(*) filter (where {status} is distinct from dated_status(
        r.reported_status, r.valid_from, r.valid_to, r.review_due_on, r.reviewed_on, $2)) as undated,
      count(distinct {status}) as states
      from json_populate_recordset(null::public.record, $1) r"""
    async with database.pool.acquire() as connection:
        found = await connection.fetchrow(query, json.dumps(rows, default=str), DAY)
    assert (found["rows"], found["apart"], found["undated"], found["states"]) == (len(rows), 0, 0, 8)


async def test_the_reasons_of_a_state_begin_with_the_one_it_comes_from(database: Any) -> None:
    """Every combination: the first reason has the state and the words of it, and only what is VALID has none."""
    query = f"""select {of_now(STATUS)} as status, {of_now(STATUS_REASON)} as reason, {of_now(STATUS_FACTS)} as facts
      from json_populate_recordset(null::public.record, $1) r where $2::date is not null"""
    async with database.pool.acquire() as connection:
        found = await connection.fetch(query, json.dumps(certificates(), default=str), DAY)
    told = [status_reasons(json.loads(row["facts"]), DAY) for row in found]
    first = [(one[0]["status"], one[0]["zh"]) if one else ("VALID", "在有效期内") for one in told]
    assert first == [(row["status"], row["reason"]) for row in found]
    assert {len(one) for one in told} == {0, 1, 2, 3, 4}


async def test_of_a_former_version_it_is_judged_as_of_a_standing_one(database: Any) -> None:
    rows = certificates()
    query = """select count(*) as rows, count(*) filter (where is_good(r, $2)) as good,
      count(*) filter (where is_good(v, $2, 'infinity') is distinct from is_good(r, $2)) as otherwise_good,
      count(*) filter (where certificate_status(v, $2, 'infinity') is distinct from certificate_status(r, $2)) as apart
      from json_array_elements($1) one
      cross join lateral json_populate_record(null::public.record, one) r
      cross join lateral json_populate_record(null::public.record_version, one) v"""
    async with database.pool.acquire() as connection:
        found = [await connection.fetchrow(query, json.dumps(several, default=str), DAY) for several in parts(rows)]
    assert sum(part["good"] for part in found) > 0
    summed = [sum(part[name] for part in found) for name in ("rows", "otherwise_good", "apart")]
    assert summed == [len(rows), 0, 0]
