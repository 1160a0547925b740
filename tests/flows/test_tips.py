"""Whistle-blower reports: from the report to what comes of it across jurisdictions; and who reported is read by the
competent authority alone."""

import uuid
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from graphql import GraphQLObjectType, get_named_type, is_required_argument

from exchange.demo.cast import CAST, ENTERPRISE
from exchange.demo.seed import caller_of
from exchange.engine.roots import ROOTS
from exchange.runtime import Runtime
from schema.errors import Refusal
from schema.graphql import build
from tenants.session import acting
from tests.flows import material
from tests.flows.material import Firm
from tests.flows.scratch import answered, keep, quiet_hub

COMPETENT, OTHER, DESK, FIRM, STRANGER = (
    "sz-bureau",
    "gz-bureau",
    "bidding-platform",
    "huadong-construction",
    "sh-bureau",
)
PURPOSE = ("核实举报", "DEM-TIP-1")
REPORTER = {"name": "试验举报人", "phone": "13900001111", "address": "示范路 8 号"}
NAMED = {"isAnonymous": False, **REPORTER}
WHISPER = "只有负责机关能看到的举报内容"
STORY = "每周二夜班由无证人员焊接"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quiet(database: Any) -> AsyncIterator[Runtime]:
    async with quiet_hub(database.dsn, "exchange_tips") as runtime:
        yield runtime


FILE = """mutation M($x: TipFileInput!) { done: tipFile(input: $x) {
  followUpCode tip { id state authority { id } } userErrors { code field } } }"""
TRIAGE = "mutation M($x: TipTriageInput!) { done: tipTriage(input: $x) { tip { state } userErrors { code } } }"
CONCLUDE = "mutation M($x: TipConcludeInput!) { done: tipConclude(input: $x) { tip { state } userErrors { code } } }"
REWARD = """mutation M($x: TipRewardInput!) { done: tipReward(input: $x) {
  tip { state reward { amount basis paidOn } } userErrors { code } } }"""
WHO = "query Q($x: ID!) { tipReporter(tipId: $x) { isAnonymous name phone address } }"


async def done(quiet: Runtime, slug: str, query: str, **values: Any) -> Any:
    body = await answered(quiet, slug, query, x=values)
    return body["data"]["done"]


async def filed(quiet: Runtime, slug: str = DESK, **values: Any) -> Any:
    sent = {"category": "UNCERTIFIED_WORK", "region": "440300", "text": STORY, "reporter": REPORTER, **values}
    kept = await done(quiet, slug, FILE, **sent)
    assert kept["userErrors"] == []
    return kept


async def triaged(quiet: Runtime, slug: str, tip: str, decision: str = "ACCEPTED", **values: Any) -> Any:
    return await done(quiet, slug, TRIAGE, tipId=tip, decision=decision, **values)


async def who(quiet: Runtime, slug: str, tip: str, purpose: tuple[str, str] | None = PURPOSE) -> Any:
    """The reporter, or the codes of what was refused."""
    body = await answered(quiet, slug, WHO, purpose, x=tip)
    return [one["extensions"]["code"] for one in body["errors"]] if "errors" in body else body["data"]["tipReporter"]


async def heard(quiet: Runtime, slug: str, tip: str) -> list[str]:
    """What a tenant hears of a report."""
    await quiet.settle()
    query = "{ events(first: 100) { nodes { type payload } pageInfo { hasNextPage } } }"
    answer = (await answered(quiet, slug, query))["data"]["events"]
    assert not answer["pageInfo"]["hasNextPage"]
    return [one["type"] for one in answer["nodes"] if one["payload"].get("tipId") == tip]


