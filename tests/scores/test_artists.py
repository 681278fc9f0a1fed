import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from deepartist.scores.artists import number_artists, song_artists


@given(st.lists(st.sampled_from(["", "a", "b", "song 0", "artist "]), max_size=12))
def test_songs_have_the_same_number_if_they_have_the_same_known_artist(artists):
    numbers = number_artists(np.array(artists, dtype=str))
    for i, one in enumerate(artists):
        for j, other in enumerate(artists):
            assert (numbers[i] == numbers[j]) == (i == j or one == other != "")
    assert sorted(set(numbers)) == list(range(len(set(numbers))))


def table(**columns):
    return pd.DataFrame({"clip_id": ["x", "y", "z"], **columns})


def test_artists_are_those_of_the_clips_asked_for():
    labels = table(artist=["Monk", "Evans", "Monk"])
    numbers = song_artists(labels, np.array(["z", "y", "x"]))
    assert numbers[0] == numbers[2] != numbers[1]
    assert len(song_artists(labels, np.array(["y"]))) == 1


def test_labels_without_an_artist_have_none():
    clip_id = np.array(["x", "y", "z"])
    assert song_artists(table(), clip_id) is None
    assert song_artists(table(artist=["", "", ""]), clip_id) is None
    assert song_artists(table(artist=["Monk", "", ""]), np.array(["y", "z"])) is None
    assert len(set(song_artists(table(artist=["Monk", "", ""]), clip_id))) == 3
