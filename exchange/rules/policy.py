"""Local policy (本地政策): what an authority makes of what the rules find for it. Pure: terms in order, the first that
fits counts, and where none fits the default does.

A policy narrows only what may be: what must be reviewed is never dropped nor lowered. A new condition is a field of
Term and a line of `fits`, with a row in `tests/spec/policies.md`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from exchange.rules.terms import Handling, PresenceKind, Priority


@dataclass(frozen=True, kw_only=True)
class Sighting:
    """One presence that a rule found, as it was then: all a policy may look at, and what is done by default.

    `is_usual`: by default a review is opened; else only where a policy says so.
    """

    rule: str
    presence_id: str
    presence_kind: PresenceKind
    region: str
    is_by_path: bool
    priority: Priority
    handling: Handling
    workdays: int
    band: str | None = None
    days_left: int | None = None
    is_usual: bool = True


@dataclass(frozen=True, kw_only=True)
class Term:
    """One term: on which sightings of a rule (an empty condition asks nothing), and what is done with them."""

    rule: str
    presence_kinds: frozenset[PresenceKind] = frozenset()
    regions: tuple[str, ...] = ()
    bands: frozenset[str] = frozenset()
    min_days_left: int | None = None
    is_by_path: bool | None = None
    is_off: bool = False
    priority: Priority | None = None
    handling: Handling | None = None
    workdays: int | None = None
    assignee: str | None = None

    def fits(self, seen: Sighting) -> bool:
        """Whether the term is about this sighting."""
        return (
            self.rule == seen.rule
            and (not self.presence_kinds or seen.presence_kind in self.presence_kinds)
            and (not self.regions or seen.region.startswith(self.regions))
            and (not self.bands or seen.band in self.bands)
            and (self.min_days_left is None or (seen.days_left is not None and seen.days_left >= self.min_days_left))
            and self.is_by_path in (None, seen.is_by_path)
        )


@dataclass(frozen=True, kw_only=True)
class Policy:
    """A published policy of one authority, immutable: a change is the next version."""

    identifier: str
    version: int
    valid_from: date
    terms: tuple[Term, ...]


@dataclass(frozen=True, kw_only=True)
class Treatment:
    """What is done with a sighting; `place` is the number of the term that says so, none by default."""

    priority: Priority
    handling: Handling
    workdays: int
    assignee: str | None = None
    place: int | None = None


@dataclass(frozen=True, kw_only=True)
class Settled:
    """A review to open: its treatment, and the presences it covers, the first of them named."""

    treatment: Treatment
    kept: tuple[str, ...]


def apply(seen: Sighting, policy: Policy | None) -> Treatment | None:
    """What is done with a sighting; None: no review. What must be reviewed always is."""
    terms = policy.terms if policy else ()
    for place, term in enumerate(terms, start=1):
        if term.fits(seen):
            return _treated(seen, term, place)
    return Treatment(priority=seen.priority, handling=seen.handling, workdays=seen.workdays) if seen.is_usual else None


def _treated(seen: Sighting, term: Term, place: int) -> Treatment | None:
    is_must = seen.priority is Priority.MUST
    if term.is_off and not is_must:
        return None
    follows_up = Handling.FOR_FOLLOW_UP in (seen.handling, term.handling)
    return Treatment(
        priority=Priority.MUST if is_must or term.priority is Priority.MUST else Priority.MAY,
        handling=Handling.FOR_FOLLOW_UP if follows_up else Handling.FOR_ATTENTION,
        workdays=term.workdays or seen.workdays,
        assignee=term.assignee,
        place=place,
    )


def settle(several: Iterable[Sighting], policy: Policy | None) -> Settled | None:
    """One review for all that a rule found at once: the gravest treatment counts. None where nothing is left."""
    treated = [(seen.presence_id, apply(seen, policy)) for seen in several]
    kept = [(presence, treatment) for presence, treatment in treated if treatment is not None]
    if not kept:
        return None
    return Settled(
        treatment=min((treatment for _, treatment in kept), key=_gravity), kept=tuple(presence for presence, _ in kept)
    )


def taken_over(several: Iterable[Sighting], policy: Policy | None, usual: Treatment) -> Treatment:
    """What an authority makes of a review that was handed over to it: its own time and officer. How grave it is stays,
    and it is never dropped."""
    settled = settle(several, policy)
    return replace(settled.treatment, priority=usual.priority, handling=usual.handling) if settled else usual


def _gravity(one: Treatment) -> tuple[bool, bool, int, bool]:
    lesser = one.priority is not Priority.MUST, one.handling is not Handling.FOR_FOLLOW_UP
    return *lesser, one.workdays, one.place is None


def as_kept(seen: Sighting) -> dict[str, Any]:
    """A sighting as it is stored: ids, codes and numbers alone."""
    told = {
        "presence": seen.presence_id, "kind": seen.presence_kind.name, "region": seen.region, "path": seen.is_by_path,
        "priority": seen.priority.name, "handling": seen.handling.name, "workdays": seen.workdays, "band": seen.band,
        "daysLeft": seen.days_left, "usual": seen.is_usual,
    }  # fmt: skip
    return {name: value for name, value in told.items() if value is not None}


def as_seen(rule: str, kept: Mapping[str, Any]) -> Sighting:
    """A sighting as it was stored."""
    return Sighting(
        rule=rule,
        presence_id=kept["presence"],
        presence_kind=PresenceKind[kept["kind"]],
        region=kept["region"],
        is_by_path=kept["path"],
        priority=Priority[kept["priority"]],
        handling=Handling[kept["handling"]],
        workdays=kept["workdays"],
        band=kept.get("band"),
        days_left=kept.get("daysLeft"),
        is_usual=kept["usual"],
    )


def told(policy: Policy, settled: Treatment, usual: Treatment) -> dict[str, Any]:
    """Which policy and term a review follows, and what they changed, for its readers; never the officer's account."""
    zh, en = [], []
    if settled.priority is not usual.priority:
        zh.append(f"优先级由{usual.priority.value}改为{settled.priority.value}")
        en.append(f"priority {settled.priority.name} instead of {usual.priority.name}")
    if settled.handling is not usual.handling:
        zh.append(f"处置要求由{usual.handling.value}改为{settled.handling.value}")
        en.append(f"{settled.handling.name} instead of {usual.handling.name}")
    if settled.workdays != usual.workdays:
        zh.append(f"时限由 {usual.workdays} 个改为 {settled.workdays} 个工作日")
        en.append(f"{settled.workdays} working days instead of {usual.workdays}")
    if settled.assignee:
        zh.append("已指定经办人")
        en.append("an officer is named")
    return {
        "identifier": policy.identifier, "version": policy.version, "term": settled.place,
        "zh": "；".join(zh) or "与默认相同", "en": "; ".join(en) or "as by default",
    }  # fmt: skip
