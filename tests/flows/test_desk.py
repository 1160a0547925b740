"""The desk (待办): reviews as a work list, narrowed, counted and paged; and what a step gives back to who took it."""

import base64
import hashlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from exchange.demo.cast import ENTERPRISE
from exchange.runtime import Runtime
from schema.errors import Refusal
from tests.flows import material
from tests.flows.review_desks import GUANGZHOU, JIANGSU, NANJING, SHANGHAI, Desk, open_desk
from tests.flows.scratch import DAY, answered, quiet_hub
from tests.spec.tables import rows

FIRM = "huadong-construction"
LISTED = "query L{of} {{ reviews(first: 100{by}) {{ totalCount nodes {{ id }} }} }}"
TAKEN = """mutation M($i: {kind}!) {{ {name}(input: $i) {{ review {{ id version }}
  step {{ id step question authority {{ id }} }} userErrors {{ code message }} }} }}"""
ASKED = {"question": "IS_RECTIFIED", "text": "请说明"}
FILE = {
    "name": "a.txt", "mediaType": "text/plain", "size": 1, "sha256": hashlib.sha256(b"a").hexdigest(),
    "content": base64.b64encode(b"a").decode(),
}  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quiet(database: Any) -> AsyncIterator[Runtime]:
    """A hub whose numbering and triggers run when a test says so."""
    async with quiet_hub(database.dsn, "exchange_desk") as runtime:
        yield runtime


@pytest_asyncio.fixture
async def desk(quiet: Runtime) -> Desk:
    """A review nobody has looked at yet."""
    return await open_desk(quiet)


async def listed(desk: Desk, slug: str, by: str = "") -> set[str]:
    """The reviews of the desk's firm that a tenant finds; the total counts as many."""
    query = LISTED.format(of="($c: String!)", by=f", creditCode: $c{by}")
    found = (await answered(desk.hub, slug, query, c=desk.firm.credit_code))["data"]["reviews"]
    assert found["totalCount"] == len(found["nodes"])
    return {one["id"] for one in found["nodes"]}


async def taken(desk: Desk, slug: str, name: str, /, **values: Any) -> Any:
    """What a step gives back."""
    query = TAKEN.format(kind=f"R{name[1:]}Input", name=name)
    version = (await desk.review())["version"]
    sent = {"reviewId": desk.review_id, "expectedVersion": version, **values}
    return (await answered(desk.hub, slug, query, i=sent))["data"][name]


@pytest.mark.parametrize(("slug", "by", "is_there"), [
    (NANJING, "mine: true", True),
    (NANJING, "mine: false", False),
    (NANJING, "causedByMe: true", False),
    (NANJING, "causedByMe: false", True),
    (SHANGHAI, "mine: true", False),
    (SHANGHAI, "causedByMe: true", True),
    (GUANGZHOU, "", False),
    (GUANGZHOU, "causedByMe: false", False),
    (NANJING, "state: RECEIVED", True),
    (NANJING, "state: [ACCEPTED, IN_REVIEW]", False),
    (NANJING, "state: [DECIDED, RECEIVED]", True),
    (NANJING, 'rule: "RED_FLAG"', True),
    (NANJING, 'rule: "ORANGE_BAND"', False),
    (NANJING, "priority: MUST", True),
    (NANJING, "priority: MAY", False),
    (NANJING, "isOverdue: true", False),
    (NANJING, f'isOverdue: true, asOf: "{DAY.replace(year=2027)}"', True),
    (NANJING, 'assignee: "NJ-07"', False),
    (NANJING, 'decisionNumber: "沪应急决〔1999〕1号"', False),
    (SHANGHAI, "asksMe: true", False),
])  # fmt: skip
async def test_reviews_are_found_by_what_they_are_to_who_asks(desk: Desk, slug: str, by: str, is_there: bool) -> None:
    assert await listed(desk, slug, f", {by}" if by else "") == ({desk.review_id} if is_there else set())


async def test_the_officer_it_is_assigned_to_finds_it(desk: Desk) -> None:
    await desk.take("reviewAccept")
    await desk.take("reviewAssign", assignee="NJ-07")
    assert await listed(desk, NANJING, ', mine: true, assignee: "NJ-07", state: IN_REVIEW') == {desk.review_id}
    assert await listed(desk, NANJING, ', assignee: "NJ-08"') == set()


