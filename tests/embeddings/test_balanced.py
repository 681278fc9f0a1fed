"""Balanced vectors, beside a slow version, and what they are not changed by."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepartist.embeddings.balanced import FEWEST_SONGS, balance, find_centre, take_roots
from deepartist.embeddings.features import read_features, stored_vectors, write_features
from deepartist.process.errors import InputError

BLOCKS = [(0, 128), (128, 256), (256, 384), (384, 512), (512, 768)]


def slow_balanced(multilevel):
    """Song by song and block by block, in float64."""
    roots = np.zeros(multilevel.shape)
    for song, vector in enumerate(multilevel.astype(np.float64)):
        for start, end in BLOCKS:
            total = sum(vector[start:end])
            for place in range(start, end):
                roots[song, place] = (vector[place] / total) ** 0.5 if total > 0 else 0.0
    centre = roots.mean(axis=0) if len(roots) >= 20 else np.zeros(768)
    balanced = roots - centre
    for song in balanced:
        for start, end in BLOCKS:
            length = np.sqrt(sum(song[start:end] ** 2))
            if length > 1e-6:
                song[start:end] /= length * np.sqrt(5)
    return balanced


def balanced_of(multilevel):
    roots = take_roots(multilevel)
    return balance(roots, find_centre(roots))


def draw(seed, n):
    rng = np.random.default_rng(seed)
    return np.maximum(rng.normal(1, 2, size=(n, 768)), 0).astype(np.float32) * rng.uniform(0, 9)


@given(st.integers(0, 10_000), st.integers(1, 40))
def test_they_are_those_of_a_slow_version(seed, n):
    multilevel = draw(seed, n)
    multilevel[0, 128:256] = 0  # a block that is silent
    found = balanced_of(multilevel)
    assert (found.shape, found.dtype) == ((n, 768), np.float32)
    np.testing.assert_allclose(found, slow_balanced(multilevel), atol=1e-5)


def test_all_blocks_count_alike_whatever_their_scale(rng):
    multilevel = draw(1, 30)
    scaled = multilevel.copy()
    for k, (start, end) in enumerate(BLOCKS):
        scaled[:, start:end] *= 10.0 ** (k - 2)
    np.testing.assert_allclose(balanced_of(scaled), balanced_of(multilevel), atol=1e-5)
    # A song that is louder in all channels is the same song.
    scaled *= rng.uniform(0.1, 10, size=(30, 1)).astype(np.float32)
    np.testing.assert_allclose(balanced_of(scaled), balanced_of(multilevel), atol=1e-5)
    for start, end in BLOCKS:
        lengths = np.linalg.norm(balanced_of(multilevel)[:, start:end], axis=1)
        np.testing.assert_allclose(lengths, np.sqrt(1 / 5), atol=1e-5)


def test_what_all_songs_share_is_taken_away_unless_they_are_few():
    multilevel = np.repeat(draw(2, 1), FEWEST_SONGS, axis=0)
    assert np.abs(balanced_of(multilevel)).max() < 1e-6
    assert np.linalg.norm(balanced_of(multilevel[1:]), axis=1).min() == pytest.approx(1)


def test_they_are_read_from_files_of_features(tmp_path):
    multilevel = draw(3, 25)
    ids = [f"{n}" for n in range(25)]
    write_features(tmp_path / "a.npz", ids, multilevel[:, :256], multilevel)
    wanted = ["embedding", "balanced", "multilevel"]
    assert stored_vectors(tmp_path / "a.npz", wanted) == wanted
    found, values = read_features(tmp_path / "a.npz", "balanced")
    assert found.tolist() == ids
    np.testing.assert_allclose(values, slow_balanced(multilevel), atol=1e-5)


def test_features_of_something_else_have_none(tmp_path):
    write_features(tmp_path / "a.npz", ["a"], np.ones((1, 4)), np.ones((1, 5)))
    assert stored_vectors(tmp_path / "a.npz", ["embedding", "balanced"]) == ["embedding"]
    with pytest.raises(InputError, match=r"made of 768 maxima .* has 5 numbers"):
        read_features(tmp_path / "a.npz", "balanced")
    write_features(tmp_path / "b.npz", ["a"], np.ones((1, 4)), None)
    assert stored_vectors(tmp_path / "b.npz", ["embedding", "balanced"]) == ["embedding"]
    write_features(tmp_path / "c.npz", ["a"], np.ones((1, 4)), -np.ones((1, 768)))
    with pytest.raises(InputError, match="none below 0"):
        read_features(tmp_path / "c.npz", "balanced")
