"""Local policies (本地政策) of authorities: what may be published, and which one holds on a day.

A term that could never apply is refused, and so is one that would drop what must be reviewed; all findings at once.
What a term does is in rules/policy.py; tests/spec/policies.md says the same.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import orjson

from exchange.rules import OPTIONAL, RULES, Handling, PresenceKind, Priority, Rule
from exchange.rules.firms import LESSER, LESSER_FLAG
from exchange.rules.persons import EXPIRING
from exchange.rules.policy import Policy, Term
from exchange.statements import statements
from schema.errors import Refusal
from tenants.registry import Tenant

_SQL = statements("policies")
ALL_RULES = {rule.name: rule for rule in (*RULES, *OPTIONAL)}
BANDS = {LESSER_FLAG.name: frozenset(LESSER)}
COUNTS_DAYS = frozenset({EXPIRING.name})
LONGEST_WORKDAYS = 10
"""Twice the usual time: a policy may take more of it than the default, not any amount."""
LONGEST_ACCOUNT = 64
MOST_TERMS = 100
MOST_VERSIONS = 100


def identifier_of(slug: str) -> str:
    """The one policy of an authority, in as many versions as it published."""
    return f"LP-{slug}"


def term_from(values: Mapping[str, Any]) -> Term:
    """A term as it is sent or stored: the same names, enumerations by name."""
    priority, handling = values.get("priority"), values.get("handling")
    return Term(
        rule=values["rule"],
        presence_kinds=frozenset(PresenceKind[one] for one in values.get("presence_kinds") or ()),
        regions=tuple(values.get("regions") or ()),
        bands=frozenset(values.get("bands") or ()),
        min_days_left=values.get("min_days_left"),
        is_by_path=values.get("is_by_path"),
        is_off=bool(values.get("is_off")),
        priority=Priority[priority] if priority else None,
        handling=Handling[handling] if handling else None,
        workdays=values.get("workdays"),
        assignee=(values.get("assignee") or "").strip() or None,
    )


def told_term(term: Term) -> dict[str, Any]:
    """The same way back: the GraphQL type PolicyTerm, and what is stored."""
    return {
        "rule": term.rule,
        "presence_kinds": sorted(one.name for one in term.presence_kinds),
        "regions": list(term.regions),
        "bands": sorted(term.bands),
        "min_days_left": term.min_days_left,
        "is_by_path": term.is_by_path,
        "is_off": term.is_off,
        "priority": term.priority.name if term.priority else None,
        "handling": term.handling.name if term.handling else None,
        "workdays": term.workdays,
        "assignee": term.assignee,
    }


def told_rule(rule: Rule) -> dict[str, Any]:
    """A rule and what is done by default, as the GraphQL type TriggerRule."""
    return {
        "name": rule.name,
        "zh": rule.zh,
        "en": rule.en,
        "basis": rule.basis,
        "event_types": rule.event_types,
        "priority": rule.priority.name,
        "handling": rule.handling.name,
        "workdays": rule.workdays,
        "presence_kinds": sorted(one.name for one in rule.lands),
        "path_kinds": sorted(one.name for one in rule.reaches),
        "is_optional": rule in OPTIONAL,
    }


def check_terms(terms: Sequence[Term], tenant: Tenant) -> list[Refusal]:
    """Everything that is wrong with terms."""
    if len(terms) > MOST_TERMS:
        return [Refusal("POLICY_OUT_OF_LIMITS", field=("terms",), name="terms", least=0, most=MOST_TERMS)]
    found = []
    for place, term in enumerate(terms):
        findings = [*_check_term(term, tenant), *_check_reach(term, terms[:place])]
        found += [Refusal(one.code, field=("terms", str(place), *one.field), **one.values) for one in findings]
    return found


def _check_term(term: Term, tenant: Tenant) -> Iterator[Refusal]:
    rule = ALL_RULES.get(term.rule)
    if rule is None:
        yield Refusal("VALUE_NOT_IN_TABLE", field=("rule",), known=" ".join(ALL_RULES))
        return
    yield from _check_conditions(term, rule, tenant)
    yield from _check_effects(term, rule)


def _check_conditions(term: Term, rule: Rule, tenant: Tenant) -> Iterator[Refusal]:
    kinds = rule.reaches if term.is_by_path else rule.lands if term.is_by_path is False else rule.lands | rule.reaches
    bands = BANDS.get(rule.name, frozenset())
    for one in sorted(term.presence_kinds - kinds, key=lambda kind: kind.name):
        yield _idle(rule, "presenceKinds", one.name, (kind.name for kind in kinds))
    for band in sorted(term.bands - bands):
        yield _idle(rule, "bands", band, bands)
    if term.is_by_path and not rule.reaches:
        yield _idle(rule, "isByPath", "true", ())
    if term.min_days_left is not None and rule.name not in COUNTS_DAYS:
        yield _idle(rule, "minDaysLeft", str(term.min_days_left), COUNTS_DAYS)
    for region in term.regions:
        if not (region.isascii() and region.isdigit() and 2 <= len(region) <= 6 and tenant.governs(region)):
            yield Refusal("POLICY_REGION_FOREIGN", field=("regions",), region=region[:12])


def _idle(rule: Rule, field: str, value: str, known: Iterable[str]) -> Refusal:
    return Refusal(
        "POLICY_CONDITION_IDLE", field=(field,), rule=rule.name, value=value, known=" ".join(sorted(known)) or "–"
    )


def _check_effects(term: Term, rule: Rule) -> Iterator[Refusal]:
    is_must = rule.priority is Priority.MUST and not term.is_by_path
    if is_must and term.is_off:
        yield Refusal("POLICY_MUST_STANDS", field=("isOff",), rule=rule.name)
    if is_must and term.priority is Priority.MAY:
        yield Refusal("POLICY_MUST_STANDS", field=("priority",), rule=rule.name)
    if is_must and rule.handling is Handling.FOR_FOLLOW_UP and term.handling is Handling.FOR_ATTENTION:
        yield Refusal("POLICY_MUST_STANDS", field=("handling",), rule=rule.name)
    if term.is_off and (term.priority or term.handling or term.workdays is not None or term.assignee):
        yield Refusal("VALUES_CONTRADICT", field=("isOff",), other="priority handling workdays assignee")
    if term.workdays is not None and not 1 <= term.workdays <= LONGEST_WORKDAYS:
        yield Refusal("POLICY_OUT_OF_LIMITS", field=("workdays",), name="workdays", least=1, most=LONGEST_WORKDAYS)
    if term.assignee is not None and (len(term.assignee) > LONGEST_ACCOUNT or not term.assignee.isprintable()):
        yield Refusal("POLICY_OUT_OF_LIMITS", field=("assignee",), name="assignee", least=1, most=LONGEST_ACCOUNT)


def _check_reach(term: Term, before: Sequence[Term]) -> Iterator[Refusal]:
    for place, earlier in enumerate(before, start=1):
        if _covers(earlier, term):
            yield Refusal("POLICY_TERM_UNREACHED", field=(), earlier=place)
            return


def _covers(earlier: Term, term: Term) -> bool:
    """Whether whatever fits `term` fits the earlier one already."""
    within = bool(term.regions) and all(region.startswith(earlier.regions) for region in term.regions)
    return (
        earlier.rule == term.rule
        and (not earlier.presence_kinds or bool(term.presence_kinds and term.presence_kinds <= earlier.presence_kinds))
        and (not earlier.regions or within)
        and (not earlier.bands or bool(term.bands and term.bands <= earlier.bands))
        and (earlier.min_days_left is None or (term.min_days_left or 0) >= earlier.min_days_left)
        and earlier.is_by_path in (None, term.is_by_path)
    )


async def publish_policy(connection: Any, tenant: Tenant, policy: Policy, *, operator: str, day: date) -> list[Refusal]:
    """Keep the next version of an authority's policy, or tell everything that is wrong with it (application role)."""
    latest = await connection.fetchrow(_SQL["latest"], tenant.tenant_id)
    version = latest["version"] if latest else 0
    problems = check_terms(policy.terms, tenant)
    if policy.version != version + 1:
        problems.append(Refusal("VERSION_CONFLICT", field=("version",), version=version))
    if policy.valid_from < day:
        problems.append(Refusal("POLICY_BACKDATED", field=("validFrom",), day=day))
    if problems:
        return problems
    terms = orjson.dumps([told_term(one) for one in policy.terms]).decode()
    kept = (tenant.tenant_id, policy.version, policy.valid_from, terms, operator, day)
    if await connection.fetchval(_SQL["publish"], *kept) is None:
        return [Refusal("VERSION_CONFLICT", field=("version",), version=policy.version)]
    return []


