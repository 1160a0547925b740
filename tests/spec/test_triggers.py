"""Every row of triggers.md is a test; add a row there. Below the tables: what a review says."""

from dataclasses import replace
from datetime import date

import pytest

from exchange.rules import (
    RULES,
    TRIGGERING,
    WORKDAYS,
    Cause,
    Handling,
    Presence,
    PresenceKind,
    Priority,
    ReviewDraft,
    Step,
    StepKind,
    judge_all,
)
from tests.spec.tables import rows

FLAG = Cause(
    event_type="riskFlag.raised",
    event_id="event-1",
    owner_id=1,
    owner_regions=("4403",),
    subject="E:DEM000000000000001",
    day=date(2026, 11, 23),
    payload={"band": "RED", "decisionNumber": "演示〔2026〕1号"},
)
PROJECT = Presence(
    owner_id=2,
    record_id="record-1",
    kind=PresenceKind.PROJECT_APPROVAL,
    region="440100",
    reference="GZ-1",
    since=date(2026, 3, 2),
)

PATH = (
    Step(kind=StepKind.WORKS_FOR, credit_code="DEM000000000000002", person_id="person-1"),
    Step(kind=StepKind.FIRM_PRESENT, credit_code="DEM000000000000002", person_id="person-1"),
)


def _presences(text: str) -> list[Presence]:
    pairs = [part.strip().split(":") for part in text.split(";") if part.strip()]
    return [
        replace(PROJECT, owner_id=int(owner), kind=PresenceKind(kind), record_id=f"record-{number}")
        for number, (owner, kind) in enumerate(pairs)
    ]


def _cause(row: dict[str, str]) -> Cause:
    payload = dict(pair.strip().split("=") for pair in row["内容"].split(";"))
    return replace(FLAG, event_type=row["事件"], payload=payload)


def _wanted(row: dict[str, str]) -> list[tuple[str, str, str]]:
    """Authority, rule and what is asked of each review a row tells of; what is asked of all may be told once."""
    owners = [owner for owner in row["任务归属"].split(", ") if owner]
    words = [word for word in row["办理"].split("; ") if word]
    asked = words * len(owners) if len(words) == 1 else words
    return [(owner, row["规则"], how) for owner, how in zip(owners, asked, strict=True)]


def _opened(drafts: tuple[ReviewDraft, ...]) -> list[tuple[str, str, str]]:
    return [(str(one.owner_id), one.rule, f"{one.priority.value}{_HANDLING[one.handling]}") for one in drafts]


_HANDLING = {Handling.FOR_FOLLOW_UP: "办理", Handling.FOR_ATTENTION: "知悉"}


@pytest.mark.parametrize("row", rows("triggers.md", "何时产生任务"), ids=lambda row: row["情形"])
def test_an_event_opens_exactly_these_reviews(row: dict[str, str]) -> None:
    assert _opened(judge_all(_cause(row), _presences(row["在当地的事项"]))) == _wanted(row)


@pytest.mark.parametrize("row", rows("triggers.md", "递进"), ids=lambda row: row["情形"])
def test_an_event_leads_on_to_exactly_these_reviews(row: dict[str, str]) -> None:
    further = [replace(one, path=PATH, record_id=f"far-{one.record_id}") for one in _presences(row["递进到的事项"])]
    assert _opened(judge_all(_cause(row), [*further, *_presences(row["直接的事项"])])) == _wanted(row)


@pytest.mark.parametrize("row", rows("triggers.md", "是否同一原因"), ids=lambda row: row["情形"])
def test_two_announcements_are_one_cause_when_they_are_one_event(row: dict[str, str]) -> None:
    second = "演示〔2026〕1号" if row["决定书文号"] == "相同" else "演示〔2026〕2号"
    causes = [
        replace(FLAG, event_id=row["第一个事件编号"]),
        replace(FLAG, event_id=row["第二个事件编号"], payload={"band": "RED", "decisionNumber": second}),
    ]
    keys = {draft.cause_key for cause in causes for draft in judge_all(cause, [PROJECT])}
    assert (len(keys) == 1) is (row["同一原因"] == "是")


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


@pytest.mark.parametrize("row", rows("triggers.md", "后来的事项"), ids=lambda row: row["情形"])
def test_what_came_after_a_review_has_its_own_and_a_repeat_has_none(row: dict[str, str]) -> None:
    names = _listed(row["在当地的事项"])  # in the order of filing
    presences = [replace(PROJECT, record_id=name, since=date(2026, 3, 1 + place)) for place, name in enumerate(names)]
    known = [name.rpartition(":") for name in _listed(row["已有任务的事项"])]
    covered = {("RED_FLAG", int(owner or 2)): frozenset(name for _, _, name in known) for owner, _, _ in known}
    drafts = judge_all(FLAG, presences, covered)
    assert [draft.cause_key for draft in drafts] == _listed(row["新任务"])
    assert [draft.presence_record_id for draft in drafts] == _listed(row["指明的事项"])


