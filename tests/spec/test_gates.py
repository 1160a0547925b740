"""Every row of gates.md is a test; add a row there. A new word for a situation is a line in SITUATIONS."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from itertools import combinations

import pytest

from exchange.gates.case import GateFacts, Grading, Permit, Source, Staffing
from exchange.gates.verdict import CONDITIONS, CONFIRM, judge
from exchange.posts import Activities
from schema.gates import Gate, GateVerdict
from schema.kinds.enterprise_profile import Activity
from schema.measures import ARTICLE_78, BY_CODE, MEASURES, Negative, carried_by, repair_from
from tests.spec.tables import rows

TODAY = date(2026, 11, 23)
DONE = frozenset({Activity.HAZARDOUS_PRODUCTION, Activity.HAZARDOUS_GOODS})
PERMIT = Permit(
    record_id="许可证", trade="HAZARDOUS_CHEMICALS", status="VALID", valid_to=date(2027, 1, 1), authority="甲"
)
DUTY = Staffing(code="SPECIAL_OPERATORS", zh="特种作业人员须持证上岗", en="", basis="第三十条", coverage="MET")
CLEAN = GateFacts(
    gate=Gate.PROJECT_APPROVAL, day=TODAY, today=TODAY, is_profiled=True,
    activities=Activities(done=DONE, not_done=frozenset(Activity) - DONE),
    permits=(PERMIT,), gradings=(Grading(record_id="分级", band="BLUE", since=TODAY, authority="甲"),),
    staff=(DUTY,), staff_records=("岗位",),
    sources=(Source(record_id="来源", kind="SAFETY_PRODUCTION_PERMIT", authority="甲", confirmed_on=TODAY),),
)  # fmt: skip
FLAG = Negative(
    record_id="标记", category="OTHER", band="RED", since=date(2026, 1, 5), authority="甲", legal_basis=ARTICLE_78,
    exit_conditions="整改完成",
)  # fmt: skip


def _record(**values: object) -> Callable[[GateFacts], GateFacts]:
    record = replace(FLAG, **values)  # type: ignore[arg-type]
    return lambda facts: replace(facts, negatives=(*facts.negatives, record))


def _permit(status: str) -> Callable[[GateFacts], GateFacts]:
    return lambda facts: replace(facts, permits=(replace(PERMIT, status=status),))


def _staff(coverage: str, states: tuple[str, ...]) -> Callable[[GateFacts], GateFacts]:
    return lambda facts: replace(facts, staff=(replace(DUTY, coverage=coverage, states=states),))


def _last(day: str | None) -> date | None:
    return date.fromisoformat(day) if day else None


Situation = Callable[[re.Match[str]], Callable[[GateFacts], GateFacts]]
SITUATIONS: Mapping[str, Situation] = {
    "(前身)?失信(?:至 (\\S+?))?(?:：(.*))?": lambda m: _record(
        category="SERIOUS_DISHONESTY", listed_on=date(2026, 1, 5), term_ends_on=_last(m[2]), told_measures=m[3] or "",
        of_predecessor="DEM" if m[1] else None,
    ),
    "(前身)?标记 (\\w+)": lambda m: _record(band=m[2], of_predecessor="DEM" if m[1] else None),
    "暂扣(?:至 (\\S+))?": lambda m: _record(category="LICENCE_SUSPENDED", suspended_to=_last(m[1])),
    "吊销": lambda m: _record(category="LICENCE_REVOKED"),
    "撤销": lambda m: _record(category="LICENCE_RESCINDED"),
    "隐患至 (\\S+)": lambda m: _record(category="MAJOR_HIDDEN_DANGER", rectify_by=_last(m[1])),
    "处罚公示至 (\\S+)": lambda m: _record(category="PENALTY", band="UNRATED", publicity_to=_last(m[1])),
    "其后取得新证": lambda m: lambda facts: replace(facts, permits=(replace(PERMIT, valid_from=date(2026, 6, 1)),)),
    "许可证状态 (\\w+)": lambda m: _permit(m[1]),
    "无许可证": lambda m: lambda facts: replace(facts, permits=()),
    "不再从事": lambda m: lambda facts: replace(facts, activities=Activities(not_done=frozenset(Activity))),
    "活动不明": lambda m: lambda facts: replace(facts, activities=Activities(not_done=frozenset(Activity) - DONE)),
    "分级 (\\w+)": lambda m: lambda facts: replace(facts, gradings=(replace(facts.gradings[0], band=m[1]),)),
    "岗位 (\\w+)(?: (\\w+))?": lambda m: _staff(m[1], (m[2],) if m[2] else ()),
    "查无企业": lambda m: lambda facts: replace(
        facts, sources=(), permits=(), gradings=(), staff=(), staff_records=(), is_profiled=False,
        activities=Activities(),
    ),
    "来源(?:（(\\w+)）)?确认于 (\\S+)": lambda m: lambda facts: replace(
        facts,
        sources=(replace(facts.sources[0], kind=m[1] or facts.sources[0].kind, confirmed_on=date.fromisoformat(m[2])),),
    ),
    "问 (\\S+)": lambda m: lambda facts: replace(facts, day=date.fromisoformat(m[1])),
}  # fmt: skip


GATES = {gate.zh: gate for gate in Gate}


def facts_of(row: Mapping[str, str]) -> GateFacts:
    facts = replace(CLEAN, gate=GATES[row["关卡"]])
    for words in filter(None, row["事实"].split("；")):
        found = [(match, made) for pattern, made in SITUATIONS.items() if (match := re.fullmatch(pattern, words))]
        ((match, made),) = found
        facts = made(match)(facts)
    return facts


ALL = frozenset({"许可证", "分级", "岗位", "来源", "标记"})


@pytest.mark.parametrize("row", rows("gates.md", "结论"), ids=lambda row: row["情形"])
def test_a_gate_answers_what_the_table_says(row: dict[str, str]) -> None:
    verdict, reasons = judge(facts_of(row), ALL)
    assert verdict.name == row["结论"]
    assert [reason.code for reason in reasons] == row["理由"].split()
    assert all(reason.basis and reason.zh and reason.en and reason.exit_zh for reason in reasons)


@pytest.mark.parametrize("row", rows("gates.md", "看不到的记录"), ids=lambda row: row["情形"])
def test_what_the_asker_may_not_read_is_not_told_and_never_passes(row: dict[str, str]) -> None:
    verdict, reasons = judge(facts_of(row), ALL - {row["看不到"]})
    assert verdict.name == row["结论"]
    assert [reason.code for reason in reasons] == row["理由"].split()
    assert all(row["看不到"] not in reason.record_ids for reason in reasons)


@pytest.mark.parametrize("row", rows("gates.md", "有异议的记录"), ids=lambda row: row["情形"])
def test_a_dispute_is_told_beside_the_reason_and_changes_no_verdict(row: dict[str, str]) -> None:
    seen = ALL - {row["看不到"]}
    verdict, reasons = judge(facts_of(row), seen, frozenset({row["有异议"]}))
    assert verdict is judge(facts_of(row), seen)[0]
    assert verdict.name == row["结论"]
    assert [reason.code for reason in reasons if reason.is_disputed] == row["标明有异议的理由"].split()


def test_whatever_is_hidden_no_trouble_reads_as_a_pass_and_no_block_is_without_its_ground() -> None:
    for row in rows("gates.md", "结论"):
        full, _ = judge(facts_of(row), ALL)
        for seen in (frozenset(some) for size in range(len(ALL)) for some in combinations(sorted(ALL), size)):
            verdict, reasons = judge(facts_of(row), seen)
            assert (verdict is GateVerdict.PASS) is (full is GateVerdict.PASS)
            assert verdict.gravity <= full.gravity
            assert all(seen.issuperset(reason.record_ids) for reason in reasons)


def test_every_condition_has_a_row() -> None:
    told = {code for row in rows("gates.md", "结论") for code in row["理由"].split()}
    heard = {
        condition.__name__
        for row in rows("gates.md", "结论")
        for condition in CONDITIONS
        if any(True for _ in condition(facts_of(row)))
    }
    assert heard == {condition.__name__ for condition in CONDITIONS}
    assert CONFIRM.code not in told


def test_only_measures_with_a_legal_basis_block() -> None:
    blocked = [row for row in rows("gates.md", "结论") if row["结论"] == "BLOCKED"]
    for row in blocked:
        gravest = judge(facts_of(row), ALL)[1][0]
        assert gravest.code in BY_CODE
        assert facts_of(row).gate in BY_CODE[gravest.code].blocks
        assert gravest.verdict is GateVerdict.BLOCKED


def test_every_measure_has_its_basis_and_term_and_incentives_close_no_gate() -> None:
    assert len(BY_CODE) == len(MEASURES)
    assert all(one.basis and one.zh and one.en and one.term_zh and one.term_en for one in MEASURES)
    assert [one.code for one in MEASURES if one.is_incentive and (one.blocks or one.reviews or one.names)] == []
    assert [one.code for one in MEASURES if one.is_incentive is not bool(one.condition_zh)] == []


def test_a_measure_takes_the_basis_of_its_own_part_of_the_decision() -> None:
    told = "加大执法检查频次；暂停项目审批（《安全生产法》第七十八条）"
    carried = carried_by(replace(FLAG, category="SERIOUS_DISHONESTY", told_measures=told))
    assert [(one.measure.code, one.basis) for one in carried] == [
        ("MORE_INSPECTIONS", ""), ("PROJECT_APPROVAL_SUSPENDED", "《安全生产法》第七十八条"),
    ]  # fmt: skip


@pytest.mark.parametrize(("values", "earliest"), [
    ({"category": "SERIOUS_DISHONESTY", "listed_on": date(2026, 3, 4)}, date(2027, 3, 4)),
    ({"category": "SERIOUS_DISHONESTY", "early_removal_from": date(2027, 5, 1)}, date(2027, 5, 1)),
    ({"category": "SERIOUS_DISHONESTY", "listed_on": date(2024, 2, 29)}, date(2025, 3, 1)),
    ({"category": "PENALTY"}, date(2027, 1, 5)),
    ({"category": "MAJOR_HIDDEN_DANGER"}, None),
    ({"category": "PENALTY", "since": None}, None),
])  # fmt: skip
def test_repair_opens_on_its_day_and_only_where_the_law_provides_it(
    values: Mapping[str, object], earliest: date | None
) -> None:
    assert repair_from(replace(FLAG, **values)) == earliest  # type: ignore[arg-type]
