"""协同时效: what is measured of authorities, the agreed terms, and the colours of the figures. Pure.

The next measure is a line of MEASURES and of scoreboard_facts (migrations/0026_scoreboard.sql); thresholds are proven
by tests/spec/thresholds.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

REPORT_WORKDAYS = 3
"""From a decision to its report, in working days. No law sets it for all kinds; an agreement may (待核)."""
ANSWER_WORKDAYS = 10
"""From a question to the source to its answer, in working days. As above (待核)."""


class Colour(Enum):
    """绿黄红 How good a figure is."""

    GREEN = "绿"
    YELLOW = "黄"
    RED = "红"


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One thing that is measured: a share of what was in time (`is_share`), else a mean of days."""

    zh: str
    en: str
    is_share: bool


MEASURES: Mapping[str, Measure] = {
    "REPORTED_IN_TIME": Measure(
        zh=f"按时报送率：作出决定后 {REPORT_WORKDAYS} 个工作日内报送的风险标记、处罚和证书处理（接入之前作出的不计）",
        en=f"Flags, penalties and actions reported within {REPORT_WORKDAYS} working days of the decision; none decided "
        "before the authority took part",
        is_share=True,
    ),
    "ACCEPTED_IN_TIME": Measure(
        zh="7 日内受理率：核查开启后 7 日内受理、办结、退回或移交",
        en="Reviews accepted, decided, declined or handed over within 7 days of their opening",
        is_share=True,
    ),
    "DECIDED_BY_DUE": Measure(
        zh="按期办结率：时限之内办结、退回或移交", en="Reviews decided, declined or handed over by their due day",
        is_share=True,
    ),
    "ANSWERED_BY_AGREED": Measure(
        zh=f"按期答复率：来源单位在 {ANSWER_WORKDAYS} 个工作日内答复",
        en=f"Questions to the source answered within {ANSWER_WORKDAYS} working days",
        is_share=True,
    ),
    "ANSWER_DAYS": Measure(zh="平均答复天数", en="Mean days until a question is answered", is_share=False),
    "REPORT_DAYS": Measure(
        zh="平均报送天数：从作出决定到平台收到", en="Mean days from a decision to its report", is_share=False
    ),
    "OPENING_DAYS": Measure(
        zh="平均查阅天数：从核查开启到承办单位首次查阅", en="Mean days until a review is first read", is_share=False
    ),
    "DECISION_DAYS": Measure(
        zh="平均办理天数：从核查开启到办结、退回或移交", en="Mean days until a review is decided", is_share=False
    ),
}  # fmt: skip
_GREEN_SHARE, _YELLOW_SHARE = 80, 60  # per cent
_GREEN_BELOW, _YELLOW_UP_TO = 16, 25  # days
_COLOURED_MEANS = ("ANSWER_DAYS",)


def colour(measure: str, numerator: int, denominator: int) -> Colour | None:
    """The colour of a figure, computed without rounding; none where there is nothing to judge or no threshold."""
    if not denominator:
        return None
    if MEASURES[measure].is_share:
        return _colour_of_share(100 * numerator, denominator)
    return _colour_of_mean(numerator, denominator) if measure in _COLOURED_MEANS else None


def _colour_of_share(hundredfold: int, denominator: int) -> Colour:
    if hundredfold >= _GREEN_SHARE * denominator:
        return Colour.GREEN
    return Colour.YELLOW if hundredfold >= _YELLOW_SHARE * denominator else Colour.RED


def _colour_of_mean(total: int, count: int) -> Colour:
    if total < _GREEN_BELOW * count:
        return Colour.GREEN
    return Colour.YELLOW if total <= _YELLOW_UP_TO * count else Colour.RED
