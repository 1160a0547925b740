"""Hub methods that look at agreements before they are published: what a draft version would change for its members.

What is counted is in exchange/recognition/agreeing.py; what an agreement must be is in exchange/agreements.py.
"""

import asyncio
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from exchange.agreed import agreed, terms_from
from exchange.agreements import Agreement, agreement_from, draft_faults
from exchange.desks import recognition_outlook
from exchange.desks.recognition_outlook import leave_evidence, looked_through, told_example, told_tally
from exchange.desks.recognition_rules import problems_under, published_rules, rule_from
from exchange.engine.arguments import deeply_plain
from exchange.engine.asking import Asking
from exchange.recognition.agreeing import (
    Draft,
    Pair,
    Place,
    Tallies,
    compare_agreed,
    issuer_of,
    places_of_use,
    question_at,
)
from exchange.recognition.choice import rules_in_force
from exchange.user_errors import refusal_error
from schema.agreements import Agreed, Part
from schema.errors import Refusal
from schema.recognition import CertificateFacts, Question, RecognitionRule, Verdict
from tenants.caller import DirectorySource
from tenants.registry import Directory
from tenants.session import PATIENCE_SECONDS, acting, unavailable

MOST_EXAMPLES = 100
Terms = Mapping[str, Any]


class AgreementOutlookDesk:
    """The part of the hub that tells what a version of an agreement comes to."""

    _pool: Any
    _hub_pool: Any
    _source: DirectorySource

    async def agreement_simulation(
        self, asking: Asking, input: Terms, rules: Sequence[Terms] | None = None
    ) -> dict[str, Any]:
        """What a draft would change."""
        asking.caller.require("rule.publish")
        draft = agreement_from({name: deeply_plain(value) for name, value in input.items()})
        rules_to_be = [rule_from(one, asking.caller) for one in rules or ()]
        day = max((asking.day, *(one.valid_from for one in rules_to_be)))
        try:
            problems = await self._faults(asking, draft)
            tried, faults = await self._tried(asking, draft, rules_to_be, day)
            if problems or faults:
                told = [refusal_error(one, "input") for one in problems]
                return {"user_errors": [*told, *(refusal_error(one, "rules") for one in faults)]}
            tallies = await _simulate(self._pool, asking, self._source, tried, day)
        except Refusal as refusal:
            if refusal.code not in ("RULE_SIMULATION_TOO_LARGE", "AGREEMENT_MEMBERS_ONLY"):
                raise
            return {"user_errors": [refusal_error(refusal, "input")]}
        return {"simulation": _told(tallies, draft, self._source.directory, day), "user_errors": []}

    async def _faults(self, asking: Asking, draft: Agreement) -> list[Refusal]:
        """Everything that is wrong with the draft. Raises Refusal AGREEMENT_MEMBERS_ONLY."""
        slug = asking.caller.tenant.slug
        if slug not in {one.tenant for one in draft.members if one.participation == "FULL"}:
            raise Refusal("AGREEMENT_MEMBERS_ONLY", field=("members",))
        with unavailable():
            async with self._hub_pool.acquire(timeout=PATIENCE_SECONDS) as connection:
                authorities = {one.slug: one for one in self._source.directory.authorities()}  # no others are told of
                standing, problems = await draft_faults(connection, draft, authorities, day=asking.day)
        if standing and slug not in standing:
            raise Refusal("AGREEMENT_MEMBERS_ONLY", field=("members",))
        return problems

    async def _tried(
        self, asking: Asking, draft: Agreement, rules_to_be: Sequence[RecognitionRule], day: date
    ) -> tuple[Draft, list[Refusal]]:
        """The draft beside the rules of that day, and what is wrong with the rules to be."""
        async with acting(self._pool, asking.caller) as connection:
            rules = await published_rules(connection)
            published = (await agreed(connection, (draft.identifier,))).get(draft.identifier)
            as_drafted = _with(published, draft, self._source.directory, asking.day)
            faults = [
                Refusal(fault.code, field=(str(place), *fault.field), **fault.values)
                for place, one in enumerate(rules_to_be)
                for fault in await problems_under(connection, one, asking.caller, as_drafted, now=asking.now)
            ]
        return Draft(agreed=as_drafted, rules=rules_in_force(rules, day), rules_to_be=rules_to_be), faults


