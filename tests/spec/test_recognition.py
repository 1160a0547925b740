"""Every row of recognition.md is a test; add a row there. Below the tables: what a decision says."""

from dataclasses import replace
from datetime import date

import pytest

from exchange.recognition import CONDITIONS, applicable_rule, decide
from schema.recognition import (
    Action,
    Aspect,
    BasisType,
    CertificateFacts,
    Decision,
    Fallback,
    Mode,
    Outcome,
    Question,
    RecognitionRule,
    Verdict,
)
from schema.recognition_rules import NATIONAL_RULES
from tests.spec.tables import rows

SPEC = "recognition.md"
FIRMS = {"甲": "DEM000000000000001", "乙": "DEM000000000000002", "不详": None, "": None}
ANSWERS = {"有": True, "无": False, "不详": None, "": None}
SOURCES = {"新": (date(2026, 11, 22), True), "旧": (date(2026, 9, 1), False), "不详": (None, None)}

FACTS = CertificateFacts(
    certificate_id="certificate-1",
    kind="SAFETY_MANAGEMENT",
    subkind=None,
    issuing_region="310000",
    issuer_name="上海市应急管理局",
    valid_from=date(2024, 11, 24),
    valid_to=date(2027, 11, 23),
    review_due_on=None,
    reviewed_on=None,
    reported_status="VALID",
    is_transferred=False,
    actions=(),
    employer_code=FIRMS["甲"],
    holder_has_adverse=None,
    source_updated_at=date(2026, 11, 22),
    source_is_fresh=True,
)
RULE = RecognitionRule(
    identifier="AR-320000-0001",
    version=1,
    owner_region="320000",
    kinds=("SAFETY_MANAGEMENT", "SPECIAL_OPERATION"),
    issuing_prefixes=("31",),
    host_prefixes=("32",),
    mode=Mode.DIRECT,
    basis_type=BasisType.AGREEMENT,
    basis="演示互认协议一号",
    valid_from=date(2025, 1, 1),
    text_zh="上海所发证书直接认可",
    text_en="Certificates of Shanghai are accepted",
)
QUESTION = Question(host_region="320100", day=date(2026, 11, 23))
MODES = {mode.zh: mode for mode in Mode}


def _day(text: str) -> date | None:
    return None if text == "不详" else date.fromisoformat(text)


def _answer(decision: Decision) -> tuple[str, str]:
    return decision.verdict.zh, ", ".join(decision.reasons)


def _label(rule: RecognitionRule | None) -> str:
    return f"{rule.identifier} v{rule.version}" if rule else ""


@pytest.mark.parametrize("row", rows(SPEC, "判定次序"), ids=lambda row: row["情形"])
def test_failed_comes_before_open_and_open_before_the_mode(row: dict[str, str]) -> None:
    end = date(2026, 11, 22) if row["有不通过"] == "是" else FACTS.valid_to
    facts = replace(FACTS, valid_to=end, source_is_fresh=row["有待核"] == "否")
    rules = [replace(RULE, mode=MODES[row["认可方式"]])] if row["认可方式"] in MODES else []
    assert decide(facts, rules, QUESTION).verdict.zh == row["结论"]


FIRST = rows(SPEC, "证书本身")[0]


@pytest.mark.parametrize("row", rows(SPEC, "证书本身"), ids=lambda row: row["情形"])
def test_the_certificate_itself_decides(row: dict[str, str]) -> None:
    cell = {column: row[column] or FIRST[column] for column in row}
    updated_at, is_fresh = SOURCES[cell["数据"]]
    facts = replace(
        FACTS,
        kind=cell["证书类型"],
        reported_status=None if cell["状态"] == "不详" else cell["状态"],
        is_transferred=cell["已转入他证"] == "是",
        valid_from=_day(cell["有效期起"]),
        valid_to=_day(cell["有效期止"]),
        review_due_on=_day(cell["应复审日期"]),
        reviewed_on=_day(cell["实际复审日期"]),
        source_updated_at=updated_at,
        source_is_fresh=is_fresh,
    )
    question = replace(QUESTION, day=date.fromisoformat(cell["查询日"]))
    assert _answer(decide(facts, [RULE], question)) == (row["结论"], row["原因"])


