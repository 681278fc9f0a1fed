import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_curve

from deepartist.scores.stats import wilson_interval
from deepartist.scores.verification import (
    CELLS,
    equal_error_rate,
    error_rate_with_interval,
    verify,
)
from helpers import slow_cosine

# the rate


def slow_rate(similarity, same, weights):
    """Walks down the thresholds one by one."""
    totals = {
        flag: sum(w for w, s in zip(weights, same, strict=True) if s == flag) for flag in (0, 1)
    }
    accepted, rejected = 0.0, 1.0
    for threshold in sorted(set(similarity), reverse=True):
        taken = [
            (w, s) for x, s, w in zip(similarity, same, weights, strict=True) if x >= threshold
        ]
        now_accepted = sum(w for w, s in taken if not s) / totals[0]
        now_rejected = 1 - sum(w for w, s in taken if s) / totals[1]
        if now_accepted >= now_rejected:
            # where two lines cross
            gap, next_gap = rejected - accepted, now_accepted - now_rejected
            return accepted + (now_accepted - accepted) * gap / (gap + next_gap)
        accepted, rejected = now_accepted, now_rejected
    raise AssertionError("the rates do not cross")


pairs = st.lists(
    st.tuples(st.integers(0, 6), st.booleans(), st.integers(1, 4)), min_size=2, max_size=30
).filter(lambda rows: {same for _, same, _ in rows} == {True, False})


@given(pairs)
def test_rates_are_those_of_the_slow_twin(rows):
    similarity, same, weights = map(np.array, zip(*rows, strict=True))
    twin = slow_rate(*(column.tolist() for column in (similarity, same, weights)))
    assert equal_error_rate(similarity / 7, same, weights) == pytest.approx(twin, abs=1e-12)
    # a pair that counts n times is n pairs
    repeated = equal_error_rate(np.repeat(similarity, weights), np.repeat(same, weights))
    assert repeated == pytest.approx(twin, abs=1e-12)


@given(pairs)
def test_rates_are_those_of_the_roc_curve(rows):
    similarity, same, weights = map(np.array, zip(*rows, strict=True))
    accepted, found, _ = roc_curve(same, similarity, sample_weight=weights, drop_intermediate=False)
    # where the curve meets the diagonal 1 - x, on a fine grid of both
    x = np.linspace(0, 1, 100_001)
    excess = x - (1 - np.interp(x, accepted, found))
    rate = equal_error_rate(similarity, same, weights)
    assert x[np.argmax(excess >= 0)] == pytest.approx(rate, abs=1.1e-5)


def test_rates_by_hand():
    same = np.array([True, True, False, False])
    assert equal_error_rate(np.array([0.9, 0.8, 0.2, 0.1]), same) == 0
    assert equal_error_rate(np.array([0.1, 0.2, 0.8, 0.9]), same) == 1
    assert equal_error_rate(np.array([0.9, 0.2, 0.8, 0.1]), same) == 0.5
    assert equal_error_rate(np.full(4, 0.3), same) == 0.5
    # of three same pairs one is below, and of three different ones one above, the threshold
    same = np.array([True, True, True, False, False, False])
    assert equal_error_rate(np.array([9, 8, 2, 7, 1, 0]), same) == pytest.approx(1 / 3)
    # between thresholds: 0 and 1/2 accepted, 1/3 and 0 rejected; the lines meet at 1/5
    same = np.array([True, True, True, False, False])
    assert equal_error_rate(np.array([9, 8, 5, 5, 1]), same) == pytest.approx(1 / 5)


@given(pairs, st.integers(2, 40))
def test_rates_depend_on_the_order_alone(rows, n):
    similarity, same, weights = map(np.array, zip(*rows, strict=True))
    rate = equal_error_rate(similarity, same, weights)
    assert 0 <= rate <= 1
    assert equal_error_rate(np.exp(similarity), same, weights) == rate
    order = np.random.default_rng(n).permutation(len(same))
    mixed = equal_error_rate(similarity[order], same[order], weights[order])
    assert mixed == pytest.approx(rate, abs=1e-12)
    # accepted and rejected change places
    assert equal_error_rate(-similarity, ~same, weights) == pytest.approx(rate, abs=1e-12)


@pytest.mark.parametrize("flag", [True, False])
def test_one_kind_of_pairs_has_no_rate(flag):
    assert np.isnan(equal_error_rate(np.array([0.1, 0.2]), np.array([flag, flag])))


# the interval


def slow_verify(embedding, artists, counts):
    """Songs of an artist that is drawn several times are songs of as many artists."""
    copies = [(a, c) for a, count in enumerate(counts) for c in range(count)]
    songs = [(copy, i) for copy in copies for i in range(len(artists)) if artists[i] == copy[0]]
    similarity, same = [], []
    for number, (copy, i) in enumerate(songs):
        for other_copy, j in songs[number + 1 :]:
            if copy != other_copy and copy[0] == other_copy[0]:
                continue
            similarity.append(round(slow_cosine(embedding[i], embedding[j]) * 2**24))
            same.append(copy == other_copy)
    if len(set(same)) < 2:
        return np.nan
    return slow_rate(similarity, same, [1] * len(same))


