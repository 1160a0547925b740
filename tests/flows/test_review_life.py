"""The life of a review through the API: accepted, assigned, asked about, declined, withdrawn, decided, corrected."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from exchange.runtime import Runtime
from tests.flows import material
from tests.flows.review_desks import GUANGZHOU, JIANGSU, NANJING, PARTNER, SHANGHAI, Desk, open_desk
from tests.flows.scratch import DAY, answered, keep, quiet_hub

LIFT = """mutation L($i: RiskFlagLiftInput!) { riskFlagLift(input: $i) { userErrors { code } } }"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quiet(database: Any) -> AsyncIterator[Runtime]:
    """A hub whose numbering and triggers run when a test says so."""
    async with quiet_hub(database.dsn, "exchange_review_life") as runtime:
        yield runtime


@pytest_asyncio.fixture
async def desk(quiet: Runtime) -> Desk:
    """A review nobody has looked at yet."""
    return await open_desk(quiet)


async def lift(desk: Desk) -> None:
    values = {"riskFlagId": desk.flag_id, "reason": "整改完成，复查合格"}
    assert (await answered(desk.hub, SHANGHAI, LIFT, i=values))["data"]["riskFlagLift"] == {"userErrors": []}
    await desk.hub.settle()


async def steps(desk: Desk, slug: str = NANJING) -> list[tuple[str, str]]:
    return [(one["step"], one["state"]) for one in await desk.thread(slug)]


async def test_a_review_is_accepted_assigned_and_decided_and_its_thread_tells_so(desk: Desk) -> None:
    assert await desk.take("reviewAccept", officer="NJ-01", text="已收悉") == []
    assert await desk.take("reviewAssign", officer="NJ-01", assignee="NJ-07") == []
    seen = await desk.review()
    assert (seen["state"], seen["assignedTo"], seen["version"]) == ("IN_REVIEW", "NJ-07", 3)
    assert await desk.take("reviewDecide", outcome="STRENGTHENED", reason="每月复查", decidedBy="NJ-07") == []
    thread = [(one["step"], one["state"], one["operator"], one["text"]) for one in await desk.thread()]
    assert thread == [
        ("OPENED", "RECEIVED", None, None),
        ("ACCEPTED", "ACCEPTED", "NJ-01", "已收悉"),
        ("ASSIGNED", "IN_REVIEW", "NJ-01", None),
        ("DECIDED", "DECIDED", "NJ-07", "每月复查"),
    ]
    assert await desk.thread(SHANGHAI) == await desk.thread()
    heard = ["review.opened", "review.accepted", "review.assigned", "review.decided"]
    assert (await desk.told(NANJING), await desk.told(SHANGHAI)) == (heard, heard)
    assert await desk.told(PARTNER) == ["review.decided"]
    assert (await desk.told(JIANGSU), await desk.told(GUANGZHOU)) == ([], [])


async def test_no_event_names_an_officer_or_carries_words(desk: Desk) -> None:
    await desk.take("reviewAccept", officer="王某某", text="收到，由王某某承办")
    await desk.take("reviewAssign", officer="王某某", assignee="王某某")
    await desk.take("reviewDecide", outcome="MAINTAINED", reason="王某某现场核查", decidedBy="王某某")
    await desk.hub.settle()
    async with desk.hub.database.hub_pool.acquire() as connection:
        query = "select string_agg(payload::text, ' ') from event where review_id = $1"
        payloads = await connection.fetchval(query, desk.review_id)
    assert "王某某" not in payloads
    assert '"review.' not in payloads


async def test_words_lose_the_id_numbers_in_them(desk: Desk) -> None:
    person = material.person()
    await desk.take("reviewAccept", text=f"联系人身份证 {person.id_number}")
    (_, accepted) = await desk.thread()
    assert person.id_number not in accepted["text"]
    assert accepted["text"].startswith("联系人身份证 ")


