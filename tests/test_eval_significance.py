"""Bootstrap intervals, the randomisation test."""

import math

import pytest

from eval.metrics import median
from eval.significance import bootstrap_interval, randomisation_p_value


def test_the_bootstrap_interval_of_equal_values_is_that_value() -> None:
    interval = bootstrap_interval([1.0, 1.0, 1.0])
    assert (interval.low, interval.high) == (1.0, 1.0)


def test_the_bootstrap_interval_of_a_share_is_near_the_normal_one() -> None:
    values = [1.0] * 300 + [0.0] * 100
    interval = bootstrap_interval(values, resamples=4_000)
    half = 1.96 * math.sqrt(0.75 * 0.25 / 400)
    assert interval.low == pytest.approx(0.75 - half, abs=0.006)
    assert interval.high == pytest.approx(0.75 + half, abs=0.006)
    assert interval == bootstrap_interval(values, resamples=4_000)
    assert interval != bootstrap_interval(values, resamples=4_000, seed=1)


def test_the_bootstrap_takes_other_statistics_and_refuses_nothing() -> None:
    interval = bootstrap_interval([1.0, 2.0, 9.0], median, resamples=200)
    assert interval.low == 1.0
    assert interval.high == 9.0
    with pytest.raises(ValueError, match="no values"):
        bootstrap_interval([])
    with pytest.raises(ValueError, match="level"):
        bootstrap_interval([1.0], level=95)


def test_the_randomisation_test_counts_sign_patterns() -> None:
    # Five questions won, none lost: only all-plus and all-minus are as extreme, 2 of 2^5.
    won = [1.0] * 5 + [1.0] * 7
    lost = [0.0] * 5 + [1.0] * 7
    assert randomisation_p_value(lost, won) == 2 / 2**5
    assert randomisation_p_value(won, lost) == 2 / 2**5
    # Three won, one lost: sums of +-2 or more are all but the 6 balanced of 16 patterns.
    assert randomisation_p_value([0, 0, 0, 1], [1, 1, 1, 0]) == (2**4 - 6) / 2**4
    assert randomisation_p_value(won, won) == 1.0


def test_many_differences_are_drawn_close_to_the_exact_value() -> None:
    first = [0.0] * 14 + [1.0] * 6
    second = [1.0] * 14 + [0.0] * 6
    exact = 2 * sum(math.comb(20, k) for k in range(14, 21)) / 2**20
    drawn = randomisation_p_value(first, second)
    assert drawn == pytest.approx(exact, abs=4 * math.sqrt(exact * (1 - exact) / 10_000))
    assert drawn == randomisation_p_value(first, second)
    assert randomisation_p_value([0.0] * 60, [1.0] * 60) == 1 / 10_001


def test_values_that_cannot_be_paired_are_refused() -> None:
    with pytest.raises(ValueError, match="2 and 1"):
        randomisation_p_value([1.0, 0.0], [1.0])
    with pytest.raises(ValueError, match="no pairs"):
        randomisation_p_value([], [])
