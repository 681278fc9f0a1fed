"""Identification of artists by a few known songs of each, without training."""

from collections.abc import Sequence

import numpy as np

from deepartist.scores.similarity import BLOCK_BYTES, RESOLUTION

ENOUGH_ARTISTS = 5  # with fewer, an interval that resamples artists says little
SONGS_OF_ARTIST = 40  # of an artist with more songs, this many take part


def choose_artists(
    artists: np.ndarray, known: Sequence[int], *, largest: int, seed: int
) -> tuple[list[int], np.ndarray]:
    """Choose the numbers of known songs, and the songs of the artists that have enough.

    The artists are the same for each number, so that chance is the same. Of the numbers, the
    largest is kept for which at least five artists have a further song to name, and all smaller
    ones. If there is no such number, two artists are enough. A larger number leaves fewer artists,
    but how much more known songs help is the question, and the price is small: of 37 artists of
    real music 13 have eleven songs, and their intervals are wider by a third.

    Parameters
    ----------
    artists : np.ndarray [shape=(n,), dtype=int]
        Number of each song's artist.
    known : sequence of int, each > 0
        Wanted numbers of known songs of each artist.
    largest : int >= 2
        If there are more artists, this many are drawn. Of an artist with more than
        `SONGS_OF_ARTIST` songs (or one more than the largest number of known songs, if that is
        more), so many are drawn, because the number of pairs grows with the square of songs.
    seed : int >= 0

    Returns
    -------
    possible : list of int
        Ascending; empty if no two artists have enough songs for any number.
    songs : np.ndarray [shape=(m,), dtype=int]
        Positions of the songs that take part, ascending.
    """
    of_song, n_songs = np.unique(artists, return_inverse=True, return_counts=True)[1:]
    possible: list[int] = []
    for enough in (ENOUGH_ARTISTS, 2):
        possible = [k for k in sorted(known) if np.count_nonzero(n_songs > k) >= enough]
        if possible:
            break
    else:
        return [], np.arange(0)
    generator = np.random.default_rng(seed)
    chosen = np.flatnonzero(n_songs > possible[-1])
    if chosen.size > largest:
        chosen = np.sort(generator.choice(chosen, largest, replace=False))
    ranks = draw_ranks(of_song, generator)
    limit = max(SONGS_OF_ARTIST, possible[-1] + 1)
    return possible, np.flatnonzero(np.isin(of_song, chosen) & (ranks < limit))


def identify(
    embedding: np.ndarray, artists: np.ndarray, known: Sequence[int], *, draws: int, seed: int
) -> np.ndarray:
    """Name the artist of each song by the nearest mean of known songs, in many random draws.

    In each draw, some songs of each artist are known, and the others have to be named. A song is
    given to the artist whose known songs' unit vectors have the mean of the highest cosine
    similarity to it. The songs known in a draw are among those of a larger number in this draw.

    Parameters
    ----------
    embedding : np.ndarray [shape=(n, d)]
    artists : np.ndarray [shape=(n,), dtype=int]
        Number of each song's artist; at least two artists, each with more songs than are known.
    known : sequence of int, each > 0
        Numbers of known songs of each artist, ascending.
    draws : int > 0
    seed : int >= 0

    Returns
    -------
    np.ndarray [shape=(len(known), n), dtype=float64]
        For each number, and for each song the fraction of draws in which its artist is named, of
        those in which it is not known; NaN if it is known in all. If several artists tie, naming
        one of t counts 1/t: vectors that are all equal have 1/N for N artists.

    Raises
    ------
    ValueError
        There are fewer than two artists, or one has no song that is not known.
    """
    of_song, n_songs = np.unique(artists, return_inverse=True, return_counts=True)[1:]
    if len(n_songs) < 2 or n_songs.min() <= max(known):
        raise ValueError("give two artists or more, each with more songs than are known")
    vectors = np.asarray(embedding, dtype=np.float64)
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    units = vectors / np.where(norms > 0, norms, 1)
    generator = np.random.default_rng(seed)
    ranks = np.stack([draw_ranks(of_song, generator) for _ in range(draws)])  # (draws, n)
    first_songs = np.empty((draws, max(known), len(n_songs)), dtype=int)
    drawn, songs = np.nonzero(ranks < max(known))
    first_songs[drawn, ranks[drawn, songs], of_song[songs]] = songs

    lengths = _lengths_of_sums(units, first_songs)
    right = np.zeros((len(known), len(of_song)))
    n_named = np.zeros_like(right)
    # A block of songs is compared with all, and of the products sums are made in each draw.
    size = max(1, BLOCK_BYTES // (8 * max(len(of_song), max(known) * len(n_songs))))
    for start in range(0, len(of_song), size):
        block = slice(start, start + size)
        products = (units / RESOLUTION) @ units[block].T  # (n, b)
        own = of_song[block], np.arange(products.shape[1])
        for draw, firsts in enumerate(first_songs):
            sums = np.zeros((len(n_songs), products.shape[1]))
            for number, (before, k) in enumerate(zip([0, *known], known, strict=False)):
                sums += products[firsts[before:k]].sum(axis=0)
                similarity = np.rint(sums / lengths[draw, k - 1, :, None])
                nearest = similarity == similarity.max(axis=0)
                is_named = ranks[draw, block] >= k
                right[number, block] += is_named * nearest[own] / nearest.sum(axis=0)
                n_named[number, block] += is_named
    with np.errstate(invalid="ignore"):
        fractions: np.ndarray = right / n_named
    return fractions


def draw_ranks(of_song: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Put the songs of each artist in a random order; return each song's place, from 0."""
    order = np.lexsort((generator.random(of_song.size), of_song))
    n_songs = np.bincount(of_song)
    firsts = np.repeat(np.cumsum(n_songs) - n_songs, n_songs)
    ranks = np.empty(of_song.size, dtype=int)
    ranks[order] = np.arange(of_song.size) - firsts
    return ranks


def _lengths_of_sums(units: np.ndarray, first_songs: np.ndarray) -> np.ndarray:
    """Return the length of the sum of the first songs, for each number; infinite if it is zero.

    A song then has the similarity 0 to the artist, as it has to a vector that is zero.
    """
    lengths = np.stack(
        [np.linalg.norm(np.cumsum(units[firsts], axis=0), axis=2) for firsts in first_songs]
    )
    # sums that cancel out are not exactly zero in floating point
    return np.where(lengths > RESOLUTION, lengths, np.inf)