async def policies_in_force(connection: Any, owners: Iterable[int], day: date) -> dict[int, Policy]:
    """Authority -> the policy that holds with it on a day; the default holds with the others."""
    rows = await connection.fetch(_SQL["in_force"], list(owners), day)
    return {row["owner_id"]: _policy(row) for row in rows}


async def published_policies(connection: Any, tenant: Tenant, day: date) -> list[dict[str, Any]]:
    """An authority's own policy in all its versions, as the GraphQL type Policy, the latest first."""
    rows = await connection.fetch(_SQL["published"], tenant.tenant_id, MOST_VERSIONS)
    in_force = next((row["version"] for row in rows if row["valid_from"] <= day), None)
    return [
        {
            "identifier": identifier_of(tenant.slug),
            "version": row["version"],
            "valid_from": row["valid_from"],
            "is_in_force": row["version"] == in_force,
            "published_by": row["published_by"],
            "published_on": row["published_on"],
            "terms": orjson.loads(row["terms"]),
        }
        for row in rows
    ]


def _policy(row: Mapping[str, Any]) -> Policy:
    terms = tuple(term_from(one) for one in orjson.loads(row["terms"]))
    return Policy(
        identifier=identifier_of(row["slug"]), version=row["version"], valid_from=row["valid_from"], terms=terms
    )
