"""Answers "is this certificate recognised there?": facts by one statement, rules as data, the verdict by pure
functions.

An enterprise is answered about its own staff only; for anybody else's certificate it hears the same as for an unknown
one. What decides is in recognition/; here is only where its facts and rules come from.
"""

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import orjson

from exchange.engine.arguments import plain
from exchange.engine.asking import Asking
from exchange.engine.filters import person_in_number
from exchange.recognition import ask_which, decide
from exchange.statements import statements
from schema.errors import Refusal
from schema.fields import (
    CHINA,
    Reader,
    Unreadable,
    certificate_number,
    conceal,
    credit_code,
    division_code,
    mask_certificate_number,
    text,
)
from schema.kinds import BY_NAME
from schema.recognition import (
    Action,
    BasisType,
    CertificateFacts,
    ConditionResult,
    Decision,
    Mode,
    Question,
    RecognitionRule,
    Verdict,
)
from schema.recognition_rules import NATIONAL_RULES
from schema.regions import is_within
from tenants.access import Level, TenantKind
from tenants.caller import Caller
from tenants.registry import Directory
from tenants.session import acting

_SQL = statements("recognition")
_DISPUTES = statements("disputes")
PURPOSE = "证书互认查询"
RELIED_UPON = (Verdict.ACCEPTED, Verdict.CONDITIONAL)


async def recognise(
    pool: Any, asking: Asking, directory: Directory, values: Mapping[str, Any], *, now: datetime
) -> dict[str, Any]:
    """The decision as the GraphQL type RecognitionDecision. Raises Refusal for what cannot be a number, code or
    region."""
    question, number, naming = _question(asking, values)
    person = person_in_number(number, asking.keys)
    if person is not None:
        asking.require_purpose()  # to ask about a person's own number is to ask about the person
    found = await _facts(pool, asking, directory, number, person, question)
    if not found:
        await _present(pool, asking, number, naming, question)
    meant = [one for one in found if naming.means(one)]
    if len(meant) > 1:
        return _answer(ask_which([_described(one) for one in meant]), question, None)
    chosen = meant[0] if meant else None
    elsewhere = await _told_elsewhere(pool, asking.caller, directory, chosen, question) if chosen else None
    facts = _as_facts(chosen, question, now, elsewhere) if chosen and elsewhere else None
    async with acting(pool, asking.caller) as connection:
        decision = decide(facts, await published_rules(connection), question)
        disputed = False
        if chosen is not None and facts is not None:
            disputed = await connection.fetchval(_DISPUTES["is_disputed"], chosen["record_id"])
            if decision.verdict in RELIED_UPON:
                await _rely(connection, asking, chosen, question)
    return {**_answer(decision, question, facts), "is_disputed": disputed}


async def _rely(connection: Any, asking: Asking, chosen: Mapping[str, Any], question: Question) -> None:
    """Keep where an authority relies on a certificate, so that it hears when the certificate is withdrawn."""
    tenant = asking.caller.tenant
    if tenant.kind is TenantKind.AUTHORITY and tenant.governs(question.host_region):
        told = (chosen["record_id"], chosen["person_id"], question.host_region, asking.day)
        await connection.execute(_SQL["rely"], tenant.tenant_id, *told)


async def _present(pool: Any, asking: Asking, number: str, naming: "_Naming", question: Question) -> None:
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
class _Naming:
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


def _question(asking: Asking, values: Mapping[str, Any]) -> tuple[Question, str, _Naming]:
    employer = values.get("employer_code")
    is_enterprise = asking.caller.tenant.kind is TenantKind.ENTERPRISE
    try:
        number = certificate_number(values["certificate_number"])
        host = division_code(values["host_region"])
        naming = _Naming(
            kind=plain(values.get("kind")),
            subkind=values.get("operation_code"),
            person_type=plain(values.get("person_type")),
            industry_category=_read(text(), values.get("industry_category")),
            issuing_region=_read(division_code, values.get("issuing_region")),
        )
        employer = asking.caller.tenant.credit_code if is_enterprise else credit_code(employer) if employer else None
    except Unreadable as error:
        raise Refusal(error.code, field=("input",), **error.values) from error
    return Question(host_region=host, day=values.get("on") or asking.day, employer_code=employer), number, naming


def _read(reader: Reader, value: Any) -> Any:
    return None if value is None else reader(value)


async def _facts(
    pool: Any, asking: Asking, directory: Directory, number: str, person: uuid.UUID | None, question: Question
) -> list[Any]:
    """Certificates of this number. Raises Refusal TOO_MANY_MISSES."""
    caller, number_hash = asking.caller, asking.keys.join_hash("number", number)
    purpose, case_number = asking.purpose or PURPOSE, asking.case_number or asking.request_id
    own_firm = caller.tenant.credit_code if caller.tenant.kind is TenantKind.ENTERPRISE else None
    async with acting(pool, _widened(caller, directory)) as connection:
        found: list[Any] = await connection.fetch(
            _SQL["certificate_facts"], number_hash, question.day, caller.tenant.tenant_id,
            caller.client_id, purpose, case_number, asking.request_id, own_firm,
            person, asking.misses.per_client, asking.misses.per_tenant,
        )  # fmt: skip
    return found


