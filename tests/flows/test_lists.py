"""The lists every kind of record has: newest first, narrowed by firm, division, and the moment of recording."""

from datetime import datetime, timedelta
from typing import Any

from tests.flows import material
from tests.flows.material import publish
from tests.flows.neighbours import GUANGZHOU, SHENZHEN

LIST = """query Q($code: String!, $region: String, $since: DateTime) {
  riskGradings(first: 9, creditCode: $code, region: $region, recordedSince: $since) {
    totalCount nodes { id band recordedAt } } }"""


async def listed(ask: Any, **variables: Any) -> list[dict[str, Any]]:
    found = (await ask(GUANGZHOU, LIST, **variables)).data["riskGradings"]
    assert found["totalCount"] == len(found["nodes"])
    nodes: list[dict[str, Any]] = found["nodes"]
    return nodes


async def test_a_list_has_the_newest_first_and_nothing_of_other_firms(ask: Any) -> None:
    firm = material.firm()
    await publish(ask, SHENZHEN, "riskGrading", material.grading(material.firm()))
    old = await publish(ask, SHENZHEN, "riskGrading", material.grading(firm))
    new = await publish(ask, SHENZHEN, "riskGrading", {**material.grading(firm, "BLUE"), "scheme": "另一办法"})
    found = [(one["id"], one["band"]) for one in await listed(ask, code=firm.credit_code)]
    assert found == [(new, "BLUE"), (old, "YELLOW")]


async def test_a_list_is_narrowed_by_a_division_with_those_below_it(ask: Any) -> None:
    firm = material.firm()
    identity = await publish(ask, SHENZHEN, "riskGrading", {**material.grading(firm), "region": "440305"})
    for region, found in (("440000", [identity]), ("440300", [identity]), ("440100", []), ("310000", [])):
        assert [one["id"] for one in await listed(ask, code=firm.credit_code, region=region)] == found


async def test_a_list_begins_at_the_moment_asked_for_whatever_zone_it_is_written_in(ask: Any) -> None:
    firm = material.firm()
    await publish(ask, SHENZHEN, "riskGrading", material.grading(firm))
    (one,) = await listed(ask, code=firm.credit_code)
    recorded = datetime.fromisoformat(one["recordedAt"])
    elsewhere = recorded.astimezone().isoformat()
    assert await listed(ask, code=firm.credit_code, since=elsewhere) == [one]
    later = (recorded + timedelta(microseconds=1)).isoformat()
    assert await listed(ask, code=firm.credit_code, since=later) == []
