"""The songs that are drawn as positives: legal and uniform, and of the artist if need be."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from deepartist.training.positives import draws_of_positives
from deepartist.training.songs import album_numbers
from trainings import songs_with

# For each artist, the album of each song in any order; -1 is a song without an album.
ARTISTS = st.lists(st.lists(st.integers(-1, 3), min_size=2, max_size=7), min_size=1, max_size=5)


def pool_of(artists):
    labels = [f"artist {i}" for i, albums in enumerate(artists) for _ in albums]
    names = ["" if album < 0 else f"album {album}" for albums in artists for album in albums]
    numbers = torch.from_numpy(album_numbers(songs_with(labels, names)))
    artist = torch.arange(len(artists)).repeat_interleave(torch.tensor(list(map(len, artists))))
    return artist, numbers, names


def allowed(kind, song, artist, names):
    """The songs that may be a positive, found one by one."""
    others = [k for k in range(len(names)) if artist[k] == artist[song] and k != song]
    same = [k for k in others if names[k] and names[k] == names[song]]
    if kind == "song":
        return [song]
    if kind == "album":
        return same or others
    if kind == "other_album":
        return [k for k in others if k not in same] or others
    return others


@given(ARTISTS, st.sampled_from(["artist", "album", "other_album", "song"]), st.integers(0, 1000))
def test_positives_are_of_their_kind(artists, kind, seed):
    artist, numbers, names = pool_of(artists)
    draws = draws_of_positives([kind, "other_album"], artist, numbers)
    assert len(draws) == 2
    anchors = torch.arange(len(names)).repeat(3)
    drawn = draws[0](anchors, torch.Generator().manual_seed(seed))
    for anchor, positive in zip(anchors.tolist(), drawn.tolist(), strict=True):
        assert positive in allowed(kind, anchor, artist, names)


@pytest.mark.parametrize("kind", ["artist", "album", "other_album"])
def test_all_songs_of_a_kind_are_drawn_alike_often(kind):
    artist, numbers, names = pool_of([[0, 1], [1, 0, 1, 0, 1, -1, 2], [0, 0, 0]])
    (draw,) = draws_of_positives([kind], artist, numbers)
    for song in range(len(names)):
        anchors = torch.full((6000,), song)
        counts = torch.bincount(draw(anchors, torch.Generator().manual_seed(song)))
        expected = allowed(kind, song, artist, names)
        assert counts.nonzero().flatten().tolist() == expected
        assert len(expected) == 1 or chisquare(counts[expected].numpy()).pvalue > 1e-4


def test_albums_of_the_same_name_by_two_artists_are_two():
    songs = songs_with(["a", "a", "b", "b"], ["Best of", "Best of", "Best of", ""])
    assert album_numbers(songs).tolist() == [0, 0, 1, 2]
    assert album_numbers(songs_with(["a", "a"])).tolist() == [0, 1]
