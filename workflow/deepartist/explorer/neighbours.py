"""The nearest songs of each song of a library, all at once."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from deepartist.library.search import choose_songs
from deepartist.library.store import Song

Floats = npt.NDArray[np.float32]

SONGS_AT_ONCE = 128
CANDIDATES = 256  # of which those are left out that are too many by one artist


class Neighbours(NamedTuple):
    """The nearest songs of each song.

    Attributes
    ----------
    rows : np.ndarray [shape=(n, k), dtype=int32]
        The nearest first; -1 where there are no more.
    similarity : np.ndarray [shape=(n, k), dtype=float32]
        Cosine.
    """

    rows: npt.NDArray[np.int32]
    similarity: Floats


def find_neighbours(
    songs: Sequence[Song],
    units: Floats,
    k: int,
    max_per_artist: int | None,
    tell: Callable[[int], object] | None = None,
) -> Neighbours:
    """Find the songs that `find_similar` finds for each song.

    Parameters
    ----------
    songs : sequence of Song
        None is left out.
    units : np.ndarray [shape=(n, d), dtype=float32]
        Vectors of unit length.
    k : int
    max_per_artist : int, optional
        As in `find_similar`.
    tell : function, optional
        Called with a number of songs when they are done.
    """
    n = len(songs)
    rows, similarity = np.full((n, k), -1, np.int32), np.zeros((n, k), np.float32)
    for start in range(0, n, SONGS_AT_ONCE):
        cosines = units[start : start + SONGS_AT_ONCE] @ units.T
        nearest = _largest(cosines, min(CANDIDATES, n))
        for place, candidates in enumerate(nearest.tolist(), start):
            found = choose_songs(
                candidates, songs, k, without=[place], max_per_artist=max_per_artist
            )
            if len(found) < k and n > CANDIDATES:  # too many songs by one artist among them
                every_song = np.argsort(-cosines[place - start], kind="stable").tolist()
                found = choose_songs(
                    every_song, songs, k, without=[place], max_per_artist=max_per_artist
                )
            rows[place, : len(found)] = found
            similarity[place, : len(found)] = cosines[place - start, found]
        if tell:
            tell(len(cosines))
    return Neighbours(rows, similarity)


def _largest(values: Floats, k: int) -> npt.NDArray[np.int64]:
    """Return the columns of the k largest values of each row, the largest first."""
    columns = np.argpartition(-values, k - 1, axis=1)[:, :k]
    columns.sort(axis=1)  # of equal values, the first comes first
    order = np.argsort(-np.take_along_axis(values, columns, axis=1), axis=1, kind="stable")
    return np.take_along_axis(columns, order, axis=1)
