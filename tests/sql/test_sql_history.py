"""record_at() against a model in Python: every day and every moment of histories made at random, and how it is planned.

The model is the rule as migrations/0008_history.sql states it, row by row, without its shortcuts.
"""

import random
import uuid
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
import pytest_asyncio

from exchange.database import APPLICATION_ROLE
from exchange.demo.seed import caller_of
from exchange.publishing.admission import admit
from exchange.publishing.publish import Publication, Report, publish
from exchange.publishing.reports import void
from exchange.runtime import Runtime
from schema.errors import Refusal
from schema.kinds import BY_NAME
from schema.record import parse
from tenants.session import acting
from tests.flows import material
from tests.flows.scratch import quiet_hub
from tests.sql.planning import Planning, scanned

OWNER = "sz-bureau"
FIRST = date(2026, 1, 1)
DAYS = [FIRST + timedelta(days=one) for one in range(0, 60, 3)]
BANDS = ("ORANGE", "YELLOW", "BLUE")
STATES = ("VALID", "SUSPENDED", "OTHER")  # each may follow upon each


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quiet(database: Any) -> AsyncIterator[Runtime]:
    async with quiet_hub(database.dsn, "exchange_record_at") as runtime:
        yield runtime


@dataclass(frozen=True, kw_only=True)
class Row:
    """A version as it is kept."""

    version: int
    family: str
    report_kind: str
    replaces_version: int | None
    starts_on: date
    recorded_at: Any


def expected(rows: list[Row], day: date, moment: Any) -> int | None:
    """The version that is the state on a day by what was known at a moment."""
    known = [row for row in rows if row.recorded_at <= moment]
    if any(row.report_kind in ("VOID", "REVERT") and row.replaces_version is None for row in known):
        return None
    replaced = {row.replaces_version for row in known}
    counting = [
        row
        for row in known
        if row.version not in replaced and row.starts_on <= day and row.report_kind not in ("VOID", "REVERT")
    ]
    if not counting:
        return None
    return max(counting, key=lambda row: (row.starts_on if row.family == "RISK" else date.min, row.version)).version


async def history_of(quiet: Runtime, kind: str, seed: int) -> uuid.UUID:
    """Publications, late ones, corrections, perhaps a void, each in a transaction of its own; the record's id."""
    chance, firm, person = random.Random(seed), material.firm(), material.person()
    tenant, record_id, day = quiet.directory.by_slug[OWNER], None, FIRST + timedelta(days=1)
    for _ in range(chance.randint(3, 9)):
        day += timedelta(days=chance.randint(0, 9))
        record = parse(BY_NAME[kind], _values(kind, chance, firm, person, day)).record
        assert record is not None
        correction = Report(kind="CORRECTION", reason="更正", replaces=chance.choice((None, 1, 2, 3)))
        told = correction if record_id and chance.random() < 0.35 else Report()
        publication = Publication(tenant=tenant, keys=quiet.keys, day=day)
        with suppress(Refusal):  # a correction that cannot be
            async with acting(quiet.database.pool, caller_of(quiet, OWNER)) as connection:
                (kept,) = await publish(connection, [admit(record, tenant)], publication, report=told)
            record_id = record_id or kept.record_id
    assert record_id is not None
    if chance.random() < 0.2:
        async with acting(quiet.database.pool, caller_of(quiet, OWNER)) as connection:
            await void(connection, [record_id], Publication(tenant=tenant, keys=quiet.keys, day=day), "误报")
    return record_id


def _values(
    kind: str, chance: random.Random, firm: material.Firm, person: material.Person, day: date
) -> dict[str, Any]:
    if kind == "RISK_GRADING":
        on = day - timedelta(days=chance.choice((0, 0, 1, 5, 20)))
        return {**material.grading(firm, chance.choice(BANDS), day=str(on)), "score": chance.randint(0, 99)}
    stated = {"statusEffectiveOn": str(day - timedelta(days=chance.randint(0, 9)))} if chance.random() < 0.5 else {}
    made = material.certificate(person, firm, valid_to=date(2028, 1, 1))
    return {**made, "reportedStatus": chance.choice(STATES), "retrainingHours": chance.randint(0, 99), **stated}


@pytest.mark.parametrize("kind", ["RISK_GRADING", "SAFETY_MANAGEMENT"])
@pytest.mark.parametrize("seed", range(12))
async def test_every_day_and_every_moment_of_a_history_is_as_the_rule_says(
    quiet: Runtime, kind: str, seed: int
) -> None:
    record_id = await history_of(quiet, kind, seed)
    columns = "version, family, report_kind, replaces_version, starts_on, recorded_at"
    asked = """
        select d.day, m.moment, (select version from record_at(d.day, m.moment) where record_id = $1) as version
        from unnest($2::date[]) as d (day)
        cross join (select recorded_at as moment from record_history() where record_id = $1) m"""
    async with acting(quiet.database.pool, caller_of(quiet, OWNER)) as connection:
        found = await connection.fetch(f"select {columns} from record_history() where record_id = $1", record_id)
        answers = await connection.fetch(asked, record_id, DAYS)
        standing = await connection.fetchval("select version from record where record_id = $1", record_id)
    rows = [
        Row(**{**row, "starts_on": row["starts_on"] if row["starts_on"].year < 9999 else date.min}) for row in found
    ]
    assert len(rows) >= 2
    for day, moment, version in answers:
        assert version == expected(rows, day, moment), (day, moment, rows)
    # What stands today is what is in `record`: the two never tell different stories.
    last = max(row.recorded_at for row in rows)
    assert expected(rows, date(2099, 1, 1), last) == standing


@pytest.mark.parametrize("column", ["person_id", "credit_code", "number_hash", "record_id"])
async def test_a_question_about_a_past_state_reaches_both_tables_by_an_index(column: str, planning: Planning) -> None:
    sql = f"select record_id, version, body from record_at($1, $2) where {column} = $3"
    assert scanned(await planning.plan(APPLICATION_ROLE, sql)) == set()
