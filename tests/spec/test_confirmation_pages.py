"""Every row of confirmation_pages.md is a test; add a row there."""

import re
from datetime import datetime, timedelta

import pytest

from exchange.proof.rendering import render
from exchange.proof.sheets import Seen, Sheet, sheet_of
from schema.fields import CHINA
from schema.recognition import Aspect, ConditionResult, Decision, Outcome, Verdict
from tests.spec.tables import rows

SPEC = rows("confirmation_pages.md", "页面所示")
NOW = datetime(2026, 11, 24, 9, tzinfo=CHINA)
COLOURS = {"#167a49": "绿", "#f5c518": "黄", "#c8261f": "红", "#4a5563": "灰"}


def decision(verdict: Verdict) -> Decision:
    """As the rules of a place of use would say, of a certificate that is on record."""
    known = ConditionResult(
        condition="KNOWN", aspect=Aspect.AUTHENTIC, outcome=Outcome.PASSED, reason=None, rule_identifier=None,
        rule_version=None, zh="查有记录", en="found", values={}, basis="", next_zh="", next_en="",
    )  # fmt: skip
    return Decision(verdict=verdict, results=(known,), rule_identifier=None, rule_version=None, mode=None)


def sheet(confirmed: str, now: str, *, is_early: bool) -> Sheet:
    row = {
        "verdict": confirmed, "number": "HR-20261124-00000000", "confirmed_at": NOW, "host_region": "320100",
        "day": NOW.date() + timedelta(days=2 * is_early), "valid_until": NOW.date() + timedelta(days=9),
        "number_shown": "DEM***1", "kind": None, "is_disputed": False,
    }  # fmt: skip
    return sheet_of(row, decision(Verdict[now]) if now in Verdict.__members__ else None, NOW)


def colour(page: str) -> str:
    """The last rule of the style sheet that colours the head of this page, as a browser takes it."""
    (sort,) = re.findall(r'<main class="sheet (\w+)">', page)
    rules = re.findall(r"([^{}]+) \{[^{}]*?background: (#\w+)", page.partition("@media print")[0])
    heads = [
        value for names, value in rules if "header" in names and (f".{sort} " in names or names.strip() == "header")
    ]
    return COLOURS[heads[-1]]


@pytest.mark.parametrize("row", SPEC, ids=lambda row: "-".join([row["确认时"], row["现在"], row["已到所问之日"]]))
def test_the_page_says_the_worse_of_then_and_now(row: dict[str, str]) -> None:
    shown = sheet(row["确认时"], row["现在"], is_early=row["已到所问之日"] == "否")
    page = render("confirmation", sheet=shown, mark="", qr="")
    assert (shown.word[0], colour(page)) == (row["页面"], row["颜色"])


def test_every_pair_of_verdicts_has_a_row() -> None:
    pairs = {(row["确认时"], row["现在"]) for row in SPEC}
    assert {(one.name, other.name) for one in Verdict for other in Verdict} <= pairs


def test_nothing_but_accepted_is_green() -> None:
    green = {one for one in Seen if colour(f'<style>{_STYLE}</style><main class="sheet {one.value}">') == "绿"}
    assert green == {Seen.ACCEPTED}


_STYLE = render("confirmation", sheet=sheet("ACCEPTED", "ACCEPTED", is_early=False), mark="", qr="")
_STYLE = _STYLE.partition("<style>")[2].partition("</style>")[0]
