"""What makes a firm present: each kind of matter and place, in each of its states, before a flag from elsewhere."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from exchange.runtime import Runtime
from tests.flows import material
from tests.flows.scratch import DAY, answered, keep, quiet_hub

GUANGZHOU, SHENZHEN = "gz-bureau", "sz-bureau"
REVIEWS = """query R($c: String!) { enterprise(creditCode: $c) { reviews(first: 9) { nodes {
  rule reason matter { id } bid { id } site { id } filing { id } } } } }"""
YESTERDAY, TODAY = (DAY - timedelta(days=1)).isoformat(), DAY.isoformat()
CASES = [
    ("PROJECT_APPROVAL", {"status": "PENDING"}, True),
    ("PROJECT_APPROVAL", {"status": "APPROVED"}, False),
    ("PROJECT_APPROVAL", {"status": "CLOSED"}, False),
    ("BID", {"bidStatus": "SUBMITTED"}, True),
    ("BID", {"bidStatus": "SHORTLISTED"}, True),
    ("BID", {"bidStatus": "WON"}, True),
    ("BID", {"bidStatus": "LOST"}, False),
    ("BID", {"bidStatus": "WITHDRAWN"}, False),
    ("SITE", {}, True),
    ("SITE", {"endedOn": TODAY}, True),
    ("SITE", {"endedOn": YESTERDAY}, False),
    ("FILING", {"filingStatus": "RECEIVED"}, True),
    ("FILING", {"filingStatus": "FILED"}, True),
    ("FILING", {"filingStatus": "FILED", "validTo": TODAY}, True),
    ("FILING", {"filingStatus": "FILED", "validTo": YESTERDAY}, False),
    ("FILING", {"filingStatus": "RETURNED"}, False),
    ("FILING", {"filingStatus": "ENDED"}, False),
]
WORDS = {
    "PROJECT_APPROVAL": ("项目审批", "matter"), "BID": ("投标", "bid"), "SITE": ("工地与场所", "site"),
    "FILING": ("备案与告知", "filing"),
}  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quiet(database: Any) -> AsyncIterator[Runtime]:
    """A hub whose numbering and triggers run when a test says so."""
    async with quiet_hub(database.dsn, "exchange_presence_kinds") as runtime:
        yield runtime


def presence(kind: str, firm: material.Firm, told: dict[str, str]) -> dict[str, Any]:
    own: dict[str, dict[str, Any]] = {
        "PROJECT_APPROVAL": material.matter(firm, "440100"),
        "BID": {"tenderNumber": material.number("示招标"), "projectName": "示范厂房工程", "bidOn": "2024-03-01"},
        "SITE": {"siteName": "示范一号工地", "siteType": "CONSTRUCTION", "startedOn": "2024-03-01"},
        "FILING": {"filingNumber": material.number("示备案"), "filingType": "OUTSIDE_FIRM", "filedOn": "2024-03-01"},
    }
    return {"creditCode": firm.credit_code, "name": firm.name, "region": "440100", **own[kind], **told}


async def reasons(quiet: Runtime, firm: material.Firm) -> list[tuple[str, str, list[str]]]:
    """Rule, local matter by name, and the fields that lead to it."""
    await quiet.settle()
    found = (await answered(quiet, GUANGZHOU, REVIEWS, c=firm.credit_code))["data"]["enterprise"]
    return [
        (
            one["rule"],
            one["reason"].partition("；")[2],
            [name for name in ("matter", "bid", "site", "filing") if one[name]],
        )
        for one in found["reviews"]["nodes"]
    ]


@pytest.mark.parametrize("comes_first", ["presence", "flag"])
@pytest.mark.parametrize(("kind", "told", "counts"), CASES)
async def test_a_red_flag_opens_a_review_where_the_firm_is_present(
    quiet: Runtime, kind: str, told: dict[str, str], counts: bool, comes_first: str
) -> None:
    firm = material.firm()
    records = [(GUANGZHOU, kind, presence(kind, firm, told)), (SHENZHEN, "RISK_FLAG", material.flag(firm))]
    for slug, name, values in records if comes_first == "presence" else records[::-1]:
        await keep(quiet, slug, name, values)
    name, field = WORDS[kind]
    assert await reasons(quiet, firm) == ([("RED_FLAG", f"本地{name}：广州市", [field])] if counts else [])


async def test_a_bid_that_is_submitted_again_meets_the_flag_that_stands(quiet: Runtime) -> None:
    firm = material.firm()
    bid = presence("BID", firm, {"bidStatus": "WITHDRAWN"})
    await keep(quiet, GUANGZHOU, "BID", bid)
    await keep(quiet, SHENZHEN, "RISK_FLAG", material.flag(firm))
    assert await reasons(quiet, firm) == []
    await keep(quiet, GUANGZHOU, "BID", {**bid, "bidStatus": "SUBMITTED"})
    assert [rule for rule, _, _ in await reasons(quiet, firm)] == ["RED_FLAG"]
