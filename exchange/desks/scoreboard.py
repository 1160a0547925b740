"""Hub methods that measure the members: the scoreboard, the facts behind it, what became of alerts. The work is in
scoreboard.py.
"""

import uuid
from collections.abc import Sequence
from typing import Any

from exchange import scoreboard
from exchange.engine.arguments import plain
from exchange.engine.asking import Asking
from exchange.engine.filters import read_id
from exchange.statements import statements
from exchange.stream import Signal
from schema.errors import Refusal
from tenants.access import TenantKind
from tenants.caller import DirectorySource
from tenants.session import PATIENCE_SECONDS, acting, unavailable

_NOTE_READING = statements("scoreboard")["note_reading"]
SCOPE = "scoreboard.read"


class Measuring:
    """The part of the hub that says how well the members do it."""

    _pool: Any
    _hub_pool: Any
    _source: DirectorySource
    _signal: Signal

    async def scoreboard(
        self, asking: Asking, month: str, months: int = 1, by: Sequence[Any] | None = None, authority: str | None = None
    ) -> list[dict[str, Any]]:
        """Figures of all authorities, or of one."""
        asking.caller.require(SCOPE)
        of = scoreboard.period(month, months)
        told_apart = ["AUTHORITY"] if by is None else [plain(one) for one in by]
        authority_id = None if authority is None else self._authority(authority)
        with unavailable():
            async with self._hub_pool.acquire(timeout=PATIENCE_SECONDS) as connection:
                parameters = [*await scoreboard.terms(connection, of, asking.day), *self._members()]
                return await scoreboard.figures(connection, parameters, told_apart, authority_id)

    async def scoreboard_rows(
        self,
        asking: Asking,
        measure: Any,
        month: str,
        first: int,
        months: int = 1,
        authority: str | None = None,
        agreement: str | None = None,
        is_met: bool | None = None,
        after: str | None = None,
    ) -> dict[str, Any]:
        """The facts behind a figure, as far as the caller was a party."""
        asking.caller.require(SCOPE)
        of, own = scoreboard.period(month, months), asking.caller.tenant.tenant_id
        sought = scoreboard.Sought(
            authority_id=own if authority is None else self._authority(authority), caller_id=own,
            measure=plain(measure), agreement=agreement, is_met=is_met, after=after, first=first,
        )  # fmt: skip
        with unavailable():
            async with self._hub_pool.acquire(timeout=PATIENCE_SECONDS) as connection:
                parameters = [*await scoreboard.terms(connection, of, asking.day), *self._members()]
        async with acting(self._pool, asking.caller) as connection:
            return await scoreboard.cases(connection, parameters, sought)

    async def event_shares(
        self, asking: Asking, month: str, months: int = 1, authority: str | None = None
    ) -> list[dict[str, Any]]:
        """What became of reviews, by the type of event that caused them."""
        asking.caller.require(SCOPE)
        of = scoreboard.period(month, months)
        authority_id = None if authority is None else self._authority(authority)
        with unavailable():
            async with self._hub_pool.acquire(timeout=PATIENCE_SECONDS) as connection:
                return await scoreboard.shares(connection, of, asking.day, authority_id)

    async def review_opened(self, asking: Asking, review: Any) -> None:
        """Write down that the reviewing authority has opened a review; once, and only before it takes a step."""
        caller = asking.caller
        if caller.tenant.kind is not TenantKind.AUTHORITY:
            return
        review_id: uuid.UUID = read_id(review, asking.keys)
        async with acting(self._pool, caller) as connection:
            noted = await connection.fetchval(_NOTE_READING, review_id, caller.tenant.tenant_id, asking.day)
        if noted is not None:
            self._signal.committed()

    def _authority(self, slug: str) -> int:
        found = self._source.directory.by_slug.get(slug)
        if found is None or found.kind is not TenantKind.AUTHORITY:
            raise Refusal("NOT_FOUND", field=("authority",))
        return found.tenant_id

    def _members(self) -> list[Any]:
        return scoreboard.members(self._source.directory.memberships)
