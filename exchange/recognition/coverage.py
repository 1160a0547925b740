"""Which places recognise which certificates, and which rules contradict each other. Pure.

Both ask the same choice that decisions ask (choice.py), about a certificate made for the purpose.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from exchange.recognition.agreed import is_between_members, table_asked
from exchange.recognition.case import Case
from exchange.recognition.choice import choose_rule, rules_in_force
from schema.recognition import NATIONAL, CertificateFacts, Mode, Outcome, Question, RecognitionRule, RuleType

COVERAGE = {Mode.DIRECT: "AUTOMATIC", Mode.FILING: "FILING", Mode.TRANSFER: "TRANSFER", Mode.NONE: "REFUSED"}
NO_RULE, CONFLICT, EQUIVALENT = "NO_RULE", "CONFLICT", "EQUIVALENT"
ANY_OTHER = "*"
"""A subkind or industry that no rule names."""
SOME_FIRM = "-"


@dataclass(frozen=True, kw_only=True)
class Cell:
    """How a host takes an issuer's certificates of a kind; `is_partial`: for some of them other rules speak, or for
    some activities only. `via`: the table of an agreement by which they count as others."""

    issuing_region: str
    host_region: str
    kind: str
    coverage: str
    rules: tuple[str, ...]
    is_partial: bool
    via: str | None = None


def coverage(
    rules: Iterable[RecognitionRule], issuers: Sequence[str], hosts: Sequence[str], kinds: Sequence[str], day: date
) -> Iterator[Cell]:
    """One cell for each issuer, host and kind, provinces written like 320000."""
    in_force = [rule for rule in rules_in_force(rules, day) if rule.type is RuleType.ACCEPTANCE]
    for kind in kinds:
        of_kind = [rule for rule in in_force if kind in rule.kinds]
        for host in hosts:
            there = [rule for rule in of_kind if _touches(rule.host_prefixes, host)]
            for issuer in issuers:
                yield _cell(
                    [rule for rule in there if _touches(rule.issuing_prefixes, issuer)], issuer, host, kind, day
                )


def _cell(rules: list[RecognitionRule], issuer: str, host: str, kind: str, day: date) -> Cell:
    facts, question = _certificate(kind, issuer), Question(host_region=host, day=day, employer_code=SOME_FIRM)
    choice = choose_rule(rules, facts, question)
    named = (choice.rule,) if choice.rule else choice.rivals
    is_national = any(rule.owner_region == NATIONAL for rule in named)
    others = [rule for rule in rules if rule not in named and (rule.owner_region == NATIONAL or not is_national)]
    found, via = _coverage(Case(facts=facts, choice=choice, question=question))
    return Cell(
        issuing_region=issuer,
        host_region=host,
        kind=kind,
        coverage=found,
        rules=tuple(rule.label for rule in named),
        is_partial=bool(others) or via is not None,
        via=via,
    )


def _coverage(case: Case) -> tuple[str, str | None]:
    """How they are taken, and by which table. Of an agreement that is not in force there, nothing is."""
    rule, table = case.rule, table_asked(case)
    if rule is None:
        return CONFLICT if case.choice.reason == "RULES_CONFLICT" else NO_RULE, None
    if rule.mode is Mode.NONE:
        return COVERAGE[rule.mode], None
    is_in_force = is_between_members(case).outcome is Outcome.PASSED
    if not is_in_force or (rule.equivalence_table is not None and table is None):
        return NO_RULE, None
    return EQUIVALENT if table and rule.mode is Mode.DIRECT else COVERAGE[rule.mode], table


def conflicts(rules: Iterable[RecognitionRule], day: date) -> list[tuple[RecognitionRule, RecognitionRule]]:
    """Pairs of rules in force that leave some certificate without an answer, because neither goes before the other."""
    local = [
        one for one in rules_in_force(rules, day) if one.type is RuleType.ACCEPTANCE and one.owner_region != NATIONAL
    ]
    return [
        (one, other)
        for place, one in enumerate(local)
        for other in local[place + 1 :]
        if any(_contradict(one, other, *case) for case in _common_cases(one, other, day))
    ]


def _contradict(one: RecognitionRule, other: RecognitionRule, facts: CertificateFacts, question: Question) -> bool:
    return choose_rule((one, other), facts, question).reason == "RULES_CONFLICT"


def _common_cases(
    one: RecognitionRule, other: RecognitionRule, day: date
) -> Iterator[tuple[CertificateFacts, Question]]:
    """A certificate and a place of every sort that both rules speak of."""
    for kind in sorted(set(one.kinds) & set(other.kinds)):
        for issuer in _common_prefixes(one.issuing_prefixes, other.issuing_prefixes):
            for host in _common_prefixes(one.host_prefixes, other.host_prefixes):
                for subkind in _common_names(one.subkinds, other.subkinds):
                    for industry in _common_names(one.industries, other.industries):
                        facts = _certificate(kind, issuer, subkind, industry)
                        yield facts, Question(host_region=host, day=day, employer_code=SOME_FIRM)


def _common_prefixes(some: tuple[str, ...], others: tuple[str, ...]) -> list[str]:
    found = {max(one, other, key=len) for one in some for other in others if _starts_alike(one, other)}
    return sorted(prefix.ljust(6, "0") for prefix in found)


def _common_names(some: tuple[str, ...], others: tuple[str, ...]) -> list[str]:
    if some and others:
        return sorted(set(some) & set(others))
    return [(*some, *others)[0]] if some or others else [ANY_OTHER]


def _touches(prefixes: tuple[str, ...], province: str) -> bool:
    return any(_starts_alike(prefix, province[:2]) for prefix in prefixes)


def _starts_alike(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def _certificate(kind: str, issuer: str, subkind: str = ANY_OTHER, industry: str = ANY_OTHER) -> CertificateFacts:
    return CertificateFacts(
        certificate_id="", kind=kind, subkind=subkind, issuing_region=issuer, issuer_name="", valid_from=None,
        valid_to=None, review_due_on=None, reviewed_on=None, reported_status=None, is_transferred=False, actions=(),
        employer_code=SOME_FIRM, holder_has_adverse=None, source_updated_at=None, source_is_fresh=None,
        industry=industry,
    )  # fmt: skip
