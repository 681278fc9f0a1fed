"""Naming the artist of a song by the mean vectors of a library's artists, or none of them."""

import math
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from deepartist.datasets.artist_names import is_nobody, normalise
from deepartist.library.search import unit_vectors
from deepartist.library.store import Song

Floats = npt.NDArray[np.float32]


class Artists(NamedTuple):
    """The artists of a library.

    Attributes
    ----------
    names : list of str
        The most frequent spelling of each; A artists.
    of_song : np.ndarray [shape=(n,), dtype=int64]
        Number of each song's artist; -1 if it has none, or the song is left out.
    sums : np.ndarray [shape=(A, d), dtype=float32]
        Sum of the unit vectors of each artist's songs.
    """

    names: list[str]
    of_song: npt.NDArray[np.int64]
    sums: Floats


class Threshold(NamedTuple):
    """From what similarity on an artist is named, and how often that is wrong.

    Attributes
    ----------
    similarity : float
        Of a song with the nearest artist; below it, the answer is none of them.
    error_rate : float
        Fraction of songs by artists of the library that are given to none, and of songs by others
        that are given to an artist; the threshold makes both as equal as can be.
    songs : int
        Number of songs that were left out, one at a time, to find it.
    """

    similarity: float
    error_rate: float
    songs: int


def find_artists(songs: Sequence[Song], units: Floats) -> Artists:
    """Find the artists of a library; spellings that are compared alike are one artist."""
    keys = [
        "" if song.left_out or is_nobody(song.artist) else normalise(song.artist) for song in songs
    ]
    known = sorted(set(keys) - {""})
    number_of = {key: number for number, key in enumerate(known)}
    of_song = np.array([number_of.get(key, -1) for key in keys], np.int64)
    spellings = [Counter[str]() for _ in known]
    sums = np.zeros((len(known), units.shape[1]), np.float32)
    for song, number, unit in zip(songs, of_song, units, strict=True):
        if number >= 0:
            spellings[number][song.artist] += 1
            sums[number] += unit
    return Artists([s.most_common(1)[0][0] for s in spellings], of_song, sums)


def similarities_left_out(units: Floats, artists: Artists) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Compare each song with all artists, its own without the song itself.

    Parameters
    ----------
    units : np.ndarray [shape=(n, d), dtype=float32]
    artists : Artists
        Of these songs.

    Returns
    -------
    similarity : np.ndarray [shape=(m, A), dtype=float32]
        Cosines with the artists' mean vectors. Only of songs whose artist has another one.
    own : np.ndarray [shape=(m,), dtype=int64]
        Number of each song's artist.
    """
    n_songs = np.bincount(artists.of_song[artists.of_song >= 0], minlength=len(artists.names))
    rows = np.flatnonzero((artists.of_song >= 0) & (n_songs[artists.of_song] > 1))
    own = artists.of_song[rows]
    similarity = units[rows] @ unit_vectors(artists.sums).T
    others = unit_vectors(artists.sums[own] - units[rows])
    similarity[np.arange(len(rows)), own] = (units[rows] * others).sum(axis=1)
    return similarity, own


def nearest_similarities(similarity: Floats, own: npt.NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Find how similar each song is to the nearest artist, and to the nearest but its own.

    Parameters
    ----------
    similarity : np.ndarray [shape=(m, A), dtype=float32]
        Of songs with artists; it is as before afterwards.
    own : np.ndarray [shape=(m,), dtype=int64]
        Number of each song's artist.

    Returns
    -------
    nearest, nearest_other : np.ndarray [shape=(m,), dtype=float32]
    """
    rows = np.arange(len(own))
    nearest, of_own = similarity.max(axis=1), similarity[rows, own]
    similarity[rows, own] = -2  # in place, because a copy can take gigabytes
    nearest_other = similarity.max(axis=1)
    similarity[rows, own] = of_own
    return nearest, nearest_other


def find_threshold(similarity: Floats, own: npt.NDArray[np.int64]) -> Threshold:
    """Find the similarity from which on an artist is named, by leaving songs out.

    A song's similarity with the nearest artist stands for a song by an artist of the library. The
    same without its own artist stands for a song by somebody else.

    Parameters
    ----------
    similarity, own : np.ndarray
        From `similarities_left_out`, of two artists at least.
    """
    inside, outside = nearest_similarities(similarity, own)
    candidates = np.unique(np.concatenate([inside, outside]))
    rejected = np.searchsorted(np.sort(inside), candidates) / len(own)
    accepted = 1 - np.searchsorted(np.sort(outside), candidates) / len(own)
    best = int(np.abs(rejected - accepted).argmin())
    return Threshold(
        float(candidates[best]), float((rejected[best] + accepted[best]) / 2), len(own)
    )


def likelihood(similarity: Floats, own: npt.NDArray[np.int64]) -> tuple[float, float]:
    """Fit how likely an artist is, given a similarity: 1 / (1 + exp(-(slope · s + offset))).

    Fitted to all pairs of a song and an artist, the song itself left out. So it holds for songs by
    artists of the library.

    Returns
    -------
    slope, offset : float
        The slope is not negative.
    """
    from sklearn.linear_model import LogisticRegression

    is_own = np.arange(similarity.shape[1]) == own[:, None]
    model = LogisticRegression(C=1e6).fit(similarity.reshape(-1, 1), is_own.ravel())
    slope, offset = float(model.coef_[0, 0]), float(model.intercept_[0])
    if slope < 0:  # the vectors tell nothing of artists, so all are equally likely
        return 0.0, -math.log(similarity.shape[1] - 1)
    return slope, offset
