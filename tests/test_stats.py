import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from deepartist.stats import bootstrap_interval

shares = st.lists(st.floats(0, 1), min_size=1, max_size=20)


@pytest.mark.parametrize("n", [2, 30, 290])
def test_agrees_with_scipy(n):
    values = np.random.default_rng(n).random(n)
    interval = bootstrap_interval(values, resamples=4000, seed=1)
    expected = scipy.stats.bootstrap(
        (values,), np.mean, n_resamples=4000, method="percentile", rng=np.random.default_rng(2)
    ).confidence_interval
    np.testing.assert_allclose(interval, expected, atol=0.1 * (expected.high - expected.low))


def test_accuracy_of_290_songs_is_sure_to_five_points():
    # 203 of 290 right: 0.7 +- 1.96 sqrt(0.7 * 0.3 / 290) = 0.7 +- 0.0527
    low, high = bootstrap_interval(np.arange(290) < 203, resamples=4000, seed=0)
    assert low == pytest.approx(0.7 - 0.0527, abs=0.005)
    assert high == pytest.approx(0.7 + 0.0527, abs=0.005)


def test_covers_the_mean_about_95_times_in_100():
    rng = np.random.default_rng(0)
    covered = 0
    for seed in range(300):
        low, high = bootstrap_interval(rng.random(40), resamples=300, seed=seed)
        covered += low <= 0.5 <= high
    # 300 trials of probability 0.95 have a standard deviation of 1.3 %
    assert 0.90 <= covered / 300 <= 0.99


@given(shares, st.integers(0, 1000))
def test_lies_within_the_values_and_repeats_with_its_seed(values, seed):
    low, high = bootstrap_interval(values, resamples=100, seed=seed)
    assert min(values) - 1e-12 <= low <= high <= max(values) + 1e-12
    assert (low, high) == bootstrap_interval(values, resamples=100, seed=seed)


def test_another_seed_draws_other_songs():
    values = np.random.default_rng(0).random(50)
    assert bootstrap_interval(values, resamples=100, seed=0) != bootstrap_interval(
        values, resamples=100, seed=1
    )


@given(st.floats(0, 1), st.integers(1, 50))
def test_equal_values_have_no_spread(value, n):
    assert bootstrap_interval([value] * n, resamples=100, seed=0) == (value, value)


def test_needs_a_value():
    with pytest.raises(ValueError, match="zero-size"):
        bootstrap_interval([], resamples=100, seed=0)
