"""The nearest songs of all at once are those that each is given alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepartist.explorer import neighbours as neighbours_module
from deepartist.explorer.neighbours import find_neighbours
from deepartist.library.search import find_similar, unit_vectors
from deepartist.library.store import Song


def song(number, artist, content=None):
    digest = f"{content if content is not None else number}"
    return Song(f"/m/{number}", "/m", artist, "", f"{number}", "", 1.0, 1, 1, digest, "")


def assert_as_alone(songs, units, k, limit):
    found = find_neighbours(songs, units, k, limit)
    assert found.rows.shape == found.similarity.shape == (len(songs), k)
    for row in range(len(songs)):
        alone = find_similar(songs, units, units[row], k, without=[row], max_per_artist=limit)
        rows = [other for other in found.rows[row].tolist() if other >= 0]
        assert len(rows) == len(alone)
        assert (found.rows[row, len(rows) :] == -1).all()
        # Equal similarities may come in another order.
        similarity = [match.similarity for match in alone]
        np.testing.assert_allclose(found.similarity[row, : len(rows)], similarity, atol=1e-5)
        np.testing.assert_allclose(units[rows] @ units[row], similarity, atol=1e-5)
        assert row not in rows


@given(
    n=st.integers(1, 40),
    artists=st.integers(1, 8),
    k=st.integers(1, 12),
    limit=st.sampled_from([None, 1, 2]),
    candidates=st.integers(1, 50),
    seed=st.integers(0, 2**32 - 1),
)
def test_they_are_those_of_each_song_alone(n, artists, k, limit, candidates, seed):
    rng = np.random.default_rng(seed)
    units = unit_vectors(rng.normal(size=(n, 6)).astype(np.float32))
    names = ["", *"ABCDEFGH"]
    songs = [song(i, names[rng.integers(artists + 1)]) for i in range(n)]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(neighbours_module, "CANDIDATES", candidates)
        patched.setattr(neighbours_module, "SONGS_AT_ONCE", 7)
        assert_as_alone(songs, units, k, limit)


def test_copies_are_no_neighbours(rng):
    units = unit_vectors(rng.normal(size=(6, 4)).astype(np.float32))
    units[1] = units[0]
    units[5] = units[4]
    songs = [song(i, "", content) for i, content in enumerate([0, 0, 1, 2, 3, 3])]
    found = find_neighbours(songs, units, 5, None)
    assert sorted(found.rows[0].tolist()) in ([-1, -1, 2, 3, 4], [-1, -1, 2, 3, 5])
    assert_as_alone(songs, units, 5, None)


def test_progress_comes_to_its_end(rng):
    units = unit_vectors(rng.normal(size=(300, 4)).astype(np.float32))
    done = []
    find_neighbours([song(i, "A") for i in range(300)], units, 3, None, done.append)
    assert sum(done) == 300
