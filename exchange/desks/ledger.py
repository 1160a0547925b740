"""Hub methods about the tamper-evident log: checkpoints and proofs for all, entries for who may see the row, witnesses.

Whether a caller may see a row is asked in its own name; hashes tell nothing and are read in the hub's.
"""

import base64
import binascii
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from exchange.engine.arguments import plain
from exchange.engine.asking import Asking
from exchange.ledger.checkpoints import Checkpoint, cosigned_at, witness_name
from exchange.ledger.entries import ENTRY_TYPES, EntryKey
from exchange.ledger.proving import Inclusion, Signed, extension, inclusion, latest
from exchange.statements import statements
from exchange.user_errors import raise_beyond_input, refusal_error
from schema.errors import Refusal
from tenants.session import PATIENCE_SECONDS, acting, unavailable

_SQL = statements("ledger")
COSIGN = "ledger.cosign"
KEY_BYTES = 32


class LedgerDesk:
    """The part of the hub that answers for its log."""

    _pool: Any
    _hub_pool: Any

    async def ledger_checkpoint(self, asking: Asking, size: int | None = None) -> dict[str, Any] | None:
        """The latest checkpoint, or the one of a size."""
        async with self._reading() as connection:
            found = await latest(connection, size)
        return None if found is None else shown(found)

    async def ledger_inclusion(
        self, asking: Asking, id: str, type: Any = "RECORD", version: int | None = None, size: int | None = None
    ) -> dict[str, Any] | None:
        """The proof that a row the caller may see is logged."""
        key = await self._visible(asking, plain(type), id, version)
        if key is None:
            return None
        async with self._reading() as connection:
            found = await inclusion(connection, key, size=size)
        return None if found is None else _proof(found)

    async def ledger_consistency(self, asking: Asking, from_size: int, to_size: int) -> dict[str, Any]:
        """The proof that one checkpoint is the beginning of another."""
        if not 0 < from_size <= to_size:
            raise Refusal("BAD_INPUT", field=("fromSize",), detail="0 < fromSize <= toSize")
        async with self._reading() as connection:
            old, new = await latest(connection, from_size), await latest(connection, to_size)
            if old is None or new is None:
                raise Refusal("NOT_FOUND", field=("fromSize" if old is None else "toSize",))
            hashes = await extension(connection, from_size, to_size)
        return {"old": shown(old), "new": shown(new), "hashes": [one.hex() for one in hashes]}

    async def ledger_witness_register(self, asking: Asking, input: Mapping[str, Any]) -> dict[str, Any]:
        """Take the key by which the caller will sign checkpoints; a later one takes its place."""
        asking.caller.require(COSIGN)
        try:
            key = _public_key(input["public_key"])
            async with self._reading() as connection:
                origin = await _origin(connection)
                if await connection.fetchval(
                    _SQL["is_of_another"], key.public_bytes_raw(), asking.caller.tenant.tenant_id
                ):
                    raise Refusal("BAD_INPUT", field=("publicKey",), detail="another witness signs with it")
            async with acting(self._pool, asking.caller) as connection:
                await connection.execute(_SQL["add_witness"], asking.caller.tenant.tenant_id, key.public_bytes_raw())
        except Refusal as refusal:
            raise_beyond_input(refusal)
            return {"user_errors": [refusal_error(refusal, "input")]}
        return {"name": witness_name(origin, asking.caller.tenant.slug), "user_errors": []}

    async def checkpoint_cosign(self, asking: Asking, input: Mapping[str, Any]) -> dict[str, Any]:
        """Keep what a witness signed: a line that verifies under its registered key, of a checkpoint there is."""
        asking.caller.require(COSIGN)
        size, line = input["size"], input["line"].rstrip("\n") + "\n"
        try:
            async with self._reading() as connection:
                await self._cosign(connection, asking, size, line)
                found = await latest(connection, size)
        except Refusal as refusal:
            raise_beyond_input(refusal)
            return {"user_errors": [refusal_error(refusal, "input")]}
        return {"checkpoint": found and shown(found), "user_errors": []}

    async def _cosign(self, connection: Any, asking: Asking, size: int, line: str) -> None:
        tenant_id = asking.caller.tenant.tenant_id
        witness = await connection.fetchrow(_SQL["witness"], tenant_id)
        if witness is None:
            raise Refusal("NO_WITNESS", field=("line",))
        signed = await latest(connection, size)
        if signed is None:
            raise Refusal("NOT_FOUND", field=("size",))
        origin = await _origin(connection)
        name = witness_name(origin, asking.caller.tenant.slug)
        checkpoint = Checkpoint(origin=origin, size=signed.size, root=signed.root)
        key = Ed25519PublicKey.from_public_bytes(bytes(witness["public_key"]))
        moment = cosigned_at(checkpoint, line, name, key)
        if moment is None or abs((asking.now - moment).total_seconds()) > 86_400:
            raise Refusal("COSIGNATURE_INVALID", field=("line",), name=name)
        try:
            async with acting(self._pool, asking.caller) as own:
                await own.execute(_SQL["cosign"], size, tenant_id, witness["witness_id"], moment, line)
        except asyncpg.UniqueViolationError:
            return  # it has signed this one before; what it signed then stands

    async def _visible(self, asking: Asking, kind: str, id: str, version: int | None) -> EntryKey | None:
        """The entry of a row the caller may see."""
        entry_type = ENTRY_TYPES[kind]
        if entry_type.scopes and not entry_type.scopes & asking.caller.scopes:
            raise Refusal("FORBIDDEN", scope=" ".join(sorted(entry_type.scopes)))
        try:
            async with acting(self._pool, asking.caller) as connection:
                row = await connection.fetchrow(entry_type.visible, id, version)
        except asyncpg.DataError:  # what cannot be an id is like one that is not there
            return None
        if row is None or row.get("scope", None) not in (None, *asking.caller.scopes):
            return None
        return EntryKey(kind, row["key"], row["version"])

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[Any]:
        with unavailable():
            async with self._hub_pool.acquire(timeout=PATIENCE_SECONDS) as connection:
                yield connection


async def _origin(connection: Any) -> str:
    """The name of the log, which it has from its first checkpoint on. Raises Refusal."""
    head = await connection.fetchrow(_SQL["head"])
    if head["origin"] is None:
        raise Refusal("NOT_FOUND", field=())
    return str(head["origin"])


def shown(signed: Signed) -> dict[str, Any]:
    """A checkpoint as it is answered."""
    return {
        "origin": signed.note.partition("\n")[0], "size": signed.size, "root": signed.root.hex(),
        "made_at": signed.made_at, "note": signed.note,
        "cosignatures": [
            {"witness": one["witness"], "name": one["name"], "signed_at": one["signedAt"], "line": one["line"]}
            for one in signed.cosignatures
        ],
    }  # fmt: skip


def _proof(found: Inclusion) -> dict[str, Any]:
    said = found.as_dict()
    return {
        "entry": said["entry"], "salt": said.get("salt"), "leaf_index": said["leafIndex"], "hashes": said["hashes"],
        "tree_size": said["treeSize"], "checkpoint": shown(found.checkpoint), "document": orjson.dumps(said).decode(),
    }  # fmt: skip


def _public_key(text: str) -> Ed25519PublicKey:
    try:
        octets = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        octets = b""
    if len(octets) != KEY_BYTES:
        raise Refusal("BAD_INPUT", field=("publicKey",), detail="Ed25519, 32 bytes, base64")
    return Ed25519PublicKey.from_public_bytes(octets)
