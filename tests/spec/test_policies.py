"""Every row of policies.md is a test; add a row there. Below the tables: what no policy may do, of whatever terms."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.rules import OPTIONAL, WORKDAYS, Handling, PresenceKind, Priority
from exchange.rules.persons import LATE_DAYS
from exchange.rules.policy import Policy, Sighting, Term, Treatment, apply, as_kept, as_seen, settle, taken_over
from exchange.triggering.policies import ALL_RULES, check_terms, term_from, told_term
from exchange.triggering.simulated_threads import Desk
from schema.graphql.local_policies import LocalPresence
from tenants.access import TenantKind
from tenants.registry import Tenant
from tests.spec.tables import rows

GUANGZHOU = Tenant(
    tenant_id=2, slug="gz-bureau", kind=TenantKind.AUTHORITY, name="示例局", name_en="A bureau", credit_code="DEM",
    sector="EMERGENCY", is_demo=True, jurisdiction=("4401",),
    region="440100", is_active=True,
)  # fmt: skip
_WORDS = {
    "关闭": ("is_off", True), "必须": ("priority", "MUST"), "可以": ("priority", "MAY"),
    "办理": ("handling", "FOR_FOLLOW_UP"), "知悉": ("handling", "FOR_ATTENTION"),
}  # fmt: skip


def _term(text: str) -> Term:
    conditions, effects = text.split("→")
    rule, *asked = conditions.split()
    told: dict[str, Any] = {"rule": rule}
    for one in asked:
        name, _, value = one.replace("≥", "=").partition("=")
        told |= {
            "事项": {"presence_kinds": [PresenceKind(value).name] if name == "事项" else []},
            "地区": {"regions": [value]},
            "颜色": {"bands": [value]},
            "余天": {"min_days_left": int(value) if value.isdigit() else None},
            "递进": {"is_by_path": value == "是"},
        }[name]
    for one in effects.split():
        name, _, value = one.partition("=")
        if name in ("时限", "指派"):
            told |= {"workdays": int(value)} if name == "时限" else {"assignee": value}
        else:
            told |= dict([_WORDS[name]])
    return term_from(told)


def _policy(text: str) -> Policy:
    terms = tuple(_term(one) for one in text.split("；") if one.strip())
    return Policy(identifier="LP-gz-bureau", version=1, valid_from=date(2026, 11, 23), terms=terms)


def _seen(text: str, number: int = 1) -> Sighting:
    name, kind, region, *told = text.split()
    rule, by_path = ALL_RULES[name], "递进" in told
    values = dict(one.split("=") for one in told if "=" in one)
    days_left = int(values["余"]) if "余" in values else None
    is_late = days_left is not None and days_left <= LATE_DAYS
    return Sighting(
        rule=name, presence_id=str(number), presence_kind=PresenceKind(kind), region=region, is_by_path=by_path,
        priority=Priority.MAY if by_path else Priority.MUST if is_late else rule.priority,
        handling=Handling.FOR_ATTENTION if by_path else rule.handling, workdays=rule.workdays,
        band=values.get("颜色"), days_left=days_left, is_usual=rule not in OPTIONAL,
    )  # fmt: skip


def _shown(treatment: Any) -> str:
    if treatment is None:
        return ""
    handling = {Handling.FOR_FOLLOW_UP: "办理", Handling.FOR_ATTENTION: "知悉"}[treatment.handling]
    return f"{treatment.priority.value}{handling} {treatment.workdays} {treatment.assignee or ''}".strip()


@pytest.mark.parametrize("row", rows("policies.md", "一件发现如何办理"), ids=lambda row: row["情形"])
def test_what_is_found_is_treated_as_the_first_term_that_fits_says(row: dict[str, str]) -> None:
    treatment = apply(_seen(row["发现"]), _policy(row["政策"]))
    assert _shown(treatment) == row["结果"]
    if treatment is not None:
        assert str(treatment.place or "") == row["适用条款"]


@pytest.mark.parametrize("row", rows("policies.md", "同一次发现的几项"), ids=lambda row: row["情形"])
def test_what_is_found_at_once_is_one_review_of_the_gravest_treatment(row: dict[str, str]) -> None:
    several = [_seen(one, number) for number, one in enumerate(row["发现"].split("；"), start=1)]
    settled = settle(several, _policy(row["政策"]))
    assert _shown(settled and settled.treatment) == row["结果"]
    assert (", ".join(settled.kept) if settled else "") == row.get("列入", "")


@pytest.mark.parametrize("row", rows("policies.md", "移交而来的"), ids=lambda row: row["情形"])
def test_a_review_handed_over_follows_the_receiver_s_policy_in_time_and_officer(row: dict[str, str]) -> None:
    several = [_seen(one, number) for number, one in enumerate(filter(None, row["发现"].split("；")), start=1)]
    usual = Treatment(priority=Priority.MUST, handling=Handling.FOR_FOLLOW_UP, workdays=WORKDAYS)
    treatment = taken_over(several, _policy(row["接收机关的政策"]), usual)
    assert _shown(treatment) == row["结果"]
    assert str(treatment.place or "") == row["适用条款"]


def _found(text: str, number: int) -> tuple[dict[str, Any], Sighting]:
    document, words = text.split(" ", 1)
    is_lifted = words.endswith(" 解除")
    seen = _seen(words.removesuffix(" 解除"))
    row = {
        "rule": seen.rule, "subject": "E:DEM", "day": date(2026, 11, 23), "event_id": f"event-{number}",
        "record_id": f"record-{number}", "document": None if document == "–" else document, "is_joined": False,
        "place": 2 * number, "found_at": None, "closed_at": None, "is_declined": False, "lifted_on": None,
        "ended_place": 2 * number + 1 if is_lifted else None,
    }  # fmt: skip
    return row, seen


@pytest.mark.parametrize("row", rows("policies.md", "推演时的并案"), ids=lambda row: row["情形"])
def test_a_simulation_opens_one_review_for_one_sanction(row: dict[str, str]) -> None:
    desk = Desk(_policy(row["草案"]))
    found = [_found(one, number) for number, one in enumerate(row["发现"].split("；"), start=1)]
    opened = [str(number) for number, (kept, seen) in enumerate(found, start=1) if desk.weigh(kept, [seen])]
    assert ", ".join(opened) == row["产生"]


@pytest.mark.parametrize("row", rows("policies.md", "不能发布的"), ids=lambda row: row["情形"])
def test_a_policy_is_refused_with_everything_that_is_wrong(row: dict[str, str]) -> None:
    found = check_terms(_policy(row["政策"]).terms, GUANGZHOU)
    assert ", ".join(f"{int(one.field[1]) + 1} {one.code}" for one in found) == row["问题"]


_RULES = st.sampled_from(sorted(ALL_RULES))
_SIGHTINGS = st.builds(
    Sighting, rule=_RULES, presence_id=st.just("1"), presence_kind=st.sampled_from(PresenceKind),
    region=st.sampled_from(("440100", "440111", "440103")), is_by_path=st.booleans(),
    priority=st.sampled_from(Priority), handling=st.sampled_from(Handling), workdays=st.just(5),
    band=st.sampled_from((None, "ORANGE", "YELLOW")), days_left=st.sampled_from((None, 0, 30, 60, 90)),
    is_usual=st.booleans(),
)  # fmt: skip
_TERMS = st.builds(
    Term, rule=_RULES, presence_kinds=st.frozensets(st.sampled_from(PresenceKind), max_size=3),
    regions=st.sampled_from(((), ("4401",), ("440111", "440103"))),
    bands=st.frozensets(st.sampled_from(("ORANGE", "YELLOW")), max_size=2),
    min_days_left=st.sampled_from((None, 31, 60)), is_by_path=st.sampled_from((None, True, False)),
    is_off=st.booleans(), priority=st.sampled_from((None, *Priority)), handling=st.sampled_from((None, *Handling)),
    workdays=st.sampled_from((None, 1, 10)), assignee=st.sampled_from((None, "GZ-07")),
)  # fmt: skip


@given(seen=_SIGHTINGS, terms=st.lists(_TERMS, max_size=6))
def test_no_policy_drops_or_lowers_what_must_be_reviewed(seen: Sighting, terms: list[Term]) -> None:
    treatment = apply(seen, Policy(identifier="LP", version=1, valid_from=date(2026, 1, 1), terms=tuple(terms)))
    if seen.priority is Priority.MUST and seen.is_usual:
        assert treatment is not None
    if treatment is not None and seen.priority is Priority.MUST:
        assert treatment.priority is Priority.MUST
    if treatment is not None and seen.handling is Handling.FOR_FOLLOW_UP:
        assert treatment.handling is Handling.FOR_FOLLOW_UP


@given(seen=_SIGHTINGS)
def test_what_was_found_is_kept_whole(seen: Sighting) -> None:
    assert as_seen(seen.rule, as_kept(seen)) == seen


@given(term=_TERMS)
def test_a_term_is_stored_as_it_was_sent(term: Term) -> None:
    assert term_from(told_term(term)) == term


def test_a_term_can_name_every_way_of_being_present() -> None:
    assert set(LocalPresence._meta.enum.__members__) == {kind.name for kind in PresenceKind}
