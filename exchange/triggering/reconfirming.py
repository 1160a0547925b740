"""Looks again at confirmations of recognition when something they rest on may have changed, and tells of what did.

Events and days queue what may have changed; of each the same question is asked anew, and an answer other than the one
last told becomes a row, which is an event to each that has to do with it (migrations/0036_confirmations.sql). So each
change is told once. The next type of event that may change an answer is a line of WATCHED.
"""

import logging
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import orjson

from exchange.desks.confirmations import confirmed_outcome
from exchange.proof.present import present
from exchange.proof.receipts import outcome_of
from exchange.statements import statements
from exchange.triggering.triggers import FAULTS, DirectoryBehind
from schema.confirmations import Outcome, state_of
from schema.recognition import Verdict
from tenants.registry import Directory

_SQL = statements("reconfirming")
_STREAM = statements("triggers")
_NEXT = statements("alerting")["last_position"]
_LOG = logging.getLogger(__name__)
WORKER = "confirmations"
BATCH = 500
MADE = "recognition.confirmed"
WATCHED = (
    MADE, "credential.ingested", "credential.statusChanged", "credential.expired", "credential.reviewLapsed",
    "riskFlag.raised", "riskFlag.lifted", "adverseAction.imposed", "adverseAction.lifted", "dishonesty.termEnded",
    "record.revised", "record.moved", "record.withdrawn", "report.corrected", "report.voided", "person.merged",
    "person.split", "source.stale", "source.recovered", "rule.published",
    "agreement.published",
)  # fmt: skip
"""What may change an answer. A confirmation itself is among them: what changed while it was made is found by it."""
Row = Mapping[str, Any]


async def look_again(connection: Any, pool: Any, directory: Directory, now: datetime, day: date) -> int:
    """Handle the next events and the next confirmations they queued; returns how many. Runs in the hub's role; facts
    are read in the askers' sight, from `pool`.

    Raises DirectoryBehind when `directory` is not the one in force.
    """
    return await _queue(connection, day) + await _look(connection, pool, directory, now, day)


async def _queue(connection: Any, day: date) -> int:
    async with connection.transaction():
        position: int = await connection.fetchval(_STREAM["lock_cursor"], WORKER)
        last: int = await connection.fetchval(_NEXT, position, BATCH)
        if last > position:
            await connection.execute(_SQL["queue"], position, last, WATCHED, day)
            await connection.execute(_STREAM["move_cursor"], WORKER, last)
        reached: date = await connection.fetchval(_SQL["lock_day"])
        if day > reached:
            await connection.execute(_SQL["queue_by_day"], reached, day)
            await connection.execute(_SQL["move_day"], day)
    return last - position


async def _look(connection: Any, pool: Any, directory: Directory, now: datetime, day: date) -> int:
    if not await connection.fetchval(_SQL["is_due"]):
        return 0
    async with connection.transaction():
        await connection.fetchval(_STREAM["lock_cursor"], WORKER)
        due = await connection.fetch(_SQL["take_due"], BATCH, day)
        if due and await connection.fetchval(_STREAM["edition"]) != directory.edition:
            raise DirectoryBehind
        live = [row for row in due if row["is_live"]]
        await _tell_safely(connection, pool, directory, live, now, day)
    return len(due)


async def _tell_safely(
    connection: Any, pool: Any, directory: Directory, rows: Sequence[Row], now: datetime, day: date
) -> None:
    """A fault of ours in one must not hold up all others: then each is handled by itself."""
    try:
        async with connection.transaction():
            await _tell(connection, pool, directory, rows, now, day)
    except FAULTS as error:
        if len(rows) > 1:
            for row in rows:
                await _tell_safely(connection, pool, directory, [row], now, day)
            return
        (row,) = rows
        _LOG.error("confirmation %s could not be looked at: %s", row["confirmation_id"], type(error).__name__)
        told = (row["cause_event_id"], row["confirmation_id"], f"{type(error).__name__}: {error}"[:500])
        await connection.execute(_SQL["keep_failure"], WORKER, *told)


async def _tell(
    connection: Any, pool: Any, directory: Directory, rows: Sequence[Row], now: datetime, day: date
) -> None:
    decisions = await present(pool, directory, rows, now=now, today=day)
    outcomes = [outcome_of(decisions[row["confirmation_id"]]) for row in rows]
    news = [(row, one) for row, one in zip(rows, outcomes, strict=True) if one != _told(row)]
    if news:
        states = [state_of(confirmed_outcome(row), one, valid_until=row["valid_until"], today=day) for row, one in news]
        await connection.execute(
            _SQL["note"], [row["confirmation_id"] for row, _ in news], [row["owner_id"] for row, _ in news],
            [state.name for state in states], [one.verdict.name for _, one in news],
            orjson.dumps([one.reasons for _, one in news]).decode(),
            orjson.dumps([one.rules for _, one in news]).decode(),
            [row["cause_type"] for row, _ in news], [row["cause_event_id"] for row, _ in news], day,
        )  # fmt: skip


def _told(row: Row) -> Outcome:
    """What was told last: at first what was confirmed."""
    if row["told_verdict"] is None:
        return confirmed_outcome(row)
    return Outcome(
        verdict=Verdict[row["told_verdict"]], reasons=tuple(row["told_reasons"]), rules=tuple(row["told_rules"])
    )
