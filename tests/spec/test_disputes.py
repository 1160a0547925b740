"""Every row of disputes.md is a test; add a row there."""

from datetime import date, timedelta
from typing import Any

import asyncpg
import pytest

from exchange.disputes import STEPS, follow
from tests.spec.tables import code_or, rows

DUE = date(2026, 12, 7)


@pytest.mark.parametrize("row", rows("disputes.md", "谁在什么状态下能做什么"), ids=lambda row: row["情形"])
def test_a_step_leads_to_a_state_or_is_refused(row: dict[str, str]) -> None:
    day = DUE + timedelta(days=1) if row["时限"] == "已过" else DUE
    due_on = DUE if row["时限"] else None
    by = frozenset({row["办理方"]})
    assert code_or(lambda: follow(row["状态"], row["步骤"], by, day=day, due_on=due_on)) == row["结果"]


def test_every_step_has_a_row_that_is_allowed_and_one_that_is_not() -> None:
    listed = rows("disputes.md", "谁在什么状态下能做什么")
    assert {row["步骤"] for row in listed if row["结果"] == row["步骤"]} == set(STEPS)
    assert {row["步骤"] for row in listed if row["结果"].startswith("DISPUTE_")} == set(STEPS)


ONBOARD = """insert into tenant (slug, kind, name, name_en, credit_code, sector, region, jurisdiction)
  values ($1, 'AUTHORITY', '机关', 'authority', $1, $2, rpad($3, 6, '0'), array[$3]) returning tenant_id"""


async def _join(owner: Any, text: str) -> int:
    prefix, sector = text.strip().split(":")
    slug = f"{prefix}-{sector}".lower()
    tenant_id: int = await owner.fetchval(ONBOARD, slug, sector, prefix)
    return tenant_id


@pytest.mark.parametrize("row", rows("disputes.md", "谁是上级机关"), ids=lambda row: row["情形"])
async def test_the_superior_is_the_nearest_above(row: dict[str, str], database: Any) -> None:
    """Of disputes and of overdue reviews: both ask the same function."""
    owner = await asyncpg.connect(database.dsn)
    try:
        transaction = owner.transaction()
        await transaction.start()
        await owner.execute("alter table tenant no force row level security")
        await owner.execute("update tenant set is_active = false")
        source = await _join(owner, f"{row['来源机关辖区']}:{row['系统']}")
        for text in row["接入的其他机关"].split(";"):
            await _join(owner, text)
        found = await owner.fetchval("select slug from tenant where tenant_id = superior_of($1)", source)
        await transaction.rollback()
    finally:
        await owner.close()
    assert (found or "") == row["上级机关"].replace(":", "-").lower()
