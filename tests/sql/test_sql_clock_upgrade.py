"""A database whose clock has told of ends before: nothing is told again after the upgrade, and what is new is told."""

from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any

from exchange.clock import run_clock
from exchange.migrate import migrate
from tests.flows.scratch import scratch_database

_TOLD_BEFORE = """
with made as (
  insert into record (owner_id, kind, family, key_hash, audience, person_id, credit_code, valid_to, body, fingerprint,
    recorded_on)
  select 1, 'SAFETY_MANAGEMENT', 'CERTIFICATE', n::text::bytea, 2, gen_random_uuid(), 'DEM1', day, '{}', 'x',
    '2026-01-02'
  from (values (1, date '2026-11-20'), (2, date '2026-11-21'), (3, date '2026-12-10')) as v (n, day)
  returning record_id, person_id, valid_to
)
insert into notice (record_id, person_id, type, due_on)
select record_id, person_id, 'credential.expired', valid_to
from made
where valid_to = '2026-11-20'"""
_NOTICES = "select due_on::text, type, step from notice where raised_at > $1 order by due_on"


async def test_what_was_told_before_the_upgrade_is_not_told_again(database: Any, tmp_path: Path) -> None:
    for file in resources.files("migrations").iterdir():
        if file.name.endswith(".sql") and file.name < "0021":
            (tmp_path / file.name).write_text(file.read_text("utf-8"), "utf-8")
    async with scratch_database(database.dsn, "exchange_clock_upgrade", tmp_path) as made:
        async with made.as_owner() as owner:
            await owner.execute(
                "insert into tenant (slug, kind, name, name_en, credit_code, sector, region, jurisdiction)"
                " values ('a', 'AUTHORITY', 'a', 'a', 'DEM', 'EMERGENCY', '440300', '{4403}')"
            )
            await owner.execute("alter table record disable trigger user")
            await owner.execute(_TOLD_BEFORE)
            await owner.execute("alter table record enable trigger user")
            moment = await owner.fetchval("select now()")
        await migrate(made.dsn)
        async with made.as_hub() as hub:
            told = await run_clock(hub, date(2026, 11, 23))
        async with made.as_owner() as owner:
            notices = [tuple(row) for row in await owner.fetch(_NOTICES, moment)]
    assert told == {"credential.expired": 1, "credential.expiring": 1}
    assert notices == [("2026-11-21", "credential.expired", -1), ("2026-12-10", "credential.expiring", 30)]
