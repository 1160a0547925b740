"""On busy random histories the hub's figures are those counted again from the events alone, and so are the facts."""

import random
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest
import pytest_asyncio

from tests.flows.measured import READ, SHARES, Bureaus, days, found_long_ago
from tests.flows.review_desks import GUANGZHOU, JIANGSU, NANJING, SHANGHAI
from tests.flows.scratch import quiet_hub
from tests.recompute_scoreboard import read, shares

SHENZHEN = "sz-bureau"
MONTHS = ["2026-03", "2026-04"]
PLACES = {NANJING: "320100", SHENZHEN: "440300", GUANGZHOU: "440100"}
DESK = """select w.review_id, w.state, w.cause_record_id, o.slug as owner, s.slug as source,
    (select step_id from review_step q where q.thread_id = w.thread_id and q.step = 'INFORMATION_REQUESTED'
      and not exists (select from review_step a where a.request_id = q.step_id) limit 1) as question
  from review w join tenant o on o.tenant_id = w.owner_id join tenant s on s.tenant_id = w.cause_owner_id
  where w.state in ('RECEIVED', 'ACCEPTED', 'IN_REVIEW') and w.handling = 'FOR_FOLLOW_UP'
  order by w.opened_at, w.review_id"""
LIFT = 'mutation L($x: ID!) { riskFlagLift(input: {riskFlagId: $x, reason: "整改完成"}) { userErrors { code } } }'
VOID = 'mutation V($x: ID!) { recordVoid(input: {recordId: $x, reason: "误报"}) { userErrors { code } } }'
Figures = dict[tuple[str, str, str], tuple[int, int]]  # authority, month, measure -> numerator, denominator


@pytest_asyncio.fixture
async def world(database: Any) -> AsyncIterator[Bureaus]:
    async with quiet_hub(database.dsn, "exchange_scoreboard_again") as hub:
        await found_long_ago(hub)
        yield Bureaus(hub=hub)


class Officers:
    """What happens, by chance, one thing after the other."""

    def __init__(self, world: Bureaus, chance: random.Random) -> None:
        self._world, self._chance = world, chance

    async def act(self) -> None:
        """One thing happens: a flag, or a step in an open review."""
        desk = await self._desk()
        if not desk or self._chance.random() < 0.3:
            await self._flag()
            return
        await self._step(self._chance.choice(desk))
        await self._world.hub.settle()

    async def _desk(self) -> list[Any]:
        async with self._world.hub.database.hub_pool.acquire() as connection:
            return list(await connection.fetch(DESK))

    async def _flag(self) -> None:
        source = self._chance.choice([SHANGHAI, SHENZHEN, JIANGSU])
        at = self._chance.choice([slug for slug in PLACES if slug != source])
        decided = self._world.day - days(self._chance.choice([0, 0, 1, 2, 3, 4, 5, 9, 40, 90]))
        if self._chance.random() < 0.1:
            await self._world.grade()
        else:
            await self._world.flag(decided, source=source, at=at, region=PLACES[at])

    async def _step(self, review: Any) -> None:
        world, owner, source, review_id = self._world, review["owner"], review["source"], str(review["review_id"])
        if review["question"] is not None and self._chance.random() < 0.5:
            answer = {"requestId": str(review["question"]), "answer": "YES"}
            await world.take(source, "reviewGiveInformation", review_id, **answer)
            return
        way = self._chance.choice(("read", "work", "work", "decide", "decide", "decline", "hand_over", "lift", "void"))
        if way == "read":
            await world.ask(self._chance.choice([owner, source]), READ, x=review_id)
        elif way == "work" and review["state"] == "RECEIVED":
            await world.take(owner, "reviewAccept", review_id)
        elif way == "work" and review["question"] is None:
            await world.asked(owner, review_id)
        elif way == "decide":
            outcome = self._chance.choice(["MAINTAINED", "STRENGTHENED", "DISMISSED"])
            await world.take(owner, "reviewDecide", review_id, outcome=outcome, reason="核查")
        elif way == "decline":
            await world.take(owner, "reviewDecline", review_id, reason="NOT_PRESENT")
        elif way == "hand_over" and owner == NANJING and source == SHANGHAI:
            await world.take(owner, "reviewHandOver", review_id, authorityId=JIANGSU, text="请接收")
        elif way in ("lift", "void"):
            await world.ask(source, LIFT if way == "lift" else VOID, x=str(review["cause_record_id"]))


@pytest.mark.parametrize("seed", [1, 2])
async def test_both_ways_of_counting_agree_on_a_busy_history(seed: int, world: Bureaus) -> None:
    chance = random.Random(seed)
    officers = Officers(world, chance)
    world.go_to(date(2026, 3, 2))
    for _ in range(90):
        if world.day < date(2026, 4, 29):
            world.go_to(world.day + days(chance.choice([0, 0, 0, 1, 1, 2])))
        await officers.act()
    await world.hub.settle()
    said, again = await _figures(world)
    assert said == again
    assert {measure for _, _, measure in said} >= {"ACCEPTED_IN_TIME", "DECIDED_BY_DUE", "REPORTED_IN_TIME"}
    counted, listed = await _facts(world)
    assert counted == listed
    told, shared = await _shares(world)
    assert told == shared


async def _figures(world: Bureaus) -> tuple[Figures, Figures]:
    """Every figure as the hub says it, and as the events give it."""
    slugs = {one.tenant_id: one.slug for one in world.hub.directory.authorities()}
    found = await world.figures(GUANGZHOU, "2026-04", 2, by=["AUTHORITY", "MONTH"])
    said = {
        (authority, month, measure): (one["numerator"], one["denominator"])
        for (authority, _, month), figures in found.items()
        for measure, one in figures.items()
    }
    again = await world.again(MONTHS)
    return said, {(slugs[owner], month, measure): figure for (owner, month, measure), figure in again.items()}


async def _facts(world: Bureaus) -> tuple[Figures, Figures]:
    """Figures of three authorities, and what the rows behind each of them sum up to."""
    counted, listed = {}, {}
    for slug in (NANJING, SHANGHAI, SHENZHEN):
        for (_, _, month), figures in (await world.figures(slug, "2026-04", 2, a=slug, by=["MONTH"])).items():
            for measure, one in figures.items():
                numerator, facts = await world.rows(slug, measure, month)
                counted[slug, month, measure] = (one["numerator"], one["denominator"])
                listed[slug, month, measure] = (numerator, len(facts))
    return counted, listed


async def _shares(world: Bureaus) -> tuple[dict[str, Any], dict[str, Any]]:
    """What became of the reviews of each type of event, as the hub says it, and as the events give it; by month."""
    async with world.hub.database.hub_pool.acquire() as connection:
        events, _ = await read(connection)
    told = {
        month: {
            row["type"]: (row["reviews"], row["opened"], row["acted"], row["ignored"])
            for row in (await world.ask(JIANGSU, SHARES, m=month))["eventShares"]
            if row["handling"] == "FOR_FOLLOW_UP"
        }
        for month in MONTHS
    }
    return told, {month: shares(events, world.day, month) for month in MONTHS}
