from collections import Counter

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from artist_songs import make_manifest
from deepartist.datasets.manifest import build_manifest
from deepartist.splits.artist_order import seeded_order
from deepartist.splits.artists import has_artist

collections = st.dictionaries(
    st.text("abcdé", min_size=1, max_size=3), st.integers(1, 9), min_size=4, max_size=12
).filter(lambda songs_of: sum(songs >= 4 for songs in songs_of.values()) >= 3)


@settings(max_examples=30)
@given(songs_of=collections, seed=st.integers(0, 99), shuffle=st.randoms(use_true_random=False))
def test_seeded_order_does_not_depend_on_rows(songs_of, seed, shuffle):
    manifest = make_manifest(songs_of)
    rows = list(range(len(manifest)))
    shuffle.shuffle(rows)
    pd.testing.assert_frame_equal(
        seeded_order(manifest, 4, seed), seeded_order(manifest.iloc[rows], 4, seed)
    )


def test_new_artist_leaves_the_order_of_the_others():
    songs_of = {f"artist{n}": 5 for n in range(10)}
    before = seeded_order(make_manifest(songs_of), 4, 0)
    after = seeded_order(make_manifest(songs_of | {"new": 5}), 4, 0)
    rest = after[after["label"] != "new"]
    assert rest["clip_id"].tolist() == before["clip_id"].tolist()


@given(
    sizes=st.lists(st.integers(1, 8), min_size=1, max_size=6), extra=st.integers(0, 5),
    seed=st.integers(0, 99),
)  # fmt: skip
def test_albums_are_drawn_in_turn_and_spread(sizes, extra, seed):
    songs = max(1, sum(sizes) - extra)
    manifest = build_manifest(
        {"clip_id": f"{a}-{n}", "path": "x", "artist_id": "a", "artist": "A", "album_id": f"al{a}"}
        for a, size in enumerate(sizes)
        for n in range(size)
    )
    drawn = [int(clip_id[0]) for clip_id in seeded_order(manifest, songs, seed)["clip_id"]]
    n_drawn = Counter(drawn)
    # in turn: no album has two more than another that still has songs left
    for a, size in enumerate(sizes):
        if n_drawn[a] < size:
            assert max(n_drawn.values()) <= n_drawn[a] + 1
    # spread: every stretch from the start holds each album in its share
    for length in range(songs + 1):
        for a in n_drawn:
            assert abs(drawn[:length].count(a) - length * n_drawn[a] / songs) < 2


def test_songs_without_album_are_albums_of_their_own():
    rows = [
        {"clip_id": f"s{n}", "path": "x", "artist_id": "a", "artist": "A", "album_id": album}
        for n, album in enumerate(["big"] * 6 + [""] * 3)
    ]
    drawn = seeded_order(build_manifest(rows), 4, 0)["clip_id"]
    assert {"s6", "s7", "s8"} < set(drawn)


@pytest.mark.parametrize("name", ["Various Artists", "VA", " various ", "[unknown]"])
def test_compilations_and_unknown_artists_are_ignored(name):
    manifest = make_manifest({"a": 4, "b": 4, "c": 9, "": 9})
    manifest.loc[manifest["artist_id"] == "c", "artist"] = name
    assert set(seeded_order(manifest, 4, 0)["label"]) == {"a", "b"}
    assert has_artist(manifest).sum() == 8
