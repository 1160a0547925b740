"""What agreements and memberships there were before 0047 is kept and logged by it; nobody is told."""

from importlib import resources
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from exchange.ledger.appending import append_batch
from exchange.ledger.verifying import verify
from exchange.migrate import migrate
from exchange.runtime import now_in_utc
from tests.flows.scratch import scratch_database

_TENANTS = """
    insert into tenant (slug, kind, name, name_en, credit_code, sector, region, jurisdiction)
    values ('a', 'AUTHORITY', 'a', 'a', 'DEM1', 'EMERGENCY', '440300', '{4403}'),
      ('b', 'AUTHORITY', 'b', 'b', 'DEM2', 'EMERGENCY', '310000', '{31}')"""
_AGREEMENT = """
    insert into agreement (agreement_id, name, name_en, valid_from, asker_months, decide_workdays)
    values ('pair', 'x', 'x', '2026-01-01', 24, 8)"""
_VERSION = """
    insert into agreement_version (agreement_id, version, terms, published_by, published_on, published_at)
    values ('pair', 1, '{"name": "x", "name_en": "x", "asker_months": 24, "decide_workdays": 8, "equivalences": []}',
      'operator', '2026-02-01', '2026-02-01')"""
_MEMBERS = """
    insert into agreement_member (agreement_id, tenant_id, participation, joined_on, left_on)
    values ('pair', 1, 'FULL', '2026-01-01', null), ('pair', 2, 'FULL', '2026-03-01', '2026-10-01')"""


async def test_agreements_and_members_that_were_there_are_logged_and_agree_with_what_is_kept(
    database: Any, tmp_path: Path
) -> None:
    for file in resources.files("migrations").iterdir():
        if file.name.endswith(".sql") and file.name < "0047":
            (tmp_path / file.name).write_text(file.read_text("utf-8"), "utf-8")
    key = Ed25519PrivateKey.generate()
    async with scratch_database(database.dsn, "exchange_upgrade_agreements", tmp_path) as made:
        async with made.as_owner() as owner:
            await owner.execute("set session_replication_role = replica")  # nothing of this is announced
            for statement in (_TENANTS, _AGREEMENT, _VERSION, _MEMBERS):
                await owner.execute(statement)
        await migrate(made.dsn)
        async with made.as_hub() as hub:
            await append_batch(hub, key, "test/ledger", now_in_utc())
            kept = await hub.fetch(
                "select tenant_id, joined_on::text, left_on::text from agreement_membership order by place"
            )
            rows = await hub.fetch("select type, key from ledger_entry where type <> 'KEY' order by leaf_index")
            assert (await verify(hub, [key.public_key()])).findings == []
        async with made.as_owner() as owner:
            assert await owner.fetchval("select count(*) from event") == 0
    assert [tuple(row) for row in kept] == [(1, "2026-01-01", None), (2, "2026-03-01", "2026-10-01")]
    assert [row["type"] for row in rows] == ["MEMBERSHIP", "AGREEMENT", "MEMBERSHIP"]
    assert rows[1]["key"] == "pair"
