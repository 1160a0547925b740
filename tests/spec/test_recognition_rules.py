"""Every row of recognition_rules.md is a test; add a row there. Below the tables: what else is wrong with a rule."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from exchange.recognition.publication import Publisher, problems_of
from schema.fields import CHINA
from schema.recognition import BasisType, Mode, RecognitionRule
from tests.spec.tables import rows

SPEC = "recognition_rules.md"
FIRST = rows(SPEC, "谁能公布什么")[0]
RULE = RecognitionRule(
    identifier="AR-320000-0001",
    version=1,
    owner_region="320000",
    kinds=("SAFETY_MANAGEMENT",),
    issuing_prefixes=("31", "33"),
    host_prefixes=("32",),
    mode=Mode.FILING,
    basis_type=BasisType.AGREEMENT,
    basis="演示互认协议一号",
    valid_from=date(2026, 11, 24),
    text_zh="演示条款",
    text_en="A demonstration",
)


def publisher(*, now: datetime = datetime(2026, 11, 20, tzinfo=CHINA), latest: int = 0) -> Publisher:
    return Publisher(governs=lambda region: region.startswith("32"), now=now, latest_version=latest)


def _problems(rule: RecognitionRule, by: Publisher) -> list[str]:
    return [f"{one.code} {one.field[0]}" for one in problems_of(rule, by)]


def _list(text: str) -> tuple[str, ...]:
    return tuple("" if one.strip() == '""' else one.strip() for one in text.split(","))


@pytest.mark.parametrize("row", rows(SPEC, "何时生效"), ids=lambda row: row["情形"])
def test_a_rule_is_published_in_time_and_not_too_far_ahead(row: dict[str, str]) -> None:
    rule = replace(RULE, identifier=row["编号"], valid_from=date.fromisoformat(row["生效日"]))
    if row["编号"].startswith("IR"):
        rule = replace(rule, issuing_prefixes=("32",))
    now = datetime.fromisoformat(row["公布时刻"]).replace(tzinfo=CHINA)
    assert [one.code for one in problems_of(rule, publisher(now=now))] == ([row["问题"]] if row["问题"] else [])


@pytest.mark.parametrize("row", rows(SPEC, "谁能公布什么"), ids=lambda row: row["情形"])
def test_who_may_publish_what(row: dict[str, str]) -> None:
    cell = {column: row[column] or FIRST[column] for column in row}
    rule = replace(
        RULE,
        identifier=cell["编号"],
        version=int(cell["版本"]),
        kinds=_list(cell["证书类型"]),
        issuing_prefixes=_list(cell["发证地"]),
        host_prefixes=_list(cell["使用地"]),
    )
    wanted = row["问题"].split(", ") if row["问题"] else []
    assert _problems(rule, publisher(latest=int(cell["已有版本"]))) == wanted


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"valid_to": date(2026, 11, 23)}, "DATES_REVERSED validTo"),
        ({"review_by": date(2026, 11, 23)}, "DATES_REVERSED reviewBy"),
        ({"min_remaining_days": -1}, "RULE_OUT_OF_LIMITS minRemainingDays"),
        ({"max_review_age_days": 3651}, "RULE_OUT_OF_LIMITS maxReviewAgeDays"),
        ({"min_training_hours": 0}, "RULE_OUT_OF_LIMITS minTrainingHours"),
        ({"cooling_off_months": 121}, "RULE_OUT_OF_LIMITS coolingOffMonths"),
        ({"decision_workdays": 0}, "RULE_OUT_OF_LIMITS decisionWorkdays"),
        ({"requires_same_employer": True, "requires_other_employer": True}, "VALUES_CONTRADICT requiresOtherEmployer"),
        ({"issued_from": date(2024, 1, 1)}, "VALUES_CONTRADICT issuedFrom"),
        ({"text_zh": " "}, "FIELD_REQUIRED message"),
        ({"basis": ""}, "FIELD_REQUIRED basis"),
        ({"text_en": "x" * 2001}, "RULE_OUT_OF_LIMITS messageEn"),
        ({"documents": ("x",) * 201}, "RULE_OUT_OF_LIMITS documents"),
        ({"kinds": ()}, "VALUE_NOT_IN_TABLE kinds"),
    ],
)
def test_a_faulty_rule_is_told_which_field(changed: dict[str, Any], problem: str) -> None:
    assert _problems(replace(RULE, **changed), publisher()) == [problem]
