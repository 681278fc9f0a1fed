"""Similar songs and paths, beside slow versions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepartist.library.search import (
    album_of,
    between,
    find_by_words,
    find_path,
    find_similar,
    unit_vectors,
)
from deepartist.library.store import Song

ARTISTS = ["Å", "å ", "B", "b", "C", ""]


def make_songs(n, seed=0):
    rng = np.random.default_rng(seed)
    return [
        Song(
            f"/m/{i}.mp3",
            "/m",
            ARTISTS[rng.integers(len(ARTISTS))],
            ["", "X", "Y"][rng.integers(3)],
            f"Title {i}",
            "",
            1.0,
            1,
            1,
            f"digest {rng.integers(n)}",
            "silent" if rng.random() < 0.1 else "",
        )
        for i in range(n)
    ]


def slow_similar(songs, units, query, n, without, limit, albums):
    cosines = [float(u @ query) for u in units]
    order = sorted(range(len(songs)), key=lambda i: (-cosines[i], i))
    digests, counts, found = {songs[i].sha256 for i in without}, {}, []
    for i in order:
        song = songs[i]
        artist = song.artist.strip().casefold().replace("å", "a")
        if len(found) == n or song.left_out or i in without or song.sha256 in digests:
            continue
        if album_of(song) in albums or (artist and counts.get(artist, 0) >= limit):
            continue
        counts[artist] = counts.get(artist, 0) + 1
        digests.add(song.sha256)
        found.append(i)
    return found


@given(st.integers(1, 40), st.integers(1, 12), st.integers(1, 3), st.integers(0, 10_000))
def test_similar_songs_are_those_of_a_slow_search(n_songs, n, limit, seed):
    rng = np.random.default_rng(seed)
    songs = make_songs(n_songs, seed)
    units = unit_vectors(rng.normal(size=(n_songs, 4)).astype(np.float32))
    start = int(rng.integers(n_songs))
    albums = {album_of(songs[start])}
    found = find_similar(
        songs,
        units,
        3 * units[start],
        n,
        without=[start],
        max_per_artist=limit,
        without_albums=albums,
    )
    slow = slow_similar(songs, units, units[start], n, [start], limit, albums)
    assert [match.row for match in found] == slow
    for match in found:
        assert match.similarity == pytest.approx(float(units[match.row] @ units[start]), abs=1e-5)


def test_songs_without_an_artist_are_not_counted():
    songs = [song._replace(artist="", left_out="", sha256=song.path) for song in make_songs(9)]
    units = unit_vectors(np.random.default_rng(0).normal(size=(9, 3)).astype(np.float32))
    assert len(find_similar(songs, units, units[0], 9, max_per_artist=1)) == 9


def test_songs_of_unknown_albums_are_of_different_ones():
    one, other = (song._replace(album="") for song in make_songs(2))
    assert album_of(one) != album_of(other)
    assert album_of(one._replace(artist="Å", album="X")) == album_of(
        other._replace(artist="å", album="x")
    )


@given(st.integers(0, 1000), st.floats(0, 1))
def test_a_place_on_the_arc_is_as_far_as_its_fraction(seed, fraction):
    one, other = unit_vectors(np.random.default_rng(seed).normal(size=(2, 5)).astype(np.float32))
    place = between(one, other, fraction)
    whole = np.arccos(np.clip(one @ other, -1, 1))
    assert np.linalg.norm(place) == pytest.approx(1, abs=1e-4)
    assert np.arccos(np.clip(one @ place, -1, 1)) == pytest.approx(fraction * whole, abs=2e-3)
    assert np.arccos(np.clip(place @ other, -1, 1)) == pytest.approx(
        (1 - fraction) * whole, abs=2e-3
    )


def test_a_path_takes_even_steps():
    # Songs on a quarter of a circle, a degree apart, and others off it.
    angles = np.deg2rad(np.arange(91))
    units = np.stack([np.cos(angles), np.sin(angles), np.zeros(91)], axis=1).astype(np.float32)
    songs = [
        s._replace(artist=str(i), left_out="", sha256=str(i)) for i, s in enumerate(make_songs(91))
    ]
    path = find_path(songs, units, 0, 90, 7, max_per_artist=1)
    assert [match.row for match in path] == [0, 15, 30, 45, 60, 75, 90]
    assert all(match.similarity == pytest.approx(1, abs=1e-5) for match in path)


def test_a_path_counts_the_artists_of_its_ends():
    songs = [
        s._replace(artist="ab"[i % 2], left_out="", sha256=str(i))
        for i, s in enumerate(make_songs(8))
    ]
    units = unit_vectors(np.random.default_rng(0).normal(size=(8, 3)).astype(np.float32))
    path = find_path(songs, units, 0, 2, 8, max_per_artist=3)
    artists = [songs[match.row].artist for match in path]
    assert (artists[0], artists[-1]) == ("a", "a")
    assert artists.count("a") == artists.count("b") == 3
    assert len({match.row for match in path}) == len(path) == 6


def test_words_find_songs():
    songs = [
        Song("/m/one.mp3", "/m", "Björk", "Debut", "Human", "", 1, 1, 1, "1", ""),
        Song("/m/debut.mp3", "/m", "Björk", "Post", "Army of Me", "", 1, 1, 1, "2", ""),
        Song("/m/human.mp3", "/m", "Björk", "Post", "Human", "", 1, 1, 1, "3", "silent"),
    ]
    assert find_by_words(songs, "human BJÖRK") == [0]
    assert find_by_words(songs, "human bjork") == [0]
    assert find_by_words([songs[0]._replace(title="army_of_me")], "army of me") == [0]
    assert find_by_words(songs, "army") == [1]
    assert find_by_words(songs, "debut") == [0, 1]  # an album, a file
    assert find_by_words(songs, "björk") == [0, 1]
    assert find_by_words(songs, "deb") == [0, 1]  # the start of a word, not a part of it
    assert find_by_words(songs, "ebut") == []
    assert find_by_words(songs, "nothing") == []
    numbered = [songs[0]._replace(title=f"Title {n}", path=f"/m/{n}.mp3") for n in (47, 4711, 471)]
    assert find_by_words(numbered, "title 47") == [0]  # whole words first
    assert find_by_words(numbered, "title 471") == [2]
    assert find_by_words(numbered, "title 4") == [0, 1, 2]
    mixes = [songs[0]._replace(title=title) for title in ("Human, a mix", "Human")]
    assert find_by_words(mixes, "human") == [1]  # the title itself
    assert find_by_words(mixes, "human mix") == [0]
