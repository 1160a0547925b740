"""状态列表的位置 Slots: where in which status list something stands. A slot is given once; its index tells nothing.

Places come from a sequence; a keyed permutation scatters those of one list, so that neighbours were not made together.
"""

import uuid
from dataclasses import dataclass
from typing import Any

from exchange.statements import statements
from tenants.keys import Keys

_SQL = statements("status_lists")
BITS = 20
SIZE = 1 << BITS
"""Entries of a list: a million, and what is left to a power of two."""
_HALF = BITS // 2
_ROUNDS = 6


@dataclass(frozen=True, kw_only=True)
class Slot:
    """A place in a status list."""

    list_id: int
    idx: int

    def claim(self, public_url: str) -> dict[str, Any]:
        """The claim `status` of whatever refers to this slot."""
        return {"status_list": {"idx": self.idx, "uri": list_uri(public_url, self.list_id)}}


def list_uri(public_url: str, list_id: int) -> str:
    """Where a list is, and the `sub` of its token."""
    return f"{public_url}/status-lists/{list_id}"


def slot_at(place: int, keys: Keys) -> Slot:
    """The slot of a place: a Feistel network of six rounds, so every place of a list has an index of its own."""
    list_id, rest = divmod(place, SIZE)
    left, right = rest >> _HALF, rest & ((1 << _HALF) - 1)
    for turn in range(_ROUNDS):
        left, right = right, left ^ _scattered(keys, f"{list_id} {turn} {right}")
    return Slot(list_id=list_id + 1, idx=left << _HALF | right)


def _scattered(keys: Keys, value: str) -> int:
    return int.from_bytes(keys.join_hash("status slot", value)[:2]) & ((1 << _HALF) - 1)


async def allot(connection: Any, keys: Keys, *, owner_id: int, item_id: uuid.UUID, kind: str) -> Slot:
    """The slot of a certificate (CERTIFICATE) or confirmation (CONFIRMATION), given when the tenant first asks for it.

    Each tenant that shows a certificate has a slot of its own: two proofs cannot be put together by their slots. The
    connection acts for that tenant.
    """
    found = await connection.fetchrow(_SQL["slot_of"], owner_id, kind, item_id)
    if found is None:
        made = slot_at(await connection.fetchval(_SQL["next_place"]), keys)
        found = await connection.fetchrow(_SQL["keep_slot"], made.list_id, made.idx, owner_id, kind, item_id)
        found = found or await connection.fetchrow(_SQL["slot_of"], owner_id, kind, item_id)  # made at the same moment
    return Slot(list_id=found["list_id"], idx=found["idx"])
