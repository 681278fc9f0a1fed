"""The metric that artists give, against a slow version and on songs where it must help."""

import numpy as np
import pytest

from deepartist.embeddings.adapted import FEWEST_DIFFERENCES, learn_metric
from deepartist.scores.retrieval import retrieval_average_precisions


@pytest.fixture
def songs(rng):
    """Eighty songs by eight artists, and their artists, who differ in two dimensions of six."""
    artist = np.repeat(np.arange(8), 10)
    own = rng.normal(size=(8, 6)) * [1, 1, 0, 0, 0, 0]
    vectors = own[artist] + rng.normal(size=(80, 6)) * [0.3, 0.3, 3, 1, 1, 1]
    return vectors.astype(np.float32), artist


def test_the_metric_equals_a_slow_version(songs):
    vectors, artist = songs
    covariance = np.zeros((6, 6))
    for vector, own in zip(vectors.astype(float), artist, strict=True):
        difference = vector - vectors[artist == own].astype(float).mean(axis=0)
        covariance += np.outer(difference, difference) / (80 - 8)
    size = np.trace(covariance) / 6
    shrunk = 0.7 * covariance + 0.3 * size * np.eye(6)
    metric = learn_metric(vectors, artist, 0.3).astype(float)
    np.testing.assert_allclose(metric, metric.T, atol=1e-6)
    # The metric whitens what songs of an artist differ in.
    np.testing.assert_allclose(metric @ shrunk @ metric / size, np.eye(6), atol=1e-4)


def test_with_full_shrinkage_there_is_no_metric(songs):
    np.testing.assert_allclose(learn_metric(*songs, 1.0), np.eye(6), atol=1e-6)


def test_the_order_and_the_names_of_artists_do_not_matter(songs, rng):
    vectors, artist = songs
    order = rng.permutation(80)
    names = np.array([f"artist {9 - number}" for number in artist])
    shuffled = learn_metric(vectors[order], names[order])
    np.testing.assert_allclose(shuffled, learn_metric(vectors, artist), atol=1e-5)


def test_new_artists_are_told_apart_better(songs, rng):
    vectors, artist = songs
    known = artist < 4
    metric = learn_metric(vectors[known], artist[known], 0.02)
    new = np.flatnonzero(~known)
    before, after = (
        np.mean(retrieval_average_precisions(of_songs, artist, new, new))
        for of_songs in (vectors, vectors @ metric)
    )
    assert after > before + 0.1


def test_few_songs_give_no_metric(rng):
    n = FEWEST_DIFFERENCES
    vectors = rng.normal(size=(n, 3)).astype(np.float32)
    assert np.array_equal(learn_metric(vectors, np.arange(n) // 2), np.eye(3))
    assert np.array_equal(learn_metric(vectors[:0], np.arange(0)), np.eye(3))
    two = np.concatenate([vectors, -vectors])
    assert not np.allclose(learn_metric(two, np.zeros(2 * n, int)), np.eye(3))
