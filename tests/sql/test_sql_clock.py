"""A day with nothing due is cheap: who may be due is found by the day alone, in an index of those that have one."""

from collections.abc import Iterator
from typing import Any

from exchange.database import HUB_ROLE
from exchange.statements import statements
from tests.sql.planning import Planning

_SQL = statements("clock")
# By which index each sort of day is found; of what states its day in its body all that are open are looked at: few.
BY_DAY = {"record_by_end", "record_by_review_due", "record_by_permit_end", "record_by_reassessment"}
OPEN = {"record_by_rectification", "record_by_term"}


def nodes(plan: Any) -> Iterator[dict[str, Any]]:
    """Every step of a plan."""
    yield plan
    for inner in plan.get("Plans", []):
        yield from nodes(inner)


async def test_who_may_be_due_is_found_between_two_days_of_an_index(planning: Planning) -> None:
    (explained,) = await planning.plan(HUB_ROLE, _SQL["due"])
    entered = [node for node in nodes(explained["Plan"]) if "Index Name" in node]
    assert sorted(node["Index Name"] for node in entered) == sorted(BY_DAY | OPEN)
    bounds = {node["Index Name"]: node.get("Index Cond", "") for node in entered}
    assert {name for name, bound in bounds.items() if "after)" in bound and "until)" in bound} == BY_DAY


async def test_what_is_told_is_asked_of_the_named_records_and_their_notices_alone(planning: Planning) -> None:
    (explained,) = await planning.plan(HUB_ROLE, _SQL["tell"])
    scanned = {node["Relation Name"] for node in nodes(explained["Plan"]) if node["Node Type"] == "Seq Scan"}
    assert scanned == set()
