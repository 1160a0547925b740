"""Recognition rules as they are kept and shown: published by an authority for its own jurisdiction, immutable, read by
all.

What a rule must be is in exchange/recognition/publication.py. A new term of a rule is stored by its field's name; one
that this edition does not know leaves the rule unable to say yes (`unknown_terms`).
"""

from collections.abc import Mapping
from dataclasses import fields
from datetime import date, datetime
from enum import Enum
from typing import Any

import asyncpg
import orjson

from exchange.agreed import agreed, bound
from exchange.engine.arguments import plain
from exchange.engine.asking import Asking
from exchange.recognition.choice import rules_in_force
from exchange.recognition.publication import Publisher, problems_of
from exchange.statements import statements
from exchange.user_errors import refusal_error
from schema.agreements import Agreed
from schema.errors import Refusal
from schema.recognition import BasisType, Decision, Fallback, Mode, RecognitionRule
from schema.recognition_rules import NATIONAL_RULES
from tenants.caller import Caller
from tenants.session import acting

_SQL = statements("recognition_rules")
HELD = ("identifier", "version", "owner_region", "valid_from", "valid_to")
"""What is stored in columns of its own; all other fields are the terms."""
NAMED: Mapping[str, type[Enum]] = {"mode": Mode, "basis_type": BasisType, "fallback": Fallback}
DATED = ("review_by", "issued_from", "issued_to")
KNOWN = frozenset(one.name for one in fields(RecognitionRule)) - {*HELD, "agreed", "unknown_terms"}
SENT_AS = {"text_zh": "message", "text_en": "message_en", "follow_up_zh": "follow_up"}


class RuleDesk:
    """The part of the hub that keeps recognition rules."""

    _pool: Any

    async def recognition_rules(self, asking: Asking, on: date | None = None) -> list[dict[str, Any]]:
        """Rules in force on a day."""
        async with acting(self._pool, asking.caller) as connection:
            return rules_on(await published_rules(connection), on or asking.day)

    async def recognition_rule_publish(self, asking: Asking, input: Mapping[str, Any]) -> dict[str, Any]:
        """Publish a rule for the own jurisdiction."""
        asking.caller.require("rule.publish")
        rule = rule_from(input, asking.caller)
        async with acting(self._pool, asking.caller) as connection:
            problems = await publish_rule(connection, rule, asking.caller, now=asking.now)
        if problems:
            return {"user_errors": [refusal_error(one, "input") for one in problems]}
        return {"identifier": rule.identifier, "version": rule.version, "user_errors": []}


async def published_rules(connection: Any, known_at: datetime | None = None) -> tuple[RecognitionRule, ...]:
    """National rules and every published local one, each with the agreement it counts under, as known at a moment."""
    rows = await connection.fetch(_SQL["rules"], known_at)
    return (*NATIONAL_RULES, *await bound(connection, (_rule(row) for row in rows), known_at))


async def note_fired(connection: Any, decision: Decision, caller: Caller, day: date) -> None:
    """That a published rule answered a question on a day."""
    if decision.rule_identifier and not decision.rule_identifier.startswith("NR-"):
        fired = (decision.rule_identifier, decision.rule_version, day, caller.tenant.tenant_id)
        await connection.execute(_SQL["fired"], *fired)


async def publish_rule(connection: Any, rule: RecognitionRule, caller: Caller, *, now: datetime) -> list[Refusal]:
    """Keep a rule, or tell everything that is wrong with it; fields lie within `input`."""
    problems = await faults_of(connection, rule, caller, now=now)
    if problems:
        return problems
    kept = (rule.identifier, rule.version, caller.tenant.tenant_id, rule.valid_from, rule.valid_to)
    try:
        async with connection.transaction():
            await connection.execute(_SQL["publish"], *kept, orjson.dumps(terms_of(rule)).decode(), now)
    except asyncpg.UniqueViolationError:
        return [Refusal("VERSION_CONFLICT", field=("version",), version=rule.version)]
    return []


