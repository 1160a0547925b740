"""Every row of key_staff.md is a test; add a row there."""

import re

import pytest

from exchange.key_staff import CERTIFYING, DUTIES, Firm, certified_rate, coverage
from exchange.posts import NEEDS, Activities, Held, Posted, activities_of, asked_of, need_rows
from schema.kinds import BY_NAME
from schema.kinds.appointment import Engagement, Post
from schema.kinds.enterprise_profile import ACTIVITY_FIELDS, Activity
from tests.spec.tables import rows

_LABELS = {activity.zh: activity for activity in Activity}
_ENGAGEMENTS = {engagement.zh: engagement for engagement in Engagement}


def _held(text: str) -> Held:
    named, _, status = text.strip().partition("!")
    kind, _, scope = named.partition("/")
    return Held(kind=kind, scope=scope or None, is_good=not status, status=status or "VALID")


def _posted(number: int, text: str) -> Posted:
    told = re.fullmatch(r"(\w+)(?:\((.+)\))?(?::(.*))?", text.strip())
    assert told
    post, engagement, certificates = told.groups()
    held = tuple(_held(one) for one in (certificates or "").split(",") if one)
    engaged = _ENGAGEMENTS[engagement] if engagement else None
    return Posted(person_id=f"person-{number}", post=Post[post], engagement=engaged, held=held)


def _activities(text: str) -> Activities:
    """The profile the cell stands for, read as a published one is."""
    if text == "未知":
        return activities_of(None)
    told, _, empty = text.partition("?")
    done, silent = ({_LABELS[one] for one in part.split("、") if one not in ("", "无")} for part in (told, empty))
    by_activity = {activity: field for field, activity in ACTIVITY_FIELDS.items()}
    parts = {one for one in done if one.name.startswith("HAZARDOUS_")}
    said = done | ({Activity.HAZARDOUS_GOODS} if parts else set())
    return activities_of({by_activity[one]: one in said for one in Activity if one not in silent})


def _firm(row: dict[str, str]) -> Firm:
    return Firm(
        activities=_activities(row["活动"]),
        staff=int(row["人数"]) if row["人数"] else None,
        posted=tuple(_posted(number, text) for number, text in enumerate(row["任职"].split(";")) if text.strip()),
    )


@pytest.mark.parametrize("row", rows("key_staff.md", "各项要求"), ids=lambda row: row["情形"])
def test_a_duty_is_met_exactly_by_those_who_hold_what_the_law_asks(row: dict[str, str]) -> None:
    found = {finding.duty.name: finding for finding in coverage(_firm(row))}
    if row["结论"] == "不适用":
        assert row["要求"] not in found
        return
    finding = found[row["要求"]]
    assert (
        finding.coverage.value,
        "" if finding.required is None else str(finding.required),
        str(finding.posted),
        str(finding.certified),
        ", ".join(gap.status for gap in finding.gaps),
    ) == (row["结论"], row["至少"], row["在岗"], row["持证"], row["缺口"])


@pytest.mark.parametrize("row", rows("key_staff.md", "持证率"), ids=lambda row: row["情形"])
def test_the_certified_rate_counts_posts_that_need_a_certificate(row: dict[str, str]) -> None:
    rate = certified_rate(coverage(_firm(row)))
    assert ("" if rate is None else str(rate)) == row["持证率"]


def test_every_row_asks_for_a_duty_there_is_and_every_duty_has_a_row() -> None:
    everything = Firm(activities=Activities(done=frozenset(Activity)), staff=500, posted=())
    duties = {finding.duty.name for finding in coverage(everything)}
    assert len(duties) == len(DUTIES)
    assert {row["要求"] for row in rows("key_staff.md", "各项要求")} == duties


def test_every_post_needs_a_certificate_somewhere_but_those_that_need_none() -> None:
    anything = Activities(done=frozenset(Activity))
    without = {post.name for post in Post if not asked_of(post, anything).is_needed}
    assert without == {"TECHNICAL_DIRECTOR", "OTHER"}


def test_no_post_is_judged_by_two_duties_about_certificates() -> None:
    """Else the certified rate would count it twice; full-time work is asked beside the certificate."""
    everything = Firm(activities=Activities(done=frozenset(Activity)), staff=500, posted=())
    duties = [finding.duty for finding in coverage(everything) if finding.duty.name != "FULL_TIME_SAFETY_MANAGERS"]
    posts = [post for duty in duties for post in duty.posts]
    assert len(posts) == len(set(posts))
    assert set(posts) == {post for need in NEEDS for post in need.posts} == set(CERTIFYING)


def test_what_a_post_needs_are_certificates_there_are() -> None:
    scopes = {
        "SAFETY_MANAGEMENT": BY_NAME["SAFETY_MANAGEMENT"].by_name["personType"],
        "CONSTRUCTION_SAFETY_MANAGER": BY_NAME["CONSTRUCTION_SAFETY_MANAGER"].by_name["managerClass"],
    }
    for _, _, kind, scope in need_rows():
        assert BY_NAME[kind].family.name == "CERTIFICATE"
        assert (scope is None) == (kind not in scopes)
        assert scope is None or scopes[kind].read(scope) == scope


@pytest.mark.parametrize(("profile", "done", "not_done"), [
    ({}, set(), set()),
    ({"isHazardousTrade": True}, {"HAZARDOUS_TRADE", "HAZARDOUS_GOODS"}, set()),
    ({"isHazardousTrade": False}, set(), {"HAZARDOUS_TRADE"}),
    ({"isHazardousGoods": False, "isMine": True}, {"MINING"}, {
        "HAZARDOUS_GOODS", "HAZARDOUS_PRODUCTION", "HAZARDOUS_STORAGE", "HAZARDOUS_HANDLING", "HAZARDOUS_TRADE",
    }),
])  # fmt: skip
def test_a_profile_says_what_is_filled_in_and_what_follows(
    profile: dict[str, bool], done: set[str], not_done: set[str]
) -> None:
    found = activities_of(profile)
    assert {one.name for one in found.done} == done
    assert {one.name for one in found.not_done} == not_done