async def test_a_certificate_that_hangs_at_two_firms_is_reported_found_and_reviewed_elsewhere(quiet: Runtime) -> None:
    """domain: work without certificate and lending are reported, verified, rewarded, and lead to reviews."""
    holder, lender, user = material.person(), material.firm(), material.firm("440100")
    values = material.special_operation(holder, lender)
    certificate = await keep(quiet, COMPETENT, "SPECIAL_OPERATION", values)
    post = await keep(quiet, OTHER, "APPOINTMENT", material.appointment(holder, user, "440100"))
    await keep(quiet, "dg-bureau", "SITE", material_site(lender, "441900"))
    kept = await filed(
        quiet, category="CERTIFICATE_LENDING", certificateNumber=values["number"], creditCode=lender.credit_code
    )
    tip = kept["tip"]["id"]
    assert kept["tip"] == {"id": tip, "state": "FILED", "authority": {"id": COMPETENT}}
    assert await heard(quiet, COMPETENT, tip) == ["tip.received"]
    assert await heard(quiet, OTHER, tip) == []

    assert (await triaged(quiet, COMPETENT, tip))["tip"] == {"state": "ACCEPTED"}
    assert await heard(quiet, OTHER, tip) == ["tip.linked"]
    links = "query Q($x: ID!) { tip(by: {id: $x}) { links(first: 9) { nodes { role recordId authority { id } } } } }"
    found = (await answered(quiet, COMPETENT, links, x=tip))["data"]["tip"]["links"]["nodes"]
    assert {(one["role"], one["recordId"], one["authority"]["id"]) for one in found} == {
        ("CERTIFICATE", certificate, COMPETENT), ("POST", post, OTHER),
    }  # fmt: skip

    concluded = await done(
        quiet, COMPETENT, CONCLUDE, tipId=tip, conclusion="CONFIRMED", finding="社保与考勤均不在该企业"
    )
    assert concluded == {"tip": {"state": "CONFIRMED"}, "userErrors": []}
    assert await heard(quiet, OTHER, tip) == ["tip.linked", "tip.progressed"]
    assert await heard(quiet, DESK, tip) == ["tip.stepped", "tip.progressed", "tip.progressed"]
    for slug, kind in ((OTHER, "任职"), ("dg-bureau", "工地与场所")):
        reviews = (await answered(quiet, slug, "{ reviews(first: 100) { nodes { rule reason } } }"))["data"]["reviews"][
            "nodes"
        ]
        (reason,) = [one["reason"] for one in reviews if one["rule"] == "TIP_CONFIRMED"]
        assert "查实举报（证书挂靠）" in reason
        assert kind in reason

    reward = await done(quiet, COMPETENT, REWARD, tipId=tip, amount="3000.00", basis="举报奖励办法")
    assert reward["tip"]["reward"] == {"amount": "3000.00", "basis": "举报奖励办法", "paidOn": str(quiet.today())}
    follow = """query Q($x: String!) { tip(by: {followUpCode: $x}) {
      id state reward { amount } steps(first: 9) { nodes { text } } } }"""
    seen = (await answered(quiet, DESK, follow, x=kept["followUpCode"]))["data"]["tip"]
    assert (seen["id"], seen["state"], seen["reward"]) == (tip, "REWARDED", None)
    assert {one["text"] for one in seen["steps"]["nodes"]} == {None}
    assert (await answered(quiet, STRANGER, follow, x=kept["followUpCode"]))["data"]["tip"] is None


def material_site(of: Firm, region: str) -> dict[str, Any]:
    return {"creditCode": of.credit_code, "name": of.name, "region": region, "siteName": "示范工地",
            "siteType": "CONSTRUCTION", "startedOn": "2026-01-05"}  # fmt: skip


async def test_who_reported_is_opened_by_the_competent_authority_with_purpose_and_evidence(quiet: Runtime) -> None:
    tip = (await filed(quiet, post="焊工"))["tip"]["id"]
    assert await who(quiet, COMPETENT, tip, purpose=None) == ["PURPOSE_REQUIRED"]
    assert await who(quiet, COMPETENT, tip) == NAMED
    trace = "{ accessRecords(first: 1) { nodes { purpose caseNumber rootField fields } } }"
    assert (await answered(quiet, COMPETENT, trace))["data"]["accessRecords"]["nodes"] == [{
        "purpose": PURPOSE[0], "caseNumber": PURPOSE[1], "rootField": "tipReporter",
        "fields": ["TipReporter.name", "TipReporter.phone", "TipReporter.address"],
    }]  # fmt: skip


async def test_an_anonymous_report_has_nobody_to_open(quiet: Runtime) -> None:
    tip = (await filed(quiet, post="焊工", reporter=None))["tip"]["id"]
    nobody = {"isAnonymous": True, "name": None, "phone": None, "address": None}
    assert await who(quiet, COMPETENT, tip) == nobody


