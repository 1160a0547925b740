"""Answers "is this certificate recognised there?": facts by few statements, rules as data, the verdict by pure
functions.

An enterprise is answered about its own staff only; for anybody else's certificate it hears the same as for an unknown
one. What decides is in exchange/recognition/, where facts come from in recognition_facts.py, rules in
recognition_rules.py. `recognised` is for whoever needs more than the answer: receipts, batches.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from exchange.desks.recognition_facts import certificates_of, facts_of
from exchange.desks.recognition_rules import note_fired, published_rules
from exchange.engine.arguments import plain
from exchange.engine.asking import Asking
from exchange.engine.filters import person_in_number
from exchange.engine.looking_back import known_moment
from exchange.recognition import ask_which, decide
from exchange.statements import statements
from schema.confirmations import RELIED_UPON
from schema.errors import Refusal
from schema.fields import (
    Reader,
    Unreadable,
    certificate_number,
    conceal,
    credit_code,
    division_code,
    mask_certificate_number,
    text,
)
from schema.fields import day as day_of
from schema.recognition import Aspect, CertificateFacts, ConditionResult, Decision, Question, RecognitionRule
from schema.regions import is_within
from tenants.access import TenantKind
from tenants.registry import Directory
from tenants.session import acting

_SQL = statements("recognition")
_DISPUTES = statements("disputes")


@dataclass(frozen=True, kw_only=True)
class Recognised:
    """A decision with all it rests on. `facts` None: not found, or not clear which one was meant; `rules`: those it was
    decided by, in their versions; `known_at` None: by what is known now."""

    question: Question
    decision: Decision
    facts: CertificateFacts | None
    rules: tuple[RecognitionRule, ...]
    person_id: uuid.UUID | None
    is_disputed: bool
    known_at: datetime | None


async def recognise(pool: Any, asking: Asking, directory: Directory, values: Mapping[str, Any]) -> dict[str, Any]:
    """The decision as the GraphQL type RecognitionDecision. Raises Refusal for what cannot be a number, code or
    region."""
    return answer_of(await recognised(pool, asking, directory, values))


async def recognised(pool: Any, asking: Asking, directory: Directory, values: Mapping[str, Any]) -> Recognised:
    """The decision with its facts and rules. An authority that relies on it is written down."""
    known_at = known_moment(values["known_at"], asking.now) if values.get("known_at") else None
    question, number, naming = question_from(asking, values, known_at)
    person = person_in_number(number, asking.keys)
    if person is not None:
        asking.require_purpose()  # to ask about a person's own number is to ask about the person
    found = await certificates_of(pool, asking, directory, number, person, question, known_at)
    if not found and known_at is None:
        await _present(pool, asking, number, naming, question)
    meant = [one for one in found if naming.means(one)]
    if len(meant) > 1:
        return unclear(question, meant, known_at)
    chosen = meant[0] if meant else None
    (facts,) = await facts_of(pool, asking, directory, [(chosen, question)], known_at) if chosen else (None,)
    return await _decided(pool, asking, chosen, facts, question, known_at)


def unclear(question: Question, meant: Sequence[Mapping[str, Any]], known_at: datetime | None = None) -> Recognised:
    """Several certificates bear the number: undetermined, with what tells them apart."""
    decision = ask_which([described(one) for one in meant])
    return Recognised(
        question=question, decision=decision, facts=None, rules=(), person_id=None, is_disputed=False,
        known_at=known_at,
    )  # fmt: skip


async def _decided(
    pool: Any,
    asking: Asking,
    chosen: Mapping[str, Any] | None,
    facts: CertificateFacts | None,
    question: Question,
    known_at: datetime | None,
) -> Recognised:
    is_disputed = False
    async with acting(pool, asking.caller) as connection:
        rules = await published_rules(connection, known_at)
        decision = decide(facts, rules, question)
        if chosen is not None and facts is not None:
            is_disputed = await connection.fetchval(_DISPUTES["is_disputed"], chosen["record_id"])
            if known_at is None:
                await note_fired(connection, decision, asking.caller, asking.day)
                if decision.verdict in RELIED_UPON:
                    await _rely(connection, asking, chosen, question)
    return Recognised(
        question=question,
        decision=decision,
        facts=facts,
        rules=tuple(rule for rule in rules if rule.label in decision.rests_on),
        person_id=chosen["person_id"] if chosen and facts else None,
        is_disputed=is_disputed,
        known_at=known_at,
    )


async def _rely(connection: Any, asking: Asking, chosen: Mapping[str, Any], question: Question) -> None:
    """Keep where an authority relies on a certificate, so that it hears when the certificate is withdrawn."""
    tenant = asking.caller.tenant
    if tenant.kind is TenantKind.AUTHORITY and tenant.governs(question.host_region):
        told = (chosen["record_id"], chosen["person_id"], question.host_region, asking.day)
        await connection.execute(_SQL["rely"], tenant.tenant_id, *told)


async def _present(pool: Any, asking: Asking, number: str, naming: "Naming", question: Question) -> None:
    """Keep that a number nobody recorded was presented to an authority, with kind and issuer; what that means is found
    later (detecting.py): of a certificate just issued nothing is known yet."""
    tenant, day = asking.caller.tenant, asking.day
    is_here = tenant.kind is TenantKind.AUTHORITY and tenant.governs(question.host_region)
    if not is_here or not naming.kind or not naming.issuing_region:
        return
    case_number = conceal(asking.case_number or asking.request_id)
    told = (naming.kind, naming.issuing_region, question.host_region, case_number, day)
    async with acting(pool, asking.caller) as connection:
        await connection.execute(
            _SQL["present"], tenant.tenant_id, asking.keys.join_hash("number", number),
            mask_certificate_number(number), *told,
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Naming:
    """What tells certificates of one number apart: a special operator's holds every item of work, a manager's every
    industry, and two issuers may have recorded one. None: not said."""

    kind: str | None
    subkind: str | None
    person_type: str | None
    industry_category: str | None
    issuing_region: str | None

    def means(self, one: Mapping[str, Any]) -> bool:
        """Whether this certificate may be meant."""
        named = ("kind", "subkind", "person_type", "industry_category")
        return all(getattr(self, name) in (None, one[name]) for name in named) and (
            self.issuing_region is None or is_within(one["region"] or "", self.issuing_region)
        )


def question_from(
    asking: Asking, values: Mapping[str, Any], known_at: datetime | None = None
) -> tuple[Question, str, Naming]:
    """The question, the certificate's number, and what tells it from others of that number. Raises Refusal."""
    employer = values.get("employer_code")
    is_enterprise = asking.caller.tenant.kind is TenantKind.ENTERPRISE
    try:
        number = certificate_number(values["certificate_number"])
        host = division_code(values["host_region"])
        naming = Naming(
            kind=plain(values.get("kind")),
            subkind=values.get("operation_code"),
            person_type=plain(values.get("person_type")),
            industry_category=_read(text(), values.get("industry_category")),
            issuing_region=_read(division_code, values.get("issuing_region")),
        )
        employer = asking.caller.tenant.credit_code if is_enterprise else credit_code(employer) if employer else None
    except Unreadable as error:
        raise Refusal(error.code, field=("input",), **error.values) from error
    asked = Question(
        host_region=host,
        day=values.get("on") or (day_of(known_at) if known_at else asking.day),
        employer_code=employer,
        activity=values.get("activity"),
        documents=tuple(values.get("documents") or ()),
    )
    return asked, number, naming


