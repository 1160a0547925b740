"""行政处罚: a penalty for a breach of work-safety law, public within seven working days of the decision.

A new sort of penalty is a member of PenaltyType.
"""

from dataclasses import replace

from schema.fields import Choice, Coded, decimal
from schema.kinds.adverse import (
    ADVERSE_CHECKS,
    CAUSE,
    DECIDED_BY,
    DECIDED_ON,
    DECISION,
    EFFECTIVE_ON,
    FIRM,
    LIFTING,
    OWN_SEVERITY,
    PUBLICITY,
    category_of,
    completed,
)
from schema.kinds.parts import needed_when
from schema.record import Audience, Family, Field, Kind, Tier


class PenaltyType(Coded):
    """处罚种类 What was imposed; the gravest where there are several."""

    WARNING = ("警告、通报批评", "Warning or public criticism", "", "警告", "通报批评")
    FINE = ("罚款", "Fine")
    CONFISCATION = ("没收违法所得", "Confiscation of unlawful gains", "", "没收违法所得、没收非法财物")
    STOP_PRODUCTION = ("责令停产停业", "Order to stop production or business", "", "责令停产停业整顿")
    CLOSURE = ("责令关闭", "Order to close down", "", "关闭")
    RESTRICTION = ("限制从业、限制开展生产经营活动", "Restriction of business or trade", "", "限制从业")
    OTHER = ("其他", "Other")


PENALTY = Kind(
    name="PENALTY",
    zh="行政处罚",
    en="Administrative penalty on a firm",
    family=Family.ADVERSE,
    audience=Audience.PARTNER,
    fields=(
        *FIRM,
        category_of("PENALTY"),
        # A penalty has no band of its own: unless the authority grades it, nobody has assessed the firm by it.
        OWN_SEVERITY,
        Field(
            name="penaltyType", zh="处罚种类", en="Sort of penalty", read=Choice(PenaltyType), is_required=True,
            tier=Tier.PUBLIC, graphql="PenaltyType", headers=("处罚类别", "处罚类型"), sample="罚款",
        ),
        Field(
            name="fineAmount", zh="罚款金额（元）", en="Fine in yuan", read=decimal("0", "10000000000", 2),
            tier=Tier.PUBLIC, graphql="Float", headers=("罚款金额", "罚款数额"), sample="50000",
        ),
        replace(CAUSE, zh="违法事实", en="Facts", headers=("违法行为", "事由", "列入事由", "处罚事由")),
        *DECISION,
        DECIDED_ON,
        EFFECTIVE_ON,
        *PUBLICITY,
        *(
            replace(field, zh=zh, headers=(*field.headers, field.zh))
            for field, zh in zip(LIFTING, ("信用修复或撤销日期", "信用修复或撤销原因"), strict=True)
        ),
        *DECIDED_BY,
    ),
    identity=("creditCode", "decisionNumber"),
    type_name="RiskFlag",
    basis="《安全生产法》第七十八条（处罚决定七个工作日内公示）；《行政处罚法》第九条（种类待核）",
    checks=(*ADVERSE_CHECKS, needed_when("fineAmount", "penaltyType", "FINE")),
    complete=completed(category="PENALTY", severity="UNRATED"),
)  # fmt: skip
