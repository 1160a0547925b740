"""The operator's calendar: a deadline in a year not yet announced is guessed and marked until its notice is loaded."""

import json
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from exchange.cli.holidays import load_calendar
from exchange.cli.printing import Printer
from exchange.runtime import Runtime
from schema.errors import Refusal
from tests.flows import material
from tests.flows.scratch import answered, keep, quiet_hub

LAST_OF_2098 = date(2098, 12, 31)
REVIEWS = """query R($c: String!) { enterprise(creditCode: $c) {
  reviews(first: 9) { nodes { openedOn dueOn isDueEstimated } } } }"""
EVENTS = "query E($c: String!) { events(first: 100, creditCode: $c) { nodes { type day payload } } }"
NOTICE = "2099-01-01,休\n2099-01-02,休\n2099-01-05,休\n2099-10-01,休\n"


@pytest_asyncio.fixture(loop_scope="session")
async def quiet(database: Any) -> AsyncIterator[Runtime]:
    async with quiet_hub(database.dsn, "exchange_calendar") as runtime:
        yield runtime


async def flagged(quiet: Runtime, firm: material.Firm) -> dict[str, Any]:
    await keep(quiet, "gz-bureau", "PROJECT_APPROVAL", material.matter(firm, "440100"))
    await keep(quiet, "sz-bureau", "RISK_FLAG", material.flag(firm), day=LAST_OF_2098)
    await quiet.settle()
    return await review_of(quiet, firm)


async def review_of(quiet: Runtime, firm: material.Firm) -> dict[str, Any]:
    found = await answered(quiet, "gz-bureau", REVIEWS, c=firm.credit_code)
    (review,) = found["data"]["enterprise"]["reviews"]["nodes"]
    seen: dict[str, Any] = review
    return seen


async def test_a_guessed_deadline_is_counted_anew_when_the_notice_is_loaded(
    quiet: Runtime, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    firm, later = material.firm(), material.firm()
    assert await flagged(quiet, firm) == {"openedOn": "2098-12-31", "dueOn": "2099-01-07", "isDueEstimated": True}
    file = tmp_path / "2099.csv"
    file.write_text(NOTICE, "utf-8")
    assert await load_calendar(quiet, Printer(as_json=True, language="en"), file, is_partial=True) == 0
    assert json.loads(capsys.readouterr().out) == {"days": 4, "years": [2099], "reviews": 1}
    assert await review_of(quiet, firm) == {"openedOn": "2098-12-31", "dueOn": "2099-01-12", "isDueEstimated": False}
    told = (await answered(quiet, "gz-bureau", EVENTS, c=firm.credit_code))["data"]["events"]["nodes"]
    assert [(one["day"], one["payload"]["dueOn"]) for one in told if one["type"] == "review.dueChanged"] == [
        (quiet.today().isoformat(), "2099-01-12")
    ]
    assert (await flagged(quiet, later))["isDueEstimated"] is False
    assert await load_calendar(quiet, Printer(as_json=True, language="en"), file, is_partial=True) == 0
    assert json.loads(capsys.readouterr().out)["reviews"] == 0


async def test_a_file_with_a_bad_line_loads_nothing(quiet: Runtime, tmp_path: Path) -> None:
    file = tmp_path / "2099.csv"
    file.write_text(NOTICE + "2099-02-30,休\n", "utf-8")
    with pytest.raises(Refusal, match="ROW_UNREADABLE"):
        await load_calendar(quiet, Printer(as_json=True, language="en"), file, is_partial=True)
    async with quiet.database.hub_pool.acquire() as connection:
        assert await connection.fetchval("select count(*) from holiday") == 0
