import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from deepartist.scores.stats import (
    bootstrap_interval,
    mean_interval,
    paired_interval,
    wilson_interval,
)

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


# by artist


def slow_by_artist(values, artists, resamples, seed):
    """Resample with loops; drawn with another generator, so equal but for chance."""
    rng = np.random.RandomState(seed)
    songs_of = {}
    for value, artist in zip(values, artists, strict=True):
        songs_of.setdefault(artist, []).append(value)
    names, means = sorted(songs_of), []
    for _ in range(resamples):
        drawn = [songs_of[names[rng.randint(len(names))]] for _ in names]
        songs = [songs[rng.randint(len(songs))] for songs in drawn for _ in songs]
        means.append(sum(songs) / len(songs))
    return np.percentile(means, [2.5, 97.5])


def test_artists_agree_with_slow_twin(rng):
    artists = rng.choice(12, 60, p=np.arange(1, 13) / 78)  # of 1 to 12 parts of the songs
    values = np.clip(0.5 + 0.3 * rng.normal(size=13)[artists] + 0.1 * rng.normal(size=60), 0, 1)
    low, high = bootstrap_interval(values, artists, resamples=4000, seed=0)
    slow_low, slow_high = slow_by_artist(values, artists, 4000, seed=0)
    assert (low, high) == pytest.approx((slow_low, slow_high), abs=0.06 * (high - low))
    by_song = bootstrap_interval(values, resamples=4000, seed=0)
    assert high - low > 1.5 * (by_song[1] - by_song[0])


def test_artists_by_hand():
    # two artists with one and three songs, each all right or all wrong: a resample has twice the
    # one (mean 1), twice the other (0), or each once (1 / 4)
    values, artists = np.array([1.0, 0, 0, 0]), np.array([7, 3, 3, 3])
    assert bootstrap_interval(values, artists, resamples=1000, seed=0) == (0, 1)
    # one artist: only songs can be resampled; the mean of three songs is at least 0, at most 1
    values = np.array([0.0, 0.5, 1.0])
    assert bootstrap_interval(values, np.zeros(3, int), resamples=2000, seed=0) == pytest.approx(
        bootstrap_interval(values, resamples=2000, seed=1), abs=0.17
    )


def test_artists_of_one_song_each_are_like_songs(rng):
    values = rng.random(80)
    by_artist = bootstrap_interval(values, rng.permutation(80), resamples=4000, seed=0)
    by_song = bootstrap_interval(values, resamples=4000, seed=1)
    assert by_artist == pytest.approx(by_song, abs=0.1 * (by_song[1] - by_song[0]))


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 4)), min_size=1, max_size=20))
def test_by_artist_lies_within_the_values_and_repeats(songs):
    values, artists = np.transpose(songs)
    interval = bootstrap_interval(values, artists.astype(int), resamples=50, seed=0)
    assert values.min() - 1e-12 <= interval[0] <= interval[1] <= values.max() + 1e-12
    assert interval == bootstrap_interval(values, artists.astype(int), resamples=50, seed=0)
    # which number an artist has does not matter to their songs
    renamed = bootstrap_interval(values, 10 * artists.astype(int) + 3, resamples=50, seed=0)
    assert interval == renamed


@pytest.mark.parametrize("n_artists", [None, 15])
def test_resampling_in_blocks_lies_close(monkeypatch, rng, n_artists):
    values = rng.random(60)
    artists = n_artists and rng.integers(n_artists, size=60)
    whole = bootstrap_interval(values, artists, resamples=3000, seed=0)
    monkeypatch.setattr("deepartist.scores.stats.BLOCK", 60 * 7)
    in_blocks = bootstrap_interval(values, artists, resamples=3000, seed=0)
    assert in_blocks == pytest.approx(whole, abs=0.1 * (whole[1] - whole[0]))


# wilson_interval

Z = 1.959964  # of 95 %


