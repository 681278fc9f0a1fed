"""The songs of a training: their statistics, their classes and tags."""

import numpy as np
import pytest

from deepartist.training.songs import (
    TrainingData,
    artist_classes,
    input_statistics,
    tag_vectors,
)


def test_statistics_are_of_the_sound_of_training_songs(rng):
    mels = rng.random((4, 1291, 128)).astype(np.float16)
    frames = np.array([200, 1291, 700, 900])
    is_valid = np.array([False, True, False, False])
    values = np.concatenate([mels[i, : frames[i]].ravel() for i in (0, 2, 3)]).astype(np.float64)
    mean, std = input_statistics(TrainingData(mels, frames, ["a"] * 4, is_valid))
    assert mean == pytest.approx(values.mean(), rel=1e-6)
    assert std == pytest.approx(values.std(), rel=1e-6)


def test_artists_of_songs():
    names, classes = artist_classes(["b", "b", "a", "c", "b"])
    assert names == ["a", "b", "c"]
    assert classes.dtype == np.int64
    assert classes.tolist() == [1, 1, 0, 2, 1]


def test_tags_of_songs():
    names, vectors = tag_vectors(["rock|loud", "loud", "jazz"])
    assert names == ["jazz", "loud", "rock"]
    assert vectors.dtype == np.float32
    assert vectors.tolist() == [[0, 1, 1], [0, 1, 0], [1, 0, 0]]
