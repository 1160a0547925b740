"""Which recognition rule answers a question: the one in force, of the right owner, most specific. Pure.

A further way for a rule to be narrower is a further number in `_narrowness`. When rules of equal standing disagree
there is no answer, and the rivals are named.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from schema.recognition import NATIONAL, CertificateFacts, Question, RecognitionRule
from schema.regions import is_within


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The applicable rule, or why there is none: NO_RULES_PUBLISHED, RULES_CONFLICT, SUBKIND_ or EMPLOYER_UNKNOWN.

    `rivals` are the rules between which the question stays open.
    """

    rule: RecognitionRule | None = None
    reason: str | None = None
    rivals: tuple[RecognitionRule, ...] = ()


def choose_rule(rules: Iterable[RecognitionRule], facts: CertificateFacts, question: Question) -> Choice:
    """The most specific rule in force on the day. A nation-wide rule goes before any local one (上位法优先).

    "Specific" is a partial order: a rule wins only when it is nowhere wider than the other. Rules that are left over
    side by side must have the same effect, else none of them is applied.
    """
    fitting = [rule for rule in _in_force(rules, question) if _fits(rule, facts, question)]
    candidates = [rule for rule in fitting if rule.owner_region == NATIONAL] or fitting
    best = [rule for rule in candidates if not any(_is_narrower(other, rule, facts, question) for other in candidates)]
    doubt = _doubt(best, facts, question)
    if not best:
        return Choice(reason="NO_RULES_PUBLISHED")
    if doubt is not None:
        return Choice(reason=doubt, rivals=tuple(best))
    if len({_effect(rule) for rule in best}) > 1:
        return Choice(reason="RULES_CONFLICT", rivals=tuple(best))
    return Choice(rule=best[0])


def _doubt(best: list[RecognitionRule], facts: CertificateFacts, question: Question) -> str | None:
    """What would have to be known to say whether these rules apply at all."""
    if facts.subkind is None and any(rule.subkinds for rule in best):
        return "SUBKIND_UNKNOWN"
    if not _knows_employers(facts, question) and any(rule.for_move_only for rule in best):
        return "EMPLOYER_UNKNOWN"
    return None


def _in_force(rules: Iterable[RecognitionRule], question: Question) -> list[RecognitionRule]:
    """Of each identifier the highest version that has begun, if it has not ended.

    A later version replaces the earlier ones for good: when it ends, or is narrower, they do not come back.
    """
    begun = sorted({rule for rule in rules if rule.valid_from <= question.day}, key=_order)
    latest = {rule.identifier: rule.version for rule in begun}
    current = [rule for rule in begun if rule.version == latest[rule.identifier]]
    return [rule for rule in current if rule.valid_to is None or question.day <= rule.valid_to]


def _fits(rule: RecognitionRule, facts: CertificateFacts, question: Question) -> bool:
    """Whether the rule speaks of this certificate and place, or may do so. A place rules only its own divisions.

    What is not known counts as fitting, so that a rule which may forbid is not passed over; see `_doubt`.
    """
    return (
        facts.kind in rule.kinds
        and (not rule.subkinds or facts.subkind is None or facts.subkind in rule.subkinds)
        and any(facts.issuing_region.startswith(prefix) for prefix in rule.issuing_prefixes)
        and any(question.host_region.startswith(prefix) for prefix in rule.host_prefixes)
        and (rule.owner_region == NATIONAL or is_within(question.host_region, rule.owner_region))
        and (not rule.for_move_only or _may_be_move(facts, question))
    )


def _may_be_move(facts: CertificateFacts, question: Question) -> bool:
    """Another province, and another employer or one not known."""
    keeps_employer = _knows_employers(facts, question) and facts.employer_code == question.employer_code
    return not keeps_employer and facts.issuing_region[:2] != question.host_region[:2]


def _knows_employers(facts: CertificateFacts, question: Question) -> bool:
    return bool(facts.employer_code) and bool(question.employer_code)


def _is_narrower(one: RecognitionRule, other: RecognitionRule, facts: CertificateFacts, question: Question) -> bool:
    first, second = _narrowness(one, facts, question), _narrowness(other, facts, question)
    return first != second and all(mine >= theirs for mine, theirs in zip(first, second, strict=True))


def _narrowness(rule: RecognitionRule, facts: CertificateFacts, question: Question) -> tuple[int, ...]:
    return (
        _longest(rule.host_prefixes, question.host_region),
        _longest(rule.issuing_prefixes, facts.issuing_region),
        int(bool(rule.subkinds)),
        int(rule.for_move_only),
    )


def _longest(prefixes: tuple[str, ...], region: str) -> int:
    return max(len(prefix) for prefix in prefixes if region.startswith(prefix))


def _effect(rule: RecognitionRule) -> tuple[object, ...]:
    """What two rules must have in common to give the same answer."""
    return (
        rule.mode,
        rule.min_remaining_days,
        rule.max_review_age_days,
        rule.requires_same_employer,
        rule.requires_no_adverse,
        rule.follow_up_zh,
        rule.decision_workdays,
    )


def _order(rule: RecognitionRule) -> tuple[str, int, str]:
    return rule.identifier, rule.version, rule.text_zh
