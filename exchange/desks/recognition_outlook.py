"""Hub methods that look at rules as a whole: who recognises what (coverage), whether one's own are sound (health), and
what a draft would change (simulation).

What is counted is in exchange/recognition/ (coverage.py, simulating.py); what publishes is in recognition_rules.py.
"""

import uuid
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from exchange.agreed import bound
from exchange.desks.recognition_facts import facts_of, population
from exchange.desks.recognition_rules import faults_of, published_rules, rule_as_answer, rule_from
from exchange.engine.asking import Asking
from exchange.recognition.choice import rules_in_force
from exchange.recognition.coverage import Cell, conflicts, coverage
from exchange.recognition.publication import CERTIFICATE_KINDS
from exchange.recognition.simulating import Change, Tally, compare, question_on
from exchange.statements import statements
from exchange.user_errors import refusal_error
from schema.errors import Refusal
from schema.fields import Unreadable, division_code
from schema.recognition import CertificateFacts, Question, RecognitionRule, RuleType, Verdict
from schema.regions import province_of, provinces
from tenants.caller import DirectorySource
from tenants.session import acting

_SQL = statements("recognition_rules")
_LEAVE_EVIDENCE = statements("identity")["leave_evidence"]
PURPOSE = "互认规则推演"
IDLE_DAYS = 90
MOST_CERTIFICATES = 50_000
BATCH = 500  # others are answered in between
NO_ID = uuid.UUID(int=0)


class OutlookDesk:
    """The part of the hub that tells what rules come to."""

    _pool: Any
    _source: DirectorySource

    async def recognition_coverage(
        self,
        asking: Asking,
        on: date | None = None,
        issuing_region: str | None = None,
        host_region: str | None = None,
        kinds: Sequence[str] | None = None,
    ) -> list[dict[str, Any]]:
        """How provinces take each other's certificates."""
        if issuing_region is None and host_region is None:
            host_region = asking.caller.tenant.region
        if issuing_region is None and host_region is None:
            raise Refusal("BAD_INPUT", field=("hostRegion",), detail="hostRegion, issuingRegion")
        issuers, hosts = _provinces(issuing_region, "issuingRegion"), _provinces(host_region, "hostRegion")
        asked = sorted(CERTIFICATE_KINDS if kinds is None else CERTIFICATE_KINDS & set(kinds))
        async with acting(self._pool, asking.caller) as connection:
            rules = await published_rules(connection)
        return [_cell(one) for one in coverage(rules, issuers, hosts, asked, on or asking.day)]

    async def recognition_rule_health(self, asking: Asking, on: date | None = None) -> list[dict[str, Any]]:
        """The own rules in force, and what is wrong with them."""
        asking.caller.require("rule.publish")
        day, tenant_id = on or asking.day, asking.caller.tenant.tenant_id
        async with acting(self._pool, asking.caller) as connection:
            rules = await published_rules(connection)
            rows = await connection.fetch(_SQL["last_fired"], tenant_id)
        fired = {(row["identifier"], row["version"]): row["fired_on"] for row in rows}
        pairs = conflicts(rules, day)
        own = [rule for rule in rules_in_force(rules, day) if (rule.identifier, rule.version) in fired]
        return [_health(rule, fired[rule.identifier, rule.version], pairs, day) for rule in own]

    async def recognition_simulation(
        self, asking: Asking, input: Mapping[str, Any], host_region: str | None = None
    ) -> dict[str, Any]:
        """What a draft would change."""
        asking.caller.require("rule.publish")
        draft = rule_from(input, asking.caller)
        host = _region(host_region, "hostRegion") if host_region else _first_host(draft, asking)
        async with acting(self._pool, asking.caller) as connection:
            problems = await faults_of(connection, draft, asking.caller, now=asking.now)
            rules = rules_in_force(await published_rules(connection), draft.valid_from)
            (draft,) = await bound(connection, (draft,))
        if problems:
            return {"user_errors": [refusal_error(one, "input") for one in problems]}
        try:
            tally = await _simulate(self._pool, asking, self._source, draft, rules, host)
        except Refusal as refusal:
            if refusal.code != "RULE_SIMULATION_TOO_LARGE":
                raise
            return {"user_errors": [refusal_error(refusal, "input")]}
        return {"simulation": _told(tally, draft, host), "user_errors": []}


async def _simulate(
    pool: Any,
    asking: Asking,
    source: DirectorySource,
    draft: RecognitionRule,
    rules: Sequence[RecognitionRule],
    host: str,
) -> Tally:
    """The certificates of which the draft speaks, or the version it takes the place of, as far as the authority may see
    them. Raises Refusal RULE_SIMULATION_TOO_LARGE.
    """
    tally, holders = Tally(), dict[str, uuid.UUID]()
    spoken = [draft, *(rule for rule in rules if rule.identifier == draft.identifier)]
    kinds = sorted({kind for rule in spoken for kind in rule.kinds})
    prefixes = sorted({prefix for rule in spoken for prefix in rule.issuing_prefixes})
    touching = [rule for rule in rules if not set(kinds).isdisjoint(rule.kinds)]

    def ask(row: Mapping[str, Any]) -> Question:
        return question_on(draft, host, row["credit_code"])

    async for row, question, facts in looked_through(pool, asking, source, kinds, prefixes, ask):
        if row["person_id"]:
            holders[facts.certificate_id] = row["person_id"]
        tally.add(compare(facts, touching, draft, question))
    named = {one.certificate_id for several in tally.examples.values() for one in several}
    await leave_evidence(pool, asking, "recognitionSimulation", [holders[one] for one in named & holders.keys()])
    return tally


