"""What a condition of recognition looks at and what it answers. Pure.

A new kind of answer does not belong here: there are three outcomes. A further fact is a field of CertificateFacts.
"""

from collections.abc import Callable
from dataclasses import dataclass

from exchange.recognition.choice import Choice
from schema.agreements import Terms
from schema.recognition import Aspect, CertificateFacts, Outcome, Question, RecognitionRule


@dataclass(frozen=True, kw_only=True)
class Case:
    """What a condition may look at."""

    facts: CertificateFacts
    choice: Choice
    question: Question

    @property
    def rule(self) -> RecognitionRule | None:
        return self.choice.rule

    @property
    def terms(self) -> Terms | None:
        """The terms of the rule's agreement on the day asked; None when there are none, or none at hand."""
        return self.rule.terms_on(self.question.day) if self.rule else None


@dataclass(frozen=True)
class Judgement:
    """What a condition says, before it is labelled with condition and rule."""

    outcome: Outcome
    reason: str | None
    zh: str
    en: str
    next_zh: str = ""
    next_en: str = ""
    values: tuple[tuple[str, object], ...] = ()

    def using(self, **values: object) -> "Judgement":
        """The same, naming the values it rests on; an unknown value shows as empty."""
        told = tuple(values.items())  # not by replace(), which is slow where a table asks for thousands
        return Judgement(self.outcome, self.reason, self.zh, self.en, self.next_zh, self.next_en, told)


@dataclass(frozen=True, kw_only=True)
class Condition:
    """One question asked of every certificate. `basis` empty: it rests on the rule, whose basis is then named."""

    name: str
    aspect: Aspect
    zh: str
    en: str
    basis: str
    judge: Callable[[Case], Judgement]


def passed(zh: str, en: str) -> Judgement:
    return Judgement(Outcome.PASSED, None, zh, en)


def failed(reason: str, zh: str, en: str, next_zh: str, next_en: str) -> Judgement:
    return Judgement(Outcome.FAILED, reason, zh, en, next_zh, next_en)


def left_open(reason: str, zh: str, en: str, next_zh: str, next_en: str) -> Judgement:
    return Judgement(Outcome.OPEN, reason, zh, en, next_zh, next_en)


ASK_ISSUER = ("向发证机关核实", "Ask the issuer")
