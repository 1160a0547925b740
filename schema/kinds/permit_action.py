"""许可证暂扣、撤销、吊销: what an authority did to a firm's production licence or an institution's qualification.

The permit itself carries its state (safety_production_permit.py, assessment_institution.py); this is the decision.
"""

from dataclasses import replace

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
    SUSPENDED_TO,
    category_of,
    completed,
)
from schema.kinds.parts import NUMBER
from schema.record import Audience, Family, Kind, Tier

PERMIT_ACTION = Kind(
    name="PERMIT_ACTION",
    zh="许可证暂扣、撤销、吊销",
    en="Suspension, rescission or revocation of a permit",
    family=Family.ADVERSE,
    audience=Audience.PARTNER,
    fields=(
        *FIRM,
        replace(
            NUMBER, zh="许可证编号", en="Number of the permit", tier=Tier.PUBLIC, national=None,
            headers=("证书编号", "资质证书编号", "许可证号"), sample="（粤）WH安许证字〔2026〕0001",
        ),
        replace(
            category_of(
                "LICENCE_SUSPENDED", "LICENCE_RESCINDED", "LICENCE_REVOKED", "QUALIFICATION_WITHDRAWN",
            ),
            zh="处理类别", en="What was done", headers=("处理种类", "类别", "标记类别"),
        ),
        OWN_SEVERITY,
        replace(CAUSE, zh="处理事由", headers=("事由", "列入事由"), sample="未按期整改重大事故隐患"),
        *DECISION,
        DECIDED_ON,
        EFFECTIVE_ON,
        SUSPENDED_TO,
        replace(EXIT_CONDITIONS, zh="发还条件", en="Conditions of return", headers=("移出条件", "解除条件")),
        *(
            replace(field, zh=zh, headers=(*field.headers, field.zh))
            for field, zh in zip(LIFTING, ("发还或解除日期", "发还或解除原因"), strict=True)
        ),
        *DECIDED_BY,
    ),
    identity=("creditCode", "decisionNumber", "category"),
    type_name="RiskFlag",
    basis="《安全生产许可证条例》（暂扣、吊销条款待核）；《安全生产法》第七十八条；《行政许可法》第六十九条（撤销，待核）",
    checks=ADVERSE_CHECKS,
    complete=completed(severity="RED"),
)  # fmt: skip
