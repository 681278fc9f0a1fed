"""Naming artists: leaving songs out, the threshold and the likelihood, beside slow versions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepartist.library.identify import (
    find_artists,
    find_threshold,
    likelihood,
    nearest_similarities,
    similarities_left_out,
)
from deepartist.library.search import unit_vectors
from deepartist.library.store import Song


def make_song(number, artist, left_out=""):
    return Song(f"/{number}", "/", artist, "", "", "", 1.0, 1, 1, str(number), left_out)


def draw_library(seed, spread=0.5):
    """Songs around a centre for each artist; one artist has a single song."""
    rng = np.random.default_rng(seed)
    counts = [1, *rng.integers(2, 6, rng.integers(1, 5))]
    artists = np.repeat(np.arange(len(counts)), counts)
    centres = rng.normal(size=(len(counts), 6))
    vectors = centres[artists] + spread * rng.normal(size=(len(artists), 6))
    songs = [make_song(n, f"Artist {a}") for n, a in enumerate(artists)]
    return songs, unit_vectors(vectors.astype(np.float32)), artists


def cosine(u, v):
    return float(u @ v / np.linalg.norm(u) / np.linalg.norm(v))


def test_artists_are_found_by_their_names():
    songs = [
        *(make_song(0, "Björk"), make_song(1, "björk "), make_song(2, "Björk"), make_song(3, "")),
        *(make_song(4, "Unknown Artist"), make_song(5, "Air", "silent"), make_song(6, "Zaz")),
    ]
    units = np.eye(7, dtype=np.float32)
    artists = find_artists(songs, units)
    assert artists.names == ["Björk", "Zaz"]
    assert artists.of_song.tolist() == [0, 0, 0, -1, -1, -1, 1]
    assert artists.sums.tolist() == [[1, 1, 1, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 1]]


@given(st.integers(0, 10_000))
def test_a_song_is_left_out_of_its_own_artist(seed):
    songs, units, artists = draw_library(seed)
    similarity, own = similarities_left_out(units, find_artists(songs, units))
    rows = [row for row in range(len(songs)) if (artists == artists[row]).sum() > 1]
    assert own.tolist() == [artists[row] for row in rows]
    for found, row in zip(similarity, rows, strict=True):
        for artist in range(artists.max() + 1):
            others = [i for i in np.flatnonzero(artists == artist) if i != row]
            slow = cosine(units[row], np.sum(units[others], axis=0))
            assert found[artist] == pytest.approx(slow, abs=1e-4)


@given(st.integers(0, 10_000))
def test_the_threshold_makes_both_errors_as_equal_as_can_be(seed):
    songs, units, _ = draw_library(seed, spread=1.0)
    similarity, own = similarities_left_out(units, find_artists(songs, units))
    found = find_threshold(similarity, own)

    def errors(threshold):
        inside, outside = [], []
        for row, artist in zip(similarity.tolist(), own, strict=True):
            inside.append(max(row) < threshold)
            outside.append(max(v for a, v in enumerate(row) if a != artist) >= threshold)
        return np.mean(inside), np.mean(outside)

    rejected, accepted = errors(found.similarity)
    assert found.error_rate == pytest.approx((rejected + accepted) / 2)
    every = [abs(np.subtract(*errors(value))) for value in np.unique(similarity)]
    assert abs(rejected - accepted) == pytest.approx(min(every))
    assert found.songs == len(own)


def test_songs_far_from_all_others_are_told_apart():
    songs, units, _ = draw_library(3, spread=0.01)
    similarity, own = similarities_left_out(units, find_artists(songs, units))
    assert find_threshold(similarity, own).error_rate == 0


def test_likelihoods_agree_with_how_often_it_is_so():
    rng = np.random.default_rng(0)
    own = rng.integers(0, 4, 4000)
    similarity = rng.normal(0, 1, (4000, 4)).astype(np.float32)
    similarity[np.arange(4000), own] += 2
    slope, offset = likelihood(similarity, own)
    is_own = np.arange(4) == own[:, None]
    likely = 1 / (1 + np.exp(-(slope * similarity + offset)))
    for low in (0.1, 0.4, 0.7):
        chosen = (likely >= low) & (likely < low + 0.2)
        assert is_own[chosen].mean() == pytest.approx(likely[chosen].mean(), abs=0.05)


def test_vectors_that_tell_nothing_make_all_artists_equally_likely():
    own = np.array([0, 1, 2, 0])
    similarity = np.full((4, 3), 0.9, np.float32)
    similarity[np.arange(4), own] = 0.1
    slope, offset = likelihood(similarity, own)
    assert slope == 0
    assert 1 / (1 + np.exp(-offset)) == pytest.approx(1 / 3)


def test_the_nearest_other_artist_is_found_and_nothing_is_changed():
    similarity = np.array([[0.9, 0.2, 0.5], [0.1, 0.3, 0.8]], np.float32)
    before = similarity.copy()
    nearest, nearest_other = nearest_similarities(similarity, np.array([0, 1]))
    np.testing.assert_array_equal(nearest, np.array([0.9, 0.8], np.float32))
    np.testing.assert_array_equal(nearest_other, np.array([0.5, 0.8], np.float32))
    np.testing.assert_array_equal(similarity, before)
