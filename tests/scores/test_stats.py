import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from deepartist.scores.stats import bootstrap_interval, paired_interval

shares = st.lists(st.floats(0, 1), min_size=1, max_size=20)


# bootstrap_interval


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
    mean = np.mean([value] * n)  # which may be off by rounding; it lies within its own interval
    assert bootstrap_interval([value] * n, resamples=100, seed=0) == (mean, mean)
    assert mean == pytest.approx(value, rel=1e-14)


def test_needs_a_value():
    with pytest.raises(ValueError, match="zero-size"):
        bootstrap_interval([], resamples=100, seed=0)


# paired_interval

pairs = st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=20)


def test_pairs_agree_with_loops_over_the_same_songs():
    rng = np.random.default_rng(0)
    a, b = rng.random(25), rng.random(25)
    drawn = np.random.default_rng(3)
    means = []
    for _ in range(200):
        songs = [int(song) for song in drawn.integers(25, size=25)]
        means.append(sum(a[song] for song in songs) / 25 - sum(b[song] for song in songs) / 25)
    means.sort()
    # of 200, the 2.5th percentile lies at position 0.025 * 199 = 4.975, counted from 0
    low = means[4] + 0.975 * (means[5] - means[4])
    high = means[195] - 0.975 * (means[195] - means[194])
    np.testing.assert_allclose(
        paired_interval(a, b, resamples=200, seed=3), (sum(a) / 25 - sum(b) / 25, low, high)
    )


def test_pairs_agree_with_scipy():
    rng = np.random.default_rng(0)
    a = rng.random(100)
    b = a + rng.normal(0.02, 0.05, size=100)  # far closer to each other than songs are
    difference, low, high = paired_interval(a, b, resamples=4000, seed=1)
    expected = scipy.stats.bootstrap(
        (a, b),
        lambda a, b: a.mean() - b.mean(),
        vectorized=False,
        paired=True,
        n_resamples=4000,
        method="percentile",
        rng=np.random.default_rng(2),
    ).confidence_interval
    assert difference == pytest.approx(a.mean() - b.mean())
    np.testing.assert_allclose(
        (low, high), expected, rtol=0, atol=0.1 * (expected.high - expected.low)
    )


def test_pairs_by_hand():
    # both songs differ by 1/4, however hard each is
    assert paired_interval([0.5, 1], [0.25, 0.75], resamples=100, seed=0) == (0.25, 0.25, 0.25)
    # the mean of two songs drawn of the differences 1 and 0 is 0, 1/2 or 1
    assert paired_interval([1, 0], [0, 0], resamples=1000, seed=0) == (0.5, 0, 1)


@given(pairs, st.integers(0, 1000))
def test_swapping_the_two_negates(values, seed):
    a, b = np.transpose(values)
    difference, low, high = paired_interval(a, b, resamples=100, seed=seed)
    swapped = paired_interval(b, a, resamples=100, seed=seed)
    assert swapped[0] == -difference
    assert swapped[1:] == pytest.approx((-high, -low), abs=1e-12)


@given(shares, st.integers(0, 1000))
def test_a_value_does_not_differ_from_itself(values, seed):
    assert paired_interval(values, values, resamples=100, seed=seed) == (0, 0, 0)


@pytest.mark.parametrize(("a", "b"), [([1, 2, 3], [1, 2]), ([1, 2, 3], [1]), ([1], [])])
def test_pairs_need_two_values_of_each_song(a, b):
    with pytest.raises(ValueError, match="not pairs"):
        paired_interval(a, b, resamples=100, seed=0)
