"""Recognition (互认): is this certificate accepted there, on that day, on which rule, and why. Pure functions.

Add the next condition in `certificate.py`, `terms.py` or `holder.py` and a line in CONDITIONS here, with a row in
`tests/spec/recognition.md`. Which rule applies is decided in `choice.py`. OPEN (待核) never becomes ACCEPTED.
"""

from collections.abc import Iterable, Sequence

from exchange.recognition import agreed, certificate, holder, terms
from exchange.recognition.case import Case, Condition, Judgement
from exchange.recognition.choice import choose_rule
from schema.recognition import (
    Aspect,
    CertificateFacts,
    ConditionResult,
    Decision,
    Mode,
    Outcome,
    Question,
    RecognitionRule,
    Verdict,
    decision_deadline,
)

PERIOD_BASIS = "证书载明的有效期，截止日当日有效（北京时间）"
ACTION_BASIS = "处理决定（《行政许可法》第六十九条等，待核）"
REVIEW_BASIS = "《特种作业人员安全技术培训考核管理规定》复审规定（待核）"

INVALIDATION_BASIS = "发证地主管部门公布的失效规则（IR）"

CONDITIONS: tuple[Condition, ...] = (
    Condition(
        name="KNOWN",
        aspect=Aspect.AUTHENTIC,
        zh="查有记录",
        en="Found at its issuer",
        basis="发证机关登记",
        judge=certificate.is_known,
    ),
    Condition(
        name="FRESH",
        aspect=Aspect.VALID,
        zh="数据时效",
        en="Source up to date",
        basis="发证机关数据更新时间",
        judge=certificate.is_fresh,
    ),
    Condition(
        name="STATE",
        aspect=Aspect.VALID,
        zh="原发证地状态",
        en="State",
        basis="发证机关登记",
        judge=certificate.is_reported_valid,
    ),
    Condition(
        name="PERIOD",
        aspect=Aspect.VALID,
        zh="有效期",
        en="Validity period",
        basis=PERIOD_BASIS,
        judge=certificate.is_in_validity_period,
    ),
    Condition(
        name="REVIEW",
        aspect=Aspect.VALID,
        zh="复审",
        en="Review",
        basis=REVIEW_BASIS,
        judge=certificate.is_review_current,
    ),
    Condition(
        name="ACTION",
        aspect=Aspect.VALID,
        zh="对证书的处理",
        en="Action upon it",
        basis=ACTION_BASIS,
        judge=certificate.has_no_action,
    ),
    Condition(
        name="INVALIDATION",
        aspect=Aspect.VALID,
        zh="发证地失效规则",
        en="Invalidation by its issuer",
        basis=INVALIDATION_BASIS,
        judge=certificate.is_not_invalidated,
    ),
    Condition(
        name="RULE",
        aspect=Aspect.ACCEPTED,
        zh="互认规则",
        en="Recognition rule",
        basis="",
        judge=terms.is_rule_published,
    ),
    Condition(
        name="MODE",
        aspect=Aspect.ACCEPTED,
        zh="认可方式",
        en="Mode",
        basis="",
        judge=terms.is_mode_accepting,
    ),
    Condition(
        name="AGREEMENT",
        aspect=Aspect.ACCEPTED,
        zh="互认协议",
        en="Agreement",
        basis="",
        judge=agreed.is_between_members,
    ),
    Condition(
        name="EQUIVALENCE",
        aspect=Aspect.ACCEPTED,
        zh="证书对应关系",
        en="Equivalence of certificates",
        basis="",
        judge=agreed.counts_as_another,
    ),
    Condition(
        name="REMAINING",
        aspect=Aspect.ACCEPTED,
        zh="剩余有效期",
        en="Remaining validity",
        basis="",
        judge=terms.has_remaining_days,
    ),
    Condition(
        name="REVIEW_AGE",
        aspect=Aspect.ACCEPTED,
        zh="考核或复审时间",
        en="Age of the review",
        basis="",
        judge=terms.has_recent_review,
    ),
    Condition(
        name="EMPLOYER",
        aspect=Aspect.ACCEPTED,
        zh="受聘企业",
        en="Employer",
        basis="",
        judge=holder.has_right_employer,
    ),
    Condition(
        name="ADVERSE",
        aspect=Aspect.ACCEPTED,
        zh="不良记录",
        en="Adverse records",
        basis="",
        judge=holder.has_no_adverse,
    ),
    Condition(
        name="COOLING_OFF",
        aspect=Aspect.ACCEPTED,
        zh="不良记录解除后的观察期",
        en="Time since an adverse record",
        basis="",
        judge=holder.is_past_cooling_off,
    ),
    Condition(
        name="CONTAGION",
        aspect=Aspect.ACCEPTED,
        zh="不良记录的传导",
        en="Adverse records that spread",
        basis="",
        judge=agreed.is_free_of_members_marks,
    ),
    Condition(
        name="TRAINING",
        aspect=Aspect.ACCEPTED,
        zh="培训学时",
        en="Training hours",
        basis="",
        judge=holder.has_training,
    ),
    Condition(
        name="ACTIVITY",
        aspect=Aspect.ACCEPTED,
        zh="作业活动",
        en="Activity",
        basis="",
        judge=holder.covers_activity,
    ),
    Condition(
        name="DOCUMENTS",
        aspect=Aspect.ACCEPTED,
        zh="材料",
        en="Documents",
        basis="",
        judge=holder.has_documents,
    ),
)