@pytest.mark.parametrize(
    ("right", "n", "low", "high"),
    [
        (8, 8, 8 / (8 + Z**2), 1),  # 0.68: an SVM with eight of eight songs right
        (0, 8, 0, Z**2 / (8 + Z**2)),
        (1, 1, 1 / (1 + Z**2), 1),
        (2, 4, 0.5 - 0.5 * Z / (4 + Z**2) ** 0.5, 0.5 + 0.5 * Z / (4 + Z**2) ** 0.5),
        (7.5, 8, 0.5291, 1),  # the lower end of 7 of 8, the upper end of 8 of 8
    ],
)
def test_wilson_by_hand(right, n, low, high):
    assert wilson_interval(right, n) == pytest.approx((low, high), abs=1e-4)


@given(st.integers(1, 400), st.floats(0, 1))
def test_wilson_solves_its_equation(n, fraction):
    right = round(n * fraction)
    low, high = wilson_interval(right, n)
    assert 0 <= low <= right / n <= high <= 1 and low < high
    # Wilson's ends: the mean is z standard deviations of the end away from it
    for end in (low, high):
        assert (right / n - end) ** 2 == pytest.approx(Z**2 * end * (1 - end) / n, abs=1e-7)


@given(st.integers(1, 50), st.floats(0, 1), st.floats(0, 1))
def test_wilson_grows_with_the_answers(n, one, other):
    less, more = sorted([one * n, other * n])
    lows, highs = zip(wilson_interval(less, n), wilson_interval(more, n), strict=True)
    assert lows[0] <= lows[1] and highs[0] <= highs[1]


# mean_interval


@given(shares, st.integers(0, 5), st.booleans())
def test_no_interval_is_a_point_and_all_hold_their_mean(values, seed, by_artist):
    artists = np.arange(len(values)) // 3 if by_artist else None
    low, high = mean_interval(values, artists, resamples=100, seed=seed)
    assert 0 <= low < high <= 1
    if min(values) == max(values):
        assert low - 1e-9 <= np.mean(values) <= high + 1e-9


@given(st.lists(st.sampled_from([0.0, 1.0]), min_size=1, max_size=30))
def test_right_answers_have_the_interval_of_scipy(values):
    interval = scipy.stats.binomtest(int(sum(values)), len(values)).proportion_ci(method="wilson")
    assert mean_interval(values, resamples=100, seed=0) == (interval.low, interval.high)


def test_fractions_have_the_bootstrap_unless_all_are_equal():
    values = [0.9, 1.0, 0.3, 0.5]
    interval = mean_interval(values, resamples=100, seed=0)
    assert interval == bootstrap_interval(values, resamples=100, seed=0)
    assert mean_interval([0.75] * 8, resamples=100, seed=0) == wilson_interval(6, 8)
    assert mean_interval([1 / 3] * 3, resamples=100, seed=0) == wilson_interval(1, 3)


def test_right_answers_by_artist_are_no_surer_than_independent_ones():
    # of ten artists, one song each: nothing depends on another, so Wilson's interval holds
    values, alone = np.arange(10) < 7, np.arange(10)
    low, high = mean_interval(values, alone, resamples=500, seed=0)
    wilson = wilson_interval(7, 10)
    bootstrap = bootstrap_interval(values, alone, resamples=500, seed=0)
    assert (low, high) == (min(wilson[0], bootstrap[0]), max(wilson[1], bootstrap[1]))
    # of two artists with five songs each, all right or all wrong, hardly anything is known
    values, artists = np.arange(10) < 5, np.arange(10) // 5
    assert mean_interval(values, artists, resamples=500, seed=0) == (0, 1)
    # all right: as many answers as artists
    assert mean_interval(np.ones(10), artists, resamples=500, seed=0) == wilson_interval(2, 2)
    assert mean_interval(np.full(10, 0.5), artists, resamples=500, seed=0) == wilson_interval(1, 2)


@pytest.mark.parametrize("accuracy", [0.5, 0.9, 0.98])
def test_right_answers_of_few_songs_are_covered(accuracy):
    rng = np.random.default_rng(0)
    covered = 0
    for _ in range(500):
        values = (rng.random(12) < accuracy).astype(float)
        low, high = mean_interval(values, resamples=100, seed=0)
        covered += low <= accuracy <= high
    # the bootstrap covers 0.98 in a fifth of cases: all 12 right, and an interval of [1, 1]
    assert covered / 500 > 0.9


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
