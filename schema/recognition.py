"""Recognition (互认): the facts of a certificate, the rule of the place of use, the question, and the decision.

Plain values only; `exchange/recognition/` judges them. A new term of a rule is a field of RecognitionRule here and
a condition there. Nation-wide rules are data in `schema/recognition_rules.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from schema.agreements import Agreed, Marked, Terms
from schema.labelled import Labelled


class Verdict(Labelled):
    """The answer (互认结论). UNDETERMINED is neither yes nor no, and never means forged."""

    ACCEPTED = ("予以认可", "accepted")
    CONDITIONAL = ("有条件认可", "accepted on condition")
    REFUSED = ("不予认可", "not accepted")
    UNDETERMINED = ("无法判定", "cannot be determined")


class Outcome(Labelled):
    """The result of one condition. OPEN (待核) never counts as passed."""

    PASSED = ("通过", "passed")
    FAILED = ("不通过", "failed")
    OPEN = ("待核", "open")


class Mode(Labelled):
    """How the place of use takes a certificate (认可方式)."""

    DIRECT = ("直接认可", "accepted directly")
    FILING = ("备案后认可", "accepted after filing")
    TRANSFER = ("转入换证", "exchanged on transfer")
    NONE = ("不予认可", "not accepted")


class BasisType(Labelled):
    """What a rule rests on (依据类型)."""

    LAW = ("法律法规", "law")
    NATIONAL_RULE = ("国家部门规定", "national rule")
    AGREEMENT = ("互认协议", "agreement")
    NONE = ("无", "none")


class RuleType(Labelled):
    """What a rule does (规则类型): the place of use accepts (AR-, NR-), or the issuer declares invalid (IR-)."""

    ACCEPTANCE = ("认可规则", "acceptance by the place of use")
    INVALIDATION = ("失效规则", "invalidation by the issuer")


class Fallback(Labelled):
    """What becomes of the answer when the issuer's source does not answer (原发证地不应答时). Never a yes."""

    UNDETERMINED = ("无法判定", "cannot be determined")
    REFUSED = ("不予认可", "not accepted")


class Aspect(Labelled):
    """The three questions, answered apart: is it real, was it valid on the day, does it count there?"""

    AUTHENTIC = ("真实性", "authentic")
    VALID = ("当日有效", "valid on that day")
    ACCEPTED = ("当地认可", "accepted there")


NATIONAL = "000000"
"""Owner region of a rule that holds in the whole country."""


@dataclass(frozen=True, kw_only=True)
class Action:
    """对证书的处理 What an authority did to a certificate, in effect on the day: SUSPENDED, RESCINDED or REVOKED.

    `is_clear`: neither is its term over without word of a return, nor is the certificate newer than the action.
    """

    measure: str
    is_by_issuer: bool
    is_clear: bool


