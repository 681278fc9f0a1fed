import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepartist.scores.identification import (
    ENOUGH_ARTISTS,
    SONGS_OF_ARTIST,
    choose_artists,
    identify,
)
from helpers import slow_cosine


def make_artists(songs_of, seed=0):
    """Songs of as many artists as numbers are given, mixed."""
    artists = np.repeat(np.arange(len(songs_of)), songs_of)
    return np.random.default_rng(seed).permutation(artists)


# which artists and songs take part


def chosen(songs_of, known=(1, 2, 5, 10), largest=100, seed=0):
    artists = make_artists(songs_of)
    possible, songs = choose_artists(artists, known, largest=largest, seed=seed)
    assert (np.diff(songs) > 0).all()
    return possible, np.unique(artists[songs], return_counts=True)


def test_the_largest_number_that_leaves_five_artists():
    songs_of = [30, 11, 11, 20, 10, 9, 6, 3, 1]  # four artists have 11 songs, five have 10
    possible, (artists, n_songs) = chosen(songs_of)
    assert possible == [1, 2, 5]
    assert artists.tolist() == [0, 1, 2, 3, 4, 5, 6]
    assert n_songs.tolist() == songs_of[:7]
    assert chosen([30, 11, 11, 20, 11, 9])[0] == [1, 2, 5, 10]
    assert chosen(songs_of, known=(9, 3))[0] == [3, 9]


@pytest.mark.parametrize(
    ("songs_of", "possible", "n_artists"),
    [
        ([11, 11, 2, 2], [1, 2, 5, 10], 2),  # no number has five artists
        ([11, 3, 2, 2], [1, 2], 2),
        ([11, 2, 2, 2, 2], [1], 5),  # five artists come before a larger number
        ([11, 2, 1, 1], [1], 2),
    ],
)
def test_two_artists_are_enough_if_there_are_no_five(songs_of, possible, n_artists):
    found, (artists, _) = chosen(songs_of)
    assert (found, len(artists)) == (possible, n_artists)
    assert ENOUGH_ARTISTS == 5


@pytest.mark.parametrize("songs_of", [[], [9], [11, 1], [1, 1, 1, 1, 1, 1]])
def test_nothing_where_no_two_artists_have_two_songs(songs_of):
    possible, (artists, _) = chosen(songs_of)
    assert possible == [] and not artists.size


def test_of_many_artists_some_are_drawn():
    drawn = [chosen([12] * 30, largest=8, seed=seed)[1] for seed in range(20)]
    assert all(len(artists) == 8 and set(n_songs) == {12} for artists, n_songs in drawn)
    assert len({tuple(artists) for artists, _ in drawn}) > 10
    assert set(np.concatenate([artists for artists, _ in drawn])) == set(range(30))
    assert drawn[3][0].tolist() == chosen([12] * 30, largest=8, seed=3)[1][0].tolist()


def test_of_many_songs_some_are_drawn():
    songs_of = [3, SONGS_OF_ARTIST, SONGS_OF_ARTIST + 40]
    _, (_, n_songs) = chosen(songs_of, known=(1, 2))
    assert n_songs.tolist() == [3, SONGS_OF_ARTIST, SONGS_OF_ARTIST]
    assert chosen([90, 90, 90], known=(70,))[1][1].tolist() == [71, 71, 71]


# naming songs


def slow_identify(embedding, artists, k, draws, known_songs_of_draw):
    """Names songs one by one; `known_songs_of_draw` says which songs are known."""
    values = [[] for _ in artists]
    names = sorted(set(artists))
    for draw in range(draws):
        known = known_songs_of_draw(k, draw)
        means = {}
        for name in names:
            units = [
                [x / (sum(y * y for y in song) ** 0.5 or 1) for x in song]
                for song in (embedding[i].astype(float).tolist() for i in known[name])
            ]
            means[name] = [sum(column) / k for column in zip(*units, strict=True)]
            if sum(x * x for x in means[name]) < 1e-12:
                means[name] = [0.0] * len(means[name])
        for i, artist in enumerate(artists):
            if i in known[artist]:
                continue
            similar = {name: slow_cosine(embedding[i].tolist(), means[name]) for name in names}
            best = [name for name in names if similar[name] > max(similar.values()) - 1e-7]
            values[i].append(1 / len(best) if artist in best else 0)
    return [sum(of_song) / len(of_song) if of_song else np.nan for of_song in values]


def known_by_hand(artists, seed, draws):
    """The songs that are known in a draw: the first of a random order, the same for all k."""
    generator = np.random.default_rng(seed)
    orders = []
    for _ in range(draws):
        keys = generator.random(len(artists))
        orders.append(sorted(range(len(artists)), key=keys.__getitem__))

    def known_songs(k, draw):
        songs = {name: [i for i in orders[draw] if artists[i] == name] for name in set(artists)}
        return {name: of_artist[:k] for name, of_artist in songs.items()}

    return known_songs


@given(st.data())
def test_values_are_those_of_the_slow_twin(data):
    songs_of = data.draw(st.lists(st.integers(3, 5), min_size=2, max_size=4))
    artists = make_artists(songs_of, data.draw(st.integers(0, 9)))
    # small integers, so that zero vectors, parallel vectors and ties are common
    numbers = st.lists(st.integers(-2, 2), min_size=2, max_size=2)
    rows = st.lists(numbers, min_size=len(artists), max_size=len(artists))
    embedding = np.array(data.draw(rows), dtype=np.float32)
    seed = data.draw(st.integers(0, 9))
    found = identify(embedding, artists, [1, 2], draws=4, seed=seed)
    known_songs = known_by_hand(artists.tolist(), seed, 4)
    for values, k in zip(found, (1, 2), strict=True):
        twin = slow_identify(embedding, artists.tolist(), k, 4, known_songs)
        np.testing.assert_allclose(values, twin, atol=1e-12)


