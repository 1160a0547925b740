"""安全码核验 A scan of a safety code: from the text of the code to what is shown of the certificate today.

No caller: whoever holds the code may look. A code we did not sign ends before the database; each scan of one that is on
record is kept for its owner, in the transaction that answers it.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

import orjson

from exchange.proof.safety_codes import Guesses, code_hash, read_code, visitor_of
from exchange.proof.showing import Outcome, Shown, shown_certificate, shown_code
from exchange.proof.slots import Slot
from exchange.statements import statements
from schema.fields import CHINA
from tenants.keys import Keys
from tenants.registry import Directory
from tenants.session import PATIENCE_SECONDS, unavailable

_SQL = statements("safety_codes")
_SLOT_OF = statements("status_lists")["slot_of"]


async def scan(
    pool: Any, keys: Keys, directory: Directory, guesses: Guesses, text: str, *,
    address: str, now: datetime, public_url: str,
) -> tuple[Shown, int]:  # fmt: skip
    """What is shown, and after how many seconds to try again, where that is so. Raises Refusal UNAVAILABLE."""
    visitor = visitor_of(keys, address, now.astimezone(CHINA).date())
    code = read_code(text, keys)
    if code is None:  # who shows a real code is never held up: a whole network may stand behind one address
        if wait := guesses.wait(visitor, now):
            return shown_code(Outcome.TOO_MANY, now), wait
        guesses.missed(visitor, now)
        return shown_code(Outcome.TAMPERED, now), 0
    with unavailable():
        async with pool.acquire(timeout=PATIENCE_SECONDS) as connection, connection.transaction():
            found = await connection.fetchrow(_SQL["code"], code_hash(keys, code))
            if found is None:
                return shown_code(Outcome.UNKNOWN, now), 0
            shown = await _look(connection, directory, found, now, public_url)
            await connection.execute(
                _SQL["keep_scan"], found["owner_id"], found["code_id"], now, shown.outcome.value, visitor
            )
    return shown, 0


async def _look(connection: Any, directory: Directory, code: Any, now: datetime, public_url: str) -> Shown:
    owner = directory.tenants.get(code["owner_id"])
    if owner is None or not owner.is_active:
        return shown_code(Outcome.SUSPENDED, now)
    if code["revoked_at"] is not None:
        return shown_code(Outcome.REVOKED, now)
    if now >= code["expires_at"]:
        return shown_code(Outcome.EXPIRED, now)
    row = await connection.fetchrow(_SQL["face"], code["record_id"], now.astimezone(CHINA).date())
    if row is None:
        return shown_code(Outcome.VOIDED, now)
    source = directory.tenants.get(row["owner_id"])
    shown = shown_certificate(
        row, orjson.loads(row["told"]), now, is_source_active=source is not None and source.is_active
    )
    slot = await connection.fetchrow(_SLOT_OF, code["owner_id"], "CERTIFICATE", code["record_id"])
    return replace(shown, status_list=Slot(**slot).claim(public_url)) if slot else shown
