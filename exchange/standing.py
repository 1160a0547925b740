"""What already stands decides what may follow: a revoked certificate does not come back by an ordinary row, a lifted
flag is not listed again by a repetition, an older assessment does not replace a newer one.

The next such rule is a line in RULES with its statement in sql/standing.sql. Only a correction may go against them.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from exchange.statements import statements
from schema.kinds import BY_NAME
from schema.kinds.states import Former, impossible, is_issued_anew, may_follow
from schema.record import Family, Finding, Record, Role, finding

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


async def objections(
    connection: Any, owner_id: int, records: Sequence[Record], key_hashes: Sequence[bytes], *, corrects: bool = False
) -> dict[int, Objection]:
    """Place of a record -> what speaks against it, of those that cannot simply follow what their owner has on record.

    `corrects`: the records correct what was reported, with a reason; then nothing speaks against them.
    """
    if corrects:
        await connection.execute(_SQL["correct"])
        return {}
    found: dict[int, Objection] = {}
    for kind, places in _by_kind(records).items():
        statement, judge = RULES.get(BY_NAME[kind].family, ("", None))
        if judge is None:
            continue
        by_key = {key_hashes[place]: place for place in places}
        for row in await connection.fetch(statement, owner_id, kind, list(by_key)):
            place = by_key[row["key_hash"]]
            objection = judge(records[place], row)
            if objection is not None:
                found[place] = Objection(finding=objection, record_id=row["record_id"], version=row["version"])
    return found


def _by_kind(records: Sequence[Record]) -> dict[str, list[int]]:
    places: dict[str, list[int]] = {}
    for place, record in enumerate(records):
        places.setdefault(record.kind, []).append(place)
    return places


def _certificate(record: Record, standing: Mapping[str, Any]) -> Finding | None:
    before, after, operation = standing["reported_status"], record.reported_status or "", record.body.get("operation")
    if may_follow(before, after, operation):
        return None
    former = Former(state=before, since=standing["since"], valid_to=standing["valid_to"])
    if BY_NAME[record.kind].number_is_personal and is_issued_anew(former, record.valid_from, operation):
        return None
    return impossible(before, after, operation)


def _flag(record: Record, standing: Mapping[str, Any]) -> Finding | None:
    """A repetition without a day of removal comes from a list that was not told of it: it must neither raise the flag
    again for everybody nor pass in silence. A new listing has a new decision."""
    if record.lifted_on is not None:
        return None
    return finding("FLAG_LIFTED", "liftedOn", on=standing["lifted_on"].isoformat())


def _assessment(record: Record, standing: Mapping[str, Any]) -> Finding | None:
    field = BY_NAME[record.kind].by_role[Role.EFFECTIVE_ON].name
    day, current = record.effective_on, standing["effective_on"]
    if day is None or current is None or day >= current:
        return None
    return finding("OLDER_THAN_CURRENT", field, day.isoformat(), severity="WARNING", on=current.isoformat())


_Judge = Callable[[Record, Mapping[str, Any]], Finding | None]
RULES: Mapping[Family, tuple[str, _Judge]] = {
    Family.CERTIFICATE: (_SQL["certificates"], _certificate),
    Family.ADVERSE: (_SQL["flags"], _flag),
    Family.RISK: (_SQL["assessments"], _assessment),
}
