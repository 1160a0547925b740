"""Every row of key_staff.md is a test; add a row there."""

import pytest

from exchange.key_staff import Activity, Firm, Held, Posted, certified_rate, coverage
from tests.spec.tables import rows


def _held(text: str) -> Held:
    named, _, status = text.strip().partition("!")
    kind, _, scope = named.partition("/")
    return Held(kind=kind, scope=scope or None, is_good=not status, status=status or "VALID")


def _posted(number: int, text: str) -> Posted:
    post, _, certificates = text.strip().partition(":")
    held = tuple(_held(one) for one in certificates.split(",") if one)
    return Posted(person_id=f"person-{number}", post=post, held=held)


def _firm(row: dict[str, str]) -> Firm:
    activities = {"未知": None, "无": frozenset[Activity]()}
    named = row["活动"]
    return Firm(
        activities=activities[named] if named in activities else frozenset({Activity(named)}),
        staff=int(row["人数"]) if row["人数"] else None,
        posted=tuple(_posted(number, text) for number, text in enumerate(row["任职"].split(";")) if text.strip()),
    )


@pytest.mark.parametrize("row", rows("key_staff.md", "各项要求"), ids=lambda row: row["情形"])
def test_a_duty_is_met_exactly_by_those_who_hold_what_the_law_asks(row: dict[str, str]) -> None:
    found = {finding.duty: finding for finding in coverage(_firm(row))}
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