@dataclass(frozen=True, kw_only=True)
class _Elsewhere:
    """What records the asker may not see say, as yes or no: what cannot be seen must not read as good."""

    has_adverse: bool | None  # against the holder, its employer or the firm of use; None when no firm is known
    is_contested: bool  # another issuer withdrew a certificate of this number
    is_transferred: bool  # another certificate was issued in exchange
    actions: tuple[Action, ...]  # of any authority upon this certificate
    state_then: str | None  # reported as holding on the day asked; None when nothing had been reported by then


async def _told_elsewhere(
    pool: Any, caller: Caller, directory: Directory, chosen: Mapping[str, Any], question: Question
) -> _Elsewhere | None:
    """None when the certificate has gone in between."""
    firms = [code for code in (chosen["credit_code"], question.employer_code) if code]
    async with acting(pool, _everywhere(caller, directory)) as connection:
        adverse = await connection.fetchval(_SQL["has_adverse"], firms, question.day)
    # what authorities say of who is one person is for authorities, and speaks against a certificate all the same
    async with acting(pool, replace(_everywhere(caller, directory), level=Level.AUTHORITY)) as connection:
        told = await connection.fetchrow(_SQL["told_elsewhere"], chosen["record_id"], question.day)
    if told is None:
        return None
    return _Elsewhere(
        has_adverse=told["holder_has_action"] or (adverse if firms else None),
        is_contested=told["is_contested"],
        is_transferred=told["is_transferred"],
        actions=tuple(Action(**one) for one in orjson.loads(told["actions"])),
        state_then=told["state_then"],
    )


def _widened(caller: Caller, directory: Directory) -> Caller:
    """The sight in which certificates are looked up: an authority's own; for an enterprise, asking about its own staff,
    that of all issuers."""
    return _everywhere(caller, directory) if caller.tenant.kind is TenantKind.ENTERPRISE else caller


def _everywhere(caller: Caller, directory: Directory) -> Caller:
    """The sight of what all authorities share. Only a verdict leaves this module."""
    return replace(caller, reads=directory.every_authority(), as_of=None)


def _described(one: Mapping[str, Any]) -> str:
    """A certificate as one of several, by what tells it from the others and nothing of its holder."""
    told = ("kind", "subkind", "operation_name", "industry_category", "region", "issuer_name")
    return " ".join(one[name] for name in told if one[name])


def _state(row: Mapping[str, Any], day: date, elsewhere: _Elsewhere) -> str | None:
    """The state to judge by: never better than it is reported now, nor than it was on the day asked."""
    state: str | None = row["reported_status"]
    if state != "VALID":
        return state
    if elsewhere.is_contested:
        return "OTHER"  # two issuers that contradict each other leave the state open
    if elsewhere.state_then is None and row["effective_on"] is not None and row["effective_on"] > day:
        return "OTHER"  # valid from a later day; what it was before was never reported
    return elsewhere.state_then or state


def _as_facts(row: Mapping[str, Any], question: Question, now: datetime, elsewhere: _Elsewhere) -> CertificateFacts:
    confirmed: datetime | None = row["confirmed_at"]
    return CertificateFacts(
        certificate_id=str(row["record_id"]),
        kind=row["kind"],
        subkind=row["subkind"],
        issuing_region=row["region"],
        issuer_name=row["issuer_name"] or "",
        valid_from=row["valid_from"],
        valid_to=row["valid_to"],
        review_due_on=row["review_due_on"],
        reviewed_on=row["reviewed_on"],
        reported_status=_state(row, question.day, elsewhere),
        is_transferred=elsewhere.is_transferred,
        actions=elsewhere.actions,
        employer_code=row["credit_code"],
        holder_has_adverse=elsewhere.has_adverse,
        source_updated_at=confirmed.astimezone(CHINA).date() if confirmed else None,
        source_is_fresh=now - confirmed <= timedelta(days=BY_NAME[row["kind"]].fresh_days) if confirmed else None,
    )


def _answer(decision: Decision, question: Question, facts: CertificateFacts | None) -> dict[str, Any]:
    return {
        "verdict": decision.verdict.name,
        "host_region": question.host_region,
        "day": question.day,
        "certificate_id": facts.certificate_id if facts else None,
        "is_disputed": False,
        "source_updated_on": facts.source_updated_at if facts else None,
        "rule_identifier": decision.rule_identifier,
        "rule_version": decision.rule_version,
        "mode": decision.mode.name if decision.mode else None,
        "follow_up": decision.follow_up_zh,
        "follow_up_en": decision.follow_up_en,
        "decision_workdays": decision.decision_workdays,
        "reasons": list(decision.reasons),
        "conditions": [_condition(one) for one in decision.results],
    }


