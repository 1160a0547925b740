"""Conditions on the certificate itself: on record, fresh, state, period, review, actions. Pure.

Add the next one here and name it in CONDITIONS (`__init__.py`), with a row in `tests/spec/recognition.md`.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from exchange.recognition.case import ASK_ISSUER, Case, Judgement, failed, left_open, passed
from schema.kinds import CertificateState
from schema.recognition import CertificateFacts, Fallback, Mode, Outcome

REVIEWED_KINDS = frozenset({"SPECIAL_OPERATION"})
"""Kinds that must carry a review-due date (应复审日期)."""

REVIEW_WINDOW = timedelta(days=180)
"""How long before its due date a review counts as the due one (待核). An earlier one may belong to a former period."""

STATES = {state.name: state.zh for state in CertificateState}
ENDING = ("RESCINDED", "REVOKED")
"""Measures believed whoever decided them; a suspension by another than the issuer leaves the question open."""
MEASURES = {name: STATES[name] for name in (*ENDING, "SUSPENDED")}


NOT_FOUND = left_open(
    "NOT_FOUND", "查无记录，不等于假证", "No record found; that does not mean forged",
    "核对证书编号；新发证书约三天后可查，或向发证机关核实", "Check the number; new ones take up to three days",
)  # fmt: skip


def which_one(choices: Sequence[str]) -> Judgement:
    """The answer of every condition while one number stands for several certificates."""
    judgement = left_open(
        "WHICH_CERTIFICATE", f"该编号有 {len(choices)} 本证书，须指明其一",
        f"This number stands for {len(choices)} certificates; say which one",
        "在查询中给出类型、操作项目、人员类型、行业类别或发证地",
        "Give kind, operationCode, personType, industryCategory or issuingRegion",
    )  # fmt: skip
    return judgement.using(**{f"choice{place}": choice for place, choice in enumerate(choices, start=1)})


def is_known(case: Case) -> Judgement:
    judgement = passed("发证机关有此证书记录", "The issuer holds this certificate")
    return judgement.using(certificateId=case.facts.certificate_id, issuer=case.facts.issuer_name)


def is_fresh(case: Case) -> Judgement:
    updated_at, fresh = case.facts.source_updated_at, case.facts.source_is_fresh
    if updated_at is None or fresh is None:
        judgement = left_open("SOURCE_UNKNOWN", "发证机关数据更新时间不详", "Age of the source unknown", *ASK_ISSUER)
    elif not fresh:
        judgement = left_open("SOURCE_STALE", "发证机关数据超期未更新", "The source is stale", *ASK_ISSUER)
    else:
        judgement = passed("发证机关数据在更新期内", "The source is up to date")
    if judgement.reason and case.rule and case.rule.fallback is Fallback.REFUSED:
        judgement = replace(judgement, outcome=Outcome.FAILED)
    return judgement.using(sourceUpdatedAt=updated_at)


def is_reported_valid(case: Case) -> Judgement:
    state = case.facts.reported_status
    if case.facts.is_transferred:
        judgement = failed(
            "STATE_TRANSFERRED", "已办理转入换发新证，原证失去效力",
            "Exchanged for a new certificate on transfer; this one has ended",
            "查验转入地核发的新证", "Check the certificate issued on transfer",
        )  # fmt: skip
    elif state == "VALID" or (state == "TRANSFERRING_OUT" and case.rule and case.rule.mode is Mode.TRANSFER):
        judgement = passed(f"原发证地状态为{STATES[state]}", f"Reported {state} by the issuer")
    elif state is None or state == "OTHER" or state not in STATES:
        judgement = left_open("STATE_UNKNOWN", "原发证地状态不明", "The reported state is not clear", *ASK_ISSUER)
    elif state == "TRANSFERRING_OUT" and case.rule is None:
        judgement = left_open("STATE_TRANSFERRING_OUT", "正在办理转出", "Being transferred out", *ASK_ISSUER)
    else:
        judgement = failed(
            f"STATE_{state}", f"原发证地状态为{STATES[state]}", f"Reported {state} by the issuer",
            "状态恢复有效或换领新证后再核", "Check again once it is valid again or a new one is issued",
        )  # fmt: skip
    return judgement.using(reportedStatus=state)


def has_no_action(case: Case) -> Judgement:
    actions = case.facts.actions
    over = [one.measure for one in actions if one.is_clear and (one.is_by_issuer or one.measure in ENDING)]
    if over:
        measure = min(over, key=_gravity)
        judgement = failed(
            f"ACTION_{measure}", f"证书已被{MEASURES[measure]}", f"{measure} by a decision in force",
            "解除处理或重新取证后再核", "Check again once the action is lifted or a new one is issued",
        )  # fmt: skip
    elif any(one.is_clear for one in actions):
        judgement = left_open(
            "ACTION_CONTESTED", "发证机关以外的机关作出处理，发证机关未报送",
            "Another authority acted upon it; its issuer has not reported that", *ASK_ISSUER,
        )  # fmt: skip
    elif actions:
        judgement = left_open(
            "ACTION_UNCLEAR", "暂扣期满未见发还，或处理之后另发新证，处理机关尚未解除",
            "A suspension ran out with no word of a return, or it was issued after an action that still stands",
            "向处理机关核实", "Ask the authority that acted",
        )  # fmt: skip
    else:
        judgement = passed("没有对此证书的处理", "No action upon this certificate")
    return judgement.using(day=case.question.day, actions=", ".join(sorted({one.measure for one in actions})))


def is_not_invalidated(case: Case) -> Judgement:
    """By a rule of its own issuer (IR-)."""
    against, perhaps = case.choice.invalidating, case.choice.may_invalidate
    if against:
        judgement = failed(
            "INVALIDATED", f"发证地规则宣布失效：{against[0].text_zh}", f"Invalid by its issuer: {against[0].text_en}",
            against[0].follow_up_zh or "向发证机关换领", against[0].follow_up_en or "Have it replaced by its issuer",
        )  # fmt: skip
    elif perhaps:
        judgement = left_open(
            "INVALIDATION_UNCLEAR", "不能确认是否属于发证地规则宣布失效的证书",
            "It may be one of those its issuer declared invalid", *ASK_ISSUER,
        )  # fmt: skip
    else:
        judgement = passed("发证地没有宣布此类证书失效", "Its issuer declared none of these invalid")
    return judgement.using(rules=", ".join(rule.label for rule in (*against, *perhaps)))


def _gravity(measure: str) -> int:
    return list(MEASURES).index(measure)


def is_in_validity_period(case: Case) -> Judgement:
    day, start, end = case.question.day, case.facts.valid_from, case.facts.valid_to
    if end is not None and end < day:
        judgement = failed(
            "EXPIRED", f"有效期已于 {end} 届满", f"Expired, the last valid day was {end}",
            "办理延续或换领新证", "Renew it or obtain a new one",
        )  # fmt: skip
    elif start is not None and day < start:
        judgement = failed(
            "NOT_YET_VALID", f"{start} 起方生效", f"Valid only from {start}", "生效后使用", "Use it from that day"
        )
    elif start is None or end is None:
        judgement = left_open("PERIOD_UNKNOWN", "有效期不详", "The validity period is not known", *ASK_ISSUER)
    else:
        judgement = passed("在有效期内，截止日当日有效", "Within its validity period, last day included")
    return judgement.using(day=day, validFrom=start, validTo=end)


def is_review_current(case: Case) -> Judgement:
    facts, day = case.facts, case.question.day
    judgement = _judge_review(facts, day)
    return judgement.using(day=day, reviewDueOn=facts.review_due_on, reviewedOn=facts.reviewed_on)


def _judge_review(facts: CertificateFacts, day: date) -> Judgement:
    due, reviewed = facts.review_due_on, facts.reviewed_on
    if due is None and facts.kind in REVIEWED_KINDS:
        return left_open("REVIEW_UNKNOWN", "应复审日期不详", "The review-due date is not known", *ASK_ISSUER)
    if due is None:
        return passed("此类证书没有应复审日期", "No review is due for this certificate")
    if day <= due:
        return passed("未到应复审日期", "The review is not overdue")
    if reviewed is None or reviewed > day:
        return failed(
            "REVIEW_LAPSED", f"应于 {due} 前复审，逾期未复审", f"The review due on {due} was missed",
            "完成复审后再核", "Check again after the review",
        )  # fmt: skip
    if reviewed < due - REVIEW_WINDOW:
        return left_open(
            "REVIEW_UNCLEAR", "实际复审日期过早，不能确认是本次复审", "The recorded review may be an earlier one",
            *ASK_ISSUER,
        )  # fmt: skip
    return passed("已完成复审", "The review was done")