@pytest.mark.parametrize("noise", [0.3, 1.0])
def test_interval_is_that_of_the_slow_twin(noise):
    rng = np.random.default_rng(1)
    artists = np.repeat([4, 9, 2], [5, 7, 6])
    embedding = np.eye(10)[artists] + noise * rng.normal(size=(18, 10))
    value, low, high, n_pairs = verify(embedding, artists, resamples=150, seed=3)
    codes = np.unique(artists, return_inverse=True)[1].tolist()
    rows = embedding.tolist()
    assert value == pytest.approx(slow_verify(rows, codes, [1] * 3), abs=1e-12)
    assert n_pairs == 18 * 17 // 2
    drawn = np.random.default_rng(3).integers(3, size=(150, 3))
    twins = [slow_verify(rows, codes, np.bincount(row, minlength=3).tolist()) for row in drawn]
    assert np.isnan(twins).any()  # of one artist alone
    # there are fewer pairs than cells; two pairs may share one all the same
    expected = np.nanpercentile(twins, [2.5, 97.5])
    assert (low, high) == pytest.approx(expected.tolist(), abs=0.02)
    assert low < value < high


@pytest.mark.parametrize("noise", [0.5, 1.0, 3.0])
def test_comparisons_that_belong_to_artists_count_as_often_as_these(rng, noise):
    artists = np.repeat([3, 5, 6, 9], [4, 10, 6, 20])
    same = rng.random(40) < 0.5
    similarity = np.round(same + noise * rng.normal(size=40), 1)
    found = error_rate_with_interval(similarity, same, artists, resamples=200, seed=1)
    assert found[0] == equal_error_rate(similarity, same)
    generator = np.random.default_rng(1)
    rates = []
    for drawn in generator.integers(4, size=(200, 4)):
        times = np.bincount(drawn, minlength=4)
        weights = times[np.unique(artists, return_inverse=True)[1]]
        if {bool(flag) for flag in same[weights > 0]} == {True, False}:
            rates.append(slow_rate(similarity, same, weights))
    low, high = np.percentile(rates, [2.5, 97.5])
    assert found[1] == pytest.approx(min(low, found[0]), abs=1e-9)
    assert found[2] == pytest.approx(max(high, found[0]), abs=1e-9)


def test_a_coarse_grid_changes_little(monkeypatch):
    rng = np.random.default_rng(0)
    artists = np.repeat(np.arange(12), 12)
    embedding = np.eye(12)[artists] + 0.6 * rng.normal(size=(144, 12))
    settings = {"resamples": 300, "seed": 0}
    value, *ends, _ = verify(embedding, artists, **settings)
    monkeypatch.setattr("deepartist.scores.verification.CELLS", 50 * CELLS)
    exact, *exact_ends, _ = verify(embedding, artists, **settings)
    assert value == exact
    assert ends == pytest.approx(exact_ends, abs=5e-4)
    monkeypatch.setattr("deepartist.scores.verification.BLOCK_BYTES", 8 * 66 * 7)
    assert list(verify(embedding, artists, **settings)[1:3]) == pytest.approx(exact_ends)


@given(st.lists(st.integers(2, 4), min_size=2, max_size=5))
def test_equal_vectors_have_one_half(songs_of):
    artists = np.repeat(np.arange(len(songs_of)), songs_of)
    value, *ends, _ = verify(np.ones((len(artists), 3)), artists, resamples=50, seed=0)
    assert value == 0.5
    # all resamples agree, and yet this is not certain
    n = len(songs_of)
    assert ends == pytest.approx(wilson_interval(n / 2, n))


def test_two_artists_and_perfect_vectors():
    value, low, high, _ = verify(
        np.eye(4)[[0, 0, 1, 1]], np.array([3, 3, 8, 8]), resamples=50, seed=0
    )
    assert value == low == 0
    assert high == pytest.approx(wilson_interval(0, 2)[1])


def test_vectors_that_tell_nothing_have_about_one_half(rng):
    artists = np.repeat(np.arange(20), 10)
    value, low, high, _ = verify(rng.normal(size=(200, 8)), artists, resamples=200, seed=0)
    assert low < 0.5 < high
    assert value == pytest.approx(0.5, abs=0.03)


def test_two_thousand_resamples_take_seconds(rng):
    artists = np.repeat(np.arange(37), 11)
    start = time.process_time()
    verify(rng.normal(size=(len(artists), 256)), artists, resamples=2000, seed=0)
    assert time.process_time() - start < 5  # about 0.1
