"""Posts (岗位): which certificate a post needs at a firm, and whether a person in it holds one. Pure.

What a post needs is a line of NEEDS, with rows in `tests/spec/key_staff.md`. What a firm does is read from its profile;
what the profile does not say is not known.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from schema.kinds.appointment import Engagement, Post
from schema.kinds.enterprise_profile import ACTIVITY_FIELDS, PARTS_OF_HAZARDOUS, Activity

CONSTRUCTION = frozenset({Activity.CONSTRUCTION})
NOT_CONSTRUCTION = frozenset(
    {Activity.HAZARDOUS_GOODS, Activity.MINING, Activity.METAL_SMELTING, Activity.TRANSPORT}
)  # fmt: skip
EXAMINED = NOT_CONSTRUCTION | CONSTRUCTION
"""Firms whose principals and safety managers have to be examined by their authority (第二十七条第二款)."""

WITH_ENGINEER = frozenset(
    {
        Activity.HAZARDOUS_PRODUCTION,
        Activity.HAZARDOUS_STORAGE,
        Activity.HAZARDOUS_HANDLING,
        Activity.MINING,
        Activity.METAL_SMELTING,
    }
)
"""Firms that need a registered safety engineer (第二十七条第三款)."""


@dataclass(frozen=True, kw_only=True)
class Activities:
    """What a firm is known to do, and known not to do. What is in neither is not known."""

    done: frozenset[Activity] = frozenset()
    not_done: frozenset[Activity] = frozenset()

    def does(self, activities: frozenset[Activity]) -> bool | None:
        """Whether it does one of these; None when not known."""
        if self.done & activities:
            return True
        return False if activities <= self.not_done else None


UNKNOWN = Activities()
IMPLIED: Mapping[Activity, frozenset[Activity]] = {
    activity: frozenset({activity, Activity.HAZARDOUS_GOODS} if activity in PARTS_OF_HAZARDOUS else {activity})
    for activity in Activity
}


def activities_of(profile: Mapping[str, Any] | None) -> Activities:
    """What a profile says. A part of dangerous goods implies them, their absence the absence of each part."""
    told = {activity: (profile or {}).get(field) for field, activity in ACTIVITY_FIELDS.items()}
    done = frozenset[Activity]().union(*(IMPLIED[activity] for activity, said in told.items() if said is True))
    denied = {activity for activity, said in told.items() if said is False}
    if Activity.HAZARDOUS_GOODS in denied:
        denied |= PARTS_OF_HAZARDOUS
    return Activities(done=done, not_done=frozenset(denied) - done)


@dataclass(frozen=True, kw_only=True)
class Held:
    """A certificate a person holds, as of the day asked: kind, what it is for (person type, manager class), and whether
    it is good then; if not, why."""

    kind: str
    scope: str | None
    is_good: bool
    status: str = "VALID"
    record_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Posted:
    """A person in a post of the firm, with the certificates he or she holds, the one to be named first first."""

    person_id: str
    post: Post
    engagement: Engagement | None = None
    name_masked: str | None = None
    held: tuple[Held, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Need:
    """Whoever is in one of these posts at a firm that does one of these (None: whatever it does) needs one of these
    certificates: (kind, scope), a scope of None is any."""

    posts: frozenset[Post]
    activities: frozenset[Activity] | None
    accepts: frozenset[tuple[str, str | None]]


def _need(posts: set[Post], activities: frozenset[Activity] | None, kind: str, *scopes: str) -> Need:
    accepts = frozenset((kind, one) for one in scopes or [None])
    return Need(posts=frozenset(posts), activities=activities, accepts=accepts)


PRINCIPALS = {Post.PRINCIPAL}
MANAGERS = {Post.SAFETY_MANAGER, Post.FULL_TIME_SAFETY_MANAGER}
DIRECTORS = {Post.SAFETY_DIRECTOR}
OPERATORS = {Post.SPECIAL_OPERATOR, Post.CONSTRUCTION_SPECIAL_OPERATOR}
NEEDS: tuple[Need, ...] = (
    _need(PRINCIPALS, NOT_CONSTRUCTION, "SAFETY_MANAGEMENT", "PRINCIPAL"),
    _need(PRINCIPALS, CONSTRUCTION, "CONSTRUCTION_SAFETY_MANAGER", "A"),
    _need(MANAGERS, NOT_CONSTRUCTION, "SAFETY_MANAGEMENT", "SAFETY_MANAGER"),
    _need(MANAGERS, CONSTRUCTION, "CONSTRUCTION_SAFETY_MANAGER", "C1", "C2", "C3"),
    # 安全总监 counts as a leader of the firm or as a safety manager (待核)
    _need(DIRECTORS, NOT_CONSTRUCTION, "SAFETY_MANAGEMENT", "PRINCIPAL", "SAFETY_MANAGER"),
    _need(DIRECTORS, CONSTRUCTION, "CONSTRUCTION_SAFETY_MANAGER", "A", "C1", "C2", "C3"),
    _need({Post.PROJECT_MANAGER}, CONSTRUCTION, "CONSTRUCTION_SAFETY_MANAGER", "B"),
    _need({Post.SAFETY_ENGINEER}, None, "INTERMEDIATE_SAFETY_ENGINEER"),
    _need({Post.SAFETY_ENGINEER}, None, "ASSISTANT_SAFETY_ENGINEER"),
    _need({Post.SPECIAL_OPERATOR}, None, "SPECIAL_OPERATION"),
    _need(OPERATORS, None, "CONSTRUCTION_SPECIAL_OPERATION"),
)
"""The one place that says which certificate a post needs: statistics get it as parameters (`need_rows`)."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a post at a firm needs; `is_needed` None: it depends on what the firm does, and that is not known."""

    is_needed: bool | None
    accepts: frozenset[tuple[str, str | None]] = frozenset()

    def fitting(self, posted: Posted) -> tuple[Held, ...]:
        """The person's certificates that count for the post, good or not."""
        return tuple(one for one in posted.held if {(one.kind, one.scope), (one.kind, None)} & self.accepts)


