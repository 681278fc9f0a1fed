"""The songs that a model is validated on."""

import numpy as np
import pytest
import torch

from deepartist.training.losses.softmax import softmax_loss
from deepartist.training.songs import artist_classes
from deepartist.training.steps import Songs
from deepartist.training.train_siamese import siamese_task
from deepartist.training.validation import draw_validation


@pytest.mark.parametrize("alone", [[0, 1, 2, 3, 4], [2], []])
def test_only_artists_with_one_validation_song_bring_their_training_songs(data, alone):
    is_valid = data.is_valid.copy()
    is_valid[[artist * 6 + 4 for artist in alone]] = False  # the first of their two
    partly = data._replace(is_valid=is_valid)
    songs = Songs(torch.from_numpy(partly.mels), torch.from_numpy(partly.frames), 0, 1)
    artists = torch.from_numpy(artist_classes(partly.song_labels)[1])
    task = siamese_task(artists, 4, softmax_loss)
    generator = torch.Generator().manual_seed(0)
    drawn, starts = draw_validation(task, songs, partly, 3, generator)
    assert drawn.shape == starts.shape == (3 * is_valid.sum(), 6)
    assert drawn[:, 0].tolist() == 3 * np.flatnonzero(is_valid).tolist()
    assert torch.equal(artists[drawn[:, 1]], artists[drawn[:, 0]])
    assert not (artists[drawn[:, 2:]] == artists[drawn[:, :1]]).any()
    from_training = ~torch.from_numpy(is_valid)[drawn]
    assert set(artists[drawn[from_training]].tolist()) <= set(alone)
    assert bool(from_training.any()) == bool(alone)
