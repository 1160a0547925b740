"""Statistics: exact numbers of a small world, told apart every way, and never of a record the caller may not see.

A new measure gets its records in `settle` and its figures in the tests of the caller who sees them all.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import orjson
import pytest
import pytest_asyncio

from exchange.demo.cast import ENTERPRISE
from exchange.demo.seed import caller_of
from exchange.runtime import Runtime
from tests.flows import material
from tests.flows.findable import called
from tests.flows.material import Firm
from tests.flows.neighbours import DONGGUAN, FIRM, GUANGZHOU, HOUSING, OPERATOR, PARTNER, SHANGHAI, SHENZHEN
from tests.flows.scratch import answered, asked, keep, quiet_hub

DAY = "2026-11-23"
CERTIFICATES = "certificates { total valid expiring expired reviewLapsed suspended revoked other }"
POSTS = "posts { required certified rate }"
FIRMS = "firms { red orange yellow blue unrated }"
FLAGS = "flags { category standing }"
REVIEWS = "reviews { open overdue }"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(database: Any) -> AsyncIterator[Runtime]:
    async with quiet_hub(database.dsn, "exchange_statistics") as runtime:
        await settle(runtime)
        await runtime.settle()
        yield runtime


async def settle(runtime: Runtime) -> None:
    """Shenzhen's and Guangzhou's certificates, posts, gradings and flags, and Shanghai's that nobody there sees."""
    firm, other, delta = called("统计一号公司"), called("统计二号公司", "440100"), called("统计三号公司", "310000")
    own = Firm(name=ENTERPRISE.name, credit_code=ENTERPRISE.credit_code, region="440300")
    persons = [material.person() for _ in range(6)]
    await _certificates(runtime, firm, persons)
    await keep(runtime, SHENZHEN, "SAFETY_MANAGEMENT", {
        **material.certificate(material.person(), own), "validTo": "2027-02-21", "industryCategory": "建筑施工",
    })  # fmt: skip
    await keep(runtime, SHANGHAI, "SAFETY_MANAGEMENT", {
        **material.certificate(material.person(), delta, region="310000"), "validTo": "2028-01-31",
    })  # fmt: skip
    transport = material.profile(other, "isTransport")  # whose safety managers have to be examined
    await keep(runtime, GUANGZHOU, "ENTERPRISE_PROFILE", transport)
    for person in persons[:3]:  # of these the first two have a good certificate
        await keep(runtime, GUANGZHOU, "APPOINTMENT", material.appointment(person, other, "440100"))
    ended = {**material.appointment(persons[3], other, "440100"), "endedOn": "2026-11-22"}
    await keep(runtime, GUANGZHOU, "APPOINTMENT", ended)
    operator = {**material.appointment(persons[0], firm, "440300"), "post": "SPECIAL_OPERATOR"}
    await keep(runtime, SHENZHEN, "APPOINTMENT", operator)
    await keep(runtime, SHENZHEN, "APPOINTMENT", {**operator, "post": "OTHER"})
    for of, band, scheme, on in (
        (firm, "ORANGE", "甲", "2026-01-05"), (firm, "BLUE", "乙", "2026-03-01"), (own, "UNRATED", "甲", "2026-03-02"),
    ):  # fmt: skip
        graded = {**material.grading(of, band, day=on), "scheme": scheme}
        await keep(runtime, SHENZHEN, "RISK_GRADING", graded)
    await keep(runtime, GUANGZHOU, "RISK_GRADING", material.grading(other, "RED", day="2026-03-03"))
    await keep(runtime, GUANGZHOU, "PROJECT_APPROVAL", material.matter(firm, "440100"))
    for of, category in ((firm, "PENALTY"), (own, "PENALTY"), (firm, "ACCIDENT_INVESTIGATION")):
        await keep(runtime, SHENZHEN, "RISK_FLAG", material.flag(of, category=category))
    lifted = {**material.flag(firm), "liftedOn": "2026-11-23", "liftReason": "整改完成"}
    await keep(runtime, SHENZHEN, "RISK_FLAG", lifted)


