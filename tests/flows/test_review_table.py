"""Every row of the steps in tests/spec/reviews.md once more, through the API and the database's own conditions."""

import base64
import hashlib
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from exchange.runtime import Runtime
from tests.flows.review_desks import JIANGSU, NANJING, SHANGHAI, Desk, open_desk
from tests.flows.scratch import DAY, quiet_hub
from tests.spec.tables import rows

# As the hub's own role could; what a state brings along comes with it.
BRING = """update review
set state = $2, ended_on = case when $2 in ('DECLINED', 'WITHDRAWN') then $3::date end,
  decline_reason = case when $2 = 'DECLINED' then 'DUPLICATE' end,
  outcome = case when $2 = 'DECIDED' then 'MAINTAINED' end,
  decision_reason = case when $2 = 'DECIDED' then '无碍' end, decided_on = case when $2 = 'DECIDED' then $3::date end
where review_id = $1"""
# Mutation, who takes it, and what it needs.
CALLS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "ACCEPTED": ("reviewAccept", NANJING, {}),
    "ASSIGNED": ("reviewAssign", NANJING, {"assignee": "NJ-07"}),
    "HANDED_OVER": ("reviewHandOver", NANJING, {"authorityId": JIANGSU, "text": "属省管项目"}),
    "REMINDED": ("reviewRemind", SHANGHAI, {}),
    "INFORMATION_REQUESTED": ("reviewRequestInformation", NANJING, {"question": "IS_CONTESTED"}),
    "INFORMATION_GIVEN": ("reviewGiveInformation", SHANGHAI, {"answer": "YES"}),
    "EVIDENCE_ATTACHED": ("reviewAttachEvidence", NANJING, {
        "name": "a.txt", "mediaType": "text/plain", "size": 1, "sha256": hashlib.sha256(b"a").hexdigest(),
        "content": base64.b64encode(b"a").decode(),
    }),
    "DECLINED": ("reviewDecline", NANJING, {"reason": "DUPLICATE"}),
    "DECIDED": ("reviewDecide", NANJING, {"outcome": "STRENGTHENED", "reason": "每月复查"}),
    "CORRECTED": ("reviewCorrectDecision", NANJING, {
        "outcome": "STRENGTHENED", "reason": "每月复查", "correctionReason": "漏看整改报告",
    }),
}  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quiet(database: Any) -> AsyncIterator[Runtime]:
    """A hub whose numbering and triggers run when a test says so."""
    async with quiet_hub(database.dsn, "exchange_review_table") as runtime:
        yield runtime


async def in_state(quiet: Runtime, state: str) -> tuple[Desk, str]:
    """A review in a state, with a question nobody has answered; the id of the question."""
    desk = await open_desk(quiet)
    assert await desk.take("reviewAccept") == []
    assert await desk.take("reviewRequestInformation", question="IS_RECTIFIED") == []
    async with quiet.database.hub_pool.acquire() as connection:
        await connection.execute(BRING, uuid.UUID(desk.review_id), state, DAY)
    (asked,) = [one for one in await desk.thread() if one["question"]]
    return desk, asked["id"]


@pytest.mark.parametrize("row", rows("reviews.md", "步骤"), ids=lambda row: f"{row['步骤']} {row['现状态']}")
async def test_a_step_through_the_api_leads_where_the_table_says(row: dict[str, str], quiet: Runtime) -> None:
    desk, question = await in_state(quiet, row["现状态"])
    name, slug, values = CALLS[row["步骤"]]
    before, thread = await desk.review(), await desk.thread()
    codes = await desk.take(name, slug, **({**values, "requestId": question} if "answer" in values else values))
    after = await desk.review()
    assert (codes or [after["state"]]) == [row["结果"]]
    taken = (await desk.thread())[len(thread) :]
    if codes:
        assert (after, taken) == (before, [])
    else:
        assert [one["step"] for one in taken] == [row["步骤"], *(["OPENED"] if row["步骤"] == "HANDED_OVER" else [])]
        assert taken[0]["state"] == row["结果"]
