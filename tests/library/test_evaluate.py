"""How well artists are named by few known songs, beside slow versions and the benchmark's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepartist.library import evaluate
from deepartist.library.evaluate import ALL, DRAWS, KNOWN, OTHERS, SEED, TRAINED
from deepartist.library.identify import find_artists, similarities_left_out
from deepartist.library.search import unit_vectors
from deepartist.library.store import Song
from deepartist.scores.identification import draw_ranks, identify
from deepartist.scores.verification import equal_error_rate


def make_library(counts, spread=1.0, seed=0, n_left_out=0):
    """Songs around a centre for each artist, in a random order; some cannot be used."""
    rng = np.random.default_rng(seed)
    artists = rng.permutation(np.repeat(np.arange(len(counts)), counts))
    centres = rng.normal(size=(len(counts), 8))
    vectors = centres[artists] + spread * rng.normal(size=(len(artists), 8))
    vectors = np.concatenate([vectors, np.zeros((n_left_out + 1, 8))]).astype(np.float32)
    songs = [song(f"{n}", f"Artist {a}") for n, a in enumerate(artists)]
    songs += [song(f"out {n}", "Artist 0", "silent") for n in range(n_left_out)]
    songs += [song("nobody", "")]
    return songs, unit_vectors(vectors), artists


def song(path, artist, left_out=""):
    return Song(path, "/", artist, "", "", "", 1.0, 1, 1, path, left_out)


def evaluate_all(songs, units, trained=(), tell=None):
    artists = find_artists(songs, units)
    left_out = similarities_left_out(units, artists)
    return evaluate.evaluate_identification(units, artists, *left_out, set(trained), tell)


def rows_of(songs, units, trained=()):
    found = evaluate_all(songs, units, trained)
    return {(row.known, row.group): row for row in found}


def test_the_rate_of_right_names_is_that_of_the_benchmark():
    songs, units, artists = make_library([12, 11, 14, 11, 13, 4], n_left_out=3)
    rows = rows_of(songs, units)
    assert list(rows) == [(k, ALL) for k in (*KNOWN, None)]
    takes_part = artists < 5  # the sixth has too few songs
    fractions = identify(
        units[: len(artists)][takes_part], artists[takes_part], KNOWN, draws=DRAWS, seed=SEED
    )
    for k, of_songs in zip(KNOWN, fractions, strict=True):
        row = rows[k, ALL]
        assert row.at_1.value == pytest.approx(np.nanmean(of_songs), abs=1e-6)
        assert row.songs == np.count_nonzero(~np.isnan(of_songs))
        assert (row.artists, row.candidates) == (5, 5)
        assert row.at_5.value == 1
    assert (rows[None, ALL].songs, rows[None, ALL].candidates) == (65, 6)


def slow_outcomes(units, artists, known):
    """In each draw, for each song: is it right at 1 and 5, and the two nearest similarities."""
    generator = np.random.default_rng(SEED)
    of_songs, nearest, nearest_other = {}, [], []
    for _ in range(DRAWS):
        ranks = draw_ranks(artists, generator)
        means = {}
        for artist in set(artists.tolist()):
            rows = [n for n, a in enumerate(artists) if a == artist and ranks[n] < known]
            means[artist] = sum(units[n].astype(np.float64) for n in rows)
            means[artist] /= np.linalg.norm(means[artist])
        for n, artist in enumerate(artists.tolist()):
            if ranks[n] < known:
                continue
            cosines = {a: float(units[n] @ mean) for a, mean in means.items()}
            others = [value for a, value in cosines.items() if a != artist]
            place = sum(value > cosines[artist] for value in others)
            of_songs.setdefault(n, []).append((place < 1, place < 5))
            nearest.append(max(cosines.values()))
            nearest_other.append(max(others))
    means = np.mean([np.mean(values, axis=0) for values in of_songs.values()], axis=0)
    same = np.repeat([True, False], len(nearest))
    return *means, equal_error_rate(np.array(nearest + nearest_other), same)


@given(
    counts=st.lists(st.integers(11, 13), min_size=5, max_size=8),
    spread=st.floats(0.3, 3),
    seed=st.integers(0, 10_000),
    block=st.integers(1, 100),
)
def test_all_rates_are_those_of_a_slow_version(counts, spread, seed, block):
    songs, units, artists = make_library(counts, spread, seed)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(evaluate, "SONGS_AT_ONCE", block)
        patched.setattr(evaluate, "RESAMPLES", 20)
        patched.setattr(evaluate, "KNOWN", (3, 10))
        rows = rows_of(songs, units)
    for known in (3, 10):
        at_1, at_5, error_rate = slow_outcomes(units[: len(artists)], artists, known)
        row = rows[known, ALL]
        assert row.at_1.value == pytest.approx(at_1, abs=1e-6)
        assert row.at_5.value == pytest.approx(at_5, abs=1e-6)
        assert row.error_rate.value == pytest.approx(error_rate, abs=1e-3)
        for rate in (row.at_1, row.at_5, row.error_rate):
            assert 0 <= rate.low <= rate.value <= rate.high <= 1


def test_songs_left_out_one_at_a_time_by_hand():
    """Two artists on two axes, and a song that lies with the wrong one."""
    angles = np.deg2rad([0, 10, 90, 80, 85])
    units = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    names = ["A", "A", "B", "B", "A"]
    songs = [song(f"{n}", name) for n, name in enumerate(names)]
    row = rows_of(songs, units)[None, ALL]
    assert row.known is None
    assert (row.songs, row.artists, row.candidates) == (5, 2, 2)
    assert row.at_1.value == pytest.approx(4 / 5)
    assert row.at_5.value == 1


def test_trained_artists_and_others_are_counted_apart():
    songs, units, _ = make_library([11] * 6, spread=0.8)
    rows = rows_of(songs, units, {"artist 0", "artist 1", "somebody else"})
    for known in (*KNOWN, None):
        whole, trained, others = (rows[known, group] for group in (ALL, TRAINED, OTHERS))
        assert (trained.artists, others.artists, whole.artists) == (2, 4, 6)
        assert trained.songs + others.songs == whole.songs
        mean = trained.songs * trained.at_1.value + others.songs * others.at_1.value
        assert whole.at_1.value == pytest.approx(mean / whole.songs)
        assert trained.candidates == others.candidates == 6


@pytest.mark.parametrize("trained", [set(), {"artist 9"}, {f"artist {n}" for n in range(6)}])
def test_where_all_are_alike_there_is_one_group(trained):
    songs, units, _ = make_library([11] * 6)
    assert {group for _, group in rows_of(songs, units, trained)} == {ALL}


def test_few_songs_leave_few_numbers():
    songs, units, _ = make_library([4, 4, 4, 4, 4, 2])
    assert list(rows_of(songs, units)) == [(1, ALL), (3, ALL), (None, ALL)]
    songs, units, _ = make_library([2, 1])
    assert list(rows_of(songs, units)) == [(None, ALL)]


def test_artists_far_apart_are_told_apart():
    songs, units, _ = make_library([11] * 6, spread=0.001)
    for row in rows_of(songs, units).values():
        assert row.at_1.value == 1
        assert row.error_rate.value == 0
        assert row.at_1.low < 1  # an interval is never a point
        assert row.error_rate.high > 0


def test_draws_are_told():
    songs, units, _ = make_library([11] * 6)
    told = []
    evaluate_all(songs, units, tell=told.append)
    assert told == [1] * DRAWS
