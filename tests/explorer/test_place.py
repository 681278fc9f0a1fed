"""Places on the map: similar songs are near each other, and nobody moves when others come."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from deepartist.explorer.place import ALL_ITERATIONS, place_among, place_songs
from deepartist.library.search import unit_vectors


@pytest.fixture
def groups(rng):
    """Vectors of six groups of 20 songs."""
    centres = rng.normal(size=(6, 64))
    of = np.repeat(np.arange(6), 20)
    return unit_vectors((centres[of] + 0.3 * rng.normal(size=(120, 64))).astype(np.float32)), of


def nearest_is_of_the_same_group(places, of):
    distance = cdist(places, places)
    np.fill_diagonal(distance, np.inf)
    return np.mean(of[distance.argmin(axis=1)] == of)


def test_songs_of_a_group_are_near_each_other(groups):
    units, of = groups
    done = []
    places = place_songs(units, done.append)
    assert places.shape == (120, 2)
    assert places.dtype == np.float32
    assert np.isfinite(places).all()
    assert nearest_is_of_the_same_group(places, of) == 1
    assert sum(done) == ALL_ITERATIONS  # a progress bar comes to its end


def test_new_songs_come_to_their_groups(groups):
    units, of = groups
    is_new = np.arange(120) % 5 == 0
    places = place_songs(units[~is_new])
    before = places.copy()
    placed = place_among(units[~is_new], places, units[is_new])
    np.testing.assert_array_equal(places, before)
    assert placed.shape == (24, 2)
    nearest = cdist(placed, places).argmin(axis=1)
    assert np.mean(of[~is_new][nearest] == of[is_new]) == 1


def test_a_new_song_is_placed_alike_whoever_else_is_new(groups):
    units, _ = groups
    places = place_songs(units[:100])
    together = place_among(units[:100], places, units[100:110])
    alone = place_among(units[:100], places, units[100:101])
    extent = np.abs(places).max()
    np.testing.assert_allclose(alone[0] / extent, together[0] / extent, atol=0.01)


@pytest.mark.parametrize("n", [1, 2, 4, 5, 6, 11])
def test_few_songs_have_places_of_their_own(rng, n):
    units = unit_vectors(rng.normal(size=(n, 8)).astype(np.float32))
    places = place_songs(units)
    assert places.shape == (n, 2)
    assert np.isfinite(places).all()
    assert len(np.unique(places, axis=0)) == n


def test_songs_that_sound_all_the_same_have_places():
    places = place_songs(np.ones((20, 8), np.float32) / np.sqrt(np.float32(8)))
    assert np.isfinite(places).all()
