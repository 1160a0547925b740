"""Whether what was announced still stands, and what stands against a firm or person that is present anew.

When an event is handled, what it told may be over already: the order of work never shows. The next type of cause that
ends by itself is a member of ENDINGS, one that stands until it is lifted of STANDING.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from exchange.rules import Cause
from exchange.rules.firms import WITH_RULE_OF_ITS_OWN
from exchange.statements import statements

_SQL = statements("triggers")
# What ends by itself leaves no gap where the holder has another good certificate for the same work.
ENDINGS = ("credential.expired", "credential.expiring", "credential.reviewLapsed")
# What stands until it is lifted, or is no more as it was announced; of some a severity is part of it.
STANDING = (
    "riskFlag.raised", "riskBand.changed", "hazardSource.escalated", "hiddenDanger.overdue", "adverseAction.imposed",
)  # fmt: skip
LISTED_NO_MORE = "riskFlag.lifted"
PRESENTED = ("credential.unknownPresented",)  # its presences are there only while it is unknown

Announced = tuple[Mapping[str, Any], Cause]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Whom something may stand against: a person under whatever id, or a firm; for an authority, on a day, as far as
    events were handled."""

    credit_code: str | None
    person_id: uuid.UUID | None
    owner_id: int
    day: date
    position: int

    @property
    def reached(self) -> tuple[int, date, int]:
        """As the statements take it."""
        return self.owner_id, self.day, self.position


async def places_over(connection: Any, announced: Sequence[Announced]) -> set[int]:
    """Which of what was announced is no cause any more, by their places (hub role)."""
    by_themselves, standing, reported = [], [], []
    for place, (event, _) in enumerate(announced):
        if event["type"] in ENDINGS:
            by_themselves.append(place)
        elif event["type"] in STANDING:
            standing.append(place)
        elif event["type"] not in PRESENTED:
            reported.append(place)
    over = await _superseded(connection, announced, by_themselves)
    over |= await _stand_no_more(connection, announced, standing)
    over |= await _voided(connection, announced, reported)
    lifted = [place for place in reported if announced[place][0]["type"] == LISTED_NO_MORE]
    return over | (set(lifted) - await _stand_no_more(connection, announced, lifted))  # listed again meanwhile


async def _superseded(connection: Any, announced: Sequence[Announced], places: Sequence[int]) -> set[int]:
    asked = []
    for event, cause in (announced[place] for place in places):
        end = cause.payload.get("validTo")
        asked.append((event["record_id"], event["day"], date.fromisoformat(end) if end else None, event["subject"]))
    return await _places(connection, _SQL["superseded"], places, asked)


async def _stand_no_more(connection: Any, announced: Sequence[Announced], places: Sequence[int]) -> set[int]:
    asked: list[tuple[Any, ...]] = []
    for event, cause in (announced[place] for place in places):
        told = cause.payload if event["type"] in STANDING else {}
        severity = None if told.get("kind") in WITH_RULE_OF_ITS_OWN else told.get("band")
        asked.append((event["record_id"], event["day"], severity, told.get("dueOn"), event["subject"]))
    return await _places(connection, _SQL["stands_no_more"], places, asked)


async def _voided(connection: Any, announced: Sequence[Announced], places: Sequence[int]) -> set[int]:
    asked = [(announced[place][0]["record_id"], announced[place][0]["subject"]) for place in places]
    return await _places(connection, _SQL["voided"], places, asked)


async def _places(connection: Any, statement: str, places: Sequence[int], asked: Sequence[tuple[Any, ...]]) -> set[int]:
    rows = await connection.fetch(statement, *zip(*asked, strict=True)) if asked else ()
    return {places[row["place"] - 1] for row in rows}


async def standing_against(connection: Any, several: Sequence[Asked]) -> list[list[Mapping[str, Any]]]:
    """Of each asked, the events of others that still are causes against the person, or else the firm (hub role)."""
    found: list[list[Mapping[str, Any]]] = [[] for _ in several]
    firms = {place: (one.credit_code, *one.reached) for place, one in enumerate(several) if one.person_id is None}
    persons = {place: (one.person_id, *one.reached) for place, one in enumerate(several) if one.person_id is not None}
    tips = {
        place: (one.credit_code if one.person_id is None else None, one.person_id, *one.reached)
        for place, one in enumerate(several)
    }
    told = (
        (_SQL["standing_of_firm"], firms), (_SQL["standing_lapses"], persons), (_SQL["standing_actions"], persons),
        (_SQL["standing_tips"], tips),
    )  # fmt: skip
    for statement, asked in told:
        places = list(asked)
        for row in await connection.fetch(statement, *zip(*asked.values(), strict=True)) if asked else ():
            found[places[row["place"] - 1]].append(row)
    return found