def _with(published: Agreed | None, draft: Agreement, directory: Directory, day: date) -> Agreed:
    """The agreement with the draft as its last version, and with who would share under it."""
    since = {one.tenant_id: one.since for one in (published.members_on(day) if published else ())}
    parts = [
        Part(
            tenant_id=tenant.tenant_id, jurisdiction=tenant.jurisdiction, since=since.get(tenant.tenant_id, day),
            until=one.until,
        )
        for one in draft.members
        if one.participation == "FULL" and (tenant := directory.by_slug.get(one.tenant)) is not None
    ]  # fmt: skip
    terms = terms_from({**asdict(draft), "since": day})
    versions = published.versions if published else ()
    return Agreed(identifier=draft.identifier, versions=(*versions, terms), parts=tuple(parts))


async def _simulate(pool: Any, asking: Asking, source: DirectorySource, draft: Draft, day: date) -> Tallies:
    """Every certificate of which rules under the agreement speak, at every member where they do. Raises Refusal
    RULE_SIMULATION_TOO_LARGE."""
    tallies, holders = Tallies(), dict[str, uuid.UUID]()
    spoken = draft.under_it
    kinds = sorted({kind for rule in spoken for kind in rule.kinds})
    prefixes = sorted({prefix for rule in spoken for prefix in rule.issuing_prefixes})
    touching = Draft(
        agreed=draft.agreed, rules=[one for one in draft.rules if set(kinds) & set(one.kinds)],
        rules_to_be=draft.rules_to_be,
    )  # fmt: skip
    seats = {one.tenant_id: source.directory.tenants[one.tenant_id].region or "" for one in draft.agreed.parts}
    places = places_of_use(spoken, draft.agreed.parts, seats)

    def ask(row: Mapping[str, Any]) -> Question:
        return Question(host_region="", day=day, employer_code=row["credit_code"])

    if places:
        async for row, question, facts in looked_through(pool, asking, source, kinds, prefixes, ask):
            if row["person_id"]:
                holders[facts.certificate_id] = row["person_id"]
            _judge(tallies, touching, places, facts, question)
            await asyncio.sleep(0)
    named = {change.certificate_id for _, change in tallies.changes(MOST_EXAMPLES)}
    await leave_evidence(pool, asking, "agreementSimulation", [holders[one] for one in named & holders.keys()])
    return tallies


def _judge(
    tallies: Tallies, draft: Draft, places: Sequence[Place], facts: CertificateFacts, question: Question
) -> None:
    issuer = issuer_of(facts.issuing_region, draft.agreed.parts)
    for place in places if issuer else ():
        if issuer and place.tenant_id != issuer.tenant_id:
            pair = Pair(kind=facts.kind, issuer_id=issuer.tenant_id, host_id=place.tenant_id)
            tallies.by_pair[pair].add(compare_agreed(facts, draft, question_at(place, facts, draft, question)))
    if tallies.judged > recognition_outlook.MOST_CERTIFICATES:
        raise Refusal("RULE_SIMULATION_TOO_LARGE", field=("members",), most=recognition_outlook.MOST_CERTIFICATES)


def _told(tallies: Tallies, draft: Agreement, directory: Directory, day: date) -> dict[str, Any]:
    """As the GraphQL type AgreementSimulation."""
    several = tallies.by_pair
    return {
        "identifier": draft.identifier,
        "version": draft.version,
        "day": day,
        "judged": tallies.judged,
        "newly_accepted": sum(one.newly_accepted for one in several.values()),
        "newly_refused": _newly(several.values(), Verdict.REFUSED),
        "newly_undetermined": _newly(several.values(), Verdict.UNDETERMINED),
        "pairs": [{**_pair(pair, directory), **told_tally(several[pair])} for pair in sorted(several)],
        "examples": [
            {**_pair(pair, directory), **told_example(change)} for pair, change in tallies.changes(MOST_EXAMPLES)
        ],
    }


def _newly(several: Any, verdict: Verdict) -> int:
    return sum(one.newly(verdict) for one in several)


def _pair(pair: Pair, directory: Directory) -> dict[str, Any]:
    slugs = {name: directory.tenants[of].slug for name, of in (("issuer", pair.issuer_id), ("host", pair.host_id))}
    return {"kind": pair.kind, **slugs}