def decide(facts: CertificateFacts | None, rules: Iterable[RecognitionRule], question: Question) -> Decision:
    """The decision with every condition's result; `facts` None means the certificate was not found (查无记录).

    Any FAILED refuses; else any OPEN leaves it undetermined; else filing or transfer makes it conditional.
    """
    if facts is None:
        return _without_case(certificate.NOT_FOUND)
    case = Case(facts=facts, choice=choose_rule(rules, facts, question), question=question)
    results = tuple(_label(condition, condition.judge(case), case.rule) for condition in CONDITIONS)
    return _conclude(results, case)


def ask_which(choices: Sequence[str]) -> Decision:
    """The decision while one number stands for several certificates: undetermined, with the choices."""
    return _without_case(certificate.which_one(choices))


def applicable_rule(
    rules: Iterable[RecognitionRule], facts: CertificateFacts, question: Question
) -> RecognitionRule | None:
    """The rule `decide` would apply; None when none is published or rules contradict each other."""
    return choose_rule(rules, facts, question).rule


def _without_case(judgement: Judgement) -> Decision:
    """The same answer to every condition, for there is no certificate to look at."""
    results = tuple(_label(condition, judgement, None) for condition in CONDITIONS)
    return Decision(
        verdict=_verdict({result.outcome for result in results}, None), results=results, rule_identifier=None,
        rule_version=None, mode=None,
    )  # fmt: skip


def _conclude(results: tuple[ConditionResult, ...], case: Case) -> Decision:
    choice, rule = case.choice, case.choice.rule
    verdict, upon = _verdict({result.outcome for result in results}, case), agreed.agreed_upon(case)
    applied = (rule,) if rule else choice.rivals
    is_conditional = verdict is Verdict.CONDITIONAL
    follow_up = _follow_up(case) if is_conditional else ("", "")
    return Decision(
        verdict=verdict,
        results=results,
        rule_identifier=rule.identifier if rule else None,
        rule_version=rule.version if rule else None,
        mode=rule.mode if rule else None,
        follow_up_zh=follow_up[0],
        follow_up_en=follow_up[1],
        decision_workdays=decision_deadline(rule, case.terms) if rule and is_conditional else None,
        rests_on=(
            *(one.label for one in (*applied, *choice.invalidating, *choice.may_invalidate)),
            *((upon.label,) if upon else ()),
        ),
        agreed=upon,
    )


def _follow_up(case: Case) -> tuple[str, str]:
    """What has to be done: by the rule, where it asks for anything, and because of members' marks."""
    rule = case.rule
    by_rule = (rule.follow_up_zh or rule.mode.zh, rule.follow_up_en or rule.mode.en) if rule else ("", "")
    if not agreed.is_conditional_by_marks(case):
        return by_rule
    if rule is None or rule.mode is Mode.DIRECT:
        return agreed.ON_CONDITION
    zh, en = agreed.ON_CONDITION
    return f"{by_rule[0]}；{zh}", f"{by_rule[1]}; {en}"


def _verdict(outcomes: set[Outcome], case: Case | None) -> Verdict:
    if Outcome.FAILED in outcomes:
        return Verdict.REFUSED
    if outcomes != {Outcome.PASSED} or case is None or case.rule is None:
        return Verdict.UNDETERMINED
    is_plain = case.rule.mode is Mode.DIRECT and not agreed.is_conditional_by_marks(case)
    return Verdict.ACCEPTED if is_plain else Verdict.CONDITIONAL


def _label(condition: Condition, judgement: Judgement, rule: RecognitionRule | None) -> ConditionResult:
    is_ruled = rule is not None and not condition.basis
    return ConditionResult(
        condition=condition.name,
        aspect=condition.aspect,
        outcome=judgement.outcome,
        reason=judgement.reason,
        rule_identifier=rule.identifier if rule and is_ruled else None,
        rule_version=rule.version if rule and is_ruled else None,
        zh=judgement.zh,
        en=judgement.en,
        values={name: "" if value is None else str(value) for name, value in judgement.values},
        basis=condition.basis or (rule.basis if rule else ""),
        next_zh=judgement.next_zh,
        next_en=judgement.next_en,
    )
