"""What already stands decides what may follow: a revoked certificate does not come back by an ordinary row, a lifted
flag or action does not stand again by a repetition, an older assessment does not replace a newer one.

The next such rule is a judge in RULES and a line of `facing` in sql/standing.sql. Only a correction goes against them.
"""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from exchange.statements import statements
from schema.kinds import BY_NAME
from schema.kinds.states import Former, impossible, is_issued_anew, may_follow
from schema.record import Family, Finding, Role, finding

_SQL = statements("standing")


@dataclass(frozen=True, kw_only=True)
class Objection:
    """Why a record does not simply follow; an ERROR keeps it out. What stands instead is named."""

    finding: Finding
    record_id: uuid.UUID
    version: int

    @property
    def is_refusal(self) -> bool:
        """Whether the record is kept out."""
        return self.finding.severity == "ERROR"


async def objections(connection: Any, owner_id: int) -> dict[bytes, Objection]:
    """Key hash -> what speaks against a staged record, of those that cannot simply follow what their owner has on
    record. Those that are refused are not staged any more."""
    found: dict[bytes, Objection] = {}
    for row in await connection.fetch(_SQL["facing"], owner_id):
        objection = RULES[Family[row["family"]]](row)
        if objection is not None:
            found[row["key_hash"]] = Objection(finding=objection, record_id=row["record_id"], version=row["version"])
    refused = [key_hash for key_hash, objection in found.items() if objection.is_refusal]
    if refused:
        await connection.execute(_SQL["leave_out"], refused)
    return found


async def correct(connection: Any) -> None:
    """This transaction corrects what was reported, with a reason: nothing that stands speaks against it."""
    await connection.execute(_SQL["correct"])


def _certificate(row: Mapping[str, Any]) -> Finding | None:
    before, after, operation = row["before"], row["after"] or "", row["operation"]
    if may_follow(before, after, operation):
        return None
    former = Former(state=before, since=row["since"], valid_to=row["valid_to"])
    if BY_NAME[row["kind"]].number_is_personal and is_issued_anew(former, row["valid_from"], operation):
        return None
    return impossible(before, after, operation)


def _flag(row: Mapping[str, Any]) -> Finding | None:
    """A repetition without a day of removal comes from a list that was not told of it: it must neither raise the flag
    again for everybody nor pass in silence. A new listing has a new decision."""
    if row["lifted_on"] is not None:
        return None
    return finding("FLAG_LIFTED", "liftedOn", on=row["lifted_before"].isoformat())


def _assessment(row: Mapping[str, Any]) -> Finding:
    """Kept in the history only."""
    field = BY_NAME[row["kind"]].by_role[Role.EFFECTIVE_ON].name
    day, standing = row["effective_on"].isoformat(), row["starts_on"].isoformat()
    return finding("OLDER_THAN_CURRENT", field, day, severity="WARNING", on=standing)


RULES: Mapping[Family, Callable[[Mapping[str, Any]], Finding | None]] = {
    Family.CERTIFICATE: _certificate,
    Family.ADVERSE: _flag,
    Family.ACTION: _flag,
    Family.RISK: _assessment,
}
