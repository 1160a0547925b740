"""Statistics: counts by place, industry, month or kind of what the caller may read one by one, and of nothing else.

Nothing is counted that the caller's sight hides, so nothing is suppressed; small counts of persons are pointed out for
whoever publishes them further. A new measure is a statement in sql/statistics.sql and a line of MEASURES. Of a past day
or moment the same statements count the records as they stood (`back`).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from exchange.posts import activity_rows, need_rows
from exchange.statements import statements
from schema.errors import Refusal
from schema.fields import Unreadable, division_code
from schema.regions import cities_within, provinces, region
from tenants.caller import Caller

_SQL = statements("statistics")
MOST_ROWS = 2_000
SMALL = range(1, 5)
END_OF_TIME = datetime.max.replace(tzinfo=UTC)
KEY = ("region", "industry", "month", "kind")
CERTIFICATES = ("total", "valid", "expiring", "expired", "review_lapsed", "suspended", "revoked")
BANDS = ("red", "orange", "yellow", "blue", "unrated")


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One thing that is counted: its statement, the scope that opens it, its figures."""

    name: str
    sql: str
    scope: str
    figures: tuple[str, ...]
    is_of_records: bool = True


MEASURES = (
    Measure(name="certificates", sql=_SQL["certificates"], scope="record.read", figures=CERTIFICATES),
    Measure(name="posts", sql=_SQL["posts"], scope="record.read", figures=("required", "certified")),
    Measure(name="firms", sql=_SQL["firms"], scope="record.read", figures=BANDS),
    Measure(name="flags", sql=_SQL["flags"], scope="flag.read", figures=("category", "standing")),
    Measure(name="reviews", sql=_SQL["reviews"], scope="review.read", figures=("open", "overdue"), is_of_records=False),
)


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is counted and told apart. `places` are cities of four digits and counties of six."""

    by: tuple[str, ...]
    places: tuple[str, ...]
    kinds: tuple[str, ...] | None
    day: date
    known_at: datetime | None = None  # None: by what is known now
    is_back: bool = False  # of a day or a knowledge that is past

    @property
    def cities(self) -> list[str]:
        """The cities the places lie in: what the index is entered with."""
        return sorted({place[:4] for place in self.places})

    @property
    def digits(self) -> int:
        """How much of a division's code tells places apart: cities, within one city its counties."""
        if "REGION" not in self.by:
            return 0
        return 4 if len(self.cities) > 1 else 6

    def parameters(self) -> list[Any]:
        """The parameters $1 to $9 of every statement."""
        told_apart = [name in self.by for name in ("INDUSTRY", "MONTH", "KIND")]
        kinds = None if self.kinds is None else list(self.kinds)
        return [self.cities, list(self.places), kinds, self.day, self.digits, *told_apart, MOST_ROWS + 1]


def question(
    caller: Caller,
    *,
    by: Sequence[str],
    within: str | None,
    kinds: Sequence[str] | None,
    day: date,
    known_at: datetime | None = None,
    is_back: bool = False,
) -> Question:
    """The question of a caller. Raises Refusal BAD_INPUT, or FIELD_UNREADABLE for what is no division."""
    if len(by) > 2 or len(set(by)) < len(by):
        raise Refusal("BAD_INPUT", field=("by",), detail="by: at most two, each once")
    return Question(
        by=tuple(by),
        places=places_within(within) if within is not None else jurisdiction(caller.tenant.jurisdiction),
        kinds=None if kinds is None else tuple(kinds),
        day=day,
        known_at=known_at,
        is_back=is_back,
    )


def places_within(code: str) -> tuple[str, ...]:
    """The cities of a division, or the county itself."""
    try:
        code = division_code(code)
    except Unreadable as error:
        raise Refusal(error.code, field=("region",), **error.values) from error
    return cities_within(code) if code.endswith("00") else (code,)


def jurisdiction(prefixes: Iterable[str]) -> tuple[str, ...]:
    """The places of a jurisdiction; everywhere for those who have none, row security leaves them what is theirs."""
    codes = [prefix.ljust(6, "0") for prefix in prefixes] or [one.code for one in provinces()]
    return tuple(sorted({place for code in codes for place in places_within(code)}))


def back(sql: str, moment: str) -> str:
    """The same statement over the records as they stood on its day ($4) by what was known at `moment`."""
    then = f"$4::date, {moment}"
    sql = re.sub(r"\bfrom record\b", f"from known_records({then})", sql)
    sql = re.sub(r"\b(certificate_status|is_good)\((\w+), \$4::date\)", rf"\1(\2, {then})", sql)
    return re.sub(r"\bis_transferred\((\w+)\)", rf"is_transferred(\1, {then})", sql)


async def count(connection: Any, caller: Caller, asked: Question) -> list[dict[str, Any]]:
    """The rows of an answer, in the caller's transaction. Raises Refusal QUERY_TOO_LARGE beyond MOST_ROWS."""
    found: dict[tuple[str | None, ...], dict[str, Any]] = {}
    for measure in MEASURES:
        if measure.scope not in caller.scopes:
            continue
        sql, parameters = measure.sql, [*asked.parameters(), *_further(measure, caller)]
        if asked.is_back and measure.is_of_records:
            parameters.append(asked.known_at or END_OF_TIME)
            sql = back(sql, f"${len(parameters)}::timestamptz")
        for counted in await connection.fetch(sql, *parameters):
            row = found.setdefault(tuple(counted[name] for name in KEY), {})
            row.setdefault(measure.name, []).append({name: counted[name] for name in measure.figures})
    if len(found) > MOST_ROWS:
        raise Refusal("QUERY_TOO_LARGE", limit=f"{MOST_ROWS} rows")
    if not asked.by:
        found.setdefault((None,) * len(KEY), {})
    return [_row(key, found[key]) for key in sorted(found, key=lambda key: tuple(part or "" for part in key))]


def _further(measure: Measure, caller: Caller) -> list[Any]:
    """The parameters a statement has beyond those of all."""
    if measure.name == "reviews":
        return [caller.tenant.tenant_id, caller.tenant.region]
    if measure.name == "posts":
        return [list(column) for column in (*zip(*need_rows(), strict=True), *zip(*activity_rows(), strict=True))]
    return []


def _row(key: tuple[str | None, ...], counted: Mapping[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """A row as its GraphQL type holds it, with zeros for what was not there to count."""
    code = key[0] and key[0].ljust(6, "0")
    place = region(code) if code else None
    one = {
        measure.name: counted.get(measure.name, [dict.fromkeys(measure.figures, 0)])[0]
        for measure in MEASURES
        if measure.name != "flags"
    }
    certificates, posts = one["certificates"], one["posts"]
    told_apart = sum(certificates[name] for name in CERTIFICATES if name not in ("total", "expiring"))
    return {
        **dict(zip(KEY, (code, *key[1:]), strict=True)),
        **one,
        "region_name": place.name if place else None,
        "certificates": {**certificates, "other": certificates["total"] - told_apart},
        "posts": {**posts, "rate": posts["certified"] / posts["required"] if posts["required"] else None},
        "flags": counted.get("flags", []),
        "has_small_counts": any(value in SMALL for value in (*certificates.values(), *posts.values())),
    }
