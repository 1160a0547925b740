"""A database of the time before history had two clocks: its records and versions are carried over by migration 0008."""

from importlib import resources
from pathlib import Path
from typing import Any

import asyncpg

from exchange.migrate import migrate
from tests.flows.scratch import scratch_database

_ADD = """
    insert into record (owner_id, kind, family, key_hash, audience, credit_code, band, effective_on, body, fingerprint,
      recorded_on, recorded_at)
    values (1, 'RISK_GRADING', 'RISK', 'a', 2, 'DEM1', 'YELLOW', '2026-01-01', '{}', 'x', '2026-01-02', '2026-01-02'),
      (1, 'PROJECT_APPROVAL', 'PRESENCE', 'b', 0, 'DEM1', null, null, '{}', 'x', '2026-01-02', '2026-01-02')"""
_CHANGE = """
    update record set version = 2, band = 'RED', effective_on = '2026-02-01', fingerprint = 'y',
      recorded_on = '2026-02-02', recorded_at = '2026-02-02'
    where kind = 'RISK_GRADING'"""


async def test_former_versions_are_carried_over_and_copies_of_standing_ones_are_not(
    database: Any, tmp_path: Path
) -> None:
    for file in resources.files("migrations").iterdir():
        if file.name.endswith(".sql") and file.name < "0005":
            (tmp_path / file.name).write_text(file.read_text("utf-8"), "utf-8")
    async with scratch_database(database.dsn, "exchange_upgrade", tmp_path) as made:
        owner = await asyncpg.connect(made.dsn)
        try:
            await owner.execute(
                "insert into tenant (slug, kind, name, name_en, credit_code, sector, region, jurisdiction)"
                " values ('a', 'AUTHORITY', 'a', 'a', 'DEM', 'EMERGENCY', '440300', '{4403}')"
            )
            await owner.execute(_ADD)
            await owner.execute(_CHANGE)
            assert await owner.fetchval("select count(*) from record_version") == 3
            await migrate(made.dsn)
            columns = "kind, version, report_kind, starts_on::text, last_version"
            standing = await owner.fetch(f"select {columns} from record order by kind desc")
            former = await owner.fetch(
                f"select {columns}, superseded_from::text, superseded_at = '2026-02-02' from record_version"
            )
            asked = "select band from record_at($1::text::date, $2::text::timestamptz) where kind = 'RISK_GRADING'"
            moments = [("2026-01-15", "2026-03-01"), ("2026-02-15", "2026-01-20"), ("2026-02-15", "2026-03-01")]
            bands = [await owner.fetchval(asked, *moment) for moment in moments]
        finally:
            await owner.close()
    assert [tuple(row) for row in standing] == [
        ("RISK_GRADING", 2, "REVISION", "2026-02-01", 2), ("PROJECT_APPROVAL", 1, "INITIAL", "-infinity", 1),
    ]  # fmt: skip
    assert [tuple(row) for row in former] == [
        ("RISK_GRADING", 1, "INITIAL", "2026-01-01", 2, "2026-02-01", True),
    ]  # fmt: skip
    assert bands == ["YELLOW", "YELLOW", "RED"]
