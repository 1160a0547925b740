"""Conditions on the rule of the place of use: published, mode, and its terms on dates. Pure.

Terms on the holder, the employer and the work are in `holder.py`. Add the next one as a field of RecognitionRule and a
function here, name it in CONDITIONS (`__init__.py`), with a row in `tests/spec/recognition.md`.
"""

from exchange.recognition.case import ASK_ISSUER, Case, Judgement, failed, left_open, passed
from schema.recognition import Mode

NOT_REQUIRED = passed("规则未作要求", "Not required by the rule")


EMPLOYER_UNKNOWN = left_open(
    "EMPLOYER_UNKNOWN", "受聘企业或用人单位不详", "The employer is not known",
    "提供用人单位统一社会信用代码", "Give the firm's unified social credit code",
)  # fmt: skip

WITHOUT_RULE = {
    "NO_RULES_PUBLISHED": left_open(
        "NO_RULES_PUBLISHED", "使用地未公布适用于此类证书的规则", "No rule published for this certificate there",
        "向使用地主管部门咨询", "Ask the authority of the place of use",
    ),
    "RULES_CONFLICT": left_open(
        "RULES_CONFLICT", "多条规则相互矛盾", "Published rules contradict each other",
        "请使用地主管部门明确适用哪一条", "The place of use has to say which one applies",
    ),
    "SUBKIND_UNKNOWN": left_open(
        "SUBKIND_UNKNOWN", "证书类别不详，不能确认规则是否适用", "Without its subkind the rule may not apply",
        *ASK_ISSUER,
    ),
    "INDUSTRY_UNKNOWN": left_open(
        "INDUSTRY_UNKNOWN", "证书行业类别不详，不能确认规则是否适用", "Without its industry the rule may not apply",
        *ASK_ISSUER,
    ),
    "EMPLOYER_UNKNOWN": EMPLOYER_UNKNOWN,
    "ENGINE_TOO_OLD": left_open(
        "ENGINE_TOO_OLD", "规则含有本平台版本不能判定的条款", "The rule has terms this edition cannot judge",
        "请平台运营方升级后再查", "Ask again once the operator has upgraded",
    ),
}  # fmt: skip


def without_rule(case: Case) -> Judgement:
    """The answer of every condition on a rule when no rule can be applied."""
    choice = case.choice
    rivals = ", ".join(rival.label for rival in choice.rivals)
    judgement = WITHOUT_RULE[choice.reason or "NO_RULES_PUBLISHED"]
    return judgement.using(hostRegion=case.question.host_region, kind=case.facts.kind, rules=rivals)


def is_rule_published(case: Case) -> Judgement:
    rule = case.rule
    if rule is None:
        return without_rule(case)
    return passed(rule.text_zh, rule.text_en).using(validFrom=rule.valid_from, validTo=rule.valid_to)


def is_mode_accepting(case: Case) -> Judgement:
    if case.rule is None:
        return without_rule(case)
    mode = case.rule.mode
    if mode is Mode.NONE:
        judgement = failed(
            "NOT_RECOGNISED", "使用地规则不予认可", "The place of use does not recognise it",
            case.rule.follow_up_zh or "在使用地重新取证", case.rule.follow_up_en or "Obtain one at the place of use",
        )  # fmt: skip
    else:
        judgement = passed(f"认可方式：{mode.zh}", f"Mode: {mode.en}")
    return judgement.using(mode=mode.name)


def has_remaining_days(case: Case) -> Judgement:
    """Remaining days are those after the day asked for: 0 on the last valid day."""
    if case.rule is None:
        return without_rule(case)
    least, end = case.rule.min_remaining_days, case.facts.valid_to
    if least is None:
        return NOT_REQUIRED
    if end is None:
        return left_open("PERIOD_UNKNOWN", "有效期不详", "The end of validity is not known", *ASK_ISSUER)
    remaining = (end - case.question.day).days
    if remaining < least:
        judgement = failed(
            "TOO_LITTLE_REMAINING", f"剩余有效期 {remaining} 天，少于 {least} 天",
            f"{remaining} days remain, {least} are required", "先办理延续", "Renew it first",
        )  # fmt: skip
    else:
        judgement = passed(f"剩余有效期 {remaining} 天", f"{remaining} days remain")
    return judgement.using(remainingDays=remaining, required=least)


def has_recent_review(case: Case) -> Judgement:
    """The age of the last review, or of the certificate where none was done up to the day."""
    if case.rule is None:
        return without_rule(case)
    most, day = case.rule.max_review_age_days, case.question.day
    if most is None:
        return NOT_REQUIRED
    known = [moment for moment in (case.facts.reviewed_on, case.facts.valid_from) if moment and moment <= day]
    if not known:
        return left_open("REVIEW_UNKNOWN", "考核或复审日期不详", "Date of examination or review unknown", *ASK_ISSUER)
    age = (day - max(known)).days
    if age > most:
        judgement = failed(
            "REVIEW_TOO_OLD", f"最近一次考核或复审已过 {age} 天，超过 {most} 天",
            f"Last examined or reviewed {age} days ago, {most} are allowed", "先完成复审或再培训", "Be reviewed first",
        )  # fmt: skip
    else:
        judgement = passed(f"最近一次考核或复审距今 {age} 天", f"Last examined or reviewed {age} days ago")
    return judgement.using(ageDays=age, allowed=most)
