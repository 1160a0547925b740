"""Recognition for any certificate, rules and question: never a false yes, and the answer of a plain second reading.

`plain_verdict` is written straight from the words of recognition.md and shares no code with what it checks. Add the
next term of a rule to it and to the strategies.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.recognition import decide
from schema.recognition import (
    Action,
    Aspect,
    BasisType,
    CertificateFacts,
    Fallback,
    Mode,
    Outcome,
    Question,
    RecognitionRule,
    Verdict,
)

TODAY = date(2026, 11, 23)
USABLE = (Verdict.ACCEPTED, Verdict.CONDITIONAL)
STATES = ("VALID", "SUSPENDED", "RESCINDED", "CANCELLED", "LAPSED", "TRANSFERRING_OUT", "REVOKED", "OTHER", "ELSE")

thorough = settings(max_examples=400, deadline=None)
quick = settings(max_examples=100, deadline=None)
FIRM, OTHER_FIRM = "DEM000000000000001", "DEM000000000000002"


def near(*offsets: int) -> list[date]:
    return [TODAY + timedelta(days=offset) for offset in offsets]


def mostly(*usual: Any, odd: Iterable[Any]) -> st.SearchStrategy[Any]:
    """The usual values four times in five, so that a yes is as common as a no."""
    return st.sampled_from([value for value in usual for _ in range(4 * len(list(odd)) // len(usual) + 1)] + list(odd))


certificates = st.builds(
    CertificateFacts,
    certificate_id=st.just("certificate-1"),
    kind=st.sampled_from(["SAFETY_MANAGEMENT", "SPECIAL_OPERATION"]),
    subkind=mostly("煤矿", odd=[None, "危险化学品"]),
    issuing_region=mostly("310000", "310101", odd=["320500"]),
    issuer_name=st.just("演示发证机关"),
    valid_from=mostly(*near(-500, -179), odd=[None, *near(0, 1)]),
    valid_to=mostly(*near(500, 30), odd=[None, *near(-1, 0, 1, 29)]),
    review_due_on=mostly(*near(60, -1), odd=[None, *near(0)]),
    reviewed_on=mostly(*near(-30), odd=[None, *near(-400, -182, -181, 1)]),
    reported_status=mostly("VALID", odd=[None, *STATES]),
    is_transferred=mostly(False, odd=[True]),
    actions=mostly(
        (),
        odd=[
            (Action(measure=measure, is_by_issuer=is_by_issuer, is_clear=is_clear),)
            for measure in ("SUSPENDED", "REVOKED")
            for is_by_issuer in (True, False)
            for is_clear in (True, False)
        ],
    ),
    employer_code=mostly(FIRM, odd=[None, OTHER_FIRM]),
    holder_has_adverse=mostly(False, odd=[None, True]),
    source_updated_at=mostly(TODAY, odd=[None]),
    source_is_fresh=mostly(True, odd=[None, False]),
    industry=mostly("危险化学品", odd=[None, "煤矿"]),
    adverse_ended_on=mostly(None, odd=[date(2026, 5, 23), date(2026, 5, 24), date(2025, 1, 1)]),
    training_hours=mostly(12.0, odd=[None, 11.5]),
)
rule_lists = st.lists(
    st.builds(
        RecognitionRule,
        identifier=mostly("AR-320000-0001", "AR-320000-0002", odd=["AR-320000-0003", "IR-310000-0001"]),
        version=st.integers(1, 3),
        owner_region=mostly("320000", "320000", "000000", odd=["320100", "310000"]),
        kinds=mostly(("SAFETY_MANAGEMENT", "SPECIAL_OPERATION"), odd=[("SPECIAL_OPERATION",)]),
        subkinds=mostly((), odd=[("煤矿",), ("危险化学品",)]),
        industries=mostly((), odd=[("危险化学品",), ("煤矿",)]),
        issued_from=mostly(None, odd=near(-500, -179)),
        issued_to=mostly(None, odd=near(-180, -179)),
        issuing_prefixes=mostly(("31",), odd=[(), ("3101",), ("3101", "32")]),
        host_prefixes=mostly(("32",), odd=[(), ("3201",), ("32", "3201")]),
        mode=mostly(Mode.DIRECT, odd=[Mode.FILING, Mode.TRANSFER, Mode.NONE]),
        basis_type=st.just(BasisType.AGREEMENT),
        basis=st.just("演示依据"),
        min_remaining_days=mostly(None, odd=[0, 30]),
        max_review_age_days=mostly(None, odd=[180]),
        requires_same_employer=mostly(False, odd=[True]),
        requires_other_employer=mostly(False, odd=[True]),
        requires_no_adverse=mostly(False, odd=[True]),
        min_training_hours=mostly(None, odd=[12]),
        cooling_off_months=mostly(None, odd=[6]),
        activities=mostly((), odd=[("焊接",), ("焊接", "切割")]),
        documents=mostly((), odd=[("劳动合同",)]),
        fallback=mostly(Fallback.UNDETERMINED, odd=[Fallback.REFUSED]),
        unknown_terms=mostly((), odd=[("insuranceRequired",)]),
        for_move_only=mostly(False, odd=[True]),
        valid_from=mostly(*near(-400), odd=near(0, 1)),
        valid_to=mostly(None, odd=near(-1, 0, 400)),
        text_zh=st.just("演示规则"),
        text_en=st.just("A demonstration rule"),
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda rule: (rule.identifier, rule.version),
)
questions = st.builds(
    Question,
    host_region=mostly("320100", "320102", odd=["330100"]),
    day=mostly(TODAY, odd=near(-1, 1, 30)),
    employer_code=mostly(FIRM, odd=[None, OTHER_FIRM]),
    activity=mostly("切割", odd=[None, "焊接"]),
    documents=mostly((), odd=[("劳动合同",)]),
)


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
    """Whether `other` is as narrow as `rule` in every respect and narrower in one."""

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
    return Verdict.ACCEPTED if rule.mode is Mode.DIRECT else Verdict.CONDITIONAL


@thorough
@given(certificates, rule_lists, questions)
def test_every_verdict_is_that_of_a_plain_second_reading(
    facts: CertificateFacts, rules: list[RecognitionRule], question: Question
) -> None:
    assert decide(facts, rules, question).verdict is plain_verdict(facts, rules, question)


@quick
@given(certificates, rule_lists, questions)
def test_a_yes_has_every_condition_passed_and_a_rule(
    facts: CertificateFacts, rules: list[RecognitionRule], question: Question
) -> None:
    decision = decide(facts, rules, question)
    is_clean = {result.outcome for result in decision.results} == {Outcome.PASSED}
    assert (decision.verdict in USABLE) is is_clean
    if is_clean:
        assert decision.rule_identifier in {rule.identifier for rule in rules}


@quick
@given(certificates, questions)
def test_without_a_published_rule_nothing_is_accepted(facts: CertificateFacts, question: Question) -> None:
    assert decide(facts, [], question).verdict in (Verdict.UNDETERMINED, Verdict.REFUSED)


@quick
@given(certificates, rule_lists, questions, st.sampled_from([None, False]))
def test_without_a_fresh_source_nothing_is_accepted(
    facts: CertificateFacts, rules: list[RecognitionRule], question: Question, is_fresh: bool | None
) -> None:
    for unknown in (replace(facts, source_is_fresh=is_fresh), replace(facts, source_updated_at=None)):
        assert decide(unknown, rules, question).verdict not in USABLE


@quick
@given(rule_lists, questions)
def test_what_is_not_found_is_undetermined_and_never_refused(rules: list[RecognitionRule], question: Question) -> None:
    assert decide(None, rules, question).verdict is Verdict.UNDETERMINED


FORGETTABLE = (
    "subkind", "valid_from", "valid_to", "reviewed_on", "reported_status", "employer_code", "holder_has_adverse",
    "source_updated_at", "source_is_fresh",
)  # fmt: skip


@quick
@given(certificates, rule_lists, questions, st.sampled_from(FORGETTABLE))
def test_knowing_less_never_turns_a_no_into_a_yes(
    facts: CertificateFacts, rules: list[RecognitionRule], question: Question, name: str
) -> None:
    before = decide(facts, rules, question).verdict
    forgotten: dict[str, Any] = {name: None}
    after = decide(replace(facts, **forgotten), rules, question).verdict
    assert after not in USABLE or after is before


@quick
@given(certificates, rule_lists, questions)
def test_not_naming_the_employer_never_turns_a_no_into_a_yes(
    facts: CertificateFacts, rules: list[RecognitionRule], question: Question
) -> None:
    before = decide(facts, rules, question).verdict
    after = decide(facts, rules, replace(question, employer_code=None)).verdict
    assert after not in USABLE or after is before


@quick
@given(certificates, rule_lists.flatmap(lambda rules: st.tuples(st.just(rules), st.permutations(rules))), questions)
def test_the_order_of_the_rules_does_not_matter(
    facts: CertificateFacts, orders: tuple[list[RecognitionRule], list[RecognitionRule]], question: Question
) -> None:
    assert decide(facts, orders[0], question) == decide(facts, orders[1], question)


@quick
@given(certificates, rule_lists, questions)
def test_a_term_this_edition_does_not_know_is_never_a_yes(
    facts: CertificateFacts, rules: list[RecognitionRule], question: Question
) -> None:
    newer = [replace(rule, unknown_terms=("insuranceRequired",)) for rule in rules]
    assert decide(facts, newer, question).verdict not in USABLE


@quick
@given(certificates, rule_lists, questions)
def test_the_three_answers_together_are_the_verdict(
    facts: CertificateFacts, rules: list[RecognitionRule], question: Question
) -> None:
    decision = decide(facts, rules, question)
    answers = {decision.outcome_of(aspect) for aspect in Aspect}
    assert (decision.verdict is Verdict.REFUSED) is (Outcome.FAILED in answers)
    assert (decision.verdict in USABLE) is (answers == {Outcome.PASSED})
