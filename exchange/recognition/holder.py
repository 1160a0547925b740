"""Conditions a rule sets on the holder, the employer, the work, and what has to be presented. Pure.

Add the next one as `terms.py` says.
"""

from exchange.months import add_months
from exchange.recognition.case import ASK_ISSUER, Case, Judgement, failed, left_open, passed
from exchange.recognition.terms import EMPLOYER_UNKNOWN, NOT_REQUIRED, without_rule
from schema.recognition import Mode

ADVERSE_UNKNOWN = left_open("ADVERSE_UNKNOWN", "不良记录未能核对", "Adverse records could not be checked", *ASK_ISSUER)


def has_right_employer(case: Case) -> Judgement:
    """The one on the certificate, or another one, as the rule wants."""
    if case.rule is None:
        return without_rule(case)
    if not (case.rule.requires_same_employer or case.rule.requires_other_employer):
        return NOT_REQUIRED
    bound, asked = case.facts.employer_code, case.question.employer_code
    if not bound or not asked:
        judgement = EMPLOYER_UNKNOWN
    elif bound != asked and case.rule.requires_same_employer:
        judgement = failed(
            "EMPLOYER_DIFFERS", "证书受聘企业与用人单位不一致", "The certificate is bound to another employer",
            case.rule.follow_up_zh or "办理单位变更", case.rule.follow_up_en or "Change the employer first",
        )  # fmt: skip
    elif bound == asked and case.rule.requires_other_employer:
        judgement = failed(
            "EMPLOYER_UNCHANGED", "规则只适用于变更受聘企业的人员", "The rule is for holders who change their employer",
            "按原受聘企业所适用的规则办理", "Follow the rule for holders who stay with their employer",
        )  # fmt: skip
    else:
        judgement = passed("受聘企业符合规则要求", "The employer is as the rule wants")
    return judgement.using(certificateEmployer=bound, employer=asked)


def has_no_adverse(case: Case) -> Judgement:
    if case.rule is None:
        return without_rule(case)
    if not case.rule.requires_no_adverse:
        return NOT_REQUIRED
    if case.facts.holder_has_adverse is None:
        return ADVERSE_UNKNOWN
    if case.facts.holder_has_adverse:
        return failed(
            "ADVERSE_RECORD", "持证人或单位有未解除的不良记录", "An adverse record is still in force",
            "记录解除后再核，或提出异议", "Check again once it is lifted, or dispute it",
        )  # fmt: skip
    return passed("没有未解除的不良记录", "No adverse record in force")


def is_past_cooling_off(case: Case) -> Judgement:
    """Recognised again from the day on which the months are over."""
    if case.rule is None:
        return without_rule(case)
    months, ended, day = case.rule.cooling_off_months, case.facts.adverse_ended_on, case.question.day
    if not months:
        return NOT_REQUIRED
    if case.facts.holder_has_adverse is None:
        return ADVERSE_UNKNOWN
    over = add_months(ended, months) if ended else None
    if case.facts.holder_has_adverse or (over and day < over):
        judgement = failed(
            "COOLING_OFF", f"不良记录解除未满 {months} 个月",
            f"Less than {months} months since the adverse record ended",
            "期满后再核", "Check again when the months are over",
        )  # fmt: skip
    else:
        judgement = passed("不在不良记录解除后的观察期内", "No adverse record ended within that time")
    return judgement.using(months=months)  # when it ended may be known only to who decided it


def has_training(case: Case) -> Judgement:
    if case.rule is None:
        return without_rule(case)
    least, hours = case.rule.min_training_hours, case.facts.training_hours
    if not least:
        return NOT_REQUIRED
    if hours is None:
        judgement = left_open(
            "TRAINING_UNKNOWN", "近十二个月的培训学时不详", "No training of the last 12 months is reported",
            "向培训机构或发证机关核实学时", "Have the hours reported by provider or issuer",
        )  # fmt: skip
    elif hours < least:
        judgement = failed(
            "TOO_FEW_HOURS", f"近十二个月培训 {hours:g} 学时，少于 {least} 学时",
            f"{hours:g} hours in the last 12 months, {least} are required",
            "补足学时后再核", "Complete the hours first",
        )  # fmt: skip
    else:
        judgement = passed(f"近十二个月培训 {hours:g} 学时", f"{hours:g} hours in the last 12 months")
    return judgement.using(hours=None if hours is None else f"{hours:g}", required=least)


def covers_activity(case: Case) -> Judgement:
    """Activities are recognised, not whole occupations: of work not named nothing can be said."""
    if case.rule is None:
        return without_rule(case)
    covered, asked = case.rule.activities, case.question.activity
    if not covered:
        return NOT_REQUIRED
    if not asked:
        judgement = left_open(
            "ACTIVITY_UNKNOWN", "规则只认可部分作业活动，未说明从事何种作业",
            "The rule covers certain activities; which one was not said", "在查询中给出 activity", "Give activity",
        )  # fmt: skip
    elif asked not in covered:
        judgement = failed(
            "ACTIVITY_NOT_COVERED", "规则不认可该项作业活动", "The rule does not cover this activity",
            "在使用地就该项作业取证", "Obtain a certificate for it at the place of use",
        )  # fmt: skip
    else:
        judgement = passed("规则认可该项作业活动", "The rule covers this activity")
    return judgement.using(activity=asked, covered=", ".join(covered))


def has_documents(case: Case) -> Judgement:
    """With filing or transfer they are handed in then; where it counts directly, they have to be there."""
    if case.rule is None:
        return without_rule(case)
    wanted = case.rule.documents
    if not wanted:
        return NOT_REQUIRED
    missing = [name for name in wanted if name not in case.question.documents]
    if case.rule.mode in (Mode.FILING, Mode.TRANSFER):
        judgement = passed("材料随备案或转入提交", "The documents go with the filing or transfer")
    elif missing:
        judgement = left_open(
            "DOCUMENTS_MISSING", f"尚缺材料：{'、'.join(missing)}", f"Documents to be presented: {', '.join(missing)}",
            "出示材料，并在查询中以 documents 列明", "Present them and name them in documents",
        )  # fmt: skip
    else:
        judgement = passed("材料齐全", "All documents are there")
    return judgement.using(documents=", ".join(wanted))
