"""An import as a batch: opened, counted chunk by chunk, finished; and the rows it gave back, sealed, for 7 days.

The state of a batch is PENDING, RUNNING, then SUCCEEDED, PARTLY (rows were refused) or FAILED. A state or count more is
a column in migrations/ and a member of `as_answer`.
"""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from exchange.intake.returned import Returned
from exchange.statements import statements
from schema.errors import Refusal
from tenants.caller import Caller
from tenants.keys import Keys
from tenants.session import acting

_SQL = statements("imports")
OUTCOMES = ("read", "new", "changed", "late", "unchanged", "refused")
BEAT_SECONDS = 20
STATES_ZH = {"PENDING": "待处理", "RUNNING": "处理中", "SUCCEEDED": "成功", "PARTLY": "部分成功", "FAILED": "失败"}


async def open_batch(
    connection: Any, batch_id: uuid.UUID, owner: int, *, kind: str, file_name: str, operator: str | None, state: str,
    form: str | None = None,
) -> None:  # fmt: skip
    """Open a batch, or go on with one that is open."""
    await connection.execute(_SQL["open_batch"], batch_id, owner, kind, file_name, operator, state, form)


async def count_rows(connection: Any, batch_id: uuid.UUID, counts: Mapping[str, int]) -> None:
    """Add the outcomes of one more chunk."""
    await connection.execute(_SQL["count_rows"], batch_id, *(counts[name] for name in OUTCOMES))


async def announce(connection: Any, batch_id: uuid.UUID, day: date) -> None:
    """Tell the owner how far it has got."""
    await connection.execute(_SQL["announce_batch"], batch_id, day)


class working:
    """The batch is worked on as long as the block lasts, and finished with it. If this process dies, nobody touches the
    batch any more, and it counts as failed two minutes later."""

    def __init__(self, pool: Any, caller: Caller, batch_id: uuid.UUID) -> None:
        self._pool, self._caller, self._batch_id = pool, caller, batch_id

    async def __aenter__(self) -> None:
        self._task = asyncio.create_task(self._beat())

    async def __aexit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self._say(_SQL["finish_batch"], error and _code_of(error))

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            await self._say(_SQL["touch_batch"])

    async def _say(self, statement: str, *arguments: Any) -> None:
        with contextlib.suppress(Refusal):  # an outage: the batch will count as failed, which it may be
            async with acting(self._pool, self._caller) as connection:
                await connection.execute(statement, self._batch_id, *arguments)


def _code_of(error: BaseException) -> str:
    if isinstance(error, Refusal):
        return error.code
    return "UNAVAILABLE" if isinstance(error, asyncio.CancelledError) else "INTERNAL"  # cancelled: the hub ends


async def batch_now(connection: Any, owner: int, batch_id: uuid.UUID) -> dict[str, Any]:
    """An own batch. Raises Refusal NOT_FOUND."""
    row = await connection.fetchrow(_SQL["batch_now"], owner, batch_id)
    if row is None:
        raise Refusal("NOT_FOUND", field=("batchId",))
    return dict(row)


def as_answer(batch: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON of GET /imports/{batch}."""
    return {
        "batchId": str(batch["batch_id"]),
        "kind": batch["kind"],
        "fileName": batch["file_name"],
        "operator": batch["operator"],
        "state": batch["state"],
        "stateZh": STATES_ZH[batch["state"]],
        "failure": batch["failure"],
        "receivedAt": batch["received_at"],
        "finishedAt": batch["finished_at"],
        "revertedAt": batch["reverted_at"],
        "counts": {name: batch[f"rows_{name}"] for name in OUTCOMES},
    }


async def keep_returned(
    connection: Any, keys: Keys, batch_id: uuid.UUID, owner: int, part: int, titles: Sequence[str],
    rows: Sequence[Returned],
) -> None:  # fmt: skip
    """Keep the rows one chunk gives back: they hold personal values, so they are sealed."""
    values = {"titles": titles, "rows": [asdict(row) for row in rows]}
    sealed = keys.seal(values, bound_to=_bound(batch_id, part))
    await connection.execute(_SQL["keep_returned"], batch_id, part, owner, sealed)


async def returned_parts(
    connection: Any, keys: Keys, owner: int, batch_id: uuid.UUID
) -> AsyncIterator[tuple[Sequence[str], list[Returned]]]:
    """What an own batch gave back, in order: the titles of the table and the rows of a chunk, one chunk in memory at a
    time. Within a transaction."""
    async for row in connection.cursor(_SQL["returned_parts"], owner, batch_id, prefetch=1):
        values = await asyncio.to_thread(keys.unseal, row["sealed"], bound_to=_bound(batch_id, row["part"]))
        yield values["titles"], [Returned(**one) for one in values["rows"]]


def _bound(batch_id: uuid.UUID, part: int) -> bytes:
    return batch_id.bytes + part.to_bytes(4)
