"""What of agreements decisions rest on, as it is stored (sql/recognition_rules.sql), read for any caller.

A further promise that decides is read in `terms_from`; what this edition cannot read is named in `unknown`, so that
nothing is accepted by guesswork.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import orjson

from exchange.statements import statements
from schema.agreements import Agreed, Effect, EquivalenceRow, Mark, Part, Spread, Terms
from schema.recognition import RecognitionRule

_SQL = statements("recognition_rules")
SPREAD_BY = frozenset({"mark", "effect"})
ROW_HAS = frozenset({"table", "kind", "subkind", "equivalent_kind", "equivalent_subkind", "activities", "basis"})


async def agreed(connection: Any, identifiers: Collection[str], known_at: datetime | None = None) -> dict[str, Agreed]:
    """The agreements of these names, with all their versions, as known at a moment; by name."""
    if not identifiers:
        return {}
    rows = await connection.fetch(_SQL["agreed"], sorted(identifiers), known_at)
    return {row["agreement_id"]: _agreed(row) for row in rows}


async def bound(
    connection: Any, rules: Iterable[RecognitionRule], known_at: datetime | None = None
) -> tuple[RecognitionRule, ...]:
    """The rules, each with the agreement it counts under."""
    several = tuple(rules)
    found = await agreed(connection, {one.agreement for one in several if one.agreement}, known_at)
    return tuple(replace(one, agreed=found.get(one.agreement)) if one.agreement else one for one in several)


def _agreed(row: Mapping[str, Any]) -> Agreed:
    versions = orjson.loads(row["versions"])
    return Agreed(
        identifier=row["agreement_id"],
        versions=tuple(terms_from({**one, "since": date.fromisoformat(one["since"])}) for one in versions),
        parts=tuple(_part(one) for one in orjson.loads(row["members"])),
    )


def _part(one: Mapping[str, Any]) -> Part:
    until = one["until"] and date.fromisoformat(one["until"])
    since = date.fromisoformat(one["since"])
    return Part(tenant_id=one["tenant_id"], jurisdiction=tuple(one["jurisdiction"]), since=since, until=until)


def terms_from(values: Mapping[str, Any]) -> Terms:
    """One version: version, since, equivalences, contagion and accept_workdays, named as they are stored."""
    equivalences, contagion = values["equivalences"] or (), values["contagion"] or ()
    unknown = {name for one in equivalences for name in one.keys() - ROW_HAS}
    unknown |= {name for one in contagion for name in one.keys() - SPREAD_BY}
    unknown |= {one["mark"] for one in contagion if one["mark"] not in Mark.__members__}
    unknown |= {one["effect"] for one in contagion if one["effect"] not in Effect.__members__}
    known = [one for one in contagion if not unknown & {*one, *one.values()}]
    return Terms(
        version=values["version"],
        since=values["since"],
        rows=_numbered(equivalences),
        spreads=tuple(Spread(mark=Mark[one["mark"]], effect=Effect[one["effect"]]) for one in known),
        accept_workdays=values["accept_workdays"],
        unknown=tuple(sorted(unknown)),
    )


def _numbered(equivalences: Iterable[Mapping[str, Any]]) -> tuple[EquivalenceRow, ...]:
    """The rows of named tables, counted from 1 in each. Others are declared, and no rule goes by them."""
    placed, rows = Counter[str](), []
    for one in equivalences:
        if table := one.get("table"):
            placed[table] += 1
            named = {name: one.get(name) for name in ("subkind", "equivalent_subkind")}
            rows.append(EquivalenceRow(
                table=table, row=placed[table], kind=one["kind"], equivalent_kind=one["equivalent_kind"], **named,
                activities=tuple(one.get("activities") or ()), basis=one.get("basis") or "",
            ))  # fmt: skip
    return tuple(rows)
