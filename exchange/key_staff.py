"""Key staff (关键岗位持证): who of a firm must hold what by law, and who does. Pure functions over facts and a day.

Add the next duty as a function here and a line in DUTIES, with rows in `tests/spec/key_staff.md`. What is not known
(no profile of the firm) is said to be unknown: it never reads as covered.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum


class Activity(Enum):
    """What a firm does that the law looks at (安全生产法第二十四、二十七条). The value is the Chinese term."""

    HAZARDOUS_PRODUCTION = "危险物品生产"
    HAZARDOUS_STORAGE = "危险物品储存"
    HAZARDOUS_HANDLING = "危险物品装卸"
    HAZARDOUS_TRADE = "危险物品经营"
    MINING = "矿山"
    METAL_SMELTING = "金属冶炼"
    CONSTRUCTION = "建筑施工"
    TRANSPORT = "运输"


EXAMINED = frozenset(Activity)
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

MANY_STAFF = 100  # more than so many: full-time safety managers in any trade (第二十四条第二款)


class Coverage(Enum):
    """Whether a duty is met."""

    MET = "已落实"
    GAP = "有缺口"
    UNDETERMINED = "无法判断"


@dataclass(frozen=True, kw_only=True)
class Held:
    """A certificate a person holds, as of the day asked: kind, what it is for (person type, manager class, operation),
    and whether it is good then; if not, why."""

    kind: str
    scope: str | None
    is_good: bool
    status: str = "VALID"


@dataclass(frozen=True, kw_only=True)
class Posted:
    """A person in a post of the firm, with the certificates he or she holds."""

    person_id: str
    post: str
    held: tuple[Held, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Firm:
    """What a firm's profile says. `activities` is None when nobody has published a profile."""

    activities: frozenset[Activity] | None
    staff: int | None
    posted: tuple[Posted, ...]

    def does(self, activities: frozenset[Activity]) -> bool | None:
        """Whether it does one of these; None when not known."""
        return None if self.activities is None else bool(self.activities & activities)