async def test_the_firm_learns_no_officer_by_asking_for_one(quiet: Runtime) -> None:
    firm = material.Firm(name=ENTERPRISE.name, credit_code=ENTERPRISE.credit_code, region="310000")
    desk = await open_desk(quiet, firm)
    await desk.take("reviewAccept")
    await desk.take("reviewAssign", assignee="NJ-07")
    assert await listed(desk, FIRM) == {desk.review_id}
    assert await listed(desk, FIRM, ', assignee: "NJ-07"') == set()


@pytest.mark.parametrize("written", ["沪应急决〔2026〕{}号", "沪应急决[2026]{}号", " 沪应急决(２０２６) {} 号"])
async def test_a_review_is_found_by_the_decision_however_its_number_is_written(quiet: Runtime, written: str) -> None:
    number = 7_000 + len(written)
    desk = await open_desk(quiet, decisionNumber=f"沪应急决〔2026〕{number}号")
    by = f', decisionNumber: "{written.format(number)}"'
    assert await listed(desk, NANJING, by) == {desk.review_id}
    assert await listed(desk, SHANGHAI, by) == {desk.review_id}
    assert await listed(desk, GUANGZHOU, by) == set()


async def test_what_the_source_is_asked_stands_on_its_desk_until_it_answers(desk: Desk) -> None:
    await desk.take("reviewAccept")
    asked = await taken(desk, NANJING, "reviewRequestInformation", **ASKED)
    assert await listed(desk, SHANGHAI, ", asksMe: true") == {desk.review_id}
    assert await listed(desk, NANJING, ", asksMe: true") == set()
    request = asked["step"]["id"]
    assert await desk.take("reviewGiveInformation", SHANGHAI, requestId=request, answer="YES") == []
    assert await listed(desk, SHANGHAI, ", asksMe: true") == set()


async def test_a_question_goes_on_asking_after_a_hand_over_and_ends_with_the_review(desk: Desk) -> None:
    await desk.take("reviewAccept")
    await taken(desk, NANJING, "reviewRequestInformation", **ASKED)
    await desk.take("reviewHandOver", authorityId=JIANGSU, text="属省管项目")
    new = (await desk.review())["handedToId"]
    assert await listed(desk, SHANGHAI, ", asksMe: true") == {new}
    assert await desk.take("reviewDecline", JIANGSU, reviewId=new, expectedVersion=1, reason="DUPLICATE") == []
    assert await listed(desk, SHANGHAI, ", asksMe: true") == set()


async def test_a_step_is_given_back_so_that_its_answer_can_name_it(desk: Desk) -> None:
    await desk.take("reviewAccept")
    asked = await taken(desk, NANJING, "reviewRequestInformation", **ASKED)
    step = asked["step"]
    assert (step["step"], step["question"], step["authority"]) == (
        "INFORMATION_REQUESTED", "IS_RECTIFIED", {"id": NANJING}
    )  # fmt: skip
    assert step["id"] == (await desk.thread())[-1]["id"]
    given = await taken(desk, SHANGHAI, "reviewGiveInformation", requestId=step["id"], answer="YES")
    assert (given["step"]["step"], given["userErrors"]) == ("INFORMATION_GIVEN", [])


async def test_a_step_that_was_not_taken_gives_none_back(desk: Desk) -> None:
    refused = await taken(desk, NANJING, "reviewRequestInformation", **ASKED)
    assert (refused["step"], refused["review"], refused["userErrors"][0]["code"]) == (None, None, "NOT_YET_ACCEPTED")


@pytest.mark.parametrize("row", rows("reviews.md", "版本号"), ids=lambda row: f"{row['步骤']} {row['办理单位']}")
async def test_a_step_raises_the_version_as_the_table_says(desk: Desk, row: dict[str, str]) -> None:
    await desk.take("reviewAccept")
    if row["步骤"] == "INFORMATION_GIVEN":
        asked = await taken(desk, NANJING, "reviewRequestInformation", **ASKED)
        values: dict[str, Any] = {"requestId": asked["step"]["id"], "answer": "YES"}
    else:
        values = FILE if row["步骤"] == "EVIDENCE_ATTACHED" else {}
    name = {"INFORMATION_GIVEN": "reviewGiveInformation", "EVIDENCE_ATTACHED": "reviewAttachEvidence",
            "REMINDED": "reviewRemind"}[row["步骤"]]  # fmt: skip
    read = (await desk.review())["version"]
    did = await taken(desk, SHANGHAI if row["办理单位"] == "来源单位" else NANJING, name, **values)
    assert did["userErrors"] == []
    raised = 1 if row["增加"] == "√" else 0
    assert did["review"]["version"] == (await desk.review())["version"] == read + raised
    decided = {"outcome": "DISMISSED", "reason": "无问题", "expectedVersion": read}
    assert await desk.take("reviewDecide", **decided) == (["VERSION_CONFLICT"] if raised else [])