async def _certificates(runtime: Runtime, firm: Firm, persons: list[Any]) -> None:
    """One in each state: good, ending within 90 days, ended, suspended, revoked, cancelled; and a lapsed review."""
    for person, (ends, state) in zip(persons, (
        ("2028-01-31", "VALID"), ("2026-11-23", "VALID"), ("2026-11-22", "VALID"), ("2028-01-31", "SUSPENDED"),
        ("2028-01-31", "REVOKED"), ("2028-01-31", "CANCELLED"),
    ), strict=True):  # fmt: skip
        values = {**material.certificate(person, firm), "validTo": ends, "reportedStatus": state}
        await keep(runtime, SHENZHEN, "SAFETY_MANAGEMENT", values)
    lapsed = {**material.special_operation(persons[0], firm, region="440305"), "reviewDueOn": "2026-11-22"}
    await keep(runtime, SHENZHEN, "SPECIAL_OPERATION", lapsed)


async def counted(world: Runtime, slug: str, selected: str, arguments: str = "", day: str = DAY) -> list[Any]:
    given = ", ".join(part for part in (f'asOf: "{day}"', arguments) if part)
    body = await answered(world, slug, f"{{ statistics({given}) {{ {selected} }} }}")
    assert "errors" not in body, body
    rows: list[Any] = body["data"]["statistics"]
    return rows


async def test_certificates_are_counted_by_their_state_on_the_day(world: Runtime) -> None:
    assert await counted(world, SHENZHEN, CERTIFICATES) == [{"certificates": {
        "total": 8, "valid": 3, "expiring": 2, "expired": 1, "reviewLapsed": 1, "suspended": 1, "revoked": 1,
        "other": 1,
    }}]  # fmt: skip
    (later,) = await counted(world, SHENZHEN, "certificates { valid expiring expired }", day="2026-11-24")
    assert later == {"certificates": {"valid": 2, "expiring": 1, "expired": 2}}


async def test_what_is_told_apart_adds_up_to_the_whole(world: Runtime) -> None:
    for by in ("REGION", "INDUSTRY", "MONTH", "KIND", "REGION, KIND", "MONTH, INDUSTRY"):
        rows = await counted(world, SHENZHEN, f"{CERTIFICATES} {FIRMS} {FLAGS}", f"by: [{by}]")
        sums = [sum(row["certificates"][name] for row in rows) for name in ("total", "valid", "expired", "other")]
        assert sums == [8, 3, 1, 1], by
        assert sum(one["standing"] for row in rows for one in row["flags"]) == 3, by


async def test_certificates_by_month_of_their_end(world: Runtime) -> None:
    rows = await counted(world, SHENZHEN, "month certificates { total }", "by: [MONTH], kinds: [SAFETY_MANAGEMENT]")
    assert [(row["month"], row["certificates"]["total"]) for row in rows] == [
        ("2026-11", 2), ("2027-02", 1), ("2028-01", 4)
    ]  # fmt: skip


async def test_certificates_by_industry_and_kind(world: Runtime) -> None:
    rows = await counted(world, SHENZHEN, "industry kind certificates { total }", "by: [INDUSTRY, KIND]")
    found = [
        (row["industry"], row["kind"], row["certificates"]["total"]) for row in rows if row["certificates"]["total"]
    ]
    assert found == [
        (None, "SPECIAL_OPERATION", 1), ("其他工贸", "SAFETY_MANAGEMENT", 6), ("建筑施工", "SAFETY_MANAGEMENT", 1)
    ]  # fmt: skip


async def test_a_city_is_told_apart_by_county_and_a_province_by_city(world: Runtime) -> None:
    selected = "region regionName certificates { total } posts { required }"
    rows = await counted(world, SHENZHEN, selected, "by: [REGION]")
    assert [(row["region"], row["regionName"], row["certificates"]["total"]) for row in rows] == [
        ("440300", "深圳市", 7), ("440305", "南山区", 1)
    ]  # fmt: skip
    rows = await counted(world, SHENZHEN, selected, 'by: [REGION], region: "440000"')
    found = [(row["region"], row["certificates"]["total"], row["posts"]["required"]) for row in rows]
    assert found == [("440100", 0, 3), ("440300", 8, 1)]
    assert await counted(world, SHENZHEN, "certificates { total }", 'region: "440305"') == [
        {"certificates": {"total": 1}}
    ]