MEASURES = {"暂扣": "SUSPENDED", "撤销": "RESCINDED", "吊销": "REVOKED"}


def _action(text: str) -> Action:
    measure, _, further = text.partition("/")
    return Action(measure=MEASURES[measure], is_by_issuer="其他机关" not in further, is_clear="不明" not in further)


@pytest.mark.parametrize("row", rows(SPEC, "对证书的处理"), ids=lambda row: row["情形"])
def test_what_an_authority_did_to_the_certificate_decides(row: dict[str, str]) -> None:
    actions = tuple(_action(one.strip()) for one in row["处理"].split(",") if one.strip())
    for ordered in (actions, actions[::-1]):
        facts = replace(FACTS, actions=ordered, reported_status=row["状态"])
        assert _answer(decide(facts, [RULE], QUESTION)) == (row["结论"], row["原因"])


@pytest.mark.parametrize("row", rows(SPEC, "规则条款"), ids=lambda row: row["情形"])
def test_the_terms_of_the_rule_decide(row: dict[str, str]) -> None:
    rule = replace(
        RULE,
        mode=MODES[row["认可方式"]],
        min_remaining_days=int(row["最少剩余天数"]) if row["最少剩余天数"] else None,
        max_review_age_days=int(row["复审不超过天数"]) if row["复审不超过天数"] else None,
        requires_same_employer=row["同一单位"] == "是",
        requires_no_adverse=row["无不良记录"] == "是",
    )
    facts = replace(FACTS, holder_has_adverse=ANSWERS[row["不良记录"]])
    question = replace(QUESTION, employer_code=FIRMS[row["用人单位"]])
    assert _answer(decide(facts, [rule], question)) == (row["结论"], row["原因"])


FALLBACKS = {one.zh: one for one in Fallback} | {"": Fallback.UNDETERMINED}


def _list(text: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in text.split(",") if one.strip())


@pytest.mark.parametrize("row", rows(SPEC, "更多条款"), ids=lambda row: row["情形"])
def test_further_terms_of_the_rule_decide(row: dict[str, str]) -> None:
    rule = replace(
        RULE,
        mode=MODES[row["认可方式"]],
        requires_other_employer=row["变更单位"] == "是",
        min_training_hours=int(row["最少学时"]) if row["最少学时"] else None,
        cooling_off_months=int(row["观察期月数"]) if row["观察期月数"] else None,
        activities=_list(row["作业活动"]),
        documents=_list(row["材料"]),
        fallback=FALLBACKS[row["不应答时"]],
    )
    updated_at, is_fresh = SOURCES[row["数据"]]
    facts = replace(
        FACTS,
        holder_has_adverse=ANSWERS[row["不良记录"]],
        adverse_ended_on=date.fromisoformat(row["解除日"]) if row["解除日"] else None,
        training_hours=float(row["近一年学时"]) if row["近一年学时"] else None,
        source_updated_at=updated_at,
        source_is_fresh=is_fresh,
    )
    question = replace(
        QUESTION,
        employer_code=FIRMS[row["用人单位"]],
        activity=row["所问作业"] or None,
        documents=_list(row["已出示"]),
    )
    assert _answer(decide(facts, [rule], question)) == (row["结论"], row["原因"])


@pytest.mark.parametrize("row", rows(SPEC, "行业"), ids=lambda row: row["情形"])
def test_a_rule_may_be_for_certain_industries(row: dict[str, str]) -> None:
    rules = [replace(RULE, industries=_list(row["规则行业"]))]
    if row["另一规则"]:
        rules.append(replace(RULE, identifier="AR-320000-0002", mode=MODES[row["另一规则"]]))
    facts = replace(FACTS, industry=None if row["证书行业"] == "不详" else row["证书行业"])
    for ordered in (rules, rules[::-1]):
        assert _answer(decide(facts, ordered, QUESTION)) == (row["结论"], row["原因"])


