import pickle

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from artist_songs import make_entries, make_manifest
from deepartist.datasets.artist_list import artist_label
from deepartist.datasets.manifest import build_manifest, write_manifest
from deepartist.process.errors import InputError
from deepartist.splits.artist_order import published_order, seeded_order
from deepartist.splits.split_artists import (
    FEWEST_SONGS,
    MOST_SONGS,
    SONGS,
    choose_songs,
    cut_artists,
    keep_trainable,
    main,
    name_left_out,
    settle_numbers,
)
from deepartist.splits.split_table import SPLIT_COLUMNS, read_split

collections = st.dictionaries(
    st.text("abcdé", min_size=1, max_size=3), st.integers(1, 9), min_size=4, max_size=12
).filter(lambda songs_of: sum(songs >= 4 for songs in songs_of.values()) >= 3)


def test_published_set_is_the_first_entries():
    split = cut_artists(published_order(make_entries(6)), 4, 15, 3, 2)
    assert tuple(split.columns) == SPLIT_COLUMNS
    assert split["clip_id"].tolist() == [entry[0] for entry in make_entries(6)[: 4 * 20]]
    assert split["label"].unique().tolist() == ["00000", "00001", "00002", "00003"]
    assert split["split"].tolist() == (["train"] * 15 + ["valid"] * 3 + ["test"] * 2) * 4


def test_published_parts_follow_the_song_index():
    entries = make_entries(2)
    split = cut_artists(published_order(entries[::-1]), 2, 17, 1, 2)
    # the artist that comes first in the list ranks first, whatever its index
    assert split["label"].iloc[0] == "00001"
    song_of = {clip_id: song for clip_id, _, song in entries}
    for row in split.itertuples():
        song = song_of[row.clip_id]
        assert row.split == ("train" if song <= 17 else "valid" if song == 18 else "test")


def test_published_paper_sizes():
    order = published_order(make_entries(5000))
    chosen = cut_artists(order, 5000, 15, 3, 2)
    split, left_out = keep_trainable(chosen, chosen["clip_id"])
    counts = split["split"].value_counts().to_dict()
    assert left_out == {}
    assert counts == {"train": 75_000, "valid": 15_000, "test": 10_000}


@settings(max_examples=30)
@given(songs_of=collections, seed=st.integers(0, 99))
def test_seeded_sizes_are_exact(songs_of, seed):
    manifest = make_manifest(songs_of)
    split = cut_artists(seeded_order(manifest, 4, seed), 3, 2, 1, 1)
    assert split["clip_id"].is_unique
    assert split["label"].nunique() == 3
    for _, songs in split.groupby("label"):
        assert songs["split"].tolist() == ["train", "train", "valid", "test"]
    artist_of = dict(zip(manifest["clip_id"], manifest["artist_id"], strict=True))
    assert split["label"].tolist() == [artist_of[clip_id] for clip_id in split["clip_id"]]


@settings(max_examples=30)
@given(songs_of=collections, seed=st.integers(0, 99))
def test_seeded_sets_are_nested(songs_of, seed):
    order = seeded_order(make_manifest(songs_of), 4, seed)
    smaller, larger = cut_artists(order, 2, 2, 1, 1), cut_artists(order, 3, 2, 1, 1)
    pd.testing.assert_frame_equal(smaller, larger.iloc[: len(smaller)])


def test_seed_changes_artists_and_songs():
    manifest = make_manifest({f"artist{n}": 12 for n in range(20)})
    splits = [cut_artists(seeded_order(manifest, 4, seed), 5, 2, 1, 1) for seed in (0, 1)]
    assert set(splits[0]["label"]) != set(splits[1]["label"])
    in_both = set(splits[0]["label"]) & set(splits[1]["label"])
    assert in_both
    songs = [split[split["label"].isin(in_both)]["clip_id"] for split in splits]
    assert set(songs[0]) != set(songs[1])


