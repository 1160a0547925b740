"""Reviews on two desks of a quiet hub: Shanghai's flag on a firm with a matter in Nanjing, Jiangsu above Nanjing.

Add a step that several tests take as a method of Desk.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from exchange.clock import run_clock
from exchange.runtime import Runtime
from tests.flows import material
from tests.flows.scratch import answered, keep

SHANGHAI, NANJING, JIANGSU, GUANGZHOU = "sh-bureau", "nj-bureau", "js-department", "gz-bureau"
PARTNER = "bidding-platform"
REVIEW = """query R($x: ID!) { review(id: $x) { id version state outcome decisionReason legalBasis decidedOn correctedOn
  acceptedOn assignedTo decidedBy declineReason endedOn isSealed isOverdue escalatedOn superior { id } handedToId
  handedTo { id } handedFrom { id } authority { id } } }"""
THREAD = """query T($x: ID!) { review(id: $x) { thread(first: 50) { nodes { id reviewId step state operator text
  takenOn authority { id } assignedTo declineReason outcome legalBasis formerOutcome formerReason formerLegalBasis
  question answer requestId evidence { id name mediaType sha256 size content } } } } }"""
EVENTS = """query E($c: String!, $t: [String!]) { events(first: 100, creditCode: $c, types: $t) { nodes {
  type owner { id } day payload } } }"""
STEPS = [
    "review.accepted", "review.assigned", "review.handedOver", "review.reminded", "review.informationRequested",
    "review.informationGiven", "review.evidenceAttached", "review.declined", "review.withdrawn", "review.decided",
    "review.corrected", "review.escalated", "review.opened", "review.causeLifted",
]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Desk:
    """A firm flagged in Shanghai and its review in Nanjing."""

    hub: Runtime
    firm: material.Firm
    flag_id: str
    review_id: str

    async def review(self, slug: str = NANJING, review_id: str | None = None) -> Any:
        """The review as a tenant sees it; none where it sees none."""
        return (await answered(self.hub, slug, REVIEW, x=review_id or self.review_id))["data"]["review"]

    async def thread(self, slug: str = NANJING, review_id: str | None = None) -> list[dict[str, Any]]:
        """Its steps as a tenant sees them."""
        found = (await answered(self.hub, slug, THREAD, x=review_id or self.review_id))["data"]["review"]
        nodes: list[dict[str, Any]] = found["thread"]["nodes"] if found else []
        return nodes

    async def take(self, name: str, slug: str = NANJING, /, **values: Any) -> list[str]:
        """Take a step with the version that stands, unless another is given; the codes of what is wrong."""
        sent = {"reviewId": self.review_id, **values}
        if "expectedVersion" not in sent:
            seen = await self.review(NANJING, sent["reviewId"]) or await self.review(slug, sent["reviewId"])
            sent["expectedVersion"] = seen["version"]
        kind = f"R{name[1:]}Input"
        query = (
            f"mutation M($i: {kind}!) {{ {name}(input: $i) {{ review {{ id }} userErrors {{ code field message }} }} }}"
        )
        answer = (await answered(self.hub, slug, query, i=sent))["data"][name]
        assert (answer["review"] is None) is bool(answer["userErrors"])
        return [one["code"] for one in answer["userErrors"]]

    async def told(self, slug: str, *types: str) -> list[str]:
        """The types of events about the review's life a tenant heard of the firm, in order."""
        await self.hub.settle()
        found = await answered(self.hub, slug, EVENTS, c=self.firm.credit_code, t=list(types) or STEPS)
        return [one["type"] for one in found["data"]["events"]["nodes"]]

    async def clock(self, day: date) -> int:
        """Run the clock for a day; how many reviews were escalated."""
        async with self.hub.database.hub_pool.acquire() as connection:
            raised = (await run_clock(connection, day)).get("review.escalated", 0)
        await self.hub.settle()
        return raised


async def open_desk(hub: Runtime, of: material.Firm | None = None, /, **changed: Any) -> Desk:
    """A firm of its own, or the one given, flagged and found."""
    firm = of or material.firm("310000")
    await keep(hub, NANJING, "PROJECT_APPROVAL", material.matter(firm, "320100"))
    flag_id = await keep(hub, SHANGHAI, "RISK_FLAG", {**material.flag(firm), **changed})
    await hub.settle()
    query = "query Q($x: ID!) { riskFlag(id: $x) { reviews(first: 5) { nodes { id } } } }"
    found = (await answered(hub, SHANGHAI, query, x=flag_id))["data"]["riskFlag"]
    (review,) = found["reviews"]["nodes"]
    return Desk(hub=hub, firm=firm, flag_id=flag_id, review_id=review["id"])


def days_after(day: date, days: int) -> date:
    """A later day."""
    return day + timedelta(days=days)