async def test_competence_passes_on_with_the_report_and_what_is_sealed_with_it(quiet: Runtime) -> None:
    tip = (await filed(quiet, post="焊工"))["tip"]["id"]
    assert await who(quiet, OTHER, tip) is None
    assert (await triaged(quiet, OTHER, tip))["userErrors"] == [{"code": "NOT_FOUND"}]
    for values, code in (
        ({"toAuthority": OTHER}, "REASON_REQUIRED"),
        ({"toAuthority": FIRM, "reason": "不属本地"}, "NOT_FOUND"),
        ({"toAuthority": COMPETENT, "reason": "不属本地"}, "NOT_FOUND"),
    ):
        assert (await triaged(quiet, COMPETENT, tip, "TRANSFERRED", **values))["userErrors"] == [{"code": code}]
    passed = await triaged(quiet, COMPETENT, tip, "TRANSFERRED", toAuthority=OTHER, reason="作业地在广州")
    assert passed == {"tip": {"state": "TRANSFERRED"}, "userErrors": []}
    assert await heard(quiet, OTHER, tip) == ["tip.received"]
    assert await who(quiet, OTHER, tip) == NAMED
    assert await who(quiet, COMPETENT, tip) is None
    assert (await triaged(quiet, COMPETENT, tip))["userErrors"] == [{"code": "TIP_STEP_INVALID"}]
    text = "query Q($x: ID!) { tip(by: {id: $x}) { text steps(first: 9) { nodes { text } } } }"
    read = {slug: (await answered(quiet, slug, text, x=tip))["data"]["tip"] for slug in (COMPETENT, OTHER, DESK)}
    said = {slug: (one["text"], [step["text"] for step in one["steps"]["nodes"]]) for slug, one in read.items()}
    assert said == {COMPETENT: (None, [None, None]), OTHER: (STORY, ["作业地在广州"]), DESK: (None, [None, None])}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def attacked(quiet: Runtime) -> str:
    """A report accepted, linked to another authority and concluded, by a named reporter."""
    holder = material.person()
    values = material.special_operation(holder, material.firm())
    await keep(quiet, OTHER, "SPECIAL_OPERATION", {**values, "region": "440100"})
    own = {"certificateNumber": values["number"], "creditCode": ENTERPRISE.credit_code}
    tip: str = (await filed(quiet, **own, text=WHISPER))["tip"]["id"]
    await triaged(quiet, COMPETENT, tip)
    await quiet.settle()
    await done(quiet, COMPETENT, CONCLUDE, tipId=tip, conclusion="CONFIRMED", finding="属实")
    await quiet.settle()
    return tip


_SCHEMA = build()


def _everything(of: GraphQLObjectType, depth: int) -> str:
    """A selection of every field that needs no argument, so deep; lists with their first fifty."""
    chosen = ["__typename"]
    for name, field in of.fields.items():
        required = {one for one, argument in field.args.items() if is_required_argument(argument)}
        inner = get_named_type(field.type)
        if required - {"first"}:
            continue
        called = f"{name}(first: 50)" if "first" in required else name
        if isinstance(inner, GraphQLObjectType):
            chosen += [f"{called} {{ {_everything(inner, depth - 1)} }}"] if depth else []
        else:
            chosen.append(called)
    return " ".join(chosen)


def _asked(name: str, tip: str, depth: int) -> str | None:
    """A root field with whatever leads to the report, and everything below it."""
    query = _SCHEMA.query_type
    assert query is not None
    field = query.fields[name]
    ways = {
        "tip": f'by: {{id: "{tip}"}}', "tipReporter": f'tipId: "{tip}"', "recognitionRules": "", "viewer": "",
        "enterprise": f'creditCode: "{ENTERPRISE.credit_code}"', "statistics": "by: [KIND]",
    }  # fmt: skip
    arguments = ways.get(name, "first: 50" if "first" in field.args else None)
    inner = get_named_type(field.type)
    if arguments is None:
        return f'{{ {name}(id: "{tip}") {{ __typename }} }}' if "id" in field.args else None
    selected = _everything(inner, depth) if isinstance(inner, GraphQLObjectType) else ""
    return f"{{ {name}{f'({arguments})' if arguments else ''} {{ {selected} }} }}"


async def _deepest(quiet: Runtime, slug: str, name: str, tip: str) -> str:
    """The answer to the largest selection below a root field that is allowed."""
    for depth in (3, 2, 1) if name in ("tip", "tips", "events", "reviews") else (2, 1):
        try:
            answer = str(await answered(quiet, slug, _asked(name, tip, depth) or "", PURPOSE))
        except Refusal as refusal:
            answer = refusal.code
        if "QUERY_TOO_LARGE" not in answer:
            return answer
    raise AssertionError(f"{name} cannot be asked")


