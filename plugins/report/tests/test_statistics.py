import math
import random
from statistics import stdev

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cm_report.statistics import (
    difference,
    median,
    quantile,
    spread,
    summarize,
    t_cdf,
    t_quantile,
)


@pytest.mark.parametrize(
    ("part", "freedom", "expected"),
    [  # the printed tables of Student's t
        (0.975, 1, 12.7062),
        (0.975, 2, 4.30265),
        (0.975, 4, 2.77645),
        (0.975, 9, 2.26216),
        (0.975, 30, 2.04227),
        (0.995, 5, 4.03214),
        (0.95, 1000, 1.64638),
    ],
)
def test_quantiles_of_students_t_are_those_of_the_tables(part, freedom, expected):
    assert t_quantile(part, freedom) == pytest.approx(expected, rel=1e-5)
    assert t_quantile(1 - part, freedom) == pytest.approx(-expected, rel=1e-5)
    assert t_cdf(expected, freedom) == pytest.approx(part, abs=1e-5)


def test_the_distribution_with_one_degree_of_freedom_is_that_of_cauchy():
    for value in (-30.0, -1.0, 0.0, 0.2, 1.0, 5.0, 1000.0):
        assert t_cdf(value, 1) == pytest.approx(0.5 + math.atan(value) / math.pi, abs=1e-12)


def test_median_and_quantiles():
    assert median([3, 1, 2]) == 2
    assert median([4, 1, 3, 2]) == 2.5
    assert quantile([0, 10], 0.9) == 9
    assert quantile([7], 0.1) == 7
    with pytest.raises(ValueError, match="no values"):
        median([])


def test_one_outlier_does_not_move_median_and_spread():
    quiet, loud = [10.0, 10.1, 9.9, 10.2, 9.8], [10.0, 10.1, 9.9, 10.2, 900.0]
    assert summarize(loud).median == pytest.approx(10.1)
    assert spread(loud) == pytest.approx(spread(quiet), abs=0.2)
    assert summarize(loud).mean > 100


def test_the_spread_of_normal_noise_is_its_standard_deviation():
    generator = random.Random(1)
    assert spread([generator.gauss(50, 4) for _ in range(4000)]) == pytest.approx(4, rel=0.05)


@pytest.mark.parametrize("count", [2, 3, 5, 10, 30])
def test_the_interval_of_the_median_holds_it_as_often_as_it_says(count):
    generator = random.Random(2)
    hits = 0
    for _ in range(1000):
        summary = summarize([generator.gauss(7, 2) for _ in range(count)])
        hits += summary.low <= 7 <= summary.high
    assert 935 <= hits <= 985


def test_an_outlier_makes_the_interval_wider():
    quiet, loud = summarize([10.0, 10.1, 9.9]), summarize([10.0, 10.1, 99.0])
    assert loud.median == pytest.approx(quiet.median, abs=0.2)
    assert loud.low < quiet.low < quiet.high < loud.high
    assert difference([10.0, 10.1, 9.9], [10.2, 10.3, 99.0]).noise_is_larger


def test_a_single_value_has_no_interval():
    summary = summarize([3.0])
    assert (summary.count, summary.median, summary.spread) == (1, 3, 0)
    assert summary.low is None
    assert summary.high is None


def test_equal_values_have_an_interval_without_width():
    summary = summarize([0.1, 0.1, 0.1])
    assert summary.low == summary.high == 0.1
    assert summary.relative_spread == 0
    assert summarize([0.0, 0.0]).relative_spread is None


def test_a_clear_difference_is_significant():
    found = difference([100, 101, 99, 100], [110, 111, 109, 110])
    assert found.significant is True
    assert not found.noise_is_larger
    assert found.absolute == pytest.approx(10)
    assert found.relative == pytest.approx(0.1)
    assert found.low > 8
    assert found.high < 12
    assert found.p_value < 0.001


def test_what_is_shown_agrees():
    first, second = [100.0, 101.0, 250.0], [103.0, 104.0, 102.0]
    found = difference(first, second)
    assert found.absolute == summarize(second).median - summarize(first).median == 2
    assert found.relative == pytest.approx(2 / 101)
    assert found.low == pytest.approx(found.absolute - (found.high - found.absolute))


def test_of_two_and_two_values_it_is_the_test_of_welch():
    # By hand: means 11 and 15, variances of the means 1 and 4, so t = 4 / sqrt(5) at 25 / 17 degrees.
    found = difference([10, 12], [13, 17])
    assert found.absolute == 4
    half = t_quantile(0.975, 25 / 17) * 5**0.5
    assert (found.low, found.high) == (pytest.approx(4 - half), pytest.approx(4 + half))
    assert found.p_value == pytest.approx(2 * (1 - t_cdf(4 / 5**0.5, 25 / 17)))


def test_noise_that_is_larger_than_the_difference():
    found = difference([100, 120, 80], [103, 121, 85])
    assert found.significant is False
    assert found.noise_is_larger
    assert found.low < 0 < found.high


def test_two_single_values_say_nothing_about_noise():
    found = difference([1.0], [2.0])
    assert found.significant is None
    assert found.p_value is None
    assert not found.noise_is_larger


def test_a_single_value_is_taken_to_be_as_noisy_as_the_sample():
    sample = [100.0, 101.0, 99.0, 100.5, 99.5]
    assert difference(sample, [101.5]).noise_is_larger
    assert difference(sample, [110.0]).significant is True
    assert difference([110.0], sample).significant is True


def test_without_any_noise_every_difference_counts():
    assert difference([0.97, 0.97], [0.98, 0.98]).significant is True
    same = difference([0.97, 0.97, 0.97], [0.97, 0.97])
    assert same.significant is False
    assert not same.noise_is_larger
    assert same.p_value == 1
    assert difference([0, 0], [1, 1]).relative is None


def test_equal_samples_are_seldom_found_different():
    generator = random.Random(3)
    found = [
        difference([generator.gauss(5, 1) for _ in range(4)], [generator.gauss(5, 3) for _ in range(6)])
        for _ in range(1000)
    ]
    assert sum(one.significant is True for one in found) < 75


@settings(max_examples=60)
@given(st.floats(-60, 60), st.floats(0.5, 500))
def test_students_t_is_that_of_scipy(value, freedom):
    stats = pytest.importorskip("scipy.stats")
    part = float(stats.t.cdf(value, freedom))
    assert t_cdf(value, freedom) == pytest.approx(part, abs=1e-7)
    if 1e-6 < part < 1 - 1e-6:
        assert t_quantile(part, freedom) == pytest.approx(
            float(stats.t.ppf(part, freedom)), rel=1e-6, abs=1e-6
        )


SAMPLES = st.lists(st.floats(-1000, 1000), min_size=2, max_size=9).filter(
    lambda values: spread_of(values) > 0.01
)


def spread_of(values):
    return max(values) - min(values)


@settings(max_examples=60)
@given(SAMPLES, SAMPLES)
def test_differences_are_judged_as_by_welch(first, second):
    """Of medians, which vary more than means by a known factor, for all but two values."""
    stats = pytest.importorskip("scipy.stats")
    sides = []
    for values in (first, second):
        wider = math.sqrt(math.pi / 2) if len(values) > 2 else 1.0
        sides += [median(values), stdev(values) * wider, len(values)]
    expected = stats.ttest_ind_from_stats(*sides, equal_var=False)
    found = difference(first, second)
    assert found.p_value == pytest.approx(float(expected.pvalue), rel=1e-6, abs=1e-7)
    assert found.significant is (float(expected.pvalue) < 0.05)
