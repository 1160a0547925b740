"""A plain second reading of recognition, straight from the words of tests/spec/recognition.md: it shares no code with
what it checks. Add the next term of a rule to it.
"""

from datetime import date, timedelta

from schema.agreements import Part, Terms
from schema.recognition import CertificateFacts, Fallback, Mode, Question, RecognitionRule, Verdict


def plain_in_force(rules: list[RecognitionRule], day: date) -> list[RecognitionRule]:
    found = []
    for rule in rules:
        is_replaced = any(
            other.identifier == rule.identifier and other.version > rule.version and other.valid_from <= day
            for other in rules
        )
        has_ended = rule.valid_to is not None and rule.valid_to < day
        if rule.valid_from <= day and not is_replaced and not has_ended:
            found.append(rule)
    return found


def plain_fit(rule: RecognitionRule, facts: CertificateFacts, question: Question) -> str:
    """NO, YES, or PERHAPS where something is not known."""
    owner = {"320000": "32", "320100": "3201", "310000": "31", "000000": ""}[rule.owner_region]
    if facts.kind not in rule.kinds or not question.host_region.startswith(owner):
        return "NO"
    if not question.host_region.startswith(rule.host_prefixes) or not facts.issuing_region.startswith(
        rule.issuing_prefixes
    ):
        return "NO"
    if rule.subkinds and facts.subkind and facts.subkind not in rule.subkinds:
        return "NO"
    if rule.industries and facts.industry and facts.industry not in rule.industries:
        return "NO"
    is_unsure = (bool(rule.subkinds) and not facts.subkind) or (bool(rule.industries) and not facts.industry)
    if rule.for_move_only:
        if facts.issuing_region[:2] == question.host_region[:2]:
            return "NO"
        if not facts.employer_code or not question.employer_code:
            is_unsure = True
        elif facts.employer_code == question.employer_code:
            return "NO"
    return "PERHAPS" if is_unsure else "YES"


def plain_is_beaten(rule: RecognitionRule, other: RecognitionRule, facts: CertificateFacts, question: Question) -> bool:
    """Whether `other` is as narrow as `rule` in every respect and narrower in one; of unknown terms nobody can say."""
    if rule.unknown_terms:
        return False

    def widths(one: RecognitionRule) -> list[int]:
        host = min(6 - len(prefix) for prefix in one.host_prefixes if question.host_region.startswith(prefix))
        issuer = min(6 - len(prefix) for prefix in one.issuing_prefixes if facts.issuing_region.startswith(prefix))
        return [host, issuer, 0 if one.subkinds else 1, 0 if one.industries else 1, 0 if one.for_move_only else 1]

    mine, theirs = widths(rule), widths(other)
    is_wider = [a > b for a, b in zip(mine, theirs, strict=True)]
    is_narrower = [a < b for a, b in zip(mine, theirs, strict=True)]
    return any(is_wider) and not any(is_narrower)


def plain_rule(rules: list[RecognitionRule], facts: CertificateFacts, question: Question) -> RecognitionRule | None:
    fitting = [
        rule
        for rule in plain_in_force(rules, question.day)
        if rule.identifier[:2] != "IR" and plain_fit(rule, facts, question) != "NO"
    ]
    if any(rule.owner_region == "000000" for rule in fitting):
        fitting = [rule for rule in fitting if rule.owner_region == "000000"]
    left = [rule for rule in fitting if not any(plain_is_beaten(rule, other, facts, question) for other in fitting)]
    if not left or any(plain_fit(rule, facts, question) == "PERHAPS" or rule.unknown_terms for rule in left):
        return None
    terms = {
        (
            rule.mode,
            rule.min_remaining_days,
            rule.max_review_age_days,
            rule.requires_same_employer,
            rule.requires_no_adverse,
            rule.requires_other_employer,
            rule.min_training_hours,
            rule.cooling_off_months,
            rule.activities,
            rule.documents,
            rule.fallback,
            rule.agreement,
            rule.equivalence_table,
        )
        for rule in left
    }
    return left[0] if len(terms) == 1 else None


