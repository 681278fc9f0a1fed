"""How well artists of a library are named, by the number of their songs that are known."""

from collections.abc import Callable, Collection
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from deepartist.datasets.artist_names import normalise
from deepartist.library.identify import Artists, nearest_similarities
from deepartist.library.search import unit_vectors
from deepartist.scores.identification import choose_artists, draw_ranks
from deepartist.scores.stats import mean_interval
from deepartist.scores.verification import error_rate_with_interval

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

KNOWN = (1, 3, 5, 10)
DRAWS = 10
RESAMPLES = 1000
SEED = 0
PLACES = 5
SONGS_AT_ONCE = 4096
ALL, TRAINED, OTHERS = "all", "trained", "others"


class Rate(NamedTuple):
    """A rate and its 95 % interval."""

    value: float
    low: float
    high: float


class Evaluation(NamedTuple):
    """How well the artists of some songs are named.

    Attributes
    ----------
    known : int or None
        Number of songs that each artist is known by; None: all songs but the one to be named.
    group : str
        ``all`` artists, those that the model was ``trained`` on, or the ``others``.
    songs, artists : int
        Songs that are named, and the artists whose songs they are.
    candidates : int
        Number of artists that can be named.
    at_1, at_5 : Rate
        How often the artist is the nearest, or among the five nearest.
    error_rate : Rate
        Of "none of them": fraction of songs by known artists that are given to none, and of songs
        by others that are given to somebody, at the similarity where both are equal.
    """

    known: int | None
    group: str
    songs: int
    artists: int
    candidates: int
    at_1: Rate
    at_5: Rate
    error_rate: Rate


def evaluate_identification(
    units: Floats,
    artists: Artists,
    similarity: Floats,
    own: Ints,
    trained: Collection[str],
    tell: Callable[[int], object] | None = None,
) -> list[Evaluation]:
    """Name artists of songs by 1, 3, 5 and 10 known songs of each, and by all others.

    For a number of known songs, so many are drawn from each artist, and all others are named; the
    mean of ten draws is taken. Only artists that have more songs than the largest number take part,
    so all numbers are comparable; if there are not five of them, the largest number is left out.
    A song by somebody who is not known is made by taking the song's own artist out. Intervals
    resample artists and their songs.

    Parameters
    ----------
    units : np.ndarray [shape=(n, d), dtype=float32]
        Vectors of unit length.
    artists : Artists
        Of these songs: two at least, one of them with two songs.
    similarity, own : np.ndarray
        Of these, from `similarities_left_out`.
    trained : collection of str
        Names, as `normalise` makes them, of the artists that the model was trained on.
    tell : function, optional
        Called after each of the ten draws with 1.

    Returns
    -------
    list of Evaluation
        One for each number of known songs, that of all others last; where some artists are among
        the trained and some are not, for each of both, too.
    """
    is_trained = np.array([normalise(name) in trained for name in artists.names])
    has_artist = np.flatnonzero(artists.of_song >= 0)
    of_song = artists.of_song[has_artist]
    known, chosen = choose_artists(of_song, KNOWN, largest=len(artists.names), seed=SEED)
    found: list[Evaluation] = []
    if known:
        of_chosen = of_song[chosen]
        by_number = _name_in_draws(units[has_artist[chosen]], of_chosen, known, tell)
        for number, outcomes in zip(known, by_number, strict=True):
            found += _summarise(number, outcomes, is_trained, len(np.unique(of_chosen)))
    outcomes = _Outcomes(np.arange(len(own)), own, *_compare(similarity, own))
    return found + _summarise(None, outcomes, is_trained, len(artists.names))


class _Outcomes(NamedTuple):
    """Of each naming: which song, its artist, the artist's place, the nearest similarities."""

    song: Ints
    artist: Ints
    place: Ints
    nearest: Floats
    nearest_other: Floats


def _name_in_draws(
    units: Floats, of_song: Ints, known: list[int], tell: Callable[[int], object] | None
) -> list[_Outcomes]:
    """Name songs in all draws, for each number of known songs."""
    names, number_of = np.unique(of_song, return_inverse=True)
    generator = np.random.default_rng(SEED)
    parts: list[list[_Outcomes]] = [[] for _ in known]
    for _ in range(DRAWS):
        ranks = draw_ranks(number_of, generator)
        for part, k in zip(parts, known, strict=True):
            sums = np.zeros((len(names), units.shape[1]), np.float32)
            np.add.at(sums, number_of[ranks < k], units[ranks < k])
            means = unit_vectors(sums)
            songs = np.flatnonzero(ranks >= k)
            for start in range(0, len(songs), SONGS_AT_ONCE):
                block = songs[start : start + SONGS_AT_ONCE]
                compared = _compare(units[block] @ means.T, number_of[block])
                part.append(_Outcomes(block, of_song[block], *compared))
        if tell:
            tell(1)
    return [
        _Outcomes(*(np.concatenate(values) for values in zip(*part, strict=True))) for part in parts
    ]


def _compare(similarity: Floats, own: Ints) -> tuple[Ints, Floats, Floats]:
    """Compare songs with artists (m, A), of which `own` is the right one of each song.

    Returns the place of the right artist, and the nearest similarities with and without it.
    """
    of_own = similarity[np.arange(len(own)), own]
    place = (similarity > of_own[:, None]).sum(axis=1)
    return place, *nearest_similarities(similarity, own)


def _summarise(
    known: int | None, outcomes: _Outcomes, is_trained: npt.NDArray[np.bool_], candidates: int
) -> list[Evaluation]:
    of_artist = is_trained[outcomes.artist]
    groups = {ALL: np.ones(len(of_artist), bool)}
    if of_artist.any() and not of_artist.all():
        groups |= {TRAINED: of_artist, OTHERS: ~of_artist}
    found = []
    for group, is_in in groups.items():
        song, artist, place, nearest, other = (values[is_in] for values in outcomes)
        songs, of_naming, counts = np.unique(song, return_inverse=True, return_counts=True)
        artist_of = np.zeros(len(songs), np.int64)
        artist_of[of_naming] = artist
        at_1, at_5 = (
            _rate(np.bincount(of_naming, place < places) / counts, artist_of)
            for places in (1, PLACES)
        )
        similarity = np.concatenate([nearest, other])
        is_known = np.arange(len(similarity)) < len(nearest)
        error_rate = error_rate_with_interval(
            similarity, is_known, np.tile(artist, 2), resamples=RESAMPLES, seed=SEED
        )
        n_artists = len(np.unique(artist))
        rates = (at_1, at_5, Rate(*error_rate))
        found.append(Evaluation(known, group, len(songs), n_artists, candidates, *rates))
    return found


def _rate(right: npt.NDArray[np.float64], artists: Ints) -> Rate:
    low, high = mean_interval(right, artists, resamples=RESAMPLES, seed=SEED)
    return Rate(float(right.mean()), low, high)
