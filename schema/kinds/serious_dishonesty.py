"""严重失信主体名单: a firm entered on the list by decision, published, for three years; early removal after 12 months.

Dates are stored as the decision states them; an unusual term is remarked on, not refused.
A measure taken on the ground of the entry needs a legal basis of its own and belongs to `measures`.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from schema.fields import day, paragraphs
from schema.kinds.adverse import (
    ADVERSE_CHECKS,
    CAUSE,
    DECIDED_BY,
    DECIDED_ON,
    DECISION,
    EFFECTIVE_ON,
    EXIT_CONDITIONS,
    FIRM,
    LIFTING,
    LISTED_ON,
    OWN_SEVERITY,
    PUBLICITY,
    category_of,
    completed,
)
from schema.kinds.parts import in_order
from schema.record import Audience, Family, Field, Finding, Kind, Tier, finding

TERM_YEARS = 3
EARLIEST_REMOVAL_YEARS = 1


def _usual_term(values: Mapping[str, Any]) -> Iterable[Finding]:
    start = values.get("listedOn") or values.get("effectiveOn")
    if start is None:
        return
    end, lifted = values.get("termEndsOn"), values.get("liftedOn")
    due = years_after(start, TERM_YEARS)
    if end is not None and end not in (due, due - timedelta(days=1)):
        yield finding("TERM_UNUSUAL", "termEndsOn", end.isoformat(), severity="WARNING", term="三年 three years")
    if lifted is not None and lifted < years_after(start, EARLIEST_REMOVAL_YEARS):
        term = "满 12 个月方可申请提前移出 early removal after 12 months"
        yield finding("TERM_UNUSUAL", "liftedOn", lifted.isoformat(), severity="WARNING", term=term)


def years_after(start: date, years: int) -> date:
    """The same day some years later; 29 February becomes 1 March where there is none."""
    try:
        return start.replace(year=start.year + years)
    except ValueError:
        return date(start.year + years, 3, 1)


SERIOUS_DISHONESTY = Kind(
    name="SERIOUS_DISHONESTY",
    zh="严重失信主体名单",
    en="Entry on the list of seriously dishonest firms",
    family=Family.ADVERSE,
    audience=Audience.PARTNER,
    fields=(
        *FIRM,
        category_of("SERIOUS_DISHONESTY"),
        OWN_SEVERITY,
        CAUSE,
        *DECISION,
        DECIDED_ON,
        EFFECTIVE_ON,
        LISTED_ON,
        *PUBLICITY,
        Field(
            name="termEndsOn", zh="列入期限届满日期", en="End of the term", read=day, tier=Tier.PUBLIC, graphql="Date",
            headers=("期限届满日期", "管理期限至"), sample="2029-03-04",
        ),
        Field(
            name="earlyRemovalFrom", zh="可申请提前移出日期", en="Early removal may be requested from", read=day,
            tier=Tier.PUBLIC, graphql="Date", headers=("可申请信用修复日期",), sample="2027-03-04",
        ),
        Field(
            name="measures", zh="惩戒措施", en="Measures taken, each with its legal basis", read=paragraphs(),
            tier=Tier.PUBLIC, headers=("联合惩戒措施", "管理措施"),
            sample="加大执法检查频次（《安全生产法》第七十八条）",
        ),
        EXIT_CONDITIONS,
        *LIFTING,
        *DECIDED_BY,
    ),
    identity=("creditCode", "decisionNumber"),
    type_name="RiskFlag",
    basis="《安全生产法》第七十八条；《安全生产严重失信主体名单管理办法》（应急管理部令第11号）：期限三年，"
    "满十二个月可申请提前移出；公示与停止公示的工作日数待核",
    checks=(*ADVERSE_CHECKS, in_order("listedOn", "termEndsOn"), in_order("listedOn", "earlyRemovalFrom"), _usual_term),
    complete=completed(category="SERIOUS_DISHONESTY", severity="RED"),
)  # fmt: skip
