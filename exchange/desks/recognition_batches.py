"""Answers about many certificates, each as `recognised` gives it: a thousand at a time are read, and written down, by a
few statements; only what is decided is decided one by one.

What is kept of an answer is written in `_keep`, as it is in recognition.py for one.
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from exchange.desks.recognition import Naming, Recognised, question_from, unclear
from exchange.desks.recognition_facts import certificates_together, facts_of
from exchange.desks.recognition_rules import published_rules
from exchange.engine.asking import Asking
from exchange.engine.filters import person_in_number
from exchange.recognition import decide
from exchange.recognition.choice import rules_in_force
from exchange.statements import statements
from schema.confirmations import RELIED_UPON
from schema.fields import conceal, mask_certificate_number
from schema.recognition import CertificateFacts, Question, RecognitionRule
from tenants.access import TenantKind
from tenants.registry import Directory
from tenants.session import acting

_SQL = statements("recognition_batches")
SLICE = 1_000
AT_A_STRETCH = 50  # decisions, before others get their turn

Found = Mapping[str, list[Any] | None]
"""Certificates by number; None of one that is not answered."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A question about a certificate, before it is looked up."""

    number: str
    naming: Naming
    question: Question


def asked_from(asking: Asking, values: Mapping[str, Any]) -> Asked:
    """The question, read from a RecognitionInput. Raises Refusal."""
    question, number, naming = question_from(asking, values)
    return Asked(number=number, naming=naming, question=question)


async def recognised_together(
    pool: Any, asking: Asking, directory: Directory, asked: Sequence[Asked], day: date
) -> AsyncIterator[list[Recognised | None]]:
    """The answers in order, slice by slice; None where too many look-ups of persons had found nobody before. All
    questions are of `day`."""
    async with acting(pool, asking.caller) as connection:
        rules = tuple(rules_in_force(await published_rules(connection), day))
    for start in range(0, len(asked), SLICE):
        some = asked[start : start + SLICE]
        numbers = {one.number: person_in_number(one.number, asking.keys) for one in some}
        found = await certificates_together(pool, asking, directory, numbers, day)
        meant = [[row for row in found[one.number] or () if one.naming.means(row)] for one in some]
        clear = [(rows[0], one.question) for one, rows in zip(some, meant, strict=True) if len(rows) == 1]
        facts = await facts_of(pool, asking, directory, clear)
        disputed = await _disputed(pool, asking, {row["record_id"] for row, _ in clear})
        answers = await _Judge(rules, disputed).answers(some, found, meant, facts)
        await _keep(pool, asking, [pair for pair in zip(some, answers, strict=True) if pair[1]], found)
        yield answers


async def _disputed(pool: Any, asking: Asking, ids: Collection[Any]) -> frozenset[Any]:
    async with acting(pool, asking.caller) as connection:
        return frozenset(row["record_id"] for row in await connection.fetch(_SQL["disputed"], list(ids)))


@dataclass(frozen=True)
class _Judge:
    """Decides by rules in force on the day; knows which certificates are in dispute."""

    rules: Sequence[RecognitionRule]
    disputed: Collection[Any]

    async def answers(
        self, asked: Sequence[Asked], found: Found, meant: Sequence[list[Any]],
        facts: Iterable[CertificateFacts | None],
    ) -> list[Recognised | None]:  # fmt: skip
        """`facts` are those of the questions which one certificate is meant by."""
        remaining, answers = iter(facts), list[Recognised | None]()
        for one, rows in zip(asked, meant, strict=True):
            if len(answers) % AT_A_STRETCH == 0:
                await asyncio.sleep(0)
            if found[one.number] is None:
                answers.append(None)
            elif len(rows) > 1:
                answers.append(unclear(one.question, rows))
            else:
                row, known = (rows[0], next(remaining)) if rows else (None, None)
                answers.append(self._answer(one, row, known))
        return answers

    def _answer(self, one: Asked, row: Mapping[str, Any] | None, facts: CertificateFacts | None) -> Recognised:
        decision = decide(facts, self.rules, one.question)
        known = row if facts else None  # gone in between: not found
        return Recognised(
            question=one.question,
            decision=decision,
            facts=facts,
            rules=tuple(rule for rule in self.rules if rule.label in decision.rests_on),
            person_id=known["person_id"] if known else None,
            is_disputed=known is not None and known["record_id"] in self.disputed,
            known_at=None,
        )


async def _keep(pool: Any, asking: Asking, answered: Sequence[Any], found: Found) -> None:
    """Which rules answered; what an authority relies on at a place it governs, and what was presented there that nobody
    recorded."""
    tenant, day = asking.caller.tenant, asking.day
    decisions = [answer.decision for _, answer in answered]
    fired = {(one.rule_identifier, one.rule_version) for one in decisions if _is_local(one.rule_identifier)}
    is_authority = tenant.kind is TenantKind.AUTHORITY
    here = [pair for pair in answered if is_authority and tenant.governs(pair[0].question.host_region)]
    relied = [
        (answer.facts.certificate_id, answer.person_id, one.question.host_region)
        for one, answer in here
        if answer.facts and answer.decision.verdict in RELIED_UPON
    ]
    presented = [_presented(asking, one) for one, _ in here if not found[one.number] and _is_named(one)]
    async with acting(pool, asking.caller) as connection:
        if fired:
            await connection.execute(_SQL["fired"], *_columns(fired), day, tenant.tenant_id)
        if relied:
            await connection.execute(_SQL["rely"], tenant.tenant_id, *_columns(relied), day)
        if presented:
            case_number = conceal(asking.case_number or asking.request_id)
            await connection.execute(_SQL["present"], tenant.tenant_id, *_columns(presented), case_number, day)


def _is_local(identifier: str | None) -> bool:
    return identifier is not None and not identifier.startswith("NR-")


def _is_named(one: Asked) -> bool:
    return bool(one.naming.kind and one.naming.issuing_region)


def _presented(asking: Asking, one: Asked) -> tuple[Any, ...]:
    return (
        asking.keys.join_hash("number", one.number), mask_certificate_number(one.number), one.naming.kind,
        one.naming.issuing_region, one.question.host_region,
    )  # fmt: skip


def _columns(rows: Iterable[tuple[Any, ...]]) -> tuple[list[Any], ...]:
    return tuple(list(column) for column in zip(*rows, strict=True))
