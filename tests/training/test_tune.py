"""Mixing the weights of two encoders, and the choice among mixes by validation songs."""

import numpy as np
import pytest
import torch

from deepartist.models.encoder import Encoder, initialise
from deepartist.training.fit import _first_state
from deepartist.training.tune import SharePrecision, choose_share, mix_weights, score_shares
from trainings import CPU, settings_of, stage_of, train


def encoder(seed):
    made = Encoder()
    initialise(made, torch.Generator().manual_seed(seed))
    return made.eval()


def test_a_mix_lies_between_two_encoders():
    start, end = encoder(0).state_dict(), encoder(1).state_dict()
    for name, value in mix_weights(start, end, 0.25).items():
        torch.testing.assert_close(value, 0.75 * start[name] + 0.25 * end[name])
    assert all(torch.equal(v, start[n]) for n, v in mix_weights(start, end, 0).items())


@pytest.mark.parametrize(
    ("precisions", "share"),
    [
        ([(0.5, 0.6, 0.6), (1, 0.6, 0.7)], 1),
        ([(0.5, 0.6, 0.6), (1, 0.9, 0.4)], 0.5),  # the last is worse in one
        ([(0.5, 0.4, 0.9), (1, 0.9, 0.4)], 0),
        ([(0.5, 0.5, 0.5), (1, 0.5, 0.5)], 0),
        ([(0.5, 0.6, 0.6), (1, 0.6, 0.6)], 0.5),
        ([(0.5, 0.51, 0.51), (1, 0.52, 0.52)], 0),  # by no more than the standard error
    ],
)
def test_the_best_share_that_is_no_worse_than_the_start_is_chosen(precisions, share):
    rows = [
        SharePrecision(share, embedding, balanced, (embedding + balanced) / 2 - 0.5, 0.03)
        for share, embedding, balanced in [(0, 0.5, 0.5), *precisions]
    ]
    assert choose_share(rows) == share


def test_shares_are_scored_on_validation_songs(data):
    start, end = encoder(0).state_dict(), encoder(1).state_dict()
    first, last = score_shares(start, end, [0, 1], data, CPU)
    swapped = score_shares(end, start, [1, 0], data, CPU)
    assert [(row.embedding, row.balanced) for row in swapped] == [
        (row.embedding, row.balanced) for row in (first, last)
    ]
    assert (first.gain, first.error) == (0, 0)
    gain = (last.embedding + last.balanced - first.embedding - first.balanced) / 2
    assert last.gain == pytest.approx(gain)
    assert 0 < last.error < 0.2

    # The precision of the embedding, song by song.
    trained = encoder(0)
    vectors = []
    for mel, n in zip(data.mels.float(), data.frames, strict=True):
        segments = mel[: n // 129 * 129].view(-1, 129, 128)
        with torch.no_grad():
            of_song = trained((segments - data.input_mean) / data.input_std).mean(dim=0)
        vectors.append((of_song / of_song.norm()).numpy())
    similarity = np.array(vectors) @ np.array(vectors).T
    precisions = []
    for query in np.flatnonzero(data.is_valid):
        order = [k for k in np.argsort(-similarity[query]) if k != query]
        hits = [data.song_labels[k] == data.song_labels[query] for k in order]
        ranks = np.flatnonzero(hits) + 1
        precisions.append(np.mean(np.arange(1, len(ranks) + 1) / ranks))
    assert first.embedding == pytest.approx(np.mean(precisions), abs=1e-3)


def test_training_starts_from_an_encoder(data):
    start = encoder(5)
    settings = settings_of("siamese", freeze=2)
    labels, task = stage_of("siamese").make_task(data, settings, CPU)
    state = _first_state(labels, task, settings, torch.Generator().manual_seed(0), start)
    for name, value in state.model["encoder"].state_dict().items():
        assert torch.equal(value, start.state_dict()[name])


def test_frozen_blocks_stay_and_the_others_are_trained(data):
    start = encoder(5)
    result = train("siamese", data, max_epochs=2, freeze=2, initial=start)
    changed = {
        name.split(".")[2]
        for name, value in result.weights.items()
        if not torch.equal(value, start.state_dict()[name.removeprefix("encoder.")])
    }
    assert changed == {"2", "3", "4"}


def test_stored_statistics_are_not_changed(data):
    start = encoder(5)
    result = train("basic", data, max_epochs=1, batch_norm="stored", initial=start)
    for name, value in result.weights.items():
        if "running" in name:
            assert torch.equal(value, start.state_dict()[name.removeprefix("encoder.")])
    other = train("basic", data, max_epochs=1, initial=start)
    moved = other.weights["encoder.blocks.0.norm.running_mean"]
    assert not torch.equal(moved, start.state_dict()["blocks.0.norm.running_mean"])
