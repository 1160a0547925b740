"""What the resolvers of the usual way share in one request: a transaction, who asks, a DataLoader for each relation.

A new relation is a loader in Context and a statement in usual.sql.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from graphene.utils.dataloader import DataLoader

from exchange.runtime import Runtime
from exchange.statements import parse
from tenants.access import Misses
from tenants.caller import Caller
from tenants.keys import Keys
from tenants.session import acting

SQL = parse(Path(__file__).with_name("usual.sql").read_text("utf-8"))


@dataclass(kw_only=True)
class Context:
    """What the resolvers of one request share. The connection is in a transaction in which row security knows the
    caller."""

    connection: Any
    keys: Keys
    caller: Caller
    misses: Misses
    day: date
    extensions: Mapping[str, Any]
    fields: list[str] = field(default_factory=list)
    read: list[Any] = field(default_factory=list)
    sought: Any = None
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        self.authorities = DataLoader(partial(self._load, "authorities", "tenant_id"))
        self.enterprises = DataLoader(partial(self._load, "enterprises", "credit_code"))
        self.gradings = DataLoader(partial(self._load, "gradings", "credit_code"))
        self.befallen = DataLoader(partial(self._load, "befallen", "record_id", more=(self.day,)))
        self.flags = DataLoader(self._load_flags)
        self.certificates = DataLoader(partial(self._load_of_persons, "certificates_of_persons"))
        self.appointments = DataLoader(partial(self._load_of_persons, "appointments_of_persons"))

    async def rows(self, name: str, *arguments: Any) -> list[Any]:
        """Run a named statement."""
        async with self._one_at_a_time:
            return list(await self.connection.fetch(SQL[name], *arguments))

    async def refuse_guessing(self) -> None:
        """Raise once too many look-ups found nobody."""
        who = (self.caller.tenant.tenant_id, self.caller.client_id)
        await self.rows("refuse_guessing", *who, self.misses.per_client, self.misses.per_tenant)

    def note(self, name: str, *persons: Any, sought: Any = None) -> None:
        """Remember what was read of whom, or who was sought in vain."""
        self.fields.append(name)
        self.read.extend(persons)
        self.sought = sought

    async def write_down(self) -> None:
        """Who read whom and why: a statement of its own."""
        if not self.fields:
            return
        remarks = self.extensions["exchange"]
        who = (self.caller.tenant.tenant_id, self.caller.client_id, remarks["purpose"], remarks["caseNumber"])
        await self.rows("evidence", *who, "certificate", self.fields, self.read, "usual", self.sought)

    async def _load(self, name: str, key: str, wanted: list[Any], *, more: tuple[Any, ...] = ()) -> list[Any]:
        found = {row[key]: dict(row) for row in await self.rows(name, wanted, *more)}
        return [found.get(one) for one in wanted]

    async def _load_flags(self, wanted: list[str]) -> list[Any]:
        found: dict[str, list[Any]] = {one: [] for one in wanted}
        for row in await self.rows("flags", wanted):
            found[row["credit_code"]].append(dict(row))
        return [found[one] for one in wanted]

    async def _load_of_persons(self, name: str, wanted: list[tuple[Any, ...]]) -> list[Any]:
        """Each of `wanted` is all the ids of one person."""
        rows = [dict(row) for row in await self.rows(name, [one for ids in wanted for one in ids])]
        return [[row for row in rows if row["person_id"] in ids] for ids in wanted]


@asynccontextmanager
async def opened(
    runtime: Runtime, pool: Any, authorization: str, extensions: Mapping[str, Any]
) -> AsyncIterator[Context]:
    """The context of a request: its token is checked, its transaction begins and ends with it."""
    token, now = authorization.removeprefix("Bearer "), runtime.now().timestamp()
    caller = runtime.tokens.verify(token, now=now, day=runtime.today())
    async with acting(pool, caller) as connection:
        yield Context(
            connection=connection,
            keys=runtime.keys,
            caller=caller,
            misses=runtime.misses,
            day=runtime.today(),
            extensions=extensions,
        )