async def test_posts_that_need_a_certificate_count_each_person_once(world: Runtime) -> None:
    """Three safety managers in Guangzhou, one with an ended certificate; a special operator whose review lapsed."""
    assert await counted(world, GUANGZHOU, POSTS) == [{"posts": {"required": 3, "certified": 2, "rate": 2 / 3}}]
    assert await counted(world, SHENZHEN, POSTS) == [{"posts": {"required": 1, "certified": 0, "rate": 0}}]
    assert await counted(world, SHENZHEN, POSTS, 'region: "440500"') == [
        {"posts": {"required": 0, "certified": 0, "rate": None}}
    ]
    before = await counted(world, GUANGZHOU, POSTS, day="2026-11-22")
    assert before == [{"posts": {"required": 4, "certified": 3, "rate": 3 / 4}}]


async def test_firms_count_once_by_their_latest_grading(world: Runtime) -> None:
    none = {"red": 0, "orange": 0, "yellow": 0, "blue": 0, "unrated": 0}
    assert await counted(world, SHENZHEN, FIRMS) == [{"firms": {**none, "blue": 1, "unrated": 1}}]
    assert await counted(world, SHENZHEN, FIRMS, day="2026-02-28") == [{"firms": {**none, "orange": 1}}]
    province = await counted(world, HOUSING, FIRMS)
    assert province == [{"firms": {**none, "red": 1, "blue": 1, "unrated": 1}}]


async def test_standing_flags_by_category(world: Runtime) -> None:
    flags = [{"category": "ACCIDENT_INVESTIGATION", "standing": 1}, {"category": "PENALTY", "standing": 2}]
    assert await counted(world, SHENZHEN, FLAGS) == [{"flags": flags}]
    lifted_later = await counted(world, SHENZHEN, FLAGS, day="2026-11-22")
    assert lifted_later == [{"flags": [flags[0], {"category": "MAJOR_HIDDEN_DANGER", "standing": 1}, flags[1]]}]


async def test_own_reviews_open_and_overdue(world: Runtime) -> None:
    """Guangzhou has one for each standing flag on the firm with a matter there, and one for its orange band."""
    (own,) = await counted(world, GUANGZHOU, REVIEWS)
    (later,) = await counted(world, GUANGZHOU, REVIEWS, day="2027-12-31")
    assert (own, later) == ({"reviews": {"open": 3, "overdue": 0}}, {"reviews": {"open": 3, "overdue": 3}})
    assert await counted(world, SHENZHEN, REVIEWS) == [{"reviews": {"open": 0, "overdue": 0}}]
    rows = await counted(world, GUANGZHOU, f"region month {REVIEWS}", "by: [REGION, MONTH]")
    assert {"region": "440100", "month": "2026-11", "reviews": {"open": 3, "overdue": 0}} in rows


EVERYTHING = 'region: "440000"'
# Who asks, and how many certificates, posts, graded firms and flags of Guangdong are counted for them.
COUNTED = [
    (SHENZHEN, [8, 4, 3, 3]),
    (GUANGZHOU, [8, 4, 3, 3]),
    (DONGGUAN, [8, 4, 3, 3]),
    (SHANGHAI, [0, 0, 0, 0]),
    (FIRM, [1, 0, 1, 1]),
]


@pytest.mark.parametrize(("slug", "numbers"), COUNTED)
async def test_nothing_is_counted_that_the_caller_may_not_read(slug: str, numbers: list[int], world: Runtime) -> None:
    (row,) = await counted(world, slug, f"{CERTIFICATES} {POSTS} {FIRMS} {FLAGS} {REVIEWS}", EVERYTHING)
    flags = sum(one["standing"] for one in row["flags"] if one["category"] != "HIGH_RISK_GRADE")
    found = [row["certificates"]["total"], row["posts"]["required"], sum(row["firms"].values()), flags]
    assert found == numbers
    assert row["reviews"]["open"] == (3 if slug == GUANGZHOU else 0)


async def test_whoever_has_no_jurisdiction_is_counted_everywhere(world: Runtime) -> None:
    assert await counted(world, FIRM, "certificates { total }") == [{"certificates": {"total": 1}}]


