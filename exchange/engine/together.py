"""One statement for several requests of the same operation by the same caller: a row of parameters each.

What a request has of its own (arguments, purpose, case, id) comes from the row, all else from parameters as alone. When
requests go together is in exchange/gathering.py.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from tenants.access import Misses

_PARAMETER = re.compile(r"\$(\d+)(?:::[a-z]+(?:\[\])?)?")
# Arrays out of subqueries: the plan does not depend on how many requests there are, so one plan serves all.
_REQUESTS = ", lateral unnest({arrays}) with ordinality asked({names}, place)"


@dataclass(frozen=True, kw_only=True)
class Standing:
    """All that the shared parameters of a request come from: only requests that are equal in it go together."""

    tenant_id: int
    client_id: str
    sight: tuple[str, str, str, str]
    scopes: frozenset[str]
    misses: Misses
    edition: int
    day: date


@dataclass(frozen=True, kw_only=True, eq=False)
class Together:
    """`own` are the places of parameters that differ by request; `limits` those that get less by what goes together."""

    sql: str
    own: tuple[int, ...]
    limits: tuple[int, ...]

    def parameters(self, several: Sequence[Sequence[Any]], unseen: int) -> list[Any]:
        """Of all requests together. `unseen` look-ups are under way that may be misses and nobody counts yet."""
        found = list(several[0])
        for place in self.own:
            found[place] = [one[place] for one in several]
        for place in self.limits:
            found[place] -= unseen
        return found


def alone(sql: str) -> str:
    """The statement for one request."""
    return filled(sql, every="", requests="", named="", in_order="")


def together(sql: str, own: Mapping[int, str], limits: tuple[int, ...]) -> Together | None:
    """The same for several; None where a request brings a list, which has no place in a row."""
    if not own or any(name.endswith("[]") for name in own.values()):
        return None
    requests = _REQUESTS.format(
        arrays=", ".join(f"(select ${number}::{name}[])" for number, name in own.items()),
        names=", ".join(f"v{number}" for number in own),
    )
    rows = _PARAMETER.sub(lambda found: f"asked.v{found[1]}" if int(found[1]) in own else found[0], sql)
    several = filled(rows, every="asked.*, ", requests=requests, named=" asked", in_order=" order by asked.place")
    return Together(sql=several, own=tuple(number - 1 for number in own), limits=limits)


def filled(sql: str, **pieces: str) -> str:
    """A statement with these pieces in the places named after them."""
    for name, piece in pieces.items():
        sql = sql.replace(f"{{{name}}}", piece)
    return sql
