"""Every row of clock.md is a test; add a row there. Each publishes a record of its own and runs its days."""

import re
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from exchange.clock import run_clock, windows
from exchange.runtime import Runtime
from schema.kinds import KINDS
from schema.record import Kind
from tests.flows import material
from tests.flows.samples import publisher_of, sent
from tests.flows.scratch import keep, quiet_hub
from tests.spec.tables import rows

BY_LABEL = {kind.zh: kind for kind in KINDS}
NOTHING = "无"
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_TOLD = """
select type || coalesce('(' || (payload->>'step') || ')', '') as told
from event
where record_id = $1 and day = $2 and payload ? 'dueOn'
order by 1
"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quiet(database: Any) -> AsyncIterator[Runtime]:
    """A hub whose numbering runs when a test says so."""
    async with quiet_hub(database.dsn, "exchange_spec_clock") as runtime:
        yield runtime


def values_of(kind: Kind, text: str) -> dict[str, str]:
    """The fields of a cell such as `有效期止=2027-06-30 证书状态=暂扣`, by their names."""
    names = {label: field.name for field in kind.fields for label in (field.zh, *field.headers)}
    return {names[label]: value for label, value in (pair.split("=") for pair in text.split())}


class Course:
    """What happened to one record, and what the clock told of it."""

    def __init__(self, runtime: Runtime, kind: Kind, text: str) -> None:
        self.runtime, self.kind = runtime, kind
        self.firm, self.person, self.record_id = material.firm(), material.person(), ""
        self.values = {**sent(kind, self.firm, self.person), **values_of(kind, text)}

    async def publish(self, values: dict[str, Any]) -> str:
        record_id = await keep(self.runtime, publisher_of(self.kind), self.kind.name, values)
        await self.runtime.settle()
        return record_id

    async def take(self, step: str) -> str | None:
        """One step of the course; what a run of the clock told of the record."""
        if _DAY.fullmatch(step):
            return await self.run(date.fromisoformat(step))
        what, _, text = step.partition(" ")
        values = {**self.values, **values_of(self.kind, text)}
        if what == "另发":
            await self.publish({**values, "number": sent(self.kind, self.firm, self.person)["number"]})
            return None
        assert what in ("换证", "更正")
        assert await self.publish(values) == self.record_id
        self.values = values
        return None

    async def run(self, day: date) -> str:
        owner = await asyncpg.connect(self.runtime.database.dsn)
        try:
            before = await owner.fetchval("select count(*) from notice where record_id = $1", self.record_id)
            async with self.runtime.database.hub_pool.acquire() as connection:
                await run_clock(connection, day)
            after = await owner.fetchval("select count(*) from notice where record_id = $1", self.record_id)
            told = [row["told"] for row in await owner.fetch(_TOLD, self.record_id, day)]
        finally:
            await owner.close()
        return ", ".join(told) if after > before else NOTHING


@pytest.mark.parametrize("row", rows("clock.md", "哪一天发出什么"), ids=lambda row: row["情形"])
async def test_the_clock_tells_exactly_this(row: dict[str, str], quiet: Runtime) -> None:
    course = Course(quiet, BY_LABEL[row["记录"]], row["内容"])
    course.record_id = await course.publish(course.values)
    owner = await asyncpg.connect(quiet.database.dsn)
    # Each row's days begin with its own first.
    await owner.execute("update clock_progress set day = '-infinity'")
    await owner.close()
    told = [await course.take(step.strip()) for step in row["经过"].split("；")]
    assert "；".join(one for one in told if one is not None) == row["产生的事件"]


def test_the_table_of_steps_is_what_the_kinds_say() -> None:
    said = [
        (kind.zh, label, ", ".join(map(str, steps)))
        for kind in KINDS
        for label, steps in (("有效期止", kind.reminders), ("应复审日期", kind.review_reminders))
        if steps
    ]
    assert sorted((row["记录"], row["日期"], row["档"]) for row in rows("clock.md", "提前几日提醒")) == sorted(said)


@pytest.mark.parametrize(
    ("since", "day", "expected"),
    [
        ("2026-11-23", "2026-11-23", []),
        ("2026-11-23", "2026-11-20", []),
        ("2026-11-23", "2026-11-24", [("2026-11-22", "2026-11-23"), ("2026-11-30", "2026-12-01")]),
        ("2026-11-23", "2026-12-03", [("2026-11-22", "2026-12-10")]),
    ],
)
def test_only_due_days_that_were_reached_since_are_looked_at(
    since: str, day: str, expected: list[tuple[str, str]]
) -> None:
    found = windows(date.fromisoformat(since), date.fromisoformat(day), (7, -1))
    assert [(after.isoformat(), until.isoformat()) for after, until in found] == expected


def test_the_first_run_looks_at_everything_that_ever_came_due() -> None:
    assert windows(date.min, date(2026, 11, 23), (90, -1)) == [(date.min, date(2027, 2, 21))]