async def faults_of(connection: Any, rule: RecognitionRule, caller: Caller, *, now: datetime) -> list[Refusal]:
    """Everything that speaks against the publication of a rule now."""
    found = await agreed(connection, (rule.agreement,) if rule.agreement else ())
    return await problems_under(connection, rule, caller, found.get(rule.agreement or ""), now=now)


async def problems_under(
    connection: Any, rule: RecognitionRule, caller: Caller, agreement: Agreed | None, *, now: datetime
) -> list[Refusal]:
    """Everything that speaks against its publication, were the agreement it names this one."""
    latest = await connection.fetchrow(_SQL["latest"], rule.identifier)
    owner_id, version = (latest["owner_id"], latest["version"]) if latest else (caller.tenant.tenant_id, 0)
    publisher = Publisher(
        tenant_id=caller.tenant.tenant_id, governs=caller.tenant.governs, now=now, latest_version=version,
        is_foreign=owner_id != caller.tenant.tenant_id, agreed=agreement,
    )  # fmt: skip
    return problems_of(rule, publisher)


def rule_from(values: Mapping[str, Any], caller: Caller) -> RecognitionRule:
    """The rule an input describes; whether it may be published is another question."""
    given = {name: _given(value) for name, value in values.items() if value is not None}
    sent = {name: given.get(SENT_AS.get(name, name)) for name in KNOWN}
    said = {name: value for name, value in sent.items() if value is not None}
    named = {name: options[said[name]] for name, options in NAMED.items() if name in said}
    return RecognitionRule(
        **{"basis_type": BasisType.AGREEMENT, **said, **named},
        identifier=given["identifier"],
        version=given["version"],
        owner_region=caller.tenant.region or "",
        valid_from=given["valid_from"],
        valid_to=given.get("valid_to"),
    )


def _given(value: Any) -> Any:
    return tuple(plain(one) for one in value) if isinstance(value, list) else plain(value)


def _rule(row: Mapping[str, Any]) -> RecognitionRule:
    held = {name: row[name] for name in HELD}
    stored: dict[str, Any] = {"mode": "", "basis_type": "", **orjson.loads(row["terms"])}
    terms, unknown = {}, [name for name in stored if name not in KNOWN]
    for name in stored.keys() & KNOWN:
        value = stored[name]
        if name not in NAMED:
            terms[name] = _read(name, value)
        elif value in NAMED[name].__members__:
            terms[name] = NAMED[name][value]
        else:
            unknown.append(name)
    told = {"mode": Mode.NONE, "basis_type": BasisType.NONE, **terms, **held}
    return RecognitionRule(**told, unknown_terms=tuple(sorted(unknown)))


def _read(name: str, value: Any) -> Any:
    if name in DATED and value is not None:
        return date.fromisoformat(value)
    return tuple(value) if isinstance(value, list) else value


def terms_of(rule: RecognitionRule) -> dict[str, Any]:
    """Everything of a rule but its identity and validity, as stored."""
    terms = {name: getattr(rule, name) for name in sorted(KNOWN)}
    return {**terms, **{name: getattr(rule, name).name for name in NAMED}}


def rule_as_answer(rule: RecognitionRule) -> dict[str, Any]:
    """A rule as the GraphQL type RecognitionRule."""
    return {
        "identifier": rule.identifier,
        "version": rule.version,
        "type": rule.type.name,
        "kinds": rule.kinds,
        "issuing_prefixes": rule.issuing_prefixes,
        "host_prefixes": rule.host_prefixes,
        "mode": rule.mode.name,
        "basis_type": rule.basis_type.name,
        "basis": rule.basis,
        "valid_from": rule.valid_from,
        "valid_to": rule.valid_to,
        "review_by": rule.review_by,
        "message": rule.text_zh,
        "message_en": rule.text_en,
        "terms": terms_of(rule),
    }


def rules_on(rules: tuple[RecognitionRule, ...], day: date) -> list[dict[str, Any]]:
    """Rules in force on a day, the highest version of each identifier, as answers."""
    return [rule_as_answer(rule) for rule in rules_in_force(rules, day)]
