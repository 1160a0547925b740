"""Reviews whose cause ended before reasons were kept get theirs by migration 0017, and nobody is told again."""

from importlib import resources
from pathlib import Path
from typing import Any

from exchange.migrate import migrate
from tests.flows.scratch import scratch_database

_TENANT = """
    insert into tenant (slug, kind, name, name_en, credit_code, sector, region, jurisdiction)
    values ('a', 'AUTHORITY', 'a', 'a', 'DEM', 'EMERGENCY', '440300', '{4403}')"""
_FLAG = """
    insert into record (owner_id, kind, family, key_hash, audience, credit_code, band, lifted_on, body, fingerprint,
      recorded_on)
    values (1, 'RISK_FLAG', 'ADVERSE', 'a', 2, 'DEM1', 'RED', '2026-03-01', '{}', 'x', '2026-01-02')
    returning record_id"""
_REVIEW = """
    insert into review (owner_id, cause_owner_id, rule, cause_key, cause_event_id, cause_record_id, subject,
      credit_code, priority, handling, reason_zh, reason_en, opened_on, due_on, is_due_estimated, cause_lifted_on)
    values (1, 1, 'RED_FLAG', $1, gen_random_uuid(), $2, 'E:DEM1', 'DEM1', 'MUST', 'FOR_FOLLOW_UP', '因', 'cause',
      '2026-01-02', '2026-01-09', false, $3::text::date)"""


async def test_a_cause_that_ended_before_was_voided_where_its_record_is_gone_and_lifted_else(
    database: Any, tmp_path: Path
) -> None:
    for file in resources.files("migrations").iterdir():
        if file.name.endswith(".sql") and file.name < "0017":
            (tmp_path / file.name).write_text(file.read_text("utf-8"), "utf-8")
    async with scratch_database(database.dsn, "exchange_upgrade_moving", tmp_path) as made:
        async with made.as_owner() as owner:
            await owner.execute("set session_replication_role = replica")  # nothing of this is announced
            await owner.execute(_TENANT)
            flag, gone = await owner.fetchval(_FLAG), await owner.fetchval("select gen_random_uuid()")
            for key, record, ended in (("a", flag, "2026-03-01"), ("b", gone, "2026-03-01"), ("c", flag, None)):
                await owner.execute(_REVIEW, key, record, ended)
        await migrate(made.dsn)
        async with made.as_owner() as owner:
            rows = await owner.fetch("select cause_key, cause_lifted_as from review order by cause_key")
            assert await owner.fetchval("select count(*) from event") == 0
    assert [tuple(row) for row in rows] == [("a", "LIFTED"), ("b", "VOIDED"), ("c", None)]
