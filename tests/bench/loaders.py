"""What the resolvers of the usual way share in one request: a pool, who asks, and a DataLoader for each relation.

A new relation is a loader in Context and a statement in usual.sql.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from graphene.utils.dataloader import DataLoader

from exchange.statements import parse
from tenants.caller import Caller
from tenants.keys import Keys

SQL = parse(Path(__file__).with_name("usual.sql").read_text("utf-8"))


@dataclass(kw_only=True)
class Context:
    """What the resolvers of one request share."""

    pool: Any
    keys: Keys
    caller: Caller
    day: date
    extensions: Mapping[str, Any]
    read: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.authorities = DataLoader(partial(self._load, "authorities", "tenant_id", is_visible=True))
        self.enterprises = DataLoader(partial(self._load, "enterprises", "credit_code"))
        self.gradings = DataLoader(partial(self._load, "gradings", "credit_code"))
        self.flags = DataLoader(partial(self._load_many, "flags", "credit_code"))
        self.certificates = DataLoader(partial(self._load_many, "certificates_of_persons", "person_id"))
        self.appointments = DataLoader(partial(self._load_many, "appointments_of_persons", "person_id"))

    @property
    def sight(self) -> tuple[int, list[int]]:
        """The asking tenant, and whose rows it may read."""
        return self.caller.tenant.tenant_id, list(self.caller.reads)

    async def rows(self, name: str, *arguments: Any) -> list[Any]:
        """Run a named statement."""
        return list(await self.pool.fetch(SQL[name], *arguments))

    async def _load(self, name: str, key: str, wanted: list[Any], *, is_visible: bool = False) -> list[Any]:
        rows = await self.rows(name, wanted, *(() if is_visible else self.sight))
        found = {row[key]: dict(row) for row in rows}
        return [found.get(one) for one in wanted]

    async def _load_many(self, name: str, key: str, wanted: list[Any]) -> list[Any]:
        found: dict[Any, list[Any]] = {one: [] for one in wanted}
        for row in await self.rows(name, wanted, *self.sight):
            found[row[key]].append(dict(row))
        return [found[one] for one in wanted]