def plain_invalidation(rules: list[RecognitionRule], facts: CertificateFacts, day: date) -> str:
    """What the issuer's own rules say: YES it is invalid, PERHAPS, or NO."""
    said = {"NO"}
    for rule in plain_in_force(rules, day):
        home = {"320000": "32", "320100": "3201", "310000": "31", "000000": "none"}[rule.owner_region]
        is_meant = facts.kind in rule.kinds and facts.issuing_region.startswith(rule.issuing_prefixes)
        if rule.identifier[:2] != "IR" or not is_meant or not facts.issuing_region.startswith(home):
            continue
        answers = {"YES"}
        if rule.unknown_terms:
            answers.add("PERHAPS")
        for wanted, known in ((rule.subkinds, facts.subkind), (rule.industries, facts.industry)):
            if wanted:
                answers.add("PERHAPS" if not known else "YES" if known in wanted else "NO")
        for is_bound, fits in (
            (rule.issued_from, lambda start, rule=rule: start >= rule.issued_from),
            (rule.issued_to, lambda start, rule=rule: start <= rule.issued_to),
        ):
            if is_bound:
                answers.add("PERHAPS" if not facts.valid_from else "YES" if fits(facts.valid_from) else "NO")
        said.add("NO" if "NO" in answers else "PERHAPS" if "PERHAPS" in answers else "YES")
    return "YES" if "YES" in said else "PERHAPS" if "PERHAPS" in said else "NO"


def plain_version(rule: RecognitionRule, day: date) -> Terms | None:
    begun = [one for one in rule.agreed.versions if one.since <= day] if rule.agreed else []
    return sorted(begun, key=lambda one: one.version)[-1] if begun else None


def plain_members(rule: RecognitionRule, day: date) -> list[Part]:
    parts = rule.agreed.parts if rule.agreed else ()
    return [one for one in parts if one.since <= day and not (one.until is not None and one.until < day)]


def plain_effects(facts: CertificateFacts, rule: RecognitionRule | None, question: Question) -> set[str]:
    """What marks that members made do under the rule's agreement."""
    version = plain_version(rule, question.day) if rule and rule.agreement else None
    if rule is None or version is None:
        return set()
    found = set()
    for known in (facts.firm_marks, facts.holder_marks):
        for one in known or ():
            if one.tenant_id in [member.tenant_id for member in plain_members(rule, question.day)]:
                found |= {spread.effect.name for spread in version.spreads if spread.mark.name == one.mark.name}
    return found


def plain_agreement_is_unsure(facts: CertificateFacts, rule: RecognitionRule, question: Question) -> bool:
    """Whether the rule's agreement leaves something open: membership, the table, marks nobody could look up."""
    if rule.agreement is None:
        return rule.equivalence_table is not None
    version = plain_version(rule, question.day)
    for region in (facts.issuing_region, question.host_region):
        members = plain_members(rule, question.day)
        if not any(region.startswith(prefix) for one in members for prefix in one.jurisdiction):
            return True
    if version is None:
        return rule.equivalence_table is not None
    if version.unknown:
        return True
    for spread in version.spreads:
        known = facts.holder_marks if spread.mark.name == "CERTIFICATE_ACTION" else facts.firm_marks
        if known is None and spread.effect.name != "NOTED":
            return True
    if rule.equivalence_table is None:
        return False
    lines = [
        one
        for one in version.rows
        if (one.table, one.kind) == (rule.equivalence_table, facts.kind)
        and question.activity in one.activities
        and (not one.subkind or not facts.subkind or one.subkind == facts.subkind)
    ]
    return len(lines) != 1 or bool(lines[0].subkind and not facts.subkind)


