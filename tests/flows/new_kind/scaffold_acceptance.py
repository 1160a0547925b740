"""脚手架验收: an invented kind with a type of its own and a field of every sort, for tests/flows/test_new_kind.py."""

from schema.fields import Choice, Coded, CodeTable, day, decimal, integer, person_name, text
from schema.kinds.parts import CREDIT_CODE, FIRM_NAME, REGION
from schema.record import Audience, Family, Field, Kind, Role, Tier


class ScaffoldResult(Coded):
    """验收结论 What the acceptance said."""

    PASSED = ("合格", "Passed")
    FAILED = ("不合格", "Failed")


SCAFFOLD_ACCEPTANCE = Kind(
    name="SCAFFOLD_ACCEPTANCE",
    zh="脚手架验收",
    en="Acceptance of a scaffold",
    family=Family.PRESENCE,
    audience=Audience.AUTHORITY,
    fields=(
        CREDIT_CODE,
        FIRM_NAME,
        REGION,
        Field(name="scaffoldNumber", zh="脚手架编号", en="Number of the scaffold", read=text(40), is_required=True,
              sample="DEM-0001"),
        Field(name="storeys", zh="层数", en="Storeys", read=integer(1, 200), graphql="Int", sample="12"),
        Field(name="height", zh="高度", en="Height in metres", read=decimal("0", "900"), graphql="Float",
              sample="36.5"),
        Field(name="result", zh="验收结论", en="Result", read=Choice(ScaffoldResult), graphql="ScaffoldResult",
              sample="合格"),
        Field(name="workCode", zh="所涉作业", en="Work concerned", sample="高处作业",
              read=CodeTable("special_operations.csv", "category_code", "category")),
        Field(name="acceptedOn", zh="验收日期", en="Accepted on", read=day, graphql="Date", role=Role.EFFECTIVE_ON,
              sample="2026-03-01"),
        Field(name="nextOn", zh="下次验收日期", en="To be accepted again on", read=day, graphql="Date",
              sample="2026-09-01"),
        Field(name="inspector", zh="验收人", en="Who accepted it", read=person_name, tier=Tier.PERSONAL,
              sample="示例王五"),
    ),
    identity=("creditCode", "scaffoldNumber"),
    basis="示例，无法律依据",
)  # fmt: skip
