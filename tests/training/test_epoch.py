"""The draws of an epoch: each song once, legal songs and segments, and the rate of each step."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from deepartist.training.epoch import draw_epoch
from deepartist.training.train_basic import basic_task
from deepartist.training.train_siamese import siamese_task
from deepartist.training.train_tag import tag_task

COUNTS = st.lists(st.integers(2, 6), min_size=3, max_size=8)


def draw(task, pool, frames, batch_size, seed=0, epochs_before=0):
    return draw_epoch(
        task,
        task.drawing_from(pool),
        len(pool),
        frames,
        batch_size,
        torch.Generator().manual_seed(seed),
        learning_rate=0.1,
        decay=0.01,
        epochs_before=epochs_before,
    )


@given(COUNTS, st.integers(1, 4), st.integers(2, 7), st.integers(0, 1000))
def test_an_epoch_obeys(counts, negatives, batch_size, seed):
    artists = torch.arange(len(counts)).repeat_interleave(torch.tensor(counts))
    task = siamese_task(artists, negatives, lambda features, artists: features.sum())
    # Every third song is not in the pool, as validation songs are not, if two of the artist are.
    keep = [
        song for song in range(len(artists)) if song % 3 or (artists == artists[song]).sum() < 4
    ]
    pool = torch.tensor(keep)
    frames = torch.randint(129, 1292, (len(artists),), generator=torch.Generator().manual_seed(1))
    others = len(pool) - int(torch.bincount(artists[pool]).max())
    if others < negatives:
        return
    batch_size = min(batch_size, len(pool))
    epoch = draw(task, pool, frames, batch_size, seed)
    steps = -(-len(pool) // batch_size)
    assert epoch.rows.shape == (steps, batch_size, 2 + negatives)
    assert torch.equal(epoch.targets, artists[epoch.rows // 1291])
    songs, starts = epoch.rows // 1291, epoch.rows % 1291
    assert (starts + 129 <= frames[songs]).all()
    assert set(songs.flatten().tolist()) <= set(keep)
    anchors = songs[:, :, 0].flatten().tolist()
    assert sorted(anchors[: len(pool)]) == keep
    assert anchors[len(pool) :] == anchors[: steps * batch_size - len(pool)]
    assert (artists[songs[..., 1]] == artists[songs[..., 0]]).all()
    assert (songs[..., 1] != songs[..., 0]).all()
    assert (artists[songs[..., 2:]] != artists[songs[..., :1]]).all()
    assert all(len(set(row)) == negatives for row in songs[..., 2:].flatten(0, 1).tolist())


def test_crops_and_orders_are_uniform():
    artists = torch.arange(4).repeat_interleave(3)
    task, pool = basic_task(artists, None), torch.arange(12)
    frames = torch.full((12,), 129 + 4)  # five places for a crop
    rows = torch.cat([draw(task, pool, frames, 3, seed).rows for seed in range(1000)])
    starts = (rows % 1291).flatten().numpy()
    assert chisquare(np.bincount(starts)).pvalue > 1e-3
    assert len(np.bincount(starts)) == 5
    first = (rows // 1291).view(1000, 12)[:, 0].numpy()
    assert chisquare(np.bincount(first, minlength=12)).pvalue > 1e-3


def test_each_step_has_the_rate_of_keras():
    task, pool, frames = basic_task(torch.arange(3), None), torch.arange(3), torch.full((3,), 1291)
    for epochs_before in (0, 7):
        rates = draw(task, pool, frames, 2, epochs_before=epochs_before).rates
        numbers = [2 * epochs_before, 2 * epochs_before + 1]  # two steps an epoch
        assert rates.dtype == torch.float32
        assert rates.tolist() == pytest.approx([0.1 / (1 + 0.01 * n) for n in numbers])


def test_targets_are_those_of_the_anchors():
    artists, tags = torch.tensor([0, 0, 1, 2]), torch.rand(4, 5)
    pool, frames = torch.tensor([3, 1, 2]), torch.full((4,), 1291)
    for task, targets in ((basic_task(artists, None), artists), (tag_task(tags), tags)):
        epoch = draw(task, pool, frames, 2)
        anchors = epoch.rows[:, :, 0] // 1291
        assert epoch.rows.shape == (2, 2, 1)
        assert torch.equal(epoch.targets, targets[anchors])
