"""A day with nothing due is cheap: who may be due is found by the day alone, in an index of those that have one."""

from collections.abc import Iterator
from typing import Any

import pytest

from exchange.database import HUB_ROLE
from exchange.statements import statements
from tests.sql.planning import Planning

_SQL = statements("clock")
# By which index each statement finds who may be due.
ENTRANCES = {
    "certificates_ending": "record_by_end",
    "reviews_due": "record_by_review_due",
    "permits_ending": "record_by_permit_end",
    "reassessments_due": "record_by_reassessment",
}
# The same of what is open and states its day in its body: all that are open are looked at, and they are few.
OPEN = {"rectifications_due": "record_by_rectification", "terms_ending": "record_by_term"}


def nodes(plan: Any) -> Iterator[dict[str, Any]]:
    """Every step of a plan."""
    yield plan
    for inner in plan.get("Plans", []):
        yield from nodes(inner)


async def entrances(planning: Planning, name: str) -> list[dict[str, Any]]:
    """Where a statement enters an index."""
    (explained,) = await planning.plan(HUB_ROLE, _SQL[name])
    return [node for node in nodes(explained["Plan"]) if "Index Name" in node]


@pytest.mark.parametrize("name", ENTRANCES)
async def test_who_may_be_due_is_found_between_two_days_of_an_index(name: str, planning: Planning) -> None:
    (entered,) = await entrances(planning, name)
    assert entered["Index Name"] == ENTRANCES[name]
    assert ("> $1" in entered["Index Cond"], "<= $2" in entered["Index Cond"]) == (True, True)


@pytest.mark.parametrize("name", OPEN)
async def test_of_what_is_open_nothing_else_is_looked_at(name: str, planning: Planning) -> None:
    assert [one["Index Name"] for one in await entrances(planning, name)] == [OPEN[name]]


async def test_what_is_told_is_asked_of_the_named_records_and_their_notices_alone(planning: Planning) -> None:
    (explained,) = await planning.plan(HUB_ROLE, _SQL["tell"])
    scanned = {node["Relation Name"] for node in nodes(explained["Plan"]) if node["Node Type"] == "Seq Scan"}
    assert scanned == set()
