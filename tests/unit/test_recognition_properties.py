"""Recognition for any certificate, rules and question: never a false yes, and the answer of a plain second reading.

Add the next term of a rule to the strategies and to plain_recognition.py.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.recognition import decide
from exchange.recognition.choice import choose_rule
from exchange.recognition.coverage import conflicts
from schema.agreements import Agreed, Effect, EquivalenceRow, Mark, Marked, Part, Spread, Terms
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
from tests.unit.plain_recognition import plain_verdict

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


SHARED_FROM = TODAY - timedelta(days=400)
ROWS = (
    EquivalenceRow(
        table="一", row=1, kind="SAFETY_MANAGEMENT", subkind=None, equivalent_kind="ASSISTANT_SAFETY_ENGINEER",
        equivalent_subkind=None, activities=("切割",), basis="演示附件",
    ),
    EquivalenceRow(
        table="一", row=2, kind="SPECIAL_OPERATION", subkind="煤矿", equivalent_kind="SAFETY_MANAGEMENT",
        equivalent_subkind=None, activities=("切割",), basis="演示附件",
    ),
    EquivalenceRow(
        table="一", row=3, kind="SPECIAL_OPERATION", subkind=None, equivalent_kind="SAFETY_MANAGEMENT",
        equivalent_subkind=None, activities=("焊接",), basis="演示附件",
    ),
)  # fmt: skip
SPREADS = tuple(
    (Spread(mark=mark, effect=effect),) for mark in (Mark.RISK_FLAG, Mark.CERTIFICATE_ACTION) for effect in Effect
)
terms = st.builds(
    Terms,
    version=st.integers(1, 3),
    since=mostly(SHARED_FROM, odd=near(0, 1)),
    rows=mostly(ROWS, odd=[(), (ROWS[0], replace(ROWS[0], row=2))]),
    spreads=mostly((), *SPREADS, odd=[(*SPREADS[0], *SPREADS[4])]),
    unknown=mostly((), odd=[("insurancePool",)]),
)
parts = st.tuples(*(
    st.builds(
        Part, tenant_id=st.just(tenant), jurisdiction=mostly((home,), odd=[("99",)]),
        since=mostly(SHARED_FROM, odd=near(1)), until=mostly(None, odd=near(-1, 0)),
    )
    for tenant, home in ((1, "31"), (2, "32"))
))  # fmt: skip
agreements = st.builds(
    Agreed,
    identifier=st.just("delta"),
    versions=st.lists(terms, max_size=2, unique_by=lambda one: one.version).map(tuple),
    parts=parts,
)
MEMBERS = tuple(
    Part(tenant_id=tenant, jurisdiction=(home,), since=SHARED_FROM) for tenant, home in ((1, "31"), (2, "32"))
)


def some_marks(mark: Mark) -> list[tuple[Marked, ...]]:
    """Made by a member, by another, by somebody else, and of a sort members may not speak of."""
    return [*((Marked(mark=mark, tenant_id=by),) for by in (1, 2, 3)), (Marked(mark=Mark.PENALTY, tenant_id=1),)]


marks = mostly((), odd=[None, *((Marked(mark=mark, tenant_id=by),) for mark in Mark for by in (1, 3))])


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
    firm_marks=marks,
    holder_marks=marks,
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
        agreement=mostly(None, "delta", odd=["delta"]),
        equivalence_table=mostly(None, odd=["一", "二"]),
        agreed=st.one_of(agreements, agreements, agreements, st.none()),
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


@thorough
@given(certificates, rule_lists, questions)
def test_every_verdict_is_that_of_a_plain_second_reading(
    facts: CertificateFacts, rules: list[RecognitionRule], question: Question
) -> None:
    assert decide(facts, rules, question).verdict is plain_verdict(facts, rules, question)


@st.composite
def agreed_cases(draw: st.DrawFn) -> tuple[CertificateFacts, list[RecognitionRule], Question]:
    """A certificate and a rule nothing else speaks against, so that what members agreed on decides."""
    facts = replace(
        draw(certificates), issuing_region=draw(mostly("310000", odd=["330000"])), valid_from=TODAY - timedelta(500),
        valid_to=TODAY + timedelta(500), review_due_on=None, reported_status="VALID", is_transferred=False, actions=(),
        source_updated_at=TODAY, source_is_fresh=True, holder_has_adverse=False,
        firm_marks=draw(st.sampled_from([(), None, *some_marks(Mark.RISK_FLAG)])),
        holder_marks=draw(st.sampled_from([(), None, *some_marks(Mark.CERTIFICATE_ACTION)])),
    )  # fmt: skip
    now = replace(
        draw(terms), since=SHARED_FROM, spreads=draw(st.sampled_from([(), *SPREADS, SPREADS[0] + SPREADS[4]]))
    )
    versions = (now, replace(draw(terms), version=4, since=TODAY + timedelta(1)))
    agreed = Agreed(
        identifier="delta", versions=versions, parts=draw(st.one_of(st.just(MEMBERS), st.just(MEMBERS), parts))
    )
    rule = RecognitionRule(
        identifier="AR-320000-0001", version=1, owner_region="320000", kinds=("SAFETY_MANAGEMENT", "SPECIAL_OPERATION"),
        issuing_prefixes=("31", "33"), host_prefixes=("32",), mode=draw(mostly(Mode.DIRECT, odd=[Mode.FILING])),
        basis_type=BasisType.AGREEMENT, basis="演示依据", valid_from=SHARED_FROM, text_zh="演示规则", text_en="A rule",
        agreement="delta", equivalence_table=draw(mostly(None, "一", odd=["二"])), agreed=agreed,
    )  # fmt: skip
    question = Question(
        host_region="320100", day=draw(mostly(TODAY, odd=near(-1, 1))), employer_code=FIRM,
        activity=draw(mostly("切割", "焊接", odd=[None])),
    )  # fmt: skip
    return replace(facts, kind=draw(mostly("SAFETY_MANAGEMENT", odd=["SPECIAL_OPERATION"]))), [rule], question


@thorough
@given(agreed_cases())
def test_under_an_agreement_every_verdict_is_that_of_a_plain_second_reading(
    case: tuple[CertificateFacts, list[RecognitionRule], Question],
) -> None:
    assert decide(*case).verdict is plain_verdict(*case)


@quick
@given(agreed_cases(), st.sampled_from(["subkind", "firm_marks", "holder_marks", "activity"]))
def test_under_an_agreement_knowing_less_never_turns_a_no_into_a_yes(
    case: tuple[CertificateFacts, list[RecognitionRule], Question], name: str
) -> None:
    facts, rules, question = case
    before, nothing = decide(facts, rules, question).verdict, {name: None}
    if name == "activity":
        after = decide(facts, rules, replace(question, **nothing)).verdict
    else:
        after = decide(replace(facts, **nothing), rules, question).verdict
    assert after not in USABLE or after is before


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
@given(certificates, rule_lists, questions)
def test_without_its_agreement_at_hand_a_rule_never_says_yes(
    facts: CertificateFacts, rules: list[RecognitionRule], question: Question
) -> None:
    blind = [replace(rule, agreement="delta", agreed=None) for rule in rules]
    assert decide(facts, blind, question).verdict not in USABLE


@quick
@given(certificates, rule_lists, questions)
def test_a_rule_under_an_agreement_says_no_yes_once_a_member_has_left(
    facts: CertificateFacts, rules: list[RecognitionRule], question: Question
) -> None:
    left = Agreed(identifier="delta", parts=(Part(tenant_id=2, jurisdiction=("32",), since=SHARED_FROM),))
    agreed = [replace(rule, agreement="delta", agreed=left, issuing_prefixes=("31",)) for rule in rules]
    assert decide(facts, agreed, question).verdict not in USABLE


@quick
@given(rule_lists, questions)
def test_what_is_not_found_is_undetermined_and_never_refused(rules: list[RecognitionRule], question: Question) -> None:
    assert decide(None, rules, question).verdict is Verdict.UNDETERMINED


FORGETTABLE = (
    "subkind", "valid_from", "valid_to", "reviewed_on", "reported_status", "employer_code", "holder_has_adverse",
    "source_updated_at", "source_is_fresh", "firm_marks", "holder_marks",
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


def is_publishable(rule: RecognitionRule) -> bool:
    """As far as the search for conflicts relies on it."""
    owner = rule.owner_region.rstrip("0")
    return bool(owner) and not rule.for_move_only and all(host.startswith(owner) for host in rule.host_prefixes)


@thorough
@given(certificates, rule_lists, questions)
def test_every_conflict_a_certificate_meets_is_found_beforehand(
    facts: CertificateFacts, rules: list[RecognitionRule], question: Question
) -> None:
    publishable = [rule for rule in rules if is_publishable(rule)]
    choice = choose_rule(publishable, facts, question)
    if choice.reason == "RULES_CONFLICT":
        named = {rule for pair in conflicts(publishable, question.day) for rule in pair}
        assert set(choice.rivals) & named


@quick
@given(certificates, rule_lists, questions)
def test_a_conflict_found_beforehand_is_met_by_some_certificate(
    facts: CertificateFacts, rules: list[RecognitionRule], question: Question
) -> None:
    """And then no verdict is a yes, whatever the certificate says."""
    for one, other in conflicts(rules, question.day):
        assert one.identifier != other.identifier
        if choose_rule((one, other), facts, question).reason == "RULES_CONFLICT":
            assert decide(facts, (one, other), question).verdict not in USABLE
