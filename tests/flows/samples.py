"""A publishable record of any kind, made from the samples of its template: for tests that every kind has to pass.

A kind needs nothing here: its samples have to be a good row anyway.
"""

import re
from collections.abc import Mapping
from datetime import date
from itertools import count
from typing import Any

from exchange.demo.cast import BY_SLUG
from schema.graphql.inputs import mutation_name
from schema.record import Field, Kind, Role
from tests.flows.material import Firm, Person, publish
from tests.flows.neighbours import HOUSING, SHENZHEN

SAMPLE_ID, SAMPLE_CODE = "990000198506150010", "91440300DEM000014E"
_SERIALS = count(3_000)


def publisher_of(kind: Kind) -> str:
    """A tenant that may publish it."""
    return HOUSING if kind.sector == "HOUSING" else SHENZHEN


def root_name(kind: Kind) -> str:
    """The kind as its mutation writes it: RISK_GRADING -> riskGrading."""
    first, *words = mutation_name(kind).removesuffix("_publish").split("_")
    return first + "".join(word.capitalize() for word in words)


def written(kind: Kind, firm: Firm, person: Person) -> dict[str, str]:
    """The sample row as a file has it, about this firm and this person, of the publisher's region."""
    row = {
        field.name: field.sample.replace(SAMPLE_ID, person.id_number).replace(SAMPLE_CODE, firm.credit_code)
        for field in kind.fields
        if field.sample
    }
    told = {Role.CREDIT_CODE: firm.credit_code, Role.REGION: BY_SLUG[publisher_of(kind)].region or ""}
    row |= {kind.by_role[role].name: value for role, value in told.items() if role in kind.by_role}
    if not {Role.CREDIT_CODE, Role.ID_NUMBER} & {kind.by_name[name].role for name in kind.identity}:
        row |= {name: _another(row[name]) for name in kind.identity if person.id_number not in row[name]}
    return row


def _another(value: str) -> str:
    """The same with another number at its end, where it has one."""
    return re.sub(r"\d+(?=\D*$)", lambda found: str(next(_SERIALS)).zfill(len(found[0])), value)


def sent(kind: Kind, firm: Firm, person: Person) -> dict[str, Any]:
    """The same as the input of the kind's mutation."""
    return {name: _value(kind.by_name[name], value) for name, value in written(kind, firm, person).items()}


def _value(field: Field, value: str) -> Any:
    read = field.read(value)
    return read.isoformat() if isinstance(read, date) else read


async def publish_sample(ask: Any, kind: Kind, values: Mapping[str, Any]) -> str:
    """Publish it as whoever may; the id of the record."""
    return await publish(ask, publisher_of(kind), root_name(kind), values)
