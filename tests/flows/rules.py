"""Recognition rules for tests: published as the hub does it, at a moment before they count, whenever that was."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from graphene.utils.str_converters import to_snake_case

from exchange.demo.seed import caller_of
from exchange.desks.recognition_rules import publish_rule, rule_from
from schema.fields import CHINA
from tenants.session import acting

DATES = ("validFrom", "validTo", "reviewBy", "issuedFrom", "issuedTo")
IN_TIME = timedelta(days=3)


async def publish_in_time(hub: Any, slug: str, terms: Mapping[str, Any]) -> datetime:
    """Publish a rule (the arguments of recognitionRulePublish) so that it counts from its day; when that was."""
    caller, values = caller_of(hub.runtime, slug), as_input(terms)
    moment = datetime.combine(values["valid_from"], time(), CHINA) - IN_TIME
    async with acting(hub.runtime.database.pool, caller) as connection:
        assert await publish_rule(connection, rule_from(values, caller), caller, now=moment) == []
    return moment


def as_input(terms: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of recognitionRulePublish as the hub gets them."""
    return {to_snake_case(name): date.fromisoformat(value) if name in DATES else value for name, value in terms.items()}