@pytest.mark.parametrize("row", rows(SPEC, "发证地失效规则"), ids=lambda row: row["情形"])
def test_the_issuer_may_declare_its_own_certificates_invalid(row: dict[str, str]) -> None:
    invalidation = replace(
        RULE,
        identifier=row["编号"],
        owner_region=row["公布地"],
        issuing_prefixes=_list(row["发证地"]),
        host_prefixes=("",),
        subkinds=_list(row["类别"]),
        mode=Mode.NONE,
        issued_from=date.fromisoformat(row["自"]) if row["自"] else None,
        issued_to=date.fromisoformat(row["至"]) if row["至"] else None,
    )
    facts = replace(
        FACTS,
        subkind=row["证书类别"] if row["证书类别"] not in ("", "不详") else None,
        valid_from=None if row["有效期起"] == "不详" else FACTS.valid_from,
    )
    for ordered in ([RULE, invalidation], [invalidation, RULE]):
        assert _answer(decide(facts, ordered, QUESTION)) == (row["结论"], row["原因"])


@pytest.mark.parametrize("row", rows(SPEC, "三个问题"), ids=lambda row: row["情形"])
def test_three_questions_are_answered_apart(row: dict[str, str]) -> None:
    updated_at, is_fresh = SOURCES[row["数据"]]
    end = date.fromisoformat(row["有效期止"]) if row["有效期止"] else None
    facts = replace(FACTS, valid_to=end, source_updated_at=updated_at, source_is_fresh=is_fresh)
    rules = [replace(RULE, min_remaining_days=30)] if row["江苏规则"] == "有" else []
    decision = decide(facts if row["查有记录"] == "是" else None, rules, QUESTION)
    answers = [decision.outcome_of(aspect).zh for aspect in (Aspect.AUTHENTIC, Aspect.VALID, Aspect.ACCEPTED)]
    assert (*answers, decision.verdict.zh) == (row["真实"], row["有效"], row["认可"], row["结论"])


def test_a_rule_with_a_term_of_a_newer_edition_says_neither_yes_nor_no() -> None:
    for newer in (RULE, replace(RULE, mode=Mode.NONE)):
        decision = decide(FACTS, [replace(newer, unknown_terms=("insuranceRequired",))], QUESTION)
        assert (decision.verdict, decision.reasons) == (Verdict.UNDETERMINED, ("ENGINE_TOO_OLD",))
        assert decision.rule_identifier is None
        assert decision.rests_on == ("AR-320000-0001 v1",)


def test_a_narrower_rule_says_no_yes_over_one_with_a_term_of_a_newer_edition() -> None:
    """What the other one means to narrow, and whether it forbids, is not known."""
    newer = replace(
        RULE, identifier="AR-320000-0002", mode=Mode.NONE, issuing_prefixes=("",), unknown_terms=("insuranceRequired",)
    )
    decision = decide(FACTS, [RULE, newer], QUESTION)
    assert (decision.verdict, decision.reasons) == (Verdict.UNDETERMINED, ("ENGINE_TOO_OLD",))


def test_a_decision_names_every_rule_it_rests_on() -> None:
    invalidation = replace(RULE, identifier="IR-310000-0001", owner_region="310000", version=3)
    assert decide(FACTS, [RULE, invalidation], QUESTION).rests_on == ("AR-320000-0001 v1", "IR-310000-0001 v3")


def _published(row: dict[str, str]) -> RecognitionRule:
    return replace(
        RULE,
        identifier=row["编号"],
        version=int(row["版本"]),
        owner_region=row["公布地"],
        subkinds=(row["类别"],) if row["类别"] else (),
        issuing_prefixes=tuple(row["发证地"].split(", ")),
        host_prefixes=tuple(row["使用地"].split(", ")),
        mode=MODES[row["认可方式"]],
        valid_from=date.fromisoformat(row["生效"]),
        valid_to=date.fromisoformat(row["失效"]) if row["失效"] else None,
    )


PUBLISHED = {row["名称"]: _published(row) for row in rows(SPEC, "规则库")}


@pytest.mark.parametrize("row", rows(SPEC, "适用哪条规则"), ids=lambda row: row["情形"])
def test_this_rule_applies_whatever_order_the_rules_come_in(row: dict[str, str]) -> None:
    rules = [PUBLISHED[name] for name in row["在用规则"].split(", ") if name]
    facts = replace(FACTS, issuing_region="310100", subkind=None if row["类别"] == "不详" else row["类别"])
    for ordered in (rules, rules[::-1]):
        assert _label(applicable_rule(ordered, facts, QUESTION)) == row["适用"]
        assert _answer(decide(facts, ordered, QUESTION)) == (row["结论"], row["原因"])