def test_a_review_names_its_cause_and_the_matter_it_touches() -> None:
    assert judge_all(FLAG, [PROJECT]) == (
        ReviewDraft(
            owner_id=2,
            rule="RED_FLAG",
            cause_key="event-1",
            subject="E:DEM000000000000001",
            priority=Priority.MUST,
            handling=Handling.FOR_FOLLOW_UP,
            workdays=WORKDAYS,
            reason_zh="深圳市于 2026-11-23 将该企业列为红色风险（演示〔2026〕1号）；本地项目审批：GZ-1",
            reason_en="Flagged RED by 4403 on 2026-11-23 (演示〔2026〕1号); PROJECT_APPROVAL here: GZ-1",
            presence_record_id="record-1",
        ),
    )
    assert WORKDAYS == 5


def test_a_review_of_several_matters_names_the_longest_standing_and_counts_the_rest() -> None:
    later = replace(PROJECT, record_id="record-0", reference="GZ-0", since=date(2026, 5, 6))
    undated = replace(PROJECT, record_id="record-2", reference="GZ-2", since=None)
    (draft,) = judge_all(FLAG, [undated, later, PROJECT])
    assert draft.presence_record_id == "record-1"
    assert draft.reason_zh.endswith("本地项目审批：GZ-1，另有 2 项")
    assert draft.reason_en.endswith("here: GZ-1, and 2 more")


def test_the_same_event_gives_the_same_reviews_in_whatever_order_presences_come() -> None:
    presences = [replace(PROJECT, owner_id=owner, record_id=f"record-{owner}") for owner in (4, 2, 3)]
    assert judge_all(FLAG, presences) == judge_all(FLAG, reversed(presences))


def test_an_event_without_what_its_rule_needs_is_an_error_and_no_silence() -> None:
    with pytest.raises(ValueError, match=r"riskFlag.raised event-1 carries no band"):
        judge_all(replace(FLAG, payload={}), [PROJECT])


def test_a_review_reached_by_steps_says_each_of_them() -> None:
    cause = replace(FLAG, event_type="credential.statusChanged", payload={"reportedStatus": "REVOKED"})
    site = replace(PROJECT, kind=PresenceKind.SITE, reference="广州市", path=PATH)
    (draft,) = judge_all(cause, [site])
    assert draft.path == PATH
    assert draft.reason_zh == (
        "深圳市于 2026-11-23 将所发证书吊销；持证人任职于该企业，其岗位需要这一证书；"
        "该企业在本地有在办审批或工地场所；本地工地与场所：广州市"
    )


def test_what_a_path_leads_to_opens_nothing_where_the_cause_has_a_review_already() -> None:
    cause = replace(FLAG, event_type="credential.statusChanged", payload={"reportedStatus": "REVOKED"})
    site = replace(PROJECT, kind=PresenceKind.SITE, path=PATH)
    assert judge_all(cause, [site], {("CREDENTIAL_WITHDRAWN", 2): frozenset({"record-9"})}) == ()


def test_whoever_is_present_later_where_a_path_led_before_has_a_review_that_must_be_done() -> None:
    cause = replace(FLAG, event_type="credential.statusChanged", payload={"reportedStatus": "REVOKED"})
    post = replace(PROJECT, kind=PresenceKind.APPOINTMENT, record_id="record-2")
    (draft,) = judge_all(cause, [post], {("CREDENTIAL_WITHDRAWN", 2): frozenset({"record-1"})})
    assert (draft.cause_key, draft.priority, draft.path) == ("event-1:record-2", Priority.MUST, ())


def test_an_authority_whose_division_has_no_name_is_shown_by_its_code() -> None:
    (draft,) = judge_all(replace(FLAG, owner_regions=("4403", "9999")), [PROJECT])
    assert draft.reason_zh.startswith("深圳市、9999于 2026-11-23")


def test_rules_have_unique_names_and_every_rule_has_a_row() -> None:
    names = [rule.name for rule in RULES]
    assert len(names) == len(set(names))
    listed = rows("triggers.md", "何时产生任务")
    assert {row["规则"] for row in listed} - {""} == set(names)
    assert {row["事件"] for row in listed} >= TRIGGERING
