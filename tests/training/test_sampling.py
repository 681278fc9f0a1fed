"""Crops, positives and negatives: where they may lie, and that all are equally likely."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from deepartist.training.sampling import (
    artist_blocks,
    cut_segments,
    draw_negatives,
    draw_positives,
    first_rows,
    random_integers,
    random_starts,
)

COUNTS = st.lists(st.integers(2, 6), min_size=3, max_size=8)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@given(COUNTS)
def test_blocks(counts):
    artists = torch.arange(len(counts)).repeat_interleave(torch.tensor(counts))
    first, count = artist_blocks(artists)
    for song, artist in enumerate(artists.tolist()):
        same = [s for s, a in enumerate(artists.tolist()) if a == artist]
        assert (int(first[song]), int(count[song])) == (same[0], len(same))


def test_blocks_must_be_side_by_side():
    with pytest.raises(ValueError, match="side by side"):
        artist_blocks(torch.tensor([0, 1, 0]))


@given(COUNTS, st.integers(1, 4), st.integers(0, 1000))
def test_positives_and_negatives_obey(counts, negatives, seed):
    artists = torch.arange(len(counts)).repeat_interleave(torch.tensor(counts))
    first, count = artist_blocks(artists)
    anchors = torch.arange(len(artists))
    positives = draw_positives(anchors, first, count, generator(seed))
    drawn = draw_negatives(anchors, first, count, negatives, generator(seed))
    assert torch.equal(artists[positives], artists)
    assert not (positives == anchors).any()
    assert drawn.shape == (len(artists), negatives)
    assert drawn.min() >= 0
    assert drawn.max() < len(artists)
    assert not (artists[drawn] == artists[:, None]).any()
    assert all(len(set(row)) == negatives for row in drawn.tolist())


def test_all_positives_and_sets_of_negatives_are_equally_likely():
    artists = torch.tensor([0, 0, 0, 0, 1, 1, 2, 2, 2])
    first, count = artist_blocks(artists)
    draws = 60_000
    anchors = torch.full((draws,), 4)  # a song of artist 1
    positives = draw_positives(torch.full((draws,), 1), first, count, generator())
    seen = torch.bincount(positives, minlength=9)
    assert seen.nonzero().squeeze(1).tolist() == [0, 2, 3]
    assert chisquare(seen[seen > 0].numpy()).pvalue > 1e-3
    # of 7 songs of others, 3 without replacement: 35 sets, all alike
    drawn = draw_negatives(anchors, first, count, 3, generator()).sort(dim=1).values
    sets, times = np.unique(drawn.numpy(), axis=0, return_counts=True)
    assert len(sets) == 35
    assert chisquare(times).pvalue > 1e-3


def test_integers_are_uniform_below_their_bounds():
    drawn = random_integers(torch.tensor([1, 3, 7]).repeat(30_000, 1), generator()).numpy()
    assert not drawn[:, 0].any()
    assert chisquare(np.bincount(drawn[:, 1], minlength=3)).pvalue > 1e-3
    assert chisquare(np.bincount(drawn[:, 2], minlength=7)).pvalue > 1e-3


def test_segments_are_cut_where_said(rng):
    mels = torch.from_numpy(rng.random((4, 1291, 128)).astype(np.float16))
    songs, starts = torch.tensor([[3, 0], [1, 3]]), torch.tensor([[0, 1162], [5, 1162]])
    segments = cut_segments(mels, first_rows(songs, starts))
    assert segments.shape == (2, 2, 129, 128)
    assert segments.dtype == torch.float16
    for i, j in np.ndindex(2, 2):
        start = int(starts[i, j])
        assert torch.equal(segments[i, j], mels[songs[i, j], start : start + 129])


def test_starts_stay_within_the_valid_frames():
    frames = torch.tensor([129, 130, 1291]).repeat(20_000, 1)
    starts = random_starts(frames, generator())
    assert starts[:, 0].unique().tolist() == [0]
    assert starts[:, 1].unique().tolist() == [0, 1]
    assert (int(starts[:, 2].min()), int(starts[:, 2].max())) == (0, 1162)