@pytest.mark.parametrize("row", rows(SPEC, "全国规定"), ids=lambda row: row["情形"])
def test_the_nation_wide_rules_decide(row: dict[str, str]) -> None:
    facts = replace(
        FACTS,
        kind=row["证书类型"],
        reported_status=row["状态"],
        issuing_region=row["发证地"],
        employer_code=FIRMS[row["证书单位"]],
        review_due_on=date(2027, 11, 23) if row["证书类型"] == "SPECIAL_OPERATION" else None,
    )
    question = replace(QUESTION, host_region=row["使用地"], employer_code=FIRMS[row["用人单位"]])
    assert _label(applicable_rule(NATIONAL_RULES, facts, question)) == row["适用"]
    assert _answer(decide(facts, NATIONAL_RULES, question)) == (row["结论"], row["原因"])


def test_not_found_is_undetermined_and_says_it_does_not_mean_forged() -> None:
    decision = decide(None, [RULE, *NATIONAL_RULES], QUESTION)
    assert (decision.verdict, decision.reasons) == (Verdict.UNDETERMINED, ("NOT_FOUND",))
    assert (decision.rule_identifier, decision.mode) == (None, None)
    assert decision.results[0].zh == "查无记录，不等于假证"
    assert [result.outcome for result in decision.results] == [Outcome.OPEN] * len(CONDITIONS)


def test_every_decision_lists_every_condition_once_in_order() -> None:
    names = [condition.name for condition in CONDITIONS]
    for facts, rules in ((None, []), (FACTS, []), (FACTS, [RULE])):
        assert [result.condition for result in decide(facts, rules, QUESTION).results] == names


def test_a_result_names_its_values_its_rule_and_its_basis() -> None:
    decision = decide(FACTS, [replace(RULE, min_remaining_days=366)], QUESTION)
    result = next(result for result in decision.results if result.condition == "REMAINING")
    assert (result.outcome, result.reason) == (Outcome.FAILED, "TOO_LITTLE_REMAINING")
    assert result.zh == "剩余有效期 365 天，少于 366 天"
    assert result.en == "365 days remain, 366 are required"
    assert result.values == {"remainingDays": "365", "required": "366"}
    assert (result.rule_identifier, result.rule_version) == ("AR-320000-0001", 1)
    assert result.basis == "演示互认协议一号"
    assert (result.next_zh, result.next_en) == ("先办理延续", "Renew it first")


def test_a_value_that_is_not_known_is_named_and_empty() -> None:
    result = decide(replace(FACTS, valid_to=None), [RULE], QUESTION).results[3]
    assert result.values == {"day": "2026-11-23", "validFrom": "2024-11-24", "validTo": ""}


def test_a_conflict_names_the_rules_that_contradict_each_other() -> None:
    decision = decide(FACTS, [RULE, replace(RULE, identifier="AR-320000-0002", mode=Mode.NONE)], QUESTION)
    result = next(result for result in decision.results if result.condition == "RULE")
    assert result.values["rules"] == "AR-320000-0001 v1, AR-320000-0002 v1"


def test_a_condition_carries_its_follow_up_and_deadline_only_when_conditional() -> None:
    rule = replace(RULE, mode=Mode.FILING, follow_up_zh="到南京备案", follow_up_en="File", decision_workdays=7)
    conditional = decide(FACTS, [rule], QUESTION)
    assert (conditional.follow_up_zh, conditional.follow_up_en) == ("到南京备案", "File")
    assert (conditional.decision_workdays, conditional.mode) == (7, Mode.FILING)
    undetermined = decide(replace(FACTS, source_is_fresh=False), [rule], QUESTION)
    assert (undetermined.follow_up_zh, undetermined.follow_up_en) == ("", "")
    assert undetermined.decision_workdays is None


def test_every_condition_and_nation_wide_rule_can_be_named_once() -> None:
    assert len({condition.name for condition in CONDITIONS}) == len(CONDITIONS)
    assert len({(rule.identifier, rule.version) for rule in NATIONAL_RULES}) == len(NATIONAL_RULES)
