"""Key staff (关键岗位持证): what the law asks of a firm's posts, and whether it is met. Pure functions over facts.

The next duty is a function here and a line in DUTIES, with rows in `tests/spec/key_staff.md`; what a post needs is in
posts.py. What is not known (no profile of the firm) is said to be unknown: it never reads as covered.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from exchange.posts import (
    CONSTRUCTION,
    DIRECTORS,
    EXAMINED,
    MANAGERS,
    OPERATORS,
    PRINCIPALS,
    UNKNOWN,
    WITH_ENGINEER,
    Activities,
    Gap,
    Posted,
    asked_of,
    gap_of,
)
from schema.kinds.appointment import Engagement, Post

MANY_STAFF = 100  # more than so many: full-time safety managers in any trade (第二十四条第二款)


class Coverage(Enum):
    """Whether a duty is met."""

    MET = "已落实"
    GAP = "有缺口"
    UNDETERMINED = "无法判断"


@dataclass(frozen=True, kw_only=True)
class Firm:
    """What is known of a firm: what it does, how many it employs, who is in which post; each person once a post."""

    activities: Activities = UNKNOWN
    staff: int | None
    posted: tuple[Posted, ...]


@dataclass(frozen=True, kw_only=True)
class Duty:
    """What the law asks of a firm, and where it says so."""

    name: str
    zh: str
    en: str
    basis: str
    posts: frozenset[Post]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One duty judged: how many it asks for at least (None: not known), how many are posted and hold what is asked
    (0 where the posted need no certificate)."""

    duty: Duty
    coverage: Coverage
    required: int | None
    posted: int
    certified: int = 0
    gaps: tuple[Gap, ...] = ()


EXAMINED_PRINCIPAL = Duty(
    name="EXAMINED_PRINCIPAL",
    zh="主要负责人须经考核合格",
    en="The principal has passed the examination of the authority",
    basis="《安全生产法》第二十七条第二款",
    posts=frozenset(PRINCIPALS),
)
FULL_TIME_SAFETY_MANAGERS = Duty(
    name="FULL_TIME_SAFETY_MANAGERS",
    zh="应配备专职安全生产管理人员",
    en="There is a full-time safety manager",
    basis="《安全生产法》第二十四条",
    posts=frozenset(MANAGERS),
)
EXAMINED_SAFETY_MANAGERS = Duty(
    name="EXAMINED_SAFETY_MANAGERS",
    zh="安全生产管理人员须经考核合格",
    en="Safety managers have passed the examination of the authority",
    basis="《安全生产法》第二十七条第二款",
    posts=frozenset(MANAGERS | DIRECTORS),
)
PROJECT_MANAGERS = Duty(
    name="PROJECT_MANAGERS",
    zh="建筑施工项目负责人须持安管人员B证",
    en="Project managers of building works hold class B",
    basis="《安全生产法》第二十七条第二款；《建设工程安全生产管理条例》第三十六条（待核）",
    posts=frozenset({Post.PROJECT_MANAGER}),
)
SAFETY_ENGINEER = Duty(
    name="SAFETY_ENGINEER",
    zh="应有注册安全工程师从事安全生产管理工作",
    en="A registered safety engineer takes part in safety management",
    basis="《安全生产法》第二十七条第三款",
    posts=frozenset({Post.SAFETY_ENGINEER}),
)
SPECIAL_OPERATORS = Duty(
    name="SPECIAL_OPERATORS",
    zh="特种作业人员须持证上岗",
    en="Special operators are certified",
    basis="《安全生产法》第三十条",
    posts=frozenset(OPERATORS),
)


CERTIFYING = {
    post: duty
    for duty in (EXAMINED_PRINCIPAL, EXAMINED_SAFETY_MANAGERS, PROJECT_MANAGERS, SAFETY_ENGINEER, SPECIAL_OPERATORS)
    for post in duty.posts
}
"""The duty by which a post needs its certificate; each post has one at most, so the certified rate counts it once."""


def _of(duty: Duty, firm: Firm) -> tuple[Posted, ...]:
    return tuple(one for one in firm.posted if one.post in duty.posts)


