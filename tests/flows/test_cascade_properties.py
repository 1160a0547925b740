"""Any sequence of reports, corrections, voids, appeals, liftings, expiries, matters and decisions about two firms: the
hub says what the plain model (cascade_model.py) says, of flags, of every review and of who was told what how often.
"""

from collections import Counter
from collections.abc import AsyncIterator, Mapping
from datetime import date
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exchange.runtime import Runtime
from tests.flows.cascade_model import REVIEWER, Model, Review
from tests.flows.cascades import PLACES, TOLD, TOLD_PLACES, Case, Today
from tests.flows.scratch import DAY, quiet_hub

SOURCES = ("深圳", "东莞")
REPORT, TERM, LIFT, UNDO, VOID, WORDS, APPEAL = "列入", "列入名单", "解除", "更正解除", "作废", "更正文字", "申诉"
DOINGS = (REPORT, REPORT, REPORT, TERM, LIFT, LIFT, UNDO, VOID, WORDS, APPEAL)
ABOUT_FLAGS = st.tuples(
    st.integers(0, 1), st.sampled_from(SOURCES), st.sampled_from(DOINGS), st.sampled_from("甲甲乙"), st.integers(18, 23)
)
OTHERS = st.tuples(
    st.integers(0, 1), st.just(REVIEWER), st.sampled_from(["报事项", "办结", "时钟"]), st.just(""), st.just(0)
)
steps = st.lists(st.one_of(ABOUT_FLAGS, ABOUT_FLAGS, OTHERS), min_size=4, max_size=14)


@pytest.fixture(scope="module")
def today() -> Today:
    """The day it is for the hub."""
    return Today()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quiet(database: Any, today: Today) -> AsyncIterator[Runtime]:
    """A hub whose numbering and triggers run when a test says so."""
    async with quiet_hub(database.dsn, "exchange_cascades", now=today.now) as runtime:
        yield runtime


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(sequence=steps)
async def test_the_hub_does_what_the_model_says(sequence: list[Any], quiet: Runtime, today: Today) -> None:
    today.day = DAY
    firms = [(Case(hub=quiet, today=today), Model(places=SOURCES)) for _ in range(2)]
    for case, model in firms:
        await case.act(f"{REVIEWER} 报事项")
        model.file_matter()
    for which, place, doing, name, day in sequence:
        await _do(firms, which, place, doing, name, day)
    for case, model in firms:
        await case.listen()
        assert await _seen(case) == _expected(model)


async def _do(firms: list[tuple[Case, Model]], which: int, place: str, doing: str, name: str, day: int) -> None:
    case, model = firms[which]
    if doing == "时钟":
        await case.act("平台 时钟 12-01")
        for _, each in firms:
            each.end_terms()
    elif doing == "报事项":
        await case.act(f"{place} 报事项")
        model.file_matter()
    elif doing == "办结":
        await _decide(case, model)
    elif doing in (REPORT, TERM):
        await _report(case, model, place, doing, name)
    else:
        await _change(case, model, place, doing, name, day)


async def _report(case: Case, model: Model, place: str, doing: str, name: str) -> None:
    called = name if doing == REPORT else f"{name}名单"
    if (place, called) in model.flags or (doing == TERM and case.today.day > DAY):
        return
    await case.act(f"{place} {doing} {name}" + (" 11-30" if doing == TERM else ""))
    model.report(place, called, has_term=doing == TERM)


async def _change(case: Case, model: Model, place: str, doing: str, name: str, day: int) -> None:
    flag = model.flags.get((place, name))
    if flag is None or (doing == LIFT and flag.lifted) or (doing == UNDO and not flag.lifted):
        return
    if doing in (WORDS, APPEAL):
        if not flag.lifted:
            await case.act(f"{place} {doing} {name}")
        return
    await case.act(f"{place} {doing} {name}" + (f" 11-{day}" if doing == LIFT else ""))
    if doing == LIFT:
        model.lift(place, name, date(2026, 11, day))
    elif doing == UNDO:
        model.undo_lifting(place, name)
    else:
        model.void(place, name, case.today.day)


async def _decide(case: Case, model: Model) -> None:
    """Guangzhou decides the review that was opened first, if one is open."""
    at = next((at for at, one in enumerate(model.reviews) if one.state == "RECEIVED"), None)
    if at is None:
        return
    meant = _signature(model.reviews[at])
    read = next(one for one in (await case.seen())["reviews"]["nodes"] if _read_signature(one) == meant)
    await case.decide_one(REVIEWER, read)
    model.decide(at)


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
