"""Which recognition rule answers a question: the one in force, of the right owner, most specific. Pure.

A further way for a rule to be narrower is a further number in `_narrowness`. When rules of equal standing disagree
there is no answer, and the rivals are named.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date

from schema.recognition import NATIONAL, CertificateFacts, Question, RecognitionRule, RuleType
from schema.regions import is_within


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The applicable rule, or why there is none: NO_RULES_PUBLISHED, RULES_CONFLICT, ENGINE_TOO_OLD or what is unknown.

    `rivals` are the rules between which the question stays open. `invalidating`: the issuer's rules that take this
    certificate's validity away; `may_invalidate`: those that would if something unknown were so.
    """

    rule: RecognitionRule | None = None
    reason: str | None = None
    rivals: tuple[RecognitionRule, ...] = ()
    invalidating: tuple[RecognitionRule, ...] = ()
    may_invalidate: tuple[RecognitionRule, ...] = ()


def choose_rule(rules: Iterable[RecognitionRule], facts: CertificateFacts, question: Question) -> Choice:
    """The most specific rule in force on the day. A nation-wide rule goes before any local one (上位法优先).

    "Specific" is a partial order: a rule wins only when it is nowhere wider than the other. Rules that are left over
    side by side must have the same effect, else none of them is applied.
    """
    in_force = rules_in_force(rules, question.day)
    fitting = [one for one in in_force if one.type is RuleType.ACCEPTANCE and _fits(one, facts, question)]
    candidates = [rule for rule in fitting if rule.owner_region == NATIONAL] or fitting
    best = [rule for rule in candidates if not any(_is_narrower(other, rule, facts, question) for other in candidates)]
    reason = _hindrance(best, facts, question)
    against = [one for one in in_force if one.type is RuleType.INVALIDATION and _speaks_against(one, facts)]
    return Choice(
        rule=None if reason else best[0],
        reason=reason,
        rivals=tuple(best) if reason else (),
        invalidating=tuple(one for one in against if _is_certain(one, facts)),
        may_invalidate=tuple(one for one in against if not _is_certain(one, facts)),
    )


def _hindrance(best: list[RecognitionRule], facts: CertificateFacts, question: Question) -> str | None:
    """Why the rules that are left cannot be applied; what would have to be known to say whether they apply at all."""
    if not best:
        return "NO_RULES_PUBLISHED"
    if any(rule.unknown_terms for rule in best):
        return "ENGINE_TOO_OLD"
    if facts.subkind is None and any(rule.subkinds for rule in best):
        return "SUBKIND_UNKNOWN"
    if facts.industry is None and any(rule.industries for rule in best):
        return "INDUSTRY_UNKNOWN"
    if not _knows_employers(facts, question) and any(rule.for_move_only for rule in best):
        return "EMPLOYER_UNKNOWN"
    return "RULES_CONFLICT" if len({effect_of(rule) for rule in best}) > 1 else None


def _speaks_against(rule: RecognitionRule, facts: CertificateFacts) -> bool:
    """Whether an issuer's rule may take the validity away. A place speaks of what was issued in it only."""
    started = facts.valid_from
    return (
        _covers(rule, facts)
        and is_within(facts.issuing_region, rule.owner_region)
        and (started is None or rule.issued_from is None or rule.issued_from <= started)
        and (started is None or rule.issued_to is None or started <= rule.issued_to)
    )


def _is_certain(rule: RecognitionRule, facts: CertificateFacts) -> bool:
    is_dated = rule.issued_from is not None or rule.issued_to is not None
    return not (
        rule.unknown_terms
        or (rule.subkinds and facts.subkind is None)
        or (rule.industries and facts.industry is None)
        or (is_dated and facts.valid_from is None)
    )


def rules_in_force(rules: Iterable[RecognitionRule], day: date) -> list[RecognitionRule]:
    """Of each identifier the highest version that has begun, if it has not ended.

    A later version replaces the earlier ones for good: when it ends, or is narrower, they do not come back.
    """
    begun = sorted((rule for rule in rules if rule.valid_from <= day), key=_order)
    latest = {rule.identifier: rule.version for rule in begun}
    current = [rule for rule in begun if rule.version == latest[rule.identifier]]
    return [rule for rule in current if rule.valid_to is None or day <= rule.valid_to]


def _fits(rule: RecognitionRule, facts: CertificateFacts, question: Question) -> bool:
    """Whether the rule speaks of this certificate and place, or may do so. A place rules only its own divisions.

    What is not known counts as fitting, so that a rule which may forbid is not passed over; see `_hindrance`.
    """
    return (
        _covers(rule, facts)
        and any(question.host_region.startswith(prefix) for prefix in rule.host_prefixes)
        and (rule.owner_region == NATIONAL or is_within(question.host_region, rule.owner_region))
        and (not rule.for_move_only or _may_be_move(facts, question))
    )


def _covers(rule: RecognitionRule, facts: CertificateFacts) -> bool:
    """Whether this sort of certificate, issued there, is meant, or may be."""
    return (
        facts.kind in rule.kinds
        and (not rule.subkinds or facts.subkind is None or facts.subkind in rule.subkinds)
        and (not rule.industries or facts.industry is None or facts.industry in rule.industries)
        and any(facts.issuing_region.startswith(prefix) for prefix in rule.issuing_prefixes)
    )


def _may_be_move(facts: CertificateFacts, question: Question) -> bool:
    """Another province, and another employer or one not known."""
    keeps_employer = _knows_employers(facts, question) and facts.employer_code == question.employer_code
    return not keeps_employer and facts.issuing_region[:2] != question.host_region[:2]


def _knows_employers(facts: CertificateFacts, question: Question) -> bool:
    return bool(facts.employer_code) and bool(question.employer_code)


def _is_narrower(one: RecognitionRule, other: RecognitionRule, facts: CertificateFacts, question: Question) -> bool:
    if other.unknown_terms:
        return False  # how narrow it is cannot be said either: it may forbid what this one allows
    first, second = _narrowness(one, facts, question), _narrowness(other, facts, question)
    return first != second and all(mine >= theirs for mine, theirs in zip(first, second, strict=True))


def _narrowness(rule: RecognitionRule, facts: CertificateFacts, question: Question) -> tuple[int, ...]:
    return (
        _longest(rule.host_prefixes, question.host_region),
        _longest(rule.issuing_prefixes, facts.issuing_region),
        int(bool(rule.subkinds)),
        int(bool(rule.industries)),
        int(rule.for_move_only),
    )


def _longest(prefixes: tuple[str, ...], region: str) -> int:
    return max(len(prefix) for prefix in prefixes if region.startswith(prefix))


NO_EFFECT = frozenset({
    "identifier", "version", "owner_region", "kinds", "subkinds", "industries", "issuing_prefixes", "host_prefixes",
    "issued_from", "issued_to", "basis_type", "basis", "for_move_only", "valid_from", "valid_to", "review_by",
    "text_zh", "text_en", "follow_up_en", "agreed",
})  # fmt: skip
"""What of a rule says for what it is meant, whose it is and what it rests on; all the rest is its effect."""
TERMS = tuple(one.name for one in fields(RecognitionRule) if one.name not in NO_EFFECT)


def effect_of(rule: RecognitionRule) -> tuple[object, ...]:
    """What two rules must have in common to give the same answer."""
    return tuple(getattr(rule, name) for name in TERMS)


def _order(rule: RecognitionRule) -> tuple[str, int, str]:
    return rule.identifier, rule.version, rule.text_zh
