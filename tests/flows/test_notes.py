"""Follow-up actions and appeals beside a record: told without their text, seen by whoever sees the record."""

import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from exchange.demo.seed import caller_of
from exchange.publishing.reports import Note, note
from exchange.runtime import Runtime
from schema.errors import Refusal
from tenants.session import acting
from tests.flows import material
from tests.flows.scratch import DAY, keep, quiet_hub
from tests.flows.test_history import LAST, OWNER, publication, told, voided


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def quiet(database: Any) -> AsyncIterator[Runtime]:
    async with quiet_hub(database.dsn, "exchange_notes") as runtime:
        yield runtime


async def test_a_follow_up_and_an_appeal_stand_beside_the_record(quiet: Runtime) -> None:
    record = await keep(quiet, OWNER, "RISK_FLAG", material.flag(material.firm()))
    async with acting(quiet.database.pool, caller_of(quiet, OWNER)) as connection:
        made = [
            await note(connection, uuid.UUID(record), publication(quiet), Note(kind=kind, noted_on=DAY, text=text))
            for kind, text in (("FOLLOW_UP", "已停产整改"), ("APPEAL", "申请行政复议 990000198506150010"))
        ]
        rows = await connection.fetch("select kind, text from record_note where note_id = any ($1)", made)
    assert {row["kind"]: row["text"] for row in rows} == {
        "FOLLOW_UP": "已停产整改", "APPEAL": "申请行政复议 990000********0010",
    }  # fmt: skip
    assert await told(quiet, record) == ["riskFlag.raised", "report.followedUp", "report.appealed"]
    async with acting(quiet.database.pool, caller_of(quiet, "sh-bureau")) as connection:
        assert await connection.fetchval("select count(*) from record_note where note_id = any ($1)", made) == 0


async def test_a_note_is_seen_no_more_by_whoever_may_not_see_its_record_any_more(quiet: Runtime) -> None:
    narrowed, ended = [await keep(quiet, OWNER, "RISK_FLAG", material.flag(material.firm())) for _ in range(2)]
    for record in (narrowed, ended):
        async with acting(quiet.database.pool, caller_of(quiet, OWNER)) as connection:
            await note(
                connection, uuid.UUID(record), publication(quiet), Note(kind="APPEAL", noted_on=DAY, text="申请复核")
            )
    assert await notes_seen(quiet, narrowed, ended) == [1, 1]
    async with acting(quiet.database.pool, caller_of(quiet, OWNER)) as connection:
        await connection.execute(
            "update record set audience = 0, version = version + 1, last_version = last_version + 1,"
            " recorded_at = now() where record_id = $1",
            uuid.UUID(narrowed),
        )
    await voided(quiet, ended)
    assert await notes_seen(quiet, narrowed, ended) == [0, 1]


async def notes_seen(quiet: Runtime, *records: str, slug: str = "gz-bureau") -> list[int]:
    query = "select count(*) from record_note where record_id = $1"
    async with acting(quiet.database.pool, caller_of(quiet, slug)) as connection:
        return [await connection.fetchval(query, uuid.UUID(one)) for one in records]


NOTES = {
    "NOT_FOUND": Note(kind="FOLLOW_UP", noted_on=DAY, text="x"),
    "REASON_REQUIRED": Note(kind="FOLLOW_UP", noted_on=DAY, text=" "),
    "DATE_IN_FUTURE": Note(kind="FOLLOW_UP", noted_on=LAST, text="x"),
}


@pytest.mark.parametrize("code", NOTES)
async def test_a_note_that_cannot_be_is_refused(quiet: Runtime, code: str) -> None:
    record = await keep(quiet, "gz-bureau", "RISK_FLAG", material.flag(material.firm("440100")))
    with pytest.raises(Refusal, match=code):
        async with acting(quiet.database.pool, caller_of(quiet, OWNER)) as connection:
            await note(connection, uuid.UUID(record), publication(quiet), NOTES[code])
