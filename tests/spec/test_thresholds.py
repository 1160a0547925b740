"""Every row of thresholds.md is a test; add a row there."""

import pytest

from schema.timeliness import MEASURES, Colour, colour
from tests.spec.tables import rows

ROWS = rows("thresholds.md", "阈值")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["情形"])
def test_a_figure_has_its_colour(row: dict[str, str]) -> None:
    expected = Colour(row["颜色"]) if row["颜色"] else None
    assert colour(row["指标"], int(row["分子"]), int(row["分母"])) is expected


def test_every_measure_is_in_the_table() -> None:
    assert {row["指标"] for row in ROWS} == set(MEASURES)