@dataclass(frozen=True, kw_only=True)
class CertificateFacts:
    """What is known of one certificate: raw facts of its issuer, nothing the issuer concluded from them.

    `valid_to` (有效期结束日期) and `review_due_on` (应复审日期) are different dates; `None` means not known.
    `is_transferred`: another certificate was issued in exchange for it (办理转入). `adverse_ended_on`: when the last
    adverse record that no longer stands ended, None when there was none; it tells nothing while `holder_has_adverse`
    is not known. `training_hours`: in the 12 months before the day, None when no training was reported. `firm_marks`,
    `holder_marks`: adverse marks that stand and who made them, None when that could not be looked up.
    """

    certificate_id: str
    kind: str
    subkind: str | None
    issuing_region: str
    issuer_name: str
    valid_from: date | None
    valid_to: date | None
    review_due_on: date | None
    reviewed_on: date | None
    reported_status: str | None
    is_transferred: bool
    actions: tuple[Action, ...]
    employer_code: str | None
    holder_has_adverse: bool | None
    source_updated_at: date | None
    source_is_fresh: bool | None
    industry: str | None = None
    adverse_ended_on: date | None = None
    training_hours: float | None = None
    firm_marks: tuple[Marked, ...] | None = None
    holder_marks: tuple[Marked, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class RecognitionRule:
    """A published rule (互认规则), immutable: a change is a higher `version`, which replaces the earlier ones for good.

    `subkinds`, `industries` empty: all. A prefix covers every division code that begins with it; "" covers the country,
    an empty tuple nothing. `for_move_only`: only for a holder who goes to another employer in another province
    (转出转入). `activities`: the work for which it counts (认可作业活动), empty: all. `unknown_terms`: what a newer
    edition of this software published and this one cannot judge; such a rule says neither yes nor no. `agreement`: it
    counts between members of that agreement only, by its terms in `agreed` (without them it says no yes);
    `equivalence_table`: of that agreement, by which a certificate counts as one of another sort.
    """

    identifier: str
    version: int
    owner_region: str
    kinds: tuple[str, ...]
    subkinds: tuple[str, ...] = ()
    industries: tuple[str, ...] = ()
    issuing_prefixes: tuple[str, ...]
    host_prefixes: tuple[str, ...]
    issued_from: date | None = None
    issued_to: date | None = None
    mode: Mode
    basis_type: BasisType
    basis: str
    min_remaining_days: int | None = None
    max_review_age_days: int | None = None
    min_training_hours: int | None = None
    cooling_off_months: int | None = None
    requires_same_employer: bool = False
    requires_other_employer: bool = False
    requires_no_adverse: bool = False
    activities: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    fallback: Fallback = Fallback.UNDETERMINED
    for_move_only: bool = False
    valid_from: date
    valid_to: date | None = None
    review_by: date | None = None
    text_zh: str
    text_en: str
    follow_up_zh: str = ""
    follow_up_en: str = ""
    decision_workdays: int | None = None
    agreement: str | None = None
    equivalence_table: str | None = None
    agreed: Agreed | None = None
    unknown_terms: tuple[str, ...] = ()

    @property
    def type(self) -> RuleType:
        """Told by the identifier."""
        return RuleType.INVALIDATION if self.identifier.startswith("IR-") else RuleType.ACCEPTANCE

    @property
    def label(self) -> str:
        """Identifier and version, as people cite it."""
        return f"{self.identifier} v{self.version}"

    def terms_on(self, day: date) -> Terms | None:
        """The terms of its agreement on a day; None without an agreement, or when they are not at hand."""
        return self.agreed.terms_on(day) if self.agreement and self.agreed else None


def decision_deadline(rule: RecognitionRule, agreement: Terms | None) -> int | None:
    """Working days the place of use has to decide: as its rule says, and never longer than members agreed on."""
    stated = (rule.decision_workdays, agreement.accept_workdays if agreement else None)
    return min((days for days in stated if days is not None), default=None)


@dataclass(frozen=True, kw_only=True)
class AgreedUpon:
    """What of an agreement a decision rests on: its version, and where a table was asked, the row that was found and
    the sort of certificate it counts as."""

    identifier: str
    version: int
    table: str | None = None
    row: int | None = None
    counts_as: str | None = None
    counts_as_subkind: str | None = None

    @property
    def label(self) -> str:
        """Identifier and version, as people cite it."""
        return f"{self.identifier} v{self.version}"


@dataclass(frozen=True, kw_only=True)
class Question:
    """Is it accepted in `host_region` on `day`, for work at the firm `employer_code`, for this activity?

    `documents`: what the asker has before it.
    """

    host_region: str
    day: date
    employer_code: str | None = None
    activity: str | None = None
    documents: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ConditionResult:
    """One line of the explanation: outcome, the values it rests on, its basis, and what to do when it did not pass.

    `reason` is a code for machines (such as NO_RULES_PUBLISHED), None when passed.
    """

    condition: str
    aspect: Aspect
    outcome: Outcome
    reason: str | None
    rule_identifier: str | None
    rule_version: int | None
    zh: str
    en: str
    values: Mapping[str, str] = field(default_factory=dict)
    basis: str
    next_zh: str = ""
    next_en: str = ""


@dataclass(frozen=True, kw_only=True)
class Decision:
    """The recognition decision (互认结论) with every condition's result. The follow-up is set when CONDITIONAL.

    `rests_on`: identifier and version of each rule it was decided by, or that stand in the way of a decision, and of
    the agreement a rule counts under.
    """

    verdict: Verdict
    results: tuple[ConditionResult, ...]
    rule_identifier: str | None
    rule_version: int | None
    mode: Mode | None
    follow_up_zh: str = ""
    follow_up_en: str = ""
    decision_workdays: int | None = None
    rests_on: tuple[str, ...] = ()
    agreed: AgreedUpon | None = None

    @property
    def reasons(self) -> tuple[str, ...]:
        """Codes of the conditions that did not pass, each once, in the order of the conditions."""
        return tuple(dict.fromkeys(result.reason for result in self.results if result.reason is not None))

    def outcome_of(self, aspect: Aspect) -> Outcome:
        """The answer to one of the three questions: FAILED before OPEN before PASSED."""
        outcomes = {result.outcome for result in self.results if result.aspect is aspect}
        return next(one for one in (Outcome.FAILED, Outcome.OPEN, Outcome.PASSED) if one in outcomes)