def _read(reader: Reader, value: Any) -> Any:
    return None if value is None else reader(value)


def described(one: Mapping[str, Any]) -> str:
    """A certificate as one of several, by what tells it from the others and nothing of its holder."""
    told = ("kind", "subkind", "operation_name", "industry_category", "region", "issuer_name")
    return " ".join(one[name] for name in told if one[name])


def answer_of(made: Recognised) -> dict[str, Any]:
    """As the GraphQL type RecognitionDecision."""
    decision, facts = made.decision, made.facts
    return {
        "verdict": decision.verdict.name,
        **{aspect.name.lower(): _aspect(decision, aspect) for aspect in Aspect},
        "host_region": made.question.host_region,
        "day": made.question.day,
        "known_at": made.known_at,
        "certificate_id": facts.certificate_id if facts else None,
        "is_disputed": made.is_disputed,
        "source_updated_on": facts.source_updated_at if facts else None,
        "rule_identifier": decision.rule_identifier,
        "rule_version": decision.rule_version,
        "mode": decision.mode.name if decision.mode else None,
        "follow_up": decision.follow_up_zh,
        "follow_up_en": decision.follow_up_en,
        "decision_workdays": decision.decision_workdays,
        "agreement": asdict(decision.agreed) if decision.agreed else None,
        "reasons": list(decision.reasons),
        "conditions": [_condition(one) for one in decision.results],
    }


def _aspect(decision: Decision, aspect: Aspect) -> dict[str, Any]:
    outcome = decision.outcome_of(aspect)
    return {
        "outcome": outcome.name,
        "message": f"{aspect.zh}：{outcome.zh}",
        "message_en": f"{aspect.en}: {outcome.en}",
        "conditions": [_condition(one) for one in decision.results if one.aspect is aspect],
    }


def _condition(result: ConditionResult) -> dict[str, Any]:
    return {
        "condition": result.condition,
        "aspect": result.aspect.name,
        "outcome": result.outcome.name,
        "reason": result.reason,
        "message": result.zh,
        "message_en": result.en,
        "values": [{"name": name, "value": value} for name, value in result.values.items()],
        "rule_identifier": result.rule_identifier,
        "rule_version": result.rule_version,
        "basis": result.basis,
        "next_step": result.next_zh,
        "next_step_en": result.next_en,
    }
