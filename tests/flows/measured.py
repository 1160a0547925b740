"""A quiet hub whose day a test says, with members since long ago: what the tests of the scoreboard work on.

Add an act of an authority as a method of Bureaus; `figures` and `again` are the two ways of counting.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import asyncpg

from exchange.runtime import Runtime
from tests.flows import material
from tests.flows.review_desks import NANJING, SHANGHAI
from tests.flows.scratch import answered, keep
from tests.recompute_scoreboard import Figures, read, recompute

SINCE = date(2026, 1, 1)
BOARD = """query B($m: String!, $n: Int, $by: [ScoreboardBy!], $a: String) {
  scoreboard(month: $m, months: $n, by: $by, authority: $a) {
    authority agreement month figures { measure numerator denominator value colour } } }"""
ROWS = """query R($f: ScoreboardMeasure!, $m: String!, $n: Int, $a: String, $g: String, $met: Boolean, $after: String) {
  scoreboardRows(
    measure: $f, month: $m, months: $n, authority: $a, agreement: $g, isMet: $met, first: 3, after: $after
  ) { numerator totalCount pageInfo { hasNextPage endCursor }
    nodes { id day amount reviewId recordId stepId other otherName } } }"""
SHARES = """query S($m: String!, $a: String) {
  eventShares(month: $m, authority: $a) { type handling reviews opened acted ignored } }"""
READ = "query R($x: ID!) { review(id: $x) { version state firstReadOn authority { id } } }"


async def found_long_ago(hub: Runtime) -> None:
    """All members take part, and all agreements hold, since SINCE."""
    owner = await asyncpg.connect(hub.database.dsn)
    try:
        await owner.execute("""update tenant set onboarded_at = '2026-01-01 00:00:00+08';
          update agreement set valid_from = '2026-01-01';
          update agreement_member set joined_on = '2026-01-01'""")
    finally:
        await owner.close()
    await hub.catch_up(hub.directory.edition)


@dataclass(kw_only=True)
class Bureaus:
    """Authorities of a quiet hub at work, on the day the test has reached."""

    hub: Runtime
    day: date = date(2026, 3, 2)
    reviews: dict[str, str] = field(default_factory=dict)

    def go_to(self, day: date) -> None:
        """It is that day from now on."""
        self.day = day
        self.hub.now = lambda: datetime.combine(day, time(4), tzinfo=UTC)

    async def flag(
        self, decided: date, *, source: str = SHANGHAI, at: str = NANJING, region: str = "320100"
    ) -> tuple[str, str]:
        """A firm with a matter at one authority is flagged by another today; the flag and the review."""
        firm = material.firm("310000")
        await keep(self.hub, at, "PROJECT_APPROVAL", material.matter(firm, region), day=self.day)
        values = {**material.flag(firm, category="PENALTY"), "decidedOn": str(decided)}
        flag_id = await keep(self.hub, source, "RISK_FLAG", values, day=self.day)
        return flag_id, await self._caused(flag_id)

    async def grade(self) -> str:
        """A firm with a matter in Nanjing is graded ORANGE in Shanghai today; the review, for attention only."""
        firm = material.firm("310000")
        await keep(self.hub, NANJING, "PROJECT_APPROVAL", material.matter(firm, "320100"), day=self.day)
        graded = material.grading(firm, "ORANGE", day=str(self.day))
        return await self._caused(await keep(self.hub, SHANGHAI, "RISK_GRADING", graded, day=self.day))

    async def _caused(self, record_id: str) -> str:
        await self.hub.settle()
        async with self.hub.database.hub_pool.acquire() as connection:
            (review,) = await connection.fetch("select review_id from review where cause_record_id = $1", record_id)
        return str(review["review_id"])

    async def ask(self, slug: str, query: str, **variables: Any) -> Any:
        """The data of an answer without errors."""
        body = await answered(self.hub, slug, query, **variables)
        assert "errors" not in body, body
        return body["data"]

    async def take(self, slug: str, name: str, review_id: str, **values: Any) -> None:
        """Take a step with the version that stands, without reading the review through the API."""
        async with self.hub.database.hub_pool.acquire() as connection:
            version = await connection.fetchval(
                "select review_version(review_id, thread_id, owner_id, version) from review where review_id = $1",
                review_id,
            )
        query = f"mutation M($i: R{name[1:]}Input!) {{ {name}(input: $i) {{ userErrors {{ code }} }} }}"
        sent = {"reviewId": review_id, "expectedVersion": version, **values}
        assert (await self.ask(slug, query, i=sent))[name] == {"userErrors": []}

    async def asked(self, slug: str, review_id: str) -> str:
        """Ask the source; the id of the question."""
        await self.take(slug, "reviewRequestInformation", review_id, question="IS_RECTIFIED")
        query = "select step_id from review_step where review_id = $1 order by place desc limit 1"
        async with self.hub.database.hub_pool.acquire() as connection:
            return str(await connection.fetchval(query, review_id))

    async def figures(self, slug: str, month: str, months: int = 1, **arguments: Any) -> dict[Any, dict[str, Any]]:
        """(authority, agreement, month) -> measure -> figure."""
        data = await self.ask(slug, BOARD, m=month, n=months, **arguments)
        return {
            (row["authority"], row["agreement"], row["month"]): {one["measure"]: one for one in row["figures"]}
            for row in data["scoreboard"]
        }

    async def rows(self, slug: str, measure: str, month: str, **arguments: Any) -> tuple[int, list[dict[str, Any]]]:
        """The numerator and all facts, page by page."""
        found: list[dict[str, Any]] = []
        after = None
        while True:
            page = (await self.ask(slug, ROWS, f=measure, m=month, after=after, **arguments))["scoreboardRows"]
            found += page["nodes"]
            if not page["pageInfo"]["hasNextPage"]:
                assert page["totalCount"] == len(found)
                return page["numerator"], found
            after = page["pageInfo"]["endCursor"]

    async def again(self, months: list[str]) -> Figures:
        """The figures counted again from the events alone."""
        async with self.hub.database.hub_pool.acquire() as connection:
            events, since = await read(connection)
        return recompute(events, since, self.day, months)


def days(count: int) -> timedelta:
    """So many days."""
    return timedelta(days=count)