def test_albums_are_in_every_part_by_their_share():
    manifest = make_manifest({"a": 20}, albums=2)
    split = cut_artists(seeded_order(manifest, 20, 3), 1, 12, 4, 4)
    album_of = dict(zip(manifest["clip_id"], manifest["album_id"], strict=True))
    table = pd.crosstab(split["split"], split["clip_id"].map(album_of))
    assert table.loc["train"].tolist() == [6, 6]
    assert table.loc["valid"].tolist() == [2, 2]
    assert table.loc["test"].tolist() == [2, 2]


def test_too_few_artists_says_how_many_and_which_key():
    order = seeded_order(make_manifest({"a": 5, "b": 5, "c": 4}), 5, 0)
    with pytest.raises(InputError, match=r"only 2 artists have 5 .*artists\.count from 3 to 2"):
        cut_artists(order, 3, 3, 1, 1)
    with pytest.raises(InputError, match="only 0 artists have 21"):
        cut_artists(published_order(make_entries(2)), 2, 15, 3, 3)


# ---------------------------------------------------------------- artist set

SETTINGS = {"count": 2, "songs_train": 2, "songs_valid": 1, "songs_test": 1, "seed": 0}


def test_an_artist_set_is_the_order_cut():
    manifest = make_manifest({f"artist{n}": 5 for n in range(4)})
    expected = cut_artists(seeded_order(manifest, 4, 0), 2, 2, 1, 1)
    chosen = choose_songs(manifest, SETTINGS, None, ())
    pd.testing.assert_frame_equal(chosen, expected)
    split, left_out = keep_trainable(chosen, manifest["clip_id"])
    pd.testing.assert_frame_equal(split, expected)
    assert left_out == {}


def test_artists_left_out_are_in_no_artist_set():
    manifest = make_manifest({f"artist{n}": 5 for n in range(4)})
    split = choose_songs(manifest, SETTINGS, None, {"artist0", "artist2"})
    assert set(split["label"]) == {"artist1", "artist3"}
    with pytest.raises(InputError, match=r"artists\.count from 2 to 1"):
        choose_songs(manifest, SETTINGS, None, {"artist0", "artist1", "artist2"})


def test_published_artists_left_out_are_replaced_by_the_next_ones():
    entries = make_entries(4, songs=5)
    manifest = build_manifest({"clip_id": clip_id, "path": "x"} for clip_id, _, _ in entries)
    split = choose_songs(manifest, SETTINGS, entries, {"00001"})
    assert split["label"].unique().tolist() == ["00000", "00002"]


def left_of(entries, lost, **settings):
    """The artist set of a published list, and who is left out, where some clips are lost."""
    usable = pd.Series([clip_id for clip_id, _, _ in entries if clip_id not in lost])
    manifest = build_manifest({"clip_id": clip_id, "path": "x"} for clip_id in usable)
    return keep_trainable(choose_songs(manifest, SETTINGS | settings, entries, ()), usable)


def test_published_songs_without_a_clip_are_not_replaced():
    split, left_out = left_of(make_entries(4, songs=6), {"c0x2"}, songs_train=3)
    assert split["clip_id"].tolist() == ["c0x1", "c0x3", "c0x4", "c0x5"] + [
        f"c1x{song}" for song in range(1, 6)
    ]
    parts = ["train", "train", "valid", "test"]
    assert split["split"].tolist() == [*parts, "train", *parts]
    assert left_out == {}


@pytest.mark.parametrize(
    ("lost", "n_usable"),
    [
        ("1", 1),
        ("12", 0),
        ("123", 0),
        ("1234", 0),
        ("3", None),  # without a validation song
        ("34", None),
    ],
)
def test_artists_with_fewer_than_two_training_songs_are_left_out(lost, n_usable):
    entries = make_entries(4, songs=4)
    lost_clips = {f"c1x{song}" for song in lost}
    split, left_out = left_of(entries, lost_clips, count=3)
    artists = (0, 1, 2) if n_usable is None else (0, 2)  # the fourth does not move up
    assert left_out == ({} if n_usable is None else {"00001": (n_usable, 2)})
    expected = [e[0] for e in entries if e[1] in artists and e[0] not in lost_clips]
    assert split["clip_id"].tolist() == expected