def plain_bad(facts: CertificateFacts, rule: RecognitionRule | None, question: Question) -> bool:
    """Whether something is known to be wrong."""
    day = question.day
    reviewed = facts.reviewed_on if facts.reviewed_on and facts.reviewed_on <= day else None
    bad_states = ["SUSPENDED", "RESCINDED", "CANCELLED", "LAPSED", "REVOKED"]
    if rule and rule.mode is not Mode.TRANSFER:
        bad_states.append("TRANSFERRING_OUT")
    if facts.is_transferred or facts.reported_status in bad_states:
        return True
    if any(one.is_clear and not (one.measure == "SUSPENDED" and not one.is_by_issuer) for one in facts.actions):
        return True
    if (facts.valid_to and facts.valid_to < day) or (facts.valid_from and facts.valid_from > day):
        return True
    if facts.review_due_on and facts.review_due_on < day and not reviewed:
        return True
    if not rule:
        return False
    if "REFUSED" in plain_effects(facts, rule, question):
        return True
    if rule.mode is Mode.NONE or (rule.requires_no_adverse and facts.holder_has_adverse):
        return True
    is_silent = facts.source_updated_at is None or facts.source_is_fresh is not True
    if is_silent and rule.fallback is Fallback.REFUSED:
        return True
    if rule.activities and question.activity and question.activity not in rule.activities:
        return True
    if rule.min_training_hours and facts.training_hours is not None and facts.training_hours < rule.min_training_hours:
        return True
    if rule.cooling_off_months and facts.holder_has_adverse is not None:
        waits = {date(2026, 5, 24): date(2026, 11, 24), date(2026, 5, 23): date(2026, 11, 23)}  # six months on
        if facts.holder_has_adverse or question.day < waits.get(facts.adverse_ended_on, question.day):
            return True
    if rule.requires_other_employer and facts.employer_code and facts.employer_code == question.employer_code:
        return True
    least = rule.min_remaining_days
    if least is not None and facts.valid_to and facts.valid_to - timedelta(days=least) < day:
        return True
    started = facts.valid_from if facts.valid_from and facts.valid_from <= day else None
    last = max((moment for moment in (reviewed, started) if moment), default=None)
    if rule.max_review_age_days is not None and last and last + timedelta(days=rule.max_review_age_days) < day:
        return True
    return bool(
        rule.requires_same_employer
        and facts.employer_code
        and question.employer_code
        and facts.employer_code != question.employer_code
    )


def plain_is_unsure(facts: CertificateFacts, rule: RecognitionRule | None, question: Question) -> bool:
    """Whether something that matters is not known; asked only where nothing is known to be wrong."""
    if facts.actions:
        return True
    if rule is None or facts.source_updated_at is None or facts.source_is_fresh is not True:
        return True
    if plain_agreement_is_unsure(facts, rule, question):
        return True
    if facts.reported_status not in ("VALID", "TRANSFERRING_OUT") or not facts.valid_from or not facts.valid_to:
        return True
    if facts.review_due_on is None and facts.kind == "SPECIAL_OPERATION":
        return True
    due, reviewed = facts.review_due_on, facts.reviewed_on
    if due and due < question.day and reviewed and (due - reviewed).days > 180:
        return True
    if (rule.requires_no_adverse or rule.cooling_off_months) and facts.holder_has_adverse is None:
        return True
    if rule.min_training_hours and facts.training_hours is None:
        return True
    if rule.activities and not question.activity:
        return True
    if rule.documents and rule.mode is Mode.DIRECT and question.documents != rule.documents:
        return True
    return (rule.requires_same_employer or rule.requires_other_employer) and not (
        facts.employer_code and question.employer_code
    )


def plain_verdict(facts: CertificateFacts, rules: list[RecognitionRule], question: Question) -> Verdict:
    rule = plain_rule(rules, facts, question)
    invalidated = plain_invalidation(rules, facts, question.day)
    if plain_bad(facts, rule, question) or invalidated == "YES":
        return Verdict.REFUSED
    if invalidated == "PERHAPS" or plain_is_unsure(facts, rule, question) or rule is None:
        return Verdict.UNDETERMINED
    is_plain = rule.mode is Mode.DIRECT and "CONDITIONAL" not in plain_effects(facts, rule, question)
    return Verdict.ACCEPTED if is_plain else Verdict.CONDITIONAL
