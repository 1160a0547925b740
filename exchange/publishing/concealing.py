"""Texts about persons that an officer types: kept without the names and ID numbers of those they are about.

What stands in a record's own fields is concealed when it is sealed (sealing.py).
"""

import uuid
from collections.abc import Sequence
from typing import Any

from exchange.statements import statements
from schema.fields import conceal, own_names

_SQL = statements("concealing")


async def concealed(
    connection: Any, text: str, *, records: Sequence[uuid.UUID] = (), persons: Sequence[uuid.UUID] = ()
) -> str:
    """The text without the names of these persons, and of the persons these records are about."""
    rows = await connection.fetch(_SQL["names_of_persons"], list(records), list(persons))
    return conceal(text, own_names(row["name"] for row in rows))


async def concealed_of_review(connection: Any, text: str, review_id: uuid.UUID) -> str:
    """The text without the name of the person a review is about."""
    person = await connection.fetchval(_SQL["person_of_review"], review_id)
    return await concealed(connection, text, persons=[person] if person else [])
