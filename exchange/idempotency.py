"""The same request sent twice is done once: an Idempotency-Key keeps the answer for 48 hours, per tenant.

In GraphQL the key may stand in the text instead (@idempotent, engine/repeats.py). The same key with other content is
refused. What is repeated gets the first answer, byte for byte; of confirmations the present state stands beside it, in
`extensions.idempotentReplay`: what was accepted then may not be any more.
"""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import orjson

from exchange.engine.asking import Asking
from exchange.statements import statements
from schema.errors import Refusal
from tenants.caller import Caller
from tenants.keys import Keys
from tenants.session import acting

_SQL = statements("idempotency")
Answer = Callable[[], Awaitable[bytes]]


class Idempotent:
    """Keeps answers by (tenant, key) in the database, sealed: they may hold personal fields."""

    def __init__(self, pool: Any, keys: Keys) -> None:
        self._pool, self._keys = pool, keys

    async def once(
        self, asking: Asking, key: str, answer: Answer, again: Callable[[Sequence[str]], Awaitable[Any]]
    ) -> bytes:
        """The answer of a GraphQL mutation, computed once; `again` tells of confirmations what has become of them."""
        request = asking.request
        # Who may see what, and why, belongs to the content: a repeat never shows more than its own request may see.
        said = [request.query, request.operation_name, request.variables, request.purpose, request.case_number]
        content = orjson.dumps([*said, sorted(asking.caller.scopes)], option=orjson.OPT_SORT_KEYS)
        known = await self._once(asking.caller, key, content, answer, asking.noted)
        if isinstance(known, bytes):
            return known
        body: bytes = known["body"].encode()
        if not known.get("noted"):
            return body
        replay = {"isReplay": True, "confirmations": await again(known["noted"])}
        return orjson.dumps({**orjson.loads(body), "extensions": {"idempotentReplay": replay}})

    async def keep(self, caller: Caller, key: str, content: bytes, answer: Answer) -> bytes:
        """The kept answer for this key and content, or the one computed now. Raises Refusal IDEMPOTENCY_*."""
        known = await self._once(caller, key, content, answer, [])
        return known if isinstance(known, bytes) else str(known["body"]).encode()

    async def _once(
        self, caller: Caller, key: str, content: bytes, answer: Answer, noted: Sequence[str]
    ) -> bytes | dict[str, Any]:
        """The answer computed now, or what is kept of the first: its body, and the confirmations it made."""
        if not 1 <= len(key) <= 255:
            raise Refusal("BAD_INPUT", detail="Idempotency-Key 1-255")
        owner, digest = caller.tenant.tenant_id, hashlib.sha256(caller.client_id.encode() + b"\0" + content).digest()
        async with acting(self._pool, caller) as connection:
            if await connection.fetchval(_SQL["reserve"], owner, key, digest) is None:
                return await self._known(connection, owner, key, digest)
        try:
            body = await answer()
        except BaseException:
            async with acting(self._pool, caller) as connection:
                await connection.execute(_SQL["release"], owner, key)
            raise
        async with acting(self._pool, caller) as connection:
            if _is_final(body):
                sealed = self._keys.seal({"body": body.decode(), "noted": list(noted)}, bound_to=digest)
                await connection.execute(_SQL["keep_response"], owner, key, sealed)
            else:
                await connection.execute(_SQL["release"], owner, key)
        return body

    async def _known(self, connection: Any, owner: int, key: str, digest: bytes) -> dict[str, Any]:
        known = await connection.fetchrow(_SQL["known"], owner, key)
        if known is None or known["request_hash"] != digest:
            raise Refusal("IDEMPOTENCY_MISMATCH")
        if known["response"] is None:
            raise Refusal("IDEMPOTENCY_IN_PROGRESS")
        found: dict[str, Any] = self._keys.unseal(known["response"], bound_to=digest)
        return found


def _is_final(body: bytes) -> bool:
    """Whether a repeat must get this answer: not when it says to try again."""
    errors = orjson.loads(body).get("errors", ())
    return not any(error["extensions"]["retryable"] for error in errors)