@settings(max_examples=50)
@given(lost=st.sets(st.tuples(st.integers(0, 5), st.integers(1, 6)), max_size=25))
def test_a_smaller_set_is_left_with_a_part_of_the_larger_one(lost):
    entries = make_entries(6, songs=6)
    lost_clips = {f"c{artist}x{song}" for artist, song in lost}
    try:
        smaller, left_out = left_of(entries, lost_clips, count=4, songs_train=4)
    except InputError:
        return
    larger, left_out_of_larger = left_of(entries, lost_clips, count=6, songs_train=4)
    pd.testing.assert_frame_equal(smaller, larger.iloc[: len(smaller)])
    assert left_out.items() <= left_out_of_larger.items()
    for _, songs in larger.groupby("label"):
        assert (songs["split"] == "train").sum() >= 2


@pytest.mark.parametrize(
    ("lost", "message"),
    [
        (["0x1", "1x2"], "two songs to train on with a usable clip: 1 of 3; two are needed"),
        (["0x1", "1x2", "2x2"], "two songs to train on with a usable clip: 0 of 3; two"),
        (["0x3", "1x3"], "a song to validate on with a usable clip: 1 of 3; two are needed"),
        (["0x3", "1x3", "2x3"], "a song to validate on with a usable clip: 0 of 3; two"),
        (["0x1", "1x3"], "a song to validate on with a usable clip: 1 of 3; two"),
    ],
)
def test_two_artists_must_be_left_to_train_and_to_validate_on(lost, message):
    with pytest.raises(InputError, match=message) as raised:
        left_of(make_entries(3, songs=4), {f"c{clip}" for clip in lost}, count=3)
    assert "\n" not in str(raised.value)


def test_ten_artists_who_are_left_out_are_named():
    manifest = make_manifest({f"{n:05d}": 1 for n in range(12)})
    manifest.loc[manifest["artist_id"] == "00003", "artist"] = ""
    left_out = {f"{n:05d}": (n % 2, 6) for n in range(12)}
    manifest["artist"] = manifest["artist"].map(lambda name: name and f"Band {name}")
    named = [f"Band {n:05d} ({n % 2} of 6)" for n in range(10)]
    named[3] = "00003 (1 of 6)"  # without a name
    assert name_left_out(left_out, manifest) == ", ".join(named) + " and 2 more"
    two = {"00002": (1, 3), "gone": (0, 3)}
    assert name_left_out(two, manifest) == "Band 00002 (1 of 3), gone (0 of 3)"
    assert name_left_out(dict(list(left_out.items())[:10]), manifest) == ", ".join(named)


# ---------------------------------------------------------------- command


def run(manifest, out, *words, options=()):
    main(["--manifest", str(manifest), *options, "--out", str(out), "--set", *words])
    return read_split(out)


SIZES = ("songs_train=3", "songs_valid=1", "songs_test=1")


def test_command(manifest_path, tmp_path):
    split = run(manifest_path, tmp_path / "s.csv", "count=3", "seed=1", *SIZES)
    manifest = pd.read_csv(manifest_path, dtype=str, keep_default_na=False)
    albums = split.pop("album_id")
    pd.testing.assert_frame_equal(split, cut_artists(seeded_order(manifest, 5, 1), 3, 3, 1, 1))
    album_of = manifest.set_index("clip_id")["album_id"]
    assert albums.tolist() == album_of[split["clip_id"]].tolist()
    assert albums.any()
    assert set(split["label"]) == {"a", "b,c", "NA"}


