"""Persons that may be one: shown to the owner of a record, to nobody who may not read both, gone once judged."""

from typing import Any

from tests.flows import material
from tests.flows.identities import born_apart, corrected, judged, person_id, settled, types_since
from tests.flows.material import publish
from tests.flows.neighbours import DONGGUAN, GUANGZHOU, SHANGHAI, SHENZHEN

SUSPECTED = """query S($after: String) { suspectedDuplicates(first: 100, after: $after) {
  nodes { basis record { id } otherRecord { id owner { id } } person { id } otherPerson { id } }
  pageInfo { hasNextPage endCursor } } }"""


async def suspicions(ask: Any, slug: str, *records: str) -> list[tuple[str, str, str]]:
    """The basis, own and other record of every pair in which one of these records is the caller's."""
    found, after = [], None
    while True:
        page = (await ask(slug, SUSPECTED, after=after)).data["suspectedDuplicates"]
        found += [(one["basis"], one["record"]["id"], one["otherRecord"]["id"]) for one in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            return [one for one in found if one[1] in records]
        after = page["pageInfo"]["endCursor"]


async def test_one_certificate_number_under_two_persons_is_suspected_by_both_issuers(ask: Any, hub: Any) -> None:
    first, second, firm = material.person(), material.person(), material.firm()
    values = material.engineer(first, firm)
    mine = await publish(ask, SHENZHEN, "assistantSafetyEngineer", values)
    other = {**material.engineer(second, firm, region="440100"), "number": values["number"]}
    theirs = await publish(ask, GUANGZHOU, "assistantSafetyEngineer", other)
    await settled(hub)
    assert await suspicions(ask, SHENZHEN, mine) == [("CERTIFICATE_NUMBER", mine, theirs)]
    assert await suspicions(ask, GUANGZHOU, theirs) == [("CERTIFICATE_NUMBER", theirs, mine)]
    assert await suspicions(ask, DONGGUAN, mine, theirs) == []


async def test_a_suspicion_dismissed_or_confirmed_is_gone_for_who_judged_alone(ask: Any, hub: Any) -> None:
    first, second, firm = material.person(), material.person(), material.firm()
    values = material.engineer(first, firm)
    mine = await publish(ask, SHENZHEN, "assistantSafetyEngineer", values)
    other = {**material.engineer(second, firm, region="440100"), "number": values["number"]}
    theirs = await publish(ask, GUANGZHOU, "assistantSafetyEngineer", other)
    start = await settled(hub)
    known = person_id(hub)
    await judged(ask, SHENZHEN, known(first), known(second), verdict="DIFFERENT")
    await settled(hub)
    assert await suspicions(ask, SHENZHEN, mine) == []
    assert await suspicions(ask, GUANGZHOU, theirs) == [("CERTIFICATE_NUMBER", theirs, mine)]
    assert await types_since(ask, SHENZHEN, start) == []


async def test_a_suspicion_tells_nothing_of_a_record_the_owner_may_not_read(ask: Any, hub: Any) -> None:
    """Shanghai and Shenzhen share no agreement."""
    first, second = material.person(), material.person()
    values = material.engineer(first, material.firm())
    mine = await publish(ask, SHENZHEN, "assistantSafetyEngineer", values)
    other = {**material.engineer(second, material.firm("310000"), region="310000"), "number": values["number"]}
    theirs = await publish(ask, SHANGHAI, "assistantSafetyEngineer", other)
    await settled(hub)
    assert await suspicions(ask, SHENZHEN, mine) == []
    assert await suspicions(ask, SHANGHAI, theirs) == []


async def test_the_same_name_and_masked_number_under_two_ids_are_suspected_once(ask: Any, hub: Any) -> None:
    first, second = born_apart()
    firm = material.firm()
    mine = [
        await publish(ask, SHENZHEN, "appointment", material.appointment(one, firm, "440300"))
        for one in (first, second)
    ]
    again = await publish(ask, SHENZHEN, "assistantSafetyEngineer", material.engineer(second, firm))
    await settled(hub)
    found = await suspicions(ask, SHENZHEN, *mine, again)
    assert [basis for basis, *_ in found] == ["NAME_AND_ID_NUMBER"]


async def test_a_suspicion_ends_where_the_number_is_corrected(ask: Any, hub: Any) -> None:
    first, second = born_apart()
    firm = material.firm()
    mine = [
        await publish(ask, SHENZHEN, "assistantSafetyEngineer", material.engineer(one, firm)) for one in (first, second)
    ]
    await settled(hub)
    assert len(await suspicions(ask, SHENZHEN, *mine)) == 1
    assert (await corrected(ask, SHENZHEN, first, second))["userErrors"] == []
    await settled(hub)
    assert await suspicions(ask, SHENZHEN, *mine) == []
