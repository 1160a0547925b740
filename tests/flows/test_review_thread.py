"""The thread of two authorities: questions and answers, files, a review handed over, one sealed from the firm."""

import base64
import hashlib
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest
import pytest_asyncio

from exchange.demo.cast import ENTERPRISE
from exchange.runtime import Runtime
from tests.flows import material
from tests.flows.review_desks import GUANGZHOU, JIANGSU, NANJING, PARTNER, SHANGHAI, Desk, open_desk
from tests.flows.scratch import answered, keep, quiet_hub

FIRM = "huadong-construction"
PDF = b"%PDF-1.7 decision"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quiet(database: Any) -> AsyncIterator[Runtime]:
    """A hub whose numbering and triggers run when a test says so."""
    async with quiet_hub(database.dsn, "exchange_review_thread") as runtime:
        yield runtime


@pytest_asyncio.fixture
async def desk(quiet: Runtime) -> Desk:
    """An accepted review."""
    made = await open_desk(quiet)
    assert await made.take("reviewAccept") == []
    return made


def file(made: bytes = PDF, /, **changed: Any) -> dict[str, Any]:
    return {
        "name": "决定书.pdf", "mediaType": "application/pdf", "size": len(made),
        "sha256": hashlib.sha256(made).hexdigest(), "content": base64.b64encode(made).decode(), **changed,
    }  # fmt: skip


async def asked(desk: Desk, question: str = "IS_RECTIFIED") -> str:
    """A question is asked; the id of its step."""
    assert await desk.take("reviewRequestInformation", question=question, text="请说明") == []
    step_id: str = (await desk.thread())[-1]["id"]
    return step_id


async def test_a_question_is_answered_in_the_same_thread(desk: Desk) -> None:
    request = await asked(desk)
    assert (await desk.review())["state"] == "IN_REVIEW"
    assert await desk.take("reviewGiveInformation", SHANGHAI, requestId=request, answer="PARTLY", text="余一项") == []
    thread = [
        (one["step"], one["authority"]["id"], one["question"], one["answer"], one["text"], one["requestId"])
        for one in (await desk.thread(NANJING))[-2:]
    ]
    assert thread == [
        ("INFORMATION_REQUESTED", NANJING, "IS_RECTIFIED", None, "请说明", None),
        ("INFORMATION_GIVEN", SHANGHAI, "IS_RECTIFIED", "PARTLY", "余一项", request),
    ]
    heard = ["review.informationRequested", "review.informationGiven"]
    assert ((await desk.told(NANJING))[-2:], (await desk.told(SHANGHAI))[-2:]) == (heard, heard)
    assert await desk.told(PARTNER) == []


@pytest.mark.parametrize(("slug", "changed", "code"), [
    (NANJING, {}, "NOT_YOUR_STEP"),
    (GUANGZHOU, {}, "NOT_FOUND"),
    (SHANGHAI, {"answer": "ATTACHED"}, "ANSWER_UNFIT"),
    (SHANGHAI, {"requestId": "00000000-0000-4000-8000-000000000000"}, "NOT_FOUND"),
])  # fmt: skip
async def test_only_the_source_answers_and_only_what_was_asked(
    desk: Desk, slug: str, changed: dict[str, Any], code: str
) -> None:
    request = await asked(desk)
    values = {"requestId": request, "answer": "YES", **changed}
    assert await desk.take("reviewGiveInformation", slug, **values) == [code]
    assert (await desk.thread())[-1]["id"] == request


async def test_a_question_is_answered_once(desk: Desk) -> None:
    request = await asked(desk)
    assert await desk.take("reviewGiveInformation", SHANGHAI, requestId=request, answer="YES") == []
    assert await desk.take("reviewGiveInformation", SHANGHAI, requestId=request, answer="NO") == ["ALREADY_ANSWERED"]
    assert [one["answer"] for one in await desk.thread()][-1] == "YES"


async def test_the_question_of_another_review_cannot_be_answered_here(desk: Desk, quiet: Runtime) -> None:
    other = await open_desk(quiet)
    await other.take("reviewAccept")
    request = await asked(other)
    assert await desk.take("reviewGiveInformation", SHANGHAI, requestId=request, answer="YES") == ["NOT_FOUND"]


