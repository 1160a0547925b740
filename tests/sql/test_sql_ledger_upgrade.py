"""What was there before there was a log is logged by migration 0034, in the order it was recorded; nobody is told."""

from importlib import resources
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from exchange.ledger.appending import append_batch
from exchange.ledger.verifying import verify
from exchange.migrate import migrate
from exchange.runtime import now_in_utc
from tests.flows.scratch import scratch_database

_TENANT = """
    insert into tenant (slug, kind, name, name_en, credit_code, sector, region, jurisdiction)
    values ('a', 'AUTHORITY', 'a', 'a', 'DEM', 'EMERGENCY', '440300', '{4403}')"""
_FLAGS = """
    insert into record (owner_id, kind, family, key_hash, audience, credit_code, band, body, fingerprint, recorded_on,
      recorded_at)
    select 1, 'RISK_FLAG', 'ADVERSE', n::text::bytea, 2, 'DEM1', 'RED', '{}', 'x', '2026-01-02',
      timestamptz '2026-01-02' - n * interval '1 hour'
    from generate_series(1, 3) n"""
_RULE = """
    insert into recognition_rule (identifier, version, owner_id, valid_from, terms, published_at)
    values ('AR-440300-0001', 1, 1, '2026-01-01', '{}', '2026-01-01')"""


async def test_what_is_there_is_logged_in_the_order_it_was_recorded(database: Any, tmp_path: Path) -> None:
    for file in resources.files("migrations").iterdir():
        if file.name.endswith(".sql") and file.name < "0034":
            (tmp_path / file.name).write_text(file.read_text("utf-8"), "utf-8")
    key = Ed25519PrivateKey.generate()
    async with scratch_database(database.dsn, "exchange_upgrade_ledger", tmp_path) as made:
        async with made.as_owner() as owner:
            await owner.execute("set session_replication_role = replica")  # nothing of this is announced
            for statement in (_TENANT, _FLAGS, _RULE):
                await owner.execute(statement)
        await migrate(made.dsn)
        async with made.as_hub() as hub:
            assert await append_batch(hub, key, "test/ledger", now_in_utc()) == 5
            rows = await hub.fetch("select type, recorded_at from ledger_entry where type <> 'KEY' order by leaf_index")
            assert (await verify(hub, [key.public_key()])).findings == []
        async with made.as_owner() as owner:
            assert await owner.fetchval("select count(*) from event") == 0
    assert [row["type"] for row in rows] == ["RULE", "RECORD", "RECORD", "RECORD"]
    assert [row["recorded_at"] for row in rows] == sorted(row["recorded_at"] for row in rows)
