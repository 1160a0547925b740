"""联合惩戒与守信激励措施 What may be done to a firm for its credit, each with its legal basis; when repair is open.

A measure without a legal basis may not be imposed: one told without is shown and holds nothing up. Add the next measure
to MEASURES, the next way of repair to REPAIRS. Pure.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from schema.gates import Gate
from schema.kinds.serious_dishonesty import EARLIEST_REMOVAL_YEARS, TERM_YEARS, years_after

ALL_GATES = frozenset(Gate)
PERMIT_GATES = frozenset({Gate.PROJECT_APPROVAL, Gate.BID, Gate.ANNUAL_CHECK})
ARTICLE_78 = "《安全生产法》第七十八条"
ORDER_11 = "《安全生产严重失信主体名单管理办法》（应急管理部令第11号，条款待核）"
INCENTIVES = "国发〔2016〕33号《关于建立完善守信联合激励和失信联合惩戒制度加快推进社会诚信建设的指导意见》（条款待核）"


@dataclass(frozen=True, kw_only=True)
class Measure:
    """A measure. `blocks` are the gates it closes while it is in force; at `reviews` it only asks for a key review.

    `names` are the words by which a decision names it, `condition_zh` on what an incentive depends.
    """

    code: str
    zh: str
    en: str
    basis: str
    term_zh: str
    term_en: str
    blocks: frozenset[Gate] = frozenset()
    reviews: frozenset[Gate] = frozenset()
    names: tuple[str, ...] = ()
    is_incentive: bool = False
    condition_zh: str = ""
    condition_en: str = ""


_LISTED = ("至移出名单之日", "Until removal from the list")
_RETURNED = ("至发还或期满之日", "Until the permit is returned or the term ends")
_FOR_GOOD = ("自决定生效之日起", "From the day the decision takes effect")
_EACH_YEAR = ("按年度核定", "Confirmed every year")

MEASURES: tuple[Measure, ...] = (
    Measure(
        code="MORE_INSPECTIONS", zh="加大执法检查频次", en="More frequent inspections", basis=ARTICLE_78,
        term_zh=_LISTED[0], term_en=_LISTED[1], reviews=ALL_GATES, names=("加大执法检查频次", "增加执法检查频次"),
    ),
    Measure(
        code="PROJECT_APPROVAL_SUSPENDED", zh="暂停项目审批", en="Project approval suspended", basis=ARTICLE_78,
        term_zh=_LISTED[0], term_en=_LISTED[1], blocks=frozenset({Gate.PROJECT_APPROVAL}), names=("暂停项目审批",),
    ),
    Measure(
        code="INSURANCE_RATE_RAISED", zh="上调有关保险费率", en="Insurance rates raised", basis=ARTICLE_78,
        term_zh=_LISTED[0], term_en=_LISTED[1], names=("上调有关保险费率", "上调保险费率"),
    ),
    Measure(
        code="INDUSTRY_BAN", zh="行业禁入", en="Ban from the industry", basis=ARTICLE_78,
        term_zh=_LISTED[0], term_en=_LISTED[1], blocks=ALL_GATES, names=("行业禁入",),
    ),
    Measure(
        code="PROFESSION_BAN", zh="职业禁入", en="Ban of persons from the profession", basis=ARTICLE_78,
        term_zh=_LISTED[0], term_en=_LISTED[1], reviews=ALL_GATES, names=("职业禁入",),
    ),
    Measure(
        code="BID_RESTRICTED", zh="限制参与工程建设项目招标投标", en="Kept from bidding for works",
        basis="《全国失信惩戒措施基础清单》（所列法律依据待核）", term_zh=_LISTED[0], term_en=_LISTED[1],
        blocks=frozenset({Gate.BID}), names=("限制参与工程建设项目招标投标", "限制参加招标投标", "限制投标"),
    ),
    Measure(
        code="NO_COMMITMENT", zh="不适用告知承诺制", en="No approval on commitment", basis=ORDER_11,
        term_zh=_LISTED[0], term_en=_LISTED[1], reviews=frozenset({Gate.PROJECT_APPROVAL, Gate.FILING}),
        names=("不适用告知承诺制", "不适用告知承诺", "不得适用告知承诺"),
    ),
    Measure(
        code="NO_AWARDS", zh="取消评优评先资格", en="No awards", basis=ORDER_11,
        term_zh=_LISTED[0], term_en=_LISTED[1], names=("取消评优评先", "限制评优评先", "不得评优评先"),
    ),
    Measure(
        code="PUBLIC_FUNDS_LIMITED", zh="限制取得财政性资金支持", en="Limited access to public funds", basis=ORDER_11,
        term_zh=_LISTED[0], term_en=_LISTED[1], reviews=frozenset({Gate.PROJECT_APPROVAL}),
        names=("限制取得财政性资金", "限制财政性资金", "限制政府资金支持"),
    ),
    Measure(
        code="PERMIT_SUSPENDED", zh="暂扣安全生产许可证", en="Production licence suspended",
        basis="《安全生产许可证条例》（暂扣条款待核）", term_zh=_RETURNED[0], term_en=_RETURNED[1], blocks=PERMIT_GATES,
        reviews=frozenset({Gate.FILING}),
    ),
    Measure(
        code="PERMIT_REVOKED", zh="吊销安全生产许可证", en="Production licence revoked",
        basis="《安全生产许可证条例》（吊销条款待核）", term_zh=_FOR_GOOD[0], term_en=_FOR_GOOD[1], blocks=PERMIT_GATES,
        reviews=frozenset({Gate.FILING}),
    ),
    Measure(
        code="PERMIT_RESCINDED", zh="撤销安全生产许可证", en="Production licence rescinded",
        basis="《行政许可法》第六十九条", term_zh=_FOR_GOOD[0], term_en=_FOR_GOOD[1], blocks=PERMIT_GATES,
        reviews=frozenset({Gate.FILING}),
    ),
    Measure(
        code="FEWER_INSPECTIONS", zh="降低执法检查频次", en="Fewer inspections", basis=INCENTIVES,
        term_zh=_EACH_YEAR[0], term_en=_EACH_YEAR[1], is_incentive=True,
        condition_zh="安全风险等级为蓝色，三年内无处罚、无未解除的风险标记，关键岗位持证齐全",
        condition_en="Graded BLUE, no penalty in three years, no flag standing, key staff certified",
    ),
    Measure(
        code="COMMITMENT_ALLOWED", zh="适用告知承诺制", en="Approval on commitment",
        basis="国办发〔2020〕42号《关于全面推行证明事项和涉企经营许可事项告知承诺制的指导意见》（条款待核）",
        term_zh=_EACH_YEAR[0], term_en=_EACH_YEAR[1], is_incentive=True,
        condition_zh="未列入严重失信主体名单，无未解除的风险标记", condition_en="On no list, no flag standing",
    ),
    Measure(
        code="PRIORITY", zh="优先办理（绿色通道）", en="Priority in approvals", basis=INCENTIVES,
        term_zh=_EACH_YEAR[0], term_en=_EACH_YEAR[1], is_incentive=True,
        condition_zh="安全风险等级为蓝色，三年内无处罚、无未解除的风险标记",
        condition_en="Graded BLUE, no penalty in three years, no flag standing",
    ),
)  # fmt: skip
BY_CODE: Mapping[str, Measure] = {measure.code: measure for measure in MEASURES}
BY_CATEGORY: Mapping[str, str] = {
    "LICENCE_SUSPENDED": "PERMIT_SUSPENDED",
    "LICENCE_REVOKED": "PERMIT_REVOKED",
    "LICENCE_RESCINDED": "PERMIT_RESCINDED",
    "QUALIFICATION_WITHDRAWN": "PERMIT_RESCINDED",
}
"""What the category of a negative record itself is: the decision names its basis."""

_BASIS = re.compile(r"《[^》]+》[^（）()；;]*|[^（）()；;、，,\s]*〔\d{4}〕\d+号")
_ENDED = re.compile(r"(?:不再|不予|未|解除|终止|停止)[^，,、；;]{0,4}$")


@dataclass(frozen=True, kw_only=True)
class Negative:
    """A negative record as it stands on a day: what of it matters for measures, gates and repair."""

    record_id: str
    category: str
    band: str | None = None
    since: date | None = None
    authority: str = ""
    legal_basis: str = ""
    exit_conditions: str = ""
    told_measures: str = ""
    listed_on: date | None = None
    suspended_to: date | None = None
    term_ends_on: date | None = None
    early_removal_from: date | None = None
    rectify_by: date | None = None
    publicity_to: date | None = None
    of_predecessor: str | None = None


@dataclass(frozen=True, kw_only=True)
class Carried:
    """A measure a negative record carries. `basis` is empty where the decision names none: then it binds nobody."""

    measure: Measure
    basis: str
    ends_on: date | None

    def is_in_force(self, day: date) -> bool:
        """Whether it has a basis and its term runs; the last day still counts."""
        return bool(self.basis) and (self.ends_on is None or day <= self.ends_on)


def carried_by(record: Negative) -> tuple[Carried, ...]:
    """Every measure a record carries: what it is by its category, and what its decision tells, with the basis told."""
    code, end = BY_CATEGORY.get(record.category), term_end(record)
    own = [Carried(measure=BY_CODE[code], basis=record.legal_basis, ends_on=end)] if code else []
    return (*own, *(Carried(measure=one, basis=basis, ends_on=end) for one, basis in _told(record.told_measures)))


def _told(words: str) -> list[tuple[Measure, str]]:
    """The measures in the words of a decision, in its order of parts; a part's basis is that of all measures in it."""
    found: dict[str, tuple[Measure, str]] = {}
    for part in re.split(r"[；;\n。]", words):
        basis = "、".join(one.strip() for one in _BASIS.findall(part))
        for measure in MEASURES:
            if any(_names(part, name) for name in measure.names) and not found.get(measure.code, (measure, ""))[1]:
                found[measure.code] = (measure, basis)
    return list(found.values())