def asked_of(post: Post, activities: Activities) -> Asked:
    """Which certificate a post needs at a firm."""
    needs = [need for need in NEEDS if post in need.posts]
    known = [(need, need.activities is None or activities.does(need.activities)) for need in needs]
    accepts = frozenset[tuple[str, str | None]]().union(*(need.accepts for need, applies in known if applies))
    if accepts:
        return Asked(is_needed=True, accepts=accepts)
    return Asked(is_needed=None if any(applies is None for _, applies in known) else False)


@dataclass(frozen=True, kw_only=True)
class Gap:
    """Someone in a post without a good certificate for it; status and record of the best held, MISSING for none."""

    posted: Posted
    status: str
    record_id: str | None = None


def gap_of(posted: Posted, asked: Asked) -> Gap | None:
    """What is missing for the post, if anything is."""
    fitting = asked.fitting(posted)
    if any(held.is_good for held in fitting):
        return None
    if not fitting:
        return Gap(posted=posted, status="MISSING")
    return Gap(posted=posted, status=fitting[0].status, record_id=fitting[0].record_id)


NeedRow = tuple[str, str | None, str, str | None]


def need_rows() -> tuple[NeedRow, ...]:
    """NEEDS as rows for SQL: post, activity or None for any, kind, scope or None for any."""
    return tuple(
        (post.name, activity, kind, scope)
        for need in NEEDS
        for post in sorted(need.posts, key=lambda post: post.name)
        for activity in _names(need.activities)
        for kind, scope in sorted(need.accepts, key=str)
    )


def _names(activities: frozenset[Activity] | None) -> Sequence[str | None]:
    return (None,) if activities is None else sorted(activity.name for activity in activities)


def activity_rows() -> tuple[tuple[str, str], ...]:
    """What a profile says, as rows for SQL: a field that holds true, an activity that follows from it."""
    return tuple(
        (field, implied.name)
        for field, activity in ACTIVITY_FIELDS.items()
        for implied in sorted(IMPLIED[activity], key=lambda one: one.name)
    )