@pytest.mark.parametrize("slug", [PARTNER, OPERATOR])
async def test_who_may_not_read_records_counts_none(slug: str, world: Runtime) -> None:
    body = await answered(world, slug, "{ statistics { month } }")
    assert (body["data"], [one["extensions"]["code"] for one in body["errors"]]) == (None, ["FORBIDDEN"])


async def test_a_token_without_a_scope_leaves_out_what_it_does_not_open(world: Runtime) -> None:
    narrow = replace(caller_of(world, GUANGZHOU), scopes=frozenset({"record.read"}))
    reply = await world.engine.execute(
        asked(f'{{ statistics(region: "440000") {{ {POSTS} {FLAGS} {REVIEWS} }} }}'), narrow
    )
    (row,) = orjson.loads(reply.body)["data"]["statistics"]
    assert (row["posts"]["required"], row["flags"], row["reviews"]["open"]) == (4, [], 0)


async def test_small_counts_of_persons_are_pointed_out(world: Runtime) -> None:
    """Nobody is shown what they could not list; but what is published further must not point at persons."""
    assert await counted(world, SHENZHEN, "hasSmallCounts") == [{"hasSmallCounts": True}]
    assert await counted(world, SHANGHAI, "hasSmallCounts", EVERYTHING) == [{"hasSmallCounts": False}]


@pytest.mark.parametrize(("arguments", "code"), [
    ("by: [REGION, MONTH, KIND]", "BAD_INPUT"),
    ("by: [KIND, KIND]", "BAD_INPUT"),
    ('region: "44"', "FIELD_UNREADABLE"),
])  # fmt: skip
async def test_a_question_that_cannot_be_is_refused(arguments: str, code: str, world: Runtime) -> None:
    body = await answered(world, SHENZHEN, f"{{ statistics({arguments}) {{ month }} }}")
    assert [one["extensions"]["code"] for one in body["errors"]] == [code]