async def test_who_decides_loses_an_id_number_too(desk: Desk) -> None:
    person = material.person()
    decided = {"outcome": "DISMISSED", "reason": "无问题", "decidedBy": f"王工 {person.id_number}"}
    assert await desk.take("reviewDecide", **decided) == []
    assert person.id_number not in (await desk.review(SHANGHAI))["decidedBy"]


async def test_a_review_is_not_decided_before_it_was_opened(desk: Desk) -> None:
    """A day before would count as decided in time, however late it is."""
    decided = {"outcome": "DISMISSED", "reason": "无问题", "decidedOn": str(DAY - timedelta(days=1))}
    assert await desk.take("reviewDecide", **decided) == ["VALUES_CONTRADICT"]
    assert await desk.take("reviewDecide", **{**decided, "decidedOn": str(DAY)}) == []


@pytest.mark.parametrize("worked", [[], ["reviewAccept"]])
async def test_a_lifted_cause_withdraws_an_open_review(desk: Desk, worked: list[str]) -> None:
    for name in worked:
        await desk.take(name)
    await lift(desk)
    seen = await desk.review()
    assert (seen["state"], seen["version"]) == ("WITHDRAWN", 2 + len(worked))
    assert (await steps(desk))[-1] == ("WITHDRAWN", "WITHDRAWN")
    assert (await desk.told(SHANGHAI))[-2:] == ["review.causeLifted", "review.withdrawn"]
    assert await desk.take("reviewDecide", outcome="MAINTAINED", reason="无碍") == ["REVIEW_CLOSED"]


async def test_a_decided_review_is_only_told_that_its_cause_was_lifted(desk: Desk) -> None:
    await desk.take("reviewDecide", outcome="MAINTAINED", reason="无碍")
    await lift(desk)
    assert (await desk.review())["state"] == "DECIDED"
    assert (await steps(desk))[-1] == ("CAUSE_LIFTED", "DECIDED")
    assert "review.withdrawn" not in await desk.told(NANJING)


async def test_a_declined_review_says_why(desk: Desk) -> None:
    assert await desk.take("reviewDecline", reason="OTHER") == ["REASON_REQUIRED"]
    assert await desk.take("reviewDecline", reason="NOT_PRESENT", text="项目已迁出") == []
    seen = await desk.review(SHANGHAI)
    assert (seen["state"], seen["declineReason"]) == ("DECLINED", "NOT_PRESENT")
    assert await desk.told(SHANGHAI) == ["review.opened", "review.declined"]
    assert await desk.take("reviewAccept") == ["REVIEW_CLOSED"]


async def test_a_correction_keeps_the_former_decision_and_tells_everybody_again(desk: Desk) -> None:
    await desk.take("reviewDecide", outcome="REFUSED", reason="隐患未整改", legalBasis="《安全生产法》第六十三条")
    corrected = {"outcome": "STRENGTHENED", "reason": "隐患已整改，加强检查", "correctionReason": "漏看整改报告"}
    assert await desk.take("reviewCorrectDecision", **corrected) == []
    seen = await desk.review(SHANGHAI)
    assert (seen["state"], seen["outcome"], seen["decisionReason"], seen["legalBasis"]) == (
        "DECIDED", "STRENGTHENED", "隐患已整改，加强检查", None,
    )  # fmt: skip
    step = (await desk.thread(SHANGHAI))[-1]
    assert (step["step"], step["text"]) == ("CORRECTED", "漏看整改报告")
    assert (step["formerOutcome"], step["formerReason"], step["formerLegalBasis"]) == (
        "REFUSED", "隐患未整改", "《安全生产法》第六十三条",
    )  # fmt: skip
    for slug in (NANJING, SHANGHAI, PARTNER):
        assert (await desk.told(slug))[-2:] == ["review.decided", "review.corrected"]


