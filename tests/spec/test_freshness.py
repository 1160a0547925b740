"""Every row of freshness.md is a test; add a row there."""

import pytest

from exchange.engine.shapes import SHAPES
from schema.kinds import BY_NAME, KINDS
from schema.record import FRESH_DAYS
from tests.spec.tables import rows

SPEC = rows("freshness.md", "确认多久算新")


@pytest.mark.parametrize("row", SPEC, ids=lambda row: row["记录类型"])
def test_a_confirmation_counts_as_long_as_its_kind_says(row: dict[str, str]) -> None:
    kind = BY_NAME[row["记录类型"]]
    assert (kind.fresh_days, kind.fresh_days + 1) == (int(row["仍算新（日）"]), int(row["陈旧（日）"]))
    stale = SHAPES[kind.graphql_type].fields["isStale"]
    assert str(kind.fresh_days) in getattr(stale, "sql", "")


def test_every_kind_that_differs_from_the_usual_has_a_row() -> None:
    assert {kind.name for kind in KINDS if kind.fresh_days != FRESH_DAYS} <= {row["记录类型"] for row in SPEC}
