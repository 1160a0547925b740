"""Every row of status_reasons.md is a test; add a row there."""

from datetime import date
from typing import Any

import pytest

from exchange.status_reasons import status_reasons
from tests.spec.tables import rows

DAY = date(2026, 11, 23)


def facts_of(row: dict[str, str]) -> dict[str, Any]:
    actions = [
        {
            "measure": measure,
            "effectiveOn": since,
            "decisionNumber": "示应急决〔2026〕1号",
            "authority": "广州市应急管理局",
        }
        for measure, since in (one.split() for one in row["处理决定"].split("；") if one)
    ]
    return {
        "kind": "SPECIAL_OPERATION", "owner": "深圳市应急管理局", "reported": row["报送状态"] or None,
        "actions": actions, "isExchanged": row["转入换发"] == "是",
        "validFrom": row["有效期起"] or None, "validTo": row["有效期止"] or None,
        "reviewDueOn": row["应复审"] or None, "reviewedOn": row["实际复审"] or None,
    }  # fmt: skip


@pytest.mark.parametrize("row", rows("status_reasons.md", "状态的理由"), ids=lambda row: row["情形"])
def test_every_reason_that_applies_is_told_the_weightiest_first(row: dict[str, str]) -> None:
    told = status_reasons(facts_of(row), DAY)
    assert "；".join(one["code"] for one in told) == row["理由"]


def test_a_reason_says_who_did_what_and_on_what_it_rests() -> None:
    row = next(row for row in rows("status_reasons.md", "状态的理由") if row["情形"].startswith("本机关注销"))
    assert [(one["status"], one["basis"], one["field"]) for one in status_reasons(facts_of(row), DAY)[:2]] == [
        ("CANCELLED", "深圳市应急管理局报送", "reportedStatus"),
        ("RESCINDED", "广州市应急管理局 示应急决〔2026〕1号", None),
    ]
    told = status_reasons(facts_of(row), DAY)[1]
    assert told["zh"] == "处理决定 示应急决〔2026〕1号 自 2026-03-01 起撤销"
    assert told["en"] == "Decision 示应急决〔2026〕1号: rescinded from 2026-03-01"