@pytest.mark.parametrize("slug", [actor.slug for actor in CAST])
async def test_no_tenant_but_the_competent_one_reads_the_reporter_by_any_root_field(
    quiet: Runtime, attacked: str, slug: str
) -> None:
    query = _SCHEMA.query_type
    assert query is not None
    answers = {name: await _deepest(quiet, slug, name, attacked) for name in query.fields if _asked(name, attacked, 1)}
    leaking = {name for name, answer in answers.items() if any(one in answer for one in REPORTER.values())}
    assert leaking == ({"tipReporter"} if slug == COMPETENT else set())
    telling = {name for name, answer in answers.items() if WHISPER in answer}
    assert telling == ({"tip", "tips"} if slug == COMPETENT else set())
    # by numbers and receipts of others; nothing of a tip below
    assert set(ROOTS) - set(answers) == {"person", "certificate", "gateReceipt"}


@pytest.mark.parametrize("slug", [actor.slug for actor in CAST])
async def test_no_tenant_but_the_competent_one_gets_the_row_even_by_sql(
    quiet: Runtime, attacked: str, slug: str
) -> None:
    tip = uuid.UUID(attacked)
    async with acting(quiet.database.pool, caller_of(quiet, slug)) as connection:
        rows = await connection.fetchval("select count(*) from tip_reporter where tip_id = $1", tip)
        texts = await connection.fetchval("select count(*) from tip_text where tip_id = $1", tip)
    assert (rows, texts) == ((1, 2) if slug == COMPETENT else (0, 0))


async def test_nobody_makes_itself_competent(quiet: Runtime) -> None:
    tip = uuid.UUID((await filed(quiet, post="焊工"))["tip"]["id"])
    ids = {slug: quiet.directory.by_slug[slug].tenant_id for slug in (OTHER, DESK, FIRM)}
    for slug, place, step in (
        (OTHER, 2, "TRANSFERRED"),
        (DESK, 2, "TRANSFERRED"),
        (FIRM, 1, "FILED"),
        (OTHER, 3, "ACCEPTED"),
    ):
        with pytest.raises((asyncpg.CheckViolationError, asyncpg.UniqueViolationError)):
            async with acting(quiet.database.pool, caller_of(quiet, slug)) as connection:
                await connection.execute(
                    "insert into tip_step (tip_id, place, owner_id, filer_id, competent_id, step, taken_on)"
                    " values ($1, $2, $3, $3, $3, $4, current_date)",
                    tip, place, ids[slug], step,
                )  # fmt: skip


async def test_the_reporter_is_in_no_table_readable(quiet: Runtime, attacked: str) -> None:
    owner = await asyncpg.connect(quiet.database.dsn)
    try:
        tables = await owner.fetch(
            "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"
        )
        await owner.execute("set row_security = off")
        found = {
            row[0]
            for row in tables
            for value in REPORTER.values()
            if await owner.fetchval(f'select exists (select from "{row[0]}" x where x::text like $1)', f"%{value}%")
        }
    finally:
        await owner.close()
    assert found == set()


async def test_a_report_without_a_lead_or_beyond_the_hub_is_refused(quiet: Runtime) -> None:
    sent = {"category": "OTHER", "region": "440300", "text": STORY}
    cases = (
        ({}, "FIELD_REQUIRED"), ({"post": "焊工", "text": " "}, "REASON_REQUIRED"),
        ({"post": "焊工", "region": "510100"}, "AUTHORITY_UNKNOWN"), ({"creditCode": "1"}, "CREDIT_CODE_INVALID"),
    )  # fmt: skip
    for values, code in cases:
        kept = await done(quiet, FIRM, FILE, **{**sent, **values})
        assert ([one["code"] for one in kept["userErrors"]], kept["followUpCode"]) == ([code], None)


async def test_a_reward_that_cannot_be_is_refused(quiet: Runtime) -> None:
    tip = (await filed(quiet, post="焊工"))["tip"]["id"]
    for values, code in (({"amount": "0"}, "BAD_INPUT"), ({"amount": "5", "paidOn": "2099-01-01"}, "DATE_IN_FUTURE"),
                         ({"amount": "5"}, "TIP_STEP_INVALID")):  # fmt: skip
        refused = await done(quiet, COMPETENT, REWARD, tipId=tip, basis="办法", **values)
        assert refused["userErrors"] == [{"code": code}]
