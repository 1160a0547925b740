"""Every row of repairs.md is a test; add a row there."""

import uuid
from datetime import date
from itertools import product

import orjson
import pytest

from exchange.desks.repairs import STEPS, after, check_request
from schema.errors import Refusal
from tests.spec.tables import rows


@pytest.mark.parametrize("row", rows("repairs.md", "办理"), ids=lambda row: row["情形"])
def test_a_step_leads_where_the_table_says(row: dict[str, str]) -> None:
    if row["新状态"] != "不可":
        assert after(row["现状态"], row["办理"]) == row["新状态"]
        return
    with pytest.raises(Refusal) as refused:
        after(row["现状态"], row["办理"])
    assert refused.value.code == "REPAIR_STATE"


def test_the_table_tells_every_state_and_step() -> None:
    states, steps = {"REQUESTED", *STEPS.values()}, {step for _, step in STEPS}
    assert {(row["现状态"], row["办理"]) for row in rows("repairs.md", "办理")} == set(product(states, steps))


@pytest.mark.parametrize("row", rows("repairs.md", "何时可以申请"), ids=lambda row: row["情形"])
def test_repair_may_be_asked_from_its_day_on(row: dict[str, str]) -> None:
    category, _, lifted = row["类别"].partition("，")
    told = {
        "record_id": uuid.UUID(int=1), "credit_code": "DEM", "band": "RED", "since": date(2020, 1, 1),
        "lifted_on": date(2026, 1, 1) if lifted else None,
        "body": orjson.dumps({
            "category": category, "listedOn": row["列入日期"], "earlyRemovalFrom": row["载明的可申请日"] or None,
        }),
    }  # fmt: skip
    day = date.fromisoformat(row["申请日"])
    if row["结果"] == "可以":
        check_request(told, day)
        return
    with pytest.raises(Refusal) as refused:
        check_request(told, day)
    assert refused.value.code == row["结果"]
