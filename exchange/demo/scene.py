"""Whom one run of the story is about: firms, persons and numbers that no other run has.

Add the next person of the story to `Scene` with an index of its own.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from exchange.demo.people import Firm, Person, firm_named, person_numbered

_FIRST_SERIAL = 100_000
_FIRMS_A_RUN = 4
_PERSONS_A_RUN = 30
_BLOCKS = 9_998
_LONG_ENOUGH = timedelta(days=30)  # five working days end within them, whatever holidays there are
MATTER_CODE = "DEM-440100-0001"


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One run of the story on a day. Runs with different numbers share no subject."""

    number: int
    day: date

    @property
    def last_day(self) -> date:
        """The last day of the certificate that ends, so long ago that its review is overdue by today as well.

        The story moves the clock from here on: no day to come is left in the records of the installation.
        """
        return self.day - _LONG_ENOUGH

    @property
    def day_after(self) -> date:
        """When what ended has ended."""
        return self.last_day + timedelta(days=1)

    @property
    def flagged(self) -> Firm:
        """The Shenzhen firm that is regraded RED."""
        return self._firm(0)

    @property
    def other(self) -> Firm:
        """Another Shenzhen firm, flagged while the partner is away."""
        return self._firm(1)

    @property
    def refused(self) -> Firm:
        """A Shenzhen firm whose grading comes without its decision number."""
        return self._firm(2)

    @property
    def officer(self) -> Person:
        """A safety manager with most of the three years left."""
        return self.person(0)

    @property
    def expiring(self) -> Person:
        """A safety manager whose last valid day was a month ago."""
        return self.person(1)

    @property
    def ending(self) -> Person:
        """A safety manager with ten days left."""
        return self.person(2)

    @property
    def welder(self) -> Person:
        """A special operator, reviewed in time."""
        return self.person(3)

    @property
    def lapsing(self) -> Person:
        """A special operator whose review was due that day, three years before the certificate ends."""
        return self.person(4)

    @property
    def engineer(self) -> Person:
        """An assistant safety engineer, a kind for which nobody has published a rule."""
        return self.person(5)

    @property
    def stranger(self) -> Person:
        """A construction safety manager of Guangdong, not of the enterprise's staff."""
        return self.person(6)

    def person(self, index: int) -> Person:
        """The person with an index below 30."""
        return person_numbered(1 + self.number % _BLOCKS, index + self.number // _BLOCKS * _PERSONS_A_RUN)

    def document(self, sort: str, place: int = 1) -> str:
        """The number of a decision, such as 演示风险〔2026〕12-1号."""
        return f"演示{sort}〔{self.day.year}〕{self.number}-{place}号"

    @property
    def case_number(self) -> str:
        """The number of the matter filed in Guangzhou."""
        return f"DEM{self.day:%Y%m%d}{self.number:06d}"

    def _firm(self, place: int) -> Firm:
        serial = self.number * _FIRMS_A_RUN + place
        return firm_named(serial, _FIRST_SERIAL + serial, "440300")
