"""What 0032 does to a database of before: usual clients get the scopes due since, reports that wait a term."""

from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any

from exchange.migrate import migrate
from tests.flows.scratch import scratch_database

USUAL = {
    "AUTHORITY": "record.read person.read record.publish flag.read flag.lift review.read review.decide event.read"
    " recognition.ask rule.publish",
    "ENTERPRISE": "record.read person.read flag.read event.read recognition.ask",
    "PARTNER": "event.read flag.read",  # in another order
    "OPERATOR": "clock.run",
}
GIVEN = {
    "AUTHORITY": "dispute.open dispute.answer tip.file tip.handle roster.keep scoreboard.read gate.check repair.read"
    " policy.publish",
    "ENTERPRISE": "review.read dispute.open tip.file roster.keep repair.read repair.request",
    "PARTNER": "tip.file roster.keep gate.check",
    "OPERATOR": "scoreboard.read",
}
NARROWED = "record.read flag.read event.read"
WIDENED = USUAL["PARTNER"] + " gate.check"
_TENANT = """
insert into tenant (slug, kind, name, name_en, credit_code, sector, region, jurisdiction)
values (lower($1), $1, 'a', 'a', $1, 'EMERGENCY', '440300', '{4403}') returning tenant_id"""
_CLIENT = "insert into client (client_id, tenant_id, secret_hash, scopes) values ($1, $2, 'x', $3)"
_TIP = """
with tip as (
  insert into tip (tip_id, owner_id, category, region, post, code_hash, filed_on)
  values (gen_random_uuid(), 1, 'OTHER', '440300', '焊工', 'x', $1) returning tip_id, filed_on)
insert into tip_step (tip_id, place, owner_id, filer_id, competent_id, step, taken_on)
select tip_id, place, 1, 1, 1, step, filed_on from tip, unnest($2::text[]) with ordinality as s (step, place)"""


def _put(folder: Path, first: str, last: str) -> None:
    for file in resources.files("migrations").iterdir():
        if file.name.endswith(".sql") and first <= file.name[:4] <= last:
            (folder / file.name).write_text(file.read_text("utf-8"), "utf-8")


async def test_a_client_with_the_usual_scopes_of_before_gets_those_due_since_and_no_other(
    database: Any, tmp_path: Path
) -> None:
    _put(tmp_path, "0001", "0031")
    async with scratch_database(database.dsn, "exchange_scopes_upgrade", tmp_path) as made:
        async with made.as_owner() as owner:
            for kind, scopes in USUAL.items():
                tenant = await owner.fetchval(_TENANT, kind)
                await owner.execute(_CLIENT, f"usual {kind}", tenant, scopes.split())
                await owner.execute(_CLIENT, f"narrowed {kind}", tenant, NARROWED.split())
                await owner.execute(_CLIENT, f"widened {kind}", tenant, WIDENED.split())
            edition = await owner.fetchval("select edition from directory_edition")
        _put(tmp_path, "0032", "0032")
        await migrate(made.dsn, tmp_path)
        async with made.as_owner() as owner:
            found = {
                row["client_id"]: row["scopes"] for row in await owner.fetch("select client_id, scopes from client")
            }
            assert await owner.fetchval("select edition from directory_edition") > edition
    for kind in USUAL:
        assert found[f"usual {kind}"] == f"{USUAL[kind]} {GIVEN[kind]}".split()
        assert found[f"narrowed {kind}"] == NARROWED.split()
        assert found[f"widened {kind}"] == WIDENED.split()


async def test_a_report_that_waits_has_a_guessed_term_and_one_that_was_triaged_has_none(
    database: Any, tmp_path: Path
) -> None:
    _put(tmp_path, "0001", "0031")
    async with scratch_database(database.dsn, "exchange_terms_upgrade", tmp_path) as made:
        async with made.as_owner() as owner:
            await owner.execute("set session_replication_role = replica")
            await owner.fetchval(_TENANT, "AUTHORITY")
            for day, steps in (
                ("2026-11-23", ["FILED"]), ("2026-11-28", ["FILED"]), ("2026-11-20", ["FILED", "TRANSFERRED"]),
                ("2026-11-19", ["FILED", "ACCEPTED"]),
            ):  # fmt: skip
                await owner.execute(_TIP, date.fromisoformat(day), steps)
        _put(tmp_path, "0032", "0032")
        await migrate(made.dsn, tmp_path)
        async with made.as_owner() as owner:
            rows = await owner.fetch(
                "select taken_on::text, step, due_on::text, is_due_estimated from tip_step order by taken_on, place"
            )
    assert [tuple(row) for row in rows] == [
        ("2026-11-19", "FILED", None, False), ("2026-11-19", "ACCEPTED", None, False),
        ("2026-11-20", "FILED", None, False), ("2026-11-20", "TRANSFERRED", "2026-12-01", True),
        ("2026-11-23", "FILED", "2026-12-02", True), ("2026-11-28", "FILED", "2026-12-08", True),
    ]  # fmt: skip