@pytest.mark.parametrize(("changed", "code"), [
    ({"correctionReason": " "}, "REASON_REQUIRED"),
    ({"outcome": "SUSPENDED"}, "DECISION_BASIS_REQUIRED"),
    ({"outcome": "MAINTAINED", "reason": "无碍"}, "NOTHING_CORRECTED"),
    ({"expectedVersion": 1}, "VERSION_CONFLICT"),
])  # fmt: skip
async def test_a_correction_that_lacks_something_changes_nothing(
    desk: Desk, changed: dict[str, Any], code: str
) -> None:
    await desk.take("reviewDecide", outcome="MAINTAINED", reason="无碍")
    values = {"outcome": "DISMISSED", "reason": "并无此事", "correctionReason": "误判", **changed}
    assert await desk.take("reviewCorrectDecision", **values) == [code]
    assert (await desk.review())["outcome"] == "MAINTAINED"
    assert await desk.told(PARTNER) == ["review.decided"]


async def test_nobody_corrects_what_is_not_decided(desk: Desk) -> None:
    values = {"outcome": "DISMISSED", "reason": "并无此事", "correctionReason": "误判"}
    assert await desk.take("reviewCorrectDecision", **values) == ["NOT_YET_DECIDED"]


@pytest.mark.parametrize("name", ["reviewAccept", "reviewAssign", "reviewDecline", "reviewRequestInformation"])
async def test_the_steps_of_the_reviewing_authority_are_not_the_source_s(desk: Desk, name: str) -> None:
    further = {
        "reviewAssign": {"assignee": "SH-1"}, "reviewDecline": {"reason": "DUPLICATE"},
        "reviewRequestInformation": {"question": "IS_RECTIFIED"},
    }  # fmt: skip
    assert await desk.take(name, SHANGHAI, **further.get(name, {})) == ["NOT_YOUR_STEP"]
    assert await desk.take(name, GUANGZHOU, **further.get(name, {})) == ["NOT_FOUND"]
    assert await steps(desk) == [("OPENED", "RECEIVED")]


async def test_the_flagging_authority_sees_beside_its_flag_what_became_of_it(desk: Desk) -> None:
    await desk.take("reviewDecide", outcome="STRENGTHENED", reason="每月复查")
    query = """query Q($x: ID!) { riskFlag(id: $x) { outcomes { open overdue strengthened maintained declined
      withdrawn } reviews(first: 5) { nodes { outcome decisionReason } } } }"""
    seen = (await answered(desk.hub, SHANGHAI, query, x=desk.flag_id))["data"]["riskFlag"]
    assert seen["outcomes"] == {
        "open": 0, "overdue": 0, "strengthened": 1, "maintained": 0, "declined": 0, "withdrawn": 0,
    }  # fmt: skip
    assert seen["reviews"]["nodes"] == [{"outcome": "STRENGTHENED", "decisionReason": "每月复查"}]


async def test_words_lose_the_name_of_the_person_the_review_is_about(quiet: Runtime) -> None:
    holder, firm = material.person(), material.firm()
    await keep(quiet, NANJING, "APPOINTMENT", material.appointment(holder, firm, "320100"))
    certificate = material.special_operation(holder, firm, region="310000")
    await keep(quiet, SHANGHAI, "SPECIAL_OPERATION", certificate)
    action = material.action(holder, certificate)
    await keep(quiet, SHANGHAI, "CERTIFICATE_ACTION", action)
    await quiet.settle()
    query = "{ reviews(first: 100) { nodes { id person { id } } } }"
    found = (await answered(quiet, NANJING, query, purpose=("核查", "NJ-1")))["data"]["reviews"]["nodes"]
    (review_id,) = [one["id"] for one in found if one["person"]]
    desk = Desk(hub=quiet, firm=firm, flag_id="", review_id=review_id)
    await desk.take("reviewDecide", outcome="DISMISSED", reason=f"{holder.name}已离岗")
    assert holder.name not in str(await desk.thread())
    assert holder.name not in (await desk.review())["decisionReason"]
