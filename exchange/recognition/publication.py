"""What a recognition rule must be before it is published: everything that is wrong with it at once. Pure.

Add the next demand as a generator and name it in `problems_of`, with a row in `tests/spec/recognition_rules.md`.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from schema.agreements import Agreed
from schema.errors import Refusal
from schema.fields import CHINA
from schema.kinds import KINDS
from schema.recognition import RecognitionRule, RuleType
from schema.recognition_rules import governing
from schema.record import Family

NOTICE = timedelta(hours=48)
"""How long before it counts a rule is public, so that everybody has it by then."""
HORIZON = timedelta(days=14)
"""How long ahead a rule of acceptance may be published at most; what is farther off would be overtaken."""
IDENTIFIER = re.compile(r"(AR|IR)-([0-9]{6})-[0-9]{4}")
PREFIX = re.compile(r"([0-9]{2,6})?")
CERTIFICATE_KINDS = frozenset(kind.name for kind in KINDS if kind.family is Family.CERTIFICATE)
LIMITS = {
    "min_remaining_days": ("minRemainingDays", 0, 3650),
    "max_review_age_days": ("maxReviewAgeDays", 0, 3650),
    "min_training_hours": ("minTrainingHours", 1, 2000),
    "cooling_off_months": ("coolingOffMonths", 1, 120),
    "decision_workdays": ("decisionWorkdays", 1, 250),
}
MOST_LISTED, LONGEST_TEXT = 200, 2000
LISTS = ("kinds", "subkinds", "industries", "issuing_prefixes", "host_prefixes", "activities", "documents")
TEXTS = {"text_zh": "message", "text_en": "messageEn", "basis": "basis"}


@dataclass(frozen=True, kw_only=True)
class Publisher:
    """Who publishes, when, and what it published under this identifier last; `is_foreign`: somebody else did. `agreed`:
    the agreement the rule names, when there is one of that name."""

    tenant_id: int = 0
    governs: Callable[[str], bool]
    now: datetime
    latest_version: int = 0
    is_foreign: bool = False
    agreed: Agreed | None = None


def problems_of(rule: RecognitionRule, publisher: Publisher) -> list[Refusal]:
    """Everything that is wrong with a rule; fields lie within `input`."""
    checks = (_identity, _scope, _nation_wide, _agreement, _dates, _limits, _texts)
    return [problem for check in checks for problem in check(rule, publisher)]


def earliest_day(now: datetime) -> date:
    """The first day on which a rule published now may count: its beginning is `NOTICE` away."""
    moment = (now + NOTICE).astimezone(CHINA)
    begins = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return moment.date() if moment == begins else moment.date() + timedelta(days=1)


def _identity(rule: RecognitionRule, publisher: Publisher) -> Iterator[Refusal]:
    named = IDENTIFIER.fullmatch(rule.identifier)
    if named is None:
        yield Refusal("BAD_INPUT", field=("identifier",), detail="AR-320000-0001, IR-320000-0001")
    elif publisher.is_foreign or not publisher.governs(named[2]):
        yield Refusal("FOREIGN_ISSUER", field=("identifier",))
    if rule.version <= publisher.latest_version and not publisher.is_foreign:
        yield Refusal("VERSION_CONFLICT", field=("version",), version=publisher.latest_version)
    elif rule.version < 1:
        yield Refusal("BAD_INPUT", field=("version",), detail="version >= 1")


def _scope(rule: RecognitionRule, publisher: Publisher) -> Iterator[Refusal]:
    """A place of use speaks of its own divisions, an issuer of what was issued in its own."""
    is_acceptance = rule.type is RuleType.ACCEPTANCE
    own, field = (rule.host_prefixes, "hostPrefixes") if is_acceptance else (rule.issuing_prefixes, "issuingPrefixes")
    if not own or not all(publisher.governs(prefix) for prefix in own):
        yield Refusal("FOREIGN_ISSUER", field=(field,))
    for name, prefixes in (("issuingPrefixes", rule.issuing_prefixes), ("hostPrefixes", rule.host_prefixes)):
        if not prefixes or not all(PREFIX.fullmatch(prefix) for prefix in prefixes):
            yield Refusal("BAD_INPUT", field=(name,), detail="31, 3101, 310101")
    if not rule.kinds or not set(rule.kinds) <= CERTIFICATE_KINDS:
        yield Refusal("VALUE_NOT_IN_TABLE", field=("kinds",), known=" ".join(sorted(CERTIFICATE_KINDS)))
    for name in LISTS:
        if len(getattr(rule, name)) > MOST_LISTED:
            yield Refusal("RULE_OUT_OF_LIMITS", field=(_camel(name),), name=_camel(name), least=0, most=MOST_LISTED)


def _nation_wide(rule: RecognitionRule, publisher: Publisher) -> Iterator[Refusal]:
    """What is valid nation-wide no place can narrow."""
    above = governing(rule, rule.valid_from) if rule.type is RuleType.ACCEPTANCE else ()
    if above:
        rules = ", ".join(one.label for one in above)
        yield Refusal("RULE_NATION_WIDE", field=("kinds",), rules=rules)


def _agreement(rule: RecognitionRule, publisher: Publisher) -> Iterator[Refusal]:
    """A rule counts under an agreement its publisher takes part in, by a table that agreement has."""
    if rule.agreement is None:
        if rule.equivalence_table is not None:
            yield Refusal("FIELD_REQUIRED", field=("agreement",))
        return
    if rule.type is RuleType.INVALIDATION:
        yield Refusal("VALUES_CONTRADICT", field=("agreement",), other="identifier")
    day = publisher.now.astimezone(CHINA).date()
    members = publisher.agreed.members_on(day) if publisher.agreed else ()
    if publisher.agreed is None or publisher.tenant_id not in {one.tenant_id for one in members}:
        yield Refusal("RULE_AGREEMENT_UNKNOWN", field=("agreement",), agreement=rule.agreement[:63])
        return
    tables = publisher.agreed.terms_on(day).tables
    if rule.equivalence_table is not None and rule.equivalence_table not in tables:
        yield Refusal("VALUE_NOT_IN_TABLE", field=("equivalenceTable",), known=" ".join(tables))


def _dates(rule: RecognitionRule, publisher: Publisher) -> Iterator[Refusal]:
    earliest = earliest_day(publisher.now)
    latest = publisher.now.astimezone(CHINA).date() + HORIZON
    if rule.valid_from < earliest:
        yield Refusal("RULE_TOO_SOON", field=("validFrom",), earliest=earliest)
    elif rule.type is RuleType.ACCEPTANCE and rule.valid_from > latest:
        yield Refusal("RULE_TOO_EARLY", field=("validFrom",), latest=latest)
    for name, end in (("validTo", rule.valid_to), ("reviewBy", rule.review_by)):
        if end is not None and end < rule.valid_from:
            yield Refusal("DATES_REVERSED", field=(name,))
    if rule.issued_from and rule.issued_to and rule.issued_to < rule.issued_from:
        yield Refusal("DATES_REVERSED", field=("issuedTo",))


def _limits(rule: RecognitionRule, publisher: Publisher) -> Iterator[Refusal]:
    for name, (field, least, most) in LIMITS.items():
        value = getattr(rule, name)
        if value is not None and not least <= value <= most:
            yield Refusal("RULE_OUT_OF_LIMITS", field=(field,), name=field, least=least, most=most)
    if rule.requires_same_employer and rule.requires_other_employer:
        yield Refusal("VALUES_CONTRADICT", field=("requiresOtherEmployer",), other="requiresSameEmployer")
    if rule.type is RuleType.ACCEPTANCE and (rule.issued_from or rule.issued_to):
        yield Refusal("VALUES_CONTRADICT", field=("issuedFrom",), other="identifier")


def _texts(rule: RecognitionRule, publisher: Publisher) -> Iterator[Refusal]:
    for name, field in TEXTS.items():
        if not getattr(rule, name).strip():
            yield Refusal("FIELD_REQUIRED", field=(field,))
        elif len(getattr(rule, name)) > LONGEST_TEXT:
            yield Refusal("RULE_OUT_OF_LIMITS", field=(field,), name=field, least=1, most=LONGEST_TEXT)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