async def test_an_answer_of_too_many_rows_is_refused(world: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exchange.statistics.MOST_ROWS", 2)
    body = await answered(world, SHENZHEN, "{ statistics(by: [MONTH]) { month } }")
    assert [one["extensions"]["code"] for one in body["errors"]] == ["QUERY_TOO_LARGE"]


async def test_by_kind_no_row_holds_nothing_but_reviews(world: Runtime) -> None:
    rows = await counted(world, GUANGZHOU, f"kind {REVIEWS}", "by: [KIND]")
    assert [row for row in rows if row["kind"] is None] == []
    assert {row["reviews"]["open"] for row in rows} == {0}


async def moment(world: Runtime) -> str:
    async with world.database.pool.acquire() as connection:
        found: datetime = await connection.fetchval("select clock_timestamp()")
    return found.isoformat()


EVERY_MEASURE = f"{CERTIFICATES} {POSTS} {FIRMS} {FLAGS}"


async def test_a_past_moment_is_counted_as_it_was_known(database: Any) -> None:
    """All of a firm changes afterwards: band, flag, an action; the moment before stays as it was."""
    async with quiet_hub(database.dsn, "exchange_statistics_then") as runtime:
        firm, person = called("统计往日公司"), material.person()
        nothing = await moment(runtime)
        certificate = {**material.certificate(person, firm), "validTo": "2028-01-31"}
        for kind, values in (
            ("SAFETY_MANAGEMENT", certificate),
            ("ENTERPRISE_PROFILE", material.profile(firm, "isTransport")),
            ("APPOINTMENT", material.appointment(person, firm, "440300")),
            ("RISK_GRADING", material.grading(firm, "YELLOW", day="2026-03-01")),
        ):
            await keep(runtime, SHENZHEN, kind, values)
        flag = await keep(runtime, SHENZHEN, "RISK_FLAG", material.flag(firm, category="PENALTY"))
        before = await moment(runtime)
        now = f'asOf: "{runtime.today()}"'
        same = [await _then(runtime, given) for given in (f'knownAt: "{before}"', now, "")]
        await keep(
            runtime, SHENZHEN, "CERTIFICATE_ACTION", material.action(person, certificate, certificateType="考核合格证")
        )
        await keep(runtime, SHENZHEN, "RISK_GRADING", material.grading(firm, "ORANGE", day="2026-04-01"))
        lift = 'mutation M($x: ID!) { riskFlagLift(input: {riskFlagId: $x, reason: "改正"}) { userErrors { code } } }'
        assert (await answered(runtime, SHENZHEN, lift, x=flag))["data"]["riskFlagLift"] == {"userErrors": []}
        found = [await _then(runtime, given) for given in (f'knownAt: "{nothing}"', f'knownAt: "{before}"', "")]
    assert same == [[1, 1, 0, 1, 0, 1, ["PENALTY"]]] * 3
    assert found == [[0, 0, 0, 0, 0, 0, []], [1, 1, 0, 1, 0, 1, ["PENALTY"]], [0, 0, 1, 0, 1, 1, []]]


async def _then(runtime: Runtime, given: str) -> list[Any]:
    """Valid, covered posts, revoked, yellow, orange, posts, categories of standing flags."""
    arguments = f"({given})" if given else ""
    body = await answered(runtime, SHENZHEN, f"{{ statistics{arguments} {{ {EVERY_MEASURE} }} }}")
    (row,) = body["data"]["statistics"]
    counts = [row["certificates"]["valid"], row["posts"]["certified"], row["certificates"]["revoked"]]
    bands = [row["firms"]["yellow"], row["firms"]["orange"]]
    return [*counts, *bands, row["posts"]["required"], [one["category"] for one in row["flags"]]]


async def test_a_past_day_is_counted_from_the_history(world: Runtime) -> None:
    """A grading of a later day was not the one that stood."""
    none = {"red": 0, "orange": 0, "yellow": 0, "blue": 0, "unrated": 0}
    assert await counted(world, SHENZHEN, FIRMS, day="2026-01-31") == [{"firms": {**none, "orange": 1}}]
    assert await counted(world, SHENZHEN, FIRMS, day="2025-12-31") == [{"firms": none}]


async def test_a_manager_s_certificate_issued_in_exchange_is_not_counted_as_valid(database: Any) -> None:
    async with quiet_hub(database.dsn, "exchange_statistics_moved") as runtime:
        firm, person = called("统计转入公司"), material.person()
        former = {**material.construction(person, firm), "validTo": "2028-01-31"}
        number = material.construction(person, firm)["number"]
        new = {**former, "number": number, "previousNumber": former["number"]}
        before = await moment(runtime)
        await keep(runtime, HOUSING, "CONSTRUCTION_SAFETY_MANAGER", former)
        alone = await moment(runtime)
        await keep(runtime, HOUSING, "CONSTRUCTION_SAFETY_MANAGER", new)
        found = []
        for known in (f'(knownAt: "{before}")', f'(knownAt: "{alone}")', ""):
            body = await answered(runtime, HOUSING, f"{{ statistics{known} {{ {CERTIFICATES} }} }}")
            (row,) = body["data"]["statistics"]
            found.append([row["certificates"][name] for name in ("total", "valid", "other")])
    assert found == [[0, 0, 0], [1, 1, 0], [2, 1, 1]]


@pytest.mark.parametrize(("known", "code"), [
    ("2999-01-01T00:00:00+08:00", "DATE_IN_FUTURE"), ("2026-01-01T00:00:00", "BAD_INPUT"),
])  # fmt: skip
async def test_statistics_of_a_moment_that_cannot_be_known_are_refused(known: str, code: str, world: Runtime) -> None:
    body = await answered(world, SHENZHEN, f'{{ statistics(knownAt: "{known}") {{ month }} }}')
    assert [one["extensions"]["code"] for one in body["errors"]] == [code]


@pytest.mark.parametrize("slug", [GUANGZHOU, SHANGHAI, FIRM])
async def test_looking_back_counts_nothing_that_the_caller_may_not_read(slug: str, world: Runtime) -> None:
    """What is counted of a moment that is hardly past is what is counted now."""
    known, today = await moment(world), str(world.today())
    then = await counted(world, slug, EVERY_MEASURE, f'{EVERYTHING}, knownAt: "{known}"', day=today)
    assert then == await counted(world, slug, EVERY_MEASURE, EVERYTHING, day=today)
