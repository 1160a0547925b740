"""重大事故隐患 挂牌督办与销号: a major hidden danger put under supervision with a deadline; closed when it is removed.

A negative fact like the other flags, so that whoever was told of the 挂牌 is told of the 销号.
"""

from dataclasses import replace

from schema.fields import day, text
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
    OWN_SEVERITY,
    category_of,
    completed,
)
from schema.kinds.parts import in_order
from schema.record import Audience, Family, Field, Kind, Tier

HIDDEN_DANGER = Kind(
    name="HIDDEN_DANGER",
    zh="重大事故隐患挂牌督办",
    en="Major hidden danger under supervision",
    family=Family.ADVERSE,
    audience=Audience.PARTNER,
    fields=(
        *FIRM,
        category_of("MAJOR_HIDDEN_DANGER"),
        OWN_SEVERITY,
        Field(
            name="place", zh="隐患部位", en="Where the danger is", read=text(), tier=Tier.PUBLIC,
            headers=("隐患地点", "所在部位"), sample="罐区",
        ),
        replace(CAUSE, zh="隐患内容", en="What the danger is", headers=("隐患描述", "事由", "列入事由"),
                sample="可燃气体报警装置失效"),
        *DECISION,
        replace(DECIDED_ON, zh="挂牌日期", en="Put under supervision on", headers=("挂牌督办日期", "决定日期")),
        EFFECTIVE_ON,
        Field(
            name="rectifyBy", zh="整改期限", en="To be removed by; this day is still in time", read=day,
            is_required=True, tier=Tier.PUBLIC, graphql="Date", headers=("整改截止日期", "限期整改日期"),
            sample="2026-05-31",
        ),
        replace(EXIT_CONDITIONS, zh="销号条件", en="Conditions of closing", headers=("移出条件", "解除条件")),
        *(
            replace(field, zh=zh, headers=(*field.headers, field.zh))
            for field, zh in zip(LIFTING, ("销号日期", "销号依据"), strict=True)
        ),
        *DECIDED_BY,
    ),
    identity=("creditCode", "decisionNumber"),
    type_name="RiskFlag",
    basis="《安全生产法》第四十一条（隐患排查治理；挂牌督办与销号的条款待核）；判定标准由行业主管部门制定（待核）",
    checks=(*ADVERSE_CHECKS, in_order("decidedOn", "rectifyBy")),
    complete=completed(category="MAJOR_HIDDEN_DANGER", severity="RED"),
)  # fmt: skip
