"""Hub methods of local policies: publish the next version, read one's own, simulate a draft.

What may be published is in policies.py, what a draft would have done in simulating.py.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from exchange.engine.arguments import plain
from exchange.engine.asking import Asking
from exchange.holidays import holidays_of
from exchange.months import since
from exchange.rules.policy import Policy, Term
from exchange.triggering.policies import (
    ALL_RULES,
    check_terms,
    identifier_of,
    policies_in_force,
    publish_policy,
    published_policies,
    term_from,
    told_rule,
)
from exchange.triggering.simulation import MOST_MONTHS, answer, simulate
from exchange.user_errors import refusal_error
from schema.errors import Refusal
from tenants.session import acting

SCOPE = "policy.publish"


class PolicyDesk:
    """The part of the hub in which an authority sets its own policy."""

    _pool: Any
    _hub_pool: Any

    async def trigger_rules(self, asking: Asking) -> list[dict[str, Any]]:
        """Every rule and its default; public."""
        return [told_rule(rule) for rule in ALL_RULES.values()]

    async def policies(self, asking: Asking) -> list[dict[str, Any]]:
        """The own policy, every version."""
        asking.caller.require(SCOPE)
        async with acting(self._pool, asking.caller) as connection:
            return await published_policies(connection, asking.caller.tenant, asking.day)

    async def policy_publish(self, asking: Asking, input: Mapping[str, Any]) -> dict[str, Any]:
        """Publish the next version."""
        asking.caller.require(SCOPE)
        tenant = asking.caller.tenant
        policy = Policy(
            identifier=identifier_of(tenant.slug),
            version=input["version"],
            valid_from=input.get("valid_from") or asking.day,
            terms=_terms(input["terms"]),
        )
        async with acting(self._pool, asking.caller) as connection:
            problems = await publish_policy(
                connection, tenant, policy, operator=asking.caller.client_id, day=asking.day
            )
            if problems:
                return {"user_errors": [refusal_error(one, "input") for one in problems]}
            published = await published_policies(connection, tenant, asking.day)
        return {"policy": published[0], "user_errors": []}

    async def policy_simulation(self, asking: Asking, input: Mapping[str, Any]) -> dict[str, Any]:
        """What a draft would have done."""
        asking.caller.require(SCOPE)
        tenant, months, terms = asking.caller.tenant, input["months"], _terms(input["terms"])
        problems = check_terms(terms, tenant)
        if not 1 <= months <= MOST_MONTHS:
            problems.append(
                Refusal("POLICY_OUT_OF_LIMITS", field=("months",), name="months", least=1, most=MOST_MONTHS)
            )
        if problems:
            return {"user_errors": [refusal_error(one, "input") for one in problems]}
        draft = Policy(identifier=identifier_of(tenant.slug), version=0, valid_from=asking.day, terms=terms)
        first = since(asking.day, months)
        async with self._hub_pool.acquire() as connection:
            holidays = await holidays_of(connection)
        try:
            async with acting(self._pool, asking.caller) as connection:
                in_force = await policies_in_force(connection, [tenant.tenant_id], asking.day)
                tally = await simulate(connection, tenant.tenant_id, first, in_force.get(tenant.tenant_id), draft)
        except Refusal as refusal:
            if refusal.code != "SIMULATION_TOO_LARGE":
                raise
            return {"user_errors": [refusal_error(refusal)]}
        return {"simulation": answer(tally, first, asking.day, holidays), "user_errors": []}


def _terms(several: Sequence[Mapping[str, Any]]) -> tuple[Term, ...]:
    return tuple(term_from({name: _plain(value) for name, value in one.items()}) for one in several)


def _plain(value: Any) -> Any:
    return [plain(one) for one in value] if isinstance(value, list) else plain(value)
