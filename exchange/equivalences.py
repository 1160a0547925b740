"""证书对应关系 Tables of equivalence between sorts of certificates, as members publish them within an agreement.

What a table must be is `equivalence_faults`; how one answers a question is in exchange/recognition/agreed.py.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from exchange.recognition.publication import CERTIFICATE_KINDS, LONGEST_TEXT, MOST_LISTED
from schema.errors import Refusal
from schema.recognition_rules import NATIONAL_RULES

MOST_EQUIVALENCES, LONGEST_NAME = 1000, 63


@dataclass(frozen=True, kw_only=True)
class Equivalence:
    """对应关系: members hold a certificate of one sort to be as good as one of another; a rule says who accepts it, by
    the name of the table. A row of no table is declared, and no rule goes by it."""

    table: str | None = None
    kind: str
    subkind: str | None = None
    equivalent_kind: str
    equivalent_subkind: str | None = None
    activities: tuple[str, ...] = ()
    basis: str = ""


def equivalence_from(values: Mapping[str, Any]) -> Equivalence:
    """The row an input or a file describes."""
    given = {name: value for name, value in values.items() if value is not None}
    return Equivalence(**{**given, "activities": tuple(given.get("activities", ()))})


def equivalence_faults(rows: Sequence[Equivalence], day: date) -> Iterator[Refusal]:
    """Everything that is wrong with the rows; fields lie within the agreement's input."""
    if len(rows) > MOST_EQUIVALENCES:
        yield _beyond((), "equivalences", 0, MOST_EQUIVALENCES)
        return
    nation_wide = _nation_wide(day)
    for place, one in enumerate(rows):
        field = ("equivalences", str(place))
        if not {one.kind, one.equivalent_kind} <= CERTIFICATE_KINDS:
            yield Refusal("VALUE_NOT_IN_TABLE", field=(*field, "kind"), known=" ".join(sorted(CERTIFICATE_KINDS)))
        for name, kind in (("kind", one.kind), ("equivalentKind", one.equivalent_kind)):
            if kind in nation_wide:
                yield Refusal("EQUIVALENCE_NATION_WIDE", field=(*field, name), kind=kind)
        yield from _row(one, field)
    yield from _overlaps(rows)


def _nation_wide(day: date) -> frozenset[str]:
    """Kinds the law speaks of: no agreement narrows where they count, or lets another do in their place."""
    in_force = (rule for rule in NATIONAL_RULES if rule.valid_to is None or day <= rule.valid_to)
    return frozenset(kind for rule in in_force for kind in rule.kinds)


def _row(one: Equivalence, field: tuple[str, ...]) -> Iterator[Refusal]:
    if one.table is not None and not 1 <= len(one.table.strip()) <= LONGEST_NAME:
        yield _beyond(field, "table", 1, LONGEST_NAME)
    if one.table is not None and not one.activities:
        yield Refusal("FIELD_REQUIRED", field=(*field, "activities"))  # activities are recognised, not occupations
    if len(one.activities) > MOST_LISTED or not all(0 < len(each) <= LONGEST_NAME for each in one.activities):
        yield _beyond(field, "activities", 1, MOST_LISTED)
    if len(one.basis) > LONGEST_TEXT:
        yield _beyond(field, "basis", 0, LONGEST_TEXT)


def _beyond(field: tuple[str, ...], name: str, least: int, most: int) -> Refusal:
    return Refusal("RULE_OUT_OF_LIMITS", field=(*field, name), name=name, least=least, most=most)


def _overlaps(rows: Sequence[Equivalence]) -> Iterator[Refusal]:
    """Two rows of a table that speak of the same certificate and work would leave every answer open."""
    numbers, seen = Counter[str](), dict[tuple[str, str, str], list[tuple[int, str | None]]]()
    for place, one in enumerate(rows):
        if one.table is None:
            continue
        numbers[one.table] += 1
        for activity in one.activities:
            former = seen.setdefault((one.table, one.kind, activity), [])
            rival = next((row for row, subkind in former if _is_same(subkind, one.subkind)), None)
            if rival is not None:
                yield Refusal("EQUIVALENCE_OVERLAPS", field=("equivalences", str(place)), row=rival)
                break
            former.append((numbers[one.table], one.subkind))


def _is_same(some: str | None, other: str | None) -> bool:
    return some is None or other is None or some == other


def told_equivalences(terms: Mapping[str, Any]) -> list[dict[str, Any]]:
    """As the GraphQL type Equivalence: with the row by which an answer names it."""
    placed, told = Counter[str](), []
    for one in terms.get("equivalences", []):
        table = one.get("table")
        placed[table or ""] += 1
        told.append({"activities": [], **one, "table": table, "row": placed[table] if table else None})
    return told
