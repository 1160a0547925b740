"""Files of many rows: read piece by piece, prepared in processes of their own, reverted, sent by two at once."""

import asyncio
import io
import json
import os
import signal
import uuid
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from exchange.demo.client import until
from exchange.demo.seed import caller_of
from exchange.importing import imports, preparing_apart
from exchange.importing.imports import ImportResult, import_file
from exchange.publishing.publish import Publication
from exchange.publishing.reports import Reverted, revert
from exchange.runtime import Runtime
from schema.errors import Refusal
from schema.kinds import BY_NAME
from tenants.session import acting
from tests.flows import material
from tests.flows.scratch import DAY, keep, quiet_hub

OWNER = "sz-bureau"
WAITING = "select count(*) from pg_locks where not granted"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quiet(database: Any) -> AsyncIterator[Runtime]:
    async with quiet_hub(database.dsn, "exchange_imports") as runtime:
        yield runtime


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten rows are a large file."""
    monkeypatch.setattr(imports, "CHUNK", 4)


def file_of(rows: list[dict[str, Any]]) -> io.BytesIO:
    return io.BytesIO("\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode())


async def imported(
    quiet: Runtime, rows: list[dict[str, Any]], kind: str = "RISK_GRADING", *, file: Any = None
) -> ImportResult:
    publication = Publication(
        tenant=quiet.directory.by_slug[OWNER], keys=quiet.keys, day=DAY, batch_id=uuid.uuid4(), operator="经办甲"
    )
    return await import_file(
        quiet.database.pool, caller_of(quiet, OWNER), publication, file or file_of(rows), kind=BY_NAME[kind],
        file_name="a.ndjson", content_type=None,
    )  # fmt: skip


async def reverted(quiet: Runtime, batch: uuid.UUID, *, days: int = 0) -> Reverted:
    publication = Publication(tenant=quiet.directory.by_slug[OWNER], keys=quiet.keys, day=DAY, operator="经办乙")
    now = quiet.now() + timedelta(days=days)
    return await revert(quiet.database.pool, caller_of(quiet, OWNER), batch, publication, now=now)


async def counted(quiet: Runtime, query: str, *arguments: Any) -> Any:
    async with quiet.database.hub_pool.acquire() as connection:
        return await connection.fetchval(query, *arguments)


async def waiting(quiet: Runtime) -> Any:
    """Sessions that wait for a lock; only the owner sees what others wait for."""
    owner = await asyncpg.connect(quiet.database.dsn)
    try:
        return await owner.fetchval(WAITING)
    finally:
        await owner.close()


async def standing(quiet: Runtime, firms: list[material.Firm]) -> dict[str, str | None]:
    """The bands of firms, by name."""
    async with quiet.database.hub_pool.acquire() as connection:
        query = "select name, band from record where kind = 'RISK_GRADING' and credit_code = any ($1)"
        rows = await connection.fetch(query, [firm.credit_code for firm in firms])
    return {row["name"]: row["band"] for row in rows}


def counts(**changed: int) -> dict[str, int]:
    return {"read": 0, "new": 0, "changed": 0, "late": 0, "unchanged": 0, "refused": 0, **changed}


async def test_a_file_of_many_chunks_is_kept_in_its_order_by_several_processes(
    quiet: Runtime, small_chunks: None
) -> None:
    firms = [material.firm() for _ in range(23)]
    rows = [material.grading(firm) for firm in firms]
    rows[7] = {**rows[7], "band": "绿"}
    rows += [rows[2], {**rows[3], "score": 1}]  # the same again, and the same firm with other content
    first = await imported(quiet, rows)
    assert first.counts == counts(read=25, new=22, unchanged=1, refused=2)
    assert [(one["row"], one["code"]) for one in first.receipt] == [
        (8, "VALUE_NOT_IN_TABLE"), (25, "DUPLICATE_IN_FILE"),
    ]  # fmt: skip
    again = await imported(quiet, rows)
    assert again.counts == counts(read=25, unchanged=23, refused=2)
    events = "select count(*) from event where type = 'riskBand.changed' and credit_code = any ($1)"
    assert await counted(quiet, events, [firm.credit_code for firm in firms]) == 22


async def test_many_people_are_found_by_number_after_they_came_in_processes_of_their_own(
    quiet: Runtime, small_chunks: None
) -> None:
    firm, people = material.firm(), [material.person() for _ in range(13)]
    rows = [material.certificate(person, firm) for person in people]
    assert (await imported(quiet, rows, "SAFETY_MANAGEMENT")).counts == counts(read=13, new=13)
    hashes = [quiet.keys.join_hash("number", person.id_number) for person in people]
    found = "select count(*) from record where number_hash = any ($1) and name_shown = '试**甲'"
    assert await counted(quiet, found, hashes) == 13


async def test_a_preparing_process_that_is_killed_is_an_outage_and_what_was_kept_stays(
    quiet: Runtime, small_chunks: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [material.grading(material.firm()) for _ in range(40)]
    started, begin = [], preparing_apart._Process.__init__

    def noting(place: Any, process: Any) -> None:
        begin(place, process)
        started.append(process.pid)

    class Killing(io.BytesIO):
        def readline(self, *size: Any) -> bytes:
            line = super().readline(*size)
            if rows[30]["creditCode"].encode() in line and started:
                os.kill(started[0], signal.SIGKILL)
            return line

    monkeypatch.setattr(preparing_apart._Process, "__init__", noting)
    with pytest.raises(Refusal, match="UNAVAILABLE"):
        await imported(quiet, rows, file=Killing(file_of(rows).getvalue()))
    monkeypatch.undo()
    again = await imported(quiet, rows)
    assert again.counts["new"] + again.counts["unchanged"] == 40


async def test_two_who_send_the_same_records_at_once_end_in_one_history(quiet: Runtime, small_chunks: None) -> None:
    """Opposite orders, each chunk a transaction: whatever interleaving there is, no version is lost or doubled."""
    firms = [material.firm() for _ in range(30)]
    one = [{**material.grading(firm), "score": 10} for firm in firms]
    other = [{**material.grading(firm), "score": 20} for firm in reversed(firms)]
    done = await asyncio.gather(imported(quiet, one), imported(quiet, other))
    assert [sum(result.counts[name] for result in done) for name in ("new", "changed", "refused")] == [30, 30, 0]
    codes = [firm.credit_code for firm in firms]
    query = """
        select array_agg(distinct (r.version, v.version, r.fingerprint <> v.fingerprint)::text)
        from record r join record_version v using (record_id) where r.credit_code = any ($1)"""
    assert await counted(quiet, query, codes) == ["(2,1,t)"]
    gaps = "select count(*), max(version), min(version) from event where credit_code = any ($1) group by subject"
    async with quiet.database.hub_pool.acquire() as connection:
        assert {tuple(row) for row in await connection.fetch(gaps, codes)} == {(2, 2, 1)}


async def test_a_record_two_change_at_the_same_moment_has_both_changes_one_after_the_other(quiet: Runtime) -> None:
    """Forced: the second waits for the row that the first has changed and not committed."""
    firm = material.firm()
    await keep(quiet, OWNER, "RISK_GRADING", {**material.grading(firm), "score": 1})
    async with acting(quiet.database.pool, caller_of(quiet, OWNER)) as first:
        await first.execute("update record set name = '先改' where credit_code = $1", firm.credit_code)
        second = asyncio.create_task(imported(quiet, [{**material.grading(firm), "score": 2}]))
        assert await until(lambda: waiting(quiet), bool) == 1
        assert not second.done()
    assert (await second).counts == counts(read=1, changed=1)
    query = "select version from record where credit_code = $1 and kind = 'RISK_GRADING'"
    assert await counted(quiet, query, firm.credit_code) == 2


async def test_an_import_that_is_reverted_leaves_everything_as_it_was(quiet: Runtime, small_chunks: None) -> None:
    old, new = [material.firm() for _ in range(5)], [material.firm() for _ in range(6)]
    before = await imported(quiet, [material.grading(firm, "YELLOW", day="2026-01-01") for firm in old])
    rows = [material.grading(firm, "ORANGE", day="2026-03-01") for firm in (*old[:4], *new)]
    rows.append(material.grading(old[4], "BLUE", day="2025-01-01"))
    batch = await imported(quiet, rows)
    assert (before.counts, batch.counts) == (counts(read=5, new=5), counts(read=11, new=6, changed=4, late=1))
    done = await reverted(quiet, batch.batch_id)
    assert (done.removed, done.restored, done.skipped) == (6, 4, ())
    assert await standing(quiet, [*old, *new]) == {firm.name: "YELLOW" for firm in old}
    told = "select type, count(*) from event where credit_code = any ($1) and payload ? 'reportKind' group by type"
    async with quiet.database.hub_pool.acquire() as connection:
        rows = await connection.fetch(told, [firm.credit_code for firm in (*old, *new)])
        asked = "select band from record_at('2025-06-01', 'infinity') where credit_code = $1"
        assert await connection.fetchval(asked, old[4].credit_code) is None
        asked = "select band from record_at('2026-06-01', 'infinity') where credit_code = $1"
        assert await connection.fetchval(asked, old[0].credit_code) == "YELLOW"
    assert {row["type"]: row["count"] for row in rows} == {
        "report.voided": 7, "report.corrected": 4, "riskBand.changed": 4,
    }  # fmt: skip
    async with acting(quiet.database.pool, caller_of(quiet, OWNER)) as connection:
        asked = "select reverted_by from import_batch where batch_id = $1"
        assert await connection.fetchval(asked, batch.batch_id) == "经办乙"


async def test_flags_follow_the_gradings_of_a_reverted_import(quiet: Runtime) -> None:
    """Raised by it they end, lifted by it they stand again."""
    was_red, became_red = material.firm(), material.firm()
    await imported(quiet, [material.grading(was_red, "RED", day="2026-01-01")])
    await imported(quiet, [material.grading(became_red, "BLUE", day="2026-01-01")])
    batch = await imported(
        quiet,
        [
            material.grading(was_red, "BLUE", day="2026-03-01"),
            material.grading(became_red, "RED", day="2026-03-01"),
        ],
    )
    query = "select array_agg(lifted_on is null) from record where kind = 'RISK_FLAG' and credit_code = $1"
    firms = (was_red, became_red)
    assert [await counted(quiet, query, firm.credit_code) for firm in firms] == [[False], [True]]
    done = await reverted(quiet, batch.batch_id)
    assert [await counted(quiet, query, firm.credit_code) for firm in firms] == [[True], None]
    assert (done.removed, done.restored) == (1, 3)


async def test_what_changed_since_an_import_is_left_alone_and_listed(quiet: Runtime) -> None:
    kept, gone, plain = firms = [material.firm() for _ in range(3)]
    batch = await imported(quiet, [material.grading(firm, "ORANGE", day="2026-01-01") for firm in firms])
    changed = await keep(quiet, OWNER, "RISK_GRADING", material.grading(kept, "BLUE", day="2026-02-01"))
    done = await reverted(quiet, batch.batch_id)
    assert (done.removed, [str(one) for one in done.skipped]) == (2, [changed])
    assert await standing(quiet, [kept, gone, plain]) == {kept.name: "BLUE"}


async def test_a_revert_that_broke_off_is_continued_by_the_next(
    quiet: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    from exchange.publishing import reports

    firms = [material.firm() for _ in range(5)]
    batch = await imported(quiet, [material.grading(firm) for firm in firms])
    monkeypatch.setattr(reports, "CHUNK", 2)
    once, revert_chunk = [0], reports._revert_chunk

    async def breaking(*arguments: Any) -> Any:
        once[0] += 1
        if once[0] == 2:
            raise Refusal("UNAVAILABLE")
        return await revert_chunk(*arguments)

    monkeypatch.setattr(reports, "_revert_chunk", breaking)
    with pytest.raises(Refusal, match="UNAVAILABLE"):
        await reverted(quiet, batch.batch_id)
    assert len(await standing(quiet, firms)) == 3
    done = await reverted(quiet, batch.batch_id)
    assert (done.removed, done.skipped) == (3, ())
    assert await standing(quiet, firms) == {}


async def test_an_import_is_reverted_once_and_within_seven_days_and_by_its_owner(quiet: Runtime) -> None:
    batch = await imported(quiet, [material.grading(material.firm())])
    with pytest.raises(Refusal, match="REVERT_TOO_LATE"):
        await reverted(quiet, batch.batch_id, days=8)
    await reverted(quiet, batch.batch_id)
    with pytest.raises(Refusal, match="ALREADY_REVERTED"):
        await reverted(quiet, batch.batch_id)
    stranger = Publication(tenant=quiet.directory.by_slug["gz-bureau"], keys=quiet.keys, day=DAY)
    with pytest.raises(Refusal, match="NOT_FOUND"):
        await revert(
            quiet.database.pool, caller_of(quiet, "gz-bureau"), batch.batch_id, stranger, now=quiet.now()
        )  # fmt: skip