async def test_the_desk_is_paged_by_due_day_and_then_by_when_a_review_was_opened(quiet: Runtime) -> None:
    slugs = ("dg-bureau", "sz-bureau")
    async with quiet.database.hub_pool.acquire() as connection:
        made = await connection.fetch(
            """insert into review (owner_id, cause_owner_id, rule, cause_key, cause_event_id, subject, priority,
                 handling, reason_zh, reason_en, opened_on, opened_at, due_on, is_due_estimated)
               select o.tenant_id, c.tenant_id, 'RED_FLAG', n::text, gen_random_uuid(), 'E:DEM', 'MUST',
                 'FOR_FOLLOW_UP', '因', 'cause', $3::date,
                 timestamptz '2026-11-01 08:00+08' + (n / 2 % 3) * interval '1 hour',
                 $3::date + n % 2, false
               from generate_series(1, 12) n, tenant o, tenant c where o.slug = $1 and c.slug = $2
               returning review_id::text as id, due_on, opened_at""",
            *slugs, DAY,
        )  # fmt: skip
    wanted = [one["id"] for one in sorted(made, key=lambda one: (one["due_on"], one["opened_at"], one["id"]))]
    query = """query P($after: String) { reviews(first: 5, after: $after, mine: true) { totalCount
      nodes { id } pageInfo { hasNextPage endCursor } } }"""
    found, after, has_next = [], None, True
    while has_next:
        page = (await answered(quiet, slugs[0], query, after=after))["data"]["reviews"]
        assert page["totalCount"] == 12
        found += [one["id"] for one in page["nodes"]]
        after, has_next = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert found == wanted


async def test_a_rule_that_does_not_exist_is_refused_and_those_that_do_are_named(desk: Desk) -> None:
    with pytest.raises(Refusal, match="BAD_INPUT") as refused:
        await answered(desk.hub, NANJING, LISTED.format(of="", by=', rule: "RED"'))
    assert "RED_FLAG" in refused.value.message("zh")


@pytest.mark.parametrize("outcome", ["STRENGTHENED", "加强监管"])
async def test_an_outcome_is_sent_by_its_name_or_by_its_chinese_label(desk: Desk, outcome: str) -> None:
    decided = {"outcome": outcome, "reason": "每月复查", "officer": "NJ-07"}
    assert await desk.take("reviewDecide", **decided) == []
    seen = await desk.review()
    assert (seen["outcome"], seen["decidedBy"]) == ("STRENGTHENED", "NJ-07")
    assert (await desk.thread())[-1]["operator"] == "NJ-07"


async def test_an_outcome_may_stand_in_the_document_by_its_label(desk: Desk) -> None:
    document = f"""mutation {{ reviewDecide(input: {{reviewId: "{desk.review_id}", outcome: "排除", reason: "无问题",
      expectedVersion: 1}}) {{ review {{ outcome }} userErrors {{ code }} }} }}"""
    answer = (await answered(desk.hub, NANJING, document))["data"]["reviewDecide"]
    assert answer == {"review": {"outcome": "DISMISSED"}, "userErrors": []}


async def test_an_outcome_there_is_not_is_refused_with_those_there_are(desk: Desk) -> None:
    sent = {"reviewId": desk.review_id, "outcome": "维持原判", "reason": "x", "expectedVersion": 1}
    query = TAKEN.format(kind="ReviewDecideInput", name="reviewDecide")
    (error,) = (await answered(desk.hub, NANJING, query, i=sent))["errors"]
    assert error["extensions"]["code"] == "BAD_INPUT"
    assert "MAINTAINED 维持、STRENGTHENED 加强监管、SUSPENDED 暂停办理" in error["message"]
