"""Every row of reviews.md is a test; add a row there. Through the API it is in tests/flows/test_review_life.py."""

from itertools import product

import pytest

from schema.graphql.review_thread import ReviewStepKind
from schema.review_life import (
    LIFE,
    QUESTIONS,
    Party,
    Question,
    State,
    Step,
    is_withdrawn_by_lifting,
    refusal_of,
    state_after,
)
from tests.spec.tables import rows

STEPS = rows("reviews.md", "步骤")


@pytest.mark.parametrize("row", STEPS, ids=lambda row: f"{row['步骤']} {row['现状态']}")
def test_a_step_leads_to_a_state_or_is_refused(row: dict[str, str]) -> None:
    step, state = Step[row["步骤"]], State[row["现状态"]]
    code = refusal_of(step, state)
    assert (code or state_after(step, state).name) == row["结果"]


def test_the_table_has_every_step_in_every_state() -> None:
    assert [(row["步骤"], row["现状态"]) for row in STEPS] == [
        (step.name, state.name) for step, state in product(Step, State)
    ]


@pytest.mark.parametrize("row", rows("reviews.md", "起因解除或作废"), ids=lambda row: row["现状态"])
def test_the_end_of_its_cause_withdraws_a_review_that_is_open(row: dict[str, str]) -> None:
    state = State[row["现状态"]]
    assert ("WITHDRAWN" if is_withdrawn_by_lifting(state) else state.name) == row["结果"]


@pytest.mark.parametrize("row", rows("reviews.md", "谁可以办"), ids=lambda row: row["步骤"])
def test_a_step_is_taken_by_the_parties_of_the_table(row: dict[str, str]) -> None:
    assert {party.value for party in LIFE[Step[row["步骤"]]].parties} == {
        party.value for party in Party if row[party.value] == "√"
    }


@pytest.mark.parametrize("row", rows("reviews.md", "固定问题与答复"), ids=lambda row: row["问题"])
def test_a_question_has_its_answers(row: dict[str, str]) -> None:
    question = Question[row["问题"]]
    assert question.value == row["含义"]
    assert [answer.name for answer in QUESTIONS[question]] == row["可以答复"].split()


def test_the_tables_leave_out_no_step_and_no_question() -> None:
    assert [row["步骤"] for row in rows("reviews.md", "谁可以办")] == [step.name for step in Step]
    assert [row["问题"] for row in rows("reviews.md", "固定问题与答复")] == [one.name for one in Question]
    assert {step.name for step in Step} <= set(ReviewStepKind._meta.enum.__members__)
