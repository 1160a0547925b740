"""Whether what was announced still stands, and what stands against a firm or person that is present anew.

When an event is handled, what it told may be over already: the order of work never shows. The next type of cause that
ends by itself is a member of ENDINGS, one that stands until it is lifted of STANDING.
"""

import uuid
from collections.abc import Mapping, Sequence
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


async def standing_against_subject(connection: Any, event: Mapping[str, Any], person: str | None) -> list[Any]:
    """The events of others that still are causes against the firm or person of a presence (hub role)."""
    reached = (event["owner_id"], event["day"], event["position"])
    if person is None:
        flags = await connection.fetch(_SQL["standing_of_firm"], event["credit_code"], *reached)
        return [*flags, *await connection.fetch(_SQL["standing_tips"], event["credit_code"], None, *reached)]
    return await standing_against_person(connection, person, reached)


async def standing_against_person(connection: Any, person: str, reached: tuple[int, date, int]) -> list[Any]:
    """The same of a person, for an authority, on a day, up to a position."""
    lapses = await connection.fetch(_SQL["standing_lapses"], uuid.UUID(person), *reached)
    actions = await connection.fetch(_SQL["standing_actions"], uuid.UUID(person), *reached)
    return [*lapses, *actions, *await connection.fetch(_SQL["standing_tips"], None, uuid.UUID(person), *reached)]
