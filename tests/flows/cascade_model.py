"""What tests/spec/cascade.md says, as a plain model that shares no code with the hub: flags, reviews, who was told.

One place, Guangzhou, reviews; others report. Add the next doing as a method, called in test_cascade_properties.py.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date

REVIEWER, PARTNER = "广州", "平台"
TERM_ENDS, AFTER_TERM = date(2026, 11, 30), date(2026, 12, 1)


@dataclass(kw_only=True)
class Flag:
    """A record of a sanction. `ended` is none while it stands; a voided one is gone."""

    place: str
    decision: str
    has_term: bool = False
    lifted: date | None = None
    is_over: bool = False
    """Its term has ended."""

    @property
    def stands(self) -> bool:
        return self.lifted is None and not self.is_over

    @property
    def ended(self) -> date:
        days = [day for day in (self.lifted, AFTER_TERM if self.is_over else None) if day is not None]
        return min(days)


@dataclass(kw_only=True)
class Review:
    """`causes` are pairs of a flag and since when it blocks no more."""

    decision: str
    matters: set[int]
    causes: list[tuple[Flag, date | None]]
    state: str = "RECEIVED"
    cleared: date | None = None

    @property
    def joined(self) -> list[str]:
        """Authorities, other than the first, whose reports joined."""
        first = self.causes[0][0].place
        return [place for place in dict.fromkeys(flag.place for flag, _ in self.causes) if place != first]


@dataclass(kw_only=True)
class Model:
    """One firm."""

    places: tuple[str, ...]
    flags: dict[tuple[str, str], Flag] = field(default_factory=dict)
    reviews: list[Review] = field(default_factory=list)
    matters: int = 0
    told: dict[str, Counter[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.told = {place: Counter() for place in (*self.places, REVIEWER, PARTNER)}

    @property
    def standing(self) -> list[Flag]:
        """Flags that stand, in the order they were raised."""
        return [flag for flag in self.flags.values() if flag.stands]

    @property
    def cleared_on(self) -> date | None:
        return None if self.standing else max((flag.ended for flag in self.flags.values()), default=None)

    def file_matter(self) -> None:
        self.matters += 1
        for decision in dict.fromkeys(flag.decision for flag in self.standing):
            self._open([flag for flag in self.standing if flag.decision == decision], {self.matters})

    def report(self, place: str, name: str, *, has_term: bool = False) -> None:
        if (place, name) not in self.flags:
            self._raise((place, name), Flag(place=place, decision=name[0], has_term=has_term))

    def lift(self, place: str, name: str, day: date) -> None:
        flag = self.flags[place, name]
        flag.lifted = day
        self._tell_all("移出")
        self._end(flag, day)

    def undo_lifting(self, place: str, name: str) -> None:
        flag = self.flags.pop((place, name))
        flag.lifted = None
        self._raise((place, name), flag)

    def void(self, place: str, name: str, day: date) -> None:
        flag = self.flags.pop((place, name))
        self._tell_all("作废")
        if flag.lifted is None:
            self._tell_all("移出")
        self._end(flag, day)

    def end_terms(self) -> None:
        for flag in self.flags.values():
            if flag.has_term and flag.stands:
                flag.is_over = True
                self._tell_all("期满")
                self._end(flag, AFTER_TERM)

    def decide(self, at: int) -> None:
        review = self.reviews[at]
        review.state = "DECIDED"
        self._tell_parties(review, "办结")
        self.told[PARTNER]["办结"] += 1

    def _raise(self, key: tuple[str, str], flag: Flag) -> None:
        self.flags[key] = flag
        self._tell_all("列入")
        if not self.matters:
            return
        same = [one for one in self.reviews if one.decision == flag.decision and one.state != "WITHDRAWN"]
        earlier = [one for one in same if any(other is not flag and end is None for other, end in one.causes)]
        for review in earlier:
            self._join(review, flag)
        if not earlier:
            self._open([flag], set(range(1, self.matters + 1)))

    def _open(self, flags: list[Flag], matters: set[int]) -> None:
        review = Review(decision=flags[0].decision, matters=matters, causes=[(flags[0], None)])
        self.reviews.append(review)
        self.told[REVIEWER]["开启"] += 1
        self.told[flags[0].place]["开启"] += 1
        for flag in flags[1:]:
            self._join(review, flag)

    def _join(self, review: Review, flag: Flag) -> None:
        review.causes.append((flag, None))
        self.told[REVIEWER]["并入"] += 1
        self.told[flag.place]["并入"] += 1

    def _end(self, flag: Flag, day: date) -> None:
        for review in self.reviews:
            review.causes = [(one, day if one is flag and end is None else end) for one, end in review.causes]
            days = [end for _, end in review.causes if end is not None]
            if review.cleared is None and len(days) == len(review.causes):
                review.cleared = max(days)
                self._tell_parties(review, "起因解除")
                if review.state == "RECEIVED":
                    review.state = "WITHDRAWN"
                    self._tell_first(review, "撤回")

    def _tell_parties(self, review: Review, what: str) -> None:
        self._tell_first(review, what)
        for place in review.joined:
            self.told[place]["进展"] += 1
            self.told[REVIEWER]["进展"] += 1

    def _tell_first(self, review: Review, what: str) -> None:
        self.told[REVIEWER][what] += 1
        self.told[review.causes[0][0].place][what] += 1

    def _tell_all(self, what: str) -> None:
        for counts in self.told.values():
            counts[what] += 1
