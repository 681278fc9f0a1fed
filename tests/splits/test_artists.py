"""Which songs have a known artist, their names, and which artists are in other data sets."""

import pandas as pd
import pytest

from deepartist.splits.artists import artist_names, has_artist, shares_artist


def songs_by(*artists):
    """Songs by artists (id, name)."""
    return pd.DataFrame(artists, columns=["artist_id", "artist"], dtype=str)


@pytest.mark.parametrize(
    "name",
    ["Various Artists", "<unknown>", "[traditional]", "N/A", "VV.AA.", "Artiste inconnu", "-"],
)
def test_a_name_of_nobody_is_no_artist(name):
    songs = songs_by(("1", name), ("2", "Someone"), ("3", ""), ("", "Someone"), (name, ""))
    assert has_artist(songs).tolist() == [False, True, True, False, False]


def test_the_most_frequent_name_of_an_artist_stands_for_all():
    songs = songs_by(("1", "Abba"), ("1", "ABBA"), ("1", "ABBA"), ("2", ""), ("", "x"), ("3", "VA"))
    assert artist_names(songs).tolist() == ["ABBA", "ABBA", "ABBA", "2", "", ""]


@pytest.mark.parametrize("other", ["abba", "Ａbba", "Abba\u200b", " Abba"])
def test_artists_of_one_name_are_told_apart_by_their_ids(other):
    songs = songs_by(("1", "Abba"), ("2", other), ("3", "Other"))
    assert artist_names(songs).tolist() == ["Abba (1)", f"{other} (2)", "Other"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Blink-182", "BLINK\u2010182"),
        ("Guns N' Roses", "Guns N\u2019 Roses"),
        ("Björk", "Bjo\u0308rk"),
    ],
)
def test_artists_in_another_data_set_are_found_in_another_spelling(one, other):
    songs = songs_by(("1", one), ("1", "another name"), ("2", "Someone"), ("3", "Various Artists"))
    others = [songs_by(("9", other)), songs_by(("8", "Various Artists"))]
    assert shares_artist(songs, others).tolist() == [True, True, False, False]
    assert not shares_artist(songs, []).any()