def test_command_with_published_list(tmp_path, capsys):
    entries = [f"{artist}{song}/{artist}/{song}" for artist in (1, 2, 3) for song in range(1, 6)]
    (tmp_path / "list.pkl").write_bytes(pickle.dumps([entry.encode() for entry in entries], 2))
    clips = [entry.split("/")[0] for entry in entries if not entry.startswith("12/")]
    write_manifest(
        build_manifest({"clip_id": clip, "path": "x"} for clip in clips), tmp_path / "m.csv"
    )
    options = ("--published", str(tmp_path / "list.pkl"))
    words = ("count=2", *SIZES)
    split = run(tmp_path / "m.csv", tmp_path / "s.csv", *words, options=options)
    assert split["clip_id"].tolist() == ["11", "13", "14", "15", "21", "22", "23", "24", "25"]
    assert split["split"].tolist()[:4] == ["train", "train", "valid", "test"]
    assert "1 published song without a usable clip" in capsys.readouterr().err


def test_artists_left_with_too_few_songs_are_named_in_the_log(tmp_path, capsys):
    entries = [f"{artist}{song}/{artist}/{song}" for artist in (1, 2, 3, 4) for song in range(1, 6)]
    (tmp_path / "list.pkl").write_bytes(pickle.dumps(entries, 2))
    rows = [
        {"clip_id": e[:2], "path": "x", "artist_id": f"0000{e[0]}", "artist": f"Band {e[0]}"}
        for e in entries
        if e[:2] not in ("11", "12", "21", "22", "23", "24", "25")
    ]
    write_manifest(build_manifest(rows), tmp_path / "m.csv")
    options = ("--published", str(tmp_path / "list.pkl"))
    split = run(tmp_path / "m.csv", tmp_path / "s.csv", "count=4", *SIZES, options=options)
    assert split["clip_id"].tolist() == [
        f"{artist}{song}" for artist in (3, 4) for song in range(1, 6)
    ]
    assert capsys.readouterr().err.splitlines() == [
        "7 published songs without a usable clip",
        "2 artists left out, with fewer than two usable songs to train on: Band 1 (1 of 3), 00002 "
        "(0 of 3)",
        "2 artists with 5 songs each: 6 songs to train on, 2 to validate on, 2 left out",
    ]


def test_artists_of_other_data_sets_are_left_out(manifest_path, tmp_path, without_b, capsys):
    split = run(manifest_path, tmp_path / "a.csv", "count=2", *SIZES, options=without_b)
    assert set(split["label"]) == {"a", "NA"}
    assert capsys.readouterr().err.splitlines() == [
        "5 songs left out, by 1 artist of the targets",
        "2 artists with 5 songs each: 6 songs to train on, 2 to validate on, 2 left out",
    ]


def test_published_artists_of_other_data_sets_are_left_out(tmp_path, without_b):
    entries = [f"{artist}{song}/{artist}/{song}" for artist in (1, 2, 3) for song in range(1, 6)]
    (tmp_path / "list.pkl").write_bytes(pickle.dumps(entries, 2))
    rows = [
        # one song of the second artist has no name
        {"artist": "b,c" if e.startswith("2") and not e.startswith("21") else ""}
        | {"clip_id": e.split("/")[0], "path": "x", "artist_id": artist_label(int(e.split("/")[1]))}
        for e in entries
    ]
    write_manifest(build_manifest(rows), tmp_path / "m.csv")
    options = ("--published", str(tmp_path / "list.pkl"), *without_b)
    split = run(tmp_path / "m.csv", tmp_path / "s.csv", "count=2", *SIZES, options=options)
    assert set(split["clip_id"].str[0]) == {"1", "3"}