async def looked_through(
    pool: Any,
    asking: Asking,
    source: DirectorySource,
    kinds: Sequence[str],
    prefixes: Sequence[str],
    ask: Callable[[Mapping[str, Any]], Question],
) -> AsyncIterator[tuple[Mapping[str, Any], Question, CertificateFacts]]:
    """Every certificate of these kinds and places the caller may see, with the question about it and its facts; a batch
    at a time. Raises Refusal RULE_SIMULATION_TOO_LARGE."""
    after, read = NO_ID, 0
    while True:
        rows = await population(pool, asking.caller, kinds, prefixes, after, BATCH)
        read += len(rows)
        if read > MOST_CERTIFICATES:
            raise Refusal("RULE_SIMULATION_TOO_LARGE", field=("kinds",), most=MOST_CERTIFICATES)
        asked = [(row, ask(row)) for row in rows]
        for (row, question), facts in zip(asked, await facts_of(pool, asking, source.directory, asked), strict=True):
            if facts is not None:
                yield row, question, facts
        if len(rows) < BATCH:
            return
        after = rows[-1]["record_id"]


async def leave_evidence(pool: Any, asking: Asking, root_field: str, persons: Iterable[uuid.UUID]) -> None:
    """Whose certificates are named as examples: what speaks against them is told, be it known to others alone."""
    if several := sorted(set(persons)):
        async with acting(pool, asking.caller) as connection:
            await connection.execute(
                _LEAVE_EVIDENCE, asking.caller.tenant.tenant_id, asking.caller.client_id, asking.purpose or PURPOSE,
                asking.case_number or asking.request_id, root_field, ["Certificate.status"], several,
                asking.request_id,
            )  # fmt: skip


def _first_host(draft: RecognitionRule, asking: Asking) -> str:
    """The first place of use the draft names; of an invalidation the own place."""
    own = asking.caller.tenant.region or ""
    return draft.host_prefixes[0].ljust(6, "0") if draft.type is RuleType.ACCEPTANCE else own


def _told(tally: Tally, draft: RecognitionRule, host: str) -> dict[str, Any]:
    """As the GraphQL type RecognitionSimulation."""
    sorts = sorted(tally.counts, key=lambda sort: (sort[0].name, sort[1].name))
    return {
        "host_region": host,
        "day": draft.valid_from,
        **told_tally(tally),
        "examples": [told_example(one) for sort in sorts for one in tally.examples.get(sort, ())],
    }


def told_tally(tally: Tally) -> dict[str, Any]:
    """What a tally counted."""
    sorts = sorted(tally.counts, key=lambda sort: (sort[0].name, sort[1].name))
    return {
        "judged": tally.judged,
        "newly_accepted": tally.newly_accepted,
        "newly_refused": tally.newly(Verdict.REFUSED),
        "newly_undetermined": tally.newly(Verdict.UNDETERMINED),
        "counts": [{"before": sort[0].name, "after": sort[1].name, "count": tally.counts[sort]} for sort in sorts],
    }


def told_example(change: Change) -> dict[str, Any]:
    return {
        "certificate_id": change.certificate_id,
        "before": change.before.name,
        "after": change.after.name,
        "reasons": list(change.reasons),
    }


def _provinces(region: str | None, field: str) -> tuple[str, ...]:
    if region is None:
        return tuple(one.code for one in provinces())
    found = province_of(_region(region, field))
    if found is None:
        raise Refusal("BAD_INPUT", field=(field,), detail="320000")
    return (found,)


def _region(region: str, field: str) -> str:
    try:
        return division_code(region)
    except Unreadable as error:
        raise Refusal(error.code, field=(field,), **error.values) from error


def _cell(cell: Cell) -> dict[str, Any]:
    return {
        "issuing_region": cell.issuing_region,
        "host_region": cell.host_region,
        "kind": cell.kind,
        "coverage": cell.coverage,
        "rules": list(cell.rules),
        "is_partial": cell.is_partial,
        "via": cell.via,
    }


Pairs = Sequence[tuple[RecognitionRule, RecognitionRule]]


def _health(rule: RecognitionRule, fired_on: date | None, pairs: Pairs, day: date) -> dict[str, Any]:
    is_idle = rule.valid_from <= day - timedelta(days=IDLE_DAYS) and (
        fired_on is None or fired_on < day - timedelta(days=IDLE_DAYS)
    )
    rivals = [other for pair in pairs for other in pair if rule in pair and other != rule]
    return {
        "rule": rule_as_answer(rule),
        "last_fired_on": fired_on,
        "is_idle": is_idle,
        "is_review_due": rule.review_by is not None and rule.review_by < day,
        "conflicts_with": [rival.label for rival in rivals],
    }
