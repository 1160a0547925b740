"""Every row of tips.md is a test; add a row there."""

import pytest

from exchange.tips import STEPS, code_of, competent_for, follow
from tenants.access import TenantKind
from tenants.registry import Directory, Tenant
from tests.spec.tables import code_or, rows

STEPPING = rows("tips.md", "谁在什么状态下能做什么")


@pytest.mark.parametrize("row", STEPPING, ids=lambda row: row["情形"])
def test_a_step_leads_to_a_state_or_is_refused(row: dict[str, str]) -> None:
    is_competent = row["是否现负责机关"] == "是"
    assert code_or(lambda: follow(row["状态"], row["步骤"], is_competent=is_competent)) == row["结果"]


def test_every_step_that_is_allowed_has_its_row_and_every_step_one_that_is_not() -> None:
    allowed = {(row["状态"], row["步骤"]) for row in STEPPING if row["结果"] == row["步骤"]}
    assert allowed == {(state, step) for step, states in STEPS.items() for state in states}
    assert {row["步骤"] for row in STEPPING if row["结果"] == "TIP_STEP_INVALID"} == set(STEPS)


def _authority(number: int, text: str) -> Tenant:
    prefix, sector = text.strip().split(":")
    return Tenant(
        tenant_id=number, slug=text.strip(), kind=TenantKind.AUTHORITY, name="机关", name_en="authority",
        credit_code=f"DEM{number}", sector=sector, region=prefix.ljust(6, "0"), jurisdiction=(prefix,), is_active=True,
        is_demo=True,
    )  # fmt: skip


@pytest.mark.parametrize("row", rows("tips.md", "谁是属地监管部门"), ids=lambda row: row["情形"])
def test_a_report_goes_to_the_nearest_authority(row: dict[str, str]) -> None:
    known = [_authority(number, text) for number, text in enumerate(row["接入的机关"].split(";"), 1)]
    tenants = {one.tenant_id: one for one in known}
    directory = Directory(tenants=tenants, clients={}, memberships=(), generations=(1,), edition=1)
    assert code_or(lambda: competent_for(directory, row["事发地"]).slug) == row["属地监管部门"]


def test_a_code_is_read_out_in_fours() -> None:
    assert code_of(bytes(range(15))) == "AAAQ-EAYE-AUDA-OCAJ-BIFQ-YDIO"
