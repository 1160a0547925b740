"""Every row of disputes.md is a test; add a row there."""

from datetime import date, timedelta

import pytest

from exchange.disputes import STEPS, follow, superior_of
from schema.errors import Refusal
from tenants.access import TenantKind
from tenants.registry import Directory, Tenant
from tests.spec.tables import rows

DUE = date(2026, 12, 7)


@pytest.mark.parametrize("row", rows("disputes.md", "谁在什么状态下能做什么"), ids=lambda row: row["情形"])
def test_a_step_leads_to_a_state_or_is_refused(row: dict[str, str]) -> None:
    day = DUE + timedelta(days=1) if row["时限"] == "已过" else DUE
    due_on = DUE if row["时限"] else None
    try:
        found = follow(row["状态"], row["步骤"], frozenset({row["办理方"]}), day=day, due_on=due_on)
    except Refusal as refusal:
        found = refusal.code
    assert found == row["结果"]


def test_every_step_has_a_row_that_is_allowed_and_one_that_is_not() -> None:
    listed = rows("disputes.md", "谁在什么状态下能做什么")
    assert {row["步骤"] for row in listed if row["结果"] == row["步骤"]} == set(STEPS)
    assert {row["步骤"] for row in listed if row["结果"].startswith("DISPUTE_")} == set(STEPS)


def _authority(number: int, text: str) -> Tenant:
    prefix, sector = text.strip().split(":")
    return Tenant(
        tenant_id=number, slug=text.strip(), kind=TenantKind.AUTHORITY, name="机关", name_en="authority",
        credit_code=f"DEM{number}", sector=sector, region=prefix.ljust(6, "0"), jurisdiction=(prefix,), is_active=True,
        is_demo=True,
    )  # fmt: skip


@pytest.mark.parametrize("row", rows("disputes.md", "谁是上级机关"), ids=lambda row: row["情形"])
def test_the_superior_is_the_nearest_above(row: dict[str, str]) -> None:
    source = _authority(1, f"{row['来源机关辖区']}:{row['系统']}")
    others = [_authority(number, text) for number, text in enumerate(row["接入的其他机关"].split(";"), 2)]
    directory = Directory(
        tenants={one.tenant_id: one for one in (source, *others)},
        clients={},
        memberships=(),
        generations=(1,),
        edition=1,
    )
    found = superior_of(directory, source)
    assert (found.slug if found else "") == row["上级机关"]
