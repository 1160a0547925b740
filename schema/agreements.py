"""互认协议 What of an agreement decisions rest on: its members, equivalences, how adverse marks spread, its deadline.

Plain values, dated: which version and which members count is asked of a day. A further mark is the name of its record
kind in Mark; a further promise is a field of Terms, read in exchange/agreed.py.
"""

from dataclasses import dataclass
from datetime import date

from schema.labelled import Labelled


class Mark(Labelled):
    """不良记录 An adverse mark that may spread between members: the kind of the record that makes it."""

    RISK_FLAG = ("企业风险标记", "risk flag on the firm")
    SERIOUS_DISHONESTY = ("严重失信主体名单", "serious dishonesty list")
    PERMIT_ACTION = ("许可证处理", "action upon the firm's permit")
    HIDDEN_DANGER = ("重大事故隐患", "major hidden danger")
    PENALTY = ("行政处罚", "administrative penalty")
    CERTIFICATE_ACTION = ("持证人任一证书被处理", "action upon any certificate of the holder")

    @property
    def is_of_holder(self) -> bool:
        """Of the person; all others are of the firm."""
        return self is Mark.CERTIFICATE_ACTION


class Effect(Labelled):
    """传导效果 What a member's mark does to recognition at another member; a later one outweighs the ones before."""

    NOTED = ("仅提示", "only noted")
    CONDITIONAL = ("有条件认可", "accepted on condition")
    REFUSED = ("不予认可", "not accepted")


@dataclass(frozen=True, kw_only=True)
class Marked:
    """A mark that stands, and the tenant that made it."""

    mark: Mark
    tenant_id: int


@dataclass(frozen=True, kw_only=True)
class Spread:
    """传导政策 What one sort of mark does."""

    mark: Mark
    effect: Effect


@dataclass(frozen=True, kw_only=True)
class EquivalenceRow:
    """对应关系 One row of a table, numbered within it: a certificate of `kind` counts as one of `equivalent_kind`.

    It does so for `activities`. No subkind: all of the kind. No activities: for none.
    """

    table: str
    row: int
    kind: str
    subkind: str | None
    equivalent_kind: str
    equivalent_subkind: str | None
    activities: tuple[str, ...]
    basis: str


@dataclass(frozen=True, kw_only=True)
class Terms:
    """One version, from its day on until the next. `unknown`: what a newer edition of this software published and this
    one cannot judge; under such terms nothing is accepted."""

    version: int
    since: date
    rows: tuple[EquivalenceRow, ...] = ()
    spreads: tuple[Spread, ...] = ()
    accept_workdays: int | None = None
    unknown: tuple[str, ...] = ()

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of its tables, in order."""
        return tuple(dict.fromkeys(row.table for row in self.rows))


@dataclass(frozen=True, kw_only=True)
class Part:
    """A member that shares (FULL), from its first day to its last; `jurisdiction`: prefixes of its divisions."""

    tenant_id: int
    jurisdiction: tuple[str, ...]
    since: date
    until: date | None = None

    def holds(self, day: date) -> bool:
        """Whether it takes part on a day."""
        return self.since <= day and (self.until is None or day <= self.until)

    def governs(self, region: str) -> bool:
        """Whether a division is its own."""
        return region.startswith(self.jurisdiction)


@dataclass(frozen=True, kw_only=True)
class Agreed:
    """An agreement in all its versions. Before the first was published it has members and no promises: version 0."""

    identifier: str
    versions: tuple[Terms, ...] = ()
    parts: tuple[Part, ...] = ()

    def terms_on(self, day: date) -> Terms:
        """The version that counts on a day."""
        begun = [one for one in self.versions if one.since <= day]
        return max(begun, key=lambda one: one.version, default=Terms(version=0, since=date.min))

    def members_on(self, day: date) -> tuple[Part, ...]:
        """Who takes part on a day."""
        return tuple(one for one in self.parts if one.holds(day))
