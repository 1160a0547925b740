"""重大危险源分级 The level of a major hazard source by GB 18218-2018: S = Σ q/Q, R = α·Σ β·q/Q. Pure.

The tables are data: schema/codes/gb18218_2018.json. Another standard is a further module beside this one.
"""

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache
from importlib import resources
from typing import Any

from schema.fields import Unreadable, paragraphs, show

STANDARD = "GB 18218-2018"

_AMOUNT = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)(?:t|吨)?", re.ASCII | re.IGNORECASE)
_SYMBOL = re.compile(r"[JW]\d{1,2}(?:\.\d)?", re.ASCII)
_LONGEST = 2000


@dataclass(frozen=True, kw_only=True)
class Substance:
    """One substance of a unit as it was stated: tonnes, and where given critical amount, β, or a category symbol."""

    name: str
    amount: Fraction
    critical: Fraction | None = None
    beta: Fraction | None = None
    symbol: str | None = None


@dataclass(frozen=True, kw_only=True)
class Rating:
    """S, R, and the level: LEVEL_1 (一级, the gravest) to LEVEL_4, or None when S < 1, so that it is no such source."""

    total: Fraction
    grade: Fraction
    level: str | None


class UnknownSubstance(Exception):
    """Neither stated nor in the tables: critical amount or β of the named substance."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__("critical amount or factor unknown")


def substances(raw: object) -> str:
    """Reads `氨/80；氯/10/5/4；某易燃液体/100/W5.3`: name, tonnes, then Q and β, or a symbol. Gives one way of writing.

    Raises Unreadable FIELD_UNREADABLE.
    """
    written = paragraphs(_LONGEST)(raw)
    try:
        found = stated(written)
    except ValueError:
        raise Unreadable("FIELD_UNREADABLE", show(raw)) from None
    return "；".join(_written(one) for one in found)


def stated(written: str) -> tuple[Substance, ...]:
    """The substances of a text as `substances` takes it. Raises ValueError."""
    entries = [entry for entry in re.split(r"[;；\n]", written) if entry.strip()]
    if not entries:
        raise ValueError("no substance")
    return tuple(_substance([part.strip() for part in entry.split("/")]) for entry in entries)


def rate(present: Iterable[Substance], alpha: Fraction) -> Rating:
    """The rating of a unit. Raises UnknownSubstance."""
    total = grade = Fraction(0)
    for one in present:
        critical, beta = _factors(one)
        total += one.amount / critical
        grade += beta * one.amount / critical
    grade *= alpha
    return Rating(total=total, grade=grade, level=level_of(grade) if total >= 1 else None)


def level_of(grade: Fraction) -> str:
    """The level an R stands for; the lower bound of each belongs to it."""
    for place, entry in enumerate(_tables()["levels"], start=1):
        if entry["r_min_incl"] is None or grade >= entry["r_min_incl"]:
            return f"LEVEL_{place}"
    raise LookupError("the table of levels has no last one")


def alpha_for(people: int) -> Fraction:
    """α by the number of people within 500 m of the fence."""
    return next(Fraction(str(entry["alpha"])) for entry in _tables()["alpha"] if people >= entry["people_min"])


def _substance(parts: list[str]) -> Substance:
    name, amount, *further = parts
    if not name or len(further) > 2:
        raise ValueError("name/amount/Q/β")
    stated_amount = _number(amount)
    if len(further) == 1 and _SYMBOL.fullmatch(symbol := further[0].upper()):
        if symbol not in _tables()["by_symbol"]:
            raise ValueError("no such category")
        return Substance(name=name, amount=stated_amount, symbol=symbol)
    numbers = [_number(part) if part else None for part in (*further, "", "")]
    if numbers[0] == 0:
        raise ValueError("a critical amount of nothing")
    return Substance(name=name, amount=stated_amount, critical=numbers[0], beta=numbers[1])


def _number(written: str) -> Fraction:
    match = _AMOUNT.fullmatch(unicodedata.normalize("NFKC", written).strip())
    if match is None:
        raise ValueError("not an amount")
    return Fraction(match[1])


def _written(one: Substance) -> str:
    further = [one.symbol] if one.symbol else [_decimal(one.critical), _decimal(one.beta)]
    return "/".join([one.name, _decimal(one.amount), *further]).rstrip("/")


def _decimal(number: Fraction | None) -> str:
    if number is None:
        return ""
    written = f"{Decimal(number.numerator) / number.denominator:f}"
    return written.rstrip("0").rstrip(".") if "." in written else written


def _factors(one: Substance) -> tuple[Fraction, Fraction]:
    """Q and β: as stated, else by the substance's name, else by its hazard category."""
    named = _tables()["by_name"].get(_plain(one.name), {})
    category = _tables()["by_symbol"].get(one.symbol, {})
    critical = one.critical or named.get("critical") or category.get("critical")
    beta = one.beta or named.get("beta") or category.get("beta")
    if critical is None or beta is None:
        raise UnknownSubstance(one.name)
    return critical, beta


@cache
def _tables() -> Mapping[str, Any]:
    """The tables, with what is looked up by name and by symbol as exact numbers.

    A name that stands for several substances (硝化棉) is none: the full name, or Q and β, have to be stated.
    """
    with resources.files("schema.codes").joinpath("gb18218_2018.json").open(encoding="utf-8") as file:
        tables: dict[str, Any] = json.load(file)
    betas = {_plain(name): Fraction(beta) for name, beta in tables["beta_named"].items()}
    by_name: dict[str, dict[str, Fraction | None]] = {}
    ambiguous: set[str] = set()
    for chemical in tables["chemicals"]:
        plain = _plain(chemical["name"])
        short = plain.partition("(")[0]  # 氯化氢(无水) has its β under 氯化氢; 硝酸 alone is not 硝酸(含硝酸>70%)
        names = {plain, *map(_plain, chemical["alias"]), *({short} & betas.keys())}
        entry = {
            "critical": Fraction(str(chemical["critical_t"])),
            "beta": next((betas[name] for name in names if name in betas), None),
        }
        ambiguous |= {name for name in names if name in by_name and name != plain}
        by_name |= {name: entry for name in names}
    by_symbol = {
        entry["symbol"]: {"critical": Fraction(str(entry["critical_t"])), "beta": Fraction(str(entry["beta"]))}
        for entry in tables["categories"]
    }
    kept = {name: entry for name, entry in by_name.items() if name not in ambiguous}
    return {**tables, "by_name": kept, "by_symbol": by_symbol}


def _plain(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).split()).casefold()