def test_failing_command_writes_nothing(manifest_path, tmp_path):
    with pytest.raises(InputError, match=r"lower artists\.count"):
        run(manifest_path, tmp_path / "s.csv", "count=4", *SIZES)
    with pytest.raises(InputError, match="did you mean 'count'"):
        run(manifest_path, tmp_path / "s.csv", "counts=4")
    assert not (tmp_path / "s.csv").exists()


# as many artists as there are


ALL = {"count": "all", **dict.fromkeys(SONGS), "seed": 0}


def settled(*songs_of_artists, **settings):
    songs = pd.Series(songs_of_artists, dtype=int)
    return tuple(settle_numbers(ALL | settings, songs).values())


@pytest.mark.parametrize(
    ("songs", "numbers"),
    [
        # count, songs to train on, to validate on and left out
        ([10] * 5, (5, 5, 2, 3)),
        ([20] * 200, (200, 11, 3, 6)),
        ([40] * 3, (3, 11, 3, 6)),  # not more songs of an artist than in the paper
        ([6, 6], (2, 3, 1, 2)),
        ([6, 6, 6, 5, 1], (3, 3, 1, 2)),  # the others have too few
        ([6, 12], (2, 3, 1, 2)),  # two artists with six songs are as many as one with twelve
        ([6, 10, 10, 10], (3, 5, 2, 3)),
        ([6] * 8 + [10, 10, 10], (11, 3, 1, 2)),
    ],
)
def test_all_artists_with_enough_songs_are_taken(songs, numbers):
    assert settled(*songs) == numbers


def test_numbers_of_songs_that_are_given_are_kept():
    given = {"songs_train": 3, "songs_valid": 1, "songs_test": 0}
    assert settled(3, 4, 9, **given) == (2, 3, 1, 0)
    fixed = {"count": 7, "songs_train": 15, "songs_valid": 3, "songs_test": 2}
    assert tuple(settle_numbers(fixed, pd.Series([20])).values()) == (7, 15, 3, 2)


@given(songs=st.lists(st.integers(0, 30), max_size=40))
def test_no_other_number_of_songs_makes_a_larger_set(songs):
    sizes = {n: n * sum(m >= n for m in songs) for n in range(FEWEST_SONGS, MOST_SONGS + 1)}
    try:
        count, *parts = settled(*songs)
    except InputError as error:
        assert "artists.count: is all, and " in str(error)
        best = max(sizes.values())
        assert sum(m >= min(n for n in sizes if sizes[n] == best) for m in songs) < 2
        return
    train, valid, test = parts
    assert count * sum(parts) == max(sizes.values())
    assert count == sum(m >= sum(parts) for m in songs) >= 2
    assert train >= 3
    assert valid >= 1
    assert test >= 2
    assert train >= test


def test_all_artists_of_a_collection_are_split_and_counted(tmp_path, capsys):
    songs_of = {"a": 9, "b": 8, "c": 8, "d": 8, "e": 8, "f": 2}
    manifest = tmp_path / "m.csv"
    write_manifest(make_manifest(songs_of), manifest)
    split = run(manifest, tmp_path / "all.csv", "count=all")
    assert set(split["label"]) == {*"abcde"}
    assert split["split"].value_counts().to_dict() == {"train": 25, "valid": 5, "test": 10}
    assert capsys.readouterr().err == (
        "5 artists with 8 songs each: 25 songs to train on, 5 to validate on, 10 left out\n"
    )


def test_all_artists_of_the_published_list(tmp_path):
    entries = make_entries(3)
    manifest = build_manifest([{"clip_id": clip_id, "path": "x.mp3"} for clip_id, _, _ in entries])
    split = choose_songs(manifest, ALL, entries, without=["00001"])
    assert split["label"].nunique() == 2
    assert split["split"].value_counts().to_dict() == {"train": 22, "valid": 6, "test": 12}


def test_one_artist_is_not_enough(tmp_path):
    with pytest.raises(
        InputError, match=r"artists\.count: is all, and 1 artists have 20 songs; two"
    ):
        settled(20, 3, 3)
