"""Any sequence of reports, corrections, voids, appeals, liftings, expiries, matters and decisions about two firms: the
hub says what the plain model (cascade_model.py) says, of flags, of every review and of who was told what how often.
"""

from collections import Counter
from collections.abc import AsyncIterator, Mapping
from datetime import date
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from exchange.runtime import Runtime
from tests.flows.cascade_model import REVIEWER, Model, Review
from tests.flows.cascades import PLACES, TOLD, TOLD_PLACES, Case, Today
from tests.flows.scratch import DAY, quiet_hub

SOURCES = ("深圳", "东莞")
REPORT, TERM, LIFT, UNDO, VOID, WORDS, APPEAL = "列入", "列入名单", "解除", "更正解除", "作废", "更正文字", "申诉"
MATTER, DECIDE, CLOCK = "报事项", "办结", "时钟"
# Which firm, which of the doings that are possible then, and on which day of November something is lifted.
steps = st.lists(
    st.tuples(st.sampled_from([0, 0, 0, 1]), st.integers(0, 999), st.integers(18, 23)), min_size=5, max_size=16
)


@pytest.fixture(scope="module")
def today() -> Today:
    """The day it is for the hub."""
    return Today()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quiet(database: Any, today: Today) -> AsyncIterator[Runtime]:
    """A hub whose numbering and triggers run when a test says so."""
    async with quiet_hub(database.dsn, "exchange_cascades", now=today.now) as runtime:
        yield runtime


# The first cause of a review voided, another standing, then decided: the partner was not told of the decision.
VOIDED_FIRST = [(0, 139, 18), (0, 3, 18), (0, 542, 18), (0, 370, 18), (0, 1, 18)]


@settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(sequence=steps)
@example(sequence=VOIDED_FIRST)
async def test_the_hub_does_what_the_model_says(
    sequence: list[tuple[int, int, int]], quiet: Runtime, today: Today
) -> None:
    today.day = DAY
    firms = [(Case(hub=quiet, today=today), Model(places=SOURCES)) for _ in range(2)]
    for case, model in firms:
        await case.act(f"{REVIEWER} 报事项")
        model.file_matter()
    for which, choice, day in sequence:
        case, model = firms[which]
        possible = _possible(model, is_first_day=today.day == DAY)
        place, doing, name = possible[choice % len(possible)]
        if doing == CLOCK:
            await case.act(f"{place} {doing} 12-01")
            for _, each in firms:
                each.end_terms()
        else:
            await _do(case, model, place, doing, name, day)
    for case, model in firms:
        await case.listen()
        assert await _seen(case) == _expected(model)


def _possible(model: Model, *, is_first_day: bool) -> list[tuple[str, str, str]]:
    """What can be done now: place, doing, name of the flag."""
    found = [(REVIEWER, MATTER, "")] * (model.matters < 3)
    found += [(REVIEWER, DECIDE, "")] * (_to_decide(model) is not None)
    found += [("平台", CLOCK, "")] * any(flag.has_term for flag in model.standing)
    for place in SOURCES:
        found += [(place, REPORT, name) for name in "甲甲乙" if (place, name) not in model.flags]
        found += [(place, TERM, "甲")] * (is_first_day and (place, "甲名单") not in model.flags)
    for (place, name), flag in model.flags.items():
        if flag.has_term:
            found += [(place, VOID, name)]
        elif flag.lifted is None:
            found += [(place, doing, name) for doing in (LIFT, LIFT, LIFT, VOID, WORDS, APPEAL)]
        else:
            found += [(place, UNDO, name)]
    return found


async def _do(case: Case, model: Model, place: str, doing: str, name: str, day: int) -> None:
    if doing == DECIDE:
        await _decide(case, model)
        return
    await case.act(f"{place} {doing} {name}" + {TERM: " 11-30", LIFT: f" 11-{day}"}.get(doing, ""))
    if doing == MATTER:
        model.file_matter()
    elif doing == REPORT:
        model.report(place, name)
    elif doing == TERM:
        model.report(place, f"{name}名单", has_term=True)
    elif doing == LIFT:
        model.lift(place, name, date(2026, 11, day))
    elif doing == UNDO:
        model.undo_lifting(place, name)
    elif doing == VOID:
        model.void(place, name, case.today.day)


async def _decide(case: Case, model: Model) -> None:
    """Guangzhou decides the review that was opened first, if one is open that cannot be taken for another."""
    at = _to_decide(model)
    if at is None:
        return
    meant = _signature(model.reviews[at])
    read = next(one for one in (await case.seen())["reviews"]["nodes"] if _read_signature(one) == meant)
    await case.decide_one(REVIEWER, read)
    model.decide(at)


def _to_decide(model: Model) -> int | None:
    signatures = [_signature(one) for one in model.reviews]
    open_ones = (at for at, one in enumerate(model.reviews) if one.state == "RECEIVED")
    return next((at for at in open_ones if signatures.count(signatures[at]) == 1), None)


def _signature(review: Review) -> Any:
    causes = tuple((PLACES[flag.place][0], end and str(end)) for flag, end in review.causes)
    return review.state, review.cleared and str(review.cleared), causes


def _read_signature(review: Mapping[str, Any]) -> Any:
    causes = tuple((one["authority"]["id"], one["liftedOn"]) for one in review["causes"]["nodes"])
    return review["state"], review["causeLiftedOn"], causes


def _expected(model: Model) -> Any:
    cleared = model.cleared_on
    told = {place: +counts for place, counts in model.told.items()}
    return len(model.standing), cleared and str(cleared), Counter(_signature(one) for one in model.reviews), told


async def _seen(case: Case) -> Any:
    firm = await case.seen()
    told = {place: Counter(TOLD[one] for one in case.heard[place].values() if one in TOLD) for place in TOLD_PLACES}
    reviews = Counter(_read_signature(one) for one in firm["reviews"]["nodes"])
    return firm["clearance"]["standing"], firm["clearance"]["clearedOn"], reviews, told
