"""Figures of a sheet: achievement, change, unit cost, and what is not comparable."""

from decimal import Decimal

import pytest
from drafting_support import sheet
from hypothesis import given
from hypothesis import strategies as st

from rag.drafting.figures import achievement, change, compute, looks_slipped, sparkline
from rag.drafting.numbers import mentions, read_number, write_number
from rag.drafting.records import Direction


def test_achievement_is_actual_by_plan_where_more_is_better() -> None:
    assert achievement(Decimal(360), Decimal(214), Direction.UP) == Decimal(100) * 214 / 360


def test_achievement_is_plan_by_actual_where_less_is_better() -> None:
    assert achievement(Decimal(120), Decimal(150), Direction.DOWN) == Decimal(100) * 120 / 150


@given(plan=st.integers(1, 10**6), actual=st.integers(1, 10**6))
def test_a_plan_is_reached_on_the_same_side_of_100_in_either_direction(
    plan: int, actual: int
) -> None:
    up = achievement(Decimal(plan), Decimal(actual), Direction.UP)
    down = achievement(Decimal(plan), Decimal(actual), Direction.DOWN)
    assert up is not None and down is not None
    assert (up >= 100) == (actual >= plan)
    assert (down >= 100) == (actual <= plan)


def test_no_achievement_is_given_for_a_plan_of_zero() -> None:
    assert achievement(Decimal(0), Decimal(5), Direction.UP) is None


def test_change_is_against_the_year_before_in_percent() -> None:
    assert change(Decimal(298), Decimal(214)) == Decimal(100) * (214 - 298) / 298
    assert change(Decimal(0), Decimal(3)) is None
    assert change(None, Decimal(3)) is None


def test_unit_cost_is_the_total_in_yen_by_the_users() -> None:
    figures = compute(sheet())
    assert [(u.fiscal_year, u.yen, u.basis) for u in figures.unit_costs] == [
        (2024, Decimal(1500) * 1000 / 205, "利用者"),
        (2025, Decimal(1510) * 1000 / 212, "利用者"),
    ]


def test_unit_cost_counts_the_first_activity_where_users_are_not_counted() -> None:
    figures = compute(sheet(users=[]))
    assert {u.basis for u in figures.unit_costs} == {"講座の開催回数"}


@pytest.mark.parametrize(
    ("one", "other", "slipped"),
    [
        ("52600", "56.1", True),  # 千人 in a column of 人
        ("12", "13100", True),
        ("1.2", "118", True),  # ×100
        ("200", "900", False),
        ("1", "60", False),
        ("0.5", "45", False),  # both small: growth
        ("40000", "1200", False),
    ],
)
def test_a_factor_of_about_100_or_1000_looks_like_a_slipped_unit(
    one: str, other: str, slipped: bool
) -> None:
    assert looks_slipped(Decimal(one), Decimal(other)) is slipped
    assert looks_slipped(Decimal(other), Decimal(one)) is slipped


def test_no_rate_and_no_change_is_computed_from_a_slipped_figure() -> None:
    figures = compute(sheet(outcome__1__actual=0.212))
    year = figures.indicators[1].years[1]
    assert year.slipped
    assert year.achievement is None
    assert year.change is None


def test_a_jump_that_was_planned_is_no_slip() -> None:
    made = sheet(outcome__0__plan=2, outcome__0__actual=2, outcome__1__plan=220)
    assert not compute(made).indicators[1].years[1].slipped


def test_totals_are_not_compared_across_a_change_of_the_labour_cost_method() -> None:
    made = sheet(cost__0__labour_method="平均単価", cost__1__labour_method="職位別単価")
    now = compute(made).cost(2025)
    assert now is not None
    assert now.change is None
    assert now.project_change == Decimal(100) * (910 - 900) / 900


def test_a_year_that_still_runs_is_not_the_evaluated_one() -> None:
    made = sheet(
        activity__1__actual=None,
        outcome__1__actual=None,
        users=[{"fiscal_year": 2024, "n": 205}],
        cost=[{"fiscal_year": 2024, "project_cost": 900, "labour_cost": 600, "total": 1500}],
    )
    assert compute(made).evaluated_year == 2024


def test_a_sparkline_runs_from_0_to_1_with_gaps() -> None:
    assert sparkline([Decimal(2), None, Decimal(4), Decimal(3)]) == (0.0, None, 1.0, 0.5)
    assert sparkline([Decimal(2), Decimal(2)]) == (0.5, 0.5)
    assert sparkline([None]) == (None,)


@pytest.mark.parametrize(
    ("text", "number", "unit"),
    [
        ("1,234", "1234", ""),
        ("１，２３４人", "1234", "人"),
        ("▲5.2%", "-5.2", "%"),
        ("12千円", "12", "千円"),
        ("△1,000", "-1000", ""),
    ],
)
def test_numbers_are_read_as_sheets_write_them(text: str, number: str, unit: str) -> None:
    found = read_number(text)
    assert found is not None
    assert (found.number, found.unit) == (Decimal(number), unit)


@pytest.mark.parametrize("text", ["約300", "把握困難", "集計中", "3～5", "", "12/31"])
def test_what_is_no_plain_number_is_not_read_as_one(text: str) -> None:
    assert read_number(text) is None


@given(st.decimals(min_value=0, max_value=10**9, places=3))
def test_a_written_number_reads_back_as_itself(number: Decimal) -> None:
    found = read_number(write_number(number))
    assert found is not None
    assert found.number == number


def test_years_are_told_from_numbers_in_either_calendar() -> None:
    found = mentions("令和7年度は計画1,200件、2024年度は12千円")
    assert found.years == {2025, 2024}
    assert found.numbers == {Decimal(1200), Decimal(12000)}