def test_four_songs_by_hand():
    # one song of each artist is known: four equally likely cases
    embedding = np.array([[1.0, 0.0], [1.0, 0.1], [-1.0, 0.0], [1.0, 0.05]])
    artists = np.array([7, 7, 3, 3])
    (values,) = identify(embedding, artists, [1], draws=1000, seed=0)
    # 7's songs are nearer to each other than to (-1, 0), but not than to (1, 0.05); (-1, 0) is
    # nearer to (1, 0.05) than to (1, 0), but not than to (1, 0.1); (1, 0.05) is far from (-1, 0)
    assert values == pytest.approx([0.5, 0.5, 0.5, 0], abs=0.08)
    assert values[3] == 0


@given(st.lists(st.integers(4, 8), min_size=2, max_size=6), st.integers(0, 99))
def test_equal_vectors_have_chance_exactly(songs_of, seed):
    artists = make_artists(songs_of)
    embedding = np.full((len(artists), 3), 0.3, dtype=np.float32)
    values = identify(embedding, artists, [1, 3], draws=5, seed=seed)
    assert values[~np.isnan(values)] == pytest.approx(1 / len(songs_of), abs=1e-15)
    zeros = identify(0 * embedding, artists, [1, 3], draws=5, seed=seed)
    np.testing.assert_array_equal(zeros, values)


def test_vectors_that_tell_nothing_have_about_chance_and_perfect_ones_one(rng):
    artists = make_artists([12] * 10)
    values = identify(rng.normal(size=(120, 16)), artists, [1, 10], draws=200, seed=0)
    assert values.mean(axis=1) == pytest.approx([0.1, 0.1], abs=0.04)
    perfect = np.eye(10)[artists] + 0.01 * rng.normal(size=(120, 10))
    assert (identify(perfect, artists, [1, 10], draws=100, seed=0) == 1).all()


def test_means_cancel_out_noise(rng):
    artists = make_artists([20] * 10)
    noisy = np.eye(10)[artists] + 0.6 * rng.normal(size=(200, 10))
    one, two, five, ten = identify(noisy, artists, [1, 2, 5, 10], draws=50, seed=0).mean(axis=1)
    assert 0.15 < one < two < five < ten < 1


def test_songs_that_cancel_out_have_no_direction():
    # the sum of three of a's songs is zero, but not quite in floating point; b is far from all
    turns = np.array([0, 1, 2, 0]) * 2 * np.pi / 3
    songs = np.stack([np.cos(turns), np.sin(turns), np.zeros(4)], axis=1)
    embedding = np.concatenate([songs, np.tile([-0.1, 0.05, 1], (4, 1))])
    artists = np.repeat([0, 1], 4)
    (values,) = identify(embedding, artists, [3], draws=200, seed=0)
    assert np.linalg.norm(songs[:3].sum(axis=0)) > 0
    # (1, 0, 0) is the song to name: its similarity is 0 to a, negative to b
    assert values[0] == values[3] == 1


def test_scale_of_a_song_does_not_matter(rng):
    artists = make_artists([5] * 4)
    embedding = rng.normal(size=(20, 6))
    scaled = embedding * rng.uniform(0.01, 100, size=(20, 1))
    known = {"known": [1, 3], "draws": 20, "seed": 0}
    np.testing.assert_array_equal(
        identify(embedding, artists, **known), identify(scaled, artists, **known)
    )


def test_the_draws_of_a_number_do_not_depend_on_the_smaller_ones(rng):
    artists = make_artists([7] * 5)
    embedding = rng.normal(size=(35, 4))
    several = identify(embedding, artists, [1, 2, 5], draws=20, seed=0)
    np.testing.assert_array_equal(
        identify(embedding, artists, [5], draws=20, seed=0)[0], several[2]
    )
    assert (several != identify(embedding, artists, [1, 2, 5], draws=20, seed=1)).any()


def test_blocks_make_no_difference(rng, monkeypatch):
    artists = make_artists([6] * 5)
    embedding = rng.normal(size=(30, 4))
    whole = identify(embedding, artists, [1, 3], draws=20, seed=0)
    monkeypatch.setattr("deepartist.scores.identification.BLOCK_BYTES", 8 * 30 * 7)
    np.testing.assert_array_equal(identify(embedding, artists, [1, 3], draws=20, seed=0), whole)


def test_a_song_that_is_always_known_has_no_value():
    artists = make_artists([2, 2])
    (values,) = identify(np.eye(4), artists, [1], draws=1, seed=0)
    assert np.isnan(values).sum() == 2
    assert {int(a) for a in artists[np.isnan(values)]} == {0, 1}


@pytest.mark.parametrize("songs_of", [[3, 2], [9]])
def test_artists_without_a_song_to_name_are_refused(songs_of):
    artists = make_artists(songs_of)
    with pytest.raises(ValueError, match="two artists or more"):
        identify(np.eye(len(artists)), artists, [1, 2], draws=1, seed=0)


def test_two_hundred_draws_of_a_hundred_artists_take_seconds(rng):
    artists = make_artists([20] * 100)
    start = time.process_time()
    identify(rng.normal(size=(2000, 256)), artists, [1, 2, 5, 10], draws=200, seed=0)
    assert time.process_time() - start < 20  # about 2
