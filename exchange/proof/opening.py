"""The page of a confirmation, opened by whoever holds it: from its code to what is seen of it now.

No caller, as with safety codes (scanning.py): a code we did not sign ends before the database; each opening of one that
is on record is kept for who made it, in the transaction that answers.
"""

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from exchange.proof.present import present
from exchange.proof.safety_codes import Guesses, confirmation_in, page_url, visitor_of
from exchange.proof.sheets import Seen, Sheet, sheet_of, sheet_of_code
from exchange.proof.slots import Slot
from exchange.statements import statements
from schema.fields import CHINA
from tenants.caller import DirectorySource
from tenants.keys import Keys
from tenants.session import PATIENCE_SECONDS, unavailable

_SQL = statements("confirmation_pages")


@dataclass(frozen=True, kw_only=True)
class Counter:
    """Where pages are opened. `pool` works for callers, `hub_pool` for the hub; `catch_up` reads the directory again if
    it still is of that edition."""

    pool: Any
    hub_pool: Any
    keys: Keys
    source: DirectorySource
    catch_up: Callable[[int], Awaitable[None]]
    guesses: Guesses
    public_url: Callable[[], str]

    async def open(self, text: str, *, address: str, now: datetime) -> tuple[Sheet, int]:
        """What is seen, and after how many seconds to try again, where that is so. Raises Refusal UNAVAILABLE."""
        visitor = visitor_of(self.keys, address, now.astimezone(CHINA).date())
        confirmation_id = confirmation_in(text, self.keys)
        if confirmation_id is None:  # who shows a real code is never held up: many may stand behind one address
            if wait := self.guesses.wait(visitor, now):
                return sheet_of_code(Seen.TOO_MANY, now), wait
            self.guesses.missed(visitor, now)
            return sheet_of_code(Seen.TAMPERED, now), 0
        with unavailable():
            async with self.hub_pool.acquire(timeout=PATIENCE_SECONDS) as connection, connection.transaction():
                row = await connection.fetchrow(_SQL["page"], confirmation_id)
                if row is None:
                    return sheet_of_code(Seen.UNKNOWN, now), 0
                sheet = await self._look(row, now)
                seen = (row["owner_id"], confirmation_id, now, sheet.seen.value, visitor)
                await connection.execute(_SQL["keep_scan"], *seen)
        return sheet, 0

    async def _look(self, row: Any, now: datetime) -> Sheet:
        if row["edition"] != self.source.directory.edition:
            await self.catch_up(self.source.directory.edition)
        directory, today = self.source.directory, now.astimezone(CHINA).date()
        if not directory.tenants[row["owner_id"]].is_active:
            return sheet_of_code(Seen.SUSPENDED, now)
        if today > row["valid_until"]:
            return sheet_of(row, None, now)
        found = await present(self.pool, directory, [row], now=now, today=today)
        return self._drawn(row, found[row["confirmation_id"]], now)

    def _drawn(self, row: Any, decision: Any, now: datetime) -> Sheet:
        id_: uuid.UUID = row["confirmation_id"]
        url = page_url(self.public_url(), self.keys, id_)
        slot = Slot(list_id=row["list_id"], idx=row["idx"]).claim(self.public_url()) if row["list_id"] else None
        return sheet_of(row, decision, now, url=url, status_list=slot)