async def test_a_file_comes_back_as_it_was_sent_to_both_and_to_nobody_else(desk: Desk) -> None:
    assert await desk.take("reviewAttachEvidence", SHANGHAI, **file()) == []
    for slug in (NANJING, SHANGHAI):
        evidence = (await desk.thread(slug))[-1]["evidence"]
        assert base64.b64decode(evidence.pop("content")) == PDF
        evidence.pop("id")
        assert evidence == {
            "name": "决定书.pdf", "mediaType": "application/pdf", "size": len(PDF),
            "sha256": hashlib.sha256(PDF).hexdigest(),
        }  # fmt: skip
    assert await desk.thread(GUANGZHOU) == []
    assert (await desk.told(NANJING))[-1] == "review.evidenceAttached"
    await desk.clock(date(2027, 3, 1))
    assert (await desk.thread(JIANGSU))[-1]["step"] == "ESCALATED"
    assert [one["evidence"] for one in await desk.thread(JIANGSU)] == [None] * len(await desk.thread())


@pytest.mark.parametrize(("changed", "code"), [
    ({"sha256": "0" * 64}, "EVIDENCE_DAMAGED"),
    ({"size": 3}, "EVIDENCE_DAMAGED"),
    ({"content": "不是"}, "BAD_INPUT"),
    ({"content": "", "size": 0}, "EVIDENCE_SIZE"),
    ({"mediaType": "text/html"}, "EVIDENCE_TYPE"),
    ({"name": "../决定书.pdf"}, "BAD_INPUT"),
    ({"name": " "}, "BAD_INPUT"),
])  # fmt: skip
async def test_a_file_that_is_not_what_it_says_is_not_kept(desk: Desk, changed: dict[str, Any], code: str) -> None:
    before = await desk.thread()
    assert await desk.take("reviewAttachEvidence", **file(**changed)) == [code]
    assert await desk.thread() == before


async def test_a_file_holds_a_mebibyte_at_most(desk: Desk) -> None:
    assert await desk.take("reviewAttachEvidence", **file(bytes(1_048_577))) == ["EVIDENCE_SIZE"]
    assert await desk.take("reviewAttachEvidence", **file(bytes(1_048_576))) == []


async def test_a_review_handed_over_goes_on_there_in_the_same_thread(desk: Desk) -> None:
    assert await desk.take("reviewHandOver", authorityId=JIANGSU, text="属省管项目") == []
    old = await desk.review()
    assert (old["state"], old["declineReason"], old["handedTo"]) == ("DECLINED", "HANDED_OVER", {"id": JIANGSU})
    new = await desk.review(JIANGSU, old["handedToId"])
    assert (new["state"], new["authority"], new["handedFrom"]) == ("RECEIVED", {"id": JIANGSU}, {"id": NANJING})
    assert await desk.take("reviewAccept", JIANGSU, reviewId=new["id"], expectedVersion=1) == []
    wanted = [
        ("OPENED", NANJING),
        ("ACCEPTED", NANJING),
        ("HANDED_OVER", NANJING),
        ("OPENED", JIANGSU),
        ("ACCEPTED", JIANGSU),
    ]
    for slug, review_id in ((NANJING, old["id"]), (JIANGSU, new["id"]), (SHANGHAI, old["id"]), (SHANGHAI, new["id"])):
        thread = await desk.thread(slug, review_id)
        assert [(one["step"], one["authority"]["id"]) for one in thread] == wanted
    assert await desk.review(NANJING, new["id"]) is None
    assert await desk.told(SHANGHAI) == [
        "review.opened", "review.accepted", "review.handedOver", "review.opened", "review.accepted",
    ]  # fmt: skip
    assert await desk.told(JIANGSU) == ["review.opened", "review.accepted"]


@pytest.mark.parametrize(("slug", "code"), [
    (GUANGZHOU, "RECEIVER_UNFIT"),
    (SHANGHAI, "RECEIVER_UNFIT"),
    (NANJING, "RECEIVER_UNFIT"),
    ("nobody-there", "NOT_FOUND"),
    (FIRM, "NOT_FOUND"),
])  # fmt: skip
async def test_a_review_goes_only_to_an_authority_of_the_place(desk: Desk, slug: str, code: str) -> None:
    assert await desk.take("reviewHandOver", authorityId=slug, text="请接收") == [code]
    assert ((await desk.review())["state"], len(await desk.thread())) == ("ACCEPTED", 2)


async def test_nobody_but_its_authority_hands_a_review_over(desk: Desk) -> None:
    assert await desk.take("reviewHandOver", SHANGHAI, authorityId=JIANGSU, text="请接收") == ["NOT_YOUR_STEP"]
    assert await desk.take("reviewHandOver", GUANGZHOU, authorityId=JIANGSU, text="请接收") == ["NOT_FOUND"]
    assert await desk.told(JIANGSU) == []


async def test_a_review_the_other_has_already_is_not_handed_over(desk: Desk) -> None:
    await desk.take("reviewHandOver", authorityId=JIANGSU, text="属省管项目")
    async with desk.hub.database.hub_pool.acquire() as connection:
        await connection.execute(
            "update review set state = 'RECEIVED', decline_reason = null, ended_on = null, handed_to = null,"
            " handed_to_id = null where review_id = $1",
            desk.review_id,
        )
    assert await desk.take("reviewHandOver", authorityId=JIANGSU, text="再次") == ["ALREADY_REVIEWED_THERE"]