def _certified(duty: Duty, firm: Firm, *, required: int | None) -> Finding:
    """A duty judged: enough posted, and each of them with the certificate the post needs."""
    posted = _of(duty, firm)
    asked = [(one, asked_of(one.post, firm.activities)) for one in posted]
    gaps = tuple(gap for one, ask in asked if ask.is_needed and (gap := gap_of(one, ask)))
    is_open = required is None or any(ask.is_needed is None for _, ask in asked)
    is_short = required is not None and len(posted) < required
    return Finding(
        duty=duty, coverage=Coverage.GAP if gaps or is_short else Coverage.UNDETERMINED if is_open else Coverage.MET,
        required=required, posted=len(posted), certified=sum(ask.is_needed is True for _, ask in asked) - len(gaps),
        gaps=gaps,
    )  # fmt: skip


def examined_principal(firm: Firm) -> Finding | None:
    """主要负责人考核合格 In the trades of article 27 there is a principal, who has passed."""
    is_examined = firm.activities.does(EXAMINED)
    if is_examined is False:
        return None
    return _certified(EXAMINED_PRINCIPAL, firm, required=1 if is_examined else None)


def full_time_safety_managers(firm: Firm) -> Finding | None:
    """专职安全生产管理人员 At least one in the trades of article 24 and in any firm of more than 100."""
    is_examined, is_large = firm.activities.does(EXAMINED), None if firm.staff is None else firm.staff > MANY_STAFF
    if is_examined is False and is_large is False:
        return None
    known = [_is_full_time(one) for one in _of(FULL_TIME_SAFETY_MANAGERS, firm)]
    required = 1 if is_examined or is_large else None
    if required is None:
        coverage = Coverage.UNDETERMINED
    elif True in known:
        coverage = Coverage.MET
    else:
        coverage = Coverage.UNDETERMINED if None in known else Coverage.GAP
    return Finding(duty=FULL_TIME_SAFETY_MANAGERS, coverage=coverage, required=required, posted=known.count(True))


def _is_full_time(posted: Posted) -> bool | None:
    """None when nobody says so."""
    if posted.engagement is not None:
        return posted.engagement is Engagement.FULL_TIME
    return True if posted.post is Post.FULL_TIME_SAFETY_MANAGER else None


def examined_safety_managers(firm: Firm) -> Finding | None:
    """安全生产管理人员考核合格 In the trades of article 27 there is a safety manager, and each has passed."""
    is_examined = firm.activities.does(EXAMINED)
    if is_examined is False:
        return None
    return _certified(EXAMINED_SAFETY_MANAGERS, firm, required=1 if is_examined else None)


def project_managers(firm: Firm) -> Finding | None:
    """项目负责人 Every project manager of a building firm holds class B."""
    is_building = firm.activities.does(CONSTRUCTION)
    if is_building is False or (is_building is None and not _of(PROJECT_MANAGERS, firm)):
        return None
    return _certified(PROJECT_MANAGERS, firm, required=0 if is_building else None)


def safety_engineer(firm: Firm) -> Finding | None:
    """注册安全工程师 One in the trades of article 27, third paragraph; whoever is posted as one is registered."""
    is_needed = firm.activities.does(WITH_ENGINEER)
    if is_needed is False and not _of(SAFETY_ENGINEER, firm):
        return None
    return _certified(SAFETY_ENGINEER, firm, required=None if is_needed is None else int(is_needed))


def special_operators(firm: Firm) -> Finding | None:
    """特种作业人员 Whoever does special operations is certified, in every trade."""
    return _certified(SPECIAL_OPERATORS, firm, required=0)


DUTIES: tuple[Callable[[Firm], Finding | None], ...] = (
    examined_principal,
    full_time_safety_managers,
    examined_safety_managers,
    project_managers,
    safety_engineer,
    special_operators,
)


def coverage(firm: Firm) -> tuple[Finding, ...]:
    """Every duty that applies, or may apply, to the firm."""
    return tuple(finding for duty in DUTIES if (finding := duty(firm)) is not None)


def certified_rate(findings: tuple[Finding, ...]) -> float | None:
    """持证率 The share of persons in posts that need a certificate who hold a good one; None without such posts."""
    certified = sum(finding.certified for finding in findings)
    needed = certified + sum(len(finding.gaps) for finding in findings)
    return certified / needed if needed else None
