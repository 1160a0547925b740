"""What two authorities say of one thing stays two things, and what one of them published stays its own."""

from typing import Any

from tests.flows import material
from tests.flows.neighbours import HOUSING, SHANGHAI, SHENZHEN


async def test_the_same_record_published_elsewhere_is_another_record(ask: Any) -> None:
    """Two authorities may state the same of a firm; neither overwrites the other's."""
    values = material.flag(material.firm("310000"))
    first = await material.publish(ask, SHANGHAI, "riskFlag", values)
    second = await material.publish(ask, SHENZHEN, "riskFlag", {**values, "region": "440300"})
    assert first != second
    query = "query Q($x: ID!) { riskFlag(id: $x) { version region } }"
    assert (await ask(SHANGHAI, query, x=first)).data["riskFlag"] == {"version": 1, "region": "310000"}


async def test_a_rule_stays_with_the_authority_that_published_it_first(ask: Any) -> None:
    """The province governs the city too, and shall not publish the next version of the city's rule."""
    query = (
        "mutation R($x: RecognitionRuleInput!) "
        "{ recognitionRulePublish(input: $x) { version userErrors { code field } } }"
    )
    mine = await ask(SHENZHEN, query, x=material.rule("AR-440300-0009", "4403"))
    assert mine.data["recognitionRulePublish"] == {"version": 1, "userErrors": []}
    taken = await ask(HOUSING, query, x=material.rule("AR-440300-0009", "4403", version=2))
    refused = {"code": "FOREIGN_ISSUER", "field": ["input", "identifier"]}
    assert taken.data["recognitionRulePublish"] == {"version": None, "userErrors": [refused]}