async def own_review(quiet: Runtime, **changed: Any) -> Desk:
    """A review of the enterprise that is a tenant itself."""
    of = material.Firm(name=ENTERPRISE.name, credit_code=ENTERPRISE.credit_code, region="310000")
    await keep(quiet, NANJING, "PROJECT_APPROVAL", material.matter(of, "320100"))
    flag_id = await keep(quiet, SHANGHAI, "RISK_FLAG", {**material.flag(of), **changed})
    await quiet.settle()
    query = "query Q($x: ID!) { riskFlag(id: $x) { reviews(first: 9) { nodes { id } } } }"
    found = (await answered(quiet, SHANGHAI, query, x=flag_id))["data"]["riskFlag"]["reviews"]["nodes"]
    return Desk(hub=quiet, firm=of, flag_id=flag_id, review_id=found[0]["id"])


async def test_the_firm_sees_its_review_and_no_officer_and_no_thread(quiet: Runtime) -> None:
    desk = await own_review(quiet)
    await desk.take("reviewAccept", officer="NJ-01")
    await desk.take("reviewAssign", assignee="NJ-07")
    await desk.take("reviewDecide", outcome="STRENGTHENED", reason="每月复查", decidedBy="NJ-07")
    seen = await desk.review(FIRM)
    assert (seen["state"], seen["outcome"], seen["decisionReason"]) == ("DECIDED", "STRENGTHENED", "每月复查")
    assert (seen["assignedTo"], seen["decidedBy"]) == (None, None)
    assert await desk.thread(FIRM) == []
    assert "review.decided" in await desk.told(FIRM)
    assert "review.accepted" not in await desk.told(FIRM)


async def test_a_sealed_review_is_unseen_by_the_firm_and_its_outcome_untold(quiet: Runtime) -> None:
    desk = await own_review(quiet)
    start = len(await desk.told(FIRM)), len(await desk.told(PARTNER))
    assert await desk.take("reviewAccept", isSealed=True) == ["REASON_REQUIRED"]
    assert await desk.take("reviewAccept", isSealed=True, sealReason="将作突击检查") == []
    assert await desk.review(FIRM) is None
    await desk.take("reviewDecide", outcome="STRENGTHENED", reason="每月复查")
    assert await desk.review(FIRM) is None
    assert (await desk.review(SHANGHAI))["isSealed"] is True
    assert (len(await desk.told(FIRM)), len(await desk.told(PARTNER))) == start


async def test_a_seal_outlasts_a_hand_over_and_the_acceptance_that_says_nothing_of_it(quiet: Runtime) -> None:
    desk = await own_review(quiet)
    await desk.take("reviewAccept", isSealed=True, sealReason="将作突击检查")
    assert await desk.take("reviewHandOver", authorityId=JIANGSU, text="属省管项目") == []
    new = (await desk.review())["handedToId"]
    assert await desk.take("reviewAccept", JIANGSU, reviewId=new) == []
    assert (await desk.review(JIANGSU, new))["isSealed"] is True
    assert await desk.review(FIRM, new) is None


async def test_a_seal_can_be_taken_off_by_the_decision(quiet: Runtime) -> None:
    desk = await own_review(quiet)
    await desk.take("reviewAccept", isSealed=True, sealReason="将作突击检查")
    assert await desk.take("reviewDecide", outcome="MAINTAINED", reason="检查已毕", isSealed=False) == []
    assert (await desk.review(FIRM))["outcome"] == "MAINTAINED"
    assert (await desk.told(FIRM))[-1] == "review.decided"


async def test_a_firm_does_not_learn_of_a_cause_it_may_not_see_by_its_review(quiet: Runtime) -> None:
    desk = await own_review(quiet, category="ACCIDENT_INVESTIGATION")
    start = len(await desk.told(FIRM)), len(await desk.told(PARTNER))
    assert await desk.review(FIRM) is None
    await desk.take("reviewDecide", outcome="STRENGTHENED", reason="每月复查")
    assert (len(await desk.told(FIRM)), len(await desk.told(PARTNER))) == start
    assert (await desk.review(SHANGHAI))["outcome"] == "STRENGTHENED"


async def test_a_thread_holds_twenty_files_at_most(desk: Desk) -> None:
    for _ in range(20):
        assert await desk.take("reviewAttachEvidence", **file()) == []
    before = await desk.thread()
    assert await desk.take("reviewAttachEvidence", SHANGHAI, **file()) == ["EVIDENCE_FULL"]
    assert await desk.thread() == before
