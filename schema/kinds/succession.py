"""企业沿革: an old credit code or name goes over into a new one, so that flags and history follow the firm.

Never inferred: somebody at the authority confirmed it on a day. A new sort is a member of SuccessionType.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from schema.fields import Choice, Coded, credit_code, credit_code_warning, day, document_number, mask_name, text
from schema.kinds.parts import CREDIT_CODE, FIRM_NAME, ISSUER_CODE, ISSUER_NAME, REGION, in_order
from schema.record import Audience, Family, Field, Finding, Kind, Role, Tier, finding


class SuccessionType(Coded):
    """沿革类型 How the old firm became the new one."""

    RENAMED = ("更名", "Renamed", "", "名称变更")
    NEW_CODE = ("换发统一社会信用代码", "New credit code", "", "换码", "代码变更")
    MERGED = ("合并", "Merged", "", "吸收合并")
    DIVIDED = ("分立", "Divided")
    TAKEN_OVER = ("承继", "Taken over", "", "改制", "转让")


def _codes(values: Mapping[str, Any]) -> Iterable[Finding]:
    """A renamed firm keeps its code; in every other case there are two."""
    sort, before, now = (values.get(name) for name in ("successionType", "previousCode", "creditCode"))
    if sort and before and now and (before == now) is not (sort == SuccessionType.RENAMED.name):
        yield finding("VALUES_CONTRADICT", "previousCode", before, other="successionType")


SUCCESSION = Kind(
    name="SUCCESSION",
    zh="企业沿革",
    en="Succession between firms",
    family=Family.PROFILE,
    audience=Audience.PARTNER,
    fields=(
        replace(
            CREDIT_CODE, zh="现统一社会信用代码", en="Credit code now", national=None,
            headers=("统一社会信用代码", "新统一社会信用代码", "变更后统一社会信用代码"),
        ),
        replace(FIRM_NAME, zh="现企业名称", en="Name now", headers=("企业名称", "新企业名称", "变更后名称")),
        REGION,
        Field(
            name="previousCode", zh="原统一社会信用代码", en="Credit code before", read=credit_code, is_required=True,
            tier=Tier.PUBLIC, warn=credit_code_warning, headers=("变更前统一社会信用代码", "旧统一社会信用代码"),
            sample="91440300DEM000014E",
        ),
        Field(
            name="previousName", zh="原企业名称", en="Name before", read=text(), is_required=True, tier=Tier.PUBLIC,
            headers=("变更前名称", "曾用名"), sample="示例化学有限公司",
        ),
        Field(
            name="successionType", zh="沿革类型", en="Sort of succession", read=Choice(SuccessionType),
            is_required=True, tier=Tier.PUBLIC, graphql="SuccessionType", headers=("变更类型", "变更事项"),
            sample="更名",
        ),
        Field(
            name="effectiveOn", zh="变更日期", en="Effective on", read=day, role=Role.EFFECTIVE_ON, is_required=True,
            tier=Tier.PUBLIC, graphql="Date", headers=("核准日期", "生效日期"), sample="2026-03-01",
        ),
        Field(
            name="evidenceNumber", zh="依据文号", en="Document it rests on", read=document_number, tier=Tier.PUBLIC,
            headers=("变更核准文号", "依据"), sample="示市监变〔2026〕1号",
        ),
        Field(
            name="confirmedOn", zh="核实日期", en="Confirmed on", read=day, is_required=True, graphql="Date",
            headers=("确认日期",), sample="2026-03-04",
        ),
        Field(
            name="confirmedBy", zh="核实人", en="Confirmed by, a name or staff number", read=text(60),
            is_required=True, tier=Tier.PERSONAL, mask=mask_name, headers=("经办人", "确认人"), sample="示例王五",
        ),
        replace(ISSUER_NAME, zh="核实机关", en="Confirming authority", headers=("确认机关",)),
        replace(ISSUER_CODE, zh="核实机关统一社会信用代码", en="Credit code of the confirming authority", headers=()),
    ),
    identity=("previousCode", "creditCode", "previousName"),
    basis="《市场主体登记管理条例》（变更登记，条款待核）；处罚与标记随主体承继须人工核实后认定",
    checks=(in_order("effectiveOn", "confirmedOn"), _codes),
)  # fmt: skip
