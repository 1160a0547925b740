"""Every row of agreements.md is a test; add a row there."""

from dataclasses import replace
from datetime import date

import pytest

from exchange.recognition import decide
from exchange.recognition.coverage import coverage
from schema.agreements import Agreed, Effect, EquivalenceRow, Mark, Marked, Part, Spread, Terms
from schema.recognition import Decision, Mode, RecognitionRule, decision_deadline
from tests.spec.tables import rows
from tests.spec.test_recognition import FACTS, MODES, QUESTION, RULE

SPEC = "agreements.md"
MEMBERS = {"上海": 1, "江苏": 2, "广东": 3}
EFFECTS = {one.zh: one for one in Effect}
BEGUN = date(2026, 1, 1)
NAME = "三地协议"


def _list(text: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in text.split(",") if one.strip())


TABLE = tuple(
    EquivalenceRow(
        table="表一", row=int(one["行"]), kind=one["证书类型"], subkind=one["类别"] or None,
        equivalent_kind=one["视同"], equivalent_subkind=None, activities=_list(one["作业活动"]), basis="演示附件",
    )
    for one in rows(SPEC, "对应关系表")
)  # fmt: skip
SECOND = Terms(version=2, since=date(2026, 6, 1), rows=TABLE)


def agreed(*, left: str = "", joined: date = BEGUN, host_left: str = "", second: Terms = SECOND) -> Agreed:
    parts = (
        Part(tenant_id=1, jurisdiction=("31",), since=joined, until=date.fromisoformat(left) if left else None),
        Part(
            tenant_id=2, jurisdiction=("32",), since=BEGUN, until=date.fromisoformat(host_left) if host_left else None
        ),
    )
    return Agreed(identifier=NAME, versions=(Terms(version=1, since=date(2026, 3, 1)), second), parts=parts)


def under(agreement: Agreed | None, **changed: object) -> RecognitionRule:
    kinds = ("SAFETY_MANAGEMENT", "ASSISTANT_SAFETY_ENGINEER")
    return replace(RULE, kinds=kinds, agreement=NAME, agreed=agreement, **changed)  # type: ignore[arg-type]


def _answer(decision: Decision) -> tuple[str, str]:
    return decision.verdict.zh, ", ".join(decision.reasons)


@pytest.mark.parametrize("row", rows(SPEC, "成员与版本"), ids=lambda row: row["情形"])
def test_a_rule_under_an_agreement_counts_between_members_on_the_day(row: dict[str, str]) -> None:
    second = replace(SECOND, unknown=("insurancePool",)) if row["协议"] == "不识" else SECOND
    found = agreed(
        left=row["上海退出"], joined=date.fromisoformat(row["上海加入"]), host_left=row["江苏退出"], second=second
    )
    rule = under(None if row["协议"] == "查不到" else found)
    decision = decide(FACTS, [rule], replace(QUESTION, day=date.fromisoformat(row["查询日"])))
    reasons = dict.fromkeys(decision.reasons)
    assert (decision.verdict.zh, ", ".join(reasons)) == (row["结论"], row["原因"])
    assert (decision.agreed.label if decision.agreed else "") == row["依据版本"]
    assert [one for one in decision.rests_on if one.startswith(NAME)] == [one for one in [row["依据版本"]] if one]


@pytest.mark.parametrize("row", rows(SPEC, "按对应关系判定"), ids=lambda row: row["情形"])
def test_a_certificate_counts_as_another_by_one_row_of_the_table(row: dict[str, str]) -> None:
    facts = replace(FACTS, kind=row["证书类型"], subkind=row["类别"] or None)
    rule = under(agreed(), equivalence_table=row["规则所依的表"] or None, mode=MODES[row["认可方式"]])
    decision = decide(facts, [rule], replace(QUESTION, activity=row["所问作业"] or None))
    assert _answer(decision) == (row["结论"], row["原因"])
    assert decision.agreed is not None
    told = ("" if decision.agreed.row is None else str(decision.agreed.row), decision.agreed.counts_as or "")
    assert told == (row["行"], row["视同"])


def test_the_condition_names_table_version_row_and_what_the_certificate_counts_as() -> None:
    rule = under(agreed(), equivalence_table="表一")
    decision = decide(FACTS, [rule], replace(QUESTION, activity="安全管理"))
    (found,) = [one for one in decision.results if one.condition == "EQUIVALENCE"]
    assert found.values == {
        "agreement": NAME, "version": "2", "table": "表一", "activity": "安全管理", "row": "1",
        "countsAs": "ASSISTANT_SAFETY_ENGINEER", "countsAsSubkind": "",
    }  # fmt: skip
    assert (found.rule_identifier, found.rule_version) == ("AR-320000-0001", 1)


def _marks(text: str) -> tuple[Marked, ...] | None:
    if text == "不详":
        return None
    made = (one.split(":") for one in _list(text))
    return tuple(Marked(mark=Mark[mark], tenant_id=MEMBERS[by]) for by, mark in made)


@pytest.mark.parametrize("row", rows(SPEC, "传导政策"), ids=lambda row: row["情形"])
def test_adverse_records_of_members_do_what_was_agreed_on(row: dict[str, str]) -> None:
    said = [one.split(":") for one in _list(row["约定"])]
    spreads = tuple(Spread(mark=Mark[mark], effect=EFFECTS[effect]) for mark, effect in said)
    facts = replace(
        FACTS, firm_marks=_marks(row["单位的记录"]), holder_marks=_marks(row["持证人的记录"]), holder_has_adverse=True
    )
    rule = under(
        agreed(second=replace(SECOND, spreads=spreads)), mode=MODES[row["认可方式"]],
        requires_no_adverse=row["规则要求无不良记录"] == "是", follow_up_zh="到南京备案",
    )  # fmt: skip
    decision = decide(facts, [rule], QUESTION)
    assert _answer(decision) == (row["结论"], row["原因"])
    follow_up = [word for word in ("备案", "核实") if word in decision.follow_up_zh]
    assert " ".join(follow_up) == row["后续"]


@pytest.mark.parametrize("row", rows(SPEC, "办理时限"), ids=lambda row: row["情形"])
def test_the_shorter_deadline_counts(row: dict[str, str]) -> None:
    stated, promised, due = (int(row[name]) if row[name] else None for name in ("规则时限", "协议时限", "办理时限"))
    second = replace(SECOND, accept_workdays=promised)
    rule = under(agreed(second=second), mode=Mode.FILING, decision_workdays=stated)
    assert decision_deadline(rule, second) == due
    assert decide(FACTS, [rule], QUESTION).decision_workdays == due


@pytest.mark.parametrize("row", rows(SPEC, "省际互认矩阵"), ids=lambda row: row["情形"])
def test_the_matrix_tells_what_counts_by_a_table_only(row: dict[str, str]) -> None:
    rule = under(
        agreed(left=row["上海退出"]), equivalence_table=row["规则所依的表"] or None, mode=MODES[row["认可方式"]]
    )
    (cell,) = coverage([rule], ["310000"], ["320000"], [row["证书类型"]], QUESTION.day)
    assert (cell.coverage, cell.via or "") == (row["互认情况"], row["经由"])
    assert cell.rules == (RULE.label,)
