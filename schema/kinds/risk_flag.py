"""风险标记: a negative fact about a firm, with its legal basis, decision and way out. Lifted, never deleted.

The general kind, for what has no kind of its own. A new category is a member of FlagCategory (adverse.py).
"""

from collections.abc import Mapping
from typing import Any

from schema.kinds.adverse import (
    ADVERSE_CHECKS,
    CATEGORY,
    CAUSE,
    DECIDED_BY,
    DECIDED_ON,
    DECISION,
    EFFECTIVE_ON,
    EXIT_CONDITIONS,
    FIRM,
    LIFTING,
    LISTED_ON,
    SEVERITY,
    FlagCategory,
    completed,
)
from schema.record import Audience, Family, Kind


def _narrowed(values: Mapping[str, Any]) -> Audience:
    """An investigation is not a finding: only authorities hear of it (限政府间)."""
    is_investigation = values["category"] == FlagCategory.ACCIDENT_INVESTIGATION.name
    return Audience.AUTHORITY if is_investigation else Audience.PARTNER


RISK_FLAG = Kind(
    name="RISK_FLAG",
    zh="企业风险标记",
    en="Risk flag on a firm",
    family=Family.ADVERSE,
    audience=Audience.PARTNER,
    fields=(
        *FIRM,
        CATEGORY,
        SEVERITY,
        CAUSE,
        *DECISION,
        DECIDED_ON,
        EFFECTIVE_ON,
        EXIT_CONDITIONS,
        LISTED_ON,
        *LIFTING,
        *DECIDED_BY,
    ),
    identity=("creditCode", "decisionNumber", "category"),
    type_name="RiskFlag",
    basis="《安全生产法》第七十八条；《安全生产严重失信主体名单管理办法》（应急管理部令第11号，期限待核）",
    checks=ADVERSE_CHECKS,
    complete=completed(),
    narrowed=_narrowed,
)