@dataclass(frozen=True, kw_only=True)
class Gap:
    """Someone in a post without a good certificate for it; `status` of the best one held, MISSING for none."""

    person_id: str
    post: str
    status: str


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One duty: its basis, how many it asks for at least (None: not known), how many are posted and hold what is asked
    (0 where the posted need no certificate)."""

    duty: str
    zh: str
    en: str
    basis: str
    coverage: Coverage
    required: int | None
    posted: int
    certified: int
    gaps: tuple[Gap, ...]


Accepts = Callable[[Held], bool]


def _held_for(*accepted: tuple[str, str | None]) -> Accepts:
    """Certificates of (kind, scope); a scope of None is any."""

    def accepts(held: Held) -> bool:
        return any(held.kind == kind and scope in (None, held.scope) for kind, scope in accepted)

    return accepts


PRINCIPAL = _held_for(("SAFETY_MANAGEMENT", "PRINCIPAL"), ("CONSTRUCTION_SAFETY_MANAGER", "A"))
SAFETY_MANAGER = _held_for(
    ("SAFETY_MANAGEMENT", "SAFETY_MANAGER"),
    ("CONSTRUCTION_SAFETY_MANAGER", "C1"),
    ("CONSTRUCTION_SAFETY_MANAGER", "C2"),
    ("CONSTRUCTION_SAFETY_MANAGER", "C3"),
)
PROJECT_MANAGER = _held_for(("CONSTRUCTION_SAFETY_MANAGER", "B"))
SPECIAL_OPERATOR = _held_for(("SPECIAL_OPERATION", None), ("CONSTRUCTION_SPECIAL_OPERATION", None))
SAFETY_ENGINEER = _held_for(("INTERMEDIATE_SAFETY_ENGINEER", None), ("ASSISTANT_SAFETY_ENGINEER", None))


def _gaps(posted: tuple[Posted, ...], accepts: Accepts) -> Iterator[Gap]:
    for person in posted:
        fitting = [held for held in person.held if accepts(held)]
        if not any(held.is_good for held in fitting):
            status = fitting[0].status if fitting else "MISSING"
            yield Gap(person_id=person.person_id, post=person.post, status=status)


def _judged(
    duty: str, texts: tuple[str, str, str], firm: Firm, post: str, accepts: Accepts | None, *, required: int | None
) -> Finding:
    """A duty judged: enough posted, and each of them certified where `accepts` asks for that."""
    posted = tuple(person for person in firm.posted if person.post == post)
    gaps = tuple(_gaps(posted, accepts)) if accepts else ()
    is_short = required is not None and len(posted) < required
    coverage = Coverage.GAP if gaps or is_short else Coverage.UNDETERMINED if required is None else Coverage.MET
    zh, en, basis = texts
    return Finding(
        duty=duty, zh=zh, en=en, basis=basis, coverage=coverage, required=required,
        posted=len(posted), certified=len(posted) - len(gaps) if accepts else 0, gaps=gaps,
    )  # fmt: skip


def examined_principal(firm: Firm) -> Finding | None:
    """主要负责人考核合格 In the trades of article 27 the principal has passed the examination of the authority."""
    is_examined = firm.does(EXAMINED)
    if is_examined is False:
        return None
    texts = (
        "主要负责人须经考核合格",
        "The principal must have passed the examination",
        "《安全生产法》第二十七条第二款",
    )
    required = None if is_examined is None else 1
    return _judged(
        "EXAMINED_PRINCIPAL", texts, firm, "PRINCIPAL", PRINCIPAL if is_examined else None, required=required
    )


def safety_managers(firm: Firm) -> Finding | None:
    """专职安全生产管理人员 At least one in the trades of article 24 and in any firm of more than 100; examined in the
    trades of article 27."""
    is_examined, is_large = firm.does(EXAMINED), None if firm.staff is None else firm.staff > MANY_STAFF
    if is_examined is False and is_large is False:
        return None
    texts = (
        "应配备专职安全生产管理人员" + ("，并经考核合格" if is_examined else ""),
        "Full-time safety managers" + (", who have passed the examination" if is_examined else ""),
        "《安全生产法》第二十四条、第二十七条第二款" if is_examined else "《安全生产法》第二十四条",
    )
    required = 1 if is_examined or is_large else None
    accepts = SAFETY_MANAGER if is_examined else None
    return _judged("SAFETY_MANAGERS", texts, firm, "SAFETY_MANAGER", accepts, required=required)


def project_managers(firm: Firm) -> Finding | None:
    """项目负责人 Every project manager of a building firm holds class B."""
    if not firm.does(frozenset({Activity.CONSTRUCTION})):
        return None
    texts = (
        "建筑施工项目负责人须持安管人员B证",
        "Project managers of building works hold class B",
        "《安全生产法》第二十七条第二款；《建设工程安全生产管理条例》第三十六条（待核）",
    )
    return _judged("PROJECT_MANAGERS", texts, firm, "PROJECT_MANAGER", PROJECT_MANAGER, required=0)


def safety_engineer(firm: Firm) -> Finding | None:
    """注册安全工程师 A registered safety engineer works in the trades of article 27, third paragraph."""
    needs = firm.does(WITH_ENGINEER)
    if needs is False:
        return None
    texts = (
        "应有注册安全工程师从事安全生产管理工作",
        "A registered safety engineer takes part in safety management",
        "《安全生产法》第二十七条第三款",
    )
    required = None if needs is None else 1
    return _judged("SAFETY_ENGINEER", texts, firm, "SAFETY_ENGINEER", SAFETY_ENGINEER, required=required)


def special_operators(firm: Firm) -> Finding | None:
    """特种作业人员 Whoever does special operations is certified, in every trade."""
    texts = ("特种作业人员须持证上岗", "Special operators must be certified", "《安全生产法》第三十条")
    return _judged("SPECIAL_OPERATORS", texts, firm, "SPECIAL_OPERATOR", SPECIAL_OPERATOR, required=0)


Duty = Callable[[Firm], Finding | None]
DUTIES: tuple[Duty, ...] = (examined_principal, safety_managers, project_managers, safety_engineer, special_operators)


def coverage(firm: Firm) -> tuple[Finding, ...]:
    """Every duty that applies, or may apply, to the firm."""
    return tuple(finding for duty in DUTIES if (finding := duty(firm)) is not None)


def certified_rate(findings: tuple[Finding, ...]) -> float | None:
    """持证率 The share of persons in posts that need a certificate who hold a good one; None without such posts."""
    counted = [finding for finding in findings if finding.certified or finding.gaps]
    needed = sum(finding.certified + len(finding.gaps) for finding in counted)
    return sum(finding.certified for finding in counted) / needed if needed else None
