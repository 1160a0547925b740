"""Columns of a file that stand for no field: told once each, so that nobody believes them taken; the rows stay.

A title that should be understood is added to `headers` of the field, in schema/kinds/.
"""

from collections.abc import Iterable, Iterator

from exchange.intake.headers import field_of
from exchange.intake.national import NOT_TAKEN
from exchange.intake.row import Row
from schema.fields import show
from schema.record import Finding, Kind, finding

AT_MOST = 50
"""So many are told of; a file with more has no titles at all."""


def noting_unknown(rows: Iterable[Row], kind: Kind, unknown: dict[str, Finding]) -> Iterator[Row]:
    """The rows as they are; on the way `unknown` takes up every title that stands for no field, with its warning."""
    seen: set[str] = set()
    for row in rows:
        if len(unknown) < AT_MOST and not row.original.keys() <= seen:
            for title in row.original.keys() - seen:
                seen.add(title)
                if title.strip() and field_of(title, kind) is None and title not in NOT_TAKEN:
                    unknown[title] = finding("FIELD_UNKNOWN", show(title), severity="WARNING")
        yield row
