"""GB 18218-2018: the worked example, the bounds of levels and factors, and what the tables know by name."""

from fractions import Fraction

import pytest

from schema.fields import Unreadable
from schema.major_hazard import Rating, UnknownSubstance, alpha_for, level_of, rate, stated, substances


def test_the_worked_example_is_of_the_third_level() -> None:
    """80 t of ammonia and 10 t of chlorine, at least 100 people: S = 8 + 2, R = 2 x (2 x 8 + 4 x 2)."""
    rating = rate(stated("氨/80；氯/10"), Fraction(2))
    assert rating == Rating(total=Fraction(10), grade=Fraction(48), level="LEVEL_3")


def test_a_unit_below_its_critical_amounts_is_no_major_hazard_source() -> None:
    assert rate(stated("氨/9.99"), Fraction(2)).level is None
    assert rate(stated("氨/10"), Fraction(2)).level == "LEVEL_4"
    assert rate(stated("氨/5；氯/2.5"), Fraction(1)).total == 1


@pytest.mark.parametrize(
    ("grade", "level"),
    [("100", "LEVEL_1"), ("99.9999", "LEVEL_2"), ("50", "LEVEL_2"), ("49.9999", "LEVEL_3"), ("10", "LEVEL_3"),
     ("9.9999", "LEVEL_4"), ("0", "LEVEL_4")],
)  # fmt: skip
def test_the_lower_bound_belongs_to_the_level(grade: str, level: str) -> None:
    assert level_of(Fraction(grade)) == level


@pytest.mark.parametrize(
    ("people", "alpha"),
    [(0, "0.5"), (1, "1"), (29, "1"), (30, "1.2"), (49, "1.2"), (50, "1.5"), (99, "1.5"), (100, "2"), (5000, "2")],
)
def test_alpha_follows_the_number_of_people(people: int, alpha: str) -> None:
    assert alpha_for(people) == Fraction(alpha)


@pytest.mark.parametrize(
    ("written", "grade"),
    [
        ("液氯/5", "4"),  # by another name
        ("氯化氢/20", "3"),  # the factor stands under the short name
        ("光气/0.3", "20"),
        ("氨/10/5/1", "2"),  # as stated goes before the table
        ("某易燃液体/1000/W5.3", "1"),  # by category
        ("苯/50/W5.1", "1.5"),  # critical amount by name, factor by category
        ("硝化棉/10/10/1", "1"),
    ],
)
def test_critical_amount_and_factor_are_stated_or_found_by_name_or_category(written: str, grade: str) -> None:
    assert rate(stated(written), Fraction(1)).grade == Fraction(grade)


@pytest.mark.parametrize("written", ["苯/600", "硝化棉/10", "硝酸/100", "某液体/1", "某液体/1/10"])
def test_what_is_neither_stated_nor_in_the_tables_is_not_guessed(written: str) -> None:
    with pytest.raises(UnknownSubstance) as caught:
        rate(stated(written), Fraction(1))
    assert caught.value.name == written.split("/")[0]


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ("氨 / 80t ； 液氯/10/5/4", "氨/80；液氯/10/5/4"),
        ("氨/80吨\n氯/10.50", "氨/80；氯/10.5"),
        ("甲烷,天然气/12345.678901；某液体/1/w5.3;", "甲烷,天然气/12345.678901；某液体/1/W5.3"),
        ("氨/１００", "氨/100"),
        ("氨/100//2", "氨/100//2"),
    ],
)
def test_substances_have_one_way_of_writing(raw: str, kept: str) -> None:
    assert substances(raw) == kept
    assert substances(kept) == kept


@pytest.mark.parametrize("raw", ["", "；", "氨", "氨/x", "氨/-1", "氨/1/0", "氨/1/2/3/4", "某液体/1/W99", "/1", 7])
def test_what_cannot_be_read_is_refused(raw: object) -> None:
    with pytest.raises(Unreadable) as caught:
        substances(raw)
    assert caught.value.code == "FIELD_UNREADABLE"
