"""What nobody reports by itself (自动发现), judged from what is on record of a person on a day. Pure functions.

The next detection is a function here and a line in DETECTIONS, with rows in `tests/spec/detections.md`, its two events
in schema/events.py and a rule in rules/detected.py. What is not known never makes a situation.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from exchange.posts import Activities, Held, Posted, asked_of
from schema.kinds.appointment import Engagement, Post

BOUND = "CONSTRUCTION_SAFETY_MANAGER"
"""The certificate that is bound to one employer: the A, B and C of one person belong to one firm."""
PRINCIPAL_CLASS = "A"


@dataclass(frozen=True, kw_only=True)
class Tie:
    """A record that ties a person to a firm; `line` are the firms it came from, which are no other firm."""

    record_id: str
    person_id: str
    owner_id: int
    credit_code: str
    region: str
    line: frozenset[str] = frozenset()

    def is_elsewhere(self, other: "Tie") -> bool:
        """Whether the other is to another firm, not the same under an earlier or later code."""
        is_same = self.credit_code == other.credit_code
        return not (is_same or self.credit_code in other.line or other.credit_code in self.line)


@dataclass(frozen=True, kw_only=True)
class Appointed(Tie):
    """A post held on the day."""

    post: Post
    engagement: Engagement | None = None
    activities: Activities

    @property
    def is_full_time(self) -> bool:
        """Only where somebody says so: whoever lawfully serves several small firms is not lent."""
        return self.engagement is Engagement.FULL_TIME or (
            self.engagement is None and self.post is Post.FULL_TIME_SAFETY_MANAGER
        )


@dataclass(frozen=True, kw_only=True)
class Certified(Tie):
    """A good certificate bound to an employer, its class, and whether the holder is on it as legal representative."""

    manager_class: str
    is_legal_representative: bool = False


@dataclass(frozen=True, kw_only=True)
class HeldFrom(Held):
    """A certificate held, and who keeps it."""

    owner_id: int


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is on record of one person, under all ids, on the day."""

    appointed: tuple[Appointed, ...] = ()
    certified: tuple[Certified, ...] = ()
    held: tuple[HeldFrom, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Situation:
    """What was found of a record; `told` are codes and divisions, for the authority of the record."""

    type: str
    tie: Tie
    told: dict[str, Any] = field(default_factory=dict)


UNCERTIFIED, LENT = "post.uncertified", "credential.multiSiteSuspected"


def uncertified(known: Known) -> Iterator[Situation]:
    """岗位不符 A post that by law needs a certificate, held without a good one.

    Where what the post needs depends on a trade that is not known, nothing is found. `isTold` where another authority's
    certificate stopped being good: the place hears of that by a rule of its own.
    """
    for one in known.appointed:
        asked = asked_of(one.post, one.activities)
        fitting = asked.fitting(Posted(person_id=one.person_id, post=one.post, held=known.held))
        if not asked.is_needed or any(held.is_good for held in fitting):
            continue
        best = fitting[0] if fitting else None
        is_told = isinstance(best, HeldFrom) and best.owner_id != one.owner_id and best.status in _TOLD_ELSEWHERE
        status = best.status if best else "MISSING"
        yield Situation(type=UNCERTIFIED, tie=one, told={
            "post": one.post.name, "certificateStatus": status, **({"isTold": True} if is_told else {}),
        })  # fmt: skip


_TOLD_ELSEWHERE = frozenset({"EXPIRED", "REVIEW_LAPSED", "SUSPENDED", "REVOKED", "RESCINDED", "CANCELLED"})


def lent(known: Known) -> Iterator[Situation]:
    """疑似挂靠 Full-time at two firms on one day, or certificates bound to two employers."""
    full_time = [one for one in known.appointed if one.is_full_time]
    yield from _apart(full_time, "FULL_TIME_POST", lambda one, other: True)
    yield from _apart(known.certified, "EMPLOYER_BOUND_CERTIFICATE", _is_unlawful)


def _is_unlawful(one: Certified, other: Certified) -> bool:
    """A legal representative of several firms has one A for each of them."""
    return not all(each.manager_class == PRINCIPAL_CLASS and each.is_legal_representative for each in (one, other))


def _apart(ties: Sequence[Any], kind: str, counts: Callable[[Any, Any], bool]) -> Iterator[Situation]:
    """Each that has another at another firm, with the divisions where those are."""
    for one in ties:
        others = [other for other in ties if one.is_elsewhere(other) and counts(one, other)]
        if others:
            regions = sorted({other.region for other in others})
            yield Situation(type=LENT, tie=one, told={"evidence": kind, "otherRegions": regions})


DETECTIONS: tuple[Callable[[Known], Iterator[Situation]], ...] = (uncertified, lent)


def situations(known: Known) -> tuple[Situation, ...]:
    """All that is found of a person."""
    return tuple(found for detection in DETECTIONS for found in detection(known))
