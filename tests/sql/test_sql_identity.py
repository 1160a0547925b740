"""How who is who is looked up at size: by the shape of the plans, which no machine's speed changes."""

from collections.abc import Iterator
from typing import Any

from exchange.database import APPLICATION_ROLE, HUB_ROLE
from exchange.statements import statements
from tests.sql.planning import Planning
from tests.sql.test_sql_compiled import QUERIES, compiled


def nodes(plan: Any, above: tuple[str, ...] = ()) -> Iterator[tuple[dict[str, Any], tuple[str, ...]]]:
    """Every node of a plan, with the types of the nodes above it."""
    for node in [one["Plan"] for one in plan] if isinstance(plan, list) else plan.get("Plans", []):
        yield node, above
        yield from nodes(node, (*above, node["Node Type"]))


async def test_the_probes_for_look_alikes_enter_by_number_and_by_mark_and_stop_after_a_few(planning: Planning) -> None:
    plan = await planning.plan(HUB_ROLE, statements("names")["suspect_duplicates"])
    probes = {
        node["Index Name"]: (node["Index Cond"], above)
        for node, above in nodes(plan)
        if node.get("Index Name") in ("record_by_number", "person_mark_pkey")
    }
    assert sorted(probes) == ["person_mark_pkey", "record_by_number"]
    assert "number_hash = " in probes["record_by_number"][0]
    assert "mark = " in probes["person_mark_pkey"][0]
    assert all("Limit" in above for _, above in probes.values())


async def test_a_page_of_suspected_duplicates_is_read_in_its_order_and_no_further(planning: Planning) -> None:
    plan = await planning.plan(APPLICATION_ROLE, compiled(QUERIES["suspected duplicates"]))
    (found,) = [
        (node, above) for node, above in nodes(plan)
        if node.get("Relation Name") == "person_suspicion" and node.get("Alias") == "t1"
    ]  # fmt: skip
    node, above = found
    assert node["Index Name"] == "person_suspicion_by_owner"
    assert "Limit" in above
    below = above[len(above) - above[::-1].index("Limit") :]
    assert "Sort" not in below


async def test_the_ids_of_a_person_are_gathered_by_index_and_for_few(planning: Planning) -> None:
    plan = await planning.plan(APPLICATION_ROLE, statements("statistics")["posts"])
    verdicts = [node for node, _ in nodes(plan) if node.get("Relation Name") == "person_verdict"]
    assert {node["Node Type"] for node in verdicts} <= {"Index Scan", "Index Only Scan"}
    assert len(verdicts) >= 2