def _condition(result: ConditionResult) -> dict[str, Any]:
    return {
        "condition": result.condition,
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


async def published_rules(connection: Any) -> tuple[RecognitionRule, ...]:
    """National rules and every published local one."""
    rows = await connection.fetch(_SQL["rules"])
    return (*NATIONAL_RULES, *(_rule(row) for row in rows))


def _rule(row: Mapping[str, Any]) -> RecognitionRule:
    terms = {name: tuple(one) if isinstance(one, list) else one for name, one in orjson.loads(row["terms"]).items()}
    held: dict[str, Any] = {
        name: row[name] for name in ("identifier", "version", "owner_region", "valid_from", "valid_to")
    }
    named = {"mode": Mode[str(terms["mode"])], "basis_type": BasisType[str(terms["basis_type"])]}
    return RecognitionRule(**{**terms, **named, **held})


def terms_of(rule: RecognitionRule) -> dict[str, Any]:
    """Everything of a rule but its identity and validity, as stored."""
    held = ("identifier", "version", "owner_region", "valid_from", "valid_to")
    terms = {name: value for name, value in asdict(rule).items() if name not in held}
    return {**terms, "mode": rule.mode.name, "basis_type": rule.basis_type.name}


def rule_as_answer(rule: RecognitionRule) -> dict[str, Any]:
    """A rule as the GraphQL type RecognitionRule."""
    return {
        "identifier": rule.identifier,
        "version": rule.version,
        "kinds": rule.kinds,
        "issuing_prefixes": rule.issuing_prefixes,
        "host_prefixes": rule.host_prefixes,
        "mode": rule.mode.name,
        "basis": rule.basis,
        "valid_from": rule.valid_from,
        "valid_to": rule.valid_to,
        "message": rule.text_zh,
        "message_en": rule.text_en,
        "terms": terms_of(rule),
    }


def rule_from(values: Mapping[str, Any], caller: Caller) -> RecognitionRule:
    """The rule a tenant wants to publish. Raises Refusal when it is not the tenant's to publish."""
    region = caller.tenant.region or ""
    hosts = tuple(values["host_prefixes"])
    if not hosts or not all(caller.tenant.governs(host) for host in hosts):
        raise Refusal("FOREIGN_ISSUER", field=("input", "hostPrefixes"))
    if not _is_own(values["identifier"], caller):
        raise Refusal("FOREIGN_ISSUER", field=("input", "identifier"))
    return RecognitionRule(
        identifier=values["identifier"],
        version=values["version"],
        owner_region=region,
        kinds=tuple(values["kinds"]),
        issuing_prefixes=tuple(values["issuing_prefixes"]),
        host_prefixes=hosts,
        mode=Mode[values["mode"]],
        basis_type=BasisType.AGREEMENT,
        basis=values["basis"],
        valid_from=values["valid_from"],
        valid_to=values.get("valid_to"),
        text_zh=values["message"],
        text_en=values["message_en"],
        follow_up_zh=values.get("follow_up") or "",
        follow_up_en=values.get("follow_up_en") or "",
        min_remaining_days=values.get("min_remaining_days"),
        max_review_age_days=values.get("max_review_age_days"),
        requires_same_employer=bool(values.get("requires_same_employer")),
        requires_no_adverse=bool(values.get("requires_no_adverse")),
        decision_workdays=values.get("decision_workdays"),
    )


def _is_own(identifier: str, caller: Caller) -> bool:
    parts = identifier.split("-")
    return len(parts) == 3 and parts[0] == "AR" and caller.tenant.governs(parts[1]) and len(parts[1]) == 6


async def publish_rule(connection: Any, rule: RecognitionRule, owner_id: int) -> None:
    """Keep a rule; its version rises, its owner stays. Raises Refusal FOREIGN_ISSUER, VERSION_CONFLICT."""
    latest = await connection.fetchrow(_SQL["latest_rule"], rule.identifier)
    if latest is not None and latest["owner_id"] != owner_id:
        raise Refusal("FOREIGN_ISSUER", field=("input", "identifier"))
    if latest is not None and rule.version <= latest["version"]:
        raise Refusal("VERSION_CONFLICT", field=("input", "version"), version=latest["version"])
    terms = orjson.dumps(terms_of(rule)).decode()
    await connection.execute(
        _SQL["publish_rule"], rule.identifier, rule.version, owner_id, rule.valid_from, rule.valid_to, terms
    )


def rules_on(rules: tuple[RecognitionRule, ...], day: date) -> list[dict[str, Any]]:
    """Rules in force on a day, the highest version of each identifier, as answers."""
    latest: dict[str, RecognitionRule] = {}
    for rule in rules:
        if rule.valid_from <= day and rule.version >= getattr(latest.get(rule.identifier), "version", 0):
            latest[rule.identifier] = rule
    return [rule_as_answer(rule) for rule in latest.values() if rule.valid_to is None or day <= rule.valid_to]