def _names(part: str, name: str) -> bool:
    """Whether a part imposes a measure of this name; that it is lifted or not imposed is no imposing."""
    before, named, _ = part.partition(name)
    return bool(named) and not _ENDED.search(before)


def term_end(record: Negative) -> date | None:
    """The last day of the record's term, where it has one: of a suspension, of an entry on the list (three years)."""
    if record.category == "LICENCE_SUSPENDED":
        return record.suspended_to
    start = record.listed_on or record.since
    if record.category == "SERIOUS_DISHONESTY":
        return record.term_ends_on or (years_after(start, TERM_YEARS) if start else None)
    return None


@dataclass(frozen=True, kw_only=True)
class Repair:
    """信用修复 From when repair of a category may be asked, and where that is said."""

    category: str
    years: int
    basis: str


REPAIRS: Mapping[str, Repair] = {
    one.category: one
    for one in (
        Repair(category="SERIOUS_DISHONESTY", years=EARLIEST_REMOVAL_YEARS, basis=ORDER_11 + "：满十二个月"),
        Repair(
            category="PENALTY", years=1,
            basis="《失信行为纠正后的信用信息修复管理办法（试行）》（国家发展改革委令第58号）：安全生产领域最短公示一年（待核）",
        ),
    )
}  # fmt: skip
"""Other records end by their own exit conditions (整改销号、发还、重新评定), not by repair."""


def repair_from(record: Negative) -> date | None:
    """The first day repair may be asked; None where the record does not end by repair, or has no day to count from."""
    rule, start = REPAIRS.get(record.category), record.listed_on or record.since
    if rule is None or start is None:
        return None
    return record.early_removal_from or years_after(start, rule.years)
