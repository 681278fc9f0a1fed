"""Songs that are similar to others, and paths from one song to another, by exact search."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from deepartist.datasets.artist_names import normalise, without_accents
from deepartist.library.store import Song

WORD = re.compile(r"[^\W_]+")  # names of files have _ for blanks


class Match(NamedTuple):
    """A song of a library and its cosine similarity with what was asked for."""

    row: int
    similarity: float


def unit_vectors(vectors: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Scale vectors (n, d) to unit length; zeros stay zeros."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    units: npt.NDArray[np.float32] = np.zeros_like(vectors)
    np.divide(vectors, lengths, out=units, where=lengths > 0)
    return units


def find_similar(
    songs: Sequence[Song],
    units: npt.NDArray[np.float32],
    query: npt.NDArray[np.float32],
    n: int,
    *,
    without: Collection[int] = (),
    counted: Collection[int] = (),
    max_per_artist: int | None = None,
    without_albums: Collection[tuple[str, str]] = (),
) -> list[Match]:
    """Find the songs that are most similar to a query.

    Parameters
    ----------
    songs : sequence of Song
        Those that are left out are never found.
    units : np.ndarray [shape=(len(songs), d), dtype=float32]
        Vectors of unit length.
    query : np.ndarray [shape=(d,), dtype=float32]
        Such as the mean of the unit vectors of some songs.
    n : int
        Number of songs; fewer are returned if there are not so many.
    without : collection of int
        Rows that are not to be found. Other files with the same content are not found, either.
    counted : collection of int
        Rows that count for `max_per_artist` besides the songs that are found.
    max_per_artist : int, optional
        Greatest number of songs by one artist. Songs without an artist are not counted.
    without_albums : collection of (artist, album)
        Albums that are not to be found, from `album_of`.

    Returns
    -------
    list of Match
        The most similar song first.
    """
    similarity = units @ (query / max(float(np.linalg.norm(query)), 1e-12))
    candidates = (
        row
        for row in np.argsort(-similarity, kind="stable").tolist()
        if not songs[row].left_out and row not in without
        if album_of(songs[row]) not in without_albums
    )
    chosen = choose_songs(
        candidates, songs, n, without=without, counted=counted, max_per_artist=max_per_artist
    )
    return [Match(row, float(similarity[row])) for row in chosen]


def choose_songs(
    candidates: Iterable[int],
    songs: Sequence[Song],
    n: int,
    *,
    without: Collection[int] = (),
    counted: Collection[int] = (),
    max_per_artist: int | None = None,
) -> list[int]:
    """Choose the first n rows whose songs are no copies, and not too many by one artist.

    Parameters
    ----------
    candidates : iterable of int
        Rows, the best first.
    songs, n, without, counted, max_per_artist
        As in `find_similar`.
    """
    used = {songs[row].sha256 for row in without}
    by_artist = Counter(_artist_of(songs[row]) for row in counted)
    chosen: list[int] = []
    for row in candidates:
        if len(chosen) == n:
            break
        song = songs[row]
        artist = _artist_of(song)
        if song.sha256 in used:
            continue
        if artist and max_per_artist is not None and by_artist[artist] >= max_per_artist:
            continue
        by_artist[artist] += 1
        used.add(song.sha256)
        chosen.append(row)
    return chosen


def _artist_of(song: Song) -> str:
    return _normalise_once(song.artist)


_normalise_once = cache(normalise)  # for all songs of a library, it would take a minute


def find_path(
    songs: Sequence[Song],
    units: npt.NDArray[np.float32],
    start: int,
    end: int,
    n: int,
    max_per_artist: int | None = None,
) -> list[Match]:
    """Find songs that lead from one song to another in even steps.

    The places between are points of the shorter arc from one vector to the other, evenly spaced;
    each is taken by the most similar song that is not on the path yet.

    Parameters
    ----------
    songs, units, max_per_artist
        As in `find_similar`. The two songs count for their artists, too.
    start, end : int
        Rows of two different songs.
    n : int >= 2
        Number of songs, the two included.

    Returns
    -------
    list of Match
        Similarities are with the places on the arc, so with the first and the last song 1.
    """
    path = [start]
    middle: list[Match] = []
    for step in range(1, n - 1):
        place = between(units[start], units[end], step / (n - 1))
        used = {*path, end}
        found = find_similar(
            songs, units, place, 1, without=used, counted=used, max_per_artist=max_per_artist
        )
        if not found:
            break
        path.append(found[0].row)
        middle += found
    return [Match(start, 1.0), *middle, Match(end, 1.0)]


def between(
    one: npt.NDArray[np.float32], other: npt.NDArray[np.float32], fraction: float
) -> npt.NDArray[np.float32]:
    """Return the unit vector at a fraction of the arc from one unit vector to another."""
    angle = float(np.arccos(np.clip(one @ other, -1, 1)))
    if angle < 1e-6:
        return one
    weights = np.sin([(1 - fraction) * angle, fraction * angle]) / np.sin(angle)
    place: npt.NDArray[np.float32] = weights[0] * one + weights[1] * other
    return place.astype(np.float32)


def album_of(song: Song) -> tuple[str, str]:
    """Name the album of a song, to compare it with that of others; unique if it is not known."""
    if not song.album:
        return song.path, ""
    return normalise(song.artist), normalise(song.album)


def find_by_words(songs: Sequence[Song], words: str) -> list[int]:
    """Find the songs whose artist, title, album or path hold all of some words.

    Case and accents do not count. A word is also found as the start of a longer one. Of the songs
    that hold all, those come alone that hold them in artist and title, of these those that hold
    them as whole words, and of these those whose title they are.
    """
    wanted = WORD.findall(_plain(words))
    everywhere, named = ("artist", "title", "album", "path"), ("artist", "title")
    found = []
    for row, song in enumerate(songs):
        # Quickly at first: most songs hold the words nowhere.
        text = _plain(f"{song.artist} {song.title} {song.album} {song.path}")
        if not song.left_out and all(word in text for word in wanted):
            folded = _fold(song, everywhere)
            if all(f" {word}" in folded for word in wanted):
                found.append(row)
    in_name = [row for row in found if all(f" {w}" in _fold(songs[row], named) for w in wanted)]
    found = in_name or found
    whole = [row for row in found if set(wanted) <= set(_fold(songs[row], named).split())]
    exact = [row for row in whole if _fold(songs[row], ("title",)).split() == wanted]
    return exact or whole or found


def _fold(song: Song, fields: Sequence[str]) -> str:
    """Join fields of a song to words in lower case, each after a space."""
    return " " + " ".join(WORD.findall(_plain(" ".join(getattr(song, f) for f in fields))))


def _plain(text: str) -> str:
    """Return a text in lower case, without accents."""
    return without_accents(text.casefold())
